"""Parse the times that services write: all forms of ISO 8601, and seconds since 1970."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

__all__ = ["ISO_8601", "read_time"]

#: A date and a time; extended (``2026-03-01T10:00:00Z``) or basic (``20260301T100000Z``), and with
#: the variants of RFC 3339 and common libraries: ``t`` and ``z``, a space instead of the T or
#: before the offset, ``+0000`` and ``+00``, a comma before the fraction. Seconds may be missing.
ISO_8601 = re.compile(
    r"(?P<wall>(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})[Tt ]"
    r"(?P<hour>[0-9]{2})(?:(?P<colon>:?)(?P<minute>[0-9]{2})"
    r"(?:(?P=colon)(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?)?)"
    r"(?: ?(?P<zone>[Zz]|(?P<sign>[+-])(?P<east>[0-9]{2})(?::?(?P<eastern>[0-9]{2}))?))?"
)
# Seconds since 1970, perhaps with a fraction, or milliseconds, in the years 1973 to 2286. Numbers
# of other lengths could also be the digits of a date, or a count.
_EPOCH = re.compile(
    r"(?P<seconds>[1-9][0-9]{8,9})(?:\.(?P<fraction>[0-9]+))?|(?P<millis>[1-9][0-9]{11,12})"
)
_1970 = datetime(1970, 1, 1)
# The range of `datetime`, in microseconds; Arrow has a larger one, but nobody could read it.
_FIRST = (datetime.min - _1970) // timedelta(microseconds=1)
_AFTER = (datetime.max - _1970) // timedelta(microseconds=1) + 1


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
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    return int(match["seconds"] + fraction), False


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
    if not _FIRST <= micros < _AFTER:
        return None
    return micros, zone is not None and not (fraction and fraction[6:].strip("0"))


@lru_cache(maxsize=1024)
def _offset(zone: str | None) -> int | None:
    """Return the seconds east of UTC; None if there is no such offset."""
    if zone in (None, "Z", "z"):
        return 0
    east, eastern = zone[1:3], zone[3:].removeprefix(":") or "0"
    if east > "23" or eastern > "59":
        return None
    seconds = (int(east) * 60 + int(eastern)) * 60
    return -seconds if zone[0] == "-" else seconds
