"""Whole pages to record batches with array operations: the fast path.

`Structure` says where a page's keys and values are. Here they become columns:

1. Each key is identified by itself, wherever it stands: the object that has it and its name lead
   to a column (`Plan`). So the page is a table of *cells*, columns by rows, each with the number of
   a key or none. That members are missing, moved or unknown costs nothing.
2. Columns of strings are slices of the page's text, which are copied together. Integers and times
   are computed from their digits, all of a kind at once.
3. What has no column, or does not fit its own, is *loose*: `extra` is its text as it stands in the
   page, with the keys of the objects around it put in between.

Single values that are written in a rare way are read by the row-wise path's readers, and so are
rows that are no objects or have a key twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ..exceptions import InvalidParameter, MissingPackage
from ..schema.model import EXTRA, Schema
from ..text.terminal import bounded
from .lossless_json import parse
from .pieces import Pieces, array, regrouped
from .plan import NOWHERE, Located, Plan, plan_for
from .rowwise import READERS, decode_items
from .structure import FALSE, NULL, QUOTE, TRUE, Page, Structure

if TYPE_CHECKING:
    import msgspec
    from numpy.typing import NDArray

    from .values import Bools, Ints

__all__ = ["ENGINE", "decode_columnar"]

# glibc gives memory back to the system as soon as it is free, until a block of this size has come
# and gone. Without this a page took 1,300 page faults instead of 50, and a sixth more CPU time.
np.empty(2**23, np.uint8)

#: The environment variable that says with what a page is indexed, "numpy" or "numba".
ENGINE = "KLOUDLESS_DECODE"

_TYPES = {
    "timestamp": pa.timestamp("us", tz="UTC"),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
}


def decode_columnar(
    items: Sequence[bytes | msgspec.Raw],
    schema: Schema,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
) -> pa.RecordBatch:
    """Decode the objects of a page together.

    Parameters
    ----------
    items : sequence of bytes-like
        The JSON text of each object, which msgspec has found valid; half a gigabyte at most.
    schema, raw, columns
        As for `kloudless_data.decode.decode.decode_page`.

    Returns
    -------
    pyarrow.RecordBatch

    Raises
    ------
    InvalidResponse
        When an object is nested too deeply.
    InvalidParameter, MissingPackage
        When `ENGINE` names an engine that there is not, or that is not installed.
    """
    plan = plan_for(schema, raw, None if columns is None else tuple(columns))
    page, located = _located(items, plan)
    if not len(page.key_starts):
        return decode_items(items, schema, raw=raw, columns=columns)
    cells = _Cells(page, plan, located)
    batch = cells.batch()
    odd = cells.odd_rows.tolist()
    if odd:
        others = decode_items([items[row] for row in odd], schema, raw=raw, columns=columns)
        order = np.arange(len(items))
        order[odd] = range(len(items), len(items) + len(odd))
        both = pa.Table.from_batches([batch, others]).take(pa.array(order))
        (batch,) = both.combine_chunks().to_batches()
    return batch


def _located(items: Sequence[bytes | msgspec.Raw], plan: Plan) -> tuple[Page, Located]:
    """Return a page and where its keys stand."""
    engine = os.environ.get(ENGINE, "numpy")
    if engine == "numba":
        from . import kernel

        if not kernel.IS_COMPILED:
            raise MissingPackage(
                f"{ENGINE}=numba needs Numba. Install: pip install 'kloudless-data[performance]'"
            )
        scanned = kernel.Scanned(items, plan)
        return scanned, scanned.located
    if engine != "numpy":
        raise InvalidParameter(f"{ENGINE} is numpy or numba, not {bounded(repr(engine), 40)}.")
    page = Structure(items)
    return page, plan.locate(page)


class _Cells:
    """A page's values: targets by rows, each cell with the number of a key or none.

    Attributes
    ----------
    keys, begin : array
        The key of each cell, and the first byte of its value, 0 where there is none.
    there : array of bool
        Which cells have a value that fits the column and is not null.
    loose : array of bool
        Which of the page's keys go to extra.
    odd_rows : array of int64
        Rows that are no objects, or have a key twice.
    """

    def __init__(self, page: Page, plan: Plan, located: Located) -> None:
        self.page, self.plan, self.rows = page, plan, len(located.odd)
        self._row, self._place, target, self.keys, self.begin, odd = located
        self.loose = target == plan.loose
        self.there = (self.begin != 0) & (self.begin != NULL)
        self.odd_rows = np.flatnonzero(odd)
        self._pieces = Pieces(page)

    def batch(self) -> pa.RecordBatch:
        """Return the record batch; what it has in odd rows has no meaning."""
        self._drop_misfits()
        arrays = dict(self._numbers())
        arrays.update(self._texts())
        names = self.plan.arrow.names
        nulls = zip(names, _nulls(self.plan.arrow, self.rows), strict=True)
        return pa.RecordBatch.from_arrays(
            [arrays.get(name, null) for name, null in nulls], schema=self.plan.arrow
        )

    def _drop_misfits(self) -> None:
        """Drop values whose first byte tells that they do not fit."""
        begin, kinds = self.begin, self.plan.of
        quoted = begin == QUOTE
        number = (begin >= ord("-")) & (begin <= ord("9"))
        self._keep_only("string", quoted)
        self._keep_only("timestamp", quoted | number)
        self._keep_only("float64", number)
        self._keep_only("bool", (begin == TRUE) | (begin == FALSE))
        for kind in ("id", "int64"):
            which = kinds(kind)
            if number[which].any():
                number[which] &= self.page.is_integer(self.keys[which])
            self._keep_only(kind, quoted | number)
        which = kinds("branch")
        second = self.page.text[self.page.values[self.keys[which]] + 1]
        begin[which][second == ord("}")] = ord("[")  # an object without keys is no branch
        self._keep_only("branch", begin == ord("{"))

    def _keep_only(self, kind: str, fits: Bools) -> None:
        """Let what does not fit be null, and its key loose."""
        which = self.plan.of(kind)
        wrong = self.there[which] & ~fits[which]
        if wrong.any():
            self.loose[self.keys[which][wrong]] = True
            self.there[which] &= ~wrong

    def _numbers(self) -> Iterable[tuple[str, pa.Array]]:
        """Return the columns that are not strings, of those that have a value."""
        for kind, type_ in _TYPES.items():
            which = self.plan.of(kind)
            values = self.begin[which] == TRUE if kind == "bool" else self._values(kind)
            for target, row, there in zip(
                self.plan.targets[which], values, self.there[which], strict=True
            ):
                if there.any():
                    yield target.name, array(type_, row, there)

    def _values(self, kind: str) -> NDArray[Any]:
        page, which = self.page, self.plan.of(kind)
        there = self.there[which]
        values = np.zeros(there.shape, np.float64 if kind == "float64" else np.int64)
        cells = np.nonzero(there)
        keys = self.keys[which][cells]
        quoted = page.begin[keys] == QUOTE
        starts, ends = page.values[keys], page.ends(keys)
        unread = np.ones(len(keys), np.bool_)
        if kind == "timestamp":
            values[cells], read, complete = page.read_times(starts + quoted, ends - quoted)
            self.loose[keys[read & ~complete]] = True
            unread = ~read
        elif kind == "int64":
            values[cells], read = page.read_integers(starts + quoted, ends - quoted)
            unread = ~read
        texts = page.texts(starts[unread], ends[unread])
        for key, column, row, text in zip(
            keys[unread], cells[0][unread], cells[1][unread], texts, strict=True
        ):
            value, is_complete = READERS[kind](parse(text))
            self.loose[key] |= not is_complete
            there[column, row] = value is not None
            values[column, row] = value or 0
        return values

    def _texts(self) -> Iterable[tuple[str, pa.Array]]:
        """Return the columns of strings that have a value, and extra."""
        which = self.plan.of("id", "json")
        used = np.flatnonzero(self.there[which].any(axis=1))
        keys, begin, there = self.keys[used], self.begin[used], self.there[used]
        pieces = self.page.pieces_of(keys)
        is_json = (used >= self.plan.of("json").start)[:, None]
        self._replace(pieces, keys, there & is_json, self._pieces.add_json)
        self._replace(pieces, keys, there & ~is_json & (begin != QUOTE), self._pieces.add)
        if self.page.has_escapes:
            escaped = self.page.is_escaped(keys) & there & ~is_json & (begin == QUOTE)
            self._replace(pieces, keys, escaped, self._pieces.add_strings)
        extra, counts = self._extra()
        always = np.ones(len(extra), np.bool_)
        taken = self._pieces.take(np.append(pieces, extra), np.append(there, always))
        for index, target in enumerate(used.tolist()):
            column = taken.slice(index * self.rows, self.rows)
            yield self.plan.targets[target].name, column
        if len(extra):
            yield EXTRA, regrouped(taken.slice(pieces.size), counts)

    def _replace(self, pieces: Ints, keys: Ints, cells: Bools, add: Any) -> None:
        """Let some cells be other pieces of text than the string after their keys."""
        if cells.any():
            which = keys[cells]
            pieces[cells] = add(self.page.values[which], self.page.ends(which))

    def _extra(self) -> tuple[Ints, Ints]:
        """Return the pieces of text that extra is made of, and how many of them each row has."""
        page = self.page
        keys = np.flatnonzero(self.loose) if self.plan.extra else np.zeros(0, np.int64)
        if not len(keys):
            return keys, keys
        row, place = self._row[keys], self._place[keys]
        is_first, is_last = np.diff(row, prepend=-1) != 0, np.diff(row, append=-1) != 0
        before = np.where(is_first, NOWHERE, np.roll(place, 1))
        texts, joint = self.plan.joints(before, place)
        _, end = self.plan.joints(place[is_last], np.full(np.count_nonzero(is_last), NOWHERE))
        joints = self._pieces.add_texts(texts)
        # A joint before each member, and another after a row's last one.
        at = 2 * np.arange(len(keys)) + np.cumsum(is_first) - 1
        pieces = np.empty(2 * len(keys) + len(end), np.int64)
        pieces[at] = joints[joint]
        pieces[at + 1] = self._pieces.add_members(page.key_starts[keys] - 1, page.ends(keys))
        pieces[at[is_last] + 2] = joints[end]
        counts = 2 * np.bincount(row, minlength=self.rows)
        return pieces, counts + (counts > 0)


@lru_cache(maxsize=8)
def _nulls(schema: pa.Schema, rows: int) -> list[pa.Array]:
    """Return a column of nulls for each field; pages mostly have the same size."""
    return [pa.nulls(rows, field.type) for field in schema]
