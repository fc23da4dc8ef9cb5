"""The virtual clock: the sandbox's only idea of what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .timetext import from_us, to_us

__all__ = ["EPOCH_END", "Clock"]

#: Where every history ends. Fixed, so that one seed gives the same bytes on every day; a Monday
#: evening in Europe and midday in America, so that the last hours of a history are busy ones.
EPOCH_END = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


class Clock:
    """A clock which stands still until it is moved.

    Only events up to `now` exist for the server, and retention is judged against it. Setting it
    back and advancing it lets a history happen again.

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
        """Let time pass: a timedelta, a number of hours, or both."""
        step = (by or timedelta()) + timedelta(hours=hours)
        self._us += step // timedelta(microseconds=1)

    def set(self, now: datetime) -> None:
        """Put the clock to a time; a naive datetime is taken as UTC."""
        self._us = to_us(now)

    def __repr__(self) -> str:
        return f"<Clock {self.now.isoformat()}>"
