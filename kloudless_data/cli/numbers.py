"""Numbers as options take them, refused in plain English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

__all__ = ["NUMBER", "PORT", "WHOLE_NUMBER", "NumberFrom", "WholeNumberFrom"]


class _Worded(click.ParamType):  # type: ignore[type-arg]  # only newer ones are generic
    """A number of click's, with our words for what is none."""

    name = "n"  # shown as N
    read: Callable[[str], object] = float
    words = "a number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or refuse what is none or is out of range."""
        try:
            type(self).read(value)
        except ValueError:
            self.fail(f"{value!r} is not {self.words}.", param, ctx)
        return super().convert(value, param, ctx)


class _Whole(_Worded):
    read, words = int, "a whole number"


class _WholeNumber(_Whole, click.types.IntParamType):
    pass


class _Number(_Worded, click.types.FloatParamType):
    pass


class WholeNumberFrom(_Whole, click.IntRange):
    """A whole number within bounds, which the help shows."""


class NumberFrom(_Worded, click.FloatRange):
    """A number within bounds, which the help shows."""


WHOLE_NUMBER, NUMBER = _WholeNumber(), _Number()
#: A TCP port; 0 lets the system pick one.
PORT = WholeNumberFrom(0, 65_535)
