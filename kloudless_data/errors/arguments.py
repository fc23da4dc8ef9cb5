"""Checks of arguments that several functions take."""

from __future__ import annotations

from typing import Any

from .base import InvalidParameter

__all__ = ["whole_number"]


def whole_number(value: Any, name: str, least: int = 1) -> int:
    """Return a whole number, or refuse anything else.

    Parameters
    ----------
    value : Any
    name : str
        The parameter's name.
    least : int
        The smallest number that it may be.

    Raises
    ------
    InvalidParameter
        It is none, or too small.

    Examples
    --------
    >>> whole_number(3, "page_size")
    3
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        problem = f"must be a whole number of at least {least}, not {value!r}."
        raise InvalidParameter(problem, parameter=name)
    return value
