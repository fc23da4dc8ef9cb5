"""Time alternatives in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

__all__ = ["medians", "ratio", "turns"]


def turns(
    ways: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Return the seconds of each alternative in each round, by a clock.

    They take turns, so that other work on the machine affects all of them alike.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = clock()
            way()
            seconds[name].append(clock() - began)
    return seconds


def ratio(seconds: Sequence[float], other: Sequence[float]) -> float:
    """Return how many times as long one alternative takes as another: the median of all rounds.

    Only times of the same round are compared. A machine that is slower in some rounds changes
    the alternatives' medians, which may come from different rounds, but not this.
    """
    return statistics.median(one / two for one, two in zip(seconds, other, strict=True))


def medians(
    ways: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the median seconds of each alternative, which take `turns`."""
    return {name: statistics.median(found) for name, found in turns(ways, rounds, clock).items()}
