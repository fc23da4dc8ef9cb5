"""Things that are gone or unreadable.

Deletion out of revenge, at night or on the last day: a credit union's former employee deleted
20,000 files within 40 minutes (U.S. Department of Justice, Eastern District of New York, August
2021). Ransomware reaches the cloud through a client that syncs what was encrypted: names with
another ending, new versions, notes in each folder (Microsoft, "Handling ransomware in SharePoint
Online"; Proofpoint, "Proofpoint discovers potentially dangerous Microsoft Office 365
functionality", June 2022).
"""

from __future__ import annotations

from ..case import HOUR, Case
from ..hand import Hand
from ..internet import DAY
from ..people import Actor
from ..programs import Device
from ..scene import Script
from ..tree import File

__all__ = ["emptied_bin", "mass_deletion", "ransomware_overwrite", "ransomware_replace"]


def mass_deletion(case: Case) -> Script:
    """Delete what one can reach, sometimes from the bin as well."""
    scene, actor = case.scene, case.person()
    yield case.working_time(actor, late=case.odds(0.3, 0.5, 0.7))
    hand = case.own_hand(actor)
    doomed = case.files(case.within(actor), case.size(40, 220, 1_300, 20))
    for file in doomed:
        hand.trash(file)
        yield scene.now + case.chance.heavy(case.size(60, 4, 1) / 2, 0.9)
    if case.odds(0.1, 0.3, 0.5):
        for file in doomed[: case.size(10, 100, 800)]:
            hand.purge(file)
            yield scene.now + case.chance.heavy(0.5)
    if case.chance.yes(0.4):
        actor.until = min(actor.until, scene.now / DAY + case.chance.uniform(0.1, 3))


def _infected(case: Case) -> tuple[Actor, Device]:
    """Choose somebody whose computer syncs."""
    clients = [one for one in case.scene.working() if any(d.has_client for d in one.computers)]
    actor = case.person(clients or None)
    device = next((d for d in actor.computers if d.has_client), None)
    return actor, device or case.scene.shop.computer(True)


def _syncing(case: Case) -> tuple[Actor, Hand]:
    """Let the infected computer's client do it, from where its owner is."""
    actor, device = _infected(case)
    line = case.own_hand(actor).line
    return actor, Hand(case.scene, actor, line, device, "client", case.label)


def _ending(case: Case) -> str:
    """Invent an ending: a family's name, or letters drawn for the victim."""
    own = case.chance
    known = (
        "lockbit",
        "locked",
        "crypt",
        "akira",
        "phobos",
        "enc",
        "play",
        "mallox",
        "wncry",
        "8base",
    )
    made = own.token(own.randrange(4, 10)).replace("-", "a").replace("_", "b")
    tail = own.choice((own.choice(known), own.choice(known), made, made.lower()))
    return f".id[{own.hexadecimal(8).upper()}].{tail}" if own.yes(0.15) else f".{tail}"


_NOTES = (
    "README.txt",
    "HOW_TO_DECRYPT.txt",
    "restore-my-files.txt",
    "!!!READ_ME!!!.html",
    "RECOVER-FILES.hta",
    "info.txt",
)


def _note(case: Case, hand: Hand, seen: set[str], name: str, file: File) -> None:
    """Leave a note in a folder once."""
    if file.folder.id not in seen:
        seen.add(file.folder.id)
        hand.upload(file.folder, name, case.chance.randrange(700, 5_000))


def ransomware_overwrite(case: Case) -> Script:
    """Overwrite files and give them another ending."""
    scene, own = case.scene, case.chance
    actor, hand = _syncing(case)
    ending, note, seen = _ending(case), own.choice(_NOTES), set[str]()
    gap = case.size(200, 12, 2) / 4
    noted, renamed = case.odds(0.4, 0.7, 0.95), case.odds(0.8, 0.9, 0.97)
    for file in case.files(case.within(actor), case.size(45, 250, 1_400, 25)):
        if file.at < 0:
            continue
        hand.edit(file, own.uniform(1.0, 1.01))
        yield scene.now + own.heavy(gap / 3, 0.8)
        if renamed:
            hand.rename(file, file.name + ending)
        if noted:
            _note(case, hand, seen, note, file)
        yield scene.now + own.heavy(gap, 0.8)


def ransomware_replace(case: Case) -> Script:
    """Write encrypted copies and delete the originals."""
    scene, own = case.scene, case.chance
    actor, hand = _syncing(case)
    ending, note, seen = _ending(case), own.choice(_NOTES), set[str]()
    gap = case.size(200, 12, 2) / 4
    noted = case.odds(0.4, 0.7, 0.95)
    for file in case.files(case.within(actor), case.size(45, 250, 1_400, 25)):
        if file.at < 0:
            continue
        hand.upload(file.folder, file.name + ending, file.size + own.randrange(16, 600))
        yield scene.now + own.heavy(gap / 3, 0.8)
        if noted:
            _note(case, hand, seen, note, file)
        hand.trash(file)
        yield scene.now + own.heavy(gap, 0.8)


def emptied_bin(case: Case) -> Script:
    """Delete, and then delete from the bin, so that nobody restores it."""
    scene, actor = case.scene, case.person()
    number = case.size(12, 60, 400, 6)
    yield case.working_time(actor, late=case.chance.yes(0.4))
    hand = case.own_hand(actor)
    doomed = case.files(case.within(actor), number)
    for file in doomed:
        hand.trash(file)
        yield scene.now + case.chance.heavy(3, 0.9)
    yield scene.now + case.chance.heavy(case.size(30, 6, 1), 0.8) * HOUR
    for file in doomed:
        hand.purge(file)
        yield scene.now + case.chance.heavy(1.5, 0.9)
