"""Read a stream's pages into a checkpoint's parts."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from ..decode import decode_page, split_objects
from ..exceptions import ExportInterrupted, KloudlessException, Note, Remedy
from ..schema.columns import events_schema
from ..text.counts import count
from .checkpoint import Checkpoint, CheckpointWriter
from .formats import Format
from .interrupts import Interrupts
from .owners import Owners
from .protocol import Page, Stream
from .rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["StreamReader", "lines_of"]

# Parts also end after this time: the most that a kill -9 can cost.
_CHECKPOINT_SECONDS = 30.0


class StreamReader:
    """Reads a stream into a checkpoint, from the checkpoint's position to the stream's end.

    Parameters
    ----------
    events : Stream
    checkpoint : Checkpoint
        Open.
    format : Format
        The format of the finished file.
    owners : Owners
    checkpoint_rows : int
        Largest number of rows per part, unless the parts themselves were requested.
    """

    def __init__(
        self,
        events: Stream,
        checkpoint: Checkpoint,
        format: Format,
        owners: Owners,
        checkpoint_rows: int,
    ) -> None:
        options = checkpoint.journal.options
        rows_per_file: int | None = options["rows_per_file"]
        self._events, self._checkpoint, self._owners = events, checkpoint, owners
        self._content_schema = events_schema(int(checkpoint.journal.api_version or 1))
        self._deduplicates = bool(options["deduplicate"])
        self._writer = CheckpointWriter(
            checkpoint,
            format if rows_per_file else format.kept_as,
            events.schema,
            rows=rows_per_file or checkpoint_rows,
            seconds=float("inf") if rows_per_file else _CHECKPOINT_SECONDS,
            standing_alone=rows_per_file is not None,
            deduplication=checkpoint.deduplication() if self._deduplicates else None,
        )

    def run(self) -> None:
        """Read the stream into parts, to its end.

        Raises
        ------
        ExportInterrupted
            Ctrl-C or SIGTERM; finished parts are kept.
        """
        with Interrupts() as interrupts:
            try:
                self._read_pages(interrupts)
            except KeyboardInterrupt:
                with interrupts.held():
                    self._writer.finish()
                raise self._interrupted() from None
            except KloudlessException as error:
                self._writer.finish()
                if self._checkpoint.journal.parts:
                    error.add_note(Note(self._kept(), Remedy.RESUME_EXPORT))
                raise
            finally:
                self._writer.abandon()

    def _read_pages(self, interrupts: Interrupts) -> None:
        events, journal = self._events, self._checkpoint.journal
        resume = journal.positions if self._checkpoint.is_resumed else None
        reader = events.read(resume, journal.rows + journal.duplicates)
        with contextlib.closing(reader.pages()) as pages:
            for page in pages:
                if self._owners.settle(page, self._content_schema):
                    self._checkpoint.journal = self._owners.entered(self._checkpoint.journal)
                rows = Rows(events.decode(page), partial(lines_of, page))
                content = self._content(page, rows.batch) if self._deduplicates else None
                with interrupts.held():
                    self._writer.write(rows, page.source, page.position, content)
        with interrupts.held():
            failures = {source: error.record for source, error in reader.failures.items()}
            self._writer.end(reader.positions, failures)

    def _content(self, page: Page, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return all columns of a page's events."""
        if self._events.columns is None:
            return batch
        whole = decode_page(page.envelope, self._content_schema, raw=self._events.raw)
        return whole.slice(0, page.rows)

    def _interrupted(self) -> ExportInterrupted:
        interrupted = "The export was interrupted."
        if not self._checkpoint.journal.parts:
            return ExportInterrupted(
                f"{interrupted} Nothing had been read yet, and nothing was left behind."
            )
        return ExportInterrupted(f"{interrupted} {self._kept()}", remedy=Remedy.RESUME_EXPORT)

    def _kept(self) -> str:
        journal = self._checkpoint.journal
        events = count(journal.rows, "event")
        return f"{events} {'is' if journal.rows == 1 else 'are'} kept in {self._checkpoint.shown}."


def lines_of(page: Page) -> list[bytes]:
    """Return a page's events as lines of JSON, as the server sent them."""
    return split_objects(page.envelope)[: page.rows]
