"""Accounts taken over: a stolen password or session, used from a network never seen before.

After a takeover attackers look for what is worth taking, download it, and share it to keep access
(Microsoft, "Token tactics: How to prevent, detect, and respond to cloud token theft", 2022).
"""

from __future__ import annotations

from ..journal import Label
from ..people import Actor
from ..scene import Scene
from .intruder import Intruder, Strength, bulk

__all__ = ["loot", "takeover_reading", "takeover_sharing"]


def takeover_reading(scene: Scene, day: int, strength: Strength) -> Label:
    """Read and download with a stolen password or a stolen session, on one or several days."""
    d = scene.draws
    victim = scene.victim(day, day + 7)
    label = scene.label("takeover_reading", [victim], intensity=strength.name)
    intruder = Intruder(scene, victim, strength)
    knows_password = d.chance(0.65)
    days = d.choice((1, 1, 2, 4))
    for later in range(days):
        scene.on(
            day + later * d.choice((1, 1, 2)),
            lambda day: loot(
                scene, label, victim, intruder, day, 60 * strength.factor / days, knows_password
            ),
        )
    return label


def loot(
    scene: Scene,
    label: Label,
    victim: Actor,
    intruder: Intruder,
    day: int,
    files: float,
    signs_in: bool = True,
    downloads: float = 0.35,
) -> None:
    """Sign in as somebody else, read, and take some of it."""
    d = scene.draws
    at = intruder.moment(day)
    session = intruder.session(day, at)
    with scene.journal.of(label):
        if signs_in:
            scene.login(at - 20, victim, session, d.choice((0, 0, 0, 1, 3)))
        found = scene.within_reach(victim, d.count(files, 0.5), d.choice((0.0, 0.3)))
        bulk(
            scene, victim, session, at, found,
            lambda: "download" if d.chance(downloads) else "view", d.choice((2.0, 9.0, 30.0)),
        )  # fmt: skip


def takeover_sharing(scene: Scene, day: int, strength: Strength) -> Label:
    """Share from a stolen account: to one outside address, or by public links."""
    d = scene.draws
    victim = scene.victim(day, day + 2)
    label = scene.label("takeover_sharing", [victim], intensity=strength.name)
    intruder = Intruder(scene, victim, strength)
    receiver = scene.private_address(victim) if d.chance(0.7) else None

    def act(day: int) -> None:
        at = intruder.moment(day)
        session = intruder.session(day, at)
        files = list(scene.within_reach(victim, d.count(14 * strength.factor, 0.5), 0.3))
        with scene.journal.of(label):
            scene.login(at - 30, victim, session)
            if strength.is_blatant and d.chance(0.5):
                scene.journal.thing(at - 9, victim, "factor_off", scene.user(victim), session)
            for moment, file in zip(d.times(at, len(files), 12), files, strict=True):
                scene.act(moment - 3, victim, "view", file, session)
                if receiver:
                    scene.share(moment, victim, file, session, receiver)
                else:
                    scene.act(moment, victim, "public", file, session)

    scene.on(day, act)
    return label
