"""The members of JSON objects, as JSON texts themselves: what is not looked at is not decoded."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec

from ..text.utf8 import is_utf8

__all__ = ["MEMBERS", "TEXT", "first_value", "object_of", "parsed"]

#: Decoders of an object's members, and of a string.
MEMBERS, TEXT = msgspec.json.Decoder(dict[str, msgspec.Raw]), msgspec.json.Decoder(str)
#: The number of bytes in which the first object of a longer text usually ends.
_FIRST = 1 << 16
#: msgspec's message about text that ends too early; with another one, `json` would try, too.
_CUT_OFF = "Input data was truncated"


def first_value(text: bytes) -> Any:
    """Return the object with which a text begins; None if there is none, or not its end.

    Parameters
    ----------
    text : bytes

    Examples
    --------
    >>> first_value(b' {"a": NaN}, {"a": 2}')
    {'a': nan}
    """
    text = text.lstrip()
    if not text.startswith(b"{"):
        return None
    with suppress(ValueError):
        return _members(text)
    decoder = json.JSONDecoder()
    for some in (text[:_FIRST], text):
        try:
            return decoder.raw_decode(some.decode("utf-8", "replace"))[0]
        except (ValueError, RecursionError):
            continue
    return None


def parsed(line: bytes) -> Any:
    """Return the members of an object by a JSON text; None for other values, and for no JSON.

    Parameters
    ----------
    line : bytes
    """
    try:
        return _members(line)
    except ValueError:
        pass
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _members(text: bytes) -> dict[str, msgspec.Raw] | None:
    """Return the members of an object as JSON texts; None for other values, and if it is cut off.

    So a list of a million records is not decoded for its name.

    Raises
    ------
    ValueError
        Only `json` might be able to read it.
    """
    if not is_utf8(text):
        raise ValueError
    try:
        return MEMBERS.decode(text)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, RecursionError) as error:
        # After half a surrogate pair, msgspec misses the other half, perhaps beyond the end.
        if str(error) == _CUT_OFF and b"\\u" not in text[-12:]:
            return None
        raise ValueError from None


def object_of(value: Any) -> tuple[dict[str, Any] | None, bool]:
    """Return an object that a member holds, or that its text is, and whether it is text.

    Parameters
    ----------
    value : object
        A decoded JSON value, or `msgspec.Raw`.
    """
    text = bytes(value) if isinstance(value, msgspec.Raw) else b""
    if text.startswith(b"{"):
        value = parsed(text)
    elif text.startswith(b'"'):
        with suppress(msgspec.MsgspecError, UnicodeError):
            value = TEXT.decode(text)
    is_text = isinstance(value, str)
    if is_text:
        value = value.lstrip()
        value = parsed(value.encode("utf-8", "surrogatepass")) if value[:1] == "{" else None
    return (value if isinstance(value, dict) else None), is_text
