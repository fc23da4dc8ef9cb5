"""What commands do with rows: a table that fits, JSON, CSV, or a file; the same options in all."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import click

from ..display.console import Screen, print_table
from ..export.formats import check_ending, format_by_ending
from ..export.stdout import STANDARD_OUTPUT
from ..text.counts import count, noun_for
from ..text.terminal import json_for_terminal, one_line
from .echo import echo
from .options import DEBUG, FORCE, TIME_ZONE, Command, refuse_together

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..client import Client
    from ..export.manifest import Manifest

__all__ = [
    "FORMAT",
    "OUTPUT",
    "Output",
    "csv_options",
    "echo_json",
    "format_of",
    "output_options",
    "show_manifest",
]

FORMAT = click.option(
    "--format",
    type=click.Choice(["csv", "parquet", "jsonl", "xlsx"]),
    help="The file's format.  [default: by its ending]",
)
OUTPUT = click.option("--output", "-o", required=True, metavar="PATH", help="The file to write.")
_FORMS = {
    "json": "Print all rows as a JSON array; with --output FILE, its manifest.",
    "jsonl": "Print all rows as JSON Lines.",
    "csv": "Print all rows as CSV.",
}


class _RenamedOption(click.Option):
    """An option whose help does not mention its former names, which follow its first."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the names and the help text."""
        record = super().get_help_record(ctx)
        return record and (self.opts[0], record[1])


def csv_options(command: Command) -> Command:
    """Add the CSV options."""
    keep_formulas = click.option(
        "--keep-formulas",
        "--plain",
        cls=_RenamedOption,
        is_flag=True,
        help="CSV: keep cells that a spreadsheet would run as formulas.",
    )
    excel = click.option("--excel", is_flag=True, help="CSV: mark the file as UTF-8 for Excel.")
    separator = click.option(
        "--separator", metavar="CHARACTER", help="CSV: the separator between cells, such as ;."
    )
    return keep_formulas(excel(separator(command)))


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a command that shows rows; it is called with an `Output`."""

    @functools.wraps(command)
    def with_output(
        *of_whom: Any,
        output: str | None,
        format: str | None,
        force: bool,
        keep_formulas: bool,
        excel: bool,
        separator: str | None,
        **others: Any,
    ) -> Any:
        given = {name: others.pop(f"as_{name}") for name in _FORMS}
        refuse_together(**given)
        form = next((name for name, chosen in given.items() if chosen), None)
        csv = {"keep_formulas": keep_formulas, "excel": excel, "separator": separator}
        return command(*of_whom, output=Output.of(form, output, format, force, csv), **others)

    path = click.option(
        "--output",
        "-o",
        metavar="PATH",
        help="Write all rows to a CSV, Parquet, JSON Lines or Excel file; - is standard output.",
    )
    decorated = path(FORMAT(csv_options(FORCE(TIME_ZONE(DEBUG(with_output))))))
    for name, what in reversed(_FORMS.items()):
        decorated = click.option(f"--{name}", f"as_{name}", is_flag=True, help=what)(decorated)
    return decorated


class Rows(Protocol):
    """Rows that are produced as they are read."""

    @property
    def reader(self) -> pa.RecordBatchReader:
        """All rows."""

    def first(self, rows: int) -> pa.Table:
        """Return the first rows."""

    def count(self) -> int | None:
        """Return the number of rows; None if unknown."""


@dataclass(frozen=True)
class Output:
    """The destination of rows, and their form.

    Attributes
    ----------
    form : {"json", "jsonl", "csv"} or None
        How to print them. None: the first of them as a table.
    path : str or None
        The file to write; ``"-"`` is standard output. None prints.
    format : str or None
        The file's format.
    force : bool
        Replace existing files.
    csv : mapping
        The options of CSV files.
    """

    form: str | None = None
    path: str | None = None
    format: str | None = None
    force: bool = False
    csv: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        form: str | None,
        path: str | None,
        format: str | None,
        force: bool,
        csv: Mapping[str, Any],
    ) -> Output:
        """Return what the options say, or refuse a contradiction.

        Parameters
        ----------
        form : str or None
            The form of the output, such as ``"json"``.
        path : str or None
            The file to write; ``-`` is standard output.
        format : str or None
            The file's format.
        force : bool
            Replace an existing file.
        csv : mapping
            Options of CSV files.
        """
        if format is not None and path is None:
            raise click.UsageError("--format goes with --output; - is standard output.")
        if format is not None and form not in (None, "json", format):
            raise click.UsageError(f"--{form} and --format {format} contradict each other.")
        if path == STANDARD_OUTPUT and (form, format) == ("json", None):
            path = None
        written = None if path is None else _written_as(path, form, format)
        return cls(form, path, written, force, csv)

    @property
    def is_table(self) -> bool:
        """True if only the first rows are shown, as a table."""
        return self.form is None and self.path is None

    def show(
        self,
        rows: pd.DataFrame | Rows,
        columns: Sequence[str] | None,
        name: str,
        client: Client | None = None,
    ) -> int:
        """Show rows as the options say.

        Parameters
        ----------
        rows : pandas.DataFrame or Rows
        columns : sequence of str or None
            The columns of the table; None for all. Other forms have all columns.
        name : str
            The plural for the rows, such as ``"calendars"``.
        client : Client, optional
            The client that read them, for the manifest.

        Returns
        -------
        int
            The command's exit status: 1 if part of a listing could not be read.
        """
        if self.path is not None:
            manifest = self._export(rows, self.path, str(self.format), name, client)
            show_manifest(manifest, self.path, name, self.form == "json")
        elif self.form == "csv":
            self._export(rows, STANDARD_OUTPUT, "csv", name, client)
        elif self.form is not None:
            _print_json(rows, self.form)
        else:
            _print_first(rows, columns)
        return 1 if getattr(rows, "attrs", {}).get("failures") else 0

    def _export(
        self,
        rows: pd.DataFrame | Rows,
        path: str,
        format: str,
        name: str,
        client: Client | None,
    ) -> Manifest:
        import pandas as pd

        from ..export.api import export_batches, export_frame

        options: dict[str, Any] = {"name": name, "client": client, "force": self.force, **self.csv}
        if isinstance(rows, pd.DataFrame):
            return export_frame(rows, path, format, **options)
        reader = rows.reader
        return export_batches(reader, reader.schema, path, format, **options)


def _written_as(path: str, form: str | None, format: str | None) -> str:
    """Return the format of a file."""
    if format is not None or form in (None, "json"):
        return format_of(path, format)
    if format_by_ending(path) not in (None, form):
        raise click.UsageError(f"--{form} and the ending of {path} contradict each other.")
    return str(form)


def _print_json(rows: pd.DataFrame | Rows, form: str) -> None:
    """Print rows as they arrive."""
    from ..display.records import json_array, json_lines

    records = _records(rows)
    sys.stdout.writelines(json_lines(records) if form == "jsonl" else json_array(records))


def _records(rows: pd.DataFrame | Rows) -> Iterator[dict[str, Any]]:
    import pandas as pd

    from ..display.records import records_of_batch, records_of_frame

    if isinstance(rows, pd.DataFrame):
        yield from records_of_frame(rows)
        return
    for batch in rows.reader:
        yield from records_of_batch(batch)


def _print_first(rows: pd.DataFrame | Rows, columns: Sequence[str] | None) -> None:
    """Print as many rows as fit the screen, and the total number."""
    import pandas as pd

    from ..interchange.frame import to_frame

    screen = Screen.of(sys.stdout)
    total: int | None
    if isinstance(rows, pd.DataFrame):
        frame, total = rows, len(rows)
    else:
        first = rows.first(screen.rows + 1)
        frame = to_frame(first.to_batches(), first.schema)
        total = len(frame) if len(frame) <= screen.rows else rows.count()
    names = frame.columns if columns is None else [n for n in columns if n in frame.columns]
    print_table(frame, list(names), count=True, total=total, screen=screen)


def echo_json(text: str, *, err: bool = False) -> None:
    """Print JSON that cannot control a terminal.

    Parameters
    ----------
    text : str
        Valid JSON.
    err : bool, default False
        Print to standard error.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    echo(json_for_terminal(text.rstrip("\n"), encoding), err=err)


def show_manifest(manifest: Manifest, output: str, name: str, as_json: bool) -> None:
    """Report what was written; on standard error if the rows went to standard output.

    Parameters
    ----------
    manifest : Manifest
        The finished export.
    output : str
        The file as the user named it; ``"-"`` is standard output.
    name : str
        The plural for the rows.
    as_json : bool
        Print JSON.
    """
    from ..export.manifest import FOLDER_MANIFEST, manifest_path

    aside = output == STANDARD_OUTPUT
    if as_json:
        echo_json(manifest.to_json(), err=aside)
        return
    where = "on standard output" if aside else f"in {one_line(output)}"
    noun = noun_for(manifest.rows, name)
    echo(f"{manifest.rows:,} {noun} ({count(manifest.bytes, 'byte')}) {where}", err=aside)
    if manifest.conflicts:
        echo(f"{manifest.conflicts:,} repeat an id with different content", err=aside)
    if not aside:
        path = f"{output}/{FOLDER_MANIFEST}" if manifest.parts else manifest_path(output)
        echo(f"manifest: {one_line(path)}")


def format_of(output: str, format: str | None = None) -> str:
    """Return the format of a file.

    Parameters
    ----------
    output : str
        The file to write.
    format : str, optional
        The format that was chosen, which the file's ending may not contradict. Defaults to the one
        that it says; CSV for standard output.
    """
    if format is not None:
        check_ending(output, format)
        return format
    if output == STANDARD_OUTPUT:
        return "csv"
    format = format_by_ending(output)
    if format is None:
        raise click.UsageError(
            f"--output {output!r} does not say which format: use --format, or end it in .csv, "
            ".parquet, .jsonl or .xlsx."
        )
    return format
