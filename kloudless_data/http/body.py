"""Read an answer's body, which may be endless or a decompression bomb."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError, SSLError

from ..exceptions import AnswerTooLarge, InvalidJSON, InvalidResponse
from ..text.answers import json_content, name_of_request
from ..text.terminal import bounded

__all__ = ["ACCEPTED_ENCODINGS", "ERROR_BYTES", "json_of", "read_body"]

#: The encodings requested and decoded: their size is known while they are being unpacked.
ACCEPTED_ENCODINGS = "gzip, deflate"
#: Bytes of an error's decoded body that are kept.
ERROR_BYTES = 1 << 20

_CHUNK = 1 << 20
_LARGEST_PART = 16 << 20
# Compressed bytes to unpack at a time. The rest of them is copied for each member of a gzip.
_PACKED = 1 << 16
_MEMBER = b"\x1f\x8b"  # how each member of a gzip begins


class _Enough(Exception):
    """More was sent than may be read."""


def read_body(response: requests.Response, limit: int) -> None:
    """Read the body into a response, decompressed.

    Parameters
    ----------
    response : requests.Response
        With an unread body. At most `ERROR_BYTES` of an error are kept.
    limit : int
        Bytes, counted while decompressing.

    Raises
    ------
    AnswerTooLarge
        There are more.
    requests.exceptions.RequestException
        The connection broke in the middle of the body.
    """
    if response._content_consumed:  # type: ignore[attr-defined]
        return
    cut = response.status_code >= 400 or response.is_redirect
    limit = min(limit, ERROR_BYTES) if cut else limit
    parts: list[bytes] = []
    size = 0
    try:
        for part in _decoded(response, limit):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise _Enough
    except _Enough:
        response.close()
        if not cut:
            raise _too_large(response, limit) from None
    # Most answers are a single part, which need not be copied.
    response._content = parts[0] if len(parts) == 1 else b"".join(parts)
    if size > limit:
        response._content = response._content[:limit]
    response._content_consumed = True  # type: ignore[attr-defined]
    if hasattr(response.raw, "release_conn"):
        response.raw.release_conn()


def _too_large(response: requests.Response, limit: int) -> AnswerTooLarge:
    return AnswerTooLarge(
        f"{name_of_request(response)} answered with more "
        f"than {limit:,} bytes, and was not read further."
    )


def _decoded(response: requests.Response, limit: int) -> Iterator[bytes]:
    """Yield the body in parts no larger than a chunk, or slightly above the limit."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    parts = _received(response)
    if encoding in ("", "identity"):
        return parts
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _decompressed(response, parts, encoding, limit)
    response.close()
    raise InvalidResponse(
        f"{name_of_request(response)} answered with a "
        f"body encoded as {bounded(encoding, 40)}, which was not asked for."
    )


def _received(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it arrives."""
    promised = response.headers.get("Content-Length", "")
    whole = promised.isascii() and promised.isdigit() and len(promised) < 9
    size = min(int(promised) or 1, _LARGEST_PART) if whole else _CHUNK
    options = {"decode_content": False} if hasattr(response.raw, "release_conn") else {}
    # `requests` reads 10 KB at a time, which doubles the CPU time for a page of events.
    try:
        while part := response.raw.read(size, **options):
            yield part
    except ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from None
    except SSLError as error:
        raise requests.exceptions.SSLError(error) from None
    except (HTTPError, OSError) as error:
        raise requests.exceptions.ChunkedEncodingError(error) from None


def _decompressed(
    response: requests.Response, chunks: Iterator[bytes], encoding: str, limit: int
) -> Iterator[bytes]:
    # 16: gzip's header and trailer; deflate is zlib's format, or the bare stream on some servers.
    bits = 16 + zlib.MAX_WBITS if "gzip" in encoding else zlib.MAX_WBITS
    unpacker, rest = None, b""
    try:
        for part in _in_pieces(chunks, limit):
            part = rest + part
            if unpacker is None:
                bare = bits == zlib.MAX_WBITS and part[0] & 0x0F != 8
                unpacker = zlib.decompressobj(-bits if bare else bits)
            while part:
                if unpacker.eof and _MEMBER.startswith(part):
                    break  # the beginning of another member, perhaps
                if unpacker.eof:
                    if not part.startswith(_MEMBER):
                        return  # padding after the end, as gzip itself ignores it
                    unpacker = zlib.decompressobj(bits)
                yield unpacker.decompress(part, min(_CHUNK, limit + 1))
                part = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            rest = part
        if unpacker is not None:
            yield unpacker.flush()
    except zlib.error:
        response.close()
        raise InvalidResponse(
            f"{name_of_request(response)} answered with a "
            f"body that is not {encoding}, as its headers claim."
        ) from None
    if unpacker is not None and not unpacker.eof:
        raise requests.exceptions.ChunkedEncodingError("the compressed answer broke off")


def _in_pieces(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """Yield compressed bytes in small pieces, and stop after as many as the limit allows."""
    received = 0
    for part in chunks:
        for start in range(0, len(part), _PACKED):
            yield part[start : start + _PACKED]
        received += len(part)
        if received > limit:  # such as endless members that unpack to nothing
            raise _Enough


def json_of(response: requests.Response) -> Any:
    """Return the JSON of an answer.

    Parameters
    ----------
    response : requests.Response

    Raises
    ------
    InvalidJSON
        It is damaged, cut off, or nested too deeply to read.
    """
    try:
        return json_content(response)
    except RecursionError:
        why = "nested too deeply"
    except ValueError as error:
        if "digit" in str(error) and "limit" in str(error):
            why = "broken by a number with too many digits"
        else:
            why = f"damaged or cut off ({bounded(str(error).partition(': ')[0], 100)})"
    raise InvalidJSON(
        f"{name_of_request(response)} answered with JSON "
        f"that is {why}, {len(response.content):,} bytes. Try again; if it persists, the server "
        "or a proxy in front of it is at fault.",
        response,
    )
