"""The wanted members of JSON records as a tree, and which record each event is from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np

from .specs import Named, Path
from .texts import Texts

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["EventRecords", "Node", "Records", "without_empty"]


#: The events of a record that each have its text; a record of thousands would be copied as often.
_REPEATED = 100


class Records(Protocol):
    """Records of one format, whose members can be read as columns."""

    rows: int

    def column(self, path: Path) -> pa.Array:
        """Return the value at a path of each event, as text; null if there is none."""

    def sources(self) -> tuple[Sequence[bytes], NDArray[np.int64] | None]:
        """Return the records' JSON texts, and the number of each event's; None if the same."""

    def raw(self) -> pa.Array:
        """Return the JSON text of each event's record."""

    def record_of(self, row: int) -> int:
        """Return the number of an event's record."""

    def numbers(self) -> NDArray[np.int64] | None:
        """Return the number of each event in its record; None if each record is one event."""


def without_empty(texts: pa.StringArray) -> pa.StringArray:
    """Return texts with null instead of empty ones.

    Examples
    --------
    >>> import pyarrow as pa
    >>> without_empty(pa.array(["a", "", None])).to_pylist()
    ['a', None, None]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if texts.null_count == len(texts):
        return texts
    # Most columns have none. Arrow's functions cost tens of microseconds each, even for few rows.
    validity, offsets, _ = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset :][: len(texts) + 1]
    empty = bounds[1:] == bounds[:-1]
    if texts.null_count:
        bits = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little")
        empty &= bits[texts.offset :][: len(texts)].view(np.bool_)
    return pc.if_else(pa.array(empty), None, texts) if empty.any() else texts


class Node:
    """The wanted parts of a JSON value: all of it, or the values below some keys."""

    def __init__(self) -> None:
        self.whole = False
        self.below: dict[str | int, Node] = {}
        self.named: Named | None = None
        self.each = False
        #: The node of a list's elements, of which `below` has those at some places.
        self.items: Node | None = None
        #: The type that msgspec decodes to, and an object's attribute for each key.
        self.type: Any = Any
        self.attributes: dict[str, str] = {}
        #: An empty object to stand in for a missing one; `element` for the elements of a list.
        self.empty: Any = None
        self.element: Any = None

    def add(self, path: Path) -> None:
        """Want the value at a path."""
        if not path:
            self.whole = True
            return
        if isinstance(path[0], int):
            self.items = self.below[path[0]] = self.items or Node()
        self.below.setdefault(path[0], Node()).add(path[1:])

    def at(self, path: Path) -> Node:
        """Return the node at a path."""
        node = self
        for step in path:
            node = node.below[step]
        return node

    @property
    def is_plain(self) -> bool:
        """True if the value is wanted as it is, whatever it is."""
        return self.named is None and not self.each and (self.whole or not self.below)

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
        elif self.items is not None:
            self.type = _list_of(self.items.build())
        else:
            keys = [step for step in self.below if isinstance(step, str)]
            types = {key: self.below[key].build() for key in keys}
            made = _struct(self, keys, types)
            self.empty, self.type = made(), made | None
        return self.type


def _list_of(element: Any) -> Any:
    return list.__class_getitem__(element) | None


def _struct(node: Node, keys: list[str], types: dict[str, Any]) -> Any:
    """Return a type with these keys, which may be any text, such as ``.tag``."""
    node.attributes = {key: f"member_{number}" for number, key in enumerate(keys)}
    fields = [(node.attributes[key], types.get(key, Any), None) for key in keys]
    renamed = {attribute: key for key, attribute in node.attributes.items()}
    return msgspec.defstruct("Record", fields, rename=renamed, gc=False)


class EventRecords:
    """Which record each event is from; the base of `Records` of JSON."""

    def __init__(self, texts: Texts, count: int, good: NDArray[np.int64] | None = None) -> None:
        self._texts, self._good = texts, good
        self._record: NDArray[np.int64] | None = None
        self._numbers: NDArray[np.int64] | None = None
        self.rows = count

    def _spread(self, counts: NDArray[np.int64]) -> None:
        """Let each record be so many events."""
        events = int(counts.sum())
        if events > self.rows:
            self.rows, self._record = events, np.repeat(np.arange(len(counts)), counts)
            first = np.cumsum(counts) - counts
            self._numbers = np.arange(1, events + 1) - first[self._record]

    def sources(self) -> tuple[Sequence[bytes], NDArray[np.int64] | None]:
        """Return the texts of the records that are read, and the number of each event's."""
        good = self._texts if self._good is None else self._texts.taken(self._good)
        return good, self._record

    def raw(self) -> pa.Array:
        """Return the text of each event's record; of many events, only with the first."""
        import pyarrow as pa

        places = self._places()
        if places is None or self._numbers is None or not (self._numbers > _REPEATED).any():
            return self._texts.array(places)
        many = np.isin(places, places[self._numbers > _REPEATED]) & (self._numbers > 1)
        kept = np.flatnonzero(~many)
        where = np.full(len(places), -1)
        where[kept] = np.arange(len(kept))
        return self._texts.array(places[kept]).take(pa.array(where, mask=many))

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
