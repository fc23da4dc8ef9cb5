"""Let many accounts take turns at few workers."""

from __future__ import annotations

import heapq
import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from ..exceptions import KloudlessException, RateLimitException
from ..http.cancellation import Cancellation, Cancelled
from ..paging.prefetch import get, put
from ..util import logger
from .pages import AccountPages, EventPage

__all__ = ["read_in_turns"]


def read_in_turns(
    accounts: Sequence[AccountPages],
    max_workers: int,
    failures: dict[str, KloudlessException],
    *,
    stop_at_first: bool = False,
) -> Iterator[EventPage]:
    """Yield the pages of many accounts as they arrive; those of one account in order.

    A worker requests one page and then turns to the account that has waited longest, so neither a
    slow nor a long account delays the others. Accounts that got a 429, or are followed and have
    nothing new, wait without occupying a worker.

    Parameters
    ----------
    accounts : sequence of AccountPages
    max_workers : int
        The largest number of concurrent requests.
    failures : dict
        Receives the exception of each account that could not be read to its end.
    stop_at_first : bool
        Raise the first of these exceptions and stop reading.
    """
    cancellation = Cancellation(waits_for_429=False)  # the workers turn to other accounts
    turns = _Turns(accounts, failures, stop_at_first)
    pages: queue.Queue[object] = queue.Queue(2 * max_workers)
    workers = [
        threading.Thread(
            target=_work, args=(turns, pages, cancellation), name="kloudless-data", daemon=True
        )
        for _ in range(min(max_workers, len(accounts)))
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
            while (account := turns.take()) is not None:
                if (page := turns.read(account)) is not None:
                    put(pages, page, cancellation)
                    turns.give_back(account)
            put(pages, None, cancellation)
        except Cancelled:
            return
        except BaseException as error:  # raised for whoever iterates
            put(pages, error, cancellation)


class _Turns:
    """Whose turn it is: accounts that are ready, and accounts that have to wait."""

    def __init__(
        self,
        accounts: Sequence[AccountPages],
        failures: dict[str, KloudlessException],
        stop_at_first: bool,
    ) -> None:
        self._ready = deque(accounts)
        self._waiting: list[tuple[float, int, AccountPages]] = []  # a heap, by time
        self._blocked: dict[tuple[str, Any], float] = {}  # when each 429 ends
        self._under_way = 0
        self._count = 0
        self._failures = failures
        self._stop_at_first = stop_at_first
        self._changed = threading.Condition()
        self._closed = False

    def take(self) -> AccountPages | None:
        """Return the next account to read; None when all are done."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                while self._waiting and self._waiting[0][0] <= now:
                    self._ready.append(heapq.heappop(self._waiting)[2])
                while self._ready:
                    account = self._ready.popleft()
                    until = self._blocked.get(account.rate_limit_group, 0.0)
                    if until <= now:
                        self._under_way += 1
                        return account
                    self._wait_until(until, account)
                if not self._waiting and not self._under_way:
                    return None
                self._changed.wait(self._waiting[0][0] - now if self._waiting else None)
        return None

    def read(self, account: AccountPages) -> EventPage | None:
        """Request a page, and mark the account as done, failed, or to be read again later."""
        try:
            page = account.next_page()
        except RateLimitException as error:
            self._limited(account, error)
            return None
        except KloudlessException as error:
            self._failed(account, error)
            return None
        except BaseException:
            self._done()
            raise
        if page is None:
            self._done()
        return page

    def give_back(self, account: AccountPages) -> None:
        """Queue an account again, behind all that are waiting already."""
        with self._changed:
            if account.waits is None:
                self._ready.append(account)
            else:
                self._wait_until(time.monotonic() + account.waits.total_seconds(), account)
            self._under_way -= 1
            self._changed.notify()

    def close(self) -> None:
        """Give out no more turns."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _done(self) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def _failed(self, account: AccountPages, error: KloudlessException) -> None:
        if account.is_worth_another_try(error) and account.follow is not None:
            pause = account.follow.total_seconds()
            logger.warning("Trying again in %.0f s: %s", pause, error.record)
            account.budget = None
            self._pause(account, time.monotonic() + pause)
            return
        if self._stop_at_first:
            self._done()
            raise error
        self._failures[account.source] = error
        self._done()

    def _limited(self, account: AccountPages, error: RateLimitException) -> None:
        pause = None if account.budget is None else account.budget.pause_after(error)
        if pause is None:
            self._failed(account, error)
            return
        self._pause(account, time.monotonic() + pause, account.rate_limit_group)

    def _pause(
        self, account: AccountPages, until: float, blocked: tuple[str, Any] | None = None
    ) -> None:
        """Make an account wait, and after a 429 all accounts of its group."""
        with self._changed:
            if blocked is not None:
                self._blocked[blocked] = until
            self._wait_until(until, account)
            self._under_way -= 1
            self._changed.notify_all()

    def _wait_until(self, until: float, account: AccountPages) -> None:
        self._count += 1  # the order of arrival breaks ties
        heapq.heappush(self._waiting, (until, self._count, account))
