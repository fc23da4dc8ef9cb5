"""Records inside other records, as collectors of logs and search engines write them.

Splunk, Elasticsearch, CloudWatch, EventBridge and others keep a service's record in a member of
their own, as an object or as its text: ``{"_source": {"event": {"original": "{…}"}}}``. The first
record tells which member that is; the file's other records are taken from the same place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from .texts import Texts

__all__ = ["Within", "inner_objects", "unwrap"]

#: Keys that lead from a record to the one in it.
Within = tuple[str, ...]

#: How deep records may be inside others, and how many objects are looked at to find one.
_DEEPEST, _MOST = 4, 500
_QUOTE, _OPEN = b'"', b"{"
_TEXT = msgspec.json.Decoder(str)


def inner_objects(
    record: Mapping[str, Any], parsed: Callable[[bytes], Any]
) -> Iterator[tuple[Within, dict[str, Any]]]:
    """Yield the objects in a record with their places, the outer ones first.

    Objects in lists are not among them, but those that are written as text are.

    Parameters
    ----------
    record : mapping
        Its values may be `msgspec.Raw`.
    parsed : callable
        Returns the object that a JSON text is; None for other text.

    Examples
    --------
    >>> import json
    >>> list(inner_objects({"time": 7, "event": '{"a": {"b": 1}}'}, json.loads))
    [(('event',), {'a': {'b': 1}}), (('event', 'a'), {'b': 1})]
    """
    waiting: deque[tuple[Within, Mapping[str, Any]]] = deque([((), record)])
    left = _MOST
    while waiting:
        place, outer = waiting.popleft()
        for key, value in outer.items():
            inner = _object(value, parsed)
            if inner is None or left == 0:
                continue
            left -= 1
            yield (*place, key), inner
            if len(place) + 1 < _DEEPEST:
                waiting.append(((*place, key), inner))


def _object(value: Any, parsed: Callable[[bytes], Any]) -> dict[str, Any] | None:
    """Return an object that a member holds, or that its text is."""
    text = bytes(value) if isinstance(value, msgspec.Raw) else b""
    if text.startswith(_OPEN):
        value = parsed(text)
    elif text.startswith(_QUOTE):
        with suppress(msgspec.MsgspecError, UnicodeError):
            value = _TEXT.decode(text)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = parsed(value.encode("utf-8", "surrogatepass"))
    return value if isinstance(value, dict) else None


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
    decoders = [_decoder(key) for key in within]
    inner = Texts.of([_inner(text, decoders) for text in texts])
    return Texts(inner.text, inner.starts, inner.ends, texts.numbers)


def _decoder(key: str) -> Callable[[bytes], Any]:
    """Return a decoder of one member of an object."""
    fields = [("inner", msgspec.Raw, msgspec.Raw(b""))]
    type_ = msgspec.defstruct("Envelope", fields, rename={"inner": key}, gc=False)
    return msgspec.json.Decoder(type_).decode


def _inner(text: bytes, decoders: list[Callable[[bytes], Any]]) -> bytes:
    inner = text
    try:
        for decode in decoders:
            inner = bytes(decode(inner).inner)
            if inner.startswith(_QUOTE):
                inner = _TEXT.decode(inner).strip().encode("utf-8", "surrogatepass")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return text
    return inner if inner.startswith(_OPEN) else text
