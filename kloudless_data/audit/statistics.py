"""Measure how strange something is: records in sliding windows, ranked against the past.

The organisation's own history, not a model, decides whether a number is unusual. A person's
*record* is how far a window exceeds the largest of the same person's other windows, on a
logarithmic scale. A record's worth follows from how often records of that size occur among all
person-days: its rank, and beyond the last ranks an exponential tail. The unit is the *decade*,
``-log10`` of the share of person-days that are this strange: 3 decades are one in a thousand.

Sources
-------
- Ranks among past scores as probabilities: Bates, Candès, Lei, Romano and Sesia, "Testing for
  outliers with conformal p-values", Annals of Statistics 51 (2023); Laxhammar and Falkman,
  "Conformal prediction for distribution-independent anomaly detection", IEEE TNNLS 25 (2014).
- Exponential excesses over a high threshold, for scores that are logarithms: Pickands, "Statistical
  inference using extreme order statistics", Annals of Statistics 3 (1975).
- Few observations: shrunk towards the organisation's, as in Smyth, "Linear models and empirical
  Bayes methods", SAGMB 3 (2004).
- A run of days against all others: Olshen, Venkatraman, Lucito and Wigler, "Circular binary
  segmentation", Biostatistics 5 (2004).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..events.executors import processors

__all__ = [
    "DAY", "HOUR", "Floats", "Ints", "Log", "Scale", "day_maxima", "in_parts", "largest_contrasts",
    "largest_elsewhere", "log_at_least", "records", "window_counts",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAY = 86_400_000_000  # microseconds, as all times here
HOUR = DAY // 24
_LN10 = float(np.log(10.0))
#: The number of events whose comparison is held in memory at a time.
_ROWS = 200_000


@dataclass(frozen=True)
class Log:
    """Events of some kind, sorted by person and time, as columns.

    Attributes
    ----------
    who : array of int
        A person's number.
    time : array of int
        Microseconds since 1970.
    number : array of int
        The event's row in ``activity``.
    weight : array of float
        The weight of each event.
    """

    who: Ints
    time: Ints
    number: Ints
    weight: Floats

    def __len__(self) -> int:
        return len(self.who)

    def keys(self, reach: int) -> tuple[Ints, int]:
        """Return one sorted number per event, with people farther apart than `reach`.

        Longer gaps count as little more than `reach`: one misdated event makes a person's history
        thousands of years long, and a few such histories do not fit in 64 bits.
        """
        span = 2 * reach + 2
        steps = np.minimum(np.diff(self.time, prepend=self.time[:1]), span)
        steps[1:][np.diff(self.who) != 0] = span
        return np.cumsum(steps), span


def in_parts(work: Callable[[slice], None], count: int, size: int = _ROWS) -> None:
    """Do work on arrays part by part, by a thread for each processor.

    NumPy's searches, which take most of the time, leave Python's lock to other threads.

    Parameters
    ----------
    work : callable
        Gets the slice of a part, and writes nowhere else.
    count : int
        The arrays' length.
    size : int
        The length of a part, which bounds the memory.

    Examples
    --------
    >>> squares = np.zeros(5, int)
    >>> def square(part):
    ...     squares[part] = np.arange(5)[part] ** 2
    >>> in_parts(square, 5, size=2)
    >>> squares.tolist()
    [0, 1, 4, 9, 16]
    """
    parts = [slice(low, low + size) for low in range(0, count, size)]
    threads = min(processors(), len(parts))
    if threads < 2:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads, "audit") as pool:
        list(pool.map(work, parts))  # an error is raised here


def window_counts(log: Log, window: int) -> Floats:
    """Return, for each event, the sum of the person's events in the window ending with it.

    Events at the same time share a window, whatever their order.

    Parameters
    ----------
    log : Log
    window : int
        Microseconds; the window excludes its start and includes its end.

    Returns
    -------
    array of float
        Sums of `Log.weight`.

    Examples
    --------
    >>> log = Log(np.array([0, 0, 0, 1]), np.array([0, 5, 50, 52]), np.arange(4), np.ones(4))
    >>> window_counts(log, 10).tolist()
    [1.0, 2.0, 1.0, 1.0]
    """
    keys, _ = log.keys(window)
    total = np.concatenate([[0.0], np.cumsum(log.weight)])
    counts = np.zeros(len(log))

    def count(part: slice) -> None:
        begin = np.searchsorted(keys, keys[part] - window, side="right")
        end = np.searchsorted(keys, keys[part], side="right")
        counts[part] = np.round(total[end] - total[begin], 6)

    in_parts(count, len(log))
    return counts


def largest_elsewhere(log: Log, counts: Floats, window: int, apart: int) -> Floats:
    """Return, for each event, the person's largest window a given time away from it.

    Parameters
    ----------
    log : Log
    counts : array of float
        What the window ending with each event counts, from `window_counts`.
    window : int
        The windows' length in microseconds.
    apart : int
        Microseconds; the least gap between the event's window and the others.

    Returns
    -------
    array of float
        0 if the person has no such window.
    """
    keys, _ = log.keys(window + apart)
    found = np.zeros(len(log))
    for later in (False, True):  # one after the other, to hold one array of maxima at a time
        maxima = _running_maxima(log.who, counts, backwards=later)
        reach = window + apart if later else -window - apart

        def look(part: slice, maxima: Floats = maxima, reach: int = reach) -> None:
            if reach > 0:
                place = np.searchsorted(keys, keys[part] + reach, side="left")
            else:
                place = np.searchsorted(keys, keys[part] + reach, side="right") - 1
            inside = np.clip(place, 0, len(log) - 1)
            same = (place >= 0) & (place < len(log)) & (log.who[inside] == log.who[part])
            found[part] = np.maximum(found[part], np.where(same, maxima[inside], 0.0))

        in_parts(look, len(log))
    return found


def _running_maxima(who: Ints, values: Floats, *, backwards: bool = False) -> Floats:
    """Return each person's largest value up to each event; backwards, from it on."""
    step = float(values.max(initial=0.0)) + 1.0
    # In place: a row per person and hour of a large organisation makes each array 40 MB.
    shift = (int(who.max(initial=0)) - who if backwards else who) * step
    found: Floats = values + shift
    there = found[::-1] if backwards else found
    np.maximum.accumulate(there, out=there)
    found -= shift
    return found


def records(
    log: Log, window: int, days: Floats, *, least: float = 3.0, prior: float = 20.0
) -> tuple[Floats, Floats, Floats]:
    """Return how far each window exceeds the person's own largest one on other days.

    Parameters
    ----------
    log : Log
    window : int
        Microseconds.
    days : array of float
        Active days of each person.
    least : float
        Added to counts, so that three is not infinitely more than none.
    prior : float
        The weight of the organisation's largest windows, in days of a person's own history.

    Returns
    -------
    tuple of arrays of float
        Records (0 if not more than elsewhere), the windows' counts, and the person's largest count
        elsewhere.

    Examples
    --------
    >>> times = np.concatenate([np.arange(30) * DAY, 40 * DAY + np.arange(90)])
    >>> log = Log(np.zeros(120, int), times, np.arange(120), np.ones(120))
    >>> scores, counts, elsewhere = records(log, HOUR, np.array([31.0]))
    >>> float(scores[0]), round(float(scores[-1]), 2), float(counts[-1]), float(elsewhere[-1])
    (0.0, 3.15, 90.0, 1.0)
    """
    if not len(log):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    counts = window_counts(log, window)
    elsewhere = largest_elsewhere(log, counts, window, max(DAY - window, 0))
    everyone = _usual_largest(log, counts, days > 0)[log.who]
    history = np.maximum(days[log.who] - 1.0, 0.0)
    own, theirs = np.log(elsewhere + least), np.log(everyone + least)
    shrunk = (history * own + prior * np.maximum(own, theirs)) / (history + prior)
    scores: Floats = np.maximum(np.log(counts + least) - shrunk, 0.0)
    return scores, counts, elsewhere


def _usual_largest(
    log: Log, counts: Floats, active: npt.NDArray[np.bool_], share: float = 0.75
) -> Floats:
    """Return, for each person, a quantile of the largest windows of the others who are active.

    People without a window count as 0, as does everybody if there is nobody else.
    """
    largest = np.zeros(len(active))
    np.maximum.at(largest, log.who, counts)
    ordered = np.sort(largest[active | (largest > 0)])
    if len(ordered) < 2:
        return np.zeros(len(active))
    place = int(share * (len(ordered) - 2))
    # Taking the next place leaves out anybody who is not above it.
    found: Floats = np.where(largest > ordered[place], ordered[place], ordered[place + 1])
    return found


def day_maxima(who: Ints, time: Ints, scores: Floats, first: int) -> tuple[Ints, Ints, Floats]:
    """Return the largest score of each person on each day.

    Parameters
    ----------
    who : array of int
        The person of each event, ascending.
    time : array of int
        Microseconds since 1970, ascending for each person.
    scores : array of float
        The score of each event; negative ones count as 0.
    first : int
        Microseconds since 1970, from which days of 24 hours are counted.

    Returns
    -------
    tuple of arrays
        Person, day (0: the first) and largest score, sorted by person and day.
    """
    block = (time - first) // DAY
    span = int(block.max(initial=0)) + 1
    keys = who.astype(np.int64) * span + block
    begin = np.flatnonzero(np.diff(keys, prepend=-1))
    largest = np.maximum(np.maximum.reduceat(scores, begin), 0.0) if len(keys) else np.zeros(0)
    return who[begin].astype(np.int64), block[begin], largest


@dataclass(frozen=True)
class Scale:
    """The worth of scores, in decades, by how often they occurred.

    Attributes
    ----------
    observed : array of float
        The positive scores of person-days, sorted.
    total : int
        The number of person-days, including those with a score of 0.
    tail : float
        The assumed growth of a score while it becomes `e` times rarer, which weighs as much as
        `prior` observations.
    """

    observed: Floats
    total: int
    tail: float = 0.75
    prior: float = 12.0
    #: The number of empty person-days to assume, so that three days do not count as a history.
    unseen: float = 40.0

    def decades(self, scores: Floats, own: Floats | float = 0.0) -> Floats:
        """Return the worth of scores.

        Parameters
        ----------
        scores : array of float
        own : array of float
            The number of person-days with at least that score that belong to the judged case
            itself, which are left out.

        Examples
        --------
        >>> scale = Scale(np.arange(1, 101) / 100, 1_000)
        >>> scale.decades(np.array([0.5, 1.0, 3.0]), 1).round(1).tolist()
        [1.3, 3.0, 4.0]
        """
        begin, share, width = self._tail
        above = len(self.observed) - np.searchsorted(self.observed, scores, side="left")
        ranked = (np.maximum(above - own, 0.0) + 1.0) / (self.total + self.unseen)
        beyond = share * np.exp(-(scores - begin) / width)
        p = np.where(scores > begin, np.minimum(ranked, beyond), ranked)
        found: Floats = np.where(scores > 0, -np.log10(np.minimum(p, 1.0)), 0.0)
        return found

    @property
    def width(self) -> float:
        """Return the growth of scores beyond the ranks while they become `e` times rarer."""
        return self._tail[2]

    @cached_property
    def _tail(self) -> tuple[float, float, float]:
        """Return the end of the ranks, the person-days beyond, and their rate of decay."""
        # Most records are small ones of quiet people: only the far end shows the rate of decay.
        most = max(8, int(0.002 * self.total))
        number = min(len(self.observed), most)
        beyond = self.observed[len(self.observed) - number :]
        begin = float(beyond[0]) if number == most else 0.0
        # The judged case may be one of them, most likely the largest, which is left out.
        excess = float(np.median(beyond[:-1] - begin)) / np.log(2) if number > 1 else 0.0
        weight = max(number - 1, 0)
        width = (weight * excess + self.prior * self.tail) / (weight + self.prior)
        share = max(number, 1.0) / (self.total + self.unseen)
        return begin, share, max(width, 0.2)


#: The lengths of the runs of days to compare, and how many of each person's days must be in a run
#: and outside it.
_RUNS = (4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 28, 34, 40, 48, 57, 68, 80, 95)
_INSIDE, _OUTSIDE = 4, 5


def largest_contrasts(
    values: Floats, active: npt.NDArray[np.bool_], most: float
) -> tuple[Ints, Ints, Floats]:
    """Return the run of days of each row that exceeds the row's other days most.

    Parameters
    ----------
    values : array of float
        (people, days); how far each day is above the usual, in standard deviations.
    active : array of bool
        The days that count. A run needs at least four of them, and five outside.
    most : float
        The largest share of active days that a run may have (0 to 1).

    Returns
    -------
    tuple of arrays
        First and last day of the run (its column), and the difference of the means within and
        outside, in standard errors; 0 if no run exceeds the rest.

    Examples
    --------
    >>> values = np.zeros((1, 30))
    >>> values[0, 4:24] = 2.0
    >>> first, last, contrast = largest_contrasts(values, np.ones((1, 30), bool), 0.8)
    >>> int(first[0]), int(last[0]), round(float(contrast[0]), 2)
    (4, 23, 5.16)
    """
    people = len(values)
    first, last, best = np.zeros(people, np.int64), np.zeros(people, np.int64), np.zeros(people)
    # Most people do some things on no day, and nothing contrasts there.
    some = np.flatnonzero(values.any(axis=1))
    first[some], last[some], best[some] = _contrasts(values[some], active[some], most)
    return first, last, best


def _contrasts(
    values: Floats, active: npt.NDArray[np.bool_], most: float
) -> tuple[Ints, Ints, Floats]:
    people, days = values.shape
    first, last, best = np.zeros(people, np.int64), np.zeros(people, np.int64), np.zeros(people)
    total = np.pad(np.where(active, values, 0.0).cumsum(axis=1), ((0, 0), (1, 0)))
    number = np.pad(active.cumsum(axis=1), ((0, 0), (1, 0)))
    for length in (one for one in _RUNS if one < days):
        begin = np.arange(0, days - length + 1, max(1, length // 7))
        inside = number[:, begin + length] - number[:, begin]
        outside = number[:, -1:] - inside
        known = (inside >= _INSIDE) & (outside >= _OUTSIDE) & (inside <= most * number[:, -1:])
        within = total[:, begin + length] - total[:, begin]
        there, beyond = np.maximum(inside, 1), np.maximum(outside, 1)
        contrast = within / there - (total[:, -1:] - within) / beyond
        contrast = np.where(known, contrast / np.sqrt(1 / there + 1 / beyond), 0.0)
        place = contrast.argmax(axis=1)
        largest = contrast[np.arange(people), place]
        more = largest > best
        best[more], first[more] = largest[more], begin[place[more]]
        last[more] = first[more] + length - 1
    return first, last, best


def log_at_least(number: Ints, shape: Floats, rate: Floats) -> Floats:
    """Return ln of the probability of at least so many on a day with a gamma-distributed mean.

    That is a negative binomial's tail: its first term, with the others as a geometric series.

    Parameters
    ----------
    number : array of int
    shape, rate : array of float
        The gamma distribution's parameters: the number observed, and the number of days.

    Examples
    --------
    >>> shape, rate = np.array([0.5, 2.0]), np.array([60.0, 50.0])
    >>> log_at_least(np.array([1, 5]), shape, rate).round(1).tolist()
    [-4.8, -17.9]
    """
    more = -np.log(rate + 1.0)
    first = shape * np.log(rate / (rate + 1.0)) + number * more
    for step in range(int(number.max(initial=0))):
        first += np.where(step < number, np.log((shape + step) / (step + 1.0)), 0.0)
    ratio = np.minimum((shape + number) / (number + 1.0) * np.exp(more), 0.9)
    found: Floats = np.minimum(first - np.log1p(-ratio), 0.0)
    return found
