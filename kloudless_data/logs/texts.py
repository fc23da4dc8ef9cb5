"""Many records in one text, as start and end positions, without an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["Texts"]

# After a block of this size, glibc keeps freed memory: reading a log spent a tenth of its time on
# page faults.
np.empty(2**24, np.uint8)

_OPEN, _CLOSE, _LINE_END = ord("{"), ord("}"), ord("\n")
#: White space, and a byte order mark, which files that were joined have in the middle.
_BLANK = b" \t\r\n\v\f\xef\xbb\xbf"
_BRACE_BIT = 32  # the bit in which [ and { differ
#: Bytes; the number of brackets in a block fits into one of them.
_BLOCK = 128
_ONES, _HIGHEST = np.uint64(0x0101010101010101), np.uint64(56)


class Texts(Sequence[bytes]):
    """Parts of a text in order, one per record.

    Parameters
    ----------
    text : bytes
    starts, ends : ndarray of int64
        The start of each record, and the place after its end.
    numbers : ndarray of int64
        The number of each record's line, row or record in its file.

    Examples
    --------
    >>> texts = Texts.of([b'{"a": 1}', b'{"a": 2}'])
    >>> texts[1], len(texts[1:]), texts.array().to_pylist()
    (b'{"a": 2}', 1, ['{"a": 1}', '{"a": 2}'])
    """

    def __init__(
        self,
        text: bytes,
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
        numbers: NDArray[np.int64],
    ) -> None:
        self.text, self.starts, self.ends, self.numbers = text, starts, ends, numbers

    @classmethod
    def of(cls, records: Sequence[bytes], first: int = 1) -> Texts:
        """Return records as parts of one text, numbered from `first`.

        Parameters
        ----------
        records : sequence of bytes
            The records.
        first : int, default 1
            The number of the first one.
        """
        ends = np.cumsum([len(record) + 1 for record in records], dtype=np.int64) - 1
        starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
        return cls(b"\n".join(records), starts, ends, np.arange(first, first + len(records)))

    @classmethod
    def joined(cls, parts: Sequence[Texts]) -> Texts:
        """Return the records of several texts as parts of one text.

        Examples
        --------
        >>> list(Texts.joined([Texts.of([b"{}"]), Texts.of([b"[]", b"7"])]))
        [b'{}', b'[]', b'7']
        """
        lengths = [len(part.text) + 1 for part in parts]
        before = np.cumsum([0, *lengths])
        starts = [part.starts + shift for part, shift in zip(parts, before, strict=False)]
        ends = [part.ends + shift for part, shift in zip(parts, before, strict=False)]
        return cls(
            b"\n".join(part.text for part in parts),
            np.concatenate(starts),
            np.concatenate(ends),
            np.concatenate([part.numbers for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, place: int) -> bytes: ...

    @overload
    def __getitem__(self, place: slice) -> Texts: ...

    def __getitem__(self, place: int | slice) -> bytes | Texts:
        if isinstance(place, slice):
            return Texts(self.text, self.starts[place], self.ends[place], self.numbers[place])
        return self.text[self.starts[place] : self.ends[place]]

    def __iter__(self) -> Iterator[bytes]:
        text = self.text
        for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True):
            yield text[start:end]

    def taken(self, places: Iterable[int] | NDArray[np.int64]) -> list[bytes]:
        """Return some records by their places."""
        starts, ends = self.starts.tolist(), self.ends.tolist()
        return [self.text[starts[place] : ends[place]] for place in places]

    def alone(self) -> Texts:
        """Return them in a text that begins with the first and ends with the last of them."""
        if not len(self):
            return Texts.of([])
        start, end = self.starts[0], self.ends[-1]
        return Texts(self.text[start:end], self.starts - start, self.ends - start, self.numbers)

    def stripped(self) -> Texts:
        """Return the records without surrounding blanks, and without blank records."""
        some = self._where(self.ends > self.starts)
        data = np.frombuffer(some.text, np.uint8)
        whole = (data[some.starts] == _OPEN) & (data[some.ends - 1] == _CLOSE)
        if whole.all():
            return some
        starts, ends = some.starts.copy(), some.ends.copy()
        for place in np.flatnonzero(~whole).tolist():
            part = some[place]
            starts[place] += len(part) - len(part.lstrip(_BLANK))
            ends[place] = starts[place] + len(part.strip(_BLANK))
        return Texts(some.text, starts, ends, some.numbers)._where(ends > starts)

    def within_braces(self) -> Texts:
        """Return each record from its first brace to its last; unchanged if it has none.

        Examples
        --------
        >>> list(Texts.of([b'10:00 [app, {"a": {}}]', b"none"]).within_braces())
        [b'{"a": {}}', b'none']
        """
        data = np.frombuffer(self.text, np.uint8)
        opening = np.append(np.flatnonzero(data == _OPEN), len(data))
        closing = np.append(-1, np.flatnonzero(data == _CLOSE))
        first = opening[np.searchsorted(opening, self.starts)]
        last = closing[np.searchsorted(closing, self.ends) - 1]
        has = (first < last) & (first < self.ends)
        return Texts(
            self.text,
            np.where(has, first, self.starts),
            np.where(has, last + 1, self.ends),
            self.numbers,
        )

    def _where(self, wanted: NDArray[np.bool_]) -> Texts:
        if wanted.all():
            return self
        return Texts(self.text, self.starts[wanted], self.ends[wanted], self.numbers[wanted])

    def as_lines(self) -> bytes | None:
        """Return the records with a line's end between two; None if one lacks its braces.

        A decoder that finds as many values in this text as there are records has found one in each:
        no JSON value continues from a closing to an opening brace.
        """
        if not len(self):
            return None
        data = np.frombuffer(self.text, np.uint8)
        if not ((data[self.starts] == _OPEN).all() and (data[self.ends - 1] == _CLOSE).all()):
            return None
        start, end, between = self.starts[0], self.ends[-1], self.ends[:-1]
        if not (self.starts[1:] - between == 1).all():
            return b"\n".join(self)
        if (data[between] == _LINE_END).all():
            return self.text[start:end]
        data = data[start:end].copy()
        data[between - start] = _LINE_END
        return data.tobytes()

    def may_be_deep(self, levels: int) -> bool:
        """Return False if certainly no record has so many levels of brackets."""
        if not len(self) or int((self.ends - self.starts).max()) < 2 * levels:
            return False
        data = np.frombuffer(self.text, np.uint8)
        whole = len(data) // _BLOCK * _BLOCK
        opening = (data | _BRACE_BIT) == _OPEN
        # Eight counts of a block add up in the bytes of a number, and those in its highest byte.
        counts = opening[:whole].view(np.uint64).reshape(-1, _BLOCK // 8).sum(axis=1)
        counts = np.append(counts * _ONES >> _HIGHEST, opening[whole:].sum())
        before = np.concatenate(([0], np.cumsum(counts.astype(np.int64))))
        last = -(-self.ends // _BLOCK)
        return bool((before[last] - before[self.starts // _BLOCK]).max() >= levels)

    def array(self, places: NDArray[np.int64] | None = None) -> pa.Array:
        """Return the records, or those at some places, as an array of UTF-8 texts."""
        import pyarrow as pa

        if not len(self):
            return pa.array([], pa.string())
        # Every second part is a gap between two records.
        borders = np.column_stack((self.starts, self.ends)).ravel()
        buffers = [None, pa.py_buffer(borders), pa.py_buffer(self.text)]
        parts = pa.Array.from_buffers(pa.large_binary(), len(borders) - 1, buffers)
        wanted = np.arange(len(self)) if places is None else places
        return parts.take(pa.array(wanted * 2)).cast(pa.string())
