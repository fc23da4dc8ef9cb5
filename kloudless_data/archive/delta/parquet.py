"""One Parquet file of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from ...storage.atomic import AtomicFile
from ...storage.filesystem import Storage

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds

__all__ = ["read_parquet", "write_parquet"]

_ROW_GROUP = 100_000  # rows


def write_parquet(storage: Storage, place: str, rows: pa.Table, attempts: int = 5) -> AtomicFile:
    """Write rows to a file, reproducibly; their month is in the folder's name.

    Parameters
    ----------
    storage : Storage
        The file system.
    place : str
        The file to write.
    rows : pyarrow.Table
        Rows of one month.
    attempts : int, default 5
        How often to try on an unreliable store.
    """
    import pyarrow.parquet as pq

    try:
        with AtomicFile(storage, place) as file:
            pq.write_table(
                rows.drop_columns("month"), file, compression="zstd", row_group_size=_ROW_GROUP
            )
        return file
    except FileNotFoundError:  # a vacuum deleted it before it was renamed
        if attempts == 1:
            raise
        return write_parquet(storage, place, rows, attempts - 1)


def read_parquet(
    file: IO[bytes], condition: ds.Expression | None, columns: Sequence[str] | None
) -> pa.Table:
    """Read a file's rows, texts as strings.

    Other programs write string views, for which Arrow has fewer functions.

    Parameters
    ----------
    file : IO[bytes]
        The file to read.
    condition : ds.Expression or None
        Selects rows.
    columns : sequence of str or None
        Only these columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = None if columns is None else list(columns)
    parquet = pq.ParquetFile(file, pre_buffer=True)
    if parquet.num_row_groups == 1 and (names is None or condition is None):
        # Most files of an archive are small. What `read_table` prepares takes twice as long.
        rows = parquet.read(names)
        rows = rows if condition is None else rows.filter(condition)
    else:
        file.seek(0)
        rows = pq.read_table(file, filters=condition, columns=names, partitioning=None)
    texts = [
        f.with_type(pa.string()) if pa.types.is_string_view(f.type) else f for f in rows.schema
    ]
    return rows.cast(pa.schema(texts))
