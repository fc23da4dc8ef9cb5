"""Leave out events that an export has already written."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..schema.identity import DIGEST_BYTES, content_digests, identifying
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage
from .rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Deduplication"]

_KEY_BYTES = 8  # per id; only counts depend on it


class Deduplication:
    """The ids and contents of all events so far, at about 150 bytes per event.

    Delivery is at least once (A), and an event may be repeated any time later, so none can be
    forgotten. An event without an id never counts as a repetition. One with other content than an
    earlier event of the same id is a conflict, and both are kept.

    Attributes
    ----------
    repetitions : int
        Events left out since the last `save`.
    conflicts : int
        Events kept since then whose id already had other content.
    """

    def __init__(self) -> None:
        self._first: dict[bytes, bytes] = {}  # the content of an account's id
        self._others: set[bytes] = set()  # further contents of an id
        self._new: list[tuple[bytes, bytes]] = []
        self.repetitions = self.conflicts = 0

    def without_repetitions(self, rows: Rows, content: pa.RecordBatch, source: str) -> Rows:
        """Return a page's rows without repetitions.

        Parameters
        ----------
        rows : Rows
        content : pyarrow.RecordBatch
            All columns of the same events; `rows` may have fewer.
        source : str
            The account that they are of.
        """
        ids = identifying(content.column("id")).to_pylist()
        digests = content_digests(content).to_pylist()
        keep = [
            id is None or self._is_new(source, id, digest)
            for id, digest in zip(ids, digests, strict=True)
        ]
        repeated = keep.count(False)
        self.repetitions += repeated
        return rows.only(keep) if repeated else rows

    def _is_new(self, source: str, id: str, digest: bytes) -> bool:
        key = _key(source, id)
        first = self._first.get(key)
        if first == digest or (first is not None and key + digest in self._others):
            return False
        self.conflicts += first is not None
        self._add(key, digest)
        self._new.append((key, digest))
        return True

    def _add(self, key: bytes, digest: bytes) -> None:
        if self._first.setdefault(key, digest) != digest:
            self._others.add(key + digest)

    def save(self, storage: Storage, path: str) -> None:
        """Write the entries since the last `save` to a Parquet file, and reset the counts.

        Parameters
        ----------
        storage : Storage
            The file system.
        path : str
            The file to write.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        keys, digests = zip(*self._new, strict=True) if self._new else ((), ())
        table = pa.table(
            {
                "id": pa.array(keys, pa.binary(_KEY_BYTES)),
                "content": pa.array(digests, pa.binary(DIGEST_BYTES)),
            }
        )
        with AtomicFile(storage, path) as file:
            pq.write_table(table, file, compression="zstd")
        self._new = []
        self.repetitions = self.conflicts = 0

    def load(self, storage: Storage, path: str) -> None:
        """Add the entries of a file that `save` wrote.

        Parameters
        ----------
        storage : Storage
            The file system.
        path : str
            The file to read.
        """
        import pyarrow.parquet as pq

        with storage.open(path) as file:
            table = pq.read_table(file)
        pairs = zip(table["id"].to_pylist(), table["content"].to_pylist(), strict=True)
        for key, digest in pairs:
            self._add(key, digest)


def _key(source: str, id: str) -> bytes:
    # The length separates an account's name from the id.
    text = f"{len(source)}:{source}{id}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=_KEY_BYTES).digest()
