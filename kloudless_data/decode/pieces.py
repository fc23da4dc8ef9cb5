"""Parts of a page's text, and added texts, as strings of Arrow columns."""

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

    from .index import Index, Spans
    from .plan import Plan
    from .values import Bools, Ints, Text

__all__ = ["Pieces", "array", "regrouped", "slices"]

(_COMMA,) = b","
_STRINGS = msgspec.json.Decoder(list[str])


class Pieces:
    """Parts of the page's text, and of texts added after it, by their start and end.

    Attributes
    ----------
    joints : array
        The places of the plan's joints, which follow the objects.
    """

    def __init__(self, page: Index, plan: Plan) -> None:
        self._page = page
        self._size = len(page.text)
        self.joints = plan.joint_spans + (self._size - len(plan.joints))
        self._texts: list[bytes | pa.Buffer] = []

    def _add(self, texts: Sequence[bytes]) -> Spans:
        """Add texts, and return their places."""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        ends = self._size + np.cumsum(lengths)
        self._texts += texts
        self._size += int(lengths.sum())
        return np.stack((ends - lengths, ends), dtype=np.int32)

    def strings(self, spans: Spans) -> Spans:
        """Return the places of escaped strings' contents; both spans are without quotes."""
        starts, ends = spans
        # The byte after each quoted text becomes a comma, which makes them a JSON list.
        quoted = slices(self._page.text, np.stack((starts - 1, ends + 2)))
        _, offsets, text = quoted.buffers()
        ends = np.frombuffer(offsets, np.int32)[1 : len(quoted) + 1]
        listed = np.frombuffer(text, np.uint8, ends[-1]).copy()
        listed[ends - 1] = _COMMA
        strings = pa.array(_STRINGS.decode(b"[" + listed[:-1].tobytes() + b"]"), pa.string())
        _, offsets, text = strings.buffers()
        ends = self._size + np.frombuffer(offsets, np.int32)[: len(strings) + 1]
        self._texts.append(text)
        self._size += text.size
        return np.stack((ends[:-1], ends[1:]))

    def json(self, spans: Spans, around: bytes = b"%s") -> Spans:
        """Return the places of JSON values without needless blanks and escapes.

        Parameters
        ----------
        spans : array
            Their places; changed.
        around : bytes
            What makes a part of a value, such as a member, a value.
        """
        if len(self._page.rough) and (rough := self._page.is_rough(spans)).any():
            texts = compacted([around % text for text in self._page.texts(spans[:, rough])])
            before, after = map(len, around.split(b"%s"))
            spans[:, rough] = self._add([text[before : len(text) - after] for text in texts])
        return spans

    def take(self, spans: Spans, there: Bools | None = None) -> pa.StringArray:
        """Return parts of the text, copied together.

        Parameters
        ----------
        spans : array
            Their places.
        there : array of bool, optional
            Those that are not null.
        """
        text = self._page.text
        if self._texts:
            text = np.append(text, np.frombuffer(b"".join(self._texts), np.uint8))
        return slices(text, spans, there)


def slices(text: Text, spans: Spans, there: Bools | None = None) -> pa.StringArray:
    """Return parts of a text, copied together.

    Parameters
    ----------
    text : array of uint8
    spans : array
        Where the parts begin and end.
    there : array of bool, optional
        Those that are not null.
    """
    # Every other element is a part; those in between may end before they begin, and are skipped.
    offsets = np.full(2 * spans.shape[1] + 1, len(text), np.int32)
    offsets[:-1:2], offsets[1::2] = spans
    parts = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(text))
    which = np.arange(0, len(offsets) - 1, 2, dtype=np.int32)
    numbers = pa.array(which) if there is None else array(pa.int32(), which, there)
    return pc.take(parts, numbers, boundscheck=False)


def regrouped(pieces: pa.StringArray, counts: Ints) -> pa.StringArray:
    """Return strings that each join some consecutive pieces; null for none.

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
