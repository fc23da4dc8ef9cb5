"""Honest things that look odd: the near misses that an audit should leave alone.

Each is labelled, so that one can count what an audit makes of them; none is an incident.

Sources
-------
- Which honest events anomaly detectors report (new devices and countries, mass downloads and
  deletions, migrations, travel, VPNs): Microsoft, "Investigate anomaly detection alerts", under
  benign and false positives,
  https://learn.microsoft.com/en-us/defender-cloud-apps/investigate-anomaly-alerts.
- Stale passwords cause bursts of failed log-ins that are no attack: Microsoft, "Password spray
  investigation", https://learn.microsoft.com/en-us/security/operations/incident-response-playbook-password-spray.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .log import BIN, NEW
from .organisation import DAY
from .routine import group, scope
from .scene import Scene

__all__ = ["ODDITIES", "add_oddities"]


def _new_laptop(scene: Scene) -> None:
    """Somebody's new computer logs in and fetches all files."""
    rng, person = scene.rng, scene.someone()
    start = scene.moment(person)
    device = scene.clients.new_sync()
    label = scene.log.label("new_laptop", [person.index])
    place = scene.usual(person, start)
    scene.do(person, "login", [start, start + 40], place, device, label)
    which, _ = scene.files.used_by(person)
    folders = which[: int(rng.integers(2, 12))].tolist()
    count = int(min(60 + 150 * rng.pareto(1.3), 1200))
    scene.through(
        person, "sync", start + 90, count, float(rng.uniform(0.4, 4)), folders, place, device, label
    )


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


def _reorganisation(scene: Scene) -> None:
    """Somebody sorts a team's folders: moves and renames by the hundred."""
    rng, person = scene.rng, scene.someone()
    start = scene.moment(person)
    folders = [f.index for f in scene.files.folders if f.team == person.team and f.owner < 0] or [0]
    label = scene.log.label("reorganisation", [person.index])
    place, device = scene.usual(person, start), scene.clients.of(person, "browser")
    for verb in ("move", "rename"):
        count = int(min(30 + 60 * rng.pareto(1.4), 400))
        change = ("folder", int(rng.choice(folders))) if verb == "move" else None
        start = (
            float(
                scene.through(
                    person,
                    verb,
                    start,
                    count,
                    float(rng.uniform(0.5, 6)),
                    rng.permutation(folders).tolist(),
                    place,
                    device,
                    label,
                    change=change,
                )[-1]
            )
            + 300
        )


def _clean_up(scene: Scene) -> None:
    """Somebody deletes an old project; sometimes the trash is emptied after it."""
    rng, person = scene.rng, scene.someone()
    start = scene.moment(person)
    which, _ = scene.files.used_by(person)
    label = scene.log.label("clean_up", [person.index])
    place, device = scene.usual(person, start), scene.clients.of(person, "browser")
    count = int(min(25 + 50 * rng.pareto(1.3), 400))
    times = scene.through(
        person,
        "trash",
        start,
        count,
        float(rng.uniform(0.2, 3)),
        rng.permutation(which[:5]).tolist(),
        place,
        device,
        label,
    )
    if rng.random() < 0.4:
        gone = times[-1] + rng.exponential(DAY) + np.cumsum(rng.exponential(0.3, count))
        scene.do(person, "purge", gone, place, device, label, mode=BIN)


def _conversion(scene: Scene) -> None:
    """Files get another format: a batch renames them, or replaces each by a new one."""
    rng, person = scene.rng, scene.someone()
    start = scene.moment(person)
    which, _ = scene.files.used_by(person)
    extension = str(rng.choice([".webp", ".pdf", ".md", ".heic", ".odt", ".gz"]))
    count = int(min(20 + 40 * rng.pareto(1.3), 300))
    label = scene.log.label("conversion", [person.index])
    kind = str(rng.choice(["browser", "sync", "script"]))
    place, device = scene.usual(person, start), scene.clients.of(person, kind)
    folders, gap = which[:3].tolist(), float(rng.uniform(0.5, 8))
    if rng.random() < 0.5:
        scene.through(
            person,
            "rename",
            start,
            count,
            gap,
            folders,
            place,
            device,
            label,
            change=("extension", extension),
        )
    else:
        scene.replace(
            person, start, count, gap, folders, place, device, label, "extension", extension
        )


def _migration(scene: Scene) -> None:
    """Another company's files are brought in by a migration program at night."""
    rng, org = scene.rng, scene.org
    admin = next(p for p in org.staff if p.admin)
    start = scene.moment(admin)
    label = scene.log.label("migration", [admin.index])
    device, place = scene.clients.new_script(), scene.nets.hosting()
    name = str(rng.choice(["CloudMover", "Mover.io", "ShareGate", "Tervela"]))
    scene.do(
        admin,
        "consent",
        start,
        scene.usual(admin, start),
        scene.clients.of(admin, "browser"),
        label,
        target=scope(name, ("files.readwrite.all", "users.read.all", "offline_access")),
    )
    folders = [f.index for f in scene.files.folders if f.owner < 0]
    for night in range(int(rng.integers(1, 4))):
        count = int(rng.integers(100, 500))
        times = start + 6 * 3600 + night * DAY + np.cumsum(rng.exponential(2.0, count))
        scene.do(
            admin,
            "upload",
            times,
            place,
            device,
            label,
            mode=NEW,
            where=rng.choice(folders[:6], count).astype(float),
        )


def _merger(scene: Scene) -> None:
    """Buy a company: many groups, members and shares within hours."""
    rng, org = scene.rng, scene.org
    admin = next(p for p in org.staff if p.admin)
    start = scene.moment(admin)
    newcomers = [p for p in org.staff if rng.random() < 0.35]
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


def _campaign(scene: Scene) -> None:
    """Marketing or sales publishes many files by links, and strangers come."""
    rng = scene.rng
    person = scene.someone(role=str(rng.choice(["marketing", "sales"])))
    start = scene.moment(person)
    which, _ = scene.files.used_by(person)
    count = int(min(12 + 20 * rng.pareto(1.4), 150))
    label = scene.log.label("campaign", [person.index])
    place, device = scene.usual(person, start), scene.clients.of(person, "browser")
    times = scene.through(
        person,
        "link",
        start,
        count,
        float(rng.uniform(3, 40)),
        which[:4].tolist(),
        place,
        device,
        label,
        target=scene.right("link", rng, person),
    )
    scene.strangers(times, which[:4], label)


def _auditors(scene: Scene) -> None:
    """Finance or legal gives outsiders folders, and downloads all of a year's files for them."""
    rng = scene.rng
    person = scene.someone(role=str(rng.choice(["finance", "legal"])))
    start = scene.moment(person)
    which, _ = scene.files.used_by(person)
    label = scene.log.label("auditors", [person.index])
    place, device = scene.usual(person, start), scene.clients.of(person, "browser")
    scene.through(
        person,
        "download",
        start,
        int(rng.integers(40, 250)),
        1.0,
        which[:5].tolist(),
        place,
        device,
        label,
    )
    scene.through(
        person,
        "share_out",
        start + 1800,
        int(rng.integers(5, 40)),
        15,
        which[:5].tolist(),
        place,
        device,
        label,
        target=scene.right("share_out", rng, person),
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


def _handover(scene: Scene) -> None:
    """Let a leaver hand over: share work with colleagues, take some private files."""
    rng, org = scene.rng, scene.org
    could = [p for p in org.leavers if p.index not in scene.taken]
    if not could:
        return
    person = could[int(rng.integers(0, len(could)))]
    scene.taken.add(person.index)
    start = max(person.last - rng.uniform(1, 6) * DAY, 0)
    which, _ = scene.files.used_by(person)
    label = scene.log.label("handover", [person.index])
    place, device = scene.usual(person, start), scene.clients.of(person, "browser")
    times = scene.through(
        person,
        "share",
        start,
        int(rng.integers(5, 50)),
        12,
        which[:4].tolist(),
        place,
        device,
        label,
        target=scene.right("share", rng, person),
    )
    scene.through(
        person,
        "download",
        float(times[-1]) + 900,
        int(rng.integers(5, 30)),
        3,
        which[:2].tolist(),
        place,
        device,
        label,
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


def _rollout(scene: Scene) -> None:
    """Introduce a program: many people let it in within days, with wide rights."""
    rng, org = scene.rng, scene.org
    first = scene.moment(scene.someone())
    people = [p for p in org.staff if rng.random() < 0.5]
    name = str(rng.choice(["Notion", "ChatPDF for Teams", "Lucid", "Egress Switch"]))
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
            target=scope(name, ("files.readwrite.all", "offline_access")),
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


def _rescue(scene: Scene) -> None:
    """Somebody deletes a folder by mistake and restores it."""
    rng, person = scene.rng, scene.someone()
    start = scene.moment(person)
    which, _ = scene.files.used_by(person)
    label = scene.log.label("mistake_undone", [person.index])
    place, device = scene.usual(person, start), scene.clients.of(person, "browser")
    times = scene.through(
        person,
        "trash",
        start,
        int(rng.integers(15, 120)),
        0.2,
        which[:1].tolist(),
        place,
        device,
        label,
    )
    again = times[-1] + 900 + np.cumsum(rng.exponential(0.3, times.size))
    scene.do(person, "restore", again, place, device, label, mode=BIN)


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


#: What there is, and how often in 90 days: a number, or a number for each person.
ODDITIES: dict[Callable[[Scene], None], tuple[float, float]] = {
    _new_laptop: (0.3, 0.03), _stale_password: (0.5, 0.04), _monday_after_expiry: (0.4, 0),
    _reorganisation: (0.4, 0.02), _clean_up: (0.3, 0.03), _conversion: (0.3, 0.02),
    _migration: (0.25, 0), _merger: (0.15, 0), _campaign: (0.5, 0.03), _auditors: (0.5, 0.005),
    _journey: (0.3, 0.03), _night_before: (0.3, 0.03), _return: (0.3, 0.01), _handover: (0.8, 0.01),
    _new_administrator: (0.5, 0.003), _rollout: (0.4, 0), _office_moves: (0.4, 0),
    _rescue: (0.2, 0.015), _background: (0.6, 0),
}  # fmt: skip


def add_oddities(scene: Scene) -> None:
    """Add each as often as it happens."""
    rng = scene.generator(49)
    for happen, (once, each) in ODDITIES.items():
        expected = (once + each * len(scene.org.staff)) * scene.org.days / 90
        for _ in range(min(int(rng.poisson(expected)), 8)):
            happen(scene)
