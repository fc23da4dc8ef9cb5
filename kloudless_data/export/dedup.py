"""Which events an export has written, to leave out those that are delivered again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..storage.atomic import NewFile
from ..storage.filesystem import Storage
from .writers import Part

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SeenIds"]


class SeenIds:
    """The ids of all events so far, of each account; about 100 bytes of memory an event.

    Delivery is at least once (A), and an event may come again at any distance, so that no id can
    be forgotten. An event without an id is never taken for a repeated one.
    """

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()
        self._new: list[tuple[str, str]] = []

    def without_repeated(self, part: Part, source: str) -> tuple[Part, int]:
        """Return a page's rows that were not there before, and how many were."""
        keep = [self._is_new(source, id) for id in part.batch.column("id").to_pylist()]
        repeated = keep.count(False)
        return (part.only(keep) if repeated else part), repeated

    def _is_new(self, source: str, id: str | None) -> bool:
        if id is None:
            return True
        key = (source, id)
        if key in self._seen:
            return False
        self._seen.add(key)
        self._new.append(key)
        return True

    def save_new(self, storage: Storage, path: str) -> None:
        """Write the ids since the last time to a Parquet file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        sources, ids = zip(*self._new, strict=True) if self._new else ((), ())
        text: Any = pa.string()
        table = pa.table({"source": pa.array(sources, text), "id": pa.array(ids, text)})
        with NewFile(storage, path) as file:
            pq.write_table(table, file, compression="zstd")
        self._new = []

    def load(self, storage: Storage, path: str) -> None:
        """Add the ids of a file that `save_new` wrote."""
        import pyarrow.parquet as pq

        with storage.open(path) as file:
            table: pa.Table = pq.read_table(file)
        self._seen.update(zip(table["source"].to_pylist(), table["id"].to_pylist(), strict=True))
