"""A service's own log in an archive: each of its events once, and the ledger says from where."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .commit import ReadPage
from .delta.tables import Tables
from .report import SyncReport, anchor_of, new_sync
from .writer import Read, Writer

if TYPE_CHECKING:
    import pyarrow as pa

    from ..account import Account
    from ..logs import LogStream

__all__ = ["API_VERSION", "import_log"]

#: Whose events' columns a log has.
API_VERSION = 2


class _Settings(NamedTuple):
    base_url: str | None
    api_version: int


class _Log:
    """Stands in the ledger where a server's account does."""

    settings = _Settings(None, API_VERSION)


def import_log(
    tables: Tables,
    log: LogStream,
    account: str | None,
    *,
    now: Callable[[], datetime],
    flush_rows: int,
) -> SyncReport:
    """Add what is new of a log to an archive.

    No entry says that it reached an end: what a log leaves out, nobody knows, so that its time
    counts as covered by nothing. Where it was read to, the ledger calls by the SHA-256 of the
    inputs.

    Parameters
    ----------
    tables : Tables
    log : LogStream
    account : str or None
        The account in the archive; default: each service is one.
    now : callable
        Gives the time, UTC.
    flush_rows : int
        Commit whenever so many rows wait.

    Returns
    -------
    SyncReport
    """
    keys = [account] if account is not None else sorted(log.services)
    sources = cast("Mapping[str, Account]", dict.fromkeys(keys, _Log()))
    read = Read(new_sync(), now(), sources)
    report = SyncReport(accounts=len(keys), started=read.asked.isoformat(timespec="seconds"))
    with Writer(tables, read, now=now, flush_rows=flush_rows, report=report) as writer:
        for key, batch in _keyed(log, account):
            writer.add(key, ReadPage(batch, writer.position(key), None, last=False), lost=False)
        for key in keys:
            writer.add(key, ReadPage(None, _position(log), None, last=False), lost=False)
    report.superseded = sorted(writer.superseded)
    report.finished = now().isoformat(timespec="seconds")
    report.anchor = anchor_of(read.sync, report.hashes.values())
    return report


def _keyed(log: LogStream, account: str | None) -> Iterator[tuple[str, pa.RecordBatch]]:
    for batch in log:
        yield account or str(batch["service"][0].as_py()), batch


def _position(log: LogStream) -> str:
    """Return what the inputs are known by."""
    sums: list[Any] = [one.sha256 or "" for one in log.inputs]
    return f"log:{hashlib.sha256(''.join(sums).encode()).hexdigest()}"
