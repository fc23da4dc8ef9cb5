"""The people of an organisation: users, nested groups, outsiders and leavers."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from ..world.clock import EPOCH_END
from ..world.people import DOMAIN, Person, person
from ..world.randomness import key_of, mix, rng_of
from ..world.timetext import DAY, text, to_us

__all__ = ["Group", "Principal", "Staff"]

Json = dict[str, Any]
#: ``("user", 3)``, ``("group", 0)``, ``("outside", 2)``, ``("domain", 0)``.
Principal = tuple[str, int]

_OUTSIDE = ("brightwater.example", "nordlys.example", "zenith.example", "gmail.example")
_UNITS = ("Finance", "Legal", "Sales", "Support", "Research", "People", "Board", "Projects")
_ROUNDS = ("", " – leads", " – readers", " EMEA", " Americas", " contractors")


@dataclass(slots=True)
class Group:
    """A group of people and other groups."""

    number: int
    name: str
    members: list[Principal] = field(default_factory=list)


class Staff:
    """People and groups.

    Attributes
    ----------
    people : list of Person
        Everybody who was ever in the team, by number.
    departed : set of int
        People who have left the team; their rights remain.
    inactive : set of int
        Members of the team who may not log in.
    unreadable : set of int
        People whose data the service hides even from an administrator.
    """

    def __init__(self, seed: int, people: int) -> None:
        rng = rng_of(seed, "staff", people)
        self._key = key_of(seed, "groups", people)
        self.people = [person(seed, number) for number in range(people)]
        others = list(range(1, people))  # the first person is the account's owner
        rng.shuffle(others)
        few = max(1, people // 40)
        self.departed = set(others[:few])
        self.inactive = set(others[few : 2 * few])
        self.unreadable = set(others[2 * few : 2 * few + max(1, people // 60)])
        self.outside = [
            (f"{one.name} ({place})", f"{one.email.partition('@')[0]}@{place}")
            for one, place in (
                (person(seed, people + 50 + n), _OUTSIDE[n % len(_OUTSIDE)])
                for n in range(max(3, people // 8))
            )
        ]
        self.groups = _groups(rng, people, self.departed, len(self.outside))

    def user_id(self, number: int) -> str:
        """Return the user's id for X-Kloudless-As-User."""
        return f"u{self.people[number].user_id:x}"

    def group_id(self, number: int) -> str:
        """Return the id of a group."""
        return f"g{mix(number ^ self._key) & (1 << 48) - 1:012x}"

    def number_of_user(self, identifier: str) -> int | None:
        """Return the number of the user of the team with this id."""
        for number in range(len(self.people)):
            if number not in self.departed and self.user_id(number) == identifier:
                return number
        return None

    def number_of_group(self, identifier: str) -> int | None:
        """Return the number of the group with this id."""
        return next((g.number for g in self.groups if self.group_id(g.number) == identifier), None)

    def find(self, identifier: Any, email: Any) -> Principal | None:
        """Return the principal with an id or e-mail address, even one who left or is outside.

        Parameters
        ----------
        identifier : object
            The id of a user or a group, or the domain.
        email : object
            An e-mail address.
        """
        for number, one in enumerate(self.people):
            if identifier == self.user_id(number) or (not identifier and email == one.email):
                return "user", number
        group = self.number_of_group(str(identifier))
        if group is not None:
            return "group", group
        if identifier == DOMAIN:
            return "domain", 0
        for number, (_, address) in enumerate(self.outside):
            if email == address:
                return "outside", number
        return None

    def groups_of(self, principal: Principal) -> set[int]:
        """Return all groups that somebody is in, directly or through other groups."""
        found: set[int] = set()
        waiting = [principal]
        while waiting:
            one = waiting.pop()
            for group in self.groups:
                if one in group.members and group.number not in found:
                    found.add(group.number)
                    waiting.append(("group", group.number))
        return found

    def principals_of(self, number: int) -> set[Principal]:
        """Return the principals through which a grant reaches this user."""
        found: set[Principal] = {("user", number)}
        found |= {("group", group) for group in self.groups_of(("user", number))}
        return found if number in self.departed else found | {("domain", 0)}

    def shown(self, principal: Principal, version: int = 1) -> Json:
        """Return a principal as permissions and memberships show it.

        Parameters
        ----------
        principal : Principal
            The person, group or public that has the right.
        version : int, default 1
            The API version.
        """
        kind, number = principal
        if kind == "user":
            return self._person(self.people[number]) | {"type": "user"}
        if kind == "group":
            return {
                "id": self.group_id(number),
                "name": self.groups[number].name,
                "email": None,
                "type": "group",
            }
        if kind == "domain":
            # v1 has only users and groups (D), so a domain is shown as one of them (A).
            named = {"id": DOMAIN, "name": DOMAIN, "email": None}
            return named | {"type": "domain" if version == 2 else "group"}
        name, email = self.outside[number]
        return {"id": None, "name": name, "email": email, "type": "user"}

    def _person(self, one: Person) -> Json:
        return {"id": f"u{one.user_id:x}", "name": one.name, "email": one.email}

    def users(self, version: int) -> list[Json]:
        """Return the users of the team as the API shows them."""
        return [
            self.user(number, version)
            for number in range(len(self.people))
            if number not in self.departed
        ]

    def user(self, number: int, version: int) -> Json:
        """Return one user as the API shows them; ``active`` is our assumption (A).

        Parameters
        ----------
        number : int
            The person's number.
        version : int
            The API version.
        """
        one = self.people[number]
        shown = self._person(one) | {"api": "team", "type": "user"}
        if version == 2:
            first, _, last = one.name.partition(" ")
            made = text(to_us(EPOCH_END) - (200 + number % 900) * DAY)
            shown |= {
                "name_details": {"given_name": first, "family_name": last},
                "emails": [{"email": one.email, "primary": True}],
                "created": made,
                "updated": made,
                "ids": {"default": shown["id"]},
            }
        else:
            shown["role"] = "admin" if number == 0 else "user"
        return shown | {"active": False} if number in self.inactive else shown

    def group(self, number: int) -> Json:
        """Return a group as the API shows it."""
        group = self.groups[number]
        return {
            "id": self.group_id(number),
            "name": group.name,
            "role": None,
            "api": "team",
            "type": "group",
        }


def _groups(rng: random.Random, people: int, departed: set[int], outside: int) -> list[Group]:
    """Return groups of very different sizes; some are nested, and two contain each other."""
    count = max(3, min(400, people // 6))
    groups: list[Group] = []
    for number in range(count):
        name = _UNITS[number % len(_UNITS)] + _ROUNDS[number // len(_UNITS) % len(_ROUNDS)]
        again = number // (len(_UNITS) * len(_ROUNDS))
        size = max(1, min(people - 1, int(rng.lognormvariate(1.6, 0.9))))
        chosen = sorted(rng.sample(range(people), size))
        members: list[Principal] = [("user", one) for one in chosen if one not in departed]
        if rng.random() < 0.15:
            members.append(("outside", rng.randrange(outside)))
        groups.append(Group(number, f"{name} {again}" if again else name, members))
    for number in range(1, count):
        if rng.random() < 0.35:
            groups[rng.randrange(number)].members.append(("group", number))
    groups[-1].members.append(("group", 0))  # a cycle if the first group leads back here
    if count > 3:
        groups[0].members.append(("group", count - 1))
    return groups
