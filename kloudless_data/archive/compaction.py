"""Few large files instead of many small ones, with a ledger entry that says so."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..version import __version__
from .ledger import Entry, ledger_schema, new_version
from .tables import Tables, transaction_of

__all__ = ["OWN", "compact", "own_entry", "vacuum"]

OWN = ""  # the chain of entries about the archive's own files


def compact(tables: Tables, now: Callable[[], datetime], least_files: int = 2) -> int:
    """Rewrite each month that has several files as one, sorted by account.

    Parameters
    ----------
    tables : Tables
    now : callable
        Gives the time, UTC.
    least_files : int
        Leave months alone that have fewer.

    Returns
    -------
    int
        How many files were replaced.

    Raises
    ------
    deltalake.exceptions.CommitFailedError
        Another compaction was faster; nothing is changed.
    """
    snapshot = tables.open("events")
    months: dict[str, list[str]] = {}
    for path in tables.active_files(snapshot):
        months.setdefault(path.partition("/")[0].removeprefix("month="), []).append(path)
    replaced = 0
    for month, paths in sorted(months.items()):
        if len(paths) >= least_files:
            _compact_month(tables, month, paths, now)
            replaced += len(paths)
    return replaced


def _compact_month(
    tables: Tables, month: str, paths: list[str], now: Callable[[], datetime]
) -> None:
    snapshot = tables.open("events")
    # What was added since the list of files was made stays as it is.
    started = now()
    rows = tables.read_files(paths, month)
    rows = rows.sort_by([("account_key", "ascending"), ("ordinal", "ascending")])
    files = tables.write("events", rows)
    entry = own_entry(
        tables,
        snapshot,
        started,
        now(),
        files=[[f.path, f.rows, f.sha256] for f in files],
        removed=sorted(paths),
    )
    tables.commit(snapshot, files, {transaction_of(OWN): entry.version}, removed=entry.removed)


def own_entry(
    tables: Tables, snapshot: Any, started: datetime, ended: datetime, **told: Any
) -> Entry:
    """Add an entry to the chain about the archive itself; it counts once it is committed to."""
    head = tables.heads(snapshot, [OWN]).get(OWN)
    entry = Entry(
        account=OWN,
        version=new_version(head.sequence + 1 if head else 1, secrets.randbits(31)),
        previous=head.hash if head else "",
        asked=started,
        answered=ended,
        package=f"kloudless-data {__version__}",
        **told,
    ).sealed()
    _write_entry(tables, entry)
    return entry


def vacuum(tables: Tables, hours: float) -> int:
    """Delete files that no snapshot of the last so many hours has; return how many.

    Those are what compaction replaced, and what killed syncs left. A sync writes files a while
    before it commits them, so that `hours` must be longer than any sync takes.
    """
    deleted = 0
    for name in ("events", "ledger"):
        table = tables.open(name)
        deleted += len(
            table.vacuum(
                retention_hours=int(hours),
                dry_run=False,
                enforce_retention_duration=False,
                full=True,
            )
        )
    return deleted


def _write_entry(tables: Tables, entry: Entry) -> None:
    import pyarrow as pa

    rows = pa.Table.from_pylist([entry.to_row()], schema=ledger_schema())
    tables.commit(tables.open("ledger"), tables.write("ledger", rows))
