"""People's next actions: (person, n-th event) -> (thing, generation, step of its story).

Each person has a round in which every item occurs as often as its weight, in bursts, as people
work. Rounds repeat, so the number of earlier occurrences is computed, not stored: the n-th
occurrence is step n mod L of generation n div L of a story with L steps.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from .randomness import Ints, UInts, mix_array, rng_of
from .timeline import Timeline
from .world import GENERATION_BITS, World

__all__ = ["Deeds", "Habits", "State"]

_LONGEST_BURST = 4


@dataclass(frozen=True, slots=True)
class Deeds:
    """The actions of consecutive events, elementwise.

    Attributes
    ----------
    cells
        The step of an item, as an index into `Habits.cells`.
    uids
        The thing's identity, see `World.uid`.
    created
        When the thing was created, in microseconds since 1970.
    """

    cells: Ints
    uids: UInts
    created: Ints


@dataclass(frozen=True, slots=True)
class State:
    """The state of a person's work on an item: its last event, if any."""

    item: int
    generation: int
    step: int
    time: int


class Habits:
    """The habits of the people in one account's world."""

    def __init__(self, world: World, timeline: Timeline) -> None:
        items = world.items
        self._world, self._timeline = world, timeline
        rng = rng_of(world.seed, "habits", world.account)
        self._weight = np.array([item.weight for item in items])
        self._length = np.array([len(item.steps) for item in items])
        self._renewed = np.array([item.thing.renewed for item in items])
        self._slot = np.array([item.thing.slot for item in items])
        self._created = np.array([item.thing.created for item in items])
        self._actor = np.array([item.actor for item in items])
        #: The step of each item's story at the start of the history.
        self._phase = np.array([rng.randrange(len(item.steps)) for item in items])
        self._first_cell = np.cumsum(self._length) - self._length
        #: The item and step of each cell.
        self.cells = [
            (number, step) for number, item in enumerate(items) for step in range(len(item.steps))
        ]
        self._lay_out_rounds(rng, len(world.people))

    def _lay_out_rounds(self, rng: random.Random, people: int) -> None:
        """Concatenate all persons' rounds into one array."""
        rounds = [self._round(rng, person) for person in range(people)]
        self._round_length = np.array([len(one) for one in rounds])
        self._round_start = np.cumsum(self._round_length) - self._round_length
        self._item_at: Ints = np.concatenate([np.array(one, dtype=np.int64) for one in rounds])
        # The occurrences of an item within its round, in order: rank, and place by rank.
        order = np.argsort(self._item_at, kind="stable")
        self._first_place = np.cumsum(self._weight) - self._weight
        self._rank = np.empty_like(order)
        self._rank[order] = np.arange(len(order)) - self._first_place[self._item_at[order]]
        self._place = order - self._round_start[self._actor[self._item_at[order]]]

    def _round(self, rng: random.Random, person: int) -> list[int]:
        bursts: list[list[int]] = []
        for item in np.flatnonzero(self._actor == person).tolist():
            left = int(self._weight[item])
            while left:
                burst = min(left, rng.randrange(1, _LONGEST_BURST + 1))
                bursts.append([item] * burst)
                left -= burst
        rng.shuffle(bursts)
        return [item for burst in bursts for item in burst]

    def deeds(self, people: Ints, turns: Ints) -> Deeds:
        """Return the actions of people in their n-th events, given by `turns`.

        Parameters
        ----------
        people : numpy.ndarray of int64
            Indices into the account's people.
        turns : numpy.ndarray of int64
            The number of each person's event, from 0.
        """
        rounds, places = np.divmod(turns, self._round_length[people])
        at = self._round_start[people] + places
        items = self._item_at[at]
        times_before = rounds * self._weight[items] + self._rank[at] + self._phase[items]
        generations, steps = np.divmod(times_before, self._length[items])
        generations *= self._renewed[items]
        scrambled = (self._slot[items] << GENERATION_BITS | generations).astype(np.uint64)
        return Deeds(
            cells=self._first_cell[items] + steps,
            uids=mix_array(scrambled ^ np.uint64(self._world.key)),
            created=self._creation(people, items, generations),
        )

    def _creation(self, people: Ints, items: Ints, generations: Ints) -> Ints:
        """Return creation times; for renewed things, that of the generation's first event."""
        created = self._created[items]
        occurrence = generations * self._length[items] - self._phase[items]
        rows = np.flatnonzero(self._renewed[items] & (occurrence >= 0))
        if rows.size:
            items, people = items[rows], people[rows]
            rounds, rank = np.divmod(occurrence[rows], self._weight[items])
            places = self._place[self._first_place[items] + rank]
            turns = rounds * self._round_length[people] + places
            created[rows] = self._timeline.times_of(people, turns)
        return created

    def states(self, moment: int) -> list[State]:
        """Return the state of all items that occurred up to a time."""
        turns = self._timeline.turns_until(moment)
        found: list[State] = []
        done = turns[self._actor]
        rounds, places = np.divmod(done, self._round_length[self._actor])
        before = rounds * self._weight
        np.add.at(before, self._item_at[self._begun(places)], 1)
        items = np.flatnonzero(before > 0)
        last = before[items] - 1
        full, rank = np.divmod(last, self._weight[items])
        people = self._actor[items]
        at = full * self._round_length[people] + self._place[self._first_place[items] + rank]
        times = self._timeline.times_of(people, at)
        generations, steps = np.divmod(last + self._phase[items], self._length[items])
        for row in zip(items, generations * self._renewed[items], steps, times, strict=True):
            found.append(State(*map(int, row)))
        return found

    def _begun(self, places: Ints) -> Ints:
        """Return the places that people have passed in their current rounds."""
        passed = np.zeros(len(self._round_length), dtype=np.int64)
        passed[self._actor] = places
        parts = [
            np.arange(passed[person]) + self._round_start[person] for person in range(len(passed))
        ]
        return np.concatenate(parts)
