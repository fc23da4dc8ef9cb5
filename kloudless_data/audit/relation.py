"""What `find` and `report` are given, as a relation that DuckDB can ask: ``raw``."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

    from ..archive import Archive

__all__ = ["as_table", "forget", "is_archive", "make_known"]


def make_known(connection: duckdb.DuckDBPyConnection, events: Any) -> bool:
    """Let the connection know events as they are, under the name ``raw``.

    Returns
    -------
    bool
        Whether every event is in it once only, as in an archive.

    Raises
    ------
    InvalidParameter
        They are nothing that can be read.
    """
    import pandas as pd
    import pyarrow as pa

    from ..archive import Archive
    from ..events.query import EventStream

    if isinstance(events, Archive):
        _know_archive(connection, events)
        return True
    if isinstance(events, pd.DataFrame):
        connection.register("raw", as_table(events))
    elif isinstance(events, (pa.Table, pa.RecordBatch)):
        table = pa.Table.from_batches([events]) if isinstance(events, pa.RecordBatch) else events
        connection.register("raw", table)
    elif isinstance(events, EventStream) or hasattr(events, "__arrow_c_stream__"):
        connection.register("stream", _reader_of(events))
        # A stream can be read once only.
        connection.execute("create temp table raw as select * from stream")
        connection.unregister("stream")
    elif isinstance(events, (str, os.PathLike)) or _all_paths(events):
        return _know_files(connection, events)
    else:
        raise InvalidParameter(
            f"An audit cannot be made of {type(events).__name__}. Give a DataFrame of events, an "
            "exported Parquet file or folder, or an Archive."
        )
    return False


def _reader_of(events: Any) -> pa.RecordBatchReader:
    """Return what reads an event stream, a log, or whatever gives itself as an Arrow stream."""
    import pyarrow as pa

    if hasattr(events, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(events)
    return pa.RecordBatchReader.from_batches(events.schema, iter(events))


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the connection forget ``raw``."""
    connection.unregister("raw")
    for kind in ("view", "table"):
        with suppress(Exception):  # it is one of the two
            connection.execute(f"drop {kind} if exists raw")


def is_archive(path: str) -> bool:
    """Tell whether there is an archive at a path or URL."""
    from ..archive import Archive

    if "://" in path:
        return Archive(path).exists()
    return (Path(path) / "events" / "_delta_log").is_dir()


def as_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as an Arrow table; what is of several types in one column, as text.

    Raises
    ------
    InvalidParameter
        Two of its columns have the same name.
    """
    import pyarrow as pa

    if not frame.columns.is_unique:
        twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        raise InvalidParameter(f"The frame has two columns of the name {', '.join(twice)}.")
    frame = frame.rename(columns=str)
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pa.table({name: _as_array(frame[name]) for name in frame.columns})


def _as_array(column: pd.Series) -> pa.Array:
    import pandas as pd
    import pyarrow as pa

    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        missing = pd.isna(column)
        return pa.array(
            [None if gone else str(value) for value, gone in zip(column, missing, strict=True)],
            pa.string(),
        )


def _all_paths(events: Any) -> bool:
    return (
        isinstance(events, (list, tuple))
        and bool(events)
        and all(isinstance(one, (str, os.PathLike)) for one in events)
    )


def _know_files(connection: duckdb.DuckDBPyConnection, events: Any) -> bool:
    import duckdb

    from ..archive import Archive

    paths = [os.fspath(one) for one in (events if isinstance(events, list | tuple) else [events])]
    if len(paths) == 1 and is_archive(paths[0]):
        _know_archive(connection, Archive(paths[0]))
        return True
    if any("://" in path for path in paths):
        _know_remote(connection, paths)
        return False
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise InvalidParameter(f"There is nothing at {', '.join(missing)}.")
    files = [file for path in paths for file in _parquet_files(Path(path))]
    try:
        _know_local(connection, files)
    except duckdb.Error as error:
        raise InvalidParameter(
            f"{', '.join(paths)} cannot be read as Parquet: {str(error).splitlines()[0]}. "
            "Export events with --format parquet, or give an archive."
        ) from None
    return False


def _parquet_files(path: Path) -> list[str]:
    """Return a file, or those of a folder that are not hidden."""
    if path.is_file():
        return [str(path)]
    found = sorted(str(file) for file in path.glob("*.parquet") if file.name[0] not in "._")
    if not found:
        raise InvalidParameter(f"There are no Parquet files in {path}.")
    return found


def _know_local(connection: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    """Let DuckDB read files itself: Arrow would read ahead by gigabytes."""
    # DuckDB takes names for patterns: a file called a[1] would be that of the name a1.
    plain = [re.sub(r"[][*?]", r"[\g<0>]", file) for file in files]
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in plain)
    connection.execute(
        f"create or replace temp view raw as select * from "
        f"read_parquet([{names}], union_by_name = true, hive_partitioning = false)"
    )
    connection.execute("select * from raw limit 0")


def _know_remote(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    import pyarrow as pa
    import pyarrow.dataset as ds

    try:
        parts = [ds.dataset(path, format="parquet") for path in paths]
    except (OSError, pa.ArrowInvalid) as error:
        raise InvalidParameter(f"{', '.join(paths)} cannot be read as Parquet: {error}.") from None
    connection.register("raw", parts[0] if len(parts) == 1 else ds.dataset(parts))


def _know_archive(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    files = archive.local_files()
    if files:
        _know_local(connection, files)
    else:
        connection.register("raw", archive.dataset())
