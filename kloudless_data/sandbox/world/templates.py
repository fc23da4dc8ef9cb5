"""Events as forms: JSON with blanks for the parts that vary between events.

An event is defined once, as an ordinary dict with placeholders. Its JSON is cut at the
placeholders, which become blanks of the right width. The form for every person, thing, action and
place is kept, so that a page is produced by joining forms and filling in their blanks. This makes
the sandbox fast: see `AccountHistory`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from .people import PLACES, Person
from .randomness import Ints, Texts, rng_of
from .timetext import WIDTH
from .unevenness import form_of
from .vocabulary import ACTIONS, CATEGORIES
from .world import CREATED, ID, MODIFIED, Json, World

__all__ = ["Hole", "Templates", "Text", "dumps"]

EVENT, TIME, ADDRESS = "\ue004", "\ue005", "\ue006"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
#: The blanks: the event's id and time, the thing's two ids, its creation and modification times.
_WIDTHS = (16, WIDTH, 16, 16, WIDTH, WIDTH)
#: The blank for each placeholder; both ids of a thing have the same value.
_BLANKS = {EVENT: (0,), TIME: (1,), ID: (2, 3), CREATED: (4,), MODIFIED: (5,)}
_MARKS = re.compile(f"([{''.join(_BLANKS)}])")


def dumps(value: Any) -> bytes:
    """Return JSON as the server writes it: compact, in UTF-8."""
    return _ENCODER.encode(value).encode()


@dataclass(frozen=True, slots=True)
class Hole:
    """A blank of fixed width in every text.

    Attributes
    ----------
    width
        The width in bytes.
    at
        Its offset in each text of `Templates.texts`.
    """

    width: int
    at: Ints


class Templates:
    """The texts of all events of one account in one API version.

    Attributes
    ----------
    texts
        A comma and an event's JSON with blanks, for each of `Habits.cells` and each place.
    lengths
        The lengths of the texts.
    event_id, time, thing_id, raw_id, created, modified
        The blanks.
    """

    def __init__(
        self, world: World, cells: list[tuple[int, int]], version: int, *, uneven: bool
    ) -> None:
        self._uneven = uneven
        self._world, self._cells, self._version = world, cells, version
        # Forms are written on first use: among thousands of accounts, most show little.
        self._written = np.zeros(len(cells), dtype=bool)
        count = len(cells) * len(PLACES)
        self.texts = [b""] * count
        self.lengths = np.zeros(count, dtype=np.int64)
        self._holes = [Hole(width, np.zeros(count, dtype=np.int64)) for width in _WIDTHS]
        (self.event_id, self.time, self.thing_id, self.raw_id, self.created, self.modified) = (
            self._holes
        )

    def text(self, cell: Ints, place: Ints) -> Ints:
        """Return the indices of texts, elementwise, creating missing ones.

        Parameters
        ----------
        cell : numpy.ndarray of int64
            Indices into `Habits.cells`.
        place : numpy.ndarray of int64
            Indices into the places.
        """
        for missing in np.unique(cell[~self._written[cell]]).tolist():
            self._write(missing)
        return cell * len(PLACES) + place

    def _write(self, cell: int) -> None:
        """Write the texts for a cell: one for each place that its events show."""
        item_number, step = self._cells[cell]
        form = self._form(item_number, step)
        addresses = self._world.people[self._world.items[item_number].actor].addresses
        for place, address in enumerate(addresses):
            row = cell * len(PLACES) + place
            if place and not self._world.service.ip:
                self._copy(row - 1, row)
            else:
                self._store(row, form.replace(ADDRESS, address))
        self._written[cell] = True

    def _store(self, row: int, form: str) -> None:
        """Replace placeholders with blanks, in any order."""
        at, parts = 0, []
        left = {mark: list(blanks) for mark, blanks in _BLANKS.items()}
        for piece in _MARKS.split(form):
            if piece in left:
                hole = self._holes[left[piece].pop(0)]
                hole.at[row] = at
                text = b" " * hole.width
            else:
                text = piece.encode()
            parts.append(text)
            at += len(text)
        self.texts[row] = b"".join(parts)
        self.lengths[row] = at

    def _copy(self, row: int, to: int) -> None:
        self.texts[to], self.lengths[to] = self.texts[row], self.lengths[row]
        for hole in self._holes:
            hole.at[to] = hole.at[row]

    def _form(self, item_number: int, step_number: int) -> str:
        """Return a comma and the event's JSON with placeholders."""
        item = self._world.items[item_number]
        step = item.steps[step_number]
        rng = rng_of(self._world.seed, "uneven", self._world.account, item_number, step_number)
        event = self._event(step.kind, self._world.people[item.actor], step.previous)
        event["metadata"] = step.metadata
        if not self._uneven:
            return "," + _ENCODER.encode(event)
        return "," + form_of(event, step.metadata, rng).text(event).decode()

    def _event(self, kind: str, person: Person, previous: Json | None) -> Json:
        """Return the event around its metadata."""
        service, account = self._world.service, self._world.account
        event: Json = {
            "id": EVENT,
            "account": str(account) if service.text_account else account,
            **self._type(kind),
            "ip": ADDRESS if service.ip else None,
            "user_id": {"null": None, "int": person.user_id, "str": f"u{person.user_id:x}"}[
                service.user_id
            ],
        }
        if self._version == 2:
            # v2 names the acting user (D); the member's name is our assumption (A).
            event["user"] = {
                "id": f"u{person.user_id:x}",
                "name": person.name,
                "email": person.email,
            }
        event |= {"modified": TIME, "metadata": None}
        return event | {"previous_metadata": previous} if previous else event

    def _type(self, kind: str) -> Json:
        category, general, specific = CATEGORIES[kind]
        if self._version == 2:
            return {"event_category": category, "event_type": general, "event_subtype": specific}
        return {"action": ACTIONS.get(kind, "~"), "type": kind}


class Text:
    """Consecutive events: a sequence of forms with their blanks filled in.

    Parameters
    ----------
    forms
        The source of the forms.
    rows
        The form of each event, see `Templates.text`.
    """

    def __init__(self, forms: Templates, rows: Ints) -> None:
        self.forms, self._rows = forms, rows
        # One call for all rows; for a single row, itemgetter would not return a tuple.
        found = itemgetter(*rows.tolist(), 0)(forms.texts)[:-1]
        self._text = bytearray().join(found)
        self._ends = np.concatenate([[0], forms.lengths[rows].cumsum()])
        self._replaced: dict[int, tuple[int, int, bytes]] = {}

    def fill(self, hole: Hole, values: Texts) -> None:
        """Write values into a blank, one per event.

        Parameters
        ----------
        hole : Hole
            The blank.
        values : numpy.ndarray
            One text of the blank's width per event.
        """
        # A window at every offset of the text; those at the blanks are assigned.
        size = len(self._text) - hole.width + 1
        windows = np.ndarray((size,), f"V{hole.width}", self._text, strides=(1,))
        windows[self._ends[:-1] + hole.at[self._rows]] = values

    def span_of(self, hole: Hole, row: int) -> tuple[int, int]:
        """Return the start and end of an event's blank in the text.

        Parameters
        ----------
        hole : Hole
            The blank.
        row : int
            The event, counted from the first one.
        """
        start = int(self._ends[row] + hole.at[self._rows[row]])
        return start, start + hole.width

    def replace(self, row: int, start: int, stop: int, instead: bytes) -> None:
        """Replace a part of an event, keeping the comma before the event.

        Parameters
        ----------
        row : int
            The event, counted from the first one.
        start : int
            The first byte to replace, in the event.
        stop : int
            The byte after the last one to replace.
        instead : bytes
            The replacement.
        """
        self._replaced[row] = (start, stop, instead)

    def parts(self, first: int, last: int, *, comma: bool) -> list[bytes | memoryview]:
        """Return the events from `first` to before `last` in parts to join.

        Parameters
        ----------
        first : int
            The first event.
        last : int
            The event after the last one.
        comma : bool
            Begin with a comma.
        """
        view, at = memoryview(self._text), int(self._ends[first]) + (not comma)
        parts: list[bytes | memoryview] = []
        for row in sorted(self._replaced):
            if first <= row < last:
                start, stop, instead = self._replaced[row]
                parts += [view[at:start], instead]
                at = stop
        return [*parts, view[at : int(self._ends[last])]]
