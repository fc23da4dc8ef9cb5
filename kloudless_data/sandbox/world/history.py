"""The ground truth: everything that happened in an account, by position.

Event i of an account is a function of (seed, account, i) only; no event is stored. A stretch of a
history is generated in three steps, each for a whole page at once:

1. `timeline`: when, and who;
2. `habits`: what that person does, to which thing;
3. `templates`: the event as JSON.

JSON is produced by joining prepared forms and filling in their blanks of fixed width
(`templates.Text`), so no Python code runs for a single event.

Only `AccountHistory._overlay` changes single events: it replaces some or all bytes of an event in
the finished chunk. The rare events whose time the service does not know are produced this way.

Speed, measured by `tests/server/sandbox/test_speed.py`: one core of a small virtual machine
generated a page of 1,000 consecutive events (0.8 MB) in 0.75 ms of CPU time, and answered the
request in 0.9 ms, as seen by the ASGI application (best of 12 runs of 50 pages; Python 3.11, numpy
2.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from . import audit_world, file_world, office_world
from .cursors import Cursors
from .habits import Habits, State
from .people import places, team
from .protocols import History
from .randomness import Floats, Ints, Texts, hexadecimal, key_of, mix_array, uniforms
from .services import Service
from .templates import Templates, Text
from .timeline import Stretch, Timeline
from .timetext import text_array
from .world import World

__all__ = ["AccountHistory"]

#: One event in this many has no time, for the services where that was seen (S). The frequency is
#: our assumption (A).
_TIMELESS = 0.0005


class AccountHistory(History):
    """Everything that happened in one account, whether the server shows it or not.

    Parameters
    ----------
    seed, number, account
        The sandbox's seed, the account's index, and its id.
    service
        The account's service.
    events
        The number of events.
    start, end
        The earliest time of the first event and the time of the last, in microseconds since 1970.
    uneven
        Make events uneven: missing members, in varying order, as in real ones.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> history = Sandbox(seed=7, events=1_000).history(0)
    >>> len(history)
    1000
    >>> history.event(0)["type"] in {"add", "update", "rename", "move", "copy", "delete", "restore"}
    True
    """

    def __init__(
        self,
        seed: int,
        number: int,
        account: int,
        service: Service,
        events: int,
        start: int,
        end: int,
        *,
        uneven: bool = True,
    ) -> None:
        self.account = account
        self._uneven = uneven
        self._seed, self._key = seed, key_of(seed, "events", account)
        self.world = World(seed, account, service, team(seed, number))
        _FILL[service.family](self.world, start)
        if service.admin:
            audit_world.add_audit_events(self.world, start)
        self.timeline = Timeline(seed, account, self.world.people, events, start, end)
        self.habits = Habits(self.world, self.timeline)
        self.cursors = Cursors(self._key, events)
        self._templates = lru_cache(maxsize=2)(self._make_templates)
        self._text = lru_cache(maxsize=2)(self._make_text)

    def __len__(self) -> int:
        return len(self.timeline)

    def page_parts(self, start: int, stop: int, version: int = 1) -> list[bytes | memoryview]:
        """Return a `page` in parts, to avoid copying.

        Parameters
        ----------
        start : int
            The first position.
        stop : int
            The position after the last one.
        version : int, default 1
            The API version.
        """
        parts: list[bytes | memoryview] = []
        while start < stop:
            chunk = self.timeline.chunk_at(start)
            end = min(stop, chunk.first + len(chunk.times))
            text = self._text(chunk.first, max(1, version))
            parts += text.parts(start - chunk.first, end - chunk.first, comma=bool(parts))
            start = end
        return parts

    def count_until(self, moment: int) -> int:
        """Return the number of events up to and including a time."""
        return self.timeline.count_until(moment)

    def states(self, moment: int) -> list[State]:
        """Return the state of everything in the account at a time."""
        return self.habits.states(moment)

    def _actors(self, start: int, stop: int) -> Iterator[tuple[int, Ints]]:
        while start < stop:
            chunk = self.timeline.chunk_at(start)
            end = min(stop, chunk.first + len(chunk.times))
            yield start, chunk.part(start, end).people
            start = end

    def _make_templates(self, version: int) -> Templates:
        return Templates(self.world, self.habits.cells, version, uneven=self._uneven)

    def _make_text(self, first: int, version: int) -> Text:
        """Write a chunk of events."""
        forms, chunk = self._templates(version), self.timeline.chunk_at(first)
        deeds = self.habits.deeds(chunk.people, chunk.turns)
        positions = np.arange(first, first + len(chunk.times))
        noise = uniforms(self._key, positions)
        text = Text(forms, forms.text(deeds.cells, self._places(chunk, noise)))
        text.fill(forms.event_id, self._event_ids(positions))
        text.fill(forms.time, text_array(chunk.times))
        identities = hexadecimal(deeds.uids)
        text.fill(forms.thing_id, identities)
        text.fill(forms.raw_id, identities)
        text.fill(forms.created, text_array(self._round(deeds.created)))
        text.fill(forms.modified, text_array(self._modified(chunk.times, deeds.created, noise)))
        self._overlay(text, noise)
        return text

    def _overlay(self, text: Text, noise: Floats) -> None:
        """Change single events of a chunk: some get a null time."""
        if not self.world.service.ip:
            for row in np.flatnonzero(noise < _TIMELESS).tolist():
                start, stop = text.span_of(text.forms.time, row)
                text.replace(row, start - 1, stop + 1, b"null")

    def _event_ids(self, positions: Ints) -> Texts:
        return hexadecimal(mix_array(positions.astype(np.uint64) ^ np.uint64(self._key)))

    def _modified(self, times: Ints, created: Ints, noise: Floats) -> Ints:
        """Return modification times of objects: a few seconds before the event (S)."""
        delay = (noise * 6_000_000).astype(np.int64)
        return self._round(np.maximum(times - delay, np.minimum(created, times)))

    def _places(self, chunk: Stretch, noise: Floats) -> Ints:
        numbers = np.array([person.number for person in self.world.people])
        offsets = np.array([person.utc_offset for person in self.world.people])
        return places(self._seed, numbers[chunk.people], offsets[chunk.people], chunk.times, noise)

    def _round(self, times: Ints) -> Ints:
        """Round times of objects down to the service's precision."""
        precision = self.world.service.precision
        return times if precision == 1 else times // precision * precision


_FILL = {
    "storage": file_world.fill,
    "calendar": office_world.fill_calendar,
    "crm": office_world.fill_crm,
}
