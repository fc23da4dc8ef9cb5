"""Ask the server whose credential it is, and explain a rejection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..application import check_application, token_information
from ..client import Client
from ..credentials.frames import hides_arguments
from ..credentials.kinds import API_KEY, KINDS, META_TOKEN, TOKEN
from ..exceptions import (
    APIException,
    AuthorizationException,
    ConnectionFailed,
    ForbiddenException,
    InvalidParameter,
    InvalidResponse,
    KloudlessException,
    NoServer,
    NotFoundException,
    Remedy,
    TokenVerificationFailed,
)
from ..http.urls import EXAMPLE_URL
from ..text.counts import count
from ..util import one_line

__all__ = ["Identity", "client_with", "explain", "identify"]


@dataclass(frozen=True)
class Identity:
    """The server's answer to whose credential it is.

    Attributes
    ----------
    kind : {"token", "api_key", "meta_token"}
    base_url : str
    api_version : int
    application, account_id, account, service, scope, expires : str or None
        None if the server did not say. `service` is the service's display name, `expires` a time in
        the server's own form.
    admin : bool or None
    accounts : int or None
        The number of accounts that an API key gives access to.
    """

    kind: str
    base_url: str
    api_version: int
    application: str | None = None
    account_id: str | None = None
    account: str | None = None
    service: str | None = None
    scope: str | None = None
    expires: str | None = None
    admin: bool | None = None
    accounts: int | None = None

    @property
    def title(self) -> str:
        """The owner, in a few words."""
        if self.kind == TOKEN.name:
            return self.account or f"account {self.account_id or 'me'}"
        if self.kind == META_TOKEN.name:
            return "the developer"
        return "an application" + (
            "" if self.accounts is None else f" ({count(self.accounts, 'account')})"
        )

    def rows(self) -> list[tuple[str, str]]:
        """Return the known facts as pairs of a label and a text."""
        admin = {True: "yes", False: "no", None: None}[self.admin]
        rows = [
            ("Service", self.service),
            ("Account", " · ".join(filter(None, [self.account, self.account_id]))),
            ("Administrator", admin),
            ("Scope", self.scope),
            ("Expires", _when(self.expires) if self.kind == TOKEN.name else None),
            ("Application", self.application),
            ("Accounts", None if self.accounts is None else f"{self.accounts:,}"),
            ("Server", f"{self.base_url} · API version {self.api_version}"),
        ]
        return [(name, one_line(text)) for name, text in rows if text]


def _when(expires: str | None) -> str:
    """Return the expiry for people to read."""
    if expires is None:
        return "not said"
    try:
        moment = datetime.fromisoformat(expires)
    except ValueError:  # "in 2.0 hours", or an unknown form
        return expires
    moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    past = " (past, but still accepted)" if moment < datetime.now(UTC) else ""
    return f"{moment:%Y-%m-%d %H:%M} UTC{past}"


def client_with(
    kind: str,
    credential: str,
    base_url: str | None = None,
    api_version: int | str | None = None,
) -> Client:
    """Return a client with a credential of the given kind.

    Parameters
    ----------
    kind : {"token", "api_key", "meta_token"}
    credential : str
    base_url, api_version : optional
        As for `Client`.

    Returns
    -------
    Client
    """
    given: dict[str, Any] = {KINDS[kind].argument: credential}
    return Client(**given, base_url=base_url, api_version=api_version)


@hides_arguments
def identify(
    kind: str,
    credential: str,
    *,
    base_url: str | None = None,
    api_version: int | str | None = None,
    app_id: str | None = None,
) -> Identity:
    """Ask the server whose credential it is.

    Parameters
    ----------
    kind : {"token", "api_key", "meta_token"}
    credential : str
    base_url, api_version : optional
        Override the current `configuration`.
    app_id : str, optional
        Reject an account's token of any other application.

    Returns
    -------
    Identity

    Raises
    ------
    TokenVerificationFailed
        The token belongs to another application.
    KloudlessException
        The server rejects the credential, or is not a Kloudless server; see `explain`.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     identify("token", sandbox.accounts[0].token, base_url=sandbox.base_url).service
    'Google Drive'
    """
    client = _interactive(client_with(kind, credential, base_url, api_version))
    known = _IDENTIFY[kind](client, app_id)
    settings = client.settings
    return Identity(kind, settings.base_url, settings.api_version, **known)


def _interactive(client: Client) -> Client:
    """Return a client for interactive use: short timeouts, one retry, no impersonation."""
    settings = client.settings
    return client.with_options(
        connect_timeout=min(5.0, settings.connect_timeout),
        read_timeout=min(20.0, settings.read_timeout),
        total_timeout=min(30.0, settings.total_timeout),
        max_retries=min(1, settings.max_retries),
        max_retry_wait=min(5.0, settings.max_retry_wait),
        raw_data=False,
        impersonate_user_id=None,
    )


def _account_token(client: Client, app_id: str | None) -> dict[str, Any]:
    try:
        info = token_information(client)
    except NotFoundException:  # an old server; the account's own endpoint suffices (A)
        if app_id:
            raise
        info = {}
    if app_id:
        check_application(info, app_id)
    if info.get("scope") == "meta":
        raise InvalidParameter("This is a meta token.", remedy=Remedy.TAKE_FOR_META_TOKEN)
    account = _object(client, "accounts/me")
    seconds = info.get("expires_in")
    expires = account.get("token_expiry")
    if expires is None and isinstance(seconds, int | float):
        expires = f"in {seconds / 3600:,.1f} hours"
    return {
        "application": _text(info.get("client_id")),
        "account_id": _text(account.get("id")),
        "account": _text(account.get("account")),
        "service": _text(account.get("service_name") or account.get("service")),
        "scope": _text(info.get("scope")),
        "expires": _text(expires),
        "admin": account["admin"] if isinstance(account.get("admin"), bool) else None,
    }


def _api_key(client: Client, app_id: str | None) -> dict[str, Any]:
    if app_id:
        raise InvalidParameter(
            "An API key cannot be verified against an application id, only an account's token "
            "can. Leave the application id out."
        )
    found = _object(client, "accounts")
    if not isinstance(found.get("objects"), list):
        raise InvalidResponse(
            f"{client.settings.base_url} does not answer with a list of accounts.",
            remedy=Remedy.CHECK_API,
        )
    total = found.get("total", found.get("count"))
    return {"accounts": total if isinstance(total, int) else None}


def _meta_token(client: Client, app_id: str | None) -> dict[str, Any]:
    path = "meta/applications" + (f"/{app_id}" if app_id else "")
    found = _object(client, path)
    return {"application": app_id, "scope": None if app_id or "objects" in found else "meta"}


_IDENTIFY = {TOKEN.name: _account_token, API_KEY.name: _api_key, META_TOKEN.name: _meta_token}


def _object(client: Client, path: str) -> dict[str, Any]:
    data = getattr(client.get(path), "data", None)
    if not isinstance(data, dict):
        raise InvalidResponse(
            f"GET {path} answered with something that is not a JSON object.",
            remedy=Remedy.CHECK_API,
        )
    return data


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def explain(error: KloudlessException, kind: str, base_url: str) -> tuple[str, str]:
    """Return why the sign-in failed: a headline, and what to do about it.

    Parameters
    ----------
    error : KloudlessException
        The exception that `identify` raised.
    kind : str
        The credential's kind.
    base_url : str
        The server's base URL.

    Returns
    -------
    tuple of str and str
        Plain text, not HTML. It may quote the server.

    Examples
    --------
    >>> explain(ConnectionFailed(message="No route to host."), "token", "http://10.0.0.9")
    ('Unreachable server', 'http://10.0.0.9 does not answer. Check the address and the port, ...
    """
    label = KINDS[kind].label.lower()
    says = getattr(error, "error_data", {}).get("message")
    quoted = f" The server says: “{one_line(str(says))[:300]}”" if says else ""
    if isinstance(error, NoServer):
        return "No server", f"Fill in the server's address, such as {EXAMPLE_URL}."
    if isinstance(error, TokenVerificationFailed):
        return "Wrong application", error.message
    if isinstance(error, ConnectionFailed):
        return "Unreachable server", (
            f"{base_url} does not answer. Check the address and the port, and that the server is "
            f"running. ({one_line(error.facts)})"
        )
    if _is_foreign(error):
        return "Not a Kloudless server", (
            f"{base_url} answers, but not like a Kloudless API server. Check the address, the "
            f"port and the API version. Use the API's address, not that of a web page."
        )
    if isinstance(error, AuthorizationException):
        return "Expired or not valid", (
            f"The server does not accept this {label}: it is mistyped, expired or revoked, or "
            f"belongs to another server or is of another kind.{quoted}"
        )
    if isinstance(error, ForbiddenException):
        return "Not allowed", f"The server knows this {label} but refuses it.{quoted}"
    if isinstance(error, APIException):
        return "The server could not answer", one_line(error.facts)
    return "This cannot be used", one_line(error.message)


def _is_foreign(error: KloudlessException) -> bool:
    """Return True if the answer is not one that the API gives."""
    if isinstance(error, InvalidResponse):
        return True
    # Every error of the API is an object with an error_code (D, S).
    refused = AuthorizationException | ForbiddenException | NotFoundException
    return isinstance(error, refused) and not error.error_data.get("error_code")
