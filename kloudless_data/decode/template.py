"""The shapes that a page's objects have, learnt from one object each.

Objects of a page differ in their values, not in the text around them. A `Template` is that text:
before each key, what closes the previous value and the key itself (a *head*); and after the last
value, a *tail*. An object has a template's shape if it has its heads and its tail, and if what is
between them is one JSON scalar each, or the very first bytes of the next head, for a value that is
an object itself. That makes every byte of the object accounted for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..schema.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MAX_HEAD", "Key", "Shapes", "Suffixes", "Template", "learn"]

#: The longest head or tail, in bytes, that is compared; an object with a longer one has no shape.
MAX_HEAD = 64
_MAX_DEPTH = 50
_MAX_RESTS = 256
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


class Shapeless(Exception):
    """An object is odd: a list, or its keys are duplicates, escaped or far apart, or it is deep."""


@dataclass
class Key:
    """One key of a template, and its value.

    Attributes
    ----------
    head : bytes
        All from the end of the previous value to the end of the key, without its closing quote.
    blanks : int
        Between the colon and the value: 0 or 1.
    opens : bool
        The value has keys itself: the next head begins where the value does.
    slot : int
        The column that the value belongs to, or -1.
    span : int
        How many keys there are to the one after the value; 1 unless the value has keys.
    lead : int
        How many bytes of that one's head belong to the value: the brackets that close it.
    """

    head: bytes
    blanks: int
    opens: bool = False
    slot: int = -1
    span: int = 1
    lead: int = 0


#: A key's name and number, and the same of the keys below it.
Member: TypeAlias = "tuple[str, int, list[Member] | None]"


@dataclass
class Template:
    """The shape of an object.

    Attributes
    ----------
    keys : list of Key
    tail : bytes
        From the end of the last value to the end of the object.
    members : list of (str, int, list or None)
        The name and number of each key that columns are looked for at, and what is below it.
    loose : set of int
        The numbers of the keys whose values no column takes.
    """

    keys: list[Key] = field(default_factory=list)
    tail: bytes = b""
    members: list[Member] = field(default_factory=list)
    loose: set[int] = field(default_factory=set)
    _rests: dict[frozenset[int], list[bytes | int]] = field(default_factory=dict)

    def rest(self, misfits: frozenset[int] = frozenset()) -> list[bytes | int]:
        """Return what an object's ``extra`` is made of.

        Parameters
        ----------
        misfits : frozenset of int
            Keys whose values do not fit their columns.

        Returns
        -------
        list of bytes and int
            Pieces of JSON text and, in between, the numbers of the keys whose values belong there;
            empty when every value has a column.
        """
        if misfits not in self._rests:
            if len(self._rests) >= _MAX_RESTS:
                self._rests.clear()
            self._rests[misfits] = _pieces(_chosen(self.members, self.loose | misfits))
        return self._rests[misfits]


def learn(text: bytes, tree: dict[str, Any], slots: dict[str | tuple[str, ...], int]) -> Template:
    """Return the shape of an object.

    Parameters
    ----------
    text : bytes
        The object's JSON text, known to be valid.
    tree : dict
        From `kloudless_data.decode.rowwise.column_tree`.
    slots : dict
        The number of each column by its name, and of each branch of the tree by its path.

    Returns
    -------
    Template

    Raises
    ------
    Shapeless
        When it has none.
    """
    if not text.startswith(b"{"):
        raise Shapeless
    learner = _Learner(text, slots)
    learner.template.members = learner.object(0, tree, ())
    learner.template.tail = learner.since_mark(len(text))
    return learner.template


class _Learner:
    def __init__(self, text: bytes, slots: dict[str | tuple[str, ...], int]) -> None:
        # Latin-1, so that positions are those of bytes.
        self.text = text.decode("latin-1")
        self.slots = slots
        self.template = Template()
        #: Where the last value ended, and where the value being learnt does.
        self.mark = self.end = 0

    def since_mark(self, end: int) -> bytes:
        head = self.text[self.mark : end].encode("latin-1")
        if len(head) > MAX_HEAD or b"\\" in head:
            raise Shapeless
        return head

    def object(self, at: int, tree: dict[str, Any] | None, path: tuple[str, ...]) -> list[Member]:
        """Learn the object that begins here, and return its members.

        Without a tree the object is part of a value, and only its shape matters.
        """
        if len(path) > _MAX_DEPTH:
            raise Shapeless
        members: list[Member] = []
        seen: set[str] = set()
        at = self._skip(at + 1)
        while self.text[at] != "}":
            name, end = scanstring(self.text, at + 1)
            value = self._skip(end + 1)
            if (
                name in seen
                or self.text[end] != ":"
                or value > end + 2
                or (value == end + 2 and self.text[end + 1] != " ")
            ):
                raise Shapeless
            seen.add(name)
            number = len(self.template.keys)
            key = Key(self.since_mark(end - 1), value - end - 1)
            self.template.keys.append(key)
            name = name.encode("latin-1").decode()
            members.append((name, number, self._value(key, value, tree, (*path, name))))
            at = self._skip(self.end)
            if self.text[at] == ",":
                at = self._skip(at + 1)
        self.end = at + 1
        return members

    def _value(
        self, key: Key, at: int, tree: dict[str, Any] | None, path: tuple[str, ...]
    ) -> list[Member] | None:
        """Learn a value; return the members below it if there may be columns among them."""
        place = None if tree is None else tree.get(path[-1])
        self.mark = at
        has_members = self.text[at] == "{" and self.text[self._skip(at + 1)] != "}"
        if isinstance(place, dict) and has_members:
            key.opens = True
            return self.object(at, place, path)
        number = len(self.template.keys)
        self._whole(at, path)
        key.span = 1 + len(self.template.keys) - number
        if key.span > 1:
            key.opens = True
            key.lead = self.end - self.mark
        else:
            self.mark = self.end
        if isinstance(place, Column):
            key.slot = self.slots[place.name]
        elif isinstance(place, dict):
            key.slot = self.slots[path]
        elif tree is not None:
            self.template.loose.add(number - 1)
        return None

    def _whole(self, at: int, path: tuple[str, ...]) -> None:
        """Learn a value of which only the shape matters."""
        if len(path) > _MAX_DEPTH:
            raise Shapeless
        if self.text[at] == "{":
            self.object(at, None, (*path, ""))
        elif self.text[at] == "[":
            at = self._skip(at + 1)
            while self.text[at] != "]":
                self._whole(at, (*path, ""))
                at = self._skip(self.end)
                if self.text[at] == ",":
                    at = self._skip(at + 1)
            self.end = at + 1
        else:
            self.end = _DECODER.raw_decode(self.text, at)[1]

    def _skip(self, at: int) -> int:
        while self.text[at] in " \t\r\n":
            at += 1
        return at


def _chosen(members: list[Member], numbers: set[int]) -> list[Any]:
    """Return the chosen keys in their places: (name, number or list)."""
    found: list[Any] = []
    for name, number, below in members:
        if below is None:
            if number in numbers:
                found.append((name, number))
        elif chosen := _chosen(below, numbers):
            found.append((name, chosen))
    return found


def _pieces(rest: list[Any]) -> list[bytes | int]:
    """Return the JSON text of nested (key, number or list) as pieces and numbers."""
    pieces: list[bytes | int] = []
    text = b""
    for index, (key, below) in enumerate(rest):
        text += b"," if index else b"{"
        # No key of a template has an escape, so that it is its own JSON text.
        text += b'"' + key.encode() + b'":'
        nested = [below] if isinstance(below, int) else _pieces(below)
        for piece in nested:
            if isinstance(piece, bytes):
                text += piece
            else:
                pieces += [text, piece]
                text = b""
    return [*pieces, text + b"}"] if rest else []


class Suffixes:
    """Byte strings, each at most `MAX_HEAD` long, to be looked for at the end of a text.

    Parameters
    ----------
    suffixes : sequence of bytes
    """

    def __init__(self, suffixes: Sequence[bytes]) -> None:
        self.lengths = np.array([len(suffix) for suffix in suffixes], np.int64)
        self.longest = int(self.lengths.max(initial=0))
        padded = b"".join(suffix.rjust(MAX_HEAD, b"\0") for suffix in suffixes)
        mask = b"".join((b"\xff" * len(suffix)).rjust(MAX_HEAD, b"\0") for suffix in suffixes)
        # Sixteen bytes at a time, the last ones first: numpy has no wider number than complex128.
        self._wanted = np.frombuffer(padded, np.complex128).reshape(-1, MAX_HEAD // 16).T.copy()
        self._mask = np.frombuffer(mask, np.complex128).reshape(-1, MAX_HEAD // 16).T.copy()

    def end_at(
        self, windows: NDArray[np.complex128], at: NDArray[np.int64], which: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return whether the text before `at` ends with suffix number `which`, elementwise.

        Parameters
        ----------
        windows : array of complex128
            The sixteen bytes that begin at each position of the text.
        """
        found = self._piece_at(windows, at, which, 1)
        for piece in range(2, -(-self.longest // 16) + 1):
            long = np.flatnonzero(self.lengths.take(which) > 16 * (piece - 1))
            found[long] &= self._piece_at(windows, at[long], which[long], piece)
        return found

    def _piece_at(
        self,
        windows: NDArray[np.complex128],
        at: NDArray[np.int64],
        which: NDArray[np.int64],
        piece: int,
    ) -> NDArray[np.bool_]:
        text = windows[at - 16 * piece].view(np.uint64)
        text &= self._mask[-piece].take(which).view(np.uint64)
        equal = text == self._wanted[-piece].take(which).view(np.uint64)
        both: NDArray[np.bool_] = equal.view(np.uint16) == 0x0101
        return both


class Shapes:
    """Templates, and their properties as arrays over all of their keys.

    The first template is that of objects without one, and has a single key.

    Parameters
    ----------
    templates : sequence of Template
    slots : int
        How many columns there are.
    """

    def __init__(self, templates: Sequence[Template], slots: int) -> None:
        self.templates = [Template([Key(b"", 0)]), *templates]
        keys = [key for template in self.templates for key in template.keys]
        self.sizes = np.array([len(template.keys) for template in self.templates], np.int64)
        self.bases = np.cumsum(self.sizes) - self.sizes
        self.heads = Suffixes([key.head for key in keys])
        self.tails = Suffixes([template.tail for template in self.templates])
        self.blanks = np.array([key.blanks for key in keys], np.int64)
        self.opens = np.array([key.opens for key in keys], np.bool_)
        self.spans = np.array([key.span for key in keys], np.int64)
        self.leads = np.array([key.lead for key in keys], np.int64)
        #: The column of each key's value, -1 for none.
        self.slots = np.array([key.slot for key in keys], np.int64)
        #: How many quotes there are outside the values.
        self.quotes = np.array(
            [
                sum(key.head.count(b'"') + 1 for key in template.keys) + template.tail.count(b'"')
                for template in self.templates
            ],
            np.int64,
        )
        #: Which key of the template has the value of each column, -1 for none.
        self.positions = np.full((slots, len(self.templates)), -1, np.int64)
        for number, template in enumerate(self.templates):
            for position, key in enumerate(template.keys):
                if key.slot >= 0:
                    self.positions[key.slot, number] = position
