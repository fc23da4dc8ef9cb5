"""Findings and a report of ten million events, from an export and from an archive.

Four simulated organisations of 5,000 people are generated first, which takes some minutes and is
not measured. Each case is then measured once in its own process, including its imports. A small
organisation is audited several times in one process: its time hardly depends on the events.

``python -m benchmarks audit_scale``; ``python -m benchmarks.audit_scale small`` for the small one
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq

from kloudless_data.archive import Archive
from kloudless_data.archive.commit import _as_archived
from kloudless_data.archive.coverage import Retention
from kloudless_data.decode import decode_page, read_envelope
from kloudless_data.sandbox.organisation import Organisation
from kloudless_data.schema import events_schema

from .report import Goal, Report

__all__ = ["run"]

_PAGE = 2_000
_KINDS = ("mass_deletion", "external_sharing", "new_network", "service_account_interactive")
_MB = 1e6


def run(*, quick: bool = False) -> Report:
    """Measure each case once: it takes long and hardly varies."""
    with tempfile.TemporaryDirectory(prefix="kloudless-benchmark-") as name:
        folder = Path(name)
        events = write(folder, organisations=2 if quick else 4, people=200 if quick else 5_000,
                       days=30 if quick else 104)  # fmt: skip
        report = Report(
            "audit_scale",
            f"{events:,} simulated events, all rules. Seconds and peak resident memory "
            "(VmHWM) of a fresh process, which imports what it needs. A report finds first.",
        )
        for what, source in (
            ("find", "export"), ("find", "archive"), ("report", "export"), ("report", "archive"),
        ):  # fmt: skip
            found = _measure(what, folder / source)
            report.add(f"{what} of the {source}", found["seconds"], "s",
                       f"{found['processor']:.0f} s of processors, {found['peak'] / _MB:,.0f} MB, "
                       f"{found['findings']} findings")  # fmt: skip
            report.goals += [
                Goal(f"{what} of the {source} within 60 s", found["seconds"], 60, unit="s"),
                Goal(f"{what} of the {source} within 2 GB", found["peak"] / _MB, 2_000, unit="MB"),
            ]
    small = _measure("small")
    report.add("find of a small organisation", small["processor"], "s of processors",
               f"{small['events']:,} events, {small['statements']} statements")  # fmt: skip
    return report


def write(folder: Path, organisations: int, people: int, days: int) -> int:
    """Write an export and an archive of the same events, and return their number."""
    (folder / "export").mkdir()
    archive = Archive(folder / "archive", retention=Retention(None, None))
    archive.init(api_version=2)
    events = 0
    for number in range(organisations):
        made = Organisation(seed=900 + number, people=people, days=days, incidents=_KINDS)
        made.attach(125_900_003 + number)
        table = pa.Table.from_batches(list(_batches(made)))
        pq.write_table(table, folder / "export" / f"part-{number}.parquet", compression="zstd")
        _archive(archive, table, str(made.account))
        events += table.num_rows
    return events


def _batches(organisation: Organisation) -> Iterator[pa.RecordBatch]:
    schema = events_schema(2)
    for start in range(0, len(organisation), _PAGE):
        body = organisation.page(start, min(start + _PAGE, len(organisation)), 2)
        yield decode_page(read_envelope(b'{"objects":[' + body + b"]}"), schema)


def _archive(archive: Archive, table: pa.Table, key: str) -> None:
    """Add an account's events as syncs and a compaction leave them: one file a month."""
    tables = archive._tables
    schema = pa.schema(tables.open("events").schema().to_arrow())
    rows = _as_archived(table, key, 0, schema)
    assert "unknown" not in rows["month"].unique().to_pylist()
    tables.commit(tables.open("events"), tables.write("events", rows))


def _measure(what: str, *source: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.audit_scale", what, *map(str, source)],
        check=True,
        stdout=subprocess.PIPE,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class _Counting:
    """A DuckDB connection that counts the calls of `execute`."""

    def __init__(self, connection: Any, counted: list[str]) -> None:
        self._connection, self._counted = connection, counted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, query: str, *parameters: Any) -> Any:
        self._counted.append(query)
        return self._connection.execute(query, *parameters)


def _small() -> dict[str, Any]:
    """Return the least processor seconds of ten audits of a small frame, and its statements."""
    import duckdb

    from kloudless_data import audit

    made = Organisation(seed=5, people=12, days=25, incidents=("mass_deletion", "new_network"))
    made.attach(125_900_003)
    events = pa.Table.from_batches(list(_batches(made))).to_pandas()
    counted = list[str]()
    connect = duckdb.connect
    with patch.object(duckdb, "connect", lambda *a, **k: _Counting(connect(*a, **k), counted)):
        found = audit.find(events, progress=False)
    seconds = []
    for _ in range(10):
        start = time.process_time()
        audit.find(events, progress=False)
        seconds.append(time.process_time() - start)
    return {"processor": min(seconds), "median": statistics.median(seconds),
            "events": len(events), "statements": len(counted), "findings": len(found)}  # fmt: skip


def _main(what: str, source: str = "") -> None:
    if what == "small":
        print(json.dumps(_small()))
        return
    start = time.perf_counter()
    from kloudless_data import audit

    if what == "find":
        findings = audit.find(source, progress=False)
    else:
        with tempfile.TemporaryDirectory() as folder:
            findings = audit.report(source, Path(folder) / "r.html", progress=False).findings
    # Not ru_maxrss, which starts with the parent process's memory.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    print(json.dumps({"seconds": time.perf_counter() - start, "processor": time.process_time(),
                      "peak": int(peak[1]) * 1024, "findings": len(findings)}))  # fmt: skip


if __name__ == "__main__":
    _main(*sys.argv[1:])
