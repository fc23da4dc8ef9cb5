"""Things that are suddenly open, and administrators who look.

Public links that anybody can find (Adversis, "PandorasBox", March 2019); shares with outsiders
and rights given to oneself (MITRE ATT&CK T1098, T1213, T1567.002); administrators who read what
is not theirs are among the saboteurs and spies of the CERT database (Cappelli, Moore and
Trzeciak, 2012).
"""

from __future__ import annotations

from ..case import HOUR, Case
from ..hand import Hand
from ..outside import outsider
from ..people import Actor
from ..scene import Script
from ..staffing import GROUPS, ROLES
from ..work import Stranger

__all__ = [
    "admin_snooping", "external_shares", "privilege_escalation", "public_links_many",
    "public_links_sensitive",
]  # fmt: skip


def public_links_many(case: Case) -> Script:
    """Make public links for many files; some are followed."""
    scene, own = case.scene, case.chance
    actor = case.person()
    files = case.files(case.within(actor), case.size(8, 35, 140, 5))
    sessions = case.size(3, 2, 1)
    share = 1 + len(files) // sessions
    for number in range(sessions):
        yield case.working_time(actor)
        hand = case.own_hand(actor)
        for file in files[number * share : (number + 1) * share]:
            hand.link(file, True, "writer" if own.yes(0.1) else "reader")
            yield scene.now + own.heavy(case.size(90, 15, 4), 0.9)


def public_links_sensitive(case: Case) -> Script:
    """Make public links for folders whose content hurts; strangers come."""
    scene, own = case.scene, case.chance
    secret = case.secret()
    heads = [one for one in scene.working() if set(one.haunts) & set(secret)]
    actor = case.person(heads or None)
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    network = scene.internet.network()
    for folder in own.some(secret, case.size(1, 3, 7)):
        hand.link(folder, True, "writer" if own.yes(0.2) else "reader")
        yield scene.now + own.heavy(120, 1.0)
        for file in own.some(folder.files, case.size(0.6, 4, 20, 0)):
            visitor = Hand(scene, None, Stranger(network.four()), scene.shop.computer(False))
            visitor.label = case.label
            visitor.read("visit", file)
            yield scene.now + own.heavy(1_500, 1.2)


def external_shares(case: Case) -> Script:
    """Let outsiders into much, at once or by and by."""
    scene, own = case.scene, case.chance
    actor = case.person()
    whom = [scene.namer.private(own.choice(scene.people).name) for _ in range(2)]
    whom += [outsider(own, scene.partners) for _ in range(3)]
    files = case.scattered([*case.within(actor), *case.secret()], case.size(6, 25, 110, 4))
    to = own.some(whom, case.size(1, 1, 3))
    step = case.size(4, 15, 60)
    for part in range(0, len(files), step):
        yield case.working_time(actor)
        hand = case.own_hand(actor)
        for file in files[part : part + step]:
            folder = own.yes(0.15)
            hand.invite(
                file.folder if folder else file, own.choice(to), own.choice(("reader", "writer"))
            )
            yield scene.now + own.heavy(35, 1.0)


def privilege_escalation(case: Case) -> Script:
    """Make oneself or an accomplice an administrator, then use it."""
    scene, own = case.scene, case.chance
    admin = case.person(scene.admins)
    plain = [one for one in scene.working() if not one.admin]
    chosen = case.person(plain or None)
    yield case.working_time(admin, late=case.odds(0.1, 0.3, 0.6))
    hand = case.own_hand(admin) if case.odds(0.7, 0.5, 0.3) else case.stranger(admin)
    if case.odds(0.0, 0.2, 0.5):
        hand.account("factor_off", admin)
        yield scene.now + own.heavy(60)
    hand.account("promote", chosen, role=own.choice(ROLES))
    yield scene.now + own.heavy(300, 1.0)
    if chosen not in case.label.people:
        case.label.people.append(chosen)
    other = Hand(scene, chosen, hand.line, hand.device, hand.via, case.label)
    for _ in range(case.size(1, 3, 8)):
        target = own.choice(scene.people)
        _use(case, other, target)
        yield scene.now + own.heavy(400, 1.2)
    yield from case.read(other, case.scattered(case.secret(), case.size(2, 10, 40)), "view", 30)
    if case.odds(0.5, 0.3, 0.1):
        hand.account("demote", chosen, role="administrator")


def _use(case: Case, hand: Hand, target: Actor) -> None:
    """Use an administrator's power."""
    match case.chance.randrange(5):
        case 0:
            hand.setting(
                "external sharing", case.chance.choice(("restricted", "partners")), "everyone"
            )
        case 1:
            hand.account("reset", target)
        case 2:
            hand.group("group_in", "Administrators", target)
        case 3:
            hand.account("factor_off", target)
        case _:
            hand.group("group_in", case.chance.choice(GROUPS), target)


def admin_snooping(case: Case) -> Script:
    """As an administrator, let oneself into others' folders, read, and leave no right behind."""
    scene, own = case.scene, case.chance
    admin = case.person(scene.admins)
    desks = [desk for actor, desk in scene.desks.items() if actor is not admin and desk.files]
    places = [*own.some(desks, case.size(1, 3, 6)), *own.some(case.secret(), case.size(1, 2, 4))]
    for folder in places:
        yield case.working_time(admin, late=case.odds(0.1, 0.3, 0.5))
        hand = case.own_hand(admin)
        hand.share(folder, admin, "writer")
        yield scene.now + own.heavy(60)
        verb = "view" if own.yes(0.7) else "download"
        yield from case.read(hand, own.some(folder.files, case.size(4, 10, 30, 2)), verb, 30)
        if case.odds(0.7, 0.5, 0.3):
            hand.unshare(folder, admin.email)
        yield scene.now + case.size(40, 20, 2) * HOUR
