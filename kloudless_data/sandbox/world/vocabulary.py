"""The vocabulary of events.

v1's types of changes are documented (D). For anything else it sends "the upstream's own word" (D),
and those words are our assumption (A). So are v2's: only its three field names, from general to
specific, are documented.
"""

from __future__ import annotations

__all__ = ["ACTIONS", "CATEGORIES", "KINDS"]

#: Kind -> v2's category, type and subtype.
CATEGORIES: dict[str, tuple[str, str, str]] = {
    "add": ("content", "add", "upload"),
    "delete": ("content", "delete", "trash"),
    "update": ("content", "update", "edit"),
    "rename": ("content", "rename", "rename"),
    "move": ("content", "move", "move"),
    "copy": ("content", "copy", "copy"),
    "restore": ("content", "restore", "untrash"),
    "download": ("access", "download", "file_download"),
    "preview": ("access", "preview", "file_preview"),
    "share": ("sharing", "share", "collaborator_added"),
    "shared_link": ("sharing", "share", "shared_link_created"),
    "permission_change": ("sharing", "permission", "role_changed"),
    "group_add_member": ("administration", "group", "member_added"),
    "login": ("authentication", "login", "success"),
    "failed_login": ("authentication", "login", "failure"),
    "unshare": ("sharing", "share", "collaborator_removed"),
    "group_remove_member": ("administration", "group", "member_removed"),
    "shared_link_change": ("sharing", "share", "shared_link_updated"),
    "shared_link_remove": ("sharing", "share", "shared_link_removed"),
}

KINDS = tuple(CATEGORIES)

#: v1's `action`. Only "+" has been seen; the others are our assumption (A).
ACTIONS = {"add": "+", "copy": "+", "restore": "+", "delete": "-"}
