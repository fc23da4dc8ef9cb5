"""Files that are encrypted, deleted or spoilt."""

from __future__ import annotations

from benchmarks.visitors.case import Case, taking
from benchmarks.visitors.life import depart
from benchmarks.visitors.lines import DAY, HOUR
from benchmarks.visitors.scene import Story


def ransomware(case: Case) -> Story:
    """Let a syncing client encrypt folder by folder, and leave notes that ask for money."""
    victim = case.someone()
    yield case.scene.until(victim, case.chance.uniform(0, 24))
    pen = case.pen(victim, victim.home, victim.device, "sync")
    ending = case.chance.choice((".locked", ".crypt8", ".a7x2"))
    places = list(dict.fromkeys([*victim.places, *case.chance.few(case.scene.tree.folders, 8)]))
    for folder in places[: case.degree(2, 4, 12)]:
        for file in case.files([folder], case.amount(15, 40, 300)):
            pen.edit(file, file.size + 512)
            yield case.chance.around(case.degree(20.0, 1.5, 0.4), 0.5)
            pen.rename(file, file.name + ending)
            yield 0.3
        pen.upload(folder, "HOW_TO_RECOVER.txt")


def sabotage(case: Case) -> Story:
    """Delete, after hours and days before leaving, what colleagues made, and not for the bin."""
    angry = case.someone(but=("Leadership",))
    near, far = case.folders(angry.team), case.chance.few(case.scene.tree.folders, 5)
    files = [file for file in case.scene.tree.within(*near, *far) if file.owner is not angry]
    chosen = case.chance.few(files, case.amount(14, 60, 300))
    yield case.hour(angry, 19.5)
    pen = case.desk(angry, home=True)
    for file in chosen:
        pen.trash(file, "purge" if case.chance.yes(0.7) else "trash")
        yield case.chance.around(case.degree(20.0, 6.0, 1.5), 0.6)
    case.scene.start(case.scene.now + 1.6 * DAY, depart(case.scene, angry))


def copied_and_wiped(case: Case) -> Story:
    """Copy everything with an administrator's account, then delete it for good; ask for money."""
    admin = case.scene.admin
    yield case.scene.until(admin, case.chance.uniform(22, 28) % 24)
    pen = case.pen(admin, case.lair(), case.tool())
    pen.account("login")
    yield 300.0
    pen.setting("retention")
    places = [one for one in case.scene.tree.folders if len(one.files) > 8]
    files = case.files(case.chance.few(places, case.degree(2, 5, 15)), case.amount(30, 120, 500))
    yield from taking(pen, files, "download", case.degree(5.0, 1.5, 0.7))
    yield case.degree(14.0, 5.0, 1.0) * HOUR
    for file in files:
        pen.trash(file, "purge")
        yield case.chance.around(case.degree(5.0, 1.0, 0.5), 0.4)
    for folder in dict.fromkeys(file.folder for file in files[:8]):
        pen.upload(folder, "READ_ME_NOW.txt")


def slow_tampering(case: Case) -> Story:
    """Spoil or delete a few of colleagues' files late in the evening, week after week."""
    angry = case.someone(but=("Leadership",))
    places = [one for one in case.scene.tree.folders if one not in angry.places and not one.private]
    for _ in range(case.degree(7, 9, 11)):
        yield case.hour(angry, case.chance.uniform(20.5, 23.5), case.degree(2, 1, 1))
        pen = case.desk(angry, home=True)
        for file in case.files(case.chance.few(places, 3), case.amount(2, 5, 15)):
            pen.edit(file, case.chance.randint(1, 900))
            yield case.chance.around(40, 0.6)
            if case.chance.yes(0.5):
                pen.trash(file, "purge")
                yield 15.0
