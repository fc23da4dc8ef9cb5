"""The activity of an account: its events, and the log of its service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ..events.protocol import ActivitySource
    from ..events.stream import EventStream
    from ..logs.upstream import UpstreamSource, UpstreamStream

    class _Account(ActivitySource, UpstreamSource, Protocol):
        """The rest of an `Account`."""


__all__ = ["AccountActivity"]


class AccountActivity:
    """The part of an `Account` that returns streams of activity."""

    def upstream_events(
        self: _Account,
        since: Any = None,
        *,
        position: str | None = None,
        limit: int | None = None,
        service: str | None = None,
        progress: bool | None = None,
    ) -> UpstreamStream:
        """Return the service's own activity log, read through the pass-through API.

        Works for administrator accounts of Box, Google Drive, Dropbox, OneDrive and SharePoint.

        Parameters
        ----------
        since : str, datetime, timedelta, …, optional
            Only events from this time on, as for `events`. Defaults to everything the service
            keeps.
        position : str, optional
            Where to begin: an earlier stream's ``position`` (Box, Dropbox).
        limit : int, optional
            Read at most this many events.
        service : str, optional
            The service's name. Defaults to the one that the account reports.
        progress : bool, optional
            Show a progress bar. Defaults to showing one where it is visible.

        Returns
        -------
        UpstreamStream
            Only the account itself is requested yet, for its service.

        Raises
        ------
        InvalidParameter
            This service has no supported activity log.

        Examples
        --------
        >>> from kloudless_data import Account
        >>> from kloudless_data.sandbox import Sandbox
        >>> with Sandbox(accounts=2, events=10) as sandbox:
        ...     account = Account(token=sandbox.accounts[1].token, base_url=sandbox.base_url)
        ...     events = account.upstream_events()
        ...     len(events.to_frame()), events.service
        (10, 'box')
        """
        from ..events.protocol import identity_of
        from ..logs.upstream import UpstreamStream

        known = identity_of(self)
        return UpstreamStream(
            self,
            service or known["service"],
            account_id=known["id"],
            since=since,
            position=position,
            limit=limit,
            progress=progress,
        )

    def events(
        self: _Account,
        cursor: str | int | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        raw: bool | None = None,
        *,
        since: Any = None,
        until: Any = None,
        types: Iterable[str] | str | None = None,
        people: Iterable[str] | str | None = None,
        follow: Any = False,
        **kwargs: Any,
    ) -> EventStream:
        """Return the account's activity, oldest first. Nothing is fetched yet.

        Parameters
        ----------
        cursor : str or int, optional
            Where to begin: the ``latest_cursor`` of an earlier stream. Defaults to the oldest event
            that the server keeps (up to 10,000 events of the last 24 hours (D)).
        page_size : int, optional
            Events per request. Defaults to ``configuration["page_size"]``, 1000 unless changed.
        limit : int, optional
            Read at most this many events.
        since, until : str, datetime, timedelta, …, optional
            Only events in this period: ``"2026-03-01"``, ``"2026-03"``, ``"7d"``, ``"yesterday"``,
            … (`kloudless_data.schema.times`); `until` is exclusive and ends the reading. Events are
            filtered on the client, so only those that the server still keeps can be found.
        types, people : str or sequence of str, optional
            Only events of these types, and by people with these ids, e-mail addresses or names.
        follow : bool, str or timedelta
            Keep waiting for new events, polling every 15 seconds or at the given interval.
        raw : bool, optional
            Request the upstream service's own objects, as JSON text in the column ``raw``. Defaults
            to ``configuration["raw_data"]``, False unless changed.
        **kwargs
            As for `EventStream`.

        Returns
        -------
        EventStream

        Examples
        --------
        >>> from kloudless_data import Account
        >>> from kloudless_data.sandbox import Sandbox
        >>> with Sandbox(accounts=1, events=10) as sandbox:
        ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        ...     len(account.events().to_frame())
        10
        """
        from ..events.stream import EventStream

        return EventStream(
            {"": (self, cursor)},
            page_size=self.settings.page_size if page_size is None else page_size,
            limit=limit,
            raw=self.settings.raw_data if raw is None else raw,
            since=since,
            until=until,
            types=types,
            people=people,
            follow=follow,
            **kwargs,
        )
