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
from typing import Any

__all__ = ["dumps", "uneven"]

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
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
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


def uneven(event: Json, rng: random.Random, keep: frozenset[str] = frozenset()) -> Json:
    """Return an event as some service might send it.

    Parameters
    ----------
    event : dict
        With all members.
    rng : random.Random
        The source of the choices.
    keep : frozenset of str, optional
        More members to keep, of the event and of its metadata.

    Returns
    -------
    dict
        The event with the same actor, action and time.

    Examples
    --------
    >>> uneven({"id": "e", "ip": "192.0.2.1"}, random.Random(1))["id"]
    'e'
    """
    sent = _thinned(event, _KEPT | keep, rng)
    metadata = sent.get("metadata")
    if isinstance(metadata, dict):
        sent["metadata"] = _thinned(metadata, _KEPT_OF_METADATA | keep, rng)
        if rng.random() < _UNKNOWN:
            name, value = rng.choice(_EXTRAS)
            if rng.random() < 0.2:  # some services name members after their contents
                name += f"_{rng.randrange(1000)}"
            sent["metadata"][name] = value
    if rng.random() < _TEXT_ACCOUNT and "account" in sent:
        sent["account"] = str(sent["account"])
    return sent


def _thinned(members: Json, kept: frozenset[str], rng: random.Random) -> Json:
    sent = {}
    for name, value in members.items():
        draw = 1.0 if name in kept else rng.random()
        if draw >= _MISSING:
            sent[name] = None if draw < _MISSING + _NULL else value
    if rng.random() < _REORDERED:
        names = list(sent)
        rng.shuffle(names)
        sent = {name: sent[name] for name in names}
    return sent


def dumps(event: Json, rng: random.Random) -> str:
    r"""Return an event's JSON, sometimes with non-ASCII characters escaped.

    Parameters
    ----------
    event : dict
        The event.
    rng : random.Random
        The source of the choices.

    Examples
    --------
    >>> {dumps({"name": "é"}, random.Random(seed)) for seed in range(30)} == {
    ...     '{"name":"é"}', '{"name":"\\u00e9"}'}
    True
    """
    text = _ENCODER.encode(event)
    return _NOT_ASCII.sub(_escape, text) if rng.random() < _ESCAPED else text


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
