"""Parse the times that services write: all forms of ISO 8601, and seconds since 1970."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

__all__ = ["ISO_8601", "read_time"]

#: A date and a time; extended (``2026-03-01T10:00:00Z``) or basic (``20260301T100000Z``), and with
#: the variants of RFC 3339 and common libraries: ``t`` and ``z``, a space instead of the T or
#: before the offset, ``+0000`` and ``+00``, a comma before the fraction. Seconds may be missing.
ISO_8601 = re.compile(
    r"(?P<date>(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2}))[Tt ]"
    r"(?P<hour>[0-9]{2})(?:(?P<colon>:?)(?P<minute>[0-9]{2})"
    r"(?:(?P=colon)(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?)?"
    r"(?: ?(?P<zone>[Zz]|(?P<sign>[+-])(?P<east>[0-9]{2})(?::?(?P<eastern>[0-9]{2}))?))?"
)
# Seconds since 1970, perhaps with a fraction, or milliseconds, in the years 1973 to 2286. Numbers
# of other lengths could also be the digits of a date, or a count.
_EPOCH = re.compile(
    r"(?P<seconds>[1-9][0-9]{8,9})(?:\.(?P<fraction>[0-9]+))?|(?P<millis>[1-9][0-9]{11,12})"
)
_1970 = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000
# The range of `datetime`, in microseconds; Arrow has a larger one, but nobody could read it.
_FIRST = (1 - _1970) * _DAY
_AFTER = (date.max.toordinal() + 1 - _1970) * _DAY


def read_time(text: str) -> tuple[int, bool] | None:
    """Return the instant given by text or by a number's digits.

    Parameters
    ----------
    text : str

    Returns
    -------
    (int, bool) or None
        Microseconds since 1970 in UTC, and True if they represent the text exactly. That is False
        for a time without an offset, which is read as UTC (A), for a number, which is read as
        seconds or milliseconds since 1970 (A), and for a fraction with nonzero digits beyond the
        sixth. None if the text is not a time.

    Examples
    --------
    >>> read_time("1970-01-01T02:00:01.5+0200")
    (1500000, True)
    >>> read_time("1561583722")
    (1561583722000000, False)
    >>> read_time("20190626") is None
    True
    """
    if match := ISO_8601.fullmatch(text):
        return _instant(match)
    match = _EPOCH.fullmatch(text)
    if match is None:
        return None
    if match["millis"]:
        return int(match["millis"]) * 1000, False
    return int(match["seconds"]) * _SECOND + _micros(match["fraction"] or "0"), False


_PARTS = ("date", "hour", "minute", "second", "fraction", "zone")
_MINUTE, _SECOND = 60_000_000, 1_000_000


def _instant(match: re.Match[str]) -> tuple[int, bool] | None:
    """Return the instant of a well-formed text; None for an impossible day or hour."""
    date_, hour, minute, second, fraction, zone = match.group(*_PARTS)
    day, offset = _day(date_), _offset(zone)
    minute, second = minute or "0", second or "0"
    if day is None or offset is None or hour > "23" or minute > "59" or second > "59":
        return None
    micros = day + (int(hour) * 60 + int(minute) - offset) * _MINUTE + int(second) * _SECOND
    if fraction:
        micros += _micros(fraction)
    if not _FIRST <= micros < _AFTER:
        return None
    return micros, zone is not None and not (fraction and fraction[6:].strip("0"))


def _micros(fraction: str) -> int:
    return int(fraction[:6].ljust(6, "0"))


@lru_cache(maxsize=1024)
def _day(text: str) -> int | None:
    """Return the microseconds from 1970 to a date; None for an impossible date."""
    digits = text.replace("-", "")
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return (day.toordinal() - _1970) * _DAY


@lru_cache(maxsize=1024)
def _offset(zone: str | None) -> int | None:
    """Return the minutes east of UTC; None for an impossible offset."""
    if zone in (None, "Z", "z"):
        return 0
    east, eastern = zone[1:3], zone[3:].removeprefix(":") or "0"
    if east > "23" or eastern > "59":
        return None
    minutes = int(east) * 60 + int(eastern)
    return -minutes if zone[0] == "-" else minutes
