"""Honest things that look odd by who, when and from where; see `worlds.oddities`."""

from __future__ import annotations

import numpy as np

from .organisation import DAY
from .routine import group, scope, wide
from .scene import Scene

__all__ = ["OF_PEOPLE"]


def _stale_password(scene: Scene) -> None:
    """Let a program or phone repeat an old password for hours or days, until somebody sees it."""
    rng, person = scene.rng, scene.someone(busy=False)
    changed = scene.moment(person)
    kind = str(rng.choice(["sync", "phone", "script"]))
    device, place = scene.clients.of(person, kind), scene.home(person)
    if kind == "phone":
        place = scene.nets.phone(person.index, person.zone)
    label = scene.log.label("stale_password", [person.index])
    scene.do(
        person,
        "password_change",
        changed,
        scene.usual(person, changed),
        scene.clients.of(person, "browser"),
        label,
    )
    lasts = float(rng.choice([2 * 3600, 8 * 3600, 2 * DAY, 5 * DAY]))
    every = float(rng.choice([300, 900, 3600, 4 * 3600]))
    times = changed + 60 + np.arange(0, lasts, every) + rng.uniform(0, 30)
    scene.do(person, "login_failed", times[:160], place, device, label)
    scene.do(person, "login", changed + lasts + 90, place, device, label)


def _monday_after_expiry(scene: Scene) -> None:
    """Passwords expired at the weekend: many people fail at the office's one address."""
    rng, org = scene.rng, scene.org
    mondays = np.flatnonzero(org.weekday == 0)
    day = int(rng.choice(mondays[1:] if mondays.size > 1 else mondays))
    zone = int(rng.integers(0, len(org.zones)))
    could = [p for p in org.staff if p.zone == zone and org.active(p, day)]
    people = [p for p in could if rng.random() < 0.45]
    label = scene.log.label("passwords_expired", [p.index for p in people])
    for person in people:
        start = org.utc(person, day, person.start_hour + rng.normal(0, 0.3))
        place, device = scene.nets.offices[zone], scene.clients.of(person, "browser")
        fails = start + np.cumsum(rng.exponential(30, rng.geometric(0.5)))
        scene.do(person, "login_failed", fails, place, device, label)
        scene.do(person, "password_change", fails[-1] + 120, place, device, label)
        scene.do(person, "login", fails[-1] + 150, place, device, label)


def _merger(scene: Scene) -> None:
    """Buy a company: many groups, members and shares within hours."""
    rng, org = scene.rng, scene.org
    admin = next(p for p in org.staff if p.admin)
    start = scene.moment(admin)
    there = [p for p in org.staff if p.first <= start <= p.last]
    newcomers = [p for p in there if rng.random() < 0.35]
    label = scene.log.label("merger", [admin.index])
    place, device = scene.usual(admin, start), scene.clients.of(admin, "browser")
    times = start + np.cumsum(rng.exponential(40, len(newcomers) * 2 + 3))
    scene.do(
        admin,
        "group_add",
        times[:3],
        place,
        device,
        label,
        target=[group(scene, p) for p in org.staff[:3]],
    )
    scene.do(
        admin,
        "member_add",
        times[3:],
        place,
        device,
        label,
        target=[group(scene, p) for p in newcomers * 2],
    )
    folders = (
        [f.index for f in scene.files.folders if f.team == newcomers[0].team] if newcomers else [0]
    )
    scene.through(
        admin,
        "share",
        float(times[-1]) + 200,
        10 + len(newcomers),
        20,
        folders,
        place,
        device,
        label,
        target=scene.right("share", rng, admin),
    )


def _journey(scene: Scene) -> None:
    """Somebody works abroad for a week, through hotels and their own VPN, at other hours."""
    rng, person = scene.rng, scene.someone()
    start = scene.moment(person, 0.05, 0.8)
    label = scene.log.label("journey", [person.index])
    shift, length = float(rng.uniform(-9, 9)) * 3600, int(rng.integers(3, 9))
    person.trips.append((start - DAY / 2, start + length * DAY))
    for day in range(length):
        place = scene.nets.hotel() if rng.random() < 0.7 else scene.nets.vpns[person.index % 3]
        begin, device = start + day * DAY + shift, scene.clients.of(person, "browser")
        scene.do(person, "login", begin - 20, place, device, label)
        scene.browse(person, begin, int(rng.poisson(person.rate)) + 1, place, device, label=label)


def _night_before(scene: Scene) -> None:
    """Let somebody work into the night before a deadline, on much more than usual."""
    rng, person = scene.rng, scene.someone()
    day = int(scene.moment(person) // DAY)
    start = scene.org.utc(person, day, 20 + rng.uniform(0, 3))
    label = scene.log.label("night_before_deadline", [person.index])
    place, device = scene.home(person), scene.clients.of(person, "browser")
    for _ in range(int(rng.integers(2, 5))):
        start = 600 + scene.browse(
            person,
            start,
            int(rng.integers(15, 60)),
            place,
            device,
            label=label,
            verbs={"view": 5, "edit": 4, "download": 2, "upload": 1},
        )


def _return(scene: Scene) -> None:
    """Somebody comes back from long leave with a new computer, and reads what they missed."""
    rng = scene.rng
    person = scene.someone(busy=False, avoid=scene.taken)
    start = scene.moment(person, 0.6, 0.95)
    scene.taken.add(person.index)
    person.absences.append((start - float(rng.uniform(25, 60)) * DAY, start - 3600))
    admin = next(p for p in scene.org.staff if p.admin)
    label = scene.log.label("return_from_leave", [person.index, admin.index])
    place, device = scene.home(person), scene.clients.new_browser()
    scene.do(
        person, "login_failed", start - 200 + np.sort(rng.uniform(0, 100, 3)), place, device, label
    )
    scene.do(
        admin,
        "password_reset",
        start - 60,
        scene.usual(admin, start),
        scene.clients.of(admin, "browser"),
        label,
        target={"user": person.index},
    )
    scene.do(person, "login", start, place, device, label)
    scene.browse(
        person,
        start,
        int(rng.integers(40, 160)),
        place,
        device,
        label=label,
        verbs={"view": 7, "download": 3},
    )


def _new_administrator(scene: Scene) -> None:
    """Make a colleague an administrator."""
    rng = scene.rng
    admin = next(p for p in scene.org.staff if p.admin)
    person = scene.someone(role="it", busy=False, avoid={admin.index})
    start = scene.moment(admin)
    label = scene.log.label("new_administrator", [admin.index, person.index])
    target = {
        "user": person.index,
        "extra": {"role": str(rng.choice(["co-admin", "helpdesk admin"]))},
    }
    scene.do(
        admin,
        "role_add",
        start,
        scene.usual(admin, start),
        scene.clients.of(admin, "browser"),
        label,
        target=target,
    )


def _on_time(scene: Scene) -> None:
    """Let an administrator take a role for one task, look into a problem and give it back."""
    rng = scene.rng
    admin = next(p for p in scene.org.staff if p.admin)
    label = scene.log.label("role_for_a_task", [admin.index])
    start, device = scene.moment(admin), scene.clients.of(admin, "browser")
    place = scene.usual(admin, start)
    role = {"user": admin.index, "extra": {"role": str(rng.choice(["admin", "co-admin", "owner"]))}}
    scene.do(admin, "role_add", start, place, device, label, target=role)
    folders = scene.files.foreign(admin, sensitive=False)[:3]
    end = scene.browse(
        admin, start + 60, int(rng.integers(1, 8)), place, device, folders, {"view": 1}, label
    )
    scene.do(admin, "role_remove", end + 120, place, device, label, target=role)


def _rollout(scene: Scene) -> None:
    """Introduce a program: many people let it in within days, with wide rights."""
    rng, org = scene.rng, scene.org
    first = scene.moment(scene.someone())
    there = [p for p in org.staff if p.first <= first and first + 10 * DAY <= p.last]
    people = [p for p in there if rng.random() < 0.5]
    name = str(rng.choice(["Notion", "ChatPDF for Teams", "Lucid", "Egress Switch"]))
    rights = wide(rng)
    label = scene.log.label("rollout", [p.index for p in people])
    for person in people:
        time = first + rng.exponential(1.5 * DAY)
        scene.do(
            person,
            "consent",
            time,
            scene.usual(person, time),
            scene.clients.of(person, "browser"),
            label,
            target=scope(name, rights),
        )


def _office_moves(scene: Scene) -> None:
    """Put the office on a spare line for a day: everybody is at an address never seen before."""
    rng, org = scene.rng, scene.org
    label = scene.log.label("office_on_a_spare_line", [p.index for p in org.staff])
    day = int(scene.moment(scene.someone()) // DAY)
    place = scene.nets.office()
    for person in org.staff:
        if org.active(person, day) and rng.random() < 0.5:
            start = org.utc(person, day, person.start_hour + rng.uniform(0, 6))
            scene.do(person, "login", start - 5, place, scene.clients.of(person, "browser"), label)
            scene.browse(
                person,
                start,
                1 + int(rng.poisson(person.rate / 3)),
                place,
                scene.clients.of(person, "browser"),
                label=label,
            )


def _background(scene: Scene) -> None:
    """Let the internet guess: now and then one password for one account, from anywhere."""
    rng, org = scene.rng, scene.org
    people = org.people
    times = rng.uniform(0, org.span, rng.poisson(org.days * rng.lognormal(-1.0, 1.0)))
    if not times.size:
        return
    guessed = rng.integers(0, len(people), times.size)
    label = scene.log.label("background_guessing", sorted(set(guessed.tolist())), slow=True)
    place, device = scene.nets.proxies(600), scene.clients.new_browser()
    for index, time in zip(guessed, times, strict=True):
        scene.do(people[index], "login_failed", time, place, device, label)


#: Each, and how often in 90 days: a number, and a number for each person.
OF_PEOPLE = {
    _stale_password: (0.5, 0.04),
    _monday_after_expiry: (0.4, 0),
    _merger: (0.15, 0),
    _journey: (0.3, 0.03),
    _night_before: (0.3, 0.03),
    _return: (0.3, 0.01),
    _new_administrator: (0.5, 0.003),
    _on_time: (0.35, 0),
    _rollout: (0.4, 0),
    _office_moves: (0.4, 0),
    _background: (0.6, 0),
}
