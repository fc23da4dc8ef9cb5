"""An organisation while time passes: a clock, an agenda of scripts, and who and what there is."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from .chance import Chance
from .internet import DAY, Internet, Line, Network, Office
from .journal import Journal, Label
from .people import Actor, Namer
from .programs import Shop
from .tree import File, Folder, Tree

__all__ = ["Calendar", "Scene", "Script"]

#: What somebody or something does: yields the times at which it goes on, in seconds.
Script = Iterator[float]


@dataclass
class Calendar:
    """The days that are simulated, counted from 0."""

    first: date
    days: int
    holidays: list[set[int]] = field(default_factory=list)  # of each site

    @property
    def start(self) -> float:
        """The beginning, in seconds since 1970."""
        return datetime.combine(self.first, datetime.min.time(), UTC).timestamp()

    @property
    def end(self) -> float:
        """The end, in seconds since the beginning."""
        return self.days * DAY

    def date(self, day: int) -> date:
        """Return the date of a day."""
        return self.first + timedelta(days=day)

    def weekday(self, day: int) -> int:
        """Return 0 for Monday."""
        return (self.first.weekday() + day) % 7

    def closing(self, day: int) -> float:
        """Return how busy the end of a month (1.5) or a quarter (2.5) makes accountants."""
        when = self.date(day)
        if 3 < when.day < 26:
            return 1.0
        month = when.month if when.day > 15 else (when - timedelta(days=10)).month
        return 2.5 if month % 3 == 0 else 1.5

    def next_working_day(self, day: int) -> int:
        """Return the day or the next one that is no weekend."""
        while self.weekday(day) > 4:
            day += 1
        return day


class Scene:
    """Everything that the scripts share."""

    def __init__(self, chance: Chance, service: str, calendar: Calendar, language: str) -> None:
        self.chance, self.service, self.calendar = chance, service, calendar
        self.language = language
        self.internet = Internet(Chance(chance.random(), "internet"))
        self.shop = Shop(chance, service)
        self.tree = Tree(chance, service, language)
        self.journal = Journal(service, calendar.start)
        self.namer = Namer(chance, service, "")
        self.people: list[Actor] = []  # persons and contractors
        self.guests: list[Actor] = []
        self.programs: list[Actor] = []
        self.unused: list[Actor] = []
        self.admins: list[Actor] = []
        self.offices: list[Office] = []
        self.zones: list[float] = []  # of each office
        self.desks: dict[Actor, Folder] = {}
        self.departments: dict[str, list[Folder]] = {}
        self.shared: list[Folder] = []
        self.partners: list[str] = []
        self.hosters: list[Network] = []
        self.vpn: Line | None = None
        self.links: list[File] = []  # with a public link that people know
        self.agents_known = self.ips_known = 1.0
        self.labels: list[Label] = []
        self.now = 0.0
        self._agenda: list[tuple[float, int, Script]] = []
        self._number = 0

    @property
    def day(self) -> float:
        """Return the time in days."""
        return self.now / DAY

    def start(self, when: float, script: Script) -> None:
        """Begin a script at a time."""
        self._number += 1
        heapq.heappush(self._agenda, (max(when, self.now), self._number, script))

    def run(self) -> None:
        """Let time pass until the end of the calendar."""
        agenda, end = self._agenda, self.calendar.end
        while agenda:
            when, _, script = heapq.heappop(agenda)
            if when >= end:
                return
            self.now = max(when, 0.0)
            again = next(script, None)
            if again is not None:
                self.start(again, script)

    def label(self, kind: str, intensity: str, slow: bool = False) -> Label:
        """Open a label of an incident or an oddity."""
        made = Label(kind, intensity, slow)
        self.labels.append(made)
        return made

    def working(self) -> list[Actor]:
        """Return those who are there these days."""
        day = int(self.day)
        return [one for one in self.people if one.here(self.day) and day not in one.away]

    def department_of(self, actor: Actor) -> list[Folder]:
        """Return the folders of somebody's department."""
        return self.departments.get(actor.job.department) or self.shared

    def files_of(self, folders: list[Folder]) -> list[File]:
        """Return all files in folders and below them."""
        return [file for folder in folders for file in folder.everything()]

    def tops(self) -> list[Folder]:
        """Return the first folder of each department."""
        return [folders[0] for folders in self.departments.values()]
