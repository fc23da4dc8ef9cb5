"""Parse the times that people write in Python, on the command line and in forms.

`parse_time` accepts exactly these notations:

==============================  ==================================================================
written                         means
==============================  ==================================================================
``2026-03-05T12:00``            an ISO 8601 time; ``T`` or a space; seconds and fractions if wanted
``2026-03-05T12:00+02:00``      with an offset, or ``Z``
``2026-03-05 12:00 Asia/Tokyo`` in a time zone of the IANA database
``2026-03-05``, ``2026-03``     the start of a day or a month
``90m``, ``24h``, ``7d``, ``2w``  this long ago (also ``s``)
``now``, ``today``, ``yesterday``  now; the start of today or yesterday
==============================  ==================================================================

Without an offset or a zone, times are in UTC, and so are ``today`` and ``yesterday``. Everything
else is rejected: ``05/03/2026`` is in March or in May depending on the reader, and ``1772323200``
may be seconds, milliseconds or a typo.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ..exceptions import InvalidParameter

__all__ = [
    "ANY_TIME",
    "FORMS",
    "Interval",
    "parse_duration",
    "parse_interval",
    "parse_time",
    "parse_zone",
]

#: The accepted forms, for messages and help texts.
FORMS = (
    "an ISO date or time (2026-03-05, 2026-03-05T12:00, 2026-03-05T12:00+02:00, "
    "2026-03-05 12:00 Europe/Berlin), a month (2026-03), a time before now (7d, 24h, 30m), today, "
    "yesterday or now; UTC unless it has an offset or a zone"
)

_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{2})(?:-(?P<day>\d{2})"
    r"(?:[Tt ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)|\s+(?P<zone>[A-Za-z][\w+/-]*))?)?)?",
    re.ASCII,
)
_DURATION = re.compile(r"(\d{1,9})\s*([smhdw])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class Interval(NamedTuple):
    """A time interval that excludes `until`.

    Attributes
    ----------
    since, until : datetime or None
        In UTC. None for no bound.
    """

    since: datetime | None
    until: datetime | None

    def __contains__(self, moment: object) -> bool:
        """Return True if a moment, with a time zone, is in the interval."""
        return (
            isinstance(moment, datetime)
            and (self.since is None or moment >= self.since)
            and (self.until is None or moment < self.until)
        )


#: The interval without bounds.
ANY_TIME = Interval(None, None)


def parse_time(value: Any, name: str = "The time", *, now: datetime | None = None) -> datetime:
    """Return the moment that a value denotes.

    Parameters
    ----------
    value : str, datetime, date, timedelta, pandas.Timestamp or numpy.datetime64
        Text as in the table above. A `timedelta` counts back from now.
    name : str
        The value's name in error messages, such as ``"since"`` or ``"--until"``.
    now : datetime, optional
        The reference for relative times. Defaults to the present.

    Returns
    -------
    datetime
        In UTC, to the microsecond; finer fractions are truncated.

    Raises
    ------
    InvalidParameter
        The value has another form, or is a local time that the clocks skip or repeat.

    Examples
    --------
    >>> parse_time("2026-03-05T12:00+02:00")
    datetime.datetime(2026, 3, 5, 10, 0, tzinfo=datetime.timezone.utc)
    >>> parse_time("7d", now=datetime(2026, 3, 8, tzinfo=UTC)).isoformat()
    '2026-03-01T00:00:00+00:00'
    >>> parse_time("05/03/2026", "since")
    Traceback (most recent call last):
    kloudless_data.exceptions.InvalidParameter: since: '05/03/2026' cannot be read as a time. ...
    """
    try:
        return _moment(value, now or datetime.now(UTC))
    except _Refused as refused:
        raise InvalidParameter(str(refused), parameter=f"{name}:") from None
    except (ValueError, OverflowError, TypeError):
        raise InvalidParameter(
            f"{value!r} cannot be read as a time. Write {FORMS}.", parameter=f"{name}:"
        ) from None


def parse_interval(
    since: Any = None, until: Any = None, *, now: datetime | None = None
) -> Interval:
    """Return the interval between two times, either of which may be None.

    A day or a month stands for its start on both sides, so ``2026-03`` to ``2026-04`` is all of
    March.

    Parameters
    ----------
    since, until : str, datetime, …, optional
        As for `parse_time`. `until` is exclusive.
    now : datetime, optional
        As for `parse_time`.

    Returns
    -------
    Interval

    Raises
    ------
    InvalidParameter
        One of them is not a time, or `until` is not after `since`.

    Examples
    --------
    >>> march = parse_interval("2026-03", "2026-04")
    >>> datetime(2026, 3, 31, 23, 59, tzinfo=UTC) in march
    True
    """
    now = now or datetime.now(UTC)
    found = Interval(
        None if since is None else parse_time(since, "since", now=now),
        None if until is None else parse_time(until, "until", now=now),
    )
    if found.since is not None and found.until is not None and found.until <= found.since:
        raise InvalidParameter(
            f"({found.until:%Y-%m-%d %H:%M:%S} UTC) must be later than the start "
            f"({found.since:%Y-%m-%d %H:%M:%S} UTC). The end is exclusive: to include all of a day "
            "or a month, name the one after it.",
            parameter="until",
        )
    return found


def parse_duration(value: Any, name: str = "The duration") -> timedelta:
    """Return a duration.

    Parameters
    ----------
    value : str or timedelta
        A whole number above 0 and a unit: ``30s``, ``15m``, ``6h``, ``1d``, ``2w``.
    name : str
        As for `parse_time`.

    Returns
    -------
    timedelta

    Raises
    ------
    InvalidParameter
        It is not a duration above 0.

    Examples
    --------
    >>> parse_duration("36h")
    datetime.timedelta(days=1, seconds=43200)
    """
    try:
        if isinstance(value, timedelta) and value > timedelta():
            return value
        return _duration(value)
    except (ValueError, OverflowError, TypeError):
        raise InvalidParameter(
            f"{value!r} is not a duration. Write 30s, 15m, 6h, 1d or 2w.", parameter=f"{name}:"
        ) from None


def parse_zone(value: Any, name: str = "The time zone") -> tzinfo:
    """Return a time zone by name.

    Parameters
    ----------
    value : str
        A name of the IANA database, such as ``"Europe/Berlin"``, or ``"UTC"``.
    name : str
        As for `parse_time`.

    Returns
    -------
    datetime.tzinfo

    Raises
    ------
    InvalidParameter
        The zone is unknown.

    Examples
    --------
    >>> parse_zone("Asia/Tokyo")
    zoneinfo.ZoneInfo(key='Asia/Tokyo')
    """
    try:
        return UTC if value == "UTC" else ZoneInfo(value)
    # The name is a folder of the database, or leads out of it.
    except (KeyError, ValueError, TypeError, OSError):
        raise InvalidParameter(
            f"{value!r} is not a time zone. Write a name such as Europe/Berlin, or UTC.",
            parameter=f"{name}:",
        ) from None


class _Refused(Exception):
    """A well-formed time with a problem, such as an impossible day."""


def _moment(value: Any, now: datetime) -> datetime:
    if isinstance(value, str):
        return _of_text(value.strip(), now)
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, timedelta):
        return now - _positive(value)
    if type(value).__name__ == "datetime64":  # numpy's, without importing numpy for it
        return _moment(value.astype("datetime64[us]").item(), now)
    raise TypeError


def _utc(value: datetime) -> datetime:
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    # Rebuilt, since a pandas.Timestamp is a datetime that behaves differently; NaT has no year.
    return datetime(
        value.year, value.month, value.day,
        value.hour, value.minute, value.second, value.microsecond, UTC,
    )  # fmt: skip


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta():
        raise ValueError
    return value


def _of_text(text: str, now: datetime) -> datetime:
    word = text.lower()
    if word == "now":
        return now
    if word in ("today", "yesterday"):
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if word == "today" else midnight - timedelta(days=1)
    if _DURATION.fullmatch(text):
        return now - _duration(text)
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError
    return _of_iso(found, text)


def _duration(text: Any) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError
    return _positive(timedelta(seconds=int(found[1]) * _SECONDS[found[2]]))


def _of_iso(found: re.Match[str], text: str) -> datetime:
    parts = found.groupdict()
    wall = datetime(
        int(parts["year"]), int(parts["month"]), int(parts["day"] or 1),
        int(parts["hour"] or 0), int(parts["minute"] or 0), int(parts["second"] or 0),
        int((parts["part"] or "").ljust(6, "0")[:6]),
    )  # fmt: skip
    if parts["zone"]:
        return _of_wall(wall, _zone(parts["zone"], text), text)
    return (wall - _offset(parts["offset"])).replace(tzinfo=UTC)


def _offset(text: str | None) -> timedelta:
    if text is None or text in "Zz":
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        raise ValueError
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def _zone(name: str, text: str) -> tzinfo:
    try:
        return parse_zone(name, repr(text))
    except InvalidParameter as error:
        raise _Refused(error.message) from None


def _of_wall(wall: datetime, zone: tzinfo, text: str) -> datetime:
    """Return the only moment at which clocks in a zone show a time."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        raise _Refused(f"The clocks skip {text!r} there. Write a time with its offset.")
    if first != second:
        raise _Refused(f"The clocks show {text!r} twice there. Write it with its offset.")
    return first
