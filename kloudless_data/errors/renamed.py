"""Arguments that were renamed: their former names still work, with a warning."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["renamed_arguments"]

_Called = TypeVar("_Called", bound=Callable[..., Any])
_PACKAGE = __name__.partition(".")[0]


def renamed_arguments(**names: str) -> Callable[[_Called], _Called]:
    """Let a function or a class accept keyword arguments by their former names.

    Parameters
    ----------
    **names : str
        Former name -> present name.

    Returns
    -------
    callable
        A decorator. The function warns with `DeprecationWarning`, at the line outside the package,
        and raises `TypeError` if it gets both names of one argument.

    Examples
    --------
    >>> @renamed_arguments(colour="color")
    ... def paint(color="red"):
    ...     return color
    >>> with warnings.catch_warnings(record=True):
    ...     paint(colour="blue")
    'blue'
    """

    def decorate(called: Any) -> Any:
        if isinstance(called, type):
            called.__init__ = decorate(called.__init__)  # type: ignore[misc]
            return called

        @functools.wraps(called)
        def with_former_names(*args: Any, **given: Any) -> Any:
            for former, present in names.items():
                if former in given:
                    if present in given:
                        raise TypeError(f"{former} is the former name of {present}: pass only one.")
                    message = f"{former} is now called {present}."
                    warnings.warn(message, DeprecationWarning, _caller())
                    given[present] = given.pop(former)
            return called(*args, **given)

        return with_former_names

    return decorate


def _caller() -> int:
    """Return the `stacklevel`, in the calling function, of the first line outside the package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and _is_ours(frame.f_globals.get("__name__")):
        frame, level = frame.f_back, level + 1
    return level


def _is_ours(module: Any) -> bool:
    return str(module).partition(".")[0] == _PACKAGE
