"""Read access in a process of its own, and be killed before or after some write to a table."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import datetime, timedelta

import kloudless_data as kd
from kloudless_data.access import Access, reading
from kloudless_data.access.store import Store

given = json.loads(sys.argv[1])
reading._UNITS = reading._TOGETHER = 8  # so that there are many batches
moments = steps = 0
write = Store.append


def now() -> datetime:
    """The server's time, and a moment later each time that it is asked for."""
    global moments
    moments += 1
    return datetime.fromisoformat(given["now"]) + timedelta(microseconds=moments)


def step() -> None:
    global steps
    if steps == given.get("kill_at"):
        os.kill(os.getpid(), signal.SIGKILL)
    steps += 1


def append(self: Store, table: str, rows: object) -> None:
    step()
    write(self, table, rows)
    step()


Store.append = append
account = kd.Account(token=given["token"], base_url=given["base_url"])
access = Access(given["path"], now=now)
report = access.update(account) if given["update"] else access.snapshot(account)
print(json.dumps({"steps": steps, "left": report.left}))
