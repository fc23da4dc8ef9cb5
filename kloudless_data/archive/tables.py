"""The archive's two Delta tables, and the files in them."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from ..exceptions import ArchiveFailed
from ..newfile import NewFile, read_sha256
from ..storage import Storage
from .ledger import Entry, chain_of, ledger_schema
from .transactions import transactions_in

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

__all__ = ["DataFile", "Tables", "events_table_schema"]

# The columns whose least and greatest values let queries skip a file. The tables' properties name
# them too: of any other column deltalake's Arrow datasets take a missing statistic for "no value".
_INDEXED = {"events": ("account_key", "modified"), "ledger": ("account", "asked")}


def events_table_schema(events: pa.Schema) -> pa.Schema:
    """Return the columns of the events table: the events' own, and the archive's.

    ``account_key`` (string) is whose activity it is; ``ordinal`` (int64) counts an account's events
    from 0 in the order in which the server sent them; ``month`` (string, such as ``"2026-03"``) is
    the partition.
    """
    import pyarrow as pa

    own = [
        pa.field("account_key", pa.string()),
        pa.field("ordinal", pa.int64()),
        pa.field("month", pa.string()),
    ]
    return pa.schema([*own[:2], *(f.remove_metadata() for f in events), own[2]])


@dataclass(frozen=True)
class DataFile:
    """A file that was written, and is not in its table yet."""

    path: str
    size: int
    rows: int
    sha256: str
    month: str
    stats: str


class Tables:
    """The tables ``events`` and ``ledger`` below the archive's path.

    Parameters
    ----------
    path : str
        A folder or URL.
    storage_options : mapping of str to str, optional
        As deltalake takes them, such as ``AWS_ENDPOINT_URL``.
    """

    def __init__(self, path: str, storage_options: Mapping[str, str] | None = None) -> None:
        text = os.fspath(path).rstrip("/")
        self.path = text if "://" in text else os.path.abspath(text)  # noqa: PTH100
        self.options = dict(storage_options or {})

    def uri(self, name: str) -> str:
        """Return where a table is."""
        return f"{self.path}/{name}"

    def exist(self) -> bool:
        """Tell whether the archive was made."""
        from deltalake import DeltaTable

        return bool(DeltaTable.is_deltatable(self.uri("events"), self.options))

    def create(self, events: pa.Schema, name: str) -> None:
        """Make both tables; `name` is the schema's, such as ``"events.v1/1"``."""
        from deltalake import DeltaTable

        # The log is what proves which entries count: nothing of it is ever cleaned up.
        keep = {
            "delta.logRetentionDuration": "interval 36500 days",
            # Each commit names a transaction an account: few of them are to be read at a time.
            "delta.checkpointInterval": "10",
        }
        for table, schema in (("ledger", ledger_schema()), ("events", events_table_schema(events))):
            DeltaTable.create(
                self.uri(table),
                schema=schema,
                mode="ignore",
                partition_by=["month"],
                description=name,
                configuration={**keep, "delta.dataSkippingStatsColumns": ",".join(_INDEXED[table])},
                storage_options=self.options,
            )

    def open(self, name: str) -> DeltaTable:
        """Return the latest snapshot of a table.

        Raises
        ------
        ArchiveFailed
            There is no archive, or it cannot be read.
        """
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError

        try:
            return DeltaTable(self.uri(name), storage_options=self.options)
        except TableNotFoundError:
            raise ArchiveFailed(
                f"There is no archive in {self.path}. Make one with Archive(path).sync(accounts), "
                "or kloudless-data archive init."
            ) from None
        except (DeltaError, OSError) as error:
            raise ArchiveFailed(f"The archive {self.path} cannot be read: {error}.") from None

    def files(self, name: str) -> tuple[Storage, str]:
        """Return the file system of a table, and the table's path in it."""
        if "://" not in self.path:
            return Storage.of(self.uri(name))
        return _ObjectStore(self.uri(name), self.options), ""

    def write(self, table: str, rows: pa.Table) -> list[DataFile]:
        """Write rows to new files of a table, one a month; no commit yet."""
        import pyarrow.compute as pc

        months = sorted(pc.unique(rows["month"]).to_pylist())
        if len(months) == 1:
            return [self._write_month(table, rows, months[0])]
        return [
            self._write_month(table, rows.filter(pc.equal(rows["month"], month)), month)
            for month in months
        ]

    def _write_month(self, table: str, rows: pa.Table, month: str) -> DataFile:
        import pyarrow.parquet as pq

        storage, root = self.files(table)
        folder = storage.join(root, f"month={month}")
        if storage.local:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        path = f"month={month}/part-{secrets.token_hex(16)}.zstd.parquet"
        with NewFile(storage, storage.join(root, path)) as file:
            pq.write_table(
                rows.drop_columns("month"), file, compression="zstd", row_group_size=100_000
            )
        return DataFile(
            path, file.tell(), rows.num_rows, file.sha256, month, _stats(rows, _INDEXED[table])
        )

    def commit(
        self,
        table: DeltaTable,
        added: Sequence[DataFile],
        transactions: Mapping[str, int] | None = None,
        removed: Sequence[str] = (),
    ) -> None:
        """Make files part of a table.

        Parameters
        ----------
        table : DeltaTable
            The snapshot that was read.
        added : sequence of DataFile
        transactions : mapping of str to int
            Application transactions. The commit is refused when one of them was set since the
            snapshot.
        removed : sequence of str
            Paths of files that are replaced by those added, with the same rows.

        Raises
        ------
        deltalake.exceptions.CommitFailedError
            It is refused.
        """
        from deltalake import CommitProperties, Transaction
        from deltalake.transaction import AddAction, RemoveAction

        now = int(time.time() * 1000)
        actions: list[AddAction | RemoveAction] = [
            AddAction(f.path, f.size, {"month": f.month}, now, not removed, f.stats) for f in added
        ]
        for path in removed:
            month = path.partition("/")[0].removeprefix("month=")
            actions.append(RemoveAction(path, False, now, None, {"month": month}))
        named = [Transaction(app, version) for app, version in (transactions or {}).items()]
        table.create_write_transaction(
            actions,
            mode="append",
            schema=table.schema(),
            partition_by=["month"],
            commit_properties=CommitProperties(app_transactions=named),
        )

    def transactions(self, snapshot: DeltaTable) -> dict[str, int]:
        """Return the version of each application transaction of the events table."""
        storage, root = self.files("events")
        try:
            return transactions_in(storage, root, snapshot.version())
        except (OSError, ValueError) as error:
            raise ArchiveFailed(
                f"The Delta log of {self.uri('events')} cannot be read: {error}. "
                "Run kloudless-data archive verify."
            ) from None

    def heads(self, snapshot: DeltaTable, accounts: Iterable[str]) -> dict[str, Entry]:
        """Return the entry that each account's transaction names, of those that have one.

        Raises
        ------
        ArchiveFailed
            An entry is missing from the ledger.
        """
        versions = self.transactions(snapshot)
        wanted = {
            (account, version)
            for account in accounts
            if (version := versions.get(transaction_of(account))) is not None
        }
        found: dict[str, Entry] = {}
        for entries in self._newest_first() if wanted else ():
            for entry in entries:
                if (entry.account, entry.version) in wanted:
                    found[entry.account] = entry
            if len(found) == len(wanted):
                return found
        if wanted:
            missing = sorted({account for account, _ in wanted} - set(found))
            raise ArchiveFailed(
                f"The ledger of {self.path} lacks the latest entry of {len(missing)} accounts, "
                f"such as {missing[0]!r}. Run kloudless-data archive verify."
            )
        return found

    def _newest_first(self) -> Iterable[list[Entry]]:
        """Yield the ledger's entries, a file at a time: the heads are in the last few."""
        import pyarrow.parquet as pq

        actions = self.open("ledger").get_add_actions(flatten=True)
        columns = {name: actions[name].to_pylist() for name in ("path", "modification_time")}
        files = sorted(zip(columns["modification_time"], columns["path"], strict=True))
        storage, root = self.files("ledger")
        for _, path in reversed(files):
            with storage.open(storage.join(root, path)) as file:
                rows = pq.read_table(file).to_pylist()
            yield [Entry.from_row(row) for row in rows]

    def chains(self, snapshot: DeltaTable) -> dict[str, list[Entry]]:
        """Return each account's entries that count, oldest first."""
        entries: dict[str, list[Entry]] = {}
        for some in self._newest_first():
            for entry in some:
                entries.setdefault(entry.account, []).append(entry)
        chains = {}
        versions = self.transactions(snapshot)
        for account, found in entries.items():
            head = versions.get(transaction_of(account))
            if head is not None:
                chains[account] = chain_of(found, head)
        return chains

    def active_files(self, snapshot: DeltaTable) -> dict[str, int]:
        """Return the paths and sizes of a snapshot's files."""
        actions = snapshot.get_add_actions(flatten=True)
        return dict(
            zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True)
        )

    def read_files(self, paths: Sequence[str], month: str) -> pa.Table:
        """Return the rows of some files of the events table, all of one month."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        storage, root = self.files("events")
        schema = pa.schema(self.open("events").schema().to_arrow())
        tables = []
        for path in paths:
            with storage.open(storage.join(root, path)) as file:
                tables.append(pq.read_table(file))
        rows = pa.concat_tables(tables, promote_options="default")
        rows = rows.append_column("month", pa.array([month] * rows.num_rows, pa.string()))
        return rows.select(schema.names).cast(schema)

    def sha256_of(self, path: str) -> str | None:
        """Return the SHA-256 of a file of the events table; None when it is missing."""
        storage, root = self.files("events")
        inner = storage.join(root, path)
        return None if storage.size(inner) is None else read_sha256(storage, inner)


class _ObjectStore(Storage):
    """The object store of a table, as deltalake reaches it, with the same options."""

    def __init__(self, uri: str, options: dict[str, str]) -> None:
        from deltalake.fs import DeltaStorageHandler
        from pyarrow.fs import PyFileSystem

        self._handler = DeltaStorageHandler(uri, options)
        super().__init__(PyFileSystem(self._handler), uri)

    def create(self, path: str) -> IO[bytes]:
        """Open a new file to write it."""
        # Past Arrow, which hands on its own buffers where deltalake takes nothing but bytes.
        raw: Any = self._handler._handler.open_output_stream(path, None)
        file: IO[bytes] = raw
        return file


def transaction_of(account: str) -> str:
    """Return the name of an account's application transaction."""
    return f"kloudless_data/{account}"


def _stats(rows: pa.Table, indexed: Sequence[str]) -> str:
    """Return a file's statistics as Delta has them, so that queries can skip it."""
    import pyarrow.compute as pc

    least: dict[str, Any] = {}
    most: dict[str, Any] = {}
    for name in indexed:
        found = pc.min_max(rows[name]).as_py()
        if found["min"] is not None:
            least[name], most[name] = _stat(found["min"], 0), _stat(found["max"], 1)
    nulls = {name: rows[name].null_count for name in indexed}
    return json.dumps(
        {"numRecords": rows.num_rows, "minValues": least, "maxValues": most, "nullCount": nulls}
    )


def _stat(value: Any, milliseconds_up: int) -> str:
    if not isinstance(value, datetime):
        return str(value)
    # Delta's are in milliseconds: the earliest is rounded down and the latest up.
    moment = value.astimezone(UTC) + timedelta(milliseconds=milliseconds_up)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
