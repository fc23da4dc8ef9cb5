"""One sync on many machines: groups of accounts as tasks of a Dask cluster."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..client import Client
from ..display.progress import progress_bar
from ..exceptions import ArchiveFailed, KloudlessException, MissingPackage
from .clock import utc_now
from .delta.tables import Tables
from .report import SyncReport, anchor_of, new_sync
from .sync import Syncing

if TYPE_CHECKING:
    from ..config import Settings

__all__ = ["sync_on"]

_GROUPS_PER_THREAD = 4  # so that fast workers do not wait for slow ones
_LARGEST = 200  # accounts per group: if a worker dies, they are read again
_RETRIES = 3
_WORKERS_WITHIN = 60.0  # seconds


@dataclass(frozen=True)
class _Credential:
    """What another machine needs to act as an account, hidden where Dask shows arguments."""

    account_id: int | str
    token: str | None = field(repr=False)
    api_key: str | None = field(repr=False)
    settings: Settings = field(repr=False)

    def account(self) -> Account:
        """Return the account."""
        client = Client(self.api_key, self.token, settings=self.settings)
        return client.account(self.account_id)


@dataclass(frozen=True)
class _Place:
    """The archive's location, for an object store including credentials."""

    path: str
    options: dict[str, str] = field(repr=False)


def sync_on(
    client: Any,
    tables: Tables,
    accounts: Mapping[str, Account],
    options: dict[str, Any],
    progress: bool | None,
) -> SyncReport:
    """Sync accounts in groups on a Dask cluster, and add up the results.

    Parameters
    ----------
    client : distributed.Client
    tables : Tables
    accounts : mapping of str to Account
    options : dict
        The options of `Syncing`.
    progress : bool, optional

    Raises
    ------
    ArchiveFailed
        A group failed repeatedly; what the others read is in the archive.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ModuleNotFoundError:
        raise MissingPackage(
            'A Dask cluster needs distributed. Install: pip install "kloudless-data[dask]"'
        ) from None
    if not isinstance(client, distributed.Client):
        raise ArchiveFailed(f"executor must be a distributed.Client, not {type(client).__name__}.")
    if not client.nthreads():
        try:
            client.wait_for_workers(1, timeout=_WORKERS_WITHIN)
        except TimeoutError:
            raise ArchiveFailed(
                f"The Dask cluster at {client.scheduler.address} has no workers. Start some: "
                "dask worker ADDRESS."
            ) from None
    groups = _groups(accounts, sum(client.nthreads().values()))
    place = _Place(tables.path, dict(tables.options))
    started, sync = options["now"](), new_sync()
    options = {
        **options,
        "now": None if options["now"] is utc_now else options["now"],
        "whole": (sync, started),
    }
    connected, absent = options.pop("connected"), options.pop("absent")
    futures = [
        client.submit(
            _sync_group,
            place,
            group,
            options
            | {
                "connected": {key: connected[key] for key in group if key in connected},
                "absent": absent & set(group),
            },
            pure=False,
            retries=_RETRIES,
        )
        for group in groups
    ]
    whole = SyncReport(started=started.isoformat(timespec="seconds"))
    failed: dict[str, BaseException] = {}
    try:
        with progress_bar("Syncing", unit="accounts", total=len(accounts), show=progress) as bar:
            for future in distributed.as_completed(futures):
                group = groups[futures.index(future)]
                if future.status == "finished":
                    whole.add(future.result())
                else:
                    failed |= dict.fromkeys(group, future.exception())
                bar.update(len(group))
    finally:
        client.cancel([future for future in futures if not future.done()])
    whole.accounts = len(accounts)
    for key, error in failed.items():
        why = error.record if isinstance(error, KloudlessException) else type(error).__name__
        whole.failures[key] = f"its group failed {_RETRIES + 1} times: {why}"
    whole.finished = utc_now().isoformat(timespec="seconds")
    whole.anchor = anchor_of(sync, whole.hashes.values())
    return whole


def _groups(accounts: Mapping[str, Account], threads: int) -> list[dict[str, _Credential]]:
    sealed = {
        key: _Credential(account.account_id, account.token, account.api_key, account.settings)
        for key, account in accounts.items()
    }
    size = -(-len(sealed) // max(1, threads * _GROUPS_PER_THREAD))
    size = min(max(1, size), _LARGEST)
    keys = list(sealed)
    return [
        {key: sealed[key] for key in keys[start : start + size]}
        for start in range(0, len(keys), size)
    ]


def _sync_group(
    place: _Place, group: Mapping[str, _Credential], options: dict[str, Any]
) -> SyncReport:
    """Sync some accounts, in a worker."""
    tables = Tables(place.path, place.options)
    accounts = {key: credential.account() for key, credential in group.items()}
    chosen = {**options, "now": options["now"] or utc_now}
    return Syncing(tables, accounts, progress=False, **chosen).run()
