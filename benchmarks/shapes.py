"""Event pages in the shapes that servers send: members missing, moved, unknown, wrong.

The sandbox is not involved. Each shape changes the same seeded events in one way, so that their
figures can be compared; ``uneven`` combines all changes.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SHAPES", "Shape", "pages_of"]

Event = dict[str, Any]

_PEOPLE = ("Ann Lee", "Søren Holm", "Zoë Fürst", "Bob Stone", "Rahul Rossi", "陳大文", "Jana Černá")
_FILES = (
    "Report {}.pdf", "Übersicht {}.xlsx", "service {}.log", "Screenshot {}.png", "notes {}.txt",
    "Angebot für Müller {}.docx", "会議メモ {}.md", "2026 budget {}.xlsx",
)  # fmt: skip
_TYPES = ("add", "update", "delete", "rename", "move", "copy", "restore")


def _person(chance: random.Random) -> Event:
    number = chance.randrange(40)
    name = _PEOPLE[number % len(_PEOPLE)]
    return {
        "api": "team", "type": "user", "id": f"u{number:08x}", "name": name,
        "email": f"person{number}@example.com", "id_type": "login",
    }  # fmt: skip


def _time(chance: random.Random) -> str:
    return (
        f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}T{chance.randrange(24):02d}:"
        f"{chance.randrange(60):02d}:{chance.randrange(60):02d}.{chance.randrange(10**6):06d}Z"
    )


def _event(chance: random.Random) -> Event:
    """Return an event with every member that has been observed (S)."""
    name = chance.choice(_FILES).format(chance.randrange(10_000))
    return {
        "id": f"{chance.getrandbits(64):016x}", "account": 125000003, "action": "~",
        "type": chance.choice(_TYPES), "ip": None, "user_id": f"u{chance.randrange(40):08x}",
        "modified": _time(chance),
        "metadata": {
            "id": f"F{chance.getrandbits(64):016x}", "raw_id": f"{chance.getrandbits(64):016x}",
            "type": "file", "name": name, "size": chance.randrange(10**7), "path": None,
            "created": _time(chance), "modified": _time(chance), "mime_type": "text/plain",
            "downloadable": True, "account": 125000003, "ancestors": None,
            "parent": {"id": f"F{chance.getrandbits(64):016x}", "name": None},
            "owner": _person(chance), "last_modifier": _person(chance),
        },
    }  # fmt: skip


def _objects_in(event: Event) -> Iterable[Event]:
    yield event
    for value in event.values():
        if isinstance(value, dict):
            yield from _objects_in(value)


def _missing(share: float) -> Callable[[Event, random.Random], Event]:
    def change(event: Event, chance: random.Random) -> Event:
        for item in list(_objects_in(event)):
            for key in [key for key in item if key not in ("id", "metadata")]:
                if chance.random() < share:
                    del item[key]
        return event

    return change


def _any_order(event: Event, chance: random.Random) -> Event:
    keys = chance.sample(sorted(event), len(event))
    return {
        key: _any_order(event[key], chance) if isinstance(event[key], dict) else event[key]
        for key in keys
    }


def _two_unknown(event: Event, chance: random.Random) -> Event:
    event["request_id"] = f"{chance.getrandbits(64):016x}"
    event["metadata"]["etag"] = f"{chance.getrandbits(64):016x}"
    return event


def _unknown_names(event: Event, chance: random.Random) -> Event:
    event[f"label_{chance.randrange(10_000)}"] = chance.choice(_FILES)
    return event


def _misfits(event: Event, chance: random.Random) -> Event:
    if not chance.randrange(10):
        event["metadata"]["size"] = chance.choice(["12 kB", 12.5, True])
    return event


def _raw(event: Event, chance: random.Random) -> Event:
    """Add the upstream service's own object, nested and larger than the event."""
    metadata = event["metadata"]
    event["raw"] = {
        "kind": "drive#file", "id": metadata["raw_id"], "title": metadata["name"],
        "labels": {"starred": False, "hidden": False, "trashed": False, "viewed": True},
        "parents": [{"id": metadata["parent"]["id"], "isRoot": chance.random() < 0.1,
                     "parentLink": f"https://files.example.com/v2/files/{number}"}
                    for number in range(2)],
        "permissions": [{"role": role, "emailAddress": f"person{chance.randrange(40)}@example.com",
                         "displayName": chance.choice(_PEOPLE), "inherited": False,
                         "scopes": ["read", "list"]} for role in ("owner", "writer", "reader")],
        "quota": 1.50, "etag": f'"{chance.getrandbits(64):x}"',
    }  # fmt: skip
    return event


def _v2(event: Event, chance: random.Random) -> Event:
    user = _person(chance)
    del event["type"]
    return {
        **event, "event_category": "file", "event_type": chance.choice(_TYPES),
        "event_subtype": None, "user": {key: user[key] for key in ("name", "email", "type")},
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64)", "ip": f"10.0.0.{chance.randrange(256)}",
    }  # fmt: skip


def _crm(event: Event, chance: random.Random) -> Event:
    person = _person(chance)
    event["metadata"] = {
        "id": f"003{chance.getrandbits(48):012x}", "raw_id": f"{chance.getrandbits(64):016x}",
        "api": "crm", "type": chance.choice(["contact", "lead", "opportunity"]),
        "name": person["name"], "email": person["email"], "status": "open",
        "created": _time(chance), "modified": _time(chance), "owner": _person(chance),
        "company": "Example & Sons", "amount": chance.randrange(10**6) / 100,
        "phones": [{"type": "work", "number": f"+49 30 {chance.randrange(10**6)}"}],
    }  # fmt: skip
    return event


def _calendar(event: Event, chance: random.Random) -> Event:
    event["metadata"] = {
        "id": f"C{chance.getrandbits(64):016x}", "calendar_id": f"c{chance.randrange(20)}",
        "api": "calendar", "type": "event", "name": f"Jour fixe {chance.randrange(100)}",
        "start": _time(chance), "end": _time(chance), "status": "confirmed",
        "modified": _time(chance), "owner": _person(chance), "location": "Raum Köln",
        "attendees": [{"email": f"person{chance.randrange(40)}@example.com", "required": True,
                       "status": chance.choice(["accepted", "declined"])} for _ in range(3)],
    }  # fmt: skip
    return event


def _offsets(event: Event, chance: random.Random) -> Event:
    for item in _objects_in(event):
        for key in ("created", "modified"):
            if key in item:
                item[key] = item[key][:23] + "+0000"
    return event


def _uneven(event: Event, chance: random.Random) -> Event:
    event = _missing(0.1)(event, chance)
    event = _misfits(event, chance) if "size" in event["metadata"] else event
    if chance.random() < 0.5:
        event = _two_unknown(event, chance)
    if chance.random() < 0.2:
        event = _unknown_names(event, chance)
    if chance.random() < 0.3:
        event = _offsets(event, chance)
    if "account" in event and chance.random() < 0.3:
        event["account"] = str(event["account"])
    return _any_order(event, chance) if chance.random() < 0.3 else event


@dataclass(frozen=True)
class Shape:
    """A kind of page.

    Attributes
    ----------
    name : str
    change : callable
        The change to an event with all members.
    style : dict
        How `json.dumps` writes it.
    version : int
        The API's.
    raw : bool
        Whether the upstream objects are requested.
    """

    name: str
    change: Callable[[Event, random.Random], Event] = lambda event, chance: event
    style: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    raw: bool = False


SHAPES = (
    Shape("all members, one order"),
    Shape("2 % of the members missing", _missing(0.02)),
    Shape("10 % missing", _missing(0.1)),
    Shape("30 % missing", _missing(0.3)),
    Shape("members in any order", _any_order),
    Shape("two unknown members each", _two_unknown),
    Shape("an unknown member of 10,000 names", _unknown_names),
    Shape("a tenth with a misfit", _misfits),
    Shape("times with +0000", _offsets),
    Shape("blanks after separators", style={"separators": None}),
    Shape("pretty-printed", style={"separators": None, "indent": 2}),
    Shape(r"\u escapes", style={"ensure_ascii": True}),
    Shape("raw=True, nested upstream objects", _raw, raw=True),
    Shape("v2", _v2, version=2),
    Shape("CRM metadata", _crm),
    Shape("calendar metadata", _calendar),
    Shape("uneven, all of it at once", _uneven),
)


def pages_of(shape: Shape, pages: int, page_size: int, seed: int = 7) -> list[bytes]:
    """Return the bodies of pages whose events have a shape."""
    chance = random.Random(seed)
    bodies = []
    for number in range(pages):
        events = [shape.change(_event(chance), chance) for _ in range(page_size)]
        page = {
            "type": "object_list", "api": "activity", "count": page_size, "cursor": number + 1,
            "objects": events,
        }  # fmt: skip
        style: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":"), **shape.style}
        bodies.append(json.dumps(page, **style).encode())
    return bodies
