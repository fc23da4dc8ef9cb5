"""Verifying tokens, and the OAuth authorization code flow."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

import requests

from . import exceptions
from .client import Client
from .credentials.frames import hides_arguments
from .exceptions import (
    InvalidParameter,
    InvalidResponse,
    OauthFlowFailed,
    Remedy,
    TokenVerificationFailed,
)
from .text.redaction import remember
from .util import bounded, construct_kloudless_endpoint

__all__ = [
    "Client",
    "construct_kloudless_endpoint",
    "exceptions",
    "get_authorization_url",
    "get_token_from_code",
    "verify_token",
]

OAUTH_API_VERSION = 1  # independent of the version used for other endpoints (D)


@hides_arguments
def verify_token(app_id: str | int, token: str, *, base_url: str | None = None) -> dict[str, Any]:
    """Check that a token belongs to an application.

    Do this for every token that came through a browser, where it can be swapped for another.

    Parameters
    ----------
    app_id : str or int
        The application's id.
    token : str
        The Bearer token.
    base_url : str, optional
        Overrides ``configuration["base_url"]``.

    Returns
    -------
    dict
        The token's information; ``client_id`` is the application's id.

    Raises
    ------
    TokenVerificationFailed
        The token belongs to another application.
    APIException
        The token is invalid or expired, or the server could not be reached; ``message`` says which.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     token = sandbox.accounts[0].token
    ...     info = verify_token(sandbox.app_id, token, base_url=sandbox.base_url)
    ...     info["client_id"] == sandbox.app_id
    True
    """
    info = token_information(Client(token=token, base_url=base_url))
    check_application(info, app_id)
    return info


def token_information(client: Client) -> dict[str, Any]:
    """Return what the server says about a client's token.

    Parameters
    ----------
    client : Client
        A client with a Bearer token.

    Returns
    -------
    dict
        ``client_id`` is the application's id; an account's token also has ``account_id`` and
        ``scope`` (A).

    Raises
    ------
    InvalidResponse
        The answer does not describe a token.
    APIException
        The token is invalid, or the server could not be reached.
    """
    response = client.get("oauth/token", api_version=OAUTH_API_VERSION)
    info = getattr(response, "data", None)
    if not isinstance(info, dict) or "client_id" not in info:
        raise InvalidResponse(
            "The token could not be verified: the server's answer does not say which application "
            "it belongs to. Is this an account's token?",
            response.response,
            remedy=Remedy.CHECK_API,
        )
    return info


def check_application(info: Mapping[str, Any], app_id: str | int) -> None:
    """Check that a token's information names an application.

    Parameters
    ----------
    info : mapping
        From `token_information`.
    app_id : str or int

    Raises
    ------
    TokenVerificationFailed
        It names another application.
    InvalidResponse
        It names no application.
    """
    if not info.get("client_id"):
        raise InvalidResponse(
            "The token could not be verified: it belongs to no application, as the meta token "
            "does. Pass an account's token."
        )
    if str(info["client_id"]) != str(app_id):
        raise TokenVerificationFailed(
            f"The token belongs to the application {info['client_id']}, not to {app_id}. "
            "Do not use it: ask for a token of your own application."
        )


def get_authorization_url(
    app_id: str | int,
    redirect_uri: str,
    scope: str = "all",
    state: str = "",
    extra_data: str | Mapping[str, Any] = "",
    **params: Any,
) -> tuple[str, str]:
    """Return the address to send a user to, for the first leg of the OAuth flow.

    Parameters
    ----------
    app_id : str or int
        The application's id.
    redirect_uri : str
        Where the user comes back to; it must be registered with the application.
    scope : str
        Services and permissions, separated by spaces.
    state : str
        A value that comes back with the user. Defaults to a random string.
    extra_data : str or mapping
        Values to prefill the connection form, such as a WebDAV server's domain.
    **params
        Further query parameters.

    Returns
    -------
    url : str
    state : str
        Keep it in the user's session for `get_token_from_code`.

    Examples
    --------
    >>> url, state = get_authorization_url("app", "https://example.com/callback", state="s")
    >>> url
    'https://api.kloudless.com/v1/oauth?client_id=app&response_type=code&redirect_uri=https%3A%2F%2Fexample.com%2Fcallback&scope=all&state=s'
    """
    state = state or secrets.token_urlsafe(16)
    query = {
        **params,
        "client_id": str(app_id),
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
    }
    if extra_data:
        query["extra_data"] = (
            extra_data if isinstance(extra_data, str) else json.dumps(dict(extra_data))
        )
    endpoint = construct_kloudless_endpoint("oauth", api_version=OAUTH_API_VERSION)
    url = requests.Request("GET", endpoint, params=query).prepare().url
    return str(url), state


@hides_arguments
def get_token_from_code(
    app_id: str | int, api_key: str, orig_state: str, orig_redirect_uri: str, **params: Any
) -> str:
    """Return the Bearer token for an authorization code, the second leg of the OAuth flow.

    Parameters
    ----------
    app_id : str or int
        The application's id.
    api_key : str
        The application's API key.
    orig_state, orig_redirect_uri : str
        The `state` that `get_authorization_url` returned and the `redirect_uri` it was given.
    **params
        The query parameters of the callback: ``code`` and ``state``, or ``error``.

    Returns
    -------
    str

    Raises
    ------
    OauthFlowFailed
        The user or the server refused, the state does not match, or there is no code.
    APIException
        The code could not be exchanged: it was used, has expired or belongs to another application.
    """
    if params.get("error"):
        description = bounded(str(params.get("error_description") or "the server gave no reason"))
        error = bounded(str(params["error"]), 80)
        raise OauthFlowFailed(f"The authorization was refused ({error}): {description}.", params)
    if not orig_state:
        raise InvalidParameter(
            "is empty: without it the answer cannot be trusted.", parameter="orig_state"
        )
    came_back = str(params.get("state") or "")
    if not hmac.compare_digest(str(orig_state).encode(), came_back.encode()):
        raise OauthFlowFailed(
            "The state that came back is not the one that was sent, so this answer may have been "
            "forged. Start the flow again."
        )
    if not params.get("code"):
        raise OauthFlowFailed("The answer holds no authorization code. Start the flow again.")
    remember(str(params["code"]))
    response = Client(api_key=api_key).post(
        "oauth/token",
        data={
            "grant_type": "authorization_code",
            "code": params["code"],
            "redirect_uri": orig_redirect_uri,
            "client_id": str(app_id),
            "client_secret": api_key,
        },
        api_version=OAUTH_API_VERSION,
    )
    token = response.data.get("access_token") if isinstance(response.data, dict) else None
    if not isinstance(token, str) or not token:
        raise InvalidResponse("The server's answer holds no access token.", response.response)
    return token
