"""The result of both engines: a page's keys, each with its value's place in the text."""

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
    #: Two rows: the starts and the ends of parts of the text.
    Spans = NDArray[np.int32]

__all__ = ["Index", "joined"]

#: The facts about each loose member: the start of its key, without the quote, and its end if it has
#: escapes; the end of its value; its object in the page, and its place in that.
KEY, KEY_END, END, ROW, PLACE = range(5)
FIELDS = 5
#: The first byte of a value says what it is.
QUOTE, NULL, TRUE, FALSE, OBJECT, LIST = b'"ntf{['
#: Slices of the text may reach this many bytes beyond its ends.
MARGIN = 64
_PAD = b"|" * (MARGIN - 1)


@dataclass(frozen=True)
class Index:
    """A page as a table of cells (a plan's targets by rows), and the members without a cell.

    Attributes
    ----------
    joined, text : bytes, array of uint8
        The objects, a comma between two, a margin on both sides; then the plan's joints.
    begin : array of uint8
        The first byte of each cell's value, 0 if there is none. For an object without members it
        is a list's, since it has no columns either.
    keys, starts, ends : array of int32
        For each cell: the start of the key, without its quote; the start and end of the value.
    special : array of bool
        Whether a cell's value is a string with escapes, or a number that is no integer.
    numbers, read : array of int64, array of bool
        For the targets that are times or integers: the values (times in microseconds since 1970)
        that the engine has read, and in which cells.
    loose : array of int32
        The `FIELDS` of each member without a cell in an object that has some.
    odd : array of bool
        The rows that are not objects, or have a key twice.
    rough : array of int32
        The positions of blanks, and of escapes that `compact` may write differently.
    """

    joined: bytes
    text: Text
    begin: Text
    keys: Positions
    starts: Positions
    ends: Positions
    special: Bools
    numbers: Ints
    read: Bools
    loose: Positions
    odd: Bools
    rough: Positions

    def texts(self, spans: Spans) -> list[bytes]:
        """Return parts of the text."""
        text, (starts, ends) = self.joined, spans
        return [text[at:end] for at, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def is_rough(self, spans: Spans) -> Bools:
        """Return which parts of the text may differ from what `compact` would write."""
        starts, ends = np.searchsorted(self.rough, spans)
        found: Bools = starts < ends
        return found


def joined(items: Sequence[bytes | msgspec.Raw], joints: bytes) -> tuple[bytes, Ints]:
    """Return the objects' text between margins, and the joints; and each object's start.

    Parameters
    ----------
    items : sequence of bytes-like
    joints : bytes
    """
    lengths = np.fromiter(map(len, items), np.int64, len(items)) + 1
    return b",".join((_PAD, *items, _PAD, joints)), MARGIN + np.cumsum(lengths) - lengths
