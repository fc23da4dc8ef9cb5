"""Calendar and CRM endpoints."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..world.office import Calendars, outcome
from . import upstream
from .responses import ApiError, invalid, not_found, reply, token_page
from .routing import Call, Route

__all__ = ["ROUTES"]

Json = dict[str, Any]


def _calendars(call: Call) -> Calendars:
    if call.account.details.family != "calendar":
        raise ApiError(404, "not_found", f"{call.account.service} has no Calendar API.")
    return call.state.calendars(call.account)


def _calendar(call: Call) -> Json:
    found = _calendars(call).calendar(call.parameters["calendar"])
    if found is None:
        raise not_found("There is no such calendar.")
    return found


def _shown(call: Call, found: Json, path: str) -> Json:
    if found["api"] == "calendar":
        found = {"account_id": str(call.account.id), **found}  # text (D)
        del found["account"]
    found = found | {"href": f"{call.root}/accounts/{call.account.id}/{path}"}
    if call.wants_raw:
        found["raw"] = (
            upstream.raw_calendar(found)
            if found["type"] == "calendar"
            else upstream.raw_object(call.account.service, found)
        )
    return found


def _shown_calendar(call: Call, calendar: Json) -> Json:
    return _shown(call, calendar, f"cal/calendars/{calendar['id']}")


def _shown_event(call: Call, event: Json) -> Json:
    calendar = event["calendar"]["id"]
    shown = {key: value for key, value in event.items() if key != "calendar"}
    shown["calendar_id"] = calendar  # A
    return _shown(call, shown, f"cal/calendars/{calendar}/events/{event['id']}")


def list_calendars(call: Call) -> Response:
    """List the account's calendars."""
    found = [_shown_calendar(call, one) for one in _calendars(call).calendars()]
    return token_page(found, call.query, call.state.options.page_size_max, "calendar")


def get_calendar(call: Call) -> Response:
    """Return one calendar."""
    return reply(_shown_calendar(call, _calendar(call)))


def list_events(call: Call) -> Response:
    """List a calendar's events."""
    found = [_shown_event(call, one) for one in _calendars(call).events(_calendar(call)["id"])]
    return token_page(found, call.query, call.state.options.page_size_max, "calendar")


def create_event(call: Call) -> Response:
    """Create an event; start and end are required."""
    wanted = call.json()
    if not wanted.get("start") or not wanted.get("end"):
        raise invalid("start and end are required.")
    return reply(_shown_event(call, _calendars(call).add(_calendar(call), wanted)), 201)


def _event(call: Call) -> Json:
    found = _calendars(call).event(_calendar(call)["id"], call.parameters["event"])
    if found is None:
        raise not_found("There is no such event.")
    return found


def get_event(call: Call) -> Response:
    """Return one event."""
    return reply(_shown_event(call, _event(call)))


def change_event(call: Call) -> Response:
    """Change an event."""
    return reply(_shown_event(call, _calendars(call).change(_event(call), call.json())))


def delete_event(call: Call) -> Response:
    """Delete an event."""
    _calendars(call).delete(_event(call))
    return Response(status_code=204)


#: The CRM API's lists and the type of their objects.
_CRM = {
    "contacts": "contact",
    "accounts": "account",
    "opportunities": "opportunity",
    "leads": "lead",
}


def list_records(call: Call) -> Response:
    """List a CRM account's records of one type."""
    kind = _CRM.get(call.parameters["kind"])
    if call.account.details.family != "crm" or kind is None:
        raise not_found(f"{call.account.service} has no such CRM objects.")
    records = outcome(call.state.history(call.account), call.state.clock.us)
    found = [
        _shown(call, one, f"crm/{call.parameters['kind']}/{one['id']}")
        for one in records
        if one["type"] == kind
    ]
    return token_page(found, call.query, call.state.options.page_size_max, "crm")


_CALENDAR = "accounts/{account}/cal/calendars/{calendar}"

ROUTES = [
    Route("accounts/{account}/cal/calendars", {"GET": list_calendars}, (1, 2)),
    Route(_CALENDAR, {"GET": get_calendar}, (1, 2)),
    Route(f"{_CALENDAR}/events", {"GET": list_events, "POST": create_event}, (1, 2)),
    Route(
        f"{_CALENDAR}/events/{{event}}",
        {"GET": get_event, "PATCH": change_event, "DELETE": delete_event},
        (1, 2),
    ),
    Route("accounts/{account}/crm/{kind}", {"GET": list_records}, (1, 2)),
]
