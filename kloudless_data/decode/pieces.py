"""Parts of a page's text, and texts added to it, as strings of Arrow columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .lossless_json import compacted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .structure import Page
    from .values import Bools, Ints

__all__ = ["Pieces", "array", "regrouped"]

_STRINGS = msgspec.json.Decoder(list[str])


class Pieces:
    """Texts, most of them parts of the page, as elements of one Arrow array.

    Its offsets are where the page's strings begin and end in turn, and after those where the other
    pieces do. So every other element is a piece; those between, which may end before they begin,
    are never taken.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._offsets = [page.spans]
        self._count, self._size = len(page.spans), len(page.text)
        self._texts: list[bytes] = []

    def add(self, starts: Ints, ends: Ints) -> Ints:
        """Add parts of the page's text, and return their numbers.

        Parameters
        ----------
        starts : numpy.ndarray of int64
            Byte offsets in the page at which the parts begin.
        ends : numpy.ndarray of int64
            Byte offsets just after the parts.
        """
        self._offsets.append(np.stack((starts, ends), axis=1).astype(np.int32).ravel())
        numbers = self._count + 2 * np.arange(len(starts))
        self._count += 2 * len(starts)
        return numbers

    def add_texts(self, texts: Sequence[bytes]) -> Ints:
        """Add texts that are not in the page, and return their numbers."""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        ends = self._size + np.cumsum(lengths)
        self._texts += texts
        self._size += int(lengths.sum())
        return self.add(ends - lengths, ends)

    def add_strings(self, starts: Ints, ends: Ints) -> Ints:
        """Add what strings say that have escapes, and return their numbers.

        Parameters
        ----------
        starts : numpy.ndarray of int64
            Byte offsets in the page at which the parts begin.
        ends : numpy.ndarray of int64
            Byte offsets just after the parts.
        """
        texts = self._page.texts(starts, ends)
        strings = pa.array(_STRINGS.decode(b"[" + b",".join(texts) + b"]"), pa.string())
        _, offsets, text = strings.buffers()
        ends = self._size + np.frombuffer(offsets, np.int32)[: len(texts) + 1].astype(np.int64)
        self._texts.append(text)
        self._size += text.size
        return self.add(ends[:-1], ends[1:])

    def add_json(self, starts: Ints, ends: Ints) -> Ints:
        """Add JSON text without needless blanks and escapes, and return the numbers.

        Parameters
        ----------
        starts : numpy.ndarray of int64
            Byte offsets in the page at which the parts begin.
        ends : numpy.ndarray of int64
            Byte offsets just after the parts.
        """
        numbers = self.add(starts, ends)
        rough = self._page.is_rough(starts, ends)
        if rough.any():
            texts = compacted(self._page.texts(starts[rough], ends[rough]))
            numbers[rough] = self.add_texts(texts)
        return numbers

    def add_members(self, starts: Ints, ends: Ints) -> Ints:
        """Add members of objects, their keys and their values, as JSON text.

        Parameters
        ----------
        starts : numpy.ndarray of int64
            Byte offsets in the page at which the parts begin.
        ends : numpy.ndarray of int64
            Byte offsets just after the parts.
        """
        numbers = self.add(starts, ends)
        rough = self._page.is_rough(starts, ends)
        if rough.any():
            texts = [b"{" + text + b"}" for text in self._page.texts(starts[rough], ends[rough])]
            numbers[rough] = self.add_texts([text[1:-1] for text in compacted(texts)])
        return numbers

    def take(self, numbers: Ints, there: Bools) -> pa.StringArray:
        """Return pieces by their numbers, copied together; null where they are not there.

        Parameters
        ----------
        numbers : numpy.ndarray of int64
            The numbers that adding the pieces returned.
        there : Bools
            True for each piece that is not null.
        """
        text = self._page.text
        if self._texts:
            text = np.append(text, np.frombuffer(b"".join(self._texts), np.uint8))
        offsets = np.concatenate((*self._offsets, np.array([self._size], np.int32)))
        pieces = pa.StringArray.from_buffers(
            len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(text)
        )
        return pc.take(pieces, array(pa.int64(), numbers, there), boundscheck=False)


def regrouped(pieces: pa.StringArray, counts: Ints) -> pa.StringArray:
    """Return strings that are some pieces each, one after the other; null for none.

    Parameters
    ----------
    pieces : pa.StringArray
        The pieces of all strings in order.
    counts : numpy.ndarray of int64
        The number of pieces of each string.
    """
    _, offsets, text = pieces.buffers()
    ends = np.frombuffer(offsets, np.int32)[pieces.offset + np.append(0, np.cumsum(counts))]
    there = pa.py_buffer(np.packbits(counts > 0, bitorder="little"))
    return pa.StringArray.from_buffers(len(counts), pa.py_buffer(ends), text, there)


def array(type_: pa.DataType, values: NDArray[Any], there: Bools) -> pa.Array:
    """Return an Arrow array over the memory of a numpy array.

    Parameters
    ----------
    type_ : pyarrow.DataType
        The type of the array.
    values : NDArray[Any]
        One value per element.
    there : Bools
        True for each element that is not null.
    """
    if pa.types.is_boolean(type_):
        values = np.packbits(values, bitorder="little")
    present = np.packbits(there, bitorder="little")
    buffers = [pa.py_buffer(present), pa.py_buffer(values)]
    return pa.Array.from_buffers(type_, len(there), buffers)
