"""Reading an archive: some events of some columns, or what DuckDB is asked."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..exceptions import InvalidParameter
from .chain import read_chains
from .delta.tables import Tables
from .ledger import ledger_schema

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds

__all__ = ["scan", "sql", "times_in"]


def scan(
    tables: Tables, columns: Sequence[str] | None, where: ds.Expression | None
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return some events' columns, and their rows as they are read, in bounded memory.

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
            raise InvalidParameter(f"There is no column {name!r}; there are {there}.")
    schema = pa.schema([dataset.schema.field(name) for name in names])
    return schema, _batches(tables, dataset.scanner(columns=names, filter=where))


def _batches(tables: Tables, scanner: ds.Scanner) -> Iterator[pa.RecordBatch]:
    with tables.reading():
        yield from scanner.to_batches()


def times_in(
    tables: Tables, accounts: Sequence[str], after: datetime, until: datetime
) -> Iterator[pa.RecordBatch]:
    """Yield ``account_key`` and ``modified`` of accounts' events in a time."""
    import pyarrow.dataset as ds

    within = ds.field("account_key").isin(list(accounts))
    within &= (ds.field("modified") > after) & (ds.field("modified") <= until)
    dataset = tables.dataset(tables.open("events"))
    yield from _batches(tables, dataset.scanner(columns=["account_key", "modified"], filter=within))


def sql(tables: Tables, coverage: Callable[[], pd.DataFrame], query: str) -> pd.DataFrame:
    """Ask DuckDB about the tables ``events``, ``ledger`` and ``coverage``.

    Raises
    ------
    InvalidParameter
        DuckDB does not take the query.
    """
    import duckdb

    with contextlib.closing(duckdb.connect()) as connection:
        connection.execute("set timezone = 'UTC'")
        snapshot = tables.open("events")
        connection.register("events", tables.dataset(snapshot))
        # These take reading the whole ledger.
        if "ledger" in query.lower():
            columns = [name for name in ledger_schema().names if name != "month"]
            connection.register("ledger", read_chains(tables, snapshot, columns).entries)
        if "coverage" in query.lower():
            connection.register("coverage", coverage())
        try:
            with warnings.catch_warnings():
                # DuckDB uses what pandas is about to drop.
                warnings.simplefilter("ignore", DeprecationWarning)
                return connection.execute(query).df()
        except duckdb.Error as error:
            raise InvalidParameter(f"The query cannot be run: {error}") from None
