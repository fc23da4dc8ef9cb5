"""Cursors: positions in a history as clients see them.

v0 and v1 use an integer, v2 opaque text (its form: A). Neither is the position itself: a client
that does arithmetic on cursors should fail here rather than at a customer.
"""

from __future__ import annotations

import re

from .randomness import mix, unmix

__all__ = ["BadCursor", "Cursors"]

_STRIDE = 7
_TEXT = re.compile(r"ev2\.([0-9a-f]{16})")


class BadCursor(ValueError):
    """The text is not a cursor of this account."""


class Cursors:
    """The cursors of one account's history."""

    def __init__(self, key: int, events: int) -> None:
        self._key, self._events = key, events
        self._base = 1_000_000_007 + key % 800_000_000

    def at(self, position: int, version: int) -> int | str:
        """Return the cursor before the event at a position.

        Parameters
        ----------
        position : int
            The event's number in the history, from 0.
        version : int
            The API version, which decides the form.
        """
        if version < 2:
            return self._base + _STRIDE * position
        return f"ev2.{mix(position ^ self._key):016x}"

    def position(self, cursor: str) -> int:
        """Return the position of a cursor of any version.

        Raises
        ------
        BadCursor
            If it was never a cursor of this account.
        """
        if match := _TEXT.fullmatch(cursor):
            position = unmix(int(match[1], 16)) ^ self._key
        elif re.fullmatch(r"[0-9]{1,18}", cursor, re.ASCII):
            position, rest = divmod(int(cursor) - self._base, _STRIDE)
            position = -1 if rest else position
        else:
            raise BadCursor(cursor)
        if not 0 <= position <= self._events:
            raise BadCursor(cursor)
        return position
