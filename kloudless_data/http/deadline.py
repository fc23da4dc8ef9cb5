"""End a request that takes too long as a whole, even while bytes keep arriving.

A read timeout restarts with each byte, so a server that sends one byte now and then never triggers
it. One thread watches all requests of the process and shuts down their connections when their time
is up.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import math
import os
import socket
import threading
import time
from typing import Any

__all__ = ["Deadline", "shut_down"]

_AGAIN = 0.2  # seconds before checking again a connection that is being opened


class Deadline:
    """The time by which a request must be answered.

    Use it in a ``with`` statement around the request.

    Parameters
    ----------
    seconds : float
        Infinite for no deadline.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.expired = False
        self.ended = False
        self._connections: list[Any] = []

    @staticmethod
    def current() -> Deadline | None:
        """Return the deadline that this thread works under."""
        return getattr(_running, "deadline", None)

    def __enter__(self) -> Deadline:
        self._before = self.current()
        _running.deadline = self
        if self.seconds < math.inf:
            _WATCH.of_this_process().add(self)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.ended = True
        self._connections.clear()
        _running.deadline = self._before

    def uses(self, connection: Any) -> None:
        """Register a connection that the request uses."""
        self._connections.append(connection)

    def leaves(self, connection: Any) -> None:
        """Unregister a connection, which another request may now use."""
        with contextlib.suppress(ValueError):
            self._connections.remove(connection)

    def expire(self) -> bool:
        """End the request if it is under way; return True if nothing is left to do."""
        if self.ended:
            return True
        self.expired = True
        for connection in list(self._connections):
            shut_down(connection)
        return False  # it may be connecting, or move to another connection


def shut_down(connection: Any) -> None:
    """End every read and write on a connection now, in any thread.

    If an answer ends by closing its connection, `http.client` drops the socket once the head has
    arrived; hence the second reference in `kloudless_data.http.transport`.
    """
    sock = getattr(connection, "sock", None) or getattr(connection, "latest_sock", None)
    if sock is not None:
        with contextlib.suppress(OSError, ValueError):
            sock.shutdown(socket.SHUT_RDWR)


class _Watch:
    """The thread that ends requests."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Deadline]] = []  # a heap, by time
        self._numbers = itertools.count()  # ties are broken by order of arrival
        self._thread: threading.Thread | None = None
        self._wakes_at = math.inf

    def of_this_process(self) -> _Watch:
        """Return this process's watch; a fork needs a new one, since threads stay behind."""
        global _WATCH
        if self._process != os.getpid():
            _WATCH = _Watch()
        return _WATCH

    def add(self, deadline: Deadline) -> None:
        with self._changed:
            self._forget_those_that_ended()
            self._push(time.monotonic() + deadline.seconds, deadline)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="kloudless-data deadlines", daemon=True
                )
                self._thread.start()
            # Requests mostly share one limit, so a new one rarely needs to wake the thread.
            if self._waiting[0][0] < self._wakes_at:
                self._changed.notify()

    def _forget_those_that_ended(self) -> None:
        while self._waiting and self._waiting[0][2].ended:
            heapq.heappop(self._waiting)

    def _push(self, when: float, deadline: Deadline) -> None:
        heapq.heappush(self._waiting, (when, next(self._numbers), deadline))

    def _run(self) -> None:
        with self._changed:
            while True:
                self._forget_those_that_ended()
                if not self._waiting:
                    self._sleep_until(math.inf)
                    continue
                when, _, deadline = self._waiting[0]
                if when > time.monotonic():
                    self._sleep_until(when)
                    continue
                heapq.heappop(self._waiting)
                if not deadline.expire():
                    self._push(time.monotonic() + _AGAIN, deadline)

    def _sleep_until(self, when: float) -> None:
        self._wakes_at = when
        self._changed.wait(None if when == math.inf else max(0.0, when - time.monotonic()))
        self._wakes_at = -math.inf  # awake and about to check


_running = threading.local()
_WATCH = _Watch()
