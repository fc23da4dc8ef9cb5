"""Find the accounts to sync: those given, or all of an API key or a developer's meta token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..account import Account
from ..client import Client
from ..exceptions import InvalidParameter, KloudlessException
from ..listings.parallel import in_parallel
from ..util import is_text

__all__ = ["Discovered", "accounts_of"]


@dataclass
class Discovered:
    """Accounts by id, and what could not be determined.

    Attributes
    ----------
    accounts : dict of str to Account
    connected : dict of str to datetime
        When accounts were connected, if the server said so.
    failures : dict of str to str
        From the request to the reason for its failure.
    unseen : list of str
        Applications without an active API key, whose accounts cannot be listed.
    everybody : bool
        True if these are all accounts, so that any others in the archive are disconnected.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    connected: dict[str, datetime] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)
    everybody: bool = False

    def add(
        self, name: str, id: Any, account: Account | Callable[[str], Account], created: Any
    ) -> None:
        """Add an account if its id can be archived; otherwise note a failure.

        Parameters
        ----------
        name : str
            The account's name in messages.
        id : object
            The id that the server sent.
        account : Account or callable
            The account to read.
        created : object
            When the account was connected.
        """
        if not isinstance(id, str | int) or not is_text(str(id)) or not str(id):
            self.failures[name] = "The server gives it no id that it could be archived by."
            self.everybody = False
            return
        self.accounts[str(id)] = account if isinstance(account, Account) else account(str(id))
        if (moment := _time(created)) is not None:
            self.connected[str(id)] = moment


def accounts_of(accounts: Client | Account | Sequence[Account]) -> Discovered:
    """Return the accounts to sync.

    Parameters
    ----------
    accounts : Client, Account or sequence of Account
        A `Client` with an API key stands for all accounts of its application; one with a
        developer's meta token for those of all applications that have an API key.

    Raises
    ------
    InvalidParameter
        There is no account.
    APIException
        The list of accounts or applications cannot be read.
    """
    if isinstance(accounts, Account):
        found = _given([accounts])
    elif not isinstance(accounts, Client):
        found = _given(_listed(accounts))
    elif accounts.api_key is not None:
        found = _of_key(accounts)
        found.everybody = not found.failures
    else:
        found = _of_developer(accounts)
    if not (found.accounts or found.failures or found.everybody):
        raise InvalidParameter("There is no account to sync.")
    return found


def _listed(accounts: Any) -> list[Account]:
    listed = list(accounts) if isinstance(accounts, Iterable) else [accounts]
    for one in listed:
        if not isinstance(one, Account):
            raise InvalidParameter(
                f"An archive is synced with accounts or a client, not with {type(one).__name__}."
            )
    return listed


def _given(accounts: Sequence[Account]) -> Discovered:
    found = Discovered({str(a.account_id): a for a in accounts if a.account_id != "me"})
    asked = [(n, a) for n, a in enumerate(accounts, 1) if a.account_id == "me"]
    for (number, account), answer in in_parallel(_describe, asked):
        # Its id is not known yet, and its token must not be shown.
        name = f"account number {number} of those given"
        if isinstance(answer, KloudlessException):
            found.failures[name] = answer.record
        else:
            found.add(name, answer.get("id"), account, answer.get("created"))
    return found


def _describe(numbered: tuple[int, Account]) -> Mapping[str, Any]:
    data = numbered[1].get().data
    return data if isinstance(data, Mapping) else {}


def _time(value: Any) -> datetime | None:
    import pandas as pd

    if not isinstance(value, (str, datetime)):
        return None
    moment = pd.to_datetime(value, utc=True, errors="coerce")
    return None if pd.isna(moment) else moment.to_pydatetime()


def _of_key(client: Client) -> Discovered:
    from ..listings import list_accounts

    listed = list_accounts(client, columns=["id", "created"], progress=False)
    found = Discovered()

    for number, id in enumerate(listed["id"]):
        name = f"account number {number + 1} listed"
        found.add(name, id, client.account, listed["created"].iloc[number])
    return found


def _of_developer(client: Client) -> Discovered:
    """Return the accounts of all applications, each listed with the application's own API key."""
    from ..listings import list_application_items, list_applications

    applications = list_applications(client, progress=False)
    keys = list_application_items(
        client, "apikeys", show_secrets=True, progress=False, on_error="collect"
    )
    failures = {
        f"application {name}": text for name, text in keys.attrs.get("failures", {}).items()
    }
    usable = keys[keys["key"].notna() & keys["active"].fillna(True).astype(bool)]
    by_application = usable.drop_duplicates("application_id").set_index("application_id")["key"]
    found = Discovered(failures=failures)
    for id in applications["id"]:
        if id not in by_application.index and f"application {id}/apikeys" not in failures:
            found.unseen.append(id)

    def ask(application: str) -> Discovered:
        return _of_key(Client(api_key=by_application[application], settings=client.settings))

    for application, its in in_parallel(ask, by_application.index):
        if isinstance(its, KloudlessException):
            found.failures[f"application {application}"] = its.record
        else:
            found.accounts |= its.accounts
            found.connected |= its.connected
            found.failures |= {
                f"application {application}, {n}": w for n, w in its.failures.items()
            }
    # If an application could not be asked, its disconnected accounts are unknown.
    found.everybody = not (found.failures or found.unseen)
    return found
