"""What the stories of incidents and of honest oddities have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from .chance import Chance
from .devices import TOOLS, Device
from .lines import DAY, Line
from .records import File, Folder, Label, Person
from .scene import Pen, Scene, Story

__all__ = ["INTENSITIES", "Case", "taking"]

INTENSITIES = ("low", "medium", "high")
T = TypeVar("T")


class Case:
    """An incident or an oddity: its label, how blatant it is, and whom it concerns.

    Parameters
    ----------
    scene : Scene
    chance : Chance
    label : Label
    level : {"low", "medium", "high"}
    struck : set of Person
        Whom other stories concern already.
    """

    def __init__(
        self, scene: Scene, chance: Chance, label: Label, level: str, struck: set[Person]
    ) -> None:
        self.scene, self.chance, self.label, self.struck = scene, chance, label, struck
        self._level = INTENSITIES.index(level)

    def degree(self, low: T, medium: T, high: T) -> T:
        """Return the value of this intensity."""
        return (low, medium, high)[self._level]

    def amount(self, low: float, medium: float, high: float) -> int:
        """Return a number around that of this intensity."""
        return max(1, round(self.degree(low, medium, high) * self.chance.uniform(0.8, 1.3)))

    def someone(self, *teams: str, but: Iterable[str] = ()) -> Person:
        """Choose somebody of the staff who stays, of some departments or of all but some."""
        staff = [one for one in self.scene.staff() if one.leaves > self.scene.end]
        staff = staff or self.scene.staff()
        fit = [one for one in staff if one.team not in but and (not teams or one.team in teams)]
        soon = {int(self.scene.now // DAY) + 1, int(self.scene.now // DAY) + 2}
        free = [one for one in fit if one not in self.struck and not soon <= one.away]
        found = self.chance.choice(free or fit or staff)
        self.struck.add(found)
        return found

    def pen(
        self, person: Person | None, line: Line, device: Device, via: str = "web"
    ) -> Pen:  # fmt: skip
        """Let somebody work with a device on a line."""
        return Pen(self.scene, person, line, device, via, self.label)

    def desk(self, person: Person, home: bool = False) -> Pen:
        """Let somebody work with their own computer, at the office if they have one."""
        line = person.home if home else person.office or person.home
        return self.pen(person, line, person.device)

    def tool(self) -> Device:
        """Return a script."""
        name = self.chance.choice(TOOLS)
        return Device(name, "tool", 0, 0.0, name)

    def lair(self) -> Line:
        """Return the line of a stranger: a VPN, a rented server or a rented home."""
        net = self.scene.net
        return self.chance.choice((net.vpn, net.vpn, net.hosted, net.proxy))()

    def hour(self, person: Person, hour: float, after: int = 0) -> float:
        """Return the seconds until it is some hour on one of somebody's working days."""
        wait = self.scene.until(person, hour + self.chance.gauss(0, 0.3), after)
        for _ in range(14):
            if self.scene.workday(person, wait) or self.scene.now + wait > self.scene.end - 2 * DAY:
                break
            wait += DAY
        return wait

    def folders(self, *names: str) -> list[Folder]:
        """Return the folders of some names or departments."""
        filled = [
            one for one in self.scene.tree.folders if one.files and one.parent and not one.private
        ]
        return [one for one in filled if one.name in names or one.team in names]

    def secrets(self, but: str = "") -> list[Folder]:
        """Return the folders few should read, but those of a department, in random order."""
        found = [one for one in self.scene.tree.folders
                 if one.sensitive and one.team != but and len(one.files) > 5]  # fmt: skip
        return self.chance.few(found, len(found))

    def files(self, folders: Iterable[Folder], number: int) -> list[File]:
        """Choose files in some folders."""
        return self.chance.few(self.scene.tree.within(*folders), number)

    def begin(self, span: float) -> float:
        """Return how many days of a span there is time for."""
        return min(span, (self.scene.end - self.scene.now) / DAY - 1.5)


def taking(pen: Pen, files: Iterable[File], verb: str, gap: float) -> Story:
    """View, download or sync files one after the other, so many seconds apart."""
    for file in files:
        pen.get(file, verb)
        yield pen.scene.chance.around(gap, 0.7)
