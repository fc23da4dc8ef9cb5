"""Rows as JSON for programs: streamed, with lists as lists and times in ISO 8601."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..schema.columns import SCHEMAS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "first_rows",
    "json_array",
    "json_lines",
    "records_of_batch",
    "records_of_frame",
    "with_nested_as_json",
]

_SLICE = 10_000  # rows

#: Columns whose text is JSON, besides those of the schemas.
_ALSO_JSON = frozenset({"extra", "raw", "files", "removed", "gone", "parameters"})


@lru_cache(maxsize=1)
def _json_columns() -> frozenset[str]:
    named = (c.name for schema in SCHEMAS.values() for c in schema.columns if c.kind == "json")
    return _ALSO_JSON | frozenset(named)


def json_array(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    r"""Yield the text of a JSON array, one record per line.

    Examples
    --------
    >>> print("".join(json_array([{"id": "1"}, {"id": "é"}])), end="")
    [
    {"id": "1"},
    {"id": "\u00e9"}
    ]
    """
    before = "[\n"
    for line in json_lines(records):
        yield before + line.rstrip("\n")
        before = ",\n"
    yield "\n]\n" if before != "[\n" else "[]\n"


def json_lines(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield records as JSON Lines, in ASCII, which every encoding includes."""
    for record in records:
        line = json.dumps({name: _value(name, value) for name, value in record.items()})
        yield line.replace("\x7f", "\\u007f") + "\n"


def with_nested_as_json(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a record batch with lists and structs as JSON text, for files of plain cells.

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.record_batch({"id": ["1", "2"], "rules": [["a", "b"], None]})
    >>> with_nested_as_json(batch).to_pydict()
    {'id': ['1', '2'], 'rules': ['["a", "b"]', None]}
    """
    import pyarrow as pa

    columns = [
        pa.array([_json_text(value) for value in column.to_pylist()], pa.string())
        if pa.types.is_nested(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _json_text(value: Any) -> str | None:
    return None if value is None else json.dumps(_value("", value), ensure_ascii=False)


def first_rows(reader: pa.RecordBatchReader, rows: int) -> pa.Table:
    """Return the first rows of a stream; later batches are not read.

    Parameters
    ----------
    reader : pyarrow.RecordBatchReader
        The stream.
    rows : int
        The number of rows.
    """
    import pyarrow as pa

    found: list[pa.RecordBatch] = []
    while sum(batch.num_rows for batch in found) < rows:
        try:
            found.append(reader.read_next_batch())
        except StopIteration:
            break
    return pa.Table.from_batches(found, reader.schema).slice(0, rows)


def records_of_batch(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return a record batch's rows, with times as text, even those outside every calendar."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for column in batch.columns:
        if pa.types.is_timestamp(column.type):
            zone = "Z" if column.type.tz else ""
            column = pc.strftime(column, format=f"%Y-%m-%dT%H:%M:%S{zone}")
        columns.append(column)
    rows: list[dict[str, Any]] = pa.RecordBatch.from_arrays(columns, batch.schema.names).to_pylist()
    return rows


def records_of_frame(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield a DataFrame's rows, some thousands at a time, so that the first appear at once."""
    for start in range(0, len(frame), _SLICE):
        yield from frame.iloc[start : start + _SLICE].to_dict(orient="records")


def _value(name: str, value: Any) -> Any:
    """Return a value as a JSON value."""
    if isinstance(value, str):
        return _parsed(value) if name in _json_columns() else value
    if hasattr(value, "tolist"):  # a NumPy array or number
        value = value.tolist()
    if isinstance(value, list):
        return [_value("", one) for one in value]
    if isinstance(value, dict):
        return {str(key): _value("", one) for key, one in value.items()}
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _text(value)


def _text(value: Any) -> str | None:
    import pandas as pd

    if value is pd.NA or value is pd.NaT:
        return None
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _parsed(text: str) -> Any:
    """Return the list or object in a JSON text; return other texts unchanged."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
