"""Select events by a condition that also skips files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..schema.times import parse_interval
from .delta.statistics import ROUNDED

if TYPE_CHECKING:
    import pyarrow.dataset as ds

__all__ = ["event_filter", "several"]


def event_filter(
    accounts: Iterable[str] | str | None,
    since: datetime | str | None,
    until: datetime | str | None,
    types: Iterable[str] | str | None,
) -> ds.Expression | None:
    """Return the filter for events, including their months, so that other months are not opened.

    Parameters
    ----------
    accounts : iterable of str or str or None
        Only events of these accounts.
    since : datetime or str or None
        Only events from this time on.
    until : datetime or str or None
        Only events before this time.
    types : iterable of str or str or None
        Only events of these types.

    Raises
    ------
    InvalidParameter
        `since` or `until` is not a time, or `until` is not after `since`.
    """
    import pyarrow as pa
    import pyarrow.dataset as ds

    interval = parse_interval(since, until)
    parts = []
    if accounts is not None:
        parts.append(ds.field("account_key").isin(several(accounts)))
    if types is not None:
        parts.append(ds.field("type").isin(several(types)))
    if (moment := interval.since) is not None:
        # The first skips files, the second selects rows exactly.
        parts.append(ds.field("modified") >= moment - ROUNDED)
        parts.append(ds.field("modified").cast(pa.int64()) >= _microseconds(moment))
        parts.append(ds.field("month") >= moment.strftime("%Y-%m"))
    if (moment := interval.until) is not None:
        parts.append(ds.field("modified") < moment)
        parts.append(ds.field("month") <= moment.strftime("%Y-%m"))
    whole = None
    for part in parts:
        whole = part if whole is None else whole & part
    return whole


def several(values: Iterable[str] | str) -> list[str]:
    """Return one or more values as a list of texts."""
    if isinstance(values, (str, int)):
        return [str(values)]
    return [str(value) for value in values]


def _microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
