"""The formats of exported files and their options; each opens its writers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter, Remedy
from .rows import Writer
from .workbook import WorkbookWriter
from .writers import CSVWriter, GzipWriter, JSONLinesWriter, ParquetWriter

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMATS", "Format", "check_ending", "format_by_ending", "is_compressed"]

SEPARATORS = (",", ";", "\t", "|")

#: What the ending of a file's name says.
_ENDINGS = {"csv": "csv", "parquet": "parquet", "pq": "parquet", "jsonl": "jsonl",
            "ndjson": "jsonl", "xlsx": "xlsx"}  # fmt: skip
#: Endings that fit a format, but do not choose it.
_FITTING = {"json": "jsonl", "tsv": "csv", "xls": "xlsx"}
#: Endings that say a format of reports.
_OF_REPORTS = {"html": "html", "htm": "html", "md": "md", "markdown": "md", "json": "json",
               "xlsx": "xlsx"}  # fmt: skip
_PACKED = ("7z", "bz2", "lz4", "tgz", "xz", "zip", "zst")
_METHODS = {"csv": "to_csv", "parquet": "to_parquet", "jsonl": "to_jsonl", "xlsx": "to_excel"}


def is_compressed(path: str) -> bool:
    """Return True if a file's name says that it is compressed with gzip.

    Parameters
    ----------
    path : str
    """
    return path.lower().endswith(".gz")


def _ending(path: str) -> str:
    named = path[: -len(".gz")] if is_compressed(path) else path
    _, dot, ending = named.replace("\\", "/").rpartition("/")[2].rpartition(".")
    return ending.lower() if dot else ""


def format_by_ending(path: str) -> str | None:
    """Return the format that a file's name says; None if it says none.

    Parameters
    ----------
    path : str

    Examples
    --------
    >>> format_by_ending("out/events.csv.gz")
    'csv'
    """
    return _ENDINGS.get(_ending(path))


def check_ending(path: str, format: str, *, report: bool = False) -> None:
    """Refuse to write a format into a file whose name says another one.

    Parameters
    ----------
    path : str
        The file to write.
    format : str
        The format's name, such as ``"csv"``.
    report : bool, default False
        The file is a report: ``"html"``, ``"md"``, ``"json"`` or ``"xlsx"``, which is not packed.

    Raises
    ------
    InvalidParameter
        The name ends in ``.parquet``, but the format is CSV; or it says that the file is packed
        otherwise than with gzip.

    Examples
    --------
    >>> check_ending("events.csv", "csv")
    >>> check_ending("report.htm", "html", report=True)
    """
    ending = _ending(path)
    meant = (_ENDINGS | _FITTING | (_OF_REPORTS if report else {})).get(ending)
    if meant not in (None, format):
        said = f"{path} would be a file of {format} whose name says {ending}."
        if report and meant not in _OF_REPORTS.values():
            raise InvalidParameter(said, remedy=Remedy.NAME_REPORT)
        raise InvalidParameter(
            said,
            remedy=Remedy.NAME_FORMAT,
            method=f"format={meant!r}" if report else _METHODS[str(meant)],
            format=meant,
            ending=f".{format}",
        )
    if ending in _PACKED or (report and is_compressed(path)):
        raise InvalidParameter(
            f"{path} would not be packed as its name says. End it in .{format}"
            + (f" or .{format}.gz." if not report and _KINDS[format].text else ".")
        )


@dataclass(frozen=True)
class _Kind:
    """The properties of a format.

    Attributes
    ----------
    open : callable
        ``open(file, schema, format, provenance, header)`` returns a writer.
    joined_by_bytes : bool
        Concatenated files form a valid file.
    kept_as : str
        The format of a checkpoint's parts, which are joined into one file of this format.
    text : bool
        It can be compressed and written to standard output.
    """

    open: Callable[[Any, pa.Schema, Format, Mapping[str, Any], bool], Writer]
    joined_by_bytes: bool
    kept_as: str
    text: bool


@dataclass(frozen=True)
class Format:
    """A file format and its options.

    Attributes
    ----------
    name : {"csv", "parquet", "jsonl", "xlsx"}
    compressed : bool
        True for gzip.
    keep_formulas : bool
        CSV: leave cells unchanged that a spreadsheet would run as a formula.
    excel : bool
        CSV: begin with a byte order mark.
    separator : str
        CSV: the character between cells.
    """

    name: str
    compressed: bool = False
    keep_formulas: bool = False
    excel: bool = False
    separator: str = ","

    @classmethod
    def of(
        cls,
        name: str,
        path: str = "",
        *,
        keep_formulas: bool = False,
        excel: bool = False,
        separator: str | None = None,
    ) -> Format:
        """Return the format for a path; ``.gz`` selects compression.

        Parameters
        ----------
        name : str
            The format's name, such as ``"csv"``.
        path : str, optional
            The file to write; its extension selects compression.
        keep_formulas : bool, default False
            CSV: keep cells that a spreadsheet would run as formulas.
        excel : bool, default False
            CSV: begin the file with a byte order mark.
        separator : str, optional
            CSV: the character between cells.

        Raises
        ------
        InvalidParameter
            There is no such format, it has no such option, or the path's ending says another one.

        Examples
        --------
        >>> Format.of("csv", "events.csv.gz").suffix
        '.csv.gz'
        """
        if name not in _KINDS:
            raise InvalidParameter(f"There is no format {name!r}; choose {', '.join(_KINDS)}.")
        check_ending(path, name)
        compressed = is_compressed(path)
        if compressed and not _KINDS[name].text:
            raise InvalidParameter(
                f"{name.capitalize()} files are already compressed: leave .gz out of the name."
            )
        if separator is not None and separator not in SEPARATORS:
            raise InvalidParameter(
                f"must be one of {', '.join(map(repr, SEPARATORS))}, not {separator!r}.",
                parameter="separator",
            )
        if name != "csv" and (excel or separator):
            raise InvalidParameter(f"excel and separator are options of CSV, not of {name}.")
        return cls(name, compressed, keep_formulas and name == "csv", bool(excel), separator or ",")

    @property
    def suffix(self) -> str:
        """The extension of such files."""
        return f".{self.name}" + (".gz" if self.compressed else "")

    @property
    def joined_by_bytes(self) -> bool:
        """True if concatenated files form a valid file."""
        return _KINDS[self.name].joined_by_bytes

    @property
    def is_text(self) -> bool:
        """True if a file can be read while it is written."""
        return _KINDS[self.name].text

    @property
    def kept_as(self) -> Format:
        """The format of the parts that are joined into one file of this format."""
        kept = _KINDS[self.name].kept_as
        return self if kept == self.name else Format(kept)

    @property
    def formulas(self) -> str:
        """The manifest's entry about formulas."""
        return "neutralised" if self.name == "csv" and not self.keep_formulas else "as they are"

    def writer(
        self, file: Any, schema: pa.Schema, provenance: Mapping[str, Any], *, header: bool = True
    ) -> Writer:
        """Return a writer of rows to a file.

        Parameters
        ----------
        file : binary file
        schema : pyarrow.Schema
        provenance : mapping
            The rows' origin, for formats with metadata.
        header : bool
            CSV: begin with the columns' names.
        """

        def open_inner(target: Any) -> Writer:
            return _KINDS[self.name].open(target, schema, self, provenance, header)

        return GzipWriter(file, open_inner) if self.compressed else open_inner(file)


def _csv(
    file: Any, schema: pa.Schema, format: Format, provenance: Mapping[str, Any], header: bool
) -> Writer:
    return CSVWriter(
        file, schema,
        keep_formulas=format.keep_formulas, excel=format.excel, separator=format.separator,
        header=header,
    )  # fmt: skip


_KINDS = {
    "csv": _Kind(_csv, joined_by_bytes=True, kept_as="csv", text=True),
    "parquet": _Kind(
        lambda file, schema, _format, provenance, _header: ParquetWriter(file, schema, provenance),
        joined_by_bytes=False, kept_as="parquet", text=False,
    ),
    "jsonl": _Kind(
        lambda file, *_: JSONLinesWriter(file), joined_by_bytes=True, kept_as="jsonl", text=True
    ),
    "xlsx": _Kind(
        lambda file, schema, _format, provenance, _header: WorkbookWriter(file, schema, provenance),
        joined_by_bytes=False, kept_as="parquet", text=False,
    ),
}  # fmt: skip

FORMATS = tuple(_KINDS)
