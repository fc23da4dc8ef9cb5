"""Records of other formats than a file's first one, or at other places, as collectors mix them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .identify import identify
from .members import parsed
from .records import JsonReader
from .specs import Spec, specs
from .texts import Texts
from .workers import WORDLESS, Part, read_part

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Mixed", "OtherRecords"]


class Mixed(NamedTuple):
    """What records are that are not as the first one of their file.

    Attributes
    ----------
    events : list of pyarrow.RecordBatch
        Their events.
    formats : set of str
        Their formats.
    damaged : list of (int, str)
        The records that are none of any format, and why.
    """

    events: list[pa.RecordBatch]
    formats: set[str]
    damaged: list[tuple[int, str]]


class OtherRecords:
    """Reads records that are not as the first one of their file.

    Parameters
    ----------
    account : str or None
        As for `events_of`.
    among : sequence of Spec, optional
        The possible formats. Default: all.
    """

    def __init__(self, account: str | None, among: Sequence[Spec] | None = None) -> None:
        self._account = account
        self._among = {spec.name: spec for spec in (specs() if among is None else among)}
        self._readers: dict[str, JsonReader] = {}

    def read(self, part: Part, damaged: Sequence[tuple[int, str]]) -> Mixed:
        """Read what is damaged only because it is not of the part's format.

        Parameters
        ----------
        part : Part
        damaged : sequence of (int, str)
            Places of records in the part, and why they are no events of its format.
        """
        others: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        found = Mixed([], set(), [])
        for place, why in damaged:
            what = None
            if why == WORDLESS and isinstance(part.records, Texts):
                what = identify(parsed(part.records[place]), self._among.values())
            if what is None:
                found.damaged.append((place, why))
            else:
                others.setdefault((what.spec.name, what.within), []).append(place)
        for (name, within), places in others.items():
            events, still = self._read(part, self._among[name], within, places)
            found.events.append(events)
            found.formats.add(name)
            found.damaged.extend((places[number], why) for number, why in still)
        found.damaged.sort()
        return found

    def _read(
        self, part: Part, spec: Spec, within: tuple[str, ...], places: list[int]
    ) -> tuple[pa.RecordBatch, list[tuple[int, str]]]:
        assert isinstance(part.records, Texts)  # noqa: S101 - rows of tables are not identified
        some = Texts.of(part.records.taken(places))
        numbers = part.records.numbers[np.array(places)]
        records = Texts(some.text, some.starts, some.ends, numbers)
        reader = self._readers.get(spec.name)
        if reader is None:  # its types take some milliseconds to make
            reader = self._readers[spec.name] = JsonReader(spec)
        other = replace(part, spec=spec, within=within, records=records, known=True)
        return read_part(reader, self._account, other)
