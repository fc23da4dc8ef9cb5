"""Add a service's own log to an archive: each event once, with its origin in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ..logs.specs import specs
from .commit import ReadPage
from .delta.tables import Tables
from .report import SyncReport, anchor_of, new_sync
from .writer import Read, Writer

if TYPE_CHECKING:
    import pyarrow as pa

    from ..account import Account
    from ..logs import LogStream

__all__ = ["API_VERSION", "import_log"]

#: The API version whose event columns a log has.
API_VERSION = 2


class _Settings(NamedTuple):
    base_url: str | None
    api_version: int


class _Log:
    """Takes the place of a server's account in the ledger."""

    settings = _Settings(None, API_VERSION)


def import_log(
    tables: Tables,
    log: LogStream,
    account: str | None,
    *,
    now: Callable[[], datetime],
    flush_rows: int,
) -> SyncReport:
    """Add a log's new events to an archive.

        No entry claims to have reached an end, so a log adds nothing to the coverage: nobody knows
        what it leaves out. In the ledger the SHA-256 of the inputs is the position.

    Parameters
    ----------
    tables : Tables
    log : LogStream
    account : str or None
        The account in the archive. Defaults to one account per service.
    now : callable
        Returns the current time in UTC.
    flush_rows : int
        Commit when this many rows wait.

    Returns
    -------
    SyncReport
    """
    # A file may hold records of other services than its first one's, which reading it tells.
    known = {spec.service for spec in specs()} if account is None else {account}
    keys = log.services if account is None else {account}
    read = Read(new_sync(), now(), cast("Mapping[str, Account]", dict.fromkeys(known, _Log())))
    report = SyncReport(started=read.asked.isoformat(timespec="seconds"))
    with Writer(tables, read, now=now, flush_rows=flush_rows, report=report) as writer:
        for key, batch in _keyed(log, account):
            keys.add(key)
            writer.add(key, ReadPage(batch, writer.position(key), None, last=False), lost=False)
        end = ReadPage(
            None, _position(log), None, last=False, damaged=log.damaged_count,
            unreadable=len(log.unreadable), unknown=len(log.unrecognised),
        )  # fmt: skip
        for key in sorted(keys):
            writer.add(key, end, lost=False)
    report.accounts = len(keys)
    report.failures = {one.name: str(one.reason) for one in log.unreadable}
    report.superseded = sorted(writer.superseded)
    report.finished = now().isoformat(timespec="seconds")
    report.anchor = anchor_of(read.sync, report.hashes.values())
    return report


def _keyed(log: LogStream, account: str | None) -> Iterator[tuple[str, pa.RecordBatch]]:
    for batch in log:
        yield account or str(batch["service"][0].as_py()), batch


def _position(log: LogStream) -> str:
    """Return the names of the inputs."""
    sums: list[Any] = [one.sha256 or "" for one in log.inputs]
    return f"log:{hashlib.sha256(''.join(sums).encode()).hexdigest()}"
