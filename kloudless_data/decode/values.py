"""Many texts at once to numbers: integers, and times in the form that almost all have.

Each function takes the page's text and where the values in it begin and end, and returns which of
them it could read. What it could not is read one by one, by the readers that define what fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Text = NDArray[np.uint8]

__all__ = ["DAYS", "FIRST_YEAR", "read_epochs", "read_integers", "read_times", "windows"]

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


# Other years are read one by one.
FIRST_YEAR, _YEARS = 1600, 800
_MONTHS = np.arange(f"{FIRST_YEAR}-01", f"{FIRST_YEAR + _YEARS}-02", dtype="datetime64[M]")
#: The days from 1970 to the first of each month.
DAYS = _MONTHS.astype("datetime64[D]").astype(np.int64)
#: The form of almost all times before their zone; of the fraction digits may be missing.
_FORM = np.frombuffer(b"0000-00-00T00:00:00.000000", np.uint8)[:, None]
_SECONDS, _MOST = 19, len(_FORM)


def read_times(text: Text, starts: Ints, ends: Ints) -> tuple[Ints, Bools, Bools]:
    """Read times as `kloudless_data.schema.instants.read_time` does.

    Parameters
    ----------
    text : array of uint8
    starts, ends : array of int64

    Returns
    -------
    values : array of int64
        Microseconds since 1970 in UTC, where readable.
    readable : array of bool
        As RFC 3339 has it, ``2026-03-01T10:00:00.5+01:00``, the colon in the offset may be missing;
        or an integer since 1970.
    complete : array of bool
        Where readable, whether the value says all that the text does, as for `read_time`.
    """
    zone, offset = _read_zones(text, ends)
    length = ends - starts - zone
    complete = (zone > 0) & (length >= _SECONDS) & (length <= _MOST) & (length != _SECONDS + 1)
    # A row a place, so that each step after this is one pass over contiguous memory.
    figures = np.ascontiguousarray(windows(text, starts, _MOST).T)
    figures = np.where(np.arange(_MOST)[:, None] < length, figures, _FORM) - _ZERO
    is_digit = (_FORM == _ZERO)[:, 0]
    complete &= (figures[~is_digit] == _FORM[~is_digit] - _ZERO).all(axis=0)
    complete &= (figures[is_digit] <= 9).all(axis=0)

    def number(begin: int, end: int) -> Ints:
        value = np.zeros(len(starts), np.int64)
        for figure in figures[begin:end]:
            value = value * 10 + figure
        return value

    month, hour, minute, second = number(5, 7), number(11, 13), number(14, 16), number(17, 19)
    complete &= (month >= 1) & (month <= 12) & (hour <= 23) & (minute <= 59) & (second <= 59)
    months = (number(0, 4) - FIRST_YEAR) * 12 + month - 1
    complete &= (months >= 0) & (months < len(DAYS) - 1)
    months[~complete] = 0
    days = number(8, 10) - 1
    complete &= (days >= 0) & (days < DAYS[months + 1] - DAYS[months])
    values = (DAYS[months] + days) * 86_400 + (hour * 60 + minute) * 60 + second
    values = (values - offset) * 1_000_000 + number(20, 26)
    rest, readable = np.flatnonzero(~complete), complete.copy()
    values[rest], readable[rest] = read_epochs(text, starts[rest], ends[rest])
    return values, readable, complete


def _read_zones(text: Text, ends: Ints) -> tuple[Ints, Ints]:
    """Return how long the zone is that ends each text, 0 if it is none, and the seconds east."""
    zone, offset = (text[ends - 1] == ord("Z")).astype(np.int64), np.zeros(len(ends), np.int64)
    for size in (5, 6):
        sign = text[ends - size]
        found = np.flatnonzero((sign == ord("+")) | (sign == ord("-")))
        figures = windows(text, ends[found] - size, size)[:, [1, 2, -2, -1]] - _ZERO
        good = (figures <= 9).all(axis=1) & ((size == 5) | (text[ends[found] - 3] == ord(":")))
        east, eastern = figures[:, :2] @ [10, 1], figures[:, 2:] @ [10, 1]
        good &= (east <= 23) & (eastern <= 59)
        zone[found[good]] = size
        seconds = (east * 60 + eastern) * np.where(sign[found] == ord("-"), -60, 60)
        offset[found[good]] = seconds[good]
    return zone, offset


def read_epochs(text: Text, starts: Ints, ends: Ints) -> tuple[Ints, Bools]:
    """Read integers as seconds or milliseconds since 1970.

    Parameters
    ----------
    text : array of uint8
    starts, ends : array of int64

    Returns
    -------
    values : array of int64
        Microseconds since 1970, where readable.
    readable : array of bool
    """
    values, readable = read_integers(text, starts, ends)
    length = ends - starts
    readable &= (values > 0) & np.isin(length, (9, 10, 12, 13))
    return values * np.where(length >= 12, 1_000, 1_000_000), readable
