"""What administrators do from day to day: people come and go, groups change, phones get lost."""

from __future__ import annotations

from .hand import Hand
from .internet import DAY
from .people import Actor
from .scene import Scene, Script
from .work import go_to_work, spot_of

__all__ = ["GROUPS", "ROLES", "housekeeping", "staff"]

HOUR = 3_600.0
ROLES = ("administrator", "administrator", "user management", "co-admin")
GROUPS = ("Finance", "Board", "HR", "Everyone", "Projects", "Administrators", "IT", "Partners")


def _admin(scene: Scene) -> Hand:
    """Return an administrator at work."""
    admin = scene.chance.choice(scene.admins)
    return Hand(scene, admin, *spot_of(scene, admin, scene.chance.yes(admin.remote)))


def staff(scene: Scene) -> Script:
    """Make accounts for those who begin, and suspend, sooner or later, those of leavers."""
    known, gone = {*scene.people, *scene.guests}, set[Actor]()
    for actor in scene.people:
        if actor.since > 0:
            scene.start((actor.since - scene.chance.random()) * DAY, _welcome(scene, actor))
    while True:
        yield scene.now + DAY
        for actor in [*scene.people, *scene.guests]:
            if actor not in known:
                known.add(actor)
                scene.start(scene.now, go_to_work(scene, actor))
            elif actor.until < scene.day and actor not in gone and actor.kind != "guest":
                gone.add(actor)
                later = scene.now + scene.chance.heavy(14, 1.5) * HOUR
                scene.start(later, _sign_off(scene, actor))


def _welcome(scene: Scene, actor: Actor) -> Script:
    """Make an account for somebody who will begin."""
    hand = _admin(scene)
    hand.account("join", actor)
    yield scene.now + scene.chance.heavy(30)
    hand.group("group_in", actor.job.department.title(), actor)


def _sign_off(scene: Scene, actor: Actor) -> Script:
    """Suspend the account of somebody who has left."""
    hand = _admin(scene)
    hand.account("suspend", actor)
    yield scene.now + scene.chance.heavy(30)
    hand.group("group_out", actor.job.department.title(), actor)


def housekeeping(scene: Scene) -> Script:
    """Change groups, reset passwords, replace second factors, now and then a role or a setting."""
    chance = scene.chance
    every = 9 * DAY / (1 + len(scene.people) / 15)
    while True:
        yield scene.now + chance.expovariate(1 / every)
        hour = (scene.now / HOUR + scene.zones[0]) % 24
        if 7 < hour < 19 or chance.yes(0.1):
            for _ in range(chance.pareto(1, 1.5, 20)):
                _keep(_admin(scene), chance.choice(scene.people))
                yield scene.now + chance.heavy(60, 1.0)


def _keep(hand: Hand, whom: Actor) -> None:
    """Do one thing for somebody."""
    chance = hand.scene.chance
    match chance.by_weight(
        {"group": 8, "out": 4, "reset": 5, "factor": 3, "role": 0.6, "rule": 0.6}
    ):
        case "group":
            hand.group("group_in", chance.early(GROUPS, 1.3), whom)
        case "out":
            hand.group("group_out", chance.early(GROUPS, 1.3), whom)
        case "reset":
            hand.account("reset", whom)
        case "factor":
            hand.account("factor_off", whom)
            hand.account("factor_on", whom)
        case "role":
            verb = "promote" if chance.yes(0.5) else "demote"
            hand.account(verb, whom, role=chance.choice(ROLES))
        case _:
            values = chance.sample(("everyone", "partners", "restricted"), 2)
            hand.setting("external sharing", values[0], values[1])
