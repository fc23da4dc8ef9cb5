"""Strangers with somebody's account.

Password sprays in small doses from household proxies (Microsoft on "Midnight Blizzard", January
2024); brute force (MITRE ATT&CK T1110); stolen sessions and tokens, where nobody signs in (T1528,
T1539; the CircleCI incident report of January 2023); illicit consent to programs (T1528;
Microsoft, "Threat actors misuse OAuth applications", December 2023); accounts of people long gone
(T1078; CISA alert AA24-046A, "Threat actor leverages compromised account of former employee").
"""

from __future__ import annotations

from ..case import HOUR, Case
from ..hand import Hand
from ..internet import DAY, Pool, Server
from ..outside import program
from ..scene import Script
from ..tree import File, Folder

__all__ = [
    "brute_force", "consent_phishing", "dormant_account", "password_spray", "stolen_sync_token",
    "takeover_few_reads", "takeover_many_reads",
]  # fmt: skip


def _enter(case: Case, hand: Hand) -> Script:
    """Sign in with a phished password, or bring a stolen session along."""
    if case.odds(0.4, 0.2, 0.1):
        return
    for _ in range(case.chance.poisson(0.6)):
        hand.account("fail")
        yield case.scene.now + case.chance.heavy(15, 0.8)
    hand.account("login")
    yield case.scene.now + case.chance.heavy(25, 1.0)


def takeover_few_reads(case: Case) -> Script:
    """Sign in as somebody, search, read a little; come back another day."""
    actor = case.person()
    hand = case.stranger(actor, tool=0.1)
    for _ in range(case.size(1, 2, 3)):
        yield from _enter(case, hand)
        secret = case.chance.yes(0.5)
        folders = case.secret() if secret else case.within(actor)
        found = case.scattered(folders, case.size(3, 6, 12, 2))
        yield from case.read(hand, found, "view", 35)
        yield from case.read(hand, found[: case.chance.randrange(4)], "download", 20)
        yield case.scene.now + case.chance.heavy(20, 1.0) * HOUR
    if case.odds(0.0, 0.2, 0.5):
        hand.account("password")
        yield case.scene.now + case.chance.heavy(30, 0.8)


def takeover_many_reads(case: Case) -> Script:
    """Sign in as somebody and take along what the account can open."""
    actor = case.person()
    hand = case.stranger(actor, tool=0.35)
    yield from _enter(case, hand)
    yield from case.read(hand, case.scattered(case.within(actor), 4), "view", 25)
    loot = case.files([*case.within(actor), *case.secret()], case.size(45, 220, 1_100, 20))
    pause = case.size(400, 40, 5) / 10
    yield from case.read(hand, loot, "download", pause)
    if case.odds(0.1, 0.3, 0.5):
        yield case.scene.now + case.chance.heavy(8) * HOUR
        hand.consent("consent", *program(case.chance, case.scene.service))


def password_spray(case: Case) -> Script:
    """Try few passwords on many accounts; with luck, one opens."""
    own, scene = case.chance, case.scene
    network = scene.internet.network()
    single = case.odds(0.1, 0.5, 0.9)
    addresses = [network.four() for _ in range(1 if single else own.randint(5, 60))]
    line, device = Pool(own, addresses, 600), scene.shop.computer(client=False)
    accounts = [*scene.people, *scene.unused, *scene.guests]
    targets = own.some(accounts, max(3, int(len(accounts) * (0.5 + own.random() / 2))))
    gap = {"low": 2_400.0, "medium": 90.0, "high": 3.0}[case.intensity]
    for _ in range(case.size(1, 2, 3)):
        for target in own.shuffled(targets):
            Hand(scene, target, line, device, "browser", case.label).account("fail")
            yield scene.now + own.heavy(gap, 0.8)
        yield scene.now + own.heavy(3 if single else 20) * HOUR
    if case.odds(0.4, 0.5, 0.6):
        victim = case.person(targets)
        hand = Hand(scene, victim, line, device, "browser", case.label)
        hand.account("login")
        yield scene.now + own.heavy(60)
        yield from case.read(
            hand, case.scattered(case.within(victim), case.size(2, 6, 15)), "view", 30
        )


def brute_force(case: Case) -> Script:
    """Try many passwords on one account until one opens, then look around."""
    own, scene = case.chance, case.scene
    actor = case.person()
    hand = case.stranger(actor, tool=0.5)
    gap = {"low": 900.0, "medium": 40.0, "high": 1.5}[case.intensity]
    for _ in range(case.size(14, 60, 350, 8)):
        hand.account("fail")
        yield scene.now + own.heavy(gap, 0.7)
    hand.account("login")
    yield scene.now + own.heavy(45)
    for verb, number in (("view", case.size(4, 10, 20)), ("download", case.size(2, 15, 90))):
        yield from case.read(hand, case.scattered(case.within(actor), number), verb, 12)


def consent_phishing(case: Case) -> Script:
    """Make somebody consent to a program, which then reads from where it is hosted."""
    own, scene = case.chance, case.scene
    asking = program(own, scene.service, 1 if case.odds(0.5, 0.3, 0.1) else 2)
    device = scene.shop.program(f"{asking.name.replace(' ', '')}/1.{own.randrange(9)}")
    line = Server(own.choice([*scene.hosters, scene.internet.network()]))
    victims = [case.person() for _ in range(case.size(1, 1, 4))]
    for actor in dict.fromkeys(victims):
        yield case.working_time(actor)
        case.own_hand(actor).consent("consent", *asking)
        yield scene.now + own.heavy(90, 1.2)
        robot = Hand(scene, actor, line, device, "browser", case.label)
        loot = case.files(case.within(actor), case.size(25, 120, 600, 8))
        yield from case.read(robot, loot, "download", case.size(90, 8, 1))


def dormant_account(case: Case) -> Script:
    """Use an account that nobody has used for months."""
    scene = case.scene
    away = [one for one in scene.people if not one.here(scene.day) and one.until < scene.day]
    actor = case.person(scene.unused or away or None)
    hand = case.stranger(actor, tool=0.2)
    actor.since, actor.until = -1.0, 1e9
    if case.odds(0.1, 0.3, 0.5):
        admin = case.chance.choice(scene.admins)
        case.own_hand(admin).account("reset", actor)
        yield scene.now + case.chance.heavy(900)
    hand.account("login")
    yield scene.now + case.chance.heavy(40)
    for _ in range(case.size(1, 2, 3)):
        files = case.scattered(case.within(actor), case.size(6, 30, 150, 3))
        yield from case.read(hand, files, "view" if case.odds(0.6, 0.3, 0.1) else "download", 15)
        yield scene.now + case.chance.heavy(30, 0.8) * HOUR


def stolen_sync_token(case: Case) -> Script:
    """Replay the token of somebody's client from a rented server: nobody signs in."""
    own, scene = case.chance, case.scene
    clients = [one for one in scene.working() if any(d.has_client for d in one.computers)]
    actor = case.person(clients or None)
    device = next((d for d in actor.computers if d.has_client), None) or scene.shop.computer(True)
    line = Server(own.choice([*scene.hosters, scene.internet.network()]))
    hand = Hand(scene, actor, line, device, "client", case.label)
    folders = case.within(actor)
    for _ in range(case.size(2, 3, 4)):
        yield from case.read(hand, _batch(case, folders), "sync", 4)
        yield scene.now + own.heavy(1, 0.6) * DAY


def _batch(case: Case, folders: list[Folder]) -> list[File]:
    number = case.size(12, 60, 350, 5)
    return (
        case.files(folders, number) if case.odds(0.3, 0.6, 0.9) else case.scattered(folders, number)
    )
