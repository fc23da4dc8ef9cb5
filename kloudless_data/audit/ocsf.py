"""Events in the Open Cybersecurity Schema Framework, the security field's common schema.

OCSF 1.8.0 (https://schema.ocsf.io/1.8.0). Which class an event is of:

========================================  =========================  ==================
what happened                             class                      activity
========================================  =========================  ==================
add, download, update, delete, rename,    File Hosting Activity      1 to 9
copy, move, restore, preview              (6006)
share, shared_link                        File Hosting Activity      12 Share
permission_change, to somebody            User Access Management     1 Assign Privileges
                                          (3005)
login, failed_login                       Authentication (3002)      1 Logon
group_add_member                          Group Management (3006)    3 Add User
changes of what is no file: meetings,     Entity Management (3004)   1 to 5
contacts, …
anything else                             of the object's class      99 Other
========================================  =========================  ==================

A share is File Hosting's own activity, for what is told is what happened to the file. A change of a
role is User Access Management when it says whose and which, which that class requires. Nothing that
Kloudless tells is a change of an account itself (Account Change, 3001).

What has no place in the class is under ``unmapped``, by the name of its column.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter
from ..sinks import Part

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..manifest import Manifest

__all__ = ["VERSION", "OcsfRecords", "to_ocsf"]

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
_SUBTYPES = {
    ("login", "success"): "login",
    ("login", "failure"): "failed_login",
    ("share", "shared_link_created"): "shared_link",
    ("permission", "role_changed"): "permission_change",
    ("group", "member_added"): "group_add_member",
}
# As the schema has it; an address that it refuses is a name.
_EMAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+")
_ROWS = 5_000


class OcsfRecords:
    """OCSF records of events; iterating makes them, one a time.

    Parameters
    ----------
    batches : callable
        Gives record batches of events, from the first, each time it is called.
    """

    def __init__(self, batches: Callable[[], Iterable[pa.RecordBatch]]) -> None:
        self._batches = batches

    def __iter__(self) -> Iterator[Json]:
        for batch in self._batches():
            for row in batch.to_pylist():
                yield _record(row)

    def to_frame(self) -> pd.DataFrame:
        """Return them as a DataFrame: a column an attribute, with dicts where it has parts."""
        import pandas as pd

        return pd.DataFrame(list(self))

    def to_jsonl(self, path: str | os.PathLike[str], *, force: bool = False) -> Manifest:
        """Write them as JSON Lines, with a manifest; in bounded memory."""
        return self._export(path, "jsonl", force)

    def to_parquet(self, path: str | os.PathLike[str], *, force: bool = False) -> Manifest:
        """Write them as Parquet: nested as in JSON, but ``unmapped`` is JSON text."""
        return self._export(path, "parquet", force)

    def _export(self, path: str | os.PathLike[str], format: str, force: bool) -> Manifest:
        from ..export import export_batches

        return export_batches(
            self._parts(format), arrow_schema(), path, format, name=f"ocsf/{VERSION}", force=force
        )

    def _parts(self, format: str) -> Iterator[Part]:
        import msgspec

        encode = msgspec.json.Encoder().encode
        for batch in self._batches():
            records = [_record(row) for row in batch.to_pylist()]
            # Lines of JSON are made of the records; only their number is asked of the batch.
            shown = batch if format == "jsonl" else _as_batch(records)
            yield Part(shown, _lines(records, encode))


def _lines(records: list[Json], encode: Callable[[Any], bytes]) -> Callable[[], list[bytes]]:
    return lambda: [encode(record) for record in records]


def _as_batch(records: list[Json]) -> pa.RecordBatch:
    import pyarrow as pa

    rows = [
        {**record, "unmapped": json.dumps(record["unmapped"], ensure_ascii=False)}
        if "unmapped" in record
        else record
        for record in records
    ]
    return pa.RecordBatch.from_pylist(rows, arrow_schema())


def to_ocsf(events: Any) -> OcsfRecords:
    """Return events as OCSF records.

    Parameters
    ----------
    events : DataFrame, Table, EventStream, Archive, or path
        Events of `to_frame`, Arrow tables of them; an exported Parquet file or folder; an archive
        or where it is.

    Returns
    -------
    OcsfRecords
        To iterate over, or to write: ``to_jsonl``, ``to_parquet``, ``to_frame``.

    Raises
    ------
    InvalidParameter
        `events` is nothing of that kind.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"id": ["1"], "type": ["delete"], "user_id": ["u1"],
    ...     "metadata_name": ["a.txt"], "metadata_type": ["file"],
    ...     "modified": pd.to_datetime(["2026-03-01"], utc=True)})
    >>> record = next(iter(to_ocsf(events)))
    >>> record["class_uid"], record["activity_id"], record["type_uid"], record["file"]["name"]
    (6006, 4, 600604, 'a.txt')
    """
    import pandas as pd
    import pyarrow as pa

    from ..archive import Archive
    from ..events import EventStream
    from .source import is_archive

    if isinstance(events, pd.DataFrame):
        events = pa.Table.from_pandas(events, preserve_index=False)
    if isinstance(events, pa.Table):
        table = events
        return OcsfRecords(lambda: table.to_batches(max_chunksize=_ROWS))
    if isinstance(events, EventStream):
        stream = events
        return OcsfRecords(lambda: iter(stream))
    if isinstance(events, Archive):
        archive = events
        return OcsfRecords(archive.batches)
    if isinstance(events, (str, os.PathLike)):
        path = os.fspath(events)
        if is_archive(path):
            return OcsfRecords(Archive(path).batches)
        return OcsfRecords(lambda: _batches_of(path))
    raise InvalidParameter(
        f"{type(events).__name__} cannot be read as events. Give a DataFrame, an exported Parquet "
        "file or folder, or an Archive."
    )


def _batches_of(path: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.dataset as ds

    try:
        yield from ds.dataset(path, format="parquet").to_batches(batch_size=_ROWS)
    except (OSError, pa.ArrowInvalid) as error:
        raise InvalidParameter(f"{path} cannot be read as Parquet: {error}") from None


class _Event:
    """An event whose fields are taken one by one; what nobody takes is unmapped."""

    def __init__(self, row: Json) -> None:
        self._left = {name: value for name, value in row.items() if value is not None}
        extra = self._left.pop("extra", None)
        self._extra = _parsed(extra)
        if extra is not None and self._extra is None:
            self._left["extra"] = extra

    def take(self, name: str) -> Any:
        """Return a field's value, or None."""
        return self._left.pop(name, None)

    def see(self, name: str) -> Any:
        """Return it and leave it for others."""
        return self._left.get(name)

    def inside(self, *path: str) -> Any:
        """Return what is in ``extra`` at a path; it stays there."""
        found: Any = self._extra
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def rest(self) -> Json:
        """Return what was not taken."""
        rest = {name: _plain(value) for name, value in self._left.items()}
        return rest | ({"extra": self._extra} if self._extra else {})


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _record(row: Json) -> Json:
    event = _Event(row)
    kind = _kind(event)
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
        "time": _time(event),
        "metadata": _metadata(event, kind),
        **body,
    }
    unmapped = event.rest()
    return record | ({"unmapped": unmapped} if unmapped else {})


def _kind(event: _Event) -> str:
    """Return what happened, in one word; v2's three words stay unmapped beside it."""
    word = event.take("type")
    if word is not None:
        return str(word)
    general, specific = event.see("event_type"), event.see("event_subtype")
    return _SUBTYPES.get((str(general), str(specific))) or str(general or "unknown")


def _time(event: _Event) -> int:
    """Return when, in ms since 1970. A time is required: of an event without one, the object's."""
    found = event.take("modified")
    found = found if found is not None else event.see("metadata_modified")
    return _ms(found) or 0


def _ms(value: Any) -> int | None:
    if not isinstance(value, datetime):
        return None
    return int(value.timestamp() * 1_000)


def _metadata(event: _Event, kind: str) -> Json:
    told: Json = {
        "version": VERSION,
        "product": {"name": "Kloudless", "vendor_name": "Kloudless"},
        "event_code": kind,
        "log_name": "activity",
    }
    if (uid := event.take("id")) is not None:
        told["uid"] = str(uid)
    if (account := event.take("account")) is not None:
        told["tenant_uid"] = str(account)
    return told


def _body(event: _Event, kind: str) -> tuple[int, Json]:
    if kind in ("login", "failed_login"):
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
    body: Json = {"activity_id": _FILE_ACTIVITY.get(kind, 99), "file": file}
    before = event.take("previous_metadata_name")
    if before is not None:
        # The file is what it was, the result what has become of it.
        body["file"] = {**file, "name": str(before)}
        body["file"].pop("path", None)
        body["file_result"] = file
        if (path := event.take("previous_metadata_path")) is not None:
            body["file"]["path"] = path
    body |= {"actor": _actor(event).get("actor") or {"user": {"name": "Unknown"}}}
    return body | (_from_where(event) or {"src_endpoint": {"name": "Unknown"}}) | _program(event)


def _file(event: _Event) -> Json:
    types = {"file": 1, "folder": 2}
    told: Json = {
        "name": str(event.take("metadata_name") or "Unknown"),
        "type_id": types[event.take("metadata_type")],
    }
    texts = {"uid": "metadata_id", "path": "metadata_path", "mime_type": "metadata_mime_type",
             "parent_folder": "metadata_parent_name"}  # fmt: skip
    for name, column in texts.items():
        if (value := event.take(column)) is not None:
            told[name] = str(value)
    if (size := event.take("metadata_size")) is not None:
        told["size"] = int(size)
    for name, column in (("created_time", "created"), ("modified_time", "modified")):
        if (ms := _ms(event.take(f"metadata_{column}"))) is not None:
            told[name] = ms
    if owner := _user(event, "metadata_owner_"):
        told["owner"] = owner
    return told


def _entity(event: _Event, kind: str) -> Json:
    entity = _named(event, "metadata_name", "metadata_id") or {"name": "Unknown"}
    if (type_ := event.take("metadata_type")) is not None:
        entity["type"] = str(type_)
    body: Json = {"activity_id": _ENTITY_ACTIVITY.get(kind, 99), "entity": entity}
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
    told: Json = {}
    # The name is what somebody logs in with; how they are called is the full name.
    if email is not None:
        told["name"] = str(email)
        if _EMAIL.fullmatch(str(email)):
            told["email_addr"] = str(email)
    if name is not None:
        told["full_name"] = str(name)
        told.setdefault("name", str(name))
    if uid is not None:
        told["uid"] = str(uid)
    return told or None


def _from_where(event: _Event) -> Json:
    ip = event.take("ip")
    if ip is None:
        return {}
    try:
        ipaddress.ip_address(ip)
    except ValueError:
        return {"src_endpoint": {"name": str(ip)}}
    if "%" in ip:  # a zone is of the machine that wrote it
        return {"src_endpoint": {"name": ip}}
    return {"src_endpoint": {"ip": ip}}


def _program(event: _Event) -> Json:
    agent = event.take("user_agent") or event.inside("metadata", "client")
    return {"http_request": {"user_agent": str(agent)}} if isinstance(agent, str) else {}


def arrow_schema() -> pa.Schema:
    """Return the columns of the Parquet file: those of all classes."""
    import pyarrow as pa

    text, whole = pa.string(), pa.int64()
    user = pa.struct([(name, text) for name in ("name", "full_name", "email_addr", "uid")])
    product = pa.struct([("name", text), ("vendor_name", text)])
    file = pa.struct(
        [("name", text), ("type_id", whole), ("uid", text), ("path", text), ("mime_type", text),
         ("parent_folder", text), ("size", whole), ("created_time", whole),
         ("modified_time", whole), ("owner", user)]
    )  # fmt: skip
    named = pa.struct([("name", text), ("uid", text)])
    return pa.schema(
        [
            ("class_uid", whole), ("class_name", text), ("category_uid", whole),
            ("activity_id", whole), ("type_uid", whole), ("severity_id", whole), ("time", whole),
            ("metadata", pa.struct([("version", text), ("product", product), ("event_code", text),
                                    ("log_name", text), ("uid", text), ("tenant_uid", text)])),
            ("status_id", whole),
            ("actor", pa.struct([("user", user)])),
            ("user", user),
            ("src_endpoint", pa.struct([("ip", text), ("name", text)])),
            ("http_request", pa.struct([("user_agent", text)])),
            ("service", pa.struct([("name", text)])),
            ("file", file), ("file_result", file),
            ("entity", pa.struct([("name", text), ("uid", text), ("type", text)])),
            ("group", named),
            ("resources", pa.list_(named)),
            ("privileges", pa.list_(text)),
            ("unmapped", text),
        ]
    )  # fmt: skip
