"""What incidents share: how strong they are, from where, and the acts they are made of.

Careful intruders use residential addresses in the victim's country, a common browser and office
hours; careless ones use a rented server and a script. Microsoft describes campaigns of the first
kind ("Midnight Blizzard: Guidance for responders", 2024).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..journal import Label, Session
from ..people import Actor
from ..programs import Device, script, workstation
from ..scene import Scene

__all__ = ["INTENSITIES", "Incident", "Intruder", "Strength", "bulk"]

#: How much an incident does, relative to its medium form.
INTENSITIES = {"low": 0.25, "medium": 1.0, "high": 4.0}


class Strength(NamedTuple):
    """An incident's intensity, and the factor by which its amounts are multiplied."""

    name: str
    factor: float

    @property
    def is_faint(self) -> bool:
        """Whether the incident tries not to be seen."""
        return self.name == "low"

    @property
    def is_blatant(self) -> bool:
        """Whether the incident does not care to be seen."""
        return self.name == "high"


Incident = Callable[[Scene, int, Strength], Label]


class Intruder:
    """Somebody who acts in another's name, with networks and programs of their own."""

    def __init__(self, scene: Scene, victim: Actor, strength: Strength) -> None:
        self._scene = scene
        self._victim = victim
        self._strength = strength
        d, networks = scene.draws, scene.networks
        self._device: Device = workstation(d, scene.service, 118)
        if strength.is_faint or (strength.name == "medium" and d.chance(0.4)):
            self._place: Any = networks.residential(victim.country)
        else:
            self._place = d.choice((networks.abroad(), networks.hosting(), networks.server()))
            if d.chance(0.6 if strength.is_blatant else 0.25):
                self._device = script(d)
        self._ip: str | None = None

    def session(self, day: int, at: float) -> Session:
        """Return a session; the address mostly stays as it was."""
        if self._ip is None or self._scene.draws.chance(0.15):
            self._ip = self._place.address(at)
        return self._scene.session(self._ip, self._device.browser.at(day))

    def moment(self, day: int) -> float:
        """Draw when to begin: the careful keep the victim's hours, others come at any time."""
        scene = self._scene
        if self._strength.is_faint and scene.draws.chance(0.7):
            return scene.working_hour(self._victim, day)
        if scene.draws.chance(0.5):
            return scene.off_hour(self._victim, day)
        return scene.calendar.at(self._victim.country, day, scene.draws.random() * 24)


def bulk(
    scene: Scene,
    actor: Actor,
    session: Session,
    at: float,
    files: Iterable[int],
    verb: str | Callable[[], str],
    gap: float,
) -> float:
    """Do the same, or what `verb` draws, to many files; return the time of the last action."""
    chosen = list(files)
    moment = at
    for moment, file in zip(scene.draws.times(at, len(chosen), gap), chosen, strict=True):
        scene.act(moment, actor, verb if isinstance(verb, str) else verb(), file, session)
    return moment
