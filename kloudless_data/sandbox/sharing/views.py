"""A company's users, groups, members, permissions and links as the endpoints show them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from ..world.clock import Clock
from ..world.randomness import mix
from ..world.timetext import text
from .changes import Change
from .company import Company
from .edits import Refused, link_changes, permission_changes
from .holdings import Holdings
from .manners import Manners
from .rights import LEVELS, Link
from .staff import Group, Principal, Staff

__all__ = ["CompanySharing", "Sharing", "permission"]

Json = dict[str, Any]

#: The capabilities of each role, in v2's terms (D: the terms; A: which role has which).
_CAPABILITIES = {
    "reader": ("preview", "download", "list"),
    "writer": ("preview", "download", "list", "edit", "add"),
    "manager": ("preview", "download", "list", "edit", "add", "share"),
    "owner": ("preview", "download", "list", "edit", "add", "share", "manage"),
}
_OF_CONTAINERS = ("add", "list")


def permission(principal: Json, role: str, kind: str, identifier: str, version: int) -> Json:
    """Return a permission of a file or a folder (D; v2's ``id``: A).

    Parameters
    ----------
    principal : dict
        The person, group or public that has the right.
    role : str
        The role that is granted.
    kind : str
        The kind of object or permission.
    identifier : str
        The permission's id.
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
        "id": identifier,
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

    def change_permissions(
        self, entry: Json, wanted: list[Json], person: int | None, *, whole: bool
    ) -> None:
        """Replace or change the rights on an item.

        Parameters
        ----------
        entry : dict
            The file or folder, as the API shows it.
        wanted : list of dict
            Permissions, as the API shows them.
        person : int or None
            Who does it; None for the administrator.
        whole : bool
            Whoever is not in `wanted` loses their right.
        """

    def remove_permission(self, entry: Json, identifier: str, person: int | None) -> bool:
        """Revoke one right; return False if none has this id.

        Parameters
        ----------
        entry : dict
            The file or folder, as the API shows it.
        identifier : str
            The permission's id in v2.
        person : int or None
            Who does it; None for the administrator.
        """

    def change_link(self, identifier: str, wanted: Json | None, person: int | None) -> bool:
        """Change or delete a link; return False if none has this id.

        Parameters
        ----------
        identifier : str
            The link's id.
        wanted : dict or None
            The members to change; None deletes the link.
        person : int or None
            Who does it; None for the administrator.
        """


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
        return person in self._staff.unreadable or person in self._staff.departed

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
        return [
            permission(
                company.staff.shown(one, version), role, entry["type"], _permission_id(one), version
            )
            for one, role in listed.items()
        ]

    def change_permissions(
        self, entry: Json, wanted: list[Json], person: int | None, *, whole: bool
    ) -> None:
        """Replace or change the rights on an item, and record events.

        Parameters
        ----------
        entry : dict
            The file or folder, as the API shows it.
        wanted : list of dict
            Permissions, as the API shows them.
        person : int or None
            Who does it; None for the administrator.
        whole : bool
            Whoever is not in `wanted` loses their right.
        """
        company, slot = self._managed(entry["id"], person)
        company.record(
            permission_changes(
                company, slot, wanted, whole=whole, now=self._clock.us, actor=person or 0
            )
        )

    def remove_permission(self, entry: Json, identifier: str, person: int | None) -> bool:
        """Revoke one right; return False if none has this id.

        Parameters
        ----------
        entry : dict
            The file or folder, as the API shows it.
        identifier : str
            The permission's id in v2.
        person : int or None
            Who does it; None for the administrator.
        """
        company, slot = self._managed(entry["id"], person)
        listed = company.rights.listed(slot)
        if not any(_permission_id(one) == identifier for one in listed):
            return False
        left = [
            {"target": company.staff.shown(one), "role": role}
            for one, role in listed.items()
            if _permission_id(one) != identifier
        ]
        self.change_permissions(entry, left, person, whole=True)
        return True

    def change_link(self, identifier: str, wanted: Json | None, person: int | None) -> bool:
        """Change or delete a link; return False if none has this id.

        Parameters
        ----------
        identifier : str
            The link's id.
        wanted : dict or None
            The members to change; None deletes the link.
        person : int or None
            Who does it; None for the administrator.
        """
        company = self._holdings.company
        for link, shown in zip(self._links(person), self.links(person), strict=True):
            if shown["id"] == identifier:
                now, actor = self._clock.us, person or 0
                deleted = Change(
                    "shared_link_remove", now, actor, link.slot, link=replace(link, deleted=True)
                )
                company.record(
                    [deleted]
                    if wanted is None
                    else link_changes(link, wanted, now=now, actor=actor)
                )
                return True
        return False

    def _managed(self, identifier: str, person: int | None) -> tuple[Company, int]:
        """Return the company and an item whose rights this person may change."""
        company = self._holdings.company
        slot = company.tree.slot_of(identifier)
        if slot is None:
            raise Refused("The item no longer exists.")
        number = 0 if person is None and company.manners.as_user else person
        if number is not None and company.rights.level(number, slot) < LEVELS["manager"]:
            raise Refused(
                "Only people who manage an item may change its permissions.", forbidden=True
            )
        return company, slot

    def links(self, person: int | None) -> list[Json]:
        """Return the links to a user's items."""
        return [self._link(link) for link in self._links(person)]

    def _links(self, person: int | None) -> list[Link]:
        company = self._holdings.company
        owner = 0 if person is None and company.manners.as_user else person
        return [
            link
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


def _permission_id(one: Principal) -> str:
    return f"p{one[0][0]}{one[1]}"


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
