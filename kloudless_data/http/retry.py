"""The only place that repeats a request, with one budget per request.

A page of a list is one request. It counts as answered only if the answer arrives whole, can be
understood and, for a page, leads on. Whatever fails, each repetition comes out of the same budget,
so one page costs at most ``max_retries + 1`` requests.
"""

from __future__ import annotations

import logging
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

#: Methods that change nothing, so they can be repeated whatever became of the first request.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class RetryPolicy:
    """When to repeat a request, and how long to wait before that.

    GET, HEAD and OPTIONS are repeated after a broken connection, after 502, 503 and 504, and after
    a complete answer that cannot be right. Any method is repeated after 429, which says that the
    server did not act on the request (RFC 6585, section 4). The pause is that of ``Retry-After``;
    otherwise it doubles each time up to `max_wait`, with jitter so that many clients do not return
    at once.

    Parameters
    ----------
    max_retries : int
        Largest number of repetitions of one request.
    max_wait : float
        Longest pause in seconds. If the server asks for a longer one, the request fails.
    answered_before : bool
        True if the server has answered this process before. One that never has and refuses
        connections is retried only once: its address is probably wrong.
    """

    backoff_unit = 0.25  # seconds: repeats immediately, then after about 0.5, 1, 2, … plus jitter

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
    """How often one request, or one page, may still be repeated.

    Parameters
    ----------
    policy : RetryPolicy

    Attributes
    ----------
    left : int
        Repetitions left.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self.left = policy.max_retries
        self._doubted_cursor = False
        self._refused_before = False

    def pause_after(self, error: APIException, *, safe: bool = True) -> float | None:
        """Take one repetition out of the budget if the failure may be transient.

        Parameters
        ----------
        error : APIException
            The request's failure.
        safe : bool
            True if the request changes nothing.

        Returns
        -------
        float or None
            Seconds to wait before repeating the request. None if the failure is final.
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
            # Such a failure ends the whole reading, so the server gets one more chance.
            doubted, self._doubted_cursor = self._doubted_cursor, True
            return not doubted
        if isinstance(error, ServerUnreachable) and not self._policy.answered_before:
            refused, self._refused_before = self._refused_before, True
            return safe and not refused
        return safe and error.may_pass

    def _pause(self, error: APIException) -> float:
        unit, attempt = self._policy.backoff_unit, self._policy.max_retries - self.left
        backoff = unit * 2.0**attempt if attempt else 0.0
        jitter = unit * random.random()  # noqa: S311  # only spreads clients out
        usual = min(backoff + (jitter if attempt else 0.0), self._policy.max_wait)
        if not isinstance(error, RateLimitException):
            return usual
        # An overloaded server that names no pause is not asked again immediately.
        return max(unit, usual if error.retry_after is None else error.retry_after)


class Advancing(Generic[T]):
    """The condition that a page leads on; only then does its request count as answered.

    A page that never leads on is still good itself; only the next page is out of reach.

    Parameters
    ----------
    following : callable
        Determines what comes after a page. Raises `InvalidResponse`, such as `CursorNotAdvancing`,
        if reading would never end.

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
        """Return the page if it leads on."""
        try:
            self._following(page)
        except InvalidResponse as error:
            self._refused = error, page
            raise
        return page

    def page_of(self, error: InvalidResponse) -> T:
        """Return the page that the error refused; re-raise any other error."""
        if self._refused is None or self._refused[0] is not error:
            raise error
        return self._refused[1]


def repeated(send: Callable[[], T], budget: RetryBudget, *, method: str, again: bool = True) -> T:
    """Send a request until it is answered or its budget is spent.

    Parameters
    ----------
    send : callable
        Sends the request once and reads the answer. Raises an `APIException` on failure.
    budget : RetryBudget
    method : str
        HTTP method.
    again : bool
        True if the request's body can be sent again.

    Returns
    -------
    object
        What `send` returned.

    Raises
    ------
    APIException
        The failure of the last attempt.

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
    """Return True if the thread has other accounts to read while this one waits."""
    limited = isinstance(error, RateLimitException)
    return limited and cancellation is not None and not cancellation.waits_for_429


def _tell(error: APIException, pause: float, left: int) -> None:
    if isinstance(error, ConnectionFailed):
        reason = f"a broken connection: {error.facts}"
    elif isinstance(error, InvalidResponse):
        reason = f"an answer that cannot be right: {error.facts}"
    else:
        reason = f"status {error.status}"
    # A repetition without a wait delays nobody; if it fails too, its error is reported.
    level = logging.INFO if pause > 0 else logging.DEBUG
    logger.log(level, "Repeating a request in %.1f s (%s left) after %s", pause, left, reason)


def _wait(seconds: float, cancellation: Cancellation | None) -> None:
    if cancellation is not None:
        cancellation.wait(seconds)
    elif seconds > 0:
        time.sleep(seconds)
