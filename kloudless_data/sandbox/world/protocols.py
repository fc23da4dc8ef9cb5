"""What the endpoints ask of whatever an account's activity comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from .cursors import Cursors
from .habits import State
from .people import Person
from .world import World

__all__ = ["History", "Simulated", "Tenant"]


class History(Protocol):
    """Everything that happened in one account, by position.

    `kloudless_data.sandbox.world.history.AccountHistory` computes one from a seed;
    `kloudless_data.sandbox.organisation.Organisation` simulates months of an organisation.
    """

    account: int
    world: World
    cursors: Cursors

    def __len__(self) -> int:
        """Return how many events there are."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the events, oldest first."""

    def event(self, position: int, version: int = 1) -> dict[str, Any]:
        """Return the event at a position, as the server shows it."""

    def page(self, start: int, stop: int, version: int = 1) -> bytes:
        """Return the events from start to before stop as JSON, separated by commas."""

    def page_parts(self, start: int, stop: int, version: int = 1) -> Sequence[bytes | memoryview]:
        """Return the same in parts, to be joined."""

    def cursor_at(self, position: int, version: int = 1) -> int | str:
        """Return the cursor after which the event at this position is the next one."""

    def positions_of(self, person: int, start: int, stop: int, limit: int) -> list[int]:
        """Return up to `limit` positions in a range at which this person is the actor."""

    def count_until(self, moment: int) -> int:
        """Return how many events have happened up to and including a time."""

    def states(self, moment: int) -> list[State]:
        """Return how far everything has come at a time: what the account then holds."""


class Tenant(Protocol):
    """An organisation that an administrator's account belongs to."""

    service: str
    people: list[Person]


class Simulated(Tenant, History, Protocol):
    """A tenant whose whole history is simulated, as an account of the sandbox."""

    start: int

    def attach(self, account: int) -> None:
        """Say which account of a server it is."""
