"""Fork processes from one that has imported everything and done nothing.

A kill then costs milliseconds instead of starting an interpreter with its libraries.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(
    ["deltalake", "deltalake.transaction", "duckdb", "pandas", "pyarrow.dataset",
     "pyarrow.parquet", "kloudless_data.access.access", "kloudless_data.archive.delta.objectstore",
     "kloudless_data.listings"]
)  # fmt: skip
_numbers = itertools.count()


class Forked:
    """A function running in a separate process, which may be killed.

    Parameters
    ----------
    target : callable
        A module's function; takes the mapping and returns a JSON value.
    given : mapping
        Its argument.
    place : path
        The files for its result and its error are created next to it.
    """

    def __init__(
        self, target: Callable[[dict[str, Any]], Any], given: dict[str, Any], place: Path | str
    ) -> None:
        name = f"{place}.{next(_numbers)}"
        self._out, self._err = Path(f"{name}.json"), Path(f"{name}.error")
        self.process = _forking.Process(
            target=_run, args=(target, given, str(self._out), str(self._err)), daemon=True
        )
        self.process.start()

    def kill(self) -> None:
        self.process.kill()

    def ended(self, within: float = 0.0) -> bool:
        """Return True if it ends within this many seconds."""
        self.process.join(within)
        return self.process.exitcode is not None

    def finish(self) -> tuple[int, dict[str, Any], str]:
        """Wait for its end; return the exit status, its result ({} if killed) and its error."""
        self.process.join(100)
        status = self.process.exitcode
        assert status is not None, "it does not end"
        result = json.loads(self._out.read_text()) if self._out.exists() else {}
        return status, result, self._err.read_text() if self._err.exists() else ""


def _run(
    target: Callable[[dict[str, Any]], Any], given: dict[str, Any], out: str, err: str
) -> None:
    try:
        result = target(given)
        Path(out).write_text(json.dumps(result))
    except BaseException:
        Path(err).write_text(traceback.format_exc())
        os._exit(1)
