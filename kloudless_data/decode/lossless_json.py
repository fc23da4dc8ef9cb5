"""Read and write JSON without loss of number texts, duplicate keys and lone surrogates.

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
    "LONE_SURROGATE",
    "MAX_DEPTH",
    "Number",
    "Object",
    "check_depth",
    "compact",
    "compacted",
    "object_of",
    "parse",
    "parse_document",
    "too_deep",
]

#: The largest number of nested objects and lists, including the outermost.
MAX_DEPTH = 200


class Number:
    """A number that Python would write otherwise than it was sent."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Object:
    """An object in which a key is twice."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self._pairs = pairs

    def items(self) -> list[tuple[str, Any]]:
        """Return the members as (key, value) in their order."""
        return self._pairs


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Object:
    """Return the object with some members."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else Object(pairs)


def _integer(text: str) -> int | Number:
    return int(text) if len(text) < _DIGITS and text != "-0" else Number(text)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"it contains {text}, which is not JSON")


#: Integers with fewer bytes than this fit into 64 bits.
_DIGITS = 19
_DECODER = json.JSONDecoder(
    object_pairs_hook=object_of, parse_int=_integer, parse_float=Number, parse_constant=_no_constant
)
_QUICK_DECODER = msgspec.json.Decoder(float_hook=Number)
_ENCODER = msgspec.json.Encoder(enc_hook=lambda value: msgspec.Raw(_text(value).encode()))


def parse_document(text: bytes) -> Any:
    """Return the value of a JSON text; raises ValueError and RecursionError as `json` does."""
    decoded = text.decode()
    try:
        # Like `decode`, which takes most of the time for a short text.
        value, end = _DECODER.scan_once(decoded, 0)  # type: ignore[attr-defined]
    except StopIteration:
        value, end = None, -1
    return value if end == len(decoded) else _DECODER.decode(decoded)


def parse(text: bytes) -> Any:
    """Return the value of a JSON text in UTF-8: dict, Object, list, str, int, Number, bool or None.

    Raises
    ------
    InvalidResponse
        It is not JSON, or is nested too deeply.
    """
    try:
        value = _QUICK_DECODER.decode(text)
        if _is_whole(value, text):
            return value
    except (msgspec.DecodeError, RecursionError):
        pass  # lone surrogates, thousands of digits or levels, or no JSON
    try:
        return parse_document(text)
    except RecursionError:
        raise too_deep() from None
    except ValueError as error:
        raise InvalidResponse(f"Expected JSON, but: {error}.") from None


def _is_whole(value: Any, text: bytes) -> bool:
    """Return whether msgspec has kept all members of a text, and all signs, even that of -0."""
    written = _ENCODER.encode(value)
    if len(written) == len(text):
        return True  # nothing is ever written longer than it was
    return (
        written.count(b":") == text.count(b":")
        and written.count(b"-") == text.count(b"-")
        and b"\\u003" not in text  # an escaped colon
        and b"\\u002" not in text
    )


def too_deep() -> InvalidResponse:
    """Return the exception for JSON nested deeper than `MAX_DEPTH`."""
    return InvalidResponse(
        f"An object is nested deeper than {MAX_DEPTH} levels; no object of the API is."
    )


def check_depth(value: Any) -> None:
    """Raise `InvalidResponse` if a parsed value has more than `MAX_DEPTH` levels of nesting."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        nested = [item for item in level if isinstance(item, (dict, Object, list))]
        if not nested:
            return
        level = []
        for item in nested:
            level += item if isinstance(item, list) else [child for _, child in item.items()]
    raise too_deep()


LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def compact(value: Any) -> str:
    r"""Return a parsed value's JSON text: no blanks, readable UTF-8, numbers as written.

    The text is always encodable: lone surrogates are escaped.

    Examples
    --------
    >>> compact(parse(rb'{"a": [1.10, 1e400, "\u00e9"], "a": null}'))
    '{"a":[1.10,1e400,"é"],"a":null}'
    """
    try:
        return _ENCODER.encode(value).decode()
    except UnicodeEncodeError:
        text = _text(value)
    except RecursionError:
        raise too_deep() from None
    return LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def compacted(texts: Sequence[bytes | msgspec.Raw]) -> list[bytes]:
    r"""Return JSON texts as `compact` would write their values, without creating Python objects.

    msgspec has validated them.

    Examples
    --------
    >>> compacted([rb'{"caf\u00e9": "a\/b", "n": 1.10}', b" [ ] "])
    [b'{"caf\xc3\xa9":"a/b","n":1.10}', b'[]']
    """
    together = msgspec.json.format(b"[" + b",".join(texts) + b"]", indent=-1)
    lines = b"\n".join(_LIST.decode(together))
    if b"\\u" in lines or b"\\/" in lines:
        # No JSON text has the byte 0, which replaces backslashes that escape one another.
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
    if kind is Number:
        return str(value.text)
    if kind is dict or kind is Object:
        members = [f"{encode_basestring(key)}:{_text(below)}" for key, below in value.items()]
        return "{" + ",".join(members) + "}"
    if kind is list:
        return "[" + ",".join(map(_text, value)) + "]"
    return str(value) if kind is int else _LITERALS[value]
