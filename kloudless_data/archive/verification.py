"""Finding what was removed from an archive, altered in it or put into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ..display.progress import progress_bar
from ..exceptions import ArchiveFailed, InvalidParameter
from .chain import read_chains
from .delta.tables import Tables, extent_of
from .ledger import NOT_AN_ENTRY, OWN, Entry
from .sync import anchor_of

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

__all__ = ["problems_of"]

_INDEXED = ("account_key", "modified")
_STATISTICS = ("path", "partition.month", "num_records", "min.account_key", "max.account_key",
               "min.modified", "max.modified")  # fmt: skip
_COLUMNS = ("rows", "rows_before", "sync", "files", "removed")


def problems_of(
    tables: Tables, anchors: Iterable[str], progress: bool | None, checked: list[int]
) -> Iterator[str]:
    """Yield a sentence about everything that is not as the ledger says.

    Parameters
    ----------
    tables : Tables
    anchors : iterable of str
        Of earlier syncs' reports.
    progress : bool or None
        Show a progress bar.
    checked : list of int
        Gets the number of entries.
    """
    anchors = [anchor.strip() for anchor in anchors]
    _check_anchors(anchors)
    snapshot = tables.open("events")
    try:
        chains = read_chains(tables, snapshot, _COLUMNS)
    except ArchiveFailed as error:
        yield error.message
        return
    checked.append(chains.entries.num_rows)
    for account, problem in chains.broken.items():
        yield f"{_name(account)}: {problem}"
    yield from _altered(tables, chains.entries, progress)
    yield from _rows_that_do_not_follow(chains.entries)
    yield from _anchor_problems(chains.entries, anchors)
    yield from _file_problems(tables, snapshot, chains.entries, progress)
    yield from _row_problems(tables, snapshot, chains.entries)


def _name(account: str) -> str:
    return "the archive's own chain" if account == OWN else f"account {account!r}"


def _altered(tables: Tables, entries: pa.Table, progress: bool | None) -> Iterator[str]:
    """Compute each entry's hash anew."""
    counting, total = set(entries["hash"].to_pylist()), entries.num_rows
    seen: set[str] = set()
    with progress_bar("Verifying ledger", unit="entries", total=total, show=progress) as bar:
        for path in tables.active_files(tables.open("ledger")):
            for batch in tables.read_file("ledger", path).to_batches(max_chunksize=10_000):
                try:
                    rows = [row for row in batch.to_pylist() if row.get("hash") in counting]
                except OverflowError:  # a time that Python has no name for: nobody wrote that
                    yield f"the file {path} of the ledger was altered"
                    continue
                for row in rows:
                    if not _fits(row):
                        yield f"{_name(row['account'])}: entry {row.get('sequence')} was altered"
                    elif row["hash"] in seen:
                        yield f"{_name(row['account'])}: entry {row['sequence']} is there twice"
                    seen.add(row["hash"])
                bar.update(len(rows))


def _fits(row: dict[str, Any]) -> bool:
    try:
        entry = Entry.from_row(row)
        return (entry.hash, entry.version) == (entry.compute_hash(), row["version"])
    except NOT_AN_ENTRY:
        return False


def _rows_that_do_not_follow(entries: pa.Table) -> Iterator[str]:
    if not entries.num_rows:
        return
    accounts = entries["account"].combine_chunks().dictionary_encode().indices.to_numpy()
    before, rows = (entries[name].fill_null(0).to_numpy() for name in ("rows_before", "rows"))
    wrong = (accounts[1:] == accounts[:-1]) & (before[1:] != before[:-1] + rows[:-1])
    for place in np.flatnonzero(wrong) + 1:
        account, number = (entries[name][place].as_py() for name in ("account", "sequence"))
        yield f"{_name(account)}: entry {number} does not go on where the one before ended"


def _check_anchors(anchors: Iterable[str]) -> None:
    for anchor in anchors:
        if not re.fullmatch("[0-9a-f]{16}:[0-9a-f]{64}", anchor):
            raise InvalidParameter(
                f'{anchor!r} is no anchor: take the text behind "anchor" in a sync\'s report.'
            )


def _anchor_problems(entries: pa.Table, anchors: Iterable[str]) -> Iterator[str]:
    import pyarrow.compute as pc

    for anchor in anchors:
        sync = anchor.partition(":")[0]
        its = entries.filter(pc.equal(entries["sync"], sync))
        latest = dict(zip(its["account"].to_pylist(), its["hash"].to_pylist(), strict=True))
        if anchor_of(sync, latest.values()) != anchor:
            yield f"the sync {sync} is not as its anchor says, or is not in the archive"


def _file_problems(
    tables: Tables, snapshot: DeltaTable, entries: pa.Table, progress: bool | None
) -> Iterator[str]:
    removed: set[str] = set()
    expected: dict[str, str] = {}
    # Entries of one commit name the same files, so that most of these texts are the same.
    for text in entries["removed"].unique().drop_null().to_pylist():
        removed.update(path for path in _list_in(text) if isinstance(path, str))
    for text in entries["files"].unique().drop_null().to_pylist():
        files = (file for file in _list_in(text) if isinstance(file, list) and len(file) == 3)
        expected |= {str(path): sha256 for path, _, sha256 in files}
    told = {row["path"]: row for row in tables.actions(snapshot, *_STATISTICS)}
    for path in sorted(set(expected) - removed - set(told)):
        yield f"the file {path} was taken out of the table"
    with progress_bar("Verifying files", unit="files", total=len(told), show=progress) as bar:
        for path, row in sorted(told.items()):
            sha256 = tables.sha256_of(path)
            if sha256 is None:
                yield f"the file {path} is missing"
            elif path not in expected:
                yield f"the file {path} is in no entry of the ledger"
            elif sha256 != expected[path]:
                yield f"the file {path} was changed"
            elif not _holds(row, tables.read_file("events", path, columns=_INDEXED)):
                yield f"what the table's log says of the file {path} is not what is in it"
            bar.update()


def _holds(told: dict[str, Any], rows: pa.Table) -> bool:
    """Tell whether the log's statistics are such that no query skips a file with its rows."""
    import pyarrow.compute as pc

    month = str(told["path"]).partition("/")[0].removeprefix("month=")
    if (told.get("num_records"), told.get("partition.month")) != (rows.num_rows, month):
        return False
    extents = {"account_key": tuple(pc.min_max(rows["account_key"]).as_py().values()),
               "modified": extent_of(rows["modified"])}  # fmt: skip
    for name, (least, most) in extents.items():
        low, high = told.get(f"min.{name}"), told.get(f"max.{name}")
        if least is not None and not (low is not None and low <= least and most <= high):
            return False
    return True


def _list_in(text: str) -> list[Any]:
    try:
        found = msgspec.json.decode(text)
    except NOT_AN_ENTRY:  # that the entry was altered is said elsewhere
        return []
    return found if isinstance(found, list) else []


def _row_problems(tables: Tables, snapshot: DeltaTable, entries: pa.Table) -> Iterator[str]:
    import pyarrow as pa

    expected = _sums(entries, "account", ("rows", "sum"))
    try:
        keys = tables.dataset(snapshot).to_table(columns=["account_key"])
    except (OSError, pa.ArrowException):
        return  # a file is missing or damaged, which was said
    rows = _sums(keys, "account_key", ([], "count_all"))
    for account in sorted(set(rows) - set(expected)):
        yield f"{_name(account)} has rows, but no entry in the ledger"
    for account, number in sorted(expected.items()):
        if account != OWN and rows.get(account, 0) != (number or 0):
            yield f"{_name(account)} has {rows.get(account, 0):,} rows, not {number or 0:,}"


def _sums(table: pa.Table, key: str, what: tuple[Any, str]) -> Mapping[str, int]:
    grouped = table.group_by(key).aggregate([what])
    names = [name for name in grouped.column_names if name != key]
    return dict(zip(grouped[key].to_pylist(), grouped[names[0]].to_pylist(), strict=True))
