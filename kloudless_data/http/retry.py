"""Repeating a request: the only place that does, with one budget for each request.

A page of a list is one request. What makes it count as answered is part of it: the answer must
arrive whole, be understood and, for a page, lead on. Whatever fails, each repetition comes out of
the same budget, so that one page costs ``max_retries + 1`` requests at the most.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from ..exceptions import (
    APIException,
    ConnectionFailed,
    InvalidResponse,
    RateLimitException,
    ServerUnreachable,
    is_expired_cursor,
)
from ..text.logs import logger_of
from .cancellation import Cancellation

__all__ = ["SAFE_METHODS", "Advancing", "RetryBudget", "RetryPolicy", "repeated"]

logger = logger_of(__name__)
T = TypeVar("T")

#: Methods that change nothing, so that they may be repeated whatever became of the first request.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class RetryPolicy:
    """When a request is repeated, and after which pause.

    GET, HEAD and OPTIONS are repeated after a broken connection, after 502, 503 and 504, and after
    an answer that arrived whole and cannot be right. Any method is repeated after 429, with which
    the server says that it did not act on the request (RFC 6585, section 4). The pause is what
    ``Retry-After`` asks for, otherwise it doubles each time up to `max_wait`, with jitter so that
    many clients do not come back together.

    Parameters
    ----------
    max_retries : int
        How often a request is repeated at the most.
    max_wait : float
        Longest pause in seconds. A server that asks for a longer one is not waited for.
    answered_before : bool
        Whether the server has answered this process. One that never has, and refuses connections,
        is asked once more and no longer: its address is more likely wrong than its pause short.
    """

    backoff_unit = 0.25  # seconds: repeats at once, then after about 0.5, 1, 2, … and some jitter

    def __init__(
        self, max_retries: int = 5, max_wait: float = 120.0, *, answered_before: bool = True
    ) -> None:
        self.max_retries = max_retries
        self.max_wait = max_wait
        self.answered_before = answered_before

    def budget(self) -> RetryBudget:
        """Return the budget of one request."""
        return RetryBudget(self)


class RetryBudget:
    """What one request, or one page, may still be repeated.

    Parameters
    ----------
    policy : RetryPolicy

    Attributes
    ----------
    left : int
        Repetitions that are left.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self.left = policy.max_retries
        self._doubted_cursor = False
        self._refused_before = False

    def pause_after(self, error: APIException, *, safe: bool = True) -> float | None:
        """Take one repetition out of the budget, if a failure may pass.

        Parameters
        ----------
        error : APIException
            What became of the request.
        safe : bool
            Whether the request changes nothing.

        Returns
        -------
        float or None
            Seconds to wait before it is repeated. None: it is not, and the failure is final.
        """
        if not (self.left > 0 and self._may_help(error, safe=safe)):
            return None
        pause = self._pause(error)
        if pause > self._policy.max_wait:
            return None
        self.left -= 1
        return pause

    def _may_help(self, error: APIException, *, safe: bool) -> bool:
        if isinstance(error, RateLimitException):
            return True
        if safe and is_expired_cursor(error):
            # What follows is drastic, and a server may be wrong about it once.
            doubted, self._doubted_cursor = self._doubted_cursor, True
            return not doubted
        if isinstance(error, ServerUnreachable) and not self._policy.answered_before:
            refused, self._refused_before = self._refused_before, True
            return safe and not refused
        return safe and error.may_pass

    def _pause(self, error: APIException) -> float:
        unit, attempt = self._policy.backoff_unit, self._policy.max_retries - self.left
        backoff = unit * 2.0**attempt if attempt else 0.0
        jitter = unit * random.random()  # noqa: S311  # it only spreads clients
        usual = min(backoff + (jitter if attempt else 0.0), self._policy.max_wait)
        if not isinstance(error, RateLimitException):
            return usual
        # A server that is overrun and does not say for how long is not asked again at once.
        return max(unit, usual if error.retry_after is None else error.retry_after)


class Advancing(Generic[T]):
    """The condition that a page leads on, under which its request counts as answered.

    A page that does not, however often it is asked for, is good itself: only the next one is not
    to be had.

    Parameters
    ----------
    following : callable
        Finds out what comes after a page; raises `InvalidResponse`, such as `CursorNotAdvancing`,
        where that would never end.

    Examples
    --------
    >>> def following(page):
    ...     raise InvalidResponse("The cursor did not move.")
    >>> advancing = Advancing(following)
    >>> try:
    ...     advancing("page")
    ... except InvalidResponse as error:
    ...     print(advancing.page_of(error))
    page
    """

    def __init__(self, following: Callable[[T], object]) -> None:
        self._following = following
        self._refused: tuple[InvalidResponse, T] | None = None

    def __call__(self, page: T) -> T:
        """Return a page that leads on."""
        try:
            self._following(page)
        except InvalidResponse as error:
            self._refused = error, page
            raise
        return page

    def page_of(self, error: InvalidResponse) -> T:
        """Return the page that was refused with an error; raise an error that came otherwise."""
        if self._refused is None or self._refused[0] is not error:
            raise error
        return self._refused[1]


def repeated(send: Callable[[], T], budget: RetryBudget, *, method: str, again: bool = True) -> T:
    """Make a request until it is answered, or its budget is spent.

    Parameters
    ----------
    send : callable
        Makes the request once, reads the answer, and raises an `APIException` where it is none.
    budget : RetryBudget
    method : str
        HTTP method.
    again : bool
        Whether the request's body is still there after it was sent.

    Returns
    -------
    object
        What `send` returned.

    Raises
    ------
    APIException
        What became of the last attempt.

    Examples
    --------
    >>> answers = iter(['{"cut', '{"whole": 1}'])
    >>> def send():
    ...     if not (answer := next(answers)).endswith("}"):
    ...         raise InvalidResponse("The answer is cut.")
    ...     return answer
    >>> repeated(send, RetryPolicy(max_retries=1).budget(), method="GET")
    '{"whole": 1}'
    """
    safe = method.upper() in SAFE_METHODS
    while True:
        try:
            return send()
        except APIException as error:
            cancellation = Cancellation.current()
            if cancellation is not None:
                cancellation.check()
            if not again or _left_to_the_scheduler(error, cancellation):
                raise
            pause = budget.pause_after(error, safe=safe)
            if pause is None:
                raise
            _tell(error, pause, budget.left)
        _wait(pause, cancellation)


def _left_to_the_scheduler(error: APIException, cancellation: Cancellation | None) -> bool:
    """Whether the thread has other accounts to turn to while this one has to wait."""
    limited = isinstance(error, RateLimitException)
    return limited and cancellation is not None and not cancellation.waits_for_429


def _tell(error: APIException, pause: float, left: int) -> None:
    if isinstance(error, ConnectionFailed):
        reason = f"a broken connection: {error.facts}"
    elif isinstance(error, InvalidResponse):
        reason = f"an answer that cannot be right: {error.facts}"
    else:
        reason = f"status {error.status}"
    logger.info("Repeating a request in %.1f s (%s left) after %s", pause, left, reason)


def _wait(seconds: float, cancellation: Cancellation | None) -> None:
    if cancellation is not None:
        cancellation.wait(seconds)
    elif seconds > 0:
        time.sleep(seconds)
