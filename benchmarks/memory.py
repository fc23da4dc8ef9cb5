"""Peak memory of exports of different lengths, and of a frame; each in a fresh process.

``python -m benchmarks memory``
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kloudless_data.decode.engine import ENGINE

from .report import Goal, Report
from .server import PAGE_SIZE, Server, serve

__all__ = ["peak", "run"]

SHORT, LONG, FRAME = 100_000, 2_000_000, 200_000
_MB = 1e6


def run(quick: bool = False) -> Report:
    """Measure each export once: memory hardly varies from run to run."""
    short, long, frame = (n // 10 if quick else n for n in (SHORT, LONG, FRAME))
    report = Report("memory", "Peak resident memory of a fresh process (VmHWM).")
    with serve(events=long, span=4800.0) as server:
        imported = _measure("nothing", server, 0)["peak"]
        report.add("import kloudless_data, pyarrow and pandas", imported / _MB, "MB")
        peaks = {}
        for events in (short, long):
            peaks[events] = _measure("export", server, events)["peak"] / _MB
            report.add(f"{events:,} events to Parquet", peaks[events], "MB")
        compiled = _measure("export", server, long, "auto")["peak"] / _MB
        report.add(f"{long:,} events to Parquet, with Numba", compiled, "MB",
                   f"{compiled - peaks[long]:.0f} MB more")  # fmt: skip
        found = _measure("frame", server, frame)
    grown, size = (found["peak"] - found["before"]) / _MB, found["size"] / _MB
    report.add(f"to_frame() of {frame:,} events", grown, "MB above what the imports take",
               f"{grown / size:.2f} of the frame's own {size:.0f} MB")  # fmt: skip
    report.goals = [
        Goal("difference between the exports", peaks[long] - peaks[short], 50, unit="MB"),
        Goal("peak of the longer export", peaks[long], 300, unit="MB"),
        Goal("to_frame() within twice the frame's size", grown / size, 2),
    ]
    return report


def _measure(what: str, server: Server, events: int, engine: str = "numpy") -> dict[str, Any]:
    arguments = [what, server.base_url, server.tokens[0], str(events)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", *arguments],
        env={**os.environ, ENGINE: engine},
        check=True,
        stdout=subprocess.PIPE,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def peak() -> int:
    """Return the peak resident memory of this process, in bytes."""
    # Not ru_maxrss, which starts with the parent process's memory.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


def _main(what: str, base_url: str, token: str, events: str) -> None:
    import pandas as pd
    import pyarrow.parquet  # noqa: F401

    stream = Server(base_url, [token]).account().events(
        page_size=PAGE_SIZE, limit=int(events), progress=False
    )  # fmt: skip
    answer = {"before": peak()}
    if what == "export":
        with tempfile.TemporaryDirectory() as folder:
            stream.to_parquet(Path(folder) / "events.parquet")
    elif what == "frame":
        frame: pd.DataFrame = stream.to_frame()
        answer["size"] = int(frame.memory_usage(deep=True).sum())
    print(json.dumps({**answer, "peak": peak()}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
