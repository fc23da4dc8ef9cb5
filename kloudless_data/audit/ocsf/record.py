"""Convert one event to an OCSF record: its class, and the place of each field."""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from ...schema.semantics import LOGINS, kind_of

__all__ = ["VERSION", "record_of"]

VERSION = "1.8.0"
Json = dict[str, Any]

_FILE_ACTIVITY = {
    "add": 1, "download": 2, "update": 3, "delete": 4, "rename": 5, "copy": 6, "move": 7,
    "restore": 8, "preview": 9, "share": 12, "shared_link": 12,
}  # fmt: skip
_ENTITY_ACTIVITY = {"add": 1, "preview": 2, "update": 3, "rename": 3, "delete": 4, "move": 5}
_CLASSES = {
    6006: ("File Hosting Activity", 6),
    3002: ("Authentication", 3),
    3004: ("Entity Management", 3),
    3005: ("User Access Management", 3),
    3006: ("Group Management", 3),
}
# From the schema; an address that it refuses becomes a name.
_EMAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+")


_OTHER = 99
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class _Event:
    """An event whose fields are taken one by one; fields left over are unmapped."""

    def __init__(self, row: Json) -> None:
        self._left = {name: value for name, value in row.items() if value is not None}
        # Its parts are read but not taken: it stays unmapped as a whole, as JSON if it is JSON.
        if "extra" in self._left:
            self._left["extra"] = _parsed(self._left["extra"])

    def take(self, name: str) -> Any:
        """Return a field's value, or None."""
        return self._left.pop(name, None)

    def see(self, name: str) -> Any:
        """Return a field's value without taking it."""
        return self._left.get(name)

    def inside(self, *path: str) -> Any:
        """Return the value at a path in ``extra`` without taking it."""
        found: Any = self._left.get("extra")
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def rest(self) -> Json:
        """Return the fields left over."""
        return {name: _plain(value) for name, value in self._left.items()}


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return text


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def record_of(row: Json) -> Json:
    """Return an event, in the form of `to_pylist`, as an OCSF record."""
    event = _Event(row)
    kind = _kind(event)
    time = _ms(event.see("modified")) or _ms(event.see("metadata_modified")) or 0
    uid, body = _body(event, kind)
    class_name, category = _CLASSES[uid]
    activity = body.pop("activity_id")
    record: Json = {
        "class_uid": uid,
        "class_name": class_name,
        "category_uid": category,
        "activity_id": activity,
        "type_uid": uid * 100 + activity,
        "severity_id": 1,
        # A time is required: an event without one gets the object's, or 0.
        "time": time,
        "metadata": _metadata(event, kind),
        **body,
    }
    if activity == _OTHER:
        record["activity_name"] = kind
    unmapped = event.rest()
    return record | ({"unmapped": unmapped} if unmapped else {})


def _kind(event: _Event) -> str:
    """Return what happened, in one word; v2's three words stay unmapped beside it."""
    words = (event.take("type"), event.see("event_type"), event.see("event_subtype"))
    return kind_of(*(None if word is None else str(word) for word in words))


def _ms(value: Any) -> int | None:
    """Return a time in ms since 1970; without a time zone it is UTC."""
    if not isinstance(value, datetime):
        return None
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    return int((aware - _EPOCH) // _MS)


def _take_ms(event: _Event, name: str) -> int | None:
    """Take a time; one with fractions of a ms also stays, since OCSF's times have none."""
    value = event.see(name)
    found = _ms(value)
    if found is not None and not value.microsecond % 1_000:
        event.take(name)
    return found


def _metadata(event: _Event, kind: str) -> Json:
    metadata: Json = {
        "version": VERSION,
        "product": {"name": "Kloudless", "vendor_name": "Kloudless"},
        "event_code": kind,
        "log_name": "activity",
    }
    if (time := event.take("modified")) is not None:
        metadata["original_time"] = str(_plain(time))
    if (uid := event.take("id")) is not None:
        metadata["uid"] = str(uid)
    if (account := event.take("account")) is not None:
        metadata["tenant_uid"] = str(account)
    return metadata


def _body(event: _Event, kind: str) -> tuple[int, Json]:
    if kind in LOGINS:
        return 3002, _login(event, kind)
    if kind == "group_add_member":
        return 3006, _membership(event)
    role, whom = event.inside("metadata", "role"), event.inside("metadata", "shared_with")
    if kind == "permission_change" and isinstance(role, str) and _user_in(whom):
        return 3005, _role(event, role, whom)
    if event.see("metadata_type") in ("file", "folder"):
        return 6006, _file_activity(event, kind)
    return 3004, _entity(event, kind)


def _login(event: _Event, kind: str) -> Json:
    session = event.inside("metadata", "user")
    body: Json = {
        "activity_id": 1,
        "status_id": 1 if kind == "login" else 2,
        "service": {"name": "Kloudless"},
        "user": _actor_user(event) or _user_in(session) or {"name": "Unknown"},
    }
    return body | _from_where(event) | _program(event)


def _membership(event: _Event) -> Json:
    group = _named(event, "metadata_name", "metadata_id") or {"name": "Unknown"}
    member = _user_in(event.inside("metadata", "member"))
    body: Json = {"activity_id": 3, "group": group, **_actor(event), **_from_where(event)}
    return body | ({"user": member} if member else {})


def _role(event: _Event, role: str, whom: Any) -> Json:
    resource = _named(event, "metadata_name", "metadata_id")
    body: Json = {"activity_id": 1, "user": _user_in(whom), "privileges": [role],
                  **_actor(event), **_from_where(event)}  # fmt: skip
    return body | ({"resources": [resource]} if resource else {})


def _file_activity(event: _Event, kind: str) -> Json:
    file = _file(event)
    body: Json = {"activity_id": _FILE_ACTIVITY.get(kind, _OTHER), "file": file}
    before = event.take("previous_metadata_name")
    if before is not None:
        # The file is its former state, the result its new one.
        body["file"] = {**file, "name": str(before)}
        body["file"].pop("path", None)
        body["file_result"] = file
        if (path := event.take("previous_metadata_path")) is not None:
            body["file"]["path"] = str(path)
    body |= {"actor": _actor(event).get("actor") or {"user": {"name": "Unknown"}}}
    return body | (_from_where(event) or {"src_endpoint": {"name": "Unknown"}}) | _program(event)


def _file(event: _Event) -> Json:
    types = {"file": 1, "folder": 2}
    file: Json = {
        "name": str(event.take("metadata_name") or "Unknown"),
        "type_id": types[event.take("metadata_type")],
    }
    texts = {"uid": "metadata_id", "path": "metadata_path", "mime_type": "metadata_mime_type",
             "parent_folder": "metadata_parent_name"}  # fmt: skip
    for name, column in texts.items():
        if (value := event.take(column)) is not None:
            file[name] = str(value)
    if isinstance(event.see("metadata_size"), int):
        file["size"] = event.take("metadata_size")
    for name, column in (("created_time", "created"), ("modified_time", "modified")):
        if (ms := _take_ms(event, f"metadata_{column}")) is not None:
            file[name] = ms
    if owner := _user(event, "metadata_owner_"):
        file["owner"] = owner
    return file


def _entity(event: _Event, kind: str) -> Json:
    entity = _named(event, "metadata_name", "metadata_id") or {"name": "Unknown"}
    if (type_ := event.take("metadata_type")) is not None:
        entity["type"] = str(type_)
    body: Json = {"activity_id": _ENTITY_ACTIVITY.get(kind, _OTHER), "entity": entity}
    return body | _actor(event) | _from_where(event)


def _named(event: _Event, name: str, uid: str) -> Json:
    found = {"name": event.take(name), "uid": event.take(uid)}
    return {key: str(value) for key, value in found.items() if value is not None}


def _actor(event: _Event) -> Json:
    user = _actor_user(event)
    return {"actor": {"user": user}} if user else {}


def _actor_user(event: _Event) -> Json | None:
    """Return who acted: v2's user, v1's last modifier."""
    prefix = (
        "user_" if event.see("user_email") or event.see("user_name") else "metadata_last_modifier_"
    )
    user = _user(event, prefix) or {}
    if "uid" not in user and (uid := event.take("user_id")) is not None:
        user["uid"] = str(uid)
    return user or None


def _user(event: _Event, prefix: str) -> Json | None:
    uid = None if prefix == "user_" else event.take(f"{prefix}id")
    return _as_user(event.take(f"{prefix}name"), event.take(f"{prefix}email"), uid)


def _user_in(user: Any) -> Json | None:
    if not isinstance(user, dict):
        return None
    return _as_user(user.get("name"), user.get("email"), user.get("id"))


def _as_user(name: Any, email: Any, uid: Any) -> Json | None:
    user: Json = {}
    # The name is the log-in name; a person's own name is the full name.
    if email is not None:
        user["name"] = str(email)
        if _EMAIL.fullmatch(str(email)):
            user["email_addr"] = str(email)
    if name is not None:
        user["full_name"] = str(name)
        user.setdefault("name", str(name))
    if uid is not None:
        user["uid"] = str(uid)
    return user or None


def _from_where(event: _Event) -> Json:
    ip = event.take("ip")
    if ip is None:
        return {}
    ip = str(ip)
    try:
        ipaddress.ip_address(ip)
    except ValueError:
        return {"src_endpoint": {"name": ip}}
    if "%" in ip:  # a zone is local to the machine that wrote it
        return {"src_endpoint": {"name": ip}}
    return {"src_endpoint": {"ip": ip}}


def _program(event: _Event) -> Json:
    agent = event.take("user_agent") or event.inside("metadata", "client")
    return {"http_request": {"user_agent": str(agent)}} if isinstance(agent, str) else {}
