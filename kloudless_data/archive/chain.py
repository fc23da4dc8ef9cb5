"""Find the valid ledger entries: those linked, hash by hash, to an entry that the log names.

With a thousand accounts synced every quarter of an hour the ledger grows by three million entries a
month, so all of this works on columns.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..exceptions import ArchiveFailed
from ..text.counts import count
from .delta.tables import Tables
from .ledger import NOT_AN_ENTRY, Entry, sequence_of

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

__all__ = ["Chains", "heads_of", "read_chains"]

_LINKS = ("account", "sequence", "version", "hash", "previous")
_NO_HEAD = "the latest entry is missing from the ledger, or was altered"
Bools = npt.NDArray[np.bool_]


def heads_of(
    tables: Tables,
    snapshot: DeltaTable,
    accounts: Iterable[str],
    ledger: DeltaTable | None = None,
) -> dict[str, Entry]:
    """Return the entry that each account's transaction names, for accounts that have one.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    snapshot : DeltaTable
        The version of the events table to read.
    accounts : iterable of str
        Keys of accounts.
    ledger : DeltaTable, optional
        A snapshot of the ledger that is not older. Defaults to the latest one.

    Raises
    ------
    ArchiveFailed
        An entry is missing from the ledger.
    """
    versions = tables.transactions(snapshot)
    wanted = {account: versions[account] for account in accounts if account in versions}
    found: dict[str, Entry] = {}
    for path in _newest_first(tables, wanted, ledger):
        if len(found) == len(wanted):
            break
        found |= _heads_in(tables, path, wanted)
    if missing := sorted(set(wanted) - set(found)):
        raise ArchiveFailed(
            f"The ledger of {tables.path} lacks the latest entry of "
            f"{count(len(missing), 'account')}, such as {missing[0]!r}, or it was altered. "
            "Run kloudless-data archive verify."
        )
    return found


def _newest_first(
    tables: Tables, wanted: Iterable[str], ledger: DeltaTable | None
) -> Iterator[str]:
    """Yield the paths of the ledger's files that may hold entries of these accounts.

    The heads are in the last few files, except for the archive's own chain, which has rare entries
    in files of its own.
    """
    names = sorted(wanted)
    if not names:
        return
    columns = ("modification_time", "path", "min.account", "max.account")
    files = tables.actions(ledger or tables.open("ledger"), *columns)
    for row in sorted(files, key=_newness, reverse=True):
        least, most = row.get("min.account"), row.get("max.account")
        place = bisect_left(names, least or "")
        if most is None or (place < len(names) and names[place] <= most):
            yield row["path"]


def _newness(row: Mapping[str, Any]) -> tuple[Any, str]:
    return row["modification_time"], row["path"]


def _heads_in(tables: Tables, path: str, wanted: Mapping[str, int]) -> dict[str, Entry]:
    import pyarrow as pa
    import pyarrow.dataset as ds

    of_heads = ds.field("version").isin(pa.array(list(wanted.values()), pa.int64()))
    if len(wanted) == 1:
        of_heads &= ds.field("account") == next(iter(wanted))
    found = {}
    try:
        for row in tables.read_file("ledger", path, of_heads).to_pylist():
            entry = Entry.from_row(row)
            if wanted.get(entry.account) == entry.version and entry.hash == entry.compute_hash():
                found[entry.account] = entry
    except (*NOT_AN_ENTRY, OSError, pa.ArrowException) as error:
        raise ArchiveFailed(
            f"The file {path} of the ledger of {tables.path} is missing or damaged: {error}. "
            "Restore it from a copy."
        ) from None
    return found


@dataclass(frozen=True)
class Chains:
    """The valid entries.

    Attributes
    ----------
    entries : pyarrow.Table
        By account, oldest first.
    broken : dict of str to str
        From the account to what is wrong with its chain. Entries before the break are no longer
        valid: nothing proves them.
    """

    entries: pa.Table
    broken: dict[str, str]


def read_chains(
    tables: Tables,
    snapshot: DeltaTable,
    columns: Sequence[str] = (),
    accounts: Iterable[str] | None = None,
) -> Chains:
    """Read the ledger's valid entries as columns.

    Parameters
    ----------
    tables : Tables
    snapshot : DeltaTable
        Of the events table, whose transactions name the latest entries.
    columns : sequence of str
        Columns besides ``account``, ``sequence``, ``version``, ``hash`` and ``previous``.
    accounts : iterable of str, optional
        Only entries of these accounts.

    Raises
    ------
    ArchiveFailed
        The ledger cannot be read.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    heads = tables.transactions(snapshot)
    if accounts is not None:
        heads = {account: heads[account] for account in accounts if account in heads}
    names = list(dict.fromkeys((*_LINKS, *columns)))
    condition = ds.field("account").isin(list(heads)) if accounts is not None else None
    try:
        rows = tables.ledger_files().scanner(columns=names, filter=condition).to_table()
    except (OSError, pa.ArrowException) as error:
        raise ArchiveFailed(
            f"A file of the ledger of {tables.path} is missing or damaged: {error}. "
            "Restore it from a copy."
        ) from None
    # A row that lacks one of these is not an entry, whoever wrote it.
    rows = rows.filter(reduce(pc.and_, (pc.is_valid(rows[name]) for name in _LINKS)))
    rows = rows.sort_by([("account", "ascending"), ("sequence", "ascending")])
    rows = rows.filter(pa.array(_counting(rows, heads)))
    proven, broken = _proven(rows, heads)
    return Chains(rows.filter(pa.array(proven)), broken)


def _counting(rows: pa.Table, heads: Mapping[str, int]) -> Bools:
    """Leave out entries that were never committed."""
    codes, head = _by_account(rows, heads)
    sequence, version = rows["sequence"].to_numpy(), rows["version"].to_numpy()
    keep: Bools = (head >= 0) & ((sequence < sequence_of(head)) | (version == head))
    kept = np.flatnonzero(keep)
    same = (codes[kept][1:] == codes[kept][:-1]) & (sequence[kept][1:] == sequence[kept][:-1])
    if same.any():
        keep[_rivals(kept, same, rows["hash"], rows["previous"])] = False
    return keep


def _rivals(kept: Any, same: Bools, hashes: Any, previous: Any) -> list[int]:
    """Return all but one of each group of entries that share a number.

    The one that the next entry names is valid. If there is none, the chain is broken there, which
    `_proven` detects.
    """
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    ends = np.append(starts[1:], len(kept))
    survivors: dict[int, int] = {}  # groups of more than one, by their start
    rivals: list[int] = []
    for start, end in reversed([(a, b) for a, b in zip(starts, ends, strict=True) if b - a > 1]):
        after = survivors.get(end, kept[end] if end < len(kept) else -1)
        following = previous[after].as_py() if after >= 0 else None
        group = kept[start:end]
        survivors[start] = next((r for r in group if hashes[r].as_py() == following), group[0])
        rivals += [row for row in group if row != survivors[start]]
    return rivals


def _proven(rows: pa.Table, heads: Mapping[str, int]) -> tuple[Bools, dict[str, str]]:
    """Return which entries lead to a head, and which chains are broken."""
    codes, head = _by_account(rows, heads)
    if not len(codes):
        return np.zeros(0, np.bool_), dict.fromkeys(heads, _NO_HEAD)
    sequence = rows["sequence"].to_numpy()
    new = np.concatenate([[True], codes[1:] != codes[:-1]])
    begins = np.flatnonzero(new)
    ends = np.append(begins[1:], len(codes)) - 1
    linked = _linked(rows, sequence, new)
    numbers = np.arange(len(codes))
    bottoms = np.maximum(np.maximum.reduceat(np.where(linked, 0, numbers), begins), begins)
    reached = rows["version"].to_numpy()[ends] == head[ends]
    lowest = np.where(reached, bottoms, len(codes))
    proven: Bools = numbers >= np.repeat(lowest, ends - begins + 1)
    found = dict(zip(rows["account"].take(begins).to_pylist(), range(len(begins)), strict=True))
    broken = {}
    for account in heads:
        place = found.get(account)
        if place is None or not reached[place]:
            broken[account] = _NO_HEAD
        elif not linked[bottoms[place]]:
            number = sequence[bottoms[place]]
            broken[account] = f"entries before number {number} are missing, or were altered"
    return proven, broken


def _linked(rows: pa.Table, sequence: Any, new: Bools) -> Bools:
    """Return which entries follow from the previous row, or are a chain's first."""
    import pyarrow.compute as pc

    hashes, previous = rows["hash"].combine_chunks(), rows["previous"].combine_chunks()
    named = pc.equal(previous.slice(1), hashes.slice(0, len(hashes) - 1))
    after = (np.diff(sequence) == 1) & named.to_numpy(zero_copy_only=False)
    origin = (sequence == 1) & pc.equal(previous, "").to_numpy(zero_copy_only=False)
    linked: Bools = np.where(new, origin, np.append(False, after))
    return linked


def _by_account(rows: pa.Table, heads: Mapping[str, int]) -> tuple[Any, Any]:
    """Return a number for each row's account, and the account's head version (-1 if none)."""
    coded = rows["account"].combine_chunks().dictionary_encode()
    named = np.array([heads.get(name, -1) for name in coded.dictionary.to_pylist()], np.int64)
    codes = coded.indices.to_numpy(zero_copy_only=False)
    return codes, named[codes] if len(codes) else np.zeros(0, np.int64)
