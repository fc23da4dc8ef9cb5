"""All application transactions of a Delta table in one pass over its log.

deltalake returns one application's transaction and reads the log for each, so the time for all
accounts would grow with the square of their number.

Source of the format: the Delta transaction log protocol, sections "Delta log entries",
"Checkpoints" and "Transaction identifiers"
(https://github.com/delta-io/delta/blob/master/PROTOCOL.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ...storage.filesystem import Storage

__all__ = ["Transactions", "read_transactions"]


@dataclass(frozen=True)
class Transactions:
    """The application transactions of a table.

    Attributes
    ----------
    version : int
        The table's version; -1 if there is no table yet.
    found : dict of str to int
        From application id to the version of its latest transaction.
    """

    version: int = -1
    found: dict[str, int] = field(default_factory=dict)


class _Transaction(msgspec.Struct, rename="camel"):
    app_id: str
    version: int


class _Action(msgspec.Struct):
    txn: _Transaction | None = None


_decode = msgspec.json.Decoder(_Action).decode


def read_transactions(
    storage: Storage, root: str, version: int, known: Transactions | None = None
) -> Transactions:
    """Read a table's application transactions.

    Parameters
    ----------
    storage : Storage
    root : str
        The table's path in the storage.
    version : int
        The table's version; later commits are ignored.
    known : Transactions, optional
        The transactions of an earlier version; only later commits are read.

    Raises
    ------
    OSError, ValueError
        A part of the log is missing or cannot be read.
    """
    if known is not None and known.version == version:
        return known
    log = storage.join(root, "_delta_log")
    start = known if known is not None and 0 <= known.version < version else None
    start = start or _from_checkpoint(storage, log, version)
    found = dict(start.found)
    # The log is never cleaned up (`Tables.create`), so without a usable checkpoint reading it from
    # the beginning is slow but correct.
    for number in range(start.version + 1, version + 1):
        with storage.open(storage.join(log, f"{number:020}.json")) as file:
            found.update(_in_commit(file.read()))
    return Transactions(version, found)


def _from_checkpoint(storage: Storage, log: str, version: int) -> Transactions:
    """Read the newest checkpoint, if it is one classic file and not newer than the version."""
    import pyarrow.parquet as pq

    path = storage.join(log, "_last_checkpoint")
    if storage.size(path) is None:
        return Transactions()
    with storage.open(path) as file:
        pointer = json.loads(file.read())
    number = int(pointer["version"])
    if number > version or pointer.get("parts") or pointer.get("v2Checkpoint"):
        return Transactions()
    with storage.open(storage.join(log, f"{number:020}.checkpoint.parquet")) as file:
        column = pq.read_table(file, columns=["txn"])["txn"].combine_chunks().drop_null()
    ids, versions = column.field("appId").to_pylist(), column.field("version").to_pylist()
    return Transactions(number, dict(zip(ids, versions, strict=True)))


def _in_commit(text: bytes) -> dict[str, int]:
    actions = (_decode(line).txn for line in text.splitlines() if b'"txn"' in line)
    return {txn.app_id: txn.version for txn in actions if txn}
