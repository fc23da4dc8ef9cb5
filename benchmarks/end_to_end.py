"""One account's events over loopback to a Parquet file, compared with other programs.

``python -m benchmarks end_to_end``. Needs ``pip install kloudless==2.0.1 "dlt[parquet]"``.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kloudless_data.decode.engine import ENGINE

from .report import Goal, Report
from .server import PAGE_SIZE, Server, serve
from .timing import medians

__all__ = ["run"]

#: Events a round. Slow candidates get fewer, and rates are computed from these: enough that more
#: would hardly change a rate (dlt has fixed costs of about half a second).
EVENTS, SDK_EVENTS, DLT_EVENTS = 1_000_000, 100_000, 200_000
ROUNDS = 3
OURS, FRAMED = "kloudless_data", "to_frame with its bar shown"
FLOOR, SDK = "requests, pages thrown away (the floor)", "official SDK, json_normalize, to_parquet"
DLT = "dlt REST source to Parquet"


def ours(server: Server, events: int, folder: Path) -> None:
    stream = server.account().events(page_size=PAGE_SIZE, limit=events, progress=False)
    _check(stream.to_parquet(folder / "ours.parquet", force=True).rows, events)


def framed(server: Server, events: int, folder: Path) -> None:
    """Read all events into a frame while the progress bar is shown."""
    with (folder / "bar").open("w") as bar, contextlib.redirect_stderr(bar):
        frame = server.account().events(limit=events, progress=True).to_frame()
    _check(len(frame), events)
    if not (folder / "bar").stat().st_size:
        raise AssertionError("no bar was shown")


def floor(server: Server, events: int, folder: Path) -> None:
    for page in server.pages(events):
        del page


def sdk(server: Server, events: int, folder: Path) -> None:
    import kloudless
    import pandas as pd

    kloudless.configuration["base_url"] = server.base_url
    account = kloudless.Account(token=server.tokens[0])
    listing = account.get("events", params={"page_size": PAGE_SIZE})
    objects = [event.data for event in listing.get_paging_iterator(max_resources=events)]
    frame = pd.json_normalize(objects, sep="_")
    # Ids that are sometimes numbers and sometimes strings fit no Parquet column.
    odd = frame.select_dtypes("object").columns
    frame[odd] = frame[odd].astype("string")
    frame.to_parquet(folder / "sdk.parquet")
    _check(len(frame), events)


def dlt_source(server: Server, events: int, folder: Path) -> None:
    import dlt
    from dlt.sources.rest_api import rest_api_source

    source = rest_api_source(
        {
            "client": {
                "base_url": f"{server.base_url}/v1/accounts/me/",
                "auth": {"type": "bearer", "token": server.tokens[0]},
                "paginator": {"type": "cursor", "cursor_path": "cursor", "cursor_param": "cursor"},
            },
            "resources": [
                {
                    "name": "events",
                    "max_table_nesting": 0,  # lists stay in one column, as with the others
                    "endpoint": {
                        "path": "events",
                        "params": {"page_size": PAGE_SIZE},
                        "data_selector": "objects",
                    },
                }
            ],
        }
    ).add_limit(events // PAGE_SIZE)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        pipeline = dlt.pipeline(
            "benchmark",
            pipelines_dir=f"{work}/pipelines",
            destination=dlt.destinations.filesystem(f"file://{work}/out"),
            dataset_name="events",
        )
        pipeline.run(source, loader_file_format="parquet")
        found = pipeline.last_trace.last_normalize_info.row_counts["events"]
    _check(found, events)


def _check(rows: int, events: int) -> None:
    if rows != events:
        raise AssertionError(f"read {rows} of {events} events")


def run(quick: bool = False) -> Report:
    """Measure every candidate in turn."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
    os.environ.pop(ENGINE, None)
    part = 10 if quick else 1
    ways: dict[str, tuple[Callable[[Server, int, Path], None], int]] = {
        OURS: (ours, EVENTS // part),
        FRAMED: (framed, EVENTS // part),
        FLOOR: (floor, EVENTS // part),
        SDK: (sdk, SDK_EVENTS // (5 if quick else 1)),
        DLT: (dlt_source, DLT_EVENTS // (5 if quick else 1)),
    }
    with (
        serve(events=EVENTS // part, span=2400.0) as server,
        tempfile.TemporaryDirectory() as name,
    ):
        for _ in server.pages(EVENTS // part):
            pass  # the sandbox generates the history on the first request
        calls = {what: partial(way, server, n, Path(name)) for what, (way, n) in ways.items()}
        seconds = medians(calls, 1 if quick else ROUNDS)
    rates = {what: events / seconds[what] for what, (_, events) in ways.items()}
    return _report(rates, {what: events for what, (_, events) in ways.items()})


def _report(rates: dict[str, float], events: dict[str, int]) -> Report:
    report = Report("end_to_end", "One account over loopback to one Parquet file (zstd).")
    mine = rates[OURS]
    for what, rate in rates.items():
        report.add(f"{what}; {events[what]:,} events", rate, "events/s",
                   f"ours is {mine / rate:.2f} times as fast")  # fmt: skip
    report.goals = [
        Goal("5 times dlt", mine / rates[DLT], 5, at_least=True),
        Goal("at most 1.5 of the floor's time", rates[FLOOR] / mine, 1.5),
        Goal("to_frame at most 1.5 of the floor's time", rates[FLOOR] / rates[FRAMED], 1.5),
    ]
    return report
