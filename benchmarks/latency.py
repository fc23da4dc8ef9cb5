"""A server that delays each page by 50 ms: one account, and eight in parallel.

``python -m benchmarks latency``
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import kloudless_data as kd

from .report import Goal, Report
from .server import PAGE_SIZE, Server, serve
from .timing import medians

__all__ = ["run"]

LATENCY, PAGES, ACCOUNTS, ROUNDS = 0.05, 100, 8, 3


def _one(server: Server, folder: Path, pages: int) -> None:
    stream = server.account().events(page_size=PAGE_SIZE, limit=pages * PAGE_SIZE, progress=False)
    _check(stream.to_parquet(folder / "one.parquet", force=True).rows, pages)


def _all(server: Server, folder: Path, pages: int) -> None:
    accounts = [server.account(number) for number in range(ACCOUNTS)]
    stream = kd.read_events(accounts, page_size=PAGE_SIZE, max_workers=ACCOUNTS, progress=False)
    _check(stream.to_parquet(folder / "all.parquet", force=True).rows, ACCOUNTS * pages)


def _floor(server: Server, pages: int) -> None:
    for page in server.pages(pages * PAGE_SIZE):
        del page


def _check(rows: int, pages: int) -> None:
    if rows != pages * PAGE_SIZE:
        raise AssertionError(f"read {rows} of {pages * PAGE_SIZE} events")


def run(quick: bool = False) -> Report:
    """Measure one account, all accounts and the floor in turn."""
    pages = PAGES // 50 if quick else PAGES
    # Uncompressed, because this measures latency and not the sandbox's compression.
    options = {"accounts": ACCOUNTS, "events": pages * PAGE_SIZE, "span": 240.0, "gzip": False}
    with serve(latency=LATENCY, **options) as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _all(server, folder, pages)  # the sandbox generates the history on the first request
        seconds = medians(
            {
                "one account": lambda: _one(server, folder, pages),
                "eight accounts": lambda: _all(server, folder, pages),
                "floor": lambda: _floor(server, pages),
            },
            1 if quick else ROUNDS,
        )
    one, many, floor = seconds.values()
    bound = LATENCY * pages
    report = Report(
        "latency", f"{LATENCY * 1000:.0f} ms more for each page of 1,000 events, to Parquet."
    )
    report.add(f"latency × {pages} pages", bound, "s")
    report.add("one account", one, "s", f"{one / bound:.3f} of latency × pages")
    told = f"{floor / bound:.3f} of latency × pages; ours takes {one / floor:.3f} of it"
    report.add("requests, pages thrown away (the floor)", floor, "s", told)
    report.add(f"{ACCOUNTS} accounts in parallel", many, "s", f"{many / one:.2f} of one account")
    report.goals = [
        Goal("one account within 1.05 of latency × pages", one / bound, 1.05),
        Goal("eight accounts within 1.3 of one", many / one, 1.3),
    ]
    return report
