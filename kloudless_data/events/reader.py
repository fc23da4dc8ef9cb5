"""Reading the activity of one account after the other page, or of many accounts in parallel."""

from __future__ import annotations

import heapq
import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ..decode.decode import Envelope
from ..exceptions import InvalidResponse, KloudlessException, RateLimitException
from ..http.cancellation import Cancellation, Cancelled
from ..http.retry import until_advancing
from ..http.transport import RetryPolicy
from ..paging.pages import fetch_page
from ..paging.prefetch import get, put
from ..paging.schemes import PageSequence, resume_cursor
from ..util import is_text, logger

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["AccountReader", "EventPage", "read_many", "read_one"]


@dataclass(frozen=True)
class EventPage:
    """One page of a stream.

    Attributes
    ----------
    envelope : Envelope
        The page as bytes.
    rows : int
        How many of its events belong to the stream; fewer than it holds where a limit cuts it.
    position : str or None
        The cursor after these events.
    source : str
        Which account they are of; the key of the stream's ``positions``.
    last : bool
        Nothing of this account comes after it.
    """

    envelope: Envelope
    rows: int
    position: str | None
    source: str
    last: bool = False

    @property
    def server_time(self) -> datetime | None:
        """What the server's clock said when it answered, UTC, in whole seconds; None: nothing."""
        try:
            found = parsedate_to_datetime(self.envelope.date or "")
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None


class AccountReader:
    """The place in one account's activity, and the request for what comes after it.

    Parameters
    ----------
    source : str
        What the stream calls the account.
    account : Account
    path : str
        Of the activity, below the account.
    cursor : str or None
        Where to begin.
    page_size : int
    limit : int or None
        Read no more events than this.
    raw : bool
        Ask for the upstream's objects.
    """

    def __init__(
        self,
        source: str,
        account: Account,
        path: str,
        cursor: str | None,
        page_size: int,
        *,
        limit: int | None = None,
        raw: bool = False,
    ) -> None:
        self.source = source
        self.account = account
        self._path = path
        self._page_size = page_size
        self._left = limit
        self._sequence = PageSequence(activity=True)
        self._headers = {"X-Kloudless-Raw-Data": "true"} if raw else None
        start: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        self._params: dict[str, Any] | None = None if limit == 0 else start

    @property
    def rate_limit_group(self) -> tuple[str, Any]:
        """What a 429 concerns: requests with the same credential to the same server."""
        return self.account.settings.base_url, self.account.auth

    def next_page(self) -> EventPage | None:
        """Request the next page; None at the end. The last page may be empty, for its cursor."""
        if self._params is None:
            return None
        size = self._page_size if self._left is None else min(self._page_size, self._left)
        asked = {**self._params, "page_size": size}
        envelope = until_advancing(
            partial(fetch_page, self.account, self._path, asked, self._headers),
            partial(self._sequence.following, params=asked),
        )
        page = self._page(envelope, asked)
        if self._left is not None:
            self._left -= page.rows
        # What to ask next is known before anything of this page is decoded.
        self._params = None if self._left == 0 else self._following(envelope, asked)
        ended = self._params is None and not (envelope.remaining or 0) > 0
        return replace(page, last=True) if ended or self._left == 0 else page

    def _following(self, envelope: Envelope, asked: dict[str, Any]) -> dict[str, Any] | None:
        try:
            if envelope.cursor is not None and not is_text(envelope.cursor):
                raise InvalidResponse("The server's cursor is no text that could be sent back.")
            return self._sequence.following(envelope, asked)
        except KloudlessException as error:
            # This page is good; the error belongs to the one that cannot be asked for.
            self.next_page = _raiser(error)  # type: ignore[method-assign]
            return {}

    def _page(self, envelope: Envelope, asked: dict[str, Any]) -> EventPage:
        before = asked.get("cursor")
        if self._left is None or envelope.count <= self._left:
            position = resume_cursor(envelope, before)
            return EventPage(envelope, envelope.count, position, self.source)
        # The server sent more than it was asked for. The position inside its page is not known,
        # so the next read begins with this page again: twice is better than never.
        logger.warning(
            "The server sent %d events where %d were asked for; latest_cursor is the position "
            "before them.",
            envelope.count,
            asked["page_size"],
        )
        return EventPage(envelope, self._left, before, self.source)


def _raiser(error: KloudlessException) -> Any:
    def raise_it() -> EventPage | None:
        raise error

    return raise_it


def read_one(reader: AccountReader) -> Iterator[EventPage]:
    """Yield the pages of one account."""
    while (page := reader.next_page()) is not None:
        yield page


def read_many(
    readers: Sequence[AccountReader],
    max_workers: int,
    failures: dict[str, KloudlessException],
) -> Iterator[EventPage]:
    """Yield the pages of many accounts as they come; those of one account in their order.

    A worker requests one page and then turns to the account that has waited longest, so that
    neither a slow nor a long account keeps the others waiting. Accounts that a 429 concerns sit
    out the pause without occupying a worker.

    Parameters
    ----------
    readers : sequence of AccountReader
    max_workers : int
        How many requests are under way at the most.
    failures : dict
        Filled with the exception of each account that could not be read to its end.
    """
    cancellation = Cancellation(waits_for_429=False)  # the workers have other accounts to turn to
    turns = _Turns(readers, failures)
    pages: queue.Queue[object] = queue.Queue(2 * max_workers)
    workers = [
        threading.Thread(
            target=_work, args=(turns, pages, cancellation), name="kloudless-data", daemon=True
        )
        for _ in range(min(max_workers, len(readers)))
    ]
    for worker in workers:
        worker.start()
    working = len(workers)
    try:
        while working:
            page = get(pages)
            if isinstance(page, EventPage):
                yield page
            elif isinstance(page, BaseException):
                raise page
            else:
                working -= 1
    finally:
        cancellation.cancel()
        turns.close()
        for worker in workers:
            worker.join(timeout=1.0)


def _work(turns: _Turns, pages: queue.Queue[object], cancellation: Cancellation) -> None:
    with cancellation.active():
        try:
            while (reader := turns.take()) is not None:
                if (page := turns.read(reader)) is not None:
                    put(pages, page, cancellation)
                    turns.give_back(reader)
            put(pages, None, cancellation)
        except Cancelled:
            return
        except BaseException as error:  # a defect, not a failed request: it must not be silent
            put(pages, error, cancellation)


class _Turns:
    """Whose turn it is: accounts that can be asked, and accounts that have to wait."""

    def __init__(
        self, readers: Sequence[AccountReader], failures: dict[str, KloudlessException]
    ) -> None:
        self._ready = deque(readers)
        self._waiting: list[tuple[float, int, AccountReader]] = []  # a heap, by when
        self._blocked: dict[tuple[str, Any], float] = {}  # until when a 429 holds
        self._attempts: dict[str, int] = {}
        self._under_way = 0
        self._count = 0
        self._failures = failures
        self._changed = threading.Condition()
        self._closed = False

    def take(self) -> AccountReader | None:
        """Return the next account to ask; None when all are done."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                while self._waiting and self._waiting[0][0] <= now:
                    self._ready.append(heapq.heappop(self._waiting)[2])
                while self._ready:
                    reader = self._ready.popleft()
                    until = self._blocked.get(reader.rate_limit_group, 0.0)
                    if until <= now:
                        self._under_way += 1
                        return reader
                    self._wait_until(until, reader)
                if not self._waiting and not self._under_way:
                    return None
                self._changed.wait(self._waiting[0][0] - now if self._waiting else None)
        return None

    def read(self, reader: AccountReader) -> EventPage | None:
        """Request a page; note the account as done, failed, or to be asked again later."""
        try:
            page = reader.next_page()
        except RateLimitException as error:
            self._limited(reader, error)
            return None
        except KloudlessException as error:
            self._failures[reader.source] = error
            page = None
        except BaseException:
            self._done()
            raise
        self._attempts.pop(reader.source, None)
        if page is None:
            self._done()
        return page

    def give_back(self, reader: AccountReader) -> None:
        """Let an account take its turn again, after all that wait already."""
        with self._changed:
            self._ready.append(reader)
            self._under_way -= 1
            self._changed.notify()

    def close(self) -> None:
        """Give nobody a turn any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _done(self) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def _limited(self, reader: AccountReader, error: RateLimitException) -> None:
        settings = reader.account.settings
        attempt = self._attempts[reader.source] = self._attempts.get(reader.source, 0) + 1
        pause = min(RetryPolicy.backoff_unit * 2.0**attempt, settings.max_retry_wait)
        if error.retry_after is not None:
            pause = error.retry_after
        if attempt > settings.max_retries or pause > settings.max_retry_wait:
            self._failures[reader.source] = error
            self._done()
            return
        with self._changed:
            until = time.monotonic() + pause
            self._blocked[reader.rate_limit_group] = until
            self._wait_until(until, reader)
            self._under_way -= 1
            self._changed.notify_all()

    def _wait_until(self, until: float, reader: AccountReader) -> None:
        self._count += 1  # equal times are settled by the order of arrival
        heapq.heappush(self._waiting, (until, self._count, reader))
