"""The contents of one commit: the new rows and their ledger entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from ..version import __version__
from .content import Novelty, by_account, digest_of, novelty_of
from .delta.errors import reading_errors
from .delta.statistics import extent_of
from .delta.tables import DataFile, Tables
from .ledger import Entry, ledger_schema

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

    from ..account import Account

__all__ = ["Pending", "PreparedCommit", "ReadPage", "write_entries"]


@dataclass(frozen=True)
class ReadPage:
    """A page of an account: its rows (None if empty) and the position after them.

    The last page of an imported log counts the `damaged` records, the `unreadable` files, and those
    of `unknown` formats.
    """

    batch: pa.RecordBatch | None
    position: str | None
    server_time: datetime | None
    last: bool
    damaged: int = 0
    unreadable: int = 0
    unknown: int = 0

    @property
    def rows(self) -> int:
        """Number of rows."""
        return 0 if self.batch is None else self.batch.num_rows


@dataclass
class Pending:
    """Events of an account that are read but not yet committed.

    A page is added in one step, so an interruption finds both its rows and its position or neither.
    """

    lost: bool
    absent: bool = False
    pages: list[ReadPage] = field(default_factory=list)
    failure: str | None = None

    @property
    def batches(self) -> list[pa.RecordBatch]:
        """The rows."""
        return [page.batch for page in self.pages if page.batch is not None]

    @property
    def events(self) -> int:
        """Number of rows."""
        return sum(batch.num_rows for batch in self.batches)


class PreparedCommit:
    """The files and entries of one commit.

    Parameters
    ----------
    tables : Tables
    pending : mapping of str to Pending
        Uncommitted events by account.
    heads : mapping of str to Entry
        Each account's latest entry.
    sync : str
        The sync's name.
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
        """The application transactions that the commit sets: each account's latest entry."""
        return {key: entry.version for key, entry in self.entries.items()}

    def write(
        self,
        snapshot: DeltaTable,
        ledger: DeltaTable,
        accounts: Mapping[str, Account],
        connected: Mapping[str, datetime],
    ) -> None:
        """Write the new rows and their entries, which stay void until the commit.

        Parameters
        ----------
        snapshot : DeltaTable
            The version of the events table to add to.
        ledger : DeltaTable
            The latest version of the ledger.
        accounts : mapping of str to Account
            The accounts, by key.
        connected : mapping of str to datetime
            When accounts were connected, by key.
        """
        import pyarrow as pa

        schema = pa.schema(snapshot.schema().to_arrow())
        known = self._known_events(snapshot)
        tables, described = [], dict[str, _Described]()
        # Sorted by account, so a query for one account skips most of every file.
        for key, pending in sorted(self._pending.items()):
            if not pending.batches:
                continue
            table = pa.Table.from_batches(pending.batches)
            novelty = novelty_of(table, known.get(key))
            new = table if novelty.keep.all() else table.filter(pa.array(novelty.keep))
            archived = _as_archived(new, key, self._rows_before(key), schema)
            described[key] = _Described.of(novelty, table, archived)
            tables.append(archived)
        if any(table.num_rows for table in tables):
            self.files = self._tables.write("events", pa.concat_tables(tables))
        for key, pending in self._pending.items():
            entry = self._entry(key, pending, described.get(key, _Described()), accounts[key])
            if entry.sequence == 1:
                entry = replace(entry, connected=connected.get(key))
            self.entries[key] = entry.sealed()
        write_entries(self._tables, self.entries.values(), ledger)

    def _rows_before(self, key: str) -> int:
        head = self._heads.get(key)
        return head.rows_before + head.rows if head else 0

    def _known_events(self, snapshot: DeltaTable) -> dict[str, pa.Table]:
        """Return the archived events that have one of the pending ids, by account."""
        import pyarrow as pa
        import pyarrow.dataset as ds

        pending = {
            key: [batch.column("id") for batch in pending.batches]
            for key, pending in self._pending.items()
            if pending.batches and key in self._heads
        }
        if not pending:
            return {}
        ids = pa.chunked_array([ids for columns in pending.values() for ids in columns])
        theirs = ds.field("account_key").isin(list(pending))
        archived = self._tables.dataset(snapshot)
        with reading_errors(self._tables.path):
            # Few of them are archived as a rule, so only ids are read of all rows.
            which = theirs & ds.field("id").isin(ids.unique().drop_null())
            shared = archived.scanner(columns=["id"], filter=which).to_table()["id"].unique()
            if not len(shared):
                return {}
            found = archived.to_table(filter=theirs & ds.field("id").isin(shared))
        return dict(by_account(found.sort_by([("account_key", "ascending")])))

    def _entry(self, key: str, pending: Pending, described: _Described, account: Account) -> Entry:
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
            rows=described.novelty.rows,
            rows_before=self._rows_before(key),
            first_modified=described.first,
            last_modified=described.last,
            reached_end=end.last,
            lost=pending.lost,
            restarted=described.novelty.restarted,
            server=account.settings.base_url,
            package=f"kloudless-data {__version__}",
            api_version=int(account.settings.api_version),
            files=[[f.path, f.rows, f.sha256] for f in self.files if f.month in described.months],
            failure=pending.failure,
            conflicts=described.novelty.conflicts or None,
            content=described.content,
            absent=pending.absent or None,
            damaged=end.damaged or None,
            unreadable=end.unreadable or None,
            unknown=end.unknown or None,
        )


def write_entries(tables: Tables, entries: Any, ledger: DeltaTable | None = None) -> None:
    """Append entries to the ledger; they are void until a commit names them.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    entries : iterable of Entry
        The entries to append to the ledger.
    ledger : DeltaTable, optional
        Its latest snapshot, which the commit moves on. Defaults to another one.
    """
    import pyarrow as pa

    rows = pa.Table.from_pylist([entry.to_row() for entry in entries], schema=ledger_schema())
    files = tables.write("ledger", rows)
    tables.commit(ledger or tables.open("ledger"), files)


@dataclass(frozen=True)
class _Described:
    """The part of an entry that describes the events read."""

    novelty: Novelty = field(default_factory=lambda: Novelty(np.zeros(0, np.bool_)))
    first: datetime | None = None
    last: datetime | None = None
    months: frozenset[str] = frozenset()
    content: str | None = None

    @classmethod
    def of(cls, novelty: Novelty, read: pa.Table, archived: pa.Table) -> _Described:
        """Describe the events read and those of them that are new."""
        import pyarrow.compute as pc

        months = frozenset(pc.unique(archived["month"]).to_pylist())
        content = digest_of(archived) if archived.num_rows else None
        return cls(novelty, *extent_of(read["modified"]), months, content)


def _as_archived(table: pa.Table, key: str, before: int, schema: pa.Schema) -> pa.Table:
    """Return events with the archive's own columns, in the archive's column order."""
    import pyarrow as pa

    rows = table.num_rows
    added = {
        "account_key": pa.repeat(pa.scalar(key, pa.string()), rows),
        "ordinal": pa.array(np.arange(before, before + rows, dtype=np.int64)),
        "month": _months(table),
    }
    columns: list[Any] = []
    for name, type_ in zip(schema.names, schema.types, strict=True):
        if name in added:
            columns.append(added[name])
        elif name in table.column_names:
            columns.append(table[name].cast(type_))
        else:
            columns.append(pa.nulls(rows, type_))
    return pa.table(columns, schema=schema)


def _months(table: pa.Table) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.fill_null(pc.strftime(table["modified"], format="%Y-%m"), "unknown")
