"""Stop a command that runs until it is told to."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType
from typing import Any

__all__ = ["StopSignals"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_STEP = 0.2  # seconds: a signal does not end a sleep (PEP 475)


class StopSignals:
    """Notes Ctrl-C and SIGTERM; use it in a ``with`` statement in the main thread.

    The first one asks to stop once what is under way is done. A second one interrupts that.

    The handler only sets an attribute. An exception from it would be lost inside a finaliser, and a
    `threading.Event` has a lock, which the interrupted code may hold: the process would hang.

    Attributes
    ----------
    received : bool
        True after the first signal.

    Raises
    ------
    KeyboardInterrupt
        Inside the block, at the second signal.

    Examples
    --------
    >>> with StopSignals() as stop:
    ...     signal.raise_signal(signal.SIGINT)
    ...     stop.wait(3600)
    True
    """

    def __init__(self) -> None:
        self.received = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignals:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received:
            raise KeyboardInterrupt
        self.received = True

    def wait(self, seconds: float = float("inf")) -> bool:
        """Sleep until a signal arrives; return whether one has.

        Parameters
        ----------
        seconds : float
            The longest sleep.
        """
        end = time.monotonic() + seconds
        while not self.received and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _STEP))
        return self.received
