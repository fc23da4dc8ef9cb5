"""The archive's two Delta tables, and the files in them."""

from __future__ import annotations

import math
import os
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...exceptions import ArchiveFailed, InvalidParameter, Remedy
from ...storage.atomic import read_sha256
from ...storage.filesystem import Storage, local_path
from ..ledger import ledger_schema
from .creation import INDEXED, check_format, create_tables
from .errors import unreadable, writing_errors
from .parquet import read_parquet, write_parquet
from .statistics import statistics_of
from .transactions import Transactions, read_transactions

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds
    from deltalake import DeltaTable

__all__ = ["DataFile", "Snapshots", "Tables"]

_TRANSACTION = "kloudless_data/"  # and the account
# A file that waited longer for its commit is rewritten: a vacuum may be about to delete it.
_FRESH = 1_200.0  # seconds; `Archive.compact` deletes nothing younger than an hour


@dataclass(frozen=True)
class DataFile:
    """A written file that is not in its table yet."""

    table: str
    path: str
    size: int
    rows: int
    sha256: str
    month: str
    stats: str
    written: float  # by `time.time`
    content: pa.Table = field(repr=False)  # to write it again


@dataclass(frozen=True)
class Snapshots:
    """A snapshot of each table, for one user: commits and `Tables.refresh` move them on.

    Attributes
    ----------
    events : DeltaTable
    ledger : DeltaTable
        Not older: it has every entry that the events' log names.
    """

    events: DeltaTable
    ledger: DeltaTable


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
                f"{self.path} has a %, which Delta Lake would read as the start of an escaped "
                "character. Choose another folder."
            )
        self.options = dict(storage_options or {})
        self._log = Transactions()

    def uri(self, name: str) -> str:
        """Return the location of a table."""
        return f"{self.path}/{name}"

    def exist(self) -> bool:
        """Return True if the archive exists."""
        from deltalake import DeltaTable

        try:
            return bool(DeltaTable.is_deltatable(self.uri("events"), self.options))
        except OSError as error:
            raise unreadable(self.path, error) from None

    def create(self, events: pa.Schema, name: str) -> None:
        """Create both tables; `name` is the schema's, such as ``"events.v1/1"``.

        Parameters
        ----------
        events : pyarrow.Schema
            The columns of the events table.
        name : str
            The name of their schema.
        """
        create_tables(self.path, self.options, events, name)

    def open(self, name: str) -> DeltaTable:
        """Return the latest snapshot of a table.

        Raises
        ------
        ArchiveFailed
            There is no archive, or it is not readable.
        """
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError

        try:
            table = DeltaTable(self.uri(name), storage_options=self.options)
        except TableNotFoundError:
            raise ArchiveFailed(
                f"There is no archive in {self.path}.", remedy=Remedy.MAKE_ARCHIVE
            ) from None
        except (DeltaError, OSError) as error:
            raise unreadable(self.path, error) from None
        check_format(self.path, table.metadata().name)
        return table

    def open_both(self) -> Snapshots:
        """Return the latest snapshot of each table.

        Raises
        ------
        ArchiveFailed
            There is no archive, or it is not readable.
        """
        return Snapshots(self.open("events"), self.open("ledger"))

    def refresh(self, snapshot: DeltaTable) -> DeltaTable:
        """Make a snapshot that nobody else uses the latest one: quicker than another.

        Parameters
        ----------
        snapshot : DeltaTable
            An earlier snapshot.

        Raises
        ------
        ArchiveFailed
            The archive is not readable.
        """
        from deltalake.exceptions import DeltaError

        try:
            snapshot.update_incremental()
        except (DeltaError, OSError) as error:
            raise unreadable(self.path, error) from None
        return snapshot

    def refresh_both(self, snapshots: Snapshots) -> None:
        """Make both snapshots the latest ones, as `refresh` does."""
        self.refresh(snapshots.events)
        self.refresh(snapshots.ledger)  # after the events', so it is not older

    def add_columns(self, table: DeltaTable, wanted: pa.Schema) -> None:
        """Add the columns that a table lacks and this version of the package has.

        Parameters
        ----------
        table : DeltaTable
            The latest snapshot; it has the columns afterwards.
        wanted : pyarrow.Schema
            The columns that this version knows.
        """
        from deltalake import Schema

        there = {field.name for field in table.schema().fields}
        new = [field for field in Schema.from_arrow(wanted).fields if field.name not in there]
        if new:
            table.alter.add_columns(new)

    def files(self, name: str) -> tuple[Storage, str]:
        """Return a table's file system and its path there."""
        if "://" not in self.path:
            return Storage.of(self.uri(name))
        from .objectstore import ObjectStore

        return ObjectStore(self.uri(name), self.options), ""

    def write(self, table: str, rows: pa.Table) -> list[DataFile]:
        """Write rows to new files of a table, one per month, without a commit.

        Parameters
        ----------
        table : str
            The table's name.
        rows : pyarrow.Table
            The rows to write.
        """
        import pyarrow.compute as pc

        months = sorted(pc.unique(rows["month"]).to_pylist())
        if len(months) == 1:
            return [self._write_month(table, rows, months[0])]
        return [
            self._write_month(table, rows.filter(pc.equal(rows["month"], month)), month)
            for month in months
        ]

    def _write_month(self, table: str, rows: pa.Table, month: str) -> DataFile:
        path = f"month={month}/part-{secrets.token_hex(16)}.zstd.parquet"
        return self._write_file(table, path, rows, month)

    def _write_file(self, table: str, path: str, rows: pa.Table, month: str) -> DataFile:
        storage, root = self.files(table)
        place = storage.join(root, path)
        with writing_errors(self.path):
            if storage.local:
                os.makedirs(storage.split(place)[0], exist_ok=True)  # noqa: PTH103
            file = write_parquet(storage, place, rows)
        return DataFile(
            table, path, file.tell(), rows.num_rows, file.sha256, month,
            statistics_of(rows, INDEXED[table]), time.time(), rows,
        )  # fmt: skip

    def _keep(self, files: Iterable[DataFile], *, fresh: float = math.inf) -> None:
        """Rewrite files that a vacuum has deleted or may delete at any moment.

        Until its commit, nothing marks a file as needed. A sync that paused for longer than a
        vacuum waits would commit files that no longer exist.
        """
        for file in files:
            storage, root = self.files(file.table)
            is_fresh = time.time() - file.written <= fresh
            if is_fresh and storage.size(storage.join(root, file.path)) is not None:
                continue
            again = self._write_file(file.table, file.path, file.content, file.month)
            if again.sha256 != file.sha256:
                raise ArchiveFailed(
                    f"{file.path} was deleted from {self.path} before its commit, and cannot be "
                    "written again as it was. Nothing is lost: sync again."
                )

    def commit(
        self,
        table: DeltaTable,
        added: Sequence[DataFile],
        heads: Mapping[str, int] | None = None,
        removed: Sequence[str] = (),
    ) -> None:
        """Commit files to a table.

        Parameters
        ----------
        table : DeltaTable
            The snapshot that was read.
        added : sequence of DataFile
        heads : mapping of str to int, optional
            From account to the version of its new latest entry, set as application transactions.
            The commit is refused if one of them was set since the snapshot.
        removed : sequence of str
            Paths of files that the added ones replace, with the same rows.

        Raises
        ------
        deltalake.exceptions.CommitFailedError
            The commit is refused.
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
        self._keep(added, fresh=_FRESH)
        with writing_errors(self.path):
            table.create_write_transaction(
                actions,
                mode="append",
                schema=table.schema(),
                partition_by=["month"],
                commit_properties=CommitProperties(app_transactions=named),
            )
        self._keep(added)  # no vacuum deletes them from now on, but one may have done so already

    def transactions(self, snapshot: DeltaTable) -> dict[str, int]:
        """Return each account's transaction version in a snapshot of the events table.

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
        """Return facts about each of a snapshot's files from the log, such as ``min.modified``.

        Parameters
        ----------
        snapshot : DeltaTable
            A version of the ledger table.
        *columns
            The facts to return, in the log's terms.
        """
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
        """Return a snapshot as an Arrow dataset that skips files by their statistics.

        Parameters
        ----------
        table : DeltaTable
            The snapshot.
        name : str, default "events"
            The table's name.
        """
        from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

        if "://" not in self.path:  # Arrow's own file system is faster than deltalake's
            files = SubTreeFileSystem(self.uri(name), LocalFileSystem())
        else:
            from .objectstore import ObjectStore

            files = ObjectStore(self.uri(name), self.options, self.active_files(table)).arrow
        return table.to_pyarrow_dataset(filesystem=files)

    def ledger_files(self) -> ds.Dataset:
        """Return the ledger's files on the disk, whatever the table's log says."""
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
        condition: ds.Expression | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return rows of one file of a table, without its month.

        Parameters
        ----------
        table : str
            The table's name.
        path : str
            The file's path in the table.
        condition : ds.Expression, optional
            Selects rows.
        columns : sequence of str, optional
            Only these columns.
        """
        storage, root = self.files(table)
        with storage.open(storage.join(root, path)) as file:
            return read_parquet(file, condition, columns)

    def sha256_of(self, path: str) -> str | None:
        """Return the SHA-256 of a file of the events table; None if it is missing."""
        storage, root = self.files("events")
        inner = storage.join(root, path)
        return None if storage.size(inner) is None else read_sha256(storage, inner)
