"""What the scripts of incidents and oddities have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from .devices import draw_device
from .draws import Draws
from .journal import Label
from .lines import DAY
from .people import Actor, Via, draw_person
from .scene import Scene, Script
from .tree import File, Folder

__all__ = ["INTENSITIES", "Case", "Kind"]

INTENSITIES = ("low", "medium", "high")
T = TypeVar("T")


class Case:
    """One incident or oddity.

    Attributes
    ----------
    label : Label
        What belongs to it.
    struck : list of Actor
        Whom incidents have already struck; shared by all cases of a world.
    """

    def __init__(
        self, scene: Scene, draws: Draws, intensity: str, label: Label, span: float,
        struck: list[Actor],
    ) -> None:  # fmt: skip
        self.scene, self.draws, self.label, self.struck = scene, draws, label, struck
        self._level, self._span = INTENSITIES.index(intensity), span

    def by(self, low: T, medium: T, high: T) -> T:
        """Choose by intensity."""
        return (low, medium, high)[self._level]

    def many(self, low: float, medium: float, high: float) -> int:
        """Draw a number around one that is chosen by intensity, seldom much below."""
        middle = self.by(low, medium, high)
        return max(round(self.draws.skewed(middle, 0.25)), round(0.75 * middle), 1)

    def who(self, team: str = "", admin: bool = False, works: bool = False) -> Actor:
        """Choose somebody whom nothing has struck, who is here and, if asked, not on holiday."""
        day = self.scene.now // DAY
        here = [
            one
            for one in self.scene.people
            if one.joined <= self.scene.now and one.left > self.scene.now + self._span * DAY
        ]
        here = here or self.scene.people
        for wanted in ([one for one in here if one not in self.struck], here):
            fits = [one for one in wanted if one.team == team] or wanted
            fits = [one for one in fits if one.admin] if admin else fits
            if fits:
                break
        one = self.draws.choice(fits or here)
        if works:
            one.away = [(a, b) for a, b in one.away if b < day or a > day + self._span]
        return self.name(one)

    def name(self, one: Actor) -> Actor:
        """Name somebody in the label."""
        self.struck.append(one)
        self.label.people.append(one)
        return one

    def stranger(self, device: bool = True) -> Via:
        """Draw what an intruder comes through."""
        net = self.scene.internet
        line = self.draws.weighted({net.server: 0.3, net.vpn: 0.3, net.home: 0.25,
                                    net.proxies: 0.15})()  # fmt: skip
        return Via(line, draw_device(self.draws, self.scene.service) if device else None)

    def at(self, one: Actor, low: float, high: float, days: float = 0) -> float:
        """Return the next time at which it is that late for somebody, after some days."""
        zone, now = one.week.zone, self.scene.now
        hour = self.draws.uniform(low, high) - zone
        when = ((now + days * DAY) // DAY + hour / 24) * DAY
        return when if when > now else when + DAY

    def work_day(self, one: Actor, low: float, high: float, days: float = 1) -> float:
        """Return such a time on a day on which somebody works."""
        when = self.at(one, low, high, days)
        while self.scene.weekday(int(when // DAY)) not in one.week.days:
            when += DAY
        return when

    def haul(self, folders: Iterable[Folder], number: int, sequence: bool = False) -> list[File]:
        """Choose files from folders: a sample, or one folder after the other."""
        files = [file for folder in folders for file in folder.files]
        files = files or [file for folder in self.scene.tree.folders for file in folder.files]
        if sequence:
            start = self.draws.randrange(max(len(files) - number, 0) + 1)
            return files[start : start + number]
        return self.draws.some(files, number)

    def beyond(self, one: Actor, sensitive: bool = True) -> list[Folder]:
        """Return folders that somebody does not work in."""
        found = [
            f
            for f in self.scene.tree.folders
            if f not in one.folders and len(f.files) > 5 and f.owner is not one
        ]
        chosen = [f for f in found if f.sensitive] if sensitive else found
        return self.draws.some(chosen or found or self.scene.tree.folders, 3)

    def each(self, verb: str, files: Sequence[File], one: Actor, via: Via, gap: float) -> Script:
        """Do something with each file, some seconds apart."""
        for file in files:
            self.scene.act(one, verb, file, via, self.label)
            yield self.scene.now + self.draws.skewed(gap, 0.9, 0.3)

    def read(self, files: Sequence[File], one: Actor, via: Via, gap: float, take: float) -> Script:
        """Look at files, and download a share of them."""
        for file in files:
            verb = "download" if self.draws.yes(take) else "view"
            yield from self.each(verb, [file], one, via, gap)

    def enter(self, one: Actor, via: Via, fails: int = 0) -> Script:
        """Log in, after some guesses."""
        for _ in range(fails):
            self.scene.session(one, "fail", via, self.label)
            yield self.scene.now + self.draws.skewed(25, 1.0)
        self.scene.session(one, "login", via, self.label)
        yield self.scene.now + self.draws.skewed(40, 0.8)

    def new_admin(self, admin: Actor, via: Via) -> Actor:
        """Let an administrator make another account with all rights, which nobody works with."""
        scene = self.scene
        one = draw_person(self.draws, scene.namer, scene.internet, scene.service, "IT", 0.0)
        scene.session(admin, "join", via, self.label, about=one)
        scene.role(admin, "promote", one, via, self.label, "administrator")
        return self.name(one)


class Kind(NamedTuple):
    """A kind of incident: its script, how many days it takes, and whether it is slow by intent."""

    script: Callable[[Case], Script]
    days: float
    slow: bool = False
