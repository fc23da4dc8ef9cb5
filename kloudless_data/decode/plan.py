"""Where a schema's columns are found: by a key's name, and by the object that has the key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from ..schema.model import EXTRA, Column, Schema
from .lossless_json import compact
from .rowwise import column_tree
from .values import windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .structure import Structure
    from .values import Ints, Text

    Words = NDArray[np.uint64]

__all__ = ["EVENT", "NOWHERE", "Located", "Plan", "fnv1a", "plan_for"]

#: The kinds in the order of a plan's targets; those that are kept as strings come first. A branch
#: is an object that has columns.
_KINDS = ("id", "string", "json", "timestamp", "int64", "float64", "bool", "branch")
#: The places of an object without columns, and of the event itself.
NOWHERE, EVENT = 0, 1


class Target(NamedTuple):
    """Where a key leads to: a column, or a branch of the schema."""

    path: tuple[str, ...]
    kind: str
    name: str


class Located(NamedTuple):
    """Where each key of a page stands, and which key each cell of the columns has.

    Attributes
    ----------
    row, place, target : array of int64
        Of each key: its object, and what leads to which column.
    keys, begin : array
        By target and row: the number of a key, and the first byte of its value; 0 if there is none.
    odd : array of bool
        Which rows are no objects, or have a key twice.
    """

    row: Ints
    place: Ints
    target: Ints
    keys: Ints
    begin: NDArray[np.uint8]
    odd: NDArray[np.bool_]


class Plan:
    """What to read from the objects of a schema.

    A *place* is an object that has columns: the event, or one below it. In a place a key's name
    leads to a *target*, the number of a column or of the branch that is another place.

    Attributes
    ----------
    arrow : pyarrow.Schema
        Of the batch.
    extra : bool
        Whether what has no column is asked for.
    targets : list of Target
    loose : int
        The target of a key that is none of its place's. That of a key in an object that is no
        place is one more.
    depth : int
        How many places can be within one another.
    """

    def __init__(self, schema: Schema, raw: bool, columns: tuple[str, ...] | None) -> None:
        self.arrow = schema.arrow(raw=raw, columns=columns)
        self.extra = EXTRA in self.arrow.names
        tree = column_tree(schema, self.arrow.names, raw=raw)
        self.targets = sorted(_targets(tree, ()), key=lambda target: _KINDS.index(target.kind))
        kinds = [_KINDS.index(target.kind) for target in self.targets]
        self._bounds = np.searchsorted(kinds, range(len(_KINDS) + 1)).tolist()
        self.loose = len(self.targets)
        branches = [target.path for target in self.targets[self.of("branch")]]
        self.depth = 1 + max(map(len, branches), default=0)
        places = {(): EVENT} | {path: EVENT + n for n, path in enumerate(branches, 1)}
        names = sorted({target.path[-1] for target in self.targets})
        self._names = _Names(names)
        #: By place and name.
        self._target = np.full((EVENT + len(places), len(names) + 1), self.loose)
        self._target[NOWHERE] = self.loose + 1
        for number, target in enumerate(self.targets):
            place = places[target.path[:-1]]
            self._target[place, names.index(target.path[-1])] = number
        #: By target: which place it is.
        self._place = np.full(self.loose + 2, NOWHERE)
        self._place[self.of("branch")] = [places[path] for path in branches]
        ends = [None, *places]
        self._joints = [_joint(before, after).encode() for before in ends for after in ends]

    def of(self, first: str, last: str = "") -> slice:
        """Return the targets of a kind, or from one kind to another.

        Parameters
        ----------
        first : str
            The first kind.
        last : str, optional
            The last kind, inclusive. Defaults to the first.
        """
        begin, end = _KINDS.index(first), _KINDS.index(last or first)
        return slice(self._bounds[begin], self._bounds[end + 1])

    def locate(self, page: Structure) -> Located:
        """Return where the keys of a page stand."""
        rows = len(page.starts)
        first = np.searchsorted(page.key_starts, page.starts)
        row = np.repeat(np.arange(rows), np.diff(first, append=len(page.keys)))
        place, target = self.find(page)
        number, cell = np.arange(len(target)), target * rows + row
        keys = np.zeros((self.loose + 2, rows), np.int64)
        begin = np.zeros(keys.shape, np.uint8)
        keys.ravel()[cell], begin.ravel()[cell] = number, page.begin
        odd = page.text[page.starts] != ord("{")
        hidden = np.flatnonzero(keys.ravel()[cell] != number)
        odd[row[hidden[target[hidden] < self.loose]]] = True
        return Located(row, place, target, keys[: self.loose], begin[: self.loose], odd)

    def find(self, page: Structure) -> tuple[Ints, Ints]:
        """Return the place that each key of a page is in, and its target."""
        names = self._names.of(page)
        name_of_string = np.zeros(len(page.quotes) // 2, np.int64)
        name_of_string[page.keys] = names
        places = np.full(len(page.brackets), NOWHERE)
        objects = np.flatnonzero(page.text[page.brackets] == ord("{"))
        depth = page.depth[objects]
        places[objects[depth == 1]] = EVENT
        for level in range(2, self.depth + 1):
            below = objects[depth == level]
            before = page.text[page.brackets[below] - 1]
            if (before == ord(" ")).any():
                before = np.where(before == ord(" "), page.text[page.brackets[below] - 2], before)
            below = below[before == ord(":")]
            name = name_of_string[page.passed[below] - 1]
            places[below] = self._place[self._target[places[page.inside[below - 1]], name]]
        place = page.of_strings(places[page.inside])[page.keys]
        return place, self._target.ravel()[place * self._target.shape[1] + names]

    def knows(self, key: bytes) -> bool:
        """Return whether a key, with its quotes and escapes, is a name of the schema."""
        return self._names.knows(key)

    @cached_property
    def tables(self) -> tuple[NDArray[Any], ...]:
        """What the compiled path looks names, targets and places up in."""
        return *self._names.hashed(), self._target, self._place

    @property
    def shape(self) -> tuple[int, int]:
        """How many places there are, and names, and one more for any other."""
        places, names = self._target.shape
        return places, names

    def joints(self, before: Ints, after: Ints) -> tuple[list[bytes], Ints]:
        """Return the texts between members of some places, and which is between each two.

        `NOWHERE` stands for the begin and the end of the event.

        Parameters
        ----------
        before : numpy.ndarray of int64
            The place of the member before each joint.
        after : numpy.ndarray of int64
            The place of the member after it.
        """
        return self._joints, before * len(self._target) + after


def _targets(tree: dict[str, Any], path: tuple[str, ...]) -> Iterator[Target]:
    """Return each column and branch of a tree."""
    for key, place in tree.items():
        if isinstance(place, Column):
            yield Target(place.path, place.kind, place.name)
        else:
            yield Target((*path, key), "branch", "")
            yield from _targets(place, (*path, key))


def _joint(before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> str:
    """Return the JSON text between a member in one place and the next one in another."""
    if after is None:
        return "}" * (1 + len(before or ()))
    common = 0
    while before and before[common : common + 1] == after[common : common + 1] != ():
        common += 1
    closed = "{" if before is None else "}" * (len(before) - common) + ","
    return closed + "".join(f"{compact(key)}:{{" for key in after[common:])


@lru_cache(maxsize=64)
def plan_for(schema: Schema, raw: bool, columns: tuple[str, ...] | None) -> Plan:
    """Return the plan for a schema and what is asked for, made once.

    Parameters
    ----------
    schema : Schema
        The columns of the events.
    raw : bool
        Include the column ``raw``.
    columns : tuple of (str, ...) or None
        Only these columns.
    """
    return Plan(schema, raw, columns)


def fnv1a(name: bytes) -> int:
    """Return the hash of a name, FNV-1a with 32 bits."""
    mixed = 2_166_136_261
    for byte in name:
        mixed = ((mixed ^ byte) * 16_777_619) & 0xFFFFFFFF
    return mixed


_WORD = 8
#: By how many bytes are meant, at most eight.
_FIRST_BYTES = np.array([2 ** (8 * size) - 1 for size in range(_WORD + 1)], np.uint64)
_STRING = msgspec.json.Decoder(str)


class _Names:
    """Finds out which of some names each key is.

    A key's first and last eight bytes and its length say where in a table to look. The table is
    perfect: no two names have the same place. The key is then compared with what is found there.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._numbers = {name: number for number, name in enumerate(names)}
        encoded = [name.encode() for name in names]
        #: Names that their first and last eight bytes do not tell whole.
        self._long = [(n, name) for n, name in enumerate(encoded) if len(name) > 2 * _WORD]
        ends = np.cumsum([len(name) + _WORD for name in encoded], dtype=np.int64)
        lengths = np.array([*map(len, encoded)], np.int64)
        text = b"".join(b"\0" * _WORD + name for name in encoded) + b"\0" * _WORD
        words = _words(np.frombuffer(text, np.uint8), ends - lengths, ends)
        self._bits = max(8, 2 * len(names).bit_length())
        random = np.random.default_rng(0)
        while True:
            self._factors = random.integers(2**63, 2**64 - 1, 3, np.uint64) | np.uint64(1)
            slots = self._slots(*words)
            if len(np.unique(slots)) == len(names):
                break
        self._table = np.full(2**self._bits, len(names))
        self._table[slots] = np.arange(len(names))
        # What no key is found equal to: none is that long.
        self._words = [np.append(word, np.uint64(2**62)) for word in words]

    def _slots(self, first: Words, last: Words, length: Words) -> Ints:
        one, two, three = self._factors
        mixed = first * one + last * two + length * three
        slots: Ints = (mixed >> np.uint64(64 - self._bits)).view(np.int64)
        return slots

    def knows(self, key: bytes) -> bool:
        """Return whether a key, with its quotes and escapes, is one of the names."""
        return _STRING.decode(key) in self._numbers

    def hashed(self) -> tuple[Ints, Words, Words, Ints, Ints]:
        """Return a hash table of the names' numbers, and what tells that a text is a name.

        Those are the words of each name and its closing quote, which of their bytes are meant,
        where each name's words begin, and how long it is. Names that JSON escapes are not there.
        """
        names = [name.encode() for name in self._numbers]
        slots = np.full(4 << len(names).bit_length(), -1)
        for number, (name, text) in enumerate(zip(self._numbers, names, strict=True)):
            slot = fnv1a(text) % len(slots)
            while slots[slot] >= 0:
                slot = (slot + 1) % len(slots)
            if compact(name) == f'"{name}"':
                slots[slot] = number
        sizes = [len(name) // _WORD + 1 for name in names]
        quoted = [name + b'"' for name in names]
        padded = b"".join(
            text.ljust(_WORD * n, b"\0") for text, n in zip(quoted, sizes, strict=True)
        )
        meant = b"".join(
            (b"\xff" * len(text)).ljust(_WORD * n, b"\0")
            for text, n in zip(quoted, sizes, strict=True)
        )
        bounds = np.cumsum([0, *sizes], dtype=np.int64)
        lengths = np.array([*map(len, names), 0], np.int64)
        return slots, np.frombuffer(padded, "<u8"), np.frombuffer(meant, "<u8"), bounds, lengths

    def of(self, page: Structure) -> Ints:
        """Return the number of each key's name, and for any other the next after the last."""
        other = len(self._numbers)
        words = _words(page.text, page.key_starts, page.key_ends)
        found: Ints = self._table[self._slots(*words)]
        for word, expected in zip(words, self._words, strict=True):
            found[word != expected[found]] = other
        for number, name in self._long:
            which = np.flatnonzero(found == number)
            keys = windows(page.text, page.key_starts[which], len(name))
            found[which[(keys != np.frombuffer(name, np.uint8)).any(axis=1)]] = other
        if len(page.escapes):
            which = np.flatnonzero(page.escaped[page.keys])
            texts = page.texts(page.key_starts[which] - 1, page.key_ends[which] + 1)
            names = map(_STRING.decode, texts)
            found[which] = [self._numbers.get(name, other) for name in names]
        return found


def _words(text: Text, starts: Ints, ends: Ints) -> tuple[Words, Words, Words]:
    """Return the first and the last eight bytes of some texts, and their lengths.

    Of a text of fewer bytes both are the whole text.
    """
    every = np.ndarray((len(text) - _WORD + 1,), "<u8", text, strides=(1,))
    lengths = ends - starts
    first = every[starts] & _FIRST_BYTES[np.minimum(lengths, _WORD)]
    last = first.copy()
    long = np.flatnonzero(lengths > _WORD)
    last[long] = every[ends[long] - _WORD]
    return first, last, lengths.view(np.uint64)
