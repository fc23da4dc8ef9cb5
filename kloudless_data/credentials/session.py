"""Signing in: finding a credential, and keeping it in a session once a server has accepted it."""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from ..account import Account
from ..client import Client
from ..exceptions import InvalidParameter, NotSignedIn
from ..util import one_line
from . import keyring as keychain
from .identity import KINDS, Identity, identify

__all__ = ["Found", "LoginSession", "client_for", "find_credential", "open_sessions"]

_ENVIRONMENT = {
    "token": "KLOUDLESS_TOKEN",
    "api_key": "KLOUDLESS_API_KEY",
    "meta_token": "KLOUDLESS_META_TOKEN",
}


class Found(NamedTuple):
    """A credential, and where it was found."""

    kind: str
    credential: str
    where: str

    def __repr__(self) -> str:
        return f"<{KINDS[self.kind]} from {self.where}, hidden>"


def find_credential(given: Mapping[str, str | None], base_url: str) -> Found | None:
    """Look for a credential in arguments, in the environment, and in the keyring.

    Parameters
    ----------
    given : mapping of str to str or None
        Arguments, by kind.
    base_url : str
        Which server the keyring is asked about.

    Returns
    -------
    Found or None

    Raises
    ------
    InvalidParameter
        When several arguments are given.
    """
    arguments = {kind: value for kind, value in given.items() if value is not None}
    if len(arguments) > 1:
        raise InvalidParameter(f"Pass one of {', '.join(KINDS)}, not {' and '.join(arguments)}.")
    for kind, value in arguments.items():
        return Found(kind, value, "the argument")
    for kind, variable in _ENVIRONMENT.items():
        if os.environ.get(variable):
            return Found(kind, os.environ[variable], f"the environment variable {variable}")
    remembered = keychain.recall(base_url)
    if remembered and remembered[0] in KINDS:
        return Found(*remembered, "the keyring")
    return None


_open: weakref.WeakSet[LoginSession] = weakref.WeakSet()


class LoginSession:
    """What `login` returns: a credential that a server has accepted, and where it is good.

    Later calls are made through it: `account` and `client` give what requests are made with, and
    the functions that take a client take the session too. The credential is here and nowhere else.

    Attributes
    ----------
    identity : Identity or None
        Whose credential it is; None before somebody has signed in, and after `logout`.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     session = LoginSession()
    ...     identity = session.sign_in("token", sandbox.accounts[0].token,
    ...                                base_url=sandbox.base_url)
    ...     len(session.account().events().to_frame())
    10
    """

    def __init__(self) -> None:
        self.identity: Identity | None = None
        self._accepted: Client | None = None
        _open.add(self)

    def sign_in(
        self,
        kind: str,
        credential: str,
        *,
        base_url: str | None = None,
        api_version: int | str | None = None,
        app_id: str | None = None,
        remember: bool = False,
    ) -> Identity:
        """Take a credential if the server accepts it; otherwise stay as it was.

        Parameters
        ----------
        kind, credential, base_url, api_version, app_id
            As for `identify`.
        remember : bool
            Store it in the operating system's keyring.

        Returns
        -------
        Identity

        Raises
        ------
        KloudlessException
            As for `identify`; `KeyringUnavailable` after it was taken, but not remembered.
        """
        identity = identify(
            kind, credential, base_url=base_url, api_version=api_version, app_id=app_id
        )
        name = "api_key" if kind == "api_key" else "token"
        self._accepted = Client(
            **{name: credential}, base_url=identity.base_url, api_version=identity.api_version
        )
        self.identity = identity
        if remember:
            keychain.remember(identity.base_url, kind, credential)
        return identity

    @property
    def signed_in(self) -> bool:
        """Whether there is a credential."""
        return self._accepted is not None

    def client(self) -> Client:
        """Return a client with the session's credential, at its server.

        Returns
        -------
        Client
            With the other settings as `configuration` has them now.

        Raises
        ------
        NotSignedIn
        """
        accepted = self._credential()
        return Client(accepted.api_key, accepted.token, **self._server())

    def account(self, account_id: int | str | None = None) -> Account:
        """Return an account with the session's credential, at its server.

        Parameters
        ----------
        account_id : int or str, optional
            Needed with an API key, which opens many; `pick_account` lists them.

        Returns
        -------
        Account
            With the other settings as `configuration` has them now.

        Raises
        ------
        NotSignedIn
        InvalidParameter
            The credential is not for accounts, or does not say for which.
        """
        accepted = self._credential()
        if self.identity is not None and self.identity.kind == "meta_token":
            raise InvalidParameter(
                "A meta token opens the management API, not accounts. Log in with an account's "
                "token or with the application's API key."
            )
        return Account(accepted.token, accepted.api_key, account_id, **self._server())

    def logout(self) -> bool:
        """Forget the credential, here and in the keyring.

        Returns
        -------
        bool
            Whether there was one.
        """
        identity, self.identity, self._accepted = self.identity, None, None
        if identity is not None:
            keychain.forget(identity.base_url)
        return identity is not None

    def _credential(self) -> Client:
        if self._accepted is None:
            raise NotSignedIn(
                "Nobody is signed in: fill in the form of login(), press “Sign in”, and run this "
                "cell again."
            )
        return self._accepted

    def _server(self) -> dict[str, Any]:
        settings = self._credential().settings
        return {"base_url": settings.base_url, "api_version": settings.api_version}

    def __repr__(self) -> str:
        if self.identity is None:
            return "<LoginSession: nobody is signed in>"
        what = f"{KINDS[self.identity.kind].lower()} of {self.identity.title}"
        service = f", {self.identity.service}" if self.identity.service else ""
        return one_line(f"<LoginSession: {what}{service}, {self.identity.base_url}>")

    def __reduce__(self) -> NoReturn:
        raise TypeError("A login session holds a credential and is not written to files.")


def open_sessions() -> list[LoginSession]:
    """Return the sessions that hold a credential, so that `logout` can end them."""
    return [session for session in _open if session.signed_in]


def client_for(source: LoginSession | Client | None) -> Client:
    """Return the client that a function was given: itself, or the session's, or the environment's.

    Raises
    ------
    NotSignedIn, InvalidParameter
        There is no credential.
    """
    if isinstance(source, LoginSession):
        return source.client()
    return Client() if source is None else source
