"""Accounts, and the pass-through to their services."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from ..world import accounts
from . import upstream
from .authorization import accounts_of
from .responses import ApiError, invalid, numbered_page, reply
from .routing import Call, Route, as_user

__all__ = ["ROUTES"]


def list_accounts(call: Call) -> Response:
    """List all accounts of the application, or those of the given tokens."""
    state, identity = call.state, call.identity
    if identity.developer or identity.foreign:
        accounts_of(state.directory, identity, "me")
    known = state.directory.accounts if identity.application else identity.accounts
    found = [
        accounts.as_json(account, call.root, state.connected(account), state.end)
        for account in accounts.chosen(known, call.query)
    ]
    if call.wants_raw:
        found = [one | {"raw": upstream.raw_account(one)} for one in found]
    return numbered_page(found, call.query, state.options.page_size_max, "core")


def get_account(call: Call) -> Response:
    """Return one account; several ids, separated by commas, return a list."""
    state = call.state
    named = accounts_of(state.directory, call.identity, call.parameters["account"])
    found = [
        accounts.as_json(account, call.root, state.connected(account), state.end)
        for account in named
    ]
    if call.wants_raw:
        found = [one | {"raw": upstream.raw_account(one)} for one in found]
    if len(found) == 1:
        return reply(found[0])
    return numbered_page(found, call.query, state.options.page_size_max, "core")


def disconnect(call: Call) -> Response:
    """Disconnect an account, which invalidates its token."""
    call.state.directory.void(call.account.token)
    return Response(status_code=204)


def pass_through(call: Call) -> Response:
    """Pass a request to the upstream service and return its answer unchanged (D, S)."""
    as_user(call)
    method = call.request.headers.get("x-kloudless-raw-method", "").upper()
    uri = call.request.headers.get("x-kloudless-raw-uri", "")
    if not method or not uri:
        raise invalid("X-Kloudless-Raw-Method and X-Kloudless-Raw-URI are required.")
    if "://" in uri:
        raise ApiError(400, "bad_request", "X-Kloudless-Raw-URI must be a path of the service.")
    return upstream.answer(call.state, call.account, method, uri, _object_in(call.body))


def _object_in(body: bytes) -> dict[str, Any]:
    """Return a body as an object; anything else is left to the upstream service."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


ROUTES = [
    Route("accounts", {"GET": list_accounts}),
    Route("accounts/{account}", {"GET": get_account, "DELETE": disconnect}),
    Route("accounts/{account}/raw", {"POST": pass_through}, (1, 2)),
]
