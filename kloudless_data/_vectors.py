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

__all__ = ["MARGIN", "read_integers", "read_times"]

#: How many bytes before and after its texts a buffer must have.
MARGIN = 64

_WIDTH = 20
_ZERO = ord("0")


def _windows(text: NDArray[np.uint8], at: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """Return the `width` bytes from each position on, as rows."""
    windows = np.ndarray((len(text) - width + 1,), f"V{width}", text.data, strides=(1,))
    return windows[at].view(np.uint8).reshape(len(at), width)


def read_integers(
    text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
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
    digits : array of bool
        Of at most 19 digits, perhaps after a minus, and no other character.
    """
    negative = text[starts] == ord("-")
    length = ends - starts - negative
    width = int(min(max(length.max(initial=1), 1), _WIDTH))
    # As columns of characters, so that each step is one pass over contiguous memory.
    figures = np.ascontiguousarray(_windows(text, ends - width, width).T) - _ZERO
    outside = np.arange(width)[:, None] < width - length
    figures[outside] = 0
    digits = (length > 0) & (length < _WIDTH) & (figures.max(axis=0) <= 9)
    zero_first = text[starts + negative] == _ZERO
    readable = digits & (length <= 18) & ~(zero_first & ((length > 1) | negative))
    values = np.zeros(len(starts), np.int64)
    for figure in figures[-18:]:
        values *= 10
        values += figure
    return np.where(negative, -values, values), readable, digits


_DIGITS = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)
_SEPARATORS = ((4, "-"), (7, "-"), (13, ":"), (16, ":"), (19, "."))
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int32)


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
    values = np.zeros(len(starts), np.int64)
    readable = np.zeros(len(starts), np.bool_)
    zulu = text[ends - 1] == ord("Z")
    forms = (ends - starts) * 2 + zulu
    # A page has one or two forms, of which each has its characters in fixed places.
    for form in np.unique(forms).tolist():
        length, zone = form // 2, 1 if form % 2 else 6
        fraction = length - 19 - zone
        if fraction == 0 or 2 <= fraction <= 7:
            which = np.flatnonzero(forms == form)
            rows = np.ascontiguousarray(_windows(text, starts[which], length).T)
            values[which], readable[which] = _read_form(rows, max(fraction - 1, 0), zone)
    return values, readable


def _read_form(
    rows: NDArray[np.uint8], fraction: int, zone: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read times of one form, given as the characters of each place."""
    readable: NDArray[np.bool_] = (rows[10] == ord("T")) | (rows[10] == ord(" "))
    for place, separator in _SEPARATORS[: 5 if fraction else 4]:
        readable &= rows[place] == ord(separator)
    plain = rows - _ZERO
    readable &= plain[[*_DIGITS, *range(20, 20 + fraction)]].max(axis=0) <= 9
    figures: NDArray[np.int32] = plain.astype(np.int32)
    year = _number(figures[:2]) * 100 + _number(figures[2:4])
    month, day = _number(figures[5:7]), _number(figures[8:10])
    hour, minute, second = (_number(figures[place : place + 2]) for place in (11, 14, 17))
    # Not the first and last year, from which an offset might lead out of what datetime holds.
    readable &= (year >= 2) & (year <= 9998) & (month >= 1) & (month <= 12)
    month = np.where(readable, month, 1)
    leap = (month == 2) & (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    readable &= (day >= 1) & (day <= _DAYS[month] + leap)
    readable &= (hour <= 23) & (minute <= 59) & (second <= 59)
    seconds = (hour * 60 + minute) * 60 + second
    if zone > 1:
        east, known = _offset(rows[-zone:])
        seconds -= east
        readable &= known
    micros = _days_since_1970(year, month, day).astype(np.int64) * 86_400 + seconds
    micros *= 1_000_000
    if fraction:
        micros += _number(figures[20 : 20 + fraction]) * np.int32(10 ** (6 - fraction))
    return micros, readable


def _number(figures: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the number that the figures (first axis) make."""
    number: NDArray[np.int32] = figures[0]
    for figure in figures[1:]:
        number = number * np.int32(10) + figure
    return number


def _offset(rows: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Read ``+02:00`` as seconds east of UTC."""
    figures: NDArray[np.int32] = (rows - _ZERO).astype(np.int32)
    hour, minute = _number(figures[1:3]), _number(figures[4:6])
    west = rows[0] == ord("-")
    known = (west | (rows[0] == ord("+"))) & (rows[3] == ord(":"))
    known &= (figures[[1, 2, 4, 5]] <= 9).all(axis=0) & (hour <= 23) & (minute <= 59)
    seconds = (hour * 60 + minute) * 60
    return np.where(west, -seconds, seconds), known


def _days_since_1970(
    year: NDArray[np.int32], month: NDArray[np.int32], day: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Count days in the Gregorian calendar.

    After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": a year that begins in March
    has its leap day at its end.
    """
    year = year - (month <= 2)
    from_march = (month + 9) % 12
    day_of_year = (153 * from_march + 2) // 5 + day - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + day_of_year - 719468
