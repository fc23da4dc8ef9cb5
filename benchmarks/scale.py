"""What archives of few and many accounts need: requests, files, bytes and time of a sync.

Up to 1,000 accounts are synced for real. For 100,000 the sandbox would be what is measured, so that
only their commit is made, with the entries that a sync of accounts without news leaves; requests
follow from the rate that was measured.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from kloudless_data import Account
from kloudless_data.archive import Archive
from kloudless_data.archive.chains import heads_of
from kloudless_data.archive.commit import write_entries
from kloudless_data.archive.coverage import Retention
from kloudless_data.archive.ledger import Entry

from .report import Report
from .server import serve

_EVENTS = 50


def run(*, quick: bool = False) -> Report:
    """Measure archives of several sizes."""
    report = Report("scale", f"A first sync of {_EVENTS} events an account, then one with nothing "
                    "new; 8 requests at a time, one machine, loopback.")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="kloudless-benchmark-") as name:
        for accounts in (10, 30) if quick else (10, 1_000):
            _real(report, Path(name) / str(accounts), accounts)
        _commits(report, Path(name) / "many", 1_000 if quick else 100_000)
    return report


def _real(report: Report, folder: Path, accounts: int) -> None:
    with serve(accounts=accounts, events=_EVENTS, histories=accounts) as server:
        known = [
            Account(token=token, account_id=_id(server.base_url, token), base_url=server.base_url)
            for token in server.tokens
        ]
        archive = Archive(folder, retention=Retention(None, None))
        for what in ("first sync", "sync with nothing new"):
            before, start = _bytes(folder), time.perf_counter()
            archive.sync(known, progress=False)
            seconds = time.perf_counter() - start
            report.add(f"{accounts:,} accounts, {what}", seconds, "s",
                       f"{(_bytes(folder) - before) / 1000:,.0f} kB more on disk")  # fmt: skip
        start = time.perf_counter()
        archive.coverage()
        report.add(f"{accounts:,} accounts, coverage()", time.perf_counter() - start, "s")


def _id(base_url: str, token: str) -> str:
    return str(Account(token=token, base_url=base_url).get().data["id"])


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _commits(report: Report, folder: Path, accounts: int) -> None:
    """Commit what two syncs without news write for so many accounts."""
    archive = Archive(folder, retention=Retention(None, None))
    archive.init()
    tables = archive._tables
    now = datetime(2026, 3, 1, tzinfo=UTC)
    heads: dict[str, Entry] = {}
    for turn in ("first", "second"):
        before, start = _bytes(folder), time.perf_counter()
        snapshot = tables.open("events")
        if heads:
            heads = heads_of(tables, snapshot, heads)
        for number in range(accounts):
            key = f"{number:07}"
            head = heads.get(key)
            heads[key] = Entry(
                account=key,
                sequence=head.sequence + 1 if head else 1,
                previous=head.hash if head else "",
                asked=now,
                answered=now,
                position_to="12345",
                server="https://kloudless.example.com",
                package="kloudless-data",
            ).sealed()
        write_entries(tables, heads.values())
        tables.commit(snapshot, [], {key: entry.version for key, entry in heads.items()})
        report.add(f"{accounts:,} accounts, the {turn} sync's entries and commit",
                   time.perf_counter() - start, "s",
                   f"{(_bytes(folder) - before) / 1e6:,.1f} MB more on disk")  # fmt: skip
