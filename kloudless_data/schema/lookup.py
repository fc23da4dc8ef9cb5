"""Which schema describes an object, by its own ``api`` and ``type``."""

from __future__ import annotations

from .columns import SCHEMAS, events_schema
from .model import Schema

__all__ = ["schema_for"]

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
