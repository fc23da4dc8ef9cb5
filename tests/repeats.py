"""Repetitions of a test: a few in every run, all of them before a release."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

__all__ = ["one_of", "some"]


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
