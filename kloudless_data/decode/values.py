"""Many texts at once to numbers and times, by Arrow's casts.

A cast accepts a subset of the notations that the row-wise path's readers accept, as tests prove.
These readers read the rest, one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..schema.instants import FIRST, LAST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Text = NDArray[np.uint8]

__all__ = ["read_integers", "read_times"]

_TIME = (
    r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?"
    r"(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$"
)
_UTC = pa.timestamp("us", tz="UTC")


def read_integers(texts: pa.StringArray) -> tuple[Ints, Bools]:
    """Read decimal integers.

    Parameters
    ----------
    texts : pyarrow.StringArray
        Without nulls.

    Returns
    -------
    values : array of int64
        Where readable.
    readable : array of bool
        The text is a 64-bit integer without superfluous zeros or signs.
    """
    values, readable = _cast(texts, pa.int64(), _are_digits)
    written = pa.array(values).cast(pa.string())
    return values, readable & pc.equal(written, texts).to_numpy(zero_copy_only=False)


def read_times(texts: pa.StringArray) -> tuple[Ints, Bools, Bools]:
    """Read times as `kloudless_data.schema.instants.read_time` does.

    Parameters
    ----------
    texts : pyarrow.StringArray
        Without nulls.

    Returns
    -------
    values : array of int64
        Microseconds since 1970 in UTC, where readable.
    readable : array of bool
        The text is in ISO 8601's extended format with an offset, or an integer since 1970.
    complete : array of bool
        Where readable, whether the value says everything that the text does, as for `read_time`.
    """
    values, complete = _cast(texts, _UTC, lambda some: pc.match_substring_regex(some, _TIME))
    complete &= (values >= FIRST) & (values <= LAST)
    readable, rest = complete.copy(), np.flatnonzero(~complete)
    if len(rest):
        numbers, found = read_integers(texts.take(pa.array(rest)))
        is_seconds = (numbers >= 10**8) & (numbers < 10**10)
        readable[rest] = found & (is_seconds | ((numbers >= 10**11) & (numbers < 10**13)))
        values[rest] = numbers * np.where(is_seconds, 1_000_000, 1_000)
    return values, readable, complete


def _are_digits(texts: pa.StringArray) -> pa.BooleanArray:
    digits = pc.ascii_ltrim(texts, "-")
    return pc.and_(pc.ascii_is_decimal(digits), pc.less(pc.binary_length(digits), 19))


def _cast(
    texts: pa.StringArray, type_: pa.DataType, fit: Callable[[pa.StringArray], pa.BooleanArray]
) -> tuple[Ints, Bools]:
    """Return texts as int64, and which could be cast: if not all, those that surely `fit`."""
    values, found, some = np.zeros(len(texts), np.int64), np.ones(len(texts), np.bool_), texts
    for _ in range(2):
        with suppress(pa.ArrowInvalid):
            values[found] = some.cast(type_).cast(pa.int64()).to_numpy()
            return values, found
        fitting = fit(texts)
        found, some = fitting.to_numpy(zero_copy_only=False), texts.filter(fitting)
    return values, np.zeros(len(texts), np.bool_)  # a day that does not exist
