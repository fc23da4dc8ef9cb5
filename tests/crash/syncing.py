"""A whole sync (and a compaction) in a separate process that can be killed at its n-th step.

Its pages and parts are small: what may be lost depends on their number.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.archive.delta import tables
from kloudless_data.archive.delta.tables import Tables
from kloudless_data.storage.atomic import AtomicFile

from .forked import Forked

PAGE_SIZE, FLUSH_ROWS = 20, 50


def start(server: Any, path: Path | str, **given: Any) -> Forked:
    given = {"base_url": server.base_url, "api_key": server.api_key, "path": str(path), **given}
    return Forked(_sync, given, path)


def _sync(given: dict[str, Any]) -> dict[str, Any]:
    done = _killed_at(given.get("kill_at", -1), given.get("pauses"))
    tables._FRESH = given.get("fresh", tables._FRESH)
    client = kd.Client(api_key=given["api_key"], base_url=given["base_url"])
    archive = Archive(given["path"])
    report = archive.sync(
        client, page_size=given.get("page_size", PAGE_SIZE),
        flush_rows=given.get("flush_rows", FLUSH_ROWS), progress=False,
    )  # fmt: skip
    synced = len(done)
    if given.get("compact"):
        archive.compact(progress=False)
    return {"steps": synced, "compaction": [synced, len(done)], "events": report.events}


def _killed_at(number: int, pauses: int | None) -> list[str]:
    """Kill this process at the n-th step: before or after a file or a commit.

    With `pauses`, it sometimes waits before a step, like a machine that is put to sleep.
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
