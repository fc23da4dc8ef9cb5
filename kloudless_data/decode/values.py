"""Many texts at once to numbers: integers, and times of one form at a time.

Each function takes the page's text and where the values in it begin and end, and returns which of
them it could read. What it could not is read one by one, by the readers that define what fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..schema.instants import ISO_8601

if TYPE_CHECKING:
    import re

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Text = NDArray[np.uint8]

__all__ = ["DAYS", "FIRST_YEAR", "read_integers", "read_times", "windows"]

_ZERO = ord("0")
#: The most digits that always fit into 64 bits.
_DIGITS = 18


def windows(text: Text, at: Ints, width: int) -> NDArray[np.uint8]:
    """Return the `width` bytes from each position on, as rows.

    Parameters
    ----------
    text : Text
        The bytes of the page.
    at : numpy.ndarray of int64
        The positions to read from.
    width : int
        Bytes per row.
    """
    every = np.ndarray((len(text) - width + 1,), f"V{width}", text, strides=(1,))
    return every[at].view(np.uint8).reshape(len(at), width)


def read_integers(text: Text, starts: Ints, ends: Ints) -> tuple[Ints, Bools]:
    """Read decimal integers.

    Parameters
    ----------
    text : array of uint8
        With more than 18 bytes before the first value.
    starts, ends : array of int64

    Returns
    -------
    values : array of int64
        Where readable.
    readable : array of bool
        Of at most 18 digits, without superfluous zeros or signs.
    """
    negative = text[starts] == ord("-")
    first = starts + negative
    length = ends - first
    width = int(length.max(initial=1).clip(1, _DIGITS))
    # A row a place, so that each step after this is one pass over contiguous memory.
    figures = np.ascontiguousarray(windows(text, ends - width, width).T)
    figures -= _ZERO
    figures *= np.arange(width)[:, None] >= width - length
    readable = (length > 0) & (length <= _DIGITS) & (figures.max(axis=0) <= 9)
    readable &= (text[first] != _ZERO) | ((length == 1) & ~negative)
    values = np.zeros(len(starts), np.int64)
    for figure in figures:
        values *= 10
        values += figure
    return np.where(negative, -values, values), readable


#: How many forms of times are looked for in a column of a page.
_FORMS = 8
# Other years are read one by one.
FIRST_YEAR, _YEARS = 1600, 800
_MONTHS = np.arange(f"{FIRST_YEAR}-01", f"{FIRST_YEAR + _YEARS}-02", dtype="datetime64[M]")
#: The days from 1970 to the first of each month.
DAYS = _MONTHS.astype("datetime64[D]").astype(np.int64)


def read_times(text: Text, starts: Ints, ends: Ints) -> tuple[Ints, Bools, Bools]:
    """Read times as `kloudless_data.schema.instants.read_time` does.

    Servers write all of their times in one form, or in few. So the form is learnt from the first
    that is unread, and others of the same form have the same digits in the same places.

    Parameters
    ----------
    text : array of uint8
    starts, ends : array of int64

    Returns
    -------
    values : array of int64
        Microseconds since 1970 in UTC, where readable.
    readable : array of bool
    complete : array of bool
        Where readable, whether the value says all that the text does, as for `read_time`.
    """
    values = np.zeros(len(starts), np.int64)
    readable, complete = np.zeros((2, len(starts)), np.bool_)
    lengths = ends - starts
    unread = np.arange(len(starts))
    for _ in range(_FORMS):
        first = unread[0] if len(unread) else 0
        sample = text[starts[first] : ends[first]].tobytes().decode() if len(unread) else ""
        if not sample or sample.isdigit():
            break
        match = ISO_8601.fullmatch(sample)
        if match is not None:
            alike = unread[lengths[unread] == len(sample)]
            values[alike], found, complete[alike] = _read_form(text, starts[alike], match)
            readable[alike] = found
        unread = unread[~readable[unread] & (unread > first)]
    if len(unread):
        values[unread], readable[unread] = _read_epochs(text, starts[unread], ends[unread])
    return values, readable, complete


def _read_epochs(text: Text, starts: Ints, ends: Ints) -> tuple[Ints, Bools]:
    """Read seconds and milliseconds since 1970."""
    values, readable = read_integers(text, starts, ends)
    length = ends - starts
    is_millis = length >= 12
    readable &= (values > 0) & np.isin(length, (9, 10, 12, 13))
    return values * np.where(is_millis, 1_000, 1_000_000), readable


def _read_form(text: Text, starts: Ints, match: re.Match[str]) -> tuple[Ints, Bools, Any]:
    """Read times of one form, and which of the texts are of that form and a time."""
    sample = np.frombuffer(match.string.encode(), np.uint8)[:, None]
    is_digit = (sample - _ZERO <= 9)[:, 0]
    # A row a place, so that each step after this is one pass over contiguous memory.
    figures = np.ascontiguousarray(windows(text, starts, len(sample)).T)
    readable: Bools = (figures[~is_digit] == sample[~is_digit]).all(axis=0)
    figures -= _ZERO
    readable &= (figures[is_digit] <= 9).all(axis=0)

    def number(name: str, most: int = 19) -> NDArray[np.int64]:
        begin, end = match.span(name)
        value = np.zeros(len(starts), np.int64)
        for place in figures[begin : min(end, begin + most)]:
            value *= 10
            value += place
        return value

    month, hour, minute, second = map(number, ("month", "hour", "minute", "second"))
    east, eastern = number("east"), number("eastern")
    readable &= (month >= 1) & (month <= 12) & (hour <= 23) & (minute <= 59) & (second <= 59)
    readable &= (east <= 23) & (eastern <= 59)
    months = (number("year") - FIRST_YEAR) * 12 + month - 1
    readable &= (months >= 0) & (months < len(DAYS) - 1)
    months[~readable] = 0
    days = number("day") - 1
    readable &= (days >= 0) & (days < DAYS[months + 1] - DAYS[months])
    offset = (east * 60 + eastern) * (-60 if match["sign"] == "-" else 60)
    seconds = (DAYS[months] + days) * 86_400 + (hour * 60 + minute) * 60 + second - offset
    begin, end = match.span("fraction")
    fraction = number("fraction", 6) * 10 ** max(0, 6 - (end - begin))
    exact = (figures[begin + 6 : end] == 0).all(axis=0) if end > begin + 6 else True
    complete = np.logical_and(exact, match["zone"] is not None)
    return seconds * 1_000_000 + fraction, readable, complete
