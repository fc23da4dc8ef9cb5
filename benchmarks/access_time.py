"""The time of an access snapshot, against the same requests made bare."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from .access import _bare, _in_a_process, _serve
from .report import Goal, Report

__all__ = ["run"]


def run(quick: bool = False) -> Report:
    """Read and replay in turn, so that other work on the machine affects both."""
    people, items, rounds = (60, 6_000, 2) if quick else (50, 50_000, 3)
    report = Report(
        "access_time", f"{people:,} users and {items:,} items; the server is on the same machine."
    )
    company = {"seed": 7, "people": people, "items": items, "days": 1, "changes": people}
    ratios, processor = [], []
    with tempfile.TemporaryDirectory() as folder, _serve(company) as server:
        for number in range(rounds):
            read = _in_a_process("snapshot", str(Path(folder) / f"access{number}"), server)
            asked = server.log(Path(folder) / "asked.json")[-read["requests"] :]
            used = time.process_time()
            bare = _bare(server, asked)
            used = time.process_time() - used
            ratios.append(read["seconds"] / bare)
            processor.append(read["cpu"] / used)
            report.add(
                f"snapshot, round {number + 1}",
                read["seconds"],
                "s",
                f"bare {bare:.1f} s; the client's processor time a request: "
                f"{1000 * read['cpu'] / len(asked):.2f} ms, bare {1000 * used / len(asked):.2f}; "
                f"peak memory {read['peak'] / 1e6:.0f} MB",
            )
    report.goals = [
        Goal("time against bare requests", statistics.median(ratios), 1.3),
        Goal("processor time of the client against bare", statistics.median(processor), 1.3),
    ]
    return report
