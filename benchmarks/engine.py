"""When Numba pays off: reads of different lengths with each engine, each in a fresh process.

``python -m benchmarks engine``. Numba's compiled code is already cached.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time

from kloudless_data.decode import decode_page, read_envelope
from kloudless_data.decode.engine import ENGINE
from kloudless_data.interchange.frame import to_frame
from kloudless_data.schema.columns import events_schema

from .memory import peak
from .report import Report
from .shapes import SHAPES, pages_of

__all__ = ["run"]

PAGES, ROUNDS = (10, 100, 250, 500, 1_000), 3


def run(quick: bool = False) -> Report:
    """Measure every engine in turn."""
    report = Report(
        "engine",
        "CPU seconds and peak memory of a fresh process from the bytes of pages of 1,000 events to "
        "DataFrames of ten pages each, imports included.",
    )
    _measured("numba", 1)  # compiles, if that has to be
    for pages in PAGES[: 2 if quick else None]:
        rounds = [
            {name: _measured(name, pages) for name in ("numpy", "numba", "auto")}
            for _ in range(1 if quick else ROUNDS)
        ]
        base = statistics.median(found["numpy"]["seconds"] for found in rounds)
        for name in rounds[0]:
            seconds = statistics.median(found[name]["seconds"] for found in rounds)
            memory = f"{rounds[0][name]['peak'] / 1e6:.0f} MB"
            ratio = f"{seconds / base:.2f} of numpy; {memory}"
            report.add(f"{pages:,} pages, {name}", seconds, "s", ratio)
    return report


def _measured(engine: str, pages: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.engine", str(pages)],
        env={**os.environ, ENGINE: engine},
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _main(pages: int) -> None:
    schema, shape = events_schema(1), SHAPES[0]
    made = time.process_time()
    bodies = pages_of(shape, 10, 1_000)
    made = time.process_time() - made
    for _ in range(pages // 10 or 1):
        envelopes = [read_envelope(body) for body in bodies[: min(pages, 10)]]
        to_frame([decode_page(envelope, schema) for envelope in envelopes], schema.arrow())
    print(json.dumps({"seconds": time.process_time() - made, "peak": peak()}))


if __name__ == "__main__":
    _main(int(sys.argv[1]))
