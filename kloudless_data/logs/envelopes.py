"""Records inside other records, as collectors of logs and search engines write them.

Splunk, Elasticsearch, CloudWatch, EventBridge and others keep a service's record in a member of
their own, as an object or as its text: ``{"_source": {"event": {"original": "{…}"}}}``. The first
record tells which member that is; the file's other records are taken from the same place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from .members import MEMBERS, TEXT, object_of
from .nested import is_plain
from .texts import Texts

__all__ = ["Inner", "Within", "inner_objects", "unwrap"]

#: Keys that lead from a record to the one in it.
Within = tuple[str, ...]

#: How deep records may be inside others, and how many objects are looked at to find one.
_DEEPEST, _MOST = 4, 500
_QUOTE, _OPEN = b'"', b"{"


class Inner(NamedTuple):
    """An object inside a record.

    Attributes
    ----------
    within : tuple of str
        The keys that lead to it.
    members : dict
    is_text : bool
        True if it, or an object around it, is written as text.
    """

    within: Within
    members: dict[str, Any]
    is_text: bool


def inner_objects(record: Mapping[str, Any]) -> Iterator[Inner]:
    """Yield the objects in a record, the outer ones first.

    Objects in lists are not among them, but those that are written as text are.

    Parameters
    ----------
    record : mapping
        Its values may be `msgspec.Raw`.

    Examples
    --------
    >>> for one in inner_objects({"time": 7, "event": '{"a": {"b": 1}}'}):
    ...     print(one.within, sorted(one.members), one.is_text)
    ('event',) ['a'] True
    ('event', 'a') ['b'] True
    """
    waiting = deque([Inner((), dict(record), False)])
    left = _MOST
    while waiting:
        outer = waiting.popleft()
        for key, value in outer.members.items():
            members, is_text = object_of(value)
            if members is None or left == 0:
                continue
            left -= 1
            inner = Inner((*outer.within, key), members, is_text or outer.is_text)
            yield inner
            if len(inner.within) < _DEEPEST:
                waiting.append(inner)


def unwrap(texts: Texts, within: Within) -> Texts:
    r"""Return the records inside others; those without one are returned themselves.

    Parameters
    ----------
    texts : Texts
    within : tuple of str
        The keys that lead to the inner record; none for the record itself.

    Returns
    -------
    Texts
        As many as before, with the same numbers.

    Examples
    --------
    >>> list(unwrap(Texts.of([b'{"_raw": "{\\"a\\": 1}"}', b'{"b": 2}']), ("_raw",)))
    [b'{"a": 1}', b'{"b": 2}']
    """
    if not within:
        return texts
    inner = _all_inner(texts, within)
    if inner is None:
        inner = [_inner(text, within) for text in texts]
    made = Texts.of(inner)
    return Texts(made.text, made.starts, made.ends, texts.numbers)


@lru_cache(maxsize=100)
def _decoder(within: Within, leaf: Any) -> msgspec.json.Decoder[Any] | None:
    """Return a decoder that reads only what is at some keys of an object; None for odd keys."""
    type_ = leaf
    try:
        for key in reversed(within):
            fields = [("inner", type_)]
            type_ = msgspec.defstruct("Envelope", fields, rename={"inner": key}, gc=False)
    except ValueError:  # a quote, a backslash or a control character
        return None
    return msgspec.json.Decoder(type_)


def _all_inner(texts: Texts, within: Within) -> list[bytes] | None:
    """Return the records inside others, read at once; None if any of them differs."""
    whole = texts.as_lines()
    as_text, as_object = _decoder(within, str), _decoder(within, msgspec.Raw)
    if whole is None or as_text is None or as_object is None or not is_plain(whole):
        return None
    at = attrgetter(".".join(["inner"] * len(within)))
    found: list[bytes] | None = None
    with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
        found = [at(one).encode() for one in as_text.decode_lines(whole)]
    if found is None:
        with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
            found = [bytes(at(one)) for one in as_object.decode_lines(whole)]
    if found is None or len(found) != len(texts):
        return None
    return found if all(one.startswith(_OPEN) for one in found) else None


def _inner(text: bytes, within: Within) -> bytes:
    """Return the record inside another, of which any step may be text; the other if it has none."""
    inner = text
    try:
        for key in within:
            inner = bytes(MEMBERS.decode(inner)[key])
            if inner.startswith(_QUOTE):
                inner = TEXT.decode(inner).strip().encode("utf-8", "surrogatepass")
    except (msgspec.MsgspecError, UnicodeError, RecursionError, KeyError):
        return text
    return inner if inner.startswith(_OPEN) else text
