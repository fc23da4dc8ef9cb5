"""Times as the API writes them, for whole pages at once.

A time here is an integer: microseconds since 1970-01-01T00:00Z. Its text is
`2019-06-26T21:15:22.122000Z`, always 27 characters.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from .randomness import Ints, Texts

__all__ = ["DAY", "HOUR", "SECOND", "WIDTH", "from_us", "text", "text_array", "to_us"]

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
WIDTH = 27

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)
_LAST_DAY = 36_524  # 2069-12-31


def to_us(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970; a naive one is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """Return the aware datetime, in UTC."""
    return _EPOCH + timedelta(microseconds=us)


def text(us: int) -> str:
    """Return a time as the API writes it."""
    # Several times as fast as strftime.
    return (_NAIVE_EPOCH + timedelta(microseconds=us)).isoformat(timespec="microseconds") + "Z"


#: The four parts of a time that are looked up in tables: "2019-06-26T", "21:15:22", ".122", "000Z".
_PARTS = np.dtype([("date", "V11"), ("clock", "V8"), ("milli", "V4"), ("micro", "V4")])


@lru_cache(maxsize=1)
def _tables() -> tuple[Texts, Texts, Texts, Texts]:
    """Return tables of every date, every second of a day and every three digits."""
    dates = np.datetime_as_string(np.arange(_LAST_DAY + 1).astype("datetime64[D]"))
    seconds = [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86_400)]
    texts = (
        np.char.add(dates, "T").astype("S11"),
        np.array(seconds, dtype="S8"),
        np.array([f".{n:03}" for n in range(1000)], dtype="S4"),
        np.array([f"{n:03}Z" for n in range(1000)], dtype="S4"),
    )
    days, clock, milli, micro = (text.view(f"V{text.itemsize}") for text in texts)
    return days, clock, milli, micro


def text_array(times: Ints) -> Texts:
    """Return the texts of many times, as an array of 27 bytes each (dtype V27).

    Uses table look-ups: `numpy.datetime_as_string` is ten times slower and would dominate the cost
    of a page. So would `divmod`: numpy divides by a constant faster with `//`.
    """
    dates, clock, milli, micro = _tables()
    day = times // DAY
    within = times - day * DAY
    second = within // SECOND
    rest = within - second * SECOND
    thousands = rest // 1000
    out = np.empty(len(times), dtype=_PARTS)
    out["date"] = dates[day]
    out["clock"] = clock[second]
    out["milli"] = milli[thousands]
    out["micro"] = micro[rest - thousands * 1000]
    return out.view(f"V{WIDTH}")
