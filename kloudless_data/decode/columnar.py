"""Whole pages to record batches with array operations: the fast path.

A page, already known to be valid JSON, is taken apart without a Python object per event:

1. Each key ends where a quote is followed by a colon.
2. Objects with the same keys in the same order have one `Template`, learnt from the first of them
   and kept for later pages. Each object is compared with its template, byte for byte outside its
   values.
3. A value is what is between two heads of a template. Strings are then a slice each of the page:
   one Arrow array over the page's bytes, of which `take` copies what a column needs. Integers and
   times are computed from their digits.

A misfit is null in its column, and its text goes to ``extra``. What this does not prove to be
simple goes through the tolerant path, an object at a time, and is put into its row: escaped or
repeated keys, naive times, shapes without a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..schema.columns import EXTRA, Column, Schema
from .lossless_json import Float, Int, compact, parse
from .page import FALSE, NULL, QUOTE, TRUE, Book, Page
from .rowwise import column_tree, read_float64, read_rows
from .vectors import are_integers, read_integers, read_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .envelope import Envelope

__all__ = ["decode_columnar"]

_MAX_BYTES = 2**30  # Arrow's strings have 32 bits of offset.
_STRING = msgspec.json.Decoder(str)
_COMPACT = re.compile(rb'(?:[^"\\ \t\r\n]++|"[^"\\]*+")*+')
#: The kinds in the order that a plan has its slots in; those kept as strings come first. A branch
#: is where columns begin that are read only from an object.
_KINDS = ("id", "string", "json", "timestamp", "int64", "float64", "bool", "branch")


class _Plan:
    """What to read from the objects of a schema, and the shapes that they were seen to have."""

    def __init__(self, schema: Schema, raw: bool, columns: tuple[str, ...] | None) -> None:
        self.arrow = schema.arrow(raw=raw, columns=columns)
        self.asked = frozenset(self.arrow.names)
        self.extra = EXTRA in self.asked
        kind_of = {column.name: column.kind for column in schema.columns}
        #: The kind of each column, for the cache of columns without a value.
        self.types = tuple(kind_of.get(name, "string") for name in self.arrow.names)
        self.tree = column_tree(schema, self.arrow.names, raw=raw)
        places = sorted(_places(self.tree, ()), key=lambda place: _KINDS.index(place[1]))
        self.names = [name for name, _ in places]
        self.kinds = np.array([_KINDS.index(kind) for _, kind in places])
        self.slots = {name: slot for slot, name in enumerate(self.names)}
        self._book = Book(self.tree, self.slots)

    @property
    def book(self) -> Book:
        """The shapes known so far; a new start when they have become too many."""
        if self._book.is_full:
            self._book = Book(self.tree, self.slots)
        return self._book


def _places(tree: dict[str, Any], path: tuple[str, ...]) -> list[tuple[str | tuple[str, ...], str]]:
    """Return each column's name and kind, and each branch's path."""
    found: list[tuple[str | tuple[str, ...], str]] = []
    for key, place in tree.items():
        if isinstance(place, Column):
            found.append((place.name, place.kind))
        else:
            found.append(((*path, key), "branch"))
            found += _places(place, (*path, key))
    return found


@lru_cache(maxsize=64)
def _plan(schema: Schema, raw: bool, columns: tuple[str, ...] | None) -> _Plan:
    return _Plan(schema, raw, columns)


def decode_columnar(
    envelope: Envelope,
    schema: Schema,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
) -> pa.RecordBatch | None:
    """Decode a page's objects; None when the page is better left to the tolerant path.

    Parameters
    ----------
    envelope : Envelope
        Of a body that msgspec has found valid.
    schema, raw, columns
        As for `kloudless_data.decode.decode.decode_page`.

    Returns
    -------
    pyarrow.RecordBatch or None
    """
    if not envelope.count or len(envelope.objects) > _MAX_BYTES:
        return None
    plan = _plan(schema, raw, None if columns is None else tuple(columns))
    page = Page(envelope, plan.book)
    if not page.find_keys():
        return None
    page.find_shapes()
    page.find_values()
    page.check_quotes()
    cells = _Cells(page, plan)
    cells.read_numbers()
    if np.count_nonzero(page.shape) * 2 < page.rows:
        return None
    return cells.batch()


class _Cells:
    """A page's cells: slots by objects, each of them the number of a key of the page."""

    def __init__(self, page: Page, plan: _Plan) -> None:
        self.page, self.plan = page, plan
        positions = page.shapes.positions
        #: The templates that occur.
        self.used = np.flatnonzero(np.bincount(page.shape))
        slots = np.flatnonzero((positions[:, self.used] >= 0).any(axis=1))
        position = positions[slots][:, page.shape]
        keys = page.first + position
        begin = page.begin[keys]
        there = (position >= 0) & (begin != NULL)
        some = there.any(axis=1)
        #: The slots that have a value, and where those of each kind begin.
        self.slots = slots[some]
        self.names = [plan.names[slot] for slot in self.slots.tolist()]
        self.bounds = np.searchsorted(plan.kinds[self.slots], np.arange(len(_KINDS) + 1))
        #: The key and the first byte of each value, and whether it is there and not null.
        self.keys, self.begin, self.there = keys[some], begin[some], there[some]
        #: Which values do not fit their columns.
        self.misfit = np.zeros(self.there.shape, np.bool_)
        self.values: dict[str, NDArray[Any]] = {}

    def of(self, first: str, last: str = "") -> slice:
        """Return which slots are of a kind, or from one kind to another."""
        begin, end = _KINDS.index(first), _KINDS.index(last or first)
        return slice(int(self.bounds[begin]), int(self.bounds[end + 1]))

    def read_numbers(self) -> None:
        """Read all that is not kept as text."""
        unquoted = self.there & (self.begin != QUOTE)
        for kind in ("string", "timestamp"):
            self._drop(kind, unquoted[self.of(kind)])
        for kind in ("id", "int64"):
            which = self.of(kind)
            cells = np.nonzero(unquoted[which])
            unquoted[which][cells] = ~self.page.is_integer[self.keys[which][cells]]
            if kind == "int64":
                self._drop(kind, unquoted[which])
            elif unquoted[which].any():
                self._drop_ids(unquoted[which])
        true, false = (self.begin[self.of("bool")] == value for value in (TRUE, FALSE))
        self._drop("bool", self.there[self.of("bool")] & ~(true | false))
        self._drop("branch", self.there[self.of("branch")])
        self.values["bool"] = true
        self._read_times()
        self._read_integers()
        self._read_floats()

    def _drop(self, kind: str, cells: NDArray[np.bool_]) -> None:
        """Let cells be null, and their values go to extra."""
        if cells.any():
            self.misfit[self.of(kind)] |= cells
            self.there[self.of(kind)] &= ~cells  # of which cells may be a view

    def _drop_ids(self, cells: NDArray[np.bool_]) -> None:
        """Drop what is no id; integers of many digits are ids for the tolerant path to read."""
        numbers = cells & (self.begin[self.of("id")] <= ord("9"))
        self.page.shape[numbers.any(axis=0)] = 0
        self._drop("id", cells & ~numbers)

    def _where(self, kind: str) -> tuple[NDArray[Any], ...]:
        """Return the cells of a kind that have a value to be read: slots and rows."""
        return np.nonzero(self.there[self.of(kind)] & (self.page.shape > 0))

    def _read_times(self) -> None:
        page, cells = self.page, self._where("timestamp")
        keys = self.keys[self.of("timestamp")][cells]
        values, readable = read_times(page.text, page.values[keys] + 1, page.value_ends[keys] - 1)
        self._keep("timestamp", cells, values, readable)

    def _read_integers(self) -> None:
        page, cells = self.page, self._where("int64")
        keys = self.keys[self.of("int64")][cells]
        quoted = page.is_string[keys]
        values, readable = read_integers(
            page.text, page.values[keys] + quoted, page.value_ends[keys] - quoted
        )
        readable |= self._drop_texts(cells, keys, quoted & ~readable)
        self._keep("int64", cells, values, readable)

    def _drop_texts(
        self, cells: tuple[NDArray[Any], ...], keys: NDArray[np.int64], unread: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Drop those of the unread strings of an integer column that are no digits."""
        if not unread.any():
            return unread
        page = self.page
        digits = are_integers(page.text, page.values[keys] + 1, page.value_ends[keys] - 1)
        # With escapes digits can look like anything.
        which: NDArray[np.bool_] = unread & ~digits & ~np.isin(keys, page.escaped_keys())
        wrong = np.zeros(self.there[self.of("int64")].shape, np.bool_)
        wrong[cells[0][which], cells[1][which]] = True
        self._drop("int64", wrong)
        return which

    def _keep(
        self,
        kind: str,
        cells: tuple[NDArray[Any], ...],
        values: NDArray[np.int64],
        readable: NDArray[np.bool_],
    ) -> None:
        self.page.shape[cells[1][~readable]] = 0
        self.values[kind] = np.zeros(self.there[self.of(kind)].shape, np.int64)
        self.values[kind][cells] = values

    def _read_floats(self) -> None:
        page, cells = self.page, self._where("float64")
        self.values["float64"] = np.zeros(self.there[self.of("float64")].shape)
        texts = page.texts(self.keys[self.of("float64")][cells])
        for slot, row, text in zip(*map(np.ndarray.tolist, cells), texts, strict=True):
            value = text.decode()
            number = Int(value) if value.lstrip("-").isdigit() else Float(value)
            value, fits = (None, False) if text[:1] in b'"tf[{' else read_float64(number)
            if fits:
                self.values["float64"][slot, row] = value
            else:
                page.shape[row] = 0

    def batch(self) -> pa.RecordBatch:
        """Return the record batch, with the objects that have no shape read one by one."""
        page, plan = self.page, self.plan
        rows = np.flatnonzero(page.shape == 0).tolist()
        self.there[:, rows] = False
        objects = b"[" + b",".join(map(page.bytes_of, rows)) + b"]"
        others = dict(zip(rows, read_rows(objects, plan.tree, plan.extra), strict=True))
        arrays = self._texts(others) | self._numbers(others)
        found = {name for row in others.values() for name in row} - set(arrays)
        for name in found.intersection(plan.arrow.names):
            values = [others.get(row, {}).get(name) for row in range(page.rows)]
            arrays[name] = pa.array(values, plan.arrow.field(name).type)
        return pa.RecordBatch.from_arrays(
            [
                arrays.get(name, null)
                for name, null in zip(plan.arrow.names, _nulls(page.rows, plan.types), strict=True)
            ],
            schema=plan.arrow,
        )

    def _numbers(self, others: dict[int, dict[str, Any]]) -> dict[Any, pa.Array]:
        """Return the columns of numbers, times and booleans."""
        arrays = {}
        for kind, matrix in self.values.items():
            which = self.of(kind)
            there = self.there[which]
            for name, values, present in zip(self.names[which], matrix, there, strict=True):
                for row, cells in others.items():
                    if name in cells:
                        values[row], present[row] = cells[name], True
                arrays[name] = _array(_TYPES[kind], values, present)
        return arrays

    def _texts(self, others: dict[int, dict[str, Any]]) -> dict[Any, pa.Array]:
        """Return the columns of strings."""
        which = self.of("id", "json")
        names: list[Any] = list(self.names[which])
        extra = self.plan.extra and (
            bool(self.misfit.any())
            or any(self.page.shapes.templates[number].rest() for number in self.used.tolist())
        )
        if extra:
            names.append(EXTRA)
        # The last row is for extra, none of which is in the page as it should be.
        cells, there = (
            np.vstack((matrix[which], np.zeros((int(extra), self.page.rows), matrix.dtype)))
            for matrix in (self.keys, self.there)
        )
        strings = _Strings(self.page, 2 * cells, there)
        self._add_escaped(strings)
        self._add_json(strings)
        if extra:
            self._add_extra(strings, len(names) - 1)
        for row, found in others.items():
            for slot, name in enumerate(names):
                if name in found:
                    strings.put(slot, row, found[name].encode())
        asked = [slot for slot, name in enumerate(names) if name in self.plan.asked]
        return dict(zip([names[slot] for slot in asked], strings.columns(asked), strict=True))

    def _add_escaped(self, strings: _Strings) -> None:
        page = self.page
        if not len(page.escapes):
            return
        keys = page.escaped_keys()
        # Where each key is among the cells, if it is one of a column of strings.
        slots = np.searchsorted(self.slots, page.shapes.slots[page.number[keys]])
        rows = page.row_of(keys)
        ours = slots < self.of("id", "string").stop
        ours[ours] = self.keys[slots[ours], rows[ours]] == keys[ours]
        texts = [_STRING.decode(text).encode() for text in page.texts(keys[ours])]
        strings.put_all(slots[ours], rows[ours], texts)

    def _add_json(self, strings: _Strings) -> None:
        which = self.of("json")
        slots, rows = np.nonzero(self.there[which])
        texts = self.page.texts(self.keys[which][slots, rows])
        strings.put_all(which.start + slots, rows, [_compacted(text) for text in texts])

    def _add_extra(self, strings: _Strings, slot: int) -> None:
        """Add what no column takes."""
        page = self.page
        fits = ~self.misfit.any(axis=0)
        for number in self.used.tolist():
            rows = np.flatnonzero((page.shape == number) & fits)
            self._put_extra(strings, slot, rows, page.shapes.templates[number].rest())
        alike: dict[tuple[int, frozenset[int]], list[int]] = {}
        for row in np.flatnonzero(~fits & (page.shape > 0)).tolist():
            misfits = self.keys[self.misfit[:, row], row] - page.first[row]
            alike.setdefault((page.shape[row], frozenset(misfits.tolist())), []).append(row)
        for (number, misfits), members in alike.items():
            pieces = page.shapes.templates[number].rest(misfits)
            self._put_extra(strings, slot, np.array(members), pieces)

    def _put_extra(
        self, strings: _Strings, slot: int, rows: NDArray[np.int64], pieces: list[bytes | int]
    ) -> None:
        if pieces and len(rows):
            columns = [self._piece(piece, rows) for piece in pieces]
            texts = list(map(b"".join, zip(*columns, strict=True)))
            strings.put_all(np.full(len(rows), slot), rows, texts)

    def _piece(self, piece: bytes | int, rows: NDArray[np.int64]) -> list[bytes]:
        if isinstance(piece, bytes):
            return [piece] * len(rows)
        return [_compacted(text) for text in self.page.texts(self.page.first[rows] + piece)]


def _compacted(text: bytes) -> bytes:
    """Return a JSON value's text as `compact` writes it."""
    # Which text without escapes, and without blanks outside strings, already is.
    return text if _COMPACT.fullmatch(text) else compact(parse(text)).encode()


_TYPES = {
    "timestamp": pa.timestamp("us", tz="UTC"),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
}


def _array(type_: pa.DataType, values: NDArray[Any], there: NDArray[np.bool_]) -> pa.Array:
    """Return an Arrow array over the memory of a numpy array."""
    if pa.types.is_boolean(type_):
        values = np.packbits(values, bitorder="little")
    present = np.packbits(there, bitorder="little")
    buffers = [pa.py_buffer(present), pa.py_buffer(values)]
    return pa.Array.from_buffers(type_, len(there), buffers)


@lru_cache(maxsize=64)
def _nulls(rows: int, types: tuple[str, ...]) -> list[pa.Array]:
    return [pa.nulls(rows, _TYPES.get(name, pa.string())) for name in types]


class _Strings:
    """Columns of strings, cut out of the page and of what is added to it.

    Parameters
    ----------
    page : Page
    cells : array of int64
        Slots by objects: which of `pieces` each cell is.
    there : array of bool
        Which cells are not null.
    """

    def __init__(self, page: Page, cells: NDArray[np.int64], there: NDArray[np.bool_]) -> None:
        self.page, self.cells, self.there = page, cells, there
        self.added: list[bytes] = []

    def put(self, slot: int, row: int, text: bytes) -> None:
        """Let a cell be a text that is not in the page."""
        self.cells[slot, row] = 2 * len(self.page.keys) + len(self.added)
        self.there[slot, row] = True
        self.added.append(text)

    def put_all(
        self, slots: NDArray[np.int64], rows: NDArray[np.int64], texts: list[bytes]
    ) -> None:
        """Let cells be texts that are not in the page."""
        first = 2 * len(self.page.keys) + len(self.added)
        self.cells[slots, rows] = np.arange(first, first + len(texts))
        self.there[slots, rows] = True
        self.added += texts

    def columns(self, asked: list[int]) -> Iterator[pa.Array]:
        """Return the columns, slices of one array that is copied together at once."""
        cells, there = self.cells, self.there
        if len(asked) < len(cells):
            cells, there = cells[asked], there[asked]
        slots, rows = cells.shape
        cells = _array(pa.int64(), cells.ravel(), there.ravel())
        together = pc.take(self._pieces(), cells, boundscheck=False)
        return (together.slice(slot * rows, rows) for slot in range(slots))

    def _pieces(self) -> pa.StringArray:
        """Return the page's text cut into values and what is between them, and what was added."""
        page, added = self.page, b"".join(self.added)
        size, count = len(page.text), 2 * len(page.keys)
        text = page.memory
        if len(text) < size + len(added):
            text = np.concatenate((page.text, np.empty(len(added), np.uint8)))
        text[size : size + len(added)] = np.frombuffer(added, np.uint8)
        offsets = np.empty(count + len(self.added) + 1, np.int32)
        np.add(page.values, page.is_string, out=offsets[:count:2], casting="unsafe")
        np.subtract(page.value_ends, page.is_string, out=offsets[1:count:2], casting="unsafe")
        offsets[count] = size
        lengths = np.fromiter(map(len, self.added), np.int64, len(self.added))
        offsets[count + 1 :] = size + np.cumsum(lengths)
        return pa.StringArray.from_buffers(
            len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(text)
        )
