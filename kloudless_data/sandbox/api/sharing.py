"""Show and change the permissions on files and folders, and the links to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.responses import Response

from ..sharing.edits import Refused
from .responses import ApiError, invalid, not_found, reply, token_page
from .routing import Call, Handler, Route, as_user
from .storage import found

__all__ = ["ROUTES"]

Json = dict[str, Any]


def _shown(call: Call, entry: Json) -> Response:
    """Return the permissions on one item, as v1's object or v2's list (D)."""
    rights = call.state.sharing(call.account).permissions(entry, call.version)
    if call.version == 2:
        return token_page(rights, call.query, call.state.options.page_size_max, "sharing")
    return reply({"permissions": rights}, objects=len(rights))


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn a refused change into the API's answer."""
    try:
        yield
    except Refused as refusal:
        if refusal.forbidden:
            raise ApiError(403, "permission_denied", str(refusal)) from None
        raise invalid(str(refusal)) from None


def _list_permissions(kind: str) -> Handler:
    return lambda call: _shown(call, found(call, kind))


def _change_permissions(kind: str, *, whole: bool) -> Handler:
    """Return the handler that replaces (PUT, D) or changes (PATCH, D) an item's permissions."""

    def change(call: Call) -> Response:
        entry = found(call, kind)
        wanted = call.json().get("permissions")
        if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
            raise invalid('The body must be {"permissions": […]}, with one object per permission.')
        with _refusing():
            call.state.sharing(call.account).change_permissions(
                entry, wanted, as_user(call), whole=whole
            )
        return _shown(call, entry)

    return change


def _one_permission(kind: str) -> dict[str, Handler]:
    """Return v2's handlers for a permission with its own URL (A)."""

    def named(call: Call) -> tuple[Json, Json]:
        entry = found(call, kind)
        for one in call.state.sharing(call.account).permissions(entry, 2):
            if one["id"] == call.parameters["permission"]:
                return entry, one
        raise not_found("There is no such permission.")

    def show(call: Call) -> Response:
        return reply(named(call)[1])

    def change(call: Call) -> Response:
        entry, one = named(call)
        wanted = [one | {"capabilities": call.json().get("capabilities")}]
        with _refusing():
            call.state.sharing(call.account).change_permissions(
                entry, wanted, as_user(call), whole=False
            )
        return reply(named(call)[1])

    def remove(call: Call) -> Response:
        entry, one = named(call)
        with _refusing():
            call.state.sharing(call.account).remove_permission(entry, one["id"], as_user(call))
        return Response(status_code=204)

    return {"GET": show, "PATCH": change, "DELETE": remove}


def _links(call: Call) -> list[Json]:
    return call.state.sharing(call.account).links(as_user(call))


def list_links(call: Call) -> Response:
    """List the links to items of the account, or of the user whom it acts as."""
    active = call.query.get("active")
    if active not in (None, "true", "false"):
        raise invalid("active must be true or false.")
    links = [one for one in _links(call) if active in (None, str(one["active"]).lower())]
    return token_page(links, call.query, call.state.options.page_size_max, "storage")


def get_link(call: Call) -> Response:
    """Return one link."""
    for link in _links(call):
        if link["id"] == call.parameters["link"]:
            return reply(link)
    raise not_found("There is no such link.")


def _change_link(wanted: Callable[[Call], Json | None]) -> Handler:
    def change(call: Call) -> Response:
        link, changes = call.parameters["link"], wanted(call)
        with _refusing():
            if not call.state.sharing(call.account).change_link(link, changes, as_user(call)):
                raise not_found("There is no such link.")
        return Response(status_code=204) if changes is None else get_link(call)

    return change


_STORAGE = "accounts/{account}/storage"


def _permission_routes(kind: str) -> list[Route]:
    path = f"{_STORAGE}/{kind}s/{{id}}/permissions"
    methods = {
        "GET": _list_permissions(kind),
        "PUT": _change_permissions(kind, whole=True),
        "PATCH": _change_permissions(kind, whole=False),
    }
    return [
        Route(path, methods, (1, 2)),
        Route(f"{path}/{{permission}}", _one_permission(kind), (2,)),
    ]


ROUTES = [
    *_permission_routes("file"),
    *_permission_routes("folder"),
    Route(f"{_STORAGE}/links", {"GET": list_links}, (1, 2)),
    Route(
        f"{_STORAGE}/links/{{link}}",
        {"GET": get_link, "PATCH": _change_link(Call.json), "DELETE": _change_link(lambda _: None)},
        (1, 2),
    ),
]
