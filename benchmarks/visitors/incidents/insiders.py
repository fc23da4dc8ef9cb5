"""Colleagues, partners and administrators who take, read or expose what is not theirs to."""

from __future__ import annotations

from benchmarks.visitors.case import Case, taking
from benchmarks.visitors.days import career
from benchmarks.visitors.devices import laptop
from benchmarks.visitors.life import depart, join
from benchmarks.visitors.lines import DAY, HOUR
from benchmarks.visitors.people import outsider, worker
from benchmarks.visitors.records import Person
from benchmarks.visitors.scene import Story


def departing_thief(case: Case) -> Story:
    """Fetch, in the weeks before leaving, whole folders never worked in, in the evening at home."""
    thief = case.someone(but=("IT", "Leadership"))
    others = [one for one in case.scene.tree.folders
              if one.team == thief.team and one not in thief.places]  # fmt: skip
    files = case.files([*thief.places, *others, *case.secrets()[:1]], case.amount(60, 200, 700))
    visits = case.degree(9, 7, 5)
    for visit in range(visits):
        yield case.hour(thief, 20.5, int(case.begin(20) // visits * 0.7))
        yield from taking(case.desk(thief, home=True), files[visit::visits], "download", 5.0)
    yield case.hour(thief, 17, 1)
    case.scene.start(case.scene.now, depart(case.scene, thief))


def grab_before_dismissal(case: Case) -> Story:
    """Fetch as much as possible within a day, on hearing of a dismissal that follows."""
    thief = case.someone(but=("IT",))
    yield case.hour(thief, 14)
    pen = case.desk(thief)
    files = case.files([*thief.places, *case.secrets(thief.team)[:2]], case.amount(50, 200, 800))
    yield from taking(pen, files, "download", case.degree(30.0, 8.0, 2.0))
    case.scene.start(case.scene.now + 4 * HOUR, depart(case.scene, thief))


def slow_leak(case: Case) -> Story:
    """Fetch a few files of other departments' closed folders every other evening, for weeks."""
    thief = case.someone(but=("Leadership",))
    files = case.files(case.secrets(thief.team)[:3], case.amount(35, 80, 220))
    visits = case.degree(13, 14, 15)
    for visit in range(visits):
        yield case.hour(thief, case.chance.uniform(18.5, 22.5), 1)
        yield from taking(case.desk(thief, home=True), files[visit::visits], "download", 40.0)


def snooping(case: Case) -> Story:
    """View colleagues' salaries, files and complaints again and again, out of curiosity."""
    nosy = case.someone(but=("People", "Leadership", "Legal", "Finance"))
    places = case.folders("Salaries", "Personnel files", "Payroll", "Disputes")
    for _ in range(case.degree(7, 9, 10)):
        yield case.hour(nosy, case.chance.choice((12.4, 17.5)), case.degree(3, 2, 1))
        files = case.files(places, case.amount(3, 7, 20))
        yield from taking(case.desk(nosy), files, "view", 50.0)


def borrowed_account(case: Case) -> Story:
    """Use a colleague's account with one's own computer, at home, ever more often."""
    thief, owner = case.someone(), case.someone("Leadership", "Finance", "People", "Sales")
    gap = case.begin(34) * DAY / 6
    for visit in range(case.degree(7, 9, 12)):
        yield case.hour(thief, case.chance.uniform(18, 22)) + gap
        pen = case.pen(owner, thief.home, thief.device)
        pen.account("login")
        yield 20.0
        files = case.files(owner.places, case.amount(3, 5, 8) + visit)
        yield from taking(pen, files, case.chance.choice(("view", "download")), 30.0)
        gap *= 0.72


def private_mailbox(case: Case) -> Story:
    """Share what others own with one's own private address, some of it as whole folders."""
    thief = case.someone()
    address = thief.email.split("@")[0].replace(".", "") + "88@webmail.example"
    for _ in range(case.degree(3, 3, 4)):
        yield case.hour(thief, case.chance.uniform(16, 21))
        pen = case.desk(thief, home=case.chance.yes(0.5))
        for file in case.files([*case.secrets()[:2], *thief.places], case.amount(4, 12, 40)):
            pen.get(file)
            yield case.chance.around(12, 0.6)
            pen.share(file, address)
            yield case.chance.around(12, 0.6)


def public_exposure(case: Case) -> Story:
    """Make public links to closed files; strangers follow them for days."""
    careless = case.someone()
    yield case.hour(careless, case.chance.uniform(10, 18))
    files = case.files(case.secrets()[: case.degree(1, 2, 4)], case.amount(6, 15, 60))
    pen = case.desk(careless)
    for file in files:
        pen.link(file, public=True)
        yield case.chance.around(10, 0.6)
    for _ in range(case.amount(8, 40, 200)):
        line, device = case.scene.net.home(case.chance.yes(0.7)), case.scene.attacker()
        case.pen(None, line, device).get(case.chance.choice(files), "visit")
        yield case.chance.expovariate(1 / case.degree(6 * HOUR, 2 * HOUR, 1_000.0))


def false_hire(case: Case) -> Story:
    """Be hired under another name, work behind a VPN at odd hours, and sync what can be had."""
    scene, today = case.scene, int(case.scene.now // DAY)
    hired = worker(case.chance, scene.net, scene.service, scene.taken, scene.domain,
                   "Engineering", scene.zone + 7, None, None, "X11; Linux x86_64")  # fmt: skip
    hired.home, hired.joins = scene.net.vpn(), scene.now
    hired.places = case.folders("Engineering")[:3]
    scene.people.append(hired)
    scene.start(scene.now, join(scene, hired))
    scene.start(scene.now, career(scene, hired, today + 1))
    places = [*case.folders("Engineering"), *case.secrets()[:2]]
    files = case.files(places, case.amount(80, 200, 600))
    device = laptop(case.chance, scene.service)
    visits = case.degree(12, 10, 8)
    for visit in range(visits):
        yield case.hour(hired, case.chance.choice((2.0, 3.5, 23.0)), 1)
        pen = case.pen(hired, hired.home, device, "sync")
        yield from taking(pen, files[visit::visits], "sync", 1.0)


def greedy_partner(case: Case) -> Story:
    """Fetch, as the guest of one folder, whole departments that happen to be open."""
    host = case.someone()
    guest: Person = outsider(case.chance, case.scene.net, case.scene.service, case.scene.taken)
    yield case.hour(host, 11)
    case.desk(host).share(host.places[0], guest)
    teams = case.chance.sample(("Engineering", "Sales", "Finance", "Legal", "Operations"), 3)
    places = case.folders(*teams[: case.degree(1, 2, 3)])
    for _ in range(case.degree(2, 2, 1)):
        yield case.scene.until(guest, case.chance.uniform(19, 23.5))
        pen = case.pen(guest, guest.home, guest.device)
        pen.account("login")
        files = case.files(places, case.amount(14, 60, 300))
        yield from taking(pen, files, "download", case.degree(15.0, 5.0, 1.0))


def prying_administrator(case: Case) -> Story:
    """Put oneself into closed groups at night, read, and take oneself out again."""
    admin = case.scene.admin
    for team in case.chance.sample(("Leadership", "People", "Legal"), case.degree(1, 2, 3)):
        yield case.scene.until(admin, case.chance.uniform(20, 23.5), 1)
        pen = case.desk(admin, home=True)
        pen.group("group_in", admin, team)
        yield 90.0
        files = case.files(case.folders(team), case.amount(8, 20, 60))
        yield from taking(pen, files, case.chance.choice(("view", "download")), 25.0)
        pen.group("group_out", admin, team)


def back_door(case: Case) -> Story:
    """Make an account that belongs to nobody an administrator, and use it weeks later."""
    admin = case.scene.admin
    yield case.scene.until(admin, case.chance.uniform(19, 23))
    ghost: Person = outsider(case.chance, case.scene.net, case.scene.service, case.scene.taken)
    ghost.name, ghost.email = "svc update", f"svc-update@{case.scene.domain}"
    pen = case.desk(admin, home=True)
    for verb in ("join", "promote", "factor_off"):
        pen.account(verb, ghost)
        yield case.chance.around(50, 0.5)
    places = case.secrets()[: case.degree(2, 3, 6)]
    for _ in range(case.degree(3, 3, 4)):
        yield case.scene.until(admin, case.chance.uniform(1, 5), int(case.begin(16) // 4))
        own = case.pen(ghost, case.scene.net.vpn(), admin.device)
        own.account("login")
        files = case.files(places, case.amount(8, 30, 120))
        yield from taking(own, files, "download", case.degree(20.0, 6.0, 2.0))
