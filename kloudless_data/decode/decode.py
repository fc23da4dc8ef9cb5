"""Decode a page's bytes to Arrow record batches, and those to pandas.

::

    read_envelope    body -> Envelope: the objects' text, and the next page
    decode_page      Envelope -> RecordBatch of the type's schema
    split_objects    Envelope -> each object's text, for JSON Lines
    to_frame         record batches -> DataFrame

In short, ids are strings, however they were sent; times are UTC; null and missing are both null;
and a value that a column cannot hold is null there, and complete at its original path in the JSON
text of ``extra``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..exceptions import InvalidParameter
from ..schema.categories import which_categories
from ..schema.model import Schema
from .envelope import Envelope, read_envelope, split_objects
from .rowwise import decode_items

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "Envelope",
    "decode_objects_tolerant",
    "decode_page",
    "read_envelope",
    "split_objects",
    "to_frame",
]

# With fewer objects than this, the columnar path takes longer than the row-wise one.
_FEW = 24
# A larger page is read in parts, whose arrays fit into a processor's cache and take bounded memory,
# ten times the text.
_PART = 2**21
# Arrow's strings have 32-bit offsets, some of which additions to the text need.
_MOST_BYTES = 2**29


def decode_page(
    envelope: Envelope,
    schema: Schema,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
) -> pa.RecordBatch:
    """Decode the objects of a page.

    Parameters
    ----------
    envelope : Envelope
        From `read_envelope`.
    schema : Schema
        The schema of the objects' type.
    raw : bool, default False
        Keep the member ``raw``, the upstream service's object, as JSON text in a column ``raw``.
    columns : sequence of str, optional
        Only these columns, which is faster.

    Returns
    -------
    pyarrow.RecordBatch
        One row per object, with the columns of ``schema.arrow(raw=raw, columns=columns)``.

    Raises
    ------
    InvalidResponse
        An object is nested deeper than 200 levels.
    InvalidParameter
        A column does not exist.

    Examples
    --------
    >>> from kloudless_data.schema.columns import events_schema
    >>> envelope = read_envelope(b'[{"id": 7, "metadata": {"size": "12", "color": "red"}}]')
    >>> columns = ["id", "metadata_size", "extra"]
    >>> decode_page(envelope, events_schema(1), columns=columns).to_pylist()
    [{'id': '7', 'metadata_size': 12, 'extra': '{"metadata":{"color":"red"}}'}]
    """
    if not envelope.is_plain or envelope.count < _FEW:
        return decode_items(envelope.items, schema, raw=raw, columns=columns)
    import pyarrow as pa

    from .columnar import decode_columnar

    batches = [
        (decode_columnar if size <= _MOST_BYTES else decode_items)(
            items, schema, raw=raw, columns=columns
        )
        for items, size in _parts(envelope.items)
    ]
    if len(batches) > 1:
        batches = pa.Table.from_batches(batches).combine_chunks().to_batches()
    (batch,) = batches
    return batch


def _parts(items: Sequence[Any]) -> Iterator[tuple[Sequence[Any], int]]:
    """Yield the items in parts, with the size of each in bytes."""
    size = sum(map(len, items))
    if size <= _PART:
        yield items, size
        return
    begin = size = 0
    for end, item in enumerate(items):
        if size and size + len(item) > _PART:
            yield items[begin:end], size
            begin, size = end, 0
        size += len(item)
    yield items[begin:], size


def decode_objects_tolerant(
    envelope: Envelope,
    schema: Schema,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
) -> pa.RecordBatch:
    """Decode the objects of a page one by one, with the same result as `decode_page`, but slower.

    Parameters
    ----------
    envelope, schema, raw, columns
        As for `decode_page`.

    Returns
    -------
    pyarrow.RecordBatch
    """
    return decode_items(envelope.items, schema, raw=raw, columns=columns)


def to_frame(
    batches: pa.Table | Iterable[pa.RecordBatch],
    schema: pa.Schema,
    *,
    dtype_backend: Literal["numpy_nullable", "pyarrow"] | None = None,
    categories: bool | Sequence[str] = False,
) -> pd.DataFrame:
    """Return record batches as a DataFrame.

    Parameters
    ----------
    batches : pyarrow.Table or iterable of pyarrow.RecordBatch
        May be empty.
    schema : pyarrow.Schema
        The schema of the batches; an empty frame has its columns too.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As in `pandas.read_json`. By default, strings are pandas' ``str`` backed by Arrow, integers
        ``Int64`` and booleans ``boolean`` (nulls stay nulls, and sizes exact), times
        ``datetime64[us, UTC]``.
    categories : bool or sequence of str
        Columns to convert to ``category``. True selects those with few distinct values, by
        `kloudless_data.schema.categories.repeating_columns`.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InvalidParameter
        `dtype_backend` is unknown, or a category is not a column.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"type": ["add", "add"], "size": [1, None]})
    >>> to_frame(table, table.schema, categories=["type"]).dtypes
    type    category
    size       Int64
    dtype: object
    """
    import pyarrow as pa

    if dtype_backend not in (None, "numpy_nullable", "pyarrow"):
        raise InvalidParameter(
            f"dtype_backend must be None, 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}."
        )
    names = which_categories(categories, schema)
    table = batches if isinstance(batches, pa.Table) else pa.Table.from_batches(batches, schema)
    for name in names:
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, table[name].dictionary_encode())
    frame: pd.DataFrame = table.to_pandas(types_mapper=_dtypes(dtype_backend).get)
    return frame


def _dtypes(backend: str | None) -> dict[pa.DataType, Any]:
    """Return the pandas dtypes of Arrow types; pandas chooses those of all others."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    utc = pa.timestamp("us", tz="UTC")
    if backend == "pyarrow":
        types = [pa.string(), pa.int64(), pa.float64(), pa.bool_(), utc]
        return {arrow: pd.ArrowDtype(arrow) for arrow in types}
    dtypes = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    if backend == "numpy_nullable":
        return dtypes | {pa.string(): pd.StringDtype(), pa.float64(): pd.Float64Dtype()}
    return dtypes | {pa.string(): pd.StringDtype("pyarrow", na_value=np.nan)}
