"""Commit events while more are read: after a number of rows, and after some time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ..exceptions import ArchiveFailed
from .chain import heads_of
from .commit import Pending, PreparedCommit, ReadPage
from .delta.tables import Snapshots, Tables
from .ledger import Entry
from .report import SyncReport

if TYPE_CHECKING:
    from types import TracebackType

    from deltalake import DeltaTable

    from ..account import Account

__all__ = ["Read", "Writer"]

_ATTEMPTS = 20  # attempts at a commit that other syncs interfere with
_LONGEST = 60.0  # seconds between commits: the most reading that a kill can cost


@dataclass(frozen=True)
class Read:
    """What one sync reads.

    Attributes
    ----------
    sync : str
        Names the sync.
    asked : datetime
        When the sync began.
    accounts : mapping of str to Account
        By their key in the archive.
    connected : mapping of str to datetime
        When accounts were connected, as far as that is known.
    absent : set of str
        Accounts that were disconnected at some time since their last read.
    """

    sync: str
    asked: datetime
    accounts: Mapping[str, Account]
    connected: Mapping[str, datetime] = field(default_factory=dict)
    absent: Set[str] = frozenset()


class Writer:
    """Collects pages and commits them in its own thread.

    A commit is due when enough rows wait or a minute after the last one, whether or not pages
    arrive, so a stuck account does not delay the others' rows. Leaving the ``with`` block, for
    whatever reason, commits the rest.

    Parameters
    ----------
    tables : Tables
    read : Read
    now : callable
        Returns the current time in UTC.
    flush_rows : int
        Commit when this many rows wait.
    report : SyncReport
        Counts the commits' contents.
    snapshots : Snapshots, optional
        Of the tables, for its own use. Defaults to opening them.

    Attributes
    ----------
    superseded : set of str
        Accounts that another sync committed first.
    """

    def __init__(
        self,
        tables: Tables,
        read: Read,
        *,
        now: Callable[[], datetime],
        flush_rows: int,
        report: SyncReport,
        snapshots: Snapshots | None = None,
    ) -> None:
        self.superseded: set[str] = set()
        self._tables, self._read, self._now = tables, read, now
        self._flush_rows, self._report = flush_rows, report
        self._snapshots = snapshots or tables.open_both()
        self._latest = True  # until the first commit
        self._heads = heads_of(
            tables, self._snapshots.events, read.accounts, self._snapshots.ledger
        )
        self._changed = threading.Condition()  # guards the attributes below
        self._pending: dict[str, Pending] = {}
        self._rows = 0
        self._taken = time.monotonic()
        self._closing = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="kloudless-data", daemon=True)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        if self._error is not None and self._error is not error:
            raise self._error

    def position(self, key: str) -> str | None:
        """Return the position to continue an account from; None for the oldest event kept."""
        head = self._heads.get(key)
        return head.position_to if head else None

    def add(self, key: str, page: ReadPage, *, lost: bool) -> None:
        """Accept a page of an account; block while too many rows wait for a commit.

        Parameters
        ----------
        key : str
            The account's key.
        page : ReadPage
            The page that was read.
        lost : bool
            Events before the page may be lost.

        Raises
        ------
        ArchiveFailed
            An earlier commit failed.
        """
        with self._changed:
            if key not in self.superseded:
                self._of(key, lost).pages.append(page)
                self._rows += page.rows
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._error or not self._is_due())
            self._raise_error()

    def fail(self, key: str, why: str, position: str | None, *, lost: bool) -> None:
        """Record that an account's end was not reached: the attempt is evidence too.

        Parameters
        ----------
        key : str
            The account's key.
        why : str
            The failure's message.
        position : str or None
            The position that was reached.
        lost : bool
            Events may be lost.
        """
        with self._changed:
            if key not in self.superseded:
                pending = self._of(key, lost)
                pending.pages.append(ReadPage(None, position, None, last=False))
                pending.failure = why

    def flush(self) -> None:
        """Commit what waits and return when that is done."""
        with self._changed:
            self._taken = -_LONGEST
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._error or not self._pending)
            self._raise_error()

    def _of(self, key: str, lost: bool) -> Pending:
        absent = key in self._read.absent
        return self._pending.setdefault(key, Pending(lost, absent))

    def _is_due(self) -> bool:
        late = time.monotonic() - self._taken >= _LONGEST
        return bool(self._pending) and (late or self._rows >= self._flush_rows)

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while (pending := self._take()) is not None:
                self._commit(pending)
        except BaseException as error:  # raised in the reading thread
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _take(self) -> dict[str, Pending] | None:
        """Wait until a commit is due and take the pending pages; None at the end."""
        with self._changed:
            while not (self._closing or self._is_due()):
                left = self._taken + _LONGEST - time.monotonic()
                self._changed.wait(max(0.0, left) if self._pending else None)
            if self._closing and not self._pending:
                return None
            pending, self._pending, self._rows = self._pending, {}, 0
            self._taken = time.monotonic()
            self._changed.notify_all()
            return pending

    def _commit(self, pending: dict[str, Pending]) -> None:
        """Commit the pending pages; retry without the accounts that another sync committed."""
        for _ in range(_ATTEMPTS):
            snapshot = self._snapshots.events
            if not self._latest:
                self._tables.refresh(snapshot)
            self._latest = False
            self._drop_superseded(pending, snapshot)
            if pending:
                self._try_to_commit(pending, snapshot)
            if not pending:
                return
        raise ArchiveFailed(
            f"{self._tables.path} could not be written: other syncs committed first, "
            f"{_ATTEMPTS} times. Sync again."
        )

    def _try_to_commit(self, pending: dict[str, Pending], snapshot: DeltaTable) -> None:
        """Commit the pending pages, and remove from them what is in the table afterwards."""
        from deltalake.exceptions import CommitFailedError

        commit = PreparedCommit(
            self._tables, pending, self._heads, sync=self._read.sync, asked=self._read.asked,
            answered=max(self._now(), self._read.asked),
        )  # fmt: skip
        try:
            ledger = self._tables.refresh(self._snapshots.ledger)
            commit.write(snapshot, ledger, self._read.accounts, self._read.connected)
            self._tables.commit(snapshot, commit.files, commit.heads)
            landed = commit.entries
        except CommitFailedError:
            # A commit that succeeded but whose answer was lost is refused on retry.
            landed = self._landed(commit)
        self._heads.update(landed)
        for key, entry in landed.items():
            self._report.count(entry)
            del pending[key]

    def _landed(self, commit: PreparedCommit) -> dict[str, Entry]:
        """Return the entries of a refused commit that are in the table nevertheless."""
        versions = self._tables.transactions(self._tables.open("events"))
        return {k: entry for k, entry in commit.entries.items() if versions.get(k) == entry.version}

    def _drop_superseded(self, pending: dict[str, Pending], snapshot: DeltaTable) -> None:
        """Drop the accounts that other syncs wrote since their heads were read.

        Delta refuses transactions set *since* the snapshot; earlier ones must be checked here, in
        the snapshot that is committed to.
        """
        versions = self._tables.transactions(snapshot)
        for key in list(pending):
            head = self._heads.get(key)
            if versions.get(key) != (head.version if head else None):
                del pending[key]
                self.superseded.add(key)
