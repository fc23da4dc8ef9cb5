"""The permissions on files and folders, and the links to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from .responses import invalid, not_found, reply, token_page
from .routing import Call, Route, as_user
from .storage import found

__all__ = ["ROUTES"]

Json = dict[str, Any]


def _listing(kind: str) -> Callable[[Call], Response]:
    def list_permissions(call: Call) -> Response:
        """Return the permissions on one item, as v1's object or v2's list (D)."""
        entry = found(call, kind)
        rights = call.state.sharing(call.account).permissions(entry, call.version)
        if call.version == 2:
            return token_page(rights, call.query, call.state.options.page_size_max, "sharing")
        return reply({"permissions": rights}, objects=len(rights))

    return list_permissions


def _links(call: Call) -> list[Json]:
    return call.state.sharing(call.account).links(as_user(call))


def list_links(call: Call) -> Response:
    """List the links to items of the account, or of the user that it acts as."""
    active = call.query.get("active")
    if active not in (None, "true", "false"):
        raise invalid("active is true or false.")
    links = [one for one in _links(call) if active in (None, str(one["active"]).lower())]
    return token_page(links, call.query, call.state.options.page_size_max, "storage")


def get_link(call: Call) -> Response:
    """One link."""
    for link in _links(call):
        if link["id"] == call.parameters["link"]:
            return reply(link)
    raise not_found("There is no such link.")


_STORAGE = "accounts/{account}/storage"

ROUTES = [
    Route(f"{_STORAGE}/files/{{id}}/permissions", {"GET": _listing("file")}, (1, 2)),
    Route(f"{_STORAGE}/folders/{{id}}/permissions", {"GET": _listing("folder")}, (1, 2)),
    Route(f"{_STORAGE}/links", {"GET": list_links}, (1, 2)),
    Route(f"{_STORAGE}/links/{{link}}", {"GET": get_link}, (1, 2)),
]
