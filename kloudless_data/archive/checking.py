"""Finding what was removed from an archive, altered in it or put into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..progress import progress_bar
from .ledger import Entry
from .tables import Tables

if TYPE_CHECKING:
    from deltalake import DeltaTable

__all__ = ["problems_of"]


def problems_of(tables: Tables, progress: bool | None) -> Iterator[str]:
    """Yield a sentence about everything that is not as the ledger says.

    Parameters
    ----------
    tables : Tables
    progress : bool or None
        Show a progress bar.
    """
    snapshot = tables.open("events")
    chains = tables.chains(snapshot)
    yield from _lost_chains(snapshot, chains)
    for account, chain in chains.items():
        yield from _chain_problems(account, chain)
    yield from _file_problems(tables, snapshot, chains, progress)
    yield from _row_problems(snapshot, chains)


def _lost_chains(snapshot: DeltaTable, chains: Mapping[str, Sequence[Entry]]) -> Iterator[str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        column = snapshot.to_pyarrow_dataset().to_table(columns=["account_key"])["account_key"]
    except (OSError, pa.ArrowException):
        return  # a file is missing or damaged, which will be said
    for account in sorted(set(pc.unique(column).to_pylist()) - set(chains)):
        yield f"account {account!r} has rows, but no entry in the ledger"


def _chain_problems(account: str, chain: Sequence[Entry]) -> Iterator[str]:
    name = f"account {account!r}" if account else "the archive's own chain"
    if not chain:
        yield f"{name}: the latest entry is missing from the ledger, or was altered"
        return
    if chain[0].previous or chain[0].sequence != 1:
        yield f"{name}: entries before number {chain[0].sequence} are missing, or were altered"
    rows = chain[0].rows_before
    for number, entry in enumerate(chain, chain[0].sequence):
        if entry.hash != entry.compute_hash():
            yield f"{name}: entry {entry.sequence} was altered"
        if entry.sequence != number:
            yield f"{name}: entry {entry.sequence} is not in its place"
        if entry.rows_before != rows:
            yield f"{name}: entry {entry.sequence} does not go on where the one before ended"
        rows += entry.rows


def _file_problems(
    tables: Tables,
    snapshot: DeltaTable,
    chains: Mapping[str, Sequence[Entry]],
    progress: bool | None,
) -> Iterator[str]:
    entries = [entry for chain in chains.values() for entry in chain]
    removed = {path for entry in entries for path in entry.removed}
    expected = {path: sha256 for entry in entries for path, _, sha256 in entry.files}
    active = tables.active_files(snapshot)
    for path in sorted(set(expected) - removed - set(active)):
        yield f"the file {path} was taken out of the table"
    with progress_bar("Verifying", unit="files", total=len(active), show=progress) as bar:
        for path in sorted(active):
            sha256 = tables.sha256_of(path)
            if sha256 is None:
                yield f"the file {path} is missing"
            elif path not in expected:
                yield f"the file {path} is in no entry of the ledger"
            elif sha256 != expected[path]:
                yield f"the file {path} was changed"
            bar.update()


def _row_problems(snapshot: DeltaTable, chains: Mapping[str, Sequence[Entry]]) -> Iterator[str]:
    import pyarrow as pa

    try:
        keys = snapshot.to_pyarrow_dataset().to_table(columns=["account_key"])
    except (OSError, pa.ArrowException):
        return  # a file is missing or damaged, which was said
    counted = keys.group_by("account_key").aggregate([([], "count_all")]).to_pydict()
    rows = dict(zip(counted["account_key"], counted["count_all"], strict=True))
    for account, chain in chains.items():
        expected = sum(entry.rows for entry in chain)
        if account and rows.get(account, 0) != expected:
            yield f"account {account!r} has {rows.get(account, 0):,} rows, not {expected:,}"
