"""The object store of a table, as deltalake reaches it."""

from __future__ import annotations

import atexit
import time
from collections import deque
from collections.abc import Mapping
from typing import IO, Any

import pyarrow as pa
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import PyFileSystem

from ...storage.filesystem import Storage

__all__ = ["ObjectStore"]

_PATIENCE = 2.0  # seconds to wait for Arrow's threads at the end of the interpreter
_held: set[int] = set()
_latest: deque[PyFileSystem] = deque(maxlen=32)  # so that no such thread is the last to hold them


class _Held:
    """An object that Arrow's threads hold, tracked until the last of them releases it."""

    def __init__(self, *_: object) -> None:
        _held.add(id(self))

    def __del__(self) -> None:
        _held.discard(id(self))


class _Bytes(_Held, bytes):
    """A buffer that was read."""


class _File(_Held):
    """A file open for reading."""

    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file

    def read(self, size: int | None = None) -> bytes:
        """Read so many bytes, or all."""
        return _Bytes(self._file.read(size))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@atexit.register
def _let_go() -> None:
    """Wait until Arrow's threads release files and buffers, while the interpreter still runs.

    They release them a moment after a scan. If the interpreter is ending by then, taking its lock
    kills the thread inside a destructor, which aborts the process.
    """
    deadline = time.monotonic() + _PATIENCE
    while _held and time.monotonic() < deadline:
        time.sleep(0.001)


class _Handler(DeltaStorageHandler):
    def open_input_file(self, path: str) -> pa.PythonFile:
        return pa.PythonFile(_File(self._handler.open_input_file(path)), mode="r")

    open_input_stream = open_input_file


class ObjectStore(Storage):
    """An object store with deltalake's options.

    Parameters
    ----------
    uri : str
        The table.
    options : dict of str to str
    sizes : mapping of str to int, optional
        Known file sizes in bytes, which need not be requested.
    """

    def __init__(
        self, uri: str, options: dict[str, str], sizes: Mapping[str, int] | None = None
    ) -> None:
        self._handler = _Handler(uri, options, dict(sizes or {}))
        files = PyFileSystem(self._handler)
        _latest.append(files)
        super().__init__(files, uri)

    def create(self, path: str) -> IO[bytes]:
        """Open a new file to write it."""
        # Not through Arrow, which passes buffers where deltalake accepts only bytes.
        raw: Any = self._handler._handler.open_output_stream(path, None)
        file: IO[bytes] = raw
        return file
