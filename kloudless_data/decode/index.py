"""What both engines find in a page: its keys, each with its value's place in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import msgspec
    from numpy.typing import NDArray

    from .values import Bools, Ints, Text

    Positions = NDArray[np.int32]
    #: Two rows: where parts of the text begin, and end.
    Spans = NDArray[np.int64]

__all__ = ["Index", "joined"]

#: What is known of each loose member: where its key begins, without the quote, and ends, if it has
#: escapes; where its value ends; which object of the page it is in, and which place of that.
KEY, KEY_END, END, ROW, PLACE = range(5)
FIELDS = 5
#: The first byte of a value says what it is.
QUOTE, NULL, TRUE, FALSE, OBJECT, LIST = b'"ntf{['
#: What is cut from the text may reach this many bytes beyond its ends.
MARGIN = 64
_PAD = b"|" * (MARGIN - 1)


@dataclass(frozen=True)
class Index:
    """A page as a table of cells, targets of a plan by rows; and the members that have no cell.

    Attributes
    ----------
    joined, text : bytes, array of uint8
        The objects, a comma between two, a margin on both sides.
    begin : array of uint8
        The first byte of each cell's value, 0 if there is none. An object without members begins
        as a list does, since it has no columns either.
    keys, starts, ends : array of int32
        Of each cell: where the key begins, without its quote; where the value does, and ends.
    special : array of bool
        Whether a cell's value is a string with escapes, or a number that is no integer.
    loose : array of int32
        A row for each member without a cell in an object that has some, with the `FIELDS`.
    odd : array of bool
        Which rows are no objects, or have a key twice.
    rough : array of int64
        Where there are blanks, and escapes that `compact` may write otherwise.
    """

    joined: bytes
    text: Text
    begin: Text
    keys: Positions
    starts: Positions
    ends: Positions
    special: Bools
    loose: Positions
    odd: Bools
    rough: Ints

    def texts(self, spans: Spans) -> list[bytes]:
        """Return parts of the text."""
        text, (starts, ends) = self.joined, spans
        return [text[at:end] for at, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def is_rough(self, spans: Spans) -> Bools:
        """Return which parts of the text may not be written as `compact` would."""
        starts, ends = np.searchsorted(self.rough, spans)
        found: Bools = starts < ends
        return found


def joined(items: Sequence[bytes | msgspec.Raw]) -> tuple[bytes, Ints]:
    """Return the objects' text, commas and a margin around it, and where each object begins."""
    lengths = np.fromiter(map(len, items), np.int64, len(items)) + 1
    return b",".join((_PAD, *items, _PAD)), MARGIN + np.cumsum(lengths) - lengths
