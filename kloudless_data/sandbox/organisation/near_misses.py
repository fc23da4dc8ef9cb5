"""Innocent activity that resembles incidents, each a scene that a script plays.

Simulated and invented like `incidents`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..world.timetext import DAY, HOUR
from .events import KIND, Events, Stock, file_of
from .script import Label, Script
from .workforce import PARTNERS, program, uniform

__all__ = ["NEAR_MISSES"]


def _quarter_end_cleanup(script: Script) -> None:
    force, rng = script.workforce, script.rng
    day = force.first_day + int(rng.integers(force.days // 3, force.days - 3))
    while (day + 3) % 7 > 3:
        day += 1
    share = rng.uniform(0.2, 0.6)
    parts = []
    for actor in np.flatnonzero(rng.random(force.humans) < share).tolist():
        if actor in script._used:
            continue
        count = int(uniform(rng, 20, 150))
        begin = script.working_time(actor, day + int(rng.integers(0, 2)))
        times = script.spread(begin, rng.uniform(5, 90), count)
        parts.append(
            Events.of(
                times,
                actor=actor,
                kind=KIND["delete"],
                file=force.take(actor, Stock.OLD, count),
                ip=force.office(actor),
            )
        )
    if parts:
        script.add("quarter_end_cleanup", None, *parts, innocent=True)


def _office_move(script: Script) -> None:
    force, rng = script.workforce, script.rng
    day = force.first_day + int(rng.integers(force.days // 3, force.days - 5))
    network = f"198.19.{rng.integers(256)}"
    old = np.array(
        [
            ip.startswith(("203.0.113.", "198.51.100.", "192.0.2."))
            and ip not in {one.addresses[0] for one in force.people[force.humans :]}
            for ip in force.addresses
        ]
    )
    rows = np.flatnonzero((script.events.time >= day * DAY) & old[script.events.ip])
    there = np.array(
        [force.address(f"{network}.{10 + actor % 200}") for actor in range(len(force.people))]
    )
    script.events.ip[rows] = there[script.events.actor[rows]]
    for part in script._added:
        moved = (part.time >= day * DAY) & np.append(old, [False] * 10_000)[part.ip]
        part.ip[moved] = there[part.actor[moved]]
    if rows.size:
        times = script.events.time[rows]
        script.labels.append(Label("office_move", True, None, int(times[0]), int(times.max())))


def _time_zone_trip(script: Script) -> None:
    actor, day = script.victim(after=4)
    force, rng = script.workforce, script.rng
    length = int(rng.integers(3, 13))
    begin, end = force.local(actor, day, 0), force.local(actor, day + length, 0)
    events = script.events
    rows = np.flatnonzero((events.actor == actor) & (events.time >= begin) & (events.time < end))
    shift = int(rng.choice([-8, -6, 5, 7, 9]) * HOUR)
    events.time[rows] += shift
    events.ip[rows] = script.strange_address()
    if rows.size:
        script.labels.append(
            Label(
                "time_zone_trip",
                True,
                actor,
                int(events.time[rows].min()),
                int(events.time[rows].max()),
            )
        )


def _migration_service(script: Script) -> None:
    force, rng = script.workforce, script.rng
    actor = len(force.people)
    server = "198.51.100.250"
    force.people.append(program(actor, "migration-service", server))
    force.made = np.vstack([force.made, np.zeros((1, 4), np.int64)])
    day = force.first_day + int(rng.integers(force.days // 4, force.days - 8))
    parts = []
    for step in range(int(rng.integers(2, 6))):
        count = int(uniform(rng, 200, 1500))
        begin = (day + step) * DAY + int(rng.uniform(0, 6) * HOUR)
        times = script.spread(begin, rng.uniform(300, 1000), count)
        owners = rng.integers(force.humans, size=count)
        files = file_of(owners, Stock.STANDING, rng.integers(1, 5000, size=count))
        parts.append(
            Events.of(times, actor=actor, kind=KIND["copy"], file=files, ip=force.address(server))
        )
    script.add("migration_service", actor, *parts, innocent=True)


def _forgotten_password(script: Script) -> None:
    actor, day = script.victim()
    force, rng = script.workforce, script.rng
    begin = script.working_time(actor, day)
    count = int(rng.integers(3, 8))
    ip = script.usual_address(actor, begin)
    times = script.spread(begin, rng.uniform(1, 10), count)
    detail = force.login(actor)
    script.add(
        "forgotten_password",
        actor,
        Events.of(times, actor=actor, kind=KIND["failed_login"], ip=ip, detail=detail),
        Events.of([times[-1] + 40_000_000], actor=actor, kind=KIND["login"], ip=ip, detail=detail),
        innocent=True,
    )


def _holiday_return(script: Script) -> None:
    gap = int(script.rng.integers(14, 29))
    actor, day = script.early_victim(gap)
    script.away(actor, day + 1, gap)
    begin = script.workforce.local(actor, day + gap + 1, 8)
    script.labels.append(Label("holiday_return", True, actor, begin, begin + DAY))


def _late_evening(script: Script) -> None:
    actor, day = script.victim()
    force, rng = script.workforce, script.rng
    count = int(uniform(rng, 8, 40))
    begin = force.local(actor, day, force.people[actor].starts_at + 8.5)
    times = script.spread(begin, rng.uniform(120, 240), count)
    script.add(
        "late_evening",
        actor,
        Events.of(
            times,
            actor=actor,
            kind=KIND["update"],
            file=file_of(actor, Stock.STANDING, rng.integers(1, 10, count)),
            ip=script.usual_address(actor, begin),
        ),
        innocent=True,
    )


def _partner_project(script: Script) -> None:
    actor, day = script.victim()
    force, rng = script.workforce, script.rng
    count = int(uniform(rng, 8, 50))
    begin = script.working_time(actor, day)
    times = script.spread(begin, rng.uniform(5, 120), count)
    whom = f"contact{rng.integers(6)}@{PARTNERS[rng.integers(len(PARTNERS))]}"
    script.add(
        "partner_project",
        actor,
        Events.of(
            times,
            actor=actor,
            kind=KIND["share"],
            file=file_of(actor, Stock.STANDING, rng.integers(1, 40, count)),
            ip=script.usual_address(actor, begin),
            detail=force.detail(shared_with=whom, role="editor"),
        ),
        innocent=True,
    )


def _new_joiner(script: Script) -> None:
    """Let a new joiner download the team's folder in the first week."""
    force, rng = script.workforce, script.rng
    actor, _ = script.victim(before=8, after=12)
    days = force.active_days(script.events, actor)
    usable = days[(days >= force.first_day + 15) & (days <= force.first_day + force.days - 5)]
    if not usable.size:
        return
    day = int(rng.choice(usable))
    script.away(actor, force.first_day - 2, day - force.first_day + 2)
    count = int(uniform(rng, 60, 300))
    begin = script.working_time(actor, day + int(rng.integers(0, 4)))
    times = script.spread(begin, rng.uniform(10, 120), count)
    script.add(
        "new_joiner_download",
        actor,
        Events.of(
            times,
            actor=actor,
            kind=KIND["download"],
            file=script.others_files(actor, count),
            ip=force.office(actor),
        ),
        innocent=True,
    )


def _public_holiday(script: Script) -> None:
    force, rng = script.workforce, script.rng
    day = force.first_day + int(rng.integers(5, force.days - 3))
    while (day + 3) % 7 > 4:
        day += 1
    times, actors = script.events.time, script.events.actor
    human = (times // DAY == day) & (actors < force.humans) & (rng.random(len(times)) < 0.97)
    script.drop(human)
    script.labels.append(Label("public_holiday", True, None, day * DAY, (day + 1) * DAY))


def _team_reorganisation(script: Script) -> None:
    force, rng = script.workforce, script.rng
    actor = force.administrators[0]
    days = force.active_days(script.events, actor)
    days = days[(days + 3) % 7 < 5]
    day = int(rng.choice(days[len(days) // 3 :]))
    count = int(uniform(rng, 10, 60))
    begin = script.working_time(actor, day)
    times = script.spread(begin, rng.uniform(10, 60), count)
    details = [
        force.detail(
            shared_with=force.people[int(rng.integers(1, force.humans))].email,
            role=("viewer", "editor", "co-owner")[rng.integers(3)],
        )
        for _ in range(count)
    ]
    script.add(
        "team_reorganisation",
        actor,
        Events.of(
            times,
            actor=actor,
            kind=KIND["permission_change"],
            ip=force.office(actor),
            detail=np.array(details),
            file=file_of(actor, Stock.TEAM, rng.integers(24, size=count)),
        ),
        innocent=True,
    )


#: Innocent activity that looks like an incident.
NEAR_MISSES: dict[str, Callable[[Script], Any]] = {
    "quarter_end_cleanup": _quarter_end_cleanup,
    "office_move": _office_move,
    "time_zone_trip": _time_zone_trip,
    "migration_service": _migration_service,
    "forgotten_password": _forgotten_password,
    "holiday_return": _holiday_return,
    "late_evening": _late_evening,
    "partner_project": _partner_project,
    "new_joiner_download": _new_joiner,
    "public_holiday": _public_holiday,
    "team_reorganisation": _team_reorganisation,
}
