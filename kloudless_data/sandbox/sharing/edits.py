"""The changes that a request about rights or a link makes.

``PUT`` replaces the permissions of an object and ``PATCH`` changes some of them (D). Everything
else is our assumption (A): the owner stays; an inherited right can only be revoked at its folder;
only people who manage an object change its permissions; and which members of a link can be changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..world.timetext import to_us
from .changes import Change
from .company import Company
from .rights import LEVELS, Link
from .staff import Principal

__all__ = ["Refused", "link_changes", "permission_changes", "role_of"]

Json = dict[str, Any]
#: v2's capabilities, and the weakest role that has each.
_NEEDS = {
    "manage": "owner", "share": "manager", "edit": "writer", "add": "writer",
    "download": "reader", "preview": "reader", "list": "reader",
}  # fmt: skip


class Refused(ValueError):
    """The change cannot be made; the text says why.

    Attributes
    ----------
    forbidden
        The request is well formed, but the service does not allow it.
    """

    def __init__(self, message: str, *, forbidden: bool = False) -> None:
        super().__init__(message)
        self.forbidden = forbidden


def role_of(entry: Json) -> str:
    """Return the role that a permission in a request names.

    Parameters
    ----------
    entry : dict
        With ``role``, or v2's ``capabilities``: the weakest role that has all that are true.

    Raises
    ------
    Refused
        It names none.

    Examples
    --------
    >>> role_of({"role": "Writer"}), role_of({"capabilities": {"download": True, "edit": False}})
    ('writer', 'reader')
    """
    if isinstance(entry.get("role"), str):
        role: str = entry["role"].lower()
        if role in LEVELS:
            return role
        raise Refused(f"There is no role {entry['role']!r}. The roles are {', '.join(LEVELS)}.")
    can = entry.get("capabilities")
    wanted = [_NEEDS[one] for one, yes in can.items() if yes and one in _NEEDS] if (
        isinstance(can, dict)) else []  # fmt: skip
    if not wanted:
        raise Refused("A permission needs a role, or capabilities with at least one true.")
    return max(wanted, key=LEVELS.__getitem__)


def permission_changes(
    company: Company, slot: int, wanted: Iterable[Json], *, whole: bool, now: int, actor: int
) -> list[Change]:
    """Return the changes that give an item the permissions that a request names.

    Parameters
    ----------
    company : Company
        The company as it is now.
    slot : int
        The item's number in the tree.
    wanted : iterable of dict
        Permissions as the API shows them, found by id or e-mail address.
    whole : bool
        Whoever is not in `wanted` loses their right.
    now : int
        Microseconds since 1970.
    actor : int
        Who does it.

    Raises
    ------
    Refused
        A permission names nobody, or would have to be changed at a folder.
    """
    granted, inherited = company.rights.granted_at(slot), company.rights.inherited(slot)
    owner: Principal = ("user", company.tree.owner(slot))
    asked = [(role_of(entry), _principal(company, entry)) for entry in wanted]
    named = {one: role for role, one in asked}
    if named.get(owner, "owner") != "owner":
        raise Refused("The owner stays the owner: permissions cannot make another.")
    changes = []
    for one, role in named.items():
        has = max(granted.get(one, ""), inherited.get(one, ""), key=lambda r: LEVELS.get(r, 0))
        if one == owner or role == has or role == granted.get(one):
            continue
        if LEVELS[role] < LEVELS.get(inherited.get(one, ""), 0):
            raise Refused(_inherited(company, one), forbidden=True)
        if role == "owner" and not company.manners.several_owners:
            raise Refused(
                f"An item of {company.service} has one owner: the strongest role is manager."
            )
        kind = "permission_change" if one in granted else "share"
        changes.append(Change(kind, now, actor, slot, one, role))
    removed = [one for one in granted if one != owner and one not in named] if whole else []
    lists_them = company.manners.inherited
    if whole and lists_them and (kept := [one for one in inherited if one not in named]):
        raise Refused(_inherited(company, kept[0]), forbidden=True)
    return [*changes, *(Change("unshare", now, actor, slot, one) for one in removed)]


def _inherited(company: Company, one: Principal) -> str:
    who = company.staff.shown(one)
    return f"{who['email'] or who['name']} has this right from a folder: change it there."


def _principal(company: Company, entry: Json) -> Principal:
    """Return the principal that a permission in a request names."""
    target = entry.get("target", entry)
    found = None
    if isinstance(target, dict):
        found = company.staff.find(target.get("id"), target.get("email"))
    if found is None:
        raise Refused(
            "A permission needs the id of a user or group of the team, or an e-mail address that "
            "something was shared with."
        )
    return found


def link_changes(link: Link, wanted: Json, *, now: int, actor: int) -> list[Change]:
    """Return the changes that a request about a link makes: one, or none.

    Parameters
    ----------
    link : Link
        The link.
    wanted : dict
        ``active``, ``expiration`` (a time or null), ``password`` (text or null).
    now : int
        Microseconds since 1970.
    actor : int
        Who does it.

    Raises
    ------
    Refused
        A value is invalid, or the request names no member of a link.
    """
    known = {"active": _active, "expiration": _expiration, "password": _password}
    if not wanted or wanted.keys() - known.keys():
        raise Refused(f"Only {', '.join(known)} of a link can be changed.")
    facts: Json = {}
    for name, value in wanted.items():
        facts |= known[name](value)
    changed = replace(link, **facts)
    if changed == link:
        return []
    off = link.active and not changed.active
    kind = "shared_link_remove" if off else "shared_link_change"
    return [Change(kind, now, actor, link.slot, link=changed)]


def _active(value: Any) -> Json:
    if not isinstance(value, bool):
        raise Refused("active must be true or false.")
    return {"active": value}


def _expiration(value: Any) -> Json:
    try:
        return {"expires": None if value is None else to_us(datetime.fromisoformat(value))}
    except (TypeError, ValueError):
        raise Refused("expiration must be a time such as 2026-04-01T00:00:00Z, or null.") from None


def _password(value: Any) -> Json:
    if value is not None and not isinstance(value, str):
        raise Refused("password must be text or null.")
    return {"password": bool(value)}
