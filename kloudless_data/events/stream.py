"""`EventStream`: the activity of accounts, as a query that may be read any number of times."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..decode import decode_page
from ..exceptions import InvalidParameter, KloudlessException
from ..export.api import export
from ..export.exporting import Exporting
from ..interchange.arrow import ArrowInterchange
from ..interchange.categories import which_categories
from ..interchange.frame import DtypeBackend, to_frame
from ..text.counts import count
from ..util import redact_url
from .query import EventQuery
from .reader import EventPage, EventReader, Kept, Readings

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..export.manifest import Manifest

__all__ = ["EventPage", "EventStream"]


class EventStream(EventQuery, ArrowInterchange, Exporting):
    """Activity, oldest first: a query. Nothing is fetched until you read it.

    `Account.events` makes one for an account, `read_events` for many. The query is immutable. Each
    iteration reads the stream from its beginning, with its own positions, so threads can read one
    stream at the same time. Only `to_frame` continues where an interrupted `to_frame` of the same
    thread stopped.

    Parameters
    ----------
    sources : mapping of str to (Account, str, int or None)
        The accounts, and where to begin each: a cursor, or None for the oldest event that the
        server keeps. The keys name the accounts in `positions`.
    page_size : int
        Events per request. Servers accept up to 1,000 or 2,000 (A).
    limit : int, optional
        Return at most this many events. With a filter, `latest_cursor` is then the position before
        the page in which the limit was reached.
    raw : bool
        Request the upstream service's own objects, for the column ``raw``.
    columns : sequence of str, optional
        Only these columns, which is faster.
    subscription : str or int, optional
        Read ``subscriptions/{subscription}/activity`` instead of ``events``. API version 2
        defaults to ``"default"``, since it has activity only there (A).
    since, until : str, datetime, timedelta, …, optional
        Only events of this period, in the notations of `kloudless_data.schema.times`; `until` is
        exclusive. The API cannot select by time (D): everything that the server keeps is read, and
        events before `since` are left out here. Reading ends with the first page whose events are
        all an hour later than `until` (A: how late an event may be delivered).
    types : str or sequence of str, optional
        Only events of these kinds: a word of the server (``type`` in API version 1;
        ``event_category``, ``event_type`` or ``event_subtype`` in version 2), or one of
        `kloudless_data.schema.words.KINDS`, whatever the service calls it. Case does not matter.
    people : str or sequence of str, optional
        Only events by these people: an id, e-mail address or name. Case does not matter.
    follow : bool, str or timedelta
        Do not end: poll for new events every 15 seconds, or at the given interval (``"1m"``).
        Ctrl-C, a limit or `until` ends it, the last an hour later by the server's clock.
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.
    max_workers : int
        The largest number of concurrent requests.
    on_error : {"raise", "collect"}, optional
        As for `read_events`. By default the first error ends the stream.

    Attributes
    ----------
    schema : pyarrow.Schema
        The schema of every record batch; the same for an empty stream.
    positions : dict of str to str or None
        Where to begin next time, by account: after the last event that the latest reading
        returned; for a single account also `latest_cursor`. Each thread sees its own latest
        reading; a thread that has not read the stream sees the one that began last. `read` returns
        a reading with its own.
    failures : dict of str to KloudlessException
        The errors of those among many accounts that the latest reading could not read to their
        end.

    Raises
    ------
    InvalidParameter
        For a page size below 1, a negative limit, a column that does not exist, or a time that
        cannot be parsed.

    Notes
    -----
    A filtered stream is complete only as far as the server keeps events: 10,000 per account, or 24
    hours (D). For more, keep an archive and filter that.

    Examples
    --------
    >>> from kloudless_data import Account
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=2500) as sandbox:
    ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    ...     events = account.events(page_size=1000)
    ...     [batch.num_rows for batch in events]
    [1000, 1000, 500]
    """

    def _prepare(self) -> None:
        self._readings = Readings()
        self._began_last: EventReader | None = None

    @property
    def positions(self) -> dict[str, str | None]:
        """Where to begin next time, by account."""
        latest = self._latest
        return dict(self.begin) if latest is None else latest.positions

    @property
    def latest_cursor(self) -> str | None:
        """The position after the last event of the latest reading, for a single account."""
        return next(iter(self.positions.values())) if len(self.begin) == 1 else None

    @property
    def failures(self) -> dict[str, KloudlessException]:
        """The errors of accounts that the latest reading could not read to their end."""
        return {} if self._latest is None else self._latest.failures

    @property
    def _latest(self) -> EventReader | None:
        return self._readings.latest or self._began_last

    def _repr_html_(self) -> str:
        from ..display.html import card, table

        many, kept = len(self.accounts) > 1, self._readings.kept
        facts = [
            ("Accounts", len(self.accounts) if many else redact_url(self.account.url)),
            ("From", "where each begins" if many else self.cursor or "the oldest event kept"),
            ("At the most", None if self.limit is None else count(self.limit, "event")),
            ("Only", None if self.filter is None else _in_words(self.filter)),
            ("Columns", len(self.schema.names)),
            ("Read and kept", sum(each.batch.num_rows for each in kept) or None),
        ]
        preview = ""
        if kept:
            frame = self.partial().tail(5)
            names = [n for n in ("modified", "type", "metadata_name", "user_id") if n in frame]
            preview = table(names, frame[names].astype(str).to_numpy().tolist())
        return card(
            "EventStream", facts, preview=preview,
            note="Read it with to_frame(), to_csv(), to_parquet() or to_jsonl().",
        )  # fmt: skip

    def read(self, resume: Mapping[str, str | None] | None = None, done: int = 0) -> EventReader:
        """Begin a reading, which has its own positions and failures.

        Nothing is fetched until you iterate over it.

        Parameters
        ----------
        resume : mapping of str to str or None, optional
            Positions to continue from, instead of the stream's beginning.
        done : int
            The number of events already returned, which count towards `limit`.

        Returns
        -------
        EventReader
            It becomes the latest reading of this thread.

        Examples
        --------
        >>> from kloudless_data import Account
        >>> from kloudless_data.sandbox import Sandbox
        >>> with Sandbox(accounts=1, events=300) as sandbox:
        ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        ...     reading = account.events(page_size=100).read()
        ...     first = next(iter(reading))
        ...     reading.given, reading.latest_cursor is not None
        (100, True)
        """
        reader = EventReader(self._plan, self.decode, resume, done)
        self._readings.latest = self._began_last = reader
        return reader

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Return the events as record batches, one per page, in bounded memory."""
        return iter(self.read())

    def decode(self, page: EventPage) -> pa.RecordBatch:
        """Return a page's events as a record batch of `schema`."""
        batch = decode_page(page.envelope, self._plan.schema, raw=self.raw, columns=self.columns)
        return batch.slice(0, page.rows) if page.rows < batch.num_rows else batch

    def pages(
        self,
        resume: Mapping[str, str | None] | None = None,
        done: int = 0,
        *,
        empty: bool = False,
    ) -> Generator[EventPage, None, None]:
        """Return the pages of a new reading.

        Parameters
        ----------
        resume, done
            As for `read`.
        empty : bool
            As for `EventReader.pages`.

        Returns
        -------
        generator of EventPage
        """
        return self.read(resume, done).pages(empty=empty)

    def to_frame(
        self,
        *,
        dtype_backend: DtypeBackend | None = None,
        categories: bool | Sequence[str] = False,
    ) -> pd.DataFrame:
        """Read the stream into a DataFrame.

        If interrupted (Ctrl-C, a lost connection), it keeps what it has read: call it again to
        continue, or call `partial`.

        Parameters
        ----------
        dtype_backend : {"numpy_nullable", "pyarrow"}, optional
            As in pandas.
        categories : bool or sequence of str
            Columns to convert to ``category``, which takes a fraction of the memory if values
            repeat. True converts those for kinds, accounts, addresses and people:
            `kloudless_data.interchange.categories.repeating_columns`.

        Returns
        -------
        pandas.DataFrame
            One row per event, oldest first. Ids and texts are strings, times ``datetime64[us,
            UTC]``, sizes integers. Fields that the schema does not know are in ``extra``, as JSON
            text.

        Raises
        ------
        APIException
            A page could not be read; what was read before is kept.
        InvalidParameter
            A category is not a column; nothing is requested.
        """
        names = which_categories(categories, self.schema)
        return to_frame(
            self._read_all(), self.schema, dtype_backend=dtype_backend, categories=names
        )

    def _read_all(self) -> list[pa.RecordBatch]:
        """Read the stream into memory, continuing an interrupted reading of this thread."""
        self._check_end()
        kept = self._readings.kept
        resume = {**self.begin, **{each.source: each.position for each in kept}}
        done = sum(each.batch.num_rows for each in kept)
        with contextlib.closing(self.pages(resume if kept else None, done)) as pages:
            for page in pages:
                # In one step, so that an interruption finds both or neither.
                kept.append(Kept(self.decode(page), page.source, page.position))
        self._readings.kept = []
        return [each.batch for each in kept]

    def _check_end(self) -> None:
        """Refuse to wait forever."""
        if self._plan.is_endless:
            raise InvalidParameter(
                "A stream that follows never ends, so it fits in no table and no file. Iterate "
                "over it (for batch in stream), or give it a limit or until."
            )

    def record_batches(self) -> pa.RecordBatchReader:
        """Begin a reading, for libraries that accept Arrow streams.

        Returns
        -------
        pyarrow.RecordBatchReader
            With the schema `schema`; nothing is fetched until it is read.

        Examples
        --------
        >>> import pyarrow as pa
        >>> from kloudless_data import Account
        >>> from kloudless_data.sandbox import Sandbox
        >>> with Sandbox(accounts=1, events=10) as sandbox:
        ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        ...     pa.table(account.events(columns=["id", "type"])).shape
        (10, 2)
        """
        import pyarrow as pa

        self._check_end()
        return pa.RecordBatchReader.from_batches(self.schema, iter(self))

    def to_arrow(self) -> pa.Table:
        """Read the stream into an Arrow table; continue after an interruption, like `to_frame`."""
        import pyarrow as pa

        return pa.Table.from_batches(self._read_all(), self.schema)

    def partial(
        self,
        *,
        dtype_backend: DtypeBackend | None = None,
        categories: bool | Sequence[str] = False,
    ) -> pd.DataFrame:
        """Return what an interrupted `to_frame` has read so far, without reading on.

        Parameters
        ----------
        dtype_backend, categories
            As for `to_frame`.

        Returns
        -------
        pandas.DataFrame
            Empty if no `to_frame` of this thread was interrupted.
        """
        batches = [each.batch for each in self._readings.kept]
        return to_frame(batches, self.schema, dtype_backend=dtype_backend, categories=categories)

    def export(self, path: str | os.PathLike[str], format: str, **options: Any) -> Manifest:
        """Write the stream to a file or a folder of files, in bounded memory.

        Parameters
        ----------
        path, format, **options
            As for `kloudless_data.export.api.export`. JSON Lines holds the events as the server
            sent them.

        Returns
        -------
        Manifest
        """
        self._check_end()
        return export(self, path, format, **options)


def _in_words(filter: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value if isinstance(value, str) else ' or '.join(value)}"
        for name, value in filter.items()
    )
