"""Seeded randomness."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

__all__ = ["Draws"]

T = TypeVar("T")


class Draws(random.Random):
    """Random numbers that depend on nothing but a key.

    Examples
    --------
    >>> Draws("a", 1).random() == Draws("a", 1).random() != Draws("a", 2).random()
    True
    """

    def __new__(cls, *key: object) -> Draws:
        """Make an instance, whatever the key."""
        return super().__new__(cls)

    def __init__(self, *key: object) -> None:
        super().__init__("|".join(map(str, key)))

    def yes(self, probability: float) -> bool:
        """Toss a biased coin."""
        return self.random() < probability

    def skewed(self, median: float, sigma: float, low: float = 0.0, high: float = 1e12) -> float:
        """Draw from a log-normal distribution, within bounds."""
        return min(max(median * math.exp(self.gauss(0.0, sigma)), low), high)

    def count(self, mean: float) -> int:
        """Draw from a Poisson distribution."""
        limit, product, number = math.exp(-mean), self.random(), 0
        while product > limit:
            product *= self.random()
            number += 1
        return number

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Draw a key by its weight."""
        return self.choices(list(weights), list(weights.values()))[0]

    def some(self, items: Sequence[T], most: int) -> list[T]:
        """Draw up to so many different ones, in any order."""
        return self.sample(items, min(most, len(items)))

    def text(self, length: int, alphabet: str) -> str:
        """Draw a string of letters of an alphabet."""
        return "".join(self.choices(alphabet, k=length))
