"""Honest oddities of people: journeys, new devices, forgotten passwords, comings and goings."""

from __future__ import annotations

from ..case import HOUR, Case
from ..company import employ, guest, project
from ..hand import Hand
from ..internet import DAY, Cafe, Home, Pool
from ..scene import Script
from ..staffing import ROLES
from ..work import session

__all__ = ["PEOPLE"]


def journey(case: Case) -> Script:
    """Work from hotels and trains for some days, maybe far away."""
    scene, own = case.scene, case.chance
    actor = case.person()
    zone = actor.zone if own.yes(0.5) else own.choice((-8.0, -5.0, 0.0, 1.0, 5.5, 8.0, 9.0))
    first = int(scene.day) + 1
    days = range(first, first + own.pareto(2, 1.3, 20))
    lines = [case.cafe() for _ in range(own.randint(1, 4))]
    for day in days:
        actor.trips[day] = (own.choice(lines), zone)
        actor.away.discard(day)
    actor.signed.clear()
    yield first * DAY + own.uniform(5, 18) * HOUR
    hand = Hand(scene, actor, lines[0], actor.computers[0], "browser", case.label)
    for _ in range(own.poisson(0.5)):
        hand.account("fail")
        yield scene.now + own.heavy(20, 0.8)
    hand.account("login")
    yield scene.now + own.heavy(30, 0.8)
    for file in own.some(actor.recent, 4):
        hand.read("view", file)
        yield scene.now + own.heavy(60)


def conference(case: Case) -> Script:
    """Send several people to one place; all come from one address."""
    scene, own = case.scene, case.chance
    network, first = scene.internet.network(), int(scene.day) + 1
    line = Cafe(network)
    for actor in own.some(scene.working(), own.randint(2, 6)):
        for day in range(first, first + own.randint(1, 4)):
            actor.trips[day] = (line, actor.zone)
        case.label.people.append(actor)
        yield scene.now + 2 * HOUR
        hand = Hand(scene, actor, line, actor.computers[0], "browser", case.label)
        hand.account("login")
        for file in own.some(actor.recent, own.many(3)):
            yield scene.now + own.heavy(60)
            hand.read("view", file)


def new_laptop(case: Case) -> Script:
    """Set up a new computer, whose client fetches everything."""
    scene, own = case.scene, case.chance
    actor = case.person()
    device = scene.shop.computer(client=True)
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    hand = Hand(scene, actor, hand.line, device, "client", case.label)
    hand.account("login")
    yield scene.now + own.heavy(40, 0.8)
    files = scene.files_of(own.some(actor.haunts, own.randint(1, 6)))
    yield from case.read(hand, files[-own.many(250, 1.0, 10, 3_000) :], "sync", 0.4)
    actor.computers.insert(0, device)


def new_phone(case: Case) -> Script:
    """Start to use a new phone, which fetches some photos' worth of files."""
    scene, own = case.scene, case.chance
    actor = case.person()
    actor.phone, actor.phones = scene.shop.phone(), max(actor.phones, 0.15)
    hand = Hand(scene, actor, actor.mobile or case.cafe(), actor.phone, "app", case.label)
    for _ in range(own.pareto(1, 1.5, 5) - 1):
        hand.account("fail")
        yield scene.now + own.heavy(15, 0.8)
    hand.account("login")
    yield scene.now + own.heavy(20, 0.8)
    yield from case.read(hand, own.some(actor.recent, own.many(6)), "view", 30)


def forgotten_password(case: Case) -> Script:
    """Fail many times, ask the administrator, start anew."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    for _ in range(own.pareto(4, 1.1, 60)):
        hand.account("fail")
        yield scene.now + own.heavy(14, 1.1)
    yield scene.now + own.heavy(900)
    if own.yes(0.6):
        case.own_hand(own.choice(scene.admins)).account("reset", actor)
        yield scene.now + own.heavy(300)
    hand.account("password")
    yield scene.now + own.heavy(20, 0.8)
    hand.account("login")


def expired_token(case: Case) -> Script:
    """Let a forgotten device knock with an old password for days."""
    scene, own = case.scene, case.chance
    actor = case.person([*scene.working(), *scene.programs])
    line = actor.home or scene.offices[actor.site]
    hand = Hand(scene, actor, line, actor.computers[-1], "client", case.label)
    every = own.choice((60.0, 300.0, 900.0, 3_600.0))
    for _ in range(own.many(90, 1.0, 10, 1_200)):
        hand.account("fail")
        yield scene.now + own.heavy(every, 0.2)
    if own.yes(0.7):
        hand.account("login")


def password_day(case: Case) -> Script:
    """Make everybody change the password, with the usual mishaps."""
    scene, own = case.scene, case.chance
    for actor in own.shuffled(scene.working()):
        yield scene.now + own.heavy(240, 1.2)
        hand = case.own_hand(actor)
        hand.account("password")
        for _ in range(own.poisson(1.1)):
            yield scene.now + own.heavy(15)
            hand.account("fail")
        yield scene.now + own.heavy(10, 0.8)
        hand.account("login")


def outage(case: Case) -> Script:
    """Break the single sign-on: everybody fails from the office for an hour."""
    scene, own = case.scene, case.chance
    until = scene.now + own.heavy(1.0, 0.7) * HOUR
    staff = scene.working()
    while scene.now < until and staff:
        hand = case.own_hand(own.choice(staff))
        hand.account("fail")
        yield scene.now + own.heavy(600 / len(staff), 1.0)


def new_provider(case: Case) -> Script:
    """Change the office's provider, or fall back to the second line for a day."""
    scene, own = case.scene, case.chance
    office = own.choice(scene.offices)
    if own.yes(0.4):
        office.renumber(scene.internet.network())
    else:
        office.fail(scene.now + own.heavy(6, 1.2) * HOUR)
    staff = [one for one in scene.working() if scene.offices[one.site] is office][:4]
    for actor in staff:
        hand = Hand(scene, actor, office, actor.computers[0], "browser", case.label)
        yield scene.now + own.heavy(900)
        hand.account("login")


def house_move(case: Case) -> Script:
    """Move house, or begin to use a VPN: another network from then on."""
    scene, own = case.scene, case.chance
    actor = case.person()
    network = scene.internet.network()
    actor.home = Home(own, network)
    if own.yes(0.3):
        actor.vpn = Pool(own, [own.choice(scene.hosters).four() for _ in range(20)])
    hand = Hand(scene, actor, actor.vpn or actor.home, actor.computers[0], "browser", case.label)
    yield case.working_time(actor)
    hand.account("login")
    yield scene.now + own.heavy(20, 0.8)
    yield from case.read(hand, own.some(actor.recent, own.many(5)), "view", 60)


_HIRED = ("seller", "developer", "agent", "assistant", "accountant")


def newcomer(case: Case) -> Script:
    """Employ somebody, who reads everything in the first week."""
    scene, own = case.scene, case.chance
    like = own.choice(scene.people)
    actor = employ(scene, own.choice(_HIRED))
    actor.since, actor.haunts = scene.day, list(like.haunts[1:]) or list(like.haunts)
    case.own_hand(own.choice(scene.admins)).account("join", actor)
    case.label.people.append(actor)
    for _ in range(own.randint(2, 5)):
        yield case.working_time(actor)
        hand = case.own_hand(actor)
        hand.account("login")
        yield scene.now + own.heavy(20, 0.8)
        files = case.scattered(case.within(actor), own.many(30, 0.8))
        yield from case.read(hand, files, "view" if own.yes(0.7) else "download", 40)
        yield scene.now + 8 * HOUR


def honest_leaver(case: Case) -> Script:
    """Leave in peace: hand over files, take the private ones along, delete them."""
    scene, own = case.scene, case.chance
    actor = case.person()
    actor.until = scene.day + own.uniform(3, 20)
    heir = own.choice(scene.people)
    desk = scene.desks.get(actor)
    for _ in range(own.randint(1, 3)):
        yield case.working_time(actor)
        hand = case.own_hand(actor)
        files = own.some(desk.files if desk else [], own.many(15, 0.8))
        for file in files:
            hand.share(file, heir, "writer") if own.yes(0.6) else hand.move(file, scene.shared[0])
            yield scene.now + own.heavy(12)
        yield from case.read(hand, files[: own.poisson(3)], "download", 8)
        for file in files[-own.poisson(4) - 1 :]:
            hand.trash(file)
            yield scene.now + own.heavy(3)


def back_from_leave(case: Case) -> Script:
    """Come back after months, forget the password, read up."""
    scene, own = case.scene, case.chance
    actor = case.person(scene.unused or None)
    if actor in scene.unused:
        scene.unused.remove(actor)
    actor.since, actor.until, actor.pace = -1.0, 1e9, 0.6
    yield case.working_time(actor)
    line = scene.offices[actor.site] if own.yes(0.5) else actor.home or case.cafe()
    hand = Hand(scene, actor, line, actor.computers[0], "browser", case.label)
    for _ in range(own.randint(1, 6)):
        hand.account("fail")
        yield scene.now + own.heavy(20)
    case.own_hand(own.choice(scene.admins)).account("reset", actor)
    yield scene.now + own.heavy(600, 0.8)
    hand.account("login")
    yield scene.now + own.heavy(30, 0.8)
    yield from case.read(hand, case.scattered(case.within(actor), own.many(35)), "view", 50)


def stand_in(case: Case) -> Script:
    """Make somebody an administrator while another is on holiday."""
    scene, own = case.scene, case.chance
    admin = case.person(scene.admins)
    deputy = own.choice(scene.people)
    yield case.working_time(admin)
    hand = case.own_hand(admin)
    hand.account("promote", deputy, role=own.choice(ROLES))
    yield scene.now + own.heavy(9, 0.6) * DAY
    case.own_hand(admin).account("demote", deputy, role="administrator")


def emergency(case: Case) -> Script:
    """Get called at night and work for hours."""
    scene, own = case.scene, case.chance
    actor = case.person()
    local = (scene.now / HOUR + actor.zone) % 24
    yield scene.now + ((1.5 - local) % 24 + 3 * own.random()) * HOUR
    hand = case.own_hand(actor, at_home=True)
    hand.account("login")
    for _ in range(own.many(40, 0.7)):
        yield scene.now + own.heavy(60, 1.0)
        files = own.some(actor.recent, 1)
        if files and files[0].at >= 0:
            hand.edit(files[0]) if own.yes(0.3) else hand.read("view", files[0])


def deadline(case: Case) -> Script:
    """Make a team work late for days before a deadline."""
    scene, own = case.scene, case.chance
    team = [one for one in scene.working() if own.yes(0.15)] or scene.working()[:2]
    first = int(scene.day) + 1
    for day in range(first, first + own.randint(3, 9)):
        for actor in team:
            actor.rushes[day] = own.uniform(1.5, 4)
            begin = day * DAY + (own.uniform(19, 26) - actor.zone) * HOUR
            line, device = actor.home or case.cafe(), actor.computers[0]
            late = session(scene, actor, line, device, "browser", own.heavy(2), case.label)
            scene.start(begin, late)
    yield scene.now


def kick_off(case: Case) -> Script:
    """Begin a project with partners, who get shares and look around."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand, folder = case.own_hand(actor), project(scene, actor)
    domain = own.choice(scene.partners)
    for _ in range(own.many(14, 0.8)):
        hand.upload(folder)
        yield scene.now + own.heavy(3)
    for _ in range(own.many(4, 0.7, 1, 15)):
        one = guest(scene, domain)
        one.since, one.haunts = scene.day, [folder]
        hand.invite(folder, one.email, "writer")
        yield scene.now + own.heavy(40)
    for colleague in own.some(scene.people, own.poisson(3)):
        hand.share(folder, colleague, "writer")
        colleague.haunts.append(folder)
        yield scene.now + own.heavy(20)


def auditors(case: Case) -> Script:
    """Let auditors in, who read the books for a week."""
    scene, own = case.scene, case.chance
    folders = scene.departments.get("finance") or scene.tops()
    host = case.person()
    case.own_hand(host).invite(folders[0], "office@auditmind.example", "reader")
    visitor = guest(scene, "auditmind.example")
    visitor.since = scene.day
    case.label.people.append(visitor)
    for _ in range(own.randint(2, 6)):
        yield case.working_time(visitor)
        line = scene.offices[0] if own.yes(0.4) else visitor.home or case.cafe()
        hand = Hand(scene, visitor, line, visitor.computers[0], "browser", case.label)
        hand.account("login")
        yield scene.now + own.heavy(20, 0.8)
        files = case.scattered([deep for one in folders for deep in one.below()], own.many(45, 0.8))
        yield from case.read(hand, files, "view" if own.yes(0.5) else "download", 30)
        yield scene.now + 9 * HOUR


def shared_desk(case: Case) -> Script:
    """Use one computer with several accounts, as shops and wards do."""
    scene, own = case.scene, case.chance
    device = scene.shop.computer(client=False)
    staff = own.some(scene.working(), own.randint(2, 5))
    for _ in range(own.many(15)):
        if not staff:
            return
        actor = own.choice(staff)
        yield case.working_time(actor)
        hand = Hand(scene, actor, scene.offices[actor.site], device, "browser", case.label)
        hand.account("login")
        yield scene.now + own.heavy(15, 0.8)
        yield from case.read(hand, own.some(actor.recent, 3), "view", 30)


def stray_attempts(case: Case) -> Script:
    """Let the internet's background noise knock at one account, in vain."""
    scene, own = case.scene, case.chance
    actor = case.person([*scene.people, *scene.unused, *scene.guests])
    hand = case.stranger(actor)
    for _ in range(own.pareto(1, 1.4, 12)):
        hand.account("fail")
        yield scene.now + own.heavy(1, 1.5) * HOUR


PEOPLE = {
    journey: 6, conference: 2, new_laptop: 4, new_phone: 3, forgotten_password: 5,
    expired_token: 4, password_day: 1, outage: 1, new_provider: 2, house_move: 2, newcomer: 3,
    honest_leaver: 3, back_from_leave: 1.5, stand_in: 2, emergency: 2, deadline: 3, kick_off: 3,
    auditors: 1.5, shared_desk: 1, stray_attempts: 5,
}  # fmt: skip
