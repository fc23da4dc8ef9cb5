"""Detect a file's format from its content."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from ..exceptions import InvalidParameter, Remedy
from ..text.utf8 import is_utf8
from .envelopes import Within, inner_objects
from .files import LogFile, UnreadableLog
from .specs import Path, Spec, spec_named, specs
from .split import Layout, find_brackets
from .tabular import cells, first_line, first_row

__all__ = ["Recognised", "format_of", "is_record_of", "recognise"]

_PARQUET = b"PAR1"
#: The number of lines to examine.
_LINES = 20
#: The number of bytes in which the first record usually ends, and in which a record must end.
_FIRST, _MOST = 1 << 16, 1 << 20
#: How many places of a text are looked at for a first record.
_PLACES = 100
#: Names of lists that identify a format even if they are empty.
_TELLING = frozenset({"Records", "entries"})
#: The beginning of a list of objects, and its name if it has one.
_LIST = re.compile(rb'(?:"((?:[^"\\]|\\.){1,100})"\s*:\s*)?\[\s*(?=\{)')
_DECODE = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
#: msgspec's message about text that ends too early; with another one, `json` would try, too.
_CUT_OFF = "Input data was truncated"


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
    inside : str or None
        For CSV: the header of the column that holds the records as JSON; None if rows are records.
    within : tuple of str
        The keys that lead to a record inside the values found; empty if these are the records.
    """

    spec: Spec
    kind: str
    layout: Layout = Layout(None)  # noqa: RUF009 - never changed
    delimiter: str = ","
    inside: str | None = None
    within: Within = ()


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
        It has no known format, or is damaged before anything tells its format.
    """
    among = specs() if format is None else (spec_named(format),)
    damaged: list[str] = []

    def damage(place: str, why: str, text: bytes) -> None:
        damaged.append(why)

    for size in (_FIRST, _MOST):
        text = file.beginning(size, damage)
        if text.startswith(_PARQUET):
            return Recognised(_of_parquet(file, among), "parquet")
        if found := _of_text(text, among):
            return found
        if len(text) < size:
            break
    if damaged:  # too little is left of it to tell
        raise UnreadableLog(file.name, damaged[0], "Fetch it again")
    if not text.strip():
        return None
    raise _unknown(file, text) if format is None else _unlike(file, text, among[0])


def _of_text(text: bytes, among: Sequence[Spec]) -> Recognised | None:
    first = text.lstrip()[:1]
    return _of_json(text, among) if first and first in b"{[" else _of_csv(text, among)


def _of_json(text: bytes, among: Sequence[Spec]) -> Recognised | None:
    stripped = text.lstrip()
    lines = list(map(_parsed, stripped.split(b"\n", _LINES)[:_LINES]))
    for find in (_direct, _inner):
        for line in lines:  # the first ones may be damaged
            if found := find(line, among):
                return Recognised(found[0], "json", Layout(None), within=found[1])
    return _of_values(stripped, among, lines[0])


def _of_values(text: bytes, among: Sequence[Spec], whole: Any) -> Recognised | None:
    """Return the format of the first records in a text, which do not have a line each.

    `whole` is the object in the first line; None if there is none.
    """
    for place, name in islice(_places(text), _PLACES):
        value = whole if place == 0 and whole is not None else _first_value(text[place:])
        if found := _direct(value, among) or _inner(value, among):
            spec, within = found
            depth = int(find_brackets(text[:place])[1].sum())
            names = () if name is None else spec.records if name in spec.records else (name,)
            return Recognised(spec, "json", Layout(depth, names), within=within)
    whole = _first_value(text) if whole is None else whole
    for spec in among:
        for name in _TELLING.intersection(spec.records):
            if isinstance(whole, dict) and _is_empty_list(whole.get(name)):
                return Recognised(spec, "json", Layout(2, spec.records))
    return None


def _places(text: bytes) -> Iterator[tuple[int, str | None]]:
    """Yield the places where a record may be the first one: those of the text and of each list.

    The list's name is yielded with it, if it has one.
    """
    if text.startswith(b"{"):
        yield 0, None
    for found in _LIST.finditer(text):
        name = found[1]
        yield found.end(), None if name is None else name.decode("utf-8", "replace")


def _direct(record: Any, among: Iterable[Spec]) -> tuple[Spec, Within] | None:
    """Return the format that a record has."""
    if isinstance(record, dict):
        for spec in among:
            if is_record_of(spec, record):
                return spec, ()
    return None


def _inner(record: Any, among: Iterable[Spec]) -> tuple[Spec, Within] | None:
    """Return the format of the first record inside another one, and the keys that lead to it."""
    if isinstance(record, dict):
        for within, inner in inner_objects(record, _parsed):
            if found := _direct(inner, among):
                return found[0], within
    return None


def _is_empty_list(value: Any) -> bool:
    if isinstance(value, msgspec.Raw):
        return not bytes(value).strip(b"[] \t\r\n")
    return bool(value == [])


def _first_value(text: bytes) -> Any:
    """Return the object with which a text begins; None if there is none, or not its end."""
    text = text.lstrip()
    if not text.startswith(b"{"):
        return None
    with suppress(ValueError):
        return _members(text)
    decoder = json.JSONDecoder()
    for some in (text[:_FIRST], text):
        try:
            return decoder.raw_decode(some.decode("utf-8", "replace"))[0]
        except (ValueError, RecursionError):
            continue
    return None


def _parsed(line: bytes) -> Any:
    try:
        return _members(line)
    except ValueError:
        pass
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _members(text: bytes) -> dict[str, msgspec.Raw] | None:
    """Return the members of an object as JSON texts; None for other values, and if it is cut off.

    So a list of a million records is not decoded for its name.

    Raises
    ------
    ValueError
        Only `json` might be able to read it.
    """
    if not is_utf8(text):
        raise ValueError
    try:
        return _DECODE(text)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, RecursionError) as error:
        # After half a surrogate pair, msgspec misses the other half, perhaps beyond the end.
        if str(error) == _CUT_OFF and b"\\u" not in text[-12:]:
            return None
        raise ValueError from None


def format_of(record: bytes) -> Spec | None:
    """Return the format of a record, or of the first one inside it; None if there is none.

    Parameters
    ----------
    record : bytes
        JSON text.

    Examples
    --------
    >>> format_of(b'{"eventName": "a", "eventSource": "b", "eventTime": "c"}').name
    'cloudtrail'
    """
    value = _parsed(record)
    found = _direct(value, specs()) or _inner(value, specs())
    return None if found is None else found[0]


def is_record_of(spec: Spec, record: dict[str, Any]) -> bool:
    """Return True if a record is of a format: it has all members of one ``tells`` line.

    Parameters
    ----------
    spec : Spec
        The format.
    record : dict
        The decoded record; values may be `msgspec.Raw`.

    Examples
    --------
    >>> is_record_of(spec_named("cloudtrail"), {"eventName": "a", "eventSource": "b",
    ...                                         "eventTime": "c"})
    True
    """
    return any(all(_has(record, path) for path in paths) for paths in spec.tells)


def _has(value: Any, path: Path) -> bool:
    for step in path:
        if isinstance(value, msgspec.Raw):
            value = _parsed(bytes(value))
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True


def _of_csv(text: bytes, among: Sequence[Spec]) -> Recognised | None:
    line = first_line(text.lstrip())
    for delimiter in (",", ";", "\t"):
        headers = {header.strip().casefold() for header in cells(line, delimiter)}
        for spec in sorted(among, key=lambda spec: -max(map(len, spec.tables), default=0)):
            if any({name.casefold() for name in table} <= headers for table in spec.tables):
                return Recognised(spec, "csv", delimiter=delimiter, inside=spec.inside)
    for delimiter in (",", ";", "\t"):
        for header, cell in first_row(text.lstrip(), delimiter).items():
            record = _first_value(cell.encode("utf-8", "surrogatepass"))
            if found := _direct(record, among) or _inner(record, among):
                spec, within = found
                return Recognised(
                    spec, "csv", delimiter=delimiter, inside=header.strip(), within=within
                )
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


def _unlike(file: LogFile, text: bytes, spec: Spec) -> InvalidParameter:
    """Return the error for a file that is not of the format that was named."""
    needed = [", ".join(".".join(map(str, path)) for path in paths) for paths in spec.tells]
    looks = [f"records with {one}" for one in needed if one]
    looks += [f"a CSV file with the headers {', '.join(table)}" for table in spec.tables]
    begin = " ".join(text[:80].decode("utf-8", "replace").split())
    return InvalidParameter(
        f"{file.name} has no {spec.name} records. It begins with {begin!r}. That format has "
        f"{', or '.join(looks)}."
    )


def _unknown(file: LogFile, text: bytes) -> InvalidParameter:
    known = "; ".join(sorted(spec.title for spec in specs()))
    begin = " ".join(text[:80].decode("utf-8", "replace").split())
    return InvalidParameter(
        f"{file.name} has no known log format. It begins with {begin!r}. The known formats are: "
        f"{known}.",
        remedy=Remedy.NAME_LOG,
    )
