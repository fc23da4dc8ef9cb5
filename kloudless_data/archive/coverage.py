"""What can be said about an interval: every event is here, some may be missing, some are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from .ledger import Entry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEDGER_COLUMNS", "Interval", "Retention", "coverage_frame", "coverage_of",
           "intervals_of"]  # fmt: skip

COVERED, POSSIBLY_LOST, LOST, EMPTY = "covered", "possibly lost", "lost", "empty"
#: What `coverage_of` needs to know of each entry.
LEDGER_COLUMNS = ("account", "asked", "answered", "server_time", "events", "first_modified",
                  "last_modified", "connected", "reached_end", "lost", "restarted")  # fmt: skip
_TIME = "datetime64[us, UTC]"
_COLUMNS = ("account", "start", "end", "state", "events", "reason")


@dataclass(frozen=True)
class Retention:
    """What a server keeps of each account's events. None: everything.

    Kloudless documents 10,000 events and 24 hours (D).

    Attributes
    ----------
    events : int or None
    hours : float or None
    tolerance_hours : float
        How late the server may deliver an event, and how far its clock may be from this machine's
        (A). So much before a read nothing is called covered yet, and so much less than `hours` is
        relied on.
    """

    events: int | None = 10_000
    hours: float | None = 24.0
    tolerance_hours: float = 1.0


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


def coverage_of(entries: pd.DataFrame, retention: Retention) -> pd.DataFrame:
    """Return what ledgers say, by account and oldest first.

    A *read* is a run of entries up to one that reached the end. When it ended, every event that had
    happened (`Retention.tolerance_hours` ago or longer) before it was asked for had been sent,
    unless the server had dropped it before. It may have: events older than `Retention.hours` when
    the read ended, and all but the last `Retention.events` of those since the end of the read
    before. So

    - less time than that since the read before, and fewer events: **covered**;
    - more time: possibly lost up to the oldest that is surely kept, covered from there;
    - as many events or more: possibly lost, all of it, as is what the server began anew;
    - the server said that the position is too old: lost up to where it began anew.

    The first read covers only the time since the account was connected; where the server did not
    say when that was, since the read's first event. An event that the server delivers after later
    ones is in whatever read delivers it; nothing is called covered because of events' own times,
    only because of when was asked. That is told by the server's clock (its header ``Date``), which
    also decides what is too old, or by this machine's where there is none. Reads follow each other
    whatever a clock said: where a later one has an earlier time, one of both is wrong, and nothing
    is claimed of the time between.

    Parameters
    ----------
    entries : pandas.DataFrame
        The `LEDGER_COLUMNS`, by account, and oldest first within one.
    retention : Retention

    Returns
    -------
    pandas.DataFrame
        As of `coverage_frame`; neighbours that are alike are one interval.
    """
    reads = _reads(entries, retention)
    return _merged(_intervals(reads[reads["start"] < reads["end"]], retention))


def _reads(entries: pd.DataFrame, retention: Retention) -> pd.DataFrame:
    """Return a row a read; `kept` is the time of the oldest event that was surely there."""
    import pandas as pd

    entries = entries.reset_index(drop=True)
    new = entries["account"].ne(entries["account"].shift())
    begins = new | entries["reached_end"].shift(fill_value=False).astype(bool)
    grouped = entries.assign(read=begins.cumsum()).groupby("read", sort=False)
    reads = grouped.agg(
        account=("account", "first"), asked=("asked", "last"), answered=("answered", "last"),
        server_time=("server_time", "last"), connected=("connected", "first"),
        events=("events", "sum"), first_modified=("first_modified", "min"),
        last_modified=("last_modified", "max"), reached_end=("reached_end", "last"),
        lost=("lost", "any"), restarted=("restarted", "any"),
    )  # fmt: skip
    reads = reads[reads["reached_end"].astype(bool)].reset_index(drop=True)
    tolerance = pd.Timedelta(hours=retention.tolerance_hours)
    accounts = reads["account"]
    asked, answered = (reads["server_time"].fillna(reads[n]) for n in ("asked", "answered"))
    backwards = asked[::-1].groupby(accounts[::-1], sort=False).cummin()[::-1]
    reads["end"] = backwards - tolerance
    reads["start"] = reads["end"].groupby(accounts, sort=False).shift()
    reads["first"] = reads["start"].isna()
    latest = answered.groupby(accounts, sort=False).cummax()
    never = pd.Series(pd.NaT, index=reads.index, dtype=_TIME)
    kept = never if retention.hours is None else latest - pd.Timedelta(hours=retention.hours)
    reads["kept"] = kept + tolerance
    first_event = reads["first_modified"] - pd.Timedelta(microseconds=1)
    began = reads["connected"].fillna(first_event)
    began = pd.concat([began, reads["kept"]], axis=1).max(axis=1).where(began.notna())
    reads["start"] = reads["start"].fillna(began).astype(_TIME)
    # What happened shortly before one read is in the interval that the next one covers.
    seen = reads["last_modified"].groupby(accounts, sort=False).cummax()
    seen = seen.groupby(accounts, sort=False).ffill()
    reads["nothing"] = (reads["events"] == 0) & ~(seen > reads["start"])
    return reads


def _intervals(reads: pd.DataFrame, retention: Retention) -> pd.DataFrame:
    """Return one or two intervals a read: what may be missing, and what is covered."""
    import pandas as pd

    too_many = np.zeros(len(reads), bool)
    if retention.events is not None:
        too_many = (reads["events"] >= retention.events).to_numpy()
    lost = reads["lost"].to_numpy(dtype=bool)
    restarted = reads["restarted"].to_numpy(dtype=bool) & ~too_many
    late = (reads["kept"] > reads["start"]).to_numpy() & ~reads["first"].to_numpy()
    whole = too_many | restarted
    gap = whole | lost | late
    gap_end = reads["end"].where(whole | ~late, reads[["kept", "end"]].min(axis=1))
    hours = 0.0 if retention.hours is None else retention.hours
    most = f"{retention.events or 0:,}"
    sent = [f"{n:,} events at once, and the server keeps {most}" for n in reads["events"][too_many]]
    reasons = np.full(len(reads), f"more than {hours:g} hours between two reads", dtype=object)
    reasons[lost] = "the server said that the position was too old"
    reasons[restarted] = "the server began again with events that were read before"
    reasons[too_many] = sent
    missing = pd.DataFrame(
        {
            "account": reads["account"], "start": reads["start"], "end": gap_end,
            "state": np.where(lost & ~restarted, LOST, POSSIBLY_LOST),
            "events": reads["events"].where(whole, 0), "reason": reasons,
        }
    )[gap]  # fmt: skip
    there = pd.DataFrame(
        {
            "account": reads["account"], "start": reads["start"].where(~gap, gap_end),
            "end": reads["end"], "state": np.where(reads["nothing"], EMPTY, COVERED),
            "events": reads["events"], "reason": "",
        }
    )[~whole]  # fmt: skip
    both = pd.concat([missing, there[there["start"] < there["end"]]])
    return both.sort_index(kind="stable").astype({"start": _TIME, "end": _TIME})


def _merged(intervals: pd.DataFrame) -> pd.DataFrame:
    """Make one interval of neighbours that are alike."""
    before = intervals.shift()
    same = (intervals["start"] == before["end"]) & (intervals["reason"] == "")
    for name in ("account", "state", "reason"):
        same &= intervals[name] == before[name]
    merged = intervals.groupby((~same).cumsum(), sort=False).agg(
        account=("account", "first"), start=("start", "first"), end=("end", "last"),
        state=("state", "first"), events=("events", "sum"), reason=("reason", "first"),
    )  # fmt: skip
    return _typed(merged.reset_index(drop=True))


def intervals_of(chain: Sequence[Entry], retention: Retention) -> Iterator[Interval]:
    """Yield what one account's reads say, oldest first; see `coverage_of`.

    Parameters
    ----------
    chain : sequence of Entry
        Oldest first.
    retention : Retention

    Yields
    ------
    Interval
    """
    import pandas as pd

    rows = [[getattr(entry, name) for name in LEDGER_COLUMNS] for entry in chain]
    entries = pd.DataFrame(rows, columns=list(LEDGER_COLUMNS))
    for name in (
        "asked",
        "answered",
        "server_time",
        "first_modified",
        "last_modified",
        "connected",
    ):
        entries[name] = pd.to_datetime(entries[name], utc=True).astype(_TIME)
    for row in coverage_of(entries, retention).itertuples(index=False):
        yield Interval(row.account, row.start.to_pydatetime(), row.end.to_pydatetime(), *row[3:])


def coverage_frame(intervals: Iterable[Interval]) -> pd.DataFrame:
    """Return intervals as a DataFrame.

    Returns
    -------
    pandas.DataFrame
        ``account`` (string), ``start`` and ``end`` (``datetime64[us, UTC]``; from exclusive, to
        inclusive), ``state``, ``events`` (int64), ``reason``.
    """
    import pandas as pd

    rows = [[getattr(interval, name) for name in _COLUMNS] for interval in intervals]
    return _typed(pd.DataFrame(rows, columns=list(_COLUMNS)))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    for name in ("start", "end"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype(_TIME)
    types: dict[str, Any] = {"events": "int64"}
    return frame.astype(types | dict.fromkeys(("account", "state", "reason"), "str"))
