"""Read some members of JSON records as columns."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ..text.utf8 import is_utf8
from .nested import ArrowReader
from .specs import Path, Spec
from .texts import Texts
from .tree import EventRecords, Node, Records, without_empty

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["JsonReader", "JsonRecords", "Records", "text_array"]


class JsonReader:
    """Reads the members of JSON records that a format uses.

    Parameters
    ----------
    spec : Spec
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._root = Node()
        for path in _paths(spec):
            self._root.add(path)
        for named in spec.named:
            self._root.at(named.path).named = named
        if spec.each:
            self._root.at(spec.each).each = True
        type_ = self._root.build()
        self._arrow = ArrowReader(self._root, spec.each)
        self._decode = msgspec.json.Decoder(type_).decode
        self._decode_lines = msgspec.json.Decoder(type_).decode_lines

    def read(self, texts: Texts) -> tuple[Records, list[tuple[int, str]]]:
        """Read records.

        Returns
        -------
        records : Records
            Of those that are JSON objects.
        damaged : list of (int, str)
            The others' places in `texts`, and why.
        """
        found = self._arrow.read(texts, lambda: self.read_objects(texts)[0])
        return self.read_objects(texts) if found is None else (found, [])

    def read_objects(self, texts: Texts) -> tuple[JsonRecords, list[tuple[int, str]]]:
        """Read records with msgspec; otherwise as `read`."""
        objects = self._read_all(texts)
        damaged: list[tuple[int, str]] = []
        good: NDArray[np.int64] | None = None
        if objects is None:
            objects, damaged = self._read_each(texts)
            good = np.setdiff1d(np.arange(len(texts)), [place for place, _ in damaged])
        else:
            self._arrow.learn(objects)
        return JsonRecords(self._root, self.spec.each, objects, texts, good), damaged

    def _read_all(self, texts: Texts) -> list[Any] | None:
        """Read all records at once; None if any is not as expected."""
        whole = texts.as_lines()
        if whole is None or not is_utf8(whole):  # msgspec does not look into strings it skips
            return None
        try:
            found: list[Any] = self._decode_lines(whole)
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
        if not is_utf8(text):
            text.decode()  # raises the error that says where
        try:
            return self._decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            value = json.loads(text.decode())
        if not isinstance(value, dict):
            raise ValueError("it is not a JSON object")
        return _fit(value, self._root)


def _paths(spec: Spec) -> Iterable[Path]:
    return chain(sorted(spec.paths, key=str), *spec.tells_values)


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg} at character {error.pos + 1}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _fit(value: Any, node: Node, *, element: bool = False) -> Any:
    """Convert a JSON value to a node's type; None where it has another shape."""
    if isinstance(value, str) and value[:1] in ("{", "[") and not node.is_plain:
        value = _value_of(value)
    if node.each and not element:
        items = value if isinstance(value, list) else [value] * (value is not None)
        return [_fit(item, node, element=True) for item in items]
    if node.named is not None:
        items = value if isinstance(value, list) else []
        return [_made(node, item, {}) for item in items if isinstance(item, dict)]
    if node.items is not None and not node.whole:
        return [_fit(item, node.items) for item in value] if isinstance(value, list) else None
    if not node.attributes:
        return value
    if not isinstance(value, dict):
        return None
    return _made(node, value, node.below)


def _value_of(text: str) -> Any:
    """Return an object or a list that was written as text, as in tables."""
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def _made(node: Node, value: dict[str, Any], below: dict[Any, Node]) -> Any:
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


class JsonRecords(EventRecords):
    """Records of JSON, as `JsonReader` read them; see `Records`."""

    def __init__(
        self,
        root: Node,
        each: Path,
        objects: list[Any],
        texts: Texts,
        good: NDArray[np.int64] | None,
    ) -> None:
        super().__init__(texts, len(objects), good)
        self._root, self._each = root, each
        self._values: dict[Path, Sequence[Any] | None] = {(): objects}
        if each:
            self._take_elements(self._at(each) or [None] * len(objects))

    def _take_elements(self, lists: Sequence[list[Any] | None]) -> None:
        """Turn each element into an event; a record without elements is one event."""
        some = [items or _NOTHING for items in lists]
        empty = self._root.at(self._each).element
        self._values[self._each] = _filled(list(chain.from_iterable(some)), empty)
        self._spread(np.fromiter(map(len, some), np.int64, len(some)))

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


def _members(above: Sequence[Any], node: Node, step: str | int) -> list[Any]:
    """Return a member of each value."""
    if step in node.attributes:
        # One attribute at a time: tuples of all of them would trigger garbage collections.
        return list(map(attrgetter(node.attributes[str(step)]), above))
    if isinstance(step, int):
        return [one[step] if type(one) is list and len(one) > step else None for one in above]
    return [one.get(step) if type(one) is dict else None for one in above]


def _by_name(lists: Sequence[list[Any] | None], node: Node) -> dict[str, list[Any]]:
    """Return the values of lists of named elements, one column per wanted name."""
    wanted = {str(step)[1:-1] for step in node.below}
    columns: dict[str, list[Any]] = {}
    others = [attrgetter(attribute) for attribute in list(node.attributes.values())[2:]]
    for row, items in enumerate(lists):
        for one in items or ():
            name = one.member_0  # `_struct`'s names for the first and second key
            if isinstance(name, str) and name in wanted:
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

    try:
        found = pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid, UnicodeEncodeError):
        found = _numbers(values) or pa.array(list(map(_text, values)), pa.string())
    return without_empty(found)


def _numbers(values: Sequence[Any]) -> pa.Array | None:
    """Return integers as texts; None if there is anything else."""
    import pyarrow as pa

    try:
        found = pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return None
    return found.cast(pa.string()) if pa.types.is_int64(found.type) else None


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):  # not JSON's
        return None
    if isinstance(value, str):
        found = value
    elif isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        found = ", ".join(str(one) for one in value)
    else:
        found = _as_json(value)
    # JSON may have half a surrogate pair; UTF-8, which Arrow uses, cannot.
    return found if found.isascii() else found.encode("utf-8", "replace").decode()


def _as_json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
