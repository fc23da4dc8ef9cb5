"""A session: a credential that a server has accepted."""

from __future__ import annotations

import weakref
from typing import NoReturn

from ..account import Account
from ..client import Client
from ..config import configuration
from ..credentials import keyring
from ..credentials.frames import hides_arguments
from ..credentials.kinds import KINDS
from ..exceptions import InvalidParameter, NotSignedIn
from ..util import shown
from .identity import Identity, client_with, identify

__all__ = ["LoginSession", "client_for", "open_sessions"]

_open: weakref.WeakSet[LoginSession] = weakref.WeakSet()


class LoginSession:
    """The result of `login`: a credential that a server has accepted, and that server.

    Later calls go through it: `account` and `client` return what makes requests, and functions that
    take a client also take the session. The credential is stored only here.

    Attributes
    ----------
    identity : Identity or None
        Whose credential it is; None before signing in and after `logout`.

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

    @hides_arguments
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
        """Adopt a credential if the server accepts it; otherwise stay unchanged.

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
            As for `identify`; `KeyringUnavailable` if it was accepted but could not be stored.
        """
        identity = identify(
            kind, credential, base_url=base_url, api_version=api_version, app_id=app_id
        )
        self._accepted = client_with(kind, credential, identity.base_url, identity.api_version)
        self.identity = identity
        if remember:
            keyring.remember(identity.base_url, kind, credential)
        return identity

    @property
    def signed_in(self) -> bool:
        """True if there is a credential."""
        return self._accepted is not None

    def client(self) -> Client:
        """Return a client with the session's credential, at its server.

        Returns
        -------
        Client
            Other settings come from the current `configuration`.

        Raises
        ------
        NotSignedIn
        """
        accepted = self._credential()
        server = accepted.settings
        return accepted.with_options(
            **{
                **configuration,
                "base_url": server.base_url,
                "api_version": server.api_version,
            }
        )

    def account(self, account_id: int | str | None = None) -> Account:
        """Return an account with the session's credential, at its server.

        Parameters
        ----------
        account_id : int or str, optional
            Required with an API key, which covers many; `pick_account` lists them.

        Returns
        -------
        Account
            Other settings come from the current `configuration`.

        Raises
        ------
        NotSignedIn
        InvalidParameter
            The credential is not for accounts, or does not say which one.
        """
        client = self.client()
        if self.identity is not None and not KINDS[self.identity.kind].opens_accounts:
            raise InvalidParameter(
                "A meta token opens the management API, not accounts. Log in with an account's "
                "token or with the application's API key."
            )
        return client.account(account_id)

    def logout(self) -> bool:
        """Forget the credential, here and in the keyring.

        Returns
        -------
        bool
            True if there was one.
        """
        identity, self.identity, self._accepted = self.identity, None, None
        if identity is not None:
            keyring.forget(identity.base_url)
        return identity is not None

    def _credential(self) -> Client:
        if self._accepted is None:
            raise NotSignedIn(
                "Nobody is signed in: fill in the form of login(), press “Sign in”, and run this "
                "cell again."
            )
        return self._accepted

    def __repr__(self) -> str:
        if self.identity is None:
            return "<LoginSession: nobody is signed in>"
        what = f"{KINDS[self.identity.kind].label.lower()} of {self.identity.title}"
        service = f", {self.identity.service}" if self.identity.service else ""
        return shown(f"<LoginSession: {what}{service}, {self.identity.base_url}>")

    def __reduce__(self) -> NoReturn:
        raise TypeError("A login session holds a credential and cannot be written to files.")


def open_sessions() -> list[LoginSession]:
    """Return the sessions that hold a credential, so that `logout` can end them."""
    return [session for session in _open if session.signed_in]


def client_for(source: LoginSession | Client | None) -> Client:
    """Return the client for an argument: itself, the session's or the environment's.

    Raises
    ------
    NotSignedIn, InvalidParameter
        There is no credential.
    """
    if isinstance(source, LoginSession):
        return source.client()
    return Client() if source is None else source
