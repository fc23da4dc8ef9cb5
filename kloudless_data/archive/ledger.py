"""The ledger: each request for activity, its result, and the chain that proves completeness.

Each account has a chain of entries. An entry is written *before* the rows that it describes and
stays void until those rows are committed. The commit carries the account's Delta *application
transaction* with `Entry.version`: the sequence number and the beginning of the entry's SHA-256 in
one integer. It makes the rows and the position after them visible in one step. An entry that was
never committed stays void, since no transaction names it. An altered entry is detected even if its
hash and all later ones were recomputed: the table's log names another.
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

OWN = ""  # the account name of the chain about the archive itself

#: Raised by reading an entry from a row that is not one.
NOT_AN_ENTRY = (ValueError, TypeError, KeyError, OverflowError, RecursionError, AttributeError,
                msgspec.MsgspecError)  # fmt: skip
Version = TypeVar("Version", int, npt.NDArray[np.int64])
_LISTS = ("files", "removed", "gone")  # as JSON text in the table
_HASH_BITS = 31  # of a version's 63 bits; the others are the sequence number


@dataclass(frozen=True)
class Entry:
    """One account's part of a sync: what was requested and what was committed.

    Attributes
    ----------
    account : str
        The account's id; `OWN` for entries about the archive itself.
    sequence : int
        Number of the entry in its account's chain, from 1.
    previous : str
        The hash of the account's previous entry; empty for the first.
    sync : str or None
        The sync's random name.
    asked, answered : datetime
        When the sync sent its first request and got its last answer, UTC.
    connected : datetime or None
        In an account's first entry: when it was connected, if that is known.
    server_time : datetime or None
        The server's time in the last answer, in whole seconds.
    position_from, position_to : str or None
        Cursors; None for the oldest event that the server kept.
    events : int
        Number of events that the server sent.
    rows : int
        Number of those that were new and are in the archive.
    rows_before : int
        Number of rows that the account had before.
    first_modified, last_modified : datetime or None
        Of the events sent.
    reached_end : bool
        True if the server had nothing more.
    lost : bool
        True if the server said that the cursor was too old; reading restarted with what it keeps.
    restarted : bool
        True if the first event was already in the archive: the server went back.
    server, package : str or None
    api_version : int
    files : list of [path, rows, sha256]
        The data files that hold the rows, shared by all accounts of one commit.
    removed : list of str
        The files that a compaction replaced.
    failure : str or None
        Why the account's end was not reached.
    disconnected : list of str, optional
        In the archive's own chain: accounts that the application no longer lists; None if it was
        not asked. The ledger's column is ``gone``.
    conflicts : int, optional
        Number of rows that share their id with an event of other content.
    content : str, optional
        SHA-256 of the rows' values; see `kloudless_data.archive.content.digest_of`.
    absent : bool, optional
        True if the account was disconnected before this read.
    begun_anew : bool, optional
        True if somebody discarded the position, so that the next read starts at the oldest event
        kept.
    damaged, unreadable, unknown : int, optional
        In the last entry of an imported log: the records and files that could not be read, and the
        files without a known format, of all accounts.
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
    disconnected: list[str] | None = None
    conflicts: int | None = None
    content: str | None = None
    absent: bool | None = None
    begun_anew: bool | None = None
    damaged: int | None = None
    unreadable: int | None = None
    unknown: int | None = None
    hash: str = ""

    @property
    def version(self) -> int:
        """The version that the account's transaction is set to; see `version_of`."""
        return version_of(self.sequence, self.hash)

    def compute_hash(self) -> str:
        """Return the SHA-256 of all fields except the hash itself, in hexadecimal.

        Fields that are None are left out, so entries keep their hashes when a later version of the
        package adds a field.
        """
        data = {
            name: _json_value(value)
            for name, value in self._fields().items()
            if value is not None and name != "hash"
        }
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def sealed(self) -> Entry:
        """Return the entry with its hash."""
        return replace(self, hash=self.compute_hash())

    def to_row(self) -> dict[str, Any]:
        """Return the entry as a row of the ledger table."""
        row = self._fields()
        for name in _LISTS:
            row[name] = None if row[name] is None else json.dumps(row[name])
        row["version"] = self.version
        row["month"] = self.asked.strftime("%Y-%m")
        return row

    def _fields(self) -> dict[str, Any]:
        # Not `dataclasses.asdict`: its deep copies would dominate a sync without news.
        return {column: getattr(self, name) for name, column in _COLUMN_OF.items()}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Entry:
        """Return the entry of a row."""
        data: dict[str, Any] = {}
        for name, column in _COLUMN_OF.items():
            if column in _LISTS:
                data[name] = None if row.get(column) is None else msgspec.json.decode(row[column])
            elif column in row:
                data[name] = row[column]
        return cls(**data)


#: Each field's column in the table, which is also its key in the hashed text. Hashes cover these
#: names, so they stay as the first version wrote them.
_COLUMN_OF = {name: name for name in Entry.__dataclass_fields__} | {"disconnected": "gone"}


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
        "damaged": pa.int64(),
        "unreadable": pa.int64(),
        "unknown": pa.int64(),
        "api_version": pa.int32(),
    }
    names = [*_COLUMN_OF.values(), "version", "month"]
    return pa.schema([pa.field(name, types.get(name, text)) for name in names])
