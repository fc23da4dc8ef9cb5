"""Identify a record's format, and where the record is if it is inside another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from .envelopes import Inner, Within, inner_objects
from .members import first_value, object_of, parsed
from .specs import Path, Spec, specs

__all__ = ["LIST", "Identified", "identify", "is_empty", "is_record_of", "is_xml", "why_not"]

#: The beginning of a list of objects, and its name if it has one.
LIST = re.compile(rb'(?:"((?:[^"\\]|\\.){1,100})"\s*:\s*)?\[\s*(?=\{)')


class Identified(NamedTuple):
    """What a record is.

    Attributes
    ----------
    spec : Spec
        Its format.
    within : tuple of str
        The keys that lead to it from the record that it is inside; empty if it is that record.
    """

    spec: Spec
    within: Within


def identify(record: Any, among: Iterable[Spec] | None = None) -> Identified | None:
    """Return the format of a record, or of the first one inside it; None if there is none.

    The text of a record counts more than members that were copied from it, as Splunk does. Records
    whose members were flattened (``userIdentity.arn``) have none: too much of them is lost.

    Parameters
    ----------
    record : dict or object
        The decoded record; its values may be `msgspec.Raw`.
    among : iterable of Spec, optional
        The possible formats. Default: all.

    Examples
    --------
    >>> record = {"eventName": "a", "eventSource": "b", "eventTime": "c"}
    >>> found = identify({"time": 7, "event": record})
    >>> found.spec.name, found.within
    ('cloudtrail', ('event',))
    """
    if not isinstance(record, dict):
        return None
    among = tuple(specs() if among is None else among)
    spec = _format_of(record, among)
    if spec is None:
        inner = list(islice(_inside(record, among), 2))
        if not inner or _are_members(inner):
            return None
        return Identified(*next((one for one in inner if one.inner.is_text), inner[0])[:2])
    text = next((one for one in _inside(record, (spec,)) if one.inner.is_text), None)
    if text is not None:
        return Identified(*text[:2])
    return None if _flattened(spec, record) else Identified(spec, ())


class _Inside(NamedTuple):
    spec: Spec
    within: Within
    inner: Inner


def _inside(record: Mapping[str, Any], among: Sequence[Spec]) -> Iterator[_Inside]:
    """Yield the records inside another one, the outer ones first."""
    for inner in inner_objects(record):
        spec = _format_of(inner.members, among)
        if spec is not None and not _flattened(spec, inner.members):
            yield _Inside(spec, inner.within, inner)


def _format_of(record: Mapping[str, Any], among: Iterable[Spec]) -> Spec | None:
    return next((spec for spec in among if is_record_of(spec, record)), None)


def _are_members(some: Sequence[_Inside]) -> bool:
    """Return True if an object holds several records, each by a name of its own."""
    return (
        len(some) > 1
        and some[0].inner.is_text == some[1].inner.is_text
        and some[0].within[:-1] == some[1].within[:-1]
        and some[0].inner.members != some[1].inner.members
    )


def is_record_of(spec: Spec, record: Mapping[str, Any]) -> bool:
    """Return True if a record is of a format: it has all members of one ``tells`` line.

    Parameters
    ----------
    spec : Spec
        The format.
    record : mapping
        The decoded record; values may be `msgspec.Raw`.

    Examples
    --------
    >>> from .specs import spec_named
    >>> is_record_of(spec_named("cloudtrail"), {"eventName": "a", "eventSource": "b",
    ...                                         "eventTime": "c"})
    True
    """
    return any(
        members <= record.keys()  # soon said, and most often false
        and all(_has(record, path, a_value=path not in spec.around) for path in paths)
        for members, paths in spec.tells_members
    )


def _has(value: Any, path: Path, *, a_value: bool = False) -> bool:
    """Return True if there is something at a path; with `a_value`, if it is no list."""
    for step in path:
        members = value if isinstance(value, dict) else object_of(value)[0]
        if members is None or step not in members:
            return False
        value = members[str(step)]
    if isinstance(value, msgspec.Raw):
        return not (a_value and bytes(value).startswith(b"["))
    return not (a_value and isinstance(value, list))


def _flattened(spec: Spec, record: Mapping[str, Any]) -> bool:
    """Return True if a member of a record stands for a nested one."""
    return not spec.flat_names.isdisjoint(record)


def is_empty(text: bytes) -> bool:
    """Return True for a list, or a response with a list of a known name, without any record.

    Parameters
    ----------
    text : bytes

    Examples
    --------
    >>> is_empty(b'{"value": [], "@odata.context": "x"}'), is_empty(b'{"a": []}')
    (True, False)
    """
    if text.strip() == b"[]":
        return True
    members = parsed(text)
    if not isinstance(members, dict):
        return False
    names = {name for spec in specs() for name in spec.records}
    lists = [name for name, value in members.items() if _is_nested(value)]
    return bool(names.intersection(members)) and not lists


def _is_nested(value: Any) -> bool:
    """Return True for an object, and for a list that is not empty."""
    if isinstance(value, msgspec.Raw):
        text = bytes(value)
        return text.startswith(b"{") or (text.startswith(b"[") and text.strip(b"[] \t\r\n") != b"")
    return isinstance(value, dict) or (isinstance(value, list) and bool(value))


def is_xml(text: bytes) -> bool:
    """Return True for XML, in which JSON is written otherwise; syslog begins with ``<134>``.

    Parameters
    ----------
    text : bytes
    """
    return re.match(_BEGINNINGS[0][0], text) is not None


def why_not(text: bytes) -> str | None:
    """Return what to do with a text that looks like a log, but is none that can be read.

    Parameters
    ----------
    text : bytes
        A file's beginning.

    Examples
    --------
    >>> why_not(b"<?xml version='1.0'?>")
    'It is XML. Export the log as JSON or CSV.'
    """
    for begin, advice in _BEGINNINGS:
        if re.match(begin, text):
            return advice
    listed = LIST.search(text)
    records = [first_value(text), first_value(text[listed.end() :]) if listed else None]
    some = [record for record in records if isinstance(record, dict)]
    for record in [*some, dict.fromkeys(_headers(text))]:
        for members, advice in _FOREIGN:
            if members <= record.keys():
                return advice
    for record in some:
        inner = list(islice(_inside(record, specs()), 2))
        if _are_members(inner):
            names = " and ".join(".".join(one.within) for one in inner)
            return (
                f"Its records are members of an object, such as {names}. Save them as a list, or "
                "one per line."
            )
    if any(_CUT in (value if isinstance(value, str) else bytes(value).decode("utf-8", "replace"))
           for record in some for value in record.values()
           if isinstance(value, str | msgspec.Raw)):  # fmt: skip
        return "PowerShell wrote nested values as text (@{…}). Use ConvertTo-Json -Depth 10."
    objects: list[Mapping[str, Any]] = [*some, dict.fromkeys(_headers(text))]
    objects += [one.members for record in some for one in inner_objects(record)]
    return next(filter(None, map(_flat_advice, objects)), None)


def _flat_advice(members: Mapping[str, Any]) -> str | None:
    """Return what to do with records of a format that were flattened."""
    for spec in specs():
        flat = [name for name in members if name in spec.flat_names]
        plain = [path for path in spec.paths if len(path) == 1 and path[0] in members]
        if flat and len(flat) + len(plain) >= _FLAT:
            return (
                f"It looks like {spec.name}, but its records were flattened ({flat[0]}), which "
                "loses values. Export them as the service wrote them, nested."
            )
    return None


def _headers(text: bytes) -> list[str]:
    line = text.split(b"\n", 1)[0].decode("utf-8", "replace")
    return [] if line[:1] in ("{", "[") else [cell.strip('" \r') for cell in line.split(",")]


#: So many names of members are no chance, some of them flattened.
_FLAT = 4
#: How PowerShell writes what is nested deeper than it was asked to convert.
_CUT = "@{"
#: How texts begin that are no JSON, and what to do.
_BEGINNINGS = (
    (rb"<[?!A-Za-z]", "It is XML. Export the log as JSON or CSV."),
    (rb"\[?\{'", "It was printed by Python. Write it with json.dump."),
)
#: Members of what is often mistaken for a service's own log, and what to export instead.
_FOREIGN: tuple[tuple[set[str], str], ...] = (
    ({"protoPayload", "logName"}, "It is from Google Cloud Logging, which changes the records. "
     "Export the activities of Google's Reports API, or the admin console's CSV."),
    ({"time_usec", "email", "event_type"}, "It is Google's export to BigQuery, which changes the "
     "records. Export the activities of the Reports API, or the admin console's CSV."),
    ({"fields", "rows", "preview"}, "Splunk wrote it as rows. Export it with output_mode=json, or "
     "as CSV with the column _raw."),
    ({"fields", "columns", "preview"}, "Splunk wrote it as columns. Export it with "
     "output_mode=json, or as CSV with the column _raw."),
    ({"results", "statistics"}, "It is an answer of CloudWatch Logs Insights. Export the results "
     "as CSV, or the log group to files."),
    ({"tables"}, "It is an answer of the Log Analytics API. Export the results as CSV, or with "
     "az monitor log-analytics query."),
    ({"eventname", "useridentity"}, "It is a table of Athena, which changes the records. Read the "
     "files in S3."),
    ({"eventName", "userIdentity", "managementEvent"}, "It is a table of CloudTrail Lake, which "
     "changes the records. Read the files in S3."),
    ({"@timestamp", "ecs"}, "It has fields of the Elastic Common Schema alone. Keep the services' "
     "own records in event.original, and export these."),
    ({"TimeGenerated", "TenantId"}, "It is a table of Microsoft Sentinel that is not known. Export "
     "OfficeActivity, SigninLogs or AuditLogs, or the unified audit log from Purview."),
)  # fmt: skip
