"""Make events as uneven as real ones: missing, null, unknown, reordered, escaped members.

No two services send the same members, and no service sends the same ones for every object. That
members may be missing or null, and numbers may be text, is documented or was seen (D, S); which
members, and how often, is our assumption (A). The kind of event decides, so a seed always gives the
same bytes.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

__all__ = ["Form", "form_of"]

Json = dict[str, Any]
#: The members that every event keeps: who, what, when, and about what.
_KEPT = frozenset(
    "id account action type event_category event_type event_subtype modified user user_id metadata "
    "previous_metadata".split()
)
_KEPT_OF_METADATA = frozenset(
    "id raw_id type name created modified last_modifier email member domain shared_with role link "
    "user client group scopes".split()
)
_MISSING, _NULL = 0.08, 0.04  # probabilities for optional members
_REORDERED, _ESCAPED, _UNKNOWN, _TEXT_ACCOUNT = 0.25, 0.15, 0.12, 0.1
_encode = msgspec.json.Encoder().encode
#: Placeholders of `templates` are private-use characters, which stay unchanged.
_NOT_ASCII = re.compile("[\x7f-\ud7ff\ue100-\U0010ffff]")
#: Members that services add, according to their public references.
_EXTRAS: tuple[tuple[str, Any], ...] = (
    ("etag", '"3f5ae1"'),
    ("web_url", "https://files.example/open?id=17&usp=drivesdk"),
    ("version", 7),
    ("sharing", {"read_only": False, "shared_folder_id": "84528192421"}),
    ("labels", ["starred", "trashed"]),
    ("checksum", {"sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}),
    ("quota_bytes_used", 90_071_992_547_409_930),
    ("is_external", None),
)


@dataclass(frozen=True)
class Form:
    """How a service writes the events that have these members; see `form_of`."""

    members: tuple[tuple[str, bool], ...]  #: in order; True: sent as null
    metadata: tuple[tuple[str, bool], ...] | None
    unknown: tuple[str, Any] | None  #: one more member of the metadata
    text_account: bool
    escaped: bool  #: whether characters beyond ASCII are

    def written(self, event: Json) -> Json:
        """Return an event as the service sends it: the same actor, action and time."""
        sent = {name: None if null else event[name] for name, null in self.members}
        if self.metadata is not None and sent.get("metadata") is not None:
            full = event["metadata"]
            thing = {name: None if null else full[name] for name, null in self.metadata}
            if self.unknown is not None:
                thing[self.unknown[0]] = self.unknown[1]
            sent["metadata"] = thing
        if self.text_account:
            sent["account"] = str(sent["account"])
        return sent

    def text(self, event: Json) -> bytes:
        """Return an event's JSON, as sent."""
        encoded = _encode(self.written(event))
        if not self.escaped or encoded.isascii():
            return encoded
        return _NOT_ASCII.sub(_escape, encoded.decode()).encode()


def form_of(
    names: Iterable[str],
    metadata: Iterable[str] | None,
    rng: random.Random,
    keep: frozenset[str] = frozenset(),
) -> Form:
    """Draw how some service writes events with these members.

    Parameters
    ----------
    names : iterable of str
        The event's members.
    metadata : iterable of str or None
        The members of its metadata; None: it has none.
    rng : random.Random
        The source of the choices.
    keep : frozenset of str, optional
        More members to keep, of the event and of its metadata.

    Examples
    --------
    >>> form = form_of(["id", "ip"], None, random.Random(1))
    >>> form.written({"id": "e", "ip": "192.0.2.1"})["id"]
    'e'
    """
    members, inner, unknown = _thinned(names, _KEPT | keep, rng), None, None
    if metadata is not None:
        inner = _thinned(metadata, _KEPT_OF_METADATA | keep, rng)
        if rng.random() < _UNKNOWN:
            name, value = rng.choice(_EXTRAS)
            if rng.random() < 0.2:  # some services name members after their contents
                name += f"_{rng.randrange(1000)}"
            unknown = name, value
    text_account = rng.random() < _TEXT_ACCOUNT and any(name == "account" for name, _ in members)
    return Form(members, inner, unknown, text_account, rng.random() < _ESCAPED)


def _thinned(
    names: Iterable[str], kept: frozenset[str], rng: random.Random
) -> tuple[tuple[str, bool], ...]:
    sent = []
    for name in names:
        draw = 1.0 if name in kept else rng.random()
        if draw >= _MISSING:
            sent.append((name, draw < _MISSING + _NULL))
    if rng.random() < _REORDERED:
        rng.shuffle(sent)
    return tuple(sent)


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
