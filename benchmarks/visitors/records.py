"""People, files and labels: the records that name each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .devices import Device
from .lines import Line

__all__ = ["SENSITIVE", "Detour", "File", "Folder", "Label", "Person"]

SENSITIVE = frozenset(
    ("Board", "Acquisitions", "Payroll", "Accounts and keys", "Source exports", "Customer lists",
     "Personnel files", "Salaries", "Disputes", "Patents")
)  # fmt: skip


@dataclass
class Label:
    """Which rows belong to an incident, or to something odd and honest."""

    kind: str
    intensity: str
    slow: bool
    people: list[Person] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


@dataclass
class Detour:
    """Where somebody sits, and with what, until some time, instead of where they usually do."""

    until: float
    label: Label | None = None
    line: Line | None = None
    device: Device | None = None


@dataclass(eq=False)
class Person:
    """Somebody with an account: staff, a guest of another firm, or a program."""

    id: str
    name: str
    email: str
    team: str
    home: Line
    mobile: Line
    device: Device
    phone: Device
    kind: str = "staff"
    rate: float = 0.0
    start: float = 8.5
    length: float = 8.0
    zone: float = 0.0
    weekdays: frozenset[int] = frozenset(range(5))
    office: Line | None = None
    office_days: frozenset[int] = frozenset()
    vpn: Line | None = None
    syncs: bool = False
    evening: float = 0.0
    weekend: float = 0.0
    joins: float = 0.0
    leaves: float = math.inf
    away: set[int] = field(default_factory=set)
    places: list[Folder] = field(default_factory=list)
    recent: list[File] = field(default_factory=list)
    inbox: list[File] = field(default_factory=list)
    detours: list[Detour] = field(default_factory=list)

    def here(self, now: float) -> bool:
        """Return whether the account is in use at a time."""
        return self.joins <= now < self.leaves


@dataclass(eq=False)
class Folder:
    """A folder; it stays where it is."""

    id: str
    name: str
    parent: Folder | None
    team: str
    owner: Person | None = None
    files: list[File] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path: str = (self.parent.path if self.parent else "") + "/" + self.name

    @property
    def sensitive(self) -> bool:
        """Whether few should read what is in it."""
        return self.name in SENSITIVE

    @property
    def private(self) -> bool:
        """Whether it is one person's."""
        return self.parent is not None and self.parent.name == "Users"


@dataclass(eq=False)
class File:
    """A file as it is now."""

    id: str
    name: str
    folder: Folder
    size: int
    created: float
    modified: float
    owner: Person
    editor: Person
    gone: bool = False
