"""Act as each user of a team, for services that show users' data only that way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeAlias

from ..account import Account
from ..decode import split_objects
from ..exceptions import InvalidParameter
from ..paging.pages import read_pages
from .parallel import OnError

__all__ = ["ACT_AS_USER", "AsUsers", "collects", "readers_of", "service_of"]

#: ``"all"``, or ids of users; None for the account itself.
AsUsers: TypeAlias = str | Sequence[str] | None

#: Services that need ``X-Kloudless-As-User`` to show a user's data (D). s3, sharepoint, egnyte and
#: others neither need nor allow it: an administrator sees everything (D).
ACT_AS_USER = frozenset(
    "box dropbox gdrive google_calendar gmail outlook_calendar outlook_email exchange "
    "exchange_email onedrivebiz".split()
)


def collects(as_users: AsUsers) -> OnError:
    """Return how to handle failures: a user who cannot be read leaves a gap."""
    return "raise" if as_users is None else "collect"


def service_of(account: Account) -> str:
    """Return the name of an account's service; one request."""
    return str(account.get("").data.get("service") or "")


def readers_of(account: Account, as_users: AsUsers) -> dict[str, Account]:
    """Return the users as whom to read an account.

    Parameters
    ----------
    account : Account
        An administrator's account, unless `as_users` is None.
    as_users : {"all"} or sequence of str, optional
        ``"all"``: each user of the team if the service needs that, else the account itself.

    Returns
    -------
    dict of str to Account
        User id -> the account acting as that user; under ``""`` the account itself.

    Raises
    ------
    InvalidParameter
        `as_users` is not a list of ids.
    """
    if as_users is None or (as_users == "all" and service_of(account) not in ACT_AS_USER):
        return {"": account}
    users = _ids(account) if as_users == "all" else as_users
    if isinstance(users, str) or not all(isinstance(one, str) and one for one in users):
        raise InvalidParameter(
            f'must be "all" or a list of user ids, not {as_users!r}.', parameter="as_users"
        )
    return {one: account.with_options(impersonate_user_id=one) for one in dict.fromkeys(users)}


def _ids(account: Account) -> list[str]:
    pages = read_pages(account, "team/users")
    users = (json.loads(text) for page in pages for text in split_objects(page))
    return [str(user["id"]) for user in users if isinstance(user, dict) and user.get("id")]
