"""Stop threads that wait for a server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from .deadline import shut_down

__all__ = ["Cancellation", "Cancelled"]

_running = threading.local()


class Cancelled(BaseException):
    """Another thread cancelled the work. No ``except Exception`` may swallow it."""


class Cancellation:
    """Ends all requests of the threads that work under it immediately.

    A thread in ``recv`` cannot be interrupted, but its socket can be shut down.

    Parameters
    ----------
    waits_for_429 : bool
        True if a 429 answer pauses the thread. A scheduler with other work for the thread passes
        False and gets the `RateLimitException`.
    """

    def __init__(self, *, waits_for_429: bool = True) -> None:
        self.waits_for_429 = waits_for_429
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._connections: set[Any] = set()

    @staticmethod
    def current() -> Cancellation | None:
        """Return the cancellation that this thread works under."""
        return getattr(_running, "cancellation", None)

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Make this thread work under it."""
        before = self.current()
        _running.cancellation = self
        try:
            yield
        finally:
            _running.cancellation = before

    @property
    def cancelled(self) -> bool:
        """True if `cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if it was."""
        if self.cancelled:
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleep, unless cancelled.

        Raises
        ------
        Cancelled
            As soon as `cancel` is called.
        """
        if self._event.wait(seconds):
            raise Cancelled

    def uses(self, connection: Any) -> None:
        """Register a connection that a request uses."""
        with self._lock:
            self._connections.add(connection)
        if self.cancelled:
            shut_down(connection)

    def leaves(self, connection: Any) -> None:
        """Unregister a connection that a request has finished with."""
        with self._lock:
            self._connections.discard(connection)

    def cancel(self) -> None:
        """End every wait and every request under it now."""
        self._event.set()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            shut_down(connection)
