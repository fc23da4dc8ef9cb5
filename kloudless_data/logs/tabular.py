"""Logs that are tables: CSV from the services' consoles, and OCSF as Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

import msgspec
import numpy as np

from ..text.utf8 import is_utf8
from .specs import Path
from .split import Damage
from .texts import Texts

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "TableRecords",
    "column_of_json",
    "first_row",
    "first_rows",
    "json_rows",
    "read_csv",
]

#: Bytes of CSV text to read at a time, the longest row. Arrow reads dozens of them ahead.
_BLOCK = 2 << 20
_LINE_END = re.compile(rb"[\r\n]")
_BLANK_LINES = re.compile(rb"\A(?:[ \t]*[\r\n]+)+")
#: The number of bytes in which the headers must end.
_HEADERS = 1 << 20
#: The first bytes of a character of two, three or four that end a text.
_BEGUN = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")
_REPLACEMENT = "\ufffd"


class TableRecords:
    """Rows of a table as records; see `kloudless_data.logs.tree.Records`.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        With text columns.
    first : int, default 1
        The number of the first row.
    """

    def __init__(self, batch: pa.RecordBatch, first: int = 1) -> None:
        self._batch, self.first = batch, first
        self._columns = _places(batch)
        self._texts: list[bytes] | None = None
        self.rows: int = batch.num_rows

    def column(self, path: Path) -> pa.Array:
        """Return a column by its header, case-insensitively."""
        import pyarrow as pa

        index = self._columns.get(str(path[0]).casefold()) if len(path) == 1 else None
        return pa.nulls(self.rows, pa.string()) if index is None else self._batch.column(index)

    def texts(self) -> list[bytes]:
        """Return each row as a JSON object."""
        if self._texts is None:
            self._texts = list(map(msgspec.json.encode, self._batch.to_pylist()))
        return self._texts

    def raw(self) -> pa.Array:
        """Return each row as a JSON object."""
        return Texts.of(self.texts()).array()

    def sources(self) -> tuple[list[bytes], None]:
        """Return each row as a JSON object, and None: each row is one event."""
        return self.texts(), None

    def record_of(self, row: int) -> int:
        """Return the row."""
        return row

    def numbers(self) -> None:
        """Return None: each row is one event."""


def _places(batch: pa.RecordBatch) -> dict[str, int]:
    return {name.strip().casefold(): place for place, name in enumerate(batch.schema.names)}


def first_row(text: bytes, delimiter: str) -> tuple[list[str], int]:
    r"""Return the cells of a CSV text's first row, and its length in bytes with the line's end.

    Parameters
    ----------
    text : bytes
    delimiter : str

    Examples
    --------
    >>> first_row(b'a,"b,\nc"\r1,2\r', ",")
    (['a', 'b,\nc'], 9)
    """
    begin = text[:_HEADERS].decode("utf-8", "replace")
    lines = io.StringIO(begin, newline="")
    try:
        row = next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error:  # a cell is too long for it
        line = _LINE_END.split(text, maxsplit=1)[0]
        return line.decode("utf-8", "replace").split(delimiter), len(line) + 1
    return row, len(begin[: lines.tell()].encode())


def first_rows(text: bytes, delimiter: str, count: int) -> list[list[str]]:
    r"""Return the cells of a CSV text's first rows, including that of the headers.

    Parameters
    ----------
    text : bytes
        A file, or its beginning.
    delimiter : str
    count : int
        The number of rows.

    Examples
    --------
    >>> first_rows(b'a,b\n1,"2\n3"\n', ",", 2)
    [['a', 'b'], ['1', '2\n3']]
    """
    lines = io.StringIO(text.decode("utf-8", "replace"), newline="")
    rows = csv.reader(lines, delimiter=delimiter)
    found: list[list[str]] = []
    with suppress(csv.Error):  # a cell is too long for it
        found.extend(islice(rows, count))
    return found


def read_csv(
    blocks: Iterable[bytes], delimiter: str, damage: Damage, *, headers: bool = True
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a CSV text; cells are texts, empty ones null.

    Parameters
    ----------
    blocks : iterable of bytes
    delimiter : str
    damage : callable
        Called for rows with more or fewer cells than there are headers, or that are not UTF-8.
    headers : bool, default True
        The first row has the headers; else they are ``f0``, ``f1``, ….
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    def refuse(row: Any) -> str:
        text = (row.text or "").encode()
        # Arrow does not see the row of the headers, which is the first one of the file.
        number = "a row" if row.number is None else f"row {row.number + headers:,}"
        damage(number, f"it has {row.actual_columns} cells, not {row.expected_columns}", text)
        return "skip"

    file = _Joined(blocks)
    names = file.first_row(delimiter, past=headers)
    if not headers:
        names = [f"f{number}" for number in range(len(names))]
    if file.is_at_end:
        return
    try:
        reader = arrow_csv.open_csv(
            pa.PythonFile(file, mode="r"),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK, column_names=names
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=_as_texts(names),
        )
        last = None
        for batch in reader:
            if batch.num_rows:
                batch = _without_headers(batch) if headers else batch
                last = batch.slice(batch.num_rows - 1) if batch.num_rows else last
                yield _as_written(batch, damage) if file.replaced else batch
        if file.quotes % 2 and last is not None:
            texts = [cell for cell in last.to_pylist()[0].values() if "\n" in str(cell)]
            if texts:
                why = "the file ends within a quoted cell, so its last row may hold others"
                damage("the last row", why, str(texts[-1]).encode())
    except pa.ArrowException as error:
        damage("the rest", f"it is not CSV: {error}", b"")
        file.skip()


def _as_texts(headers: list[str]) -> Any:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    return arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(headers, pa.string()),
        strings_can_be_null=True,
        null_values=[""],
        check_utf8=True,
    )


def _without_headers(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the rows without repeated headers, as files have that were joined."""
    import pyarrow as pa
    import pyarrow.compute as pc

    same = pc.equal(batch.column(0), batch.schema.names[0]).fill_null(False)
    if not pc.any(same).as_py():
        return batch
    for column, name in zip(batch.columns, batch.schema.names, strict=True):
        same = pc.and_(same, pc.equal(column, pa.scalar(name)).fill_null(False))
    return batch.filter(pc.invert(same))


def _as_written(batch: pa.RecordBatch, damage: Damage) -> pa.RecordBatch:
    """Return the rows without those in which bytes were replaced, which are damage."""
    import pyarrow as pa
    import pyarrow.compute as pc

    strange = pa.repeat(False, batch.num_rows)
    for column in batch.columns:
        strange = pc.or_(strange, pc.match_substring(column, _REPLACEMENT).fill_null(False))
    if not pc.any(strange).as_py():
        return batch
    for row in batch.filter(strange).to_pylist():
        why = "it is not UTF-8; save the file as UTF-8 to read it"
        damage("a row", why, msgspec.json.encode(_without_nulls(row)))
    return batch.filter(pc.invert(strange))


class _Joined:
    """Blocks as a file for Arrow, whose first line can be read in advance.

    Bytes that are not UTF-8 are replaced, since Arrow would read no further.
    """

    closed = False

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._rest = b""
        self._cut = b""
        #: Whether bytes were replaced.
        self.replaced = False
        #: How many quotes were read so far; an odd number of all leaves one open.
        self.quotes = 0
        self._reading = Lock()  # Arrow reads ahead in a thread of its own

    def skip(self) -> None:
        """Read the blocks that are left, for whoever counts or hashes them."""
        with self._reading:
            for _ in self._blocks:
                pass
            self._rest = b""

    def first_row(self, delimiter: str, *, past: bool) -> list[str]:
        """Return the cells of the first row; with `past`, what is read begins after it."""
        row: list[str] = []
        length, block = 0, self._next()
        while block is not None:
            self._rest = _BLANK_LINES.sub(b"", self._rest + block)
            row, length = first_row(self._rest, delimiter)
            if length < len(self._rest):
                break
            block = self._next()
        self._rest = self._rest[length * past :]
        return row

    @property
    def is_at_end(self) -> bool:
        """True if there is nothing left to read."""
        if not self._rest:
            self._rest = self._next() or b""
        return not self._rest

    def _next(self) -> bytes | None:
        """Return the next block in UTF-8, to its last whole character; None at the end."""
        block = next(self._blocks, None)
        if block is None and not self._cut:
            return None
        text = self._cut + (block or b"")
        self._cut = b"" if block is None or text.isascii() else _begun(text)
        text = text[: len(text) - len(self._cut)]
        if not is_utf8(text):
            text, self.replaced = text.decode("utf-8", "replace").encode(), True
        return text

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, or what is left: Arrow wants a whole row in each of its blocks."""
        with self._reading:
            parts, missing = [self._rest], size - len(self._rest)
            while (missing > 0 or size < 0) and (block := self._next()) is not None:
                parts.append(block)
                missing -= len(block)
            whole = b"".join(parts) if len(parts) > 1 else parts[0]
            found, self._rest = (whole, b"") if size < 0 else (whole[:size], whole[size:])
            self.quotes += found.count(b'"')
            return found

    def readable(self) -> bool:
        """Return True."""
        return True

    def writable(self) -> bool:
        """Return False."""
        return False

    def seekable(self) -> bool:
        """Return False."""
        return False

    def close(self) -> None:
        """Do nothing: whoever supplied the blocks closes their source."""


def _begun(text: bytes) -> bytes:
    """Return the beginning of a character at the end of a text, of which the rest is missing."""
    found = _BEGUN.search(text[-3:])
    return found.group() if found else b""


def column_of_json(batch: pa.RecordBatch, header: str, first: int = 1) -> Texts:
    """Return the JSON texts of a column; an empty cell gives the whole row, which is not a record.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        Rows of text columns.
    header : str
        The column's name; case does not matter.
    first : int, default 1
        The number of the first row.
    """
    import pyarrow.compute as pc

    cells = batch.column(_places(batch)[header.casefold()])
    if cells.null_count:
        rows = batch.to_pylist()
        return Texts.of(
            [
                msgspec.json.encode(row) if cell is None else cell.encode()
                for cell, row in zip(cells.to_pylist(), rows, strict=True)
            ],
            first,
        )
    lines = pc.binary_join_element_wise(cells, "", "\n")
    _, places, text = lines.buffers()
    bounds = np.frombuffer(places, np.int32)[lines.offset :][: len(lines) + 1].astype(np.int64)
    numbers = np.arange(first, first + len(lines))
    # Without the last line's end.
    return Texts(text.to_pybytes()[: bounds[-1] - 1], bounds[:-1], bounds[1:] - 1, numbers)


def json_rows(file: IO[bytes]) -> Iterator[list[bytes]]:
    """Yield the rows of a Parquet file as JSON objects, without null members."""
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(file).iter_batches(batch_size=5_000):
        yield [msgspec.json.encode(_without_nulls(row)) for row in batch.to_pylist()]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    return value
