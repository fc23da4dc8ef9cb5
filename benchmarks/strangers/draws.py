"""Heavy-tailed draws: what people do in a day is rarely near its mean.

The gaps between a person's actions are bursts and long pauses [1]_, which daily and weekly cycles
together with short cascades of actions explain [2]_: hence sessions with log-normal gaps, and
log-normal or Pareto amounts.

.. [1] A.-L. Barabási, "The origin of bursts and heavy tails in human dynamics", Nature 435, 2005.
.. [2] R. D. Malmgren et al., "A Poissonian explanation for heavy tails in e-mail communication",
       PNAS 105, 2008.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["Draws"]

T = TypeVar("T")


class Draws(random.Random):
    """A seeded source of the distributions that the simulation uses.

    Parameters
    ----------
    *names : object
        What the draws are for; the same names give the same draws.

    Examples
    --------
    >>> Draws(1, "a").random() == Draws(1, "a").random()
    True
    """

    def __new__(cls, *names: object) -> Draws:
        """Make a source; the names are not for the base class to see."""
        return super().__new__(cls)

    def __init__(self, *names: object) -> None:
        super().__init__("/".join(map(str, names)))

    def chance(self, probability: float) -> bool:
        """Draw whether something of this probability happens."""
        return self.random() < probability

    def around(self, median: float, sigma: float = 0.5) -> float:
        """Draw log-normally: half of the draws are below `median`."""
        return median * math.exp(self.gauss(0.0, sigma))

    def count(self, median: float, sigma: float = 0.5, most: int = 5000) -> int:
        """Draw a log-normal count of at least 1."""
        return max(1, min(most, round(self.around(median, sigma))))

    def tail(self, least: float, alpha: float, most: float) -> float:
        """Draw from a Pareto distribution cut off at `most`."""
        return min(most, least * self.paretovariate(alpha))

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Draw at most `count` different items."""
        return self.sample(list(items), min(count, len(items)))

    def times(self, start: float, count: int, gap: float, sigma: float = 1.2) -> Iterator[float]:
        """Yield `count` moments from `start` on, with log-normal gaps of median `gap` seconds."""
        at = start
        for _ in range(count):
            yield at
            at += gap * math.exp(self.gauss(0.0, sigma))

    def digits(self, count: int) -> str:
        """Draw a number of so many digits."""
        return str(self.randrange(10 ** (count - 1), 10**count))

    def hexadecimal(self, count: int) -> str:
        """Draw so many hexadecimal digits."""
        return f"{self.getrandbits(4 * count):0{count}x}"
