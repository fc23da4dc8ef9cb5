"""Write rows as CSV, Parquet or JSON Lines, possibly compressed."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any

from ..display.records import with_nested_as_json
from ..paging.prefetch import Background
from .rows import Rows, Writer
from .spreadsheet import neutralise_formulas

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CSVWriter", "GzipWriter", "JSONLinesWriter", "ParquetWriter"]

_ROW_GROUP_BYTES = 24 << 20  # Arrow bytes per Parquet row group: bounds memory, and is large enough
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it Excel reads UTF-8 as the computer's code page


class CSVWriter:
    """Writes CSV.

    Parameters
    ----------
    file : binary file
    schema : pyarrow.Schema
    keep_formulas : bool
        Leave formulas unchanged.
    excel : bool
        Begin with a byte order mark.
    separator : str
    header : bool
        Begin with the columns' names.
    """

    def __init__(
        self,
        file: Any,
        schema: pa.Schema,
        *,
        keep_formulas: bool = False,
        excel: bool = False,
        separator: str = ",",
        header: bool = True,
    ) -> None:
        import pyarrow as pa
        from pyarrow import csv

        self._keep_formulas, self._separator = keep_formulas, separator
        if excel and header:
            file.write(_BYTE_ORDER_MARK)
        # Not `from_pylist`: before pyarrow 25, it refuses some types of categories.
        empty = pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in schema], schema=schema)
        schema = self._cells(empty).schema
        # Strings are quoted and nulls are not, so "" and null stay distinct.
        options = csv.WriteOptions(
            include_header=header, quoting_style="needed", delimiter=separator
        )
        self._writer = csv.CSVWriter(file, schema, write_options=options)

    def write(self, rows: Rows) -> None:
        """Write some rows."""
        self._writer.write_batch(self._cells(rows.batch))

    def _cells(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        batch = with_nested_as_json(batch)
        return batch if self._keep_formulas else neutralise_formulas(batch, self._separator)

    def close(self, position: str | None) -> None:
        """Flush the buffer."""
        self._writer.close()


class ParquetWriter:
    """Writes Parquet.

    Parameters
    ----------
    file : binary file
    schema : pyarrow.Schema
    provenance : mapping
        The rows' origin, for the file's metadata.
    """

    def __init__(self, file: Any, schema: pa.Schema, provenance: Mapping[str, Any]) -> None:
        import pyarrow.parquet as pq

        self._schema = schema.with_metadata(
            {f"kloudless_data.{key}": str(value) for key, value in provenance.items() if value}
        )
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0
        self._under_way: Background | None = None

    def write(self, rows: Rows) -> None:
        """Write rows once there are enough for a row group."""
        self._waiting.append(rows.batch)
        self._waiting_bytes += rows.batch.nbytes
        is_large = rows.batch.nbytes >= _ROW_GROUP_BYTES // 2
        if is_large or self._waiting_bytes >= _ROW_GROUP_BYTES:
            self._flush()
        if is_large:  # a part's row group: two at once would dominate the memory
            self._finish()

    def _flush(self) -> None:
        import pyarrow as pa

        table = pa.Table.from_batches(self._waiting).replace_schema_metadata(self._schema.metadata)
        self._finish()
        # The next rows are decoded while Arrow encodes and compresses these. If the export fails
        # meanwhile, the file discards what is still written.
        self._under_way = Background(
            lambda: self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        )
        self._waiting, self._waiting_bytes = [], 0

    def _finish(self) -> None:
        if self._under_way is not None:
            self._under_way.finish()

    def close(self, position: str | None) -> None:
        """Write the last rows, the next position and the footer."""
        if self._waiting:
            self._flush()
        self._finish()
        if position is not None:  # the next position is known only now
            self._writer.add_key_value_metadata({"kloudless_data.cursor_to": position})
        self._writer.close()


class JSONLinesWriter:
    """Writes one object per line.

    Parameters
    ----------
    file : binary file
    """

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, rows: Rows) -> None:
        """Write some rows."""
        self._file.write(b"".join(line + b"\n" for line in rows.lines()))

    def close(self, position: str | None) -> None:
        """Do nothing: every line is whole."""


class GzipWriter:
    """Compresses what another writer writes. Concatenated gzip files form a valid gzip file.

    Parameters
    ----------
    file : binary file
    open_inner : callable
        Gives the other writer for a file.
    """

    def __init__(self, file: IO[bytes] | Any, open_inner: Callable[[Any], Writer]) -> None:
        # No time and no name: the same rows are the same bytes.
        self._file = gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0)
        self._inner = open_inner(self._file)

    def write(self, rows: Rows) -> None:
        """Write some rows."""
        self._inner.write(rows)

    def close(self, position: str | None) -> None:
        """End the compressed data."""
        self._inner.close(position)
        self._file.close()
