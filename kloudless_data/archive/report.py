"""The result of a sync, and the anchor that proves it later."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from .ledger import Entry

__all__ = ["SyncReport", "anchor_of", "new_sync"]


@dataclass
class SyncReport:
    """The result of a sync.

    Attributes
    ----------
    accounts : int
        Number of accounts read.
    events : int
        Number of rows added to the archive.
    repeated : int
        Number of events that the archive already had: the same content under the same id.
    conflicts : int
        Number of added events whose id belongs to an event with other content as well. Both are
        kept.
    failures : dict of str to str
        From the account to the reason why its end was not reached, or from a log's file to the
        reason why it could not be read; what was read is archived.
    lost : list of str
        Accounts whose cursor had expired.
    superseded : list of str
        Accounts that another sync committed first; this one added nothing to them.
    disconnected : list of str
        Accounts in the archive that the application no longer lists.
    unseen : list of str
        With a meta token: applications without an API key to list their accounts with.
    started, finished : str
        ISO 8601, UTC.
    anchor : str
        Kept elsewhere, it proves to `Archive.verify` that nothing these accounts had in the archive
        was changed since, or rolled back.
    """

    accounts: int = 0
    events: int = 0
    repeated: int = 0
    conflicts: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)
    disconnected: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    started: str = ""
    finished: str = ""
    anchor: str = ""
    hashes: dict[str, str] = field(default_factory=dict, repr=False)  # of the latest entries

    @property
    def ok(self) -> bool:
        """True if every account was read to its end."""
        return not self.failures

    def count(self, entry: Entry) -> None:
        """Add a committed entry."""
        self.events += entry.rows
        self.repeated += entry.events - entry.rows
        self.conflicts += entry.conflicts or 0
        self.hashes[entry.account] = entry.hash

    def add(self, part: SyncReport) -> None:
        """Add the report of a part of the same sync."""
        self.events += part.events
        self.repeated += part.repeated
        self.conflicts += part.conflicts
        self.failures |= part.failures
        self.hashes |= part.hashes
        self.lost = sorted({*self.lost, *part.lost})
        self.superseded = sorted({*self.superseded, *part.superseded})

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        shown = {name: value for name, value in vars(self).items() if name != "hashes"}
        return json.dumps(shown, ensure_ascii=False)


def new_sync() -> str:
    """Return a name for a sync."""
    return secrets.token_hex(8)


def anchor_of(sync: str, hashes: Iterable[str]) -> str:
    """Return the anchor of a sync: a hash of its latest entries, which prove all earlier ones.

    Parameters
    ----------
    sync : str
        The sync's name, as in its entries.
    hashes : iterable of str
        The hash of each account's latest entry of that sync.

    Examples
    --------
    >>> anchor_of("0123456789abcdef", ["ff", "00"]) == anchor_of("0123456789abcdef", ["00", "ff"])
    True
    """
    digest = hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
    return f"{sync}:{digest}"
