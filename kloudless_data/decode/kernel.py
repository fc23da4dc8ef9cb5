"""The index of a page in one pass over its bytes, for Numba to compile.

`scan` does the work of `kloudless_data.decode.structure` without arrays, in a plain loop: it reads
byte by byte, keeps track of the current object, and puts the number of each key that has a column
into its cell, with the number or time that the usual notations stand for. It relies on the text
being JSON, which msgspec has proven. Blanks may be anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ..schema.instants import FIRST, LAST
from . import index
from .index import LIST, OBJECT, QUOTE, Index, joined
from .lossless_json import MAX_DEPTH, parse, too_deep
from .plan import EVENT, NOWHERE, PRIME, WORD, Plan

if TYPE_CHECKING:
    import msgspec

__all__ = ["IS_COMPILED", "index_page"]

_BACKSLASH, _COLON, _COMMA, _CLOSING = b"\\:,}"
_BLANK, _SLASH, _U, _DOT, _E = b" /u.e"
_ZERO, _MINUS, _PLUS, _T, _Z = b"0-+TZ"
_ONES, _QUOTES, _BACKSLASHES, _LOWER = (
    np.uint64(0x0101010101010101 * byte) for byte in (1, QUOTE, _BACKSLASH, 0x7F)
)
_ONE, _TOP, _LARGEST = np.uint64(1), np.uint64(7), np.uint64(255)
_PRIME = np.uint64(PRIME)
#: An unsigned index cannot count from the end of an array, and so needs no test for that, which
#: took an eighth of the loop's time.
_ix = np.uintp

njit: Any = None
with suppress(ImportError):
    from numba import njit
#: Without Numba the loops are ordinary functions, a thousand times slower, which only tests use.
IS_COMPILED = njit is not None


def _jit(function: Callable[..., Any]) -> Any:
    """Compile a function with Numba, once per machine if there is a place to keep it."""
    if njit is None:
        return function
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the package's directory nor the user's is writable
        return njit(nogil=True)(function)


def index_page(items: Sequence[bytes | msgspec.Raw], plan: Plan) -> Index:
    """Return the index of a page.

    Parameters
    ----------
    items : sequence of bytes-like
        The JSON text of each object of the page.
    plan : Plan
    """
    whole, starts = joined(items, plan.joints)
    text = np.frombuffer(whole, np.uint8)
    words = np.ndarray((len(text) - WORD + 1,), "<u8", whole, strides=(1,))
    follows = np.full(plan.target_of.shape, len(plan.names))
    stack = np.zeros((3, plan.depth + 1), np.int64)
    begin = np.zeros((plan.loose, len(items)), np.uint8)
    keys, values, ends = np.zeros((3, *begin.shape), np.int32)
    special = np.zeros(begin.shape, np.bool_)
    bounds = plan.of("timestamp").start, plan.of("int64").start, plan.of("int64").stop
    numbers = np.zeros((bounds[2] - bounds[0], len(items)), np.int64)
    read = np.zeros(numbers.shape, np.bool_)
    # Room for the largest possible number; unused memory costs nothing.
    loose = np.empty((index.FIELDS, len(text) // 4), np.int32)
    rough = np.empty(len(text) // 2 + 1, np.int32)
    odd = np.zeros(len(items), np.bool_)
    count, roughs = scan(
        text, words, starts, plan.tables, bounds, follows, stack,
        begin, keys, values, ends, special, numbers, read, loose, odd, rough,
    )  # fmt: skip
    if count < 0:
        raise too_deep()
    loose = loose[:, :count]
    # A key with escapes may be a column's name; then its row is read separately.
    for key in np.flatnonzero(loose[index.KEY_END]).tolist():
        written = whole[loose[index.KEY, key] - 1 : loose[index.KEY_END, key] + 1]
        odd[loose[index.ROW, key]] |= parse(written) in plan.names
    rough = rough[:roughs].copy()
    return Index(
        whole, text, begin, keys, values, ends, special, numbers, read, loose, odd, rough
    )  # fmt: skip


@_jit
def _stop(words: Any, text: Any, at: int) -> int:
    """Return the position of the next quote or backslash."""
    while True:
        word = words[_ix(at)]
        quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
        # Eight bytes at once, without a branch for each: the upper bit of each is 0 where the byte
        # matches, and then 1 in `found`.
        quotes |= (quotes & _LOWER) + _LOWER
        backslashes |= (backslashes & _LOWER) + _LOWER
        found = ~((quotes & backslashes) >> _TOP) & _ONES
        if found != 0:
            # A 1 for each byte before the first that matches; modulo 255 is the sum of the bytes.
            before = (found - _ONE) & ~found & _ONES
            return int(at + np.int64(before % _LARGEST))
        at += WORD


@_jit
def _end_of_string(
    text: Any, words: Any, at: int, rough: Any, roughs: int
) -> tuple[int, bool, int]:
    """Return a string's end, whether it has escapes, and the number of rough places."""
    is_escaped = False
    at = _stop(words, text, at)
    while text[_ix(at)] != QUOTE:
        is_escaped = True
        if text[_ix(at + 1)] == _U or text[_ix(at + 1)] == _SLASH:
            rough[roughs] = at
            roughs += 1
        at = _stop(words, text, at + 2)
    return at, is_escaped, roughs


@_jit
def _end_of_nested(
    text: Any, words: Any, at: int, levels: int, rough: Any, roughs: int
) -> tuple[int, int]:
    """Return an object's or list's end, -1 if it has too many levels, and the rough places."""
    depth = 0
    while True:
        byte = text[_ix(at)]
        if byte == QUOTE:
            at, _, roughs = _end_of_string(text, words, at + 1, rough, roughs)
        elif byte | 32 == OBJECT:  # { or [
            depth += 1
            if depth > levels:
                return -1, roughs
        elif byte | 32 == _CLOSING:
            depth -= 1
            if depth == 0:
                return at + 1, roughs
        elif byte <= _BLANK:
            rough[roughs] = at
            roughs += 1
            while text[_ix(at + 1)] <= _BLANK:
                at += 1
        at += 1


@_jit
def _is_name(words: Any, at: int, name: int, names: Any, masks: Any, bounds: Any) -> bool:
    """Return True if the text at a position is a name and a quote."""
    for n in range(bounds[name], bounds[name + 1]):
        if words[_ix(at)] & masks[n] != names[n]:
            return False
        at += WORD
    return True


@_jit
def _find_name(
    words: Any, at: int, end: int, first: Any, slots: Any, names: Any, masks: Any, bounds: Any
) -> int:
    """Return the number of a key's name; for other keys, the number after the last."""
    length = end - at
    word = words[_ix(at)] & first[min(length, WORD)]
    slot = (int(word % _PRIME) + length) & (len(slots) - 1)
    while slots[slot] >= 0:
        if _is_name(words, at, slots[slot], names, masks, bounds):
            return int(slots[slot])
        slot = (slot + 1) & (len(slots) - 1)
    return len(bounds) - 1


@_jit
def _digits(text: Any, at: int, end: int) -> int:
    """Return the number that decimal digits stand for, -1 if there are other characters."""
    number = 0
    for place in range(at, end):
        digit = int(text[_ix(place)]) - _ZERO
        if digit < 0 or digit > 9:
            return -1
        number = number * 10 + digit
    return number


@_jit
def _read_integer(text: Any, at: int, end: int) -> tuple[int, bool]:
    """Return an integer of up to 18 digits, and whether it is one as JSON writes it."""
    is_negative = text[_ix(at)] == _MINUS
    at += int(is_negative)
    if not 0 < end - at < 19 or (text[_ix(at)] == _ZERO and (is_negative or end - at > 1)):
        return 0, False
    number = _digits(text, at, end)
    return (-number if is_negative else number), number >= 0


@_jit
def _days_of(year: int, month: int) -> int:
    if month != 2:
        return 30 + ((month + (month >> 3)) & 1)
    return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28


@_jit
def _days(year: int, month: int, day: int) -> int:
    """Return the days since 1970 of a date, as in Hinnant, chrono-Compatible Low-Level Algorithms.

    https://howardhinnant.github.io/date_algorithms.html#days_from_civil
    """
    year -= int(month <= 2)  # so that a leap day ends a year
    era, month = year // 400, (month + 9) % 12
    in_era = year - era * 400
    in_year = (153 * month + 2) // 5 + day - 1
    return era * 146_097 + in_era * 365 + in_era // 4 - in_era // 100 + in_year - 719_468


@_jit
def _read_time(text: Any, at: int, end: int) -> tuple[int, bool]:
    """Return the microseconds since 1970 of a time such as ``2019-06-27T12:34:56.789Z``.

    And whether it has this notation: up to six digits of a second's fraction, a space instead of
    the T, an offset such as ``+02:00`` or ``+0200`` instead of the Z.
    """
    year, month = _digits(text, at, at + 4), _digits(text, at + 5, at + 7)
    is_time = end - at >= 20 and year > 0 and 0 < month <= 12
    if not is_time or (text[_ix(at + 10)] != _T and text[_ix(at + 10)] != _BLANK):
        return 0, False
    is_time &= (
        text[_ix(at + 4)] == text[_ix(at + 7)] == _MINUS
        and text[_ix(at + 13)] == text[_ix(at + 16)] == _COLON
    )
    day, hour = _digits(text, at + 8, at + 10), _digits(text, at + 11, at + 13)
    minute, second = _digits(text, at + 14, at + 16), _digits(text, at + 17, at + 19)
    is_time &= 0 < day <= _days_of(year, month) and 0 <= hour < 24
    is_time &= 0 <= minute < 60 and 0 <= second < 60
    at, unit, micros = at + 19, 1_000_000, 0
    if text[_ix(at)] == _DOT:
        digit = _digits(text, at + 1, at + 2)
        while digit >= 0 and unit > 1:
            at, unit = at + 1, unit // 10
            micros += unit * digit
            digit = _digits(text, at + 1, at + 2)
        is_time &= unit < 1_000_000
        at += 1
    offset = 0
    if text[_ix(at)] == _PLUS or text[_ix(at)] == _MINUS:
        hours, minutes = _digits(text, at + 1, at + 3), _digits(text, end - 2, end)
        is_time &= 0 <= hours < 24 and 0 <= minutes < 60
        offset = hours * 60 + minutes if text[_ix(at)] == _PLUS else -hours * 60 - minutes
        at += 4 + int(text[_ix(at + 3)] == _COLON)
    else:
        is_time &= text[_ix(at)] == _Z
    minutes = (_days(year, month, day) * 24 + hour) * 60 + minute - offset
    micros += (minutes * 60 + second) * 1_000_000
    return micros, is_time and at + 1 == end and FIRST <= micros <= LAST


@_jit
def scan(
    text: Any, words: Any, starts: Any, tables: Any, bounds: Any, follows: Any, stack: Any,
    begin: Any, keys: Any, values: Any, ends: Any, special: Any, numbers: Any, read: Any,
    loose: Any, odd: Any, rough: Any,
) -> tuple[int, int]:  # fmt: skip
    """Find the members of a page's objects, and put those with a column into their cells.

    Parameters
    ----------
    text, words : array
        The page's bytes, and the eight bytes that begin at each of them.
    starts : array of int64
        The start of each object.
    tables : tuple of array
        `Plan.tables`.
    bounds : tuple of int
        The first target that is a time, the first that is an integer, and the first after these.
    follows : array of int64
        By place and name: the name that last followed.
    stack : array of int64
        For each open object: its place, its target, and the name of its last key.
    begin, keys, values, ends, special, numbers, read, loose, odd, rough : array
        The results, as in `Index`.

    Returns
    -------
    loose, rough : int
        Their numbers; -1 if an object is nested too deeply.
    """
    first, slots, names, masks, name_bounds, lengths, target_of, place_of = tables
    times, integers, others = bounds
    places, owners, last = stack[0], stack[1], stack[2]
    other, targets = len(name_bounds) - 1, len(begin)
    count = roughs = 0
    for row in range(len(starts)):
        at, depth = starts[row], 0
        odd[row] = text[_ix(at)] != OBJECT
        if not odd[row]:
            at, depth = at + 1, 1
            places[1], owners[1], last[1] = EVENT, -1, -1
        while depth > 0:
            byte = text[_ix(at)]
            if byte == QUOTE:
                place, key = places[depth], at + 1
                # Objects are alike: a key is usually the one that last followed its predecessor.
                name = follows[place, last[depth]]
                key_end = 0
                if name != other and _is_name(words, key, name, names, masks, name_bounds):
                    at = key + lengths[name]
                else:
                    at, is_escaped, roughs = _end_of_string(text, words, key, rough, roughs)
                    name = other
                    if is_escaped:
                        key_end = at
                    else:
                        name = _find_name(words, key, at, first, slots, names, masks, name_bounds)
                    follows[place, last[depth]] = name
                last[depth] = name
                at += 1
                if text[_ix(at)] != _COLON or text[_ix(at + 1)] <= _BLANK:
                    rough[roughs] = at
                    roughs += 1
                    while text[_ix(at)] <= _BLANK or text[_ix(at)] == _COLON:
                        at += 1
                else:
                    at += 1
                byte, target = text[_ix(at)], target_of[place, name]
                if target < targets:
                    odd[row] |= begin[target, row] > 0
                    begin[target, row], keys[target, row], values[target, row] = byte, key, at
                if byte == QUOTE:
                    value = at + 1
                    at, is_escaped, roughs = _end_of_string(text, words, value, rough, roughs)
                    if target < targets:
                        special[target, row] = is_escaped
                        if times <= target < integers:
                            n = target - times
                            numbers[n, row], read[n, row] = _read_time(text, value, at)
                        elif integers <= target < others:
                            n = target - times
                            numbers[n, row], read[n, row] = _read_integer(text, value, at)
                    at += 1
                elif byte == OBJECT and place_of[target] != NOWHERE:
                    depth, at = depth + 1, at + 1
                    places[depth], owners[depth], last[depth] = place_of[target], target, -1
                    continue
                elif byte | 32 == OBJECT:
                    levels = MAX_DEPTH - depth
                    at, roughs = _end_of_nested(text, words, at, levels, rough, roughs)
                    if at < 0:
                        return -1, 0
                else:
                    is_integer, value = True, at
                    while (
                        text[_ix(at)] > _BLANK
                        and text[_ix(at)] != _COMMA
                        and text[_ix(at)] != _CLOSING
                    ):
                        is_integer &= text[_ix(at)] != _DOT and text[_ix(at)] | 32 != _E
                        at += 1
                    if target < targets:
                        special[target, row] = not is_integer
                        if integers <= target < others:
                            n = target - times
                            numbers[n, row], read[n, row] = _read_integer(text, value, at)
                if target < targets:
                    ends[target, row] = at
                else:
                    loose[index.KEY, count], loose[index.KEY_END, count] = key, key_end
                    loose[index.END, count] = at
                    loose[index.ROW, count], loose[index.PLACE, count] = row, place
                    count += 1
            elif byte == _CLOSING:
                at += 1
                if depth > 1:
                    ends[owners[depth], row] = at
                    if last[depth] < 0:
                        begin[owners[depth], row] = LIST
                depth -= 1
            elif byte == _COMMA:
                at += 1
            else:
                rough[roughs] = at
                roughs += 1
                while text[_ix(at)] <= _BLANK:
                    at += 1
    return count, roughs
