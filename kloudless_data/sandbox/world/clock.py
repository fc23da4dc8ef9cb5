"""The virtual clock: the sandbox's only source of the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .timetext import from_us, to_us

__all__ = ["EPOCH_END", "Clock"]

#: The end of every history. Fixed, so that a seed gives the same bytes on any day. It is a Monday
#: evening in Europe and midday in America, so the last hours of a history are busy.
EPOCH_END = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved.

    The server shows only events up to `now`, and retention is relative to it. To replay a history,
    set the clock back and advance it.

    Examples
    --------
    >>> from datetime import datetime
    >>> clock = Clock(datetime(2026, 3, 2, 18, 0))
    >>> clock.advance(hours=1.5)
    >>> clock.now.isoformat()
    '2026-03-02T19:30:00+00:00'
    """

    def __init__(self, now: datetime = EPOCH_END) -> None:
        self._us = to_us(now)

    @property
    def now(self) -> datetime:
        """The virtual time, an aware datetime in UTC."""
        return from_us(self._us)

    @property
    def us(self) -> int:
        """The virtual time in microseconds since 1970."""
        return self._us

    def advance(self, by: timedelta | None = None, *, hours: float = 0.0) -> None:
        """Advance the time by a timedelta, a number of hours, or both.

        Parameters
        ----------
        by : timedelta, optional
            The time to add.
        hours : float, default 0.0
            Hours to add.
        """
        step = (by or timedelta()) + timedelta(hours=hours)
        self._us += step // timedelta(microseconds=1)

    def set(self, now: datetime) -> None:
        """Set the clock; a naive datetime is taken as UTC."""
        self._us = to_us(now)

    def __repr__(self) -> str:
        return f"<Clock {self.now.isoformat()}>"
