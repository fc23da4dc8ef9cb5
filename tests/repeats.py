"""Repetitions of a test: a few in every run, all of them before a release."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

__all__ = ["drawn", "one_of", "some"]


def some(number: int, values: Iterable[Any]) -> list[Any]:
    """Return all values for a test's parameter; only the first ones run without ``-m soak``.

    Parameters
    ----------
    number : int
        How many run always.
    values : iterable
        Seeds, sizes or cases of one kind; tuples for several parameters. Cases of different kinds
        all run always.
    """
    each = [value if isinstance(value, tuple) else (value,) for value in values]
    marks = [() if place < number else (pytest.mark.soak,) for place in range(len(each))]
    return [pytest.param(*one, marks=mark) for one, mark in zip(each, marks, strict=True)]


def one_of(every: int, steps: Sequence[int]) -> list[int]:
    """Return a part of some steps, in order; the same in every run.

    They are drawn at random: the kinds of steps come in turns, which a stride could share.

    Parameters
    ----------
    every : int
        1 for all steps, 3 for a third of them.
    steps : sequence of int
    """
    return sorted(random.Random(every).sample(steps, -(-len(steps) // every)))


def drawn(*strategies: SearchStrategy[Any], usual: int, whole: int) -> Callable[..., Any]:
    """Make a property test of a function: `usual` examples in every run, `whole` with ``-m soak``.

    Parameters
    ----------
    *strategies : SearchStrategy
        Of the function's arguments, as for ``hypothesis.given``.
    usual, whole : int
    """

    def decorate(holds: Callable[..., None]) -> Callable[..., None]:
        def test(examples: int) -> None:
            checks = list(HealthCheck)
            draw = settings(max_examples=examples, deadline=None, suppress_health_check=checks)
            draw(given(*strategies)(holds))()

        test.__name__, test.__doc__, test.__module__ = (
            holds.__name__,
            holds.__doc__,
            holds.__module__,
        )
        return pytest.mark.parametrize("examples", some(1, [usual, whole]))(test)

    return decorate
