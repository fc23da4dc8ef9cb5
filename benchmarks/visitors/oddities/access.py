"""People and programs who open what is new to them, because somebody responsible lets them."""

from __future__ import annotations

from benchmarks.visitors.case import Case, taking
from benchmarks.visitors.days import APPS
from benchmarks.visitors.life import depart, visit
from benchmarks.visitors.lines import DAY, HOUR
from benchmarks.visitors.people import outsider, program
from benchmarks.visitors.records import Folder, Person
from benchmarks.visitors.scene import Story


def _guest(case: Case) -> Person:
    return outsider(case.chance, case.scene.net, case.scene.service, case.scene.taken)


def _folder(case: Case, person: Person) -> Folder:
    """Return a folder of another department, with files."""
    owned = [one for one in case.scene.tree.folders if one.owner and not one.private]
    others = [one for one in owned if one.team != person.team and len(one.files) > 5]
    return case.chance.choice(others)


def substitution(case: Case) -> Story:
    """Stand in for another department: its head shares a folder, and one works there for long."""
    one = case.someone()
    folder = _folder(case, one)
    head = case.scene.head(folder.team)
    yield case.hour(head, 10)
    case.desk(head).share(folder, one, "writer")
    yield case.hour(one, 11, 1)
    pen = case.desk(one)
    yield from taking(pen, case.files([folder], case.amount(12, 25, 60)), "view", 30.0)
    one.places += [folder] * 3
    for _ in range(4):
        pen.upload(folder)
        yield case.chance.around(600, 0.6)


def promotion(case: Case) -> Story:
    """Change the department: the administrator says so, one reads much, and stays there."""
    one, admin = case.someone(but=("IT",)), case.scene.admin
    folder = _folder(case, one)
    yield case.hour(admin, 9)
    pen = case.desk(admin)
    pen.group("group_out", one, one.team)
    yield 30.0
    pen.group("group_in", one, folder.team)
    one.team = folder.team
    new = case.folders(folder.team)
    yield case.hour(one, 10)
    files = case.files(new, case.amount(30, 70, 150))
    yield from taking(case.desk(one), files, case.chance.choice(("view", "download")), 25.0)
    one.places = new[:4] + one.places[-2:]


def handover(case: Case) -> Story:
    """Share one's folders with a successor, who fetches them, before leaving."""
    one, heir = case.someone(but=("IT", "Leadership")), case.someone()
    yield case.hour(one, 14)
    pen = case.desk(one)
    for folder in dict.fromkeys(one.places[:3]):
        pen.share(folder, heir, "writer")
        yield 30.0
    yield case.hour(heir, 10, 1)
    files = case.files(one.places[:3], case.amount(30, 70, 160))
    yield from taking(case.desk(heir), files, "download", 6.0)
    heir.places += one.places[:3]
    yield case.hour(one, 17, 3)
    case.scene.start(case.scene.now, depart(case.scene, one))


def outside_audit(case: Case) -> Story:
    """Let accountants, whom Finance invites, fetch much of its folders in two weeks."""
    head = case.scene.head("Finance")
    yield case.hour(head, 10)
    places, guests = case.folders("Finance"), [_guest(case) for _ in range(2)]
    for guest in guests:
        for folder in places:
            case.desk(head).share(folder, guest)
            yield 15.0
    for _ in range(case.degree(3, 5, 8)):
        for guest in guests:
            yield case.scene.until(guest, case.chance.uniform(9, 16))
            pen = case.pen(guest, guest.home, guest.device)
            yield from taking(pen, case.files(places, case.amount(8, 15, 30)), "download", 20.0)


def data_room(case: Case) -> Story:
    """Collect copies in a new folder for a buyer's lawyer, whom the head invites."""
    head = case.scene.head("Leadership")
    yield case.hour(head, 11)
    top = case.scene.tree.folder("Data room", None, "Leadership")
    pen, guest = case.desk(head), _guest(case)
    for file in case.files(case.secrets()[:5], case.amount(20, 50, 120)):
        pen.copy(file, top)
        yield case.chance.around(15, 0.6)
    pen.share(top, guest)
    yield case.scene.until(guest, 10, 1)
    yield from taking(case.pen(guest, guest.home, guest.device), list(top.files), "download", 3.0)


def customer_delivery(case: Case) -> Story:
    """Upload a delivery, share it with a customer, who fetches all of it at once."""
    one, guest = case.someone("Engineering", "Sales", "Marketing", "Operations"), _guest(case)
    yield case.hour(one, 13)
    folder = case.scene.tree.folder(f"Delivery {case.chance.digits(4)}", one.places[0], one.team)
    pen = case.desk(one)
    for _ in range(case.amount(10, 25, 60)):
        pen.upload(folder)
        yield case.chance.around(4, 0.6)
    pen.share(folder, guest)
    yield case.scene.until(guest, 11)
    pen = case.pen(guest, guest.home, guest.device)
    yield from taking(pen, list(folder.files), "download", 1.5)


def legal_hold(case: Case) -> Story:
    """Copy one colleague's files for a lawsuit: Leadership shares the folders with Legal."""
    head, clerk, one = case.scene.head("Leadership"), case.scene.head("Legal"), case.someone()
    own = [folder for folder in one.places if folder.owner is one][:1] + one.places[:2]
    yield case.hour(head, 9)
    for folder in own:
        case.desk(head).share(folder, clerk)
        yield 40.0
    yield case.hour(clerk, 10)
    pen, shelf = case.desk(clerk), case.folders("Disputes")[0]
    for file in case.files(own, case.amount(15, 40, 90)):
        pen.get(file, "download")
        yield 8.0
        pen.copy(file, shelf)
        yield 4.0


def all_hands(case: Case) -> Story:
    """Open the same announcement within hours, as nearly everybody does."""
    head = case.scene.head("Leadership")
    yield case.hour(head, 10)
    events = case.scene.tree.at("/Company/Events")
    assert events is not None
    pen = case.desk(head)
    file = pen.upload(events, "all hands.pptx")
    yield 30.0
    pen.link(file, public=False)
    staff = case.scene.staff()
    for one in case.chance.few(staff, max(4, len(staff) * 3 // 4)):
        yield case.chance.expovariate(len(staff) / (3 * HOUR))
        case.desk(one).get(file)


def press_kit(case: Case) -> Story:
    """Make public links to what Marketing made to be read; the public reads it."""
    one = case.scene.head("Marketing")
    yield case.hour(one, 10)
    pen, folder = case.desk(one), case.folders("Press")[0]
    files = [pen.upload(folder) for _ in range(case.amount(3, 6, 12))]
    for file in files:
        yield 20.0
        pen.link(file, public=True)
    for _ in range(case.amount(30, 80, 200)):
        yield case.chance.expovariate(1 / 1_500.0)
        line = case.scene.net.home(case.chance.yes(0.5))
        case.pen(None, line, case.scene.attacker()).get(case.chance.choice(files), "visit")


def rolled_out_app(case: Case) -> Story:
    """Let the same application in that the administrator let in first, as many do that week."""
    admin = case.scene.admin
    yield case.hour(admin, 10)
    app = case.chance.choice(APPS)
    case.desk(admin).consent(app)
    staff = case.scene.staff()
    for one in case.chance.few(staff, max(3, len(staff) // 2)):
        yield case.chance.expovariate(len(staff) / (20 * HOUR))
        case.desk(one).consent(app)


def new_archive_program(case: Case) -> Story:
    """Let a program of one's own copy whole departments: it was made and let in openly."""
    admin, scene = case.scene.admin, case.scene
    yield case.hour(admin, 10)
    robot = program(case.chance, scene.net, "Archive Mover", "ArchiveMover/1.0", scene.domain)
    pen = case.desk(admin)
    pen.account("join", robot)
    yield 60.0
    pen.consent("Archive Mover")
    own = case.pen(robot, robot.home, robot.device)
    places = case.chance.few([one for one in scene.tree.folders if one.files], 6)
    shelf = scene.tree.folder(f"Moved {case.chance.digits(3)}", scene.tree.at("/Archive"))
    files = case.files(places, case.amount(60, 150, 400))
    nights = case.degree(2, 3, 5)
    for night in range(nights):
        yield scene.until(admin, 22)
        for file in files[night::nights]:
            own.get(file, "download")
            yield 0.8
            own.copy(file, shelf)
            yield 0.8


def new_guest(case: Case) -> Story:
    """Invite a consultant to a folder, who comes back for weeks and adds to it."""
    host, guest = case.someone(), _guest(case)
    yield case.hour(host, 11)
    folder = host.places[0]
    case.desk(host).share(folder, guest, "writer")
    guest.places = [folder]
    case.scene.start(case.scene.now + 2 * DAY, visit(case.scene, guest, folder, 20 * DAY))
    yield case.scene.until(guest, 10)
    pen = case.pen(guest, guest.home, guest.device)
    pen.account("login")
    yield from taking(pen, case.files([folder], case.amount(10, 20, 40)), "download", 15.0)
    pen.upload(folder)
