"""What the endpoints need of an account's activity, and what all histories share."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from .cursors import Cursors
from .habits import State
from .people import Person
from .randomness import Ints
from .world import World

__all__ = ["History", "Simulated", "Tenant"]

_TOGETHER = 200  # events that an iteration writes and reads at a time


class History(Protocol):
    """Everything that happened in one account, by position.

    `kloudless_data.sandbox.world.history.AccountHistory` computes one from a seed;
    `kloudless_data.sandbox.organisation.Organisation` simulates months of an organisation, and
    `kloudless_data.sandbox.sharing.Company` one whose rights are known. They inherit everything
    that follows from `page_parts`, `count_until` and `_actors`.
    """

    account: int
    world: World
    cursors: Cursors

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of events."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the events, oldest first."""
        for start in range(0, len(self), _TOGETHER):
            page = self.page(start, min(start + _TOGETHER, len(self)))
            yield from json.loads(b"[" + page + b"]")

    def event(self, position: int, version: int = 1) -> dict[str, Any]:
        """Return the event at a position, as the server shows it.

        Parameters
        ----------
        position : int
            The event's number in the history, from 0.
        version : int, default 1
            The API version.

        Raises
        ------
        IndexError
            If the history is shorter.
        """
        if not 0 <= position < len(self):
            raise IndexError(f"event {position} of a history of {len(self)}")
        event: dict[str, Any] = json.loads(self.page(position, position + 1, version))
        return event

    def page(self, start: int, stop: int, version: int = 1) -> bytes:
        """Return the events from `start` to before `stop` as JSON, separated by commas.

        Parameters
        ----------
        start : int
            The first position.
        stop : int
            The position after the last one.
        version : int, default 1
            The API version.
        """
        return b"".join(self.page_parts(start, stop, version))

    @abstractmethod
    def page_parts(self, start: int, stop: int, version: int = 1) -> Sequence[bytes | memoryview]:
        """Return a `page` in parts, to avoid copying.

        Parameters
        ----------
        start : int
            The first position.
        stop : int
            The position after the last one.
        version : int, default 1
            The API version.
        """

    def cursor_at(self, position: int, version: int = 1) -> int | str:
        """Return the cursor just before the event at this position.

        Parameters
        ----------
        position : int
            The event's number in the history, from 0.
        version : int, default 1
            The API version.
        """
        return self.cursors.at(position, version)

    def positions_of(self, person: int, start: int, stop: int, limit: int) -> list[int]:
        """Return up to `limit` positions in a range whose events are by this person.

        Parameters
        ----------
        person : int
            Index into the account's people.
        start : int
            The first position.
        stop : int
            The position after the last one.
        limit : int
            The largest number of positions.
        """
        found: list[int] = []
        for first, actors in self._actors(start, stop):
            found += (np.flatnonzero(actors == person) + first).tolist()
            if len(found) >= limit:
                break
        return found[:limit]

    @abstractmethod
    def _actors(self, start: int, stop: int) -> Iterator[tuple[int, Ints]]:
        """Yield the actors of a range of events, in chunks: the first position, and the people."""

    @abstractmethod
    def count_until(self, moment: int) -> int:
        """Return the number of events up to and including a time."""

    def states(self, moment: int) -> list[State]:
        """Return the state of everything in the account at a time; nothing if not simulated."""
        return []


class Tenant(Protocol):
    """The organisation of an administrator's account."""

    service: str
    people: list[Person]


class Simulated(Tenant, History, Protocol):
    """A tenant whose whole history is simulated, as an account of the sandbox."""

    start: int

    def attach(self, account: int) -> None:
        """Set the id of its account on a server."""
