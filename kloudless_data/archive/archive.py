"""`Archive`: many accounts' activity on disk or S3, with a ledger of what is covered."""

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
from .ledger import OWN, ledger_schema
from .origin import check_server
from .readable import ReadableArchive
from .report import SyncReport
from .restart import restart
from .selection import several
from .sync import Syncing
from .verify import Findings, problems_of

if TYPE_CHECKING:
    from ..logs import LogStream
    from .delta.tables import Snapshots

__all__ = ["Archive"]


class Archive(ReadableArchive):
    """Keeps the activity that a server would forget, each event once, and a ledger of its coverage.

    It consists of two Delta Lake tables, ``events`` and ``ledger``, which DuckDB, Polars, Spark and
    Trino read in place. Rows and the position after them become visible in one commit, so neither a
    killed sync nor two concurrent ones lose or duplicate an event.

    Parameters
    ----------
    path : str or path
        A folder, or a URL such as ``s3://bucket/archive``.
    storage_options : mapping of str to str, optional
        As deltalake takes them, such as ``AWS_ENDPOINT_URL``.
    retention : Retention
        How much the server keeps; used by `coverage`.
    now : callable
        Returns the current time in UTC, for a server whose clock is not this machine's.

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
        """Returns the current time in UTC."""
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
        """Create an empty archive, as `sync` does if needed. An existing one is left unchanged."""
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
        moved: bool = False,
        progress: bool | None = None,
    ) -> SyncReport:
        """Add the accounts' new events.

        Parameters
        ----------
        accounts : Client, Account or sequence of Account
            A `Client` with an API key stands for all of its application's accounts.
        max_workers : int
            Largest number of concurrent requests.
        page_size : int
            Events per request.
        flush_rows : int
            Commit after this many events.
        executor : distributed.Client, optional
            Spread the accounts over the workers of a Dask cluster, with `max_workers` requests
            each. All commit to this archive, which they must reach by the same path. The workers
            receive the credentials, which appear in no name or log there. A worker that dies costs
            only time.
        moved : bool
            Accept that the accounts' server has another address than the archive's, which the
            ledger records. By default another one is refused: its accounts may have the same ids.
        progress : bool, optional
            Show a progress bar. Defaults to showing one where it is visible.

        Returns
        -------
        SyncReport
            A failing account does not stop the others; see ``failures``.

        Raises
        ------
        ArchiveFailed
            The archive cannot be read or written, or is of another API version or server.
        """
        found = accounts_of(accounts)
        if not (found.accounts or found.everybody):
            return SyncReport(failures=dict(found.failures), unseen=found.unseen)
        snapshots = self._prepare(_version_of(accounts, found.accounts.values()))
        if not moved:
            servers = {key: one.settings.base_url for key, one in found.accounts.items()}
            whose: Any = accounts  # a client whose application has no accounts
            check_server(self._tables, snapshots, servers or {OWN: whose.settings.base_url})
        # Before reading, so that a kill cannot keep it out of the ledger.
        absent = note_disconnected(self._tables, snapshots, self._now, found)
        options = {
            "max_workers": max_workers, "page_size": page_size, "flush_rows": flush_rows,
            "now": self._now, "connected": found.connected, "absent": absent,
        }  # fmt: skip
        report = self._sync(found.accounts, snapshots, executor, progress, options)
        returned = set(found.accounts) - set(report.failures) - set(report.superseded)
        if absent:
            report.disconnected = note_returned(
                self._tables, snapshots, self._now, returned & absent
            )
        report.failures |= found.failures
        report.unseen = found.unseen
        return report

    def _sync(
        self,
        accounts: dict[str, Account],
        snapshots: Snapshots,
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
        self._tables.refresh_both(snapshots)
        return Syncing(
            self._tables, accounts, progress=progress, snapshots=snapshots, **options
        ).run()

    def import_log(
        self, log: LogStream, *, account: str | None = None, flush_rows: int = 250_000
    ) -> SyncReport:
        """Add the new events of a service's own log; see `kloudless_data.read_log`.

        Each event is added once, however often and in however many files it occurs. A log adds
        nothing to the coverage: nobody knows what it leaves out.

        Parameters
        ----------
        log : LogStream
        account : str, optional
            The account's name in the archive. Defaults to the service.
        flush_rows : int
            Commit after this many events.

        Returns
        -------
        SyncReport

        Raises
        ------
        ArchiveFailed
            The archive cannot be written, or is not of API version 2, whose columns logs have.
        """
        self._tables.add_columns(self._prepare(API_VERSION).events, log.schema)
        return import_log(self._tables, log, account, now=self._now, flush_rows=flush_rows)

    def restart(self, account: str) -> None:
        """Discard an account's position, so its next sync starts at the oldest event kept.

        Use it if the server permanently refuses the position in words that are not recognised as an
        expired cursor. Archived events stay, and repeated ones are not added again. The ledger
        records the restart: until the next sync, events are possibly lost.

        Parameters
        ----------
        account : str
            The account's id, as in `status`.

        Raises
        ------
        InvalidParameter
            The archive does not know the account.
        ArchiveFailed
            A sync of the account interfered.
        """
        restart(self._tables, self._now, str(account))

    def _prepare(self, api_version: int) -> Snapshots:
        """Create the archive or add the columns it lacks; return its latest snapshots."""
        if not self._tables.exist():
            self.init(api_version)
        snapshots = self._tables.open_both()
        name = str(snapshots.events.metadata().description).partition("/")[0]
        wanted = events_schema(api_version)
        if name != wanted.name:
            raise ArchiveFailed(
                f"The archive {self.path} holds {name}, and these accounts have {wanted.name}. "
                "Use another archive for them."
            )
        self._tables.add_columns(snapshots.events, wanted.arrow())
        self._tables.add_columns(snapshots.ledger, ledger_schema())
        return snapshots

    def verify(self, *, anchors: Iterable[str] = (), progress: bool | None = None) -> int:
        """Check every file and every entry of the ledger.

        Files that another program rewrote (OPTIMIZE) are checked by the ledger's digests of their
        rows, and a warning is logged.

        Parameters
        ----------
        anchors : iterable of str
            The `SyncReport.anchor` of earlier syncs, kept elsewhere. Whoever can write to the
            archive could forge all of it, but not an archive that has grown out of these.
        progress : bool, optional
            Show a progress bar. Defaults to showing one where it is visible.

        Returns
        -------
        int
            Number of entries checked.

        Raises
        ------
        VerificationFailed
            Something was removed, altered, reordered or added.
        InvalidParameter
            A value is not an anchor.
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
        """Merge small files into large ones; return the number of files replaced.

        Syncs can run meanwhile. Replaced files stay on the disk for current readers.

        Parameters
        ----------
        target_mb : float
            Size of the new files in millions of bytes. One file is in memory at a time, about eight
            times as large uncompressed.
        vacuum_hours : float, optional
            Delete files that were replaced, or left behind by killed syncs, at least this many
            hours ago: 1 or more, and longer than any sync takes. Delta Lake advises 168, a week.
        progress : bool, optional
            Show a progress bar. Defaults to showing one where it is visible.

        Raises
        ------
        InvalidParameter
            `vacuum_hours` is less than 1.
        ArchiveFailed
            Another compaction interfered.
        """
        if vacuum_hours is not None and vacuum_hours < 1:
            raise InvalidParameter(
                "must be at least 1: syncs may be under way.", parameter="vacuum_hours"
            )
        replaced = compact(self._tables, self._now, int(target_mb * 1_000_000), progress)
        if vacuum_hours is not None:
            vacuum(self._tables, vacuum_hours)
        return replaced


def _version_of(accounts: Any, found: Iterable[Account]) -> int:
    """Return the API version of all accounts, or the client's if there are none."""
    versions = {int(account.settings.api_version) for account in found}
    if len(versions) > 1:
        raise InvalidParameter(
            "The accounts must have one API version: their columns depend on it."
        )
    return versions.pop() if versions else int(accounts.settings.api_version)
