"""Record batches to pandas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..exceptions import InvalidParameter
from .categories import which_categories

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["DtypeBackend", "to_frame"]

DtypeBackend: TypeAlias = Literal["numpy_nullable", "pyarrow"]


def to_frame(
    batches: pa.Table | Iterable[pa.RecordBatch],
    schema: pa.Schema,
    *,
    dtype_backend: DtypeBackend | None = None,
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
        `kloudless_data.interchange.categories.repeating_columns`.

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
            f"must be None, 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}.",
            parameter="dtype_backend",
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
