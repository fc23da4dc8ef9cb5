"""Passwords guessed, forgotten accounts used, and one account in two places.

A spray tries one or a few passwords on many accounts, slowly and from many addresses, so that none
is locked (MITRE ATT&CK T1110.003); the account that the "Midnight Blizzard" spray of 2023 opened
was an old one without a second factor (Microsoft, 2024).
"""

from __future__ import annotations

from ..journal import Label
from ..organisation import hire
from ..people import Actor
from ..programs import script, workstation
from ..scene import Scene
from .intruder import Intruder, Strength, bulk
from .takeover import loot

__all__ = ["brute_force", "dormant_account", "password_spray", "two_places"]


def password_spray(scene: Scene, day: int, strength: Strength) -> Label:
    """Try a few passwords on many accounts; one or two open, and are read."""
    d = scene.draws
    staff = [a for a in [*scene.people(day), *scene.unused] if a.is_employed(day)]
    targets = d.some(staff, max(3, round(len(staff) * d.uniform(0.4, 1.0))))
    opened = [scene.victim(day, day + 1, targets), *(d.some(targets, 1) if d.chance(0.3) else [])]
    people = list(dict.fromkeys([*opened, *targets]))
    label = scene.label("password_spray", people, intensity=strength.name, slow=strength.is_faint)
    rounds = d.randint(2, 4) if strength.is_faint else d.randint(1, 3)
    apart = d.choice((1, 2)) if strength.is_faint else 0
    tools = script(d) if strength.is_blatant else workstation(d, scene.service, 118)
    exits = (
        scene.networks.residential(opened[0].country)
        if strength.is_faint or d.chance(0.4)
        else scene.networks.server()
    )
    gap = 900.0 if strength.is_faint else d.choice((4.0, 30.0, 120.0))

    def spray(day: int) -> None:
        at = scene.calendar.at(opened[0].country, day, d.random() * 20)
        with scene.journal.of(label):
            for moment, actor in zip(d.times(at, len(targets), gap), targets, strict=True):
                session = scene.session(exits.address(moment), tools.browser.at(day))
                scene.journal.thing(moment, actor, "failure", scene.user(actor), session)

    for number in range(rounds):
        scene.on(day + number * apart, spray)
    end = day + (rounds - 1) * apart + 1
    for actor in dict.fromkeys(opened):
        _use(scene, label, actor, strength, end)
    return label


def _use(scene: Scene, label: Label, actor: Actor, strength: Strength, day: int) -> None:
    """Use an account whose password has been found."""
    intruder = Intruder(scene, actor, strength)
    scene.on(
        min(day, scene.calendar.days - 1),
        lambda day: loot(scene, label, actor, intruder, day, 35 * strength.factor),
    )


def brute_force(scene: Scene, day: int, strength: Strength) -> Label:
    """Try passwords on one account until one fits."""
    d = scene.draws
    victim = scene.victim(day, day + 1)
    label = scene.label("brute_force", [victim], intensity=strength.name)
    intruder = Intruder(scene, victim, strength)

    def guess(day: int) -> None:
        at = scene.calendar.at(victim.country, day, d.random() * 22)
        gap = 300.0 if strength.is_faint else d.choice((1.0, 5.0, 20.0))
        with scene.journal.of(label):
            for moment in d.times(at, d.count(70 * strength.factor, 0.5, 2000), gap, 0.6):
                session = intruder.session(day, moment)
                scene.journal.thing(moment, victim, "failure", scene.user(victim), session)
            scene.login(moment + 2, victim, session)
            files = scene.within_reach(victim, d.count(25 * strength.factor, 0.5), 0.2)
            bulk(scene, victim, session, moment + 60, files, "view", 8)

    scene.on(day, guess)
    return label


def dormant_account(scene: Scene, day: int, strength: Strength) -> Label:
    """Use an account that nobody has used, or that somebody who left has left behind."""
    d = scene.draws
    gone = [a for a in scene.people() if a.last + 14 < day]
    left = [a for a in scene.unused if a.index not in scene.busy] or gone
    victim = d.choice(left) if left else hire(scene, scene.people()[0].department, kind="unused")
    scene.busy.add(victim.index)
    label = scene.label("dormant_account", [victim], intensity=strength.name)
    intruder = Intruder(scene, victim, strength)
    revived = victim in gone and d.chance(0.5)

    def act(day: int) -> None:
        if revived:
            admin = scene.admin(day)
            at = scene.working_hour(admin, day)
            by = scene.usual_session(admin, day, at)
            with scene.journal.of(label):
                scene.journal.thing(at, admin, "revive", scene.user(victim), by)
        loot(scene, label, victim, intruder, day, 70 * strength.factor)

    for later in range(d.choice((1, 1, 2, 3))):
        scene.on(day + later, act)
    return label


def two_places(scene: Scene, day: int, strength: Strength) -> Label:
    """Act from abroad while the owner of the account is at work."""
    d = scene.draws
    victim = scene.victim(day, day + 2)
    label = scene.label("two_places", [victim], intensity=strength.name)
    place, device = scene.networks.abroad(), workstation(d, scene.service, 118)

    def act(day: int) -> None:
        at = scene.working_hour(victim, day)
        usual = scene.usual_session(victim, day, at)
        abroad = scene.session(place.address(at), device.browser.at(day))
        own = list(scene.within_reach(victim, d.count(12, 0.4)))
        bulk(scene, victim, usual, at, own, "view", 150)  # the owner's work is no incident
        with scene.journal.of(label):
            if d.chance(0.6):
                scene.login(at + 30, victim, abroad)
            files = scene.within_reach(victim, d.count(30 * strength.factor, 0.4), 0.2)
            bulk(
                scene, victim, abroad, at + 45, files,
                lambda: "download" if d.chance(0.5) else "view", 60,
            )  # fmt: skip

    for later in range(d.choice((1, 1, 2))):
        scene.on(day + later, act)
    return label
