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

_PATIENCE = 2.0  # seconds that the end of the interpreter waits for Arrow's threads
_held: set[int] = set()
_latest: deque[PyFileSystem] = deque(maxlen=32)  # that no such thread be the last to hold them


class _Held:
    """Something that Arrow's threads hold, known until the last of them has let go of it."""

    def __init__(self, *_: object) -> None:
        _held.add(id(self))

    def __del__(self) -> None:
        _held.discard(id(self))


class _Bytes(_Held, bytes):
    """What was read."""


class _File(_Held):
    """A file that is read."""

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
    """Let Arrow's threads let go of files and of what was read while there is an interpreter.

    They do so a moment after a scan has ended. If the interpreter is ending by then, taking its
    lock ends the thread in the middle of a destructor, and that aborts the process.
    """
    deadline = time.monotonic() + _PATIENCE
    while _held and time.monotonic() < deadline:
        time.sleep(0.001)


class _Handler(DeltaStorageHandler):
    def open_input_file(self, path: str) -> pa.PythonFile:
        return pa.PythonFile(_File(self._handler.open_input_file(path)), mode="r")

    open_input_stream = open_input_file


class ObjectStore(Storage):
    """An object store, with the options that deltalake has for it.

    Parameters
    ----------
    uri : str
        The table.
    options : dict of str to str
    sizes : mapping of str to int, optional
        Bytes of files that are known, so that they need not be asked for.
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
        # Past Arrow, which hands on its own buffers where deltalake takes nothing but bytes.
        raw: Any = self._handler._handler.open_output_stream(path, None)
        file: IO[bytes] = raw
        return file
