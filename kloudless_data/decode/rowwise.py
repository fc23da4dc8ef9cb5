"""Decode objects to record batches one by one: the path that defines what decoding means.

It reads any JSON and loses nothing; tests hold the columnar path equal to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from types import NoneType
from typing import TYPE_CHECKING, Any

from ..schema.instants import read_time
from ..schema.model import EXTRA, RAW, Column, Schema
from .lossless_json import (
    LONE_SURROGATE,
    MAX_DEPTH,
    Number,
    Object,
    check_depth,
    compact,
    object_of,
    parse,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["READERS", "column_tree", "decode_items"]

#: A column's value, and whether it represents the JSON value completely.
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
        As for `kloudless_data.decode.decode_page`.

    Returns
    -------
    pyarrow.RecordBatch

    Raises
    ------
    InvalidResponse
        An object is nested too deeply.
    """
    import pyarrow as pa

    arrow = schema.arrow(raw=raw, columns=columns)
    values = [_parse(bytes(item)) for item in items]
    tree = column_tree(schema, tuple(arrow.names), raw=raw)
    page = _Rows(schema)
    loose = page.read([value if type(value) in _OBJECTS else _NOTHING for value in values], tree)
    if EXTRA in arrow.names:
        texts: list[str | None] = [None] * len(values)
        for row, value in enumerate(values):
            if type(value) not in _OBJECTS:
                texts[row] = compact(value)
            elif row in loose and (rest := page.rest(value, tree, row)):
                texts[row] = compact(rest)
        page.arrays[EXTRA] = pa.array(texts, pa.string())
    arrays = [page.arrays.get(field.name, pa.nulls(len(values), field.type)) for field in arrow]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow)


def _parse(text: bytes) -> Any:
    item = parse(text)
    # Nesting is at most the number of brackets, and counting them is faster than following them.
    if text.count(b"{") + text.count(b"[") > MAX_DEPTH:
        check_depth(item)
    return item


@lru_cache(maxsize=64)
def column_tree(schema: Schema, names: tuple[str, ...], *, raw: bool) -> dict[str, Any]:
    """Return the columns by the keys that lead to them: a branch is a dict, a leaf a `Column`.

    Parameters
    ----------
    schema : Schema
    names : tuple of str
        The requested columns. The others are needed only if ``extra`` is among them, to know which
        members have a column.
    raw : bool
        True if ``raw`` was requested, if only to keep it out of ``extra``.
    """
    columns = list(schema.columns)
    if raw or RAW in names:
        columns.append(Column(RAW, (RAW,), "json"))
    tree: dict[str, Any] = {}
    for column in columns:
        if EXTRA in names or column.name in names:
            branch = tree
            for key in column.path[:-1]:
                branch = branch.setdefault(key, {})
            branch[column.path[-1]] = column
    return tree


class _Rows:
    """Objects as rows, read one column at a time into `arrays`, by column; if any has the key."""

    def __init__(self, schema: Schema) -> None:
        self.arrays: dict[str, pa.Array] = {}
        self._misfits: dict[int, set[str]] = {}
        self._arrow = schema.arrow(raw=True)
        # By the branch of the tree: the rows with something for extra, the keys of columns, and
        # those of branches.
        self._loose: dict[int, set[int]] = {}
        self._leaves: dict[int, frozenset[str]] = {}
        self._branches: dict[int, list[str]] = {}

    def read(self, objects: Sequence[dict[str, Any] | Object], tree: dict[str, Any]) -> set[int]:
        """Read the columns of a tree, and return the rows with something that goes to extra.

        There is an object a row, perhaps without members; the tree may be a branch.
        """
        known = frozenset(tree)
        # Of equal keys the last counts.
        alike = [item if type(item) is dict else dict(item.items()) for item in objects]
        present: set[str] = set().union(*alike)
        loose = {row for row, item in enumerate(objects) if type(item) is Object}
        if not known.issuperset(present):
            loose.update([row for row, item in enumerate(alike) if not known.issuperset(item)])
        for key, place in tree.items():
            if key not in present:
                continue
            values = [*map(dict.get, alike, repeat(key))]
            if type(place) is not dict:
                self.arrays[place.name], misfits = self._column(place, values)
                loose.update(misfits)
                continue
            below = [value if value and type(value) in _OBJECTS else _NOTHING for value in values]
            misfits = [n for n, value in enumerate(below) if value is _NOTHING]
            loose.update([row for row in misfits if values[row] is not None])
            loose.update(self.read(below, place))
        self._loose[id(tree)] = loose
        self._branches[id(tree)] = [key for key, place in tree.items() if type(place) is dict]
        self._leaves[id(tree)] = known.difference(self._branches[id(tree)])
        return loose

    def _column(self, column: Column, values: list[Any]) -> tuple[pa.Array, list[int]]:
        """Return a column's values as an array, and the rows of those that do not fit."""
        import pyarrow as pa

        type_ = self._arrow.field(column.name).type
        types = {*map(type, values)}
        if types == {NoneType}:
            return pa.nulls(len(values), type_), []
        if types <= _FITTING.get(column.kind, set()):
            try:
                if column.kind == "timestamp":
                    return _times(pa.array(values, pa.string()), type_), []
                if column.kind == "id" and int in types:
                    values = [str(value) if type(value) is int else value for value in values]
                return pa.array(values, type_), []
            except (pa.ArrowException, OverflowError, ValueError):
                pass  # a lone surrogate, more than 64 bits, a time in another format
        reader, cells, misfits = READERS[column.kind], list[Any]([None] * len(values)), []
        for row, value in enumerate(values):
            if value is not None:
                cells[row], complete = reader(value)
                if not complete:
                    misfits.append(row)
                    self._misfits.setdefault(row, set()).add(column.name)
        return pa.array(cells, type_), misfits

    def rest(self, item: Any, tree: dict[str, Any], row: int) -> Any:
        """Return what of a row's object has no column in a tree, or is not all in it."""
        misfits, leaves = self._misfits.get(row), self._leaves[id(tree)]
        if type(item) is dict and not misfits:
            found = {key: value for key, value in item.items() if key not in leaves}
            for key in self._branches[id(tree)]:
                if key in found and (below := self._below(found[key], tree[key], row)) is not None:
                    found[key] = below
                else:
                    found.pop(key, None)
            return found
        # Of equal keys the last counts.
        last = {key: number for number, (key, _) in enumerate(item.items())}
        rest: list[tuple[str, Any]] = []
        for number, (key, value) in enumerate(item.items()):
            place = tree.get(key)
            if place is not None and last[key] == number:
                if type(place) is dict:
                    value = self._below(value, place, row)
                elif place.name not in (misfits or ()):
                    value = None
                if value is None:
                    continue
            rest.append((key, value))
        return object_of(rest)

    def _below(self, value: Any, branch: dict[str, Any], row: int) -> Any:
        """Return what of a branch's value has no column; None for nothing."""
        if value and type(value) in _OBJECTS:
            return (row in self._loose[id(branch)] and self.rest(value, branch, row)) or None
        return value


def _times(texts: pa.StringArray, type_: pa.DataType) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    from .values import read_times

    there = pc.is_valid(texts)
    values, _, complete = read_times(texts.drop_null())
    if not complete.all():
        raise ValueError
    nulls = pa.nulls(len(texts), pa.int64())
    return pc.replace_with_mask(nulls, there, pa.array(values)).cast(type_)


_OBJECTS = (dict, Object)
_NOTHING: dict[str, Any] = {}
#: The Python types whose values all fit a kind of column, except for lone surrogates and size.
_FITTING: dict[str, set[type]] = {
    "id": {str, int, NoneType},
    "string": {str, NoneType},
    "int64": {int, NoneType},
    "bool": {bool, NoneType},
    "timestamp": {str, NoneType},
}


def _read_string(value: Any) -> Reading:
    # A lone surrogate is JSON but not UTF-8, which Arrow strings are.
    if type(value) is str and (value.isascii() or not LONE_SURROGATE.search(value)):
        return value, True
    return _MISFIT


def _read_id(value: Any) -> Reading:
    digits = _digits(value)
    return _read_string(value) if digits is None else (digits, True)


def _digits(value: Any) -> str | None:
    """Return the text of an integer as it was sent; None for anything else."""
    if type(value) is int:
        return str(value)
    if type(value) is Number and not set(value.text) & set(".eE"):
        return value.text
    return None


_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")


def _read_int64(value: Any) -> Reading:
    text = value if type(value) is str else _digits(value)
    # "007", "+5" and -0 would not be written back the same.
    if text is not None and _INTEGER.fullmatch(text):
        number = int(text)
        if -(2**63) <= number < 2**63:
            return number, True
    return _MISFIT


def _read_float64(value: Any) -> Reading:
    """Return a number as a double, if a double represents it exactly."""
    text = value.text if type(value) is Number else _digits(value)
    if text is None:
        return _MISFIT
    number = float(text)
    # 1.10 equals 1.1; but 1e400 and 0.12345678901234567890 are not doubles.
    if abs(number) == float("inf") or Decimal(text) != Decimal(repr(number)):
        return _MISFIT
    return number, True


def _read_timestamp(value: Any) -> Reading:
    """Return microseconds since 1970 in UTC, with the assumptions of `read_time`."""
    if type(value) is not str:
        value = value.text if type(value) is Number else _digits(value)
    return (value is not None and read_time(value)) or _MISFIT


#: The reader of each kind of column.
READERS: dict[str, Callable[[Any], Reading]] = {
    "id": _read_id,
    "string": _read_string,
    "int64": _read_int64,
    "float64": _read_float64,
    "bool": lambda value: (value, True) if isinstance(value, bool) else _MISFIT,
    "json": lambda value: (compact(value), True),
    "timestamp": _read_timestamp,
}
