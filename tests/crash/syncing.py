"""A sync (and a compaction) in a process of its own, that can be killed at its n-th step.

Processes are forked from one that has imported everything and done nothing: a kill costs
milliseconds instead of the start of an interpreter. What runs in them is the whole sync.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import signal
import time
import traceback
from pathlib import Path
from typing import Any

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.archive.delta import tables
from kloudless_data.archive.delta.tables import Tables
from kloudless_data.storage.atomic import AtomicFile

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(
    [__name__, "deltalake", "deltalake.transaction", "pyarrow.dataset", "pyarrow.parquet", "pandas",
     "kloudless_data.listings", "kloudless_data.archive.delta.objectstore"]
)  # fmt: skip


_numbers = itertools.count()


class Running:
    """A sync that is under way in another process."""

    def __init__(self, server: Any, path: Path | str, given: dict[str, Any]) -> None:
        name = f"{path}.{next(_numbers)}"
        self._out, self._err = Path(f"{name}.json"), Path(f"{name}.error")
        given = {"base_url": server.base_url, "api_key": server.api_key, "path": str(path), **given}
        self.process = _forking.Process(
            target=_run, args=(given, str(self._out), str(self._err)), daemon=True
        )
        self.process.start()

    def kill(self) -> None:
        self.process.kill()

    def is_running(self) -> bool:
        return self.process.is_alive()

    def finish(self) -> tuple[int, dict[str, Any], str]:
        """Wait for its end; return the exit status, what it found, and its error."""
        self.process.join(60)
        status = self.process.exitcode
        assert status is not None, "it does not end"
        found = json.loads(self._out.read_text()) if self._out.exists() else {}
        return status, found, self._err.read_text() if self._err.exists() else ""


def start(server: Any, path: Path | str, **given: Any) -> Running:
    return Running(server, path, given)


def _run(given: dict[str, Any], out: str, err: str) -> None:
    try:
        done = _killed_at(given.get("kill_at", -1), given.get("pauses"))
        tables._FRESH = given.get("fresh", tables._FRESH)
        client = kd.Client(api_key=given["api_key"], base_url=given["base_url"])
        archive = Archive(given["path"])
        report = archive.sync(
            client, page_size=given.get("page_size", 100), flush_rows=given.get("flush_rows", 250),
            progress=False,
        )  # fmt: skip
        synced = len(done)
        if given.get("compact"):
            archive.compact(progress=False)
        found = {"steps": synced, "compaction": [synced, len(done)], "events": report.events}
        Path(out).write_text(json.dumps(found))
    except BaseException:
        Path(err).write_text(traceback.format_exc())
        os._exit(1)


def _killed_at(number: int, pauses: int | None) -> list[str]:
    """Have this process killed at the n-th step: before or after a file or a commit.

    With `pauses`, it waits now and then before a step, as a machine does that is put to sleep.
    """
    done: list[str] = []
    chance = random.Random(pauses)

    def step(name: str) -> None:
        if len(done) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        done.append(name)
        if pauses is not None and chance.random() < 0.08:
            time.sleep(1.2)

    for owner, name in ((Tables, "commit"), (AtomicFile, "commit")):
        original = getattr(owner, name)

        def counted(self, *args, _name=name, _original=original, **kwargs):
            step(f"before {_name}")
            result = _original(self, *args, **kwargs)
            step(f"after {_name}")
            return result

        setattr(owner, name, counted)
    return done
