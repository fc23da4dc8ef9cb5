"""Many files that are deleted, moved, renamed or uploaded for good reasons."""

from __future__ import annotations

from benchmarks.visitors.case import Case, taking
from benchmarks.visitors.lines import HOUR
from benchmarks.visitors.scene import Story


def spring_cleaning(case: Case) -> Story:
    """Delete the oldest files of folders one works in, slowly and into the bin."""
    one = case.someone()
    yield case.hour(one, 15)
    pen = case.desk(one)
    places = dict.fromkeys(one.places[:3])  # unlike a set, in the same order in every process
    for file in case.scene.tree.within(*places)[: case.amount(20, 50, 120)]:
        if case.chance.yes(0.3):
            pen.get(file)
            yield case.chance.around(20, 0.6)
        pen.trash(file)
        yield case.chance.around(15, 0.9)


def wrong_deletion(case: Case) -> Story:
    """Delete a whole folder by mistake, and bring all of it back within hours."""
    one = case.someone()
    yield case.hour(one, case.chance.uniform(9, 16))
    files = case.files(one.places[:1], case.amount(15, 40, 120))
    pen = case.desk(one)
    for file in files:
        pen.trash(file)
        yield 0.2
    yield case.chance.around(1_200, 0.9)
    helper = pen if case.chance.yes(0.6) else case.desk(case.scene.admin)
    for file in files:
        helper.untrash(file)
        yield 0.2


def closed_project(case: Case) -> Story:
    """Move what is finished into the archive, where all can still read it."""
    one = case.someone()
    archive = case.scene.tree.at("/Archive")
    assert archive is not None
    yield case.hour(one, 14)
    pen = case.desk(one)
    for file in case.scene.tree.within(one.places[0])[: case.amount(20, 50, 150)]:
        pen.move(file, archive)
        yield case.chance.around(2, 0.8)


def new_names(case: Case) -> Story:
    """Give all files of one's folder names by a new convention, and keep their types."""
    one = case.someone()
    yield case.hour(one, 10)
    pen = case.pen(one, one.office or one.home, one.device, case.chance.choice(("web", "sync")))
    for file in case.files(one.places[:2], case.amount(20, 60, 160)):
        pen.rename(file, f"{one.team[:3].upper()}_{file.name.replace(' ', '_')}")
        yield case.chance.around(3, 0.8)


def scanned_paper(case: Case) -> Story:
    """Upload a cupboard of scanned paper in a day, and read some of it afterwards."""
    one = case.someone("Finance", "People", "Operations", "Legal")
    yield case.hour(one, 9)
    pen = case.desk(one)
    made = []
    for number in range(case.amount(50, 120, 350)):
        made.append(pen.upload(one.places[0], f"scan {number:04}.pdf"))
        yield case.chance.around(25, 0.6)
    yield 2 * HOUR
    yield from taking(pen, case.chance.few(made, 10), "view", 30.0)


def new_templates(case: Case) -> Story:
    """Change all forms within an hour, for a new logo; colleagues fetch them at once."""
    one = case.scene.head("Marketing")
    folder = case.scene.tree.at("/Company/Templates")
    assert folder is not None
    yield case.hour(one, 13)
    pen = case.desk(one)
    files = case.scene.tree.within(folder)
    for file in files:
        pen.edit(file)
        yield case.chance.around(45, 0.6)
    for other in case.chance.few(case.scene.staff(), case.amount(3, 8, 20)):
        yield case.chance.expovariate(1 / HOUR)
        yield from taking(case.desk(other), case.chance.few(files, 3), "download", 20.0)


def old_accounts(case: Case) -> Story:
    """Close accounts and end guests' access, as is done before an inspection, in working hours."""
    admin = case.scene.admin
    yield case.hour(admin, 10)
    pen = case.desk(admin)
    pen.setting("guest expiry")
    for guest in case.scene.guests[: case.amount(4, 8, 20)]:
        yield case.chance.around(30, 0.5)
        if guest.places:
            pen.unshare(guest.places[0], guest)
    for one in case.chance.few(case.scene.staff(), case.amount(4, 8, 15)):
        yield case.chance.around(40, 0.5)
        pen.group("group_out", one, case.chance.choice(("Old project", "Newsletter", "Trial")))


def own_things(case: Case) -> Story:
    """Fetch what is private from one's own folder, delete it there, and go on working."""
    one = case.someone()
    own = [folder for folder in one.places if folder.owner is one]
    yield case.hour(one, 18)
    pen = case.desk(one)
    files = case.files(own, case.amount(8, 12, 20))
    yield from taking(pen, files, "download", 5.0)
    yield 120.0
    for file in files:
        pen.trash(file)
        yield 2.0
