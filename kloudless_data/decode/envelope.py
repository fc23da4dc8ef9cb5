"""A page's envelope: its objects' texts, and the position of the next page.

One pass of msgspec validates the whole body and finds the text of each object without reading into
it, so that the next page can be requested before this one is decoded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

import msgspec

from ..exceptions import InvalidResponse
from ..text.terminal import bounded
from ..text.utf8 import is_utf8
from .lossless_json import Object, compact, parse, parse_document

__all__ = ["Envelope", "read_envelope", "split_objects"]

_WHITESPACE = b" \t\r\n"
#: The members that a page may have only once.
_ONCE = ("objects", "cursor", "next_page")


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


_PAGE = msgspec.json.Decoder(_Page)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
#: A pair of escaped surrogates, one that is alone, or any other escape.
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<alone>\\u[dD][89a-fA-F]..)|\\.", re.DOTALL
)


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
        try:
            return _envelope(body, body)
        except (msgspec.DecodeError, msgspec.ValidationError):
            value = parse_document(body)
        # Lone surrogates are JSON that msgspec rejects.
        return _envelope(body, _ESCAPE.sub(lambda it: b"\\ufffd" if it["alone"] else it[0], body))
    except msgspec.ValidationError:
        _refuse_shape(value)
    except ValueError:
        _refuse(body)
    except RecursionError:
        raise InvalidResponse("The body is JSON that is nested too deeply to read.") from None


def _envelope(body: bytes, valid: bytes) -> Envelope:
    """Read a body that has its objects where a text that msgspec accepts has them."""
    is_list = valid.lstrip(_WHITESPACE)[:1] == b"["
    objects = _LIST.decode(valid) if is_list else _PAGE.decode(valid).objects
    items: Sequence[msgspec.Raw | bytes] = objects
    around = body
    if objects:
        import pyarrow as pa

        # They are views of the text, so memory addresses say where they are. Looking for the other
        # members in the whole text would take longer than everything that msgspec does.
        origin = pa.py_buffer(valid).address
        first, last = (pa.py_buffer(objects[n]).address - origin for n in (0, -1))
        around = body[:first] + body[last + len(objects[-1]) :]
        if valid is not body:
            starts = (pa.py_buffer(text).address - origin for text in objects)
            items = [body[at : at + len(text)] for at, text in zip(starts, objects, strict=True)]
    members = _members(parse(around))
    if code := _str(members.get("error_code")):
        raise _an_error(code, _str(members.get("message")))
    return Envelope(
        items=items,
        cursor=_text(members.get("cursor")),
        next_page=_text(members.get("next_page")),
        names_next_page="next_page" in members,
        page=_int(members.get("page")),
        remaining=_int(members.get("remaining")),
        type=_str(members.get("type")),
        api=_str(members.get("api")),
        is_plain=valid is body,
    )


def _members(value: Any) -> dict[str, Any]:
    """Return the members of a page, of which some may be there only once."""
    pairs = value.items() if isinstance(value, (dict, Object)) else ()
    names = [name for name, _ in pairs]
    for name in _ONCE:
        # Which of two equal members counts is undefined (RFC 8259), and the other would be lost.
        if names.count(name) > 1:
            raise InvalidResponse(f"Expected one member {name!r}, found several.")
    return dict(pairs)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else compact(value)


def _str(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _int(value: Any) -> int | None:
    text = _text(value) or ""
    # No page number has more digits, and int() takes quadratic time.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


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
    members = _members(value)
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
