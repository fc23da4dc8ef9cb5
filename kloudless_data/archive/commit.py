"""What one commit holds: the rows that are new, and the entries that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..version import __version__
from .delta.tables import DataFile, Tables, extent_of
from .ledger import Entry, ledger_schema

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

    from ..account import Account

__all__ = ["Pending", "PreparedCommit", "ReadPage", "write_entries"]


@dataclass(frozen=True)
class ReadPage:
    """A page of an account: its rows (None: it has none), and the position behind them."""

    batch: pa.RecordBatch | None
    position: str | None
    server_time: datetime | None
    last: bool


@dataclass
class Pending:
    """What was read of an account and is not committed.

    A page is added in one step, so that an interruption finds its rows and its position, or
    neither.
    """

    lost: bool
    pages: list[ReadPage] = field(default_factory=list)
    failure: str | None = None

    @property
    def batches(self) -> list[pa.RecordBatch]:
        """The rows."""
        return [page.batch for page in self.pages if page.batch is not None]

    @property
    def events(self) -> int:
        """How many rows."""
        return sum(batch.num_rows for batch in self.batches)


class PreparedCommit:
    """The files and entries of one commit.

    Parameters
    ----------
    tables : Tables
    pending : mapping of str to Pending
        What was read, by account.
    heads : mapping of str to Entry
        Each account's latest entry.
    sync : str
        Names the sync.
    asked, answered : datetime
    """

    def __init__(
        self,
        tables: Tables,
        pending: Mapping[str, Pending],
        heads: Mapping[str, Entry],
        *,
        sync: str,
        asked: datetime,
        answered: datetime,
    ) -> None:
        self._tables = tables
        self._pending = pending
        self._heads = heads
        self._sync, self._asked, self._answered = sync, asked, answered
        self.files: list[DataFile] = []
        self.entries: dict[str, Entry] = {}

    @property
    def heads(self) -> dict[str, int]:
        """What the commit sets: the version of each account's latest entry."""
        return {key: entry.version for key, entry in self.entries.items()}

    def write(
        self,
        snapshot: DeltaTable,
        accounts: Mapping[str, Account],
        connected: Mapping[str, datetime],
    ) -> None:
        """Write the rows that are new, and the entries that say so; all of it void so far."""
        import pyarrow as pa

        schema = pa.schema(snapshot.schema().to_arrow())
        known = self._known_ids(snapshot)
        tables, details = [], {}
        # By account, so that a query for one of them skips most of every file.
        for key, pending in sorted(self._pending.items()):
            batches = pending.batches
            if not batches:
                details[key] = _NOTHING
                continue
            table = pa.Table.from_batches(batches)
            found = details[key] = _Details.of(table, known.get(key, []))
            new = table if found.keep.all() else table.filter(pa.array(found.keep))
            tables.append(_as_archived(new, key, self._rows_before(key), schema))
        if any(table.num_rows for table in tables):
            self.files = self._tables.write("events", pa.concat_tables(tables))
        for key, pending in self._pending.items():
            entry = self._entry(key, pending, details[key], accounts[key])
            if entry.sequence == 1:
                entry = replace(entry, connected=connected.get(key))
            self.entries[key] = entry.sealed()
        write_entries(self._tables, self.entries.values())

    def _rows_before(self, key: str) -> int:
        head = self._heads.get(key)
        return head.rows_before + head.rows if head else 0

    def _known_ids(self, snapshot: DeltaTable) -> dict[str, list[str]]:
        """Return which of the pending events are in the archive, by account."""
        import pyarrow as pa
        import pyarrow.dataset as ds

        asked = {
            key: [batch.column("id") for batch in pending.batches]
            for key, pending in self._pending.items()
            if pending.batches and key in self._heads
        }
        known: dict[str, list[str]] = {key: [] for key in asked}
        if not asked:
            return known
        ids = pa.chunked_array([ids for columns in asked.values() for ids in columns])
        # Both conditions are Arrow's work: what becomes a Python object is what was repeated.
        scanner = self._tables.dataset(snapshot).scanner(
            columns=["account_key", "id"],
            filter=ds.field("account_key").isin(list(asked))
            & ds.field("id").isin(ids.unique().drop_null()),
        )
        with self._tables.reading():
            for batch in scanner.to_batches():
                columns = (batch.column(name).to_pylist() for name in ("account_key", "id"))
                for key, id in zip(*columns, strict=True):
                    known[key].append(id)
        return known

    def _entry(self, key: str, pending: Pending, details: _Details, account: Account) -> Entry:
        head, end = self._heads.get(key), pending.pages[-1]
        return Entry(
            account=key,
            sequence=head.sequence + 1 if head else 1,
            previous=head.hash if head else "",
            asked=self._asked,
            answered=self._answered,
            sync=self._sync,
            server_time=end.server_time,
            position_from=None if pending.lost else (head.position_to if head else None),
            position_to=end.position,
            events=pending.events,
            rows=details.rows,
            rows_before=self._rows_before(key),
            first_modified=details.first,
            last_modified=details.last,
            reached_end=end.last,
            lost=pending.lost,
            restarted=details.restarted,
            server=account.settings.base_url,
            package=f"kloudless-data {__version__}",
            api_version=int(account.settings.api_version),
            files=[[f.path, f.rows, f.sha256] for f in self.files if f.month in details.months],
            failure=pending.failure,
        )


def write_entries(tables: Tables, entries: Any) -> None:
    """Append entries to the ledger. They are void until the commit that names them."""
    import pyarrow as pa

    rows = pa.Table.from_pylist([entry.to_row() for entry in entries], schema=ledger_schema())
    tables.commit(tables.open("ledger"), tables.write("ledger", rows))


@dataclass(frozen=True)
class _Details:
    """What is to be said of an account's pending events."""

    keep: npt.NDArray[np.bool_]
    first: datetime | None = None
    last: datetime | None = None
    months: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        return int(self.keep.sum())

    @property
    def restarted(self) -> bool:
        """The first event was in the archive already."""
        return bool(len(self.keep)) and not self.keep[0]

    @classmethod
    def of(cls, table: pa.Table, known: list[str]) -> _Details:
        import pyarrow as pa
        import pyarrow.compute as pc

        ids = table["id"].combine_chunks()
        codes = ids.dictionary_encode().indices
        first_of = np.zeros(table.num_rows, np.bool_)
        first_of[np.unique(codes.fill_null(-1).to_numpy(), return_index=True)[1]] = True
        there = pc.is_in(ids, value_set=pa.array(known, pa.string())).to_numpy(zero_copy_only=False)
        # Without an id nothing can be repeated.
        keep = (first_of & ~there) | ids.is_null().to_numpy(zero_copy_only=False)
        months = frozenset(pc.unique(_months(table)).to_pylist())
        return cls(keep, *extent_of(table["modified"]), months)


_NOTHING = _Details(np.zeros(0, np.bool_))


def _as_archived(table: pa.Table, key: str, before: int, schema: pa.Schema) -> pa.Table:
    """Return events with the archive's own columns, in its order of columns."""
    import pyarrow as pa

    rows = table.num_rows
    own = {
        "account_key": pa.repeat(pa.scalar(key, pa.string()), rows),
        "ordinal": pa.array(np.arange(before, before + rows, dtype=np.int64)),
        "month": _months(table),
    }
    columns: list[Any] = []
    for name, type_ in zip(schema.names, schema.types, strict=True):
        if name in own:
            columns.append(own[name])
        elif name in table.column_names:
            columns.append(table[name].cast(type_))
        else:
            columns.append(pa.nulls(rows, type_))
    return pa.table(columns, schema=schema)


def _months(table: pa.Table) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.fill_null(pc.strftime(table["modified"], format="%Y-%m"), "unknown")
