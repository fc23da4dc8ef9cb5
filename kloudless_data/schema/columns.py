"""Each object type of the API as Arrow columns.

A schema is a flat list of columns. A column's name is the path of its field joined by ``_``:
``metadata.owner.email`` is ``metadata_owner_email``. Unknown fields are not lost:
:mod:`kloudless_data.decode.decode` keeps them as JSON text in the column ``extra``.

A column has one of these kinds:

==========  ==========================  =====================================================
kind        Arrow type                  values that fit
==========  ==========================  =====================================================
id          string                      strings, and integers (their digits)
string      string                      strings
int64       int64                       integers, and strings of canonical digits (``"123"``)
float64     double                      numbers that a double holds exactly as written
bool        bool                        ``true``, ``false``
timestamp   timestamp[us, tz=UTC]       ISO 8601 date and time; seconds and milliseconds since 1970
json        string                      anything, as compact JSON text
==========  ==========================  =====================================================

The marks in the comments give the source of a field: D documented, S seen in a recorded response or
in a client's code, A assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .instants import read_time

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SCHEMAS", "Column", "Schema", "events_schema", "infer_schema", "schema_for"]

#: Columns that every schema may end with; no field of an object is stored under these names.
EXTRA, RAW = "extra", "raw"


@dataclass(frozen=True)
class Column:
    """One column of a schema.

    Attributes
    ----------
    name : str
        The path joined by ``_``.
    path : tuple of str
        The keys that lead to the field, outermost first.
    kind : str
        ``"id"``, ``"string"``, ``"int64"``, ``"float64"``, ``"bool"``, ``"timestamp"`` or
        ``"json"``.
    """

    name: str
    path: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Schema:
    """The columns of one object type.

    Attributes
    ----------
    name : str
        For example ``"events.v1"`` or ``"accounts"``.
    version : int
        Increases whenever the columns change; written into exported files.
    columns : tuple of Column
        In the order of the frame.
    """

    name: str
    version: int
    columns: tuple[Column, ...]

    def arrow(self, *, raw: bool = False, columns: Sequence[str] | None = None) -> pa.Schema:
        """Return the Arrow schema of a record batch of this type.

        Parameters
        ----------
        raw : bool, default False
            Add the column ``raw``: the upstream service's own object, as JSON text.
        columns : sequence of str, optional
            Only these columns, in this order. ``"raw"`` may be among them without `raw`.

        Returns
        -------
        pyarrow.Schema
            This type's columns, then ``extra`` (string, JSON text), then ``raw`` if requested.

        Raises
        ------
        InvalidParameter
            For an unknown or repeated column, or an empty list.

        Examples
        --------
        >>> events_schema(1).arrow(columns=["id", "modified"])
        id: string
        modified: timestamp[us, tz=UTC]
        """
        import pyarrow as pa

        types = {
            "int64": pa.int64(),
            "float64": pa.float64(),
            "bool": pa.bool_(),
            "timestamp": pa.timestamp("us", tz="UTC"),
        }
        fields = {c.name: pa.field(c.name, types.get(c.kind, pa.string())) for c in self.columns}
        fields[EXTRA] = pa.field(EXTRA, pa.string())
        if raw or (columns is not None and RAW in columns):
            fields[RAW] = pa.field(RAW, pa.string())
        if columns is None:
            return pa.schema(list(fields.values()))
        self._check_names(columns, fields)
        return pa.schema([fields[name] for name in columns])

    def _check_names(self, columns: Sequence[str], fields: Mapping[str, Any]) -> None:
        from ..exceptions import InvalidParameter

        if isinstance(columns, str) or not columns:
            raise InvalidParameter("columns must be a list that names at least one column.")
        unknown = [name for name in columns if name not in fields]
        if unknown:
            raise InvalidParameter(
                f"{self.name} has no column {', '.join(map(repr, unknown))}. "
                f"Its columns are: {', '.join(fields)}."
            )
        if len(set(columns)) < len(columns):
            raise InvalidParameter(f"A column is named twice in {list(columns)}.")


def _schema(name: str, text: str, version: int = 1) -> Schema:
    """Read a schema from lines of ``path.to.field kind``; ``#`` starts a comment."""
    columns = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words:
            path = tuple(words[0].split("."))
            columns.append(Column("_".join(path), path, words[1]))
    return Schema(name, version, tuple(columns))


# The fields of one recorded v1 event (S); any of them may be null or missing (D). A rename or a
# move may carry previous_metadata, presumably with the fields of metadata (A). Calendar and CRM
# events are assumed to have the fields of their objects in listings (A).
_EVENTS_V1 = """
id                              id
account                         id
action                          string
type                            string
ip                              string
user_id                         id
modified                        timestamp
metadata.id                     id
metadata.raw_id                 id
metadata.type                   string
metadata.name                   string
metadata.size                   int64
metadata.path                   string
metadata.created                timestamp
metadata.modified               timestamp
metadata.mime_type              string
metadata.downloadable           bool
metadata.account                id
metadata.ancestors              json
metadata.parent.id              id
metadata.parent.name            string
metadata.owner.id               id
metadata.owner.name             string
metadata.owner.email            string
metadata.owner.type             string
metadata.owner.api              string
metadata.owner.id_type          string
metadata.last_modifier.id       id
metadata.last_modifier.name     string
metadata.last_modifier.email    string
metadata.last_modifier.type     string
metadata.last_modifier.api      string
metadata.last_modifier.id_type  string
metadata.api                    string     # A
metadata.href                   string     # A
metadata.calendar_id            id         # calendar, A
metadata.start                  timestamp  # calendar, A
metadata.end                    timestamp  # calendar, A
metadata.status                 string     # calendar and CRM, A
metadata.email                  string     # CRM contacts and leads, A
previous_metadata.id            id         # A, as all below
previous_metadata.name          string
previous_metadata.path          string
previous_metadata.type          string
previous_metadata.size          int64
previous_metadata.modified      timestamp
previous_metadata.parent.id     id
previous_metadata.parent.name   string
"""

# v2 has event_category, event_type and event_subtype instead of type, and the acting user (D);
# the names of the other fields, the acting user's included, are assumed (A).
_EVENTS_V2 = """
id                              id
account                         id
action                          string
event_category                  string     # D
event_type                      string     # D
event_subtype                   string     # D
ip                              string
user_id                         id
user.name                       string     # A, as all of user; user.id is left to extra,
user.email                      string     # for its name is that of user_id
user.type                       string
user_agent                      string     # A
""" + _EVENTS_V1[_EVENTS_V1.index("modified ") :]

# Accounts: D and S. enabled is the newer name of active.
_ACCOUNTS = """
id                    id
account               string
service               string
service_name          string
admin                 bool
active                bool
enabled               bool
apis                  json
created               timestamp
modified              timestamp
token_expiry          timestamp
refresh_token_expiry  timestamp
api                   string
type                  string
href                  string
"""

# Applications: D and S. What is below them: S for key, url, active; the rest A.
_APPLICATIONS = """
id                      id
name                    string
description             string
logo_url                string
active                  bool
created                 timestamp
modified                timestamp
implicit_grant_enabled  bool
recent_enabled          bool
events_enabled          bool
api                     string
type                    string
href                    string
"""

_OBJECT = """
api       string
type      string
href      string
"""

_DATED = """
created   timestamp
modified  timestamp
"""

# Files and folders: D; owner as in events (S).
_FILES = """
id             id
raw_id         id
type           string
name           string
size           int64
path           string
created        timestamp
modified       timestamp
mime_type      string
downloadable   bool
account        id
ancestors      json
parent.id      id
parent.name    string
owner.id       id
owner.name     string
owner.email    string
owner.type     string
owner.api      string
owner.id_type  string
last_modifier.id       id
last_modifier.name     string
last_modifier.email    string
last_modifier.type     string
last_modifier.api      string
last_modifier.id_type  string
can_create_folders  bool    # A
can_upload_files    bool    # A
api            string
href           string
"""

# Calendars: id, account_id, name, description, location, timezone D; the rest A.
_CALENDARS = """
id           id
raw_id       id
account_id   id
name         string
description  string
location     string
timezone     string
access_role  string
default      bool
primary      bool
created      timestamp
modified     timestamp
api          string
type         string
href         string
"""

# Calendar events: start, end and name D; the rest A.
_CALENDAR_EVENTS = """
id                 id
raw_id             id
account_id         id
calendar_id        id
name               string
description        string
location           string
status             string
visibility         string
start              timestamp
end                timestamp
start_time_zone    string
end_time_zone      string
all_day            bool
recurrence_type    string
recurring_master_id  id
organizer.id       id
organizer.name     string
organizer.email    string
creator.id         id
creator.name       string
creator.email      string
attendees          json
attachments        json
reminders          json
recurrence         json
created            timestamp
modified           timestamp
api                string
type               string
href               string
"""

# Users and groups of a team: id, name, email, role of v1 and all of v2 down to ids D; active A.
_USERS = """
id            id
name          string
email         string
role          string
active        bool
name_details  json
emails        json
ids           json
created       timestamp
updated       timestamp
api           string
type          string
href          string
"""

_GROUPS = """
id       id
name     string
email    string     # A
role     string
created  timestamp  # A
updated  timestamp  # A
api      string
type     string
href     string
"""

# v2's memberships; a member of v1's groups is put under member (A, as all but the ids).
_MEMBERSHIPS = """
id            id
group.id      id
group.name    string
member.id     id
member.name   string
member.email  string
member.type   string
role          string
api           string
type          string
href          string
"""

# v2's permissions (D); a right of v1 has a role, and whom it names is put under target.
_PERMISSIONS = """
id            id
item.id       id
item.type     string
target.id     id
target.name   string
target.email  string
target.type   string
role          string
capabilities.preview   bool
capabilities.download  bool
capabilities.edit      bool
capabilities.share     bool
capabilities.manage    bool
capabilities.add       bool
capabilities.list      bool
api           string
type          string
href          string
"""

# v1's links (S); what follows direct is assumed (A).
_LINKS = """
id            id
file_id       id
url           string
account       id
active        bool
created       timestamp
modified      timestamp
direct        bool
expiration    timestamp
has_password  bool
scope         string
role          string
api           string
type          string
href          string
"""

#: Every schema by its name.
SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        schema.name: schema
        for schema in (
            _schema("events.v0", _EVENTS_V1),  # like v1: the same objects were seen in both (A)
            _schema("events.v1", _EVENTS_V1),
            _schema("events.v2", _EVENTS_V2),
            # Services' own logs: v2's events, and the service whose terms they use.
            _schema("events.log", "service string" + _EVENTS_V2),
            _schema("accounts", _ACCOUNTS),
            _schema("applications", _APPLICATIONS),
            _schema(
                "apikeys", "id id\nname string\nkey string\nactive bool\n" + _DATED + _OBJECT
            ),  # key, name, active, created: S
            _schema("trusted_domains", "id id\ndomain string\n" + _DATED + _OBJECT),
            _schema("webhooks", "id id\nurl string\nactive bool\n" + _DATED + _OBJECT),
            _schema(
                "service_keys",
                "id id\nservice string\nname string\nclient_id id\nclient_secret string\n"
                "key string\nactive bool\n" + _DATED + _OBJECT,
            ),
            _schema("redirect_uris", "id id\nurl string\n" + _DATED + _OBJECT),
            _schema("fe_upload_locations", "id id\naccount id\nfolder id\n" + _DATED + _OBJECT),
            _schema(
                "developers",
                "id id\nemail string\nname string\ncompany string\nactive bool\n"
                + _DATED
                + _OBJECT,
            ),
            _schema(
                "usage_reports",
                "id id\nname string\nstart timestamp\nend timestamp\nrequests int64\n"
                "accounts int64\n" + _DATED + _OBJECT,
            ),
            _schema(
                "licenses",
                "id id\nname string\nkey string\nactive bool\nexpiry timestamp\n"
                + _DATED
                + _OBJECT,
            ),
            _schema(
                "invoices",
                "id id\nnumber id\nstatus string\ncurrency string\namount float64\n"
                "date timestamp\ndue timestamp\npaid bool\n" + _DATED + _OBJECT,
            ),
            _schema(
                "subscriptions",  # default, subscription_type, monitored_resources: D
                "id id\naccount id\nname string\nactive bool\ndefault bool\n"
                "subscription_type string\nmonitored_resources json\nexpiry timestamp\n"
                + _DATED
                + _OBJECT,
            ),
            _schema("files", _FILES),
            _schema("calendars", _CALENDARS),
            _schema("calendar_events", _CALENDAR_EVENTS),
            _schema("users", _USERS),
            _schema("groups", _GROUPS),
            _schema("memberships", _MEMBERSHIPS),
            _schema("permissions", _PERMISSIONS),
            _schema("links", _LINKS),
        )
    }
)

# The values of "type" and "api", without underscores and the plural's s. The types of objects below
# an application are undocumented, so the path's own word is expected (A).
_BY_TYPE = {
    name.rstrip("s").replace("_", ""): name
    for name in SCHEMAS
    if not name.startswith(("events.", "calendar_events"))
} | {"folder": "files"}
_ACTIVITY_APIS = {None, "activity", "event", "events", "storage", "crm"}
# The ``api`` values of objects that a type's schema describes; None if the object has none.
# A contact's "account" is a company, and accounting has invoices of its own (D). Management objects
# say "meta", "core" or nothing (S, A).
_MANAGEMENT_APIS = {None, "core", "meta"}
_APIS = {"files": {None, "storage"}, "calendars": {None, "calendar", "cal"},
         "subscriptions": _MANAGEMENT_APIS | {"activity", "storage"}}  # fmt: skip


def events_schema(api_version: int) -> Schema:
    """Return the schema of activity events.

    Parameters
    ----------
    api_version : int
        0, 1 or 2; a later version is read as 2.

    Returns
    -------
    Schema

    Examples
    --------
    >>> events_schema(2).name
    'events.v2'
    """
    return SCHEMAS[f"events.v{min(max(int(api_version), 0), 2)}"]


def schema_for(api: str | None, type_: str | None, api_version: int = 1) -> Schema | None:
    """Return the schema for an object's own ``api`` and ``type``.

    Parameters
    ----------
    api, type_ : str or None
        The object's ``api`` and ``type``. For an object without them, the last word of the path
        that lists it (``"apikeys"``).
    api_version : int, default 1
        The requested version.

    Returns
    -------
    Schema or None
        None for a type without a schema; see `infer_schema`.

    Examples
    --------
    >>> schema_for("storage", "folder").name
    'files'
    >>> schema_for("calendar", "event").name
    'calendar_events'
    >>> schema_for("crm", "lead") is None
    True
    >>> schema_for("core", "account").name, schema_for("crm", "account")
    ('accounts', None)
    """
    if not type_:
        return None
    word = type_.lower().replace("_", "").replace(" ", "").removesuffix("s")
    if word == "calendarevent" or (word == "event" and api in ("calendar", "cal")):
        return SCHEMAS["calendar_events"]
    if word == "event" and api in _ACTIVITY_APIS:
        return events_schema(api_version)
    name = _BY_TYPE.get(word)
    if name is None or (api or None) not in _APIS.get(name, _MANAGEMENT_APIS):
        return None
    return SCHEMAS[name]


# JSON allows a lone surrogate, which UTF-8 cannot encode, so it cannot name a column.
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def infer_schema(objects: Iterable[dict[str, Any]]) -> Schema:
    """Infer a schema for objects of a type without one.

    Nested objects are flattened; each field's kind is the narrowest that fits all of its values.

    Parameters
    ----------
    objects : iterable of dict
        As decoded by `json.loads`; all are examined.

    Returns
    -------
    Schema
        Named ``"inferred"``, columns in order of first appearance.

    Examples
    --------
    >>> infer_schema([{"id": 1, "owner": {"age": 3}}, {"id": "x"}]).arrow()
    id: string
    owner_age: int64
    extra: string
    """
    found: dict[tuple[str, ...], set[str]] = {}
    for item in objects:
        for path, value in _leaves(item, ()):
            found.setdefault(path, set()).add(_kind_of(value))
    # A field that is sometimes an object and sometimes a scalar is kept as JSON text.
    mixed = [path for path, kinds in found.items() if kinds - {"null"}]
    columns: dict[str, Column] = {}
    for path, kinds in found.items():
        if any(path[:n] in mixed for n in range(1, len(path))):
            continue
        below = any(other[: len(path)] == path for other in found if other != path)
        if below and kinds <= {"null"}:
            continue
        name = "_".join(path)
        if name not in (EXTRA, RAW) and not _HALF_PAIR.search(name):
            kind = "json" if below else _common_kind(path, kinds)
            columns.setdefault(name, Column(name, path, kind))
    return Schema("inferred", 1, tuple(columns.values()))


def _leaves(item: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in item.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        # Only times that a timestamp column holds without loss; others stay strings.
        _, complete = read_time(value) or (0, False)
        return "timestamp" if complete else "string"
    kinds = {bool: "bool", int: "int64", float: "float64"}
    return kinds.get(type(value), "json")


def _common_kind(path: tuple[str, ...], kinds: set[str]) -> str:
    kinds = kinds - {"null"}
    named_id = path[-1] == "id" or path[-1].endswith("_id")
    if named_id and kinds <= {"int64", "string"}:
        return "id"
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds == {"int64", "float64"}:
        return "float64"
    return "string" if kinds <= {"string", "timestamp"} else "json"
