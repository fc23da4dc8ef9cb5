"""A log as a file of events, with a manifest, and with what was no event beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from ..export.api import export_batches
from ..storage.atomic import NewFile
from ..storage.filesystem import Storage

if TYPE_CHECKING:
    import pyarrow as pa

    from ..export.manifest import Manifest
    from .stream import Damaged, LogStream

__all__ = ["damaged_path", "export_log"]


def damaged_path(path: str | os.PathLike[str]) -> str:
    """Return where what was no event of a log is written.

    Examples
    --------
    >>> damaged_path("out/activity.parquet")
    'out/activity.parquet.damaged.jsonl'
    """
    return f"{os.fspath(path)}.damaged.jsonl"


def export_log(
    log: LogStream, path: str | os.PathLike[str], format: str, *, force: bool, plain: bool
) -> Manifest:
    """Write a log's events; see `LogStream.export`."""
    storage, target = Storage.of(path)
    with ExitStack() as stack:
        damaged = _DamagedFile(storage, damaged_path(target), stack)
        times = _Times()
        manifest = export_batches(
            times.watching(log.batches(damaged)),
            log.schema,
            path,
            format,
            name=log.schema_name,
            force=force,
            plain=plain,
            facts=lambda: _facts(log, times, damaged),
        )
        if not damaged.rows:
            storage.remove(damaged_path(target))
    return manifest


def _facts(log: LogStream, times: _Times, damaged: _DamagedFile) -> dict[str, Any]:
    """Return what the manifest says of a log, once it is read."""
    services = sorted({one.format for one in log.inputs})
    return {
        "service": ", ".join(services),
        "first_modified": times.first,
        "last_modified": times.last,
        "options": {
            "inputs": [asdict(one) for one in log.inputs],
            "damaged": log.damaged_count,
            "damaged_file": damaged.name if damaged.rows else None,
        },
    }


class _DamagedFile:
    """What could not be read, a line each; there is no file when there is nothing of the kind."""

    def __init__(self, storage: Storage, path: str, stack: ExitStack) -> None:
        self._storage, self._path, self._stack = storage, path, stack
        self._file: NewFile | None = None
        self.rows = 0
        self.name = storage.split(path)[1]

    def __call__(self, one: Damaged) -> None:
        if self._file is None:
            self._file = self._stack.enter_context(NewFile(self._storage, self._path))
        self._file.write(msgspec.json.encode(asdict(one)) + b"\n")
        self.rows += 1


class _Times:
    """The first and the last time of events that pass."""

    def __init__(self) -> None:
        self.first: str | None = None
        self.last: str | None = None

    def watching(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow.compute as pc

        for batch in batches:
            found = pc.min_max(batch["modified"]).as_py()
            if found["min"] is not None:
                first, last = found["min"].isoformat(), found["max"].isoformat()
                self.first = min(first, self.first or first)
                self.last = max(last, self.last or last)
            yield batch
