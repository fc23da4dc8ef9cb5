"""What to read of which accounts: checked once, then immutable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..errors.arguments import whole_number
from ..exceptions import InvalidParameter
from ..http.urls import path_segment
from ..schema.columns import events_schema
from ..schema.model import Schema, column_names
from ..schema.times import parse_duration
from .filters import EventFilter
from .pages import AccountPages, ActivityRequest
from .protocol import ActivitySource

__all__ = ["OnError", "ReadingPlan", "follow_interval"]

OnError = Literal["raise", "collect"] | None

_FOLLOW = "15s"  # events seldom arrive sooner (A), and 5,760 requests a day harm nobody


@dataclass(frozen=True)
class ReadingPlan:
    """The parameters of a stream, as described in `EventStream`.

    Attributes
    ----------
    accounts : mapping of str to ActivitySource
    begin : mapping of str to str or None
        Each account's start position.
    request : ActivityRequest
        How to request pages, and which events to leave out.
    columns : tuple of str or None
    progress : bool or None
    max_workers : int
    on_error : {"raise", "collect"} or None
    """

    accounts: Mapping[str, ActivitySource]
    begin: Mapping[str, str | None]
    request: ActivityRequest
    columns: tuple[str, ...] | None = None
    progress: bool | None = None
    max_workers: int = 1
    on_error: OnError = None

    @classmethod
    def of(
        cls,
        sources: Mapping[str, tuple[ActivitySource, str | int | None]],
        *,
        page_size: int,
        limit: int | None,
        raw: bool,
        columns: Sequence[str] | None,
        subscription: str | int | None,
        filter: EventFilter,
        follow: Any,
        progress: bool | None,
        max_workers: int,
        on_error: OnError,
    ) -> ReadingPlan:
        """Check a caller's arguments.

        Parameters
        ----------
        sources : mapping of str to (ActivitySource, str, int or None)
        filter : EventFilter
        page_size, limit, raw, columns, subscription, follow, progress, max_workers, on_error
            As for `EventStream`.

        Returns
        -------
        ReadingPlan

        Raises
        ------
        InvalidParameter
            An argument is invalid.
        """
        accounts = {source: account for source, (account, _) in sources.items()}
        begin = {
            source: None if cursor is None else str(cursor)
            for source, (_, cursor) in sources.items()
        }
        version = next(iter(accounts.values())).settings.api_version
        if on_error not in ("raise", "collect", None):
            raise InvalidParameter(
                f"must be 'raise' or 'collect', not {on_error!r}.", parameter="on_error"
            )
        return cls(
            accounts,
            begin,
            ActivityRequest(
                path=_path(subscription, version),
                page_size=whole_number(page_size, "page_size"),
                limit=None if limit is None else whole_number(limit, "limit", least=0),
                raw=bool(raw),
                filter=filter,
                follow=follow_interval(follow),
            ),
            columns=None if columns is None else column_names(columns),
            progress=progress,
            max_workers=whole_number(max_workers, "max_workers"),
            on_error=on_error,
        )

    @property
    def schema(self) -> Schema:
        """The columns of events in the accounts' API version."""
        return events_schema(next(iter(self.accounts.values())).settings.api_version)

    @property
    def is_endless(self) -> bool:
        """True if reading ends only when somebody stops it."""
        bounded = self.request.limit is not None or self.request.filter.interval.until is not None
        return self.request.follow is not None and not bounded

    def pages_of(
        self, positions: Mapping[str, str | None], done: int, *, resumed: bool
    ) -> list[AccountPages]:
        """Return each account's pages, starting at a position.

        Parameters
        ----------
        positions : mapping of str to str or None
        done : int
            The number of events already returned, which count towards the limit.
        resumed : bool
            True if the positions come from an earlier reading, which may have left out events that
            are not before ``until``.
        """
        limit = self.request.limit
        left = None if limit is None else max(0, limit - done)
        late = resumed and self.request.filter.interval.until is not None
        return [
            AccountPages(
                source, account, replace(self.request, limit=left), positions[source],
                next_begin=self.begin[source] if late else positions[source], is_late=late,
            )
            for source, account in self.accounts.items()
        ]  # fmt: skip


def follow_interval(value: Any) -> Any:
    """Return how long to wait at the end: None for False, the default for True.

    Examples
    --------
    >>> follow_interval("1m").total_seconds(), follow_interval(False)
    (60.0, None)
    """
    if value is None or value is False:
        return None
    return parse_duration(_FOLLOW if value is True else value, "follow")


def _path(subscription: str | int | None, version: int) -> str:
    if subscription is None and version >= 2:
        subscription = "default"  # version 2 has activity only there (A)
    if subscription is None:
        return "events"
    return f"subscriptions/{path_segment(subscription)}/activity"
