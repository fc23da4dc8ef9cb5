"""Activity: events, the latest cursor, and subscriptions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from ..faults.delivery import REPEATS_PAGE, Delivered
from ..world.cursors import BadCursor
from ..world.templates import dumps
from ..world.timetext import text
from . import upstream
from .responses import ApiError, JsonResponse, invalid, not_found, numbered_page, page_size, reply
from .routing import Call, Route, as_user

__all__ = ["ROUTES"]

_DEFAULT_PAGE = 1_000


def list_events(call: Call) -> Response:
    """Return the events after a cursor, oldest first; by default from the oldest kept (D)."""
    size = page_size(call.query, call.state.options.page_size_max, _DEFAULT_PAGE)
    person = as_user(call)
    first = _position(call)
    kept = oldest, latest = call.state.visible(call.account)
    if person is not None:
        return _answer_as(call, person, first, latest, size)
    if (delivery := call.state.delivery) is None:
        return _answer(call, first, min(first + size, max(first, latest)))
    if delivery.revokes(call.account, first, oldest):
        call.state.directory.void(call.account.token)
        raise ApiError(401, "invalid_token", "The access token has been revoked.")
    page = delivery.page_before(first, size, kept) if REPEATS_PAGE in call.request.scope else None
    return _answer_delivered(call, page or delivery.page(call.account, first, size, kept))


def latest(call: Call) -> Response:
    """Return the current position (D)."""
    _, position = call.state.visible(call.account)
    return reply({"cursor": call.state.history(call.account).cursor_at(position, call.version)})


def _position(call: Call) -> int:
    """Return the position to start reading from."""
    history = call.state.history(call.account)
    oldest, _ = call.state.visible(call.account)
    cursor = call.query.get("cursor")
    if cursor is None or cursor == "":
        return oldest
    try:
        position = history.cursors.position(cursor)
    except BadCursor:
        raise invalid("cursor is not valid.") from None
    if position >= oldest:
        return position
    # The answer to an old cursor is undocumented (A), so it is configurable.
    if call.state.options.expired_cursor == "error":
        raise ApiError(
            400, "invalid_parameters", "cursor has expired: the events after it are no longer kept."
        )
    return oldest


def _answer(call: Call, first: int, last: int) -> Response:
    """Return the page with these positions, unchanged unless raw data is requested."""
    history = call.state.history(call.account)
    if call.wants_raw:
        body = _with_raw(call, history.page(first, last, call.version))
        return _envelope(call, [body], last - first, last)
    return _envelope(call, history.page_parts(first, last, call.version), last - first, last)


def _answer_delivered(call: Call, page: Delivered) -> Response:
    """Return a page as altered by a fault plan."""
    history, positions = call.state.history(call.account), page.positions
    if isinstance(positions, range):
        body = history.page(positions.start, positions.stop, call.version)
    else:
        body = b",".join(history.page(one, one + 1, call.version) for one in positions)
    if call.wants_raw:
        body = _with_raw(call, body)
    return _envelope(call, [body], len(positions), page.after)


def _answer_as(call: Call, person: int, first: int, latest: int, size: int) -> Response:
    """Return one user's events; the cursor still counts everybody's."""
    history = call.state.history(call.account)
    found = history.positions_of(person, first, latest, size)
    body = b",".join(history.page(position, position + 1, call.version) for position in found)
    if call.wants_raw:
        body = _with_raw(call, body)
    after = found[-1] + 1 if len(found) == size else max(first, latest)
    return _envelope(call, [body], len(found), after)


def _with_raw(call: Call, body: bytes) -> bytes:
    events = json.loads(b"[" + body + b"]")
    for event in events:
        event["raw"] = upstream.raw_event(call.account.service, event)
    return dumps(events)[1:-1]


def _envelope(call: Call, body: Sequence[bytes | memoryview], count: int, after: int) -> Response:
    """Wrap the events in a list; only older versions send `remaining`."""
    cursor: Any = call.state.history(call.account).cursor_at(after, call.version)
    envelope: dict[str, Any] = {
        "type": "object_list",
        "api": "activity",
        "count": count,
        "cursor": cursor,
    }
    if call.version == 0:
        _, latest = call.state.visible(call.account)
        envelope["remaining"] = max(0, latest - after)
    call.state.events_served[call.account.id] += count
    start = dumps(envelope)[:-1]
    return JsonResponse(b"".join((start, b',"objects":[', *body, b"]}")), objects=count)


def list_subscriptions(call: Call) -> Response:
    """List the account's subscriptions."""
    return numbered_page(
        [_subscription(call, s) for s in _subscriptions(call)],
        call.query,
        call.state.options.page_size_max,
        "activity",
    )


def create_subscription(call: Call) -> Response:
    """Create a subscription; an empty body creates an ordinary one (D)."""
    given, known = call.json(), _subscriptions(call)
    number = known[-1] + 1 if known else 1
    known.append(number)
    return reply(
        _subscription(call, number)
        | {key: given[key] for key in ("subscription_type", "monitored_resources") if key in given},
        201,
    )


def get_subscription(call: Call) -> Response:
    """Return one subscription."""
    return reply(_subscription(call, _asked_subscription(call)))


def delete_subscription(call: Call) -> Response:
    """Delete a subscription, which may be the default one."""
    _subscriptions(call).remove(_asked_subscription(call))
    return Response(status_code=204)


def subscribed_activity(call: Call) -> Response:
    """Return a subscription's events: all events of the account."""
    _asked_subscription(call)
    return list_events(call)


def subscribed_latest(call: Call) -> Response:
    """Return a subscription's current position."""
    _asked_subscription(call)
    return latest(call)


def _subscriptions(call: Call) -> list[int]:
    """Return the numbers of the account's subscriptions: one by default (D)."""
    return call.state.subscriptions.setdefault(call.account.id, [1])


def _asked_subscription(call: Call) -> int:
    known, name = _subscriptions(call), call.parameters["subscription"]
    if name == "default" and 1 in known:
        return 1
    for number in known:
        if name == str(_subscription_id(call, number)):
            return number
    raise not_found("There is no such subscription.")


def _subscription_id(call: Call, number: int) -> int:
    return call.account.id * 10 + number


def _subscription(call: Call, number: int) -> dict[str, Any]:
    identifier = _subscription_id(call, number)
    return {
        "id": identifier,
        "account": call.account.id,
        "api": "activity",
        "type": "subscription",
        "active": True,
        "default": number == 1,
        "subscription_type": "changes",
        "monitored_resources": [],
        "created": text(call.state.start),
        "expiry": None,
        "href": f"{call.root}/accounts/{call.account.id}/subscriptions/{identifier}",
    }


_SUBSCRIPTION = "accounts/{account}/subscriptions/{subscription}"

ROUTES = [
    Route("accounts/{account}/events", {"GET": list_events}),
    Route("accounts/{account}/events/latest", {"GET": latest}),
    Route(
        "accounts/{account}/subscriptions",
        {"GET": list_subscriptions, "POST": create_subscription},
        (1, 2),
    ),
    Route(_SUBSCRIPTION, {"GET": get_subscription, "DELETE": delete_subscription}, (1, 2)),
    Route(f"{_SUBSCRIPTION}/activity", {"GET": subscribed_activity}, (1, 2)),
    Route(f"{_SUBSCRIPTION}/activity/latest", {"GET": subscribed_latest}, (1, 2)),
]
