"""The time until commands show the first of a million rows, in fresh processes.

``python -m benchmarks first_rows``
"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from kloudless_data.archive import Archive

from .report import Goal, Report
from .scale import _fill
from .server import serve
from .timing import medians

__all__ = ["run"]

_ROWS = 1_000_000
_ROUNDS = 5
_SIZE = {"COLUMNS": "100", "LINES": "40", "TERM": "xterm"}


def run(*, quick: bool = False) -> Report:
    """Measure commands in turn."""
    rows = 20_000 if quick else _ROWS
    with (
        tempfile.TemporaryDirectory(prefix="kloudless-benchmark-") as name,
        serve(events=rows) as server,
    ):
        folder = Path(name)
        archive = Archive(folder / "archive")
        archive.init()
        _fill(archive, rows, ["125000003"])
        environment = {
            **os.environ, **_SIZE, "KLOUDLESS_BASE_URL": server.base_url,
            "KLOUDLESS_TOKEN": server.tokens[0],
        }  # fmt: skip
        query = ["archive", "sql", archive.path, "select * from events"]
        commands = {
            "kloudless-data --help": ["--help"],
            "archive sql, the table": query,
            "archive sql --jsonl, the first line": [*query, "--jsonl"],
            "archive sql --csv, the first line": [*query, "--csv"],
            "archive sql with an aggregate, the table": [
                *query[:-1], "select month, count(*), max(id) from events group by month",
            ],
            "events list, the table": ["events", "list"],
            "events list --jsonl, the first line": ["events", "list", "--jsonl"],
        }  # fmt: skip
        calls = {
            what: partial(_head if "first line" in what else _table, command, environment)
            for what, command in commands.items()
        }
        if not quick:
            medians(calls, 1)  # fills the system's file cache
        seconds = medians(calls, 1 if quick else _ROUNDS)
    report = Report(
        "first_rows",
        f"An archive of {rows:,} rows, and a server on loopback with as many events. Seconds of a "
        "fresh process, its start included: on a terminal to its end, or to the first line of a "
        "pipe that is then closed.",
    )
    first, *_ = seconds.values()
    for what, taken in seconds.items():
        report.add(what, taken, "s", f"{taken / first:.1f} of --help")
    report.goals = [
        Goal(f"{what} within 10 of --help", taken / first, 10)
        for what, taken in seconds.items()
        if what != "kloudless-data --help"
    ]
    return report


def _table(command: list[str], environment: dict[str, str]) -> None:
    """Run a command on a terminal to its end."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", *command],
        stdout=theirs, stderr=subprocess.DEVNULL, env=environment,
    ) as process:  # fmt: skip
        os.close(theirs)
        while select.select([ours], [], [])[0]:
            try:
                if not os.read(ours, 1 << 16):
                    break
            except OSError:  # its end, on Linux
                break
    os.close(ours)
    assert process.returncode == 0


def _head(command: list[str], environment: dict[str, str]) -> None:
    """Run a command until its first line."""
    with subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", *command],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
    assert process.returncode == 0
