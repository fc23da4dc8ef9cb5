"""Activity over time as a bar chart: SVG without scripts, in the page theme's colours."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from ..display.times import at_wall_time, in_zone, shown_time, zone_name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Histogram", "draw", "histogram", "moment_of"]

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
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
_BARS = 72  # as many as stay distinguishable in 600 pixels
_LEFT, _TOP, _WIDTH, _HEIGHT, _BOTTOM = 46, 10, 620, 150, 22
_LAST_DAY = date.max.toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Histogram(NamedTuple):
    """The number of events in each interval.

    Attributes
    ----------
    edges : numpy.ndarray of int64
        The start of each interval and the end of the last one, in microseconds since 1970, UTC.
    width : int
        The width of an interval, in microseconds; a day with a clock change is shorter or longer.
    counts : numpy.ndarray of int64
        One fewer than `edges`.
    """

    edges: npt.NDArray[np.int64]
    width: int
    counts: npt.NDArray[np.int64]

    @property
    def interval(self) -> str:
        """The width in words."""
        seconds = self.width // _SECOND
        unit = max(u for u in _NAMES if seconds % u == 0 and u <= seconds)
        count = seconds // unit
        return _NAMES[unit] if count == 1 else f"{count} {_NAMES[unit]}s"

    def shown(self, number: int) -> str:
        """Return an edge as display text, as precisely as the intervals need."""
        return shown_time(
            moment_of(self.edges[number]),
            timespec="seconds" if self.width < 60 * _SECOND else "minutes",
        )


def moment_of(microseconds: Any) -> datetime:
    """Return a number of microseconds since 1970 as a moment in UTC."""
    return _EPOCH + timedelta(microseconds=int(microseconds))


def histogram(times: npt.NDArray[np.int64]) -> Histogram | None:
    """Count events over time, in at most 72 intervals of a round width.

    Days begin at midnight and weeks on Monday, in the display time zone.

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
    >>> counted.interval, int(counted.counts.sum())
    ('minute', 3)
    """
    import numpy as np

    if not len(times):
        return None
    first, last = int(times.min()), int(times.max())
    width, edges = next(
        (each, found) for each in _WIDTHS if (found := _edges(first, last, each)) is not None
    )
    counts, _ = np.histogram(times, bins=edges)
    return Histogram(edges, width, counts.astype(np.int64))


def _edges(first: int, last: int, width: int) -> npt.NDArray[np.int64] | None:
    """Return the edges of intervals that cover all times; None if there are too many."""
    import numpy as np

    if width >= _DAY:
        return _midnights(first, last, width // _DAY)
    offset = in_zone(moment_of(first)).utcoffset() or timedelta()
    shift = offset // timedelta(microseconds=1)
    begin = (first + shift) // width * width - shift
    count = (last - begin) // width + 1
    return None if count > _BARS else begin + np.arange(count + 1, dtype=np.int64) * width


def _midnights(first: int, last: int, days: int) -> npt.NDArray[np.int64] | None:
    """Return the edges of intervals of whole days; day 1 of the calendar was a Monday."""
    import numpy as np

    begin, end = (in_zone(moment_of(each)).date().toordinal() for each in (first, last))
    begin = (begin - 1) // days * days + 1
    count = (end - begin) // days + 1
    if count > _BARS and days * _DAY != _WIDTHS[-1]:
        return None
    walls = (
        datetime.combine(date.fromordinal(min(begin + number * days, _LAST_DAY)), time())
        for number in range(count + 1)
    )
    found = [(at_wall_time(wall) - _EPOCH) // timedelta(microseconds=1) for wall in walls]
    # At both ends of the calendar, midnight may not exist.
    found[0], found[-1] = min(found[0], first), max(found[-1], last + 1)
    return np.array(found, dtype=np.int64)


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
        HTML without any text from a server. Each bar has its number as ``data-pick``.
    """
    if counted is None:
        return f'<p class="kd-note">There are no {html.escape(what)} to draw.</p>'
    total, highest = int(counted.counts.sum()), int(counted.counts.max())
    title = (
        f"{total:,} {what} over time, per {counted.interval}, from {counted.shown(0)} to "
        f"{counted.shown(-1)}, {zone_name()}; at most {highest:,} at a time"
    )
    top = _nice(highest)
    parts = [*_vertical_axis(top), *_bars(counted, top), *_times(counted)]
    height = _TOP + _HEIGHT + _BOTTOM
    return (
        f'<svg class="kd-chart" viewBox="0 0 {_WIDTH} {height}" role="group" '
        f'aria-label="{html.escape(title)}">{"".join(parts)}</svg>'
        f'<div class="kd-note">{html.escape(what.capitalize())} per {counted.interval}, '
        f"{html.escape(zone_name())}. Click a bar to see only its time.</div>"
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


def _step(counted: Histogram) -> float:
    """Return the width of one interval in the drawing."""
    return (_WIDTH - _LEFT) / max(len(counted.counts), 12)


def _bars(counted: Histogram, top: int) -> list[str]:
    step, parts = _step(counted), list[str]()
    for number, count in enumerate(counted.counts.tolist()):
        if count:
            height = max(1.0, _HEIGHT * count / top)
            label = html.escape(f"{counted.shown(number)}: {count:,}")
            parts.append(
                f'<rect x="{_LEFT + number * step + step * 0.08:.1f}" width="{step * 0.84:.1f}" '
                f'y="{_TOP + _HEIGHT - height:.1f}" height="{height:.1f}" data-pick="{number}" '
                f'role="button" tabindex="{-1 if parts else 0}" aria-label="{label}">'
                f"<title>{label}</title></rect>"
            )
    return parts


def _times(counted: Histogram) -> list[str]:
    """Label a few intervals: the day where it changes, the time otherwise."""
    step = _step(counted)
    every = max(1, -(-96 // max(1, int(step))))  # a label takes about 96 pixels
    day, parts = "", []
    for number in range(0, len(counted.counts), every):
        moment = in_zone(moment_of(counted.edges[number]))
        if counted.width >= _DAY:
            shown = f"{moment:%Y-%m-%d}"
        elif f"{moment:%Y-%m-%d}" != day:
            shown = f"{moment:%m-%d %H:%M}"
        else:
            shown = f"{moment:%H:%M:%S}" if counted.width < 60 * _SECOND else f"{moment:%H:%M}"
        day = f"{moment:%Y-%m-%d}"
        x, y = _LEFT + number * step, _TOP + _HEIGHT + 16
        if x < _WIDTH - 7 * len(shown):
            parts.append(f'<text x="{x:.1f}" y="{y}">{shown}</text>')
    return parts
