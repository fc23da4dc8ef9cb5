"""Incidents to be found, and innocent things that look like them, with their labels.

Simulated from what is told of such cases (the ATT&CK techniques that the audit's rules name), with
sizes drawn from broad ranges; how often each happens is invented.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .randomness import Ints
from .timetext import DAY, HOUR
from .workforce import (
    CLIENTS,
    KIND,
    MINUTE,
    PARTNERS,
    Events,
    Stock,
    Workforce,
    file_of,
    program,
    uniform,
)

__all__ = ["INCIDENTS", "NEAR_MISSES", "Label", "Script"]


@dataclass(frozen=True)
class Label:
    """What was done: by whom, when, and whether it is innocent."""

    kind: str
    innocent: bool
    actor: int | None
    start: int
    end: int


class Script:
    """An organisation's events while incidents are laid over them."""

    def __init__(self, workforce: Workforce, events: Events) -> None:
        self.workforce, self.events = workforce, events
        self.rng = workforce.rng
        self.labels: list[Label] = []
        self._added: list[Events] = []
        self._used: set[int] = set()
        #: Numbers of labels none of whose events is left.
        self.swallowed: set[int] = set()
        #: From, to, and whose events are missing (None: everybody's).
        self.silences: list[tuple[int, int, int | None]] = []

    def finished(self) -> Events:
        """Return all events in order of time, those that lie in the organisation's time."""
        events = Events.together([self.events, *self._added])
        for begin, end, actor in self.silences:
            silent = (events.time >= begin) & (events.time < end)
            events = events.rows(~(silent if actor is None else silent & (events.actor == actor)))
        inside = (events.time > self.workforce.start) & (events.time <= self.workforce.end)
        events = events.rows(inside)
        self._forget_wiped(events)
        return events.rows(np.argsort(events.time, kind="stable"))

    def _forget_wiped(self, events: Events) -> None:
        """Take back the labels of what a silence swallowed."""
        made = {int(number) for part in self._added for number in np.unique(part.label)}
        left = set(np.unique(events.label).tolist())
        self.swallowed = made - left

    def play(self, kind: str) -> None:
        """Let an incident or a near miss happen."""
        {**INCIDENTS, **NEAR_MISSES}[kind](self)

    # What the scenes have in common.

    def victim(self, *, before: int = 12, after: int = 1, program: bool = False) -> tuple[int, int]:
        """Return somebody with that many days of activity before and after a day, and the day."""
        force, rng = self.workforce, self.rng
        first = force.humans if program else 0
        last = len(force.people) if program else force.humans
        for _ in range(200):
            actor = int(rng.integers(first, last))
            if not program and (actor in self._used or actor in force.administrators):
                continue
            days = force.active_days(self.events, actor)
            weekday = (days + 3) % 7 < 5
            usable = np.flatnonzero(weekday)
            usable = usable[(usable >= before) & (usable < len(days) - after)]
            if usable.size:
                self._used.add(actor)
                return actor, int(days[rng.choice(usable)])
        raise ValueError("There is nobody left for another incident: more people or days, please.")

    def add(self, kind: str, actor: int | None, *parts: Events, innocent: bool = False) -> None:
        """Add events of an incident, and its label."""
        number = len(self.labels)
        for part in parts:
            part.label[:] = number
        self._added += parts
        times = np.concatenate([part.time for part in parts])
        self.labels.append(Label(kind, innocent, actor, int(times.min()), int(times.max())))

    def drop(self, rows: Any) -> None:
        """Let ordinary events not have happened."""
        self.events = self.events.rows(~rows)

    def working_time(self, actor: int, day: int) -> int:
        """Return a moment of somebody's working day."""
        hour = self.workforce.people[actor].starts_at + self.rng.uniform(0.5, 8)
        return self.workforce.local(actor, day, hour)

    def spread(self, begin: int, minutes: float, count: int) -> Ints:
        """Return so many moments after one, in order."""
        times: Ints = begin + np.sort(self.rng.integers(0, int(minutes * MINUTE) + 1, count))
        return times

    def strange_address(self) -> int:
        """Return an address of a network of its own (198.18.0.0/15 is set aside for tests)."""
        third = self.rng.integers(0, 256)
        second, fourth = 18 + self.rng.integers(2), self.rng.integers(1, 255)
        return self.workforce.address(f"198.{second}.{third}.{fourth}")

    def usual_address(self, actor: int, time: int) -> int:
        """Return where somebody acts from at a time."""
        return int(self.workforce.whereabouts(actor, np.array([time]))[0])

    def others_files(self, actor: int, count: int) -> Ints:
        """Return files of colleagues."""
        force, rng = self.workforce, self.rng
        near = rng.integers(max(0, actor - 20), min(force.humans, actor + 21), count)
        places = rng.permutation(max(count, 400))[:count] + 100
        files: Ints = file_of(near, Stock.TEAM, places)
        return files


def _mass_deletion(script: Script) -> None:
    actor, day = script.victim()
    count = int(uniform(script.rng, 60, 1500))
    begin = script.working_time(actor, day)
    own = int(count * script.rng.uniform(0, 1))
    files = np.concatenate(
        [script.workforce.take(actor, Stock.OLD, own), script.others_files(actor, count - own)]
    )
    times = script.spread(begin, script.rng.uniform(5, 150), count)
    script.add(
        "mass_deletion",
        actor,
        Events.of(
            times,
            actor=actor,
            kind=KIND["delete"],
            file=script.rng.permutation(files),
            ip=script.usual_address(actor, begin),
        ),
    )


def _mass_download(script: Script) -> None:
    actor, day = script.victim()
    count = int(uniform(script.rng, 60, 1200))
    begin = script.working_time(actor, day)
    kind = KIND["copy"] if script.rng.random() < 0.25 else KIND["download"]
    times = script.spread(begin, script.rng.uniform(10, 300), count)
    script.add(
        "mass_download",
        actor,
        Events.of(
            times,
            actor=actor,
            kind=kind,
            file=script.others_files(actor, count),
            ip=script.usual_address(actor, begin),
        ),
    )


def _ransomware(script: Script) -> None:
    actor, day = script.victim()
    count = int(uniform(script.rng, 25, 900))
    begin = script.working_time(actor, day)
    ending = ("locked", "crypt", "enc", "x7k2", "pay4me")[script.rng.integers(5)]
    files = script.others_files(actor, count)
    times = script.spread(begin, script.rng.uniform(3, 60), count)
    ip = script.usual_address(actor, begin)
    renames = Events.of(
        times,
        actor=actor,
        kind=KIND["rename"],
        file=files,
        ip=ip,
        detail=script.workforce.detail(ending=ending),
    )
    writes = Events.of(times - 400_000, actor=actor, kind=KIND["update"], file=files, ip=ip)
    script.add("ransomware_rename", actor, renames, writes)


def _new_network(script: Script) -> None:
    """Stolen credentials: somebody looks around while their owner works as usual."""
    actor, day = script.victim()
    force, rng = script.workforce, script.rng
    mine = script.events.time[script.events.actor == actor]
    local = (mine + int(force.people[actor].utc_offset * HOUR)) // DAY
    begin = int(rng.choice(mine[local == day])) + int(rng.integers(-20, 20) * MINUTE)
    ip = script.strange_address()
    client = ("curl/8.5", "python-requests/2.32", "Chrome 109 / Linux")[rng.integers(3)]
    count = int(uniform(rng, 4, 40))
    times = script.spread(begin + MINUTE, rng.uniform(10, 240), count)
    kinds = rng.choice([KIND["preview"], KIND["download"], KIND["preview"]], count)
    entry = Events.of(
        [begin], actor=actor, kind=KIND["login"], ip=ip, detail=force.detail(client=client)
    )
    looks = Events.of(
        times,
        actor=actor,
        kind=kinds,
        ip=ip,
        file=file_of(actor, Stock.STANDING, rng.integers(1, 40, count)),
    )
    script.add("new_network", actor, entry, looks)


def _off_hours(script: Script) -> None:
    actor, day = script.victim()
    force, rng = script.workforce, script.rng
    count = int(uniform(rng, 15, 90))
    begin = force.local(actor, day + 1, force.people[actor].starts_at - rng.uniform(5.0, 7.5))
    times = script.spread(begin, rng.uniform(20, 120), count)
    kinds = rng.choice([KIND[k] for k in ("preview", "update", "download", "move")], count)
    files = np.where(
        rng.random(count) < 0.5,
        file_of(actor, Stock.STANDING, rng.integers(1, 40, count)),
        script.others_files(actor, count),
    )
    script.add(
        "off_hours",
        actor,
        Events.of(
            times, actor=actor, kind=kinds, file=files, ip=script.usual_address(actor, begin)
        ),
    )


def _away(script: Script, actor: int, first: int, days: int) -> None:
    force = script.workforce
    begin, end = force.local(actor, first, 0), force.local(actor, first + days, 0)
    times = script.events.time
    script.drop((script.events.actor == actor) & (times >= begin) & (times < end))


def _dormant_return(script: Script) -> None:
    force, rng = script.workforce, script.rng
    gap = int(rng.uniform(36, max(37, min(75, force.days - 20))))
    actor, day = _early_victim(script, gap)
    _away(script, actor, day + 1, gap + 400)
    begin = force.local(actor, day + gap + 1, rng.uniform(0, 24))
    ip = script.strange_address() if rng.random() < 0.5 else script.usual_address(actor, begin)
    count = int(uniform(rng, 8, 50))
    times = script.spread(begin + MINUTE, rng.uniform(15, 300), count)
    kinds = rng.choice([KIND[k] for k in ("preview", "download", "preview", "share")], count)
    detail = np.where(
        kinds == KIND["share"], force.detail(shared_with=force.people[0].email, role="viewer"), 0
    )
    entry = Events.of([begin], actor=actor, kind=KIND["login"], ip=ip, detail=force.login(actor))
    looks = Events.of(
        times,
        actor=actor,
        kind=kinds,
        ip=ip,
        detail=detail,
        file=file_of(actor, Stock.STANDING, rng.integers(1, 40, count)),
    )
    script.add("dormant_return", actor, entry, looks)


def _early_victim(script: Script, gap: int) -> tuple[int, int]:
    """Return somebody and a day such that so many days later there is still time."""
    last = script.workforce.first_day + script.workforce.days - gap - 3
    for _ in range(100):
        actor, _day = script.victim(before=4)
        days = script.workforce.active_days(script.events, actor)
        usable = days[4:][days[4:] <= last]
        if usable.size:
            return actor, int(script.rng.choice(usable))
        script._used.discard(actor)
    raise ValueError("There is not enough time for so long an absence: more days, please.")


def _external_sharing(script: Script) -> None:
    actor, day = script.victim()
    force, rng = script.workforce, script.rng
    count = int(uniform(rng, 10, 80))
    begin = script.working_time(actor, day)
    times = script.spread(begin, rng.uniform(5, 240), count)
    files = script.others_files(actor, count)
    ip = script.usual_address(actor, begin)
    if rng.random() < 0.35:
        events = Events.of(
            times,
            actor=actor,
            kind=KIND["shared_link"],
            file=files,
            ip=ip,
            detail=force.detail(link="anyone"),
        )
    else:
        where = ("mailbox.example", "quickdrop.example", "rivals.example")[rng.integers(3)]
        whom = [f"{name}{rng.integers(99)}@{where}" for name in ("jo", "inbox", "k")]
        details = [force.detail(shared_with=one, role="editor") for one in whom]
        events = Events.of(
            times,
            actor=actor,
            kind=KIND["share"],
            file=files,
            ip=ip,
            detail=rng.choice(details, count),
        )
    script.add("external_sharing", actor, events)


def _permission_escalation(script: Script) -> None:
    actor, day = script.victim()
    force, rng = script.workforce, script.rng
    begin = script.working_time(actor, day)
    count = int(rng.integers(1, 8))
    times = script.spread(begin, rng.uniform(1, 45), count)
    me = force.people[actor].email
    friend = force.people[int(rng.integers(1, force.humans))].email
    whom = me if rng.random() < 0.7 else friend
    details, kinds = [], []
    for _ in range(count):
        if rng.random() < 0.4:
            kinds.append(KIND["group_add_member"])
            details.append(force.detail(member=whom, group="Administrators"))
        else:
            kinds.append(KIND["permission_change"])
            role = ("owner", "co-owner", "admin")[rng.integers(3)]
            details.append(force.detail(shared_with=whom, role=role))
    files = np.where(
        np.array(kinds) == KIND["group_add_member"],
        -1,
        file_of(0, Stock.TEAM, rng.integers(24, size=count)),
    )
    script.add(
        "permission_escalation",
        actor,
        Events.of(
            times,
            actor=actor,
            kind=np.array(kinds),
            file=files,
            ip=script.usual_address(actor, begin),
            detail=np.array(details),
        ),
    )


def _failed_logins(script: Script) -> None:
    actor, day = script.victim()
    force, rng = script.workforce, script.rng
    count = int(uniform(rng, 15, 200))
    begin = force.local(actor, day, rng.uniform(0, 24))
    times = script.spread(begin, rng.uniform(3, 60), count)
    ips = np.array([script.strange_address() for _ in range(int(rng.integers(1, 4)))])
    detail = force.detail(client="Chrome 109 / Linux")
    tries = Events.of(
        times, actor=actor, kind=KIND["failed_login"], ip=rng.choice(ips, count), detail=detail
    )
    entry = Events.of(
        [times[-1] + int(rng.uniform(3, 60) * 1_000_000)],
        actor=actor,
        kind=KIND["login"],
        ip=ips[:1],
        detail=detail,
    )
    script.add("failed_logins_then_success", actor, tries, entry)


def _bulk_read_then_delete(script: Script) -> None:
    actor, day = script.victim()
    rng = script.rng
    count = int(uniform(rng, 40, 400))
    begin = script.working_time(actor, day)
    files = script.others_files(actor, count)
    ip = script.usual_address(actor, begin)
    kind = KIND["download"] if rng.random() < 0.7 else KIND["preview"]
    reads = script.spread(begin, rng.uniform(10, 180), count)
    later = int(reads[-1] + rng.uniform(5, 500) * MINUTE)
    deletes = script.spread(later, rng.uniform(5, 60), count)
    script.add(
        "bulk_read_then_delete",
        actor,
        Events.of(reads, actor=actor, kind=kind, file=files, ip=ip),
        Events.of(deletes, actor=actor, kind=KIND["delete"], file=files, ip=ip),
    )


def _service_account(script: Script) -> None:
    actor, day = script.victim(program=True)
    force, rng = script.workforce, script.rng
    begin = force.local(actor, day, rng.uniform(0, 24))
    ip = script.strange_address()
    count = int(uniform(rng, 3, 40))
    times = script.spread(begin + MINUTE, rng.uniform(10, 180), count)
    kinds = rng.choice([KIND[k] for k in ("move", "add", "share", "rename")], count)
    detail = np.zeros(count, np.int64)
    detail[kinds == KIND["share"]] = force.detail(shared_with=force.people[1].email, role="editor")
    detail[kinds == KIND["rename"]] = force.detail(previous="old")
    entry = Events.of(
        [begin],
        actor=actor,
        kind=KIND["login"],
        ip=ip,
        detail=force.detail(client=CLIENTS[rng.integers(len(CLIENTS))]),
    )
    looks = Events.of(
        times,
        actor=actor,
        kind=kinds,
        ip=ip,
        detail=detail,
        file=script.others_files(int(rng.integers(force.humans)), count),
    )
    script.add("service_account_interactive", actor, entry, looks)


def _sudden_silence(script: Script) -> None:
    """Nothing is heard of the account any more, or of one of its programs."""
    force, rng = script.workforce, script.rng
    program = rng.random() < 0.5
    actor = int(rng.integers(force.humans, len(force.people))) if program else None
    first = force.first_day + int(rng.integers(force.days // 2, force.days - 9))
    while (first + 3) % 7 > 1:  # from a Monday or a Tuesday: three working days at least
        first += 1
    begin = first * DAY + int(rng.uniform(0, 10) * HOUR)
    end = begin + int(rng.uniform(3, 6) * DAY) if rng.random() < 0.5 else force.end
    end = min(end, force.end)
    times = script.events.time
    silent = (times >= begin) & (times < end)
    script.drop(silent if actor is None else silent & (script.events.actor == actor))
    script.silences.append((begin, end, actor))
    script.labels.append(Label("sudden_silence", False, actor, begin, end))


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
    actor, day = _early_victim(script, gap)
    _away(script, actor, day + 1, gap)
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
    """Somebody joins, and fetches the team's folder in the first week."""
    force, rng = script.workforce, script.rng
    actor, _ = script.victim(before=8, after=12)
    days = force.active_days(script.events, actor)
    usable = days[(days >= force.first_day + 15) & (days <= force.first_day + force.days - 5)]
    if not usable.size:
        return
    day = int(rng.choice(usable))
    _away(script, actor, force.first_day - 2, day - force.first_day + 2)
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


Scene = Callable[[Script], Any]

#: What is to be found: kind -> how it happens.
INCIDENTS: dict[str, Scene] = {
    "mass_deletion": _mass_deletion,
    "mass_download": _mass_download,
    "ransomware_rename": _ransomware,
    "new_network": _new_network,
    "off_hours": _off_hours,
    "dormant_return": _dormant_return,
    "external_sharing": _external_sharing,
    "permission_escalation": _permission_escalation,
    "failed_logins_then_success": _failed_logins,
    "bulk_read_then_delete": _bulk_read_then_delete,
    "service_account_interactive": _service_account,
    "sudden_silence": _sudden_silence,
}

#: What looks like an incident and is innocent.
NEAR_MISSES: dict[str, Scene] = {
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
