"""The latest versions of a store's Delta tables, without reading their logs again each time."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deltalake import DeltaTable

__all__ = ["OpenTables"]

_Beginning = tuple[int, int]


class OpenTables:
    """Tables that were opened, each with its latest version.

    To open one reads its whole log, which takes longer than most queries. A table on this machine
    is opened once, and later only its new commits are read. One in an object store is opened each
    time: to ask what is new there takes as long.

    Parameters
    ----------
    path : str
        The folder or URL of the tables.
    options : mapping of str to str
        Deltalake's options.
    """

    def __init__(self, path: str, options: Mapping[str, str]) -> None:
        self._path, self._options = path, dict(options)
        self._lock = threading.Lock()
        self._opened: dict[str, tuple[_Beginning, DeltaTable]] = {}

    def latest(self, name: str) -> DeltaTable:
        """Return a table's latest version; a later call may move the same object on.

        Parameters
        ----------
        name : str
            The table's name.
        """
        from deltalake import DeltaTable

        uri = f"{self._path}/{name}"
        if "://" in self._path:
            return DeltaTable(uri, storage_options=self._options)
        with self._lock:
            beginning = _beginning(uri)
            known = self._opened.pop(name, None)
            if known is None or known[0] != beginning:
                table = DeltaTable(uri, storage_options=self._options)
            else:
                table = known[1]
                if os.path.exists(_commit(uri, table.version() + 1)):  # noqa: PTH110
                    table.update_incremental()
            if beginning is not None:
                self._opened[name] = (beginning, table)
            return table


def _commit(uri: str, version: int) -> str:
    """Return the path of the file that makes a version of a table."""
    return f"{uri}/_delta_log/{version:020}.json"


def _beginning(uri: str) -> _Beginning | None:
    """Return what tells a table from another one that replaced it; None if nothing does.

    Its first commit is never written again. Deltalake may delete it in a month; then any number of
    later ones may be missing, too.
    """
    try:
        first = os.stat(_commit(uri, 0))  # noqa: PTH116
    except OSError:
        return None
    return first.st_ino, first.st_mtime_ns
