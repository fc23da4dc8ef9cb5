"""Reading ahead: a thread fetches what comes next while this one works on what is there."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from .cancellation import Cancellation, Cancelled

__all__ = ["ReadAhead", "get", "put"]

T = TypeVar("T")
_END = object()


class ReadAhead(Generic[T]):
    """Iterates in a thread of its own, a bounded number of items ahead.

    Use it in a ``with`` statement: leaving it, for whatever reason, ends the thread, also one that
    waits for a server.

    Parameters
    ----------
    items : iterable
        Iterated in the thread. An exception there is raised here, with its own traceback, after
        the items before it.
    depth : int
        How many items may wait.

    Examples
    --------
    >>> with ReadAhead(range(3), depth=2) as numbers:
    ...     list(numbers)
    [0, 1, 2]
    """

    def __init__(self, items: Iterable[T], depth: int = 2) -> None:
        self._items = items
        self._queue: queue.Queue[object] = queue.Queue(depth)
        self._cancellation = Cancellation()
        self._thread = threading.Thread(target=self._run, name="kloudless-data", daemon=True)

    def __enter__(self) -> ReadAhead[T]:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._cancellation.cancel()
        self._thread.join(timeout=1.0)  # a thread that is just connecting ends by itself

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._queue.get()
            if item is _END:
                return
            if isinstance(item, _Raised):
                raise item.error
            yield item  # type: ignore[misc]

    def _run(self) -> None:
        last: object = _END
        with self._cancellation.active():
            try:
                for item in self._items:
                    put(self._queue, item, self._cancellation)
            except Cancelled:
                return
            except BaseException as error:  # it belongs to whoever iterates
                last = _Raised(error)
            if not self._cancellation.cancelled:
                try:
                    put(self._queue, last, self._cancellation)
                except Cancelled:
                    return


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def put(waiting: queue.Queue[object], item: object, cancellation: Cancellation) -> None:
    """Put an item into a bounded queue.

    Raises
    ------
    Cancelled
        When that happens before there is room.
    """
    while True:
        cancellation.check()
        try:
            return waiting.put(item, timeout=0.05)
        except queue.Full:
            continue


def get(waiting: queue.Queue[object]) -> object:
    """Take an item from a queue, in a thread that may be cancelled.

    Raises
    ------
    Cancelled
        When that happens before there is one.
    """
    cancellation = Cancellation.current()
    while True:
        if cancellation is not None:
            cancellation.check()
        try:
            return waiting.get(timeout=0.05)
        except queue.Empty:
            continue
