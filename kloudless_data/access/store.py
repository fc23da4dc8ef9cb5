"""A snapshot's Delta tables: what was read, and the ledger that says which of it counts.

Everything that is requested together (a list, a folder's contents, an item's permissions) is a
*unit*. Its rows are written first, under the name of a batch, and then the ledger's entry that
names the batch. Readers ignore rows whose batch no entry names. So a process that is killed in
between leaves only rows that nobody sees, and no entry refers to missing rows. If a unit was read
again, its latest entry counts.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..archive.delta.errors import one_sentence, writing_errors
from ..exceptions import ArchiveFailed, MissingPackage, Remedy
from ..storage.scratch import ScratchFolder
from .opened import OpenTables
from .tables import TABLES, schema_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    import pyarrow.dataset as ds
    from deltalake import DeltaTable

__all__ = ["Batch", "Store", "add_view"]

_NAME, _FORMAT = "kloudless_data access", 1
_MEMORY = "96MB"  # of a database; beyond it, DuckDB uses the disk
_COURSE = ("pass", "activity", "server")  # kinds of entries that say what happened when


class Store:
    """The tables below a path.

    Parameters
    ----------
    path : str
        A folder or URL.
    storage_options : mapping of str to str, optional
        Deltalake's options.
    """

    def __init__(self, path: str, storage_options: Mapping[str, str] | None = None) -> None:
        try:
            import deltalake  # noqa: F401
        except ModuleNotFoundError:
            raise MissingPackage(
                'Snapshots need deltalake and DuckDB. Install: pip install "kloudless-data'
                '[archive]"'
            ) from None
        text = os.fspath(path).rstrip("/")
        self.path = text if "://" in text else os.path.abspath(text)  # noqa: PTH100
        self.options = dict(storage_options or {})
        self._found = False  # each look at the ledger's log costs some milliseconds
        self._start()

    def _start(self) -> None:
        self._tables = OpenTables(self.path, self.options)
        self._queries: duckdb.DuckDBPyConnection | None = None
        self._starting = threading.Lock()
        self._course: set[str] = set()  # the parts of the ledger that the table `course` has
        self._following = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "options": self.options, "_found": self._found}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def uri(self, table: str) -> str:
        """Return the location of a table."""
        return f"{self.path}/{table}"

    def exists(self) -> bool:
        """Return True if there is a snapshot."""
        from deltalake import DeltaTable

        if self._found:
            return True
        with self._reading_errors():
            if not DeltaTable.is_deltatable(self.uri("ledger"), self.options):
                return False
            name = DeltaTable(self.uri("ledger"), storage_options=self.options).metadata().name
        if not str(name).startswith(_NAME):
            raise ArchiveFailed(
                f"{self.path} is not a snapshot of access: its table is named {name!r}. Choose "
                "another folder; beside an archive's tables, use archive.access."
            )
        self._found = True
        return True

    def create(self) -> None:
        """Create missing tables."""
        from deltalake import DeltaTable

        for table in TABLES:  # the ledger last: if it exists, all do
            with self._writing_errors():
                DeltaTable.create(
                    self.uri(table),
                    schema=schema_of(table),
                    mode="ignore",
                    name=f"{_NAME} {_FORMAT}",
                    storage_options=self.options,
                )

    def dataset(self, table: str) -> ds.Dataset:
        """Return a table as an Arrow dataset; nothing is read yet.

        Raises
        ------
        ArchiveFailed
            There is no snapshot, or it cannot be read.
        """
        with self._reading_errors():
            return self._open(table).to_pyarrow_dataset()

    def _open(self, table: str) -> DeltaTable:
        """Return a table's latest version."""
        if not self.exists():
            raise self.missing()
        with self._reading_errors():
            return self._tables.latest(table)

    def missing(self) -> ArchiveFailed:
        """Return the error of a place without a snapshot."""
        return ArchiveFailed(
            f"There is no snapshot of access in {self.path}.", remedy=Remedy.MAKE_SNAPSHOT
        )

    def first_reading(self) -> datetime | None:
        """Return when the first reading began; None if there was none."""
        import pyarrow.compute as pc

        passes = self.dataset("ledger").to_table(
            columns=["answered"], filter=pc.field("kind") == "pass"
        )
        first: datetime | None = pc.min(passes["answered"]).as_py()
        return first

    def duckdb_input(self, table: str) -> ds.Dataset | list[str]:
        """Return a table's files if they are on this machine, else an Arrow dataset."""
        return self._input_of(self._open(table))

    def _input_of(self, found: DeltaTable) -> ds.Dataset | list[str]:
        with self._reading_errors():
            files = [] if "://" in self.path else list(found.file_uris())
            return [path.removeprefix("file://") for path in files] or found.to_pyarrow_dataset()

    @contextlib.contextmanager
    def connected(self, *tables: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """Connect DuckDB to tables for some queries, in little memory however large they are.

        All connections share a database, which takes longer to start than most queries.

        Parameters
        ----------
        *tables : str
            Each is a view of its name.
        """
        with contextlib.closing(self._shared().cursor()) as connection:
            self._add_views(connection, tables)
            yield connection

    @contextlib.contextmanager
    def course(self, *tables: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """Connect to a table ``course``: the ledger's entries about passes, updates and servers.

        They are few, and stay in memory. Of the ledger, which is many small files, each file is
        read once for them.

        Parameters
        ----------
        *tables : str
            Each is a view of its name.
        """
        with contextlib.closing(self._shared().cursor()) as connection:
            self._add_views(connection, tables)
            with self._following:
                self._follow(connection)
            yield connection

    def _follow(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Add what the ledger has got since the last time to the table `course`."""
        found = self._open("ledger")
        version, rows = str(found.version()), self._input_of(found)
        parts = set(rows) if isinstance(rows, list) else {version}
        if parts == self._course:
            return
        grown = isinstance(rows, list) and bool(self._course) and self._course <= parts
        add_view(connection, "added", sorted(parts - self._course) if grown else rows)
        verb = "insert into course" if grown else "create or replace table course as"
        connection.execute(f"{verb} select * from added where kind in {_COURSE}")
        self._course = parts

    @contextlib.contextmanager
    def workspace(self, *tables: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """Connect a database of its own, on the disk, in which queries can create tables.

        Parameters
        ----------
        *tables : str
            Each is a view of its name.
        """
        with ScratchFolder("access") as folder, folder.errors():
            path = str(folder.path / "queries.duckdb")
            with contextlib.closing(_database(path, folder)) as connection:
                self._add_views(connection, tables)
                yield connection

    def _add_views(self, connection: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> None:
        connection.execute("set timezone = 'UTC'")
        for table in tables:
            add_view(connection, table, self.duckdb_input(table))

    def _shared(self) -> duckdb.DuckDBPyConnection:
        """Return the database of all queries."""
        with self._starting:
            if self._queries is None:
                folder = ScratchFolder("access")
                self._queries = _database(":memory:", folder)
                weakref.finalize(self, _end, self._queries, folder, os.getpid())
            return self._queries

    def version(self) -> int:
        """Return a number that grows with each commit of the ledger; -1 if there is no ledger."""
        if not self.exists():
            return -1
        with self._reading_errors():
            return int(self._tables.latest("ledger").version())

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows to a table, in one commit.

        Parameters
        ----------
        table : str
            The table's name.
        rows : pyarrow.Table
            Rows per batch.
        """
        from deltalake import write_deltalake

        with self._writing_errors():
            write_deltalake(self._tables.latest(table), rows, mode="append")

    @contextlib.contextmanager
    def _reading_errors(self) -> Iterator[None]:
        from deltalake.exceptions import DeltaError

        try:
            yield
        except (DeltaError, OSError) as error:
            raise ArchiveFailed(
                f"The snapshot {self.path} cannot be read: {one_sentence(error)}. Check the path "
                "and, for an object store, its address and credentials."
            ) from None

    def _writing_errors(self) -> contextlib.AbstractContextManager[None]:
        return writing_errors(self.path, "snapshot", "continue", retried=False)


def _database(path: str, folder: ScratchFolder) -> duckdb.DuckDBPyConnection:
    """Start a database that uses a folder beyond its memory."""
    import duckdb

    connection = duckdb.connect(path)
    connection.execute(
        f"set memory_limit = '{_MEMORY}'; set threads = 2;"
        f"set temp_directory = '{folder.path}'; set preserve_insertion_order = false"
    )
    return connection


def _end(connection: duckdb.DuckDBPyConnection, folder: ScratchFolder, process: int) -> None:
    """Close a database, then remove its files; not in a forked child, which lacks its threads."""
    if process == os.getpid():
        connection.close()
        folder.remove()


def add_view(
    connection: duckdb.DuckDBPyConnection, name: str, rows: ds.Dataset | pa.Table | list[str]
) -> None:
    """Make a table, as `Store.duckdb_input` returns it or in Arrow, a view of a DuckDB connection.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    name : str
        The view's name.
    rows : Dataset, Table or list of str
    """
    if isinstance(rows, list):  # DuckDB's own reader takes less memory than Arrow's
        connection.execute(f"create temp view {name} as select * from read_parquet({rows!r})")
    else:
        connection.register(name, rows)


class Batch:
    """Units that are committed together.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[str, list[pa.Table]] = {}
        self._entries: list[dict[str, Any]] = []
        self._name = secrets.token_hex(8)
        self.rows = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, table: str, account: str, units: pa.Array, rows: pa.Table) -> None:
        """Add rows that have some of `table`'s columns.

        Parameters
        ----------
        table : str
            The table's name.
        account : str
            The account's id.
        units : pyarrow.Array
            The unit that each row belongs to.
        rows : pyarrow.Table
            Rows per batch.
        """
        import pyarrow as pa

        schema, count = schema_of(table), rows.num_rows
        known = {"account": account, "batch": self._name}
        columns = [
            units
            if field.name == "unit"
            else pa.repeat(pa.scalar(known[field.name], pa.string()), count)
            if field.name in known
            else rows[field.name].cast(field.type)
            if field.name in rows.column_names
            else pa.nulls(count, field.type)
            for field in schema
        ]
        self._rows.setdefault(table, []).append(pa.table(columns, schema=schema))
        self.rows += count

    def enter(
        self, account: str, kind: str, key: str, state: str, asked: datetime, **facts: Any
    ) -> None:
        """Add a unit's ledger entry, after its rows.

        Parameters
        ----------
        account : str
            The account's id.
        kind : str
            The kind of unit, such as ``"folder"``.
        key : str
            The unit's key.
        state : str
            The unit's state.
        asked : datetime
            When the unit was requested.
        **facts
            Further columns of the ledger's entry.
        """
        self._entries.append(
            {
                "account": account,
                "unit": f"{kind}:{key}",
                "batch": self._name,
                "kind": kind,
                "key": key,
                "state": state,
                "asked": asked,
                **facts,
            }
        )

    def commit(self, answered: datetime) -> None:
        """Write the rows, then the entries; the batch is then empty and has a new name."""
        import pyarrow as pa

        for table, parts in self._rows.items():
            self._store.append(table, pa.concat_tables(parts))
        if self._entries:
            schema = schema_of("ledger")
            entries = [{"answered": answered} | entry for entry in self._entries]
            self._store.append("ledger", pa.Table.from_pylist(entries, schema=schema))
        self._rows, self._entries, self.rows = {}, [], 0
        self._name = secrets.token_hex(8)
