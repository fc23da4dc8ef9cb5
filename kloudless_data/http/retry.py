"""Asking again, where an answer arrived whole but cannot be right: a fault that may pass.

A proxy that cuts or replaces a body, a replica that is behind. Only for requests that change
nothing; what never arrived is repeated further down, in `kloudless_data.http.transport`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..exceptions import InvalidResponse
from ..util import logger

__all__ = ["until_advancing", "until_understood"]

T = TypeVar("T")
_ATTEMPTS = 3


def until_understood(ask: Callable[[], T]) -> T:
    """Return the first answer that can be understood.

    Parameters
    ----------
    ask : callable
        Makes the request and reads the answer.

    Raises
    ------
    InvalidResponse
        The third answer could not be understood either.

    Examples
    --------
    >>> answers = iter(['{"cut', '{"whole": 1}'])
    >>> def ask():
    ...     if not (answer := next(answers)).endswith("}"):
    ...         raise InvalidResponse("cut")
    ...     return answer
    >>> until_understood(ask)
    '{"whole": 1}'
    """
    for attempt in range(1, _ATTEMPTS):
        try:
            return ask()
        except InvalidResponse as error:
            logger.info("Asking again (%d of %d): %s", attempt, _ATTEMPTS, error.message)
    return ask()


def until_advancing(ask: Callable[[], T], following: Callable[[T], object]) -> T:
    """Return the first page that leads on; if there is none, the last one.

    Parameters
    ----------
    ask : callable
        Requests the page.
    following : callable
        Finds out what comes after a page; raises `InvalidResponse`, such as `CursorNotAdvancing`,
        where that would never end.

    Examples
    --------
    >>> pages = iter(["repeated", "next"])
    >>> def following(page):
    ...     if page == "repeated":
    ...         raise InvalidResponse("The cursor did not move.")
    >>> until_advancing(lambda: next(pages), following)
    'next'
    """
    for attempt in range(1, _ATTEMPTS):
        page = ask()
        try:
            following(page)
        except InvalidResponse as error:
            logger.info("Asking again (%d of %d): %s", attempt, _ATTEMPTS, error.message)
        else:
            return page
    return ask()
