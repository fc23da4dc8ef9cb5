"""The structure of a page's JSON text: where its strings, brackets, keys and values are.

This is the first of the two steps that read a page without a Python object for each value. It
works as SIMD parsers do, a pass over the whole text for each kind of character, and knows nothing
of columns:

1. Quotes that are not escaped come in pairs, a pair for each string.
2. Brackets with an even number of quotes before them are outside strings. Their running sum is the
   depth, and by it each bracket is led to the object or list that it is in.
3. A string before a colon is a key. Its value begins after the colon, and perhaps a blank.

All of it relies on the text being JSON, which msgspec has proven; and on there being no blanks
outside strings but one after a colon or comma. A page that has others is written anew without.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .lossless_json import MAX_DEPTH, compacted, too_deep
from .values import read_integers, read_times, windows

if TYPE_CHECKING:
    import msgspec
    from numpy.typing import NDArray

    from .values import Bools, Ints, Text

__all__ = ["FALSE", "MARGIN", "NULL", "QUOTE", "TRUE", "Page", "Structure", "joined"]

QUOTE, NULL, TRUE, FALSE = b'"ntf'
_COLON, _COMMA, _BACKSLASH, _BLANK, _OBJECT = b":,\\ {"

#: What is cut from the text may reach this many bytes beyond its ends.
MARGIN = 64
_PAD = b"|" * (MARGIN - 1)
_LENGTHS = np.zeros(256, np.int64)
_LENGTHS[[NULL, TRUE, FALSE]] = 4, 4, 5
#: With more blanks than one in so many bytes, some are likely to be outside strings.
_FEW = 25
#: Longer numbers are followed to their ends one by one.
_NUMBER = 24


def joined(items: Sequence[bytes | msgspec.Raw]) -> bytes:
    """Return the objects' text, a comma around each and a margin on both sides."""
    return b",".join((_PAD, *items, _PAD))


class Page(ABC):
    """A page's text, however what is in it was found.

    Attributes
    ----------
    joined, text : bytes, array of uint8
        The objects, a comma between two, a margin on both sides.
    begin : array of uint8
        The first byte of each key's value.
    key_starts, values : array of int64
        Where each key's text begins, without its quote, and where its value does.
    spans : array of int32
        Where strings begin and end in turn, without their quotes.
    has_escapes : bool
        Whether there is a backslash in the page.
    """

    joined: bytes
    text: Text
    begin: Text
    key_starts: Ints
    values: Ints
    spans: NDArray[np.int32]
    has_escapes: bool

    @abstractmethod
    def ends(self, keys: Ints) -> Ints:
        """Return where the values of some keys end."""

    @abstractmethod
    def pieces_of(self, keys: Ints) -> Ints:
        """Return where in `spans` the strings are that are the values of some keys."""

    @abstractmethod
    def is_integer(self, keys: Ints) -> Bools:
        """Return which of the numbers that are the values of some keys are integers."""

    @abstractmethod
    def is_escaped(self, keys: Ints) -> Bools:
        """Return which of the strings that are the values of some keys have escapes."""

    @abstractmethod
    def rough(self) -> Ints:
        """Return where there are blanks, and escapes that `compact` may write otherwise."""

    def read_integers(self, starts: Ints, ends: Ints) -> tuple[Ints, Bools]:
        """Read parts of the text as `kloudless_data.decode.values.read_integers` does.

        Parameters
        ----------
        starts, ends : numpy.ndarray of int64
            Where each part begins and ends in the text.
        """
        return read_integers(self.text, starts, ends)

    def read_times(self, starts: Ints, ends: Ints) -> tuple[Ints, Bools, Bools]:
        """Read parts of the text as `kloudless_data.decode.values.read_times` does.

        Parameters
        ----------
        starts, ends : numpy.ndarray of int64
            Where each part begins and ends in the text.
        """
        return read_times(self.text, starts, ends)

    def is_rough(self, starts: Ints, ends: Ints) -> Bools:
        """Return which parts of the text may not be written as `compact` would.

        Parameters
        ----------
        starts : numpy.ndarray of int64
            Byte offsets in the page at which the parts begin.
        ends : numpy.ndarray of int64
            Byte offsets just after the parts.
        """
        rough = self.rough()
        return np.searchsorted(rough, starts) < np.searchsorted(rough, ends)

    def texts(self, starts: Ints, ends: Ints) -> list[bytes]:
        """Return the parts of the text from and to some positions.

        Parameters
        ----------
        starts : numpy.ndarray of int64
            Byte offsets in the page at which the parts begin.
        ends : numpy.ndarray of int64
            Byte offsets just after the parts.
        """
        text, spans = self.joined, zip(starts.tolist(), ends.tolist(), strict=True)
        return [text[start:end] for start, end in spans]


class Structure(Page):
    """Where things are in a page's text. Keys are numbered in the order of the text.

    Parameters
    ----------
    items : sequence of bytes-like
        The JSON text of each object of the page.

    Attributes
    ----------
    starts : array of int64
        Where each object begins.
    quotes : array of int64
        The opening and closing quotes of each string.
    escapes : array of int64
        Where the backslashes are that escape something.
    escaped : array of bool
        Which strings have any.
    brackets, opens, depth : array
        Each bracket outside strings, whether it opens, and how many are open after it.
    inside : array of int64
        Which bracket opened what each bracket leaves open; itself if it opens.
    passed : array of int64
        How many strings there are before each bracket.
    keys : array of int64
        Which string each key is.
    key_ends : array of int64
        Where the text of each key ends.
    """

    def __init__(self, items: Sequence[bytes | msgspec.Raw]) -> None:
        if not self._scan(items):
            self._scan(compacted(items), compact=True)
        if self.depth.max(initial=0) > MAX_DEPTH:
            raise too_deep()
        self._nest()
        closing = self.quotes[1::2]
        self.keys = np.flatnonzero(self.text[closing + 1] == _COLON)
        self.key_starts, self.key_ends = self.quotes[::2][self.keys] + 1, closing[self.keys]
        self.values = self.key_ends + 2
        self.begin = self.text[self.values]
        after_blank = np.flatnonzero(self.begin == _BLANK)
        if len(after_blank):
            self.values[after_blank] += 1
            self.begin[after_blank] = self.text[self.values[after_blank]]
        self._find_numbers()

    def _scan(self, items: Sequence[bytes | msgspec.Raw], *, compact: bool = False) -> bool:
        """Find strings and brackets; return whether there are no blanks where none should be."""
        self.joined = joined(items)
        if b"\n" in self.joined:
            return False
        lengths = np.fromiter(map(len, items), np.int64, len(items)) + 1
        self.starts = MARGIN + np.cumsum(lengths) - lengths
        self.text = np.frombuffer(self.joined, np.uint8)
        self._find_quotes()
        self._spaced = False
        return self._find_brackets(compact)

    def _find_quotes(self) -> None:
        self.quotes = np.flatnonzero(self.text == QUOTE)
        self.escapes = self._find_escapes()
        escaped = self.escapes[self.text[self.escapes + 1] == QUOTE] + 1
        if len(escaped):
            self.quotes = np.delete(self.quotes, np.searchsorted(self.quotes, escaped))
        self.escaped = np.zeros(len(self.quotes) // 2, np.bool_)
        self.escaped[np.searchsorted(self.quotes, self.escapes) // 2] = True
        self.has_escapes = len(self.escapes) > 0
        self.spans = self.quotes.astype(np.int32)
        self.spans[::2] += 1

    def _find_escapes(self) -> Ints:
        if b"\\" not in self.joined:
            return self.quotes[:0]
        # Of a run of backslashes the first escapes the second, the third the fourth.
        found = np.flatnonzero(self.text == _BACKSLASH)
        number = np.arange(len(found))
        run = np.maximum.accumulate(np.where(np.diff(found, prepend=-2) != 1, number, 0))
        escapes: Ints = found[(number - run) % 2 == 0]
        return escapes

    def _find_brackets(self, compact: bool) -> bool:
        # With the bit of 32 set, [ is { and ] is }, which are two apart.
        bracket = (((self.text | 32) - ord("{")) & ~np.uint8(2)) == 0
        found = np.flatnonzero(bracket if compact else bracket | self._odd_blanks())
        quotes_passed = np.searchsorted(self.quotes, found)
        outside = np.flatnonzero(quotes_passed % 2 == 0)
        self.brackets, self.passed = found[outside], quotes_passed[outside] // 2
        mark = self.text[self.brackets]
        self.opens = (mark & 2) > 0
        self.depth = np.cumsum(np.where(self.opens, 1, -1))
        return not (mark <= _BLANK).any()

    def _odd_blanks(self) -> Bools:
        """Return which bytes are blanks, but not spaces after a separator, be it in a string."""
        blanks = self.text <= _BLANK
        # Servers that write a space after separators write many; then only others are looked at.
        self._spaced = int(np.count_nonzero(blanks)) * _FEW > len(blanks)
        return blanks & ~self._spaces() if self._spaced else blanks

    def _spaces(self) -> Bools:
        """Return which bytes are spaces after a colon or a comma, be it in a string."""
        spaces: Bools = self.text == _BLANK
        before = self.text[:-1]
        spaces[1:] &= (before == _COLON) | (before == _COMMA)
        return spaces

    def _nest(self) -> None:
        # Of the brackets that leave the same depth, in their order, each is inside of what the
        # last one opened that did open.
        by_depth = np.argsort(self.depth.astype(np.int16), kind="stable")
        last = np.where(self.opens[by_depth], np.arange(len(by_depth)), 0)
        self.inside = np.empty_like(by_depth)
        self.inside[by_depth] = by_depth[np.maximum.accumulate(last)]
        self._leaving = self.depth[by_depth] * len(by_depth) + by_depth

    def _find_numbers(self) -> None:
        numbers = np.flatnonzero((self.begin >= ord("-")) & (self.begin <= ord("9")))
        starts = self.values[numbers]
        first = windows(self.text, starts, _NUMBER)
        ended = (first == ord(",")) | ((first | 32) == ord("}"))
        length = ended.argmax(axis=1)
        odd = (first == ord(".")) | ((first | 32) == ord("e"))
        first_odd = odd.argmax(axis=1)  # 0 if there is none, as no number begins with it
        integer = (first_odd == 0) | (first_odd > length)
        for long in np.flatnonzero(length == 0).tolist():
            text = self.text[starts[long] :]
            length[long] = next(n for n, byte in enumerate(text) if byte in b",]}")
            integer[long] = not set(text[: length[long]].tolist()) & set(b".eE")
        #: Which values are integers, and how long those are that are numbers.
        self._is_integer = np.zeros(len(self.keys), np.bool_)
        self._is_integer[numbers] = integer
        self._number_lengths = np.zeros(len(self.keys), np.int64)
        self._number_lengths[numbers] = length

    def of_strings(self, of_brackets: Ints) -> Ints:
        """Return for each string what is said of the bracket before it, 0 if there is none."""
        counts = np.diff(self.passed, prepend=0, append=len(self.quotes) // 2)
        return np.repeat(np.concatenate(([0], of_brackets)), counts)

    def ends(self, keys: Ints) -> Ints:
        """Return where the values of some keys end."""
        begin = self.begin[keys]
        ends = self.values[keys] + _LENGTHS[begin] + self._number_lengths[keys]
        strings = np.flatnonzero(begin == QUOTE)
        ends[strings] = self.quotes[2 * self.keys[keys[strings]] + 3] + 1
        nested = np.flatnonzero((begin | 32) == _OBJECT)
        if len(nested):
            # The value is opened by the first bracket that has the key before it, and closed by
            # the next one after which one bracket less is open.
            opening = np.searchsorted(self.passed, self.keys[keys[nested]] + 1)
            wanted = (self.depth[opening] - 1) * len(self.brackets) + opening
            closing = self._leaving[np.searchsorted(self._leaving, wanted)] % len(self.brackets)
            ends[nested] = self.brackets[closing] + 1
        return ends

    def pieces_of(self, keys: Ints) -> Ints:
        """Return where in `spans` the strings are that are the values of some keys."""
        return 2 * (self.keys[keys] + 1)  # the next string

    def is_integer(self, keys: Ints) -> Bools:
        """Return which of the numbers that are the values of some keys are integers."""
        return self._is_integer[keys]

    def is_escaped(self, keys: Ints) -> Bools:
        """Return which of the strings that are the values of some keys have escapes."""
        found: Bools = self.escaped.take(self.keys[keys] + 1, mode="clip")
        return found

    def rough(self) -> Ints:
        """Return where there are blanks, and escapes that `compact` may write otherwise."""
        after = self.text[self.escapes + 1]  # a control character's u is taken for needless
        rough = self.escapes[(after == ord("u")) | (after == ord("/"))]
        return np.sort(np.append(rough, np.flatnonzero(self._spaces()))) if self._spaced else rough
