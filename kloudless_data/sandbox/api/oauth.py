"""OAuth 2.0: the authorization endpoint, the code exchange, and token information."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import RedirectResponse, Response

from ..world.accounts import Account
from .authorization import Identity, identify
from .responses import ApiError, invalid, reply
from .routing import Call, Route

__all__ = ["ROUTES"]

_SCOPE = "all:normal.storage all:normal.calendar all:normal.crm"


def authorize(call: Call) -> Response:
    """Start the flow; the sandbox's user immediately approves the first account.

    The query parameter `account`, an id, selects another one (a sandbox extension).
    """
    query, directory = call.query, call.state.directory
    if query.get("client_id") != directory.app_id:
        raise invalid("client_id is not an application's id.")
    target = urlsplit(query.get("redirect_uri", ""))
    if not target.scheme:
        raise invalid("redirect_uri is missing or not a URL.")
    account = _chosen_account(call)
    answer = {"state": query["state"]} if "state" in query else {}
    if query.get("response_type") == "code":
        answer["code"] = directory.new_code(account)
        given = dict(parse_qsl(target.query)) | answer
        return RedirectResponse(urlunsplit(target._replace(query=urlencode(given))), 302)
    if query.get("response_type") == "token":
        answer |= {k: str(v) for k, v in _granted(account).items()}
        return RedirectResponse(urlunsplit(target._replace(fragment=urlencode(answer))), 302)
    raise invalid("response_type must be code or token.")


def _chosen_account(call: Call) -> Account:
    accounts = call.state.directory.accounts
    wanted = call.query.get("account")
    found = [account for account in accounts if wanted in (None, str(account.id))]
    if not found:
        raise ApiError(403, "forbidden", "There is no account to connect.")
    return found[0]


def exchange(call: Call) -> Response:
    """Exchange a code for a token, once.

    The official SDK labels its form `application/form-urlencoded`, which does not exist, so the
    body decides, not the header (S).
    """
    form, directory = _form(call), call.state.directory
    if form.get("client_id") != directory.app_id or form.get("client_secret") != directory.api_key:
        raise ApiError(
            401, "unauthorized", "client_id or client_secret is wrong.", error="invalid_client"
        )
    if form.get("grant_type") != "authorization_code":
        raise ApiError(
            400,
            "invalid_parameters",
            "grant_type must be authorization_code.",
            error="unsupported_grant_type",
        )
    account = directory.take_code(form.get("code", ""))
    if account is None:
        raise ApiError(
            400,
            "invalid_parameters",
            "code is not valid or was used before.",
            error="invalid_grant",
        )
    return reply(_granted(account))


def _form(call: Call) -> dict[str, str]:
    try:
        text = call.body.decode()
        if text.lstrip().startswith("{"):
            return {str(key): str(value) for key, value in json.loads(text).items()}
    except ValueError:
        raise ApiError(400, "bad_request", "The body cannot be read.") from None
    return dict(parse_qsl(text))


def _granted(account: Account) -> dict[str, Any]:
    return {
        "access_token": account.token,
        "token_type": "Bearer",
        "scope": _SCOPE,
        "account_id": account.id,
    }


def describe(call: Call) -> Response:
    """Describe the Bearer token, whichever application it belongs to."""
    identity = identify(call.state.directory, call.request.headers.get("authorization"))
    if identity.application:
        raise ApiError(401, "authentication_required", "A Bearer token is required.")
    return reply(_description(call, identity))


def _description(call: Call, identity: Identity) -> dict[str, Any]:
    directory = call.state.directory
    if identity.developer:
        # The description of a meta token has not been observed (A).
        return {
            "client_id": None,
            "account_id": None,
            "scope": "meta",
            "token_type": "Bearer",
            "expires_in": None,
        }
    if identity.foreign:
        return {
            "client_id": directory.foreign_app_id,
            "account_id": 99_000_001,
            "scope": _SCOPE,
            "token_type": "Bearer",
            "expires_in": None,
        }
    return {
        "client_id": directory.app_id,
        "account_id": identity.accounts[0].id,
        "scope": _SCOPE,
        "token_type": "Bearer",
        "expires_in": None,
    }


ROUTES = [
    # OAuth endpoints are always v1 (D).
    Route("oauth", {"GET": authorize}, (1,), open=True),
    Route("oauth/token", {"GET": describe, "POST": exchange}, (1,), open=True),
]
