"""What findings and differences there are, as the rules and the columns are documented."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import Any

from kloudless_data.access.questions import ReadableAccess

from .organisations import NOW, Account, Grant, Organisation
from .witness import WORDS, Team, Witness

__all__ = ["changed", "changes", "findings", "found_changes", "found_findings"]

Key = tuple[Any, ...]

#: What tells one finding of a rule from another, besides its account.
_TOLD_BY = {
    "anyone_link": ("item",),
    "folder_link_without_password": ("item", "kind"),
    "link_without_end": ("scope", "items"),
    "shared_outside": ("item", "person"),
    "rights_of_leavers": ("item", "person"),
    "owner_left": ("person", "items"),
    "large_group": ("item", "whom"),
    "wide_reach": ("person", "items"),
}


def found_findings(access: ReadableAccess, large: int) -> Counter[Key]:
    """Return what `Access.findings` says, in the form of `findings`."""
    frame = access.findings(rules=list(_TOLD_BY), large=large)
    return Counter(
        (row.rule, row.account,
         *({**row.numbers, "person": row.person}[name] for name in _TOLD_BY[row.rule]))
        for row in frame.itertuples()
    )  # fmt: skip


def found_changes(later: ReadableAccess, earlier: ReadableAccess) -> Counter[Key]:
    """Return what `Access.diff` says, in the form of `changes`."""
    levels = {word: number for number, word in enumerate(WORDS)}
    return Counter(
        (row.account, row.item, row.kind, row.whom, row.change,
         levels.get(row.before, 0), levels.get(row.after, 0))
        for row in later.diff(earlier).itertuples()
    )  # fmt: skip


def findings(organisation: Organisation, large: int) -> Counter[Key]:
    """Return the findings of the rules that say exactly what they look for."""
    found: Counter[Key] = Counter()
    witness = Witness(organisation)
    for account in organisation.accounts:
        found.update(_of_links(account))
        found.update(_of_people(account))
        found.update(_of_owners(account))
        found.update(_of_groups(account, large))
        found.update(_of_reach(witness, account))
    return found


def _of_links(account: Account) -> Iterator[Key]:
    kinds = {item.id: item.type for item in account.items}
    endless: Counter[str] = Counter()
    for link in account.links:
        if not link.opens:
            continue
        if link.lets_in == "anyone":
            yield "anyone_link", account.id, link.item
        if link.expires is None:
            endless[str(link.lets_in)] += 1
        if kinds[link.item] == "folder" and not link.password:
            yield "folder_link_without_password", account.id, link.item, link.lets_in
    for scope, count in endless.items():
        yield "link_without_end", account.id, scope, count


def _of_people(account: Account) -> set[Key]:
    team, found = Team(account), set()
    owners = {item.id: team.key(item.owner) for item in account.items if item.owner}
    for item, grants in account.lists.items():
        for grant in grants:
            beyond = {one for one in team.stands_for(grant.target) if one.startswith("everyone")}
            if grant.level and beyond:
                found.add(("shared_outside", account.id, item, *beyond))
        for person in {team.key(g.target) for g in grants if g.level and g.target.type == "user"}:
            state = team.state(person)
            if state == "outside":
                found.add(("shared_outside", account.id, item, person))
            if state in ("left", "inactive") and owners.get(item) != person:
                found.add(("rights_of_leavers", account.id, item, person))
    return found


def _of_owners(account: Account) -> Iterator[Key]:
    team = Team(account)
    owners = Counter(team.key(item.owner) for item in account.items if item.owner)
    for person, count in owners.items():
        if team.state(person) in ("left", "inactive"):
            yield "owner_left", account.id, person, count


def _of_groups(account: Account, large: int) -> set[Key]:
    team = Team(account)
    return {
        ("large_group", account.id, item, grant.target.id)
        for item, grants in account.lists.items() for grant in grants
        if grant.target.type != "user" and grant.level >= WORDS.index("edit")
        and len(team.stands_for(grant.target)) > large
    }  # fmt: skip


def _of_reach(witness: Witness, account: Account) -> Iterator[Key]:
    """Yield who of the team can see far more than others do by rights that were given."""
    team = witness.teams[account.id]
    reached: dict[Key, set[str]] = {}
    behind: dict[Key, set[str]] = {}
    for item in account.items:
        for step in witness.counts(account.id, item.id):
            for grant in account.lists.get(step.id, []):
                if grant.level:
                    named = _whom(team, grant)
                    reached.setdefault(named, set()).add(item.id)
                    behind[named] = team.stands_for(grant.target)
    seen = dict.fromkeys({team.key(user) for user in account.users}, 0)
    for named, items in reached.items():
        for person in behind[named] & seen.keys():
            seen[person] += len(items)
    middle = median(seen.values())
    for person, count in seen.items():
        if count >= 50 and count > 10 * max(middle, 1):
            yield "wide_reach", account.id, person, count


def changes(before: Organisation, after: Organisation) -> set[Key]:
    """Return who was granted or lost what, and who joined or left which group."""
    old, new = _given(before), _given(after)
    found = {
        (*key, _change(old.get(key, 0), new.get(key, 0)), old.get(key, 0), new.get(key, 0))
        for key in old.keys() | new.keys()
        if old.get(key, 0) != new.get(key, 0)
    }
    were, are = _memberships(before), _memberships(after)
    found |= {(*key, "joined", 0, 0) for key in are - were}
    return found | {(*key, "left", 0, 0) for key in were - are}


def _change(old: int, new: int) -> str:
    if not old or not new:
        return "granted" if new else "revoked"
    return "widened" if new > old else "narrowed"


def _given(organisation: Organisation) -> dict[Key, int]:
    """Return what is given on each item, its owner's right and links included."""
    found: dict[Key, int] = {}

    def give(level: int, *key: Any) -> None:
        if level:
            found[key] = max(level, found.get(key, 0))

    for account in organisation.accounts:
        team = Team(account)
        for item in account.items:
            if item.owner:
                give(5, account.id, item.id, "user", team.key(item.owner))
        for item_id, grants in account.lists.items():
            for grant in grants:
                kind, whom = _whom(team, grant)
                give(grant.level, account.id, item_id, kind, whom)
        for link in account.links:
            if link.opens:
                give(2, account.id, link.item, str(link.lets_in), link.id)
    return found


def _whom(team: Team, grant: Grant) -> tuple[str, str]:
    target = grant.target
    if target.type == "user":
        return "user", team.key(target)
    return "domain" if team.is_domain(target) else "group", str(target.id)


def _memberships(organisation: Organisation) -> set[Key]:
    found = set()
    for account in organisation.accounts:
        team = Team(account)
        for group in account.groups:
            for member in group.members:
                whom = team.key(member) if member.type == "user" else str(member.id)
                found.add((account.id, group.id, "member", whom))
    return found


def changed(before: Organisation) -> Organisation:
    """Return an organisation after a day in which a lot was changed."""
    rng = random.Random(before.seed)
    after = copy.deepcopy(before)
    for account in after.accounts:
        for item, grants in account.lists.items():
            if rng.random() < 0.5:
                account.lists[item] = [_altered(rng, one) for one in grants if rng.random() < 0.7]
        targets = [one.target for grants in account.lists.values() for one in grants]
        for item in account.items:
            if targets and rng.random() < 0.1:
                rows = account.lists.setdefault(item.id, [])
                rows.append(Grant(item.id, rng.choice(targets), "writer", (), 3))
            if rng.random() < 0.1:
                item.owner = rng.choice(account.items).owner
        for group in account.groups:
            group.members = [one for one in group.members if rng.random() < 0.8]
        account.links = [
            replace(link, expires=rng.choice((NOW, None, link.expires)))
            for link in account.links if rng.random() < 0.8
        ]  # fmt: skip
    return after


def _altered(rng: random.Random, grant: Grant) -> Grant:
    return grant if rng.random() < 0.5 else replace(grant, level=rng.choice((0, 1, 2, 3, 4, 5)))
