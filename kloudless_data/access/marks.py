"""Which items can have rights of their own: what to ask the permissions of, and what not.

A request an item is a million requests for a million items. Most items have the rights of their
folder. What a service's own object says about sharing (Kloudless' ``raw``) tells which have not;
that Kloudless hands these fields through as the services' references name them is assumed (A).
Where nothing is known of a service, or its objects lack the fields, every item is asked.
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
#: The mark of an item whose object does not tell.
ASK = "?"


@dataclass(frozen=True)
class Mark:
    """What a service's objects tell.

    Attributes
    ----------
    fields : tuple of str
        Members of the service's own object.
    inherited : bool
        They speak of inherited rights too: an item whose mark is its folder's has its rights.
    complete : bool
        The list of permissions names inherited rights too (A).
    rests_on : str
        What is taken for granted, for the report.
    links_pass : bool
        What has such a list is opened by links to the folders above all the same.
    """

    fields: tuple[str, ...]
    inherited: bool
    complete: bool
    rests_on: str
    links_pass: bool = False


_BOX = "Box says of every item in has_collaborations whether somebody was invited to it itself."
_DROPBOX = (
    "Dropbox says in has_explicit_shared_members and sharing_info whether something was shared."
)
_GOOGLE = (
    "Google Drive names in permissionIds who has a right: an item with the same as its folder has "
    "the same rights. Somebody whose role on the item alone was raised or lowered is not seen."
)
_MICROSOFT = (
    "OneDrive and SharePoint say in hasUniqueRoleAssignments whether an item has rights of its own."
)
MARKS = {
    "box": Mark(("has_collaborations",), False, False, _BOX),
    "dropbox": Mark(("has_explicit_shared_members", "sharing_info"), False, False, _DROPBOX),
    # Google Drive: what is inherited cannot be taken from an item inside (developers.google.com,
    # "How permissions propagate"); folders with limited access, the exception, look no different.
    "gdrive": Mark(("shared", "permissionIds"), True, True, _GOOGLE, links_pass=True),
    "onedrivebiz": Mark(("hasUniqueRoleAssignments",), False, True, _MICROSOFT),
    "sharepoint": Mark(("hasUniqueRoleAssignments",), False, True, _MICROSOFT),
}
#: Of any other service, and with ``ask="all"``.
_UNKNOWN = "Every item was asked."


@cache
def _decoder(fields: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """Return what reads the members that count, and skips the others of a large object."""
    members = [(name, Any | msgspec.UnsetType, msgspec.UNSET) for name in fields]
    return msgspec.json.Decoder(msgspec.defstruct("Marks", members))


def lists_inherited(service: str) -> bool:
    """Tell whether a service's list of permissions names inherited rights too (A)."""
    known = MARKS.get(service)
    return known is not None and known.complete


def services_whose_links_pass() -> tuple[str, ...]:
    """Return the services whose links open also what has a list of its own."""
    return tuple(sorted(name for name, mark in MARKS.items() if mark.links_pass))


def rests_on(service: str) -> str:
    """Return what the choice of the items that were asked rests on."""
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
        What tells its rights from those of others; None: it has none of its own; `ASK`: its object
        does not tell.

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
    told = {name: said for name in known.fields if (said := getattr(value, name)) is not _UNSET}
    if not told:
        return ASK
    found = {name: said for name, said in told.items() if said}
    if known.fields[0] == "shared" and not found.get("shared"):
        return None  # nobody but the owner, whom permissionIds names
    return json.dumps(found, sort_keys=True, separators=(",", ":")) if found else None
