"""Keep credentials out of tracebacks that show local variables, as rich and IPython can."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ..exceptions import KloudlessException

__all__ = ["hides_arguments"]

P = ParamSpec("P")
T = TypeVar("T")


def hides_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Hide the frames that hold a credential when a function that takes one fails.

    The message of a `KloudlessException` says what happened, and other errors keep the frames below
    the call.

    Parameters
    ----------
    function : callable

    Returns
    -------
    callable
        The same function. The traceback of what it raises begins and ends with the call.

    Examples
    --------
    >>> @hides_arguments
    ... def connect(token):
    ...     raise KloudlessException("The token is too short.")
    >>> try:
    ...     connect("s3cret")
    ... except KloudlessException as error:
    ...     frame = error.__traceback__.tb_next.tb_frame
    >>> "s3cret" in repr(frame.f_locals)
    False
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        failure: Exception
        try:
            return function(*args, **kwargs)
        except KloudlessException as error:
            failure = error.with_traceback(None)
        except Exception as error:
            traceback = error.__traceback__
            failure = error.with_traceback(traceback.tb_next if traceback else None)
        del args, kwargs
        try:
            raise failure
        finally:
            del failure  # else the frame and the exception would keep each other alive

    return call
