"""The time and actor of events: position in a history -> (time, person, n-th event).

The span is divided into buckets. A table holds the number of events of each person before each
bucket. Within a bucket, a person's events are spread evenly with jitter, and all events are merged
by time. So numpy can generate any stretch of the history without its past, a thousand events at a
time. The table is all that a history keeps in memory: eight numbers per thousand events or quarter
of an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .people import Person, local_hour_of_week
from .randomness import Ints, key_of, uniforms

__all__ = ["Stretch", "Timeline"]

_EVENTS_PER_BUCKET = 1_000
_BUCKET = 15 * 60 * 1_000_000
_EVENTS_PER_CHUNK = 3_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive events.

    Attributes
    ----------
    first
        The position of the first event.
    times
        The times, in microseconds since 1970; never decreasing.
    people
        The actors, as indices into the account's team.
    turns
        The event is the person's n-th; n counts from 0.
    """

    first: int
    times: Ints
    people: Ints
    turns: Ints

    def part(self, start: int, stop: int) -> Stretch:
        """Return the events from `start` to before `stop`.

        Parameters
        ----------
        start : int
            The first position.
        stop : int
            The position after the last one.
        """
        cut = slice(start - self.first, stop - self.first)
        return Stretch(start, self.times[cut], self.people[cut], self.turns[cut])


class Timeline:
    """The timeline of one account's history."""

    def __init__(
        self, seed: int, account: int, people: list[Person], events: int, start: int, end: int
    ) -> None:
        self._key = key_of(seed, "timeline", account)
        self._events = events
        self.start, self.end = start, end
        count = max(1, min((end - start) // _BUCKET, 500_000), events // _EVENTS_PER_BUCKET)
        self._width = max(1, (end - start) // count)
        #: The start of each bucket, followed by the end of the last one.
        self._edges = start + np.arange(count + 1, dtype=np.int64) * self._width
        self._before = self._count_events(people)
        self._total_before: Ints = self._before.sum(axis=1)
        #: The same numbers, concatenated by person with increasing offsets, for a single search.
        ahead = np.arange(len(people)) * (events + 1)
        self._line: Ints = (self._before + ahead).T.ravel()
        self._chunk_edges = self._cut_into_chunks()
        self._chunk = lru_cache(maxsize=4)(self._make_chunk)

    def __len__(self) -> int:
        return self._events

    def _count_events(self, people: list[Person]) -> Ints:
        """Return each person's events before each bucket, of shape (buckets + 1, people)."""
        middles = self._edges[:-1] + self._width // 2
        activity = np.empty((len(middles), len(people)))
        for column, person in enumerate(people):
            hours = local_hour_of_week(middles, np.array(person.utc_offset))
            # An exponential factor makes some quarters of an hour quiet and others busy.
            draw = uniforms(self._key ^ person.number, np.arange(len(middles)))
            activity[:, column] = person.week()[hours] * -np.log1p(-draw) * person.diligence
        # The owner of an account is more active than others.
        activity *= np.linspace(2.0, 0.5, len(people))
        shares = activity.sum(axis=0) / activity.sum()
        totals = np.floor(shares * self._events).astype(np.int64)
        totals[0] += self._events - totals.sum()
        done = np.cumsum(activity, axis=0) / activity.sum(axis=0)
        before = np.zeros((len(middles) + 1, len(people)), dtype=np.int64)
        before[1:] = np.floor(done * totals + 0.5)
        before[-1] = totals
        counts: Ints = np.minimum(before, totals)
        return counts

    def _cut_into_chunks(self) -> Ints:
        """Group buckets into chunks of some thousand events, to amortise numpy's call costs."""
        marks = np.arange(0, self._events + 1, _EVENTS_PER_CHUNK)
        edges = np.unique(np.searchsorted(self._total_before, marks, side="left"))
        return np.unique(np.concatenate([[0], edges, [len(self._edges) - 1]])).astype(np.int64)

    def _make_chunk(self, number: int) -> Stretch:
        low, high = int(self._chunk_edges[number]), int(self._chunk_edges[number + 1])
        before = self._before[low:high]
        counts = (self._before[low + 1 : high + 1] - before).ravel()
        width = self._before.shape[1]
        cells = np.repeat(np.arange(counts.size), counts)
        within = np.arange(cells.size) - np.repeat(np.cumsum(counts) - counts, counts)
        people, turns = cells % width, before.ravel()[cells] + within
        times = self._times(low + cells // width, within, counts[cells], people, turns)
        order = np.argsort(times, kind="stable")
        first = int(self._total_before[low])
        return Stretch(first, times[order], people[order], turns[order])

    def _times(self, buckets: Ints, within: Ints, of: Ints, people: Ints, turns: Ints) -> Ints:
        """Return when the `within`-th of a person's `of` events in a bucket happens."""
        jitter = uniforms(self._key, (turns << 12) + people)
        offsets = ((within + jitter) / of * self._width).astype(np.int64)
        return self._edges[buckets] + np.minimum(offsets, self._width - 1)

    def chunk_at(self, position: int) -> Stretch:
        """Return the chunk that contains the event at this position."""
        bucket = int(np.searchsorted(self._total_before, position, side="right")) - 1
        return self._chunk(int(np.searchsorted(self._chunk_edges, bucket, side="right")) - 1)

    def times_of(self, people: Ints, turns: Ints) -> Ints:
        """Return the times of people's n-th events, given by `turns`, which must exist.

        Parameters
        ----------
        people : numpy.ndarray of int64
            Indices into the account's people.
        turns : numpy.ndarray of int64
            The number of each person's event, from 0.
        """
        wanted = people * (self._events + 1) + turns
        at = np.searchsorted(self._line, wanted, side="right") - 1
        before = self._line[at]
        return self._times(
            at - people * len(self._edges),
            wanted - before,
            self._line[at + 1] - before,
            people,
            turns,
        )

    def count_until(self, moment: int) -> int:
        """Return the number of events up to and including a time."""
        if moment < self.start:
            return 0
        bucket = min(
            int(np.searchsorted(self._edges, moment, side="right")) - 1, len(self._edges) - 2
        )
        first, last = int(self._total_before[bucket]), int(self._total_before[bucket + 1])
        if first == last:
            return first
        # A bucket is never split: its events are all in one chunk.
        inside = self.chunk_at(first).part(first, last)
        return first + int(np.searchsorted(inside.times, moment, side="right"))

    def turns_until(self, moment: int) -> Ints:
        """Return each person's number of events up to and including a time."""
        if moment < self.start:
            return np.zeros(self._before.shape[1], dtype=np.int64)
        bucket = min(
            int(np.searchsorted(self._edges, moment, side="right")) - 1, len(self._edges) - 2
        )
        first, last = int(self._total_before[bucket]), self.count_until(moment)
        turns: Ints = self._before[bucket].copy()
        if last > first:
            done = self.chunk_at(first).part(first, last).people
            turns += np.bincount(done, minlength=len(turns))
        return turns
