"""An export in a process of its own, that can be killed before the n-th thing it does to the disk.

``python exporting.py '{"base_url": …, "token": …, "path": …, "format": …, "kwargs": {…},
"kill_before": 7}'`` prints how many things it did.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys

import kloudless_data as kd
from kloudless_data.export import export
from kloudless_data.storage.filesystem import Storage

CHANGES = ("create", "keep", "make_folder", "move", "move_folder", "remove", "remove_folder")


def kill_before(number: int) -> list[str]:
    """Have this process killed before it changes the disk for the n-th time."""
    done: list[str] = []
    for name in CHANGES:
        original = getattr(Storage, name)

        def counted(self, *args, _name=name, _original=original, **kwargs):
            if len(done) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            done.append(_name)
            return _original(self, *args, **kwargs)

        setattr(Storage, name, counted)
    return done


def main() -> None:
    given = json.loads(sys.argv[1])
    done = kill_before(given.get("kill_before", -1))
    if "file_size_limit" in given:
        limit = given["file_size_limit"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    account = kd.Account(token=given["token"], base_url=given["base_url"])
    events = account.events(page_size=given.get("page_size", 100))
    try:
        export(events, given["path"], given["format"], **given["kwargs"])
    except kd.exceptions.KloudlessException as error:
        sys.exit(f"{type(error).__name__}: {error}")
    print(len(done))


if __name__ == "__main__":
    main()
