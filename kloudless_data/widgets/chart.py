"""Activity over time as a bar chart: SVG without scripts, in the page theme's colours."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Histogram", "draw", "histogram"]

_SECOND = 1_000_000
_WIDTHS = tuple(
    seconds * _SECOND
    for seconds in (
        1, 5, 15, 60, 5 * 60, 15 * 60, 30 * 60, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600,
        86_400, 7 * 86_400, 28 * 86_400, 364 * 86_400,
    )
)  # fmt: skip
_NAMES = {
    1: "second", 60: "minute", 3_600: "hour", 86_400: "day", 7 * 86_400: "week",
}  # fmt: skip
_BARS = 72  # as many as stay distinguishable in 800 pixels
_LEFT, _TOP, _WIDTH, _HEIGHT, _BOTTOM = 52, 10, 800, 170, 24


class Histogram(NamedTuple):
    """The number of events in each interval.

    Attributes
    ----------
    begin : int
        The start of the first interval, in microseconds since 1970, UTC.
    width : int
        The width of an interval, in microseconds.
    counts : numpy.ndarray of int64
    """

    begin: int
    width: int
    counts: npt.NDArray[np.int64]

    @property
    def interval(self) -> str:
        """The width in words."""
        seconds = self.width // _SECOND
        unit = max(u for u in _NAMES if seconds % u == 0 and u <= seconds)
        count = seconds // unit
        return _NAMES[unit] if count == 1 else f"{count} {_NAMES[unit]}s"


def histogram(times: npt.NDArray[np.int64]) -> Histogram | None:
    """Count events over time, in at most 72 intervals of a round width.

    Parameters
    ----------
    times : numpy.ndarray of int64
        Microseconds since 1970, UTC, in any order.

    Returns
    -------
    Histogram or None
        None if there is nothing to count.

    Examples
    --------
    >>> import numpy as np
    >>> counted = histogram(np.array([0, 1, 3_600_000_000]))
    >>> counted.interval, counted.counts.sum()
    ('minute', np.int64(3))
    """
    import numpy as np

    if not len(times):
        return None
    first, last = int(times.min()), int(times.max())
    width = next((w for w in _WIDTHS if last // w - first // w < _BARS), _WIDTHS[-1])
    begin = first // width * width
    return Histogram(begin, width, np.bincount((times - begin) // width).astype(np.int64))


def draw(counted: Histogram | None, *, what: str = "events") -> str:
    """Return a histogram as SVG.

    Parameters
    ----------
    counted : Histogram or None
    what : str
        What was counted, in the plural.

    Returns
    -------
    str
        HTML without any text from a server.
    """
    if counted is None:
        return f'<p class="kd-note">There are no {html.escape(what)} to draw.</p>'
    total, highest = int(counted.counts.sum()), int(counted.counts.max())
    title = (
        f"{total:,} {what} over time, per {counted.interval}, from "
        f"{_time(counted.begin)} to {_time(counted.begin + len(counted.counts) * counted.width)} "
        f"UTC; at most {highest:,} at a time"
    )
    parts = [*_vertical_axis(_nice(highest)), *_bars(counted, _nice(highest)), *_times(counted)]
    height = _TOP + _HEIGHT + _BOTTOM
    return (
        '<div class="kd-scroll" tabindex="0" role="region" aria-label="Chart">'
        f'<svg class="kd-chart" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{html.escape(title)}">{"".join(parts)}</svg></div>'
        f'<div class="kd-note">{html.escape(what.capitalize())} per {counted.interval}, UTC'
        "</div>"
    )


def _nice(highest: int) -> int:
    """Return the smallest round number that is at least this."""
    power = 1
    while True:
        for step in (1, 2, 3, 4, 5, 6, 8, 10):
            if step * power >= highest and (step * power) % 2 == 0:
                return step * power
        power *= 10


def _vertical_axis(top: int) -> list[str]:
    parts = []
    for value in (0, top // 2, top):
        y = _TOP + _HEIGHT - _HEIGHT * value / top
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,}</text>')
    return parts


def _bars(counted: Histogram, top: int) -> list[str]:
    step = (_WIDTH - _LEFT) / max(len(counted.counts), 12)
    parts = []
    for number, count in enumerate(counted.counts.tolist()):
        if count:
            height = max(1.0, _HEIGHT * count / top)
            when = _time(counted.begin + number * counted.width)
            parts.append(
                f'<rect x="{_LEFT + number * step + step * 0.08:.1f}" width="{step * 0.84:.1f}" '
                f'y="{_TOP + _HEIGHT - height:.1f}" height="{height:.1f}">'
                f"<title>{when}: {count:,}</title></rect>"
            )
    return parts


def _times(counted: Histogram) -> list[str]:
    """Label a few intervals: the day where it changes, the time otherwise."""
    step = (_WIDTH - _LEFT) / max(len(counted.counts), 12)
    every = max(1, -(-110 // max(1, int(step))))  # a label takes about 110 pixels
    day, parts = "", []
    for number in range(0, len(counted.counts), every):
        text = _time(counted.begin + number * counted.width)
        shown = text[:10] if counted.width >= 86_400 * _SECOND else text[5:16]
        if text[:10] == day and counted.width < 86_400 * _SECOND:
            shown = text[11:] if counted.width < 60 * _SECOND else text[11:16]
        day = text[:10]
        x, y = _LEFT + number * step, _TOP + _HEIGHT + 16
        if x < _WIDTH - 60:
            parts.append(f'<text x="{x:.1f}" y="{y}">{shown}</text>')
    return parts


def _time(microseconds: Any) -> str:
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(microseconds / _SECOND, UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
