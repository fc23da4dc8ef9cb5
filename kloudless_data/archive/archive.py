"""`Archive`: many accounts' activity on disk or on S3, synced, queried and accounted for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..client import Client
from ..exceptions import ArchiveFailed, InvalidParameter, MissingPackage, VerificationFailed
from ..schema.columns import events_schema
from ..util import logger
from .chain import read_chains
from .clock import utc_now
from .compaction import compact, vacuum
from .connection import disconnected_in, note_disconnected, note_returned
from .coverage import LEDGER_COLUMNS, LOST, POSSIBLY_LOST, Retention, corrected, coverage_of
from .delta.tables import Tables
from .discovery import accounts_of
from .ledger import OWN, ledger_schema
from .queries import scan, sql, times_in
from .report import SyncReport
from .restart import restart
from .selection import several, where
from .sync import Syncing
from .verify import Findings, problems_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds

    from ..export.manifest import Manifest

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
        from ..display.html import card, table

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
        found = accounts_of(accounts)
        if not (found.accounts or found.everybody):
            return SyncReport(failures=dict(found.failures), unseen=found.unseen)
        self._prepare(_version_of(accounts, found.accounts.values()))
        # Before the reading, so that no kill keeps it out of the ledger.
        absent = note_disconnected(self._tables, self._now, found)
        options = {
            "max_workers": max_workers, "page_size": page_size, "flush_rows": flush_rows,
            "now": self._now, "connected": found.connected, "absent": absent,
        }  # fmt: skip
        report = self._sync(found.accounts, executor, progress, options)
        returned = set(found.accounts) - set(report.failures) - set(report.superseded)
        report.disconnected = note_returned(self._tables, self._now, returned & absent)
        report.failures |= found.failures
        report.unseen = found.unseen
        return report

    def _sync(
        self,
        accounts: dict[str, Account],
        executor: Any,
        progress: bool | None,
        options: dict[str, Any],
    ) -> SyncReport:
        if executor is not None and accounts:
            from .dask import sync_on

            return sync_on(executor, self._tables, accounts, options, progress)
        return Syncing(self._tables, accounts, progress=progress, **options).run()

    def restart(self, account: str) -> None:
        """Discard an account's position: its next sync begins with the oldest event kept.

        For an account whose position the server refuses for good, in words that are not taken for
        an expired cursor. What is archived stays, events that come again are not added again, and
        the ledger records it: until the next sync, events of the account are possibly lost.

        Parameters
        ----------
        account : str
            Its id, as in `status`.

        Raises
        ------
        InvalidParameter
            The archive does not know the account.
        ArchiveFailed
            A sync of the account got in the way.
        """
        restart(self._tables, self._now, str(account))

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
        self._tables.add_columns("events", wanted.arrow())
        self._tables.add_columns("ledger", ledger_schema())

    def dataset(self) -> ds.Dataset:
        """Return the events as an Arrow dataset, nothing read yet."""
        return self._tables.dataset(self._tables.open("events"))

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
        return scan(self._tables, columns, where(accounts, since, until, types))[1]

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

        Raises
        ------
        InvalidParameter
            There is no such column, or what is given is no time.
        ArchiveFailed
            A data file is missing or damaged.
        """
        import pyarrow as pa

        from ..decode.decode import to_frame

        order = ["account_key", "ordinal"]
        read = None if columns is None else list(dict.fromkeys([*columns, *order]))
        schema, batches = scan(self._tables, read, where(accounts, since, until, types))
        table = pa.Table.from_batches(batches, schema).sort_by([(n, "ascending") for n in order])
        table = table if columns is None else table.select(list(columns))
        return to_frame(table.to_batches(), table.schema)

    def sql(self, query: str) -> pd.DataFrame:
        """Query the tables ``events``, ``ledger`` and ``coverage`` with DuckDB.

        Events are read where they are, and only what the query needs of them. ``ledger`` has the
        entries that count, those of compactions and the like under the account ``""``.

        Parameters
        ----------
        query : str
            Such as ``"select type, count(*) from events group by type"``.

        Raises
        ------
        InvalidParameter
            DuckDB does not take the query.
        """
        return sql(self._tables, self.coverage, query)

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
            ``"covered"``, ``"empty"`` (asked, and nothing was there, nor came later),
            ``"possibly lost"`` or ``"lost"``; ``events``, ``reason``. Before an account's first
            interval and after its last one nothing is known.
        """
        wanted = None if accounts is None else several(accounts)
        entries = self._entries(LEDGER_COLUMNS, wanted)
        coverage = coverage_of(entries[entries["account"] != OWN], self.retention)
        return corrected(coverage, partial(times_in, self._tables))

    def _entries(
        self, columns: Iterable[str], accounts: Iterable[str] | None = None
    ) -> pd.DataFrame:
        """Return the ledger's entries that count."""
        from ..decode.decode import to_frame

        names, snapshot = list(columns), self._tables.open("events")
        rows = read_chains(self._tables, snapshot, names, accounts).entries.select(names)
        return to_frame(rows.to_batches(), rows.schema)

    def status(self) -> pd.DataFrame:
        """Return a row an account: its rows, its last event and sync, what may be missing.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``rows``, ``last_modified``, ``synced``, ``lost`` (how many intervals are
            lost or possibly lost), ``disconnected`` (the application no longer lists it),
            ``failure`` (why the latest sync could not read it to its end).
        """
        entries = self._entries(dict.fromkeys([*LEDGER_COLUMNS, "rows", "failure"]))
        entries = entries[entries["account"] != OWN]
        status = entries.groupby("account", as_index=False).agg(
            rows=("rows", "sum"), last_modified=("last_modified", "max"),
            synced=("answered", "last"),
        )  # fmt: skip
        coverage = coverage_of(entries, self.retention)
        lost = coverage[coverage["state"].isin([LOST, POSSIBLY_LOST])].groupby("account").size()
        status["lost"] = status["account"].map(lost).fillna(0).astype("int64")
        disconnected = disconnected_in(self._tables, self._tables.open("events"))
        status["disconnected"] = status["account"].isin(list(disconnected))
        status["failure"] = entries.groupby("account")["failure"].nth(-1).to_numpy()
        return status

    def verify(self, *, anchors: Iterable[str] = (), progress: bool | None = None) -> int:
        """Check every file and every entry of the ledger.

        Files that another program rewrote (OPTIMIZE) are checked by their rows and the digests that
        the ledger has of the rows' values; that this happened is logged as a warning.

        Parameters
        ----------
        anchors : iterable of str
            `SyncReport.anchor` of earlier syncs, that were kept elsewhere. Whoever can write the
            archive can make all of it anew; what they cannot make is an archive that has grown
            out of those.
        progress : bool, optional
            Show a progress bar; default: when somebody can see it.

        Returns
        -------
        int
            How many entries were checked.

        Raises
        ------
        VerificationFailed
            Something was removed, altered, reordered or added.
        InvalidParameter
            What is given is no anchor.
        """
        findings = Findings()
        problems = list(problems_of(self._tables, several(anchors), progress, findings))
        if problems:
            raise VerificationFailed(problems, "Restore the archive from a copy.")
        for note in findings.notes:
            logger.warning("%s: %s", self.path, note)
        return findings.entries

    def compact(
        self,
        *,
        target_mb: float = 128,
        vacuum_hours: float | None = None,
        progress: bool | None = None,
    ) -> int:
        """Make good-sized files of many small ones; return how many were replaced.

        Syncs can go on meanwhile. The files that are replaced stay on the disk for those who read
        them right now.

        Parameters
        ----------
        target_mb : float
            How large files become, in millions of bytes. So much, about eight times as large when
            it is not compressed, is in memory at a time.
        vacuum_hours : float, optional
            Delete files that were replaced, or left behind by syncs that were killed, so long ago;
            at least 1, and longer than any sync takes. 168, a week, is what Delta Lake advises.
        progress : bool, optional
            Show a progress bar; default: when somebody can see it.

        Raises
        ------
        InvalidParameter
            `vacuum_hours` is less than 1.
        ArchiveFailed
            Another compaction got in the way.
        """
        if vacuum_hours is not None and vacuum_hours < 1:
            raise InvalidParameter("vacuum_hours must be at least 1: syncs may be under way.")
        replaced = compact(self._tables, self._now, int(target_mb * 1_000_000), progress)
        if vacuum_hours is not None:
            vacuum(self._tables, vacuum_hours)
        return replaced

    def export(
        self, path: str | os.PathLike[str], format: str, *, force: bool = False, **which: Any
    ) -> Manifest:
        """Write events to a file, in bounded memory, with a manifest.

        Parameters
        ----------
        path, format, force
            As for `kloudless_data.export.api.export`.
        **which
            As for `events`.
        """
        from ..export.api import export_batches

        columns = which.pop("columns", None)
        conditions = [which.pop(name, None) for name in ("accounts", "since", "until", "types")]
        if which:
            raise InvalidParameter(f"An export of an archive takes no {', '.join(which)}.")
        schema, batches = scan(self._tables, columns, where(*conditions))
        return export_batches(batches, schema, path, format, name="archive", force=force)


def _version_of(accounts: Any, found: Iterable[Account]) -> int:
    """Return the API version of all accounts; of none, the client's."""
    versions = {int(account.settings.api_version) for account in found}
    if len(versions) > 1:
        raise InvalidParameter("The accounts must have one api_version: their columns differ.")
    return versions.pop() if versions else int(accounts.settings.api_version)
