"""One account's activity, page by page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from ..decode import Envelope
from ..exceptions import (
    ConnectionFailed,
    CursorNotAdvancing,
    InvalidResponse,
    KloudlessException,
    RateLimitException,
    ServerException,
)
from ..http.retry import RetryBudget
from ..paging.pages import fetch_page
from ..paging.schemes import PageSequence, resume_cursor
from ..util import is_text, logger
from .filters import EVERYTHING, EventFilter
from .protocol import ActivitySource

__all__ = ["AccountPages", "ActivityRequest", "EventPage"]


@dataclass(frozen=True)
class EventPage:
    """One page of a stream.

    Attributes
    ----------
    envelope : Envelope
        The events as bytes, without those that a filter leaves out.
    rows : int
        The number of its events that belong to the stream; fewer than it holds if a limit cuts it.
    position : str or None
        The cursor after these events.
    source : str
        Their account, a key of the stream's ``positions``.
    last : bool
        True if it is the account's last page.
    next_begin : str or None
        Where to begin next time: `position`, unless ``until`` left out earlier events.
    """

    envelope: Envelope
    rows: int
    position: str | None
    source: str
    last: bool = False
    next_begin: str | None = None

    @property
    def server_time(self) -> datetime | None:
        """The server's time when it answered, in UTC and whole seconds; None if it sent none."""
        try:
            found = parsedate_to_datetime(self.envelope.date or "")
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class ActivityRequest:
    """How to request pages; the same for all accounts of a stream.

    Attributes
    ----------
    path : str
        The path of the activity, relative to the account.
    page_size : int
        Events per request.
    limit : int or None
        Return at most this many events.
    raw : bool
        Request the upstream services' objects.
    filter : EventFilter
        Selects the events.
    follow : timedelta or None
        Request again after this time, instead of ending.
    """

    path: str
    page_size: int
    limit: int | None = None
    raw: bool = False
    filter: EventFilter = EVERYTHING
    follow: timedelta | None = None


class AccountPages:
    """The pages of one account in order, and the request for the next one.

    Parameters
    ----------
    source : str
        The stream's name for the account.
    account : ActivitySource
    request : ActivityRequest
    cursor : str or None
        Where to begin.
    next_begin : str or None
        Where to begin next time if nothing is read.
    is_late : bool
        True if events that are not before ``until`` may have been left out already, so that
        `next_begin` must stay.
    """

    def __init__(
        self,
        source: str,
        account: ActivitySource,
        request: ActivityRequest,
        cursor: str | None,
        *,
        next_begin: str | None,
        is_late: bool = False,
    ) -> None:
        self.source = source
        self.account = account
        #: How long to wait before the next request.
        self.waits: timedelta | None = None
        #: The remaining retries of the page being requested.
        self.budget: RetryBudget | None = None
        self._request = request
        self._left = request.limit
        self._next_begin = next_begin
        self._is_late = is_late
        self._sequence = PageSequence(activity=True)
        self._headers = {"X-Kloudless-Raw-Data": "true"} if request.raw else None
        start: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        self._params: dict[str, Any] | None = None if request.limit == 0 else start
        self._error: KloudlessException | None = None

    @property
    def follow(self) -> timedelta | None:
        """How long to wait at the end before requesting again; None to end."""
        return self._request.follow

    @property
    def rate_limit_group(self) -> tuple[str, Any]:
        """What a 429 applies to: requests with the same credential to the same server."""
        return self.account.settings.base_url, self.account.auth

    def next_page(self) -> EventPage | None:
        """Request the next page; None at the end. The last page may be empty, for its cursor."""
        if self._error is not None:
            raise self._error
        if self._params is None:
            return None
        asked = {**self._params, "page_size": self._size()}
        if self.budget is None:  # otherwise the scheduler requests the same page again
            self.budget = self.account.budget()
        envelope = fetch_page(
            self.account,
            self._request.path,
            asked,
            self._headers,
            following=partial(self._sequence.following, params=asked),
            budget=self.budget,
        )
        self.budget = None
        page, is_over = self._page(envelope, asked)
        # The next request is known before the reader decodes this page.
        self._params = None if is_over else self._following(envelope, asked)
        self.waits = None
        if self._params is None and not is_over and self._is_followed_after(page):
            self._params = {} if page.position is None else {"cursor": page.position}
            self.waits = self._request.follow
        ended = self._params is None and not (envelope.remaining or 0) > 0
        return replace(page, last=True) if ended or is_over else page

    def _is_followed_after(self, page: EventPage) -> bool:
        request = self._request
        return request.follow is not None and not request.filter.expects_nothing(page.server_time)

    def is_worth_another_try(self, error: KloudlessException) -> bool:
        """Return whether a following stream waits until an error has passed."""
        passing = ConnectionFailed | ServerException | RateLimitException | InvalidResponse
        return (
            self._request.follow is not None
            and isinstance(error, passing)
            and not isinstance(error, CursorNotAdvancing)
            and self._error is None
        )

    def _size(self) -> int:
        if self._left is None or self._request.filter:  # it is unknown how many pass the filter
            return self._request.page_size
        return min(self._request.page_size, self._left)

    def _following(self, envelope: Envelope, asked: dict[str, Any]) -> dict[str, Any] | None:
        try:
            if envelope.cursor is not None and not is_text(envelope.cursor):
                raise InvalidResponse("The server's cursor is not text, so it cannot be sent back.")
            return self._sequence.following(envelope, asked)
        except KloudlessException as error:
            # This page is good; the error belongs to the next one, which cannot be requested.
            self._error = error
            return {}

    def _page(self, envelope: Envelope, asked: dict[str, Any]) -> tuple[EventPage, bool]:
        """Return the stream's part of a page, and whether the stream ends with it."""
        before, sent = asked.get("cursor"), envelope.count
        chosen = self._request.filter.select(envelope, self.account.settings.api_version)
        position = resume_cursor(envelope, before)
        rows = chosen.envelope.count
        if self._left is not None and rows > self._left:
            # The position inside the page is unknown, so the next reading begins with this page
            # again: twice is better than never.
            logger.warning(
                "%d events are more than the limit leaves room for; the latest cursor is the "
                "position before them.",
                sent,
            )
            rows, position = self._left, before
        if self._left is not None:
            self._left -= rows
        self._is_late |= chosen.has_later
        if not self._is_late:
            self._next_begin = position
        page = EventPage(
            chosen.envelope, rows, position, self.source, next_begin=self._next_begin
        )  # fmt: skip
        return page, self._left == 0 or chosen.is_past
