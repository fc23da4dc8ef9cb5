"""What many people do at once, which is worth less for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from .statistics import DAY, Floats, Ints, Log, Scale

if TYPE_CHECKING:
    from .activity import Activity

__all__ = ["Crowd", "Crowds", "merged_crowds", "with_events"]

_LN10 = float(np.log(10.0))
#: From this score on, others count as doing the same: a third more than ever.
_STRANGE = 0.3


@dataclass(frozen=True)
class Crowd:
    """Many people who do the same at the same time.

    Attributes
    ----------
    account : int
        The account's number.
    start, end : int
        Microseconds since 1970.
    people : array of int
        Their numbers.
    numbers : array of int
        The rows of ``activity`` that are the evidence, if known.
    """

    account: int
    start: int
    end: int
    people: Ints
    numbers: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


class Crowds:
    """Who else had such a day, and whether that number is unusual.

    Parameters
    ----------
    activity : Activity
    scale : Scale
        The worth of scores.
    who, block, largest : array
        The person, day and largest score of each person-day, from `day_maxima`.
    """

    def __init__(
        self, activity: Activity, scale: Scale, who: Ints, block: Ints, largest: Floats
    ) -> None:
        there = largest > 0
        self._who, self._block, self._largest = who[there], block[there], largest[there]
        self._scale, self._activity = scale, activity
        self._team = activity.teams[self._who] if there.any() else self._who
        order = np.lexsort((self._block, self._team))
        # The same person-days by account and day, and an account's scores by size.
        self._by_block = self._block[order] + self._team[order] * (1 << 32)
        self._whose, self._scores = self._who[order], self._largest[order]
        self._ascending: dict[int, Floats] = {}
        self.met: list[Crowd] = []

    def own(self, who: int, start: int, end: int, score: float) -> float:
        """Count the person's own days around a time with such a score.

        Parameters
        ----------
        who : int
        start, end : int
            Microseconds since 1970.
        score : float
        """
        first, last = self._blocks(start, end)
        low, high = np.searchsorted(self._who, [who, who + 1])
        block, largest = self._block[low:high], self._largest[low:high]
        return float(((block >= first) & (block <= last) & (largest >= score)).sum())

    def _blocks(self, start: int, end: int) -> tuple[int, int]:
        first = self._activity.first
        return (start - first) // DAY - 1, (end - first) // DAY + 1

    def discounted(
        self, who: int, start: int, end: int, score: float, decades: float
    ) -> tuple[float, int]:
        """Return the worth that remains if others do the same then, and their number.

        Parameters
        ----------
        who : int
        start, end : int
            Microseconds since 1970.
        score : float
        decades : float
            Its worth if nobody else does the same.
        """
        team = int(self._activity.teams[who])
        first, last = self._blocks(start, end)
        base = team * (1 << 32)
        low, high = np.searchsorted(self._by_block, [base + max(first, 0), base + last + 1])
        # Others count if their day is about as strange as this one.
        least = max(0.5 * score, _STRANGE)
        strange = (self._scores[low:high] >= least) & (self._whose[low:high] != who)
        others, scores = self._whose[low:high][strange], self._scores[low:high][strange]
        if len(others) < 2:
            return decades, 0
        people = np.unique(others)
        size = max(int(self._activity.team_sizes[team]) - 1, 1)
        like = self._number_like(team, who, least)
        expected = like * (last - first + 1) / max(self._activity.blocks, 1)
        if len(people) < 2 or len(people) < 3 * expected + 2 * (len(people) < 0.25 * size):
            return decades, 0
        self.met.append(Crowd(team, start, end, np.append(people, who)))
        largest = np.zeros(len(people))
        np.maximum.at(largest, np.searchsorted(people, others), scores)
        at_least = float((largest >= score).sum())
        ahead = max(0.0, score - float(largest.max()))
        width = self._scale.width
        cap = np.log10((len(people) + 1) / (at_least + 1)) + ahead / width / _LN10
        return min(decades, float(cap)), len(people)

    def _number_like(self, team: int, who: int, least: float) -> int:
        """Return the number of such days that others in an account had at any time."""
        if team not in self._ascending:
            low, high = np.searchsorted(self._by_block, [team * (1 << 32), (team + 1) * (1 << 32)])
            self._ascending[team] = np.sort(self._scores[low:high])
        every = self._ascending[team]
        low, high = np.searchsorted(self._who, [who, who + 1])
        own = int((self._largest[low:high] >= least).sum())
        return len(every) - int(np.searchsorted(every, least)) - own


def merged_crowds(crowds: Sequence[Crowd], apart: int = 2 * DAY) -> list[Crowd]:
    """Merge an account's crowds that touch in time.

    Parameters
    ----------
    crowds : sequence of Crowd
    apart : int
        Microseconds.
    """
    merged: list[Crowd] = []
    for crowd in sorted(crowds, key=lambda one: (one.account, one.start)):
        last = merged[-1] if merged else None
        if last and last.account == crowd.account and crowd.start <= last.end + apart:
            merged[-1] = Crowd(
                last.account, last.start, max(last.end, crowd.end),
                np.union1d(last.people, crowd.people), np.union1d(last.numbers, crowd.numbers),
            )  # fmt: skip
        else:
            merged.append(crowd)
    return merged


def with_events(crowd: Crowd, log: Log, scores: Floats, first: int) -> Crowd:
    """Return a crowd with its people's events on the days on which they do far more than usual.

    Parameters
    ----------
    crowd : Crowd
    log : Log
        The events that were judged.
    scores : array of float
        How strange each is.
    first : int
        Microseconds since 1970, from which days of 24 hours are counted.
    """
    begin, stop = (crowd.start - first) // DAY - 1, (crowd.end - first) // DAY + 1
    low, high = (np.searchsorted(log.who, crowd.people, side) for side in ("left", "right"))
    parts = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
    rows = np.concatenate([np.zeros(0, np.int64), *parts])
    block = (log.time[rows] - first) // DAY
    rows, block = (one[(block >= begin) & (block <= stop)] for one in (rows, block))
    days = log.who[rows].astype(np.int64) * (1 << 32) + block
    strange = np.isin(days, days[scores[rows] >= _STRANGE])
    return replace(crowd, numbers=np.unique(log.number[rows[strange]]))
