"""The team of an administrator's account: users, groups and memberships."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..sharing.views import Sharing
from .responses import ApiError, not_found, reply, token_page
from .routing import Call, Route

__all__ = ["ROUTES"]

Json = dict[str, Any]


def _team(call: Call) -> Sharing:
    """Return the team, which only administrator accounts have (D)."""
    if not call.account.admin:
        raise ApiError(403, "forbidden", "Only an administrator's account has a team.")
    return call.state.sharing(call.account)


def _page(call: Call, found: list[Json] | None, what: str) -> Response:
    if found is None:
        raise not_found(f"There is no such {what}.")
    return token_page(found, call.query, call.state.options.page_size_max, "team")


def list_users(call: Call) -> Response:
    """List the users of the team."""
    return _page(call, _team(call).users(call.version), "user")


def get_user(call: Call) -> Response:
    """One of them."""
    return _one(_team(call).users(call.version), call.parameters["user"], "user")


def list_groups(call: Call) -> Response:
    """All groups."""
    return _page(call, _team(call).groups(), "group")


def get_group(call: Call) -> Response:
    """One of them."""
    return _one(_team(call).groups(), call.parameters["group"], "group")


def list_members(call: Call) -> Response:
    """List a group's members: in v1 users and nested groups, in v2 memberships (D)."""
    return _page(call, _team(call).members(call.parameters["group"], call.version), "group")


def list_memberships(call: Call) -> Response:
    """List the groups of a user."""
    return _page(call, _team(call).memberships(call.parameters["user"]), "user")


def _one(found: list[Json], identifier: str, what: str) -> Response:
    for one in found:
        if one["id"] == identifier:
            return reply(one)
    raise not_found(f"There is no such {what}.")


_TEAM = "accounts/{account}/team"

ROUTES = [
    Route(f"{_TEAM}/users", {"GET": list_users}, (1, 2)),
    Route(f"{_TEAM}/users/{{user}}", {"GET": get_user}, (1, 2)),
    Route(f"{_TEAM}/users/{{user}}/memberships", {"GET": list_memberships}, (1, 2)),
    Route(f"{_TEAM}/groups", {"GET": list_groups}, (1, 2)),
    Route(f"{_TEAM}/groups/{{group}}", {"GET": get_group}, (1, 2)),
    Route(f"{_TEAM}/groups/{{group}}/members", {"GET": list_members}, (1,)),
    # Where v2 lists them is our assumption (A).
    Route(f"{_TEAM}/groups/{{group}}/memberships", {"GET": list_members}, (2,)),
]
