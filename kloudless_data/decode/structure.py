"""The index of a page with array operations: a pass over the whole text for each kind of character.

This is the way without Numba. As SIMD parsers do, it finds strings, then the brackets outside them,
whose running sum is the depth, then keys; `docs/decode.md` says how. It relies on the text being
JSON, which msgspec has proven, without blanks outside strings: a page with some is rewritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .index import LIST, OBJECT, QUOTE, Index, joined
from .lossless_json import MAX_DEPTH, compacted, parse, too_deep
from .pieces import slices
from .plan import EVENT, NOWHERE, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .values import Ints

__all__ = ["index_page"]

_COLON, _BACKSLASH, _BLANK, _CLOSING = b":\\ }"


def index_page(items: Sequence[bytes | msgspec.Raw], plan: Plan) -> Index:
    """Return the index of a page.

    Parameters
    ----------
    items : sequence of bytes-like
        The JSON text of each object of the page.
    plan : Plan
    """
    # Objects are alike: if the first has blanks, all are rewritten before they are examined.
    first = bytes(items[0])
    if len(msgspec.json.format(first, indent=-1)) < len(first):
        items = compacted(items)
    structure = _Structure(items, plan.joints)
    if structure.has_blanks:
        structure = _Structure(compacted(items), plan.joints)
    if structure.depth.max(initial=0) > MAX_DEPTH:
        raise too_deep()
    return structure.index(plan)


class _Structure:
    """The strings and brackets in a page's text."""

    def __init__(self, items: Sequence[bytes | msgspec.Raw], joints: bytes) -> None:
        self.joined, self.starts = joined(items, joints)
        self.text = np.frombuffer(self.joined, np.uint8, len(self.joined) - len(joints))
        self._find_quotes()
        self._find_brackets()

    def _find_quotes(self) -> None:
        self.quotes = np.flatnonzero(self.text == QUOTE)
        self.escapes = self._find_escapes()
        escaped = self.escapes[self.text[self.escapes + 1] == QUOTE] + 1
        if len(escaped):
            self.quotes = np.delete(self.quotes, np.searchsorted(self.quotes, escaped))
        self.escaped = np.zeros(len(self.quotes) // 2 + 1, np.bool_)
        self.escaped[np.searchsorted(self.quotes, self.escapes) // 2] = True

    def _find_escapes(self) -> Ints:
        if b"\\" not in self.joined:
            return self.quotes[:0]
        # In a run of backslashes the first escapes the second, and the third the fourth.
        found = np.flatnonzero(self.text == _BACKSLASH)
        number = np.arange(len(found))
        run = np.maximum.accumulate(np.where(np.diff(found, prepend=-2) != 1, number, 0))
        escapes: Ints = found[(number - run) % 2 == 0]
        return escapes

    def _find_brackets(self) -> None:
        # With the bit of 32 set, [ is { and ] is }, which are two apart.
        bracket = (((self.text | 32) - OBJECT) & ~np.uint8(2)) == 0
        found = np.flatnonzero(bracket | (self.text <= _BLANK))
        quotes_passed = np.searchsorted(self.quotes, found)
        outside = np.flatnonzero(quotes_passed % 2 == 0)
        #: Each bracket outside strings, the number of strings before it, whether it opens, and
        #: the number of open brackets after it.
        self.brackets, self.passed = found[outside], quotes_passed[outside] // 2
        mark = self.text[self.brackets]
        self.has_blanks = bool((mark <= _BLANK).any())
        self.opens = (mark & 2) > 0
        self.depth = np.cumsum(np.where(self.opens, 1, -1))

    def _nest(self) -> None:
        # Among brackets that leave the same depth, in order, each is inside the last one that
        # opened.
        by_depth = np.argsort(self.depth.astype(np.int16), kind="stable")
        last = np.where(self.opens[by_depth], np.arange(len(by_depth)), 0)
        #: The innermost bracket still open after each one.
        self.inside = np.empty_like(by_depth)
        self.inside[by_depth] = by_depth[np.maximum.accumulate(last)]
        self._leaving = self.depth[by_depth] * len(by_depth) + by_depth

    def index(self, plan: Plan) -> Index:
        """Return the index for a plan."""
        self._nest()
        strings = np.flatnonzero(self.text[self.quotes[1::2] + 1] == _COLON)
        names = self._names(strings, plan)
        place = self._places(strings, names, plan)[strings]
        kept = np.flatnonzero(place != NOWHERE)
        strings, place = strings[kept], place[kept]
        target = plan.target_of[place, names[kept]]
        keys, values = self.quotes[2 * strings] + 1, self.quotes[2 * strings + 1] + 2
        rows, first = len(self.starts), self.text[values]
        row = np.repeat(
            np.arange(rows), np.diff(np.searchsorted(keys, self.starts), append=len(keys))
        )
        ends = self._ends(strings, first)
        first[(first == OBJECT) & (self.text[values + 1] == _CLOSING)] = LIST  # no members
        shape, cell = (plan.loose + 1, rows), target * rows + row
        begin, special = np.zeros(shape, np.uint8), np.zeros(shape, np.bool_)
        begin.ravel()[cell] = first
        numbers = np.flatnonzero((first >= ord("-")) & (first <= ord("9")))
        texts = slices(self.text, np.stack((values[numbers], ends[numbers]), dtype=np.int32))
        is_special = self.escaped[strings + 1] & (first == QUOTE)
        is_special[numbers] = pc.match_substring_regex(texts, "[.eE]").to_numpy(
            zero_copy_only=False
        )
        special.ravel()[cell] = is_special
        cells = np.zeros((3, *shape), np.int32)
        for found, to in zip((keys, values, ends), cells, strict=True):
            to.ravel()[cell] = found
        odd = self.text[self.starts] != OBJECT
        hidden = np.flatnonzero(cells[0].ravel()[cell] != keys)
        odd[row[hidden[target[hidden] < plan.loose]]] = True
        members = np.stack((keys, np.zeros_like(keys), ends, row, place), dtype=np.int32)
        after = self.text[self.escapes + 1]  # a control character's u counts as needless
        rough = self.escapes[(after == ord("u")) | (after == ord("/"))].astype(np.int32)
        text, members = np.frombuffer(self.joined, np.uint8), members[:, target == plan.loose]
        begin, special, (keys, values, ends) = begin[:-1], special[:-1], cells[:, :-1]
        numbers = np.zeros(begin[plan.of("timestamp", "int64")].shape, np.int64)
        read = np.zeros(numbers.shape, np.bool_)
        return Index(
            self.joined, text, begin, keys, values, ends, special, numbers, read, members, odd,
            rough,
        )  # fmt: skip

    def _names(self, strings: Ints, plan: Plan) -> Ints:
        """Return the number of each key's name; for other keys, the number after the last."""
        spans = np.stack(
            (self.quotes[2 * strings] + 1, self.quotes[2 * strings + 1]), dtype=np.int32
        )
        keys = slices(self.text, spans)
        found = pc.index_in(keys, value_set=pa.array(plan.names, pa.string()))
        names: Ints = found.fill_null(len(plan.names)).to_numpy().astype(np.int64)
        for key in np.flatnonzero(self.escaped[strings]).tolist():
            begin, end = self.quotes[2 * strings[key]], self.quotes[2 * strings[key] + 1] + 1
            name = parse(self.joined[begin:end])
            names[key] = plan.names.index(name) if name in plan.names else len(plan.names)
        return names

    def _places(self, strings: Ints, names: Ints, plan: Plan) -> Ints:
        """Return the place that each string of the page is in."""
        name_of_string = np.zeros(len(self.quotes) // 2, np.int64)
        name_of_string[strings] = names
        places = np.full(len(self.brackets), NOWHERE)
        objects = np.flatnonzero(self.text[self.brackets] == OBJECT)
        depth = self.depth[objects]
        places[objects[depth == 1]] = EVENT
        for level in range(2, plan.depth + 1):
            below = objects[depth == level]
            below = below[self.text[self.brackets[below] - 1] == _COLON]
            name = name_of_string[self.passed[below] - 1]
            places[below] = plan.place_of[plan.target_of[places[self.inside[below - 1]], name]]
        # Strings before the first bracket are rows of their own, and in no object.
        counts = np.diff(self.passed, prepend=0, append=len(self.quotes) // 2)
        return np.repeat(np.concatenate(([NOWHERE], places[self.inside])), counts)

    def _ends(self, strings: Ints, first: NDArray[Any]) -> Ints:
        """Return the ends of keys' values, from the number of each key's string."""
        # The number of brackets before each string, which is also the number of the next bracket.
        before = np.cumsum(np.bincount(self.passed, minlength=len(self.quotes) // 2))
        following, quotes = before[strings], np.append(self.quotes, [len(self.text)] * 3)
        # A literal or a number precedes a bracket, or a comma and the next key.
        ends = np.minimum(self.brackets[following], quotes[2 * strings + 2] - 1)
        ends = np.where(first == QUOTE, quotes[2 * strings + 3] + 1, ends)
        nested = np.flatnonzero((first | 32) == OBJECT)
        if len(nested):
            # Closed by the next bracket that leaves a depth one less.
            opening = following[nested]
            wanted = (self.depth[opening] - 1) * len(self.brackets) + opening
            closing = self._leaving[np.searchsorted(self._leaving, wanted)] % len(self.brackets)
            ends[nested] = self.brackets[closing] + 1
        return ends
