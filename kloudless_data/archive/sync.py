"""Bring an archive up to date: each event once, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Set
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..display.progress import progress_bar
from ..events.stream import EventStream
from ..exceptions import is_expired_cursor
from ..text.counts import count
from ..util import is_text
from .commit import ReadPage
from .delta.tables import Snapshots, Tables
from .report import SyncReport, anchor_of, new_sync
from .writer import Read, Writer

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["SyncReport", "Syncing"]

_MORE = "The server said that more events are waiting, but not where they begin."
_NO_TEXT = "The server's cursor is not text, so it cannot be stored."
_REFRESH = 0.2  # seconds between two changes of the progress bar


class Syncing:
    """One sync.

    Parameters
    ----------
    tables : Tables
    accounts : mapping of str to Account
        By their key in the archive.
    now : callable
        Returns the current time in UTC.
    max_workers : int
    page_size : int
    flush_rows : int
        Commit after this many rows.
    progress : bool, optional
    connected : mapping of str to datetime
        When accounts were connected, as far as that is known.
    absent : set of str
        Accounts that were disconnected at some time since their last read.
    whole : tuple of str and datetime, optional
        The sync that this is a part of: its name and its start.
    snapshots : Snapshots, optional
        Of the tables, for its own use. Defaults to opening them.
    """

    def __init__(
        self,
        tables: Tables,
        accounts: Mapping[str, Account],
        *,
        now: Callable[[], datetime],
        max_workers: int,
        page_size: int,
        flush_rows: int,
        progress: bool | None,
        connected: Mapping[str, datetime] | None = None,
        absent: Set[str] = frozenset(),
        whole: tuple[str, datetime] | None = None,
        snapshots: Snapshots | None = None,
    ) -> None:
        self._now = now
        self._options: Any = {
            "max_workers": max_workers, "page_size": page_size, "progress": False,
        }  # fmt: skip
        self._progress = progress
        sync, asked = whole or (new_sync(), now())
        self._read = Read(sync, asked, dict(accounts), dict(connected or {}), absent)
        self.report = SyncReport(accounts=len(accounts))
        self._writer = Writer(
            tables,
            self._read,
            now=now,
            flush_rows=flush_rows,
            report=self.report,
            snapshots=snapshots,
        )
        self._ended: set[str] = set()

    def run(self) -> SyncReport:
        """Read and commit every account's new events."""
        report, keys = self.report, self._read.accounts
        report.started = self._read.asked.isoformat(timespec="seconds")
        with (
            progress_bar("Syncing", unit="accounts", total=len(keys), show=self._progress) as bar,
            self._writer,
        ):
            expired = self._read_from({key: self._writer.position(key) for key in keys}, bar)
            if expired:  # a single refusal may be transient
                expired = self._read_from(expired, bar)
            if expired:
                report.lost = sorted(expired)
                self._writer.flush()
                self._read_from(dict.fromkeys(expired), bar, lost=True)
        report.superseded = sorted(self._writer.superseded)
        report.finished = self._now().isoformat(timespec="seconds")
        report.anchor = anchor_of(self._read.sync, report.hashes.values())
        return report

    def _read_from(
        self, begin: Mapping[str, str | None], bar: Any, *, lost: bool = False
    ) -> dict[str, str | None]:
        """Read accounts from these positions; return those whose cursor is refused, with it."""
        stream = EventStream(
            {key: (self._read.accounts[key], cursor) for key, cursor in begin.items()},
            on_error="collect",
            **self._options,
        )
        expired, reached = dict[str, str | None](), dict(begin)
        self._read_pages(stream, reached, bar, lost=lost)
        for key, error in stream.failures.items():
            if not lost and reached[key] is not None and is_expired_cursor(error):
                expired[key] = reached[key]
            else:
                self._fail(key, error.record, reached[key], lost=lost)
                bar.update()
        for key in set(begin) - set(stream.failures) - self._ended - set(self.report.failures):
            self._fail(key, _MORE, reached[key], lost=lost)
            bar.update()
        return expired

    def _fail(self, key: str, why: str, position: str | None, *, lost: bool) -> None:
        why = why.encode(errors="backslashreplace").decode()
        self.report.failures[key] = why
        self._writer.fail(key, why, position, lost=lost)

    def _read_pages(
        self, stream: EventStream, reached: dict[str, str | None], bar: Any, *, lost: bool
    ) -> None:
        events, shown = 0, 0.0
        with contextlib.closing(stream.pages(empty=True)) as pages:
            for page in pages:
                if page.last:
                    self._ended.add(page.source)
                    bar.update()
                if page.source in self.report.failures:
                    continue
                if page.position is not None and not is_text(page.position):
                    self._fail(page.source, _NO_TEXT, reached[page.source], lost=lost)
                    continue
                reached[page.source] = page.position
                batch = stream.decode(page) if page.rows else None
                read = ReadPage(batch, page.position, page.server_time, page.last)
                self._writer.add(page.source, read, lost=lost)
                events += page.rows
                if page.rows and time.monotonic() - shown > _REFRESH:
                    bar.set_postfix_str(count(events, "new event"))
                    shown = time.monotonic()
