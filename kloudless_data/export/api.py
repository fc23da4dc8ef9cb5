"""Event streams as CSV, Parquet and JSON Lines: one file or a folder of parts, with a manifest.

An export appears whole or not at all. Until it does, its finished parts are in a hidden folder
beside its place, where an interrupted one is resumed from; see `kloudless_data.export.checkpoint`.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ..decode.decode import split_objects
from ..exceptions import (
    APIException,
    ExportFailed,
    ExportInterrupted,
    InvalidParameter,
    KloudlessException,
    OutputExists,
    Remedy,
)
from ..storage.atomic import NewFile
from ..storage.filesystem import Storage
from ..version import __version__
from .checkpoint import PartsWriter, WorkFolder, check_leftovers, differences, is_ours, now
from .dedup import SeenIds
from .finalize import publish_file, publish_folder
from .interrupts import Interrupts
from .manifest import Manifest, manifest_path
from .writers import SINKS, Part, Sink, open_sink

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..client import Client
    from ..events.query import EventPage, EventStream

__all__ = ["FORMATS", "export", "export_batches", "export_frame"]

FORMATS = tuple(SINKS)

# A part ends after so many rows or seconds, whichever is first: what a kill -9 costs at the most.
_CHECKPOINT_ROWS = 1_000_000
_CHECKPOINT_SECONDS = 30.0


def export(
    events: EventStream,
    path: str | os.PathLike[str],
    format: str,
    *,
    force: bool = False,
    plain: bool = False,
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
        The file to make, or with `rows_per_file` the folder. The folder around it must exist. A
        path, a URL of an Arrow file system (``s3://…``), or one that fsspec knows. CSV and JSON
        Lines are compressed when it ends in ``.gz``.
    format : {"csv", "parquet", "jsonl"}
        CSV and Parquet hold the stream's columns; JSON Lines hold the events as the server sent
        them. CSV tells an empty string (``""``) from a null (nothing).
    force : bool
        Replace what is there already, and what an interrupted export left.
    plain : bool
        CSV: leave cells as they are that a spreadsheet would run as a formula. Such a cell begins
        with ``=``, ``+``, ``-``, ``@``, tab or carriage return, and gets an apostrophe before it
        otherwise (OWASP, "CSV Injection").
    resume : bool
        Go on with an interrupted export, if there is one. Everything else has to be as it was.
    rows_per_file : int, optional
        Make a folder of files with at most so many rows each: ``part-00000.parquet``, … A page is
        never split, so that a file can have fewer.
    deduplicate : bool
        Leave out events that were delivered before, by account and id; it takes about 100 bytes of
        memory an event.
    checkpoint_rows : int
        One file: keep what was read at least this often, and every 30 seconds.

    Returns
    -------
    Manifest

    Raises
    ------
    OutputExists
        There is a file, or an interrupted export, already.
    ExportFailed
        The file cannot be written; what was there before is unchanged.
    ExportInterrupted
        Ctrl-C; what was read is kept, and ``resume=True`` goes on.
    APIException
        A page could not be read; what was read is kept, and ``resume=True`` goes on.

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
    storage, target = Storage.of(path)
    options = {
        "plain": plain and format == "csv",
        "columns": events.columns,
        "raw": events.raw,
        "limit": events.limit,
        "filter": events.filter,
        "rows_per_file": _positive(rows_per_file, "rows_per_file"),
        "deduplicate": deduplicate,
        "begin": events.begin if len(events.begin) > 1 else None,
    }
    _positive(checkpoint_rows, "checkpoint_rows")
    _check_format(target, format)
    if deduplicate and "id" not in events.schema.names:
        raise InvalidParameter("deduplicate needs the column id: add it to columns.")
    _check_place(storage, target, folder=rows_per_file is not None)
    check_leftovers(storage, target, resume, force)
    _check_free(storage, target, allowed=force or resume)
    fresh = _fresh_manifest(events, storage.split(target)[1], format, options)
    with _disk_errors(storage, target):
        work = WorkFolder(storage, target, fresh)
        if not force and (finished := _finished_before(work)) is not None:
            return finished
        with work.opened(resume) as work:
            writing = _Writing(events, work, checkpoint_rows)
            if work.journal.finished is None:
                _check_free(storage, target, allowed=force)
                writing.read()
            return writing.publish()


class _Writing:
    """One call of `export`, from the place that its journal says it has reached."""

    def __init__(self, events: EventStream, work: WorkFolder, checkpoint_rows: int) -> None:
        self._events = events
        self._work = work
        self._format = work.journal.format
        options = work.journal.options
        self._rows_per_file: int | None = options["rows_per_file"]
        self._plain: bool = options["plain"]
        self._compressed = work.target.endswith(".gz")
        self._checkpoint_rows = checkpoint_rows
        self._seen = self._seen_before() if options["deduplicate"] else None

    def read(self) -> None:
        """Read the stream into parts, to its end."""
        writer = PartsWriter(
            self._work,
            self._open_part,
            f".{self._format}" + (".gz" if self._compressed else ""),
            rows=self._rows_per_file or self._checkpoint_rows,
            seconds=float("inf") if self._rows_per_file else _CHECKPOINT_SECONDS,
            seen=self._seen,
        )
        with Interrupts() as interrupts:
            try:
                self._read_pages(writer, interrupts)
            except KeyboardInterrupt:
                with interrupts.held():
                    writer.finish()
                raise ExportInterrupted(f"The export was interrupted. {self._kept()}") from None
            except KloudlessException as error:
                writer.finish()
                if self._work.journal.parts:
                    error.add_note(self._kept())
                raise
            finally:
                writer.abandon()

    def _read_pages(self, writer: PartsWriter, interrupts: Interrupts) -> None:
        events, journal = self._events, self._work.journal
        read = journal.rows + journal.duplicates
        with contextlib.closing(events.pages(journal.positions, read)) as pages:
            for page in pages:
                part = Part(events.decode(page), partial(_lines_of, page))
                with interrupts.held():
                    writer.write(part, page.source, page.position)
        with interrupts.held():
            failures = {source: error.message for source, error in events.failures.items()}
            writer.end(events.positions, failures)

    def _kept(self) -> str:
        """Say what was kept, and how to go on."""
        rows = self._work.journal.rows
        if not self._work.journal.parts:
            return "Nothing was read yet, and nothing was left behind."
        return (
            f"{rows:,} events are kept in {self._work.storage.shown(self._work.path)}. Go on with "
            "the same call and resume=True (the same command and --resume)."
        )

    def publish(self) -> Manifest:
        """Make of the parts what was asked for."""
        with Interrupts() as interrupts, interrupts.held():
            if self._rows_per_file is not None:
                return publish_folder(self._work)
            return publish_file(self._work, self._open_sink, self._events.progress)

    def _open_part(self, file: NewFile, number: int) -> Sink:
        # Parts of one CSV file are put after each other; files of a folder stand on their own.
        return self._open_sink(file, header=self._rows_per_file is not None or number == 0)

    def _open_sink(self, file: NewFile, header: bool = True) -> Sink:
        return open_sink(
            self._format,
            file,
            self._events.schema,
            _source(self._work.journal),
            plain=self._plain,
            compressed=self._compressed,
            header=header,
        )

    def _seen_before(self) -> SeenIds:
        seen = SeenIds()
        for number, _ in enumerate(self._work.journal.parts):
            seen.load(self._work.storage, self._work.file(self._work.ids_file(number)))
        return seen


def export_frame(
    frame: pd.DataFrame,
    path: str | os.PathLike[str],
    format: str,
    *,
    name: str,
    client: Client | None = None,
    force: bool = False,
    plain: bool = False,
) -> Manifest:
    """Write a DataFrame, such as a listing, to a file that appears whole or not at all.

    Parameters
    ----------
    frame : pandas.DataFrame
    path, format, force, plain
        As for `export`. JSON Lines hold one object a row.
    name : str
        What the rows are, such as ``"accounts"``; for the manifest.
    client : Client, optional
        Where they came from; for the manifest.

    Returns
    -------
    Manifest

    Raises
    ------
    OutputExists, ExportFailed
        As for `export`.
    """
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    return export_batches(
        table.to_batches(), table.schema, path, format,
        name=name, client=client, force=force, plain=plain,
    )  # fmt: skip


def export_batches(
    batches: Iterable[pa.RecordBatch | Part],
    schema: pa.Schema,
    path: str | os.PathLike[str],
    format: str,
    *,
    name: str,
    client: Client | None = None,
    force: bool = False,
    plain: bool = False,
    facts: Callable[[], Mapping[str, Any]] | None = None,
) -> Manifest:
    """Write record batches to a file, in bounded memory; otherwise as `export_frame`.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch or Part
        A `Part` says how it looks as lines of JSON.
    schema : pyarrow.Schema
        Of each.
    path, format, name, client, force, plain
        As for `export_frame`.
    facts : callable, optional
        Gives what else the manifest says, once all batches are written.
    """
    storage, target = Storage.of(path)
    _check_format(target, format)
    _check_place(storage, target, folder=False)
    _check_free(storage, target, allowed=force)
    manifest = Manifest(
        file=storage.split(target)[1],
        format=format,
        rows=0,
        schema=name,
        server=client.settings.base_url if client else None,
        api_version=client.settings.api_version if client else None,
        **_unwritten(format, plain),
    )
    rows = 0
    with _disk_errors(storage, target):
        with NewFile(storage, target) as file:
            sink = open_sink(
                format, file, schema, _source(manifest),
                plain=plain, compressed=target.endswith(".gz"),
            )  # fmt: skip
            for one in batches:
                part = one if isinstance(one, Part) else Part(one, partial(_json_lines, one))
                sink.write(part)
                rows += part.batch.num_rows
            sink.close(None)
            storage.remove(manifest_path(target))
        more = {} if facts is None else facts()
        manifest = replace(
            manifest, rows=rows, bytes=file.tell(), sha256=file.sha256, finished=now(), **more
        )
        manifest.save(storage, manifest_path(target))
    return manifest


def _fresh_manifest(
    events: EventStream, name: str, format: str, options: dict[str, Any]
) -> Manifest:
    info = events.source_info()
    many = len(info["accounts"]) > 1
    only = {} if many else info["accounts"][0]
    return Manifest(
        file=name,
        format=format,
        rows=0,
        schema=events.schema_name,
        server=info["server"],
        api_version=info["api_version"],
        account=only.get("id"),
        service=only.get("service"),
        accounts=info["accounts"] if many else None,
        cursor_from=events.cursor,
        cursor_to=events.cursor,
        positions=dict(events.begin),
        options=options,
        **_unwritten(format, bool(options["plain"])),
    )


def _unwritten(format: str, plain: bool) -> dict[str, Any]:
    """Return what a manifest says before anything is written."""
    return {
        "bytes": 0,
        "sha256": None,
        "formulas": "neutralised" if format == "csv" and not plain else "as they are",
        "first_modified": None,
        "last_modified": None,
        "started": now(),
        "finished": None,
        "package": f"kloudless-data {__version__}",
    }


def _source(manifest: Manifest) -> Mapping[str, Any]:
    """Return what a Parquet file says of itself."""
    names = ("server", "account", "service", "api_version", "schema", "cursor_from")
    return {name: getattr(manifest, name) for name in names}


def _lines_of(page: EventPage) -> list[bytes]:
    return split_objects(page.envelope)[: page.rows]


def _json_lines(batch: pa.RecordBatch) -> list[bytes]:
    return [json.dumps(row, ensure_ascii=False, default=str).encode() for row in batch.to_pylist()]


def _positive(value: int | None, name: str) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InvalidParameter(f"{name} must be a whole number of at least 1, not {value!r}.")
    return value


def _check_format(target: str, format: str) -> None:
    if format not in FORMATS:
        raise InvalidParameter(f"There is no format {format!r}; there are {', '.join(FORMATS)}.")
    if format == "parquet" and target.endswith(".gz"):
        raise InvalidParameter("Parquet files are compressed already: leave .gz out of the name.")


def _check_place(storage: Storage, target: str, *, folder: bool) -> None:
    """Refuse what cannot work before anything is requested."""
    shown = storage.shown(target)
    if not folder and storage.is_folder(target):
        raise ExportFailed(
            f"{shown} is a folder. Name a file in it, such as "
            f"{storage.shown(storage.join(target, 'events.parquet'))}, or give rows_per_file."
        )
    if folder and storage.size(target) is not None:
        raise ExportFailed(f"{shown} is a file. Name a folder to make, or leave out rows_per_file.")
    if folder and storage.is_folder(target) and not is_ours(storage, target):
        raise ExportFailed(
            f"{shown} is a folder with other things in it, which no export replaces. Name a new "
            "one."
        )
    storage.check_folder(storage.split(target)[0])


def _check_free(storage: Storage, target: str, *, allowed: bool) -> None:
    if not allowed and (storage.size(target) is not None or storage.is_folder(target)):
        raise _exists(storage, target)


def _exists(storage: Storage, target: str) -> OutputExists:
    return OutputExists(f"{storage.shown(target)} is there already.", remedy=Remedy.REPLACE_OUTPUT)


def _finished_before(work: WorkFolder) -> Manifest | None:
    """Return the manifest of the same export if it was resumed to its end before.

    Nothing is resumed then, so that a command with ``--resume`` can be repeated until it succeeds.
    """
    storage, target = work.storage, work.target
    there = storage.size(target) is not None or storage.is_folder(target)
    if not there or storage.is_folder(work.path):
        return None
    found = Manifest.read(storage.shown(target))
    if found.finished is None or differences(found, work.journal):
        raise _exists(storage, target)
    return found


@contextlib.contextmanager
def _disk_errors(storage: Storage, target: str) -> Iterator[None]:
    """Turn what the disk says into a sentence with a remedy; leave the network's errors alone."""
    try:
        yield
    except APIException:
        raise  # some are OSErrors too
    except OSError as error:
        kept = WorkFolder.place(storage, target)
        remedy = (
            f"What was finished before is kept in {storage.shown(kept)}: free some space and go on "
            "with resume=True (--resume)."
            if storage.is_folder(kept)
            else "Nothing was left behind; free some space or choose another folder, and export "
            "again."
        )
        raise ExportFailed(
            f"{storage.shown(target)} could not be written: {error.strerror or error}. {remedy}"
        ) from None
