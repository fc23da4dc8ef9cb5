"""What the services' own words mean: `deleted`, `ITEM_TRASH` and `FileRecycled` are one kind.

Each service calls what happens by words of its own. A table a service (``data/*.txt``, its public
documentation named in it) says which *kind* a word is; ``data/kinds.txt`` says of each kind which
*class* it belongs to and how severe the change is. Case and punctuation are ignored: ``Add user.``
is ``add_user``. `role_level` and `is_administrative_group` do the same for roles and groups.
"""

from __future__ import annotations

from .look_up import KINDS, SERVICES, Kind, Word, kind_of, kind_of_event, look_up, words_of
from .roles import is_administrative, is_administrative_group, role_level, roles
from .tables import look_up_all, resolve

__all__ = [
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
    "words_of",
]
