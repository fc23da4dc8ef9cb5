"""The archive against a plain export and bare requests, and a query against a full scan."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import requests

from kloudless_data import Account
from kloudless_data.archive import Archive
from kloudless_data.archive.content import digest_of
from kloudless_data.archive.coverage import Retention

from .report import Goal, Report
from .server import Server, serve

_ROUNDS = 3
_WORKERS = 8


def run(*, quick: bool = False) -> Report:
    """Measure all three."""
    report = Report(
        "archive",
        "Each figure is the median of three rounds in which the ways take turns; the server runs "
        "in a process of its own, on loopback.",
    )
    with tempfile.TemporaryDirectory(prefix="kloudless-benchmark-") as name:
        folder = Path(name)
        _sync(report, folder, 5_000 if quick else 1_000_000)
        _resync(report, folder, 20 if quick else 1_000)
        _query(report, folder, 100_000 if quick else 10_000_000)
    return report


def _turns(*ways: Callable[[int], Any]) -> list[float]:
    """Return each candidate's median seconds."""
    seconds: list[list[float]] = [[] for _ in ways]
    for number in range(_ROUNDS):
        for way, found in zip(ways, seconds, strict=True):
            start = time.perf_counter()
            way(number)
            found.append(time.perf_counter() - start)
    return [median(found) for found in seconds]


def _sync(report: Report, folder: Path, events: int) -> None:
    with serve(events=events) as server:
        account_id = str(server.account().get().data["id"])

        processor: list[float] = []

        def sync(number: int) -> None:
            account = Account(
                token=server.tokens[0], account_id=account_id, base_url=server.base_url
            )
            archive = Archive(folder / f"sync{number}", retention=Retention(None, None))
            start = time.process_time()
            assert archive.sync([account], progress=False).events == events
            processor.append(time.process_time() - start)

        def export(number: int) -> None:
            path = folder / f"export{number}.parquet"
            assert server.account().events().to_parquet(path).rows == events

        ours, plain = _turns(sync, export)
    report.add(f"sync, {events:,} events", events / ours, "events/s", f"{plain / ours:.2f} x")
    report.add("plain Parquet export of the same", events / plain, "events/s", "1")
    rows = Archive(folder / "sync0").dataset().to_table()
    start = time.process_time()
    digest_of(rows)
    seconds = time.process_time() - start
    share = f"{seconds / median(processor):.2f} of the sync's processor time"
    report.add("the digest of its rows' values", events / seconds, "events/s", share)
    goal = Goal("sync at 0.7 of the export's rate", plain / ours, 0.7, at_least=True)
    report.goals.append(goal)


def _resync(report: Report, folder: Path, accounts: int) -> None:
    # Otherwise the measurement would mostly be of generating the history again.
    with serve(accounts=accounts, events=20, histories=accounts) as server:
        ids = _ids(server)
        known = [
            Account(token=token, account_id=id, base_url=server.base_url)
            for token, id in zip(server.tokens, ids, strict=True)
        ]
        archive = Archive(folder / "resync", retention=Retention(None, None))
        archive.sync(known, max_workers=_WORKERS, progress=False)
        ledger = archive.sql("select account, position_to from ledger")
        cursors = dict(zip(ledger["account"], ledger["position_to"], strict=True))

        def resync(number: int) -> None:
            found = archive.sync(known, max_workers=_WORKERS, progress=False)
            assert (found.events, found.ok) == (0, True)

        def bare(number: int) -> None:
            _ask(server, [(id, token, cursors[id])
                          for id, token in zip(ids, server.tokens, strict=True)])  # fmt: skip

        ours, floor = _turns(resync, bare)
    report.add(f"resync, {accounts:,} accounts, nothing new", ours, "s", f"{ours / floor:.2f} x")
    report.add(f"bare requests, {_WORKERS} threads", floor, "s", "1")
    report.goals.append(Goal("resync at most 1.5 times the bare requests", ours / floor, 1.5))


def _ids(server: Server) -> list[str]:
    with requests.Session() as session:
        return [
            str(session.get(f"{server.base_url}/v1/accounts/me",
                            headers={"Authorization": f"Bearer {token}"}).json()["id"])
            for token in server.tokens
        ]  # fmt: skip


def _ask(server: Server, accounts: list[tuple[str, str, str]]) -> None:
    """Request each account's events after its cursor, one connection per thread."""
    local = threading.local()

    def ask(account: tuple[str, str, str]) -> None:
        id, token, cursor = account
        if not hasattr(local, "session"):
            local.session = requests.Session()
        answer = local.session.get(
            f"{server.base_url}/v1/accounts/{id}/events",
            params={"cursor": cursor, "page_size": 1000},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.json()["objects"] == []

    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(ask, accounts))


def _query(report: Report, folder: Path, rows: int) -> None:
    accounts, months = 1_000, 12
    archive = Archive(folder / "query", retention=Retention(None, None))
    _fill(archive, rows, accounts, months)
    wanted = {"accounts": "000500", "since": "2026-07-01", "until": "2026-08-01"}

    def skipping(number: int) -> None:
        assert len(archive.events(**wanted)) == rows // accounts // months

    def scanning(number: int) -> None:
        found = 0
        for batch in archive.batches():
            mine = pc.equal(batch["account_key"], "000500")
            july = pc.equal(batch["month"], "2026-07")
            found += batch.filter(pc.and_(mine, july)).num_rows
        assert found == rows // accounts // months

    ours, scan = _turns(skipping, scanning)
    rows = rows // (accounts * months) * accounts * months
    report.add(f"one account, one month of {rows:,} rows", ours, "s", f"{scan / ours:.0f} x")
    report.add("a scan of all of it for the same", scan, "s", "1")
    goal = Goal("the query 20 times as fast as the scan", scan / ours, 20, at_least=True)
    report.goals.append(goal)


def _fill(archive: Archive, rows: int, accounts: int, months: int) -> None:
    """Write rows as syncs and compaction leave them: one file a month, by account."""
    from kloudless_data.sandbox import Sandbox

    with Sandbox(accounts=1, events=2_000) as sandbox:
        account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        batches = list(account.events())
    sample = pa.Table.from_batches(batches)
    archive.init()
    tables = archive._tables
    schema = pa.schema(tables.open("events").schema().to_arrow())
    each = rows // accounts // months
    keys = np.repeat([f"{number:06}" for number in range(accounts)], each)
    for month in range(1, months + 1):
        table = sample.take(pa.array(np.arange(len(keys)) % sample.num_rows))
        start = np.datetime64(f"2026-{month:02}-01T00:00:00", "us")
        times = start + np.arange(len(keys)) % each * np.timedelta64(1, "m")
        own = {
            "account_key": pa.array(keys, pa.string()),
            "ordinal": pa.array((np.arange(len(keys)) % each) + month * each),
            "month": pa.repeat(f"2026-{month:02}", len(keys)),
            "modified": pa.array(times).cast(pa.timestamp("us", tz="UTC")),
        }
        columns = [
            own[name] if name in own else table[name].cast(type_)
            for name, type_ in zip(schema.names, schema.types, strict=True)
        ]
        files = tables.write("events", pa.table(columns, schema=schema))
        tables.commit(tables.open("events"), files)
