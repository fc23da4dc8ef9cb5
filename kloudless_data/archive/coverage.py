"""What can be said about an interval: every event is here, some may be missing, some are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .ledger import Entry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Interval", "Retention", "coverage_frame", "intervals_of"]

COVERED, POSSIBLY_LOST, LOST, EMPTY = "covered", "possibly lost", "lost", "empty"


@dataclass(frozen=True)
class Retention:
    """What a server keeps of each account's events. None: everything.

    Kloudless documents 10,000 events and 24 hours (D).

    Attributes
    ----------
    events : int or None
    hours : float or None
    """

    events: int | None = 10_000
    hours: float | None = 24.0

    def oldest_kept(self, now: datetime) -> datetime | None:
        """Return the time of the oldest event that its age has not removed."""
        return None if self.hours is None else now - timedelta(hours=self.hours)


@dataclass(frozen=True)
class Interval:
    """What is known of one account between two times (from exclusive, to inclusive).

    Attributes
    ----------
    account : str
    start, end : datetime
    state : {"covered", "possibly lost", "lost", "empty"}
    events : int
        How many the server sent for it.
    reason : str
        Why it is not simply covered.
    """

    account: str
    start: datetime
    end: datetime
    state: str
    events: int
    reason: str = ""


def intervals_of(chain: Sequence[Entry], retention: Retention) -> Iterator[Interval]:
    """Return what an account's ledger says, oldest first.

    A *read* is a run of entries up to one that reached the end. When it ended, every event that had
    happened before it was asked for had been sent, unless the server had dropped it before. It may
    have: events older than `Retention.hours` when the read ended, and all but the last
    `Retention.events` of those since the end of the read before. So

    - less time than that since the read before, and fewer events: **covered**;
    - more time: possibly lost up to the oldest that is surely kept, covered from there;
    - as many events or more: possibly lost, all of it, as is what the server began anew;
    - the server said that the position is too old: lost up to where it began anew.

    An event that the server delivers after later ones is in whatever read delivers it; nothing is
    called covered because of events' own times, only because of when was asked.

    Parameters
    ----------
    chain : sequence of Entry
        Of one account, oldest first.
    retention : Retention

    Yields
    ------
    Interval
    """
    through: datetime | None = None
    for read in _reads(chain):
        yield from _read_intervals(read, through, retention)
        asked = read[-1].asked
        through = asked if through is None else max(through, asked)


def _reads(chain: Iterable[Entry]) -> Iterator[list[Entry]]:
    read: list[Entry] = []
    for entry in chain:
        read.append(entry)
        if entry.reached_end:
            yield read
            read = []


def _read_intervals(
    read: list[Entry], through: datetime | None, retention: Retention
) -> Iterator[Interval]:
    last = read[-1]
    # Whatever had happened when the sync that reached the end began was there for it to read.
    account, end = last.account, last.asked
    events = sum(entry.events for entry in read)
    kept = retention.oldest_kept(last.answered)
    start = through if through is not None else kept
    if start is None:
        start = min((e.first_modified for e in read if e.first_modified), default=end)
        start -= timedelta(microseconds=1)
    if start >= end:  # a clock was set back: what was covered stays so
        return
    whole = EMPTY if events == 0 else COVERED
    too_many = retention.events is not None and events >= retention.events
    lost = any(entry.lost for entry in read)
    if too_many:
        reason = f"{events:,} events at once, and the server keeps {retention.events:,}"
        yield Interval(account, start, end, LOST if lost else POSSIBLY_LOST, events, reason)
        return
    if any(entry.restarted for entry in read):
        reason = "the server began again with events that were read before"
        yield Interval(account, start, end, POSSIBLY_LOST, events, reason)
        return
    gap_end = min(kept, end) if kept is not None and kept > start else None
    if lost:
        gap_end = gap_end or end
        reason = "the server said that the position was too old"
        yield Interval(account, start, gap_end, LOST, 0, reason)
    elif gap_end is not None and through is not None:
        reason = f"more than {retention.hours:g} hours between two reads"
        yield Interval(account, start, gap_end, POSSIBLY_LOST, 0, reason)
    if (gap_end or start) < end:
        yield Interval(account, gap_end or start, end, whole, events)


def coverage_frame(intervals: Iterable[Interval]) -> pd.DataFrame:
    """Return intervals as a DataFrame.

    Returns
    -------
    pandas.DataFrame
        ``account`` (string), ``start`` and ``end`` (``datetime64[us, UTC]``; from exclusive, to
        inclusive), ``state``, ``events`` (int64), ``reason``.
    """
    import pandas as pd

    names = ["account", "start", "end", "state", "events", "reason"]
    rows = [[getattr(interval, name) for name in names] for interval in intervals]
    frame = pd.DataFrame(rows, columns=names)
    for name in ("start", "end"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame.astype({"events": "int64"})
