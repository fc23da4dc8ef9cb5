"""A page's envelope: where its objects are, and where the next page is.

One pass of msgspec validates the whole body and finds the bounds of each object without reading
into it, so that the next page can be requested before this one is decoded.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from ..exceptions import InvalidResponse
from .lossless_json import Object, compact, parse, parse_document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Envelope", "read_envelope", "split_objects"]

_NULL = msgspec.Raw(b"null")
_WHITESPACE = b" \t\r\n"


@dataclass(frozen=True)
class Envelope:
    """What surrounds the objects of a page.

    Attributes
    ----------
    objects : bytes
        The JSON text of the list of objects.
    count : int
        How many objects are in it.
    cursor : str or None
        Opaque text: ``5`` is ``"5"``; None when missing or null.
    next_page : str or None
        The token of the next page.
    names_next_page : bool
        Whether the page has a member ``next_page``; null there means that this is the last.
    page : int or None
        The number of this page.
    remaining : int or None
        How many events are still waiting.
    type, api : str or None
        What the page says that it is.
    date : str or None
        The answer's header ``Date``: the server's clock.
    """

    objects: bytes
    count: int
    cursor: str | None = None
    next_page: str | None = None
    page: int | None = None
    remaining: int | None = None
    type: str | None = None
    api: str | None = None
    names_next_page: bool = False
    date: str | None = None
    #: Start of each object in `objects`, and its length; None in an envelope made by hand.
    _spans: tuple[NDArray[np.int64], NDArray[np.int64]] | None = field(
        default=None, repr=False, compare=False
    )
    #: Whether msgspec has found the body valid, which the columnar path relies on.
    _plain: bool = field(default=False, repr=False, compare=False)

    @property
    def is_plain(self) -> bool:
        """Whether the fast path may be tried."""
        return self._plain

    @property
    def spans(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Start and length of each object's text in `objects`, in bytes."""
        if self._spans is None:
            return read_envelope(self.objects).spans
        return self._spans


class _Page(msgspec.Struct):
    objects: list[msgspec.Raw]
    cursor: msgspec.Raw = _NULL
    next_page: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    page: msgspec.Raw = _NULL
    remaining: msgspec.Raw = _NULL
    type: msgspec.Raw = _NULL
    api: msgspec.Raw = _NULL


_PAGE = msgspec.json.Decoder(_Page)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def read_envelope(body: bytes) -> Envelope:
    """Read a page's envelope and check that the whole page is JSON.

    Parameters
    ----------
    body : bytes
        The body of a response: an object with a list ``objects``, or a list.

    Returns
    -------
    Envelope

    Raises
    ------
    InvalidResponse
        When the body is no such JSON text; says what it is instead.

    Examples
    --------
    >>> envelope = read_envelope(b'{"cursor": 5, "objects": [{"id": 1}, {"id": 2}]}')
    >>> envelope.count, envelope.cursor, envelope.objects
    (2, '5', b'[{"id": 1}, {"id": 2}]')
    """
    body = bytes(body).removeprefix(b"\xef\xbb\xbf")
    if not _is_utf8(body):
        _refuse(body)
    try:
        if body.lstrip(_WHITESPACE)[:1] == b"[":
            return _envelope(body, _Page(_LIST.decode(body)))
        return _envelope(body, _PAGE.decode(body))
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        # Lone surrogates are JSON that msgspec does not read; anything else is diagnosed.
        return _read_slowly(body)


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return True
    import pyarrow as pa

    # msgspec does not look into the strings it skips. Arrow's check is 8 times faster than
    # bytes.decode on a page of mostly ASCII.
    offsets = pa.py_buffer(struct.pack("=qq", 0, len(body)))
    try:
        pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(body)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _envelope(body: bytes, page: _Page) -> Envelope:
    first, last, spans = _bounds(body, page.objects)
    return Envelope(
        objects=body[first:last] or b"[]",
        count=len(page.objects),
        cursor=_text(page.cursor),
        next_page=_text(_given(page.next_page)),
        names_next_page=page.next_page is not msgspec.UNSET,
        page=_int(page.page),
        remaining=_int(page.remaining),
        type=_str(page.type),
        api=_str(page.api),
        _spans=spans,
        _plain=True,
    )


def _bounds(body: bytes, objects: list[msgspec.Raw]) -> tuple[int, int, Any]:
    """Where the list begins and ends in the body, and each object in the list."""
    import numpy as np

    if not objects:
        # An empty list has no address to be found by; nothing else in it can be wanted.
        return 0, 0, (np.empty(0, np.int64), np.empty(0, np.int64))
    base = np.frombuffer(body, np.uint8).__array_interface__["data"][0]
    lengths = np.fromiter(map(len, objects), np.int64, len(objects))
    starts = _equally_spaced(body, base, objects, lengths)
    if starts is None:
        starts = np.array([_address(item) - base for item in objects], np.int64)
    first = body.rindex(b"[", 0, int(starts[0]))
    last = body.index(b"]", int(starts[-1] + lengths[-1])) + 1
    return first, last, (starts - first, lengths)


def _equally_spaced(
    body: bytes, base: int, objects: list[msgspec.Raw], lengths: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Each object's start if the same text stands between all of them, which is the rule.

    Asking every object for its address takes as long as validating the page.
    """
    import numpy as np

    first, last = _address(objects[0]) - base, _address(objects[-1]) - base
    gaps = len(objects) - 1
    between = last - first - int(lengths[:-1].sum())
    if gaps and between % gaps:
        return None
    gap = between // gaps if gaps else 0
    starts = first + np.concatenate(([0], np.cumsum(lengths[:-1] + gap)))
    if gap > 1:
        # With a gap of one byte each is a comma. A longer one must be proven the same everywhere,
        # and no object may begin with what belongs to a gap.
        text = np.frombuffer(body, np.uint8)
        found = text[starts[1:, None] + np.arange(-gap, 0)]
        blank = np.isin(text[starts], np.frombuffer(_WHITESPACE, np.uint8))
        if (found != found[0]).any() or blank.any():
            return None
    return starts


def _address(item: msgspec.Raw) -> int:
    import numpy as np

    address: int = np.frombuffer(item, np.uint8).__array_interface__["data"][0]
    return address


def _text(raw: msgspec.Raw) -> str | None:
    value = parse(bytes(raw))
    return value if value is None or isinstance(value, str) else compact(value)


def _given(raw: msgspec.Raw | msgspec.UnsetType) -> msgspec.Raw:
    return _NULL if raw is msgspec.UNSET else raw


def _str(raw: msgspec.Raw) -> str | None:
    text = bytes(raw)
    return _text(raw) if text[:1] == b'"' else None


def _int(raw: msgspec.Raw) -> int | None:
    text = bytes(raw).strip(b'"')
    # More digits than any page number has would only feed the quadratic int().
    return int(text) if text.isdigit() and len(text) < 19 else None


def _read_slowly(body: bytes) -> Envelope:
    """Read the envelope with the standard library, which reads lone surrogates."""
    import numpy as np

    value = _parse_or_refuse(body)
    text = body.decode()
    members = _members(text) if isinstance(value, Object) else {"objects": (0, len(text))}
    if "objects" not in members:
        _refuse_shape(value)
    raws = {name: msgspec.Raw(text[start:end].encode()) for name, (start, end) in members.items()}
    objects = bytes(raws["objects"]).strip(_WHITESPACE)
    if not objects.startswith(b"["):
        _refuse_shape(value)
    elements = _elements(objects.decode())
    page = _Page([], **{k: raws[k] for k in _Page.__struct_fields__[1:] if k in raws})
    lengths = np.array([len(element) for _, element in elements], np.int64)
    starts = np.array([start for start, _ in elements], np.int64)
    return replace(
        _envelope(b"", page),
        objects=objects,
        count=len(elements),
        _spans=(starts, lengths),
        _plain=False,
    )


# Numbers stay text: Python refuses to convert integers of thousands of digits.
_SCANNER = json.JSONDecoder(parse_int=str, parse_float=str)


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _members(text: str) -> dict[str, tuple[int, int]]:
    """Where each member's value is in the text of a (valid) object; the last of equals."""
    members = {}
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, at = _SCANNER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        end = _SCANNER.raw_decode(text, start)[1]
        members[key] = (start, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return members


def _elements(text: str) -> list[tuple[int, bytes]]:
    """Each element of a (valid) list: where it is in bytes, and its text."""
    elements = []
    at, passed, offset = _skip(text, 1), 0, 0
    while text[at] != "]":
        end = _SCANNER.raw_decode(text, at)[1]
        offset += len(text[passed:at].encode())
        element = text[at:end].encode()
        elements.append((offset, element))
        offset += len(element)
        passed = end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return elements


def _parse_or_refuse(body: bytes) -> Any:
    """Return the body's JSON value, or raise `InvalidResponse` with the reason."""
    try:
        return parse_document(body)
    except ValueError:
        _refuse(body)
    except RecursionError:
        raise InvalidResponse("The body is JSON nested too deeply to be read.") from None


def _refuse(body: bytes) -> NoReturn:
    """Raise with what the body is instead of JSON."""
    start = body.lstrip(_WHITESPACE)[:200]
    if not start:
        raise InvalidResponse("Expected a JSON page, found an empty body.")
    if start.startswith(b"<"):
        raise InvalidResponse(
            f"Expected a JSON page, found HTML or XML that begins with {_excerpt(start)}. "
            "Is base_url the API's address, and is a proxy or login page in between?"
        )
    try:
        parse_document(body)
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        at = len(error.doc[: error.pos].encode("utf-8", "surrogatepass"))
        ended = at >= len(body.rstrip(_WHITESPACE)) or "Unterminated" in error.msg
        what = f"it is cut off after {len(body)} bytes" if ended else "it is not valid"
        reason = f"{what}: {error.msg.removesuffix(' at')} at byte {at}"
    except ValueError as error:
        reason = str(error)
    raise InvalidResponse(f"Expected a JSON page beginning {_excerpt(start)}, but {reason}.")


def _refuse_shape(value: Any) -> NoReturn:
    """Raise with what a JSON body has instead of a list of objects."""
    if not isinstance(value, Object):
        raise InvalidResponse(f"Expected a page of objects, found {_kind(value)}.")
    members = dict(value)
    if "objects" in members:
        raise InvalidResponse(
            f"Expected a list of objects, found that 'objects' is {_kind(members['objects'])}."
        )
    names = ", ".join(repr(name) for name in list(members)[:8]) or "no members"
    raise InvalidResponse(f"Expected a page with a list 'objects', found an object with {names}.")


def _kind(value: Any) -> str:
    if isinstance(value, Object):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = compact(value)
    return f"the value {text if len(text) <= 40 else text[:40] + '…'}"


def _excerpt(text: bytes) -> str:
    return repr(text[:40].decode("utf-8", "replace"))


def split_objects(envelope: Envelope) -> list[bytes]:
    r"""Return the JSON text of each object of a page, as the server sent it.

    Parameters
    ----------
    envelope : Envelope

    Returns
    -------
    list of bytes
        For JSON Lines: an object that was sent on several lines is written compactly on one,
        without loss.

    Examples
    --------
    >>> split_objects(read_envelope(b'[{"id":1.0},{"id":\n2}]'))
    [b'{"id":1.0}', b'{"id":2}']
    """
    text = envelope.objects
    starts, lengths = envelope.spans
    objects = [
        text[start : start + length]
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
    ]
    if b"\n" in text or b"\r" in text:
        objects = [
            compact(parse(item)).encode() if b"\n" in item or b"\r" in item else item
            for item in objects
        ]
    return objects
