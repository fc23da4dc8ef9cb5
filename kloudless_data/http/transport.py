"""Sending one request: repeated where that is safe, and never to another server."""

from __future__ import annotations

import os
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, ProtocolError, ResponseError
from urllib3.util.retry import Retry

from ..exceptions import parse_retry_after
from ..util import logger
from .cancellation import Cancellation

if TYPE_CHECKING:
    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

__all__ = ["RetryPolicy", "RetryingAdapter", "shared_adapter"]

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CHUNK = 1 << 20
_IDLE = 64  # connections kept to a server; more may be open
_PASSING_TROUBLE = frozenset({502, 503, 504})


class RetryPolicy(Retry):
    """When a request is repeated, and after which pause.

    GET, HEAD and OPTIONS are repeated after a broken connection and after 502, 503 and 504. Any
    method is repeated after 429, with which the server says that it did not act on the request
    (RFC 6585, section 4). The pause is what ``Retry-After`` asks for, otherwise it doubles each
    time up to `max_wait`, with jitter so that many clients do not come back together.

    Parameters
    ----------
    attempts : int
        How often a request is repeated at the most.
    max_wait : float
        Longest pause in seconds. A server that asks for a longer one is not waited for.
    """

    backoff_unit = 0.25  # seconds: repeats at once, then after about 0.5, 1, 2, … and some jitter

    def __init__(self, attempts: int = 5, max_wait: float = 120.0, **kwargs: Any) -> None:
        self.max_wait = max_wait
        kwargs.setdefault("total", attempts)
        kwargs.setdefault("backoff_factor", self.backoff_unit)
        kwargs.setdefault("backoff_max", max_wait)
        kwargs.setdefault("backoff_jitter", self.backoff_unit)
        kwargs.setdefault("raise_on_status", False)  # the last answer says more than "too many"
        kwargs.setdefault("redirect", 0)  # requests follows redirects, urllib3 must not
        super().__init__(**kwargs)

    def new(self, **kwargs: Any) -> Self:
        """Return a copy with some values changed."""
        return super().new(max_wait=self.max_wait, **kwargs)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Tell whether an answer with this status is asked for again."""
        if status_code == 429:
            cancellation = Cancellation.current()
            return cancellation is None or cancellation.waits_for_429
        return method.upper() in _SAFE_METHODS and status_code in _PASSING_TROUBLE

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Count one failure, or raise when it is not to be repeated."""
        cancellation = Cancellation.current()
        if cancellation is not None:
            cancellation.check()
        if error is not None and (method or "").upper() not in _SAFE_METHODS:
            raise error.with_traceback(_stacktrace)
        if response is not None and (self.get_retry_after(response) or 0) > self.max_wait:
            raise MaxRetryError(_pool, url or "", ResponseError("too long to wait"))  # type: ignore[arg-type]
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Return the seconds that the server asks to wait; a malformed header is none."""
        return parse_retry_after(response.headers.get("Retry-After"))

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait, and say so in the log."""
        pause = None if response is None else self.get_retry_after(response)
        reason = f"status {response.status}" if response is not None else "a broken connection"
        logger.info(
            "Repeating a request after %s, in %.1f s (%s left)",
            reason,
            self.get_backoff_time() if pause is None else pause,
            self.total,
        )
        cancellation = Cancellation.current()
        if cancellation is None:
            super().sleep(response)
        else:
            cancellation.wait(self.get_backoff_time() if pause is None else pause)


class _TrackedPool:
    """Tells the thread's `Cancellation` which connection a request is made on."""

    def _get_conn(self, *args: Any, **kwargs: Any) -> Any:
        connection = super()._get_conn(*args, **kwargs)  # type: ignore[misc]
        if cancellation := Cancellation.current():
            cancellation.uses(connection)
        return connection

    def _put_conn(self, connection: Any) -> None:
        if cancellation := Cancellation.current():
            cancellation.leaves(connection)
        super()._put_conn(connection)  # type: ignore[misc]


class _HTTPPool(_TrackedPool, HTTPConnectionPool):
    pass


class _HTTPSPool(_TrackedPool, HTTPSConnectionPool):
    pass


class RetryingAdapter(HTTPAdapter):
    """The adapter of ``requests`` with a retry that also covers the body.

    urllib3 repeats a request until the answer's headers are there. A connection that breaks in the
    middle of a page's body is as common, and as safe to repeat for the same methods.
    """

    def __init__(self, policy: RetryPolicy, **kwargs: Any) -> None:
        super().__init__(max_retries=policy, **kwargs)
        self._once = HTTPAdapter(max_retries=Retry(0, read=False, redirect=0), **kwargs)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, stream: bool = False, **kwargs: Any
    ) -> requests.Response:
        """Send it, again where that is safe."""
        if not _can_be_sent_again(request.body):
            return self._once.send(request, stream=stream, **kwargs)
        retries = self.max_retries
        while True:
            response = super().send(request, stream=stream, **kwargs)
            if stream:
                return response
            try:
                _read_body(response)
            except requests.exceptions.RequestException as error:
                response.close()
                cause = ProtocolError("the answer broke off", error)
                try:
                    retries = retries.increment(request.method, request.url, error=cause)
                except (MaxRetryError, ProtocolError):
                    raise error from None
                retries.sleep()
            else:
                return response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections such that a waiting request can be cancelled."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def close(self) -> None:
        """Close idle connections."""
        self._once.close()
        super().close()


class _SharedAdapter(RetryingAdapter):
    """An adapter of many sessions, none of which may close it for the others."""

    def close(self) -> None:
        """Leave idle connections to the sessions that are still there."""


def shared_adapter(attempts: int, max_wait: float) -> RetryingAdapter:
    """Return the adapter of all sessions that retry alike.

    A thousand accounts of one server then share as many connections as there are requests at a
    time, instead of opening one each; connections carry no credential.
    """
    return _adapter(attempts, max_wait, RetryPolicy.backoff_unit)


@lru_cache(maxsize=16)
def _adapter(attempts: int, max_wait: float, backoff_unit: float) -> RetryingAdapter:
    return _SharedAdapter(RetryPolicy(attempts, max_wait), pool_maxsize=_IDLE)


if hasattr(os, "register_at_fork"):  # a connection is not for two processes
    os.register_at_fork(after_in_child=_adapter.cache_clear)


def _read_body(response: requests.Response) -> None:
    """Read the body into the response.

    A connection that is closed in the middle of the head is not an error to `http.client`: the
    headers end there, and with them whatever would say that there is a body.
    """
    # As `response.content` does, but that reads 10 KB at a time, for which a page of events takes
    # twice the processor's time.
    response._content = b"".join(response.iter_content(_CHUNK))
    if response.content or response.request.method != "GET" or response.status_code != 200:
        return
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "")
    if not (chunked or response.headers.get("Content-Length", "").strip()):
        raise requests.exceptions.ChunkedEncodingError("the answer broke off in its head")


def _can_be_sent_again(body: object) -> bool:
    """Tell whether the body is still there after it was sent; a generator is not."""
    return body is None or isinstance(body, str | bytes) or hasattr(body, "seek")
