"""An export under way: a hidden folder of finished parts, and the journal that lists them.

::

    out/.events.csv.partial/     beside the place of out/events.csv
        _manifest.json           the journal: a manifest that is not finished
        part-00000.csv           whole and flushed to the disk before the journal names it
        part-00001.csv

The journal is replaced in one step after each part, with the position behind the part's last row.
Whatever ends the process, it therefore names whole parts only, and the place to go on from. What
it does not name is written again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import ExportFailed, OutputExists, Remedy
from ..storage.atomic import NewFile
from ..storage.filesystem import Storage
from .dedup import SeenIds
from .manifest import FOLDER_MANIFEST, Manifest, PartFile
from .writers import Part, Sink

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PartsWriter", "WorkFolder", "check_leftovers", "differences", "is_ours", "now"]


class WorkFolder:
    """The hidden folder of one export, locked while it is open.

    Parameters
    ----------
    storage : Storage
    target : str
        What is being made.
    fresh : Manifest
        What the journal is before the first part.

    Attributes
    ----------
    path : str
    journal : Manifest
    """

    def __init__(self, storage: Storage, target: str, fresh: Manifest) -> None:
        self.storage = storage
        self.target = target
        self.path = self.place(storage, target)
        self.journal = fresh

    @staticmethod
    def place(storage: Storage, target: str) -> str:
        """Return where the folder of an export is."""
        folder, name = storage.split(target)
        return storage.join(folder, f".{name}.partial")

    def file(self, name: str) -> str:
        """Return the path of a file in it."""
        return self.storage.join(self.path, name)

    @contextlib.contextmanager
    def opened(self, resume: bool) -> Iterator[WorkFolder]:
        """Make the folder, or with `resume` take up what is in it."""
        self.storage.make_folder(self.path)
        with self.storage.lock(self.path):
            journal = self.file(FOLDER_MANIFEST)
            if resume and self.storage.size(journal) is not None:
                self._take_up(Manifest.load(self.storage, journal))
            else:
                self.keep_only()
                self.save(self.journal)
            try:
                yield self
            finally:
                if not self.journal.parts:  # there is nothing to go on from
                    with contextlib.suppress(OSError):
                        self.remove()

    def _take_up(self, found: Manifest) -> None:
        different = differences(found, self.journal)
        if different:
            raise ExportFailed(
                f"The interrupted export {self.storage.shown(self.path)} was started with "
                f"{different}. Use the same options to go on with it, or start again with "
                "force=True and without resume (--force)."
            )
        self.journal = found
        parts = range(len(found.parts))
        self.keep_only(
            FOLDER_MANIFEST, *(part.file for part in found.parts), *map(self.ids_file, parts)
        )

    def keep_only(self, *names: str) -> None:
        """Remove all files but these."""
        for name in self.storage.names(self.path):
            if name not in names:
                self.storage.remove(self.file(name))

    def remove(self) -> None:
        """Remove it; the journal last, so that what is left half-way is still understood."""
        self.keep_only(FOLDER_MANIFEST)
        self.storage.remove_folder(self.path)

    @staticmethod
    def ids_file(number: int) -> str:
        """Return the name of the file with a part's ids."""
        return f"ids-{number:05}.parquet"

    def save(self, journal: Manifest) -> None:
        """Replace the journal."""
        journal.save(self.storage, self.file(FOLDER_MANIFEST))
        self.journal = journal


class PartsWriter:
    """Writes rows into parts, and enters each into the journal when it is whole.

    Parameters
    ----------
    work : WorkFolder
    open_sink : callable
        ``open_sink(file, number)`` gives what writes part `number`.
    suffix : str
        Of the parts' names.
    rows : int
        The most rows of a part.
    seconds : float
        A part ends after this time, however few its rows.
    seen : SeenIds, optional
        Leave out events that were there before.
    """

    def __init__(
        self,
        work: WorkFolder,
        open_sink: Callable[[NewFile, int], Sink],
        suffix: str,
        *,
        rows: int,
        seconds: float,
        seen: SeenIds | None = None,
    ) -> None:
        self._work = work
        self._open_sink = open_sink
        self._suffix = suffix
        self._most_rows = rows
        self._seconds = seconds
        self._seen = seen
        self._positions = _positions(work.journal)
        self._duplicates = 0
        self._file: NewFile | None = None
        self._torn = False

    @property
    def _number(self) -> int:
        return len(self._work.journal.parts)

    def write(self, part: Part, source: str, position: str | None) -> None:
        """Write a page's rows; `position` is where `source` goes on after them."""
        if self._seen is not None:
            part, repeated = self._seen.without_repeated(part, source)
            self._duplicates += repeated
        if self._file is not None and self._rows + part.batch.num_rows > self._most_rows:
            self.finish()
        if self._file is None:
            self._open()
        self._torn = True  # until these rows are in it whole; an impatient second Ctrl-C, say
        self._sink.write(part)
        self._times.include(part.batch)
        self._rows += part.batch.num_rows
        self._positions[source] = position
        self._torn = False
        due = self._rows >= self._most_rows or time.monotonic() - self._opened > self._seconds
        if due and self._rows:
            self.finish()

    def _open(self) -> None:
        name = f"part-{self._number:05}{self._suffix}"
        self._name = name
        self._file = NewFile(self._work.storage, self._work.file(name))
        self._sink = self._open_sink(self._file, self._number)
        self._rows, self._times, self._opened = 0, _TimeRange(), time.monotonic()

    def finish(self) -> None:
        """End the part that is being written, if there is one."""
        if self._torn:
            self.abandon()
        if self._file is None:
            return
        self._sink.close(_only(self._positions))
        self._file.publish()
        written = PartFile(self._name, self._rows, self._file.tell(), self._file.sha256)
        self._file = None
        if self._seen is not None:
            ids = self._work.file(self._work.ids_file(self._number))
            self._seen.save_new(self._work.storage, ids)
        self._enter(written)

    def _enter(self, written: PartFile) -> None:
        journal = self._work.journal
        times = self._times
        self._work.save(
            replace(
                journal,
                parts=[*journal.parts, written],
                rows=journal.rows + written.rows,
                bytes=journal.bytes + written.bytes,
                duplicates=journal.duplicates + self._duplicates,
                first_modified=_least(journal.first_modified, times.text(times.first)),
                last_modified=_most(journal.last_modified, times.text(times.last)),
                **_reached(self._positions, journal),
            )
        )
        self._duplicates = 0

    def end(
        self, positions: Mapping[str, str | None], failures: Mapping[str, str] | None = None
    ) -> None:
        """End the last part; an export without rows has one too, for its columns."""
        self._positions = dict(positions)
        if self._file is None and not self._work.journal.parts:
            self._open()
        self.finish()
        journal = self._work.journal
        self._work.save(
            replace(
                journal,
                finished=now(),
                failures=dict(failures or {}),
                duplicates=journal.duplicates + self._duplicates,
                **_reached(self._positions, journal),
            )
        )

    def abandon(self) -> None:
        """Give up the part that is being written."""
        if self._file is not None:
            self._file.discard()
            self._file = None


def now() -> str:
    """Return the time as manifests have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _positions(journal: Manifest) -> dict[str, str | None]:
    return dict(journal.positions or {})


def _only(positions: Mapping[str, str | None]) -> str | None:
    return next(iter(positions.values())) if len(positions) == 1 else None


def _reached(positions: Mapping[str, str | None], journal: Manifest) -> dict[str, Any]:
    return {"positions": dict(positions), "cursor_to": _only(positions)}


_COMPARED = ("format", "server", "account", "api_version", "schema", "formulas", "cursor_from")


def differences(found: Manifest, wanted: Manifest) -> str:
    """Return in words how two exports differ; nothing when one can go on with the other."""
    pairs = {name: (getattr(found, name), getattr(wanted, name)) for name in _COMPARED}
    for name in sorted({*found.options, *wanted.options}):
        pairs[name] = found.options.get(name), wanted.options.get(name)
    if None in pairs["account"]:  # one of them could not be asked
        del pairs["account"]
    return ", ".join(
        _difference(name, old, new) for name, (old, new) in pairs.items() if old != new
    )


def _difference(name: str, old: object, new: object) -> str:
    if name == "begin" and isinstance(old, dict) and isinstance(new, dict):  # of many accounts
        return f"{len(old)} accounts, not these {len(new)} from where they begin now"
    return f"{name} = {old!r}, not {new!r}"


def check_leftovers(storage: Storage, target: str, resume: bool, force: bool) -> None:
    """Raise `OutputExists` when an interrupted export is there and nothing is said about it."""
    path = WorkFolder.place(storage, target)
    if resume or force or not storage.is_folder(path):
        return
    kept = ""
    with contextlib.suppress(ExportFailed):
        journal = Manifest.load(storage, storage.join(path, FOLDER_MANIFEST))
        kept = f" with {journal.rows:,} events"
    raise OutputExists(
        f"An interrupted export{kept} is in {storage.shown(path)}.", remedy=Remedy.RESUME_OUTPUT
    )


def _least(*texts: str | None) -> str | None:
    return min((text for text in texts if text is not None), default=None)


def _most(*texts: str | None) -> str | None:
    return max((text for text in texts if text is not None), default=None)


class _TimeRange:
    """The earliest and the latest time of some record batches."""

    def __init__(self) -> None:
        self.first: datetime | None = None
        self.last: datetime | None = None

    def include(self, batch: pa.RecordBatch) -> None:
        if "modified" not in batch.schema.names or not batch.num_rows:
            return
        import pyarrow.compute as pc

        found = pc.min_max(batch.column("modified")).as_py()
        if found["min"] is not None:
            self.first = min(self.first or found["min"], found["min"])
            self.last = max(self.last or found["max"], found["max"])

    @staticmethod
    def text(moment: datetime | None) -> str | None:
        return None if moment is None else moment.isoformat(timespec="microseconds")


def is_ours(storage: Storage, folder: str) -> bool:
    """Tell whether a folder holds an export's parts and nothing else."""
    with contextlib.suppress(ExportFailed):
        manifest = Manifest.load(storage, storage.join(folder, FOLDER_MANIFEST))
        return set(storage.names(folder)) <= {FOLDER_MANIFEST, *(p.file for p in manifest.parts)}
    return False
