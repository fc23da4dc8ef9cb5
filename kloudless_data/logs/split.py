"""Find records in JSON text: lines, or the objects of a list, in bounded memory.

A list of a million records is too large to read whole. `Elements` finds where its objects end by
counting brackets outside strings, block by block; its reader checks whether each is JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from .texts import Texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LARGEST", "Damage", "Layout", "elements", "find_brackets", "lines"]

#: Bytes; nothing larger counts as a record.
LARGEST = 64 << 20
#: Called with the place of something that is not a record (line or byte), why, and its text.
Damage = Callable[[str, str, bytes], None]

_QUOTE, _BACKSLASH, _OPEN, _CLOSE = ord('"'), ord("\\"), ord("{"), ord("}")
_LIST, _LINE_END, _COMMA = ord("["), ord("\n"), ord(",")
_NO_OBJECT = "it is not a JSON object"
_VALUES = msgspec.json.Decoder(list[msgspec.Raw])
_BETWEEN = re.compile(rb"[\s,]*")
#: The number of bytes in which to look for brackets at a time.
_PIECE = 1 << 18
_NAME = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:\s*$')


class _Brackets(NamedTuple):
    """A text's brackets: their places, 1 if they open or -1, and the depth after each."""

    places: NDArray[np.int64]
    signs: NDArray[np.int64]
    levels: NDArray[np.int64]


class Layout:
    """The layout of records in a text.

    Parameters
    ----------
    depth : int or None
        The number of brackets around a record: 0 for concatenated records, 1 for a list of them, 2
        for a list in an object, and so on; None for one record per line.
    names : iterable of str
        With depth 2 or more: the possible names of the list; empty for any, and none.
    is_record : callable, optional
        With names: returns True if an object is a record; such ones are read from lists with other
        names, too.
    prefixed : bool
        With depth None: a record may follow other text in its line.
    """

    def __init__(
        self,
        depth: int | None,
        names: Iterable[str] = (),
        is_record: Callable[[bytes], bool] | None = None,
        *,
        prefixed: bool = False,
    ) -> None:
        self.depth, self.is_record, self.prefixed = depth, is_record, prefixed
        self.names = frozenset(name.encode() for name in names)


def lines(blocks: Iterable[bytes], damage: Damage) -> Iterator[Texts]:
    """Yield the lines of a text, some at a time.

    Parameters
    ----------
    blocks : iterable of bytes
    damage : callable
        Called for a line that is too large.
    """
    rest, before = b"", 1
    for block in blocks:
        text = rest + block
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _LINE_END)
        starts = np.concatenate(([0], ends + 1))
        rest = text[starts[-1] :]
        if len(rest) > LARGEST:
            damage("a line", "it is larger than any record", rest[:1_000])
            rest = b""
        yield Texts(text, starts[:-1], ends, np.arange(before, before + len(ends)))
        before += len(ends)
    if rest:
        yield Texts.of([rest], before)


def elements(blocks: Iterable[bytes], layout: Layout, damage: Damage) -> Iterator[Texts]:
    """Yield the objects of a text that are records, some at a time.

    Parameters
    ----------
    blocks : iterable of bytes
    layout : Layout
        A layout whose depth is a number.
    damage : callable
        Called for text between objects that is not JSON, and for an object that does not end.
    """
    reader = _Elements(layout, damage)
    for block in blocks:
        yield reader.feed(block)
    reader.end()


class _Elements:
    def __init__(self, layout: Layout, damage: Damage) -> None:
        assert layout.depth is not None  # noqa: S101 - lines are not for this
        self._depth, self._names, self._damage = layout.depth, layout.names, damage
        self._is_record = layout.is_record
        self._rest = b""
        self._found = 1
        #: The depth of brackets where the rest begins, and how many bytes precede it.
        self._level = 0
        self._read = 0
        #: True if the rest begins inside a list of records.
        self._ours = self._depth < 2
        self._stopped = False

    def feed(self, block: bytes) -> Texts:
        """Return the records that end in a block."""
        if self._stopped:
            return Texts.of([])
        text = self._rest + block
        places, signs = find_brackets(text)
        levels = self._level + np.cumsum(signs)
        if len(levels) and int(levels.min()) < 0:
            self._stop(text, "a bracket closes that nothing opened")
            return Texts.of([])
        data = np.frombuffer(text, np.uint8)
        objects = (data[places] == _OPEN) | (data[places] == _CLOSE)
        begins = np.flatnonzero((signs > 0) & objects & (levels == self._depth + 1))
        ends = np.flatnonzero((signs < 0) & objects & (levels == self._depth))
        if len(ends) > len(begins):
            self._stop(text, "a bracket closes that nothing opened")
            return Texts.of([])
        begins, open_at = begins[: len(ends)], begins[len(ends) :]
        brackets = _Brackets(places, signs, levels)
        are_ours = self._lists_in(text, brackets)
        ours = are_ours(begins)
        if self._is_record is not None and not ours.all():
            for one in np.flatnonzero(~ours).tolist():
                ours[one] = self._is_record(text[places[begins[one]] : places[ends[one]] + 1])
        first, after = places[begins[ours]], places[ends[ours]] + 1
        found = Texts(text, first, after, np.arange(self._found, self._found + len(first)))
        self._found += len(first)
        self._check_between(text, brackets, are_ours)
        nested = np.flatnonzero((signs > 0) & ~objects & (levels == self._depth + 1))
        self._refuse_lists(text, brackets, nested[are_ours(nested)])
        # The rest begins with an object that is still open, or after the last bracket.
        last = int(open_at[0]) if len(open_at) else len(places)
        cut = int(places[last]) if last < len(places) else self._after(text, places)
        self._level = int(levels[last - 1]) if last else self._level
        self._read += cut
        self._rest = text[cut:]
        if len(self._rest) > LARGEST:
            self._stop(self._rest, "an object is larger than any record")
        return found

    def _after(self, text: bytes, places: NDArray[np.int64]) -> int:
        """Return where the rest begins: after the last bracket, but before a name of a list."""
        return int(places[-1]) + 1 if len(places) else 0

    def _lists_in(
        self, text: bytes, brackets: _Brackets
    ) -> Callable[[NDArray[np.int64]], NDArray[np.bool_]]:
        """Return a function that says which brackets are in a list of records, by its name.

        It takes the brackets' numbers; -1 is where the text begins.
        """
        if self._depth < 2:
            return lambda which: np.ones(len(which), np.bool_)
        places, signs, levels = brackets
        lists = np.flatnonzero((signs > 0) & (levels == self._depth))
        named = [self._is_ours(text, int(place)) for place in places[lists].tolist()]
        known = np.array([*named, self._ours], np.bool_)  # the last: the list it begins in
        if named:
            self._ours = named[-1]
        return lambda which: known[np.searchsorted(lists, which, side="right") - 1]

    def _is_ours(self, text: bytes, place: int) -> bool:
        if text[place] != _LIST or not self._names:
            return text[place] == _LIST
        name = _NAME.search(text, max(0, place - 200), place)
        return name is not None and name[1] in self._names

    def _check_between(
        self,
        text: bytes,
        brackets: _Brackets,
        are_ours: Callable[[NDArray[np.int64]], NDArray[np.bool_]],
    ) -> None:
        """Report what is neither a bracket's nor a comma on the level of the records."""
        places = brackets.places
        at = np.flatnonzero(brackets.levels[:-1] == self._depth)
        starts, stops = places[at] + 1, places[at + 1]
        if len(places) and self._level == self._depth:
            at, starts, stops = (
                np.append(f, a) for f, a in ((-1, at), (0, starts), (places[0], stops))
            )
        commas = np.frombuffer(text, np.uint8)[starts] == _COMMA
        some = (starts < stops) & ~(commas & (stops - starts == 1)) & are_ours(at)
        for start, stop in zip(starts[some].tolist(), stops[some].tolist(), strict=True):
            if _BETWEEN.fullmatch(text, start, stop) is None:
                self._refuse(text[start:stop], start)

    def _refuse(self, between: bytes, start: int) -> None:
        """Report a text between records: each of its values, if it has some."""
        try:
            values = _VALUES.decode(b"[" + between.strip(b", \t\r\n") + b"]")
        except msgspec.DecodeError:
            self._damage(f"byte {self._read + start:,}", "it is not JSON", between)
            return
        end = 0
        for value in values:
            at = between.index(value, end)
            end = at + len(value)
            self._damage(f"byte {self._read + start + at:,}", _NO_OBJECT, bytes(value))

    def _refuse_lists(self, text: bytes, brackets: _Brackets, lists: NDArray[np.int64]) -> None:
        """Report lists in place of records."""
        places, _, levels = brackets
        closing = np.flatnonzero(levels == self._depth)
        ends = np.append(places[closing] + 1, len(text))[np.searchsorted(closing, lists)]
        for begin, end in zip(places[lists].tolist(), ends.tolist(), strict=True):
            self._damage(f"byte {self._read + begin:,}", _NO_OBJECT, text[begin:end])

    def _stop(self, text: bytes, why: str) -> None:
        self._stopped = True
        self._damage(f"byte {self._read:,} to the end", why, text)
        self._rest, self._level = b"", 0

    def end(self) -> None:
        """Report what is left over."""
        if self._level or self._rest.strip(b", \t\r\n"):  # the last line may have a comma, too
            why = "the file ends within a record or a list"
            self._damage(f"byte {self._read:,} to the end", why, self._rest)


def find_brackets(text: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of brackets outside strings, with 1 for opening and -1 for closing ones.

    Examples
    --------
    >>> [array.tolist() for array in find_brackets(b'{"[": []}')]
    [[0, 6, 7, 8], [1, 1, -1, -1]]
    """
    data = np.frombuffer(text, np.uint8)
    inside = _strings(data, _BACKSLASH in text)
    places, opening = [], []
    # In pieces that stay in the processor's cache: a third less time than at once.
    for start in range(0, len(data), _PIECE):
        lower = data[start : start + _PIECE] | 32  # [ and { differ in this bit, as ] and } do
        either = lower == _OPEN
        either |= lower == _CLOSE
        found = np.flatnonzero(either)
        there = found + start
        outside = inside[there >> 3] >> (there & 7).astype(np.uint8) & 1 == 0
        places.append(there[outside])
        opening.append(lower[found[outside]] == _OPEN)
    if not places:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(places), np.where(np.concatenate(opening), 1, -1)


def _strings(data: NDArray[np.uint8], has_escapes: bool) -> NDArray[np.uint8]:
    """Return a bit for each byte, the lowest first: 1 from an opening quote to a string's end."""
    quotes = data == _QUOTE
    if has_escapes:
        quotes[_escaped(data)] = False
    bits = np.packbits(quotes, bitorder="little")
    words = np.zeros(-(-len(bits) // 8), "<u8")
    words.view(np.uint8)[: len(bits)] = bits
    # Each bit becomes the parity of the quotes up to it: in its word, then in all before, too.
    for shift in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(shift)
    parity = np.bitwise_xor.accumulate(words >> np.uint64(63))
    words[1:] ^= np.uint64(0) - parity[:-1]  # 0 or all bits
    return words.view(np.uint8)


def _escaped(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the places after an odd number of consecutive backslashes."""
    slashes = np.flatnonzero(data == _BACKSLASH)
    last = np.flatnonzero(np.diff(slashes, append=len(data) + 1) != 1)
    ends = slashes[last] + 1
    lengths = np.diff(last, prepend=-1)
    found: NDArray[np.int64] = ends[(lengths % 2 == 1) & (ends < len(data))]
    return found
