"""Read an archive: its events, its ledger, and both in other engines."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter, MissingPackage
from .chain import read_chains
from .connection import disconnected_in
from .coverage import LEDGER_COLUMNS, LOST, POSSIBLY_LOST, Retention, corrected, coverage_of
from .delta.tables import Tables
from .engines import in_dask, in_duckdb, in_polars, in_spark
from .ledger import OWN
from .queries import Answer, query_connection, scan, times_in
from .selection import event_filter, several

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds

    from ..export.manifest import Manifest

__all__ = ["ReadableArchive"]


class ReadableArchive:
    """The reading half of `kloudless_data.archive.Archive`.

    Parameters
    ----------
    path : str or path
    storage_options : mapping of str to str, optional
    retention : Retention, optional
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        storage_options: Mapping[str, str] | None = None,
        retention: Retention | None = None,
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

    @property
    def path(self) -> str:
        """The archive's folder or URL."""
        return self._tables.path

    @property
    def storage_options(self) -> dict[str, str]:
        """The options for its storage, which may include an object store's credentials."""
        return dict(self._tables.options)

    def exists(self) -> bool:
        """Return True if there is an archive at `path`."""
        return self._tables.exist()

    def __repr__(self) -> str:
        return f"<Archive {self.path}>"

    def _repr_html_(self) -> str:
        from ..display.html import card, table

        if not self._tables.exist():
            return card("Archive", [], name=self.path, note="Empty: sync(accounts) creates it.")
        status = self.status()
        facts = [("Accounts", len(status)), ("Events", f"{int(status['rows'].sum()):,}")]
        rows = status.head(5).astype(str).to_numpy().tolist()
        preview = table(list(status.columns), rows)
        return card("Archive", facts, name=self.path, preview=preview)

    def dataset(self) -> ds.Dataset:
        """Return the events as an Arrow dataset; nothing is read yet."""
        return self._tables.dataset(self._tables.open("events"))

    def local_files(self) -> list[str]:
        """Return the paths of the events' Parquet files, if they are on this machine.

        The files lack the column ``month``, which their folders' names give.
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
        """Yield events as record batches, in bounded memory; see `events`.

        Parameters
        ----------
        accounts : iterable of str or str, optional
            Only events of these accounts.
        since : datetime or str, optional
            Only events from this time on.
        until : datetime or str, optional
            Only events before this time.
        types : iterable of str or str, optional
            Only events of these types.
        columns : sequence of str, optional
            Only these columns.
        """
        return scan(self._tables, columns, event_filter(accounts, since, until, types))[1]

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
            Only events of these accounts.
        since, until : datetime or str, optional
            Only events with ``since <= modified < until``, in the notations of
            `kloudless_data.schema.times`.
        types : str or iterable of str, optional
            Only events of these types, such as ``"delete"``.
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
            A column does not exist, or `since` or `until` is not a time.
        ArchiveFailed
            A data file is missing or damaged.
        """
        import pyarrow as pa

        from ..interchange.frame import to_frame

        order = ["account_key", "ordinal"]
        read = None if columns is None else list(dict.fromkeys([*columns, *order]))
        schema, batches = scan(self._tables, read, event_filter(accounts, since, until, types))
        table = pa.Table.from_batches(batches, schema).sort_by([(n, "ascending") for n in order])
        table = table if columns is None else table.select(list(columns))
        return to_frame(table.to_batches(), table.schema)

    def sql(self, query: str) -> pd.DataFrame:
        """Query the tables ``events``, ``ledger`` and ``coverage`` with DuckDB.

        Events are read in place, and only those that the query needs. ``ledger`` has the valid
        entries; those about the archive itself, such as compactions, have the account ``""``.

        Parameters
        ----------
        query : str
            Such as ``"select month, count(*) from events group by month"``.

        Raises
        ------
        InvalidParameter
            DuckDB does not take the query.
        """
        with query_connection(self._tables, self.coverage, query) as connection:
            frame: pd.DataFrame = connection.execute(query).df()
            return frame

    @contextlib.contextmanager
    def query(self, query: str) -> Iterator[Answer]:
        """Query as `sql` does, and stream the rows in bounded memory.

        Parameters
        ----------
        query : str

        Yields
        ------
        Answer
            Its ``reader`` is a ``pyarrow.RecordBatchReader``; ``count()`` counts all rows.

        Raises
        ------
        InvalidParameter
            DuckDB does not take the query.
        """
        with query_connection(self._tables, self.coverage, query) as connection:
            yield Answer(connection, query)

    def coverage(self, accounts: Iterable[str] | None = None) -> pd.DataFrame:
        """Return which periods are covered, and which are not.

        Parameters
        ----------
        accounts : iterable of str, optional
            Only of these accounts.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``start`` (exclusive) and ``end`` (inclusive), ``state``: ``"covered"``,
            ``"empty"`` (read, without any event then or later), ``"possibly lost"`` or ``"lost"``;
            ``events``, ``reason``. Nothing is known before an account's first interval and after
            its last one.
        """
        wanted = None if accounts is None else several(accounts)
        entries = self._entries(LEDGER_COLUMNS, wanted)
        coverage = coverage_of(entries[entries["account"] != OWN], self.retention)
        return corrected(coverage, partial(times_in, self._tables))

    def _entries(
        self, columns: Iterable[str], accounts: Iterable[str] | None = None
    ) -> pd.DataFrame:
        """Return the ledger's valid entries."""
        from ..interchange.frame import to_frame

        names, snapshot = list(columns), self._tables.open("events")
        rows = read_chains(self._tables, snapshot, names, accounts).entries.select(names)
        return to_frame(rows.to_batches(), rows.schema)

    def status(self) -> pd.DataFrame:
        """Return one row per account: its rows, last event, last sync, and what may be missing.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``rows``, ``last_modified``, ``synced``, ``lost`` (number of intervals that
            are lost or possibly lost), ``disconnected`` (True if the application no longer lists
            it), ``failure`` (why the latest sync did not reach the end).
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

    def spark(self, session: Any, table: str = "events") -> Any:
        """Return a table as a Spark DataFrame.

        Parameters
        ----------
        session : pyspark.sql.SparkSession
            A Spark Connect session, such as Sail's, or one with the extension ``delta-spark`` reads
            the Delta table. Any other reads the table's current Parquet files, which must be on its
            machines' file system.
        table : {"events", "ledger"}
            ``ledger`` includes entries that were never committed; `sql` leaves them out.

        Returns
        -------
        pyspark.sql.DataFrame
            Times are in UTC; set ``spark.sql.session.timeZone`` to ``UTC`` to show them so.
        """
        return in_spark(self._tables, table, session)

    def polars(self, table: str = "events") -> Any:
        """Return a table as a Polars LazyFrame; nothing is read yet.

        Parameters
        ----------
        table : {"events", "ledger"}
            As for `spark`.

        Returns
        -------
        polars.LazyFrame
        """
        return in_polars(self._tables, table)

    def dask(self, table: str = "events") -> Any:
        """Return a table as a Dask DataFrame with one partition per file.

        Parameters
        ----------
        table : {"events", "ledger"}
            As for `spark`.

        Returns
        -------
        dask.dataframe.DataFrame
            Strings have Dask's own dtype, other columns those of `events`. All workers must reach
            the archive by the same path.
        """
        return in_dask(self._tables, table)

    def duckdb(self, connection: Any = None, table: str = "events") -> Any:
        """Return a table as a DuckDB relation; queries read only what they need.

        Parameters
        ----------
        connection : duckdb.DuckDBPyConnection, optional
            Defaults to a new one in memory, with the time zone UTC.
        table : {"events", "ledger"}
            As for `spark`.

        Returns
        -------
        duckdb.DuckDBPyRelation
        """
        return in_duckdb(self._tables, table, connection)

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
            raise InvalidParameter(f"An export of an archive does not accept {', '.join(which)}.")
        schema, batches = scan(self._tables, columns, event_filter(*conditions))
        return export_batches(batches, schema, path, format, name="archive", force=force)
