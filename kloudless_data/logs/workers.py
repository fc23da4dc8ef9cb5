"""Turn parts of logs into events: here, or by the workers of an executor."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias

from ..events.executors import in_order, processors
from .convert import events_of
from .envelopes import Within, unwrap
from .inputs import LogInput
from .records import JsonReader
from .specs import Spec, spec_named
from .tabular import TableRecords
from .texts import Texts
from .tree import Records

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["WORDLESS", "Converted", "Part", "converted", "read_part"]

#: Events, and the places of records that are none, with the reason.
Converted: TypeAlias = "tuple[pa.RecordBatch, list[tuple[int, str]]]"

#: Why a record without a word for it is no event.
WORDLESS = "it does not say what happened"
_AHEAD = 8  # texts and results that may wait, of some 15 MB each


@dataclass(frozen=True)
class Part:
    """Some thousand records of a file.

    Attributes
    ----------
    source : LogInput
        The file.
    spec : Spec
        The records' format.
    unit : str
        What is numbered in this file: ``"line"``, ``"row"`` or ``"record"``.
    within : tuple of str
        The keys that lead from each text to the record in it; empty if it is the record itself.
    records : Texts or TableRecords
    ends : str or None
        The SHA-256 of the file if this is its last part; else None.
    known : bool
        Its records are known to be of the format.
    """

    source: LogInput
    spec: Spec
    unit: str
    within: Within
    records: Texts | TableRecords
    ends: str | None = None
    known: bool = False

    def place_of(self, number: int) -> tuple[str, bytes]:
        """Return where a record is in the file, by its number in this part, and its text."""
        if isinstance(self.records, TableRecords):
            return f"{self.unit} {self.records.first + number:,}", self.records.texts()[number]
        return f"{self.unit} {self.records.numbers[number]:,}", self.records[number]


def converted(
    parts: Iterable[Part], account: str | None, executor: Executor | None = None
) -> Generator[tuple[Part, Converted], None, None]:
    """Yield parts with the events in them, in their order.

    Parameters
    ----------
    parts : iterable of Part
        Of all files: small ones, too, keep all workers busy, and share what is learnt of a format.
    account : str or None
        As for `events_of`.
    executor : concurrent.futures.Executor, optional
        Its workers convert. Default: a thread for each processor does, since Arrow, which does most
        of it, leaves Python's lock to others.
    """
    if executor is None:
        readers: dict[str, JsonReader] = {}

        def here(part: Part) -> Converted:
            reader = readers.get(part.spec.name)
            if reader is None:
                reader = readers.setdefault(part.spec.name, JsonReader(part.spec))
            return read_part(reader, account, part)

        threads = processors()
        if threads == 1:
            yield from ((part, here(part)) for part in parts)
            return
        with ThreadPoolExecutor(threads, "log") as pool:
            yield from in_order(pool, here, parts, threads)
        return
    yield from in_order(executor, partial(_elsewhere, account), map(_alone, parts), _AHEAD)


def _alone(part: Part) -> Part:
    """Return a part without the text around it, which other processes need not get."""
    records = part.records
    return replace(part, records=records.alone()) if isinstance(records, Texts) else part


def _elsewhere(account: str | None, part: Part) -> Converted:
    return read_part(_reader(part.spec.name), account, part)


@cache
def _reader(name: str) -> JsonReader:
    return JsonReader(spec_named(name))


def read_part(reader: JsonReader, account: str | None, part: Part) -> Converted:
    """Return the events of a part, and which of its records are none.

    Parameters
    ----------
    reader : JsonReader
        Of the records' format.
    account : str or None
        As for `events_of`.
    part : Part
    """
    damaged: list[tuple[int, str]] = []
    records: Records
    if isinstance(part.records, Texts):
        records, damaged = reader.read(unwrap(part.records, part.within))
    else:
        records = part.records
    # A table is told by its headers.
    known = part.known or isinstance(part.records, TableRecords)
    events, strange = events_of(reader.spec, records, account, known=known)
    return events, sorted([*damaged, *((place, WORDLESS) for place in strange)])
