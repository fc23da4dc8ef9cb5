"""One word for what happened, in v1's and v2's events, and the groups of words that rules ask for."""

from __future__ import annotations

__all__ = ["CHANGES", "DELETIONS", "LOGINS", "READS", "SUBTYPES", "TAKES", "kind_of", "listed"]

#: v2's type and subtype -> the word for it here, where it is not the type: v1 has the upstream's
#: own word (D), and which words these are is assumed (A), as v2's are.
SUBTYPES = {
    ("login", "success"): "login",
    ("login", "failure"): "failed_login",
    ("share", "shared_link_created"): "shared_link",
    ("permission", "role_changed"): "permission_change",
    ("group", "member_added"): "group_add_member",
}

LOGINS = ("login", "failed_login")
DELETIONS = ("delete",)
PURGES = ("purge",)
TAKES = ("download", "copy")
READS = ("download", "copy", "preview")
CHANGES = ("update", "rename", "move", "add")
CONSENTS = ("consent",)


def listed(kinds: tuple[str, ...]) -> str:
    """Return kinds as a list in SQL.

    Examples
    --------
    >>> listed(("delete", "purge"))
    "('delete', 'purge')"
    """
    return "(" + ", ".join(f"'{kind}'" for kind in kinds) + ")"


def kind_of(type_: str | None, general: str | None, specific: str | None) -> str:
    """Return what happened, in one word.

    Parameters
    ----------
    type_ : str or None
        v1's ``type``.
    general, specific : str or None
        v2's ``event_type`` and ``event_subtype``.

    Examples
    --------
    >>> kind_of(None, "login", "failure"), kind_of("delete", None, None), kind_of(None, None, None)
    ('failed_login', 'delete', 'unknown')
    """
    if type_ is not None:
        return type_
    return SUBTYPES.get((general or "", specific or "")) or general or "unknown"
