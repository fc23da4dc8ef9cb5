"""Bringing an archive up to date: each event once, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..events import EventStream
from ..exceptions import APIException, ArchiveFailed, KloudlessException
from ..version import __version__
from .ledger import Entry, ledger_schema, new_version
from .tables import DataFile, Tables, transaction_of

if TYPE_CHECKING:
    import pyarrow as pa

    from ..account import Account

__all__ = ["SyncReport", "Syncing", "is_expired_cursor"]

_ATTEMPTS = 20  # commits that other syncs' commits get in the way of


@dataclass
class SyncReport:
    """What a sync did.

    Attributes
    ----------
    accounts : int
        How many were asked.
    events : int
        Rows that are new in the archive.
    repeated : int
        Events that the server sent and the archive had.
    failures : dict of str to str
        Account -> why it could not be read to its end; what was read is in the archive.
    lost : list of str
        Accounts whose cursor was too old for the server.
    overtaken : list of str
        Accounts that another sync was faster with; nothing of them was written here.
    gone : list of str
        Accounts that the archive knows and that are not there any more.
    started, finished : str
        ISO 8601, UTC.
    """

    accounts: int = 0
    events: int = 0
    repeated: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    overtaken: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    started: str = ""
    finished: str = ""

    @property
    def ok(self) -> bool:
        """Whether every account was read to its end."""
        return not self.failures

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass
class _Pending:
    """What was read of an account and is not committed."""

    batches: list[pa.RecordBatch] = field(default_factory=list)
    events: int = 0
    position: str | None = None
    reached_end: bool = False
    lost: bool = False


class Syncing:
    """One sync.

    Parameters
    ----------
    tables : Tables
    accounts : mapping of str to Account
        By their key in the archive.
    now : callable
        Gives the time, UTC.
    max_workers : int
    page_size : int
    flush_rows : int
        Commit whenever so many rows have been read.
    progress : bool, optional
    """

    def __init__(
        self,
        tables: Tables,
        accounts: Mapping[str, Account],
        *,
        now: Callable[[], datetime],
        max_workers: int,
        page_size: int,
        flush_rows: int,
        progress: bool | None,
    ) -> None:
        self._tables = tables
        self._accounts = dict(accounts)
        self._now = now
        self._options: dict[str, Any] = {
            "max_workers": max_workers,
            "page_size": page_size,
            "progress": progress,
        }
        self._flush_rows = flush_rows
        self._snapshot = tables.open("events")
        self._heads = tables.heads(self._snapshot, self._accounts)
        self._pending: dict[str, _Pending] = {}
        self.report = SyncReport(accounts=len(self._accounts))

    def run(self) -> SyncReport:
        """Read what is new of every account, and commit it."""
        self._asked = self._now()
        self.report.started = self._asked.isoformat(timespec="seconds")
        begin = {key: self._position(key) for key in self._accounts}
        expired = self._read(begin, lost=False)
        if expired:
            self.report.lost = sorted(expired)
            for key, error in self._read(dict.fromkeys(expired), lost=True).items():
                self.report.failures[key] = error
        self.report.finished = self._now().isoformat(timespec="seconds")
        return self.report

    def _position(self, key: str) -> str | None:
        head = self._heads.get(key)
        return head.position_to if head else None

    def _read(self, begin: Mapping[str, str | None], *, lost: bool) -> dict[str, str]:
        """Read accounts from these positions; return those whose cursor is too old."""
        stream = EventStream(
            {key: (self._accounts[key], cursor) for key, cursor in begin.items()},
            on_error="collect",
            **self._options,
        )
        rows = 0
        try:
            with contextlib.closing(stream.pages()) as pages:
                for page in pages:
                    if page.source in self.report.overtaken:
                        continue
                    pending = self._pending.setdefault(page.source, _Pending(lost=lost))
                    pending.batches.append(stream.decode(page))
                    pending.events += page.rows
                    pending.position = page.position
                    rows += page.rows
                    if rows >= self._flush_rows:
                        self._flush()
                        rows = 0
        except KeyboardInterrupt:
            self._flush()
            raise
        expired = {}
        for key, error in stream.failures.items():
            if not lost and begin[key] is not None and is_expired_cursor(error):
                expired[key] = error.message
            else:
                self.report.failures[key] = error.message
        for key in begin:
            if key not in stream.failures and key not in self.report.overtaken:
                pending = self._pending.setdefault(key, _Pending(lost=lost))
                pending.position = stream.positions[key]
                pending.reached_end = True
        self._flush()
        return expired

    def _flush(self) -> None:
        """Commit what is pending, and try again without those who were overtaken."""
        from deltalake.exceptions import CommitFailedError

        for _ in range(_ATTEMPTS):
            self._drop_overtaken()
            if not self._pending:
                return
            commit = _Commit(self._tables, self._pending, self._heads, self._asked, self._now())
            commit.prepare(self._snapshot, self._accounts)
            try:
                self._tables.commit(self._snapshot, commit.files, commit.transactions)
            except CommitFailedError:
                self._snapshot = self._tables.open("events")
                continue
            self._heads.update(commit.entries)
            self._snapshot = self._tables.open("events")
            self.report.events += sum(entry.rows for entry in commit.entries.values())
            self.report.repeated += sum(e.events - e.rows for e in commit.entries.values())
            self._pending = {}
            return
        raise ArchiveFailed(
            f"{self._tables.path} could not be written: {_ATTEMPTS} times another sync was faster. "
            "Sync again."
        )

    def _drop_overtaken(self) -> None:
        """Leave the accounts to other syncs that they wrote since their heads were read.

        Delta refuses what was set *since* the snapshot; what was set before it is for us to see, in
        the very snapshot that is committed to.
        """
        versions = self._tables.transactions(self._snapshot)
        for key in list(self._pending):
            head = self._heads.get(key)
            version = versions.get(transaction_of(key))
            if version != (head.version if head else None):
                del self._pending[key]
                self.report.overtaken.append(key)


class _Commit:
    """The files and entries of one commit."""

    def __init__(
        self,
        tables: Tables,
        pending: Mapping[str, _Pending],
        heads: Mapping[str, Entry],
        asked: datetime,
        answered: datetime,
    ) -> None:
        self._tables = tables
        self._pending = pending
        self._heads = heads
        self._asked, self._answered = asked, answered
        self.files: list[DataFile] = []
        self.entries: dict[str, Entry] = {}

    @property
    def transactions(self) -> dict[str, int]:
        """What the commit sets: each account's transaction."""
        return {transaction_of(key): entry.version for key, entry in self.entries.items()}

    def prepare(self, snapshot: Any, accounts: Mapping[str, Account]) -> None:
        """Write the rows that are new, and the entries that say so."""
        import pyarrow as pa

        schema = _arrow_schema(snapshot)
        known = self._known_ids(snapshot)
        tables, details = [], {}
        # By account, so that a query for one of them skips most of every file.
        for key, pending in sorted(self._pending.items()):
            head = self._heads.get(key)
            before = head.rows_before + head.rows if head else 0
            table = pa.Table.from_batches(pending.batches) if pending.batches else None
            details[key] = _Details.of(table, known.get(key, []))
            if table is not None:
                new = (
                    table if details[key].keep.all() else table.filter(pa.array(details[key].keep))
                )
                tables.append(_as_archived(new, key, before, schema))
        if any(table.num_rows for table in tables):
            self.files = self._tables.write("events", pa.concat_tables(tables))
        for key, pending in self._pending.items():
            self.entries[key] = self._entry(key, pending, details[key], accounts[key])
        self._write_entries()

    def _known_ids(self, snapshot: Any) -> dict[str, list[str]]:
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
        scanner = snapshot.to_pyarrow_dataset().scanner(
            columns=["account_key", "id"],
            filter=ds.field("account_key").isin(list(asked))
            & ds.field("id").isin(ids.unique().drop_null()),
        )
        for batch in scanner.to_batches():
            columns = (batch.column(name).to_pylist() for name in ("account_key", "id"))
            for key, id in zip(*columns, strict=True):
                known[key].append(id)
        return known

    def _entry(self, key: str, pending: _Pending, details: _Details, account: Account) -> Entry:
        head = self._heads.get(key)
        sequence = head.sequence + 1 if head else 1
        mine = details.months
        return Entry(
            account=key,
            version=new_version(sequence, secrets.randbits(31)),
            previous=head.hash if head else "",
            asked=self._asked,
            answered=self._answered,
            position_from=None if pending.lost else (head.position_to if head else None),
            position_to=pending.position,
            events=pending.events,
            rows=details.rows,
            rows_before=head.rows_before + head.rows if head else 0,
            first_modified=details.first,
            last_modified=details.last,
            reached_end=pending.reached_end,
            lost=pending.lost,
            restarted=bool(len(details.keep)) and not details.keep[0],
            server=account.settings.base_url,
            package=f"kloudless-data {__version__}",
            api_version=int(account.settings.api_version),
            files=[[f.path, f.rows, f.sha256] for f in self.files if f.month in mine],
        ).sealed()

    def _write_entries(self) -> None:
        import pyarrow as pa

        rows = pa.Table.from_pylist(
            [entry.to_row() for entry in self.entries.values()],
            schema=ledger_schema(),
        )
        ledger = self._tables.open("ledger")
        self._tables.commit(ledger, self._tables.write("ledger", rows))


@dataclass
class _Details:
    """What is to be said of an account's pending events."""

    keep: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    first: datetime | None = None
    last: datetime | None = None
    months: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        return int(self.keep.sum())

    @classmethod
    def of(cls, table: pa.Table | None, known: list[str]) -> _Details:
        if table is None:
            return cls()
        import pyarrow as pa
        import pyarrow.compute as pc

        ids = table["id"].combine_chunks()
        codes = ids.dictionary_encode().indices
        first_of = np.zeros(table.num_rows, np.bool_)
        first_of[np.unique(codes.fill_null(-1).to_numpy(), return_index=True)[1]] = True
        there = pc.is_in(ids, value_set=pa.array(known, pa.string())).to_numpy(zero_copy_only=False)
        # Without an id nothing can be repeated.
        keep = (first_of & ~there) | ids.is_null().to_numpy(zero_copy_only=False)
        times = pc.min_max(table["modified"]).as_py()
        return cls(keep, times["min"], times["max"], set(pc.unique(_months(table)).to_pylist()))


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


def _arrow_schema(snapshot: Any) -> pa.Schema:
    """Return a table's columns as Arrow has them."""
    import pyarrow as pa

    return pa.schema(snapshot.schema().to_arrow())


def is_expired_cursor(error: KloudlessException) -> bool:
    """Tell whether the server says that a cursor is too old; how it does is not documented (A)."""
    if not isinstance(error, APIException):
        return False
    status = getattr(error, "status", None)
    return status in (400, 404, 410) and "cursor" in error.message.lower()
