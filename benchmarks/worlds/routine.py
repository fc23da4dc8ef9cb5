"""What programs and administrators do every day: backups, scans, reports, accounts and groups.

Sources
-------
- Service accounts run by the clock, from fixed addresses, with one user agent for months; Google,
  Box and Microsoft log them like people (audit logs' documentation, see `worlds.vocabulary`).
- Programs whose stored password is out of date repeat their log-in for days: Microsoft, "Account
  lockout troubleshooting", https://learn.microsoft.com/en-us/troubleshoot/windows-server/.
"""

from __future__ import annotations

import numpy as np

from .log import NEW, PICK, SWEEP
from .networks import Place
from .organisation import DAY, Person
from .scene import Scene

__all__ = ["APPLICATIONS", "administer", "group", "run_programs", "scope", "wide"]

#: Names and scopes of the programs that people let in as part of their work.
APPLICATIONS = {
    "Zoom": ("files.read.selected",),
    "Slack": ("files.read.selected", "links.create"),
    "DocuSign": ("files.read.selected", "files.write.selected"),
    "Asana": ("files.read.selected",),
    "Miro": ("files.read.selected",),
    "Adobe Acrobat": ("files.read", "files.write.selected"),
    "Grammarly": ("files.read.selected", "profile"),
    "HubSpot": ("files.read.selected", "contacts.read"),
}
#: Rights that programs ask for when they ask for much, honest or not.
_WIDE = (
    "files.readwrite.all",
    "files.read.all",
    "offline_access",
    "users.read.all",
    "mail.read",
    "contacts.read",
)


def run_programs(scene: Scene) -> None:
    """Add what the service accounts do."""
    for name, person in scene.org.programs.items():
        rng = scene.generator(100 + person.index)
        place = scene.nets.hosting()
        scene.servers[person.index] = place
        {"backup": _back_up, "scanner": _scan, "integration": _integrate, "reports": _report}[name](
            scene, person, place, rng
        )


def _team_folders(scene: Scene) -> list[int]:
    return [f.index for f in scene.files.folders if f.owner < 0]


def _back_up(scene: Scene, person: Person, place: Place, rng: np.random.Generator) -> None:
    """Fetch at night what changed; once a week, more."""
    device, folders = scene.clients.of(person, "script"), _team_folders(scene)
    hour = float(rng.uniform(0, 5))
    usual = 6 + len(scene.org.staff) * float(rng.uniform(0.2, 0.7))
    for day in range(scene.org.days):
        if rng.random() < 0.02:
            continue  # it failed
        count = int(rng.poisson(usual * rng.lognormal(0, 0.4) * (3 if day % 7 == 5 else 1)))
        start = day * DAY + hour * 3600 + rng.normal(0, 40)
        times = start + np.cumsum(rng.exponential(1.2, count))
        scene.do(person, "login", start - 2, place, device)
        scene.do(
            person,
            "download",
            times,
            place,
            device,
            mode=PICK,
            where=rng.choice(folders, count).astype(float),
        )


def _scan(scene: Scene, person: Person, place: Place, rng: np.random.Generator) -> None:
    """Look at new files all day for viruses and secrets."""
    device = scene.clients.of(person, "script")
    which = [f.index for f in scene.files.folders]
    for day in range(scene.org.days):
        count = int(rng.poisson(4 + 0.4 * len(scene.org.staff) * (0.2 if day % 7 > 4 else 1)))
        times = day * DAY + np.sort(rng.beta(3, 3, count)) * DAY
        scene.do(
            person,
            "view",
            times,
            place,
            device,
            mode=PICK,
            where=rng.choice(which, count).astype(float),
        )


def _integrate(scene: Scene, person: Person, place: Place, rng: np.random.Generator) -> None:
    """Bring a file every hour or so, replace another."""
    device = scene.clients.of(person, "script")
    folders = rng.choice(_team_folders(scene), 2)
    times = np.arange(rng.uniform(0, 3600), scene.org.span, 3600 * rng.choice([1, 2, 4]))
    times = times + rng.normal(0, 4, times.size)
    scene.do(person, "upload", times, place, device, mode=NEW, where=float(folders[0]))
    scene.do(person, "edit", times + 3, place, device, mode=PICK, where=float(folders[-1]))


def _report(scene: Scene, person: Person, place: Place, rng: np.random.Generator) -> None:
    """Make reports each morning, share them, and delete the old ones once a month."""
    device, folder = scene.clients.of(person, "script"), int(rng.choice(_team_folders(scene)))
    for day in range(scene.org.days):
        if day % 7 < 5:
            times = day * DAY + 5 * 3600 + np.cumsum(rng.exponential(6, int(rng.integers(3, 9))))
            scene.do(person, "upload", times, place, device, mode=NEW, where=float(folder))
            scene.do(
                person,
                "share",
                times[-1:] + 5,
                place,
                device,
                mode=PICK,
                where=float(folder),
                target=scene.right("share", rng, person),
            )
        if day % 30 == 29:
            times = (
                day * DAY + 6 * 3600 + np.cumsum(rng.exponential(0.8, int(rng.integers(15, 60))))
            )
            scene.do(
                person, "trash", times, place, device, mode=SWEEP, where=scene.log.sweep([folder])
            )


def administer(scene: Scene) -> None:
    """Add the administrators' routine: joiners, leavers, groups, passwords; and programs let in."""
    rng, org = scene.generator(30), scene.org
    admins = [p for p in org.staff if p.admin]

    def someone() -> Person:
        return admins[int(rng.integers(0, len(admins)))]

    for person in org.staff:
        if person.first > 0:
            _welcome(
                scene, someone(), person, max(person.first - rng.uniform(0.1, 30) * 3600, 0), rng
            )
        if person.last < org.span and rng.random() < 0.8:  # the others are forgotten
            late = float(rng.exponential(1.2) * DAY)
            _administer_one(scene, someone(), "user_suspend", person.last + late, person)
        for _ in range(rng.poisson(org.days / 80)):
            _let_in(scene, person, scene.moment(person, 0.0, 1.0), rng)
        if rng.random() < org.days / 200:
            time = scene.moment(person)
            place, device = scene.usual(person, time), scene.clients.of(person, "browser")
            scene.do(person, "password_change", time, place, device)
    for verb, often in (("member_add", 0.10), ("member_remove", 0.05), ("password_reset", 0.06)):
        for _ in range(rng.poisson(often * org.days * len(org.staff) / 40)):
            admin = someone()
            other = org.staff[int(rng.integers(0, len(org.staff)))]
            time = scene.moment(admin, 0.0, 1.0)
            if other.first <= time <= other.last:
                _administer_one(scene, admin, verb, time, other)


def _let_in(scene: Scene, person: Person, time: float, rng: np.random.Generator) -> None:
    """Let somebody admit a program, which then works in their name from its own servers."""
    name = str(rng.choice(list(APPLICATIONS)))
    place, device = scene.usual(person, time), scene.clients.of(person, "browser")
    scene.do(person, "consent", time, place, device, target=scope(name, APPLICATIONS[name]))
    if name not in scene.applications:
        scene.applications[name] = scene.nets.hosting(4), scene.clients.new_script()
    place, device = scene.applications[name]
    which, _ = scene.files.used_by(person)
    for verb, mode, usual in (("upload", NEW, 1.5), ("view", PICK, 3.0), ("download", PICK, 1.5)):
        if rng.random() < 0.5:
            continue
        until = max(time, min(person.last, scene.org.span))
        times = rng.uniform(time, until, rng.poisson(usual * rng.lognormal(0, 1.0)))
        where = rng.choice(which[:4], times.size).astype(float)
        scene.do(person, verb, times, place, device, mode=mode, where=where)


def _welcome(
    scene: Scene, admin: Person, person: Person, time: float, rng: np.random.Generator
) -> None:
    _administer_one(scene, admin, "user_add", time, person)
    for number in range(int(rng.integers(1, 4))):
        _administer_one(scene, admin, "member_add", time + 20 + 15 * number, person)


def _administer_one(scene: Scene, admin: Person, verb: str, time: float, person: Person) -> None:
    place, device = scene.usual(admin, time), scene.clients.of(admin, "browser")
    target = group(scene, person) if verb.startswith("member") else {"user": person.index}
    scene.do(admin, verb, time, place, device, target=target)


def group(scene: Scene, person: Person) -> dict[str, object]:
    """Return what an event about somebody's team's group tells."""
    folder = next(f for f in scene.files.folders if f.team == person.team)
    name = folder.path.split("/")[1]
    return {"user": person.index, "name": f"{name} group", "id": f"g{folder.index:06d}"}


def wide(rng: np.random.Generator) -> tuple[str, ...]:
    """Return some of the rights that programs ask for when they ask for much."""
    chosen = rng.random(len(_WIDE)) < (0.6, 0.3, 0.7, 0.25, 0.25, 0.25)
    return tuple(s for s, take in zip(_WIDE, chosen, strict=True) if take) or _WIDE[:1]


def scope(name: str, scopes: tuple[str, ...], id_: int | None = None) -> dict[str, object]:
    """Return what an event about a program that somebody let in tells."""
    number = 10_000 + sum(map(ord, name)) * 7919 % 90_000 if id_ is None else id_
    return {"name": name, "id": f"app-{number}", "extra": {"scopes": list(scopes)}}
