"""Effective access by naive loops, as docs/access.md says it, for comparison.

Nothing of `kloudless_data.access` is used here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .organisations import Account, Item, Link, Organisation, Target, User

__all__ = ["WORDS", "Team", "Way", "Witness"]

WORDS = ("none", "view", "read", "edit", "manage", "own")


@dataclass(frozen=True)
class Way:
    """One way to a right: who, how strong, granted where, by naming whom."""

    person: str
    level: int
    where: str  # the item's id that the right was given on
    named: Target | None  # None: the owner of `where`


class Team:
    """One account's people and groups."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.groups = {group.id: group for group in account.groups}
        addresses = [_domain(user.email) for user in account.users if user.email]
        #: Those that at least a tenth of the team are at.
        self.domains = {one for one in addresses if addresses.count(one) * 10 >= len(addresses)}

    def key(self, named: Target | User) -> str:
        """Return what a person is known by: the team's address for the id, else the one given."""
        for user in self.account.users:
            if user.id == named.id and user.email:
                return user.email.lower()
        return named.email.lower() if named.email else f"id:{named.id}"

    def state(self, person: str) -> str:
        if person.startswith("members of "):
            return "unknown"
        for user in self.account.users:
            if self.key(user) == person:
                return "inactive" if user.active is False else "active"
        return "left" if _domain(person) in self.domains else "outside"

    def members(self, group: str) -> set[str]:
        """Return who is in a group, or in a group that is in it."""
        people: set[str] = set()
        seen: set[str] = set()
        waiting = [group]
        while waiting:
            one = waiting.pop()
            if one in seen or one not in self.groups:
                continue
            seen.add(one)
            for member in self.groups[one].members:
                if member.type == "group":
                    waiting.append(str(member.id))
                else:
                    people.add(self.key(member))
        return people

    def stands_for(self, target: Target) -> set[str]:
        """Return the people whom a right names."""
        if target.type == "user":
            return {self.key(target)}
        if target.type == "group" and target.id in self.groups:
            return self.members(str(target.id))
        if self.is_domain(target):
            keys = [self.key(user) for user in self.account.users if user.email]
            at = {key for key in keys if _domain(key) == str(target.id).lower()}
            return at or {f"everyone at {str(target.id).lower()}"}
        return {f"members of {target.name or target.id}"}

    def is_domain(self, target: Target) -> bool:
        """Whether a right names a domain; v1 calls it a group, which the team does not have."""
        named = target.type == "group" and target.id not in self.groups
        return target.type == "domain" or (named and "." in str(target.id))


def _domain(email: str) -> str:
    return email.lower().rpartition("@")[2]


class Witness:
    """What follows from an organisation."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.accounts = {account.id: account for account in organisation.accounts}
        self.teams = {account.id: Team(account) for account in organisation.accounts}
        self._items = {
            account.id: {item.id: item for item in account.items}
            for account in organisation.accounts
        }

    def path_up(self, account: str, item: str) -> list[Item]:
        """Return an item and the folders above it, as far as they are known."""
        items, path = self._items[account], []
        while item in items and items[item] not in path:
            path.append(items[item])
            item = items[item].parent
        return path

    def counts(self, account: str, item: str) -> list[Item]:
        """Return the item and folders whose rights hold for it."""
        found = []
        for step in self.path_up(account, item):
            found.append(step)
            if self.accounts[account].complete and step.id in self.accounts[account].lists:
                break
        return found

    def ways(self, account: str, item: str) -> Iterator[Way]:
        """Yield every way by which somebody has a right on an item, links aside."""
        team, lists = self.teams[account], self.accounts[account].lists
        for step in self.counts(account, item):
            highest = 5 if step.id == item else 4
            if step.owner:
                yield Way(team.key(step.owner), highest, step.id, None)
            for grant in lists.get(step.id, []):
                if grant.level:
                    for person in team.stands_for(grant.target):
                        yield Way(person, min(highest, grant.level), step.id, grant.target)

    def rights(self, account: str, item: str) -> dict[str, int]:
        """Return the strongest right of each person, and unknown group or domain, on an item."""
        found: dict[str, int] = {}
        for way in self.ways(account, item):
            found[way.person] = max(way.level, found.get(way.person, 0))
        return found

    @cached_property
    def everything(self) -> dict[tuple[str, str], dict[str, int]]:
        """The strongest right of each person on each item."""
        return {
            (account.id, item.id): self.rights(account.id, item.id)
            for account in self.organisation.accounts
            for item in account.items
        }

    @cached_property
    def by_person(self) -> dict[str, dict[tuple[str, str], int]]:
        found: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        for item, people in self.everything.items():
            for person, level in people.items():
                found[person][item] = level
        return found

    def links(self, account: str, item: str) -> list[Link]:
        """Return the links that open an item now."""
        through = self.accounts[account].service == "gdrive"
        path = {s.id for s in (self.path_up if through else self.counts)(account, item)}
        return [link for link in self.accounts[account].links if link.item in path and link.opens]

    def location(self, account: str, item: str) -> str:
        return "/" + "/".join(step.name for step in reversed(self.path_up(account, item)))
