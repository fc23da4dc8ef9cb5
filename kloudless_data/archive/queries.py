"""Read an archive: selected events and columns, or a query with DuckDB."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..display.records import first_rows
from ..exceptions import InvalidParameter
from ..storage.scratch import ScratchFolder
from .chain import read_chains
from .delta.errors import reading_errors
from .delta.tables import Tables
from .ledger import ledger_schema

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds

__all__ = ["Answer", "query_connection", "scan", "times_in"]

_BATCH_ROWS = 10_000


def scan(
    tables: Tables, columns: Sequence[str] | None, condition: ds.Expression | None
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return the schema of selected events, and their rows as a stream in bounded memory.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    columns : sequence of str or None
        Only these columns.
    condition : ds.Expression or None
        Selects events.

    Raises
    ------
    InvalidParameter
        There is no such column.
    """
    import pyarrow as pa

    dataset = tables.dataset(tables.open("events"))
    names = list(dataset.schema.names if columns is None else columns)
    for name in names:
        if name not in dataset.schema.names:
            there = ", ".join(dataset.schema.names)
            raise InvalidParameter(f"There is no column {name!r}. The columns are: {there}.")
    schema = pa.schema([dataset.schema.field(name) for name in names])
    return schema, _batches(tables, dataset.scanner(columns=names, filter=condition))


def _batches(tables: Tables, scanner: ds.Scanner) -> Iterator[pa.RecordBatch]:
    with reading_errors(tables.path):
        yield from scanner.to_batches()


def times_in(
    tables: Tables, accounts: Sequence[str], after: datetime, until: datetime
) -> Iterator[pa.RecordBatch]:
    """Yield ``account_key`` and ``modified`` of accounts' events in a period.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    accounts : sequence of str
        Keys of accounts.
    after : datetime
        The start of the period, exclusive.
    until : datetime
        The end of the period.
    """
    import pyarrow.dataset as ds

    within = ds.field("account_key").isin(list(accounts))
    within &= (ds.field("modified") > after) & (ds.field("modified") <= until)
    dataset = tables.dataset(tables.open("events"))
    yield from _batches(tables, dataset.scanner(columns=["account_key", "modified"], filter=within))


@contextlib.contextmanager
def query_connection(
    tables: Tables, coverage: Callable[[], pd.DataFrame], query: str
) -> Iterator[Any]:
    """Connect DuckDB to the tables (``events``, ``ledger``, ``coverage``) that a query names.

    The query can read or write no files, and no network: it may come from somebody who may only see
    the archive. What does not fit into memory goes to a temporary folder.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    coverage : callable
        Returns the coverage; called only if the query names it.
    query : str
        The query, in SQL.

    Raises
    ------
    InvalidParameter
        DuckDB rejects the query; it is not one statement that returns rows.
    ExportFailed
        The temporary folder is full.
    """
    import duckdb

    with ScratchFolder("query") as folder, contextlib.closing(duckdb.connect()) as connection:
        scratch = str(folder.path).replace("'", "''")
        connection.execute(f"set timezone = 'UTC'; set temp_directory = '{scratch}'")
        snapshot = tables.open("events")
        connection.register("events", tables.dataset(snapshot))
        # These need the whole ledger.
        if "ledger" in query.lower():
            columns = [name for name in ledger_schema().names if name != "month"]
            connection.register("ledger", read_chains(tables, snapshot, columns).entries)
        if "coverage" in query.lower():
            connection.register("coverage", coverage())
        connection.execute("set enable_external_access = false")
        try:
            with folder.errors():
                _check_query(connection, query)
                yield connection
        except duckdb.PermissionException:
            raise InvalidParameter(
                "The query cannot be run: queries use the archive's tables, and no files or "
                "extensions."
            ) from None
        except duckdb.Error as error:
            said = " ".join(
                str(error).partition("\n\n")[0].split()
            )  # without a picture of the place
            raise InvalidParameter(f"The query cannot be run: {said}") from None


def _check_query(connection: Any, query: str) -> None:
    """Refuse anything but one statement that returns rows and changes nothing, after settings."""
    import duckdb

    of = duckdb.StatementType
    types = [statement.type for statement in connection.extract_statements(query)]
    while len(types) > 1 and types[0] == of.SET:
        types.pop(0)
    if len(types) != 1:
        problem = f"it has {len(types)} statements" if types else "it is empty"
        raise InvalidParameter(
            f"The query cannot be run: {problem}. Pass one SELECT; only SET may precede it."
        )
    if types[0] not in (of.SELECT, of.EXPLAIN, of.PRAGMA):
        given = types[0].name.replace("_", " ")
        raise InvalidParameter(
            f"The query cannot be run: use SELECT, which only reads, not {given}."
        )


class Answer:
    """DuckDB's answer to a query.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    query : str

    Attributes
    ----------
    reader : pyarrow.RecordBatchReader
        The rows, as DuckDB produces them.
    """

    def __init__(self, connection: Any, query: str) -> None:
        self._connection, self._query = connection, query
        self.reader: pa.RecordBatchReader = _reader(connection, query)

    def first(self, rows: int) -> pa.Table:
        """Return the first rows; later ones are not computed."""
        return first_rows(self.reader, rows)

    def count(self) -> int:
        """Return the number of rows, without computing them where the query can be counted.

        This ends `reader`: DuckDB answers one query at a time.
        """
        import duckdb

        self.reader.close()
        query = self._query.rstrip().rstrip(";")
        try:
            counted = self._connection.execute(f"select count(*) from ({query}\n)")  # noqa: S608
            return int(counted.fetchone()[0])
        except duckdb.Error:  # DESCRIBE and the like are short and can be run again
            return sum(batch.num_rows for batch in _reader(self._connection, self._query))


def _reader(connection: Any, query: str) -> Any:
    relation = connection.sql(query)
    if relation is None:  # a PRAGMA that sets something
        raise InvalidParameter("The query returns no rows: use SELECT.")
    return relation.to_arrow_reader(_BATCH_ROWS)
