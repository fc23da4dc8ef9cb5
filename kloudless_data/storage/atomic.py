"""A file that appears complete or not at all, with its SHA-256."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from typing import IO

from .filesystem import Storage
from .hashed import HashedOutput

__all__ = ["AtomicFile", "chunks", "read_sha256"]

_CHUNK = 1 << 20  # bytes


class AtomicFile(HashedOutput):
    """A binary file to write; it appears only once the ``with`` block succeeds.

    Arrow's and Python's writers accept it as a file. Closing it does nothing: the end of the block
    makes it appear, and an exception discards it.

    Parameters
    ----------
    storage : Storage
    path : str
        The final path.
    folder : str, optional
        The folder for the temporary file. Defaults to the folder of `path`.

    Raises
    ------
    OSError
        The folder cannot be written to; or the path is something other than a file, such as a pipe,
        a device or a link to nothing, which must not be replaced.

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

    def __init__(self, storage: Storage, path: str, folder: str | None = None) -> None:
        super().__init__()
        if storage.is_special(path):
            raise OSError(
                "it is a pipe, a device, a socket, or a link to one or to nothing, and is not "
                "replaced"
            )
        path = storage.resolved(path)
        self._storage = storage
        self._path = path
        own_folder, name = storage.split(path)
        self._temporary = storage.join(folder or own_folder, f".{name}.{secrets.token_hex(4)}.tmp")
        self._raw: IO[bytes] | None = storage.create(self._temporary)

    def _put(self, view: memoryview) -> bool:
        # An abandoned writer writes its footer when Python collects it, much later.
        if self._raw is None:
            return False
        # Python's object store writers accept only bytes.
        self._raw.write(view if self._storage.local else bytes(view))
        return True

    def commit(self) -> None:
        """Make the file appear, complete and durable."""
        raw, self._raw = self._raw, None
        if raw is None:
            raise ValueError("the file was already committed or discarded")
        try:
            raw.close()
            self._storage.keep(self._temporary)
            self._storage.move(self._temporary, self._path)
        except BaseException:
            self._clean_up(raw)
            raise

    def discard(self) -> None:
        """Remove every trace of the file."""
        raw, self._raw = self._raw, None
        if raw is not None:
            self._clean_up(raw)

    def _clean_up(self, raw: IO[bytes]) -> None:
        # A full disk fails again when buffers are flushed; that was already reported.
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


def chunks(storage: Storage, path: str) -> Iterator[bytes]:
    """Yield a file's bytes, one megabyte at a time.

    Parameters
    ----------
    storage : Storage
        The file system.
    path : str
        The file in it.
    """
    with contextlib.closing(storage.open(path)) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def read_sha256(storage: Storage, path: str) -> str:
    """Return a file's SHA-256, hexadecimal.

    Parameters
    ----------
    storage : Storage
        The file system.
    path : str
        The file in it.
    """
    digest = hashlib.sha256()
    for chunk in chunks(storage, path):
        digest.update(chunk)
    return digest.hexdigest()
