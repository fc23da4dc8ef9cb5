"""Keep the activity of two servers apart: an archive is of the server that its ledger names."""

from __future__ import annotations

from collections.abc import Mapping

from ..exceptions import ArchiveFailed, Remedy
from ..http.urls import same_server
from .chain import heads_of
from .delta.tables import Snapshots, Tables
from .ledger import OWN, Entry

__all__ = ["check_server"]


def check_server(tables: Tables, snapshots: Snapshots, servers: Mapping[str, str]) -> None:
    """Refuse a server that the archive is not of: its accounts may have the same ids.

    An account's latest entry names its server. After a move, the accounts that were read since say
    where the others are to be read from. An archive that names no server adopts the first one.

    Parameters
    ----------
    tables : Tables
    snapshots : Snapshots
        The latest ones.
    servers : mapping of str to str
        The base URL that each account would be read from, by its key.

    Raises
    ------
    ArchiveFailed
        An account would be read from another server.
    """
    heads = _naming(tables, snapshots, set(servers))
    known = heads or _naming(
        tables, snapshots, set(tables.transactions(snapshots.events)) - {*servers, OWN}
    )
    latest = max(known.values(), key=lambda entry: entry.asked).server if known else None
    latest = latest or next(iter(servers.values()), None)
    for key, server in servers.items():
        before = [heads[key].server] if key in heads else [one.server for one in known.values()]
        if not any(same_server(server, str(one)) for one in {*before, latest}):
            raise ArchiveFailed(
                f"The archive {tables.path} is of {latest}, not of {server}, whose accounts may "
                "have the same ids.",
                remedy=Remedy.SAY_MOVED,
                call="sync",
                command="archive sync",
            )


def _naming(tables: Tables, snapshots: Snapshots, keys: set[str]) -> dict[str, Entry]:
    """Return accounts' latest entries, as far as they name a server; imported logs name none."""
    heads = heads_of(tables, snapshots.events, keys, snapshots.ledger)
    return {key: entry for key, entry in heads.items() if entry.server}
