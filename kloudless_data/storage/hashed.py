"""A binary file to write that counts and hashes its bytes."""

from __future__ import annotations

import hashlib
from typing import Any

__all__ = ["HashedOutput"]


class HashedOutput:
    """What Arrow's and Python's writers need of a file; subclasses say where bytes go.

    Closing it does nothing: a subclass decides when it ends.
    """

    closed = False

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._written = 0

    def _put(self, view: memoryview) -> bool:
        """Write bytes; return False if they are no longer wanted."""
        raise NotImplementedError

    def write(self, data: Any) -> int:
        """Write bytes; return their number."""
        view = memoryview(data).cast("B")
        if self._put(view):
            self._digest.update(view)
            self._written += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """Return the number of bytes written."""
        return self._written

    @property
    def sha256(self) -> str:
        """The SHA-256 of the written bytes, in hexadecimal."""
        return self._digest.hexdigest()

    def flush(self) -> None:
        """Do nothing, unless a subclass does."""

    def close(self) -> None:
        """Do nothing."""

    def readable(self) -> bool:
        """Return False."""
        return False

    def seekable(self) -> bool:
        """Return False."""
        return False

    def writable(self) -> bool:
        """Return True."""
        return True
