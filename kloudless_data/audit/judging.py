"""From event scores to what deserves a look: peaks in people's histories."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .busyness import busyness
from .crowds import Crowd, Crowds, merged_crowds, with_events
from .statistics import DAY, HOUR, Floats, Ints, Log, Scale, day_maxima, records

if TYPE_CHECKING:
    from .activity import Activity

__all__ = [
    "LEAST_DECADES",
    "Extent",
    "Judged",
    "Peak",
    "judge_counts",
    "judge_scores",
    "without_overlaps",
]

#: Candidates worth less (one person-day in thirty) are not followed up.
LEAST_DECADES = 1.5
_FOLLOWED = 4_000
_LN10 = float(np.log(10.0))


class Extent(NamedTuple):
    """Evidence to look up only when a finding is reported: all of the person's events.

    Attributes
    ----------
    place : int or None
        Only those from this network.
    """

    place: int | None = None


@dataclass(frozen=True)
class Peak:
    """A person's events that set a record.

    Attributes
    ----------
    who : int
        The person's number.
    start, end : int
        Microseconds since 1970.
    decades : float
        Its worth.
    numbers : array of int
        The events' rows in ``activity``.
    window : int
        Microseconds; the length of the compared windows.
    others : int
        The number of others in the account who do far more of the same than usual at that time.
    facts : dict
        Further facts for the rule's sentence.
    extent : Extent, optional
        See `Candidate`.
    """

    who: int
    start: int
    end: int
    decades: float
    numbers: Ints
    window: int = DAY
    others: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    extent: Extent | None = None


@dataclass
class Judged:
    """The result of one question about all people."""

    peaks: list[Peak] = field(default_factory=list)
    crowds: list[Crowd] = field(default_factory=list)


def judge_counts(
    activity: Activity,
    logs: Sequence[Log],
    windows: Sequence[int] = (HOUR, DAY),
    *,
    least: float | Sequence[float] = 5.0,
    add: float = 3.0,
    bonus: Floats | None = None,
    edits: Collection[int] = (),
) -> Judged:
    """Judge how much people do in sliding windows, by records.

    Several ways of counting and several windows form one question: the best of them is ranked
    among the best of all person-days.

    Parameters
    ----------
    activity : Activity
    logs : sequence of Log
        One per way of counting. A peak's ``facts["way"]`` is the index of its log.
    windows : sequence of int
        Microseconds.
    least : float, or sequence of float
        A window that counts less is never a peak; one number, or one per way.
    add : float
        Added to counts before their logarithms are compared.
    bonus : array of float, optional
        Added to each event's score, in units of ``ln 10``; only with a single way.
    edits : collection of int
        The ways that count edits themselves: a busy day does not explain them, and only the first
        window is compared, since many edits in a day are work.
    """
    judged, best = Judged(), _Best(activity)
    leasts = [least] * len(logs) if isinstance(least, (int, float)) else list(least)
    for way, (log, fewest) in enumerate(zip(logs, leasts, strict=True)):
        busy = None if way in edits else busyness(activity, log)
        for window in windows[:1] if way in edits else windows:
            scores, counts, _ = records(log, window, activity.days, least=add)
            if busy is not None:
                scores = np.maximum(scores - busy, 0.0)
            if bonus is not None:
                scores = np.where(scores > 0, np.maximum(scores + bonus * _LN10, 0.0), 0.0)
            chosen = np.where(counts >= fewest, scores, 0.0)
            found = judge_scores(activity, log, chosen, window, scores, best=best)
            judged.peaks += [replace(p, facts={**p.facts, "way": way}) for p in found.peaks]
            judged.crowds += [with_events(one, log, scores, activity.first) for one in found.crowds]
    judged.peaks = without_overlaps([best.judged(peak) for peak in judged.peaks])
    judged.crowds = merged_crowds(judged.crowds)
    return judged


class _Best:
    """The worth of the best of several ways on each person-day."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._keys: list[Ints] = []
        self._worth: list[Floats] = []
        self._scale: Scale | None = None

    def add(self, who: Ints, block: Ints, worth: Floats) -> None:
        """Add a way's worth on each person-day."""
        self._keys.append(who.astype(np.int64) * (1 << 32) + block)
        self._worth.append(worth)

    def judged(self, peak: Peak) -> Peak:
        """Return a peak with its worth among the best of all person-days."""
        if len(self._keys) < 2:
            return peak
        if self._scale is None:
            keys, inverse = np.unique(np.concatenate(self._keys), return_inverse=True)
            largest = np.zeros(len(keys))
            np.maximum.at(largest, inverse, np.concatenate(self._worth))
            seen = np.sort(largest[largest > 0]) * _LN10
            self._scale = Scale(seen, self._activity.person_days, tail=1.0)
        decades = float(self._scale.decades(np.array([peak.decades * _LN10]), 1.0)[0])
        return replace(peak, decades=min(decades, peak.decades))


def judge_scores(
    activity: Activity,
    log: Log,
    scores: Floats,
    window: int,
    all_scores: Floats | None = None,
    tail: float = 0.75,
    best: _Best | None = None,
) -> Judged:
    """Judge events by any logarithmic score, where 0 is nothing.

    Parameters
    ----------
    activity : Activity
    log : Log
    scores : array of float
        One per event of the log; 0 where it cannot be a peak.
    window : int
        Microseconds; events of a person farther apart are different peaks.
    all_scores : array of float, optional
        Scores to compare with. Default: `scores`.
    tail : float
        See `Scale`.
    best : _Best, optional
        Collects the worth of each person-day.
    """
    every = scores if all_scores is None else all_scores
    if not len(log) or not (scores > 0).any():
        return Judged()
    who, block, largest = day_maxima(log.who, log.time, every, activity.first)
    scale = Scale(np.sort(largest[largest > 0]), activity.person_days, tail)
    worth = scale.decades(scores, 1.0)
    if best is not None:
        best.add(who, block, scale.decades(largest, 1.0))
    crowds = Crowds(activity, scale, who, block, largest)
    # The strangest few thousand person-days are enough.
    least = max(LEAST_DECADES, float(np.log10(max(activity.person_days, 1) / _FOLLOWED)))
    chosen = np.flatnonzero(worth >= least)
    judged = Judged()
    keys, _ = log.keys(window)
    for episode in _episodes(log, chosen, window):
        at = int(episode[np.argmax(scores[episode])])
        judged.peaks.append(_peak(log, keys, scores, scale, crowds, window, episode, at))
    judged.peaks = [one for one in judged.peaks if one.decades >= LEAST_DECADES or one.others]
    judged.crowds = merged_crowds(crowds.met)
    return judged


def _episodes(log: Log, chosen: Ints, window: int) -> list[Ints]:
    """Split events into runs of one person with gaps of at most a window."""
    if not len(chosen):
        return []
    who, time = log.who[chosen], log.time[chosen]
    cuts = np.flatnonzero((np.diff(who) != 0) | (np.diff(time) > max(window, HOUR))) + 1
    return np.split(chosen, cuts)


def _peak(
    log: Log,
    keys: Ints,
    scores: Floats,
    scale: Scale,
    crowds: Crowds,
    window: int,
    episode: Ints,
    at: int,
) -> Peak:
    begin = int(np.searchsorted(keys, keys[at] - window, side="right"))
    begin = min(begin, int(episode[0]))
    stop = int(np.searchsorted(keys, keys[episode[-1]], side="right"))
    who, score = int(log.who[at]), float(scores[at])
    first, last = int(log.time[begin]), int(log.time[stop - 1])
    own = crowds.own(who, first, last, score)
    decades = float(scale.decades(np.array([score]), own)[0])
    decades, others = crowds.discounted(who, first, last, score, decades)
    return Peak(
        who,
        first,
        last,
        decades,
        log.number[begin:stop],
        window,
        others,
        {"at": at, "score": score, "amount": float(log.weight[begin:stop].sum())},
    )


def without_overlaps(peaks: Sequence[Peak]) -> list[Peak]:
    """Of each person's overlapping peaks, keep the one worth most."""
    kept: list[Peak] = []
    by_person: dict[int, list[Peak]] = {}
    for peak in sorted(peaks, key=lambda one: (-one.decades, one.who, one.start)):
        mine = by_person.setdefault(peak.who, [])
        if not any(one.start <= peak.end and peak.start <= one.end for one in mine):
            mine.append(peak)
            kept.append(peak)
    return kept
