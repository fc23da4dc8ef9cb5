"""Incidents to find, each a scene that a script plays.

Simulated after published descriptions (the ATT&CK techniques that the audit's rules name), with
sizes drawn from broad ranges; their frequencies are invented.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..world.timetext import DAY, HOUR
from .events import KIND, MINUTE, Events, Stock, file_of
from .script import Label, Script
from .workforce import CLIENTS, uniform

__all__ = ["INCIDENTS"]


def _mass_deletion(script: Script) -> None:
    actor, day = script.victim()
    count = int(uniform(script.rng, 60, 1500))
    begin = script.working_time(actor, day)
    mine = int(count * script.rng.uniform(0, 1))
    files = np.concatenate(
        [
            script.workforce.take(actor, Stock.OLD, mine),
            script.others_files(actor, count - mine),
        ]
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
    """Stolen credentials: an intruder looks around while the owner works as usual."""
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


def _dormant_return(script: Script) -> None:
    force, rng = script.workforce, script.rng
    gap = int(rng.uniform(36, max(37, min(75, force.days - 20))))
    actor, day = script.early_victim(gap)
    script.away(actor, day + 1, gap + 400)
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
        domain = ("mailbox.example", "quickdrop.example", "rivals.example")[rng.integers(3)]
        whom = [f"{name}{rng.integers(99)}@{domain}" for name in ("jo", "inbox", "k")]
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
    """Silence the whole account, or one of its programs."""
    force, rng = script.workforce, script.rng
    program = rng.random() < 0.5
    actor = int(rng.integers(force.humans, len(force.people))) if program else None
    first = force.first_day + int(rng.integers(force.days // 2, force.days - 9))
    while (first + 3) % 7 > 1:  # from a Monday or Tuesday: at least three working days
        first += 1
    begin = first * DAY + int(rng.uniform(0, 10) * HOUR)
    end = begin + int(rng.uniform(3, 6) * DAY) if rng.random() < 0.5 else force.end
    end = min(end, force.end)
    times = script.events.time
    silent = (times >= begin) & (times < end)
    script.drop(silent if actor is None else silent & (script.events.actor == actor))
    script.silences.append((begin, end, actor))
    script.labels.append(Label("sudden_silence", False, actor, begin, end))


#: Incidents by kind, with the scene that plays each.
INCIDENTS: dict[str, Callable[[Script], Any]] = {
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
