"""One file's contents: record batches as CSV, Parquet or JSON Lines."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SINKS", "HashedFile", "Part", "neutralise_formulas"]

_ROW_GROUP_BYTES = 32 << 20  # Arrow bytes a Parquet row group: bounds memory, and large enough


@dataclass(frozen=True)
class Part:
    """Some rows, and the same as lines of JSON for those who want them."""

    batch: pa.RecordBatch
    lines: Callable[[], list[bytes]]


class HashedFile:
    """A binary file that knows the SHA-256 of what was written to it."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._position = 0
        self.discarded = False
        self.digest = hashlib.sha256()
        self.closed = False

    def write(self, data: Any) -> int:
        """Write bytes, as `io.RawIOBase` does."""
        view = memoryview(data)
        # A writer that was given up writes its footer when Python collects it, long after.
        if not self.discarded:
            self.digest.update(view)
            self._raw.write(view)
        self._position += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._position

    def flush(self) -> None:
        """Pass on what is buffered."""
        if not self.discarded:
            self._raw.flush()

    def close(self) -> None:
        """Nothing: `_published` closes the file after Arrow's writers have let go of it."""

    def readable(self) -> bool:
        """Return False."""
        return False

    def seekable(self) -> bool:
        """Return False."""
        return False

    def writable(self) -> bool:
        """Return True."""
        return True


class _Sink(Protocol):
    def __init__(
        self, file: HashedFile, schema: pa.Schema, source: Mapping[str, Any], plain: bool
    ) -> None: ...
    def write(self, part: Part) -> None: ...
    def close(self, position: str | None) -> None: ...


class _CSVSink:
    def __init__(
        self, file: HashedFile, schema: pa.Schema, source: Mapping[str, Any], plain: bool
    ) -> None:
        import pyarrow as pa
        from pyarrow import csv

        # Strings are quoted and nulls are nothing, so that "" and null stay two things.
        options = csv.WriteOptions(quoting_style="needed")
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
        self, file: HashedFile, schema: pa.Schema, source: Mapping[str, Any], plain: bool
    ) -> None:
        import pyarrow.parquet as pq

        self._schema = schema.with_metadata(
            {f"kloudless_data.{key}": str(value) for key, value in source.items() if value}
        )
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0

    def write(self, part: Part) -> None:
        self._waiting.append(part.batch)
        self._waiting_bytes += part.batch.nbytes
        if self._waiting_bytes >= _ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        table = pa.Table.from_batches(self._waiting).replace_schema_metadata(self._schema.metadata)
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        self._waiting, self._waiting_bytes = [], 0

    def close(self, position: str | None) -> None:
        if self._waiting:
            self._flush()
        if position is not None:  # where to continue is known only now
            self._writer.add_key_value_metadata({"kloudless_data.cursor_to": position})
        self._writer.close()


class _JSONLinesSink:
    def __init__(
        self, file: HashedFile, schema: pa.Schema, source: Mapping[str, Any], plain: bool
    ) -> None:
        self._file = file

    def write(self, part: Part) -> None:
        self._file.write(b"".join(line + b"\n" for line in part.lines()))

    def close(self, position: str | None) -> None:
        return None


SINKS: dict[str, type[_Sink]] = {
    "csv": _CSVSink,
    "parquet": _ParquetSink,
    "jsonl": _JSONLinesSink,
}

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
