"""Parse the times that services write: all forms of ISO 8601, and seconds since 1970."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

__all__ = ["FIRST", "LAST", "read_time", "usual_time"]

#: A date and a time; extended (``2026-03-01T10:00:00Z``) or basic (``20260301T100000Z``), and with
#: the variants of RFC 3339 and common libraries: ``t`` and ``z``, a space instead of the T or
#: before the offset, ``+0000`` and ``+00``, a comma before the fraction. Seconds may be missing.
_ISO_8601 = re.compile(
    r"(?P<wall>(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})[Tt ]"
    r"(?P<hour>[0-9]{2})(?:(?P<colon>:?)(?P<minute>[0-9]{2})"
    r"(?:(?P=colon)(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?)?)"
    r"(?: ?(?P<zone>[Zz]|(?P<sign>[+-])(?P<east>[0-9]{2})(?::?(?P<eastern>[0-9]{2}))?))?"
)
# What the pattern above leaves out: a date alone, ordinal and week dates, the hour 24, the second
# 60, a fraction of a minute or an hour, a real minus sign, the words UTC and GMT, and the zone's
# name after its offset (RFC 9557). The digits of a basic date alone could also be a number.
_RARE = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<dash>-)|(?=[0-9Ww]+[Tt ]))"
    r"(?:(?P<month>[0-9]{2})(?(dash)-)(?P<day>[0-9]{2})|(?P<ordinal>[0-9]{3})"
    r"|[Ww](?P<week>[0-9]{2})(?(dash)-)(?P<weekday>[1-7]))"
    r"(?:[Tt ](?P<hour>[0-9]{2})(?:(?P<colon>:?)(?P<minute>[0-9]{2})"
    r"(?:(?P=colon)(?P<second>[0-9]{2}))?)?(?:[.,](?P<fraction>[0-9]{1,18}))?"
    r"(?: ?(?P<zone>[Zz]|[+\N{MINUS SIGN}-][0-9]{2}(?::?[0-9]{2})?|UTC|GMT)(?:\[[\w/+-]+\])?)?)?",
    re.ASCII,
)
# Seconds since 1970 or milliseconds, perhaps with a fraction, in the years 1973 to 2286. Numbers
# of other lengths could also be the digits of a date, or a count.
_EPOCH = re.compile(
    r"(?P<number>(?P<whole>[1-9][0-9]{8,9}|[1-9][0-9]{11,12})(?:\.[0-9]+)?)"
    r"|(?P<scientific>[1-9](?:\.[0-9]{1,18})?[eE]\+?(?:8|9|11|12))"
)
#: The lengths of times with seconds, milliseconds or microseconds and a Z.
_USUAL = (20, 24, 27)
_1970 = datetime(1970, 1, 1)
#: The range of `datetime`, in microseconds; Arrow has a larger one, but nobody could read it.
FIRST = (datetime.min - _1970) // timedelta(microseconds=1)
LAST = (datetime.max - _1970) // timedelta(microseconds=1)


def read_time(text: str) -> tuple[int, bool] | None:
    """Return the instant given by text or by a number's digits.

    Parameters
    ----------
    text : str

    Returns
    -------
    (int, bool) or None
        Microseconds since 1970 in UTC, and True if they represent the text exactly. That is False
        for a time without an offset, which is read as UTC (A), for a date alone, which is read as
        its midnight (A), for a number, which is read as seconds or milliseconds since 1970 (A), for
        a leap second, and for a fraction with nonzero digits beyond the sixth. None if the text is
        not a time.

    Examples
    --------
    >>> read_time("1970-01-01T02:00:01.5+0200")
    (1500000, True)
    >>> read_time("1970-W01-4T24:00Z")
    (86400000000, True)
    >>> read_time("1561583722")
    (1561583722000000, False)
    >>> read_time("20190626") is None
    True
    """
    try:
        passed = usual_time(text) - _1970
    except ValueError:
        pass
    else:
        return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds, True
    if match := _ISO_8601.fullmatch(text):
        found = _instant(match)
        if found is not None:
            return found
    if match := _RARE.fullmatch(text):
        return _rare_instant(match)
    return _since_1970(text)


def usual_time(text: str) -> datetime:
    """Return the instant of a text in most services' format, ``2026-03-01T10:00:00.500000Z``.

    Parameters
    ----------
    text : str

    Returns
    -------
    datetime.datetime
        The exact time in UTC, without a time zone.

    Raises
    ------
    ValueError
        The text has another format, or is not a time; `read_time`, three times slower, reads it.
    """
    if len(text) in _USUAL and text[4:17:3] == "--T::" and text[-1] == "Z" and text[11:13] != "24":
        moment = datetime.fromisoformat(text[:-1])
        if moment.tzinfo is None:
            return moment
    raise ValueError


def _since_1970(text: str) -> tuple[int, bool] | None:
    match = _EPOCH.fullmatch(text)
    if match is None:
        return None
    number = Decimal(text)
    in_seconds = number < 10**10
    return int(number.scaleb(6 if in_seconds else 3)), False


def _instant(match: re.Match[str]) -> tuple[int, bool] | None:
    """Return the instant of a well-formed text; None for an impossible day or hour."""
    wall, hour, fraction, zone = match.group("wall", "hour", "fraction", "zone")
    offset = _offset(zone)
    if offset is None or hour == "24":  # which later versions of Python take for midnight
        return None
    try:
        passed = datetime.fromisoformat(wall) - _1970
    except ValueError:
        return None
    seconds = passed.days * 86_400 + passed.seconds - offset
    micros = seconds * 1_000_000 + passed.microseconds
    exact = zone is not None and not (fraction and fraction[6:].strip("0"))
    return _in_range(micros, exact)


def _in_range(micros: int, exact: bool) -> tuple[int, bool] | None:
    return (micros, exact) if FIRST <= micros <= LAST else None


def _rare_instant(match: re.Match[str]) -> tuple[int, bool] | None:
    """Return the instant of a text in a rarer form; None for an impossible day or hour."""
    parts, day = match.groupdict(), _day(match)
    offset = _offset((parts["zone"] or "").replace("\N{MINUS SIGN}", "-") or None)
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if day is None or offset is None or hour > 24 or minute > 59 or second > 60:
        return None
    # The fraction is of the smallest unit that is written.
    unit = 1 if parts["second"] else 60 if parts["minute"] else 3_600
    digits = parts["fraction"] or "0"
    part, rest = divmod(int(digits) * unit * 1_000_000, 10 ** len(digits))
    seconds = (hour * 60 + minute) * 60 + second
    if hour == 24 and (seconds > 86_400 or part):
        return None  # nothing comes after 24:00
    if second == 60 and minute % 15 != 14:
        return None  # a leap second ends an hour in UTC, which may be 05:44:60 elsewhere
    micros = (day.toordinal() - _1970.toordinal()) * 86_400_000_000
    micros += (seconds - offset) * 1_000_000 + part
    return _in_range(micros, parts["zone"] is not None and second != 60 and not rest)


def _day(match: re.Match[str]) -> date | None:
    """Return the day of a calendar, ordinal or week date; None if there is no such day."""
    names = ("year", "month", "day", "ordinal", "week", "weekday")
    year, month, day, ordinal, week, weekday = (int(match[name] or 0) for name in names)
    try:
        if match["week"]:
            return date.fromisocalendar(year, week, weekday)
        if not match["ordinal"]:
            return date(year, month, day)
        found = date(year, 1, 1) + timedelta(days=ordinal - 1)
    except (ValueError, OverflowError):
        return None
    return found if found.year == year else None


@lru_cache(maxsize=1024)
def _offset(zone: str | None) -> int | None:
    """Return the seconds east of UTC; None if there is no such offset."""
    if zone in (None, "Z", "z", "UTC", "GMT"):
        return 0
    east, eastern = zone[1:3], zone[3:].removeprefix(":") or "0"
    if east > "23" or eastern > "59":
        return None
    seconds = (int(east) * 60 + int(eastern)) * 60
    return -seconds if zone[0] == "-" else seconds
