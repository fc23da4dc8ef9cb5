"""The strength of a right, whatever a service calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..schema.words import role_level

__all__ = [
    "EDIT",
    "LEVELS",
    "MANAGE",
    "NONE",
    "OWN",
    "READ",
    "VIEW",
    "level_of",
    "link_kind_sql",
    "word_of",
]

NONE, VIEW, READ, EDIT, MANAGE, OWN = range(6)
#: The name of each level.
LEVELS = ("none", "view", "read", "edit", "manage", "own")
#: v2's capabilities (D), and the level of each.
_CAPABILITIES = {
    "manage": MANAGE,
    "share": MANAGE,
    "edit": EDIT,
    "add": EDIT,
    "download": READ,
    "preview": VIEW,
    "list": VIEW,
}
_WORDS = {"administrator": MANAGE, "owner": MANAGE, "editor": EDIT, "reader": READ}
#: Roles that allow viewing but not downloading.
_LOOKERS = frozenset({"previewer", "viewonly", "restrictedview"})
#: Roles that only let pass through to something inside, or do nothing (S): SharePoint's Limited
#: Access, which it gives by itself above whatever is shared, Dropbox' traverse and no_access, and
#: Egnyte's None.
_NOTHING = frozenset({"limitedaccess", "webonlylimitedaccess", "traverse", "noaccess", "none"})

#: Services' words for a link's audience (A). A link for certain people opens nothing that their
#: rights don't.
_OF_THE_COMPANY = ("company", "organization", "organisation", "domain", "team", "team_only")
_OF_PEOPLE = ("people", "users", "specific", "collaborators", "members", "invited", "restricted",
              "private", "none", "no_one")  # fmt: skip


def level_of(role: str | None, capabilities: Mapping[str, Any], service: str | None = None) -> int:
    """Return the level of a right.

    Parameters
    ----------
    role : str or None
        v1's role; beyond owner, reader and writer, roles are assumed to be the services' own words
        (A). An unknown role counts as reading.
    capabilities : mapping of str to bool
        v2's capabilities, if any. They do not distinguish an owner from a manager.
    service : str, optional

    Returns
    -------
    int
        An index into `LEVELS`.

    Examples
    --------
    >>> level_of("writer", {}), level_of(None, {"preview": True, "download": False})
    (3, 1)
    >>> level_of("Limited Access", {}, "sharepoint")
    0
    """
    if role:
        normalised = "".join(c for c in role.casefold() if c.isalnum())
        if normalised == "owner":
            return OWN
        if normalised in _LOOKERS:
            return VIEW
        if normalised in _NOTHING:
            return NONE
        return _WORDS.get(role_level(role, service) or "", READ)
    return max((level for name, level in _CAPABILITIES.items() if capabilities.get(name)),
               default=NONE)  # fmt: skip


def word_of(level: int) -> str:
    """Return the name of a level.

    Examples
    --------
    >>> word_of(4)
    'manage'
    """
    return LEVELS[level]


def link_kind_sql(scope: str) -> str:
    """Return SQL for a link's audience: anyone, company, or null for certain people.

    Parameters
    ----------
    scope : str
        The column of what the service calls it. An unknown audience counts as anyone.

    Examples
    --------
    >>> link_kind_sql("scope").startswith("case when lower(scope) in (")
    True
    """
    return (
        f"case when lower({scope}) in {_OF_THE_COMPANY} then 'company' "
        f"when lower({scope}) in {_OF_PEOPLE} then null else 'anyone' end"
    )
