"""Stopping a thread that waits for a server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from .deadline import shut_down

__all__ = ["Cancellation", "Cancelled"]

_running = threading.local()


class Cancelled(BaseException):
    """The work was cancelled from another thread. Nobody's ``except Exception`` may keep it."""


class Cancellation:
    """Ends the requests of the threads that work under it, at once.

    A thread in ``recv`` cannot be interrupted; what it reads from can be shut down.

    Parameters
    ----------
    waits_for_429 : bool
        Whether a request that is answered 429 pauses its thread. A scheduler that has other work
        for the thread says False, and gets the `RateLimitException`.
    """

    def __init__(self, *, waits_for_429: bool = True) -> None:
        self.waits_for_429 = waits_for_429
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._connections: set[Any] = set()

    @staticmethod
    def current() -> Cancellation | None:
        """Return the one that this thread works under."""
        return getattr(_running, "cancellation", None)

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Let this thread work under it."""
        before = self.current()
        _running.cancellation = self
        try:
            yield
        finally:
            _running.cancellation = before

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` when it was."""
        if self.cancelled:
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleep, unless cancelled.

        Raises
        ------
        Cancelled
            As soon as it is.
        """
        if self._event.wait(seconds):
            raise Cancelled

    def uses(self, connection: Any) -> None:
        """Remember a connection that a request is made on."""
        with self._lock:
            self._connections.add(connection)
        if self.cancelled:
            shut_down(connection)

    def leaves(self, connection: Any) -> None:
        """Forget a connection that a request is done with."""
        with self._lock:
            self._connections.discard(connection)

    def cancel(self) -> None:
        """Make every wait and every request under it end now."""
        self._event.set()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            shut_down(connection)
