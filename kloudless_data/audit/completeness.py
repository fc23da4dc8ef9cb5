"""For which time something can be said: from a ledger, from manifests, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..archive.coverage import Interval, Retention, coverage_frame, intervals_of
from ..archive.ledger import Entry
from ..manifest import Manifest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["completeness_of", "unread_of"]

UNKNOWN = "unknown"


def completeness_of(
    source: Any,
    accounts: Iterable[str],
    since: datetime,
    until: datetime,
    *,
    counts: dict[str, int] | None = None,
    retention: Retention | None = None,
) -> pd.DataFrame:
    """Return what can be said of each account over the whole of a time.

    Parameters
    ----------
    source : Archive, sequence of Manifest, or None
        None: nothing says what was read.
    accounts : iterable of str
        Whose activity; accounts that the source knows besides are added.
    since, until : datetime
    counts : dict of str to int, optional
        How many events there are of each account, for exports of many accounts.
    retention : Retention, optional
        What the server keeps.

    Returns
    -------
    pandas.DataFrame
        ``account``, ``start``, ``end``, ``state``, ``events``, ``reason``: for each account,
        intervals without a gap. ``state`` is ``"covered"``, ``"empty"``, ``"possibly lost"``,
        ``"lost"`` or ``"unknown"``.

    Examples
    --------
    >>> from datetime import UTC
    >>> day = datetime(2026, 3, 1, tzinfo=UTC)
    >>> completeness_of(None, ["7"], day, day.replace(day=2))["state"].tolist()
    ['unknown']
    """
    known = _intervals(source, counts or {}, retention)
    every = sorted({*accounts, *known})
    rows = [
        interval
        for account in every
        for interval in _without_gaps(account, known.get(account, []), since, until)
    ]
    return coverage_frame(rows)


def unread_of(completeness: pd.DataFrame) -> list[tuple[str, datetime, datetime]]:
    """Return account, start and end of the intervals that events are, or may be, missing from."""
    lacking = completeness[completeness["state"].isin(["lost", "possibly lost"])]
    return [(row.account, row.start, row.end) for row in lacking.itertuples()]


def _intervals(
    source: Any, counts: dict[str, int], retention: Retention | None
) -> dict[str, list[Interval]]:
    if source is None:
        return {}
    if isinstance(source, Sequence):
        return _of_manifests(source, counts, retention or Retention())
    found: dict[str, list[Interval]] = {}
    for row in source.coverage().itertuples(index=False):
        found.setdefault(row.account, []).append(Interval(*row))
    return found


def _of_manifests(
    manifests: Sequence[Manifest], counts: dict[str, int], retention: Retention
) -> dict[str, list[Interval]]:
    """Return what exports say, each a read of the server like those of a ledger."""
    chains: dict[str, list[tuple[Entry, str | None]]] = {}
    for manifest in sorted(manifests, key=lambda one: one.started):
        for account, begin, end in _accounts_of(manifest):
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
                reached_end=not limited,
            )
            chains.setdefault(account, []).append((entry, begin))
    return {
        account: list(intervals_of(_connected(reads), retention))
        for account, reads in chains.items()
    }


def _accounts_of(manifest: Manifest) -> Iterable[tuple[str, str | None, str | None]]:
    """Yield each account with the cursors from and to."""
    if manifest.accounts is None:
        if manifest.account is not None:
            yield manifest.account, manifest.cursor_from, manifest.cursor_to
        return
    for account in manifest.accounts:
        position = (manifest.positions or {}).get(str(account.get("source")))
        yield str(account["id"]), None, position


def _connected(reads: list[tuple[Entry, str | None]]) -> list[Entry]:
    """Leave out reads that begin at a cursor where no other export ends."""
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
    account: str, known: list[Interval], since: datetime, until: datetime
) -> Iterable[Interval]:
    """Yield intervals clipped to a time, and unknown ones between them."""
    inside = [
        Interval(account, max(one.start, since), min(one.end, until), one.state, one.events,
                 one.reason)
        for one in sorted(known, key=lambda one: one.start)
        if one.end > since and one.start < until
    ]  # fmt: skip
    whole = "nothing says whether everything was read" if not known else "outside of what was read"
    edges = [since, *(edge for one in inside for edge in (one.start, one.end)), until]
    gaps = [
        Interval(account, start, end, UNKNOWN, 0, whole)
        for start, end in list(pairwise(edges))[::2]
        if start < end
    ]
    yield from sorted([*inside, *gaps], key=lambda one: one.start)
