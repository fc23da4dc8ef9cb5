"""Column statistics in the log, by which queries skip files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ROUNDED", "extent_of", "statistics_of"]

#: Delta's times are in milliseconds, and other programs truncate even the latest: a file may hold
#: rows that are this much later than the log says.
ROUNDED = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime.max.replace(microsecond=999_000, tzinfo=UTC)  # Delta's are in milliseconds


def statistics_of(rows: pa.Table, indexed: Sequence[str]) -> str:
    """Return a file's statistics in Delta's form.

    Parameters
    ----------
    rows : pyarrow.Table
        The file's rows.
    indexed : sequence of str
        The columns to compute statistics for.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    least: dict[str, Any] = {}
    most: dict[str, Any] = {}
    for name in indexed:
        if pa.types.is_timestamp(rows[name].type):
            earliest, latest = extent_of(rows[name])
            if earliest is not None and latest is not None:
                # Delta's are in milliseconds: the earliest is rounded down and the latest up.
                least[name], most[name] = _milliseconds(earliest), _milliseconds(latest, up=True)
        elif (found := pc.min_max(rows[name]).as_py())["min"] is not None:
            least[name], most[name] = found["min"], found["max"]
    nulls = {name: rows[name].null_count for name in indexed}
    return json.dumps(
        {"numRecords": rows.num_rows, "minValues": least, "maxValues": most, "nullCount": nulls}
    )


def extent_of(times: pa.ChunkedArray) -> tuple[datetime | None, datetime | None]:
    """Return the earliest and the latest time of a column, UTC.

    A time beyond Python's range, such as year 0 from a server that drifted, becomes the first or
    last one in it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.min_max(times.cast(pa.int64())).as_py()
    return _moment(found["min"]), _moment(found["max"])


def _moment(microseconds: int | None) -> datetime | None:
    if microseconds is None:
        return None
    try:
        return min(_EPOCH + timedelta(microseconds=microseconds), _LAST)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if microseconds < 0 else _LAST


def _milliseconds(moment: datetime, *, up: bool = False) -> str:
    if up and moment < _LAST - timedelta(milliseconds=1):
        moment += timedelta(milliseconds=1)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
