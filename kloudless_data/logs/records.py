"""Read some members of JSON records as columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np

from .specs import Named, Path, Spec
from .texts import Texts

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["JsonReader", "JsonRecords", "Records", "text_array"]


class Records(Protocol):
    """Records of one format, whose members can be read as columns."""

    rows: int

    def column(self, path: Path) -> pa.Array:
        """Return the value at a path of each event, as text; null if there is none."""

    def texts(self) -> Sequence[bytes]:
        """Return the JSON text of each event's record."""

    def raw(self) -> pa.Array:
        """Return the JSON text of each event's record."""

    def record_of(self, row: int) -> int:
        """Return the number of an event's record."""

    def numbers(self) -> NDArray[np.int64] | None:
        """Return the number of each event in its record; None if each record is one event."""


class _Node:
    """The wanted parts of a JSON value: all of it, or the values below some keys."""

    def __init__(self) -> None:
        self.whole = False
        self.below: dict[str | int, _Node] = {}
        self.named: Named | None = None
        self.each = False
        #: The type that msgspec decodes to, and an object's attribute for each key.
        self.type: Any = Any
        self.attributes: dict[str, str] = {}
        #: An empty object to stand in for a missing one; `element` for the elements of a list.
        self.empty: Any = None
        self.element: Any = None

    def add(self, path: Path) -> None:
        if not path:
            self.whole = True
            return
        self.below.setdefault(path[0], _Node()).add(path[1:])

    def at(self, path: Path) -> _Node:
        node = self
        for step in path:
            node = node.below[step]
        return node

    def build(self) -> Any:
        """Make the type of this node and all below it."""
        if self.named is not None:
            element: Any = _struct(self, [self.named.name, *self.named.values], {})
            self.type = _list_of(element)
        elif self.each:
            self.each = False
            self.type = _list_of(self.build())
            self.each, self.element, self.empty = True, self.empty, None
        elif self.whole or not self.below:
            self.type = Any
        elif all(isinstance(step, int) for step in self.below):
            self.type = list[Any] | None
        else:
            keys = [step for step in self.below if isinstance(step, str)]
            types = {key: self.below[key].build() for key in keys}
            made = _struct(self, keys, types)
            self.empty, self.type = made(), made | None
        return self.type


def _list_of(element: Any) -> Any:
    return list.__class_getitem__(element) | None


def _struct(node: _Node, keys: list[str], types: dict[str, Any]) -> Any:
    """Return a type with these keys, which may be any text, such as ``.tag``."""
    node.attributes = {key: f"member_{number}" for number, key in enumerate(keys)}
    fields = [(node.attributes[key], types.get(key, Any), None) for key in keys]
    renamed = {attribute: key for key, attribute in node.attributes.items()}
    return msgspec.defstruct("Record", fields, rename=renamed, gc=False)


class JsonReader:
    """Reads the members of JSON records that a format uses.

    Parameters
    ----------
    spec : Spec
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._root = _Node()
        for path in _paths(spec):
            self._root.add(path)
        for named in spec.named:
            self._root.at(named.path).named = named
        if spec.each:
            self._root.at(spec.each).each = True
        type_ = self._root.build()
        self._decode = msgspec.json.Decoder(type_).decode
        self._decode_lines = msgspec.json.Decoder(type_).decode_lines
        self._decode_list = msgspec.json.Decoder(list.__class_getitem__(type_)).decode

    def read(self, texts: Texts) -> tuple[JsonRecords, list[tuple[int, str]]]:
        """Read records.

        Returns
        -------
        records : JsonRecords
            Of those that are JSON objects.
        damaged : list of (int, str)
            The others' places in `texts`, and why.
        """
        objects = self._read_all(texts)
        damaged: list[tuple[int, str]] = []
        good: NDArray[np.int64] | None = None
        if objects is None:
            objects, damaged = self._read_each(texts)
            good = np.setdiff1d(np.arange(len(texts)), [place for place, _ in damaged])
        return JsonRecords(self._root, self.spec.each, objects, texts, good), damaged

    def _read_all(self, texts: Texts) -> list[Any] | None:
        """Read all records at once; None if any is not as expected."""
        whole = texts.as_lines()
        if whole is None:
            return None
        try:
            if texts.have_commas:
                found: list[Any] = self._decode_list(b"[" + whole + b"]")
            else:
                found = self._decode_lines(whole)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return found if len(found) == len(texts) else None

    def _read_each(self, texts: Texts) -> tuple[list[Any], list[tuple[int, str]]]:
        objects: list[Any] = []
        damaged: list[tuple[int, str]] = []
        for number, text in enumerate(texts):
            try:
                if (found := self._read_one(text)) is None:
                    raise ValueError("it is null")  # valid JSON, but not a record
                objects.append(found)
            except (ValueError, RecursionError) as error:
                damaged.append((number, _why(error)))
        return objects, damaged

    def _read_one(self, text: bytes) -> Any:
        """Read a record, even if its members have other types than the format expects."""
        try:
            return self._decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            value = json.loads(text.decode())
        if not isinstance(value, dict):
            raise ValueError("it is not a JSON object")
        return _fit(value, self._root)


def _paths(spec: Spec) -> Iterable[Path]:
    for sources in (*spec.columns.values(), spec.failed, (spec.words,)):
        for source in sources:
            yield from source.paths


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg} at character {error.pos + 1}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _fit(value: Any, node: _Node, *, element: bool = False) -> Any:
    """Convert a JSON value to a node's type; None where it has another shape."""
    if node.each and not element:
        items = value if isinstance(value, list) else [value] * (value is not None)
        return [_fit(item, node, element=True) for item in items]
    if node.named is not None:
        items = value if isinstance(value, list) else []
        return [_made(node, item, {}) for item in items if isinstance(item, dict)]
    if not node.attributes:
        return value
    if not isinstance(value, dict):
        return None
    return _made(node, value, node.below)


def _made(node: _Node, value: dict[str, Any], below: dict[Any, _Node]) -> Any:
    kind = node.type
    while (inner := getattr(kind, "__args__", None)) is not None:
        kind = inner[0]
    members = {
        attribute: _fit(value[key], below[key]) if key in below else value[key]
        for key, attribute in node.attributes.items()
        if value.get(key) is not None
    }
    return kind(**members)


#: Stands for the elements of an empty list, whose record is an event nevertheless.
_NOTHING = (None,)


class JsonRecords:
    """Records of JSON, as `JsonReader` read them; see `Records`."""

    def __init__(
        self,
        root: _Node,
        each: Path,
        objects: list[Any],
        texts: Texts,
        good: NDArray[np.int64] | None,
    ) -> None:
        self._root, self._each, self._texts, self._good = root, each, texts, good
        self._values: dict[Path, Sequence[Any] | None] = {(): objects}
        self._record: NDArray[np.int64] | None = None
        self._numbers: NDArray[np.int64] | None = None
        self.rows = len(objects)
        if each:
            self._spread(self._at(each) or [None] * len(objects))

    def _spread(self, lists: Sequence[list[Any] | None]) -> None:
        """Turn each element into an event; a record without elements is one event."""
        some = [items or _NOTHING for items in lists]
        counts = np.fromiter(map(len, some), np.int64, len(some))
        empty = self._root.at(self._each).element
        self._values[self._each] = elements = _filled(list(chain.from_iterable(some)), empty)
        if len(elements) > self.rows:
            self.rows, self._record = len(elements), np.repeat(np.arange(len(some)), counts)
            first = np.cumsum(counts) - counts
            self._numbers = np.arange(1, self.rows + 1) - first[self._record]

    def column(self, path: Path) -> pa.Array:
        """Return the value at a path of each event, as text."""
        import pyarrow as pa

        values = self._at(path)
        if values is None:
            return pa.nulls(self.rows, pa.string())
        found = text_array(values)
        if self._record is None or (self._each and path[: len(self._each)] == self._each):
            return found
        return found.take(pa.array(self._record))

    def texts(self) -> Sequence[bytes]:
        """Return the text of each event's record."""
        places = self._places()
        return self._texts if places is None else self._texts.taken(places.tolist())

    def raw(self) -> pa.Array:
        """Return the text of each event's record."""
        return self._texts.array(self._places())

    def _places(self) -> NDArray[np.int64] | None:
        """Return the place of each event's record among the texts; None if they are the same."""
        if self._record is None:
            return self._good
        return self._record if self._good is None else self._good[self._record]

    def record_of(self, row: int) -> int:
        """Return the place of an event's text."""
        places = self._places()
        return row if places is None else int(places[row])

    def numbers(self) -> NDArray[np.int64] | None:
        """Return the number of each event in its record, from 1; None if a record is one event."""
        return self._numbers

    def _at(self, path: Path) -> Sequence[Any] | None:
        """Return the values at a path, or None if there are none; keeps those of shorter paths."""
        if path not in self._values:
            above, node = self._at(path[:-1]), self._root.at(path[:-1])
            if above is None:
                self._values[path] = None
            elif node.named is not None:
                names = {f"[{name}]": values for name, values in _by_name(above, node).items()}
                self._values.update({(*path[:-1], n): names.get(str(n)) for n in node.below})
            else:
                found = _members(above, node, path[-1])
                known = any(found[:1]) or found.count(None) < len(found)
                self._values[path] = _filled(found, self._root.at(path).empty) if known else None
        return self._values[path]


def _filled(values: list[Any], empty: Any) -> list[Any]:
    """Replace missing objects by empty ones, so that their members need no check."""
    if empty is None or None not in values:
        return values
    return [empty if one is None else one for one in values]


def _members(above: Sequence[Any], node: _Node, step: str | int) -> list[Any]:
    """Return a member of each value."""
    if step in node.attributes:
        # One attribute at a time: tuples of all of them would trigger garbage collections.
        return list(map(attrgetter(node.attributes[str(step)]), above))
    if isinstance(step, int):
        return [one[step] if type(one) is list and len(one) > step else None for one in above]
    return [one.get(step) if type(one) is dict else None for one in above]


def _by_name(lists: Sequence[list[Any] | None], node: _Node) -> dict[str, list[Any]]:
    """Return the values of lists of named elements, one column per wanted name."""
    wanted = {str(step)[1:-1] for step in node.below}
    columns: dict[str, list[Any]] = {}
    others = [attrgetter(attribute) for attribute in list(node.attributes.values())[2:]]
    for row, items in enumerate(lists):
        for one in items or ():
            name = one.member_0  # `_struct`'s names for the first and second key
            if name in wanted:
                value = one.member_1
                if value is None:
                    value = next((v for get in others if (v := get(one)) is not None), None)
                    if type(value) is list and len(value) == 1:
                        value = value[0]
                if name not in columns:
                    columns[name] = [None] * len(lists)
                columns[name][row] = value
    return columns


def text_array(values: Sequence[Any]) -> pa.Array:
    """Convert values to texts: non-strings as JSON, a list of one element as the element.

    Examples
    --------
    >>> text_array(["a", 7, True, ["can_edit"], ["a", "b"], {"k": 1}, None, ""]).to_pylist()
    ['a', '7', 'true', 'can_edit', 'a, b', '{"k":1}', None, None]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        found = pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid, UnicodeEncodeError):
        found = _numbers(values) or pa.array(list(map(_text, values)), pa.string())
    empty = pc.equal(found, "")
    return pc.if_else(empty, None, found) if pc.any(empty).as_py() else found


def _numbers(values: Sequence[Any]) -> pa.Array | None:
    """Return integers as texts; None if there is anything else."""
    import pyarrow as pa

    try:
        found = pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return None
    return found.cast(pa.string()) if pa.types.is_int64(found.type) else None


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        # JSON may have half a surrogate pair; UTF-8, which Arrow uses, cannot.
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ", ".join(str(one) for one in value)
    return msgspec.json.encode(value).decode()
