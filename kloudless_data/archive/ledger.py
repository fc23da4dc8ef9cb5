"""The ledger: what was asked of the server, what came, and the chain that proves it is complete.

Each account has a chain of entries. An entry is written *before* the rows it speaks of, and is void
until the commit of those rows, which carries the account's Delta *application transaction* with
`Entry.version`: sequence number and nonce in one integer. That commit makes the rows, and the
position behind them, visible in one step. An entry whose commit never came is void: nobody's
transaction names it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Entry", "ledger_schema", "new_version", "split_version"]

_NONCE_BITS = 31  # of the 63 that a transaction's version has


@dataclass(frozen=True)
class Entry:
    """One account's part of a sync: what was asked, and what was committed.

    Attributes
    ----------
    account : str
        The account's id; ``""`` for entries about the archive's own files (compaction).
    version : int
        Sequence number (from 1) and a random nonce; see `split_version`.
    previous : str
        The hash of the account's entry before; empty for the first.
    asked, answered : datetime
        When the sync's first request was sent and its last answer had come, UTC.
    position_from, position_to : str or None
        Cursors. None: from the oldest event that the server kept.
    events : int
        How many events the server sent.
    rows : int
        How many of them were new, and are in the archive.
    rows_before : int
        How many rows the account had before.
    first_modified, last_modified : datetime or None
        Of the events sent.
    reached_end : bool
        The server had nothing more.
    lost : bool
        The server said that the cursor was too old; reading began anew with what it keeps.
    restarted : bool
        The first event was in the archive already: the server went back.
    server, service, package : str or None
    api_version : int
    files : list of [path, rows, sha256]
        The data files that hold the rows, shared by all accounts of one commit.
    removed : list of str
        Compaction: files that are replaced.
    gone : list of str, optional
        In the archive's own chain: accounts that the application has no more. None: not asked.
    """

    account: str
    version: int
    previous: str
    asked: datetime
    answered: datetime
    position_from: str | None = None
    position_to: str | None = None
    events: int = 0
    rows: int = 0
    rows_before: int = 0
    first_modified: datetime | None = None
    last_modified: datetime | None = None
    reached_end: bool = True
    lost: bool = False
    restarted: bool = False
    server: str | None = None
    service: str | None = None
    package: str | None = None
    api_version: int = 1
    files: list[list[Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    gone: list[str] | None = None
    hash: str = ""

    @property
    def sequence(self) -> int:
        """Number of the entry in its account's chain, from 1."""
        return split_version(self.version)[0]

    def compute_hash(self) -> str:
        """Return the SHA-256 of everything in it but the hash itself, hexadecimal."""
        data = {name: _plain(value) for name, value in self._fields().items() if name != "hash"}
        if self.gone is None:  # entries of archives that were made before there was this field
            del data["gone"]
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def sealed(self) -> Entry:
        """Return it with its hash."""
        return replace(self, hash=self.compute_hash())

    def to_row(self) -> dict[str, Any]:
        """Return it as a row of the ledger table."""
        row = self._fields()
        row["files"], row["removed"] = json.dumps(self.files), json.dumps(self.removed)
        row["gone"] = None if self.gone is None else json.dumps(self.gone)
        row["month"] = self.asked.strftime("%Y-%m")
        return row

    def _fields(self) -> dict[str, Any]:
        # Not `dataclasses.asdict`, whose deep copies are most of what a sync with no news computes.
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Entry:
        """Return the entry of a row."""
        data = {name: value for name, value in row.items() if name in cls.__dataclass_fields__}
        data["files"], data["removed"] = json.loads(row["files"]), json.loads(row["removed"])
        gone = row.get("gone")
        data["gone"] = None if gone is None else json.loads(gone)
        return cls(**data)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def new_version(sequence: int, nonce: int) -> int:
    """Return the transaction version of an entry.

    Examples
    --------
    >>> split_version(new_version(3, 12345))
    (3, 12345)
    """
    return sequence << _NONCE_BITS | nonce


def split_version(version: int) -> tuple[int, int]:
    """Return the sequence number and the nonce of a transaction version."""
    return version >> _NONCE_BITS, version & ((1 << _NONCE_BITS) - 1)


def ledger_schema() -> pa.Schema:
    """Return the columns of the ledger table."""
    import pyarrow as pa

    time, text = pa.timestamp("us", tz="UTC"), pa.string()
    types = {
        "version": pa.int64(),
        "asked": time,
        "answered": time,
        "events": pa.int64(),
        "rows": pa.int64(),
        "rows_before": pa.int64(),
        "first_modified": time,
        "last_modified": time,
        "reached_end": pa.bool_(),
        "lost": pa.bool_(),
        "restarted": pa.bool_(),
        "api_version": pa.int32(),
    }
    names = [*Entry.__dataclass_fields__, "month"]
    return pa.schema([pa.field(name, types.get(name, text)) for name in names])


def chain_of(entries: Iterable[Entry], head: int) -> list[Entry]:
    """Return the entries that count, oldest first: those that lead to the head.

    Parameters
    ----------
    entries : iterable of Entry
        Of one account, void ones among them.
    head : int
        The version that the account's transaction names.
    """
    by_hash = {entry.hash: entry for entry in entries}
    entry = next((e for e in by_hash.values() if e.version == head), None)
    chain: list[Entry] = []
    while entry is not None and len(chain) <= len(by_hash):
        chain.append(entry)
        entry = by_hash.get(entry.previous)
    return chain[::-1]
