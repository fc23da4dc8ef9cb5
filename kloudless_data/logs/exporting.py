"""Write a log as a file of events with a manifest, and next to it everything else in the log."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from ..export.api import export_batches
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage
from .inputs import Damaged

if TYPE_CHECKING:
    import pyarrow as pa

    from ..export.manifest import Manifest

__all__ = ["Times", "damaged_path", "export_log"]


def damaged_path(path: str | os.PathLike[str]) -> str:
    """Return the path of the file for the parts of a log that are not events.

    Examples
    --------
    >>> damaged_path("out/activity.parquet")
    'out/activity.parquet.damaged.jsonl'
    """
    return f"{os.fspath(path)}.damaged.jsonl"


def export_log(
    read: Callable[[Callable[[Damaged], object]], Iterator[pa.RecordBatch]],
    facts: Callable[[], dict[str, Any]],
    columns: tuple[pa.Schema, str],
    path: str | os.PathLike[str],
    format: str,
    **options: Any,
) -> Manifest:
    """Write a log's events.

    Parameters
    ----------
    read : callable
        Reads the log, and passes everything that is not an event to its argument.
    facts : callable
        Returns the manifest's entries about the log once it is read.
    columns : (pyarrow.Schema, str)
        The columns and their name.
    path, format, **options
        As for `kloudless_data.export.api.export_batches`.
    """
    storage, target = Storage.of(path)
    schema, name = columns
    with ExitStack() as stack:
        damaged, times = _DamagedFile(storage, damaged_path(target), stack), Times()

        def all_facts() -> dict[str, Any]:
            found = facts() | times.facts()
            beside = damaged.name if damaged.rows else None
            return found | {"options": found["options"] | {"damaged_file": beside}}

        manifest = export_batches(
            times.watching(read(damaged)), schema, path, format,
            name=name, facts=all_facts, **options,
        )  # fmt: skip
        if not damaged.rows:
            storage.remove(damaged_path(target))
    return manifest


class _DamagedFile:
    """The unreadable parts, one per line; the file exists only if there are any."""

    def __init__(self, storage: Storage, path: str, stack: ExitStack) -> None:
        self._storage, self._path, self._stack = storage, path, stack
        self._file: AtomicFile | None = None
        self.rows = 0
        self.name = storage.split(path)[1]

    def __call__(self, one: Damaged) -> None:
        if self._file is None:
            self._file = self._stack.enter_context(AtomicFile(self._storage, self._path))
        self._file.write(msgspec.json.encode(asdict(one)) + b"\n")
        self.rows += 1


class Times:
    """The first and last time of the events that pass through."""

    def __init__(self) -> None:
        self.first: str | None = None
        self.last: str | None = None

    def facts(self) -> dict[str, Any]:
        """Return the times as manifest entries."""
        return {"first_modified": self.first, "last_modified": self.last}

    def watching(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield batches unchanged, and track their times."""
        import pyarrow.compute as pc

        for batch in batches:
            found = pc.min_max(batch["modified"]).as_py()
            if found["min"] is not None:
                first, last = found["min"].isoformat(), found["max"].isoformat()
                self.first = min(first, self.first or first)
                self.last = max(last, self.last or last)
            yield batch
