"""The periods that the input covers, according to a ledger, manifests, or nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..archive.coverage import (
    COVERED,
    EMPTY,
    Interval,
    Retention,
    coverage_frame,
    intervals_of,
)
from ..archive.ledger import Entry
from ..export.manifest import Manifest
from .activity import WINDOW, Activity
from .sources import EventSource

if TYPE_CHECKING:
    import pandas as pd


__all__ = [
    "completeness_of",
    "examined_in",
    "extend_window",
    "left_out_of",
    "read_until",
    "unread_of",
]

UNKNOWN = "unknown"
_AN_INSTANT = timedelta(microseconds=1)
GONE = "the application no longer has this account"
FAILED = "the account could not be read to its end"


def completeness_of(
    source: EventSource | None,
    accounts: Iterable[str],
    since: datetime,
    until: datetime,
    *,
    counts: dict[str, int] | None = None,
    retention: Retention | None = None,
    only: bool = False,
    coverage: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return how well each account is covered, over a period.

    Parameters
    ----------
    source : EventSource or None
        Its archive's ledger or its manifests say what was read. None if nothing does.
    accounts : iterable of str
        Accounts to report; other accounts the source knows are added unless `only` is set.
    since, until : datetime
        The period to report on, with a time zone.
    counts : dict of str to int, optional
        Events per account, needed for exports of many accounts.
    retention : Retention, optional
        What the server keeps. Defaults to what the archive says, or 10,000 events and 24 hours.
    only : bool
        Leave out accounts that are not in `accounts`. Defaults to False.
    coverage : pandas.DataFrame, optional
        The archive's coverage, if it is known and `retention` is not given.

    Returns
    -------
    pandas.DataFrame
        ``account``, ``start``, ``end``, ``state``, ``events``, ``reason``: gapless intervals for
        each account. ``state`` is ``"covered"``, ``"empty"``, ``"possibly lost"``,
        ``"lost"`` or ``"unknown"``.

    Examples
    --------
    >>> from datetime import UTC
    >>> day = datetime(2026, 3, 1, tzinfo=UTC)
    >>> completeness_of(None, ["7"], day, day.replace(day=2))["state"].tolist()
    ['unknown']
    """
    until = max(until, since + _AN_INSTANT)  # a single event has no length
    known = _intervals(source, counts or {}, retention, coverage)
    wanted = set(accounts)
    notes = _notes(source)
    every = sorted(wanted if only else {*wanted, *known, *notes})
    rows = [
        interval
        for account in every
        for interval in _without_gaps(
            account, known.get(account, []), since, until, notes.get(account, "")
        )
    ]
    return coverage_frame(rows)


def extend_window(activity: Activity, coverage: pd.DataFrame, since: Any, until: Any) -> None:
    """Extend the audit's time to the end of what an archive's ledger covers, unless given.

    Parameters
    ----------
    activity : Activity
        Its `since` and `until` are set here.
    coverage : pandas.DataFrame
        Of the archive.
    since, until : datetime, str or None
        The requested period.
    """
    read = coverage[coverage["state"].isin([COVERED, EMPTY])]
    if read.empty:
        return
    ((events,),) = activity.rows("select count(*) from activity")
    if not events and since is None:
        activity.since = activity.until = read["start"].min().to_pydatetime()
    if until is None:
        activity.until = max(activity.until, read["end"].max().to_pydatetime())


def unread_of(
    completeness: pd.DataFrame, ends: Mapping[str, datetime] | None = None
) -> list[tuple[str, datetime, datetime]]:
    """Return account, start and end of each interval that lacks, or may lack, events.

    Parameters
    ----------
    completeness : DataFrame
        From `completeness_of`.
    ends : mapping of str to datetime, optional
        Each account's last event. What follows may lack events, too, unless something says that
        it was read.
    """
    lacking = completeness[completeness["state"].isin(["lost", "possibly lost"])]
    found = [(row.account, row.start, row.end) for row in lacking.itertuples()]
    unknown = completeness[completeness["state"] == UNKNOWN]
    return found + [
        (row.account, max(row.start, ends[row.account]), row.end)
        for row in unknown.itertuples()
        if ends and row.account in ends and row.end > ends[row.account]
    ]


def read_until(completeness: pd.DataFrame) -> dict[str, datetime]:
    """Return the time up to which something says that an account's events were read.

    Parameters
    ----------
    completeness : DataFrame
        From `completeness_of`. Accounts of which nothing says so are left out.

    Examples
    --------
    >>> from datetime import UTC
    >>> day = datetime(2026, 3, 1, tzinfo=UTC)
    >>> read_until(completeness_of(None, ["7"], day, day.replace(day=2)))
    {}
    """
    read = completeness[completeness["state"].isin([COVERED, EMPTY])]
    return {str(account): end for account, end in read.groupby("account")["end"].max().items()}


def examined_in(activity: Activity) -> dict[str, int]:
    """Return the number of events in the audit's time, of each account that has some.

    Parameters
    ----------
    activity : Activity
    """
    query = f"select account, count(*) from activity where {WINDOW} group by account"
    return dict(activity.rows(query, activity.since, activity.until))


def left_out_of(source: EventSource) -> dict[str, int]:
    """Count what imports of logs left out, as in `Document.left_out`.

    Parameters
    ----------
    source : EventSource
        Read to its end.

    Examples
    --------
    >>> import pandas as pd
    >>> from .sources import source_of
    >>> events = pd.DataFrame({"id": ["1"]})
    >>> events.attrs["damaged"] = 2
    >>> left_out_of(source_of(events))
    {'damaged': 2, 'unreadable': 0, 'unknown': 0}
    """
    found = {"damaged": 0, "unreadable": 0, "unknown": 0}
    for facts in source.imports:
        for name in found:
            number = facts.get(name)
            found[name] += number if isinstance(number, int) else 0
        inputs = facts.get("inputs")
        for one in inputs if isinstance(inputs, list) else ():
            format = one.get("format") if isinstance(one, Mapping) else None
            if format in ("unreadable", "unknown"):
                found[format] += 1
    return found


def _intervals(
    source: EventSource | None,
    counts: dict[str, int],
    retention: Retention | None,
    coverage: pd.DataFrame | None,
) -> dict[str, list[Interval]]:
    archive = None if source is None else source.archive
    if source is None or archive is None:
        manifests = [] if source is None else source.manifests
        return _of_manifests(manifests, counts, retention or Retention())
    if retention is not None:
        archive = copy.copy(archive)
        archive.retention = retention
    if coverage is None or retention is not None:
        coverage = archive.coverage()
    found: dict[str, list[Interval]] = {}
    for row in coverage.itertuples(index=False):
        found.setdefault(row.account, []).append(Interval(*row))
    return found


def _notes(source: EventSource | None) -> dict[str, str]:
    """Return why the end of an account's time is unknown, where that is recorded."""
    archive = None if source is None else source.archive
    if source is None or archive is None:
        return {
            account: FAILED
            for manifest in ([] if source is None else source.manifests)
            for account, *_, failed in _accounts_of(manifest)
            if failed
        }
    status = archive.status().set_index("account")
    failed = dict.fromkeys(status.index[status["failure"].notna()], FAILED)
    return failed | dict.fromkeys(status.index[status["disconnected"].astype(bool)], GONE)


def _of_manifests(
    manifests: Sequence[Manifest], counts: dict[str, int], retention: Retention
) -> dict[str, list[Interval]]:
    """Return what exports cover, treating each as a read like those in a ledger."""
    chains: dict[str, list[tuple[Entry, str | None]]] = {}
    for manifest in sorted(manifests, key=lambda one: one.started):
        if manifest.options.get("filter"):  # no file has what it left out
            continue
        for account, begin, end, failed in _accounts_of(manifest):
            rows = manifest.rows if manifest.accounts is None else counts.get(account, 0)
            limited = manifest.finished is None or manifest.options.get("limit") is not None
            entry = Entry(
                account=account,
                sequence=1,
                previous="",
                asked=datetime.fromisoformat(manifest.started),
                answered=datetime.fromisoformat(manifest.finished or manifest.started),
                position_from=begin,
                position_to=end,
                events=rows,
                rows=rows,
                first_modified=_time(manifest.first_modified),
                reached_end=not (limited or failed),
            )
            chains.setdefault(account, []).append((entry, begin))
    return {
        account: list(intervals_of(_connected(reads), retention))
        for account, reads in chains.items()
    }


def _accounts_of(manifest: Manifest) -> Iterable[tuple[str, str | None, str | None, bool]]:
    """Yield each account with the cursors from and to, and whether reading it failed."""
    if manifest.accounts is None:
        if manifest.account is not None:
            failed = bool(manifest.failures)
            yield manifest.account, manifest.cursor_from, manifest.cursor_to, failed
        return
    for account in manifest.accounts:
        source = str(account.get("source"))
        position = (manifest.positions or {}).get(source)
        yield str(account["id"]), None, position, source in manifest.failures


def _connected(reads: list[tuple[Entry, str | None]]) -> list[Entry]:
    """Drop reads that begin at a cursor where no other export ends."""
    ends: set[str | None] = {None}
    kept = []
    for entry, begin in reads:
        if begin in ends:
            kept.append(entry)
            ends.add(entry.position_to)
    return kept


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _without_gaps(
    account: str, known: list[Interval], since: datetime, until: datetime, note: str
) -> Iterable[Interval]:
    """Yield intervals clipped to a time, filling the gaps with unknown ones."""
    inside = [
        Interval(account, max(one.start, since), min(one.end, until), one.state, one.events,
                 one.reason)
        for one in sorted(known, key=lambda one: one.start)
        if one.end > since and one.start < until
    ]  # fmt: skip
    whole = "nothing says whether everything was read" if not known else "outside the periods read"
    edges = [since, *(edge for one in inside for edge in (one.start, one.end)), until]
    gaps = [
        Interval(account, start, end, UNKNOWN, 0, whole)
        for start, end in list(pairwise(edges))[::2]
        if start < end
    ]
    if gaps and note and gaps[-1].end == until:
        gaps[-1] = replace(gaps[-1], reason=note)
    yield from sorted([*inside, *gaps], key=lambda one: one.start)
