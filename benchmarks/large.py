"""An archive of a hundred million events: counted, shown and audited.

One simulated organisation of 500 people is archived under as many accounts as necessary. Building
takes some minutes and is not measured. Each case is measured once in its own process, including
its imports.

``python -m benchmarks large``; or step by step, ``python -m benchmarks.large FOLDER build EVENTS``
and ``python -m benchmarks.large FOLDER measure WHAT``.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa

from kloudless_data.archive import Archive
from kloudless_data.archive.commit import _as_archived
from kloudless_data.archive.coverage import Retention
from kloudless_data.sandbox.organisation import Organisation

from .audit_scale import _KINDS, _batches
from .report import Report

__all__ = ["run"]

_EVENTS = 100_000_000
_AUDITED = 25_000_000  # an audit keeps its statistics in memory
_GB = 1e9


def run(*, quick: bool = False) -> Report:
    """Build an archive, and measure each case."""
    with tempfile.TemporaryDirectory(prefix="kloudless-benchmark-") as name:
        folder = Path(name)
        events = build(folder, 100_000 if quick else _EVENTS, people=50 if quick else 500)
        report = Report(
            "large",
            f"An archive of {events:,} events, each way in a fresh process: seconds, processor "
            "seconds with those of child processes, and peak resident memory (VmHWM). Audits are "
            f"of as many accounts as have {_AUDITED:,} events.",
        )
        for what in WAYS:
            found = measure(folder, what)
            report.add(what, found["seconds"], "s", f"{found['processor']:.0f} s of processors, "
                       f"{found['peak'] / _GB:.2f} GB; {found['told']}")  # fmt: skip
    return report


def build(folder: Path, events: int, people: int = 500) -> int:
    """Add accounts to an archive until it has at least `events` events; return their number.

    A second call continues where the first was interrupted.
    """
    archive = Archive(folder, retention=Retention(None, None))
    archive.init(api_version=2)
    made = Organisation(seed=900, people=people, days=104, incidents=_KINDS)
    made.attach(125_900_003)
    table = pa.Table.from_batches(list(_batches(made)))
    tables = archive._tables
    schema = pa.schema(tables.open("events").schema().to_arrow())
    (there,) = archive.sql("select count(*) as rows from events")["rows"]
    while there < events:
        number = there // table.num_rows
        rows = _as_archived(table, str(200_000_000 + number), 0, schema)
        tables.commit(tables.open("events"), tables.write("events", rows))
        there += table.num_rows
    return int(there)


def _count(archive: Archive) -> str:
    return f"{archive.sql('select count(*) as n from events')['n'][0]:,} events"


def _by_type(archive: Archive) -> str:
    found = archive.sql(
        "select account_key, event_type, count(*) as n, count(distinct user_id) as people, "
        "max(modified) as last from events group by all"
    )
    return f"{len(found):,} groups"


def _polars(archive: Archive) -> str:
    import polars as pl

    query = archive.polars().group_by("account_key", "event_type").agg(
        pl.len(), pl.col("user_id").n_unique(), pl.col("modified").max()
    )  # fmt: skip
    return f"{query.collect(engine='streaming').height:,} groups"


def _one_month(archive: Archive) -> str:
    account = archive.sql("select min(account_key) as a from events")["a"][0]
    found = archive.events(accounts=account, since="2026-01", until="2026-02")
    return f"{len(found):,} events"


def _first_rows(archive: Archive) -> str:
    from kloudless_data.cli import main

    with contextlib.redirect_stdout(io.StringIO()) as shown:
        main(["archive", "sql", archive.path, "select * from events"])
    return shown.getvalue().rstrip().splitlines()[-1]


def _find(archive: Archive, workers: int = 0) -> str:
    from kloudless_data import audit

    counts = archive.sql("select account_key, count(*) as n from events group by 1 order by 1")
    chosen = counts[counts["n"].cumsum() <= _AUDITED]
    with ProcessPoolExecutor(workers) if workers else contextlib.nullcontext() as executor:
        found = audit.find(
            archive, accounts=list(chosen["account_key"]), executor=executor, progress=False
        )
    return f"{chosen['n'].sum():,} events, {len(found):,} findings"


WAYS: dict[str, Callable[[Archive], str]] = {
    "count, DuckDB": _count,
    "by account and type, with people and the last time, DuckDB": _by_type,
    "the same, Polars": _polars,
    "one account, one month": _one_month,
    '`archive sql … "select * from events"`, first rows and number': _first_rows,
    "audit.find": _find,
    "audit.find, two worker processes": lambda archive: _find(archive, 2),
}


def measure(folder: Path, what: str) -> dict[str, Any]:
    """Measure a case in its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.large", str(folder), "measure", what],
        check=True,
        stdout=subprocess.PIPE,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _main(folder: str, verb: str, what: str) -> None:
    import resource

    if verb == "build":
        print(f"{build(Path(folder), int(what)):,} events")
        return
    start = time.perf_counter()
    told = WAYS[what](Archive(folder, retention=Retention(None, None)))
    seconds = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    print(json.dumps({
        "seconds": seconds, "processor": sum(u.ru_utime + u.ru_stime for u in used),
        "peak": int(peak[1]) * 1024, "children": used[1].ru_maxrss * 1024, "told": told,
    }))  # fmt: skip


if __name__ == "__main__":
    _main(*sys.argv[1:])
