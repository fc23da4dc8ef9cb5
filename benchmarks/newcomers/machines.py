"""What programs do by themselves: backups, exports, scanners, integrations."""

from __future__ import annotations

from .company import program
from .hand import Hand
from .internet import DAY
from .people import Actor
from .scene import Scene, Script
from .tree import Folder

__all__ = ["install"]

HOUR = 3_600.0


def install(scene: Scene) -> None:
    """Install some programs; a fifth of the organisations has none."""
    chance, size = scene.chance, len(scene.people)
    if chance.yes(0.2):
        return
    for share, name, agent, hosted, script in _PROGRAMS:
        if chance.yes(min(0.95, share + size / 500)):
            actor = program(scene, name, agent.format(chance.randrange(1, 9)), hosted)
            hand = Hand(scene, actor, actor.home or scene.offices[0], actor.computers[0])
            scene.start(chance.uniform(0, DAY), script(hand, actor))


def _backup(hand: Hand, actor: Actor) -> Script:
    """Fetch what has changed each night; sometimes, all of a department."""
    own, scene = actor.chance, hand.scene
    hour, usual = own.uniform(0, 5), own.many(6 + len(scene.people) / 2, 0.6)
    for day in range(scene.calendar.days):
        yield day * DAY + (hour + own.gauss(0, 0.05)) * HOUR
        if own.yes(0.06):
            hand.account("fail")
            continue
        files = scene.files_of(own.some(scene.tops(), 1) if own.yes(0.02) else scene.shared[:1])
        number = len(files) if own.yes(0.02) else own.many(usual, 0.7)
        for file in files[-min(number, 1_500) :]:
            hand.read("download", file)
            yield scene.now + own.heavy(0.4, 0.8)


def _export(hand: Hand, actor: Actor) -> Script:
    """Write a report again and again."""
    own, scene = actor.chance, hand.scene
    every = own.choice((1, 4, 6, 12, 24, 24)) * HOUR
    folder: Folder = own.choice(own.choice(list(scene.departments.values())))
    file = hand.upload(folder, f"export_{own.choice(scene.tree.subjects)}.csv")
    at = scene.now
    while True:
        at += every
        yield at + own.heavy(5, 0.7)
        if own.yes(0.03):
            continue
        if file.at < 0 or own.yes(0.02):
            file = hand.upload(folder, file.name)
        else:
            hand.edit(file, own.heavy(1.0, 0.02))


def _scan(hand: Hand, actor: Actor) -> Script:
    """Look into files that are new, in rounds."""
    own, scene = actor.chance, hand.scene
    every = own.choice((6, 12, 24)) * HOUR
    while True:
        yield scene.now + own.heavy(every, 0.1)
        for folder in own.some(scene.tree.folders, 8):
            for file in folder.files[-own.pareto(1, 1.0, 60) :]:
                hand.read("view", file)
                yield scene.now + own.heavy(0.6, 0.8)


def _intake(hand: Hand, actor: Actor) -> Script:
    """Put what comes in by mail or from a scanner into a folder, at office hours."""
    own, scene = actor.chance, hand.scene
    folder = own.choice(own.choice(list(scene.departments.values())))
    while True:
        yield scene.now + own.expovariate(1 / (2.5 * HOUR))
        hour = (scene.now / HOUR + scene.zones[0]) % 24
        if 7 < hour < 19 and scene.calendar.weekday(int(scene.day)) < 5:
            for _ in range(own.pareto(1, 1.5, 30)):
                hand.upload(folder)
                yield scene.now + own.heavy(3, 0.8)


def _mirror(hand: Hand, actor: Actor) -> Script:
    """Keep another system up to date with one folder; sign in anew now and then."""
    own, scene = actor.chance, hand.scene
    folder = own.choice(scene.shared)
    while True:
        yield scene.now + own.heavy(3, 0.3) * HOUR
        if own.yes(0.1):
            hand.account("login")
        for file in folder.files[-own.poisson(1.5) - 1 :]:
            hand.read("download", file)
            yield scene.now + own.heavy(1, 0.5)


def _retire(hand: Hand, actor: Actor) -> Script:
    """Empty the bin of what is old, weekly."""
    own, scene = actor.chance, hand.scene
    while True:
        yield scene.now + own.heavy(7, 0.05) * DAY
        for file in list(scene.tree.bin[: own.many(25, 0.9)]):
            hand.purge(file)
            yield scene.now + own.heavy(0.3, 0.6)


# share of organisations, account, program, hosted elsewhere, script
_PROGRAMS = (
    (0.4, "backup", "Veritas-Alta/{}.4", True, _backup),
    (0.35, "svc-reporting", "python-requests/2.3{}.0", False, _export),
    (0.2, "dlp-connector", "CloudInspect/{}.11", True, _scan),
    (0.3, "scan2cloud", "Kofax-Capture/1{}.2", False, _intake),
    (0.25, "crm-sync", "Apache-HttpClient/4.5.1{} (Java/17)", True, _mirror),
    (0.2, "retention", "Go-http-client/{}.1", True, _retire),
)
