"""Read JSON records with Arrow's parser, which makes no Python object for each value.

Arrow must know the members' types beforehand, and refuses text with any others. So they are learnt
from records that msgspec has read, and wherever the two might differ, msgspec reads. A member that
no record has had yet gets the type null, which costs least and refuses any value: most records have
few of the members that a format knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from ..text.utf8 import is_utf8
from .specs import Path
from .texts import Texts
from .tree import EventRecords, Node, Records, without_empty

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ArrowReader", "ArrowRecords", "is_plain"]

#: The number of nested objects and lists that msgspec can read, from any depth of calls.
_LEVELS = 450
#: Arrow is given up after so many parts of which nothing was learnt: it refused them in a row, or
#: msgspec had to read them again, and they are half of all parts.
_REFUSED = 8
#: Half a surrogate pair, perhaps, which Arrow would not write as UTF-8.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class ArrowReader:
    """Reads the wanted members of records with Arrow, once it has learnt their types.

    Parameters
    ----------
    root : Node
        The wanted members.
    each : path
        As in `Spec`.
    """

    def __init__(self, root: Node, each: Path) -> None:
        self._root, self._each = root, each
        self._kinds: dict[Path, set[type]] = {}
        self._met: set[Path] = set()  # objects
        self._unlearnt: list[Sequence[Any]] = []
        self._schema: pa.Schema | None = None
        self._refused = 0
        #: The number of parts that Arrow has read, and of those that msgspec then read again.
        self._read = self._read_again = 0
        self._learning = Lock()

    @property
    def is_of_use(self) -> bool:
        """Return False once it has been given up."""
        return self._refused < _REFUSED and self._read_again < max(_REFUSED, self._read / 2)

    def read(self, texts: Texts, others: Callable[[], Records]) -> ArrowRecords | None:
        """Read records; None if msgspec has to, or has to first.

        Parameters
        ----------
        texts : Texts
        others : callable
            Reads them with msgspec, for members that Arrow cannot read.
        """
        import pyarrow as pa
        from pyarrow import json

        self._learn()
        schema = self._schema
        whole = texts.as_lines() if schema is not None and self.is_of_use else None
        if whole is None or not is_plain(whole) or texts.may_be_deep(_LEVELS):
            return None
        try:
            table = json.read_json(
                pa.BufferReader(whole),
                read_options=json.ReadOptions(use_threads=False, block_size=len(whole) + 1),
                parse_options=json.ParseOptions(schema, unexpected_field_behavior="ignore"),
            )
        except pa.ArrowException:
            self._refused += 1
            return None
        if table.num_rows != len(texts):
            return None
        self._refused = 0
        self._read += 1

        def others_instead() -> Records:
            self._read_again += 1
            return others()

        return ArrowRecords(self._root, self._each, table, texts, others_instead)

    def learn(self, objects: Sequence[Any]) -> None:
        """Learn the members' types from records that msgspec has read, once there are more."""
        if self.is_of_use:
            self._unlearnt.append(objects)

    def _learn(self) -> None:
        import pyarrow as pa

        if not self._unlearnt:
            return
        with self._learning:
            known = self._schema
            while self._unlearnt:
                type_ = self._struct(self._root, (), self._unlearnt.pop())
                self._schema = None if type_ is None else pa.schema(list(type_))
            if self._schema != known:
                self._refused = self._read = self._read_again = 0

    def _type(self, node: Node, path: Path, values: Iterable[Any]) -> pa.DataType | None:
        """Return the type of a node's values; None if Arrow cannot read them all."""
        import pyarrow as pa

        if node.named is not None or path == self._each:
            items = chain.from_iterable(value for value in values if value is not None)
            return _list_of(self._struct(node, path, items))
        if node.items is not None and not node.whole:
            lists = [value for value in values if value is not None]
            if not lists and path not in self._met:
                return pa.null()
            self._met.add(path)
            return _list_of(self._type(node.items, (*path, 0), chain.from_iterable(lists)))
        if node.attributes:
            return self._struct(node, path, values)
        return self._plain(node, path, [value for value in values if value is not None])

    def _struct(self, node: Node, path: Path, values: Iterable[Any]) -> pa.DataType | None:
        import pyarrow as pa

        objects = [one for one in values if one is not None]
        if objects:
            self._met.add(path)
        elif path not in self._met and node.named is None:
            return pa.null()
        return _struct_of(
            {
                key: self._type(
                    node.below.get(key, _ANY),
                    (*path, key),
                    list(map(attrgetter(attribute), objects)),
                )
                for key, attribute in node.attributes.items()
            }
        )

    def _plain(self, node: Node, path: Path, values: list[Any]) -> pa.DataType | None:
        """Return the type of values that msgspec has read as they are."""
        import pyarrow as pa

        seen = self._kinds.setdefault(path, set())
        seen.update(map(type, values))
        if not seen:
            return pa.null()
        if len(seen) > 1:
            return None
        kind = next(iter(seen))
        if kind is list:
            items = [one for one in chain.from_iterable(values) if one is not None]
            return _list_of(self._plain(node.items or _ANY, (*path, 0), items))
        if kind is dict and node.below and node.items is None:
            return _struct_of(
                {
                    str(key): self._plain(
                        below,
                        (*path, key),
                        [v for one in values if (v := one.get(key)) is not None],
                    )
                    for key, below in node.below.items()
                }
            )
        return {str: pa.string(), int: pa.int64(), bool: pa.bool_()}.get(kind)


_ANY = Node()


def _list_of(type_: pa.DataType | None) -> pa.DataType | None:
    import pyarrow as pa

    return None if type_ is None else pa.list_(type_)


def _struct_of(members: dict[str, pa.DataType | None]) -> pa.DataType | None:
    import pyarrow as pa

    known = [(name, type_) for name, type_ in members.items() if type_ is not None]
    return pa.struct(known) if known else None


def is_plain(text: bytes) -> bool:
    """Return True if text is UTF-8 without half a surrogate pair, which decoders treat differently.

    Parameters
    ----------
    text : bytes
        JSON text.
    """
    return is_utf8(text) and (b"\\" not in text or _SURROGATE.search(text) is None)


class _Unread(Exception):
    """Arrow did not read these values."""


class ArrowRecords(EventRecords):
    """Records as Arrow has read them; see `Records`."""

    def __init__(
        self,
        root: Node,
        each: Path,
        table: pa.Table,
        texts: Texts,
        others: Callable[[], Records],
    ) -> None:
        super().__init__(texts, table.num_rows)
        self._root, self._each, self._read_others = root, each, others
        self._others: Records | None = None
        self._values: dict[Path, pa.Array] = {(): _struct_array(table)}
        if each:
            self._take_elements()

    def _take_elements(self) -> None:
        """Turn each element into an event; a record without elements is one event."""
        import pyarrow as pa
        import pyarrow.compute as pc

        lists = self._at(self._each)
        found = pc.list_value_length(lists).fill_null(0).to_numpy().astype(np.int64)
        counts = np.maximum(found, 1)
        elements = lists.flatten()
        if not found.all():
            places = np.cumsum(found) - found
            where = np.repeat(places - (np.cumsum(counts) - counts), counts)
            where += np.arange(len(where))
            elements = elements.take(pa.array(where, mask=np.repeat(found == 0, counts)))
        self._values[self._each] = elements
        self._spread(counts)

    def column(self, path: Path) -> pa.Array:
        """Return the value at a path of each event, as text."""
        import pyarrow as pa

        if self._others is not None:
            return self._others.column(path)
        try:
            found = without_empty(_texts_of(self._at(path)))
        except _Unread:
            self._others = self._read_others()
            return self._others.column(path)
        if self._record is None or (self._each and path[: len(self._each)] == self._each):
            return found
        return found.take(pa.array(self._record))

    def _at(self, path: Path) -> pa.Array:
        """Return the values at a path; keeps those of shorter paths."""
        import pyarrow as pa

        if path not in self._values:
            above, step = self._at(path[:-1]), path[-1]
            node = self._root.at(path[:-1])
            if node.named is not None:
                self._values.update(
                    {(*path[:-1], name): v for name, v in _by_name(above, node).items()}
                )
            elif pa.types.is_null(above.type):
                self._values[path] = above  # no record has it
            elif pa.types.is_struct(above.type):
                self._values[path] = _member(above, str(step))
            elif pa.types.is_list(above.type) and isinstance(step, int):
                self._values[path] = _element(above, step)
            else:
                raise _Unread
        return self._values[path]


def _struct_array(table: pa.Table) -> pa.Array:
    """Return a table's only chunk."""
    import pyarrow as pa

    return pa.StructArray.from_arrays(
        [column.combine_chunks() for column in table.columns], fields=list(table.schema)
    )


def _member(above: pa.Array, name: str) -> pa.Array:
    import pyarrow.compute as pc

    place = above.type.get_field_index(name)
    if place < 0:
        raise _Unread
    # Arrow's function is only needed where a member of a missing object must become null.
    return pc.struct_field(above, [place]) if above.null_count else above.field(place)


def _element(lists: pa.Array, step: int) -> pa.Array:
    """Return an element of each list; null if there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = pc.list_value_length(lists).fill_null(0).to_numpy() <= step
    offsets = lists.offsets.to_numpy()[:-1]
    return lists.values.take(pa.array(np.where(missing, 0, offsets + step), mask=missing))


def _by_name(lists: pa.Array, node: Node) -> dict[str, pa.Array]:
    """Return the values of lists of named elements, by wanted name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_null(lists.type):  # no record has what the list is in
        return {str(step): pa.nulls(len(lists), pa.string()) for step in node.below}
    elements = lists.flatten()
    if elements.null_count:
        raise _Unread
    name, *values = (_member(elements, key) for key in node.attributes)
    if pa.types.is_null(name.type):  # no record has a list with a name in it
        return {str(step): pa.nulls(len(lists), pa.string()) for step in node.below}
    if not pa.types.is_string(name.type):
        raise _Unread
    text = pc.coalesce(*map(_texts_of, values))
    coded = name.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy()
    row = pc.list_parent_indices(lists).to_numpy()
    known = {one: code for code, one in enumerate(coded.dictionary.to_pylist())}
    found = {}
    for step in node.below:
        which = np.flatnonzero(codes == known.get(str(step)[1:-1], -2))
        place = np.zeros(len(lists), np.int64)
        missing = np.ones(len(lists), np.bool_)
        place[row[which]], missing[row[which]] = which, False  # of several, the last counts
        found[str(step)] = text.take(pa.array(place, mask=missing))
    return found


def _texts_of(values: pa.Array) -> pa.Array:
    """Return values as texts, as `text_array` does."""
    import pyarrow as pa
    import pyarrow.compute as pc

    type_ = values.type
    if pa.types.is_string(type_):
        return values
    if pa.types.is_null(type_):
        return pa.nulls(len(values), pa.string())
    if pa.types.is_integer(type_) or pa.types.is_boolean(type_):
        return values.cast(pa.string())
    if pa.types.is_list(type_) and not values.flatten().null_count:
        if pa.types.is_string(type_.value_type):
            return pc.binary_join(values, ", ")
        if pa.types.is_integer(type_.value_type):
            return pc.binary_join(values.cast(pa.list_(pa.string())), ", ")
    raise _Unread
