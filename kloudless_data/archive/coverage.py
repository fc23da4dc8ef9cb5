"""What can be said about an interval: every event is here, some may be missing, some are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from ..paging.frames import utc_times
from .content import by_account
from .ledger import Entry

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["LEDGER_COLUMNS", "Interval", "Retention", "coverage_frame", "coverage_of",
           "intervals_of"]  # fmt: skip

COVERED, POSSIBLY_LOST, LOST, EMPTY = "covered", "possibly lost", "lost", "empty"
_TIME = "datetime64[us, UTC]"
_TIMES = ("asked", "answered", "server_time", "connected", "first_modified", "last_modified")
_FLAGS = ("reached_end", "lost", "restarted", "absent", "begun_anew")
_COLUMNS = ("account", "start", "end", "state", "events", "reason")
#: What `coverage_of` needs to know of each entry.
LEDGER_COLUMNS = ("account", "events", *_TIMES, *_FLAGS)


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
    - as many events or more: possibly lost, all of it up to the answer, as is what the server began
      anew, and what happened since is covered by later reads only;
    - the application did not list the account meanwhile, or somebody began it anew: possibly lost,
      all of it up to the answer;
    - the server said that the position is too old: lost up to what was surely kept, or, where that
      is no reason, up to the answer.

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
    import pandas as pd

    reads = _bounded(_reads(entries), retention)
    missing, there = _missing(reads, retention), _there(reads)
    # What may have been lost is not covered, however the times of reads overlap.
    until = _so_far(missing["end"], reads["account"], "cummax")
    there["start"] = pd.concat([there["start"], until], axis=1).max(axis=1)
    there["state"] = _state(reads, there["start"])
    before = until.groupby(reads["account"], sort=False).shift()
    missing["start"] = pd.concat([missing["start"], before], axis=1).max(axis=1)
    both = pd.concat([part[part["start"] < part["end"]] for part in (missing, there)])
    return _merged(both.sort_index(kind="stable"))


def _reads(entries: pd.DataFrame) -> pd.DataFrame:
    """Return a row a read that reached the end."""
    entries = entries.reset_index(drop=True)
    for name in _FLAGS:
        entries[name] = entries[name].eq(True).fillna(False).astype(bool)
    for name in _TIMES:
        entries[name] = _as_times(entries[name])
    done = entries["reached_end"]
    new = entries["account"].ne(entries["account"].shift())
    number = (new | done.shift(fill_value=False)).cumsum()
    grouped = entries.groupby(number, sort=False)
    reads = grouped.agg(
        connected=("connected", "first"), events=("events", "sum"),
        first_modified=("first_modified", "min"), last_modified=("last_modified", "max"),
        **{name: (name, "any") for name in ("lost", "restarted", "absent", "begun_anew")},
    )  # fmt: skip
    # Of the rest its last entry's, also where that is null.
    last = entries[number.ne(number.shift(-1))]
    for name in ("account", "asked", "answered", "server_time", "reached_end"):
        reads[name] = last[name].array
    return reads[reads["reached_end"]].reset_index(drop=True)


def _so_far(times: pd.Series, accounts: pd.Series, how: str, *, step: int = 1) -> pd.Series:
    """Return the least or greatest of each account's times up to each read; from it on: step -1."""
    found = getattr(times[::step].groupby(accounts[::step], sort=False), how)()
    return found.groupby(accounts[::step], sort=False).ffill()[::step]


def _bounded(reads: pd.DataFrame, retention: Retention) -> pd.DataFrame:
    """Add what is surely there of each read: from `start` (or `kept`) to `end`.

    `latest` is when it was answered at the latest. A time before that of an earlier read is none to
    rely on: the read was answered before the next one.
    """
    import pandas as pd

    accounts = reads["account"]
    tolerance = pd.Timedelta(hours=retention.tolerance_hours).as_unit("us")
    asked, answered = (reads["server_time"].fillna(reads[n]) for n in ("asked", "answered"))
    least = _so_far(asked, accounts, "cummin", step=-1)
    latest = _so_far(answered, accounts, "cummax")
    following = least.groupby(accounts, sort=False).shift(-1)
    latest = latest.mask((answered < latest) & (following > latest), following) + tolerance
    reads["latest"], reads["end"] = latest, least - tolerance
    if retention.hours is None:
        reads["kept"] = pd.Series(pd.NaT, index=reads.index, dtype=_TIME)
    else:
        reads["kept"] = latest - pd.Timedelta(hours=retention.hours).as_unit("us")
    reads["start"] = reads["end"].groupby(accounts, sort=False).shift()
    reads["first"] = reads["start"].isna()
    began = reads["connected"].fillna(
        reads["first_modified"] - pd.Timedelta(microseconds=1).as_unit("us")
    )
    began = pd.concat([began, reads["kept"]], axis=1).max(axis=1).where(began.notna())
    reads["start"] = reads["start"].fillna(began)
    # A read says nothing of the time before the account was connected, however shortly before it.
    connected = reads["connected"].groupby(accounts, sort=False).ffill()
    reads["start"] = pd.concat([reads["start"], connected], axis=1).max(axis=1)
    return reads


def _missing(reads: pd.DataFrame, retention: Retention) -> pd.DataFrame:
    """Return for each read from when to when events may have been lost; no end: at no time.

    By age, what is older than what was surely kept. By number, or where the server began anew, up
    to the answer: whatever had not been read by then may be among it.
    """
    import pandas as pd

    too_many = reads["events"] >= (np.inf if retention.events is None else retention.events)
    late = (reads["kept"] > reads["start"]) & ~reads["first"]
    restarted = reads["restarted"] & ~too_many
    not_said = too_many | restarted | reads["absent"] | reads["begun_anew"]
    all_of_it = not_said | (reads["lost"] & ~late)
    hours, kept = retention.hours or 0.0, f"the server keeps {retention.events or 0:,}"
    reasons = pd.Series(f"more than {hours:g} hours between two reads", index=reads.index)
    reasons[reads["lost"]] = "the server said that the position was too old"
    reasons[restarted] = "the server began again with events that were read before"
    reasons[reads["begun_anew"]] = "the account was begun anew"
    reasons[reads["absent"]] = "the application did not list the account meanwhile"
    reasons[too_many] = [f"{n:,} events at once, and {kept}" for n in reads["events"][too_many]]
    return pd.DataFrame(
        {
            "account": reads["account"],
            "start": reads["start"].fillna(reads["end"]),
            "end": reads["latest"].where(all_of_it, reads["kept"].where(late)),
            "state": np.where(reads["lost"] & ~restarted, LOST, POSSIBLY_LOST),
            "events": reads["events"].where(all_of_it, 0),
            "reason": reasons,
        }
    )


def _there(reads: pd.DataFrame) -> pd.DataFrame:
    """Return for each read from when to when all events are there, what was lost left aside."""
    names = ["account", "start", "end", "events"]
    return reads[names].assign(reason="")


def corrected(
    coverage: pd.DataFrame,
    times_of: Callable[[Sequence[str], datetime, datetime], Iterable[pa.RecordBatch]],
) -> pd.DataFrame:
    """Call intervals covered, not empty, of which the archive holds events after all.

    A server that said "nothing more" too early delivers later what it held back.

    Parameters
    ----------
    coverage : pandas.DataFrame
        As of `coverage_of`.
    times_of : callable
        Gives ``account_key`` and ``modified`` of the archived events of accounts between two times
        (from exclusive, to inclusive).

    Returns
    -------
    pandas.DataFrame
    """
    import pyarrow as pa

    empty = coverage[coverage["state"] == EMPTY]
    if empty.empty:
        return coverage
    named = list(empty["account"].unique())
    batches = times_of(named, empty["start"].min(), empty["end"].max())
    places = empty.groupby("account").indices
    starts, ends = (empty[name].astype("int64").to_numpy() for name in ("start", "end"))
    held = np.zeros(len(empty), np.bool_)
    for batch in batches:
        for account, rows in by_account(pa.Table.from_batches([batch]).sort_by("account_key")):
            its = places[account]
            its = its[~held[its]]
            times = np.sort(rows["modified"].cast(pa.int64()).to_numpy())
            held[its] = np.searchsorted(times, ends[its], "right") > np.searchsorted(
                times, starts[its], "right"
            )
    if not held.any():
        return coverage
    coverage.loc[empty.index[held], "state"] = COVERED
    return _merged(coverage)


def _state(reads: pd.DataFrame, start: pd.Series) -> Any:
    """Tell whether there was something, of what is there from `start` on."""
    # What happened shortly before one read is in the interval that the next one covers.
    seen = _so_far(reads["last_modified"], reads["account"], "cummax")
    return np.where((reads["events"] == 0) & ~(seen > start), EMPTY, COVERED)


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
    for name in ("start", "end"):
        frame[name] = _as_times(frame[name])
    types: dict[str, Any] = {"events": "int64"}
    return frame.astype(types | dict.fromkeys(("account", "state", "reason"), "str"))


def _as_times(values: pd.Series) -> pd.Series:
    import pandas as pd

    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.astype(_TIME)
    return utc_times(values).set_axis(values.index)
