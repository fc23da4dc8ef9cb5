"""Random draws that the same key repeats."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Chance"]

T = TypeVar("T")


class Chance(random.Random):
    """A source of random draws.

    Parameters
    ----------
    *key : object
        The same key gives the same draws, in every process.
    """

    def __init__(self, *key: object) -> None:
        super().__init__("|".join(map(str, key)))

    def yes(self, share: float) -> bool:
        """Return True in a share (0 to 1) of the cases."""
        return self.random() < share

    def around(self, median: float, spread: float = 0.5) -> float:
        """Draw from a log-normal distribution; the spread is that of the logarithm."""
        return median * math.exp(spread * self.gauss(0.0, 1.0))

    def count(self, mean: float) -> int:
        """Draw from a Poisson distribution."""
        left, number = math.exp(-min(mean, 500.0)), 0
        product = self.random()
        while product > left:
            product *= self.random()
            number += 1
        return number

    def digits(self, number: int) -> str:
        """Draw an id of digits that does not begin with 0."""
        return str(self.randrange(10 ** (number - 1), 10**number))

    def few(self, things: Sequence[T], number: int) -> list[T]:
        """Draw some things without repetition, or all if there are no more."""
        return self.sample(list(things), min(number, len(things)))

    def late(self, things: Sequence[T], depth: float) -> T:
        """Draw a thing near the end of a sequence, a depth away on average."""
        return things[-1 - int(self.expovariate(1 / depth)) % len(things)]
