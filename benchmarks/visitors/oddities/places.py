"""People who sit elsewhere, with something else, at another time, or cannot get in."""

from __future__ import annotations

from benchmarks.visitors.case import Case, taking
from benchmarks.visitors.devices import laptop, phone
from benchmarks.visitors.lines import DAY, HOUR
from benchmarks.visitors.records import Detour
from benchmarks.visitors.scene import Story


def business_trip(case: Case) -> Story:
    """Work from abroad for days, with the usual computer on the usual files."""
    one, days = case.someone(), case.amount(2, 4, 9)
    yield case.hour(one, 5)
    line = case.chance.choice((case.scene.net.home, case.scene.net.mobile))(far=True)
    one.detours.append(Detour(case.scene.now + days * DAY, case.label, line))


def new_computer(case: Case) -> Story:
    """Get a new computer, on the usual line, and let its client fetch everything again."""
    one = case.someone()
    yield case.hour(one, 9.5)
    one.device = laptop(case.chance, case.scene.service)
    case.desk(one).account("login")
    yield 400.0
    pen = case.pen(one, one.office or one.home, one.device, "sync")
    files = case.files(dict.fromkeys(one.places), case.amount(60, 150, 400))
    yield from taking(pen, files, "sync", 0.6)


def moved_house(case: Case) -> Story:
    """Have another provider from now on, with the same computer and telephone."""
    one = case.someone()
    yield case.hour(one, 6)
    one.home = case.scene.net.home(far=case.chance.yes(0.15))
    one.detours.append(Detour(case.scene.now + 4 * DAY, case.label, one.home))


def private_vpn(case: Case) -> Story:
    """Use a VPN that one has bought, from now on and for all that one does."""
    one = case.someone()
    yield case.hour(one, 6)
    line = case.scene.net.vpn()
    one.home = line
    one.detours.append(Detour(case.scene.now + case.amount(4, 9, 20) * DAY, case.label, line))


def conference(case: Case) -> Story:
    """Sit in the same strange network as some colleagues do on the same days."""
    line, first = case.scene.net.fixed(), case.someone()
    yield case.hour(first, 6)
    for one in [first, *case.chance.few(case.scene.staff(first.team), case.amount(2, 3, 6))]:
        one.detours.append(Detour(case.scene.now + 2.6 * DAY, case.label, line))


def office_outage(case: Case) -> Story:
    """Share telephones' connections, all of an office at once, for a day."""
    first = case.someone()
    yield case.hour(first, 6)
    for one in case.scene.staff():
        if one.office is first.office:
            one.detours.append(Detour(case.scene.now + 0.6 * DAY, case.label, one.mobile))


def borrowed_computer(case: Case) -> Story:
    """Use a colleague's computer for a day while one's own is repaired, at the usual desk."""
    one, lender = case.someone(), case.someone()
    yield case.hour(one, 6)
    one.detours.append(Detour(case.scene.now + 1.7 * DAY, case.label, None, lender.device))


def night_shift(case: Case) -> Story:
    """Finish something late at night, together, in folders all of them work in."""
    first = case.someone()
    mates = [first, *case.chance.few(case.scene.staff(first.team), case.amount(1, 2, 4))]
    yield case.scene.until(first, 21)
    for _ in range(case.amount(8, 14, 25)):
        for one in dict.fromkeys(mates):
            pen = case.desk(one, home=True)
            for file in case.files(first.places[:2], 2):
                pen.get(file)
                yield case.chance.around(60, 0.6)
                pen.edit(file)
                yield case.chance.around(90, 0.8)


def forgotten_password(case: Case) -> Story:
    """Fail at the usual place, ask for help, set a new password, and go on working there."""
    one, admin = case.someone(), case.scene.admin
    yield case.hour(one, 9)
    for _ in range(case.amount(4, 8, 15)):
        case.desk(one).account("fail")
        yield case.chance.around(25, 0.8)
    yield 600.0
    case.desk(admin).account("reset", one)
    for verb in ("password", "login"):
        yield 200.0
        case.desk(one).account(verb)


def expired_passwords(case: Case) -> Story:
    """Fail and set a new password, as many do on one morning, each at their own place."""
    admin = case.scene.admin
    yield case.hour(admin, 7.5)
    case.desk(admin).setting("password age")
    staff = case.scene.staff()
    for one in case.chance.few(staff, max(3, len(staff) * 2 // 3)):
        pen = case.desk(one)
        for verb in ["fail"] * case.chance.randint(0, 3) + ["password", "login"]:
            yield case.chance.around(25, 0.7)
            pen.account(verb)
        yield case.chance.expovariate(len(staff) / (4 * HOUR))


def new_telephone(case: Case) -> Story:
    """Have a second factor replaced, and confirm it at the usual desk."""
    one, admin = case.someone(), case.scene.admin
    yield case.hour(one, 11)
    case.desk(admin).account("factor_off", one)
    yield case.chance.around(900, 0.5)
    one.phone = phone(case.chance, case.scene.service)
    case.desk(one).account("factor_on")
    pen = case.pen(one, one.mobile, one.phone, "app")
    pen.account("login")
    yield from taking(pen, one.recent[-case.amount(3, 6, 10) :], "view", 20.0)


def back_from_leave(case: Case) -> Story:
    """Come back after weeks with a password from the help desk, and catch up on one's folders."""
    one = case.someone()
    today = int(case.scene.now // DAY)
    one.away.update(range(today, today + 20))
    yield case.hour(one, 8.5, 20)
    case.desk(case.scene.admin).account("reset", one)
    pen = case.desk(one)
    for verb in ("password", "login"):
        yield 120.0
        pen.account(verb)
    yield from taking(pen, case.files(one.places, case.amount(25, 60, 120)), "view", 40.0)


def looping_client(case: Case) -> Story:
    """Let a broken client fetch the same few files again and again, on the usual computer."""
    one = case.someone()
    yield case.hour(one, 9)
    pen = case.pen(one, one.office or one.home, one.device, "sync")
    files = case.files(one.places, 4)
    yield from taking(pen, files * case.amount(15, 50, 150), "sync", 12.0)


def before_a_flight(case: Case) -> Story:
    """Fetch the folders one works in, then change what was fetched, from a hotel."""
    one = case.someone()
    yield case.hour(one, 17)
    files = case.files(one.places[:2], case.amount(30, 60, 120))
    yield from taking(case.desk(one), files, "download", 4.0)
    yield 14 * HOUR
    pen = case.pen(one, case.scene.net.mobile(far=True), one.device)
    pen.account("login")
    for file in files[: case.amount(6, 12, 20)]:
        yield case.chance.around(200, 0.8)
        pen.edit(file)
