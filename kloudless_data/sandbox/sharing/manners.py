"""How services treat rights: whether administrators act as users, and how rights are inherited.

Which services need ``X-Kloudless-As-User`` is documented (D); the contents of their permission
lists are not (A). We assume that those of Google Drive, OneDrive and SharePoint include inherited
rights, as the services' own lists do, and that those of the others name only rights granted on the
object itself.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MANNERS", "Manners"]


@dataclass(frozen=True, slots=True)
class Manners:
    """A service's peculiarities.

    Attributes
    ----------
    as_user
        An administrator sees a user's data only by acting as them (D).
    inherited
        Permission lists include inherited rights (A).
    several_owners
        An item can have more than one owner (A).
    mixed
        Items in a folder can have other owners than the folder (A).
    """

    as_user: bool
    inherited: bool
    several_owners: bool = False
    mixed: bool = False


MANNERS = {
    "box": Manners(as_user=True, inherited=False),
    "dropbox": Manners(as_user=True, inherited=False),
    "gdrive": Manners(as_user=True, inherited=True, mixed=True),
    "onedrivebiz": Manners(as_user=True, inherited=True),
    "sharepoint": Manners(as_user=False, inherited=True, several_owners=True, mixed=True),
    "egnyte": Manners(as_user=False, inherited=False, several_owners=True, mixed=True),
}
