"""Where decoding a page spends its CPU time, line by line.

``python -m benchmarks.decode_profile [SHAPE…]``: for each shape whose name contains one of the
words, or for the first, the lines of ``decode/`` that take longest in decoding a page of a thousand
events again and again. A line is mostly one pass over an array, so these are the passes.
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
    """Return the CPU microseconds a page spends in each line, calls to other modules included."""
    bodies, schema = pages_of(shape, 4, PAGE_SIZE), events_schema(shape.version)

    def page(number: int) -> None:
        decode.decode_page(decode.read_envelope(bodies[number % 4]), schema, raw=shape.raw)

    for number in range(4):
        page(number)
    spent: Counter[tuple[str, int]] = Counter()
    clock = partial(time.clock_gettime_ns, time.CLOCK_PROCESS_CPUTIME_ID)
    began, here = clock(), ("", 0)

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal began, here
        now = clock()
        spent[here] += now - began
        name = frame.f_code.co_filename
        if not name.startswith(FOLDER):
            began = clock()
            return None
        caller = frame.f_back
        if event == "return" and caller is not None:
            here = caller.f_code.co_filename, caller.f_lineno
        else:
            here = name, frame.f_lineno
        began = clock()
        return trace

    sys.settrace(trace)
    for number in range(ROUNDS):
        page(number)
    sys.settrace(None)
    return Counter({line: ns // (1_000 * ROUNDS) for line, ns in spent.items()})


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
