"""Decide which items can have their own rights, so that only their permissions are requested.

One request per item would be a million requests for a million items, and most items have their
folder's rights. What a service's own object (Kloudless' ``raw``) says about sharing tells which do
not. We assume that Kloudless passes these fields through under the names in the services'
references (A). If nothing is known about a service, or its objects lack the fields, every item's
permissions are requested.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

__all__ = [
    "ASK",
    "MARKS",
    "Mark",
    "lists_inherited",
    "mark_of",
    "rests_on",
    "services_whose_links_pass",
]

_UNSET = msgspec.UNSET
#: The mark of an item whose object does not say.
ASK = "?"


@dataclass(frozen=True)
class Mark:
    """What a service's objects say about sharing.

    Attributes
    ----------
    fields : tuple of str
        The members of the service's own object that say so.
    inherited : bool
        True if they include inherited rights: an item with its folder's mark has its rights.
    complete : bool
        True if the permission list includes inherited rights (A).
    rests_on : str
        The assumption behind it, for the report.
    links_pass : bool
        True if a link to a folder above opens even items that have such a list.
    """

    fields: tuple[str, ...]
    inherited: bool
    complete: bool
    rests_on: str
    links_pass: bool = False


_BOX = "Box says in has_collaborations whether somebody was invited to the item itself."
_DROPBOX = (
    "Dropbox says in has_explicit_shared_members and sharing_info whether an item was shared."
)
_GOOGLE = (
    "Google Drive lists in permissionIds who has a right: an item with its folder's list has its "
    "folder's rights. A role that was raised or lowered on the item alone goes unnoticed."
)
_MICROSOFT = (
    "OneDrive and SharePoint say in hasUniqueRoleAssignments whether an item has its own rights."
)
MARKS = {
    "box": Mark(("has_collaborations",), False, False, _BOX),
    "dropbox": Mark(("has_explicit_shared_members", "sharing_info"), False, False, _DROPBOX),
    # Google Drive: an item inside cannot lose an inherited right (developers.google.com, "How
    # permissions propagate"); folders with limited access, the exception, look like any other.
    "gdrive": Mark(("shared", "permissionIds"), True, True, _GOOGLE, links_pass=True),
    "onedrivebiz": Mark(("hasUniqueRoleAssignments",), False, True, _MICROSOFT),
    "sharepoint": Mark(("hasUniqueRoleAssignments",), False, True, _MICROSOFT),
}
#: For any other service, and with ``ask="all"``.
_UNKNOWN = "The permissions of every item were requested."


@cache
def _decoder(fields: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """Return a decoder of these members, which skips the rest of a large object."""
    members = [(name, Any | msgspec.UnsetType, msgspec.UNSET) for name in fields]
    return msgspec.json.Decoder(msgspec.defstruct("Marks", members))


def lists_inherited(service: str) -> bool:
    """Return True if a service's permission list includes inherited rights (A)."""
    known = MARKS.get(service)
    return known is not None and known.complete


def services_whose_links_pass() -> tuple[str, ...]:
    """Return the services whose links to a folder also open items with lists of their own."""
    return tuple(sorted(name for name, mark in MARKS.items() if mark.links_pass))


def rests_on(service: str) -> str:
    """Return the assumption behind the choice of items."""
    known = MARKS.get(service)
    return _UNKNOWN if known is None else known.rests_on


def mark_of(service: str, raw: str | None) -> str | None:
    """Return an item's mark.

    Parameters
    ----------
    service : str
    raw : str or None
        The service's own object, as JSON text.

    Returns
    -------
    str or None
        What distinguishes its rights from other items'; None if it has none of its own; `ASK` if
        its object does not say.

    Examples
    --------
    >>> mark_of("box", '{"has_collaborations": true}')
    '{"has_collaborations":true}'
    >>> mark_of("box", '{"has_collaborations": false}'), mark_of("box", "{}")
    (None, '?')
    """
    known = MARKS.get(service)
    if known is None or raw is None:
        return ASK
    try:
        value = _decoder(known.fields).decode(raw)
    except msgspec.MsgspecError:
        return ASK
    stated = {name: said for name in known.fields if (said := getattr(value, name)) is not _UNSET}
    if not stated:
        return ASK
    found = {name: said for name, said in stated.items() if said}
    if known.fields[0] == "shared" and not found.get("shared"):
        return None  # only the owner, whom permissionIds includes
    return json.dumps(found, sort_keys=True, separators=(",", ":")) if found else None
