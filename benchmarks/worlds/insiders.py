"""Incidents from inside: taking data fast or slowly, publishing it, giving oneself rights, leaving.

Sources
-------
- The scenarios of the CERT test data (Glasser & Lindauer, IEEE SPW 2013,
  https://doi.org/10.1184/R1/12841247): work after hours with removable media and leaking before
  leaving; taking data to a competitor in the last weeks; an angry administrator; looking into other
  people's machines; uploading to private clouds after bad news.
- 70 % of those who stole did so in their last 60 days: Moore et al. (SEI 2012),
  http://repository.cmu.edu/sei/732/.
- A few per cent of employees take data within months, to private cloud storage first, more of it
  right before they resign: Cyberhaven, "Insider Risk Report" (2022).
"""

from __future__ import annotations

import numpy as np

from .log import SWEEP
from .organisation import DAY, Person
from .routine import group
from .scene import Scene

__all__ = ["INSIDERS"]


def _targets(scene: Scene, person: Person) -> list[int]:
    """Return folders worth taking: some of the person's own work, some of others'."""
    which, _ = scene.files.used_by(person)
    foreign = scene.files.foreign(person)
    own: list[int] = scene.rng.permutation(which).tolist()
    return own if scene.rng.random() < 0.5 else foreign[:6] + own[:4]


def _fast(scene: Scene, strength: float, **known: object) -> None:
    """Hundreds of files within an hour or two, with the person's own computer."""
    rng, person = scene.rng, scene.someone(avoid=scene.taken)
    label = scene.log.label("exfiltration_fast", [person.index], **known)
    start = scene.moment(person, 0.2, 0.95)
    if rng.random() < 0.4:
        start += float(rng.uniform(3, 12)) * 3600
    kind = "browser" if rng.random() < 0.7 else "sync"
    place = scene.usual(person, start) if rng.random() < 0.5 else scene.home(person)
    count = 15 + int(170 * strength * rng.lognormal(0, 0.5))
    scene.through(
        person,
        "download" if kind == "browser" else "sync",
        start,
        count,
        float(rng.choice([0.4, 2, 10, 30])),
        _targets(scene, person),
        place,
        scene.clients.of(person, kind),
        label,
    )


def _slow(scene: Scene, strength: float, **known: object) -> None:
    """Take a few files more each working day, for weeks, amid ordinary work."""
    rng, person = scene.rng, scene.someone(avoid=scene.taken)
    label = scene.log.label("exfiltration_slow", [person.index], **(known | {"slow": True}))
    length = float(rng.uniform(12, 45)) * DAY
    first = float(rng.uniform(0.15, 0.5)) * scene.org.span
    folders, device = _targets(scene, person), scene.clients.of(person, "browser")
    sweep = scene.log.sweep(folders, shuffled=True)
    way = str(rng.choice(["download", "share_out", "download"]))
    for day in scene.workdays(person, first, first + length):
        if rng.random() < 0.25:
            continue
        count = 1 + int(rng.poisson(5 * strength))
        start = scene.org.utc(person, day, person.start_hour + rng.uniform(0, person.hours))
        times = start + np.cumsum(rng.exponential(240, count))
        scene.do(
            person,
            way,
            times,
            scene.usual(person, start),
            device,
            label,
            mode=SWEEP,
            where=sweep,
            target=scene.private(person) if way == "share_out" else None,
        )


def _publish(scene: Scene, strength: float, **known: object) -> None:
    """Many files get public links within hours, which strangers then open."""
    rng, person = scene.rng, scene.someone(avoid=scene.taken)
    label = scene.log.label("mass_public_sharing", [person.index], **known)
    start = scene.moment(person, 0.2, 0.95)
    folders = _targets(scene, person)
    count = 6 + int(45 * strength * rng.lognormal(0, 0.5))
    place, device = scene.usual(person, start), scene.clients.of(person, "browser")
    times = scene.through(
        person,
        "link",
        start,
        count,
        float(rng.choice([1, 8, 60])),
        folders,
        place,
        device,
        label,
        target=scene.right("link", rng, person),
    )
    scene.strangers(times[: count // 2], folders[:4], label)


def _rights(scene: Scene, strength: float, **known: object) -> None:
    """Let somebody in IT give themselves rights, and look where they have no business."""
    rng, org = scene.rng, scene.org
    if rng.random() < 0.5:
        person = next(p for p in org.staff if p.admin)
    else:
        person = scene.someone(role="it", avoid=scene.taken, busy=False)
    label = scene.log.label("rights_for_oneself", [person.index], **known)
    start = scene.moment(person, 0.2, 0.9) + float(rng.choice([0, 8, 11])) * 3600
    place, device = scene.usual(person, start), scene.clients.of(person, "browser")
    role = {
        "user": person.index,
        "extra": {"role": str(rng.choice(["admin", "co-admin", "owner"]))},
    }
    scene.do(person, "role_add", start, place, device, label, target=role)
    if rng.random() < 0.5:
        _join_group(scene, person, start + 90, label)
    folders = scene.files.foreign(person)[:8]
    end = scene.browse(
        person,
        start + 300,
        2 + int(14 * strength),
        place,
        device,
        folders,
        {"view": 3, "download": 2},
        label,
    )
    if rng.random() < 0.4:
        scene.do(person, "role_remove", end + 600, place, device, label, target=role)


def _join_group(scene: Scene, person: Person, time: float, label: int) -> None:
    others = [p for p in scene.org.staff if p.team != person.team] or scene.org.staff
    theirs = group(scene, others[int(scene.rng.integers(0, len(others)))])
    place, device = scene.usual(person, time), scene.clients.of(person, "browser")
    target = theirs | {"user": person.index}
    scene.do(person, "member_add", time, place, device, label, target=target)


def _departing(scene: Scene, strength: float, **known: object) -> None:
    """Somebody who will leave takes more each week, shares it to themselves, deletes at the end."""
    rng, org = scene.rng, scene.org
    could = [p for p in org.leavers if p.index not in scene.taken] or org.leavers
    person = could[int(rng.integers(0, len(could)))]
    label = scene.log.label("departing", [person.index], **(known | {"slow": True}))
    first = max(person.last - float(rng.uniform(7, 28)) * DAY, 0.0)
    sweep = scene.log.sweep(_targets(scene, person), shuffled=True)
    device = scene.clients.of(person, "browser")
    for day in scene.workdays(person, first, person.last):
        eager = 0.4 + (day * DAY - first) / max(person.last - first, DAY)
        count = int(rng.poisson(7 * strength * eager))
        start = org.utc(person, day, person.start_hour + rng.uniform(0, person.hours + 3))
        times = np.minimum(start + np.cumsum(rng.exponential(60, count)), person.last + 0.4 * DAY)
        scene.do(
            person,
            "download",
            times,
            scene.usual(person, start),
            device,
            label,
            mode=SWEEP,
            where=sweep,
        )
    if rng.random() < 0.6:
        time = person.last - rng.uniform(0.1, 4) * DAY
        which, _ = scene.files.used_by(person)
        scene.through(
            person,
            "share_out",
            time,
            2 + int(8 * strength),
            20,
            which[:3].tolist(),
            scene.home(person),
            device,
            label,
            target=scene.private(person),
        )
    if rng.random() < 0.4:
        which, _ = scene.files.used_by(person)
        scene.through(
            person,
            "trash",
            person.last - rng.uniform(600, 9000),
            5 + int(40 * strength),
            1.0,
            which[:3].tolist(),
            scene.home(person),
            device,
            label,
        )


def _nights(scene: Scene, strength: float, **known: object) -> None:
    """Somebody comes back at night or at weekends, for folders that are not theirs."""
    rng, person = scene.rng, scene.someone(avoid=scene.taken)
    label = scene.log.label("off_hours_insider", [person.index], **(known | {"slow": True}))
    first = float(rng.uniform(0.15, 0.7)) * scene.org.span
    folders = scene.files.foreign(person)[: int(rng.integers(2, 8))]
    device = scene.clients.of(person, "browser")
    for _ in range(2 + int(rng.poisson(3 * strength))):
        day = int((first + rng.uniform(0, 20) * DAY) // DAY)
        start = scene.org.utc(person, day, person.start_hour + rng.uniform(13, 20))
        if rng.random() < 0.6:
            scene.do(person, "login", start - 8, scene.home(person), device, label)
        scene.browse(
            person,
            start,
            2 + int(rng.poisson(9 * strength)),
            scene.home(person),
            device,
            folders,
            {"view": 2, "download": 3},
            label,
        )


#: Each kind, and how likely it is among others.
INSIDERS = {
    "exfiltration_fast": (_fast, 1.2),
    "exfiltration_slow": (_slow, 1.2),
    "mass_public_sharing": (_publish, 0.8),
    "rights_for_oneself": (_rights, 0.8),
    "departing": (_departing, 1.0),
    "off_hours_insider": (_nights, 0.9),
}
