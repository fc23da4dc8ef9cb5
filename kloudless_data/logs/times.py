"""Times of logs as timestamps: ISO 8601 of any form, seconds since 1970, and tables' own ways."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_times"]

#: ISO 8601 as logs write it: perhaps more than six digits of a second, perhaps no zone: then UTC.
_ISO = (
    r"^\s*(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2}:\d{2})(?P<fraction>\.\d{1,6})?\d*"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?\s*$"
)
#: How tables write times beside ISO 8601; of days and months, the American order, which they use.
_OTHERS = (
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%b %d, %Y, %I:%M:%S %p",
    "%b %d, %Y %I:%M %p", "%b %d, %Y, %I:%M %p", "%d %b %Y %H:%M:%S", "%a, %d %b %Y %H:%M:%S %z",
    "%Y-%m-%d",
)  # fmt: skip


def read_times(texts: pa.Array) -> pa.Array:
    """Return texts as timestamps.

    Parameters
    ----------
    texts : pyarrow.StringArray
        ISO 8601 with or without a zone; digits: seconds, milliseconds or microseconds since 1970;
        or as the consoles' tables write them. What has no zone is UTC.

    Returns
    -------
    pyarrow.TimestampArray
        Of microseconds in UTC; null where it is no time.

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
    try:
        return texts.cast(utc)  # all are of the usual form
    except pa.ArrowInvalid:
        pass
    parts = pc.extract_regex(texts, _ISO)
    day, time, fraction, zone = (pc.struct_field(parts, index) for index in range(4))
    zone = pc.replace_substring_regex(zone, r"^([+-]\d{2}):?(\d{2})$", r"\1:\2")
    zone = pc.if_else(pc.is_in(zone, pa.array(["", "UTC"])), "Z", zone)
    plain = pc.binary_join_element_wise(
        pc.binary_join_element_wise(day, time, "T"), fraction, zone, ""
    )
    try:
        found = plain.cast(utc)
    except pa.ArrowInvalid:  # the 31st of February
        found = pa.array([_other(text) for text in plain.to_pylist()], utc)
    left = pc.and_(pc.is_null(found), pc.is_valid(texts))
    if not pc.any(left).as_py():
        return found
    distinct = texts.filter(left).unique().to_pylist()
    known = {text: _other(text) for text in distinct}
    others = pa.array([known.get(text) for text in texts.to_pylist()], utc)
    return pc.coalesce(found, others)


def _other(text: str | None) -> datetime | None:
    if text is None:
        return None
    text = " ".join(text.split()).removesuffix(" UTC").removesuffix(" GMT")
    number = text.removeprefix("-")
    if number.isascii() and number.replace(".", "", 1).isdigit():
        return _since_1970(text)
    try:
        return _aware(datetime.fromisoformat(text))
    except ValueError:
        pass
    for form in _OTHERS:
        try:
            return _aware(datetime.strptime(text, form))
        except ValueError:
            continue
    return None


def _since_1970(text: str) -> datetime | None:
    digits = len(text.partition(".")[0].removeprefix("-"))
    if digits < 9:  # a year, a day: nothing that counts from 1970 since logs were written
        return None
    unit = 1 if digits <= 11 else 1_000 if digits <= 14 else 1_000_000 if digits <= 17 else 10**9
    try:
        return (
            datetime.fromtimestamp(float(text) / unit, UTC)
            if unit < 10**6
            else (
                datetime.fromtimestamp(int(text.partition(".")[0]) // unit, UTC).replace(
                    microsecond=int(text.partition(".")[0]) % unit * 1_000_000 // unit
                )
            )
        )
    except (ValueError, OverflowError, OSError):
        return None


def _aware(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
