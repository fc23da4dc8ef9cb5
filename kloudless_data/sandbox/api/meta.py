"""The management API: the developer's applications and their items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from ..world.accounts import secret
from ..world.timetext import DAY, text
from .responses import ApiError, not_found, numbered_page, reply
from .routing import Call, Route

__all__ = ["BELOW_APPLICATIONS", "ROUTES"]

Json = dict[str, Any]

_NAMES = ("Nightly export", "Compliance archive", "Partner portal", "Mobile app (beta)", "Sandbox")
BELOW_APPLICATIONS = (
    "apikeys",
    "trusted_domains",
    "webhooks",
    "service_keys",
    "redirect_uris",
    "fe_upload_locations",
)


def _applications(call: Call) -> list[Json]:
    directory, end = call.state.directory, call.state.end
    found = []
    for number, name in enumerate(_NAMES):
        created = end - (400 - 60 * number) * DAY
        identifier = (
            directory.app_id
            if number == 0
            else secret(call.state.options.seed, "app", number, length=48)
        )
        found.append(
            {
                "id": identifier,
                "name": name,
                "description": f"{name}, for the audit team",
                "logo_url": None if number % 2 else "https://aldermoor.example/logo.png",
                "active": number != 3,
                "created": text(created),
                "modified": text(created + 9 * DAY),
                "implicit_grant_enabled": number % 2 == 0,
                "recent_enabled": False,
                "events_enabled": number < 3,
                "api": "meta",
                "type": "application",
                "href": f"{call.root}/meta/applications/{identifier}",
            }
        )
    return found


def _application(call: Call) -> tuple[int, Json]:
    """Return the application that the URL names, and its number."""
    for number, application in enumerate(_applications(call)):
        if application["id"] == call.parameters["application"]:
            return number, application
    raise not_found("There is no such application.")


def _only_developers(call: Call) -> None:
    if not call.identity.developer:
        raise ApiError(403, "forbidden", "The management API needs a meta token.")


def list_applications(call: Call) -> Response:
    """List the developer's applications."""
    _only_developers(call)
    return _page(call, _applications(call))


def get_application(call: Call) -> Response:
    """Return one application."""
    _only_developers(call)
    return reply(_application(call)[1])


def list_below(call: Call) -> Response:
    """List an application's items of one kind."""
    _only_developers(call)
    return _page(call, _below(call))


def get_below(call: Call) -> Response:
    """Return one of an application's items."""
    _only_developers(call)
    for found in _below(call):
        if str(found["id"]) == call.parameters["item"]:
            return reply(found)
    raise not_found()


def _below(call: Call) -> list[Json]:
    kind = call.parameters["kind"]
    if kind not in BELOW_APPLICATIONS:
        raise not_found("The URL is not valid: there is no such endpoint.")
    number, application = _application(call)
    # The second application has no items yet: an empty list is ordinary.
    count = 0 if number == 1 else 1 + (number + len(kind)) % 3
    return [_thing_below(call, application, kind, number, index) for index in range(count)]


def _thing_below(call: Call, application: Json, kind: str, number: int, index: int) -> Json:
    identifier = 1_000 * (number + 1) + 100 * BELOW_APPLICATIONS.index(kind) + index
    created = call.state.end - (100 - index) * DAY
    seed = call.state.options.seed
    fields: dict[str, Json] = {
        "apikeys": {
            "key": _api_key(call, number, index),
            "name": f"key {index + 1}",
            "active": index == 0,
        },
        "trusted_domains": {"domain": f"app{index + 1}.aldermoor.example"},
        "webhooks": {
            "url": f"https://hooks.aldermoor.example/{number}/{index}",
            "active": index == 0,
        },
        "service_keys": {
            "service": ("gdrive", "box", "dropbox")[index],
            "client_id": "client",
            "client_secret": secret(seed, "service key", number, index),
        },
        "redirect_uris": {"url": f"https://app{index + 1}.aldermoor.example/callback"},
        "fe_upload_locations": {"account": call.state.directory.accounts[0].id, "folder": "root"},
    }
    return {
        "id": identifier,
        **fields[kind],
        "created": text(created),
        "modified": text(created),
        "api": "meta",
        "type": kind.rstrip("s"),
        "href": f"{call.root}/meta/applications/{application['id']}/{kind}/{identifier}",
    }


def _api_key(call: Call, number: int, index: int) -> str:
    if number == index == 0:
        return call.state.directory.api_key
    return secret(call.state.options.seed, "api key", number, index)


def _developers(call: Call) -> list[Json]:
    end = call.state.end
    return [
        {
            "id": 31_001,
            "email": "dev@aldermoor.example",
            "name": "Platform team",
            "company": "Aldermoor",
            "active": True,
            "created": text(end - 900 * DAY),
            "modified": text(end - 2 * DAY),
        }
    ]


def _months(call: Call) -> list[int]:
    """Return the ends of the last six periods of 30 days."""
    return [call.state.end - months_ago * 30 * DAY for months_ago in range(6, 0, -1)]


def _usage_reports(call: Call) -> list[Json]:
    return [
        {
            "id": 500 + n,
            "name": f"30 days to {text(at)[:10]}",
            "start": text(at - 30 * DAY),
            "end": text(at),
            "accounts": 3 + n,
            "requests": 10_000 * (n + 1),
            "created": text(at),
            "modified": text(at),
        }
        for n, at in enumerate(_months(call))
    ]


def _licenses(call: Call) -> list[Json]:
    end = call.state.end
    return [
        {
            "id": 71 + n,
            "name": name,
            "active": n == 0,
            "key": secret(call.state.options.seed, "license", n),
            "created": text(end - 90 * DAY),
            "modified": text(end - 90 * DAY),
            "expiry": text(end + 275 * DAY),
        }
        for n, name in enumerate(("Enterprise 2026", "Trial"))
    ]


def _invoices(call: Call) -> list[Json]:
    return [
        {
            "id": 9_000 + n,
            "number": f"INV-{9_000 + n}",
            "status": "paid" if n < 5 else "open",
            "amount": 1250.0,
            "currency": "USD",
            "paid": n < 5,
            "date": text(at),
            "due": text(at + 30 * DAY),
            "created": text(at),
            "modified": text(at),
        }
        for n, at in enumerate(_months(call))
    ]


def _api_requests(call: Call) -> list[Json]:
    end = call.state.end
    return [
        {"id": n, "date": text(end - n * DAY)[:10], "requests": 4_000 + 37 * n, "errors": n % 5}
        for n in range(30)
    ]


def _kloudless_ids(call: Call) -> list[Json]:
    seed = call.state.options.seed
    return [
        {
            "id": secret(seed, "kid", account.number, length=20),
            "account": account.id,
            "service": account.service,
        }
        for account in call.state.directory.accounts
    ]


# The lists next to the applications; we assume their fields (A).
_OTHERS: dict[str, Callable[[Call], list[Json]]] = {
    "developers": _developers,
    "usage_reports": _usage_reports,
    "licenses": _licenses,
    "invoices": _invoices,
    "analytics/api_requests": _api_requests,
    "kloudless_ids": _kloudless_ids,
}


def _others(call: Call) -> list[Json]:
    """Return the objects of such a list."""
    kind = call.parameters["kind"]
    if kind not in _OTHERS:
        raise not_found("The URL is not valid: there is no such endpoint.")
    word = kind.replace("/", "_").rstrip("s")  # analytics_api_request, as documented (D)
    return [{**found, "api": "meta", "type": word} for found in _OTHERS[kind](call)]


def list_others(call: Call) -> Response:
    """List developers, usage reports, licences, invoices, analytics or ids."""
    _only_developers(call)
    return _page(call, _others(call))


def get_other(call: Call) -> Response:
    """Return one object of these lists."""
    _only_developers(call)
    for found in _others(call):
        if str(found["id"]) == call.parameters["item"]:
            return reply(found)
    raise not_found()


def list_api_requests(call: Call) -> Response:
    """Return the number of requests per day (the path: A)."""
    call.parameters["kind"] = "analytics/api_requests"
    return list_others(call)


def license_contents(call: Call) -> Response:
    """Return a licence file's bytes."""
    call.parameters["kind"] = "licenses"
    get_other(call)
    content = bytes(range(256)) * 8 + call.parameters["item"].encode()
    return Response(content, media_type="application/octet-stream")


def _page(call: Call, found: list[Json]) -> Response:
    return numbered_page(found, call.query, call.state.options.page_size_max, "meta")


_APPLICATION = "meta/applications/{application}"

ROUTES = [
    Route("meta/applications", {"GET": list_applications}, (0, 1)),
    Route(_APPLICATION, {"GET": get_application}, (0, 1)),
    Route(_APPLICATION + "/{kind}", {"GET": list_below}, (0, 1)),
    Route(_APPLICATION + "/{kind}/{item}", {"GET": get_below}, (0, 1)),
    Route("meta/licenses/{item}/contents", {"GET": license_contents}, (0, 1)),
    Route("meta/analytics/api_requests", {"GET": list_api_requests}, (0, 1)),
    Route("meta/{kind}", {"GET": list_others}, (0, 1)),
    Route("meta/{kind}/{item}", {"GET": get_other}, (0, 1)),
]
