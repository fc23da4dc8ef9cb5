"""From page bytes to a flat DataFrame: events a CPU second on one core, compared with peers.

``python -m benchmarks decode``. The extra ``dev`` installs everything it needs.

Every candidate reads each shape of `SHAPES` in turn: ours with each engine, which
``KLOUDLESS_DECODE`` chooses. A peer has a figure if its columns equal ours. None has ``extra``: if
that is not empty, a typed peer loses its contents, and is starred. The results of peers that end in
dicts are not compared: they keep everything, and type nothing.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import pandas as pd
import pyarrow as pa

from kloudless_data.decode import decode_page, read_envelope
from kloudless_data.decode.engine import ENGINE
from kloudless_data.interchange.frame import to_frame
from kloudless_data.schema.columns import events_schema

from .peers import PEERS, SDK, rowwise
from .report import Goal, Report
from .shapes import SHAPES, Shape, pages_of
from .timing import ratio, turns

__all__ = ["run"]

PAGES, PAGE_SIZE, ROUNDS = 12, 1_000, 7
OURS, ROWWISE, SIX_COLUMNS = "without Numba", "row-wise path", "6 columns"
COMPILED = "with Numba"
#: The columns that show who did what to which file.
COLUMNS = ["id", "action", "modified", "user_id", "metadata_name", "metadata_size"]
#: These are slow, so a few pages are enough.
SLOW, FEW_PAGES = (ROWWISE, SDK, "orjson"), 3


def ours(
    bodies: list[bytes], shape: Shape, decode: Callable[..., pa.RecordBatch] = decode_page,
    columns: list[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    schema, options = events_schema(shape.version), {"raw": shape.raw, "columns": columns}
    batches = [decode(read_envelope(body), schema, **options) for body in bodies]
    return to_frame(batches, schema.arrow(**options))


def with_engine(name: str, way: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    os.environ[ENGINE] = name
    try:
        return way()
    finally:
        del os.environ[ENGINE]


def ways_for(
    shape: Shape, bodies: list[bytes]
) -> tuple[dict[str, Callable[[], pd.DataFrame]], set[str]]:
    """Return the candidates that read a shape, and those that lose unknown members."""
    few = bodies[:FEW_PAGES]
    ways = {
        **({COMPILED: partial(with_engine, "numba", partial(ours, bodies, shape))}
           if find_spec("numba") else {}),
        OURS: partial(with_engine, "numpy", partial(ours, bodies, shape)),
        SIX_COLUMNS: partial(with_engine, "numpy", partial(ours, bodies, shape, columns=COLUMNS)),
        ROWWISE: partial(ours, few, shape, rowwise),
    }  # fmt: skip
    expected = ways[OURS]()
    for way in list(ways.values())[:2]:
        pd.testing.assert_frame_equal(expected, way())
    pd.testing.assert_frame_equal(expected[: len(few) * PAGE_SIZE], ways[ROWWISE]())
    for name, peer in PEERS.items():
        part = few if name in SLOW else bodies
        way = partial(peer, part, events_schema(shape.version), shape.raw)
        if name in SLOW or _is_right(way, expected):
            ways[name] = way
    loses = bool(expected["extra"].notna().any())
    return ways, {name for name in ways if loses and name in PEERS and name not in SLOW}


def _is_right(way: Callable[[], pd.DataFrame], expected: pd.DataFrame) -> bool:
    """Return whether a candidate gives all columns with the same values."""
    try:
        found = way()
        pd.testing.assert_frame_equal(found, expected[list(found.columns)])
    except Exception:  # each library has its own exceptions
        return False
    return set(found.columns) | {"extra"} == set(expected.columns)


@dataclass(frozen=True)
class Measured:
    """A shape's results: the candidates' seconds an event, the lossy ones, an event's bytes."""

    seconds: dict[str, list[float]]
    lossy: set[str]
    size: int

    def rate(self, way: str) -> float:
        """Return a candidate's events a second."""
        return 1 / statistics.median(self.seconds[way])

    def times(self, way: str, other: str) -> float:
        """Return how many times as fast one candidate is as another, in the same round."""
        return ratio(self.seconds[other], self.seconds[way])

    def times_peers(self, way: str, *, lossy: bool = False) -> float:
        """Return how many times as fast a candidate is as the fastest peer."""
        peers = self.seconds.keys() & PEERS.keys() - (set() if lossy else self.lossy)
        return min(self.times(way, name) for name in peers)


def measure(shape: Shape, rounds: int) -> Measured:
    """Let all candidates read a shape in turn."""
    bodies = pages_of(shape, PAGES, PAGE_SIZE)
    ways, lossy = ways_for(shape, bodies)
    found = turns(ways, rounds, time.process_time)
    events = {name: PAGE_SIZE * (FEW_PAGES if name in SLOW else PAGES) for name in ways}
    seconds = {name: [taken / events[name] for taken in found[name]] for name in ways}
    return Measured(seconds, lossy, len(bodies[0]) // PAGE_SIZE)


def run(quick: bool = False) -> Report:
    """Measure every candidate in turn, shape by shape."""
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    pa.set_cpu_count(1)
    os.environ.pop(ENGINE, None)
    shapes = [SHAPES[0], SHAPES[-1]] if quick else SHAPES
    fastest = COMPILED if find_spec("numba") else OURS
    names = [*{fastest: 0, OURS: 0}, SIX_COLUMNS, ROWWISE, *PEERS]
    report = Report(
        "decode",
        f"Thousand events a CPU second from bytes to a flat DataFrame, {PAGES} pages of "
        f"{PAGE_SIZE:,} events, on one core. – is a peer that refuses the shape, or reads other "
        "values than were sent; * one that loses what its schema does not know. × is how many "
        "times as fast the first column is.",
        matrix=[("events", "bytes", *names, "× best peer", "× best peer or *", f"× {SDK}")],
    )
    measured = {shape.name: measure(shape, 2 if quick else ROUNDS) for shape in shapes}
    for shape, found in measured.items():
        for name in found.seconds:
            told = f"ours is {found.times(fastest, name):.2f} times as fast"
            report.add(f"{shape}: {name}", found.rate(name), "events/s", told)
        report.matrix.append((
            shape, str(found.size), *(_figure(found, name) for name in names),
            f"{found.times_peers(fastest):.2f}", f"{found.times_peers(fastest, lossy=True):.2f}",
            f"{found.times(fastest, SDK):.1f}",
        ))  # fmt: skip
    report.goals = [
        goal
        for way in dict.fromkeys((fastest, OURS))
        for goal in _goals(measured, way, flatness(shapes, way, 2 if quick else ROUNDS))
    ]
    return report


def flatness(shapes: Sequence[Shape], way: str, rounds: int) -> tuple[float, str, str]:
    """Return the slowest shape's events a second over the fastest one's, and which they are.

    Here the shapes take turns: a machine that other work slows down halfway changes no ratio.
    """
    engine = "numba" if way == COMPILED else "numpy"
    seconds = turns(
        {
            shape.name: partial(
                with_engine, engine, partial(ours, pages_of(shape, PAGES, PAGE_SIZE), shape)
            )
            for shape in shapes
        },
        rounds,
        time.process_time,
    )
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    fastest, slowest = (each(medians, key=medians.__getitem__) for each in (min, max))
    return ratio(seconds[fastest], seconds[slowest]), slowest, fastest


def _figure(found: Measured, name: str) -> str:
    if name not in found.seconds:
        return "–"
    return f"{found.rate(name) / 1000:.0f}" + "*" * (name in found.lossy)


def _goals(measured: Mapping[str, Measured], way: str, flat: tuple[float, str, str]) -> list[Goal]:
    def lowest(text: str, figure: Callable[[Measured], float], limit: float) -> Goal:
        name, found = min(measured.items(), key=lambda item: figure(item[1]))
        return Goal(f"{text}; lowest: {name}", figure(found), limit, at_least=True)

    share, slowest, fastest = flat
    goals = [
        lowest(f"{way}: 1.2 times the fastest peer that reads the shape right",
               lambda found: found.times_peers(way), 1.2),
        lowest(f"{way}: 5 times the SDK's way", lambda found: found.times(way, SDK), 5),
        Goal(f"{way}: the slowest shape 0.6 of the fastest, in turns; {slowest}, {fastest}",
             share, 0.6, at_least=True),
    ]  # fmt: skip
    if way == OURS:
        goals += [
            lowest("row-wise as fast as the SDK's way", lambda found: found.times(ROWWISE, SDK), 1),
            lowest("faster with 6 columns", lambda found: found.times(SIX_COLUMNS, OURS), 1),
        ]
    return goals
