"""Event streams as CSV, Parquet and JSON Lines files, each with a manifest.

A file appears whole or not at all: it is written under a temporary name beside its place, flushed
to the disk, and renamed. Its manifest, ``NAME.manifest.json``, appears after it; a file without
one was replaced by something else than this module, or the machine stopped between the two.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .decode import split_objects
from .exceptions import APIException, ExportFailed, InvalidParameter, OutputExists
from .sinks import SINKS, HashedFile, Part
from .version import __version__

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from .client import Client
    from .events import EventPage, EventStream

__all__ = ["FORMATS", "Manifest", "export", "export_frame", "manifest_path"]

FORMATS = tuple(SINKS)


@dataclass(frozen=True)
class Manifest:
    """What a file holds and where it came from; stored beside it as JSON.

    Attributes
    ----------
    file : str
        The file's name, without its folder.
    format : {"csv", "parquet", "jsonl"}
    rows, bytes : int
    sha256 : str
        Of the file, hexadecimal.
    formulas : {"neutralised", "as they are"}
        CSV: whether cells that a spreadsheet would run as a formula have an apostrophe before
        them. The other formats are never changed.
    schema : str
        Name and version of the columns' schema.
    first_modified, last_modified : str or None
        The events' earliest and latest time, ISO 8601, UTC.
    started, finished : str
        When the export ran, ISO 8601, UTC.
    package : str
        Name and version of the package that wrote it.
    server : str or None
        Scheme, host and port.
    account, service : str or None
        Whose activity, as the server names it.
    api_version : int or None
    cursor_from : str or None
        None: from the oldest event that the server kept.
    cursor_to : str or None
        Where to continue.
    positions : dict of str to str or None, optional
        Where to continue each of many accounts; the ``cursors`` of `read_events`.
    """

    file: str
    format: str
    rows: int
    bytes: int
    sha256: str
    formulas: str
    schema: str
    first_modified: str | None
    last_modified: str | None
    started: str
    finished: str
    package: str
    server: str | None = None
    account: str | None = None
    service: str | None = None
    api_version: int | None = None
    cursor_from: str | None = None
    cursor_to: str | None = None
    positions: dict[str, str | None] | None = None

    def to_json(self) -> str:
        """Return it as the text of the manifest file."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Manifest:
        """Read the manifest of an exported file.

        Parameters
        ----------
        path : str or path
            The exported file, or its manifest.

        Raises
        ------
        ExportFailed
            There is none, or it is damaged.
        """
        path = Path(path)
        if not path.name.endswith(".manifest.json"):
            path = manifest_path(path)
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise ExportFailed(f"There is no manifest {path}. Export the data again.") from None
        except (OSError, ValueError, TypeError) as error:
            raise ExportFailed(f"The manifest {path} cannot be read: {error}.") from None


def manifest_path(path: str | os.PathLike[str]) -> Path:
    """Return where the manifest of a file is.

    Examples
    --------
    >>> manifest_path("out/events.csv").name
    'events.csv.manifest.json'
    """
    path = Path(path)
    return path.with_name(path.name + ".manifest.json")


def export(
    events: EventStream,
    path: str | os.PathLike[str],
    format: str,
    *,
    force: bool = False,
    plain: bool = False,
) -> Manifest:
    """Write an event stream to a file, in bounded memory.

    Parameters
    ----------
    events : EventStream
    path : str or path
        The file to make. Its folder must exist.
    format : {"csv", "parquet", "jsonl"}
        CSV and Parquet hold the stream's columns; JSON Lines hold the events as the server sent
        them. CSV tells an empty string (``""``) from a null (nothing).
    force : bool
        Replace a file that is there already.
    plain : bool
        CSV: leave cells as they are that a spreadsheet would run as a formula. Such a cell begins
        with ``=``, ``+``, ``-``, ``@``, tab or carriage return, and gets an apostrophe before it
        otherwise (OWASP, "CSV Injection").

    Returns
    -------
    Manifest

    Raises
    ------
    OutputExists
        There is a file already.
    ExportFailed
        The file cannot be written; what was there before is unchanged.
    APIException
        A page could not be read; no file is left.

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
    target = Path(path)
    _check_target(target, format, force)
    info = events.source_info()
    only = info["accounts"][0] if len(info["accounts"]) == 1 else {}
    source = {
        "server": info["server"],
        "account": only.get("id"),
        "service": only.get("service"),
        "api_version": info["api_version"],
        "schema": events.schema_name,
        "cursor_from": events.cursor,
    }

    def parts() -> Iterator[Part]:
        for page in events.pages():
            yield Part(events.decode(page), partial(_lines_of, page))

    def reached() -> dict[str, Any]:
        many = len(events.accounts) > 1
        return {
            "cursor_to": events.latest_cursor,
            "positions": dict(events.positions) if many else None,
        }

    return _write(target, format, events.schema, parts(), source, plain=plain, reached=reached)


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
    """Write a DataFrame, such as a listing, with the same guarantees as `export`.

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

    target = Path(path)
    _check_target(target, format, force)
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    source = {
        "server": client.settings.base_url if client else None,
        "api_version": client.settings.api_version if client else None,
        "schema": name,
    }
    parts = (Part(batch, partial(_json_lines, batch)) for batch in table.to_batches())
    return _write(target, format, table.schema, parts, source, plain=plain)


def _write(
    target: Path,
    format: str,
    schema: pa.Schema,
    parts: Iterable[Part],
    source: Mapping[str, Any],
    *,
    plain: bool,
    reached: Callable[[], dict[str, Any]] = dict,
) -> Manifest:
    started, rows, times = _now(), 0, _TimeRange()
    with _disk_errors(target), _published(target) as file:
        sink = SINKS[format](file, schema, source, plain)
        for part in parts:
            sink.write(part)
            times.include(part.batch)
            rows += part.batch.num_rows
        end = reached()  # known only now
        sink.close(end.get("cursor_to"))
        manifest = Manifest(
            file=target.name,
            format=format,
            rows=rows,
            bytes=file.tell(),
            sha256=file.digest.hexdigest(),
            formulas="neutralised" if format == "csv" and not plain else "as they are",
            first_modified=times.text(times.first),
            last_modified=times.text(times.last),
            started=started,
            finished=_now(),
            package=f"kloudless-data {__version__}",
            **source,
            **end,
        )
        # So that a crash never leaves the old manifest beside the new file.
        manifest_path(target).unlink(missing_ok=True)
    with _disk_errors(target), _published(manifest_path(target)) as file:
        file.write(manifest.to_json().encode())
    return manifest


def _lines_of(page: EventPage) -> list[bytes]:
    return split_objects(page.envelope)[: page.rows]


def _json_lines(batch: pa.RecordBatch) -> list[bytes]:
    return [json.dumps(row, ensure_ascii=False, default=str).encode() for row in batch.to_pylist()]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _check_target(target: Path, format: str, force: bool) -> None:
    """Refuse what cannot work before anything is requested."""
    if format not in FORMATS:
        raise InvalidParameter(f"There is no format {format!r}; there are {', '.join(FORMATS)}.")
    if target.is_dir():
        raise ExportFailed(
            f"{target} is a folder. Name a file in it, such as {target / 'events.parquet'}."
        )
    if not target.parent.is_dir():
        raise ExportFailed(f"The folder {target.parent} does not exist. Make it first.")
    if not os.access(target.parent, os.W_OK):
        raise ExportFailed(f"The folder {target.parent} is not writable. Choose another one.")
    if target.exists() and not force:
        raise OutputExists(
            f"{target} is there already. Choose another name, or replace it with force=True "
            "(--force on the command line)."
        )


@contextlib.contextmanager
def _published(target: Path) -> Iterator[HashedFile]:
    """Give a file to write that takes the target's name when the block ends well."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        with temporary.open("xb") as raw:
            file = HashedFile(raw)
            try:
                yield file
            except BaseException:
                file.discarded = True
                raise
            raw.flush()
            os.fsync(raw.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    """Turn what the disk says into a sentence with a remedy; leave the network's errors alone."""
    try:
        yield
    except APIException:
        raise  # some are OSErrors too
    except OSError as error:
        raise ExportFailed(
            f"{target} could not be written: {error.strerror or error}. Nothing was left behind; "
            "free some space or choose another folder, and export again."
        ) from None


class _TimeRange:
    """The earliest and the latest time of all record batches."""

    def __init__(self) -> None:
        self.first: datetime | None = None
        self.last: datetime | None = None

    def include(self, batch: pa.RecordBatch | None) -> None:
        if batch is None or "modified" not in batch.schema.names or not batch.num_rows:
            return
        import pyarrow.compute as pc

        found = pc.min_max(batch.column("modified")).as_py()
        if found["min"] is not None:
            self.first = min(self.first or found["min"], found["min"])
            self.last = max(self.last or found["max"], found["max"])

    @staticmethod
    def text(moment: datetime | None) -> str | None:
        return None if moment is None else moment.isoformat(timespec="microseconds")
