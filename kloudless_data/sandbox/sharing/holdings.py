"""A company's items as the storage endpoints show them to each user."""

from __future__ import annotations

from typing import Any

from ..world.clock import Clock
from ..world.timetext import text
from .company import Company
from .tree import ROOT as NOWHERE

__all__ = ["Holdings"]

Json = dict[str, Any]
ROOT = "root"


class Holdings:
    """The folders and files of a company at the clock's time, read-only.

    It has the interface of `kloudless_data.sandbox.world.drive.Drive`.
    """

    def __init__(self, company: Company, clock: Clock) -> None:
        self._company, self._clock = company, clock

    @property
    def company(self) -> Company:
        """The company in its current state."""
        return self._company.at(self._clock.us)

    def find(self, identifier: str, kind: str) -> Json | None:
        """Return the file or folder with this id.

        Parameters
        ----------
        identifier : str
            The id in the API.
        kind : str
            The kind of object or permission.
        """
        slot = self.company.tree.slot_of(identifier)
        if slot is None or self._company.tree.is_folder(slot) != (kind == "folder"):
            return None
        return self._entry(slot)

    def visible_to(self, entries: list[Json], person: int | None) -> list[Json]:
        """Return the entries that a user may see; None stands for the account itself.

        Parameters
        ----------
        entries : list of dict
            Files and folders as the API shows them.
        person : int or None
            Index into the account's people.
        """
        number = self._viewer(person)
        if number is None:
            return entries
        tree, rights = self.company.tree, self.company.rights
        slots = ((entry, tree.slot_of(entry["id"])) for entry in entries)
        return [entry for entry, slot in slots if slot is not None and rights.sees(number, slot)]

    def children(self, folder: str, person: int | None = None) -> list[Json]:
        """Return the contents of a folder; everybody has a root folder of their own.

        Parameters
        ----------
        folder : str
            The folder's id.
        person : int, optional
            Index into the account's people.
        """
        company, number = self.company, self._viewer(person)
        if folder == ROOT:
            whole = number is None
            slots = (
                company.tree.children(NOWHERE) if whole else company.rights.roots_of(number or 0)
            )
            return [self._entry(slot) for slot in slots]
        slot = company.tree.slot_of(folder)
        return [] if slot is None else [self._entry(one) for one in company.tree.children(slot)]

    def entries(self) -> list[Json]:
        """All items."""
        tree = self.company.tree
        return [self._entry(slot) for slot in range(len(tree)) if tree.exists(slot)]

    def _viewer(self, person: int | None) -> int | None:
        """Return whose view applies; None for an administrator who sees everything."""
        return person if person is not None else (0 if self._company.manners.as_user else None)

    def marks(self, entry: Json) -> Json:
        """Return the sharing part of the service's own object (A)."""
        company = self._company
        slot = company.tree.slot_of(entry["id"])
        if slot is None:
            return {}
        has_grants = bool(company.rights.grants.get(slot))
        if company.service == "box":
            return {"has_collaborations": has_grants}
        if company.service == "dropbox":
            return {"has_explicit_shared_members": has_grants}
        if company.service == "gdrive":
            ids = sorted(f"{kind[0]}{n}" for kind, n in company.rights.effective(slot))
            return {"shared": len(ids) > 1, "permissionIds": ids}
        if company.service in ("onedrivebiz", "sharepoint"):
            unique = has_grants or slot in company.rights.broken or self._other_owner(slot)
            return {"hasUniqueRoleAssignments": unique}
        return {}

    def _other_owner(self, slot: int) -> bool:
        tree = self._company.tree
        parent = tree.parent(slot)
        return parent != NOWHERE and tree.owner(parent) != tree.owner(slot)

    def _entry(self, slot: int) -> Json:
        tree, staff = self._company.tree, self._company.staff
        owner, parent = staff.people[tree.owner(slot)], tree.parent(slot)
        identifier, at = tree.id_of(slot), text(self._company.start)
        kind = "folder" if tree.is_folder(slot) else "file"
        return {
            "id": identifier,
            "raw_id": "1" + identifier[1:],
            "type": kind,
            "name": tree.name(slot),
            "size": tree.size(slot),
            "path": None,
            "created": at,
            "modified": at,
            "mime_type": None,
            "downloadable": kind == "file",
            "account": self._company.account,
            "ancestors": None,
            "parent": {
                "id": ROOT if parent == NOWHERE else tree.id_of(parent),
                "name": None if parent == NOWHERE else tree.name(parent),
            },
            "owner": {
                "api": "team",
                "type": "user",
                "id": staff.user_id(owner.number),
                "name": owner.name,
                "email": owner.email,
                "id_type": "login",
            },
            "api": "storage",
        }
