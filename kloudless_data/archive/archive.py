"""`Archive`: many accounts' activity on disk or on S3, synced, queried and accounted for."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..client import Client
from ..exceptions import ArchiveFailed, InvalidParameter, MissingPackage, VerificationFailed
from ..schema import events_schema
from .checking import problems_of
from .compaction import OWN, own_entry
from .coverage import Retention, coverage_frame, intervals_of
from .ledger import Entry, ledger_schema
from .sync import Syncing, SyncReport
from .tables import Tables, transaction_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds

    from ..manifest import Manifest

__all__ = ["Archive"]


class Archive:
    """Activity that a server would forget, each event once, and the ledger of what was covered.

    Two Delta Lake tables, ``events`` and ``ledger``, that DuckDB, Polars, Spark and Trino read as
    they are. Rows and the position behind them become visible in one commit: a sync that is killed,
    or two of the same account at a time, neither lose nor double an event.

    Parameters
    ----------
    path : str or path
        A folder, or a URL such as ``s3://bucket/archive``.
    storage_options : mapping of str to str, optional
        As deltalake takes them, such as ``AWS_ENDPOINT_URL``.
    retention : Retention
        What the server keeps; for `coverage`.
    now : callable
        Gives the time, UTC; for a server whose clock is not this machine's.

    Examples
    --------
    >>> import tempfile
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=2, events=50) as sandbox, tempfile.TemporaryDirectory() as folder:
    ...     archive = Archive(f"{folder}/archive")
    ...     client = Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    ...     first, again = archive.sync(client), archive.sync(client)
    ...     first.events, again.events, len(archive.events())
    (100, 0, 100)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        storage_options: Mapping[str, str] | None = None,
        retention: Retention | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        try:
            import deltalake  # noqa: F401
        except ModuleNotFoundError:
            raise MissingPackage(
                'The archive needs deltalake and DuckDB. Install: pip install "kloudless-data'
                '[archive]"'
            ) from None
        self._tables = Tables(os.fspath(path), storage_options)
        self.retention = retention or Retention()
        self._now = now or utc_now

    @property
    def path(self) -> str:
        """Where the archive is."""
        return self._tables.path

    def exists(self) -> bool:
        """Tell whether there is an archive at `path`."""
        return self._tables.exist()

    def __repr__(self) -> str:
        return f"<Archive {self.path}>"

    def _repr_html_(self) -> str:
        from ..display import card, table

        if not self._tables.exist():
            return card("Archive", [], name=self.path, note="Empty: sync(accounts) makes it.")
        status = self.status()
        facts = [("Accounts", len(status)), ("Events", f"{int(status['rows'].sum()):,}")]
        rows = status.head(5).astype(str).to_numpy().tolist()
        preview = table(list(status.columns), rows)
        return card("Archive", facts, name=self.path, preview=preview)

    def init(self, api_version: int = 1) -> None:
        """Make an empty archive; `sync` does so by itself. One that is there stays as it is."""
        schema = events_schema(api_version)
        self._tables.create(schema.arrow(), f"{schema.name}/{schema.version}")

    def sync(
        self,
        accounts: Client | Account | Sequence[Account],
        *,
        max_workers: int = 8,
        page_size: int = 1000,
        flush_rows: int = 250_000,
        executor: Any = None,
        progress: bool | None = None,
    ) -> SyncReport:
        """Add what is new.

        Parameters
        ----------
        accounts : Client, Account or sequence of Account
            A `Client` with an API key stands for all of its application's accounts.
        max_workers : int
            How many requests are under way at the most.
        page_size : int
            Events a request.
        flush_rows : int
            Commit whenever so many events have been read.
        executor : distributed.Client, optional
            Spreads the accounts over the workers of a Dask cluster, `max_workers` requests each;
            all commit to this archive, which they must reach under the same path. Credentials are
            sent to the workers, and are in no name or log there. A worker that dies costs nothing
            but its time.
        progress : bool, optional
            Show a progress bar; default: when somebody can see it.

        Returns
        -------
        SyncReport
            One account's failure keeps no other from being read; see ``failures``.

        Raises
        ------
        ArchiveFailed
            The archive cannot be read or written, or is of another API version.
        """
        discovered = isinstance(accounts, Client) and not isinstance(accounts, Account)
        keyed = _keyed(accounts)
        if not keyed:
            raise InvalidParameter("There is no account to sync.")
        versions = {int(account.settings.api_version) for account in keyed.values()}
        if len(versions) > 1:
            raise InvalidParameter("The accounts must have one api_version: their columns differ.")
        self._prepare(versions.pop())
        options: dict[str, Any] = {
            "now": self._now,
            "max_workers": max_workers,
            "page_size": page_size,
            "flush_rows": flush_rows,
        }
        if executor is None:
            report = Syncing(self._tables, keyed, progress=progress, **options).run()
        else:
            from .spreading import sync_on

            report = sync_on(executor, self._tables, keyed, options, progress)
        if discovered:
            report.gone = self._note_gone(set(keyed))
        return report

    def _note_gone(self, there: set[str]) -> list[str]:
        """Write into the ledger which accounts the application has no more, when that changes."""
        from deltalake.exceptions import CommitFailedError

        snapshot = self._tables.open("events")
        chains = self._tables.chains(snapshot)
        gone = sorted(set(chains) - there - {OWN})
        if gone != _known_gone(chains):
            asked = self._now()
            entry = own_entry(self._tables, snapshot, asked, self._now(), gone=gone)
            with contextlib.suppress(CommitFailedError):  # another was faster: the next sync's turn
                self._tables.commit(snapshot, [], {transaction_of(OWN): entry.version})
        return gone

    def _prepare(self, api_version: int) -> None:
        if not self._tables.exist():
            self.init(api_version)
        table = self._tables.open("events")
        name = str(table.metadata().description).partition("/")[0]
        wanted = events_schema(api_version)
        if name != wanted.name:
            raise ArchiveFailed(
                f"The archive {self.path} holds {name}, and these accounts have {wanted.name}. "
                "Use another archive for them."
            )
        self._add_columns(table, wanted.arrow())
        self._add_columns(self._tables.open("ledger"), ledger_schema())

    def _add_columns(self, table: Any, wanted: pa.Schema) -> None:
        """Add the columns that this version of the package knows and the archive does not."""
        from deltalake import Field, Schema

        there = {field.name for field in table.schema().fields}
        new = [name for name in wanted.names if name not in there]
        if new:
            fields: list[Field] = [
                field for field in Schema.from_arrow(wanted).fields if field.name in new
            ]
            table.alter.add_columns(fields)

    def dataset(self) -> ds.Dataset:
        """Return the events as an Arrow dataset, nothing read yet."""
        return self._tables.open("events").to_pyarrow_dataset()

    def local_files(self) -> list[str]:
        """Return the paths of the events' Parquet files, if they are on this machine; else none.

        They lack the column ``month``, which is in their folders' names.
        """
        if "://" in self.path:
            return []
        root = self._tables.uri("events")
        active = self._tables.active_files(self._tables.open("events"))
        return [f"{root}/{path}" for path in sorted(active)]

    def batches(
        self,
        *,
        accounts: Iterable[str] | str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        types: Iterable[str] | str | None = None,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield events as record batches, in bounded memory; see `events`."""
        scanner = self.dataset().scanner(
            columns=None if columns is None else list(columns),
            filter=_filter(accounts, since, until, types),
        )
        yield from scanner.to_batches()

    def events(
        self,
        *,
        accounts: Iterable[str] | str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        types: Iterable[str] | str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return events as a DataFrame.

        Parameters
        ----------
        accounts : str or iterable of str, optional
            Only of these.
        since, until : datetime or str, optional
            Only with ``since <= modified < until``; without a time zone, UTC.
        types : str or iterable of str, optional
            Only of these types, such as ``"delete"``.
        columns : sequence of str, optional
            Only these columns.

        Returns
        -------
        pandas.DataFrame
            The events' columns and ``account_key``, ``ordinal`` (the server's order within an
            account) and ``month``; each account's events in order.
        """
        from ..decode import to_frame

        dataset = self.dataset()
        wanted = list(dataset.schema.names if columns is None else columns)
        order = ["account_key", "ordinal"]
        read = [*wanted, *(name for name in order if name not in wanted)]
        scanner = dataset.scanner(columns=read, filter=_filter(accounts, since, until, types))
        table = scanner.to_table().sort_by([(name, "ascending") for name in order]).select(wanted)
        return to_frame(table.to_batches(), table.schema)

    def sql(self, query: str) -> pd.DataFrame:
        """Query the tables ``events``, ``ledger`` and ``coverage`` with DuckDB; nothing is copied.

        Parameters
        ----------
        query : str
            Such as ``"select type, count(*) from events group by type"``.

        Raises
        ------
        InvalidParameter
            DuckDB does not take the query.
        """
        import duckdb

        with contextlib.closing(duckdb.connect()) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.register("events", self.dataset())
            connection.register("ledger", self._tables.open("ledger").to_pyarrow_dataset())
            connection.register("coverage", self.coverage())
            try:
                with warnings.catch_warnings():
                    # DuckDB uses what pandas is about to drop.
                    warnings.simplefilter("ignore", DeprecationWarning)
                    return connection.execute(query).df()
            except duckdb.Error as error:
                raise InvalidParameter(f"The query cannot be run: {error}") from None

    def coverage(self, accounts: Iterable[str] | None = None) -> pd.DataFrame:
        """Return what can be said of which time.

        Parameters
        ----------
        accounts : iterable of str, optional
            Only of these.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``start`` and ``end`` (from exclusive, to inclusive), ``state``:
            ``"covered"``, ``"empty"`` (asked, and nothing was there), ``"possibly lost"`` or
            ``"lost"``; ``events``, ``reason``. Before an account's first interval and after its
            last one nothing is known.
        """
        chains = self._tables.chains(self._tables.open("events"))
        wanted = set(chains) - {""} if accounts is None else set(accounts)
        return coverage_frame(
            interval
            for account in sorted(wanted)
            for interval in intervals_of(chains.get(account, []), self.retention)
        )

    def status(self) -> pd.DataFrame:
        """Return a row an account: its rows, its last event and sync, what may be missing.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``rows``, ``last_modified``, ``synced``, ``lost`` (how many intervals are
            lost or possibly lost), ``gone`` (the application has the account no more).
        """
        import pandas as pd

        rows = []
        chains = self._tables.chains(self._tables.open("events"))
        gone = _known_gone(chains)
        for account, chain in sorted(chains.items()):
            if not account:
                continue
            found = [i for i in intervals_of(chain, self.retention) if "lost" in i.state]
            times = [entry.last_modified for entry in chain if entry.last_modified]
            rows.append(
                {
                    "account": account,
                    "rows": sum(entry.rows for entry in chain),
                    "last_modified": max(times, default=None),
                    "synced": chain[-1].answered if chain else None,
                    "lost": len(found),
                    "gone": account in gone,
                }
            )
        names = ["account", "rows", "last_modified", "synced", "lost", "gone"]
        return pd.DataFrame(rows, columns=names)

    def verify(self, *, progress: bool | None = None) -> int:
        """Check every file and every entry of the ledger.

        Returns
        -------
        int
            How many entries were checked.

        Raises
        ------
        VerificationFailed
            Something was removed, altered, reordered or added.
        """
        problems = list(problems_of(self._tables, progress))
        if problems:
            raise VerificationFailed(problems, "Restore the archive from a copy.")
        chains = self._tables.chains(self._tables.open("events"))
        return sum(map(len, chains.values()))

    def compact(self, *, vacuum_hours: float | None = None) -> int:
        """Make one file of each month that has several; return how many were replaced.

        Syncs can go on meanwhile. The files that are replaced stay on the disk for those who read
        them right now.

        Parameters
        ----------
        vacuum_hours : float, optional
            Delete files that were replaced, or left behind by syncs that were killed, so long ago;
            at least 1, and longer than any sync takes. 168, a week, is what Delta Lake advises.

        Raises
        ------
        InvalidParameter
            `vacuum_hours` is less than 1.
        """
        from .compaction import compact, vacuum

        if vacuum_hours is not None and vacuum_hours < 1:
            raise InvalidParameter("vacuum_hours must be at least 1: syncs may be under way.")
        replaced = compact(self._tables, self._now)
        if vacuum_hours is not None:
            vacuum(self._tables, vacuum_hours)
        return replaced

    def export(
        self, path: str | os.PathLike[str], format: str, *, force: bool = False, **where: Any
    ) -> Manifest:
        """Write events to a file, in bounded memory, with a manifest.

        Parameters
        ----------
        path, format, force
            As for `kloudless_data.export.export`.
        **where
            As for `events`.
        """
        from ..export import export_batches

        columns = where.get("columns")
        schema = self.dataset().schema
        if columns is not None:
            import pyarrow as pa

            schema = pa.schema([schema.field(name) for name in columns])
        return export_batches(self.batches(**where), schema, path, format, name="archive",
                              force=force)  # fmt: skip


def utc_now() -> datetime:
    return datetime.now(UTC)


def _known_gone(chains: Mapping[str, Sequence[Entry]]) -> list[str]:
    """Return the accounts that the ledger says are gone."""
    said = [entry.gone for entry in chains.get(OWN, []) if entry.gone is not None]
    return said[-1] if said else []


def _keyed(accounts: Client | Account | Sequence[Account]) -> dict[str, Account]:
    """Return accounts by their id."""
    if isinstance(accounts, Account):
        accounts = [accounts]
    if isinstance(accounts, Client):
        accounts = _discovered(accounts)
    keyed: dict[str, Account] = {}
    for account in accounts:
        key = account.account_id
        if key == "me":
            key = str(account.get().data["id"])
        keyed[key] = account
    return keyed


def _discovered(client: Client) -> list[Account]:
    from ..listings import list_accounts

    if client.api_key is None:
        raise InvalidParameter(
            "A client needs an API key to stand for all accounts. Give a list of accounts instead."
        )
    settings = client.settings
    return [
        Account(
            api_key=client.api_key,
            account_id=id,
            base_url=settings.base_url,
            api_version=settings.api_version,
        )
        for id in list_accounts(client)["id"]
    ]


def _filter(
    accounts: Iterable[str] | str | None,
    since: datetime | str | None,
    until: datetime | str | None,
    types: Iterable[str] | str | None,
) -> ds.Expression | None:
    """Return what selects events; months too, so that other months' files are not opened."""
    import pyarrow.dataset as ds

    parts = []
    if accounts is not None:
        parts.append(ds.field("account_key").isin(_several(accounts)))
    if types is not None:
        parts.append(ds.field("type").isin(_several(types)))
    if since is not None:
        moment = _moment(since)
        parts.append(ds.field("modified") >= moment)
        parts.append(ds.field("month") >= moment.strftime("%Y-%m"))
    if until is not None:
        moment = _moment(until)
        parts.append(ds.field("modified") < moment)
        parts.append(ds.field("month") <= moment.strftime("%Y-%m"))
    whole = None
    for part in parts:
        whole = part if whole is None else whole & part
    return whole


def _several(values: Iterable[str] | str) -> list[str]:
    return [values] if isinstance(values, str) else [str(value) for value in values]


def _moment(value: datetime | str) -> datetime:
    import pandas as pd

    try:
        moment = pd.Timestamp(value)
    except ValueError:
        raise InvalidParameter(f"{value!r} is no time. Write it like 2026-03-01T12:00.") from None
    moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")
    found: datetime = moment.to_pydatetime()
    return found
