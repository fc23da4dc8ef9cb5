"""One reading of a stream: its positions, its failures, and what it kept."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..display.progress import progress_bar
from ..exceptions import AccountsFailed, KloudlessException
from ..paging.prefetch import ReadAhead
from .pages import AccountPages, EventPage
from .plan import ReadingPlan
from .scheduler import read_in_turns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EventPage", "EventReader", "Kept", "Readings"]


class Kept(NamedTuple):
    """A page's events, and the account's position after them."""

    batch: pa.RecordBatch
    source: str
    position: str | None


class EventReader:
    """Reads a stream once. `EventStream.read` makes one.

    Iterate over it for record batches, or call `pages` for the pages as the server sent them.

    Parameters
    ----------
    plan : ReadingPlan
        What to read.
    decode : callable
        Turns an `EventPage` into a record batch.
    resume : mapping of str to str or None, optional
        Positions to continue from, instead of the plan's beginning.
    done : int
        The number of events already returned, which count towards the plan's limit.

    Attributes
    ----------
    positions : dict of str to str or None
        Where to begin next time, by account: after the last event returned.
    failures : dict of str to KloudlessException
        The errors of those among many accounts that could not be read to their end.
    given : int
        The number of events returned, including `done`.
    """

    def __init__(
        self,
        plan: ReadingPlan,
        decode: Callable[[EventPage], pa.RecordBatch],
        resume: Mapping[str, str | None] | None = None,
        done: int = 0,
    ) -> None:
        self._plan = plan
        self._decode = decode
        self._resumed = resume is not None
        self._done = done
        self.positions = dict(plan.begin if resume is None else resume)
        self.failures: dict[str, KloudlessException] = {}
        self.given = done

    @property
    def latest_cursor(self) -> str | None:
        """Where to begin next time, for a single account."""
        return next(iter(self.positions.values())) if len(self.positions) == 1 else None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the events as record batches, one per page, in bounded memory."""
        with contextlib.closing(self.pages()) as pages:
            for page in pages:
                yield self._decode(page)

    def pages(self, *, empty: bool = False) -> Generator[EventPage, None, None]:
        """Yield the pages that hold events, with a progress bar, and prefetch the next ones.

        After each page, `positions` is up to date. Close the generator if you stop early.

        Parameters
        ----------
        empty : bool
            Also yield pages without events, such as most accounts' last one.

        Yields
        ------
        EventPage

        Raises
        ------
        APIException
            A page of the only account could not be read.
        AccountsFailed
            Some of many accounts could not be read to their end. Raised after reading the others.
        """
        plan = self._plan
        with (
            progress_bar(
                "Events", unit="events", total=plan.request.limit, initial=self._done,
                nothing="nothing new", show=plan.progress,
            ) as bar,
            ReadAhead(self._requested()) as pages,
        ):  # fmt: skip
            for page in pages:
                self.positions[page.source] = page.next_begin
                self.given += page.rows
                if page.rows or empty:
                    bar.update(page.rows)
                    yield page
        if self.failures and plan.on_error == "raise":
            raise AccountsFailed(self.failures)

    def _requested(self) -> Iterator[EventPage]:
        """Request the pages of one account in order, or of many in parallel."""
        plan = self._plan
        accounts = plan.pages_of(self.positions, self._done, resumed=self._resumed)
        if len(accounts) == 1 and plan.on_error is None and plan.request.follow is None:
            return _in_order(accounts[0])
        return read_in_turns(
            accounts, plan.max_workers, self.failures, stop_at_first=plan.on_error is None
        )


def _in_order(account: AccountPages) -> Iterator[EventPage]:
    """Yield the pages of one account; its requests wait out a 429 themselves."""
    while (page := account.next_page()) is not None:
        yield page


class Readings(threading.local):
    """The readings of one stream, separate for each thread.

    Attributes
    ----------
    latest : EventReader or None
        The one that began last in this thread.
    kept : list of Kept
        The pages that an interrupted `to_frame` of this thread has read.
    """

    def __init__(self) -> None:
        self.latest: EventReader | None = None
        self.kept: list[Kept] = []
