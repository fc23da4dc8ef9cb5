"""Temporary folders that disappear with their owner, even if its process is killed."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from ..exceptions import ExportFailed
from .filesystem import room_for

if sys.platform != "win32":
    import fcntl

__all__ = ["ScratchFolder"]

#: The file in a folder that is locked while the folder is in use.
_LOCK = "in-use"


class ScratchFolder:
    """A temporary folder, removed by `remove`, with this object, or when the interpreter ends.

    A killed process cannot remove its own folder. The next process that creates one of this kind
    does: the system releases a process's lock however it ends. (Not on Windows.)

    Parameters
    ----------
    kind : str
        The folder's purpose, part of its name.

    Attributes
    ----------
    path : pathlib.Path
        Only this user may read it.

    Examples
    --------
    >>> with ScratchFolder("example") as folder:
    ...     folder.path.name.startswith("kloudless-example-")
    True
    >>> folder.path.exists()
    False
    """

    def __init__(self, kind: str) -> None:
        prefix = f"kloudless-{kind}-"
        _remove_abandoned(prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        lock = _locked(self.path)
        # Not __del__: when the interpreter ends, it may not be called, or find its modules gone.
        self._finalizer = weakref.finalize(self, _remove, self.path, os.getpid(), lock)

    def remove(self) -> None:
        """Remove the folder and its contents; calling it again does nothing."""
        self._finalizer()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Explain that a database could not write here: temporary folders are often small.

        Raises
        ------
        ExportFailed
            DuckDB could not write a file in this folder.
        """
        try:
            yield
        except Exception as error:
            said, module = str(error).partition("\n")[0], type(error).__module__
            if module.partition(".")[0] not in ("duckdb", "_duckdb") or str(self.path) not in said:
                raise
            raise ExportFailed(
                f"The temporary folder {self.path.parent} cannot hold what is needed: "
                f"{said.rpartition(': ')[2]}. "
                + room_for(OSError(errno.ENOSPC, said), "set TMPDIR to a folder with more")
            ) from None

    def __enter__(self) -> ScratchFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()


def _locked(folder: Path) -> Any:
    """Return an open file that keeps others from removing a folder; None without file locks.

    The file gets its name only after it is locked, so that nobody finds it unlocked.
    """
    if sys.platform == "win32":
        return None
    made = folder / f"{_LOCK}.new"
    file = made.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    made.rename(folder / _LOCK)
    return file


def _remove(folder: Path, process: int, lock: Any) -> None:
    if os.getpid() == process:  # not in a forked child
        shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        lock.close()


def _remove_abandoned(prefix: str) -> None:
    """Remove the folders of this user whose process has ended."""
    if sys.platform == "win32":
        return
    for lock in Path(tempfile.gettempdir()).glob(f"{prefix}*/{_LOCK}"):
        # Locked: in use. No permission: another user's. Missing: just removed.
        with contextlib.suppress(OSError), lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock.stat().st_uid == os.getuid():
                shutil.rmtree(lock.parent, ignore_errors=True)
