"""Discard an account's position."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..exceptions import ArchiveFailed, InvalidParameter
from ..version import __version__
from .chain import heads_of
from .commit import write_entries
from .delta.tables import Tables
from .ledger import Entry

__all__ = ["restart"]

_ATTEMPTS = 5


def restart(tables: Tables, now: Callable[[], datetime], account: str) -> None:
    """Add an entry without a position to an account's chain; see `Archive.restart`.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    now : callable
        Returns the current time.
    account : str
        The account's key.
    """
    from deltalake.exceptions import CommitFailedError

    for _ in range(_ATTEMPTS):
        snapshot = tables.open("events")
        head = heads_of(tables, snapshot, [account]).get(account)
        if head is None or not account:
            raise InvalidParameter(
                f"The archive {tables.path} has no account {account!r}; archive status lists "
                "its accounts."
            )
        if head.server is None:
            raise InvalidParameter(
                f"Account {account} of {tables.path} holds imported logs, which no sync reads."
            )
        if head.begun_anew:
            return  # also where it was committed, and only the answer was lost
        entry = _entry(head, now())
        try:
            write_entries(tables, [entry])
            tables.commit(snapshot, [], {account: entry.version})
        except CommitFailedError:
            continue
        return
    raise ArchiveFailed(f"Syncs of account {account} are under way. Try again when they are done.")


def _entry(head: Entry, moment: datetime) -> Entry:
    return Entry(
        account=head.account,
        sequence=head.sequence + 1,
        previous=head.hash,
        asked=moment,
        answered=moment,
        position_from=head.position_to,
        rows_before=head.rows_before + head.rows,
        reached_end=False,
        server=head.server,
        package=f"kloudless-data {__version__}",
        api_version=head.api_version,
        begun_anew=True,
    ).sealed()
