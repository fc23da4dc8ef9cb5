"""Find a schema's columns by a key's name and the object that has the key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..schema.model import EXTRA, Column, Schema
from .lossless_json import compact
from .rowwise import column_tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .values import Ints

__all__ = ["EVENT", "NOWHERE", "PRIME", "WORD", "Plan", "plan_for"]

#: The kinds in the order of a plan's targets; those kept as strings come first. A branch is an
#: object that has columns.
_KINDS = ("id", "string", "json", "timestamp", "int64", "float64", "bool", "branch")
#: The places of an object without columns, and of the event itself.
NOWHERE, EVENT = 0, 1
#: A name's slot in the hash table is determined by its first bytes, modulo this.
WORD, PRIME = 8, 1_000_003


class Target(NamedTuple):
    """The target of a key: a column, or a branch of the schema."""

    path: tuple[str, ...]
    kind: str
    name: str


class Plan:
    """The columns to read from a schema's objects.

    A *place* is an object that has columns: the event, or one below it. In a place a key's name
    leads to a *target*, the number of a column or of the branch that is another place.

    Parameters
    ----------
    schema : Schema
    raw : bool
        Include the column ``raw``.
    columns : tuple of (str, ...) or None
        Only these columns.

    Attributes
    ----------
    arrow : pyarrow.Schema
        The schema of the batch.
    extra : bool
        Whether values without a column are requested.
    targets : list of Target
    names : list of str
        The keys that lead to a target, in any place.
    target_of : array of int64
        By place and name: the target; after the last name, the target of any other name.
    within : array of int64
        By target: the place whose member it is.
    place_of : array of int64
        By target: its place, `NOWHERE` for a column.
    loose : int
        The target of a key that its place does not have.
    depth : int
        The largest depth of nested places.
    joints : bytes
        The JSON texts between a member in one place and the next one in another, together.
    joint_spans : array of int32
        Two rows: where each of them begins and ends.
    """

    def __init__(self, schema: Schema, raw: bool, columns: tuple[str, ...] | None) -> None:
        self.arrow = schema.arrow(raw=raw, columns=columns)
        self.extra = EXTRA in self.arrow.names
        tree = column_tree(schema, tuple(self.arrow.names), raw=raw)
        self.targets = sorted(_targets(tree, ()), key=lambda target: _KINDS.index(target.kind))
        kinds = [_KINDS.index(target.kind) for target in self.targets]
        self._bounds = np.searchsorted(kinds, range(len(_KINDS) + 1)).tolist()
        self.loose = len(self.targets)
        branches = [target.path for target in self.targets[self.of("branch")]]
        self.depth = 1 + max(map(len, branches), default=0)
        places = {(): EVENT} | {path: EVENT + n for n, path in enumerate(branches, 1)}
        self.names = names = sorted({target.path[-1] for target in self.targets})
        self.target_of = np.full((EVENT + len(places), len(names) + 1), self.loose)
        for number, target in enumerate(self.targets):
            place = places[target.path[:-1]]
            self.target_of[place, names.index(target.path[-1])] = number
        self.within = np.array([places[target.path[:-1]] for target in self.targets], np.int64)
        self.place_of = np.full(self.loose + 1, NOWHERE)
        self.place_of[self.of("branch")] = [places[path] for path in branches]
        ends = [None, *places]
        joints = [_joint(before, after).encode() for before in ends for after in ends]
        bounds = np.cumsum([0, *map(len, joints)], dtype=np.int32)
        self.joints, self.joint_spans = b"".join(joints), np.stack((bounds[:-1], bounds[1:]))

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

    @cached_property
    def tables(self) -> tuple[NDArray[Any], ...]:
        """The tables in which the compiled loop looks up names, targets and places."""
        return *_tables_of(self.names), self.target_of, self.place_of

    def joint(self, before: Ints, after: Ints | int) -> Ints:
        """Return the numbers of the joints between members.

        Parameters
        ----------
        before, after : numpy.ndarray of int
            The places of the members before and after each joint; `NOWHERE` stands for the start
            and the end of the event.
        """
        return before * len(self.target_of) + after


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


#: Returns the plan for a schema and the requested columns, made only once.
plan_for = lru_cache(maxsize=64)(Plan)


def _tables_of(names: Sequence[str]) -> tuple[NDArray[Any], ...]:
    """Return a hash table of the names' numbers, and arrays to compare texts with names.

    These are: by a text's length, which of its first eight bytes belong to it; the table; the words
    of each name and its closing quote; which of their bytes count; the start of each name's words;
    and its length. Names that JSON escapes are not in the table.
    """
    first = np.array([2 ** (8 * size) - 1 for size in range(WORD + 1)], np.uint64)
    slots = np.full(4 << len(names).bit_length(), -1)  # a power of two: the pass masks, not divides
    texts = [name.encode() for name in names]
    for number, (name, text) in enumerate(zip(names, texts, strict=True)):
        slot = (int.from_bytes(text[:WORD], "little") % PRIME + len(text)) % len(slots)
        while slots[slot] >= 0:
            slot = (slot + 1) % len(slots)
        if compact(name) == f'"{name}"':
            slots[slot] = number
    sizes = [len(text) // WORD + 1 for text in texts]
    pairs = [*zip(texts, sizes, strict=True)]
    words = b"".join((text + b'"').ljust(WORD * size, b"\0") for text, size in pairs)
    meant = b"".join((b"\xff" * (len(text) + 1)).ljust(WORD * size, b"\0") for text, size in pairs)
    bounds = np.cumsum([0, *sizes], dtype=np.int64)
    lengths = np.array([*map(len, texts), 0], np.int64)
    return first, slots, *(np.frombuffer(each, "<u8") for each in (words, meant)), bounds, lengths
