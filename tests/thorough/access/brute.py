"""Organisations made at random, and who can see what in them, worked out without haste.

The evaluator is written from the definition and shares nothing with the package: sets of pairs grow
until nothing is added any more.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pyarrow as pa

from kloudless_data.access.tables import schema_of

OWN, MANAGE = 5, 4


@dataclass
class Org:
    account: str
    people: dict[str, bool] = field(default_factory=dict)  # e-mail: active
    outside: list[str] = field(default_factory=list)
    members: dict[str, set[tuple[str, str]]] = field(default_factory=dict)  # group: (kind, who)
    parent: dict[str, str | None] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    grants: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)  # items whose list is everything


def organisation(rng: random.Random, number: int) -> Org:
    org = Org(f"a{number}")
    org.people = {f"p{n}@x.example": rng.random() < 0.85 for n in range(rng.randint(1, 7))}
    org.outside = [f"o{n}@y.example" for n in range(rng.randint(0, 2))]
    everybody = [*org.people, *org.outside]
    groups = [f"g{n}" for n in range(rng.randint(0, 5))]
    for group in groups:
        org.members[group] = {("user", p) for p in everybody if rng.random() < 0.3}
        org.members[group] |= {("group", g) for g in groups if rng.random() < 0.3}  # circles too
    items = [f"i{n}" for n in range(rng.randint(1, 14))]
    for at, item in enumerate(items):
        org.parent[item] = rng.choice(items[:at]) if at and rng.random() < 0.8 else None
        org.owner[item] = rng.choice(everybody)
    for _ in range(rng.randint(0, 3)):  # moved, into anything that is not below it
        item, to = rng.choice(items), rng.choice(items)
        if item not in above(org, to):
            org.parent[item] = to
    principals = [("user", p) for p in everybody] + [("group", g) for g in groups]
    principals.append(("domain", "x.example"))
    for item in items:
        if rng.random() < 0.4:
            chosen = rng.sample(principals, rng.randint(1, min(4, len(principals))))
            org.grants[item] = {one: rng.choice((1, 2, 3, 3, 4, 5)) for one in chosen}
        if rng.random() < 0.2:
            org.complete.add(item)
    return org


def above(org: Org, item: str | None) -> list[str]:
    found = []
    while item is not None:
        found.append(item)
        item = org.parent[item]
    return found


def truth(org: Org) -> dict[tuple[str, str], int]:
    """(person, item) -> the strongest right, by growing until nothing grows."""
    inside = {(g, who) for g, members in org.members.items() for kind, who in members
              if kind == "user"}  # fmt: skip
    while True:
        more = {
            (g, who)
            for g, members in org.members.items()
            for kind, inner in members
            if kind == "group"
            for h, who in inside
            if h == inner
        }
        if more <= inside:
            break
        inside |= more
    rights: dict[tuple[str, str], int] = {}

    def add(person, item, level):
        changed = rights.get((person, item), 0) < level
        if changed:
            rights[person, item] = level
        return changed

    for item, person in org.owner.items():
        add(person, item, OWN)
    for item, grants in org.grants.items():
        for (kind, who), level in grants.items():
            if kind == "user":
                add(who, item, level)
            elif kind == "group":
                for group, person in inside:
                    if group == who:
                        add(person, item, level)
            else:
                for person in org.people:
                    if person.endswith("@" + who):
                        add(person, item, level)
    growing = True
    while growing:
        growing = False
        for item, folder in org.parent.items():
            if folder is None or item in org.complete:
                continue
            for (person, where), level in list(rights.items()):
                if where == folder:
                    growing |= add(person, item, min(level, MANAGE))
    return rights


def tables(orgs: list[Org], rng: random.Random) -> dict[str, pa.Table]:
    """The organisations as the tables of a snapshot, each an account."""
    rows: dict[str, list[dict]] = {name: [] for name in
        ("users", "groups", "memberships", "items", "permissions", "ledger")}  # fmt: skip
    for org in orgs:
        known = {"account": org.account, "batch": "b", "unit": "u"}
        ids = {person: f"u{n}" for n, person in enumerate(org.people)}
        for person, active in org.people.items():
            shown = person.upper() if rng.random() < 0.2 else person  # case is no difference
            rows["users"].append(known | {"id": ids[person], "email": shown, "active": active,
                                          "name": person[:2]})  # fmt: skip

        def named(person, prefix, ids=ids):
            by_id = person in ids and rng.random() < 0.5
            email = None if by_id else person.title() if rng.random() < 0.2 else person
            return {f"{prefix}_id": ids.get(person), f"{prefix}_email": email}

        for group, members in org.members.items():
            rows["groups"].append(known | {"id": group, "name": group.upper()})
            for kind, who in members:
                member = {"member_id": who} if kind == "group" else named(who, "member")
                rows["memberships"].append(
                    known | {"group_id": group, "member_type": kind, **member}
                )
        for item, folder in org.parent.items():
            rows["items"].append(known | {"id": item, "parent_id": folder or "root", "name": item,
                "type": "folder", **named(org.owner[item], "owner")})  # fmt: skip
        for item, grants in org.grants.items():
            for (kind, who), level in grants.items():
                target = named(who, "target") if kind == "user" else {"target_id": who}
                rows["permissions"].append(known | {"item_id": item, "target_type": kind,
                    "level": level, **target})  # fmt: skip
        rows["ledger"].append(known)
        for item in org.complete:
            rows["ledger"].append(known | {"unit": f"permissions:{item}", "kind": "permissions",
                "key": item, "complete": True})  # fmt: skip
    return {
        name: pa.Table.from_pylist(found, schema=schema_of(name)) for name, found in rows.items()
    }
