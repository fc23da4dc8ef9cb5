"""JSON read and written without loss: number texts, duplicate keys and lone surrogates stay.

`json` alone turns ``1.10`` into ``1.1``, ``1e400`` into infinity, and keeps one of two equal keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any, NoReturn

from ..exceptions import InvalidResponse

__all__ = [
    "MAX_DEPTH",
    "Float",
    "Int",
    "Object",
    "check_depth",
    "compact",
    "parse",
    "parse_document",
    "too_deep",
    "unescaped",
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
    return _DECODER.decode(text.decode())


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
    """Raise `InvalidResponse` if a parsed value has more than `limit` levels of nesting."""
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
    return _encodable("".join(_pieces(value)))


def _encodable(text: str) -> str:
    if text.isascii():
        return text
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_ESCAPES = re.compile(r"(?:\\(?:u[0-9a-fA-F]{4}|[^u]))+")


def unescaped(text: bytes) -> str:
    r"""Return JSON text without blanks as `compact` would write its value.

    Parameters
    ----------
    text : bytes
        Valid JSON without blanks outside strings.

    Returns
    -------
    str

    Examples
    --------
    >>> unescaped(rb'{"caf\u00e9":"a\/b","n":1.10}')
    '{"café":"a/b","n":1.10}'
    """
    return _encodable(_ESCAPES.sub(_unescape, text.decode()))


def _unescape(match: re.Match[str]) -> str:
    value: str = json.loads(f'"{match[0]}"')
    return encode_basestring(value)[1:-1]


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, (Int, Float)):
        yield value
    elif isinstance(value, str):
        yield encode_basestring(value)
    elif value is None:
        yield "null"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, Object):
        yield "{"
        for index, (key, child) in enumerate(value):
            yield "," * bool(index) + encode_basestring(key) + ":"
            yield from _pieces(child)
        yield "}"
    else:
        yield "["
        for index, child in enumerate(value):
            yield "," * bool(index)
            yield from _pieces(child)
        yield "]"
