"""Detect a file's format from its content."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..exceptions import InvalidParameter, Remedy
from .files import LogFile
from .specs import Path, Spec, spec_named, specs
from .split import Layout

__all__ = ["Recognised", "is_record_of", "recognise"]

_PARQUET = b"PAR1"
#: The number of lines to examine.
_LINES = 20


@dataclass(frozen=True)
class Recognised:
    """A file's detected format.

    Attributes
    ----------
    spec : Spec
    kind : {"json", "csv", "parquet"}
    layout : Layout
        For JSON.
    delimiter : str
        For CSV.
    """

    spec: Spec
    kind: str
    layout: Layout = Layout(None)  # noqa: RUF009 - never changed
    delimiter: str = ","


def recognise(file: LogFile, format: str | None = None) -> Recognised | None:
    """Return the format of a file; None for an empty one.

    Parameters
    ----------
    file : LogFile
    format : str, optional
        The format, if known.

    Raises
    ------
    InvalidParameter
        It has no known format.
    """
    text = file.beginning()
    among = specs() if format is None else (spec_named(format),)
    if not text.strip():
        return None
    if text.startswith(_PARQUET):
        return Recognised(_of_parquet(file, among), "parquet")
    first = text.lstrip()[:1]
    found = _of_json(text, among) if first in b"{[" else _of_csv(text, among)
    if found is None:
        raise _unknown(file, text)
    return found


def _of_json(text: bytes, among: Iterable[Spec]) -> Recognised | None:
    among = tuple(among)
    stripped = text.lstrip()
    lines = list(map(_parsed, stripped.split(b"\n", _LINES)[:_LINES]))
    for line in lines:  # the first ones may be damaged
        for spec in among:
            if _tells(spec, line):
                return Recognised(spec, "json", Layout(None))
    for spec in among:
        layout = _layout(stripped, spec, lines[0])
        if layout is not None:
            return Recognised(spec, "json", layout)
    return None


def _layout(text: bytes, spec: Spec, whole: Any) -> Layout | None:
    """Return the layout of a format's records in a text; None if there are none."""
    if text.startswith(b"["):
        return Layout(1) if _tells(spec, _first_object(text, 1)) else None
    if _tells(spec, _first_object(text, 0)):
        return Layout(0)
    for name in spec.records:
        place = text.find(json.dumps(name).encode())
        while place >= 0:
            rest = text[place + len(name) + 2 :].lstrip()
            if rest.startswith(b":") and rest[1:].lstrip().startswith(b"["):
                inner = rest[1:].lstrip()
                empty = inner[1:].lstrip().startswith(b"]")
                if _tells(spec, _first_object(inner, 1)) or (empty and _only_empty(spec, whole)):
                    return Layout(2, spec.records)
            place = text.find(json.dumps(name).encode(), place + 1)
    return None


def _only_empty(spec: Spec, whole: Any) -> bool:
    """Return True if the name of an empty list identifies the format."""
    return isinstance(whole, dict) and spec.records[0] in ("Records", "entries")


def _first_object(text: bytes, skip: int) -> Any:
    """Return the first object of a text that may be cut off."""
    decoder = json.JSONDecoder()
    rest = text[skip:].decode("utf-8", "replace").lstrip()
    try:
        return decoder.raw_decode(rest)[0]
    except (ValueError, RecursionError):
        return None


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _tells(spec: Spec, record: Any) -> bool:
    return isinstance(record, dict) and is_record_of(spec, record)


def is_record_of(spec: Spec, record: dict[str, Any]) -> bool:
    """Return True if a record is of a format: it has all members of one ``tells`` line.

    Parameters
    ----------
    spec : Spec
        The format.
    record : dict
        The decoded record.

    Examples
    --------
    >>> is_record_of(spec_named("cloudtrail"), {"eventName": "a", "eventSource": "b",
    ...                                         "eventTime": "c"})
    True
    """
    return any(all(_has(record, path) for path in paths) for paths in spec.tells)


def _has(value: Any, path: Path) -> bool:
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True


def _of_csv(text: bytes, among: Iterable[Spec]) -> Recognised | None:
    line = text.lstrip().partition(b"\n")[0].decode("utf-8", "replace").strip()
    for delimiter in (",", ";", "\t"):
        cells = next(csv.reader([line], delimiter=delimiter), [])
        headers = {header.strip().casefold() for header in cells}
        for spec in sorted(among, key=lambda spec: -max(map(len, spec.tables), default=0)):
            if any({name.casefold() for name in table} <= headers for table in spec.tables):
                return Recognised(spec, "csv", delimiter=delimiter)
    return None


def _of_parquet(file: LogFile, among: Iterable[Spec]) -> Spec:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with file.storage.open(file.path) as opened:
            names = set(pq.ParquetFile(opened).schema_arrow.names)
    except (OSError, pa.ArrowException) as error:
        raise InvalidParameter(f"{file.name} cannot be read as Parquet: {error}.") from None
    for spec in among:
        if any({str(path[0]) for path in paths} <= names for paths in spec.tells):
            return spec
    hint = (
        " It is an export of events, which you can use directly."
        if {"id", "modified"} <= names
        else ""
    )
    raise InvalidParameter(
        f"{file.name} is Parquet, but not of a known log; its columns are "
        f"{', '.join(sorted(names)[:12])}.{hint}"
    )


def _unknown(file: LogFile, text: bytes) -> InvalidParameter:
    known = "; ".join(sorted(spec.title for spec in specs()))
    begin = " ".join(text[:80].decode("utf-8", "replace").split())
    return InvalidParameter(
        f"{file.name} has no known log format. It begins with {begin!r}. The known formats are: "
        f"{known}.",
        remedy=Remedy.NAME_LOG,
    )
