"""`Archive`: many accounts' activity on disk or on S3, synced, queried and accounted for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..client import Client
from ..exceptions import ArchiveFailed, InvalidParameter, VerificationFailed
from ..schema.columns import events_schema
from ..util import logger
from ..verbs import done_by
from .clock import utc_now
from .compaction import compact, vacuum
from .connection import note_disconnected, note_returned
from .coverage import Retention
from .discovery import accounts_of
from .imports import API_VERSION, import_log
from .ledger import ledger_schema
from .reading import ReadableArchive
from .report import SyncReport
from .restart import restart
from .selection import several
from .sync import Syncing
from .verify import Findings, problems_of

if TYPE_CHECKING:
    from ..logs import LogStream

__all__ = ["Archive"]


class Archive(ReadableArchive):
    """Activity that a server would forget, each event once, and the ledger of what was covered.

    Two Delta Lake tables, ``events`` and ``ledger``, that DuckDB, Polars, Spark and Trino read as
    they are. Rows and the position behind them become visible in one commit: a sync that is killed,
    or two of the same account at a time, neither lose nor double an event.

    Parameters
    ----------
    path : str or path
        A folder, or a URL such as ``s3://bucket/archive``.
    storage_options : mapping of str to str, optional
        As deltalake takes them, such as ``AWS_ENDPOINT_URL``.
    retention : Retention
        What the server keeps; for `coverage`.
    now : callable
        Gives the time, UTC; for a server whose clock is not this machine's.

    Examples
    --------
    >>> import tempfile
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=2, events=50) as sandbox, tempfile.TemporaryDirectory() as folder:
    ...     archive = Archive(f"{folder}/archive")
    ...     client = Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    ...     first, again = archive.sync(client), archive.sync(client)
    ...     first.events, again.events, len(archive.events())
    (100, 0, 100)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        storage_options: Mapping[str, str] | None = None,
        retention: Retention | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(path, storage_options=storage_options, retention=retention)
        self._now = now or utc_now

    @property
    def now(self) -> Callable[[], datetime]:
        """Gives the time, UTC."""
        return self._now

    @property
    def access(self) -> Any:
        """Who can see what: a `kloudless_data.Access` with its tables beside this archive's.

        They are in its folder ``access``, under the same storage options.

        Examples
        --------
        >>> Archive("activity").access
        <Access .../activity/access>
        """
        return done_by("Archive.access")(self)

    def init(self, api_version: int = 1) -> None:
        """Make an empty archive; `sync` does so by itself. One that is there stays as it is."""
        schema = events_schema(api_version)
        self._tables.create(schema.arrow(), f"{schema.name}/{schema.version}")

    def sync(
        self,
        accounts: Client | Account | Sequence[Account],
        *,
        max_workers: int = 8,
        page_size: int = 1000,
        flush_rows: int = 250_000,
        executor: Any = None,
        progress: bool | None = None,
    ) -> SyncReport:
        """Add what is new.

        Parameters
        ----------
        accounts : Client, Account or sequence of Account
            A `Client` with an API key stands for all of its application's accounts.
        max_workers : int
            How many requests are under way at the most.
        page_size : int
            Events a request.
        flush_rows : int
            Commit whenever so many events have been read.
        executor : distributed.Client, optional
            Spreads the accounts over the workers of a Dask cluster, `max_workers` requests each;
            all commit to this archive, which they must reach under the same path. Credentials are
            sent to the workers, and are in no name or log there. A worker that dies costs nothing
            but its time.
        progress : bool, optional
            Show a progress bar; default: when somebody can see it.

        Returns
        -------
        SyncReport
            One account's failure keeps no other from being read; see ``failures``.

        Raises
        ------
        ArchiveFailed
            The archive cannot be read or written, or is of another API version.
        """
        found = accounts_of(accounts)
        if not (found.accounts or found.everybody):
            return SyncReport(failures=dict(found.failures), unseen=found.unseen)
        self._prepare(_version_of(accounts, found.accounts.values()))
        # Before the reading, so that no kill keeps it out of the ledger.
        absent = note_disconnected(self._tables, self._now, found)
        options = {
            "max_workers": max_workers, "page_size": page_size, "flush_rows": flush_rows,
            "now": self._now, "connected": found.connected, "absent": absent,
        }  # fmt: skip
        report = self._sync(found.accounts, executor, progress, options)
        returned = set(found.accounts) - set(report.failures) - set(report.superseded)
        report.disconnected = note_returned(self._tables, self._now, returned & absent)
        report.failures |= found.failures
        report.unseen = found.unseen
        return report

    def _sync(
        self,
        accounts: dict[str, Account],
        executor: Any,
        progress: bool | None,
        options: dict[str, Any],
    ) -> SyncReport:
        if not accounts:
            moment = self._now().isoformat(timespec="seconds")
            return SyncReport(started=moment, finished=moment)
        if executor is not None:
            from .dask import sync_on

            return sync_on(executor, self._tables, accounts, options, progress)
        return Syncing(self._tables, accounts, progress=progress, **options).run()

    def import_log(
        self, log: LogStream, *, account: str | None = None, flush_rows: int = 250_000
    ) -> SyncReport:
        """Add what is new of a service's own log; see `kloudless_data.read_log`.

        Each event is added once, however often and in however many files it comes again. Nothing is
        called covered by it: what a log leaves out, nobody knows.

        Parameters
        ----------
        log : LogStream
        account : str, optional
            What it is called in the archive; default: the service.
        flush_rows : int
            Commit whenever so many events have been read.

        Returns
        -------
        SyncReport

        Raises
        ------
        ArchiveFailed
            The archive cannot be written, or is of another API version: logs have the columns of 2.
        """
        self._prepare(API_VERSION)
        self._tables.add_columns("events", log.schema)
        return import_log(self._tables, log, account, now=self._now, flush_rows=flush_rows)

    def restart(self, account: str) -> None:
        """Discard an account's position: its next sync begins with the oldest event kept.

        For an account whose position the server refuses for good, in words that are not taken for
        an expired cursor. What is archived stays, events that come again are not added again, and
        the ledger records it: until the next sync, events of the account are possibly lost.

        Parameters
        ----------
        account : str
            Its id, as in `status`.

        Raises
        ------
        InvalidParameter
            The archive does not know the account.
        ArchiveFailed
            A sync of the account got in the way.
        """
        restart(self._tables, self._now, str(account))

    def _prepare(self, api_version: int) -> None:
        if not self._tables.exist():
            self.init(api_version)
        table = self._tables.open("events")
        name = str(table.metadata().description).partition("/")[0]
        wanted = events_schema(api_version)
        if name != wanted.name:
            raise ArchiveFailed(
                f"The archive {self.path} holds {name}, and these accounts have {wanted.name}. "
                "Use another archive for them."
            )
        self._tables.add_columns("events", wanted.arrow())
        self._tables.add_columns("ledger", ledger_schema())

    def verify(self, *, anchors: Iterable[str] = (), progress: bool | None = None) -> int:
        """Check every file and every entry of the ledger.

        Files that another program rewrote (OPTIMIZE) are checked by their rows and the digests that
        the ledger has of the rows' values; that this happened is logged as a warning.

        Parameters
        ----------
        anchors : iterable of str
            `SyncReport.anchor` of earlier syncs, that were kept elsewhere. Whoever can write the
            archive can make all of it anew; what they cannot make is an archive that has grown
            out of those.
        progress : bool, optional
            Show a progress bar; default: when somebody can see it.

        Returns
        -------
        int
            How many entries were checked.

        Raises
        ------
        VerificationFailed
            Something was removed, altered, reordered or added.
        InvalidParameter
            What is given is no anchor.
        """
        findings = Findings()
        problems = list(problems_of(self._tables, several(anchors), progress, findings))
        if problems:
            raise VerificationFailed(problems, "Restore the archive from a copy.")
        for note in findings.notes:
            logger.warning("%s: %s", self.path, note)
        return findings.entries

    def compact(
        self,
        *,
        target_mb: float = 128,
        vacuum_hours: float | None = None,
        progress: bool | None = None,
    ) -> int:
        """Make good-sized files of many small ones; return how many were replaced.

        Syncs can go on meanwhile. The files that are replaced stay on the disk for those who read
        them right now.

        Parameters
        ----------
        target_mb : float
            How large files become, in millions of bytes. So much, about eight times as large when
            it is not compressed, is in memory at a time.
        vacuum_hours : float, optional
            Delete files that were replaced, or left behind by syncs that were killed, so long ago;
            at least 1, and longer than any sync takes. 168, a week, is what Delta Lake advises.
        progress : bool, optional
            Show a progress bar; default: when somebody can see it.

        Raises
        ------
        InvalidParameter
            `vacuum_hours` is less than 1.
        ArchiveFailed
            Another compaction got in the way.
        """
        if vacuum_hours is not None and vacuum_hours < 1:
            raise InvalidParameter("vacuum_hours must be at least 1: syncs may be under way.")
        replaced = compact(self._tables, self._now, int(target_mb * 1_000_000), progress)
        if vacuum_hours is not None:
            vacuum(self._tables, vacuum_hours)
        return replaced


def _version_of(accounts: Any, found: Iterable[Account]) -> int:
    """Return the API version of all accounts; of none, the client's."""
    versions = {int(account.settings.api_version) for account in found}
    if len(versions) > 1:
        raise InvalidParameter("The accounts must have one api_version: their columns differ.")
    return versions.pop() if versions else int(accounts.settings.api_version)
