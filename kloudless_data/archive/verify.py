"""Find what was removed from an archive, altered in it or added to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ..display.progress import progress_bar
from ..exceptions import ArchiveFailed, InvalidParameter
from ..text.counts import count
from .chain import read_chains
from .content import by_account, digest_of
from .delta.statistics import ROUNDED, extent_of
from .delta.tables import Tables
from .ledger import NOT_AN_ENTRY, OWN, Entry
from .report import anchor_of

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

__all__ = ["Findings", "problems_of"]

_INDEXED = ("account_key", "modified")
_STATISTICS = ("path", "partition.month", "num_records", "min.account_key", "max.account_key",
               "min.modified", "max.modified")  # fmt: skip
_COLUMNS = ("rows", "rows_before", "sync", "files", "removed", "content")
_ROWS_AT_A_TIME = 1_000_000


@dataclass
class Findings:
    """What a verification found besides problems.

    Attributes
    ----------
    entries : int
        Number of ledger entries checked.
    notes : list of str
        Harmless changes by other programs.
    """

    entries: int = 0
    notes: list[str] = field(default_factory=list)


def problems_of(
    tables: Tables, anchors: Iterable[str], progress: bool | None, findings: Findings
) -> Iterator[str]:
    """Yield a sentence for everything that contradicts the ledger.

    Parameters
    ----------
    tables : Tables
    anchors : iterable of str
        From the reports of earlier syncs.
    progress : bool or None
        Show a progress bar.
    findings : Findings
        Receives everything else.
    """
    import pyarrow as pa

    anchors = [anchor.strip() for anchor in anchors]
    _check_anchors(anchors)
    snapshot = tables.open("events")
    try:
        chains = read_chains(tables, snapshot, _COLUMNS)
    except ArchiveFailed as error:
        yield error.message
        return
    findings.entries = chains.entries.num_rows
    for account, problem in chains.broken.items():
        yield f"{_name(account)}: {problem}"
    yield from _altered(tables, chains.entries, progress)
    yield from _rows_that_do_not_follow(chains.entries)
    yield from _anchor_problems(chains.entries, anchors)
    ledger = _Ledger.of(chains.entries)
    rewritten = _rewritten(tables, snapshot, ledger)
    yield from _file_problems(tables, snapshot, ledger, progress)
    wrong = [*_row_problems(tables, snapshot, chains.entries)]
    if rewritten and not wrong:
        try:
            wrong = [*_content_problems(tables, snapshot, chains.entries, progress, findings)]
        except (OSError, pa.ArrowException) as error:
            wrong = [f"the rows of files that another program wrote cannot be read: {error}"]
    yield from wrong
    if wrong:
        yield from rewritten
    elif rewritten:
        findings.notes.append(
            f"Another program rewrote files, as OPTIMIZE does: {len(rewritten):,} are not those "
            "that the ledger names. All rows are there, with the values that the ledger knows."
        )


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
                except OverflowError:  # a time beyond Python's range, which no sync writes
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
        yield f"{_name(account)}: entry {number} does not continue where the previous one ended"


def _check_anchors(anchors: Iterable[str]) -> None:
    for anchor in anchors:
        if not re.fullmatch("[0-9a-f]{16}:[0-9a-f]{64}", anchor):
            raise InvalidParameter(
                f'{anchor!r} is not an anchor: use the text after "anchor" in a sync\'s report.'
            )


def _anchor_problems(entries: pa.Table, anchors: Iterable[str]) -> Iterator[str]:
    import pyarrow.compute as pc

    for anchor in anchors:
        sync = anchor.partition(":")[0]
        its = entries.filter(pc.equal(entries["sync"], sync))
        latest = dict(zip(its["account"].to_pylist(), its["hash"].to_pylist(), strict=True))
        if anchor_of(sync, latest.values()) != anchor:
            yield f"the sync {sync} is not as its anchor says, or is not in the archive"


@dataclass(frozen=True)
class _Ledger:
    """The data files that the ledger names.

    Attributes
    ----------
    expected : dict of str to str
        From path to SHA-256, for all files ever committed.
    removed : set of str
        Files that compactions replaced.
    """

    expected: dict[str, str]
    removed: set[str]

    @classmethod
    def of(cls, entries: pa.Table) -> _Ledger:
        """Collect the files from the entries."""
        removed: set[str] = set()
        expected: dict[str, str] = {}
        # Entries of one commit name the same files, so most of these texts repeat.
        for text in entries["removed"].unique().drop_null().to_pylist():
            removed.update(path for path in _list_in(text) if isinstance(path, str))
        for text in entries["files"].unique().drop_null().to_pylist():
            files = (file for file in _list_in(text) if isinstance(file, list) and len(file) == 3)
            expected |= {str(path): sha256 for path, _, sha256 in files}
        return cls(expected, removed)


def _rewritten(tables: Tables, snapshot: DeltaTable, ledger: _Ledger) -> list[str]:
    """Yield files that are in the table but not in the ledger, or were removed from the table."""
    active = set(tables.active_files(snapshot))
    missing = set(ledger.expected) - ledger.removed - active
    unknown = active - set(ledger.expected)
    return [
        *(f"the file {path} was removed from the table" for path in sorted(missing)),
        *(f"the file {path} is in no entry of the ledger" for path in sorted(unknown)),
    ]


def _file_problems(
    tables: Tables, snapshot: DeltaTable, ledger: _Ledger, progress: bool | None
) -> Iterator[str]:
    """Compare each file with its SHA-256 in the ledger and its statistics in the log."""
    logged = {row["path"]: row for row in tables.actions(snapshot, *_STATISTICS)}
    with progress_bar("Verifying files", unit="files", total=len(logged), show=progress) as bar:
        for path, row in sorted(logged.items()):
            sha256 = tables.sha256_of(path)
            if sha256 is None:
                yield f"the file {path} is missing"
            elif sha256 != ledger.expected.get(path, sha256):
                yield f"the file {path} was changed"
            elif not _holds(row, tables.read_file("events", path, columns=_INDEXED)):
                yield f"what the table's log says of the file {path} is not what is in it"
            bar.update()


def _holds(logged: dict[str, Any], rows: pa.Table) -> bool:
    """Return True if no query would wrongly skip a file because of the log's statistics."""
    import pyarrow.compute as pc

    month = str(logged["path"]).partition("/")[0].removeprefix("month=")
    if (logged.get("num_records"), logged.get("partition.month")) != (rows.num_rows, month):
        return False
    extents = {"account_key": tuple(pc.min_max(rows["account_key"]).as_py().values()),
               "modified": extent_of(rows["modified"])}  # fmt: skip
    for name, (least, most) in extents.items():
        low, high = logged.get(f"min.{name}"), logged.get(f"max.{name}")
        if least is None:
            continue
        if low is None or low > least:
            return False
        beyond = most > high
        if beyond and isinstance(high, datetime):
            beyond = most - high >= ROUNDED
        if beyond:
            return False
    return True


def _list_in(text: str) -> list[Any]:
    try:
        found = msgspec.json.decode(text)
    except NOT_AN_ENTRY:  # the altered entry is reported elsewhere
        return []
    return found if isinstance(found, list) else []


def _row_problems(tables: Tables, snapshot: DeltaTable, entries: pa.Table) -> Iterator[str]:
    import pyarrow as pa

    expected = _sums(entries, "account", ("rows", "sum"))
    try:
        keys = tables.dataset(snapshot).to_table(columns=["account_key"])
    except (OSError, pa.ArrowException):
        return  # a file is missing or damaged, as reported above
    rows = _sums(keys, "account_key", ([], "count_all"))
    for account in sorted(set(rows) - set(expected)):
        yield f"{_name(account)} has rows, but no entry in the ledger"
    for account, number in sorted(expected.items()):
        if account != OWN and rows.get(account, 0) != (number or 0):
            yield f"{_name(account)} has {count(rows.get(account, 0), 'row')}, not {number or 0:,}"


def _content_problems(
    tables: Tables,
    snapshot: DeltaTable,
    entries: pa.Table,
    progress: bool | None,
    findings: Findings,
) -> Iterator[str]:
    """Compare the rows of every entry with the entry's digest of their values."""
    import pyarrow.dataset as ds

    by_key = dict(_with_rows(entries))
    unknown = sum(its["content"].null_count for its in by_key.values())
    if unknown:
        findings.notes.append(
            f"A version that kept no digest of the rows' values wrote "
            f"{count(unknown, 'entry', 'entries')}: only the number of rows was compared there."
        )
    with progress_bar("Verifying rows", unit="accounts", total=len(by_key), show=progress) as bar:
        for group in _groups(by_key):
            theirs = ds.field("account_key").isin(group)
            rows = tables.dataset(snapshot).to_table(filter=theirs)
            rows = rows.sort_by([("account_key", "ascending"), ("ordinal", "ascending")])
            for key, its in by_account(rows):
                yield from _wrong_entries(key, its, by_key[key])
                bar.update()


def _with_rows(entries: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield each account's entries that added rows."""
    import pyarrow.compute as pc

    some = entries.filter(pc.greater(entries["rows"].fill_null(0), 0))
    return by_account(some.rename_columns({"account": "account_key"}))


def _groups(by_key: Mapping[str, pa.Table]) -> Iterator[list[str]]:
    """Yield groups of accounts that together have about this many rows."""
    import pyarrow.compute as pc

    group, rows = list[str](), 0
    for key, its in by_key.items():
        group.append(key)
        rows += pc.sum(its["rows"]).as_py()
        if rows >= _ROWS_AT_A_TIME:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _wrong_entries(key: str, rows: pa.Table, entries: pa.Table) -> Iterator[str]:
    ordinals = rows["ordinal"].to_numpy()
    if not np.array_equal(ordinals, np.arange(len(ordinals))):
        yield f"{_name(key)} has missing or duplicate rows"
        return
    for entry in entries.select(["sequence", "rows", "rows_before", "content"]).to_pylist():
        content = entry["content"]
        its = rows.slice(entry["rows_before"], entry["rows"])
        if content is not None and content != digest_of(its):
            yield f"{_name(key)}: the rows of entry {entry['sequence']} were changed"


def _sums(table: pa.Table, key: str, what: tuple[Any, str]) -> Mapping[str, int]:
    grouped = table.group_by(key).aggregate([what])
    names = [name for name in grouped.column_names if name != key]
    return dict(zip(grouped[key].to_pylist(), grouped[names[0]].to_pylist(), strict=True))
