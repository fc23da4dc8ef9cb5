"""Replace many small files by a few large ones, and record it in the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..display.progress import progress_bar
from ..exceptions import ArchiveFailed
from ..version import __version__
from .chain import heads_of
from .commit import write_entries
from .delta.tables import Snapshots, Tables
from .ledger import OWN, Entry

if TYPE_CHECKING:
    from deltalake import DeltaTable

__all__ = ["commit_own", "compact", "vacuum"]

_ATTEMPTS = 5
_ORDER = {"events": ("account_key", "ordinal"), "ledger": ("account", "sequence")}


@dataclass(frozen=True)
class _File:
    path: str
    bytes: int
    month: str
    earliest: str


def compact(
    tables: Tables, now: Callable[[], datetime], target_bytes: int, progress: bool | None = None
) -> int:
    """Rewrite small files of both tables as files of about `target_bytes`.

    Files that are adjacent in time become one, sorted by account: a query for one account reads a
    few row groups, and one for a day a few files. Only the files that become one are in memory at a
    time; large ones are left alone.

    Parameters
    ----------
    tables : Tables
    now : callable
        Returns the current time in UTC.
    target_bytes : int
        Size of a compressed file in bytes.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    int
        Number of files replaced.

    Raises
    ------
    ArchiveFailed
        Another compaction interfered; finished work is kept.
    """
    replaced = 0
    # The ledger comes last, since compacting the events adds to it.
    for name, rewrite in (("events", _rewrite_events), ("ledger", _rewrite_ledger)):
        groups = list(_groups(tables, tables.open(name), name, target_bytes))
        total = sum(map(len, groups))
        with progress_bar(f"Compacting {name}", unit="files", total=total, show=progress) as bar:
            for group in groups:
                rewrite(tables, group, now)
                replaced += len(group)
                bar.update(len(group))
    return replaced


def _groups(tables: Tables, table: DeltaTable, name: str, target: int) -> Iterator[list[_File]]:
    """Yield groups of one month's files that together have about this many bytes."""
    group: list[_File] = []
    size = 0
    for file in sorted(_files(tables, table, name), key=lambda file: (file.month, file.earliest)):
        if group and (file.month != group[0].month or size + file.bytes > target):
            yield from [group] if len(group) > 1 else []
            group, size = [], 0
        group.append(file)
        size += file.bytes
    yield from [group] if len(group) > 1 else []


def _files(tables: Tables, table: DeltaTable, name: str) -> Iterator[_File]:
    time = "min.modified" if name == "events" else "min.asked"
    for row in tables.actions(table, "path", "size_bytes", "partition.month", time):
        first = row.get(time)  # None if no event has a time
        yield _File(row["path"], row["size_bytes"], row["partition.month"], str(first or ""))


def _merged(tables: Tables, name: str, group: list[_File]) -> Any:
    """Return the rows of several files of one month, in the order of the table."""
    import pyarrow as pa

    schema = pa.schema(tables.open(name).schema().to_arrow())
    rows = pa.concat_tables(
        [tables.read_file(name, file.path) for file in group], promote_options="default"
    )
    rows = rows.append_column("month", pa.array([group[0].month] * rows.num_rows, pa.string()))
    missing = [field for field in schema if field.name not in rows.column_names]
    for field in missing:
        rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    rows = rows.select(schema.names).cast(schema)
    return rows.sort_by([(column, "ascending") for column in _ORDER[name]])


def _rewrite_events(tables: Tables, group: list[_File], now: Callable[[], datetime]) -> None:
    started = now()
    files = tables.write("events", _merged(tables, "events", group))
    commit_own(
        tables, started, now, files,
        files=[[f.path, f.rows, f.sha256] for f in files],
        removed=sorted(file.path for file in group),
    )  # fmt: skip


def _rewrite_ledger(tables: Tables, group: list[_File], now: Callable[[], datetime]) -> None:
    """Copy entries unchanged into another file; their hashes prove it."""
    from deltalake.exceptions import CommitFailedError

    paths = [file.path for file in group]
    snapshot = tables.open("ledger")
    _check_still_there(tables, snapshot, paths)
    files = tables.write("ledger", _merged(tables, "ledger", group))
    try:
        # Two concurrent compactions cannot both set the transaction.
        tables.commit(snapshot, files, {OWN: snapshot.version() + 1}, removed=paths)
    except CommitFailedError:
        raise _superseded(tables) from None


def commit_own(
    tables: Tables,
    started: datetime,
    now: Callable[[], datetime],
    added: Any = (),
    *,
    snapshots: Snapshots | None = None,
    **facts: Any,
) -> None:
    """Commit with an entry in the archive's own chain.

    Parameters
    ----------
    tables : Tables
    started : datetime
    now : callable
    added : sequence of DataFile
        Files to add to the events table.
    snapshots : Snapshots, optional
        Of the tables, which the commits move on. Defaults to opening them.
    **facts
        Fields of the `Entry`; ``removed`` names the files that `added` replaces.

    Raises
    ------
    ArchiveFailed
        Other commits interfered every time.
    """
    from deltalake.exceptions import CommitFailedError

    snapshots = snapshots or tables.open_both()
    for _ in range(_ATTEMPTS):
        _check_still_there(tables, snapshots.events, facts.get("removed", ()))
        entry = _own_entry(tables, snapshots, started, now(), facts)
        try:
            write_entries(tables, [entry], snapshots.ledger)
            tables.commit(snapshots.events, added, {OWN: entry.version}, removed=entry.removed)
        except CommitFailedError:
            tables.refresh_both(snapshots)
            if tables.transactions(snapshots.events).get(OWN) == entry.version:
                return  # it was committed and only the answer was lost
            continue
        return
    raise ArchiveFailed(f"{tables.path}: other commits interfered {_ATTEMPTS} times. Try again.")


def _check_still_there(tables: Tables, snapshot: DeltaTable, paths: Iterable[str]) -> None:
    if not set(paths) <= set(tables.active_files(snapshot)):
        raise _superseded(tables)


def _superseded(tables: Tables) -> ArchiveFailed:
    return ArchiveFailed(
        f"Another compaction of {tables.path} superseded this one. What is done is kept; try again."
    )


def _own_entry(
    tables: Tables, snapshots: Snapshots, started: datetime, ended: datetime, facts: dict[str, Any]
) -> Entry:
    head = heads_of(tables, snapshots.events, [OWN], snapshots.ledger).get(OWN)
    # Disconnected accounts stay noted until they are seen again.
    facts = {"disconnected": head.disconnected if head else None, **facts}
    return Entry(
        account=OWN,
        sequence=head.sequence + 1 if head else 1,
        previous=head.hash if head else "",
        asked=started,
        answered=max(started, ended),
        package=f"kloudless-data {__version__}",
        **facts,
    ).sealed()


def vacuum(tables: Tables, hours: float) -> int:
    """Delete files that no snapshot of the last hours uses; return their number.

    Compactions replace such files, and killed syncs leave them behind. Younger files always stay,
    since a sync may be about to commit them. A commit rewrites files that have waited for longer
    than a fraction of the shortest time that `Archive.compact` accepts.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    hours : float
        Hours of snapshots to keep.
    """
    deleted = 0
    oldest = time.time() - hours * 3600
    for name in ("events", "ledger"):
        waste = tables.open(name).vacuum(
            retention_hours=int(hours), dry_run=True, enforce_retention_duration=False, full=True
        )
        storage, root = tables.files(name)
        places = {path: storage.join(root, path) for path in waste}
        written = {info.path: info.mtime_ns for info in
                   storage.arrow.get_file_info(list(places.values()))}  # fmt: skip
        needed = tables.active_files(tables.open(name))
        for path, place in places.items():
            age = written.get(place)
            if path not in needed and age is not None and age / 1e9 <= oldest:
                storage.remove(place)
                deleted += 1
    return deleted
