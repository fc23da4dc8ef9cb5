"""Where decoding a page spends its CPU time, line by line.

``python -m benchmarks.decode_profile [SHAPE…]``: for each shape whose name contains one of the
words, or for the first, the slowest lines of ``decode/`` in decoding pages of 1,000 events. A line
is usually a pass over an array. With ``KLOUDLESS_DECODE=numba`` few remain.
"""

from __future__ import annotations

import linecache
import os
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pyarrow as pa

from kloudless_data import decode
from kloudless_data.schema.columns import events_schema

from .shapes import SHAPES, Shape, pages_of

ROUNDS, LINES, PAGE_SIZE = 40, 45, 1_000
FOLDER = str(Path(decode.__file__).parent)


def microseconds_by_line(shape: Shape) -> Counter[tuple[str, int]]:
    """Return a page's CPU microseconds by line, including calls to other modules."""
    bodies, schema = pages_of(shape, 4, PAGE_SIZE), events_schema(shape.version)

    def page(number: int) -> None:
        decode.decode_page(decode.read_envelope(bodies[number % 4]), schema, raw=shape.raw)

    for number in range(4):
        page(number)
    trace = _Trace()
    sys.settrace(trace)
    for number in range(ROUNDS):
        page(number)
    sys.settrace(None)
    # The cheapest line does next to nothing: its time is the cost of tracing.
    overhead = min(ns / trace.times[line] for line, ns in trace.spent.items())
    return Counter({
        line: round((ns - overhead * trace.times[line]) / (1_000 * ROUNDS))
        for line, ns in trace.spent.items()
    })  # fmt: skip


class _Trace:
    """Adds up CPU time by line."""

    def __init__(self) -> None:
        self.spent: Counter[tuple[str, int]] = Counter()
        self.times: Counter[tuple[str, int]] = Counter()
        self._clock = partial(time.clock_gettime_ns, time.CLOCK_PROCESS_CPUTIME_ID)
        self._here, self._began = ("", 0), self._clock()

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.spent[self._here] += self._clock() - self._began
        self.times[self._here] += 1
        if event == "return" and frame.f_back is not None:
            frame = frame.f_back
        name = frame.f_code.co_filename
        if name.startswith(FOLDER):
            self._here = name, frame.f_lineno
        self._began = self._clock()
        return self if name.startswith(FOLDER) else None


def main(words: list[str]) -> None:
    """Print the table of each shape."""
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    pa.set_cpu_count(1)
    named = [shape for shape in SHAPES if any(word in shape.name for word in words)]
    for shape in named or SHAPES[:1]:
        spent = microseconds_by_line(shape)
        files: Counter[str] = Counter()
        for (name, _), micros in spent.items():
            files[Path(name).name if name.startswith(FOLDER) else "elsewhere"] += micros
        print(f"{shape.name}: {sum(spent.values()):,} µs a page")
        print(", ".join(f"{name} {micros}" for name, micros in files.most_common()))
        for (name, number), micros in spent.most_common(LINES):
            line = linecache.getline(name, number).strip()[:90]
            print(f"{micros:6} {Path(name).name}:{number}  {line}")
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
