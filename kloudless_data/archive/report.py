"""What a sync did, and the anchor that proves it later."""

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
    """What a sync did.

    Attributes
    ----------
    accounts : int
        How many accounts were read.
    events : int
        Rows that are new in the archive.
    repeated : int
        Events that the server sent and the archive had: the same content under the same id.
    conflicts : int
        Events of `events` whose id another event, with other content, has in the archive. Both are
        kept.
    failures : dict of str to str
        Account -> why it could not be read to its end; what was read is in the archive.
    lost : list of str
        Accounts whose cursor had expired: the server no longer takes it.
    superseded : list of str
        Accounts that another sync committed first; this one wrote nothing of them.
    disconnected : list of str
        Accounts that the archive knows and the application no longer lists.
    unseen : list of str
        With a meta token: applications that have no API key to list their accounts with.
    started, finished : str
        ISO 8601, UTC.
    anchor : str
        Proves to `Archive.verify`, if it is kept elsewhere, that nothing that the archive held by
        then of these accounts was changed afterwards, also if all of it was put back to an earlier
        day.
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
        """Whether every account was read to its end."""
        return not self.failures

    def count(self, entry: Entry) -> None:
        """Add what an entry that was committed says."""
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
    """Return what proves the latest entries of a sync, and with them all before them.

    Parameters
    ----------
    sync : str
        Which, as its entries say.
    hashes : iterable of str
        Of each account's latest entry of that sync.

    Examples
    --------
    >>> anchor_of("0123456789abcdef", ["ff", "00"]) == anchor_of("0123456789abcdef", ["00", "ff"])
    True
    """
    digest = hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
    return f"{sync}:{digest}"
