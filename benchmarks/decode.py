"""Page bytes to a flat DataFrame: events a CPU second on one core, beside other ways to the same.

``python -m benchmarks decode``. Needs ``pip install orjson duckdb``.

Each shape of `SHAPES` is read by every way in turn. A peer has a figure where it reads the shape
right: its columns equal ours, but for ``extra``, which none has. What the peers that end in dicts
give is not compared: they keep everything, and type nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd
import pyarrow as pa

from kloudless_data.decode import decode_objects_tolerant, decode_page, read_envelope, to_frame
from kloudless_data.schema.columns import events_schema

from .peers import PEERS, SDK
from .report import Goal, Report
from .shapes import SHAPES, Shape, pages_of
from .timing import medians

__all__ = ["run"]

PAGES, PAGE_SIZE, ROUNDS = 4, 1_000, 9
OURS, ROWWISE, SIX_COLUMNS = "kloudless_data", "row-wise path", "6 columns"
#: What a look at who did what to which file needs.
COLUMNS = ["id", "action", "modified", "user_id", "metadata_name", "metadata_size"]
#: Of these, which are slow, a page is enough.
ONE_PAGE = (ROWWISE, SDK, "orjson")


def ours(
    bodies: list[bytes], shape: Shape, decode: Callable[..., pa.RecordBatch] = decode_page,
    columns: list[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    schema, options = events_schema(shape.version), {"raw": shape.raw, "columns": columns}
    batches = [decode(read_envelope(body), schema, **options) for body in bodies]
    return to_frame(batches, schema.arrow(**options))


def ways_for(shape: Shape, bodies: list[bytes]) -> dict[str, Callable[[], pd.DataFrame]]:
    """Return the ways that read a shape right."""
    ways = {
        OURS: partial(ours, bodies, shape),
        SIX_COLUMNS: partial(ours, bodies, shape, columns=COLUMNS),
        ROWWISE: partial(ours, bodies[:1], shape, decode_objects_tolerant),
    }
    expected = ways[OURS]()
    pd.testing.assert_frame_equal(expected[:PAGE_SIZE], ways[ROWWISE]())
    for name, peer in PEERS.items():
        part = bodies[:1] if name in ONE_PAGE else bodies
        way = partial(peer, part, events_schema(shape.version), shape.raw)
        if name in ONE_PAGE or _is_right(way, expected):
            ways[name] = way
    return ways


def _is_right(way: Callable[[], pd.DataFrame], expected: pd.DataFrame) -> bool:
    """Return whether a way gives all columns with the same values."""
    try:
        found = way()
        pd.testing.assert_frame_equal(found, expected[list(found.columns)])
    except Exception:  # each library has its own, for what it refuses
        return False
    return set(found.columns) | {"extra"} == set(expected.columns)


def rates_of(shape: Shape, rounds: int) -> tuple[dict[str, float], int]:
    """Return the events a CPU second of each way, and the bytes of an event."""
    bodies = pages_of(shape, PAGES, PAGE_SIZE)
    ways = ways_for(shape, bodies)
    seconds = medians(ways, rounds, time.process_time)
    events = {name: PAGE_SIZE * (1 if name in ONE_PAGE else PAGES) for name in ways}
    return {name: events[name] / seconds[name] for name in ways}, len(bodies[0]) // PAGE_SIZE


def run(quick: bool = False) -> Report:
    """Measure every way in turn, shape by shape."""
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    pa.set_cpu_count(1)
    shapes = [SHAPES[0], SHAPES[-1]] if quick else SHAPES
    names = [OURS, SIX_COLUMNS, ROWWISE, *PEERS]
    report = Report(
        "decode",
        f"Thousand events a CPU second from bytes to a flat DataFrame, {PAGES} pages of "
        f"{PAGE_SIZE:,} events, on one core. – is a peer that refuses the shape, or reads other "
        "values than were sent.",
        matrix=[("events", "bytes each", *names, "of the fastest peer", "of the SDK's way")],
    )
    measured: dict[str, dict[str, float]] = {}
    for shape in shapes:
        rates, size = rates_of(shape, 2 if quick else ROUNDS)
        measured[shape.name] = rates
        for name, rate in rates.items():
            ratio = f"ours is {rates[OURS] / rate:.2f} times as fast"
            report.add(f"{shape.name}: {name}", rate, "events/s", ratio)
        report.matrix.append((
            shape.name, str(size),
            *(f"{rates[name] / 1000:.0f}" if name in rates else "–" for name in names),
            f"{_of_fastest_peer(rates):.2f}", f"{rates[OURS] / rates[SDK]:.1f}",
        ))  # fmt: skip
    report.goals = _goals(measured)
    return report


def _of_fastest_peer(rates: Mapping[str, float]) -> float:
    return rates[OURS] / max(rates[name] for name in PEERS if name in rates)


def _goals(measured: Mapping[str, dict[str, float]]) -> list[Goal]:
    def lowest(text: str, figure: Callable[[dict[str, float]], float], limit: float) -> Goal:
        name, rates = min(measured.items(), key=lambda item: figure(item[1]))
        return Goal(f"{text}; lowest: {name}", figure(rates), limit, at_least=True)

    ours = [rates[OURS] for rates in measured.values()]
    return [
        lowest("1.2 times the fastest peer", _of_fastest_peer, 1.2),
        lowest("5 times the SDK's way", lambda rates: rates[OURS] / rates[SDK], 5),
        Goal("the slowest shape 0.6 of the fastest", min(ours) / max(ours), 0.6, at_least=True),
        lowest("row-wise as fast as the SDK's way", lambda rates: rates[ROWWISE] / rates[SDK], 1),
        lowest("faster with 6 columns", lambda rates: rates[SIX_COLUMNS] / rates[OURS], 1),
    ]
