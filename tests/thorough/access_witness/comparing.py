"""Differences between what the witness says and what `Access` answers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from kloudless_data.access.effective import pairs
from kloudless_data.access.questions import ReadableAccess

from .organisations import Organisation
from .witness import WORDS, Witness

__all__ = ["chain_holds", "differences"]

Difference = tuple[Any, ...]

#: How a group or domain is called that the team does not have.
NOT_PEOPLE = ("members of ", "everyone at ")
#: What stands in a chain for whoever has a link.
BEARERS = {
    "anyone with the link": "anyone",
    "anyone in the organisation with the link": "company",
}


def differences(
    organisation: Organisation, access: ReadableAccess, asked: int | None = None
) -> Iterator[Difference]:
    """Yield all differences; with `asked`, no more than so many items and people are asked about.

    The strongest right of everybody on everything is compared in any case.
    """
    witness = Witness(organisation)
    yield from _pairs(witness, access)
    rng = random.Random(organisation.seed)
    items = _some(rng, sorted(witness.everything), asked)
    people = {email.lower() for email in organisation.people()} | set(witness.by_person)
    locations = {(row.account, row.id): row.location for row in access.items().itertuples()}
    if set(locations) != set(witness.everything):
        yield "items", set(locations) ^ set(witness.everything)
    for account, item in items:
        yield from _who(witness, access, account, item)
    people = {person for person in people if not person.startswith(NOT_PEOPLE)}
    for person in _some(rng, sorted(people), asked):
        yield from _what(witness, access, person)


def _some(rng: random.Random, of: list[Any], count: int | None) -> list[Any]:
    return of if count is None else rng.sample(of, min(count, len(of)))


def _pairs(witness: Witness, access: ReadableAccess) -> Iterator[Difference]:
    found: Counter[tuple[str, str, str, int]] = Counter()
    for batch in pairs(access.picture()):
        columns = [batch.column(n).to_pylist() for n in ("account", "item", "person", "level")]
        found.update(zip(*columns, strict=True))
    true = Counter(
        (*item, person, level)
        for item, people in witness.everything.items()
        for person, level in people.items()
        if not person.startswith(NOT_PEOPLE)
    )
    yield from (("pairs: too many", *one) for one in (found - true).elements())
    yield from (("pairs: missing", *one) for one in (true - found).elements())


def _who(witness: Witness, access: ReadableAccess, account: str, item: str) -> Iterator[Difference]:
    frame = access.who_can_see(item, account=account)
    people = frame[frame["via"] != "link"]
    found = Counter(zip(people["person"], people["right"], people["state"], strict=True))
    true = Counter(
        (person, WORDS[level], witness.teams[account].state(person))
        for person, level in witness.rights(account, item).items()
    )
    yield from (("who: too many", account, item, *one) for one in (found - true).elements())
    yield from (("who: missing", account, item, *one) for one in (true - found).elements())
    strengths = [WORDS.index(right) for right in frame["right"]]
    if strengths != sorted(strengths, reverse=True):
        yield "who: not the strongest first", account, item
    for row in frame.itertuples():
        if not chain_holds(witness, account, item, row):
            yield "who: the chain does not hold", account, item, row.person, row.via, row.chain
    opened = Counter(BEARERS[one] for one in frame.loc[frame["via"] == "link", "person"])
    if opened != Counter({link.lets_in for link in witness.links(account, item)}):
        yield "who: links", account, item, opened, witness.links(account, item)


def _what(witness: Witness, access: ReadableAccess, person: str) -> Iterator[Difference]:
    frame = access.what_can_see(person, links=False)
    rows = zip(frame["account"], frame["id"], frame["right"], strict=True)
    found = Counter(rows)
    true = Counter((*item, WORDS[level]) for item, level in witness.by_person[person].items())
    yield from (("what: too many", person, *one) for one in (found - true).elements())
    yield from (("what: missing", person, *one) for one in (true - found).elements())
    for row in frame.itertuples():
        if not chain_holds(witness, row.account, row.id, row, person):
            yield "what: the chain does not hold", person, row.account, row.id, row.chain
    wider = access.what_can_see(person)
    yield from _what_links_open(witness, person, wider)


def _what_links_open(witness: Witness, person: str, frame: Any) -> Iterator[Difference]:
    found = dict(zip(zip(frame["account"], frame["id"], strict=True), frame["right"], strict=True))
    true: dict[tuple[str, str], int] = dict(witness.by_person[person])
    for account, item in witness.everything:
        state = witness.teams[account].state(person)
        for link in witness.links(account, item):
            if link.lets_in == "anyone" or state == "active":
                true[account, item] = max(2, true.get((account, item), 0))
    for item in found.keys() | true.keys():
        right = WORDS[true[item]] if item in true else None
        if found.get(item) != right:
            yield "what: with links", person, item, found.get(item), right


def chain_holds(
    witness: Witness, account: str, item: str, row: Any, person: str | None = None
) -> bool:
    """Whether each step of an answer's chain is true of the organisation.

    ``member of B → in A → edit on /Budgets → inherited``: the person is in a group called B, B is
    in A, A was given edit on something at /Budgets, and that holds for the item.
    """
    who = person or row.person
    steps = row.chain.split(" → ")
    inherited = steps[-1] == "inherited"
    steps = steps[:-1] if inherited else steps
    counted = [step.id for step in witness.counts(account, item)]
    places = [
        step.id for step in witness.path_up(account, item)
        if witness.location(account, step.id) == row.granted_on
        and (step.id != item) == inherited
    ]  # fmt: skip
    *by, last = steps
    for place in places:
        if not _given(witness, account, place, who, row.right, by, last):
            continue
        if place in counted or row.via == "link":
            return True
        # A list that names inherited rights repeats what a folder above it gives.
        level = WORDS.index(row.right)
        if any(way.person == who and way.level == level and way.where == counted[-1]
               for way in witness.ways(account, item)):  # fmt: skip
            return True
    return False


def _given(
    witness: Witness, account: str, place: str, who: str, right: str, by: list[str], last: str
) -> bool:
    team, where = witness.teams[account], witness.location(account, place)
    given, _, at = last.partition(" on ")
    if last == f"owner of {where}":
        return not by and right in ("own", "manage") and who in _owners(witness, account, place)
    if at != where or WORDS.index(right) > WORDS.index(given):
        return False
    if by and by[0].partition(",")[0] in BEARERS:
        return _link_given(witness, account, place, by[0], given)
    named = [
        grant.target for grant in witness.accounts[account].lists.get(place, [])
        if WORDS[grant.level] == given
    ]  # fmt: skip
    return any(_leads(team, target, who, by) for target in named)


def _owners(witness: Witness, account: str, place: str) -> set[str]:
    """Return whom the item itself or a right names as its owner."""
    team, shown = witness.teams[account], witness.accounts[account]
    named = [item.owner for item in shown.items if item.id == place]
    named += [grant.target for grant in shown.lists.get(place, []) if grant.level == 5]
    return {team.key(one) for one in named if one is not None and one.type == "user"}


def _link_given(witness: Witness, account: str, place: str, text: str, given: str) -> bool:
    bearer, _, password = text.partition(", ")
    return any(
        link.item == place and link.lets_in == BEARERS[bearer] and given == "read"
        and (not password or password == f"with{'' if link.password else 'out'} a password")
        for link in witness.links(account, place)
    )  # fmt: skip


def _leads(team: Any, target: Any, who: str, by: list[str]) -> bool:
    """Whether a chain's groups lead from a person to whom a right names."""
    if not by and target.type != "user":
        return who.startswith(NOT_PEOPLE) and who in team.stands_for(target)
    if not by:
        return team.key(target) == who
    if by[0].startswith("everyone at "):
        domain = by[0].removeprefix("everyone at ")
        return (str(target.id).lower(), len(by)) == (domain.lower(), 1) and who in team.stands_for(
            target
        )
    names = [by[0].removeprefix("member of "), *(one.removeprefix("in ") for one in by[1:])]
    groups = [{group.id for group in team.groups.values() if group.name == name} for name in names]
    reached = {
        one for one in groups[0]
        if any(m.type == "user" and team.key(m) == who for m in team.groups[one].members)
    }  # fmt: skip
    for step in groups[1:]:
        reached = {
            one for one in step
            if any(m.type == "group" and m.id in reached for m in team.groups[one].members)
        }  # fmt: skip
    return target.type == "group" and target.id in reached
