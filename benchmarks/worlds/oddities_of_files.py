"""Honest things that look odd by what happens to files; see `worlds.oddities`."""

from __future__ import annotations

import numpy as np

from .log import BIN, NEW
from .organisation import DAY
from .routine import scope, wide
from .scene import Scene

__all__ = ["WITH_FILES"]


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
        target=scope(name, wide(rng)),
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


#: Each, and how often in 90 days: a number, and a number for each person.
WITH_FILES = {
    _new_laptop: (0.3, 0.03),
    _reorganisation: (0.4, 0.02),
    _clean_up: (0.3, 0.03),
    _conversion: (0.3, 0.02),
    _migration: (0.25, 0),
    _campaign: (0.5, 0.03),
    _auditors: (0.5, 0.005),
    _handover: (0.8, 0.01),
    _rescue: (0.2, 0.015),
}
