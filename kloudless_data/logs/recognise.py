"""Detect a file's format from its content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from ..exceptions import InvalidParameter, Remedy
from .envelopes import Within
from .files import LogFile, UnreadableLog
from .identify import LIST, identify, is_empty, is_xml, why_not
from .members import first_value, parsed
from .specs import Spec, spec_named, specs
from .split import Layout, find_brackets
from .tabular import first_row, first_rows

__all__ = ["Recognised", "recognise"]

_PARQUET = b"PAR1"
_DELIMITERS = (",", ";", "\t")
#: The number of lines, and of rows of CSV, to examine.
_LINES, _ROWS = 2_000, 20
#: The number of bytes in which the first record usually ends, and in which a record must end.
_FIRST, _MOST = 1 << 16, 1 << 20
#: How many places of a text are looked at for a first record.
_PLACES = 100
#: Names of lists that identify a format even if they are empty.
_TELLING = frozenset({"Records", "entries"})


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
    headers : bool
        For CSV: the first row has the headers; else they are ``f0``, ``f1``, ….
    within : tuple of str
        The keys that lead to a record inside the values found; empty if these are the records.
    """

    spec: Spec
    kind: str
    layout: Layout = Layout(None)  # noqa: RUF009 - never changed
    delimiter: str = ","
    inside: str | None = None
    headers: bool = True
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
    if not text.strip() or is_empty(text):
        return None
    raise _unknown(file, text) if format is None else _unlike(file, text, among[0])


def _of_text(text: bytes, among: Sequence[Spec]) -> Recognised | None:
    stripped = text.lstrip()
    if is_xml(stripped):
        return None
    if stripped[:1] in (b"{", b"["):
        return _of_json(stripped, among) or _of_lines(stripped, among, prefixed=True)
    return (
        _of_table(stripped, among)
        or _of_lines(_first_line(stripped), among, prefixed=True)
        or _of_column(stripped, among, 0)
        or _of_lines(stripped, among)
        or _of_column(stripped, among, 1)
        or _of_lines(stripped, among, prefixed=True)
    )


def _first_line(text: bytes) -> bytes:
    return text.split(b"\n", 1)[0]


def _of_json(text: bytes, among: Sequence[Spec]) -> Recognised | None:
    """Return the format of a JSON text's first record, and how the records are laid out.

    Where the first line is a value of its own, so are the others. Elsewhere a record in a line may
    be an element of a list. A response may have a sample beside the list of its records.
    """
    has_lines = parsed(_first_line(text)) is not None
    lines = _of_lines(text, among) if has_lines else None
    if lines is not None and not lines.within:
        return lines
    values = _of_values(text if lines is None else _first_line(text), among)
    if values is not None and (lines is None or values.layout.depth):
        return values
    return lines or _of_lines(text, among) or _of_empty_list(first_value(text), among)


def _of_lines(text: bytes, among: Sequence[Spec], *, prefixed: bool = False) -> Recognised | None:
    """Return the format of the first line that is a record, or ends in one."""
    for line in text.split(b"\n", _LINES)[:_LINES]:  # the first ones may be damaged
        record = line.rstrip()
        if prefixed:
            record = line[max(line.find(b"{"), 0) : line.rfind(b"}") + 1]
        found = identify(parsed(record.rstrip(b",")), among)
        if found is not None:
            depth = 0 if record.endswith(b",") and not prefixed else None
            return Recognised(
                found.spec, "json", Layout(depth, prefixed=prefixed), within=found.within
            )
    return None


def _of_values(text: bytes, among: Sequence[Spec]) -> Recognised | None:
    """Return the format of the first record in a text whose records do not have a line each."""
    inner: Recognised | None = None
    for place, name in islice(_places(text), _PLACES):
        found = identify(first_value(text[place:]), among)
        if found is None:
            continue
        depth = int(find_brackets(text[:place])[1].sum())
        names = (
            () if name is None else found.spec.records if name in found.spec.records else (name,)
        )
        layout = Layout(depth, names, is_record=_is_record)
        recognised = Recognised(found.spec, "json", layout, within=found.within)
        if place or not found.within:
            return recognised
        inner = recognised
    return inner


def _is_record(text: bytes) -> bool:
    """Return True if an object is a record of any format, or holds one."""
    return identify(parsed(text)) is not None


def _of_empty_list(whole: Any, among: Sequence[Spec]) -> Recognised | None:
    for spec in among:
        for name in _TELLING.intersection(spec.records):
            if isinstance(whole, dict) and _is_empty_list(whole.get(name)):
                return Recognised(spec, "json", Layout(2, spec.records, _is_record))
    return None


def _is_empty_list(value: Any) -> bool:
    if isinstance(value, msgspec.Raw):
        return not bytes(value).strip(b"[] \t\r\n")
    return bool(value == [])


def _places(text: bytes) -> Iterator[tuple[int, str | None]]:
    """Yield the places where a record may be the first one: those of the text and of each list.

    The list's name is yielded with it, if it has one.
    """
    if text.startswith(b"{"):
        yield 0, None
    for found in LIST.finditer(text):
        name = found[1]
        yield found.end(), None if name is None else name.decode("utf-8", "replace")


def _of_table(text: bytes, among: Sequence[Spec]) -> Recognised | None:
    """Return the format of a CSV text with a format's headers."""
    for delimiter in _DELIMITERS:
        headers = {header.strip().casefold() for header in first_row(text, delimiter)[0]}
        for spec in sorted(among, key=lambda spec: -max(map(len, spec.tables), default=0)):
            if any({name.casefold() for name in table} <= headers for table in spec.tables):
                has_records = spec.inside is not None and spec.inside.casefold() in headers
                inside = spec.inside if has_records else None
                return Recognised(spec, "csv", delimiter=delimiter, inside=inside)
    return None


def _of_column(text: bytes, among: Sequence[Spec], first: int) -> Recognised | None:
    """Return the format of the records that a CSV text has in a column.

    `first` is 0 if its first row may be such a row, 1 if this has the headers.
    """
    for delimiter in _DELIMITERS:
        rows = first_rows(text, delimiter, _ROWS if first else 1)
        for row in rows[first:]:
            for place, cell in enumerate(row):
                found = identify(first_value(cell.encode("utf-8", "surrogatepass")), among)
                if found is not None and place < len(rows[0]):
                    inside = rows[0][place].strip() if first else f"f{place}"
                    return Recognised(
                        found.spec, "csv", delimiter=delimiter, inside=inside,
                        headers=bool(first), within=found.within,
                    )  # fmt: skip
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
    advice = why_not(text.lstrip())
    if advice is not None:
        return InvalidParameter(f"{file.name} cannot be read as a log. {advice}")
    begin = " ".join(text[:80].decode("utf-8", "replace").split())
    return InvalidParameter(
        f"{file.name} has no known log format. It begins with {begin!r}. The known formats are: "
        f"{known}.",
        remedy=Remedy.NAME_LOG,
    )
