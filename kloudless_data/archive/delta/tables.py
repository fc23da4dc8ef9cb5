"""The archive's two Delta tables, and the files in them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ...exceptions import ArchiveFailed, InvalidParameter
from ...storage.atomic import AtomicFile, read_sha256
from ...storage.filesystem import Storage, local_path
from ..ledger import ledger_schema
from .transactions import Transactions, read_transactions

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds
    from deltalake import DeltaTable

__all__ = ["DataFile", "Tables", "events_table_schema", "extent_of", "plain"]

_FORMAT_NAME, _FORMAT = "kloudless_data archive", 1
_TRANSACTION = "kloudless_data/"  # and the account
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime.max.replace(microsecond=999_000, tzinfo=UTC)  # Delta's are in milliseconds
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
        text = local_path(path)
        self.path = text.rstrip("/") if "://" in text else os.path.normpath(text)
        if "%" in self.path and "://" not in self.path:
            raise InvalidParameter(
                f"{self.path} has a %, which Delta Lake takes for the beginning of an escaped "
                "character. Choose another folder."
            )
        self.options = dict(storage_options or {})
        self._log = Transactions()

    def uri(self, name: str) -> str:
        """Return where a table is."""
        return f"{self.path}/{name}"

    def exist(self) -> bool:
        """Tell whether the archive was made."""
        from deltalake import DeltaTable

        try:
            return bool(DeltaTable.is_deltatable(self.uri("events"), self.options))
        except OSError as error:
            raise self._unreadable(error) from None

    def create(self, events: pa.Schema, name: str) -> None:
        """Make both tables; `name` is the schema's, such as ``"events.v1/1"``."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        # The log is what proves which entries count: nothing of it is ever cleaned up.
        keep = {
            "delta.logRetentionDuration": "interval 36500 days",
            # Each commit names a transaction an account: few of them are to be read at a time.
            "delta.checkpointInterval": "10",
        }
        for table, schema in (("ledger", ledger_schema()), ("events", events_table_schema(events))):
            try:
                DeltaTable.create(
                    self.uri(table),
                    schema=schema,
                    mode="ignore",
                    partition_by=["month"],
                    name=f"{_FORMAT_NAME} {_FORMAT}",
                    description=name,
                    configuration={
                        **keep,
                        "delta.dataSkippingStatsColumns": ",".join(_INDEXED[table]),
                    },
                    storage_options=self.options,
                )
            except (DeltaError, OSError) as error:
                # Another sync may have been making it at the same time.
                if not DeltaTable.is_deltatable(self.uri(table), self.options):
                    raise ArchiveFailed(
                        f"No archive can be made in {self.path}: {plain(error)}. Choose a folder "
                        "that can be written, or check the storage options."
                    ) from None

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
            table = DeltaTable(self.uri(name), storage_options=self.options)
        except TableNotFoundError:
            raise ArchiveFailed(
                f"There is no archive in {self.path}. Make one with Archive(path).sync(accounts), "
                "or kloudless-data archive init."
            ) from None
        except (DeltaError, OSError) as error:
            raise self._unreadable(error) from None
        _check_format(self.path, table.metadata().name)
        return table

    def _unreadable(self, error: Exception) -> ArchiveFailed:
        return ArchiveFailed(
            f"The archive {self.path} cannot be read: {plain(error)}. Check the path and, for an "
            "object store, its address and credentials."
        )

    def add_columns(self, name: str, wanted: pa.Schema) -> None:
        """Add the columns that this version of the package knows and a table does not."""
        from deltalake import Schema

        table = self.open(name)
        there = {field.name for field in table.schema().fields}
        new = [field for field in Schema.from_arrow(wanted).fields if field.name not in there]
        if new:
            table.alter.add_columns(new)

    def files(self, name: str) -> tuple[Storage, str]:
        """Return the file system of a table, and the table's path in it."""
        if "://" not in self.path:
            return Storage.of(self.uri(name))
        from .objectstore import ObjectStore

        return ObjectStore(self.uri(name), self.options), ""

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
            with self.writing():
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        path = f"month={month}/part-{secrets.token_hex(16)}.zstd.parquet"
        with self.writing(), AtomicFile(storage, storage.join(root, path)) as file:
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
        heads: Mapping[str, int] | None = None,
        removed: Sequence[str] = (),
    ) -> None:
        """Make files part of a table.

        Parameters
        ----------
        table : DeltaTable
            The snapshot that was read.
        added : sequence of DataFile
        heads : mapping of str to int, optional
            Account -> the version of its new latest entry, as application transactions. The commit
            is refused when one of them was set since the snapshot.
        removed : sequence of str
            Paths of files that are replaced by those added, with the same rows.

        Raises
        ------
        deltalake.exceptions.CommitFailedError
            It is refused.
        ArchiveFailed
            It cannot be written.
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
        named = [Transaction(_TRANSACTION + key, head) for key, head in (heads or {}).items()]
        with self.writing():
            table.create_write_transaction(
                actions,
                mode="append",
                schema=table.schema(),
                partition_by=["month"],
                commit_properties=CommitProperties(app_transactions=named),
            )

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Say what can be done when a data file cannot be read."""
        import pyarrow as pa

        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise ArchiveFailed(
                f"A data file of {self.path} is missing or damaged: {plain(error)}. Run "
                "kloudless-data archive verify, and restore what it names from a copy."
            ) from None

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Say what can be done when a file or a commit cannot be written."""
        from deltalake.exceptions import CommitFailedError, DeltaError

        try:
            yield
        except CommitFailedError:
            raise
        except (DeltaError, OSError) as error:
            raise ArchiveFailed(
                f"The archive {self.path} cannot be written: {plain(error)}. What was committed "
                "before is kept; make room or give permission, and sync again."
            ) from None

    def transactions(self, snapshot: DeltaTable) -> dict[str, int]:
        """Return what each account's transaction is set to, in a snapshot of the events table.

        Raises
        ------
        ArchiveFailed
            The table's log cannot be read.
        """
        storage, root = self.files("events")
        try:
            self._log = read_transactions(storage, root, snapshot.version(), self._log)
        except (OSError, ValueError) as error:
            raise ArchiveFailed(
                f"The Delta log of {self.uri('events')} cannot be read: {error}. Restore the "
                "folder _delta_log from a copy."
            ) from None
        return {
            name.removeprefix(_TRANSACTION): version
            for name, version in self._log.found.items()
            if name.startswith(_TRANSACTION)
        }

    def actions(self, snapshot: DeltaTable, *columns: str) -> list[dict[str, Any]]:
        """Return what the log says of each of a snapshot's files, such as ``min.modified``."""
        import pyarrow as pa

        table = pa.table(snapshot.get_add_actions(flatten=True))
        there = [name for name in columns if name in table.column_names]
        rows: list[dict[str, Any]] = table.select(there).to_pylist()
        return rows

    def active_files(self, snapshot: DeltaTable) -> dict[str, int]:
        """Return the paths and sizes of a snapshot's files."""
        files = self.actions(snapshot, "path", "size_bytes")
        return {file["path"]: file["size_bytes"] for file in files}

    def dataset(self, table: DeltaTable, name: str = "events") -> ds.Dataset:
        """Return a snapshot as an Arrow dataset, whose statistics let files be skipped."""
        from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

        if "://" not in self.path:  # Arrow's own file system is faster than deltalake's
            files = SubTreeFileSystem(self.uri(name), LocalFileSystem())
        else:
            from .objectstore import ObjectStore

            files = ObjectStore(self.uri(name), self.options, self.active_files(table)).arrow
        return table.to_pyarrow_dataset(filesystem=files)

    def ledger_files(self) -> ds.Dataset:
        """Return the ledger's files as they are on the disk, whatever the table's log says."""
        import pyarrow.dataset as ds

        storage, root = self.files("ledger")
        schema = ledger_schema()
        return ds.dataset(
            [storage.join(root, path) for path in sorted(self.active_files(self.open("ledger")))],
            schema=schema.remove(schema.get_field_index("month")),
            filesystem=storage.arrow,
            format="parquet",
        )

    def read_file(
        self,
        table: str,
        path: str,
        where: ds.Expression | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return rows of one file of a table, without its month."""
        import pyarrow.parquet as pq

        storage, root = self.files(table)
        with storage.open(storage.join(root, path)) as file:
            names = None if columns is None else list(columns)
            return pq.read_table(file, filters=where, columns=names, partitioning=None)

    def sha256_of(self, path: str) -> str | None:
        """Return the SHA-256 of a file of the events table; None when it is missing."""
        storage, root = self.files("events")
        inner = storage.join(root, path)
        return None if storage.size(inner) is None else read_sha256(storage, inner)


def plain(error: Exception) -> str:
    """Return a storage library's message as one line, without colours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return " ".join(text.replace("↳", "").split()).rstrip(".")


def _check_format(path: str, name: str | None) -> None:
    """Refuse an archive that a newer version of the package made in another way."""
    kind, _, number = (name or "").rpartition(" ")
    if kind == _FORMAT_NAME and number.isdigit() and int(number) > _FORMAT:
        raise ArchiveFailed(
            f"The archive {path} has format {number}, and this version of kloudless-data knows "
            f"{_FORMAT}. Install a newer one: pip install --upgrade kloudless-data."
        )


def _stats(rows: pa.Table, indexed: Sequence[str]) -> str:
    """Return a file's statistics as Delta has them, so that queries can skip it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    least: dict[str, Any] = {}
    most: dict[str, Any] = {}
    for name in indexed:
        if pa.types.is_timestamp(rows[name].type):
            earliest, latest = extent_of(rows[name])
            if earliest is not None and latest is not None:
                # Delta's are in milliseconds: the earliest is rounded down and the latest up.
                least[name], most[name] = _milliseconds(earliest), _milliseconds(latest, up=True)
        elif (found := pc.min_max(rows[name]).as_py())["min"] is not None:
            least[name], most[name] = found["min"], found["max"]
    nulls = {name: rows[name].null_count for name in indexed}
    return json.dumps(
        {"numRecords": rows.num_rows, "minValues": least, "maxValues": most, "nullCount": nulls}
    )


def extent_of(times: pa.ChunkedArray) -> tuple[datetime | None, datetime | None]:
    """Return the earliest and the latest time of a column, UTC.

    A time that Python has no name for, such as the year 0 of a drifted server, becomes the first or
    last that it has.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.min_max(times.cast(pa.int64())).as_py()
    return _moment(found["min"]), _moment(found["max"])


def _moment(microseconds: int | None) -> datetime | None:
    if microseconds is None:
        return None
    try:
        return min(_EPOCH + timedelta(microseconds=microseconds), _LAST)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if microseconds < 0 else _LAST


def _milliseconds(moment: datetime, *, up: bool = False) -> str:
    if up and moment < _LAST - timedelta(milliseconds=1):
        moment += timedelta(milliseconds=1)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
