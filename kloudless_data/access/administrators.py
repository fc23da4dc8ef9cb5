"""Read the accounts that administrators connected, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from ..account import Account
from ..archive.discovery import accounts_of
from ..client import Client
from ..display.progress import progress_bar
from ..exceptions import APIException, InvalidParameter
from .outcome import Report
from .reading import AccountReading
from .requests import Budget
from .store import Store

__all__ = ["Accounts", "read_administrators"]

Accounts = Client | Account | Sequence[Account]


def read_administrators(
    store: Store,
    accounts: Accounts,
    read: Callable[[AccountReading], object],
    *,
    now: Callable[[], datetime],
    max_requests: int | None,
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
    now : callable
        Returns the current time in UTC.
    max_requests : int or None
        Send at most this many.
    progress : bool or None
        Show a progress bar. None shows one where it is visible.

    Raises
    ------
    InvalidParameter
        There is no administrator's account.
    """
    report = Report(started=now().isoformat(timespec="seconds"))
    budget = Budget(max_requests)
    with progress_bar("Reading access", unit="units", show=progress) as bar:
        for account, name, service in _administrators(accounts, budget, report):
            reading = AccountReading(
                store, account, name, service, budget=budget, report=report, now=now, bar=bar
            )
            report.accounts.append(name)
            try:
                read(reading)
            except APIException as error:
                report.failures[f"account {name}"] = error.facts
            finally:  # Ctrl-C keeps what was read
                reading.commit()
    report.requests += budget.made
    report.finished = now().isoformat(timespec="seconds")
    return report


def _administrators(
    accounts: Accounts, budget: Budget, report: Report
) -> Iterator[tuple[Account, str, str]]:
    """Yield the administrators' accounts with their ids and services."""
    everybody = isinstance(accounts, Client) and not isinstance(accounts, Account)
    some = False
    for account in _all(accounts, report):
        budget.take()
        try:
            facts = account.get("").data
        except APIException as error:
            report.failures[f"account {account.account_id}"] = error.facts
            continue
        if facts.get("admin"):
            some = True
            yield account, str(facts.get("id")), str(facts.get("service") or "")
        elif not everybody:
            name = f"account {facts.get('id')}"
            report.failures[name] = "It is not an administrator's account: it has no team."
    if not some and not report.failures:
        raise InvalidParameter("None of these is an administrator's account.")


def _all(accounts: Accounts, report: Report) -> list[Account]:
    if isinstance(accounts, Account):
        return [accounts]
    if isinstance(accounts, Client):
        known = accounts_of(accounts)
        report.failures.update(known.failures)
        report.requests += 1
        return list(known.accounts.values())
    if not all(isinstance(one, Account) for one in accounts):
        raise InvalidParameter("Pass a Client or Accounts, such as kd.Client(api_key=…).")
    return list(accounts)
