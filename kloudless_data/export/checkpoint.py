"""An export under way: a hidden folder of finished parts, and the journal that lists them.

::

    out/.events.csv.partial/    beside the future out/events.csv
        _manifest.json          the journal: a manifest that is not finished
        part-00000.csv          whole and flushed to the disk before the journal names it
        part-00001.csv

The journal is replaced in one step after each part, with the position after the part's last row.
Whatever ends the process, it names only complete parts and the position to continue from. Parts
that it does not name are written again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import ExportFailed, OutputExists, Remedy
from ..storage.atomic import AtomicFile
from ..text.counts import count
from .dedup import Deduplication
from .destination import Destination
from .formats import Format
from .manifest import FOLDER_MANIFEST, Manifest, PartFile, now
from .rows import Rows, Writer

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Checkpoint", "CheckpointWriter", "differences"]


class Checkpoint:
    """The saved parts of an unfinished export; locked while open.

    Parameters
    ----------
    destination : Destination
        The destination of the export.

    Attributes
    ----------
    path : str
        The hidden folder.
    journal : Manifest
        The state of the export; set while the checkpoint is open.
    is_resumed : bool
        True if it already existed.
    """

    journal: Manifest

    def __init__(self, destination: Destination) -> None:
        self.storage = destination.storage
        self.path = destination.checkpoint
        self.is_resumed = False

    @property
    def exists(self) -> bool:
        """True if there is an interrupted export."""
        return self.storage.is_folder(self.path)

    @property
    def shown(self) -> str:
        """The folder as a user would write it."""
        return self.storage.shown(self.path)

    def file(self, name: str) -> str:
        """Return the path of a file in the folder."""
        return self.storage.join(self.path, name)

    def check_free(self) -> None:
        """Raise `OutputExists` if there is an interrupted export."""
        if not self.exists:
            return
        kept = ""
        with contextlib.suppress(ExportFailed):
            kept = f" with {count(Manifest.load(self.storage, self._journal_file).rows, 'event')}"
        raise OutputExists(
            f"An interrupted export{kept} is in {self.shown}.", remedy=Remedy.RESUME_OUTPUT
        )

    @property
    def _journal_file(self) -> str:
        return self.file(FOLDER_MANIFEST)

    @contextlib.contextmanager
    def opened(self, fresh: Manifest, *, resume: bool) -> Iterator[Checkpoint]:
        """Create the folder or, with `resume`, continue from its contents.

        Parameters
        ----------
        fresh : Manifest
            The journal before the first part.
        resume : bool
        """
        self.storage.make_folder(self.path)
        with self.storage.lock(self.path):
            if resume and self.storage.size(self._journal_file) is not None:
                self._take_up(Manifest.load(self.storage, self._journal_file), fresh)
            else:
                self.journal = fresh
                self.keep_only()
                self.save(fresh)
            try:
                yield self
            finally:
                if not self.journal.parts:  # there is nothing to resume
                    with contextlib.suppress(OSError):
                        self.remove()

    def _take_up(self, found: Manifest, fresh: Manifest) -> None:
        self.journal, self.is_resumed = found, True
        different = differences(found, fresh)
        if different:
            raise ExportFailed(
                f"The interrupted export {self.shown} was started with {different}. Only the same "
                "options resume it.",
                remedy=Remedy.RESTART_EXPORT,
            )
        parts = range(len(found.parts))
        self.keep_only(
            FOLDER_MANIFEST, *(part.file for part in found.parts), *map(_identities, parts)
        )

    def keep_only(self, *names: str) -> None:
        """Remove all other files."""
        for name in self.storage.names(self.path):
            if name not in names:
                self.storage.remove(self.file(name))

    def remove(self) -> None:
        """Remove the checkpoint; its journal goes last, so an interruption leaves it readable."""
        self.keep_only(FOLDER_MANIFEST)
        self.storage.remove_folder(self.path)

    def save(self, journal: Manifest) -> None:
        """Replace the journal."""
        journal.save(self.storage, self._journal_file)
        self.journal = journal

    def new_part(self, suffix: str) -> tuple[str, AtomicFile]:
        """Return the name and the file of the next part."""
        name = f"part-{len(self.journal.parts):05}{suffix}"
        return name, AtomicFile(self.storage, self.file(name))

    def enter(self, part: PartFile, **facts: Any) -> None:
        """Add a finished part to the journal.

        Parameters
        ----------
        part : PartFile
            The finished part.
        **facts
            Further facts to record in the journal.
        """
        journal = self.journal
        self.save(
            replace(
                journal,
                parts=[*journal.parts, part],
                rows=journal.rows + part.rows,
                bytes=journal.bytes + part.bytes,
                **facts,
            )
        )

    def deduplication(self) -> Deduplication:
        """Return the deduplication of all parts' events."""
        known = Deduplication()
        for number in range(len(self.journal.parts)):
            known.load(self.storage, self.file(_identities(number)))
        return known

    def save_identities(self, known: Deduplication) -> None:
        """Save the new entries of a deduplication with the next part."""
        known.save(self.storage, self.file(_identities(len(self.journal.parts))))


def _identities(number: int) -> str:
    """Return the name of the file with a part's event identities."""
    return f"identities-{number:05}.parquet"


class CheckpointWriter:
    """Writes rows into parts and adds each to the journal once it is complete.

    Parameters
    ----------
    checkpoint : Checkpoint
    format : Format
        The parts' format.
    schema : pyarrow.Schema
    rows : int
        Largest number of rows per part.
    seconds : float
        A part ends after this time even with fewer rows.
    standing_alone : bool
        Each part is a separate file with a header; otherwise parts are concatenated.
    deduplication : Deduplication, optional
        Leave out repeated events.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        format: Format,
        schema: pa.Schema,
        *,
        rows: int,
        seconds: float,
        standing_alone: bool,
        deduplication: Deduplication | None = None,
    ) -> None:
        self._checkpoint = checkpoint
        self._format = format
        self._schema = schema
        self._most_rows = rows
        self._seconds = seconds
        self._standing_alone = standing_alone
        self._known = deduplication
        self._positions = dict(checkpoint.journal.positions or {})
        self._file: AtomicFile | None = None
        self._torn = False

    def write(
        self, rows: Rows, source: str, position: str | None, content: pa.RecordBatch | None = None
    ) -> None:
        """Write a page's rows.

        Parameters
        ----------
        rows : Rows
        source : str
            Their account.
        position : str or None
            The position after them.
        content : pyarrow.RecordBatch, optional
            All columns of the same events; needed for deduplication.
        """
        if self._known is not None and content is not None:
            rows = self._known.without_repetitions(rows, content, source)
        if self._file is not None and self._rows + rows.batch.num_rows > self._most_rows:
            self.finish()
        if self._file is None:
            self._open()
        self._torn = True  # until these rows are complete; there may be a second, impatient Ctrl-C
        self._writer.write(rows)
        self._times.include(rows.batch)
        self._rows += rows.batch.num_rows
        self._positions[source] = position
        self._torn = False
        due = self._rows >= self._most_rows or time.monotonic() - self._opened > self._seconds
        if due and self._rows:
            self.finish()

    def _open(self) -> None:
        self._name, self._file = self._checkpoint.new_part(self._format.suffix)
        header = self._standing_alone or not self._checkpoint.journal.parts
        provenance = self._checkpoint.journal.provenance
        self._writer: Writer = self._format.writer(
            self._file, self._schema, provenance, header=header
        )
        self._rows, self._times, self._opened = 0, _TimeRange(), time.monotonic()

    def finish(self) -> None:
        """Finish the current part, if any."""
        if self._torn:
            self.abandon()
        if self._file is None:
            return
        self._writer.close(_only(self._positions))
        self._file.commit()
        written = PartFile(self._name, self._rows, self._file.tell(), self._file.sha256)
        self._file = None
        facts = self._facts(self._times)
        if self._known is not None:
            self._checkpoint.save_identities(self._known)
        self._checkpoint.enter(written, **facts)

    def _facts(self, times: _TimeRange | None = None) -> dict[str, Any]:
        """Return the journal's facts once it includes the rows so far."""
        journal = self._checkpoint.journal
        facts: dict[str, Any] = {
            "positions": dict(self._positions),
            "cursor_to": _only(self._positions),
        }
        if self._known is not None:
            facts["duplicates"] = journal.duplicates + self._known.repetitions
            facts["conflicts"] = journal.conflicts + self._known.conflicts
        if times is not None:
            facts["first_modified"] = _least(journal.first_modified, times.text(times.first))
            facts["last_modified"] = _most(journal.last_modified, times.text(times.last))
        return facts

    def end(
        self, positions: Mapping[str, str | None], failures: Mapping[str, str] | None = None
    ) -> None:
        """Finish the last part; even an export without rows has one, for its columns.

        Parameters
        ----------
        positions : mapping of str to str | None
            The cursor to continue from, by account.
        failures : mapping of str to str, optional
            Messages of accounts that failed, by account.
        """
        self._positions = dict(positions)
        if self._file is None and not self._checkpoint.journal.parts:
            self._open()
        self.finish()
        journal = self._checkpoint.journal
        self._checkpoint.save(
            replace(journal, finished=now(), failures=dict(failures or {}), **self._facts())
        )

    def abandon(self) -> None:
        """Discard the current part."""
        if self._file is not None:
            self._file.discard()
            self._file = None


def _only(positions: Mapping[str, str | None]) -> str | None:
    return next(iter(positions.values())) if len(positions) == 1 else None


# The events' account is checked by `owners`, which also looks at the events.
_COMPARED = ("format", "server", "api_version", "schema", "formulas", "cursor_from")


def differences(found: Manifest, wanted: Manifest) -> str:
    """Return how two exports differ, in words; empty if one can resume the other.

    Parameters
    ----------
    found : Manifest
        The manifest or journal of an earlier export.
    wanted : Manifest
        The manifest of the new one.
    """
    pairs = {name: (getattr(found, name), getattr(wanted, name)) for name in _COMPARED}
    for name in sorted({*found.options, *wanted.options}):
        pairs[name] = found.options.get(name), wanted.options.get(name)
    return ", ".join(
        _difference(name, old, new) for name, (old, new) in pairs.items() if old != new
    )


def _difference(name: str, old: object, new: object) -> str:
    if name == "begin" and isinstance(old, dict) and isinstance(new, dict):  # for many accounts
        return f"{len(old)} accounts, not these {len(new)} from where they begin now"
    return f"{name} = {old!r}, not {new!r}"


def _least(*texts: str | None) -> str | None:
    return min((text for text in texts if text is not None), default=None)


def _most(*texts: str | None) -> str | None:
    return max((text for text in texts if text is not None), default=None)


class _TimeRange:
    """The earliest and latest time in record batches."""

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
