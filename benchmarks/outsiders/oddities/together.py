"""Honest oddities in which many take part, or guests."""

from __future__ import annotations

from ..case import Case
from ..company import hire
from ..life import live, usual_via
from ..lines import DAY, HOUR
from ..people import Actor, Via, draw_person
from ..routine import welcome
from ..scene import Script

__all__ = ["auditors_visit", "freelancer", "newcomer_reads", "password_campaign",
           "penetration_test", "review_of_accounts", "shared_outage", "tool_rollout"]  # fmt: skip


def _guest(case: Case, email: str, host: Actor) -> Actor:
    scene = case.scene
    team, zone = host.team, host.week.zone
    guest = draw_person(case.draws, scene.namer, scene.internet, scene.service, team, zone)
    guest.email, guest.guest, guest.vpn, guest.week.office = email, True, False, 0.0
    return case.name(guest)


def auditors_visit(case: Case) -> Script:
    """Let auditors in, who read much in a few days."""
    host, scene = case.who("Finance", works=True), case.scene
    yield case.work_day(host, 9, 12)
    guest = _guest(case, scene.namer.partner(), host)
    folders = case.draws.some([f for f in host.folders if f.owner is not host], 4)
    via = usual_via(scene, host, "office", case.draws)
    for folder in folders:
        scene.share(host, folder, via, guest.email, case.label)
        yield scene.now + 40
    own = Via(guest.home or scene.office, guest.computer)
    for _ in range(case.draws.randint(2, 4)):
        yield case.work_day(guest, 9, 15)
        yield from case.enter(guest, own)
        yield from case.read(case.haul(folders, case.many(20, 50, 120)), guest, own, 60, 0.4)


def freelancer(case: Case) -> Script:
    """Invite a freelancer with a private address, who works for some weeks."""
    host, scene = case.who(works=True), case.scene
    yield case.work_day(host, 9, 16)
    guest = _guest(case, scene.namer.private(), host)
    folders = [f for f in host.folders if not f.sensitive and f.team != "own"][:2]
    guest.folders = dict.fromkeys(folders or list(host.folders)[:1], 1.0)
    via = usual_via(scene, host, "office", case.draws)
    for folder in guest.folders:
        scene.share(host, folder, via, guest.email, case.label, role="writer")
        yield scene.now + 60
    guest.joined, guest.left, guest.under = scene.now, scene.now + 20 * DAY, case.label
    scene.start(scene.now + HOUR, live(scene, guest))


def newcomer_reads(case: Case) -> Script:
    """Hire somebody, who reads much on the first days."""
    scene, like = case.scene, case.draws.choice(case.scene.people)
    one = case.name(hire(scene, like))
    yield case.work_day(one, 8, 10)
    yield from welcome(scene, one)
    scene.start(scene.now + HOUR, live(scene, one))
    for _ in range(case.draws.randint(2, 4)):
        yield case.work_day(one, 9, 16)
        via = usual_via(scene, one, "office", case.draws)
        yield from case.read(case.haul(one.folders, case.many(25, 60, 110)), one, via, 60, 0.25)


def tool_rollout(case: Case) -> Script:
    """Let many people let the same application in within some days."""
    scene, draws = case.scene, case.draws
    app = draws.choice(scene.apps)
    for one in draws.some(scene.people, case.many(4, 9, 25)):
        yield scene.now + draws.expovariate(1 / 5) * HOUR
        if one.joined <= scene.now < one.left:
            case.name(one)
            via = usual_via(scene, one, "office", draws)
            scene.consent(one, app, draws.yes(0.3), via, case.label)


def password_campaign(case: Case) -> Script:
    """Let everybody change the password within some days."""
    scene, draws = case.scene, case.draws
    people = [one for one in scene.people if one.joined <= scene.now < one.left - 9 * DAY]
    plan = [(case.work_day(one, 9, 16, draws.randint(0, 3)), n) for n, one in enumerate(people)]
    for when, number in sorted(plan):
        yield when
        one = case.name(people[number])
        via = usual_via(scene, one, "office" if one.week.office else "home", draws)
        scene.session(one, "password", via, case.label)


def penetration_test(case: Case) -> Script:
    """Let a hired firm try passwords at all accounts for an hour."""
    scene = case.scene
    yield case.work_day(scene.people[0], 10, 15)
    via = Via(scene.internet.server(), case.stranger().device)
    for one in scene.people:
        case.name(one)
        for _ in range(3):
            scene.session(one, "fail", via, case.label)
            yield scene.now + case.draws.skewed(8, 0.6)


def review_of_accounts(case: Case) -> Script:
    """Close accounts that nobody uses, and clear up groups."""
    admin, scene = case.who("IT", admin=True, works=True), case.scene
    yield case.work_day(admin, 9, 16)
    via = usual_via(scene, admin, "office", case.draws)
    for past in scene.left[: case.many(2, 4, 8)]:
        scene.session(admin, "suspend", via, case.label, about=past)
        yield scene.now + case.draws.skewed(40, 0.7)
    for one in case.draws.some(scene.people, case.many(3, 6, 12)):
        team = case.draws.choice(list(scene.teams))
        scene.group(admin, "group_out", one, team, via, case.label)
        yield scene.now + case.draws.skewed(30, 0.7)


def shared_outage(case: Case) -> Script:
    """Let the sign-on fail for everybody in an office, for an hour or two."""
    scene, draws = case.scene, case.draws
    yield case.work_day(scene.people[0], 8, 14)
    until = scene.now + draws.uniform(0.5, 2.5) * HOUR
    here = [one for one in scene.people if one.week.office and one.joined <= scene.now < one.left]
    here = here or scene.people[:3]
    while scene.now < until:
        one = draws.choice(here)
        if one not in case.label.people:
            case.name(one)
        scene.session(one, "fail", Via(scene.office, one.computer), case.label)
        yield scene.now + draws.skewed(1800 / len(here), 0.8)
