"""An in-memory sandbox and an archive of it."""

from unit.archive.conftest import archive, server

__all__ = ["archive", "server"]
