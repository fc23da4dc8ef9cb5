"""Users, groups, members, permissions and links as the endpoints show them."""

from __future__ import annotations

from typing import Any, Protocol

from ..world.clock import Clock
from ..world.drive import Drive
from ..world.people import Person
from ..world.randomness import key_of, mix
from ..world.timetext import text
from ..world.world import World
from .company import Company
from .holdings import Holdings
from .manners import MANNERS, Manners
from .rights import Link
from .staff import Group, Staff

__all__ = ["CompanySharing", "Sharing", "WorldSharing", "permission"]

Json = dict[str, Any]

#: The capabilities of each role, in v2's terms (D: the terms; A: which role has which).
_CAPABILITIES = {
    "reader": ("preview", "download", "list"),
    "writer": ("preview", "download", "list", "edit", "add"),
    "manager": ("preview", "download", "list", "edit", "add", "share"),
    "owner": ("preview", "download", "list", "edit", "add", "share", "manage"),
}
_OF_CONTAINERS = ("add", "list")


def permission(principal: Json, role: str, kind: str, number: int, version: int) -> Json:
    """Return a permission of a file or a folder (D; v2's ``id``: A).

    Parameters
    ----------
    principal : dict
        The person, group or public that has the right.
    role : str
        The role that is granted.
    kind : str
        The kind of object or permission.
    number : int
        The person's number.
    version : int
        The API version.
    """
    if version < 2:
        return {k: principal[k] for k in ("id", "name", "email")} | {
            "role": role,
            "type": principal["type"],
        }
    named = ("preview", "download", "edit", "share", "manage", *_OF_CONTAINERS)
    has = _CAPABILITIES[role]
    return {
        "id": f"p{number}",
        "api": "sharing",
        "type": "permission",
        "capabilities": {c: c in has for c in named if kind == "folder" or c not in _OF_CONTAINERS},
        "target": principal | {"api": "team"},
    }


class Sharing(Protocol):
    """The sharing data of an account, as the team and sharing endpoints use it."""

    manners: Manners | None

    def refuses(self, person: int) -> bool:
        """Return True if the service hides this user's data even from an administrator."""

    def users(self, version: int) -> list[Json]:
        """Return the users of the team."""

    def groups(self) -> list[Json]:
        """Return the groups."""

    def members(self, group: str, version: int) -> list[Json] | None:
        """Return the members of a group; None if there is no such group.

        Parameters
        ----------
        group : str
            The group's id.
        version : int
            The API version.
        """

    def memberships(self, user: str) -> list[Json] | None:
        """Return the groups of a user; None if there is no such user."""

    def permissions(self, entry: Json, version: int) -> list[Json]:
        """Return the rights on an item.

        Parameters
        ----------
        entry : dict
            The file or folder, as the API shows it.
        version : int
            The API version.
        """

    def links(self, person: int | None) -> list[Json]:
        """Return the links to a user's items; None for everybody's."""


class CompanySharing:
    """The sharing of a company, as of the clock's time."""

    def __init__(self, company: Company, holdings: Holdings, clock: Clock) -> None:
        self._company, self._holdings, self._clock = company, holdings, clock
        self.manners: Manners | None = company.manners

    @property
    def _staff(self) -> Staff:
        return self._holdings.company.staff

    def refuses(self, person: int) -> bool:
        """Return True if this user cannot be read or has left."""
        return person in self._staff.unreadable or person in self._staff.gone

    def users(self, version: int) -> list[Json]:
        """Return the users of the team."""
        return self._staff.users(version)

    def groups(self) -> list[Json]:
        """Return the groups."""
        return [self._staff.group(number) for number in range(len(self._staff.groups))]

    def members(self, group: str, version: int) -> list[Json] | None:
        """Return the members of a group: people and other groups.

        Parameters
        ----------
        group : str
            The group's id.
        version : int
            The API version.
        """
        number = self._staff.number_of_group(group)
        if number is None:
            return None
        found = self._staff.groups[number]
        return [_member(self._staff, found, one, version) for one in found.members]

    def memberships(self, user: str) -> list[Json] | None:
        """Return the groups of a user, without their parent groups."""
        number = self._staff.number_of_user(user)
        if number is None:
            return None
        mine = [group for group in self._staff.groups if ("user", number) in group.members]
        return [self._staff.group(group.number) for group in mine]

    def permissions(self, entry: Json, version: int) -> list[Json]:
        """Return the rights that the service's list names.

        Parameters
        ----------
        entry : dict
            The file or folder, as the API shows it.
        version : int
            The API version.
        """
        company = self._holdings.company
        slot = company.tree.slot_of(entry["id"])
        listed = {} if slot is None else company.rights.listed(slot)
        shown = ((company.staff.shown(one, version), role) for one, role in listed.items())
        return [
            permission(principal, role, entry["type"], number, version)
            for number, (principal, role) in enumerate(shown)
        ]

    def links(self, person: int | None) -> list[Json]:
        """Return the links to a user's items."""
        company = self._holdings.company
        owner = 0 if person is None and company.manners.as_user else person
        return [
            self._link(link)
            for link in company.rights.links
            if company.tree.exists(link.slot) and owner in (None, company.tree.owner(link.slot))
        ]

    def _link(self, link: Link) -> Json:
        item = self._company.tree.id_of(link.slot)
        return {
            "id": f"L{link.number}-{item}",
            "file_id": item,
            "url": f"https://share.example/{mix(link.number ^ self._company.tree.key):016x}",
            "account": self._company.account,
            "active": link.active,
            "created": text(link.created),
            "modified": text(link.created),
            "direct": False,
            "expiration": None if link.expires is None else text(link.expires),
            "has_password": link.password,
            "scope": link.scope,
            "api": "storage",
            "type": "link",
        }


def _member(staff: Staff, group: Group, one: tuple[str, int], version: int) -> Json:
    shown = staff.shown(one, version) | {"api": "team"}
    if version < 2:
        return shown | {"role": None}
    return {
        "id": f"m{group.number}-{one[0][0]}{one[1]}",
        "api": "team",
        "type": "membership",
        "group": {"id": staff.group_id(group.number), "name": group.name},
        "member": {k: shown[k] for k in ("id", "name", "email", "type")},
    }


_GROUPS = ("Finance approvers", "Contractors", "Everyone")


class WorldSharing:
    """The sharing of an ordinary account: its people, a few groups, and shared folders."""

    def __init__(self, world: World, drive: Drive) -> None:
        self._world, self._drive = world, drive
        self.manners = MANNERS.get(world.service.name)

    def refuses(self, person: int) -> bool:
        """Return False: everybody can be read."""
        return False

    def users(self, version: int) -> list[Json]:
        """Return the account's people; its owner administers."""
        people = self._world.people
        return [_user(one, "admin" if one is people[0] else "user", version) for one in people]

    def _group(self, number: int) -> Json:
        digits = mix(key_of(self._world.seed, "group", self._world.account, number))
        named = {"id": f"g{digits:016x}", "name": _GROUPS[number], "role": None}
        return named | {"api": "team", "type": "group"}

    def groups(self) -> list[Json]:
        """Return the groups."""
        return [self._group(number) for number in range(len(_GROUPS))]

    def _people_of(self, number: int) -> list[Person]:
        return self._world.people[: 2 + 3 * number]

    def members(self, group: str, version: int) -> list[Json] | None:
        """Return the members of a group.

        Parameters
        ----------
        group : str
            The group's id.
        version : int
            The API version.
        """
        for number, found in enumerate(self.groups()):
            if found["id"] == group:
                people = [_user(one, None, 1) for one in self._people_of(number)]
                if version < 2:
                    return people
                return [
                    {"id": f"m{number}-{one['id']}", "api": "team", "type": "membership"}
                    | {"group": {"id": group, "name": found["name"]}, "member": one}
                    for one in people
                ]
        return None

    def memberships(self, user: str) -> list[Json] | None:
        """Return the groups that a user is in."""
        if user not in {f"u{one.user_id:x}" for one in self._world.people}:
            return None
        return [
            group
            for number, group in enumerate(self.groups())
            if user in {f"u{one.user_id:x}" for one in self._people_of(number)}
        ]

    def permissions(self, entry: Json, version: int) -> list[Json]:
        """Return an item's owner and, for a folder, the group that can write to it.

        Parameters
        ----------
        entry : dict
            The file or folder, as the API shows it.
        version : int
            The API version.
        """
        owner = {"name": None} | entry["owner"]
        listed = [({k: owner[k] for k in ("id", "name", "email", "type")}, "owner")]
        if entry["type"] == "folder":
            listed.append((self._group(len(_GROUPS) - 1) | {"email": None}, "writer"))
        return [
            permission(one, role, entry["type"], number, version)
            for number, (one, role) in enumerate(listed)
        ]

    def links(self, person: int | None) -> list[Json]:
        """Return an empty list: the history's links exist only as events."""
        return []


def _user(one: Person, role: str | None, version: int) -> Json:
    shown: Json = {"id": f"u{one.user_id:x}", "name": one.name, "email": one.email}
    shown |= {"api": "team", "type": "user"}
    if version < 2:
        return shown | {"role": role}
    first, _, last = one.name.partition(" ")
    return shown | {
        "name_details": {"given_name": first, "family_name": last},
        "emails": [{"email": one.email, "primary": True}],
        "ids": {"default": shown["id"]},
    }
