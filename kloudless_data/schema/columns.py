"""The columns of each object type of the API.

Each line is a column: the path of its field, and its kind (`kloudless_data.schema.model`). The
marks in the comments give the source of a field: D documented, S seen in a recorded response or in
a client's code, A assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .model import Schema, schema_of

__all__ = ["SCHEMAS", "events_schema"]

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

_OBJECT = """
api       string
type      string
href      string
"""

_DATED = """
created   timestamp
modified  timestamp
"""

# Management objects that are a few columns and what all of them have.
_MANAGEMENT = {
    "apikeys": "id id, name string, key string, active bool",  # key, name, active, created: S
    "trusted_domains": "id id, domain string",
    "webhooks": "id id, url string, active bool",
    "service_keys": "id id, service string, name string, client_id id, client_secret string, "
    "key string, active bool",
    "redirect_uris": "id id, url string",
    "fe_upload_locations": "id id, account id, folder id",
    "developers": "id id, email string, name string, company string, active bool",
    "usage_reports": "id id, name string, start timestamp, end timestamp, requests int64, "
    "accounts int64",
    "licenses": "id id, name string, key string, active bool, expiry timestamp",
    "invoices": "id id, number id, status string, currency string, amount float64, "
    "date timestamp, due timestamp, paid bool",
    # default, subscription_type, monitored_resources: D
    "subscriptions": "id id, account id, name string, active bool, default bool, "
    "subscription_type string, monitored_resources json, expiry timestamp",
}

_TEXTS = {
    "events.v0": _EVENTS_V1,  # like v1: the same objects were seen in both (A)
    "events.v1": _EVENTS_V1,
    "events.v2": _EVENTS_V2,
    # Services' own logs: v2's events, and the service whose terms they use.
    "events.log": "service string" + _EVENTS_V2,
    "accounts": _ACCOUNTS,
    "applications": _APPLICATIONS,
    **{name: text.replace(", ", "\n") + _DATED + _OBJECT for name, text in _MANAGEMENT.items()},
    "files": _FILES,
    "calendars": _CALENDARS,
    "calendar_events": _CALENDAR_EVENTS,
    "users": _USERS,
    "groups": _GROUPS,
    "memberships": _MEMBERSHIPS,
    "permissions": _PERMISSIONS,
    "links": _LINKS,
}

#: Every schema by its name.
SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {name: schema_of(name, text) for name, text in _TEXTS.items()}
)


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
