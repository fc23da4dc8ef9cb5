"""Strangers who use somebody's account, an application or a guest's."""

from __future__ import annotations

from benchmarks.visitors.case import Case, taking
from benchmarks.visitors.days import APPS, CUSTOMERS
from benchmarks.visitors.lines import DAY, HOUR
from benchmarks.visitors.people import outsider
from benchmarks.visitors.records import Person
from benchmarks.visitors.scene import Pen, Story


def _look_around(case: Case, pen: Pen, low: float, medium: float, high: float) -> Story:
    """Let a stranger view what promises most, folder by folder, and fetch it."""
    number = case.amount(low, medium, high)
    places = case.secrets()[: case.degree(2, 3, 6)]
    files = case.files(places, number)
    yield from taking(pen, files[: 3 + number // 6], "view", 25.0)
    yield from taking(pen, files, "download", case.degree(50.0, 12.0, 3.0))


def stolen_session(case: Case) -> Story:
    """Replay a session's cookie: no login, another computer, while the owner works elsewhere."""
    victim = case.someone()
    line, device = case.lair(), case.scene.attacker()
    for _ in range(case.degree(1, 2, 3)):
        yield case.hour(victim, case.chance.uniform(9, 22))
        yield from _look_around(case, case.pen(victim, line, device), 14, 40, 160)
        yield 3 * HOUR


def deceived_help_desk(case: Case) -> Story:
    """Talk the help desk into a new password and a new telephone, then look for keys and plans."""
    victim, admin = case.someone(but=("IT",)), case.scene.admin
    yield case.hour(admin, case.chance.uniform(9, 16))
    helper = case.desk(admin)
    helper.account("reset", victim)
    yield 200.0
    helper.account("factor_off", victim)
    pen = case.pen(victim, case.lair(), case.scene.attacker())
    for verb in ("login", "password", "factor_on"):
        yield case.chance.around(150, 0.5)
        pen.account(verb)
    keys = case.files(case.folders("IT"), case.amount(5, 12, 30))
    yield from taking(pen, keys, "view", 20.0)
    yield from _look_around(case, pen, 8, 40, 200)


def _spray(case: Case, rounds: int, gap: float, pause: float) -> Story:
    line, device = case.scene.net.proxy(), case.tool()
    for _ in range(rounds):
        staff = case.scene.staff()
        for one in case.chance.few(staff, max(4, len(staff) * 4 // 5)):
            case.pen(one, line, device).account("fail")
            yield case.chance.expovariate(1 / gap)
        yield pause
    victim = case.someone()
    pen = case.pen(victim, line, device)
    pen.account("login")
    yield 60.0
    yield from _look_around(case, pen, 6, 25, 80)


def password_spray(case: Case) -> Story:
    """Try a few common passwords with all accounts, from rented homes; one opens."""
    yield from _spray(case, case.degree(1, 2, 4), case.degree(300.0, 60.0, 8.0), 5 * HOUR)


def slow_spray(case: Case) -> Story:
    """Try each account once in several days for weeks, never from the same address; one opens."""
    rounds = case.degree(2, 4, 8)
    number = max(4, len(case.scene.staff()) * 4 // 5)
    yield from _spray(case, rounds, case.begin(26) / rounds * DAY / number * 0.9, HOUR)


def woken_account(case: Case) -> Story:
    """Use the account of somebody who is away for long, and look through what it may read."""
    victim = case.someone(but=("IT", "Leadership"))
    today = int(case.scene.now // DAY)
    victim.away.update(range(today, today + 40))
    yield case.scene.until(victim, case.chance.uniform(1, 23), int(case.begin(26)))
    pen = case.pen(victim, case.lair(), case.scene.attacker())
    for verb in ("fail", "login"):
        pen.account(verb)
        yield case.chance.around(30, 0.4)
    yield from _look_around(case, pen, 12, 50, 200)


def malicious_consent(case: Case) -> Story:
    """Let an application in that reads on from a rented server, by and by or all at once."""
    victim = case.someone()
    yield case.hour(victim, 11)
    case.desk(victim).consent(case.chance.choice(APPS))
    pen = case.pen(victim, case.scene.net.hosted(), case.tool(), "app")
    files = case.files([*victim.places, *case.secrets()[:4]], case.amount(40, 150, 600))
    nights = case.degree(12, 9, 7)
    pause = case.begin(18) / nights * DAY
    for night in range(nights):
        yield pause * case.chance.uniform(0.7, 1.2)
        yield from taking(pen, files[night::nights], "download", 2.0)


def stolen_integration(case: Case) -> Story:
    """Use the token of one of the organisation's own programs, from another place."""
    programs = case.scene.programs
    robot = case.chance.choice(programs) if programs else case.scene.admin
    pen = case.pen(robot, case.lair(), case.tool())
    files = case.files(case.secrets()[:6], case.amount(25, 100, 500))
    days = case.degree(3, 2, 1)
    for day in range(days):
        yield case.scene.until(robot, case.chance.uniform(0, 24))
        yield from taking(pen, files[day::days], "download", 1.5)


def mailed_lure(case: Case) -> Story:
    """Put a page that asks for passwords into somebody's folder, and share it with many."""
    victim = case.someone()
    yield case.hour(victim, case.chance.uniform(8, 17))
    pen = case.pen(victim, case.lair(), case.scene.attacker())
    pen.account("login")
    yield from taking(pen, case.files(victim.places, case.amount(4, 8, 12)), "view", 20.0)
    name = case.chance.choice(("New proposal - NDA", "Remittance advice", "Updated bonus plan"))
    lure = pen.upload(victim.places[-2], f"{name}.pdf")
    firms = case.chance.sample("elm oak fir yew ash bay box may".split(), 8)
    outside = [f"accounts@{firm}-trading.example" for firm in firms]
    inside = case.chance.few(case.scene.staff(), case.amount(3, 10, 40))
    invited: list[Person | str] = [*outside[: case.degree(2, 4, 8)], *inside]
    for who in invited:
        if who is not victim:
            pen.share(lure, who)
            yield case.chance.around(4, 0.5)
    yield 4 * HOUR
    pen.trash(lure, "purge")


def invoice_fraud(case: Case) -> Story:
    """Read invoices for days, change bank details in some, and send them from a look-alike."""
    victim = case.someone("Finance", "Leadership")
    pen = case.pen(victim, case.lair(), case.scene.attacker())
    number = case.amount(14, 30, 60)
    invoices = case.files(case.folders("Invoices"), number)
    invoices = invoices or case.files(case.folders("Finance"), number)
    for part in (invoices[::2], invoices[1::2]):
        yield case.hour(victim, case.chance.uniform(6, 22))
        pen.account("login")
        yield from taking(pen, part, "view", 40.0)
    yield case.hour(victim, 20, 1)
    address = f"billing@{case.chance.choice(CUSTOMERS)}s.example"
    for file in invoices[: case.degree(2, 4, 10)]:
        pen.get(file, "download")
        yield 300.0
        made = pen.upload(file.folder, file.name.replace(".", " corrected.", 1))
        yield 60.0
        pen.share(made, address)


def persistent_guest(case: Case) -> Story:
    """Invite an address from a stolen account, and come back with it for weeks."""
    victim = case.someone()
    yield case.scene.until(victim, case.chance.uniform(0, 23))
    guest: Person = outsider(case.chance, case.scene.net, case.scene.service, case.scene.taken)
    pen = case.pen(victim, case.lair(), case.scene.attacker())
    pen.account("login")
    places = case.secrets()[: case.degree(1, 2, 5)]
    for folder in places:
        yield case.chance.around(50, 0.5)
        pen.share(folder, guest, "writer")
    own = case.pen(guest, pen.line, case.scene.attacker())
    files = case.files(places, case.amount(15, 50, 200))
    visits = case.degree(6, 5, 4)
    for visit in range(visits):
        yield case.scene.until(guest, case.chance.uniform(0, 24), int(case.begin(18) // visits) - 1)
        yield from taking(own, files[visit::visits], "download", 8.0)
