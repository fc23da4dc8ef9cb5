"""Honest oddities of one person's accounts, devices, places and hours."""

from __future__ import annotations

from ..case import Case
from ..devices import draw_device
from ..life import usual_via
from ..lines import DAY, HOUR, Line
from ..people import Actor, Via
from ..scene import Script

__all__ = ["back_from_leave", "borrowed_computer", "business_trip", "deadline_crunch",
           "forgotten_password", "house_move", "new_computer", "new_phone", "new_role",
           "night_emergency", "private_vpn", "stuck_client", "working_holiday"]  # fmt: skip


def _meanwhile(case: Case, one: Actor, days: float) -> Script:
    """Label somebody's everyday work for some days."""
    one.under = case.label
    yield case.scene.now + days * DAY
    one.under = None


def _away(case: Case, low: float, high: float, line: Line) -> Script:
    one = case.who(works=True)
    one.journey = line
    yield from _meanwhile(case, one, case.draws.uniform(low, high))
    one.journey = None


def business_trip(case: Case) -> Script:
    """Work from a hotel for some days."""
    yield from _away(case, 2, 6, case.scene.internet.hotel())


def working_holiday(case: Case) -> Script:
    """Work from far away for weeks, at other hours."""
    one = case.who(works=True)
    zone, one.week.zone = one.week.zone, case.draws.choice((-6, -3, 5, 8, 10))
    one.journey = case.scene.internet.home()
    yield from _meanwhile(case, one, case.draws.uniform(8, 20))
    one.week.zone, one.journey = zone, None


def house_move(case: Case) -> Script:
    """Get another line at home."""
    one = case.who(works=True)
    one.home, one.week.office = case.scene.internet.home(), one.week.office / 2
    yield from _meanwhile(case, one, 5)


def private_vpn(case: Case) -> Script:
    """Try a private VPN for some weeks."""
    one = case.who(works=True)
    home, one.home, one.vpn = one.home, case.scene.internet.vpn(), False
    yield from _meanwhile(case, one, case.draws.uniform(6, 20))
    one.home = home


def new_computer(case: Case) -> Script:
    """Get a new computer, whose client fetches everything."""
    one = case.who(works=True)
    yield case.work_day(one, 9, 15)
    one.devices[0] = draw_device(case.draws, case.scene.service, syncs=True)
    via = Via(case.scene.office if one.week.office else one.home or case.scene.office,
              one.computer, client=True)  # fmt: skip
    yield from case.enter(one, via)
    files = case.haul(one.folders, case.many(60, 200, 500), sequence=True)
    yield from case.each("sync", files, one, via, 2)


def new_phone(case: Case) -> Script:
    """Move the second factor to a new telephone, and look at some files with it."""
    one = case.who(works=True)
    yield case.work_day(one, 11, 21)
    one.devices.append(draw_device(case.draws, case.scene.service, phone=True))
    via = Via(one.home or case.scene.office, one.devices[-1])
    for verb in ("factor_off", "factor_on", "login"):
        case.scene.session(one, verb, via, case.label)
        yield case.scene.now + case.draws.skewed(70, 0.7)
    yield from case.each("view", case.haul(one.folders, 6), one, via, 30)


def forgotten_password(case: Case) -> Script:
    """Fail to log in many times, and get a new password."""
    one, scene = case.who(works=True), case.scene
    yield case.work_day(one, 7.5, 10)
    via = usual_via(scene, one, "home" if case.draws.yes(0.6) else "office", case.draws)
    for _ in range(case.draws.randint(5, 22)):
        scene.session(one, "fail", via, case.label)
        yield scene.now + case.draws.skewed(30, 1.0)
    admin = scene.admin()
    scene.session(admin, "reset", usual_via(scene, admin, "office", case.draws), case.label, one)
    yield scene.now + case.draws.skewed(240, 0.6)
    for verb in ("password", "login"):
        scene.session(one, verb, via, case.label)
        yield scene.now + 20


def stuck_client(case: Case) -> Script:
    """Let a client knock with an old password for days."""
    one = case.who()
    via = Via(one.home or case.scene.office, one.devices[-1], client=True)
    until = case.scene.now + case.draws.uniform(0.7, 4) * DAY
    while case.scene.now < until:
        case.scene.session(one, "fail", via, case.label)
        yield case.scene.now + case.draws.skewed(1500, 0.5)


def night_emergency(case: Case) -> Script:
    """Get up at night for an emergency, and look for guides and logs."""
    one = case.who("IT", works=True)
    yield case.at(one, 24.5, 28.5)
    via = usual_via(case.scene, one, "home", case.draws)
    yield from case.enter(one, via)
    yield from case.read(case.haul(one.folders, case.many(12, 30, 60)), one, via, 60, 0.3)


def borrowed_computer(case: Case) -> Script:
    """Log in at a colleague's computer, because the own one is broken."""
    one = case.who(works=True)
    other = case.draws.choice(case.scene.people)
    via = Via(case.scene.office, other.computer)
    for _ in range(case.draws.randint(1, 3)):
        yield case.work_day(one, 9, 16)
        yield from case.enter(one, via, case.draws.choice((0, 0, 1)))
        yield from case.read(case.haul(one.folders, case.many(8, 15, 25)), one, via, 90, 0.2)


def back_from_leave(case: Case) -> Script:
    """Come back after weeks, and read what happened."""
    one = case.who()
    today = int(case.scene.now // DAY)
    long = max(min(25, case.scene.days - today - 4), 0)
    one.away.append((today, today + long))
    yield case.work_day(one, 8, 10, long + 1)
    via = usual_via(case.scene, one, "office" if one.week.office else "home", case.draws)
    yield from case.enter(one, via, case.draws.choice((0, 1, 4)))
    files = case.haul([f for f in one.folders if f.owner is not one], case.many(50, 110, 220))
    yield from case.read(files, one, via, 40, 0.15)


def deadline_crunch(case: Case) -> Script:
    """Work late and at weekends for a week or so."""
    one = case.who(works=True)
    week = one.week
    before = (week.evening, week.weekend, week.pace)
    week.evening, week.weekend, week.pace = 0.85, 0.8, week.pace * 2
    yield from _meanwhile(case, one, case.draws.uniform(4, 11))
    week.evening, week.weekend, week.pace = before


def new_role(case: Case) -> Script:
    """Move to another team, and get to know its folders."""
    one, scene = case.who(works=True), case.scene
    admin, other = scene.admin(), case.draws.choice(scene.people)
    yield case.work_day(one, 9, 11)
    for verb, team in (("group_out", one.team), ("group_in", other.team)):
        via = usual_via(scene, admin, "office", case.draws)
        scene.group(admin, verb, one, team, via, case.label)
        yield scene.now + 90
    one.team, one.folders = other.team, dict(other.folders)
    yield scene.now + case.draws.uniform(0.5, 4) * HOUR
    via = usual_via(scene, one, "office", case.draws)
    yield from case.read(case.haul(one.folders, case.many(40, 90, 180)), one, via, 40, 0.2)
