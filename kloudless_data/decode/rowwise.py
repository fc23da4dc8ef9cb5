"""Objects to record batches one by one: the path that defines what decoding means.

It reads anything that is JSON, and loses nothing; the columnar path beside it is held equal to it
by tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..schema.instants import read_time
from ..schema.model import EXTRA, RAW, Column, Schema
from .lossless_json import MAX_DEPTH, Float, Int, Object, check_depth, compact, parse

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["READERS", "column_tree", "decode_items"]

#: A column's value, and whether the column holds all that the JSON value said.
Reading = tuple[Any, bool]
_MISFIT: Reading = (None, False)


def decode_items(
    items: Iterable[Any],
    schema: Schema,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
) -> pa.RecordBatch:
    """Decode JSON texts, one row each.

    Parameters
    ----------
    items : iterable of bytes-like
        The text of each object.
    schema, raw, columns
        As for `kloudless_data.decode.decode.decode_page`.

    Returns
    -------
    pyarrow.RecordBatch

    Raises
    ------
    InvalidResponse
        When an object is nested too deeply.
    """
    import pyarrow as pa

    arrow = schema.arrow(raw=raw, columns=columns)
    texts = [bytes(item) for item in items]
    cells: dict[str, list[Any]] = {name: [None] * len(texts) for name in arrow.names}
    tree = _with_cells(column_tree(schema, arrow.names, raw=raw), cells, len(texts))
    for row, text in enumerate(texts):
        item = parse(text)
        # Nothing is deeper than it has brackets, which are counted faster than followed.
        if text.count(b"{") + text.count(b"[") > MAX_DEPTH:
            check_depth(item)
        rest = _place(item, tree, row) if isinstance(item, Object) else item
        if EXTRA in cells and (rest or not isinstance(item, Object)):
            cells[EXTRA][row] = compact(rest)
    arrays = [pa.array(cells[field.name], field.type) for field in arrow]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow)


def column_tree(schema: Schema, names: Sequence[str], *, raw: bool) -> dict[str, Any]:
    """Return the columns by the keys that lead to them: a branch is a dict, a leaf a `Column`.

    Parameters
    ----------
    schema : Schema
    names : sequence of str
        The columns that are asked for. Only with ``extra`` among them are the others needed, to
        tell what has a column.
    raw : bool
        Whether ``raw`` was asked for, if only to keep it out of ``extra``.
    """
    wanted = None if EXTRA in names else frozenset(names)
    return _tree(schema, wanted, raw or RAW in names)


@lru_cache(maxsize=64)
def _tree(schema: Schema, wanted: frozenset[str] | None, raw: bool) -> dict[str, Any]:
    columns = [*schema.columns, Column(RAW, (RAW,), "json")] if raw else list(schema.columns)
    tree: dict[str, Any] = {}
    for column in columns:
        if wanted is None or column.name in wanted:
            branch = tree
            for key in column.path[:-1]:
                branch = branch.setdefault(key, {})
            branch[column.path[-1]] = column
    return tree


def _with_cells(tree: dict[str, Any], cells: dict[str, list[Any]], rows: int) -> dict[str, Any]:
    """Return a tree with, instead of each column, its cells and the reader of its values."""
    found: dict[str, Any] = {}
    for key, place in tree.items():
        if isinstance(place, dict):
            found[key] = _with_cells(place, cells, rows)
        else:
            # A column that is not asked for is read too, to know what fits.
            column = cells.get(place.name, [None] * rows)
            found[key] = column, READERS[place.kind], place.kind in ("id", "string")
    return found


def _place(item: Object, tree: dict[str, Any], row: int) -> Object | None:
    """Put an object's values into the cells of a row, and return what found no place."""
    rest = []
    # Of equal keys the last counts.
    last = None
    if len(dict(item)) < len(item):
        last = {key: index for index, (key, _) in enumerate(item)}
    for index, (key, value) in enumerate(item):
        place = tree.get(key)
        if place is None or (last and last[key] != index):
            rest.append((key, value))
        elif value is None:
            continue
        elif type(place) is tuple:
            cells, reader, takes_text = place
            if takes_text and type(value) is str and value.isascii():
                cells[row] = value  # what most values are; a call would take twice as long
                continue
            cells[row], complete = reader(value)
            if not complete:
                rest.append((key, value))
        elif type(value) is Object and value:
            below = _place(value, place, row)
            if below:
                rest.append((key, below))
        else:
            rest.append((key, value))
    return Object(rest) if rest else None


_SURROGATE = re.compile("[\ud800-\udfff]")


def _read_string(value: Any) -> Reading:
    # A lone surrogate is JSON but not UTF-8, which Arrow strings are.
    if type(value) is str and (value.isascii() or not _SURROGATE.search(value)):
        return value, True
    return _MISFIT


def _read_id(value: Any) -> Reading:
    return (value, True) if type(value) is Int else _read_string(value)


_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")


def _read_int64(value: Any) -> Reading:
    # "007", "+5" and -0 would not come back as they were.
    if isinstance(value, str) and not isinstance(value, Float) and _INTEGER.fullmatch(value):
        number = int(value)
        if -(2**63) <= number < 2**63:
            return number, True
    return _MISFIT


def _read_float64(value: Any) -> Reading:
    """Return a number as a double, if a double holds just that number."""
    if not isinstance(value, (Int, Float)):
        return _MISFIT
    number = float(value)
    # 1.10 is 1.1; but 1e400 and 0.12345678901234567890 are no doubles.
    if abs(number) == float("inf") or Decimal(value) != Decimal(repr(number)):
        return _MISFIT
    return number, True


def _read_bool(value: Any) -> Reading:
    return (value, True) if isinstance(value, bool) else _MISFIT


def _read_json(value: Any) -> Reading:
    return compact(value), True


def _read_timestamp(value: Any) -> Reading:
    """Return microseconds since 1970 in UTC; what is assumed in that, `read_time` says."""
    return (read_time(value) if isinstance(value, str) else None) or _MISFIT


#: By the kind of a column.
READERS: dict[str, Callable[[Any], Reading]] = {
    "id": _read_id,
    "string": _read_string,
    "int64": _read_int64,
    "float64": _read_float64,
    "bool": _read_bool,
    "json": _read_json,
    "timestamp": _read_timestamp,
}
