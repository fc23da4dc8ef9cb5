"""The services' own activity logs, as administrators see them through the pass-through.

Each is modelled on the service's public reference: its members, its terms and its paging. The
events are those of the account's history, in the service's terms. Which logs Kloudless would pass
through is our assumption (A).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..world.timetext import to_us

if TYPE_CHECKING:
    from ..state import State
    from ..world.accounts import Account

__all__ = ["activity"]

Json = dict[str, Any]


def activity(
    state: State, account: Account, method: str, path: str, query: Json, body: Json
) -> Json | None:
    """Return an answer of the service's log, or None if the request is not for one.

    Parameters
    ----------
    state : State
        The sandbox's state.
    account : Account
        The account that the request is for.
    method : str
        HTTP method of the upstream request.
    path : str
        Path of the upstream request.
    query : dict
        The query parameters.
    body : dict
        The decoded body of the upstream request.
    """
    asked = _ANSWERS.get((account.service, method, path))
    return None if asked is None else asked(state, account, query, body)


def _box(state: State, account: Account, query: Json, body: Json) -> Json | None:
    if query.get("stream_type") != "admin_logs":
        return None
    size = _whole(query.get("limit"), 100, 500)
    first = _whole(query.get("stream_position"), 0)
    events, after = _events(state, account, first, size, query.get("created_after"))
    return {
        "chunk_size": len(events),
        "next_stream_position": str(after),
        "entries": [_box_entry(event) for event in events],
    }


_BOX_WORDS = {
    "add": "UPLOAD", "delete": "DELETE", "update": "EDIT", "rename": "RENAME", "move": "MOVE",
    "copy": "COPY", "restore": "UNDELETE", "download": "DOWNLOAD", "preview": "PREVIEW",
    "share": "COLLABORATION_INVITE", "shared_link": "SHARE", "login": "LOGIN",
    "permission_change": "COLLABORATION_ROLE_CHANGE", "failed_login": "FAILED_LOGIN",
    "group_add_member": "GROUP_ADD_USER",
}  # fmt: skip


def _box_entry(event: Json) -> Json:
    thing, person = event.get("metadata") or {}, _person(event)
    return {
        "type": "event",
        "event_id": event["id"],
        "event_type": _BOX_WORDS[_kind(event)],
        "created_at": event["modified"],
        "created_by": {"type": "user", "id": person["id"], "name": person["name"],
                       "login": person["email"]},
        "ip_address": event.get("ip"),
        "source": {
            "item_type": thing.get("type"), "item_id": thing.get("raw_id"),
            "item_name": thing.get("name"), "parent": thing.get("parent"),
            "owned_by": {"type": "user", "login": (thing.get("owner") or {}).get("email")},
        },
        "accessible_by": {"login": _target(thing)} if _target(thing) else None,
        "additional_details": {"size": thing.get("size"), "role": thing.get("role")},
    }  # fmt: skip


def _google(state: State, account: Account, query: Json, body: Json) -> Json:
    size, first = _whole(query.get("maxResults"), 1_000, 1_000), _token(query.get("pageToken"))
    events, after = _events(state, account, first, size, query.get("startTime"))
    answer: Json = {
        "kind": "admin#reports#activities",
        "items": [_google_item(event) for event in events if _kind(event) in _GOOGLE_WORDS],
    }
    return answer if _is_end(state, account, after) else answer | {"nextPageToken": f"A:{after}"}


_GOOGLE_WORDS = {
    "add": "upload", "delete": "trash", "update": "edit", "rename": "rename", "move": "move",
    "copy": "copy", "restore": "untrash", "download": "download", "preview": "view",
    "share": "change_user_access", "shared_link": "change_document_visibility",
    "permission_change": "change_user_access",
}  # fmt: skip


def _google_item(event: Json) -> Json:
    thing, person = event.get("metadata") or {}, _person(event)
    parameters = {
        "doc_id": thing.get("raw_id"), "doc_title": thing.get("name"),
        "doc_type": "folder" if thing.get("type") == "folder" else "document",
        "owner": (thing.get("owner") or {}).get("email"), "target_user": _target(thing),
        "old_value": (event.get("previous_metadata") or {}).get("name"),
        "visibility": "people_with_link" if _kind(event) == "shared_link" else "private",
    }  # fmt: skip
    return {
        "kind": "admin#reports#activity",
        "id": {"time": event["modified"], "uniqueQualifier": event["id"],
               "applicationName": "drive", "customerId": "C0sandbox"},
        "actor": {"callerType": "USER", "email": person["email"], "profileId": person["id"]},
        "ipAddress": event.get("ip"),
        "events": [{
            "type": "access", "name": _GOOGLE_WORDS[_kind(event)],
            "parameters": [{"name": k, "value": v} for k, v in parameters.items() if v is not None],
        }],
    }  # fmt: skip


def _google_nothing(state: State, account: Account, query: Json, body: Json) -> Json:
    """Return no items: the log of an application without activity here."""
    return {"kind": "admin#reports#activities"}


def _dropbox(state: State, account: Account, query: Json, body: Json) -> Json:
    since = (body.get("time") or {}).get("start_time")
    return _dropbox_page(state, account, 0, _whole(body.get("limit"), 1_000, 1_000), since)


def _dropbox_on(state: State, account: Account, query: Json, body: Json) -> Json:
    first, _, size = str(body.get("cursor", "")).removeprefix("team:").partition("/")
    return _dropbox_page(state, account, _whole(first, 0), _whole(size, 1_000, 1_000), None)


def _dropbox_page(state: State, account: Account, first: int, size: int, since: str | None) -> Json:
    events, after = _events(state, account, first, size, since)
    return {
        "events": [_dropbox_event(event) for event in events],
        "cursor": f"team:{after}/{size}",
        "has_more": not _is_end(state, account, after),
    }


_DROPBOX_WORDS = {
    "add": "file_add", "delete": "file_delete", "update": "file_edit", "rename": "file_rename",
    "move": "file_move", "copy": "file_copy", "restore": "file_restore",
    "download": "file_download", "preview": "file_preview", "share": "shared_content_add_member",
    "shared_link": "shared_link_create", "login": "login_success", "failed_login": "login_fail",
    "permission_change": "shared_content_change_member_role",
    "group_add_member": "group_add_member",
}  # fmt: skip


def _dropbox_event(event: Json) -> Json:
    thing, person = event.get("metadata") or {}, _person(event)
    word = _DROPBOX_WORDS[_kind(event)]
    return {
        "timestamp": event["modified"],
        "event_category": {".tag": "file_operations" if word.startswith("file") else "sharing"},
        "actor": {".tag": "user", "user": {
            ".tag": "team_member", "account_id": f"dbid:{person['id']}",
            "display_name": person["name"], "email": person["email"]}},
        "origin": {"geo_location": {"ip_address": event.get("ip")}},
        "assets": [{
            ".tag": thing.get("type"), "display_name": thing.get("name"),
            "file_id": f"id:{thing.get('raw_id')}", "path": {"contextual": thing.get("path")}}],
        "event_type": {".tag": word, "description": word.replace("_", " ")},
        "details": {".tag": f"{word}_details", "target_user": {"email": _target(thing)}},
    }  # fmt: skip


def _graph(wanted: tuple[str, ...], show: Callable[[Json], Json]) -> Callable[..., Json]:
    """Return a handler that pages through events of some kinds, linking to the next page."""

    def answer(state: State, account: Account, query: Json, body: Json) -> Json:
        size, first = _whole(query.get("$top"), 100, 1_000), _token(query.get("$skiptoken"))
        since = query.get("$filter", "").partition(" ge ")[2] or None
        events, after = _events(state, account, first, size, since)
        found: Json = {"value": [show(event) for event in events if _kind(event) in wanted]}
        if not _is_end(state, account, after):
            log = "signIns" if show is _sign_in else "directoryAudits"
            found["@odata.nextLink"] = (
                f"https://graph.microsoft.com/v1.0/auditLogs/{log}?$top={size}"
                f"&$skiptoken=A:{after}" + (f"&$filter=time ge {since}" if since else "")
            )
        return found

    return answer


_GRAPH_WORDS = {
    "permission_change": "Add member to role",
    "group_add_member": "Add member to group",
}


def _directory_audit(event: Json) -> Json:
    thing, person = event.get("metadata") or {}, _person(event)
    return {
        "id": event["id"], "activityDateTime": event["modified"],
        "activityDisplayName": _GRAPH_WORDS[_kind(event)], "operationType": "Assign",
        "result": "success",
        "initiatedBy": {"app": None, "user": {
            "id": person["id"], "displayName": person["name"],
            "userPrincipalName": person["email"], "ipAddress": event.get("ip")}},
        "targetResources": [{
            "id": thing.get("raw_id"), "displayName": thing.get("name"), "type": "User",
            "userPrincipalName": _target(thing)}],
        "additionalDetails": [],
    }  # fmt: skip


def _sign_in(event: Json) -> Json:
    person = _person(event)
    return {
        "id": event["id"], "createdDateTime": event["modified"], "userId": person["id"],
        "userDisplayName": person["name"], "userPrincipalName": person["email"],
        "appDisplayName": "OneDrive", "clientAppUsed": "Browser", "ipAddress": event.get("ip"),
        "status": {"errorCode": 0 if _kind(event) == "login" else 50126},
    }  # fmt: skip


Answer = Callable[["State", "Account", Json, Json], "Json | None"]
_REPORTS = "/admin/reports/v1/activity/users/all/applications"
_AUDITS, _SIGN_INS = "/v1.0/auditLogs/directoryAudits", "/v1.0/auditLogs/signIns"
_ANSWERS: dict[tuple[str, str, str], Answer] = {
    ("box", "GET", "/2.0/events"): _box,
    ("gdrive", "GET", f"{_REPORTS}/drive"): _google,
    **{("gdrive", "GET", f"{_REPORTS}/{one}"): _google_nothing
       for one in ("admin", "login", "token")},
    ("dropbox", "POST", "/2/team_log/get_events"): _dropbox,
    ("dropbox", "POST", "/2/team_log/get_events/continue"): _dropbox_on,
    **{(service, "GET", _AUDITS): _graph(tuple(_GRAPH_WORDS), _directory_audit)
       for service in ("onedrivebiz", "sharepoint")},
    **{(service, "GET", _SIGN_INS): _graph(("login", "failed_login"), _sign_in)
       for service in ("onedrivebiz", "sharepoint")},
}  # fmt: skip


def _events(
    state: State, account: Account, first: int, size: int, since: str | None
) -> tuple[list[Json], int]:
    """Return the events from a position on, and the position after them."""
    history = state.history(account)
    oldest, latest = state.visible(account)
    first = max(first, oldest)
    if since:
        first = max(first, history.count_until(to_us(datetime.fromisoformat(since)) - 1))
    after = max(first, min(first + size, latest))
    return json.loads(b"[" + history.page(first, after, 2) + b"]"), after


def _is_end(state: State, account: Account, position: int) -> bool:
    return position >= state.visible(account)[1]


def _kind(event: Json) -> str:
    """Return the event's type as v1 names it."""
    general, specific = event.get("event_type"), event.get("event_subtype")
    return _SPECIFIC.get((str(general), str(specific)), str(general))


_SPECIFIC = {
    ("login", "success"): "login", ("login", "failure"): "failed_login",
    ("share", "shared_link_created"): "shared_link",
    ("permission", "role_changed"): "permission_change",
    ("group", "member_added"): "group_add_member",
}  # fmt: skip


def _person(event: Json) -> Json:
    user = event.get("user") or {}
    return {
        "id": str(event.get("user_id") or user.get("id") or ""),
        "name": user.get("name"),
        "email": user.get("email"),
    }


def _target(thing: Json) -> str | None:
    for member in ("shared_with", "member"):
        whom = thing.get(member)
        if isinstance(whom, dict):
            return whom.get("email")
    return None


def _token(text: str | None) -> int:
    return _whole((text or "").removeprefix("A:"), 0)


def _whole(text: Any, default: int, most: int | None = None) -> int:
    digits = str(text if text is not None else "")
    found = int(digits) if digits.isascii() and digits.isdigit() else default
    return found if most is None else max(1, min(found, most))
