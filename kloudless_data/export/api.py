"""Event streams, record batches and DataFrames as files.

An export goes one way. The arguments become a `Format` and a `Destination`, which are checked; a
`Checkpoint` keeps finished parts in a hidden folder beside the destination, from which an
interrupted export resumes; `finalize` turns the parts into the file or folder, complete or not at
all, with a `Manifest`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..errors.arguments import whole_number
from ..errors.renamed import renamed_arguments
from ..exceptions import InvalidParameter
from .checkpoint import Checkpoint, differences
from .destination import Destination
from .finalize import finalize_file, finalize_folder
from .formats import FORMATS, Format
from .interrupts import Interrupts
from .manifest import Manifest, now
from .owners import Owners, same_owners
from .protocol import Stream
from .reader import StreamReader, lines_of
from .rows import Rows, encodable, rows_of
from .stdout import check_standard_output, write_standard_output

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["FORMATS", "export", "export_batches", "export_frame"]

_CHECKPOINT_ROWS = 1_000_000  # per part


@renamed_arguments(plain="keep_formulas")
def export(
    events: Stream,
    path: str | os.PathLike[str],
    format: str,
    *,
    force: bool = False,
    keep_formulas: bool = False,
    excel: bool = False,
    separator: str | None = None,
    resume: bool = False,
    rows_per_file: int | None = None,
    deduplicate: bool = False,
    checkpoint_rows: int = _CHECKPOINT_ROWS,
) -> Manifest:
    """Write an event stream to a file or a folder of files, in bounded memory.

    Parameters
    ----------
    events : EventStream
    path : str or path
        The file to write or, with `rows_per_file`, the folder. Its parent folder must exist. A
        path, in which ``~`` is the home folder, or a URL of an Arrow file system (``s3://…``) or of
        fsspec. CSV and JSON Lines are compressed if the name ends in ``.gz``; with ``-`` they are
        streamed to standard output, without a manifest and without resuming.
    format : {"csv", "parquet", "jsonl", "xlsx"}
        CSV, Parquet and Excel hold the stream's columns, JSON Lines the events as the server sent
        them. CSV distinguishes an empty string (``""``) from a null (nothing).
    force : bool
        Replace an existing file or folder, and the remains of an interrupted export.
    keep_formulas : bool
        CSV: leave cells unchanged that a spreadsheet would run as a formula. By default they get a
        leading apostrophe (OWASP, "CSV Injection"), which `read_csv` removes.
    excel : bool
        CSV: begin with a byte order mark, by which Excel recognises UTF-8.
    separator : {",", ";", tab, "|"}, optional
        CSV: the character between cells. Defaults to a comma. Excel expects a semicolon on
        computers whose decimal sign is a comma.
    resume : bool
        Resume an interrupted export, if there is one, with otherwise the same arguments.
    rows_per_file : int, optional
        Write a folder of files with at most this many rows each: ``part-00000.parquet``, … Pages
        are never split, so a file may have fewer, and no page is requested with more.
    deduplicate : bool
        Leave out repeated events: the same content under the same id in the same account. This
        takes about 150 bytes of memory per event.
    checkpoint_rows : int
        For one file: save a part after this many rows, and at least every 30 seconds.

    Returns
    -------
    Manifest

    Raises
    ------
    OutputExists
        The file or an interrupted export of it already exists.
    ExportFailed
        The file cannot be written, or the resumed events belong to another account; existing files
        are unchanged.
    ExportInterrupted
        Ctrl-C or SIGTERM; what was read is kept, and ``resume=True`` continues.
    APIException
        A page could not be read; what was read is kept, and ``resume=True`` continues.

    Examples
    --------
    >>> import tempfile
    >>> from kloudless_data import Account
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox, tempfile.TemporaryDirectory() as folder:
    ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    ...     export(account.events(), f"{folder}/events.parquet", "parquet").rows
    10
    """
    as_format = Format.of(
        format, os.fspath(path), keep_formulas=keep_formulas, excel=excel, separator=separator
    )
    for name, rows in (("rows_per_file", rows_per_file), ("checkpoint_rows", checkpoint_rows)):
        if rows is not None:
            whole_number(rows, name)
    if rows_per_file is not None:
        events = events.in_pages_of(rows_per_file)
    options = {
        "keep_formulas": as_format.keep_formulas,
        "excel": as_format.excel,
        "separator": as_format.separator,
        "columns": None if events.columns is None else list(events.columns),
        "raw": events.raw,
        "limit": events.limit,
        "filter": events.filter,
        "rows_per_file": rows_per_file,
        "deduplicate": "by content" if deduplicate else False,
        "begin": dict(events.begin) if len(events.begin) > 1 else None,
    }
    if deduplicate and "id" not in events.schema.names:
        raise InvalidParameter("deduplicate needs the column id: add it to columns.")
    if check_standard_output(
        path, as_format, resume=resume, rows_per_file=rows_per_file, deduplicate=deduplicate
    ):
        return _stream(events, as_format, options)
    destination = Destination.of(path)
    destination.check(as_folder=rows_per_file is not None)
    checkpoint = Checkpoint(destination)
    with destination.errors():
        if not (resume or force):
            checkpoint.check_free()
            destination.check_free()
        info = events.source_info()
        fresh = _journal_of(events, info, destination, as_format, options)
        if not force and (finished := _finished_before(checkpoint, destination, fresh)):
            return finished
        with checkpoint.opened(fresh, resume=resume):
            owners = Owners(info["accounts"], checkpoint.journal if checkpoint.is_resumed else None)
            if checkpoint.journal.finished is None:
                if not force:
                    destination.check_free()
                StreamReader(events, checkpoint, as_format, owners, checkpoint_rows).run()
            with Interrupts() as interrupts, interrupts.held():
                if rows_per_file is not None:
                    return finalize_folder(checkpoint, destination)
                return finalize_file(
                    checkpoint, destination, as_format, events.schema, progress=events.progress
                )


def _stream(events: Stream, format: Format, options: dict[str, Any]) -> Manifest:
    """Write a stream to standard output."""
    reader = events.read()

    def rows() -> Iterator[Rows]:
        with contextlib.closing(reader.pages()) as pages:
            for page in pages:
                yield Rows(events.decode(page), partial(lines_of, page))

    fresh = _journal_of(events, events.source_info(), None, format, options)
    count, output = write_standard_output(rows(), events.schema, format)
    failures = {source: error.record for source, error in reader.failures.items()}
    positions = dict(reader.positions)
    return replace(
        fresh,
        rows=count,
        bytes=output.tell(),
        sha256=output.sha256,
        finished=now(),
        failures=failures,
        positions=positions if len(positions) > 1 else None,
        cursor_to=next(iter(positions.values())) if len(positions) == 1 else None,
    )


def export_frame(
    frame: pd.DataFrame, path: str | os.PathLike[str], format: str, *, name: str, **options: Any
) -> Manifest:
    """Write a DataFrame, such as a listing, to a file that appears complete or not at all.

    Parameters
    ----------
    frame : pandas.DataFrame
    path, format
        As for `export`. JSON Lines holds one object per row.
    name : str
        What the rows are, for the manifest, such as ``"accounts"``.
    **options
        As for `export_batches`.

    Returns
    -------
    Manifest

    Raises
    ------
    OutputExists, ExportFailed
        As for `export`.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     frame = pd.DataFrame({"n": [1, 2]})
    ...     export_frame(frame, f"{folder}/n.csv", "csv", name="numbers").rows
    2
    """
    table = table_of(frame)
    return export_batches(table.to_batches(), table.schema, path, format, name=name, **options)


@renamed_arguments(plain="keep_formulas")
def export_batches(
    batches: Iterable[pa.RecordBatch | Rows],
    schema: pa.Schema,
    path: str | os.PathLike[str],
    format: str,
    *,
    name: str,
    client: HasSettings | None = None,
    force: bool = False,
    keep_formulas: bool = False,
    excel: bool = False,
    separator: str | None = None,
    facts: Callable[[], Mapping[str, Any]] | None = None,
) -> Manifest:
    """Write record batches to a file in bounded memory, otherwise like `export_frame`.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch or Rows
        `Rows` also provide themselves as lines of JSON.
        schema : pyarrow.Schema
        The schema of each.
    path, format : str
        As for `export`.
    name : str
        What the rows are, for the manifest.
    client : Client or Account, optional
        Where the rows came from, for the manifest.
    force, keep_formulas, excel, separator
        As for `export`.
    facts : callable, optional
        Returns further entries of the manifest once all batches are written.

    Returns
    -------
    Manifest

    Raises
    ------
    OutputExists, ExportFailed
        As for `export`.
    """
    as_format = Format.of(
        format, os.fspath(path), keep_formulas=keep_formulas, excel=excel, separator=separator
    )
    rows = (one if isinstance(one, Rows) else rows_of(one) for one in batches)
    known = {"schema": name, "formulas": as_format.formulas, **_server_of(client)}
    if as_format.separator != "," or as_format.excel:
        known["options"] = {"separator": as_format.separator, "excel": as_format.excel}
    if check_standard_output(path, as_format):
        manifest = Manifest.unwritten("-", format, schema, **known)
        count, output = write_standard_output(rows, schema, as_format)
        return _written(manifest, count, output, facts)
    destination = Destination.of(path)
    destination.check(as_folder=False)
    if not force:
        destination.check_free()
    manifest = Manifest.unwritten(destination.name, format, schema, **known)
    count = 0
    with destination.errors():
        with destination.new_file() as file:
            writer = as_format.writer(file, schema, manifest.provenance)
            for some in rows:
                writer.write(some)
                count += some.batch.num_rows
            writer.close(None)
        manifest = _written(manifest, count, file, facts)
        manifest.save(destination.storage, destination.manifest)
    return manifest


class HasSettings(Protocol):
    """A `Client`, whose server the manifest names."""

    @property
    def settings(self) -> Any:
        """Its settings."""


def _server_of(client: HasSettings | None) -> dict[str, Any]:
    if client is None:
        return {}
    return {"server": client.settings.base_url, "api_version": client.settings.api_version}


def _written(
    manifest: Manifest, rows: int, file: Any, facts: Callable[[], Mapping[str, Any]] | None
) -> Manifest:
    """Return the manifest of the written file."""
    more = {} if facts is None else dict(facts())
    if manifest.options and more.get("options"):
        more["options"] = {**manifest.options, **more["options"]}
    return replace(
        manifest, rows=rows, bytes=file.tell(), sha256=file.sha256, finished=now(), **more
    )


def table_of(frame: pd.DataFrame) -> pa.Table:
    r"""Return a DataFrame as an Arrow table.

    Parameters
    ----------
    frame : pandas.DataFrame

    Returns
    -------
    pyarrow.Table
        Half a surrogate pair, which UTF-8 cannot encode, is written as in JSON: ``\ud800``.
    """
    import pyarrow as pa

    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except UnicodeEncodeError:
        frame = frame.rename(columns=encodable).apply(lambda column: column.map(encodable))
        table = pa.Table.from_pandas(frame, preserve_index=False)
    return table.replace_schema_metadata(None)


def _journal_of(
    events: Stream,
    info: Mapping[str, Any],
    destination: Destination | None,
    format: Format,
    options: dict[str, Any],
) -> Manifest:
    many = len(info["accounts"]) > 1
    only = {} if many else info["accounts"][0]
    return Manifest.unwritten(
        "-" if destination is None else destination.name,
        format.name,
        events.schema,
        schema=events.schema_name,
        formulas=format.formulas,
        server=info["server"],
        api_version=info["api_version"],
        account=only.get("id"),
        service=only.get("service"),
        accounts=info["accounts"] if many else None,
        cursor_from=events.cursor,
        cursor_to=events.cursor,
        positions=dict(events.begin),
        options=options,
    )


def _finished_before(
    checkpoint: Checkpoint, destination: Destination, fresh: Manifest
) -> Manifest | None:
    """Return the manifest of the same export if it is already finished.

    Then there is nothing to resume, so a command with ``--resume`` can be repeated until it
    succeeds.
    """
    if not destination.is_taken or checkpoint.exists:
        return None
    found = Manifest.read(destination.shown)
    if found.finished is None or differences(found, fresh) or not same_owners(found, fresh):
        raise destination.exists()
    return found
