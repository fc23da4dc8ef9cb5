"""Hold back Ctrl-C and SIGTERM during steps that must not be torn apart."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

__all__ = ["Interrupts"]

# SIGTERM stops containers and services.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_NOBODYS = (signal.SIG_DFL, signal.default_int_handler)


class Interrupts:
    """Holds back an interruption inside `held` and raises `KeyboardInterrupt` at its end.

    A second one inside `held` is not held back. Nothing changes outside the main thread, or if the
    program has its own handler.

    Examples
    --------
    >>> written = []
    >>> try:
    ...     with Interrupts() as interrupts, interrupts.held():
    ...         signal.raise_signal(signal.SIGTERM)
    ...         written.append("whole")
    ... except KeyboardInterrupt:
    ...     written
    ['whole']
    """

    def __init__(self) -> None:
        self._holding = False
        self._waiting = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                if handler in _NOBODYS:
                    self._before[number] = handler
                    signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: Any) -> None:
        while self._before:
            signal.signal(*self._before.popitem())

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold back an interruption until the block ends."""
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
