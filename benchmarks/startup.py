"""The time to start, in fresh processes.

``python -m benchmarks startup``
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from .report import Goal, Report
from .timing import medians

__all__ = ["run"]

ROUNDS = 21


def _script() -> list[str]:
    # What pip installs as `kloudless-data`.
    return [sys.executable, "-c", "from kloudless_data.cli import main; main()", "--help"]


def run(quick: bool = False) -> Report:
    """Measure processes in turn."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import requests": [sys.executable, "-c", "import requests"],
        "import kloudless_data": [sys.executable, "-c", "import kloudless_data"],
        "kloudless-data --help": _script(),
    }
    folder = Path(__file__).parent.parent
    calls = {
        what: partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        for what, command in commands.items()
    }
    medians(calls, 1)  # writes the bytecode
    seconds = medians(calls, ROUNDS // 4 if quick else ROUNDS)
    _, requests, mine, help_ = seconds.values()
    report = Report("startup", "Seconds of a fresh process, the interpreter's own start included.")
    for what, taken in seconds.items():
        report.add(what, taken * 1000, "ms", f"{taken / requests:.2f} of import requests")
    report.goals = [
        Goal("import kloudless_data within 1.5 of import requests", mine / requests, 1.5),
        Goal("--help within 2 of import kloudless_data", help_ / mine, 2),
    ]
    return report
