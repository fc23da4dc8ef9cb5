"""Random draws, heavy-tailed where life is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Any, Self, TypeVar

__all__ = ["Chance"]

T = TypeVar("T")


class Chance(Random):
    """A source of draws; the same words give the same draws on every machine."""

    def __new__(cls, *_words: object) -> Self:
        """Make a source."""
        return super().__new__(cls)

    def __init__(self, *words: object) -> None:
        super().__init__("newcomers " + " ".join(map(str, words)))

    def yes(self, share: float) -> bool:
        """Return True in this share of draws."""
        return self.random() < share

    def heavy(self, median: float, spread: float = 1.0) -> float:
        """Draw from a log-normal distribution."""
        return median * math.exp(self.gauss(0.0, spread))

    def many(self, median: float, spread: float = 0.8, least: int = 1, most: int = 20_000) -> int:
        """Draw a number of things, log-normal."""
        return max(least, min(most, round(self.heavy(median, spread))))

    def pareto(self, least: float, alpha: float = 1.1, most: float = 5_000) -> int:
        """Draw a number of things from a power law."""
        return int(min(most, least * self.paretovariate(alpha)))

    def poisson(self, mean: float) -> int:
        """Draw a number of independent occurrences."""
        if mean > 30:
            return max(0, round(self.gauss(mean, math.sqrt(mean))))
        limit, product, number = math.exp(-mean), self.random(), 0
        while product > limit:
            product *= self.random()
            number += 1
        return number

    def some(self, things: Sequence[T], number: int) -> list[T]:
        """Draw up to so many different things."""
        return self.sample(things, max(0, min(number, len(things))))

    def early(self, things: Sequence[T], bias: float = 2.0) -> T:
        """Draw a thing, rather one of the first."""
        return things[int(len(things) * self.random() ** bias)]

    def by_weight(self, weights: dict[T, float]) -> T:
        """Draw a key by its weight."""
        return self.choices(list(weights), list(weights.values()))[0]

    def digits(self, number: int) -> str:
        """Return a number of so many digits."""
        return str(self.randrange(10 ** (number - 1), 10**number))

    def hexadecimal(self, number: int) -> str:
        """Return a number of so many hexadecimal digits."""
        return f"{self.getrandbits(4 * number):0{number}x}"

    def token(self, number: int) -> str:
        """Return letters and digits."""
        return "".join(self.choices(_LETTERS, k=number))

    def shuffled(self, things: Sequence[Any]) -> list[Any]:
        """Return the things in another order."""
        return self.sample(things, len(things))


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
