"""Many texts at once to numbers: integers and times, where they are written in the plain way.

Each function takes the bytes of a page and where its texts begin and end, and returns with the
values which of them it could read. What it cannot read is left to the tolerant path, which decides
whether it is a misfit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MARGIN", "are_integers", "read_integers", "read_times"]

#: How many bytes before and after its texts a buffer must have.
MARGIN = 64

_WIDTH = 20
_ZERO = ord("0")


def _windows(text: NDArray[np.uint8], at: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """Return the `width` bytes from each position on, as rows."""
    windows = np.ndarray((len(text) - width + 1,), f"V{width}", text.data, strides=(1,))
    return windows[at].view(np.uint8).reshape(len(at), width)


def are_integers(
    text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which texts are at most 19 digits, perhaps after a minus, and no other character.

    Parameters
    ----------
    text : array of uint8
    starts, ends : array of int64

    Returns
    -------
    array of bool
    """
    negative = text[starts] == ord("-")
    length = ends - starts - negative
    figures = _figures(text, ends, length)
    found: NDArray[np.bool_] = (length > 0) & (length < _WIDTH) & (figures.max(axis=0) <= 9)
    return found


def read_integers(
    text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read decimal integers.

    Parameters
    ----------
    text : array of uint8
    starts, ends : array of int64

    Returns
    -------
    values : array of int64
        Where readable.
    readable : array of bool
        Of at most 18 digits, without superfluous zeros or signs.
    """
    negative = text[starts] == ord("-")
    length = ends - starts - negative
    figures = _figures(text, ends, length)
    readable = (length > 0) & (length <= 18) & (figures.max(axis=0) <= 9)
    zero_first = text[starts + negative] == _ZERO
    readable &= ~(zero_first & ((length > 1) | negative))
    values = np.zeros(len(starts), np.int64)
    for figure in figures[-18:]:
        values *= 10
        values += figure
    return np.where(negative, -values, values), readable


def _figures(
    text: NDArray[np.uint8], ends: NDArray[np.int64], length: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Return the last characters before each end as figures, a row a place, 0 where there is none.

    What is above 9 was no digit.
    """
    width = int(min(max(length.max(initial=1), 1), _WIDTH))
    # A row a place, so that each step after this is one pass over contiguous memory.
    figures: NDArray[np.uint8] = np.ascontiguousarray(_windows(text, ends - width, width).T)
    figures -= _ZERO
    if length.min(initial=width) < width:
        figures *= np.arange(width)[:, None] >= width - length
    return figures


#: What a time is written like, and the highest figure that each of its places can have.
_FORM = np.frombuffer(b"0000-00-00T00:00:00.000000", np.uint8)[:, None]
_LIMITS = np.array([[int(limit)] for limit in "99990190390290590590999999"], np.uint8)
_TENS = np.array([0, 2, 5, 8, 11, 14, 17, 20, 22, 24])
_T, _BLANK_FOR_T = 10, (ord(" ") - ord("T")) % 256
# Other years are left to the tolerant path.
_FIRST_YEAR, _YEARS = 1600, 800
_MONTHS = np.arange(f"{_FIRST_YEAR}-01", f"{_FIRST_YEAR + _YEARS}-02", dtype="datetime64[M]")
#: The days from 1970 to the first of each month.
_DAYS = _MONTHS.astype("datetime64[D]").astype(np.int32)


def read_times(
    text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read ISO 8601 times that have an offset and at most six digits of a second's fraction.

    Parameters
    ----------
    text : array of uint8
    starts, ends : array of int64

    Returns
    -------
    values : array of int64
        Microseconds since 1970 in UTC, where readable.
    readable : array of bool
    """
    zulu = text[ends - 1] == ord("Z")
    forms = (ends - starts) * 2 + zulu
    # A page has one or two forms, of which each has its characters in fixed places.
    if len(forms) and (forms == forms[0]).all():
        return _read_form(text, starts, int(forms[0]))
    values = np.zeros(len(starts), np.int64)
    readable = np.zeros(len(starts), np.bool_)
    for form in np.unique(forms).tolist():
        which = np.flatnonzero(forms == form)
        values[which], readable[which] = _read_form(text, starts[which], form)
    return values, readable


def _read_form(
    text: NDArray[np.uint8], starts: NDArray[np.int64], form: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read times of one form: twice its length, and one more if it ends in Z."""
    length, zone = form // 2, 1 if form % 2 else 6
    places = length - zone
    if places != 19 and not 21 <= places <= 26:
        return np.zeros(len(starts), np.int64), np.zeros(len(starts), np.bool_)
    rows = np.ascontiguousarray(_windows(text, starts, length).T)
    figures = np.zeros((len(_FORM), len(starts)), np.uint8)
    np.subtract(rows[:places], _FORM[:places], out=figures[:places])
    figures[_T] *= figures[_T] != _BLANK_FOR_T
    readable: NDArray[np.bool_] = np.logical_and.reduce(figures <= _LIMITS, axis=0)
    century, year, month, day, hour, minute, second, *fraction = (
        figures[_TENS] * np.uint8(10) + figures[_TENS + 1]
    ).astype(np.int32)
    number = (century * 100 + year - _FIRST_YEAR) * 12 + month - 1
    readable &= (number >= 0) & (number < len(_DAYS) - 1) & (month >= 1) & (month <= 12)
    number = np.where(readable, number, 0)
    first = _DAYS.take(number)
    readable &= (day >= 1) & (day <= _DAYS.take(number + 1) - first) & (hour <= 23)
    seconds = (hour * 60 + minute) * 60 + second
    if zone > 1:
        east, known = _offset(rows[-zone:])
        seconds -= east
        readable &= known
    micros = (first + (day - 1)).astype(np.int64) * 86_400 + seconds
    micros *= 1_000_000
    if places > 19:
        micros += (fraction[0] * 100 + fraction[1]) * 100 + fraction[2]
    return micros, readable


def _offset(rows: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Read ``+02:00`` as seconds east of UTC."""
    figures: NDArray[np.int32] = (rows - _ZERO).astype(np.int32)
    hour, minute = figures[1] * 10 + figures[2], figures[4] * 10 + figures[5]
    west = rows[0] == ord("-")
    known = (west | (rows[0] == ord("+"))) & (rows[3] == ord(":"))
    known &= (figures[[1, 2, 4, 5]] <= 9).all(axis=0) & (hour <= 23) & (minute <= 59)
    seconds = (hour * 60 + minute) * 60
    return np.where(west, -seconds, seconds), known
