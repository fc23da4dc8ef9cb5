"""Read the accounts that administrators connected, one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..account import Account
from ..archive.discovery import accounts_of
from ..client import Client
from ..decode import split_objects
from ..display.progress import progress_bar
from ..exceptions import APIException, ArchiveFailed, InvalidParameter, Remedy
from ..http.urls import same_server
from ..paging.pages import read_pages
from ..util import is_text
from .ledger import Ledger
from .outcome import Report
from .reader import AccountReader
from .requests import Budget, BudgetSpent, Metered
from .store import Batch, Store

__all__ = ["Accounts", "read_administrators"]

Accounts = Client | Account | Sequence[Account]


def read_administrators(
    store: Store,
    accounts: Accounts,
    read: Callable[[AccountReader], object],
    *,
    prepare: Callable[[Sequence[AccountReader]], Sequence[AccountReader]],
    now: Callable[[], datetime],
    max_requests: int | None,
    moved: bool,
    progress: bool | None,
) -> Report:
    """Read each administrator's account; a failing account does not stop the others.

    Parameters
    ----------
    store : Store
        Where to write.
    accounts : Client, Account or sequence of Account
        A `Client` with an API key stands for all of its application's accounts.
    read : callable
        Reads one account.
    prepare : callable
        Records which accounts there are, before any is read; returns those to read.
    now : callable
        Returns the current time in UTC.
    max_requests : int or None
        Send at most this many.
    moved : bool
        Accept other servers than those that accounts were read from.
    progress : bool or None
        Show a progress bar. None shows one where it is visible.

    Raises
    ------
    InvalidParameter
        There is no administrator's account.
    ArchiveFailed
        An account was read from another server.
    """
    report = Report(started=now().isoformat(timespec="seconds"))
    budget = Budget(max_requests)
    with progress_bar("Reading access", unit="units", show=progress) as bar:
        readers = [
            AccountReader(
                store, account, name, service, budget=budget, report=report, now=now, bar=bar
            )
            for account, name, service in _administrators(accounts, budget, report)
        ]
        _name_servers(readers, moved=moved)
        for reader in prepare(readers):
            report.accounts.append(reader.name)
            try:
                read(reader)
            except BudgetSpent:
                report.left += 1
            except APIException as error:
                report.failures[f"account {reader.name}"] = error.facts
            finally:  # Ctrl-C keeps what was read
                reader.commit()
    report.requests = budget.made
    report.finished = now().isoformat()  # not rounded: Access.diff(report.finished) takes it
    return report


def _name_servers(readers: Sequence[AccountReader], *, moved: bool) -> None:
    """Record which servers accounts are read from, or refuse others than before.

    An account that names no server adopts the first one.
    """
    if not readers:
        return
    store, now = readers[0].store, readers[0].now
    batch = Batch(store)
    for one in readers:
        server, known = one.account.settings.base_url, Ledger(store, one.name).server()
        if known is not None and same_server(server, known):
            continue
        if known is not None and not moved:
            raise ArchiveFailed(
                f"The snapshot {store.path} has account {one.name} of {known}, not of {server}, "
                "whose accounts may have the same ids.",
                remedy=Remedy.SAY_MOVED,
                call="update",
                command="access update",
            )
        batch.enter(one.name, "server", server, "named", now(), service=one.service)
    if len(batch):
        batch.commit(now())


def _administrators(
    accounts: Accounts, budget: Budget, report: Report
) -> Iterator[tuple[Account, str, str]]:
    """Yield the administrators' accounts with their ids and services."""
    everybody = isinstance(accounts, Client) and not isinstance(accounts, Account)
    some = False
    try:
        for account, facts in _described(accounts, budget, report):
            if facts.get("admin"):
                some = True
                yield account, str(facts.get("id")), str(facts.get("service") or "")
            elif not everybody:
                name = f"account {facts.get('id')}"
                report.failures[name] = "It is not an administrator's account: it has no team."
    except BudgetSpent:
        report.left += 1
    if not (some or report.failures or report.left):
        raise InvalidParameter("None of these is an administrator's account.")


def _described(
    accounts: Accounts, budget: Budget, report: Report
) -> Iterator[tuple[Account, Mapping[str, Any]]]:
    """Yield each account with what the server says of it."""
    if isinstance(accounts, Client) and not isinstance(accounts, Account) and accounts.api_key:
        found = _of_application(accounts, budget, report)
    else:
        found = ((account, {}) for account in _all(accounts, budget, report))
    for account, facts in found:
        if isinstance(facts.get("admin"), bool) and facts.get("service"):
            yield account, facts
            continue
        try:
            yield account, Metered(account, budget).get("").data
        except APIException as error:
            report.failures[f"account {account.account_id}"] = error.facts


def _of_application(
    client: Client, budget: Budget, report: Report
) -> Iterator[tuple[Account, Mapping[str, Any]]]:
    """Yield an application's accounts, which its list describes."""
    listed = [
        json.loads(text)
        for page in read_pages(Metered(client, budget), "accounts")
        for text in split_objects(page)
    ]
    for number, facts in enumerate(listed, 1):
        identifier = facts.get("id") if isinstance(facts, dict) else None
        if isinstance(identifier, str | int) and is_text(str(identifier)) and str(identifier):
            yield client.account(str(identifier)), facts
        else:
            report.failures[f"account number {number} listed"] = "The server gives it no id."


def _all(accounts: Accounts, budget: Budget, report: Report) -> list[Account]:
    if isinstance(accounts, Account):
        return [accounts]
    if isinstance(accounts, Client):  # of a developer, with several applications
        budget.take()
        known = accounts_of(accounts)
        report.failures.update(known.failures)
        return list(known.accounts.values())
    listed = list(accounts) if isinstance(accounts, Iterable) else [accounts]
    if not all(isinstance(one, Account) for one in listed):
        raise InvalidParameter("Pass a Client or Accounts, such as kd.Client(api_key=…).")
    return listed
