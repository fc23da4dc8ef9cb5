"""The index of a page in one pass over its bytes: `Structure` and `Plan.find` for Numba to compile.

`scan` does what those do without a compiler, in a plain loop. It reads a byte after the other, knows
which object it is in, and puts the number of each key that has a column into its cell. It relies on
the text being JSON, which msgspec has proven. Blanks may stand anywhere, so that nothing is
written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .lossless_json import MAX_DEPTH, too_deep
from .plan import EVENT, NOWHERE, Located, Plan
from .structure import MARGIN, Page, joined

if TYPE_CHECKING:
    import msgspec
    from numpy.typing import NDArray

    from .values import Bools, Ints

__all__ = ["Scanned", "compiled", "scan"]

_QUOTE, _BACKSLASH, _COLON, _COMMA, _OBJECT, _LIST = b'"\\:,{['
_BLANK, _DOT, _SLASH, _U, _E = b" ./ue"
#: What `scan` writes down of each key.
_KEY_START, _KEY_END, _START, _END, _ROW, _PLACE, _TARGET, _FLAG, _ODD = range(9)
_FNV, _BASIS = 16_777_619, 2_166_136_261


@lru_cache(maxsize=1)
def compiled() -> Callable[..., tuple[int, int]] | None:
    """Return `scan` as machine code; None without Numba, or a place to keep what it compiled."""
    try:
        from numba import njit

        return njit(cache=True, nogil=True)(scan)  # type: ignore[no-any-return]
    except (ImportError, RuntimeError):
        return None


class Scanned(Page):
    """What `scan` found in a page.

    Parameters
    ----------
    items : sequence of bytes-like
        The JSON text of each object of the page.
    plan : Plan
    run : callable
        `scan`, compiled or not.
    """

    def __init__(
        self, items: Sequence[bytes | msgspec.Raw], plan: Plan, run: Callable[..., Any]
    ) -> None:
        self.joined, lengths = joined(items)
        self.text = np.frombuffer(self.joined, np.uint8)
        bounds = np.append(0, np.cumsum(lengths)) + MARGIN
        keys = np.empty((9, np.count_nonzero(self.text == _COLON)), np.int64)
        odd_text = (self.text <= _BLANK) | (self.text == _BACKSLASH)
        rough = np.empty(np.count_nonzero(odd_text), np.int64)
        cells = np.zeros((plan.loose, len(items)), np.int64)
        first = np.zeros(cells.shape, np.uint8)
        self.spans = np.empty(2 * keys.shape[1], np.int32)
        odd = np.zeros(len(items), np.bool_)
        stack = np.zeros((2, MAX_DEPTH + 1), np.int64)
        count, roughs = run(
            self.text, bounds, *plan.tables, stack, keys, self.spans, rough, cells, first, odd
        )
        if count < 0:
            raise too_deep()
        self._keys, self._rough = keys[:, :count], rough[:roughs]
        self.spans = self.spans[: 2 * count]
        self.key_starts, self.values = self._keys[_KEY_START], self._keys[_START]
        self.begin = self.text[self.values]
        self._flags = self._keys[_FLAG] > 0
        self.has_escapes = roughs > 0 or b"\\" in self.joined
        for key in np.flatnonzero(self._keys[_ODD]).tolist():
            text = self.joined[self.key_starts[key] - 1 : self._keys[_KEY_END, key] + 1]
            odd[self._keys[_ROW, key]] |= plan.knows(text)
        self.located = Located(
            self._keys[_ROW], self._keys[_PLACE], self._keys[_TARGET], cells, first, odd
        )

    def ends(self, keys: Ints) -> Ints:
        """Return where the values of some keys end."""
        return self._keys[_END][keys]

    def pieces_of(self, keys: Ints) -> Ints:
        """Return where in `spans` the strings are that are the values of some keys."""
        return 2 * keys

    def is_integer(self, keys: Ints) -> Bools:
        """Return which of the numbers that are the values of some keys are integers."""
        return self._flags[keys]

    def is_escaped(self, keys: Ints) -> Bools:
        """Return which of the strings that are the values of some keys have escapes."""
        return self._flags[keys]

    def rough(self) -> Ints:
        """Return where there are blanks, and escapes that `compact` may write otherwise."""
        return self._rough


def scan(
    text: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    slots: NDArray[np.int64],
    name_bounds: NDArray[np.int64],
    names: NDArray[np.uint8],
    target_of: NDArray[np.int64],
    place_of: NDArray[np.int64],
    stack: NDArray[np.int64],
    keys: NDArray[np.int64],
    spans: NDArray[np.int32],
    rough: NDArray[np.int64],
    cells: NDArray[np.int64],
    first: NDArray[np.uint8],
    odd: NDArray[np.bool_],
) -> tuple[int, int]:
    other = len(name_bounds) - 1
    loose = len(cells)
    mask = len(slots) - 1
    places, owners = stack[0], stack[1]
    count = roughs = 0
    for row in range(len(odd)):
        at, end = bounds[row], bounds[row + 1] - 1
        depth, pending = 0, -1
        odd[row] = text[at] != _OBJECT
        while at < end:
            byte = text[at]
            if byte == _QUOTE:
                at += 1
                start = at
                is_escaped = 0
                mixed = _BASIS
                is_key = pending < 0 and places[depth] != NOWHERE
                while text[at] != _QUOTE:
                    if text[at] == _BACKSLASH:
                        is_escaped = 1
                        if text[at + 1] == _U or text[at + 1] == _SLASH:
                            rough[roughs] = at
                            roughs += 1
                        at += 1
                    elif is_key:
                        mixed = ((mixed ^ text[at]) * _FNV) & 0xFFFFFFFF
                    at += 1
                if is_key:
                    name = other
                    slot = mixed & mask
                    while slots[slot] >= 0:
                        low, high = name_bounds[slots[slot]], name_bounds[slots[slot] + 1]
                        n = start
                        if high - low == at - start:
                            while low < high and text[n] == names[low]:
                                low += 1
                                n += 1
                            if low == high:
                                name = slots[slot]
                                break
                        slot = (slot + 1) & mask
                    target = target_of[places[depth], name]
                    pending = count
                    count += 1
                    keys[_KEY_START, pending] = start
                    keys[_KEY_END, pending] = at
                    keys[_ROW, pending] = row
                    keys[_PLACE, pending] = places[depth]
                    keys[_TARGET, pending] = target
                    keys[_ODD, pending] = is_escaped
                    at += 1
                    while text[at] != _COLON:
                        at += 1
                    at += 1
                    if text[at] <= _BLANK:
                        rough[roughs] = at
                        roughs += 1
                        while text[at] <= _BLANK:
                            at += 1
                    keys[_START, pending] = at
                    if target < loose:
                        odd[row] |= first[target, row] > 0
                        cells[target, row] = pending
                        first[target, row] = text[at]
                else:
                    at += 1
                    if pending >= 0:
                        spans[2 * pending], spans[2 * pending + 1] = start, at - 1
                        keys[_END, pending] = at
                        keys[_FLAG, pending] = is_escaped
                        pending = -1
            elif byte in (_COMMA, _COLON):
                at += 1
            elif byte <= _BLANK:
                rough[roughs] = at
                roughs += 1
                while text[at] <= _BLANK:
                    at += 1
            elif byte in (_OBJECT, _LIST):
                depth += 1
                if depth == len(places):
                    return -1, 0
                owners[depth] = pending
                places[depth] = NOWHERE
                if byte == _OBJECT:
                    if depth == 1:
                        places[depth] = EVENT
                    elif pending >= 0:
                        places[depth] = place_of[keys[_TARGET, pending]]
                pending = -1
                at += 1
            elif byte == _OBJECT + 2 or byte == _LIST + 2:
                at += 1
                if owners[depth] >= 0:
                    keys[_END, owners[depth]] = at
                depth -= 1
            else:
                integer = 1
                while byte > _BLANK and byte != _COMMA and byte | 32 != _OBJECT + 2:
                    if byte == _DOT or byte | 32 == _E:
                        integer = 0
                    at += 1
                    byte = text[at]
                if pending >= 0:
                    keys[_END, pending] = at
                    keys[_FLAG, pending] = integer
                    pending = -1
    return count, roughs
