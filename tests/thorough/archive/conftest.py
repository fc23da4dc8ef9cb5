"""An in-memory sandbox and an archive of it."""

from unit.archive.conftest import archive, archive_of_now, server

__all__ = ["archive", "archive_of_now", "server"]
