"""The index of a page in one pass over its bytes, for Numba to compile.

`scan` does what `Structure` and `Plan.find` do with arrays, in a plain loop: it reads along, knows
which object it is in, and puts the number of each key that has a column into its cell. It relies on
the text being JSON, which msgspec has proven. Blanks may stand anywhere, so that nothing is
written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from .lossless_json import MAX_DEPTH, too_deep
from .plan import EVENT, NOWHERE, Located, Plan
from .structure import MARGIN, Page, joined
from .values import DAYS, FIRST_YEAR, read_times

if TYPE_CHECKING:
    import msgspec

    from .values import Bools, Ints

__all__ = ["IS_COMPILED", "Scanned", "scan"]

_QUOTE, _BACKSLASH, _COLON, _COMMA, _OBJECT, _LIST = b'"\\:,{['
_BLANK, _DOT, _SLASH, _U, _E, _T, _Z, _MINUS, _PLUS, _ZERO, _CLOCK = b" ./uetz-+0:"
#: What `scan` writes down of each key: its text, its value, where it stands, whether the string
#: that is its value has escapes or the number is an integer, and whether it has escapes itself.
_KEY_START, _KEY_END, _START, _END, _ROW, _PLACE, _TARGET, _FLAG, _ESCAPED = range(9)
_WORD = 8
_FNV, _BASIS = 16_777_619, 2_166_136_261
_QUOTES, _BACKSLASHES, _LOWER, _UPPER = (
    np.uint64(0x0101010101010101 * byte) for byte in (_QUOTE, _BACKSLASH, 0x7F, 0x80)
)

njit: Any = None
with suppress(ImportError):
    from numba import njit
#: Without Numba the loops are ordinary functions, a thousand times as slow, which only tests use.
IS_COMPILED = njit is not None


def _jit(function: Callable[..., Any]) -> Any:
    """Have Numba compile a function, once on a machine if there is a place to keep it."""
    if njit is None:
        return function
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the package's directory nor the user's can be written
        return njit(nogil=True)(function)


class Scanned(Page):
    """What `scan` found in a page.

    Parameters
    ----------
    items : sequence of bytes-like
        The JSON text of each object of the page.
    plan : Plan
    """

    def __init__(self, items: Sequence[bytes | msgspec.Raw], plan: Plan) -> None:
        self.joined = joined(items)
        self.text = np.frombuffer(self.joined, np.uint8)
        keys = np.empty((9, np.count_nonzero(self.text == _COLON)), np.int64)
        # No two are side by side. What is not used of it costs nothing.
        rough = np.empty(len(self.text) // 2 + 1, np.int32)
        cells = np.zeros((plan.loose, len(items)), np.int64)
        first = np.zeros(cells.shape, np.uint8)
        self.spans = np.zeros(2 * keys.shape[1], np.int32)
        odd = np.zeros(len(items), np.bool_)
        stack = np.zeros((3, MAX_DEPTH + 1), np.int64)
        words = np.ndarray((len(self.text) - _WORD + 1,), "<u8", self.joined, strides=(1,))
        follows = np.full(plan.shape, plan.shape[1] - 1)
        count, roughs = scan(
            self.text, words, plan.tables, follows, stack,
            keys, self.spans, rough, cells, first, odd,
        )  # fmt: skip
        if count < 0:
            raise too_deep()
        self._keys = keys[:, :count]
        self._rough = rough[:roughs].astype(np.int64)
        self.spans = self.spans[: 2 * count]
        self.key_starts, self.values = self._keys[_KEY_START], self._keys[_START]
        self.begin = self.text[self.values]
        self._flags = self._keys[_FLAG] > 0
        self.has_escapes = roughs > 0 or b"\\" in self.joined
        # A key with escapes may be the name of a column; then its row is read by itself.
        for key in np.flatnonzero(self._keys[_ESCAPED]).tolist():
            text = self.joined[self.key_starts[key] - 1 : self._keys[_KEY_END, key] + 1]
            odd[self._keys[_ROW, key]] |= plan.knows(text)
        self.located = Located(
            self._keys[_ROW], self._keys[_PLACE], self._keys[_TARGET], cells, first, odd
        )

    def ends(self, keys: Ints) -> Ints:
        """Return where the values of some keys end."""
        ends: Ints = self._keys[_END][keys]
        return ends

    def pieces_of(self, keys: Ints) -> Ints:
        """Return where in `spans` the strings are that are the values of some keys."""
        return 2 * keys

    def is_integer(self, keys: Ints) -> Bools:
        """Return which of the numbers that are the values of some keys are integers."""
        found: Bools = self._flags[keys]
        return found

    def is_escaped(self, keys: Ints) -> Bools:
        """Return which of the strings that are the values of some keys have escapes."""
        found: Bools = self._flags[keys]
        return found

    def read_integers(self, starts: Ints, ends: Ints) -> tuple[Ints, Bools]:
        """Read parts of the text as `kloudless_data.decode.values.read_integers` does.

        Parameters
        ----------
        starts, ends : numpy.ndarray of int64
            Where each part begins and ends in the text.
        """
        values, readable = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.bool_)
        scan_integers(self.text, starts, ends, values, readable)
        return values, readable

    def read_times(self, starts: Ints, ends: Ints) -> tuple[Ints, Bools, Bools]:
        """Read parts of the text as `kloudless_data.decode.values.read_times` does.

        Parameters
        ----------
        starts, ends : numpy.ndarray of int64
            Where each part begins and ends in the text.
        """
        values = np.zeros(len(starts), np.int64)
        readable, complete = np.zeros((2, len(starts)), np.bool_)
        scan_times(self.text, starts, ends, DAYS, values, readable, complete)
        rest = np.flatnonzero(~readable)
        if len(rest):
            found = read_times(self.text, starts[rest], ends[rest])
            values[rest], readable[rest], complete[rest] = found
        return values, readable, complete

    def rough(self) -> Ints:
        """Return where there are blanks, and escapes that `compact` may write otherwise."""
        return self._rough


@_jit
def _stop(words: Any, text: Any, at: int) -> int:
    """Return where the next quote or backslash is."""
    while True:
        word = words[at]
        quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
        # The upper bit of each byte is 0 where the byte is: so eight are looked at in a step.
        quotes |= (quotes & _LOWER) + _LOWER
        backslashes |= (backslashes & _LOWER) + _LOWER
        if (quotes & backslashes & _UPPER) != _UPPER:
            break
        at += _WORD
    while text[at] != _QUOTE and text[at] != _BACKSLASH:
        at += 1
    return at


@_jit
def _end_of_string(
    text: Any, words: Any, at: int, rough: Any, roughs: int
) -> tuple[int, bool, int]:
    """Return where a string ends, whether it has escapes, and how many rough places there are."""
    is_escaped = False
    at = _stop(words, text, at)
    while text[at] != _QUOTE:
        is_escaped = True
        if text[at + 1] == _U or text[at + 1] == _SLASH:
            rough[roughs] = at
            roughs += 1
        at = _stop(words, text, at + 2)
    return at, is_escaped, roughs


@_jit
def _end_of_scalar(text: Any, at: int) -> tuple[int, bool]:
    """Return where a number or literal ends, and whether it has no fraction or exponent."""
    is_integer = True
    while text[at] > _BLANK and text[at] != _COMMA and text[at] | 32 != _OBJECT + 2:
        if text[at] == _DOT or text[at] | 32 == _E:
            is_integer = False
        at += 1
    return at, is_integer


@_jit
def _is_name(words: Any, at: int, name: int, names: Any, masks: Any, bounds: Any) -> bool:
    """Return whether the text from a position on is a name and a quote."""
    for n in range(bounds[name], bounds[name + 1]):
        if words[at] & masks[n] != names[n]:
            return False
        at += _WORD
    return True


@_jit
def _find_name(
    text: Any, words: Any, at: int, end: int, slots: Any, names: Any, masks: Any, bounds: Any
) -> int:
    """Return the number of the name that a key has, or the next after the last."""
    mixed = _BASIS
    for n in range(at, end):
        mixed = ((mixed ^ int(text[n])) * _FNV) & 0xFFFFFFFF
    slot = mixed % len(slots)
    while slots[slot] >= 0:
        if _is_name(words, at, slots[slot], names, masks, bounds):
            return int(slots[slot])
        slot = (slot + 1) % len(slots)
    return len(bounds) - 1


@_jit
def scan(
    text: Any, words: Any, tables: Any, follows: Any, stack: Any,
    keys: Any, spans: Any, rough: Any, cells: Any, first: Any, odd: Any,
) -> tuple[int, int]:  # fmt: skip
    """Find the keys of a page, and put those that have a column into their cells.

    Parameters
    ----------
    text, words : array
        The page's bytes, and the eight bytes from each of them on.
    tables : tuple of array
        `Plan.tables`.
    follows : array of int64
        By place and name: which name last came after it.
    stack : array of int64
        The place of each object that is open, the key that it is the value of, and the name of the
        last key in it.
    keys, spans, rough, cells, first, odd : array
        What is found, as `Scanned` has it.

    Returns
    -------
    keys, rough : int
        How many there are; -1 of objects that are nested too deeply.
    """
    slots, names, masks, name_bounds, lengths, target_of, place_of = tables
    places, owners, last = stack[0], stack[1], stack[2]
    other = len(name_bounds) - 1
    count = roughs = 0
    at = MARGIN - 1
    for row in range(len(odd)):
        at += 1
        depth, pending = 0, -1
        odd[row] = text[at] != _OBJECT
        while depth > 0 or text[at] != _COMMA:
            byte = text[at]
            if byte == _QUOTE:
                start = at + 1
                place = places[depth]
                if pending < 0 and place != NOWHERE:
                    # Objects are alike: a key is mostly what last followed the one before it.
                    name = follows[place, last[depth]]
                    known = name != other
                    if known:
                        known = _is_name(words, start, name, names, masks, name_bounds)
                    at, is_escaped = start + lengths[name], False
                    if not known:
                        at, is_escaped, roughs = _end_of_string(text, words, start, rough, roughs)
                        name = other
                        if not is_escaped:
                            name = _find_name(
                                text, words, start, at, slots, names, masks, name_bounds
                            )
                        follows[place, last[depth]] = name
                    last[depth] = name
                    target = target_of[place, name]
                    pending = count
                    count += 1
                    keys[_KEY_START, pending] = start
                    keys[_KEY_END, pending] = at
                    keys[_ROW, pending] = row
                    keys[_PLACE, pending] = place
                    keys[_TARGET, pending] = target
                    keys[_ESCAPED, pending] = is_escaped
                    at += 1
                    if text[at] != _COLON or text[at + 1] <= _BLANK:
                        rough[roughs] = at
                        roughs += 1
                        while text[at] <= _BLANK or text[at] == _COLON:
                            at += 1
                    else:
                        at += 1
                    keys[_START, pending] = at
                    if target < len(cells):
                        odd[row] |= first[target, row] > 0
                        cells[target, row] = pending
                        first[target, row] = text[at]
                else:
                    at, is_escaped, roughs = _end_of_string(text, words, start, rough, roughs)
                    if pending >= 0:
                        spans[2 * pending], spans[2 * pending + 1] = start, at
                        keys[_FLAG, pending] = is_escaped
                        keys[_END, pending] = at + 1
                        pending = -1
                    at += 1
            elif byte == _COMMA:
                at += 1
            elif byte in (_OBJECT, _LIST):
                depth += 1
                if depth == stack.shape[1]:
                    return -1, 0
                owners[depth] = pending
                places[depth] = NOWHERE
                last[depth] = other
                if byte == _OBJECT:
                    if depth == 1:
                        places[depth] = EVENT
                    elif pending >= 0:
                        places[depth] = place_of[keys[_TARGET, pending]]
                pending = -1
                at += 1
            elif byte in (_OBJECT + 2, _LIST + 2):
                at += 1
                owner = owners[depth]
                if owner >= 0:
                    keys[_END, owner] = at
                    if places[depth] != NOWHERE and count == owner + 1:
                        first[keys[_TARGET, owner], row] = _LIST  # no keys, so no branch
                depth -= 1
            elif byte <= _BLANK:
                rough[roughs] = at
                roughs += 1
                while text[at] <= _BLANK:
                    at += 1
            elif byte == _COLON:  # in an object without columns
                at += 1
            else:
                at, is_integer = _end_of_scalar(text, at)
                if pending >= 0:
                    keys[_END, pending] = at
                    keys[_FLAG, pending] = is_integer
                    pending = -1
    return count, roughs


@_jit
def scan_integers(text: Any, starts: Any, ends: Any, values: Any, readable: Any) -> None:
    """Read decimal integers of at most 18 digits, without superfluous zeros or signs."""
    for n in range(len(starts)):
        first = starts[n] + int(text[starts[n]] == _MINUS)
        digits, value = ends[n] - first, 0
        for at in range(first, ends[n]):
            digit = int(text[at]) - _ZERO
            if digit < 0 or digit > 9:
                digits = 0
                break
            value = 10 * value + digit
        if 0 < digits <= 18 and (text[first] != _ZERO or ends[n] - starts[n] == 1):
            values[n] = value if first == starts[n] else -value
            readable[n] = True


@_jit
def _two(text: Any, at: int) -> int:
    """Return the number of two digits; 1,000 if they are none."""
    tens, ones = int(text[at]) - _ZERO, int(text[at + 1]) - _ZERO
    return 10 * tens + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else 1_000


@_jit
def scan_times(
    text: Any, starts: Any, ends: Any, days: Any, values: Any, readable: Any, complete: Any
) -> None:
    """Read times in the extended form with seconds, ``2026-03-01T10:00:00.5+0100``."""
    for n in range(len(starts)):
        at, end = starts[n], ends[n]
        if end - at < 19 or text[at + 4] != _MINUS or text[at + 7] != _MINUS:
            continue
        if text[at + 10] | 32 != _T and text[at + 10] != _BLANK:
            continue
        if text[at + 13] != _CLOCK or text[at + 16] != _CLOCK:
            continue
        month = 12 * (100 * _two(text, at) + _two(text, at + 2) - FIRST_YEAR)
        month += _two(text, at + 5) - 1
        day, hour = _two(text, at + 8) - 1, _two(text, at + 11)
        minute, second = _two(text, at + 14), _two(text, at + 17)
        if _two(text, at + 5) > 12 or _two(text, at + 5) == 0 or month < 0:
            continue
        if month >= len(days) - 1 or hour > 23 or minute > 59 or second > 59:
            continue
        if day < 0 or day >= days[month + 1] - days[month]:
            continue
        at += 19
        micros, unit, is_exact = 0, 1_000_000, True
        if at < end and (text[at] == _DOT or text[at] == _COMMA):
            at += 1
            if text[at] < _ZERO or text[at] > _ZERO + 9:
                continue
            while text[at] >= _ZERO and text[at] <= _ZERO + 9:
                unit //= 10
                micros += unit * (int(text[at]) - _ZERO)
                is_exact &= unit > 0 or text[at] == _ZERO
                at += 1
        seconds = 86_400 * (days[month] + day) + 3_600 * hour + 60 * minute + second
        if at < end and text[at] | 32 == _Z:
            at += 1
        elif end - at == 5 + int(text[at + 3] == _CLOCK):
            east, eastern = _two(text, at + 1), _two(text, end - 2)
            if east > 23 or eastern > 59 or text[at] not in (_PLUS, _MINUS):
                continue
            offset = 3_600 * east + 60 * eastern
            seconds += offset if text[at] == _MINUS else -offset
            at = end
        elif at == end:
            is_exact = False
        if at == end:
            values[n] = 1_000_000 * seconds + micros
            readable[n], complete[n] = True, is_exact
