"""One file's contents: record batches as CSV, Parquet or JSON Lines."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, Protocol

from ..paging.prefetch import Background

if TYPE_CHECKING:
    import pyarrow as pa

    from ..storage.atomic import NewFile

__all__ = ["SINKS", "Part", "Sink", "neutralise_formulas", "open_sink"]

_ROW_GROUP_BYTES = 32 << 20  # Arrow bytes a Parquet row group: bounds memory, and large enough


@dataclass(frozen=True)
class Part:
    """Some rows, and the same as lines of JSON for those who want them."""

    batch: pa.RecordBatch
    lines: Callable[[], list[bytes]]

    def only(self, keep: Sequence[bool]) -> Part:
        """Return some of the rows: those that `keep` is True of."""
        import pyarrow as pa

        batch = self.batch.filter(pa.array(keep, pa.bool_()))
        return Part(batch, lambda: list(compress(self.lines(), keep)))


class Sink(Protocol):
    """Writes record batches to a file."""

    def write(self, part: Part) -> None:
        """Write some rows."""

    def close(self, position: str | None) -> None:
        """Write what comes last; `position` is where to continue after these rows."""


class _CSVSink:
    def __init__(
        self, file: Any, schema: pa.Schema, source: Mapping[str, Any], plain: bool, header: bool
    ) -> None:
        import pyarrow as pa
        from pyarrow import csv

        # Strings are quoted and nulls are nothing, so that "" and null stay two things.
        options = csv.WriteOptions(include_header=header, quoting_style="needed")
        self._plain = plain
        if not plain:
            schema = neutralise_formulas(pa.RecordBatch.from_pylist([], schema)).schema
        self._writer = csv.CSVWriter(file, schema, write_options=options)

    def write(self, part: Part) -> None:
        self._writer.write_batch(part.batch if self._plain else neutralise_formulas(part.batch))

    def close(self, position: str | None) -> None:
        self._writer.close()


class _ParquetSink:
    def __init__(
        self, file: Any, schema: pa.Schema, source: Mapping[str, Any], plain: bool, header: bool
    ) -> None:
        import pyarrow.parquet as pq

        self._schema = schema.with_metadata(
            {f"kloudless_data.{key}": str(value) for key, value in source.items() if value}
        )
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0
        self._under_way: Background | None = None

    def write(self, part: Part) -> None:
        self._waiting.append(part.batch)
        self._waiting_bytes += part.batch.nbytes
        if self._waiting_bytes >= _ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        table = pa.Table.from_batches(self._waiting).replace_schema_metadata(self._schema.metadata)
        self._finish()
        # While Arrow encodes and compresses these rows, the next ones are decoded. When the export
        # fails meanwhile, the file discards what is still written.
        self._under_way = Background(
            lambda: self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        )
        self._waiting, self._waiting_bytes = [], 0

    def _finish(self) -> None:
        if self._under_way is not None:
            self._under_way.finish()

    def close(self, position: str | None) -> None:
        if self._waiting:
            self._flush()
        self._finish()
        if position is not None:  # where to continue is known only now
            self._writer.add_key_value_metadata({"kloudless_data.cursor_to": position})
        self._writer.close()


class _JSONLinesSink:
    def __init__(
        self, file: Any, schema: pa.Schema, source: Mapping[str, Any], plain: bool, header: bool
    ) -> None:
        self._file = file

    def write(self, part: Part) -> None:
        self._file.write(b"".join(line + b"\n" for line in part.lines()))

    def close(self, position: str | None) -> None:
        return None


class _GzipSink:
    """Compresses what another sink writes. Files of one sort after the other are one such file."""

    def __init__(self, file: NewFile, open_inner: Callable[[Any], Sink]) -> None:
        # No time and no name: the same rows are the same bytes.
        self._file = gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0)
        self._inner = open_inner(self._file)

    def write(self, part: Part) -> None:
        self._inner.write(part)

    def close(self, position: str | None) -> None:
        self._inner.close(position)
        self._file.close()


SINKS: dict[str, Callable[..., Sink]] = {
    "csv": _CSVSink,
    "parquet": _ParquetSink,
    "jsonl": _JSONLinesSink,
}


def open_sink(
    format: str,
    file: NewFile,
    schema: pa.Schema,
    source: Mapping[str, Any],
    *,
    plain: bool,
    compressed: bool,
    header: bool = True,
) -> Sink:
    """Return what writes record batches to a file.

    Parameters
    ----------
    format : {"csv", "parquet", "jsonl"}
    file : NewFile
    schema : pyarrow.Schema
    source : mapping
        Where the rows are from; for Parquet's own metadata.
    plain : bool
        CSV: leave formulas as they are.
    compressed : bool
        CSV and JSON Lines: as gzip.
    header : bool
        CSV: begin with the columns' names.
    """

    def open_inner(target: Any) -> Sink:
        return SINKS[format](target, schema, source, plain, header)

    return _GzipSink(file, open_inner) if compressed else open_inner(file)


_FORMULA = r"^[=+\-@\t\r]"


def neutralise_formulas(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Put an apostrophe before every text that a spreadsheet would run as a formula.

    Columns' names are such texts too: those of an inferred schema come from the server.

    Parameters
    ----------
    batch : pyarrow.RecordBatch

    Returns
    -------
    pyarrow.RecordBatch

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.record_batch({"name": ["=1+1", "plan.xlsx", None], "@size": [1, 2, 3]})
    >>> neutralise_formulas(batch).to_pydict()
    {'name': ["'=1+1", 'plan.xlsx', None], "'@size": [1, 2, 3]}
    """
    import pyarrow as pa

    names = ["'" + name if re.match(_FORMULA, name) else name for name in batch.schema.names]
    return pa.RecordBatch.from_arrays(list(map(_neutralised, batch.columns)), names=names)


def _neutralised(column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):  # a pandas category
        column = column.cast(column.type.value_type)
    # A DataFrame's texts are large strings, an event stream's are strings.
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    risky = pc.match_substring_regex(column, _FORMULA)
    if not pc.any(risky).as_py():
        return column
    before, after = pa.scalar("'", column.type), pa.scalar("", column.type)
    return pc.if_else(risky, pc.binary_join_element_wise(before, column, after), column)
