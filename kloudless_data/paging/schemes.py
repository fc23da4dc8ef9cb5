"""The API's three paging schemes, in one place.

1. **Numbered**: the body has ``page``, an int; the next is ``page=N+1``; a 404 or an empty page is
   the end. (S)
2. **Token**: the body has ``next_page``; it is sent as ``page``; null or another empty value is the
   end. (S; other than null: A) A body that also has a number ``page`` pages by token.
3. **Cursor** (events, activity): the body has ``cursor``; it is sent as ``cursor``; the end is an
   empty ``objects`` (unless ``remaining`` says that there is more), a missing or empty cursor or
   ``-1``; the last cursor is where to continue next time. (D, S)

A server may lead in a circle, repeat a page, or promise more forever and send nothing.
`PageSequence` detects this, so reading ends whatever the server does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..exceptions import CursorNotAdvancing, InvalidResponse
from ..text.counts import count

__all__ = [
    "PageInfo",
    "PageSequence",
    "Paged",
    "following",
    "is_activity",
    "names_position",
    "resume_cursor",
]

#: This many consecutive pages without anything new, while the server announces more, are an error
#: (A). A service that filters on its side may send a few.
MOST_IDLE_PAGES = 100

_LARGEST_PAGE = 1 << 62  # no list has this many pages; longer numbers are not parsed
_REPORT = "Everything read so far is complete; report this to the server's operator."
# What stands where there is no token: nothing, or JSON's other empty values.
_NO_TOKEN = ("", "false", "{}", "[]")
_ACTIVITY = re.compile(r"/accounts/[^/]+/(?:events|subscriptions/[^/]+/activity)/?(?:\?|$)")


class Paged(Protocol):
    """A page's information about the page after it."""

    @property
    def count(self) -> int:
        """The number of its objects."""

    @property
    def cursor(self) -> str | None:
        """The position after the page."""

    @property
    def next_page(self) -> str | None:
        """The token of the next page."""

    @property
    def names_next_page(self) -> bool:
        """True if it has a member ``next_page``, which may be null."""

    @property
    def page(self) -> int | None:
        """The page's number."""

    @property
    def remaining(self) -> int | None:
        """The number of events still to come."""

    @property
    def fingerprint(self) -> int:
        """The same for pages with the same objects in the same order, and only for them."""


@dataclass(frozen=True)
class PageInfo:
    """`Paged` for a decoded body."""

    count: int
    cursor: str | None = None
    next_page: str | None = None
    page: int | None = None
    remaining: int | None = None
    names_next_page: bool = False
    fingerprint: int = 0

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> PageInfo:
        """Return the information in a list's JSON object."""
        return cls(
            count=len(data.get("objects") or []),
            cursor=_text(data.get("cursor")),
            next_page=_text(data.get("next_page")),
            page=_number(data.get("page")),
            remaining=_number(data.get("remaining")),
            names_next_page="next_page" in data,
            fingerprint=hash(json.dumps(data.get("objects"), sort_keys=True)),
        )


def is_activity(url: str) -> bool:
    """Return True if a URL is an account's event stream, which pages by cursor.

    Examples
    --------
    >>> is_activity("https://api.kloudless.com/v1/accounts/me/events?page_size=5")
    True
    >>> is_activity("https://api.kloudless.com/v1/accounts/me/cal/calendars/primary/events")
    False
    """
    return bool(_ACTIVITY.search(url))


def resume_cursor(page: Paged, asked: str | None) -> str | None:
    """Return the position after a page of events: where to continue next time.

    A page without its own cursor leaves the position unchanged.

    Parameters
    ----------
    page : Paged
    asked : str or None
        The cursor in the page's request.

    Returns
    -------
    str or None

    Examples
    --------
    >>> resume_cursor(PageInfo(2, cursor="7"), "5"), resume_cursor(PageInfo(0, cursor="-1"), "7")
    ('7', '7')
    """
    return page.cursor if names_position(page) else asked


def names_position(page: Paged) -> bool:
    """Return True if a page of events has a cursor to continue from."""
    return _is_token(page.cursor) and page.cursor != "-1"


def _is_token(text: str | None) -> bool:
    return text is not None and text.strip() not in _NO_TOKEN


def following(page: Paged, params: Mapping[str, Any], *, activity: bool) -> dict[str, Any] | None:
    """Return the query parameters of the next page, or None at the end.

    Parameters
    ----------
    page : Paged
        The page that was read.
    params : mapping
        The query parameters of the page's request.
    activity : bool
        True for an event stream.

    Raises
    ------
    CursorNotAdvancing, InvalidResponse
        The server names the same page again, so reading would never end.
    """
    if activity:
        return _following_cursor(page, params)
    if page.names_next_page:
        if not _is_token(page.next_page):
            return None
        if page.next_page == _text(params.get("page")):
            raise InvalidResponse(
                "The server names the page it just sent as the next one, so the list would never "
                f"end. {_REPORT}"
            )
        return {**params, "page": page.next_page}
    asked = _number(params.get("page"))
    if page.page is None or not page.count or (asked is not None and page.page != asked):
        return None  # the last case: a server that ignores page= and would repeat forever
    return {**params, "page": page.page + 1}


def _following_cursor(page: Paged, params: Mapping[str, Any]) -> dict[str, Any] | None:
    more = page.count > 0 or (page.remaining or 0) > 0
    if not (more and names_position(page)):
        return None
    if page.cursor == _text(params.get("cursor")):
        raise CursorNotAdvancing(
            f"The server sent {count(page.count, 'event')} but its cursor did not move, so "
            f"reading on would repeat them forever. {_REPORT}"
        )
    return {**params, "cursor": page.cursor}


class PageSequence:
    """The sequence of one list's pages, each of which must lead on.

    `following` detects a page that names itself. This class also detects circles of any length,
    repeated pages, and endless pages without anything new.

    Parameters
    ----------
    activity : bool
        True for an event stream.

    Examples
    --------
    >>> sequence = PageSequence(activity=True)
    >>> sequence.following(PageInfo(2, cursor="b"), {"cursor": "a"})
    {'cursor': 'b'}
    >>> sequence.following(PageInfo(2, cursor="a"), {"cursor": "b"})
    Traceback (most recent call last):
    kloudless_data.exceptions.CursorNotAdvancing: The server's cursor leads back to ...
    """

    def __init__(self, *, activity: bool) -> None:
        self._activity = activity
        self._key = "cursor" if activity else "page"
        # A few dozen bytes per page, for some hundred thousand pages.
        self._visited: set[str | None] = set()
        self._idle: set[str | None] = set()  # the cursors since the last new objects
        # By each page's fingerprint, the position that it was first sent for.
        self._contents: dict[int, str | None] = {}

    def following(self, page: Paged, params: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the query parameters of the next page, or None at the end.

        Can be called again for the same page.

        Parameters
        ----------
        page : Paged
        params : mapping
            The query parameters of the page's request.

        Returns
        -------
        dict or None

        Raises
        ------
        CursorNotAdvancing, InvalidResponse
            Reading would never end: the server names an earlier page, repeats one, or keeps sending
            pages without anything new.
        """
        asked = _text(params.get(self._key))
        self._visited.add(asked)
        self.is_new(page, params)
        repeats = self._repeats(page, asked)
        after = following(page, params, activity=self._activity)
        if after is not None and _text(after.get(self._key)) in self._visited:
            raise (CursorNotAdvancing if self._activity else InvalidResponse)(
                f"The server's {self._key} leads back to an earlier page, so reading on "
                f"would repeat the same pages forever. {_REPORT}"
            )
        self._check_idle(page, asked, repeats, ends=after is None)
        return after

    def is_new(self, page: Paged, params: Mapping[str, Any]) -> bool:
        """Return True if a page differs from every page before it.

        A server without numbered pages always sends the first one. If the page's number shows that,
        the list is at its end.

        Parameters
        ----------
        page, params
            As for `following`.

        Returns
        -------
        bool

        Raises
        ------
        InvalidResponse
            It has the same objects as an earlier page, but the requested number.
        """
        asked = _text(params.get(self._key))
        if self._activity or page.names_next_page or not self._repeats(page, asked):
            return True
        if page.page is None or page.page != _number(asked):
            return False
        raise InvalidResponse(
            "The server sent an earlier page again instead of the next one, so what comes after it "
            f"cannot be read. {_REPORT}"
        )

    def _repeats(self, page: Paged, asked: str | None) -> bool:
        """Return True if a page repeats the objects of an earlier one."""
        if not page.count:
            return False
        return self._contents.setdefault(page.fingerprint, asked) != asked

    def _check_idle(self, page: Paged, asked: str | None, repeats: bool, *, ends: bool) -> None:
        if ends or (page.count and not repeats):
            self._idle.clear()
            return
        self._idle.add(asked)
        if len(self._idle) >= MOST_IDLE_PAGES:
            raise InvalidResponse(
                f"The server sent {len(self._idle):,} pages in a row without anything new while it "
                f"says that more is waiting, so reading may never end. {_REPORT} What comes next "
                "can be tried from the latest cursor."
            )


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, default=str)


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -_LARGEST_PAGE < value < _LARGEST_PAGE else None
