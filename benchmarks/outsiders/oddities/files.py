"""Honest oddities with many files, or with addresses outside."""

from __future__ import annotations

from ..case import Case
from ..devices import SCRIPTS
from ..life import usual_via, visits
from ..lines import DAY, HOUR
from ..people import Actor, Via
from ..scene import Script
from ..tree import File

__all__ = ["honest_handover", "legal_hold", "old_server_import", "party_photos", "payslips_home",
           "press_kit", "renaming_scheme", "spring_clean", "tender_partners",
           "zipped_folder"]  # fmt: skip


def _desk(case: Case, one: Actor) -> Via:
    """Return what somebody sits at."""
    place = "office" if one.week.office else "home"
    return usual_via(case.scene, one, place, case.draws)


def spring_clean(case: Case) -> Script:
    """Delete what is old."""
    one = case.who(works=True)
    yield case.work_day(one, 9, 18)
    old = [file for file in case.haul(one.folders, 4_000) if file.modified < -90 * DAY]
    old = old[: case.many(50, 150, 400)]
    yield from case.each("trash", old, one, _desk(case, one), 3)


def renaming_scheme(case: Case) -> Script:
    """Rename files by a new scheme."""
    one, scene = case.who(works=True), case.scene
    yield case.work_day(one, 9, 18)
    via = _desk(case, one)
    for number, file in enumerate(case.haul(one.folders, case.many(40, 120, 300), True)):
        name = f"{file.folder.name}_{number:04}.{file.name.rsplit('.', 1)[-1]}"
        scene.act(one, "rename", file, via, case.label, name=name)
        yield scene.now + case.draws.skewed(4, 0.9)


def honest_handover(case: Case) -> Script:
    """Leave: hand the files over to a colleague, and take the own ones."""
    one, scene = case.who(works=True), case.scene
    heir = case.draws.choice([each for each in scene.people if each is not one])
    own = [folder for folder in one.folders if folder.owner is one] or list(one.folders)
    yield case.work_day(one, 10, 16)
    via = _desk(case, one)
    into = next(folder for folder in heir.folders if folder not in own)
    yield from case.each("download", case.haul(own, case.many(15, 30, 70)), one, via, 12)
    for file in case.haul(own, case.many(20, 50, 120)):
        scene.act(one, "move", file, via, case.label, into=into)
        yield scene.now + case.draws.skewed(6, 0.8)
    one.left = min(one.left, scene.now + case.draws.uniform(1, 8) * DAY) if not one.admin else 1e12


def press_kit(case: Case) -> Script:
    """Publish files that many strangers look at."""
    one, scene = case.who("Marketing", works=True), case.scene
    yield case.work_day(one, 9, 15)
    via = _desk(case, one)
    open_ = [folder for folder in one.folders if not folder.sensitive]
    for file in case.haul(open_, case.many(4, 9, 20)):
        scene.link(one, file, via, case.label)
        scene.start(scene.now, visits(scene, file, case.many(8, 30, 80)))
        yield scene.now + case.draws.skewed(60, 0.7)


def tender_partners(case: Case) -> Script:
    """Invite many people of other companies to a folder."""
    one, scene = case.who("Sales", works=True), case.scene
    yield case.work_day(one, 9, 16)
    open_ = [folder for folder in one.folders if not folder.sensitive]
    folder, via = case.draws.choice(open_ or list(one.folders)), _desk(case, one)
    for _ in range(case.many(6, 12, 22)):
        scene.share(one, folder, via, scene.namer.partner(), case.label)
        yield scene.now + case.draws.skewed(40, 0.8)


def legal_hold(case: Case) -> Script:
    """Export everything that somebody worked on, for a lawsuit."""
    admin, scene = case.who("IT", admin=True, works=True), case.scene
    about = case.draws.choice(scene.people)
    yield case.work_day(admin, 9, 17)
    files = case.haul(about.folders, case.many(90, 250, 600), True)
    yield from case.each("download", files, admin, _desk(case, admin), 2)


def old_server_import(case: Case) -> Script:
    """Bring an old file server's content over."""
    admin, scene = case.who("IT", admin=True, works=True), case.scene
    yield case.at(admin, 18, 22)
    via = Via(scene.office, script=case.draws.choice(SCRIPTS))
    for folder in case.draws.some(list(admin.folders), 4):
        for _ in range(case.many(30, 80, 250)):
            scene.upload(admin, folder, via, case.label)
            yield scene.now + case.draws.skewed(1.5, 0.6)


def party_photos(case: Case) -> Script:
    """Put a party's photos up, which many colleagues fetch."""
    one, scene, draws = case.who(works=True), case.scene, case.draws
    yield case.at(one, 10, 22)
    via, folder = usual_via(scene, one, "home", draws), scene.teams["Company"][1]
    photos: list[File] = []
    for number in range(case.many(30, 90, 220)):
        name = f"IMG_{4000 + number}.jpg"
        photos.append(scene.upload(one, folder, via, case.label, name))
        yield scene.now + draws.skewed(2, 0.5)
    for other in draws.some(scene.people, 6):
        yield scene.now + draws.uniform(0.5, 6) * HOUR
        yield from case.each("download", photos, other, _desk(case, other), 1.5)


def payslips_home(case: Case) -> Script:
    """Share a few personal papers with the own private address."""
    one, scene = case.who(works=True), case.scene
    yield case.work_day(one, 11, 21)
    via, email = usual_via(scene, one, "home", case.draws), scene.namer.private(one.name)
    own = [folder for folder in one.folders if folder.owner is one] or list(one.folders)
    for file in case.haul(own, case.draws.randint(1, 5)):
        scene.share(one, file, via, email, case.label)
        yield scene.now + case.draws.skewed(60, 0.7)


def zipped_folder(case: Case) -> Script:
    """Replace many files by archives, one each."""
    one, scene = case.who(works=True), case.scene
    yield case.work_day(one, 9, 17)
    via = _desk(case, one)
    for file in case.haul(one.folders, case.many(25, 60, 150), True):
        scene.upload(one, file.folder, via, case.label, f"{file.name}.zip")
        yield scene.now + case.draws.skewed(2, 0.5)
        scene.act(one, "trash", file, via, case.label)
