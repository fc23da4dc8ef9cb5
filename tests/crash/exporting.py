"""Exports in separate processes that can be killed before their n-th change of the disk.

``python exporting.py`` reads one line of JSON per export and forks a child for each, so Python and
its libraries start only once::

    {"base_url": …, "token": …, "path": …, "format": …, "kwargs": {…}, "kill_before": 7}

It answers with two lines of JSON: the child's process id, and its result.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile

# Imported here, so that the children find everything loaded that an export needs.
import pandas  # noqa: F401
import xlsxwriter  # noqa: F401

import kloudless_data as kd
import kloudless_data.decode.columnar
import kloudless_data.events.stream
from kloudless_data.export import export
from kloudless_data.storage.filesystem import Storage

CHANGES = ("create", "keep", "make_folder", "move", "move_folder", "remove", "remove_folder")


def kill_before(number: int) -> list[str]:
    """Kill this process before its n-th change of the disk."""
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


def run(given: dict) -> str:
    """Export; return the number of changes of the disk."""
    done = kill_before(given.get("kill_before", -1))
    if "file_size_limit" in given:
        limit = given["file_size_limit"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    account = kd.Account(token=given["token"], base_url=given["base_url"])
    events = account.events(page_size=given.get("page_size", 100))
    export(events, given["path"], given["format"], **given["kwargs"])
    return str(len(done))


def child(given: dict, output: int, errors: int) -> None:
    """Run the exporting process, without writing to the parent's files."""
    try:
        os.write(output, run(given).encode())
        os._exit(0)
    except kd.exceptions.KloudlessException as error:
        os.write(errors, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    except BaseException as error:  # such as Ctrl-C
        os.write(errors, repr(error).encode())
        os._exit(2)


def main() -> None:
    for line in sys.stdin:
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            pid = os.fork()
            if pid == 0:
                child(json.loads(line), output.fileno(), errors.fileno())
            print(pid, flush=True)
            _, status = os.waitpid(pid, 0)
            said = []
            for file in (output, errors):
                file.seek(0)
                said.append(file.read().decode())
            print(json.dumps([os.waitstatus_to_exitcode(status), *said]), flush=True)


class Exports:
    """Runs exports one by one, each in a fork of a process that has loaded everything."""

    def __init__(self) -> None:
        # Unbuffered, so that `ended` sees everything not read yet.
        self._server = subprocess.Popen(
            [sys.executable, __file__], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def start(self, given: dict) -> int:
        """Start an export; return its process id."""
        self._server.stdin.write(json.dumps(given).encode() + b"\n")
        return int(self._server.stdout.readline())

    def ended(self, within: float) -> bool:
        """Return True if the export ends within this many seconds."""
        return bool(select.select([self._server.stdout], [], [], within)[0])

    def result(self) -> tuple[int, str, str]:
        """Wait for the export; return its exit status (negative: a signal), output and errors."""
        return tuple(json.loads(self._server.stdout.readline()))

    def run(self, given: dict) -> tuple[int, str, str]:
        """Start an export and wait for it."""
        self.start(given)
        return self.result()

    def stop(self) -> None:
        """End the forking process."""
        self._server.stdin.close()
        self._server.wait(timeout=60)
        self._server.stdout.close()


if __name__ == "__main__":
    main()
