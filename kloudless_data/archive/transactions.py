"""Every application transaction of a Delta table in one reading of its log.

deltalake answers for one application at a time and reads the log for each, so that the time for
all accounts grows with their number squared.

Source of the format: the Delta transaction log protocol, sections "Delta log entries",
"Checkpoints" and "Transaction identifiers"
(https://github.com/delta-io/delta/blob/master/PROTOCOL.md).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..storage import Storage

__all__ = ["transactions_in"]


def transactions_in(storage: Storage, root: str, version: int) -> dict[str, int]:
    """Return the version that each application's latest transaction has.

    Parameters
    ----------
    storage : Storage
    root : str
        The table, there.
    version : int
        Of the table: later commits do not count.

    Returns
    -------
    dict of str to int
        Application id -> version.

    Raises
    ------
    OSError
        A part of the log is missing or cannot be read.
    """
    log = storage.join(root, "_delta_log")
    checkpoint = _newest_checkpoint(storage, log)
    found: dict[str, int] = {}
    first = 0
    # The log is never cleaned up (`Tables.create`), so that without a checkpoint that can be used
    # reading from its beginning is slow, and right.
    if checkpoint is not None and checkpoint <= version:
        found = _in_checkpoint(storage, storage.join(log, f"{checkpoint:020}.checkpoint.parquet"))
        first = checkpoint + 1
    for number in range(first, version + 1):
        with storage.open(storage.join(log, f"{number:020}.json")) as file:
            found.update(_in_commit(file.read()))
    return found


def _newest_checkpoint(storage: Storage, log: str) -> int | None:
    """Return the version of the newest checkpoint that is one classic file."""
    path = storage.join(log, "_last_checkpoint")
    if storage.size(path) is None:
        return None
    with storage.open(path) as file:
        pointer = json.loads(file.read())
    if pointer.get("parts") or pointer.get("v2Checkpoint"):
        return None
    return int(pointer["version"])


def _in_checkpoint(storage: Storage, path: str) -> dict[str, int]:
    import pyarrow.parquet as pq

    with storage.open(path) as file:
        column = pq.read_table(file, columns=["txn"])["txn"]
    return {txn["appId"]: txn["version"] for txn in column.drop_null().to_pylist()}


def _in_commit(text: bytes) -> dict[str, int]:
    lines = (line for line in text.splitlines() if b'"txn"' in line)
    actions = (json.loads(line).get("txn") for line in lines)
    return {txn["appId"]: txn["version"] for txn in actions if txn}
