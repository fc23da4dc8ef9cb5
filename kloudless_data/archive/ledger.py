"""The ledger: what was asked of the server, what came, and the chain that proves it is complete.

Each account has a chain of entries. An entry is written *before* the rows it speaks of, and is void
until the commit of those rows, which carries the account's Delta *application transaction* with
`Entry.version`: sequence number and the beginning of the entry's SHA-256 in one integer. That
commit makes the rows, and the position behind them, visible in one step. An entry whose commit
never came is void: nobody's transaction names it. An entry that was altered is found although its
hash, and those of all later ones, were made to fit: the table's log names another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["NOT_AN_ENTRY", "OWN", "Entry", "ledger_schema", "sequence_of", "version_of"]

OWN = ""  # the account of the chain of entries about the archive's own files

#: What reading an entry raises when the ledger holds what is none.
NOT_AN_ENTRY = (ValueError, TypeError, KeyError, OverflowError, RecursionError, AttributeError,
                msgspec.MsgspecError)  # fmt: skip
Version = TypeVar("Version", int, npt.NDArray[np.int64])
_LISTS = ("files", "removed", "gone")  # as JSON text in the table
_HASH_BITS = 31  # of the 63 that a transaction's version has; the others are the sequence number


@dataclass(frozen=True)
class Entry:
    """One account's part of a sync: what was asked, and what was committed.

    Attributes
    ----------
    account : str
        The account's id; `OWN` for entries about the archive itself.
    sequence : int
        Number of the entry in its account's chain, from 1.
    previous : str
        The hash of the account's entry before; empty for the first.
    sync : str or None
        Which sync it is of; random.
    asked, answered : datetime
        When the sync's first request was sent and its last answer had come, UTC.
    connected : datetime or None
        In an account's first entry: since when the application has it, where that is known.
    server_time : datetime or None
        What the server's clock said with the last answer, in whole seconds.
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
    server, package : str or None
    api_version : int
    files : list of [path, rows, sha256]
        The data files that hold the rows, shared by all accounts of one commit.
    removed : list of str
        Compaction: files that are replaced.
    failure : str or None
        Why the account could not be read to its end.
    gone : list of str, optional
        In the archive's own chain: accounts that the application no longer lists. None: not asked.
        The name is part of the format: hashes are computed over it.
    conflicts : int, optional
        How many of the rows have the id of another event with other content.
    content : str, optional
        SHA-256 of the rows' values; see `kloudless_data.archive.content.digest_of`.
    absent : bool, optional
        The ledger had seen the account disconnected before this read.
    begun_anew : bool, optional
        Somebody discarded the position, so that the next read begins with the oldest event kept.
    """

    account: str
    sequence: int
    previous: str
    asked: datetime
    answered: datetime
    sync: str | None = None
    connected: datetime | None = None
    server_time: datetime | None = None
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
    package: str | None = None
    api_version: int = 1
    files: list[list[Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failure: str | None = None
    gone: list[str] | None = None
    conflicts: int | None = None
    content: str | None = None
    absent: bool | None = None
    begun_anew: bool | None = None
    hash: str = ""

    @property
    def version(self) -> int:
        """What the account's transaction is set to; see `version_of`."""
        return version_of(self.sequence, self.hash)

    def compute_hash(self) -> str:
        """Return the SHA-256 of everything in it but the hash itself, hexadecimal.

        What is None is left out, so that entries keep their hashes when a new version of the
        package knows one more field.
        """
        data = {
            name: _json_value(value)
            for name, value in self._fields().items()
            if value is not None and name != "hash"
        }
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def sealed(self) -> Entry:
        """Return it with its hash."""
        return replace(self, hash=self.compute_hash())

    def to_row(self) -> dict[str, Any]:
        """Return it as a row of the ledger table."""
        row = self._fields()
        for name in _LISTS:
            row[name] = None if row[name] is None else json.dumps(row[name])
        row["version"] = self.version
        row["month"] = self.asked.strftime("%Y-%m")
        return row

    def _fields(self) -> dict[str, Any]:
        # Not `dataclasses.asdict`, whose deep copies are most of what a sync with no news computes.
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Entry:
        """Return the entry of a row."""
        data = {name: row[name] for name in cls.__dataclass_fields__ if name in row}
        for name in _LISTS:
            data[name] = None if row.get(name) is None else msgspec.json.decode(row[name])
        return cls(**data)


def _json_value(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def version_of(sequence: int, hash: str) -> int:
    """Return the transaction version of an entry: its number and the beginning of its hash.

    Parameters
    ----------
    sequence : int
        The entry's number in its account's chain.
    hash : str
        The entry's hash, in hexadecimal.

    Examples
    --------
    >>> sequence_of(version_of(3, "ff" * 32))
    3
    """
    return sequence << _HASH_BITS | int(hash[:8], 16) >> 1


def sequence_of(version: Version) -> Version:
    """Return the number of the entry that a transaction version (or each of an array) names."""
    return version >> _HASH_BITS


def ledger_schema() -> pa.Schema:
    """Return the columns of the ledger table."""
    import pyarrow as pa

    time, text = pa.timestamp("us", tz="UTC"), pa.string()
    types: dict[str, pa.DataType] = {
        "sequence": pa.int64(),
        "version": pa.int64(),
        "asked": time,
        "answered": time,
        "connected": time,
        "server_time": time,
        "events": pa.int64(),
        "rows": pa.int64(),
        "rows_before": pa.int64(),
        "first_modified": time,
        "last_modified": time,
        "reached_end": pa.bool_(),
        "lost": pa.bool_(),
        "restarted": pa.bool_(),
        "conflicts": pa.int64(),
        "absent": pa.bool_(),
        "begun_anew": pa.bool_(),
        "api_version": pa.int32(),
    }
    names = [*Entry.__dataclass_fields__, "version", "month"]
    return pa.schema([pa.field(name, types.get(name, text)) for name in names])
