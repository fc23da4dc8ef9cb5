"""Authenticate the caller, and decide which accounts they may access.

Two schemes (D): `Bearer` with one or more account tokens, separated by commas, or with the
developer's meta token; `APIKey` with the application's key, for all accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..world.accounts import Account, Directory
from .responses import ApiError, not_found

__all__ = ["Identity", "account_of", "accounts_of", "identify"]

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Kloudless API"'}


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller: accounts by token, the application by key, or the developer."""

    accounts: tuple[Account, ...] = ()
    application: bool = False
    developer: bool = False
    foreign: bool = False


def identify(directory: Directory, header: str | None) -> Identity:
    """Return the identity behind an Authorization header.

    Parameters
    ----------
    directory : Directory
        The known accounts and credentials.
    header : str or None
        The value of the Authorization header.

    Raises
    ------
    ApiError
        401, if the header is missing or invalid.
    """
    if not header or not header.strip():
        raise ApiError(
            401,
            "authentication_required",
            "Authentication credentials were not provided.",
            _CHALLENGE,
        )
    scheme, _, credential = header.strip().partition(" ")
    credential = credential.strip()
    if scheme.lower() == "apikey":
        if credential == directory.api_key and directory.holds(credential):
            return Identity(application=True)
        if credential in directory.other_api_keys:
            return Identity()
        raise ApiError(401, "unauthorized", "The API Key is not valid.", _CHALLENGE)
    if scheme.lower() != "bearer" or not credential:
        raise ApiError(401, "unauthorized", "Unknown authorization scheme.", _CHALLENGE)
    return _identify_bearer(directory, credential)


def _identify_bearer(directory: Directory, credential: str) -> Identity:
    if directory.holds(credential):
        if credential == directory.meta_token:
            return Identity(developer=True)
        if credential == directory.foreign_token:
            return Identity(foreign=True)
    accounts = [directory.by_token(token.strip()) for token in credential.split(",")]
    if None in accounts:
        raise ApiError(
            401, "invalid_token", "The access token is invalid or has expired.", _CHALLENGE
        )
    return Identity(accounts=tuple(account for account in accounts if account))


def accounts_of(directory: Directory, identity: Identity, names: str) -> list[Account]:
    """Return the accounts that a URL names, if this identity may see them.

    We assume that another account's data is forbidden rather than not found (A).

    Parameters
    ----------
    directory : Directory
        The known accounts and credentials.
    identity : Identity
        The caller.
    names : str
        Ids separated by commas, or ``"me"``.
    """
    _forbid_others(identity)
    if names == "me":
        if identity.application:
            raise ApiError(400, "bad_request", "'me' needs an account's Bearer token.")
        return list(identity.accounts)
    found = []
    for name in names.split(","):
        if not name.isascii() or not name.isdigit():
            raise not_found(f"There is no account {name!r}.")
        account = directory.by_id(int(name[:18]))
        if identity.application and account is None:
            raise not_found(f"There is no account {name}.")
        if account is None or not (identity.application or account in identity.accounts):
            raise ApiError(403, "forbidden", f"The token does not give access to account {name}.")
        found.append(account)
    return found


def account_of(directory: Directory, identity: Identity, names: str) -> Account:
    """Return the one account that a URL names.

    Parameters
    ----------
    directory : Directory
        The known accounts and credentials.
    identity : Identity
        The caller.
    names : str
        An id, or ``"me"``.
    """
    accounts = accounts_of(directory, identity, names)
    if len(accounts) != 1:
        raise ApiError(400, "bad_request", "This endpoint serves one account at a time.")
    return accounts[0]


def _forbid_others(identity: Identity) -> None:
    if identity.developer:
        raise ApiError(403, "forbidden", "A meta token gives no access to accounts.")
    if identity.foreign:
        raise ApiError(
            401, "invalid_token", "The token belongs to another application.", _CHALLENGE
        )
