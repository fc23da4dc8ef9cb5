"""`EventStream`: an account's activity, read page by page."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..decode.decode import decode_page, to_frame
from ..display.progress import progress_bar
from ..exceptions import AccountsFailed, APIException, InvalidParameter, KloudlessException
from ..paging.prefetch import ReadAhead
from ..schema.categories import which_categories
from ..schema.columns import Schema, events_schema
from ..schema.dtypes import DtypeBackend
from ..util import redact_url
from .reader import AccountReader, EventPage, read_many, read_one

if TYPE_CHECKING:
    import os

    import pandas as pd
    import pyarrow as pa

    from ..account import Account
    from ..export.manifest import Manifest

__all__ = ["EventPage", "EventStream", "read_events"]


class EventStream:
    """Activity, oldest first. Nothing is fetched before it is asked for.

    `Account.events` makes one of an account, `read_events` one of many. Every iteration reads the
    stream from its beginning; only `to_frame` goes on where an interrupted `to_frame` stopped.

    Parameters
    ----------
    sources : mapping of str to (Account, str, int or None)
        Whose activity, and where to begin: a cursor, or None for the oldest event that the server
        keeps. The keys name the accounts in `positions`.
    page_size : int
        Events a request. Servers take up to 1,000 or 2,000 (A).
    limit : int, optional
        Read no more events than this.
    raw : bool
        Ask for the upstream service's own objects, for the column ``raw``.
    columns : sequence of str, optional
        Only these columns, which is faster.
    subscription : str or int, optional
        Read ``subscriptions/{subscription}/activity`` instead of ``events``. API version 2
        defaults to ``"default"``, since it has activity only there (A).
    progress : bool, optional
        Show a progress bar; default: when somebody can see it.
    max_workers : int
        How many accounts are asked at a time.
    on_error : {"raise", "collect"}, optional
        As for `read_events`. By default the first error ends the stream.

    Attributes
    ----------
    schema : pyarrow.Schema
        Of every record batch; the same for an empty stream.
    positions : dict of str to str or None
        The position after the last event that the latest iteration gave, by account; for one
        account also `latest_cursor`. Store it, and begin there next time.
    failures : dict of str to KloudlessException
        Of many accounts, those that could not be read to their end.

    Raises
    ------
    InvalidParameter
        For a page size below 1, a negative limit, or a column that does not exist.

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

    def __init__(
        self,
        sources: Mapping[str, tuple[Account, str | int | None]],
        *,
        page_size: int = 1000,
        limit: int | None = None,
        raw: bool = False,
        columns: Sequence[str] | None = None,
        subscription: str | int | None = None,
        progress: bool | None = None,
        max_workers: int = 1,
        on_error: Literal["raise", "collect"] | None = None,
    ) -> None:
        self.accounts = {source: account for source, (account, _) in sources.items()}
        self.begin = {
            source: None if cursor is None else str(cursor)
            for source, (_, cursor) in sources.items()
        }
        self.positions = dict(self.begin)
        self.page_size = _whole(page_size, "page_size")
        self.limit = limit if limit is None else _whole(limit, "limit", least=0)
        self.max_workers = _whole(max_workers, "max_workers")
        self.raw = bool(raw)
        self.columns = None if columns is None else list(columns)
        self.progress = progress
        self.on_error = on_error
        self.failures: dict[str, KloudlessException] = {}
        version = self.account.settings.api_version
        if subscription is None and version >= 2:
            subscription = "default"
        self.path = "events" if subscription is None else f"subscriptions/{subscription}/activity"
        self._schema: Schema = events_schema(version)
        self.schema: pa.Schema = self._schema.arrow(raw=self.raw, columns=self.columns)
        self._kept: list[tuple[pa.RecordBatch, str, str | None]] = []

    @property
    def account(self) -> Account:
        """The account; of many, the first."""
        return next(iter(self.accounts.values()))

    @property
    def latest_cursor(self) -> str | None:
        """The position after the last event that the latest iteration gave, of one account."""
        return next(iter(self.positions.values())) if len(self.positions) == 1 else None

    @property
    def cursor(self) -> str | None:
        """Where the stream begins, if it is of one account; None: with the oldest event kept."""
        return next(iter(self.begin.values())) if len(self.begin) == 1 else None

    @property
    def schema_name(self) -> str:
        """Name and version of the schema, such as ``"events.v1/1"``."""
        return f"{self._schema.name}/{self._schema.version}"

    def __repr__(self) -> str:
        if len(self.accounts) > 1:
            return f"<EventStream of {len(self.accounts)} accounts>"
        begin = "the oldest event kept" if self.cursor is None else f"cursor {self.cursor}"
        return f"<EventStream of {self.account.url} from {begin}>"

    def _repr_html_(self) -> str:
        from ..display.html import card, table

        many = len(self.accounts) > 1
        facts = [
            ("Accounts", len(self.accounts) if many else redact_url(self.account.url)),
            ("From", "where each begins" if many else self.cursor or "the oldest event kept"),
            ("At the most", None if self.limit is None else f"{self.limit:,} events"),
            ("Columns", len(self.schema.names)),
            ("Read and kept", sum(batch.num_rows for batch, *_ in self._kept) or None),
        ]
        preview = ""
        if self._kept:
            frame = self.partial().tail(5)
            names = [n for n in ("modified", "type", "metadata_name", "user_id") if n in frame]
            preview = table(names, frame[names].astype(str).to_numpy().tolist())
        return card(
            "EventStream", facts, preview=preview,
            note="to_frame(), to_csv(), to_parquet() and to_jsonl() read it.",
        )  # fmt: skip

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the events as record batches, one a page, in bounded memory."""
        with contextlib.closing(self.pages()) as pages:
            for page in pages:
                yield self.decode(page)

    def decode(self, page: EventPage) -> pa.RecordBatch:
        """Return a page's events as a record batch of `schema`."""
        batch = decode_page(page.envelope, self._schema, raw=self.raw, columns=self.columns)
        return batch.slice(0, page.rows) if page.rows < batch.num_rows else batch

    def pages(
        self,
        resume: Mapping[str, str | None] | None = None,
        done: int = 0,
        *,
        empty: bool = False,
    ) -> Generator[EventPage, None, None]:
        """Yield the pages that hold events, with a progress bar, while the next are fetched.

        After each, `positions` says where its account is. Close the generator when you stop early.

        Parameters
        ----------
        resume : mapping of str to str or None, optional
            Positions to go on from, instead of the stream's beginning.
        done : int
            How many events of `limit` have been read before.
        empty : bool
            Yield the pages without events too, such as most accounts' last one.

        Yields
        ------
        EventPage

        Raises
        ------
        APIException
            A page of the only account could not be read.
        AccountsFailed
            Of many accounts, some could not be read to their end; after all that could be.
        """
        self.positions = dict(self.begin if resume is None else resume)
        self.failures = {}
        left = None if self.limit is None else max(0, self.limit - done)
        with (
            progress_bar("Events", unit="events", total=left, show=self.progress) as bar,
            ReadAhead(self._read(left)) as pages,
        ):
            for page in pages:
                self.positions[page.source] = page.position
                if page.rows or empty:
                    bar.update(page.rows)
                    yield page
        if self.failures and self.on_error == "raise":
            raise AccountsFailed(self.failures)

    def _read(self, limit: int | None) -> Iterator[EventPage]:
        readers = [
            AccountReader(
                source, account, self.path, self.positions[source], self.page_size,
                limit=limit, raw=self.raw,
            )
            for source, account in self.accounts.items()
        ]  # fmt: skip
        if self.on_error is None:
            return itertools.chain.from_iterable(map(read_one, readers))
        return read_many(readers, self.max_workers, self.failures)

    def source_info(self) -> dict[str, Any]:
        """Return where the events come from, for a manifest.

        Returns
        -------
        dict
            ``server``, ``api_version`` and ``accounts``: the ``source``, ``id`` and ``service``
            of each. Asks each account once; what it does not answer is None.
        """
        settings = self.account.settings
        return {
            "server": settings.base_url,
            "api_version": settings.api_version,
            "accounts": [
                {"source": source, **_identity(account)}
                for source, account in self.accounts.items()
            ],
        }

    def to_frame(
        self,
        *,
        dtype_backend: DtypeBackend | None = None,
        categories: bool | Sequence[str] = False,
    ) -> pd.DataFrame:
        """Read the stream into a DataFrame.

        Interrupted (Ctrl-C, a lost connection), it keeps what was read: call it again to go on,
        or take `partial`.

        Parameters
        ----------
        dtype_backend : {"numpy_nullable", "pyarrow"}, optional
            As in pandas.
        categories : bool or sequence of str
            Columns to make ``category``, which takes a fraction of the memory where values repeat.
            True: those that name kinds, accounts, addresses and people, by
            `kloudless_data.schema.categories.repeating_columns`.

        Returns
        -------
        pandas.DataFrame
            One row an event, oldest first. Ids and texts are strings, times ``datetime64[us,
            UTC]``, sizes integers; what the schema does not know is in ``extra``, as JSON text.

        Raises
        ------
        APIException
            A page could not be read; what was read before is kept.
        InvalidParameter
            For a category that is not a column; nothing is requested.
        """
        names = which_categories(categories, self.schema)
        kept = self._kept
        resume = {**self.begin, **{source: position for _, source, position in kept}}
        done = sum(batch.num_rows for batch, *_ in kept)
        with contextlib.closing(self.pages(resume, done)) as pages:
            for page in pages:
                # In one step, so that an interruption finds both or neither.
                kept.append((self.decode(page), page.source, page.position))
        self._kept = []
        batches = [batch for batch, *_ in kept]
        return to_frame(batches, self.schema, dtype_backend=dtype_backend, categories=names)

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
            Empty when no `to_frame` was interrupted.
        """
        batches = [batch for batch, *_ in self._kept]
        return to_frame(batches, self.schema, dtype_backend=dtype_backend, categories=categories)

    def to_csv(self, path: str | os.PathLike[str], **kwargs: Any) -> Manifest:
        """Write the stream to a CSV file; see `kloudless_data.export.api.export`."""
        from ..export.api import export

        return export(self, path, "csv", **kwargs)

    def to_parquet(self, path: str | os.PathLike[str], **kwargs: Any) -> Manifest:
        """Write the stream to a Parquet file; see `kloudless_data.export.api.export`."""
        from ..export.api import export

        return export(self, path, "parquet", **kwargs)

    def to_jsonl(self, path: str | os.PathLike[str], **kwargs: Any) -> Manifest:
        """Write the events as the server sent them, one a line; see `kloudless_data.export.api`."""
        from ..export.api import export

        return export(self, path, "jsonl", **kwargs)

    def to_excel(self, path: str | os.PathLike[str], **kwargs: Any) -> Manifest:
        """Write the stream to an Excel workbook; see `kloudless_data.export.api.export`."""
        from ..export.api import export

        return export(self, path, "xlsx", **kwargs)


def read_events(
    accounts: Sequence[Account],
    *,
    cursors: Mapping[str, str | int | None] | None = None,
    max_workers: int = 8,
    on_error: Literal["raise", "collect"] = "raise",
    page_size: int = 1000,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    subscription: str | int | None = None,
    progress: bool | None = None,
) -> EventStream:
    """Return the activity of many accounts as one stream. Nothing is fetched yet.

    Accounts are read in parallel, each from its oldest to its newest event; between accounts there
    is no order. One that is slow, rate-limited or fails keeps none of the others waiting.

    Parameters
    ----------
    accounts : sequence of Account
        All of one API version.
    cursors : mapping, optional
        Where to begin, by account: what an earlier stream's ``positions`` were. Accounts that are
        not in it begin with the oldest event kept.
    max_workers : int
        How many requests are under way at the most.
    on_error : {"raise", "collect"}
        What to do about accounts that could not be read, when all others have been: raise
        `AccountsFailed`, or only note them in ``failures``. Either way what was read is kept.
    page_size, raw, columns, subscription, progress
        As for `EventStream`.

    Returns
    -------
    EventStream
        Its ``positions`` say where each account is, its ``failures`` which could not be read. The
        accounts are named by their id, or for tokens (``me``) by their place: ``"0"``, ``"1"``, …

    Raises
    ------
    InvalidParameter
        There is no account, one is there twice, or their API versions differ.

    Examples
    --------
    >>> import kloudless_data as kd
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=3, events=50) as sandbox:
    ...     accounts = [kd.Account(api_key=sandbox.api_key, account_id=a.id,
    ...                            base_url=sandbox.base_url) for a in sandbox.accounts]
    ...     len(kd.read_events(accounts).to_frame())
    150
    """
    accounts = list(accounts)
    if not accounts:
        raise InvalidParameter("There is no account to read.")
    if len({account.settings.api_version for account in accounts}) > 1:
        raise InvalidParameter("The accounts must have one api_version: their columns differ.")
    if on_error not in ("raise", "collect"):
        raise InvalidParameter(f"on_error is 'raise' or 'collect', not {on_error!r}.")
    named = {
        str(number) if account.account_id == "me" else account.account_id: account
        for number, account in enumerate(accounts)
    }
    if len(named) < len(accounts):
        raise InvalidParameter("An account is there twice.")
    return EventStream(
        {source: (account, (cursors or {}).get(source)) for source, account in named.items()},
        page_size=page_size,
        raw=raw,
        columns=columns,
        subscription=subscription,
        progress=progress,
        max_workers=max_workers,
        on_error=on_error,
    )


def _identity(account: Account) -> dict[str, str | None]:
    """Return an account's id and service; the id that was asked for if it will not say."""
    try:
        data = account.get().data
        return {"id": str(data["id"]), "service": data.get("service")}
    except (APIException, AttributeError, KeyError, TypeError):
        named = account.account_id
        return {"id": None if named == "me" else named, "service": None}


def _whole(value: object, name: str, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidParameter(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return value
