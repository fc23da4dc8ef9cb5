"""A page taken apart: where its keys and values are, proven from its bytes.

What is proven of each object that is given a shape (the others are left to the tolerant path):

- before each of its keys, and after its last value, there is the text that its template says;
- between, each value is one JSON value: a literal of the right length, a number, a list or object
  that was parsed, or a string, of which the page's quotes, counted, leave no other reading.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from .template import MAX_HEAD, Shapeless, Shapes, Template, learn
from .vectors import MARGIN, are_integers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .envelope import Envelope

__all__ = ["FALSE", "NULL", "QUOTE", "TRUE", "Book", "Page"]

QUOTE, NULL, TRUE, FALSE = b'"ntf'
_COLON, _BACKSLASH, _BLANK = b":\\ "
# By a value's first byte: the length of a literal, and for others more than what length they have.
_ANY_LENGTH, _NO_LENGTH = -1, 2**62
_EXACTLY = np.full(256, _ANY_LENGTH, np.int64)
_EXACTLY[[*b"ntf"]] = [4, 4, 5]
_MORE_THAN = np.full(256, _NO_LENGTH, np.int64)
_MORE_THAN[[*b"-0123456789"]] = 0
_MORE_THAN[QUOTE] = 1
_NUMBER = re.compile(rb"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ANY = msgspec.json.Decoder(msgspec.Raw)

_MAX_BYTES = 2**30
_MAX_KEYS = 4096
_MAX_BRACKETS = 100
_MAX_KNOWN = 512
_MAX_LEARNT = 32
_MANY_ESCAPES = 200
_ATTEMPTS = 3
# By which the order of keys is told apart; any odd numbers would do.
_WEIGHTS = np.random.default_rng(0).integers(1, 2**63, _MAX_KEYS, np.uint64) | np.uint64(1)

# How many bytes there are before and after a page's text.
_PAD = MARGIN + MAX_HEAD


class Book:
    """The templates of a plan, by the fingerprint of the keys that an object has."""

    def __init__(self, tree: dict[str, Any], slots: dict[str | tuple[str, ...], int]) -> None:
        self._tree, self._slots = tree, slots
        self._templates: list[Template] = []
        self._known: dict[tuple[int, int], int] = {}
        self._lock = threading.Lock()
        self.shapes = Shapes([], len(slots))

    @property
    def is_full(self) -> bool:
        """Whether it is better to begin again than to learn more."""
        return len(self._known) >= _MAX_KNOWN

    def look_up(self, samples: dict[tuple[int, int], bytes]) -> list[int]:
        """Return the template for each fingerprint and attempt, learning from the sample."""
        with self._lock:
            unknown = [key for key in samples if key not in self._known]
            for key in unknown[:_MAX_LEARNT]:
                self._known[key] = self._learn(samples[key])
            if unknown:
                self.shapes = Shapes(self._templates, len(self._slots))
            return [self._known.get(key, 0) for key in samples]

    def _learn(self, sample: bytes) -> int:
        try:
            template = learn(sample, self._tree, self._slots)
        except Shapeless:
            return 0
        self._templates.append(template)
        return len(self._templates)


class _Workspace(threading.local):
    """Memory that is used again for each page.

    To get fresh memory from the system takes longer than to fill it.
    """

    def __init__(self) -> None:
        # glibc gives large blocks back to the system as soon as they are free, until it has seen
        # one of this size come and go. A page's arrays took a third longer without this.
        np.empty(2**23, np.uint8)
        self.text = np.zeros(0, np.uint8)
        self.marks = np.zeros((2, 0), np.bool_)

    def reserve(self, size: int) -> None:
        if len(self.text) < size or len(self.text) > 4 * size + 2**22:
            self.text = np.zeros(size + size // 4, np.uint8)
            self.marks = np.zeros((2, len(self.text)), np.bool_)


_workspace = _Workspace()


class Page:
    """A page's keys and values, as positions in its text."""

    def __init__(self, envelope: Envelope, book: Book) -> None:
        self.book = book
        self.objects = objects = envelope.objects
        size = len(objects) + 2 * _PAD
        _workspace.reserve(size)
        #: The page's text, and free memory behind it.
        self.memory = _workspace.text
        self.text = self.memory[:size]
        self.text[:_PAD] = 0
        self.text[_PAD:-_PAD] = np.frombuffer(objects, np.uint8)
        self.text[-_PAD:] = 0
        self.windows = np.ndarray((size - 15,), np.complex128, self.text.data, strides=(1,))
        starts, lengths = envelope.spans
        self.starts = starts + _PAD
        self.ends = self.starts + lengths
        self.rows = len(starts)
        #: Where the backslashes are.
        self.escapes = self._escapes()

    def _escapes(self) -> NDArray[np.int64]:
        # Backslashes are rare: to look for the next one is faster than to look at each byte.
        found, at = [], self.objects.find(b"\\")
        while at >= 0:
            found.append(at + _PAD)
            if len(found) > _MANY_ESCAPES:
                return self._all_escapes()
            at = self.objects.find(b"\\", at + 1)
        return np.array(found, np.int64)

    def _all_escapes(self) -> NDArray[np.int64]:
        marks = _workspace.marks[0, : len(self.text)]
        np.equal(self.text, _BACKSLASH, out=marks)
        return np.flatnonzero(marks)

    def bytes_of(self, row: int) -> bytes:
        """Return an object's JSON text."""
        return self.objects[self.starts[row] - _PAD : self.ends[row] - _PAD]

    def find_keys(self) -> bool:
        """Find where keys end, and which are whose; False if this is not worth while."""
        marks, others = _workspace.marks[:, : len(self.text) - 1]
        np.equal(self.text[:-1], QUOTE, out=marks)
        self.quotes = int(np.count_nonzero(marks))
        np.equal(self.text[1:], _COLON, out=others)
        marks &= others
        #: Where the closing quote of each key is.
        self.keys = np.flatnonzero(marks)
        if len(self.escapes):
            escaped = _indices_of(self.escapes + 1, self.keys)
            self.keys = np.delete(self.keys, escaped) if len(escaped) else self.keys
        #: Each object's first key, and how many it has.
        bounds = np.append(np.searchsorted(self.keys, self.starts), len(self.keys))
        self.first, self.counts = bounds[:-1], bounds[1:] - bounds[:-1]
        return len(self.keys) > 0 and int(self.counts.max()) <= _MAX_KEYS

    def escaped_keys(self) -> NDArray[np.int64]:
        """Return the keys whose values have a backslash in them, of objects with a shape."""
        owners = np.unique(np.searchsorted(self.keys, self.escapes)) - 1
        return self._simple(owners[owners >= 0])

    def find_shapes(self) -> None:
        """Find each object's template (0 for none), and each key's number in the template."""
        position = np.arange(len(self.keys)) - np.repeat(self.first, self.counts)
        weighed = _WEIGHTS.take(position) * self.text[self.keys - 1]
        fingerprints = np.zeros(self.rows, np.uint64)
        some = np.flatnonzero(self.counts)
        fingerprints[some] = np.add.reduceat(weighed, self.first[some])
        #: The template of each object.
        self.shape = np.zeros(self.rows, np.int64)
        rows = some
        for attempt in range(_ATTEMPTS):
            self._assign(fingerprints, rows, attempt)
            self._number_keys(position)
            failed = self._unlike(rows)
            self.shape[failed] = 0
            if not len(failed):
                break
            rows = failed
        if len(failed):
            self._number_keys(position)

    def _assign(
        self, fingerprints: NDArray[np.uint64], rows: NDArray[np.int64], attempt: int
    ) -> None:
        values, firsts, which = np.unique(
            fingerprints[rows], return_index=True, return_inverse=True
        )
        samples = {
            (value, attempt): self.bytes_of(rows[row])
            for value, row in zip(values.tolist(), firsts.tolist(), strict=True)
        }
        shapes = self.book.look_up(samples)
        self.shapes = self.book.shapes
        shape = np.array(shapes, np.int64)[which]
        shape[self.shapes.sizes[shape] != self.counts[rows]] = 0
        self.shape[rows] = shape

    def _number_keys(self, position: NDArray[np.int64]) -> None:
        number = position + np.repeat(self.shapes.bases[self.shape], self.counts)
        if not self.shape.all():
            number[np.repeat(self.shape == 0, self.counts)] = 0
        #: The number of each key in `Shapes`, and where the text before it begins to be its head.
        self.number = number
        self.heads = self.keys - self.shapes.heads.lengths.take(number)

    def _unlike(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return which of the rows do not have their template's heads and tail."""
        shapes = self.shapes
        like = shapes.heads.end_at(self.windows, self.keys, self.number)
        unlike = np.zeros(self.rows, np.bool_)
        unlike[self.row_of(np.flatnonzero(~like))] = True
        unlike[rows] |= self.heads[self.first[rows]] != self.starts[rows]
        unlike[rows] |= ~shapes.tails.end_at(self.windows, self.ends[rows], self.shape[rows])
        return rows[unlike[rows] & (self.shape[rows] > 0)]

    def row_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return which objects the keys belong to."""
        # Of equal values the last: an object without keys has the same first key as the next one.
        return np.searchsorted(self.first, keys, side="right") - 1

    def find_values(self) -> None:
        """Find where each key's value is; an object with a value of another form has no shape."""
        shapes, number = self.shapes, self.number
        self.values = self.keys + 2
        if shapes.blanks.any():
            blanks = shapes.blanks.take(number)
            self.values += blanks
            wrong = (blanks == 1) & (self.text[self.keys + 2] != _BLANK)
        else:
            wrong = np.zeros(len(number), np.bool_)
        #: Where each value ends; where it begins if it has keys itself.
        self.value_ends = np.empty_like(self.keys)
        self.value_ends[:-1] = self.heads[1:]
        some = np.flatnonzero(self.counts)
        last = (self.first + self.counts - 1)[some]
        self.value_ends[last] = self.ends[some] - shapes.tails.lengths[self.shape[some]]
        #: Each value's first byte.
        self.begin = self.text[self.values]
        self.is_string = self.begin == QUOTE
        wrong |= self.is_string & (self.text[self.value_ends - 1] != QUOTE)
        length = self.value_ends - self.values
        scalar = (length == _EXACTLY.take(self.begin)) | (length > _MORE_THAN.take(self.begin))
        opens = shapes.opens.take(number)
        wrong |= scalar & opens
        nested = np.flatnonzero(~scalar)
        is_nested = (self.begin[nested] == ord("{")) | (self.begin[nested] == ord("["))
        right = is_nested & np.where(opens[nested], length[nested] == 0, length[nested] > 0)
        wrong[nested[~right]] = True
        self.reject(np.flatnonzero(wrong))
        # The quote at a value's end might itself be escaped.
        self.reject(_indices_of(self.escapes + 2, self.value_ends))
        self._check_numbers(np.flatnonzero((self.begin <= ord("9")) & ~self.is_string))
        self._check_nested(nested[right & ~opens[nested]])

    def reject(self, keys: NDArray[np.int64]) -> None:
        """Leave the objects of these keys to the tolerant path."""
        if len(keys):
            self.shape[self.row_of(keys)] = 0

    def _simple(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return those of the keys whose objects still have a shape."""
        return keys if self.shape.all() else keys[self.shape[self.row_of(keys)] > 0]

    def _check_numbers(self, keys: NDArray[np.int64]) -> None:
        """Find which values are integers; anything else that is no number has no shape."""
        keys = self._simple(keys)
        digits = are_integers(self.text, self.values[keys], self.value_ends[keys])
        #: Whether each value is an integer of at most 19 digits.
        self.is_integer = np.zeros(len(self.keys), np.bool_)
        self.is_integer[keys] = digits
        others = keys[~digits]
        if len(others):
            numbers = [_NUMBER.fullmatch(text) is not None for text in self.texts(others)]
            self.reject(others[~np.array(numbers, np.bool_)])

    def texts(self, keys: NDArray[np.int64]) -> list[bytes]:
        """Return the JSON text of each key's value."""
        shapes, number = self.shapes, self.number[keys]
        # A value with keys itself ends in the head of the key after it.
        ends = self.value_ends[keys + shapes.spans[number] - 1] + shapes.leads[number]
        spans = zip((self.values[keys] - _PAD).tolist(), (ends - _PAD).tolist(), strict=True)
        return [self.objects[start:end] for start, end in spans]

    def _check_nested(self, keys: NDArray[np.int64]) -> None:
        """Check that lists and objects without keys are one value each, and count their quotes."""
        keys = self._simple(keys)
        second, length = self.text[self.values[keys] + 1], self.value_ends[keys] - self.values[keys]
        keys = keys[(length != 2) | ((second != ord("]")) & (second != ord("}")))]
        #: Objects by key, and quotes of lists in them.
        self.nested_quotes: list[tuple[int, int]] = []
        wrong = []
        for key, value in zip(keys.tolist(), self.texts(keys), strict=True):
            if not _is_simple_list(value):
                wrong.append(key)
            self.nested_quotes.append((key, value.count(b'"')))
        self.reject(np.array(wrong, np.int64))

    def check_quotes(self) -> None:
        """Check that there are no more quotes than those around keys and strings.

        This proves that no string ends before its value does.
        """
        escaped = self._escaped_quotes()
        shapeless = np.flatnonzero(self.shape == 0)
        found = self.quotes - len(escaped)
        if len(shapeless):
            found -= sum(map(self._quotes_in, shapeless.tolist()))
            found += int(np.isin(self._row_at(escaped), shapeless).sum())
            expected = int(self._expected_quotes().sum())
        else:
            expected = int(self.shapes.quotes[self.shape].sum())
            expected += 2 * int(np.count_nonzero(self.is_string))
            expected += sum(quotes for _, quotes in self.nested_quotes)
        if found != expected:
            self._check_quotes_of_each(escaped)

    def _check_quotes_of_each(self, escaped: NDArray[np.int64]) -> None:
        found = np.array([self._quotes_in(row) for row in range(self.rows)], np.int64)
        found -= np.bincount(self._row_at(escaped), minlength=self.rows)
        self.shape[found != self._expected_quotes()] = 0

    def _escaped_quotes(self) -> NDArray[np.int64]:
        """Return where a quote follows a backslash that is not itself escaped."""
        escapes = self.escapes
        if not len(escapes):
            return escapes
        if not (self.text[escapes + 1] == QUOTE).any():
            return escapes[:0]
        begins = np.diff(escapes, prepend=-2) != 1
        run = np.maximum.accumulate(np.where(begins, np.arange(len(escapes)), 0))
        odd = (np.arange(len(escapes)) - run) % 2 == 0
        quotes: NDArray[np.int64] = escapes[odd & (self.text[escapes + 1] == QUOTE)]
        return quotes

    def _row_at(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self.starts, positions, side="right") - 1

    def _quotes_in(self, row: int) -> int:
        return self.bytes_of(row).count(b'"')

    def _expected_quotes(self) -> NDArray[np.int64]:
        """Count the quotes that each object with a shape must have."""
        strings = np.concatenate(([0], np.cumsum(self.is_string)))
        expected = self.shapes.quotes[self.shape] + 2 * (
            strings[self.first + self.counts] - strings[self.first]
        )
        for key, quotes in self.nested_quotes:
            expected[self.row_of(np.array([key]))] += quotes
        return np.where(self.shape > 0, expected, 0)


def _indices_of(wanted: NDArray[np.int64], among: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where in a sorted array those of the wanted values are that it has."""
    at = np.searchsorted(among, wanted)
    at = at[at < len(among)] if len(at) and at[-1] == len(among) else at
    found: NDArray[np.int64] = at[among[at] == wanted[: len(at)]]
    return found


def _is_simple_list(text: bytes) -> bool:
    """Whether a text is one JSON value, not deep, and without escapes."""
    if b"\\" in text or text.count(b"[") + text.count(b"{") > _MAX_BRACKETS:
        return False
    try:
        _ANY.decode(text)
    except msgspec.DecodeError:
        return False
    return True
