"""Lay incidents over an organisation's events, and label them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..world.randomness import Ints
from .events import MINUTE, Events, Stock, file_of
from .workforce import Workforce

__all__ = ["Label", "Script"]


@dataclass(frozen=True)
class Label:
    """What happened: by whom, when, and whether it is innocent."""

    kind: str
    innocent: bool
    actor: int | None
    start: int
    end: int


class Script:
    """An organisation's events, with incidents being laid over them."""

    def __init__(self, workforce: Workforce, events: Events) -> None:
        self.workforce, self.events = workforce, events
        self.rng = workforce.rng
        self.labels: list[Label] = []
        self._added: list[Events] = []
        self._used: set[int] = set()
        #: Numbers of labels with no events left.
        self.swallowed: set[int] = set()
        #: Start, end and the person whose events are missing (None: everybody's).
        self.silences: list[tuple[int, int, int | None]] = []

    def finished(self) -> Events:
        """Return all events within the organisation's time span, in order of time."""
        events = Events.together([self.events, *self._added])
        for begin, end, actor in self.silences:
            silent = (events.time >= begin) & (events.time < end)
            events = events.rows(~(silent if actor is None else silent & (events.actor == actor)))
        inside = (events.time > self.workforce.start) & (events.time <= self.workforce.end)
        events = events.rows(inside)
        self._forget_wiped(events)
        return events.rows(np.argsort(events.time, kind="stable"))

    def _forget_wiped(self, events: Events) -> None:
        """Withdraw the labels of events that a silence swallowed."""
        made = {int(number) for part in self._added for number in np.unique(part.label)}
        left = set(np.unique(events.label).tolist())
        self.swallowed = made - left

    # Building blocks shared by the scenes.

    def victim(self, *, before: int = 12, after: int = 1, program: bool = False) -> tuple[int, int]:
        """Return somebody with enough days of activity around a day, and that day.

        Parameters
        ----------
        before : int, default 12
            Least number of active days before the day.
        after : int, default 1
            Least number of active days after it.
        program : bool, default False
            Pick a program instead of a person.
        """
        force, rng = self.workforce, self.rng
        first = force.humans if program else 0
        last = len(force.people) if program else force.humans
        for _ in range(200):
            actor = int(rng.integers(first, last))
            if not program and (actor in self._used or actor in force.administrators):
                continue
            days = force.active_days(self.events, actor)
            weekday = (days + 3) % 7 < 5
            usable = np.flatnonzero(weekday)
            usable = usable[(usable >= before) & (usable < len(days) - after)]
            if usable.size:
                self._used.add(actor)
                return actor, int(days[rng.choice(usable)])
        raise ValueError("Nobody is left for another incident. Simulate more people or days.")

    def add(self, kind: str, actor: int | None, *parts: Events, innocent: bool = False) -> None:
        """Add an incident's events and its label.

        Parameters
        ----------
        kind : str
            The kind of incident.
        actor : int or None
            Index of the person; None for everybody.
        *parts
            Events of the incident.
        innocent : bool, default False
            Label it as a near miss.
        """
        number = len(self.labels)
        for part in parts:
            part.label[:] = number
        self._added += parts
        times = np.concatenate([part.time for part in parts])
        self.labels.append(Label(kind, innocent, actor, int(times.min()), int(times.max())))

    def drop(self, rows: Any) -> None:
        """Remove ordinary events."""
        self.events = self.events.rows(~rows)

    def working_time(self, actor: int, day: int) -> int:
        """Return a moment in somebody's working day.

        Parameters
        ----------
        actor : int
            Index into the organisation's people.
        day : int
            Days since 1970.
        """
        hour = self.workforce.people[actor].starts_at + self.rng.uniform(0.5, 8)
        return self.workforce.local(actor, day, hour)

    def spread(self, begin: int, minutes: float, count: int) -> Ints:
        """Return `count` moments after a time, in order.

        Parameters
        ----------
        begin : int
            Microseconds since 1970.
        minutes : float
            The period over which the moments are spread.
        count : int
            The number of moments.
        """
        times: Ints = begin + np.sort(self.rng.integers(0, int(minutes * MINUTE) + 1, count))
        return times

    def strange_address(self) -> int:
        """Return an address in a network of its own (198.18.0.0/15 is reserved for tests)."""
        third = self.rng.integers(0, 256)
        second, fourth = 18 + self.rng.integers(2), self.rng.integers(1, 255)
        return self.workforce.address(f"198.{second}.{third}.{fourth}")

    def usual_address(self, actor: int, time: int) -> int:
        """Return the address that somebody uses at a time.

        Parameters
        ----------
        actor : int
            Index into the organisation's people.
        time : int
            Microseconds since 1970.
        """
        return int(self.workforce.whereabouts(actor, np.array([time]))[0])

    def others_files(self, actor: int, count: int) -> Ints:
        """Return files of colleagues.

        Parameters
        ----------
        actor : int
            Index into the organisation's people.
        count : int
            The number of files.
        """
        force, rng = self.workforce, self.rng
        near = rng.integers(max(0, actor - 20), min(force.humans, actor + 21), count)
        places = rng.permutation(max(count, 400))[:count] + 100
        files: Ints = file_of(near, Stock.TEAM, places)
        return files

    def away(self, actor: int, first: int, days: int) -> None:
        """Remove somebody's ordinary events for a number of days.

        Parameters
        ----------
        actor : int
            Index into the organisation's people.
        first : int
            The first day, in days since 1970.
        days : int
            The number of days.
        """
        force = self.workforce
        begin, end = force.local(actor, first, 0), force.local(actor, first + days, 0)
        times = self.events.time
        self.drop((self.events.actor == actor) & (times >= begin) & (times < end))

    def early_victim(self, gap: int) -> tuple[int, int]:
        """Return somebody and a day that leaves at least `gap` days afterwards."""
        last = self.workforce.first_day + self.workforce.days - gap - 3
        for _ in range(100):
            actor, _day = self.victim(before=4)
            days = self.workforce.active_days(self.events, actor)
            usable = days[4:][days[4:] <= last]
            if usable.size:
                return actor, int(self.rng.choice(usable))
            self._used.discard(actor)
        raise ValueError("The history is too short for this absence. Simulate more days.")
