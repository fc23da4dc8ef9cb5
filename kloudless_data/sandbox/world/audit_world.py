"""Events that only administrators see: log-ins, downloads, previews, shares, permissions.

That these exist, with the acting user, is documented (D); their objects are our assumption (A).
"""

from __future__ import annotations

import random

from .file_world import metadata_of, user_of
from .people import DOMAIN, Person
from .randomness import rng_of
from .world import CREATED, ID, MODIFIED, Item, Json, Step, Thing, World

__all__ = ["add_audit_events"]

_FILES = 12
_PARTNERS = ("legal@brightwater.example", "post@nordlys.example", "ap@zenith.example")
_ROLES = ("viewer", "editor", "co-owner")
_GROUPS = ("Finance approvers", "Contractors", "Everyone", "Wiki-Redaktion")


def add_audit_events(world: World, start: int) -> None:
    """Add the events that only an administrator can see to a storage world.

    Parameters
    ----------
    world : World
        The world to fill.
    start : int
        Microseconds since 1970, the start of the history.
    """
    rng = rng_of(world.seed, "audit", world.account)
    files = [t for t in world.things if t.kind == "file" and not t.renewed]
    for actor, person in enumerate(world.people):
        for thing in rng.sample(files, _FILES):
            world.items.append(Item(thing, actor, _looking_at(world, rng, thing, person), 2))
        _logging_in(world, rng, actor, start)
    _administering(world, rng, start)


def _looking_at(world: World, rng: random.Random, thing: Thing, person: Person) -> tuple[Step, ...]:
    metadata = metadata_of(world, thing, person, thing.name, thing.parent)
    kinds = ["preview"] * rng.randrange(1, 4) + ["download"] * rng.randrange(0, 3)
    rng.shuffle(kinds)
    steps = [Step(kind, metadata, None, thing.name, thing.parent) for kind in kinds]
    if rng.random() < 0.2:
        shared = metadata | {"shared_with": _somebody(world, rng), "role": rng.choice(_ROLES)}
        steps.append(Step("share", shared, None, thing.name, thing.parent))
    if rng.random() < 0.1:
        link = metadata | {"link": {"scope": rng.choice(("company", "anyone")), "active": True}}
        steps.append(Step("shared_link", link, None, thing.name, thing.parent))
    return tuple(steps)


def _somebody(world: World, rng: random.Random) -> Json:
    """Pick mostly a colleague, rarely an external partner."""
    if rng.random() < 0.1:
        return {"type": "user", "email": rng.choice(_PARTNERS), "external": True}
    return {"type": "user", "email": rng.choice(world.people).email, "external": False}


def _logging_in(world: World, rng: random.Random, actor: int, start: int) -> None:
    person = world.people[actor]
    thing = world.add("session", f"session of {person.email}", person, start, renewed=True)
    metadata: Json = {
        "id": f"F{ID}",
        "raw_id": f"1{ID}",
        "type": "session",
        "name": person.email,
        "created": CREATED,
        "modified": MODIFIED,
        "client": rng.choice(("Chrome 132 / Windows", "Safari / macOS", "Box Drive 2.41")),
        "user": user_of(person),
        "account": world.account,
    }
    kinds = ["login"] * rng.randrange(8, 20) + ["failed_login"]
    steps = tuple(Step(kind, metadata, None, thing.name, None) for kind in kinds)
    world.items.append(Item(thing, actor, steps, weight=4))


def _administering(world: World, rng: random.Random, start: int) -> None:
    """Let the administrator, who owns the account, change memberships and permissions."""
    admin = world.people[0]
    for name in _GROUPS:
        group = world.add("group", name, admin, start)
        metadata: Json = {
            "id": f"F{ID}",
            "raw_id": f"1{ID}",
            "type": "group",
            "name": name,
            "created": CREATED,
            "modified": MODIFIED,
            "account": world.account,
            "member": user_of(rng.choice(world.people)),
            "domain": DOMAIN,
        }
        step = Step("group_add_member", metadata, None, name, None)
        world.items.append(Item(group, 0, (step,), weight=1))
    for folder in [t for t in world.things if t.kind == "folder"][:4]:
        shown = metadata_of(world, folder, admin, folder.name, folder.parent)
        shown |= {"shared_with": _somebody(world, rng), "role": rng.choice(_ROLES)}
        step = Step("permission_change", shown, None, folder.name, folder.parent)
        world.items.append(Item(folder, 0, (step,), weight=1))
