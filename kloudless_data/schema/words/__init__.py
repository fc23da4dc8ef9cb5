"""The meaning of services' own terms: `deleted`, `ITEM_TRASH` and `FileRecycled` are one kind.

Each service has its own terms for events. A table per service (``data/*.txt``, which names the
public documentation) maps its words to *kinds*; ``data/kinds.txt`` gives the *class* and severity
of each kind. Case and punctuation are ignored: ``Add user.`` is ``add_user``. `role_level` and
`is_administrative_group` do the same for roles and groups.
"""

from __future__ import annotations

from .look_up import (
    ASSUMED,
    KINDS,
    SERVICES,
    Kind,
    Word,
    kind_of,
    kind_of_event,
    look_up,
    word_of_event,
    words_of,
)
from .roles import is_administrative, is_administrative_group, role_level, roles
from .tables import look_up_all, resolve

__all__ = [
    "ASSUMED",
    "KINDS",
    "SERVICES",
    "Kind",
    "Word",
    "is_administrative",
    "is_administrative_group",
    "kind_of",
    "kind_of_event",
    "look_up",
    "look_up_all",
    "resolve",
    "role_level",
    "roles",
    "word_of_event",
    "words_of",
]
