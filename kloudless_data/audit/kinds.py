"""Groups of kinds that rules use; `schema.words` maps words to kinds."""

from __future__ import annotations

__all__ = ["ACTIVE", "CONSENTS", "DELETIONS", "PURGES", "READS", "TAKES", "listed"]

#: The condition that the person was active: anybody can fail to log in under their name.
ACTIVE = "kind <> 'failed_login'"
DELETIONS = ("delete",)
PURGES = ("purge",)
TAKES = ("download", "copy", "print", "data_export")
READS = (*TAKES, "preview")
CONSENTS = ("app_consent", "app_credential", "app_add")


def listed(kinds: tuple[str, ...]) -> str:
    """Return kinds as a list in SQL.

    Examples
    --------
    >>> listed(("delete", "purge"))
    "('delete', 'purge')"
    """
    return "(" + ", ".join(f"'{kind}'" for kind in kinds) + ")"
