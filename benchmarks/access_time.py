"""How long a snapshot of access takes against the same requests made bare."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from .access import _bare, _in_a_process, _serve
from .report import Goal, Report

__all__ = ["run"]


def run(quick: bool = False) -> Report:
    """Read and replay by turns, so that what else the machine does is in both."""
    people, items, rounds = (60, 6_000, 2) if quick else (100, 100_000, 3)
    report = Report(
        "access_time", f"{people:,} users and {items:,} items; the server is on the same machine."
    )
    company = {"seed": 7, "people": people, "items": items, "days": 1, "changes": people}
    ratios = []
    with tempfile.TemporaryDirectory() as folder, _serve(company) as server:
        for number in range(rounds):
            read = _in_a_process("snapshot", str(Path(folder) / f"access{number}"), server)
            asked = server.log(Path(folder) / "asked.json")[-read["requests"] :]
            bare = _bare(server, asked)
            ratios.append(read["seconds"] / bare)
            report.add(
                f"snapshot, round {number + 1}",
                read["seconds"],
                "s",
                f"bare {bare:.1f} s; {1000 * read['cpu'] / read['requests']:.2f} ms of processor "
                "a request",
            )
    report.goals = [Goal("time against bare requests", statistics.median(ratios), 1.3)]
    return report
