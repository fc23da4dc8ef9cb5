"""Times as services write them: ISO 8601 in all its forms, and seconds since 1970."""

from __future__ import annotations

import re
from datetime import date

__all__ = ["EPOCH", "FIRST", "AFTER", "ISO_8601", "read_time"]

#: A date and a time; extended (``2026-03-01T10:00:00Z``) or basic (``20260301T100000Z``), and with
#: what RFC 3339 and common libraries do besides: ``t`` and ``z``, a blank instead of the T or
#: before the offset, ``+0000`` and ``+00``, a comma before the fraction. Seconds may be missing.
ISO_8601 = re.compile(
    r"(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})[Tt ]"
    r"(?P<hour>[0-9]{2})(?:(?P<colon>:?)(?P<minute>[0-9]{2})"
    r"(?:(?P=colon)(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?)?"
    r"(?: ?(?:(?P<zulu>[Zz])|(?P<sign>[+-])(?P<east>[0-9]{2})(?::?(?P<eastern>[0-9]{2}))?))?"
)
#: Seconds since 1970, perhaps with a fraction, or milliseconds: of the years 1973 to 2286. Numbers
#: of other lengths could as well be a date's digits, or a count.
EPOCH = re.compile(
    r"(?P<seconds>[1-9][0-9]{8,9})(?:\.(?P<fraction>[0-9]+))?|(?P<millis>[1-9][0-9]{11,12})"
)
_1970 = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000
#: What `datetime` can hold, in microseconds; Arrow could hold more, but no one could read it.
FIRST = (1 - _1970) * _DAY
AFTER = (date.max.toordinal() + 1 - _1970) * _DAY


def read_time(text: str) -> tuple[int, bool] | None:
    """Return the instant that a text or a number's digits say.

    Parameters
    ----------
    text : str

    Returns
    -------
    (int, bool) or None
        Microseconds since 1970 in UTC, and whether they say all that the text does: not of a time
        without an offset, which is read as UTC (A), nor of a number, which is taken for seconds
        or milliseconds since 1970 (A), nor of a fraction with other digits than zero beyond the
        sixth. None for what is no time.

    Examples
    --------
    >>> read_time("1970-01-01T02:00:01.5+0200")
    (1500000, True)
    >>> read_time("1561583722")
    (1561583722000000, False)
    >>> read_time("20190626") is None
    True
    """
    if match := EPOCH.fullmatch(text):
        if match["millis"]:
            return int(match["millis"]) * 1000, False
        return int(match["seconds"]) * 1_000_000 + _micros(match["fraction"]), False
    match = ISO_8601.fullmatch(text)
    return None if match is None else _instant(match)


def _micros(fraction: str | None) -> int:
    return int((fraction or "")[:6].ljust(6, "0"))


def _instant(match: re.Match[str]) -> tuple[int, bool] | None:
    """Return the instant of a text of the right form; None if there is no such day or hour."""
    hour, minute, second, east, eastern = (
        int(match[name] or 0) for name in ("hour", "minute", "second", "east", "eastern")
    )
    if hour > 23 or minute > 59 or second > 59 or east > 23 or eastern > 59:
        return None
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"])).toordinal() - _1970
    except ValueError:
        return None
    offset = (east * 3600 + eastern * 60) * (-1 if match["sign"] == "-" else 1)
    seconds = hour * 3600 + minute * 60 + second - offset
    micros = day * _DAY + seconds * 1_000_000 + _micros(match["fraction"])
    if not FIRST <= micros < AFTER:
        return None
    exact = not (match["fraction"] or "")[6:].strip("0")
    return micros, exact and bool(match["zulu"] or match["sign"])
