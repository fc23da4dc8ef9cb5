"""The three ways in which the API pages, in one place.

1. **Numbered**: the body has ``page``, an int; the next is ``page=N+1``; a 404 or an empty page is
   the end. (S)
2. **Token**: the body has ``next_page``; it is sent as ``page``; null is the end. (S) A body that
   has a number ``page`` as well pages by token.
3. **Cursor** (events, activity): the body has ``cursor``; it is sent as ``cursor``; the end is an
   empty ``objects`` (unless ``remaining`` says that more is waiting), a missing cursor or ``-1``;
   the end's cursor is where to continue next time. (D, S)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..exceptions import CursorNotAdvancing, InvalidResponse

__all__ = ["PageInfo", "Paged", "Trail", "following", "is_activity", "resume_cursor"]

_ACTIVITY = re.compile(r"/accounts/[^/]+/(?:events|subscriptions/[^/]+/activity)/?(?:\?|$)")


class Paged(Protocol):
    """What a page says about the page after it."""

    @property
    def count(self) -> int:
        """How many objects it holds."""

    @property
    def cursor(self) -> str | None:
        """The position after it."""

    @property
    def next_page(self) -> str | None:
        """The token of the next page."""

    @property
    def names_next_page(self) -> bool:
        """Whether it has a member ``next_page``, which may be null."""

    @property
    def page(self) -> int | None:
        """Its number."""

    @property
    def remaining(self) -> int | None:
        """How many events are waiting."""


@dataclass(frozen=True)
class PageInfo:
    """`Paged` for a body that has been turned into Python objects."""

    count: int
    cursor: str | None = None
    next_page: str | None = None
    page: int | None = None
    remaining: int | None = None
    names_next_page: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> PageInfo:
        """Read it from a list's JSON object."""
        return cls(
            count=len(data.get("objects") or []),
            cursor=_text(data.get("cursor")),
            next_page=_text(data.get("next_page")),
            page=_number(data.get("page")),
            remaining=_number(data.get("remaining")),
            names_next_page="next_page" in data,
        )


def is_activity(url: str) -> bool:
    """Tell whether a URL is an account's event stream, which pages by cursor.

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

    A page without a cursor of its own leaves the position where it was.
    """
    return asked if page.cursor in (None, "-1") else page.cursor


def following(page: Paged, params: Mapping[str, Any], *, activity: bool) -> dict[str, Any] | None:
    """Return the query parameters of the next page, or None at the end.

    Parameters
    ----------
    page : Paged
        The page that was read.
    params : mapping
        The query parameters it was asked with.
    activity : bool
        Whether this is an event stream.

    Raises
    ------
    CursorNotAdvancing, InvalidResponse
        The server names the same page again, so that reading would never end.
    """
    if activity:
        return _following_cursor(page, params)
    if page.names_next_page:
        if page.next_page is None:
            return None
        if page.next_page == _text(params.get("page")):
            raise InvalidResponse(
                "The server names the page it just sent as the next one, so the list would never "
                "end. What was read so far is whole; report this to the server's operator."
            )
        return {**params, "page": page.next_page}
    asked = _number(params.get("page"))
    if page.page is None or not page.count or (asked is not None and page.page != asked):
        return None  # the last case: a server that ignores page= and would repeat for ever
    return {**params, "page": page.page + 1}


def _following_cursor(page: Paged, params: Mapping[str, Any]) -> dict[str, Any] | None:
    more = page.count > 0 or (page.remaining or 0) > 0
    if page.cursor in (None, "-1") or not more:
        return None
    if page.cursor == _text(params.get("cursor")):
        raise CursorNotAdvancing(
            f"The server sent {page.count:,} events but its cursor did not move, so reading on "
            "would repeat them for ever. What was read so far is whole; report this to the "
            "server's operator."
        )
    return {**params, "cursor": page.cursor}


class Trail:
    """The way through one list, which must not lead to where it has been.

    `following` sees a page that names itself; this also sees pages that lead round in a circle.

    Parameters
    ----------
    activity : bool
        Whether the list is an event stream.

    Examples
    --------
    >>> trail = Trail(activity=True)
    >>> trail.following(PageInfo(2, cursor="b"), {"cursor": "a"})
    {'cursor': 'b'}
    >>> trail.following(PageInfo(2, cursor="a"), {"cursor": "b"})
    Traceback (most recent call last):
    kloudless_data.exceptions.CursorNotAdvancing: The server's cursor leads back to ...
    """

    def __init__(self, *, activity: bool) -> None:
        self._activity = activity
        self._key = "cursor" if activity else "page"
        # A few dozen bytes for each page of some hundred thousand.
        self._asked: set[str | None] = set()

    def following(self, page: Paged, params: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the query parameters of the next page, or None at the end.

        Raises
        ------
        CursorNotAdvancing, InvalidResponse
            The server names a page that has been asked for, so that reading would never end.
        """
        self._asked.add(_text(params.get(self._key)))
        after = following(page, params, activity=self._activity)
        if after is not None and _text(after.get(self._key)) in self._asked:
            raise (CursorNotAdvancing if self._activity else InvalidResponse)(
                f"The server's {self._key} leads back to where reading has been, so reading on "
                "would repeat the same pages for ever. What was read so far is whole; report this "
                "to the server's operator."
            )
        return after


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
