"""The sharing of an ordinary account, as the endpoints show it; it follows from the history."""

from __future__ import annotations

from typing import Any

from ..world.drive import Drive
from ..world.people import Person
from ..world.randomness import key_of, mix
from ..world.world import World
from .edits import Refused
from .manners import MANNERS
from .views import permission

__all__ = ["WorldSharing"]

Json = dict[str, Any]
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
            permission(one, role, entry["type"], f"p{number}", version)
            for number, (one, role) in enumerate(listed)
        ]

    def links(self, person: int | None) -> list[Json]:
        """Return an empty list: the history's links exist only as events."""
        return []

    def change_permissions(
        self, entry: Json, wanted: list[Json], person: int | None, *, whole: bool
    ) -> None:
        """Refuse: an ordinary account's rights follow from its history.

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
        raise Refused("Rights can be changed only in the account of a Company.", forbidden=True)

    def remove_permission(self, entry: Json, identifier: str, person: int | None) -> bool:
        """Refuse, as `change_permissions` does.

        Parameters
        ----------
        entry : dict
            The file or folder, as the API shows it.
        identifier : str
            The permission's id in v2.
        person : int or None
            Who does it; None for the administrator.
        """
        self.change_permissions(entry, [], person, whole=False)
        return False

    def change_link(self, identifier: str, wanted: Json | None, person: int | None) -> bool:
        """Return False: there are no links to change.

        Parameters
        ----------
        identifier : str
            The link's id.
        wanted : dict or None
            The members to change; None deletes the link.
        person : int or None
            Who does it; None for the administrator.
        """
        return False


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
