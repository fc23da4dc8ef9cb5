"""Normalise an archive's events with many workers: groups of accounts are an executor's tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..archive import Archive
from ..exceptions import InvalidParameter
from ..storage.scratch import ScratchFolder
from .normalize import add_events
from .sources import ArchiveSource, EventSource, literals, register_files

if TYPE_CHECKING:
    import duckdb

__all__ = ["add_spread"]

_ROWS = 1_000_000  # events of a group of accounts, unless one account has more
_WAITING = 16  # groups whose results may wait in memory


@dataclass(frozen=True)
class _Group:
    """Some accounts of an archive.

    Attributes
    ----------
    files : list of str
        The archive's files, if they are on file systems: all workers read the same state, and none
        needs Delta Lake, whose threads do not survive a fork.
    path : str
        The archive's location, which must be the same on all workers.
    options : dict
        Its storage options, which for an object store include credentials.
    accounts : list of str
    until : datetime or None
        Only events before this time.
    """

    files: list[str]
    path: str
    options: dict[str, str] = field(repr=False)
    accounts: list[str]
    until: datetime | None


def add_spread(
    connection: duckdb.DuckDBPyConnection,
    source: EventSource,
    executor: Executor,
    until: datetime | None,
    accounts: Iterable[str] | None,
    folder: Path,
) -> int:
    """Add an archive's events to ``activity``, normalised by an executor's workers.

    A group's result is compressed, and only some groups are pending at a time, so memory does not
    grow with the archive.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    source : EventSource
        An archive.
    executor : concurrent.futures.Executor
    until, accounts
        As for `add_events`.
    folder : Path
        For a temporary file.

    Returns
    -------
    int
        The number of events without a time.

    Raises
    ------
    InvalidParameter
        The source is not an archive.
    """
    if source.archive is None:
        raise InvalidParameter(
            "executor needs an archive, whose accounts it spreads over its workers."
        )
    counted = connection.execute("select account_key, count(*) from raw group by account_key")
    rows = dict(counted.fetchall())
    add_events(connection, until, [])  # the empty table
    path, timeless = folder / "group.parquet", 0
    for result, without_time in _results(executor, _groups(source.archive, rows, until, accounts)):
        path.write_bytes(result)
        connection.execute("insert into activity select * from read_parquet(?)", [str(path)])
        timeless += without_time
    path.unlink(missing_ok=True)
    return timeless


def _groups(
    archive: Archive,
    rows: Mapping[str, int],
    until: datetime | None,
    accounts: Iterable[str] | None,
) -> Iterator[_Group]:
    """Yield groups of accounts with a bounded number of events, largest first."""
    place = archive.local_files(), archive.path, archive.storage_options
    wanted = rows if accounts is None else [name for name in accounts if name in rows]
    group, size = list[str](), 0
    for name in sorted(wanted, key=lambda name: (-rows[name], name)):
        if group and size + rows[name] > _ROWS:
            yield _Group(*place, group, until)
            group, size = [], 0
        group.append(name)
        size += rows[name]
    if group:
        yield _Group(*place, group, until)


def _results(executor: Executor, groups: Iterator[_Group]) -> Iterator[tuple[bytes, int]]:
    """Yield the workers' results, in any order."""
    waiting: set[Future[tuple[bytes, int]]] = set()
    try:
        while True:
            for group in islice(groups, _WAITING - len(waiting)):
                waiting.add(executor.submit(normalised, group))
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        for future in waiting:
            future.cancel()


def normalised(group: _Group) -> tuple[bytes, int]:
    """Return the normalised events of some accounts, and the number without a time.

    Parameters
    ----------
    group : _Group

    Returns
    -------
    tuple of (bytes, int)
        A Parquet file with the columns of ``activity``.
    """
    import duckdb

    with ScratchFolder("audit") as folder, folder.errors():
        file = folder.path / "group.parquet"
        connection = duckdb.connect()
        try:
            connection.execute("set timezone = 'UTC'")
            connection.execute("set threads = 1")  # the executor has the others
            if group.files:
                register_files(connection, group.files, group.accounts)
            else:
                archive = Archive(group.path, storage_options=group.options)
                ArchiveSource(archive).register(connection, group.accounts)
            timeless = add_events(connection, group.until, group.accounts)
            connection.execute(
                f"copy activity to {literals([str(file)])} (format parquet, compression zstd)"
            )
        finally:
            connection.close()
        return file.read_bytes(), timeless
