"""JSON read and written without loss: number texts, duplicate keys and lone surrogates stay.

`json` alone turns ``1.10`` into ``1.1``, ``1e400`` into infinity, and keeps one of two equal keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, NoReturn

import msgspec

from ..exceptions import InvalidResponse

__all__ = [
    "MAX_DEPTH",
    "Float",
    "Int",
    "Object",
    "check_depth",
    "compact",
    "compacted",
    "parse",
    "parse_document",
    "too_deep",
]

#: Objects and lists within one another, the outermost included, that an object may have.
MAX_DEPTH = 200


class Int(str):
    """An integer's text."""

    __slots__ = ()


class Float(str):
    """The text of a number with a fraction or an exponent."""

    __slots__ = ()


class Object(list[Any]):
    """An object's members as (key, value) in order, duplicates included."""

    __slots__ = ()


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"it contains {text}, which is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=Object, parse_int=Int, parse_float=Float, parse_constant=_no_constant
)


def parse_document(text: bytes) -> Any:
    """Return the value of a JSON text; raises ValueError and RecursionError as `json` does."""
    decoded = text.decode()
    try:
        # As `decode` does, which takes most of the time of a short text.
        value, end = _DECODER.scan_once(decoded, 0)  # type: ignore[attr-defined]
    except StopIteration:
        value, end = None, -1
    return value if end == len(decoded) else _DECODER.decode(decoded)


def parse(text: bytes) -> Any:
    """Return the value of a JSON text.

    Parameters
    ----------
    text : bytes
        UTF-8.

    Returns
    -------
    Object, list, str, Int, Float, bool or None

    Raises
    ------
    InvalidResponse
        When it is not JSON, or nested too deeply.
    """
    try:
        return parse_document(text)
    except RecursionError:
        raise too_deep() from None
    except ValueError as error:
        raise InvalidResponse(f"Expected JSON, but: {error}.") from None


def too_deep() -> InvalidResponse:
    """Return the exception for JSON nested deeper than `MAX_DEPTH`."""
    return InvalidResponse(
        f"An object is nested deeper than {MAX_DEPTH} levels; no object of the API is."
    )


def check_depth(value: Any, limit: int = MAX_DEPTH) -> None:
    """Raise `InvalidResponse` if a parsed value has more than `limit` levels of nesting.

    Parameters
    ----------
    value : object
        The parsed JSON value.
    limit : int, optional
        Levels of nesting.
    """
    level = [value] if isinstance(value, list) else []
    for _ in range(limit):
        level = [child for item in level for child in _children(item) if isinstance(child, list)]
        if not level:
            return
    raise too_deep()


def _children(value: list[Any]) -> list[Any]:
    return [child for _, child in value] if isinstance(value, Object) else value


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def compact(value: Any) -> str:
    r"""Return a parsed value's JSON text: no blanks, readable UTF-8, numbers as they were written.

    Parameters
    ----------
    value : Any
        As `parse` returns it.

    Returns
    -------
    str
        Can always be encoded: lone surrogates are escaped.

    Examples
    --------
    >>> compact(parse(rb'{"a": [1.10, 1e400, "\u00e9"], "a": null}'))
    '{"a":[1.10,1e400,"é"],"a":null}'
    """
    try:
        text = _text(value)
    except RecursionError:
        raise too_deep() from None
    if text.isascii():
        return text
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def compacted(texts: Sequence[bytes | msgspec.Raw]) -> list[bytes]:
    r"""Return JSON texts as `compact` would write their values, without Python objects for them.

    Parameters
    ----------
    texts : sequence of bytes-like
        Which msgspec has found valid.

    Returns
    -------
    list of bytes

    Examples
    --------
    >>> compacted([rb'{"caf\u00e9": "a\/b", "n": 1.10}', b" [ ] "])
    [b'{"caf\xc3\xa9":"a/b","n":1.10}', b'[]']
    """
    together = msgspec.json.format(b"[" + b",".join(texts) + b"]", indent=-1)
    lines = b"\n".join(_LIST.decode(together))
    if b"\\u" in lines or b"\\/" in lines:
        # No JSON text has the byte 0, which stands for the backslashes that escape one another.
        lines = lines.replace(b"\\\\", b"\0").replace(b"\\/", b"/")
        lines = _ESCAPES.sub(lambda match: _unescaped(match[0]), lines)
        lines = lines.replace(b"\0", b"\\\\")
    return lines.split(b"\n")


_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_STRING = msgspec.json.Decoder(str)
_ESCAPES = re.compile(rb"\\u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*")


@lru_cache(maxsize=4096)
def _unescaped(escapes: bytes) -> bytes:
    return encode_basestring(_STRING.decode(b'"' + escapes + b'"'))[1:-1].encode()


_LITERALS = {None: "null", True: "true", False: "false"}


def _text(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is Int or kind is Float:
        return str(value)
    if kind is Object:
        return "{" + ",".join([f"{encode_basestring(k)}:{_text(v)}" for k, v in value]) + "}"
    if kind is list:
        return "[" + ",".join(map(_text, value)) + "]"
    return _LITERALS[value]
