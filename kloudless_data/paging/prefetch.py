"""Read ahead: a thread fetches the next items while this one processes the current ones."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from ..http.cancellation import Cancellation, Cancelled

__all__ = ["Background", "ReadAhead", "get", "put"]

T = TypeVar("T")
_END = object()


class ReadAhead(Generic[T]):
    """Iterates in a separate thread, a bounded number of items ahead.

    Use it in a ``with`` statement: leaving the block for any reason ends the thread, even one that
    waits for a server.

    Parameters
    ----------
    items : iterable
        Iterated in the thread. An exception there is raised here, with its own traceback, after the
        preceding items.
    depth : int
        The largest number of waiting items.

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
        self._thread.join(timeout=1.0)  # a thread that is connecting ends by itself

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
            except BaseException as error:  # raised for whoever iterates
                last = _Raised(error)
            if not self._cancellation.cancelled:
                try:
                    put(self._queue, last, self._cancellation)
                except Cancelled:
                    return


class Background:
    """Runs a function in a separate thread.

    Parameters
    ----------
    work : callable
        Called immediately. `finish` raises its exceptions.

    Examples
    --------
    >>> done = []
    >>> Background(lambda: done.append(1)).finish()
    >>> done
    [1]
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self._error: BaseException | None = None
        # Only the thread holds the work, and its data no longer than it runs.
        self._thread = threading.Thread(
            target=self._run, args=(work,), name="kloudless-data", daemon=True
        )
        self._thread.start()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # raised for whoever waits
            self._error = error

    def finish(self) -> None:
        """Wait until it is done."""
        self._thread.join()
        if self._error is not None:
            raise self._error


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def put(waiting: queue.Queue[object], item: object, cancellation: Cancellation) -> None:
    """Put an item into a bounded queue.

    Parameters
    ----------
    waiting : queue.Queue
    item : object
    cancellation : Cancellation

    Raises
    ------
    Cancelled
        If cancelled before there is room.
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
        If cancelled before there is an item.
    """
    cancellation = Cancellation.current()
    while True:
        if cancellation is not None:
            cancellation.check()
        try:
            return waiting.get(timeout=0.05)
        except queue.Empty:
            continue
