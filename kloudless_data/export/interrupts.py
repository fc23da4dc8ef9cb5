"""Ctrl-C that waits while something must not be torn in two."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

__all__ = ["Interrupts"]


class Interrupts:
    """Holds back `KeyboardInterrupt` inside `held`, and raises it when that ends.

    A second Ctrl-C inside `held` is not held back. Where Ctrl-C is somebody else's affair (in
    other threads than the main one, or with a handler of the program's own) nothing is changed.

    Examples
    --------
    >>> written = []
    >>> try:
    ...     with Interrupts() as interrupts, interrupts.held():
    ...         signal.raise_signal(signal.SIGINT)
    ...         written.append("whole")
    ... except KeyboardInterrupt:
    ...     written
    ['whole']
    """

    def __init__(self) -> None:
        self._holding = False
        self._waiting = False
        self._installed = False

    def __enter__(self) -> Interrupts:
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._handle)
            self._installed = True
        return self

    def __exit__(self, *_: Any) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._installed = False

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold a Ctrl-C back until the block ends."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._holding and not self._waiting:
            self._waiting = True
        else:
            raise KeyboardInterrupt
