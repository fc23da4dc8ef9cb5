"""Groups of kinds that rules use; `schema.words` maps words to kinds."""

from __future__ import annotations

__all__ = [
    "ACTIVE",
    "ADMINISTERING",
    "ADMINISTRATOR",
    "CONSENTS",
    "DELETIONS",
    "OF_FILES",
    "PURGES",
    "READS",
    "TAKES",
    "listed",
]

#: The condition that the person was active: anybody can fail to log in under their name.
ACTIVE = "kind <> 'failed_login'"
#: The condition that an event is about a file, not an application, a user or a folder.
OF_FILES = "coalesce(object_type, 'file') = 'file' and kind not in ('login', 'failed_login')"
#: What administrators do, and hardly anybody else.
ADMINISTERING = (
    "user_add", "user_suspend", "password_reset", "role_add", "role_change", "group_add_member",
    "group_remove_member", "setting_change", "policy_change",
)  # fmt: skip
#: The other days with such work from which on somebody is an administrator.
ADMINISTRATOR = 3
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
