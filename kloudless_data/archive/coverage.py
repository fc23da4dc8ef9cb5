"""Coverage: whether an interval is complete, possibly incomplete or incomplete."""

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
#: The columns of entries that `coverage_of` reads.
LEDGER_COLUMNS = ("account", "events", *_TIMES, *_FLAGS)


@dataclass(frozen=True)
class Retention:
    """How much of each account's activity a server keeps; None for all of it.

    Kloudless documents 10,000 events and 24 hours (D).

    Attributes
    ----------
    events : int or None
    hours : float or None
    tolerance_hours : float
        How late the server may deliver an event, and how far its clock may differ from this
        machine's (A). The last `tolerance_hours` before a read do not count as covered, and `hours`
        is reduced by as much.
    """

    events: int | None = 10_000
    hours: float | None = 24.0
    tolerance_hours: float = 1.0


@dataclass(frozen=True)
class Interval:
    """The coverage of one account between two times (start exclusive, end inclusive).

    Attributes
    ----------
    account : str
    start, end : datetime
    state : {"covered", "possibly lost", "lost", "empty"}
    events : int
        Events that the server sent for it.
    reason : str
        Why the interval is not simply covered.
    """

    account: str
    start: datetime
    end: datetime
    state: str
    events: int
    reason: str = ""


def coverage_of(entries: pd.DataFrame, retention: Retention) -> pd.DataFrame:
    """Return the coverage that the ledger proves, by account, oldest first.

    A *read* is a run of entries up to one that reached the end. By its end the server had sent
    every event that happened before the request (by `Retention.tolerance_hours` or more), except
    those it had already dropped. It may drop events older than `Retention.hours`, and all but the
    latest `Retention.events` since the previous read. The time since that read is therefore

    - **covered** if it is shorter than that and brought fewer events;
    - if longer, possibly lost up to the oldest event that was certainly kept, and covered from
      there;
    - if it brought as many events or more, or if the server started over, possibly lost up to the
      answer; later reads cover what happened since;
    - possibly lost up to the answer if the application did not list the account meanwhile, or if
      its position was discarded;
    - if the server said that the position is too old, lost up to what was certainly kept or, if
      that does not explain it, up to the answer.

    The first read covers the time since the account was connected or, if the server did not say
    when that was, since the read's first event. A late event belongs to the read that delivers it:
    coverage depends on the times of requests, never on events' own times. Those times are the
    server's (its header ``Date``), which also decides what is too old, or this machine's if there
    is none. Reads are ordered whatever the clock said; if a later one has an earlier time, one of
    the two is wrong, and nothing is claimed about the time between them.

    Parameters
    ----------
    entries : pandas.DataFrame
        The `LEDGER_COLUMNS`, by account, oldest first.
    retention : Retention

    Returns
    -------
    pandas.DataFrame
        As from `coverage_frame`; adjacent intervals of one state and reason are merged.
    """
    import pandas as pd

    reads = _bounded(_reads(entries), retention)
    missing, there = _missing(reads, retention), _there(reads)
    # Possibly lost time is not covered, however the reads overlap.
    until = _so_far(missing["end"], reads["account"], "cummax")
    there["start"] = pd.concat([there["start"], until], axis=1).max(axis=1)
    there["state"] = _state(reads, there["start"])
    before = until.groupby(reads["account"], sort=False).shift()
    missing["start"] = pd.concat([missing["start"], before], axis=1).max(axis=1)
    both = pd.concat([part[part["start"] < part["end"]] for part in (missing, there)])
    return _merged(both.sort_index(kind="stable"))


def _reads(entries: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each read that reached the end."""
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
    # The other columns are those of its last entry, even if null.
    last = entries[number.ne(number.shift(-1))]
    for name in ("account", "asked", "answered", "server_time", "reached_end"):
        reads[name] = last[name].array
    return reads[reads["reached_end"]].reset_index(drop=True)


def _so_far(times: pd.Series, accounts: pd.Series, how: str, *, step: int = 1) -> pd.Series:
    """Return each account's running minimum or maximum time; backwards with step -1."""
    found = getattr(times[::step].groupby(accounts[::step], sort=False), how)()
    return found.groupby(accounts[::step], sort=False).ffill()[::step]


def _bounded(reads: pd.DataFrame, retention: Retention) -> pd.DataFrame:
    """Add what each read certainly covers: from `start` (or `kept`) to `end`.

    `latest` is the latest possible time of the answer. A time before an earlier read's is
    unreliable: reads are answered in order.
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
    # A read says nothing about the time before the account was connected.
    connected = reads["connected"].groupby(accounts, sort=False).ffill()
    reads["start"] = pd.concat([reads["start"], connected], axis=1).max(axis=1)
    return reads


def _missing(reads: pd.DataFrame, retention: Retention) -> pd.DataFrame:
    """Return for each read the interval in which events may have been lost; none without an end.

    By age: everything older than what was certainly kept. By number, or if the server started over:
    everything up to the answer, since any unread event may be among the lost ones.
    """
    import pandas as pd

    too_many = reads["events"] >= (np.inf if retention.events is None else retention.events)
    late = (reads["kept"] > reads["start"]) & ~reads["first"]
    restarted = reads["restarted"] & ~too_many
    not_said = too_many | restarted | reads["absent"] | reads["begun_anew"]
    all_of_it = not_said | (reads["lost"] & ~late)
    hours, kept = retention.hours or 0.0, f"the server keeps {retention.events or 0:,}"
    reasons = pd.Series(f"more than {hours:g} hours between two reads", index=reads.index)
    reasons.loc[reads["lost"]] = "the server said that the position was too old"
    reasons.loc[restarted] = "the server started over with events that were already read"
    reasons.loc[reads["begun_anew"]] = "the account was restarted"
    reasons.loc[reads["absent"]] = "the application did not list the account meanwhile"
    reasons.loc[too_many] = [f"{n:,} events at once, and {kept}" for n in reads["events"][too_many]]
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
    """Return for each read the interval whose events are all there, lost ones aside."""
    names = ["account", "start", "end", "events"]
    return reads[names].assign(reason="")


def corrected(
    coverage: pd.DataFrame,
    times_of: Callable[[Sequence[str], datetime, datetime], Iterable[pa.RecordBatch]],
) -> pd.DataFrame:
    """Turn empty intervals into covered ones if the archive holds events of them after all.

    A server that says "nothing more" too early delivers the rest later.

    Parameters
    ----------
    coverage : pandas.DataFrame
        As of `coverage_of`.
    times_of : callable
        Returns ``account_key`` and ``modified`` of accounts' archived events between two times
        (start exclusive, end inclusive).

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
    """Return whether anything happened from `start` on."""
    # The moments before one read belong to the interval that the next one covers.
    seen = _so_far(reads["last_modified"], reads["account"], "cummax")
    return np.where((reads["events"] == 0) & ~(seen > start), EMPTY, COVERED)


def _merged(intervals: pd.DataFrame) -> pd.DataFrame:
    """Merge adjacent intervals of the same state and reason."""
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
    """Yield the intervals of one account's reads, oldest first; see `coverage_of`.

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
