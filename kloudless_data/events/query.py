"""A query for accounts' activity: immutable, whoever reads it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from .filters import EventFilter
from .plan import OnError, ReadingPlan
from .protocol import ActivitySource, identity_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EventQuery"]


class EventQuery:
    """Which activity of which accounts, in which columns; see `EventStream`.

    Parameters
    ----------
    sources, page_size, limit, raw, columns, subscription, since, until, types, people, follow, \
progress, max_workers, on_error
        As for `EventStream`.
    """

    def __init__(
        self,
        sources: Mapping[str, tuple[ActivitySource, str | int | None]],
        *,
        page_size: int = 1000,
        limit: int | None = None,
        raw: bool = False,
        columns: Sequence[str] | None = None,
        subscription: str | int | None = None,
        since: Any = None,
        until: Any = None,
        types: Iterable[str] | str | None = None,
        people: Iterable[str] | str | None = None,
        follow: Any = False,
        progress: bool | None = None,
        max_workers: int = 1,
        on_error: OnError = None,
    ) -> None:
        self._plan = ReadingPlan.of(
            sources, page_size=page_size, limit=limit, raw=raw, columns=columns,
            subscription=subscription, filter=EventFilter.of(since, until, types, people),
            follow=follow, progress=progress, max_workers=max_workers, on_error=on_error,
        )  # fmt: skip
        self._schema = self._plan.schema.arrow(raw=self.raw, columns=self.columns)
        self._prepare()

    def _prepare(self) -> None:
        """Set up a reader's state; nothing is read yet."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was read: another process reads it itself."""
        return {"plan": self._plan, "schema": self._schema}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self._plan, self._schema = state["plan"], state["schema"]
        self._prepare()

    @property
    def accounts(self) -> Mapping[str, ActivitySource]:
        """The accounts to read, by their names in `positions`."""
        return dict(self._plan.accounts)

    @property
    def account(self) -> ActivitySource:
        """The account; the first one if there are many."""
        return next(iter(self._plan.accounts.values()))

    @property
    def begin(self) -> Mapping[str, str | None]:
        """Where each account begins."""
        return dict(self._plan.begin)

    @property
    def cursor(self) -> str | None:
        """Where the stream of a single account begins; None for the oldest event kept."""
        return next(iter(self.begin.values())) if len(self.begin) == 1 else None

    @property
    def path(self) -> str:
        """The path of the activity, relative to each account."""
        return self._plan.request.path

    @property
    def page_size(self) -> int:
        """Events per request."""
        return self._plan.request.page_size

    def in_pages_of(self, most: int) -> Self:
        """Return the same query with at most so many events per request.

        Parameters
        ----------
        most : int
        """
        if self.page_size <= most:
            return self
        other = copy.copy(self)
        request = replace(self._plan.request, page_size=most)
        other._plan = replace(self._plan, request=request)
        return other

    @property
    def limit(self) -> int | None:
        """The largest number of events."""
        return self._plan.request.limit

    @property
    def raw(self) -> bool:
        """Whether to request the upstream services' objects."""
        return self._plan.request.raw

    @property
    def columns(self) -> list[str] | None:
        """The requested columns; None for all."""
        return None if self._plan.columns is None else list(self._plan.columns)

    @property
    def filter(self) -> dict[str, Any] | None:
        """The filter for events, for a manifest; None for all events."""
        return self._plan.request.filter.facts()

    @property
    def progress(self) -> bool | None:
        """Whether to show a progress bar; None to show one where it is visible."""
        return self._plan.progress

    @property
    def max_workers(self) -> int:
        """The largest number of concurrent requests."""
        return self._plan.max_workers

    @property
    def on_error(self) -> OnError:
        """What to do about an account that cannot be read."""
        return self._plan.on_error

    @property
    def schema(self) -> pa.Schema:
        """The schema of every record batch."""
        return self._schema

    @property
    def schema_name(self) -> str:
        """Name and version of the schema, such as ``"events.v1/1"``."""
        return f"{self._plan.schema.name}/{self._plan.schema.version}"

    def __repr__(self) -> str:
        if len(self.accounts) > 1:
            return f"<EventStream of {len(self.accounts)} accounts>"
        begin = "the oldest event kept" if self.cursor is None else f"cursor {self.cursor}"
        return f"<EventStream of {self.account.url} from {begin}>"

    def source_info(self) -> dict[str, Any]:
        """Return the events' origin, for a manifest.

        Returns
        -------
        dict
            ``server``, ``api_version`` and ``accounts``: the ``source``, ``id`` and ``service``
            of each. Requests each account once; None for what it does not say.
        """
        settings = self.account.settings
        return {
            "server": settings.base_url,
            "api_version": settings.api_version,
            "accounts": [
                {"source": source, **identity_of(account)}
                for source, account in self.accounts.items()
            ],
        }
