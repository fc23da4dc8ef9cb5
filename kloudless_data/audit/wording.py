"""The audit's wording of times, numbers, lists and rarity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ..text.counts import count
from .statistics import DAY, HOUR

__all__ = [
    "APART",
    "how_often",
    "listing",
    "microseconds",
    "moment",
    "share_of",
    "short",
    "span",
    "times",
    "when",
    "within",
]

#: A comparison leaves out the day before and the day after the period in question.
APART = "apart from a day either side"

#: More decades change no words.
_MOST_DECADES = 30.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> datetime:
    """Return the UTC time of microseconds since 1970.

    Examples
    --------
    >>> moment(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=int(microseconds))


def microseconds(time: datetime) -> int:
    """Return the microseconds since 1970 of a time with a time zone.

    Examples
    --------
    >>> microseconds(moment(7))
    7
    """
    return (time - _EPOCH) // timedelta(microseconds=1)


def when(time: datetime) -> str:
    """Word a time for a sentence.

    Examples
    --------
    >>> when(datetime(2026, 3, 1, 9, 5))
    '2026-03-01 09:05 UTC'
    """
    return f"{time:%Y-%m-%d %H:%M} UTC"


def span(start: int, end: int) -> str:
    """Word a time span for a sentence.

    Parameters
    ----------
    start, end : int
        Microseconds since 1970.

    Examples
    --------
    >>> span(0, 60_000_000), span(0, 0)
    ('between 1970-01-01 00:00 and 00:01 UTC', 'at 1970-01-01 00:00 UTC')
    >>> span(0, 86_400_000_000)
    'between 1970-01-01 00:00 and 1970-01-02 00:00 UTC'
    """
    first, last = moment(start), moment(end)
    if f"{first:%Y%m%d%H%M}" == f"{last:%Y%m%d%H%M}":
        return f"at {when(first)}"
    until = f"{last:%H:%M} UTC" if first.date() == last.date() else when(last)
    return f"between {first:%Y-%m-%d %H:%M} and {until}"


def times(number: int) -> str:
    """Word the number of times that something happened.

    Examples
    --------
    >>> times(1), times(2), times(1200)
    ('once', 'twice', '1,200 times')
    """
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def listing(names: Sequence[str], most: int = 3, noun: str = "") -> str:
    """List a few names, and say how many more there are.

    Parameters
    ----------
    names : sequence of str
    most : int
        The number of names to list. Defaults to 3.
    noun : str, optional
        The singular noun for them, to say what there are more of.

    Examples
    --------
    >>> listing(["a", "b"]), listing(["a", "b", "c", "d", "e"])
    ('a and b', 'a, b, c and 2 more')
    >>> listing(["a", "b", "c", "d"], noun="network")
    'a, b, c and 1 more network'
    """
    shown = [short(name) for name in names[:most]]
    if len(names) > most:
        more = len(names) - most
        rest = count(more, f"more {noun}") if noun else f"{more:,} more"
        return f"{', '.join(shown)} and {rest}"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def short(name: str, longest: int = 100) -> str:
    """Shorten a name for a sentence: names come from the server, at any length.

    Parameters
    ----------
    name : str
    longest : int
        Characters, the ellipsis included. Defaults to 100.

    Examples
    --------
    >>> short("ann@a.example"), short("x" * 200, 5)
    ('ann@a.example', 'xxxx…')
    """
    return name if len(name) <= longest else name[: longest - 1] + "…"


def within(window: int) -> str:
    """Word the length of a window, from microseconds.

    Examples
    --------
    >>> within(HOUR), within(DAY), within(7 * DAY)
    ('an hour', '24 hours', '7 days')
    """
    if window == HOUR:
        return "an hour"
    return f"{window // HOUR} hours" if window <= 2 * DAY else f"{window // DAY} days"


def share_of(share: float) -> str:
    """Word a share (0 to 1), never calling a part all or nothing.

    Examples
    --------
    >>> share_of(0.183), share_of(0.0001), share_of(0.99999), share_of(1.0)
    ('18 %', 'under 0.1 %', 'over 99.9 %', '100 %')
    """
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return (
        f"{share:.1%}".replace(".0%", "%").replace("%", " %")
        if share < 0.1
        else f"{share:.0%}".replace("%", " %")
    )


def how_often(decades: float, person_days_a_day: float) -> str:
    """Say how rare something is, in words people can act on.

    Parameters
    ----------
    decades : float
        -log10 of the share of person-days that are this strange.
    person_days_a_day : float
        How many people are active per day.

    Examples
    --------
    >>> how_often(4.5, 30.0), how_often(2.0, 20.0), how_often(9.0, 5.0)
    ('about once in 3 years here', 'about once in 5 days here', 'less than once in 100 years here')
    """
    # A misdated event makes decades without end, which overflow.
    days = 10.0 ** min(decades, _MOST_DECADES) / max(person_days_a_day, 1e-9)
    for length, unit in ((365.25, "year"), (30.4, "month"), (7.0, "week"), (1.0, "day")):
        number = days / length
        if number >= 100 and unit == "year":
            return "less than once in 100 years here"
        if number >= 1.5:
            return f"about once in {number:.0f} {unit}s here"
        if number >= 0.75:
            return f"about once a {unit} here"
    return "more than once a day here"
