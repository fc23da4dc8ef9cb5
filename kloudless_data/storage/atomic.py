"""A file that appears in its place whole or not at all, and knows its SHA-256."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from typing import IO, Any

from .filesystem import Storage

__all__ = ["AtomicFile", "chunks", "read_sha256"]

_CHUNK = 1 << 20  # bytes


class AtomicFile:
    """A binary file to write; nothing is in its place before the ``with`` block ends well.

    Arrow's and Python's writers take it for a file. Their closing it does nothing: it is the
    block's end that lets it appear, or an exception that discards it.

    Parameters
    ----------
    storage : Storage
    path : str
        Its place.
    folder : str, optional
        Where it is until then, under a temporary name; default: the folder of its place.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     storage, path = Storage.of(f"{folder}/hello.txt")
    ...     with AtomicFile(storage, path) as file:
    ...         written, early = file.write(b"hello"), storage.size(path)
    ...     early, storage.size(path)
    (None, 5)
    """

    closed = False

    def __init__(self, storage: Storage, path: str, folder: str | None = None) -> None:
        self._storage = storage
        self._path = path
        own_folder, name = storage.split(path)
        self._temporary = storage.join(folder or own_folder, f".{name}.{secrets.token_hex(4)}.tmp")
        self._raw: IO[bytes] | None = storage.create(self._temporary)
        self._written = 0
        self._digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        """Write bytes; return how many."""
        view = memoryview(data).cast("B")
        # A writer that was given up writes its footer when Python collects it, long after.
        if self._raw is not None:
            # What writes to object stores in Python takes nothing but bytes.
            self._raw.write(view if self._storage.local else bytes(view))
            self._digest.update(view)
            self._written += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._written

    @property
    def sha256(self) -> str:
        """Of what was written, hexadecimal."""
        return self._digest.hexdigest()

    def flush(self) -> None:
        """Do nothing: `commit` flushes."""

    def close(self) -> None:
        """Do nothing: the end of the ``with`` block closes it."""

    def commit(self) -> None:
        """Let it appear in its place, whole and durable."""
        raw, self._raw = self._raw, None
        if raw is None:
            raise ValueError("the file was committed or discarded before")
        try:
            raw.close()
            self._storage.keep(self._temporary)
            self._storage.move(self._temporary, self._path)
        except BaseException:
            self._clean_up(raw)
            raise

    def discard(self) -> None:
        """Let nothing of it remain."""
        raw, self._raw = self._raw, None
        if raw is not None:
            self._clean_up(raw)

    def _clean_up(self, raw: IO[bytes]) -> None:
        # A full disk complains again when buffers are flushed; it was reported already.
        with contextlib.suppress(OSError):
            raw.close()
        with contextlib.suppress(OSError):
            self._storage.remove(self._temporary)

    def __enter__(self) -> AtomicFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()

    def readable(self) -> bool:
        """Return False."""
        return False

    def seekable(self) -> bool:
        """Return False."""
        return False

    def writable(self) -> bool:
        """Return True."""
        return True


def chunks(storage: Storage, path: str) -> Iterator[bytes]:
    """Yield a file's bytes, a megabyte at a time."""
    with contextlib.closing(storage.open(path)) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def read_sha256(storage: Storage, path: str) -> str:
    """Return a file's SHA-256, hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks(storage, path):
        digest.update(chunk)
    return digest.hexdigest()
