"""How strong a right is, whatever a service calls it."""

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
#: What each level is called.
LEVELS = ("none", "view", "read", "edit", "manage", "own")
#: v2's capabilities (D), and what each amounts to.
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
#: Roles that let look at a thing and not keep it.
_LOOKERS = frozenset({"previewer", "viewonly", "restrictedview"})
#: Roles that only let pass through to something inside, or do nothing (S): SharePoint's Limited
#: Access, which it gives by itself above whatever is shared, Dropbox' traverse and no_access, and
#: Egnyte's None.
_NOTHING = frozenset({"limitedaccess", "webonlylimitedaccess", "traverse", "noaccess", "none"})

#: Words of services for whom a link is for (A). One that is for certain people opens nothing that
#: their rights do not name.
_OF_THE_COMPANY = ("company", "organization", "organisation", "domain", "team", "team_only")
_OF_PEOPLE = ("people", "users", "specific", "collaborators", "members", "invited", "restricted",
              "private", "none", "no_one")  # fmt: skip


def level_of(role: str | None, capabilities: Mapping[str, Any], service: str | None = None) -> int:
    """Return how strong a right is.

    Parameters
    ----------
    role : str or None
        v1's; beyond owner, reader and writer they are assumed (A): the services' own words. One
        that no table has is taken to let read.
    capabilities : mapping of str to bool
        v2's, where there are some. They do not tell an owner from whoever manages.
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
        plain = "".join(c for c in role.casefold() if c.isalnum())
        if plain == "owner":
            return OWN
        if plain in _LOOKERS:
            return VIEW
        if plain in _NOTHING:
            return NONE
        return _WORDS.get(role_level(role, service) or "", READ)
    return max((level for name, level in _CAPABILITIES.items() if capabilities.get(name)),
               default=NONE)  # fmt: skip


def word_of(level: int) -> str:
    """Return what a level is called.

    Examples
    --------
    >>> word_of(4)
    'manage'
    """
    return LEVELS[level]


def link_kind_sql(scope: str) -> str:
    """Return SQL for whom a link lets in: anyone, company, or null for certain people.

    Parameters
    ----------
    scope : str
        The column of what the service calls it. What no table has is taken to let anyone in.

    Examples
    --------
    >>> link_kind_sql("scope").startswith("case when lower(scope) in (")
    True
    """
    return (
        f"case when lower({scope}) in {_OF_THE_COMPANY} then 'company' "
        f"when lower({scope}) in {_OF_PEOPLE} then null else 'anyone' end"
    )
