"""The current calendars and customer records of an account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .clock import Clock
from .habits import State
from .protocols import History
from .randomness import key_of
from .timetext import text
from .world import CREATED, ID, MODIFIED, Thing

__all__ = ["Calendars", "outcome"]

Json = dict[str, Any]


def outcome(history: History, now: int) -> Iterator[Json]:
    """Yield the objects that the history has produced: meetings, contacts and so on.

    Parameters
    ----------
    history : History
        The account's history.
    now : int
        Microseconds since 1970.
    """
    world = history.world
    states = {world.items[state.item].thing.slot: state for state in history.states(now)}
    for item in world.items:
        thing, state = item.thing, states.get(item.thing.slot)
        if state is None and thing.renewed:
            continue
        if state is not None and item.steps[state.step].kind == "delete":
            continue
        yield _filled(history, thing, item.steps[0].metadata, state)


def _filled(history: History, thing: Thing, metadata: Json, state: State | None) -> Json:
    """Return the object with its placeholders filled in."""
    identity = history.world.id_of(thing.slot, state.generation if state else 0)
    filled = (
        json.dumps(metadata)
        .replace(json.dumps(ID)[1:-1], identity[1:])
        .replace(json.dumps(CREATED)[1:-1], text(thing.created))
        .replace(json.dumps(MODIFIED)[1:-1], text(state.time if state else thing.created))
    )
    found: Json = json.loads(filled)
    return found


class Calendars:
    """The calendars of one account, one per person."""

    def __init__(self, history: History, clock: Clock) -> None:
        self._history, self._clock = history, clock
        self._changed: dict[str, Json] = {}
        self._deleted: set[str] = set()
        self._made = 0

    def calendars(self) -> list[Json]:
        """Return all calendars; the first is the owner's and is the primary one."""
        return [
            {
                "id": person.email,
                "raw_id": person.email,
                "name": person.name,
                "primary": not number,
                "description": f"{person.name}, {person.city}",
                "location": person.city,
                "timezone": "UTC",
                "account": self._history.account,
                "access_role": "owner" if not number else "reader",
                "api": "calendar",
                "type": "calendar",
            }
            for number, person in enumerate(self._history.world.people)
        ]

    def calendar(self, identifier: str) -> Json | None:
        """Return the calendar with this id, or the primary one."""
        found = self.calendars()
        if identifier == "primary":
            return found[0]
        return next((one for one in found if one["id"] == identifier), None)

    def events(self, calendar: str) -> list[Json]:
        """Return a calendar's events, ordered by start."""
        base = {one["id"]: one for one in outcome(self._history, self._clock.us)}
        present = [
            one
            for key, one in (base | self._changed).items()
            if one["calendar"]["id"] == calendar and key not in self._deleted
        ]
        return sorted(present, key=lambda one: (str(one["start"]), one["id"]))

    def event(self, calendar: str, identifier: str) -> Json | None:
        """Return one event of a calendar.

        Parameters
        ----------
        calendar : str
            The calendar's id.
        identifier : str
            The event's id.
        """
        return next((one for one in self.events(calendar) if one["id"] == identifier), None)

    def add(self, calendar: Json, wanted: Json) -> Json:
        """Add an event to a calendar.

        Parameters
        ----------
        calendar : dict
            The calendar, as the API shows it.
        wanted : dict
            The fields that the caller sent.
        """
        self._made += 1
        digits = f"{key_of(self._history.world.key, 'made', self._made):016x}"
        now = text(self._clock.us)
        owner = {"name": calendar["name"], "email": calendar["id"]}
        event: Json = {
            "id": f"N{digits}",
            "raw_id": f"1{digits}",
            "api": "calendar",
            "type": "event",
            "name": None,
            "account": self._history.account,
            "created": now,
            "modified": now,
            "start": None,
            "end": None,
            "start_time_zone": "UTC",
            "end_time_zone": "UTC",
            "all_day": False,
            "location": None,
            "organizer": owner,
            "creator": owner,
            "attendees": [],
            "recurrence_type": "single_instance",
        }
        return self._keep(
            event
            | wanted
            | {
                "id": event["id"],
                "raw_id": event["raw_id"],
                "api": "calendar",
                "type": "event",
                "account": event["account"],
                "calendar": {"id": calendar["id"], "name": calendar["name"]},
            }
        )

    def change(self, event: Json, wanted: Json) -> Json:
        """Change some fields of an event.

        Parameters
        ----------
        event : dict
            The event, as the API shows it.
        wanted : dict
            The fields that the caller sent.
        """
        fixed = ("id", "raw_id", "api", "type", "account", "calendar", "created")
        allowed = {key: value for key, value in wanted.items() if key not in fixed}
        return self._keep(event | allowed | {"modified": text(self._clock.us)})

    def delete(self, event: Json) -> None:
        """Delete an event."""
        self._deleted.add(event["id"])

    def _keep(self, event: Json) -> Json:
        self._changed[event["id"]] = event
        return event
