"""A page's envelope: its objects' texts, and the position of the next page.

One pass of msgspec validates the whole body and finds the text of each object without reading into
it, so that the next page can be requested before this one is decoded.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NoReturn

import msgspec

from ..exceptions import InvalidResponse
from ..text.terminal import bounded
from .lossless_json import Object, compact, is_utf8, parse, parse_document

__all__ = ["Envelope", "read_envelope", "split_objects"]

_NULL = msgspec.Raw(b"null")
_WHITESPACE = b" \t\r\n"
#: The members that a page may have only once.
_ONCE = (b"objects", b"cursor", b"next_page")


@dataclass(frozen=True)
class Envelope:
    """A page without decoding its objects.

    Attributes
    ----------
    items : sequence of bytes-like
        The JSON text of each object, as the server sent it.
    cursor : str or None
        Opaque text: ``5`` is ``"5"``; None if missing or null.
    next_page : str or None
        The token of the next page.
    names_next_page : bool
        True if the page has a member ``next_page``; null there marks the last page.
    page : int or None
        The number of this page.
    remaining : int or None
        The number of events still waiting.
    type, api : str or None
        The page's members of these names.
    date : str or None
        The answer's header ``Date``: the server's clock.
    is_plain : bool
        True if msgspec has validated the body, on which the columnar path relies.
    """

    items: Sequence[msgspec.Raw | bytes] = field(repr=False)
    cursor: str | None = None
    next_page: str | None = None
    page: int | None = None
    remaining: int | None = None
    type: str | None = None
    api: str | None = None
    names_next_page: bool = False
    date: str | None = None
    is_plain: bool = field(default=False, repr=False, compare=False)

    @property
    def count(self) -> int:
        """The number of objects."""
        return len(self.items)

    @cached_property
    def fingerprint(self) -> int:
        """A hash of the objects' text, which shows that a page repeats another."""
        return hash(b",".join(self.items))


class _Page(msgspec.Struct):
    objects: list[msgspec.Raw]
    cursor: msgspec.Raw = _NULL
    next_page: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    page: msgspec.Raw = _NULL
    remaining: msgspec.Raw = _NULL
    type: msgspec.Raw = _NULL
    api: msgspec.Raw = _NULL
    error_code: msgspec.Raw = _NULL
    message: msgspec.Raw = _NULL


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
        The body is not such JSON text; the message says what it is instead.

    Examples
    --------
    >>> envelope = read_envelope(b'{"cursor": 5, "objects": [{"id": 1}, {"id": 2}]}')
    >>> envelope.count, envelope.cursor
    (2, '5')
    """
    body = bytes(body).removeprefix(b"\xef\xbb\xbf")
    if not is_utf8(body):
        _refuse(body)
    try:
        if body.lstrip(_WHITESPACE)[:1] == b"[":
            return _envelope(_Page(_LIST.decode(body)))
        page = _PAGE.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        # Lone surrogates are JSON that msgspec rejects; anything else is diagnosed.
        return _read_slowly(body)
    # Which of two equal members counts is undefined (RFC 8259), and the other would be lost.
    around = _around(body, page.objects)
    if b"\\" in around or any(around.count(b'"%s"' % name) > 1 for name in _ONCE):
        return _read_slowly(body)
    return _envelope(page)


def _around(body: bytes, items: Sequence[msgspec.Raw]) -> bytes:
    """Return the text before and after a page's objects.

    Searching the objects for names too would take twice as long as everything msgspec does. Their
    texts are views of the body, so memory addresses say where they are: a search, and a comparison
    with all of them joined, took a twentieth of the time of a page with large objects.
    """
    if len(items) < 2:
        return body
    import pyarrow as pa

    first, last = (pa.py_buffer(items[n]).address - pa.py_buffer(body).address for n in (0, -1))
    return body[:first] + body[last + len(items[-1]) :]


def _envelope(page: _Page) -> Envelope:
    if code := _str(page.error_code):
        raise _an_error(code, _str(page.message))
    return Envelope(
        items=page.objects,
        cursor=_text(page.cursor),
        next_page=_text(page.next_page or _NULL),  # UNSET is false
        names_next_page=page.next_page is not msgspec.UNSET,
        page=_int(page.page),
        remaining=_int(page.remaining),
        type=_str(page.type),
        api=_str(page.api),
        is_plain=True,
    )


def _text(raw: msgspec.Raw) -> str | None:
    value = parse(bytes(raw))
    return value if value is None or isinstance(value, str) else compact(value)


def _str(raw: msgspec.Raw) -> str | None:
    return _text(raw) if bytes(raw)[:1] == b'"' else None


def _int(raw: msgspec.Raw) -> int | None:
    text = bytes(raw).strip(b'"')
    # No page number has more digits, and int() takes quadratic time.
    return int(text) if text.isdigit() and len(text) < 19 else None


def _read_slowly(body: bytes) -> Envelope:
    """Read the envelope with the standard library, which accepts lone surrogates."""
    try:
        value = parse_document(body)
    except ValueError:
        _refuse(body)
    except RecursionError:
        raise InvalidResponse("The body is JSON that is nested too deeply to read.") from None
    text = body.decode().strip(_WHITESPACE.decode())
    pairs = list(_members(text)) if isinstance(value, (dict, Object)) else [("objects", text)]
    members, counts = dict(pairs), Counter(name for name, _ in pairs)
    for name in _ONCE:
        if counts[name.decode()] > 1:
            raise InvalidResponse(f"Expected one member {name.decode()!r}, found several.")
    if not members.get("objects", "").startswith("["):
        _refuse_shape(value)
    raws = {name: msgspec.Raw(part.encode()) for name, part in members.items()}
    page = _Page([], **{name: raws[name] for name in _Page.__struct_fields__[1:] if name in raws})
    items = [item.encode() for _, item in _members(members["objects"])]
    return replace(_envelope(page), items=items, is_plain=False)


# Numbers stay text: Python refuses to convert integers of thousands of digits.
_SCANNER = json.JSONDecoder(parse_int=str, parse_float=str)


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _members(text: str) -> Iterator[tuple[str, str]]:
    """Return the text of each value in a (valid) object or list, with its key or ""."""
    key, at = "", _skip(text, 1)
    while text[at] not in "}]":
        if text[0] == "{":
            key, at = _SCANNER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        end = _SCANNER.raw_decode(text, at)[1]
        yield key, text[at:end]
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _refuse(body: bytes) -> NoReturn:
    """Raise an error that says what the body is instead of JSON."""
    start = body.lstrip(_WHITESPACE)[:200]
    if not start:
        raise InvalidResponse("Expected a JSON page, found an empty body.")
    if start.startswith(b"<"):
        raise InvalidResponse(
            f"Expected a JSON page, found HTML or XML that begins with {_excerpt(start)}. "
            "Is a proxy or a login page in between?"
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
    """Raise an error that says what a JSON body holds instead of a list of objects."""
    if not isinstance(value, (dict, Object)):
        raise InvalidResponse(f"Expected a page of objects, found {_kind(value)}.")
    members = dict(value.items())
    if "objects" in members:
        raise InvalidResponse(
            f"Expected a list of objects, found that 'objects' is {_kind(members['objects'])}."
        )
    if isinstance(code := members.get("error_code"), str):
        raise _an_error(code, members.get("message"))
    names = ", ".join(repr(name) for name in list(members)[:8]) or "no members"
    raise InvalidResponse(f"Expected a page with a list 'objects', found an object with {names}.")


def _an_error(code: str, message: object) -> InvalidResponse:
    said = bounded(str(message or "no message")).rstrip(".")
    return InvalidResponse(
        f"Expected a page of objects, found the error {bounded(code, 80)!r}: {said}."
    )


def _kind(value: Any) -> str:
    if isinstance(value, (dict, Object)):
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
        For JSON Lines: an object that spans several lines is written compactly on one, without
        loss.

    Examples
    --------
    >>> split_objects(read_envelope(b'[{"id":1.0},{"id":\n2}]'))
    [b'{"id":1.0}', b'{"id":2}']
    """
    return [
        compact(parse(text)).encode() if b"\n" in text or b"\r" in text else text
        for text in map(bytes, envelope.items)
    ]
