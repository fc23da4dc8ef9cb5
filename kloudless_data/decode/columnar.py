"""Whole pages to record batches with array operations: the fast path; see `docs/decode.md`.

An engine finds a page's keys and values, and puts them into a table of *cells*, columns by rows.
Here columns of strings become slices of the page's text, copied together, and numbers and times are
cast from them. What has no column, or does not fit its own, is *loose*: `extra` is its original
text, with the keys of the surrounding objects inserted. The row-wise path reads single values in a
rare notation, and rows that are not objects or have a key twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ..schema.model import EXTRA, Schema
from . import index
from .engine import indexer
from .index import FALSE, NULL, OBJECT, QUOTE, TRUE, Index
from .lossless_json import parse
from .pieces import Pieces, array, regrouped
from .plan import NOWHERE, Plan, plan_for
from .rowwise import READERS, decode_items
from .values import read_integers, read_times

if TYPE_CHECKING:
    import msgspec
    from numpy.typing import NDArray

    from .index import Spans
    from .values import Ints

__all__ = ["decode_columnar"]

# glibc returns free memory to the system at once, until a block of this size has been freed.
# Without this a page took 1,300 page faults instead of 50, and a sixth more CPU time.
np.empty(2**23, np.uint8)
# The row-wise readers take less time for so many values than Arrow's casts for any number of them.
_FEW = 64


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
        The JSON text of each object, validated by msgspec; at most half a gigabyte.
    schema, raw, columns
        As for `kloudless_data.decode.decode_page`.

    Returns
    -------
    pyarrow.RecordBatch

    Raises
    ------
    InvalidResponse
        An object is nested too deeply.
    InvalidParameter, MissingPackage
        The engine that the environment names does not exist, or is not installed.
    """
    plan = plan_for(schema, raw, None if columns is None else tuple(columns))
    page = indexer(items)(items, plan)
    if not page.begin.any():
        return decode_items(items, schema, raw=raw, columns=columns)
    batch = _Cells(page, plan).batch()
    odd = np.flatnonzero(page.odd).tolist()
    if odd:
        others = decode_items([items[row] for row in odd], schema, raw=raw, columns=columns)
        order = np.arange(len(items))
        order[odd] = range(len(items), len(items) + len(odd))
        both = pa.Table.from_batches([batch, others]).take(pa.array(order))
        (batch,) = both.combine_chunks().to_batches()
    return batch


class _Cells:
    """A page's values: targets by rows.

    Attributes
    ----------
    there : array of bool
        The cells with a value that fits the column and is not null.
    loose : array of bool
        The cells that go to extra.
    """

    def __init__(self, page: Index, plan: Plan) -> None:
        self.page, self.plan, self.rows = page, plan, len(page.odd)
        self.begin = page.begin
        self.there = (self.begin != 0) & (self.begin != NULL)
        self.loose = np.zeros(self.begin.shape, np.bool_)
        self._pieces = Pieces(page, plan)

    def batch(self) -> pa.RecordBatch:
        """Return the record batch; its odd rows have no meaning."""
        self._drop_misfits()
        arrays = dict(self._numbers())
        arrays.update(self._texts())
        names = self.plan.arrow.names
        nulls = zip(names, _nulls(self.plan.arrow, self.rows), strict=True)
        return pa.RecordBatch.from_arrays(
            [arrays.get(name, null) for name, null in nulls], schema=self.plan.arrow
        )

    def _drop_misfits(self) -> None:
        """Make null and loose what does not fit, as its first byte shows."""
        begin = self.begin
        quoted, number = begin == QUOTE, (begin >= ord("-")) & (begin <= ord("9"))
        integer = quoted | (number & ~self.page.special)
        fitting = {
            "string": quoted, "id": integer, "int64": integer, "float64": number,
            "timestamp": quoted | number, "bool": (begin == TRUE) | (begin == FALSE),
            "branch": begin == OBJECT,
        }  # fmt: skip
        for kind, fits in fitting.items():
            which = self.plan.of(kind)
            wrong = self.there[which] & ~fits[which]
            self.loose[which] |= wrong
            self.there[which] &= ~wrong

    def _numbers(self) -> Iterable[tuple[str, pa.Array]]:
        """Return the columns that have a value and are not strings."""
        arrow = self.plan.arrow
        for kind in ("timestamp", "int64", "float64", "bool"):
            which = self.plan.of(kind)
            values = self.begin[which] == TRUE if kind == "bool" else self._values(kind)
            there = self.there[which]
            for number in np.flatnonzero(there.any(axis=1)).tolist():
                name = self.plan.targets[which][number].name
                if name in arrow.names:
                    yield name, array(arrow.field(name).type, values[number], there[number])

    def _values(self, kind: str) -> NDArray[Any]:
        """Return the values of a kind's columns, and note which are null or loose after all."""
        page, which = self.page, self.plan.of(kind)
        there, loose = self.there[which].ravel(), self.loose[which].ravel()
        is_float, first = kind == "float64", self.plan.of("timestamp").start
        if is_float:
            values, cells = np.zeros(there.shape), np.flatnonzero(there)
        else:
            within = slice(which.start - first, which.stop - first)
            values = page.numbers[within].ravel()
            cells = np.flatnonzero(there & ~page.read[within].ravel())
        if not len(cells):
            return values.reshape(-1, self.rows)
        quoted = self.begin[which].take(cells) == QUOTE
        spans = np.stack((page.starts[which].take(cells), page.ends[which].take(cells)))
        rare = np.ones(len(quoted), np.bool_)
        if not is_float and len(cells) > _FEW:
            texts = self._pieces.take(spans + np.stack((quoted, -quoted.astype(np.int8))))
            if kind == "timestamp":
                values[cells], read, complete = read_times(texts)
                loose[cells] |= read & ~complete
            else:
                values[cells], read = read_integers(texts)
            rare = ~read
        rest = page.texts(spans[:, rare])
        for cell, text in zip(cells[rare].tolist(), rest, strict=True):
            value, is_complete = READERS[kind](parse(text))
            loose[cell] |= not is_complete
            there[cell] = value is not None
            values[cell] = value or 0
        return values.reshape(-1, self.rows)

    def _texts(self) -> Iterable[tuple[str, pa.Array]]:
        """Return the string columns that have a value, and extra."""
        which = self.plan.of("id", "json")
        used = np.flatnonzero(self.there[which].any(axis=1))
        there, begin = self.there[used], self.begin[used]
        spans = np.stack((self.page.starts[used], self.page.ends[used]))
        strings = int(np.searchsorted(used, self.plan.of("json").start))
        quoted = begin[:strings] == QUOTE
        spans[0, :strings] += quoted
        spans[1, :strings] -= quoted
        escaped = self.page.special[used[:strings]] & quoted & there[:strings]
        if escaped.any():
            found = spans[:, :strings]
            found[:, escaped] = self._pieces.strings(found[:, escaped])
        if strings < len(used):
            json = spans[:, strings:]
            json[:] = self._pieces.json(json.reshape(2, -1)).reshape(json.shape)
        extra, counts = self._extra()
        taken = self._pieces.take(
            np.concatenate((spans.reshape(2, -1), extra), axis=1),
            np.append(there, np.ones(extra.shape[1], np.bool_)),
        )
        for number, target in enumerate(used.tolist()):
            column = taken.slice(number * self.rows, self.rows)
            yield self.plan.targets[target].name, column
        if len(counts):
            yield EXTRA, regrouped(taken.slice(len(used) * self.rows), counts)

    def _loose(self) -> tuple[Spans, Ints, Ints]:
        """Return the spans, rows and places of the loose members, in order."""
        page = self.page
        found = page.loose[[index.KEY, index.END, index.ROW, index.PLACE]]
        if self.loose.any():
            # For few cells 15 times as fast as np.nonzero of a table.
            cells = np.divmod(np.flatnonzero(self.loose), self.rows)
            misfits = page.keys[cells], page.ends[cells], cells[1], self.plan.within[cells[0]]
            found = np.concatenate((found, np.stack(misfits)), axis=1)
            # Few sorted runs, which a stable sort merges.
            found = found[:, np.argsort(found[0], kind="stable")]
        found[0] -= 1  # the quote
        return found[:2], found[2], found[3]

    def _extra(self) -> tuple[Spans, Ints]:
        """Return the pieces of text that make up extra, and their number in each row."""
        members, row, place = self._loose()
        if not len(row) or not self.plan.extra:
            return members[:, :0], row[:0]
        is_first = np.append(True, row[1:] != row[:-1])
        is_last, before = np.roll(is_first, -1), np.roll(place, 1)
        before[is_first] = NOWHERE
        joint, end = self.plan.joint(before, place), self.plan.joint(place[is_last], NOWHERE)
        joints = self._pieces.joints
        # A joint precedes each member, and another follows a row's last one.
        at = 2 * np.arange(len(row)) + np.cumsum(is_first) - 1
        pieces = np.empty((2, 2 * len(row) + len(end)), np.int32)
        pieces[:, at] = joints[:, joint]
        pieces[:, at + 1] = self._pieces.json(members, b"{%s}")
        pieces[:, at[is_last] + 2] = joints[:, end]
        counts = 2 * np.bincount(row, minlength=self.rows)
        return pieces, counts + (counts > 0)


@lru_cache(maxsize=8)
def _nulls(schema: pa.Schema, rows: int) -> list[pa.Array]:
    """Return a column of nulls for each field, cached, since most pages have the same size."""
    return [pa.nulls(rows, field.type) for field in schema]
