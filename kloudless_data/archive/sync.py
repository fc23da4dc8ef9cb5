"""Bringing an archive up to date: each event once, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ..display.progress import progress_bar
from ..events.query import EventStream
from ..exceptions import ArchiveFailed, is_expired_cursor
from ..paging.prefetch import Background
from ..util import is_text
from .chain import heads_of
from .commit import Pending, PreparedCommit, ReadPage
from .delta.tables import Tables
from .ledger import Entry

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["SyncReport", "Syncing", "anchor_of", "new_sync"]

_ATTEMPTS = 20  # commits that other syncs' commits get in the way of
_MORE = "The server said that more events wait, and did not say where they begin."
_NO_TEXT = "The server's cursor is no text that could be kept."
_REFRESH = 0.2  # seconds between two changes of the progress bar
_LONGEST = 60.0  # seconds between two commits, so that a kill costs no more reading than that


@dataclass
class SyncReport:
    """What a sync did.

    Attributes
    ----------
    accounts : int
        How many were asked.
    events : int
        Rows that are new in the archive.
    repeated : int
        Events that the server sent and the archive had.
    failures : dict of str to str
        Account -> why it could not be read to its end; what was read is in the archive.
    lost : list of str
        Accounts whose cursor was too old for the server.
    overtaken : list of str
        Accounts that another sync was faster with; nothing of them was written here.
    gone : list of str
        Accounts that the archive knows and that are not there any more.
    unseen : list of str
        With a meta token: applications that have no API key to list their accounts with.
    started, finished : str
        ISO 8601, UTC.
    anchor : str
        Proves to `Archive.verify`, if it is kept elsewhere, that nothing that the archive held by
        then of these accounts was changed afterwards, also if all of it was put back to an earlier
        day.
    """

    accounts: int = 0
    events: int = 0
    repeated: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    overtaken: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    started: str = ""
    finished: str = ""
    anchor: str = ""
    hashes: dict[str, str] = field(default_factory=dict, repr=False)  # of the latest entries

    @property
    def ok(self) -> bool:
        """Whether every account was read to its end."""
        return not self.failures

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        shown = {name: value for name, value in vars(self).items() if name != "hashes"}
        return json.dumps(shown, ensure_ascii=False)


def new_sync() -> str:
    """Return a name for a sync."""
    return secrets.token_hex(8)


def anchor_of(sync: str, hashes: Iterable[str]) -> str:
    """Return what proves the latest entries of a sync, and with them all before them.

    Parameters
    ----------
    sync : str
        Which, as its entries say.
    hashes : iterable of str
        Of each account's latest entry of that sync.
    """
    digest = hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
    return f"{sync}:{digest}"


class Syncing:
    """One sync.

    Parameters
    ----------
    tables : Tables
    accounts : mapping of str to Account
        By their key in the archive.
    now : callable
        Gives the time, UTC.
    max_workers : int
    page_size : int
    flush_rows : int
        Commit whenever so many rows have been read.
    progress : bool, optional
    connected : mapping of str to datetime
        Since when the application has an account, where that is known.
    whole : tuple of str and datetime, optional
        The sync of which this is a part: its name, and when it began.
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
        whole: tuple[str, datetime] | None = None,
    ) -> None:
        self._tables = tables
        self._accounts = dict(accounts)
        self._now = now
        self._options = {"max_workers": max_workers, "page_size": page_size, "progress": False}
        self._progress = progress
        self._flush_rows = flush_rows
        self._connected = dict(connected or {})
        self._id, self._asked = whole or (new_sync(), now())
        self._snapshot = tables.open("events")
        self._heads = heads_of(tables, self._snapshot, self._accounts)
        self._pending: dict[str, Pending] = {}
        self._committing: Background | None = None
        self._overtaken: set[str] = set()
        self._ended: set[str] = set()
        self.report = SyncReport(accounts=len(self._accounts))

    def run(self) -> SyncReport:
        """Read what is new of every account, and commit it."""
        report = self.report
        report.started = self._asked.isoformat(timespec="seconds")
        begin = {key: self._position(key) for key in self._accounts}
        total = len(self._accounts)
        with progress_bar("Syncing", unit="accounts", total=total, show=self._progress) as bar:
            expired = self._read(begin, bar, lost=False)
            if expired:
                report.lost = sorted(expired)
                self._read(dict.fromkeys(expired), bar, lost=True)
        report.overtaken = sorted(self._overtaken)
        report.finished = self._now().isoformat(timespec="seconds")
        report.anchor = anchor_of(self._id, report.hashes.values())
        return report

    def _position(self, key: str) -> str | None:
        head = self._heads.get(key)
        return head.position_to if head else None

    def _read(self, begin: Mapping[str, str | None], bar: Any, *, lost: bool) -> dict[str, str]:
        """Read accounts from these positions; return those whose cursor is too old."""
        stream = EventStream(
            {key: (self._accounts[key], cursor) for key, cursor in begin.items()},
            on_error="collect",
            **self._options,  # type: ignore[arg-type]
        )
        expired, reached = {}, dict(begin)
        try:
            self._read_pages(stream, reached, bar, lost=lost)
            for key, error in stream.failures.items():
                if not lost and begin[key] is not None and is_expired_cursor(error):
                    expired[key] = error.message
                else:
                    self._fail(key, error.message, reached[key], lost=lost)
                    bar.update()
            for key in set(begin) - set(stream.failures) - self._ended - set(self.report.failures):
                self._fail(key, _MORE, reached[key], lost=lost)
                bar.update()
        finally:  # Ctrl-C keeps what was read
            self._flush()
            self._finish()
        return expired

    def _fail(self, key: str, why: str, position: str | None, *, lost: bool) -> None:
        """Note that an account could not be read to its end; that it was asked is evidence too."""
        why = why.encode(errors="backslashreplace").decode()
        self.report.failures[key] = why
        if key not in self._overtaken:
            pending = self._pending.setdefault(key, Pending(lost))
            pending.pages.append(ReadPage(None, position, None, last=False))
            pending.failure = why

    def _read_pages(
        self, stream: EventStream, reached: dict[str, str | None], bar: Any, *, lost: bool
    ) -> None:
        rows, events, flushed, shown = 0, 0, time.monotonic(), 0.0
        with contextlib.closing(stream.pages(empty=True)) as pages:
            for page in pages:
                if page.last:
                    self._ended.add(page.source)
                    bar.update()
                if page.source in self._overtaken or page.source in self.report.failures:
                    continue
                if page.position is not None and not is_text(page.position):
                    self._fail(page.source, _NO_TEXT, reached[page.source], lost=lost)
                    continue
                reached[page.source] = page.position
                batch = stream.decode(page) if page.rows else None
                pending = self._pending.get(page.source) or Pending(lost)
                pending.pages.append(ReadPage(batch, page.position, page.server_time, page.last))
                self._pending[page.source] = pending
                rows, events = rows + page.rows, events + page.rows
                if page.rows and time.monotonic() - shown > _REFRESH:
                    bar.set_postfix_str(f"{events:,} new events")
                    shown = time.monotonic()
                if rows >= self._flush_rows or time.monotonic() - flushed > _LONGEST:
                    self._flush()
                    rows, flushed = 0, time.monotonic()

    def _flush(self) -> None:
        """Commit what was read, while more is read."""
        self._finish()
        pending, self._pending = self._pending, {}
        if pending:
            self._committing = Background(partial(self._commit, pending))

    def _finish(self) -> None:
        """Wait for the commit that is under way."""
        if self._committing is not None:
            self._committing.finish()
            self._committing = None

    def _commit(self, pending: dict[str, Pending]) -> None:
        """Commit what is pending, and try again without those who were overtaken."""
        from deltalake.exceptions import CommitFailedError

        for _ in range(_ATTEMPTS):
            self._drop_overtaken(pending)
            if not pending:
                return
            commit = PreparedCommit(
                self._tables, pending, self._heads,
                sync=self._id, asked=self._asked, answered=max(self._now(), self._asked),
            )  # fmt: skip
            try:
                commit.write(self._snapshot, self._accounts, self._connected)
                self._tables.commit(self._snapshot, commit.files, commit.heads)
                landed = commit.entries
            except CommitFailedError:
                # Also a commit whose answer was lost on its way is refused when it is tried again.
                landed = self._landed(commit)
            self._snapshot = self._tables.open("events")
            self._heads.update(landed)
            self._report(landed.values())
            for key in landed:
                del pending[key]
        if not pending:
            return
        raise ArchiveFailed(
            f"{self._tables.path} could not be written: {_ATTEMPTS} times another sync was faster. "
            "Sync again."
        )

    def _landed(self, commit: PreparedCommit) -> dict[str, Entry]:
        """Return the entries of a refused commit that are in the table all the same."""
        versions = self._tables.transactions(self._tables.open("events"))
        return {k: entry for k, entry in commit.entries.items() if versions.get(k) == entry.version}

    def _report(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.report.events += entry.rows
            self.report.repeated += entry.events - entry.rows
            self.report.hashes[entry.account] = entry.hash

    def _drop_overtaken(self, pending: dict[str, Pending]) -> None:
        """Leave the accounts to other syncs that they wrote since their heads were read.

        Delta refuses what was set *since* the snapshot; what was set before it is for us to see, in
        the very snapshot that is committed to.
        """
        versions = self._tables.transactions(self._snapshot)
        for key in list(pending):
            head = self._heads.get(key)
            if versions.get(key) != (head.version if head else None):
                del pending[key]
                self._overtaken.add(key)
