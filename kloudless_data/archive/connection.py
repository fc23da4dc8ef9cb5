"""Track in the ledger which accounts the application no longer lists.

While an account is disconnected the server records nothing (A), so its next read notes the gap.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from ..exceptions import ArchiveFailed
from .chain import heads_of
from .compaction import commit_own
from .delta.tables import Snapshots, Tables
from .discovery import Discovered
from .ledger import OWN

if TYPE_CHECKING:
    from deltalake import DeltaTable

__all__ = ["disconnected_in", "note_disconnected", "note_returned"]


def disconnected_in(
    tables: Tables, snapshot: DeltaTable, ledger: DeltaTable | None = None
) -> set[str]:
    """Return the accounts that are disconnected according to the ledger.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    snapshot : DeltaTable
        A version of the events table.
    ledger : DeltaTable, optional
        A snapshot of the ledger that is not older. Defaults to the latest one.
    """
    head = heads_of(tables, snapshot, [OWN], ledger).get(OWN)
    return set((head.disconnected if head else None) or ())


def note_disconnected(
    tables: Tables,
    snapshots: Snapshots,
    now: Callable[[], datetime],
    found: Discovered,
) -> set[str]:
    """Record in the ledger which accounts are no longer listed.

    Parameters
    ----------
    tables : Tables
    snapshots : Snapshots
        The latest ones, for its own use.
    now : callable
        Gives the time, UTC.
    found : Discovered
        The accounts that the server listed.

    Returns
    -------
    set of str
        All accounts that are, or were until now, disconnected.
    """
    before = disconnected_in(tables, snapshots.events, snapshots.ledger)
    if not found.everybody:
        return before
    missing = set(tables.transactions(snapshots.events)) - set(found.accounts) - {OWN}
    # A sync that finds no account leaves no other trace, and finding none is evidence.
    if missing - before or not found.accounts:
        commit_own(tables, now(), now, snapshots=snapshots, disconnected=sorted(before | missing))
    return before | missing


def note_returned(
    tables: Tables, snapshots: Snapshots, now: Callable[[], datetime], returned: set[str]
) -> list[str]:
    """Record in the ledger that accounts were read again; return those still disconnected.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    snapshots : Snapshots
        For its own use.
    now : callable
        Returns the current time.
    returned : set of str
        Keys of the accounts that were read.
    """
    tables.refresh_both(snapshots)
    left = disconnected_in(tables, snapshots.events, snapshots.ledger)
    if returned & left:
        left -= returned
        # If other commits interfere, the next sync will record it.
        with contextlib.suppress(ArchiveFailed):
            commit_own(tables, now(), now, snapshots=snapshots, disconnected=sorted(left))
    return sorted(left)
