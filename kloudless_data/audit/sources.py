"""The inputs of an audit (a frame, files or an archive), each as an `EventSource`."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..archive import Archive
from ..exceptions import ExportFailed, InvalidParameter, Remedy
from ..export.manifest import Manifest
from ..logs.files import LogFile, files_of
from ..logs.recognise import recognise
from ..logs.stream import LogStream
from .provenance import Input, of_archive, of_path, of_table

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "ArchiveSource",
    "EventSource",
    "FileSource",
    "FrameSource",
    "StreamSource",
    "literals",
    "register_files",
    "source_of",
]

#: The number of events to hold in memory at a time.
_ROWS = 5_000
#: The number of a folder's files, and of a file's bytes, that tell whether they are a log.
_TRIED, _BEGINNING = 20, 1_000


class EventSource(ABC):
    """Events to examine, and the records of how complete they are.

    Attributes
    ----------
    unique : bool
        Whether each event occurs only once, as in an archive.
    """

    unique: bool = False

    @abstractmethod
    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Register the events, unchanged, with a connection under the name ``raw``."""

    @abstractmethod
    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the events as record batches, from the first on every call."""

    @abstractmethod
    def inputs(self) -> list[Input]:
        """Return the inputs, with checksums."""

    @property
    def archive(self) -> Archive | None:
        """Return the archive whose ledger says what was read, if there is one."""
        return None

    @property
    def manifests(self) -> list[Manifest]:
        """Return the manifests of the exports it reads."""
        return []

    @property
    def imports(self) -> list[Mapping[str, Any]]:
        """Return what is recorded about the imports of logs that made the events."""
        return [manifest.options for manifest in self.manifests]

    @property
    def servers(self) -> list[str]:
        """Return the servers that the events came from, as far as known."""
        return sorted({manifest.server for manifest in self.manifests if manifest.server})


class FrameSource(EventSource):
    """Events in memory: a DataFrame, or an Arrow table or record batch."""

    def __init__(self, events: pd.DataFrame | pa.Table | pa.RecordBatch) -> None:
        import pandas as pd
        import pyarrow as pa

        self._kind, self._attrs = type(events).__name__, dict(getattr(events, "attrs", {}))
        if isinstance(events, pd.DataFrame):
            self.table = as_table(events)
        else:
            one = isinstance(events, pa.RecordBatch)
            self.table = pa.Table.from_batches([events]) if one else events
        if not self.table.num_columns:
            raise InvalidParameter("These are not events: there are no columns.")

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Register the events with a connection under the name ``raw``."""
        connection.register("raw", self.table)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the events as record batches."""
        yield from self.table.to_batches()

    def inputs(self) -> list[Input]:
        """Return the checksum of the values."""
        return [of_table(self.table.replace_schema_metadata(), self._kind)]

    @property
    def imports(self) -> list[Mapping[str, Any]]:
        """Return what `LogStream.to_frame` recorded."""
        return [self._attrs]


class StreamSource(EventSource):
    """Events from an Arrow stream, such as a log or a live read that is not kept."""

    def __init__(self, events: Any) -> None:
        self._events = events

    def _reader(self) -> pa.RecordBatchReader:
        import pyarrow as pa

        if hasattr(self._events, "__arrow_c_stream__"):
            return pa.RecordBatchReader.from_stream(self._events)
        return pa.RecordBatchReader.from_batches(self._events.schema, iter(self._events))

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Register the events with a connection under the name ``raw``."""
        reader = self._reader()
        if not len(reader.schema):
            raise InvalidParameter("These are not events: there are no columns.")
        connection.register("stream", reader)
        # A stream can be read once only.
        connection.execute("create temp table raw as select * from stream")
        connection.unregister("stream")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the events as record batches."""
        yield from self._reader()

    def inputs(self) -> list[Input]:
        """Return an input without a checksum: a stream cannot be identified."""
        return [Input(type(self._events).__name__, "", "read from the server, not kept")]

    @property
    def imports(self) -> list[Mapping[str, Any]]:
        """Return what a log found, once it is read."""
        if not isinstance(self._events, LogStream):
            return []
        return [{"damaged": self._events.damaged_count,
                 "inputs": [asdict(one) for one in self._events.inputs]}]  # fmt: skip


class FileSource(EventSource):
    """Exported Parquet files and folders, read in parts."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = list(paths)
        self._remote = any("://" in path for path in self.paths)
        missing = [p for p in self.paths if not self._remote and not Path(p).exists()]
        if missing:
            raise InvalidParameter(f"There is no file or folder at {', '.join(missing)}.")

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Register the events with a connection under the name ``raw``."""
        import duckdb
        import pyarrow as pa

        try:
            if self._remote:
                connection.register("raw", self._dataset())
            else:
                register_files(connection, [f for p in self.paths for f in _parquet_files(Path(p))])
        except (duckdb.Error, OSError, pa.ArrowInvalid) as error:
            raise _not_parquet(self.paths, error) from None

    def _dataset(self) -> Any:
        import pyarrow.dataset as ds

        parts = [ds.dataset(path, format="parquet") for path in self.paths]
        return parts[0] if len(parts) == 1 else ds.dataset(parts)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the events as record batches, without read-ahead, which takes gigabytes."""
        import pyarrow as pa
        import pyarrow.dataset as ds

        for path in self.paths:
            try:
                yield from ds.dataset(path, format="parquet").to_batches(
                    batch_size=_ROWS, batch_readahead=0, fragment_readahead=0
                )
            except (OSError, pa.ArrowInvalid) as error:
                raise _not_parquet([path], error) from None

    def inputs(self) -> list[Input]:
        """Return the files, and whether they match their manifests."""
        return [one for path in self.paths for one in of_path(path)]

    @property
    def manifests(self) -> list[Manifest]:
        """Return the manifests beside the files."""
        found = []
        for path in self.paths:
            try:
                found.append(Manifest.read(path))
            except ExportFailed:
                continue
        return found


class ArchiveSource(EventSource):
    """An archive, whose ledger records what was read and when."""

    unique = True

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def register(
        self, connection: duckdb.DuckDBPyConnection, accounts: Sequence[str] | None = None
    ) -> None:
        """Register the events, or those of some accounts, under the name ``raw``.

        Parameters
        ----------
        connection : duckdb.DuckDBPyConnection
            Where to register them.
        accounts : sequence of str, optional
            Only events of these accounts.
        """
        if files := self._archive.local_files():
            register_files(connection, files, accounts)
            return
        dataset = self._archive.dataset()
        if accounts is not None:
            import pyarrow.dataset as ds

            dataset = dataset.filter(ds.field("account_key").isin(list(accounts)))
        connection.register("raw", dataset)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the events as record batches."""
        yield from self._archive.batches()

    def inputs(self) -> list[Input]:
        """Return the archive, with the checksum of its ledger."""
        return of_archive(self._archive)

    @property
    def archive(self) -> Archive:
        """Return the archive."""
        return self._archive

    @property
    def imports(self) -> list[Mapping[str, Any]]:
        """Return what the ledger records about imported logs; the same files count once."""
        found = self._archive.sql(
            "select max(damaged) as damaged, max(unreadable) as unreadable, "
            "max(unknown) as unknown from ledger where position_to like 'log:%' "
            "group by position_to"
        )
        return [dict(row) for row in found.fillna(0).astype("int64").to_dict("records")]

    @property
    def servers(self) -> list[str]:
        """Return the servers that the ledger names."""
        found = self._archive.sql("select distinct server from ledger")["server"].dropna()
        return sorted(server for server in set(found) if server)


def source_of(events: Any) -> EventSource:
    """Return any supported input as an `EventSource`.

    Parameters
    ----------
    events : DataFrame, Table, RecordBatch, EventStream, Archive, path, or sequence of paths

    Raises
    ------
    InvalidParameter
        The input's type is not supported.

    Examples
    --------
    >>> import pandas as pd
    >>> type(source_of(pd.DataFrame({"id": ["1"]}))).__name__
    'FrameSource'
    """
    import pandas as pd
    import pyarrow as pa

    from ..events.stream import EventStream

    if isinstance(events, EventSource):
        return events
    if isinstance(events, Archive):
        return ArchiveSource(events)
    if isinstance(events, (pd.DataFrame, pa.Table, pa.RecordBatch)):
        return FrameSource(events)
    if isinstance(events, EventStream) or hasattr(events, "__arrow_c_stream__"):
        return StreamSource(events)
    paths = [events] if isinstance(events, (str, os.PathLike)) else events
    if _all_paths(paths):
        names = [os.fspath(path) for path in paths]
        if len(names) == 1 and _is_archive(names[0]):
            return ArchiveSource(Archive(names[0]))
        return FileSource(names)
    raise InvalidParameter(
        f"{type(events).__name__} cannot be audited. Pass a DataFrame of events, an "
        "exported Parquet file or folder, or an Archive."
    )


def _all_paths(events: Any) -> bool:
    return (
        isinstance(events, (list, tuple))
        and bool(events)
        and all(isinstance(one, (str, os.PathLike)) for one in events)
    )


def _is_archive(path: str) -> bool:
    """Return True if there is an archive at a path or URL."""
    if "://" in path:
        return Archive(path).exists()
    return (Path(path) / "events" / "_delta_log").is_dir()


def _parquet_files(path: Path) -> list[str]:
    """Return a file, or the visible Parquet files of a folder."""
    if path.is_file():
        return [str(path)]
    found = sorted(str(file) for file in path.glob("*.parquet") if file.name[0] not in "._")
    if not found:
        remedy = Remedy.IMPORT_LOG if _looks_like_a_log(str(path)) else Remedy.NONE
        raise InvalidParameter(f"There are no Parquet files in {path}.", remedy=remedy)
    return found


def _not_parquet(paths: Sequence[str], error: Exception) -> InvalidParameter:
    """Return the exception for files that are not Parquet, with what to do with what they are."""
    why = str(error).splitlines()[0].rstrip(".")
    problem = f"{', '.join(paths)} cannot be read as Parquet: {why}."
    if any(map(_looks_like_a_log, paths)):
        return InvalidParameter(problem, remedy=Remedy.IMPORT_LOG)
    return InvalidParameter(f"{problem} Export events with --format parquet, or pass an archive.")


def _looks_like_a_log(path: str) -> bool:
    """Return True for a file, or a folder with one, of a known log format or of other JSON."""
    try:
        Manifest.read(path)
        return False  # an export of ours, in another format
    except ExportFailed:
        pass
    try:
        files = files_of(path)
    except (InvalidParameter, OSError):
        return False
    return any(map(_is_log, files[:_TRIED]))


def _is_log(file: LogFile) -> bool:
    with suppress(InvalidParameter):
        return recognise(file) is not None
    with suppress(InvalidParameter):
        return file.beginning(_BEGINNING).lstrip()[:1] in (b"{", b"[")
    return False


def register_files(
    connection: duckdb.DuckDBPyConnection,
    files: list[str],
    accounts: Sequence[str] | None = None,
) -> None:
    """Register Parquet files under the name ``raw``, read by DuckDB: Arrow reads far ahead.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    files : list of str
        Paths.
    accounts : sequence of str, optional
        Only these of an archive's accounts.
    """
    # DuckDB treats names as patterns: a[1] would match a file named a1.
    plain = [re.sub(r"[][*?]", r"[\g<0>]", file) for file in files]
    # A view takes no parameters, so its text contains the values.
    chosen = "" if accounts is None else f" where account_key in ({literals(accounts)})"
    connection.execute(
        f"create or replace temp view raw as select * from "
        f"read_parquet([{literals(plain)}], union_by_name = true, hive_partitioning = false)"
        f"{chosen}"
    )
    connection.execute("select * from raw limit 0")


def literals(texts: Sequence[str]) -> str:
    """Return texts as SQL literals, comma-separated; ``null`` for none."""
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts) or "null"


def as_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as an Arrow table; columns of mixed types become text.

    Halves of characters (lone surrogates), which no file can hold, become question marks.

    Raises
    ------
    InvalidParameter
        Two of its columns have the same name.
    """
    import pyarrow as pa

    if not frame.columns.is_unique:
        twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        raise InvalidParameter(f"The frame has two columns named {', '.join(twice)}.")
    frame = frame.rename(columns=str)
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeEncodeError):
        return pa.table({name: _as_array(frame[name]) for name in frame.columns})


def _as_array(column: pd.Series) -> pa.Array:
    import pandas as pd
    import pyarrow as pa

    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeEncodeError):
        missing = pd.isna(column)
        return pa.array(
            [
                None if gone else str(value).encode(errors="replace").decode()
                for value, gone in zip(column, missing, strict=True)
            ],
            pa.string(),
        )
