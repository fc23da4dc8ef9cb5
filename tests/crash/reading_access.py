"""Read access in a separate process that is killed before or after a write to a table."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import kloudless_data as kd
from kloudless_data.access import Access, reader
from kloudless_data.access.store import Store

from .forked import Forked


def start(server: Any, path: Path | str, later: float = 0, **given: Any) -> Forked:
    """Start a snapshot, or with `update` an update; `later` is in seconds."""
    now = server.clock.now.astimezone(UTC) + timedelta(seconds=later)
    given = {"base_url": server.base_url, "token": server.accounts[-1].token, "path": str(path),
             "now": now.isoformat(), "update": False, **given}  # fmt: skip
    return Forked(_read, given, path)


def _read(given: dict[str, Any]) -> dict[str, Any]:
    reader._UNITS = reader._TOGETHER = 8  # for many batches
    moments = 0

    def now() -> datetime:
        """Return the server's time, a moment later on each call."""
        nonlocal moments
        moments += 1
        return datetime.fromisoformat(given["now"]) + timedelta(microseconds=moments)

    done = _killed_at(given.get("kill_at"))
    account = kd.Account(token=given["token"], base_url=given["base_url"])
    access = Access(given["path"], now=now)
    report = access.update(account) if given["update"] else access.snapshot(account)
    return {"steps": len(done), "left": report.left}


def _killed_at(number: int | None) -> list[str]:
    """Kill this process at the n-th step: before or after a write to a table."""
    done: list[str] = []
    write = Store.append

    def step(name: str) -> None:
        if len(done) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        done.append(name)

    def append(self: Store, table: str, rows: Any) -> None:
        step(f"before {table}")
        write(self, table, rows)
        step(f"after {table}")

    Store.append = append
    return done
