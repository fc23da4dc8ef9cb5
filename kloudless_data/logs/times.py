"""Read the times in logs: the formats of `schema.instants`, and those of the consoles' tables."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..schema.instants import read_time

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_times"]

#: Further formats in tables, with the month before the day.
_TABLES = (
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%Y/%m/%d %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%b %d, %Y, %I:%M:%S %p",
    "%b %d, %Y %I:%M %p", "%b %d, %Y, %I:%M %p",
    "%m/%d/%Y, %I:%M:%S %p", "%m/%d/%Y, %I:%M:%S.%f %p", "%d %b %Y %H:%M:%S", "%Y-%m-%d",
)  # fmt: skip
#: The number of times to try Arrow on before converting all of them.
_FEW = 16
#: As PowerShell 5.1 writes a time in JSON; microseconds since 1970, from 2001 to 2286.
_DOTNET = re.compile(r"/Date\((-?\d{1,15})\)/")
_MICROSECONDS = re.compile(r"[1-9]\d{15}")
#: As Google's console writes a zone.
_ZONE = re.compile(r" (?:GMT|UTC)([+-])(\d{1,2}):?(\d\d)?$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_times(texts: pa.Array) -> pa.Array:
    """Return texts as timestamps.

    Parameters
    ----------
    texts : pyarrow.StringArray
        ISO 8601, seconds, milliseconds or microseconds since 1970, PowerShell's ``/Date(…)/``, or
        the formats of the consoles' tables. Times without a zone are UTC.

    Returns
    -------
    pyarrow.TimestampArray
        Microseconds in UTC; null for text that is not a time.

    Examples
    --------
    >>> import pyarrow as pa
    >>> times = pa.array(["2026-03-01T10:00:00.1234567Z", "2026-03-01 10:00:00+01:00",
    ...                   "1772359200000", "03/01/2026 10:00 AM", "soon"])
    >>> [time and time.isoformat() for time in read_times(times).to_pylist()]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['2026-03-01T10:00:00.123456+00:00', '2026-03-01T09:00:00+00:00', '2026-03-01T10:00:00+00:00',
     '2026-03-01T10:00:00+00:00', None]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    utc = pa.timestamp("us", tz="UTC")
    if (found := _milliseconds(texts)) is not None:
        return found
    # Logs usually have one format, which Arrow reads fastest; but it is slow to fail.
    for zone in ("", "Z"):
        try:
            for some in (texts[:_FEW], texts):
                found = pc.binary_join_element_wise(some, zone, "").cast(utc)
        except pa.ArrowInvalid:
            continue
        return found
    coded = texts.dictionary_encode()
    known = [None if text is None else _instant(text) for text in coded.dictionary.to_pylist()]
    return pa.array(known, utc).take(coded.indices)


def _milliseconds(texts: pa.Array) -> pa.Array | None:
    """Convert texts that are all milliseconds since 1970, as `read_time` reads them; else None."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.min_max(pc.binary_length(texts)).as_py().values()
    if not all(length in (12, 13) for length in lengths) or not _all(pc.ascii_is_decimal(texts)):
        return None
    numbers = texts.cast(pa.int64())
    if not _all(pc.greater_equal(numbers, 10**11)):
        return None
    return pc.multiply(numbers, 1_000).cast(pa.timestamp("us", tz="UTC"))


def _all(flags: pa.Array) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(flags).as_py())


def _without_zone(text: str) -> tuple[str, int]:
    """Return a time without a zone such as ``GMT+3``, and the zone's minutes."""
    zone = _ZONE.search(text)
    if zone is None:
        return text, 0
    minutes = int(zone[2]) * 60 + int(zone[3] or 0)
    return text[: zone.start()], -minutes if zone[1] == "-" else minutes


def _instant(text: str) -> datetime | None:
    try:
        return _read(text)
    except OverflowError:  # its zone takes it out of the calendar
        return None


def _read(text: str) -> datetime | None:
    text = " ".join(text.split()).removesuffix(" UTC").removesuffix(" GMT")
    if dotnet := _DOTNET.fullmatch(text):
        text = dotnet[1]
    elif _MICROSECONDS.fullmatch(text):
        return _EPOCH + timedelta(microseconds=int(text))
    text, minutes = _without_zone(text)
    found = read_time(text)
    if found is not None:
        return _EPOCH + timedelta(microseconds=found[0]) - timedelta(minutes=minutes)
    for form in _TABLES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC) - timedelta(minutes=minutes)
        except ValueError:
            continue
    return None
