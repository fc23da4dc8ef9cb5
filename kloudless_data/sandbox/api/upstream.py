"""The services behind the accounts, as seen through the pass-through and raw data.

Answers are modelled on the services' public references, for a few endpoints; errors have each
service's own form. What Kloudless would pass through is our assumption (A).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import Response

from .responses import reply
from .upstream_activity import activity

if TYPE_CHECKING:
    from ..state import State
    from ..world.accounts import Account

__all__ = ["answer", "raw_account", "raw_calendar", "raw_event", "raw_object"]

Json = dict[str, Any]
_GOOGLE = ("gdrive", "google_calendar")


def answer(state: State, account: Account, method: str, uri: str, body: Json) -> Response:
    """Return the upstream's own status, headers and body.

    Parameters
    ----------
    state : State
        The sandbox's state.
    account : Account
        The account that the request is for.
    method : str
        HTTP method of the upstream request.
    uri : str
        URI of the upstream request.
    body : dict
        The decoded body of the upstream request.
    """
    split = urlsplit(uri)
    query, path = dict(parse_qsl(split.query)), split.path.rstrip("/")
    found = activity(state, account, method, path, query, body)
    if found is None:
        found = _find(state, account, method, path, query)
    response = reply(found) if found is not None else _missing(account, method, uri)
    response.headers["X-Upstream-Request-Id"] = f"{account.id:x}"
    if account.service in _GOOGLE:
        response.headers["Server"] = "ESF"
    return response


def _find(state: State, account: Account, method: str, path: str, query: Json) -> Json | None:
    me: Json = {"email": account.account}
    match (account.service, method, path):
        case ("gdrive", "GET", "/drive/v2/about"):
            return _about(account)
        case ("gdrive", "GET", "/drive/v2/files"):
            return _files(state, account, query)
        case ("google_calendar", "GET", "/calendars/primary" | "/calendar/v3/calendars/primary"):
            return {
                "kind": "calendar#calendar",
                "id": account.account,
                "summary": account.account,
                "timeZone": "Europe/London",
            }
        case ("dropbox", "POST", "/2/users/get_current_account"):
            return {
                "account_id": f"dbid:{account.id:x}",
                "name": {"display_name": account.account},
                **me,
                "email_verified": True,
                "disabled": False,
                "country": "GB",
            }
        case ("box", "GET", "/2.0/users/me"):
            return {"type": "user", "id": str(account.id), "login": account.account}
        case ("onedrivebiz" | "sharepoint", "GET", "/_api/v2.0/me/drive" | "/v1.0/me/drive"):
            return {
                "id": f"b!{account.id:x}",
                "driveType": "business",
                "owner": {"user": me},
                "quota": {"total": 1 << 40, "used": 5 << 30},
            }
        case ("salesforce", "GET", "/services/oauth2/userinfo"):
            return {"sub": str(account.id), **me}
        case ("hubspot", "GET", "/integrations/v1/me"):
            return {"portalId": account.id, "timeZone": "Europe/London", "currency": "GBP"}
    return None


def _about(account: Account) -> Json:
    return {
        "kind": "drive#about",
        "name": account.account,
        "rootFolderId": "0AFoldRootPVA",
        "quotaBytesTotal": "16106127360",
        "quotaBytesUsed": "5368709120",
        "quotaType": "LIMITED",
        "user": {
            "kind": "drive#user",
            "displayName": account.account,
            "isAuthenticatedUser": True,
            "permissionId": str(account.id),
            "emailAddress": account.account,
        },
    }


def _files(state: State, account: Account, query: Json) -> Json:
    """Page like Drive: `maxResults`, `pageToken`, `nextPageToken`."""
    files = [entry for entry in state.drive(account).entries() if entry["type"] == "file"]
    asked = query.get("maxResults", "")
    size = max(1, min(int(asked), 1000)) if asked.isascii() and asked.isdigit() else 100
    token = query.get("pageToken", "")
    first = int(token[3:]) if token[:3] == "~!!" and token[3:].isdigit() else 0
    body: Json = {
        "kind": "drive#fileList",
        "items": [raw_object("gdrive", one) for one in files[first : first + size]],
    }
    if first + size < len(files):
        body["nextPageToken"] = f"~!!{first + size}"
    return body


def _missing(account: Account, method: str, uri: str) -> Response:
    """Return "not found" in the service's own form."""
    if account.service in _GOOGLE:
        return reply(
            {
                "error": {
                    "code": 404,
                    "message": "Not Found",
                    "errors": [{"domain": "global", "reason": "notFound", "message": "Not Found"}],
                }
            },
            404,
        )
    if account.service == "dropbox":
        return Response(f"Unknown API function: {uri!r}", 404, media_type="text/plain")
    if account.service == "salesforce":
        return reply(
            [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}], 404
        )
    return reply(
        {"type": "error", "status": 404, "code": "not_found", "message": f"{method} {uri}"}, 404
    )


def raw_object(service: str, entry: Json) -> Json:
    """Return an object as the service itself would show it.

    Parameters
    ----------
    service : str
        The upstream service.
    entry : dict
        A file or folder as the API shows it.
    """
    name, size = entry.get("name"), entry.get("size")
    if service == "gdrive":
        raw: Json = {
            "kind": "drive#file",
            "id": entry.get("raw_id"),
            "title": name,
            "mimeType": entry.get("mime_type"),
            "createdDate": entry.get("created"),
            "modifiedDate": entry.get("modified"),
            "labels": {"trashed": False},
        }
        return raw if size is None else raw | {"fileSize": str(size)}
    if service == "google_calendar":
        return {
            "kind": "calendar#event",
            "id": entry.get("raw_id"),
            "summary": name,
            "created": entry.get("created"),
            "updated": entry.get("modified"),
            "start": {"dateTime": entry.get("start")},
            "end": {"dateTime": entry.get("end")},
        }
    if service == "dropbox":
        return {
            ".tag": entry.get("type"),
            "id": f"id:{entry.get('raw_id')}",
            "name": name,
            "path_display": entry.get("path"),
            "server_modified": entry.get("modified"),
            "size": size,
        }
    if service in ("salesforce", "hubspot"):
        return {
            "attributes": {"type": entry.get("raw_type")},
            "Id": entry.get("raw_id"),
            "Name": name,
            "LastModifiedDate": entry.get("modified"),
        }
    return {
        "type": entry.get("type"),
        "id": entry.get("raw_id"),
        "name": name,
        "size": size,
        "created_at": entry.get("created"),
        "modified_at": entry.get("modified"),
    }


def raw_event(service: str, event: Json) -> Json:
    """Return an event as the service itself would show it.

    Parameters
    ----------
    service : str
        The upstream service.
    event : dict
        An event as the API shows it.
    """
    kind = "drive#change" if service == "gdrive" else f"{service}#event"
    return {
        "kind": kind,
        "id": event.get("id"),
        "time": event.get("modified"),
        "deleted": event.get("type") == "delete",
        "object": raw_object(service, event.get("metadata") or event),
    }


def raw_calendar(calendar: Json) -> Json:
    """Return a calendar as Google Calendar's list shows it."""
    return {
        "kind": "calendar#calendarListEntry",
        "id": calendar["id"],
        "summary": calendar["name"],
        "timeZone": calendar["timezone"],
        "accessRole": calendar["access_role"],
        "primary": calendar["primary"],
    }


def raw_account(account: Json) -> Json:
    """Return an account as its service describes the user."""
    return {"kind": f"{account['service']}#user", "email": account["account"]}
