"""The worlds of calendar and CRM accounts: meetings, contacts and opportunities.

That the metadata of their events differ from those of files is documented (D). We assume that they
follow the objects of the Calendar and CRM APIs (A).
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from .names import CUSTOMERS, MEETINGS
from .people import Person
from .randomness import rng_of
from .timetext import DAY, from_us
from .world import CREATED, ID, MODIFIED, Item, Json, Step, Thing, World

__all__ = ["fill_calendar", "fill_crm", "meeting_times"]

_SERIES, _MEETINGS, _RECORDS = 6, 18, 30
_RECORD_TYPES = ("contact", "account", "opportunity", "lead")


def fill_calendar(world: World, start: int) -> None:
    """Add everybody's permanent series and single meetings that come and go.

    Parameters
    ----------
    world : World
        The world to fill.
    start : int
        Microseconds since 1970, the start of the history.
    """
    rng = rng_of(world.seed, "calendar", world.account)
    for actor, person in enumerate(world.people):
        for number in range(_SERIES + _MEETINGS):
            name = rng.choice(MEETINGS).format(
                year=2026,
                quarter=1,
                customer=rng.choice(CUSTOMERS),
                person=rng.choice(world.people).name,
            )
            meeting = world.add(
                "event",
                name,
                person,
                start - rng.randrange(DAY, 60 * DAY),
                renewed=number >= _SERIES,
                extra={
                    "day": rng.randrange(-3, 12),
                    "hour": rng.randrange(8, 18),
                    "guests": rng.sample(range(len(world.people)), rng.randrange(1, 5)),
                    "place": rng.choice(("Room 2", "Raum „Elbe“", "", "https://meet.example")),
                },
            )
            kinds = _story(rng, renewed=meeting.renewed)
            _tell(
                world, meeting, actor, kinds, rng.choice((1, 2, 4)), _meeting(world, meeting, start)
            )


def fill_crm(world: World, start: int) -> None:
    """Add customers and opportunities.

    Parameters
    ----------
    world : World
        The world to fill.
    start : int
        Microseconds since 1970, the start of the history.
    """
    rng = rng_of(world.seed, "crm", world.account)
    for actor, person in enumerate(world.people):
        for number in range(_RECORDS):
            kind = _RECORD_TYPES[number % 4]
            record = world.add(
                kind,
                f"{rng.choice(CUSTOMERS)} #{number}",
                person,
                start - rng.randrange(DAY, 600 * DAY),
                renewed=number % 5 == 4,
                extra={
                    "stage": rng.choice(("new", "qualified", "won", "lost")),
                    "amount": rng.choice((None, 1200, 58_000.5, "9900.00")),
                },
            )
            kinds = _story(rng, renewed=record.renewed)
            _tell(world, record, actor, kinds, rng.choice((1, 2, 4)), _record(world, record))


def _story(rng: random.Random, *, renewed: bool) -> list[str]:
    """Return the successive events of a thing; a permanent one is only updated."""
    if not renewed:
        return ["update"]
    updates = ["update"] * rng.randrange(1, 5)
    return ["add", *updates, *(["delete"] if rng.random() < 0.4 else [])]


def _tell(
    world: World, thing: Thing, actor: int, kinds: list[str], weight: int, metadata: Json
) -> None:
    steps = tuple(Step(kind, metadata, None, thing.name, None) for kind in kinds)
    world.items.append(Item(thing, actor, steps, weight))


def _person(person: Person) -> Json:
    return {"id": f"u{person.user_id:x}", "name": person.name, "email": person.email}


def meeting_times(meeting: Thing, start: int) -> tuple[datetime, datetime]:
    """Return when a meeting begins and ends.

    Parameters
    ----------
    meeting : Thing
        The meeting.
    start : int
        Microseconds since 1970, the start of the history.
    """
    day = from_us(start).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = day + timedelta(days=meeting.extra["day"], hours=meeting.extra["hour"])
    return begin, begin + timedelta(minutes=30 if meeting.slot % 3 else 60)


def _meeting(world: World, meeting: Thing, start: int) -> Json:
    begin, end = meeting_times(meeting, start)
    guests = [world.people[guest] for guest in meeting.extra["guests"]]
    return {
        "id": f"F{ID}",
        "raw_id": f"1{ID}",
        "api": "calendar",
        "type": "event",
        "name": meeting.name,
        "account": world.account,
        "created": CREATED,
        "modified": MODIFIED,
        "start": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "start_time_zone": "UTC",
        "end_time_zone": "UTC",
        "all_day": False,
        "location": meeting.extra["place"] or None,
        "organizer": _person(meeting.owner),
        "creator": _person(meeting.owner),
        "attendees": [_person(guest) | {"status": "accepted"} for guest in guests],
        "calendar": {"id": meeting.owner.email, "name": meeting.owner.name},
        "recurrence_type": "single_instance" if meeting.renewed else "recurring_master",
    }


def _record(world: World, record: Thing) -> Json:
    return {
        "id": f"F{ID}",
        "raw_id": f"1{ID}",
        "api": "crm",
        "type": record.kind,
        "name": record.name,
        "account": world.account,
        "created": CREATED,
        "modified": MODIFIED,
        "raw_type": record.kind.capitalize(),
        "stage": record.extra["stage"],
        "amount": record.extra["amount"],
        "owner": _person(record.owner),
        "description": f"{record.name}, looked after by {record.owner.name}",
    }
