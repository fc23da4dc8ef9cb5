"""A sync (and a compaction) in a process of its own, that can be killed at its n-th step.

``python syncing.py '{"base_url": …, "api_key": …, "path": …, "kill_at": 7}'`` prints how many steps
there were.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.archive.delta.tables import Tables
from kloudless_data.storage.atomic import AtomicFile


def kill_at(number: int) -> list[str]:
    """Have this process killed at the n-th step: before or after a file or a commit."""
    done: list[str] = []

    def step(name: str) -> None:
        if len(done) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        done.append(name)

    for owner, name in ((Tables, "commit"), (AtomicFile, "commit")):
        original = getattr(owner, name)

        def counted(self, *args, _name=name, _original=original, **kwargs):
            step(f"before {_name}")
            result = _original(self, *args, **kwargs)
            step(f"after {_name}")
            return result

        setattr(owner, name, counted)
    return done


def main() -> None:
    given = json.loads(sys.argv[1])
    done = kill_at(given.get("kill_at", -1))
    client = kd.Client(api_key=given["api_key"], base_url=given["base_url"])
    archive = Archive(given["path"])
    report = archive.sync(
        client, page_size=given.get("page_size", 100), flush_rows=given.get("flush_rows", 250)
    )
    synced = len(done)
    if given.get("compact"):
        archive.compact()
    print(
        json.dumps(
            {
                "steps": synced,
                "compaction": [synced, len(done)],
                "report": json.loads(report.to_json()),
            }
        )
    )


if __name__ == "__main__":
    main()
