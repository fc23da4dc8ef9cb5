"""The costs of archives of few and many accounts: time, files and bytes of syncs and the ledger.

Up to 1,000 accounts are really synced. With 100,000 this would measure the sandbox, so only their
commit is made, with the entries of a sync without new events; the time of requests follows from the
measured rate.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kloudless_data import Account
from kloudless_data.archive import Archive
from kloudless_data.archive.chain import heads_of
from kloudless_data.archive.commit import write_entries
from kloudless_data.archive.ledger import Entry

from .report import Report
from .server import Server, serve

_EVENTS = 50
_START = datetime(2026, 3, 1, tzinfo=UTC)


def run(*, quick: bool = False) -> Report:
    """Measure archives of several sizes."""
    report = Report("scale", f"A first sync of {_EVENTS} events an account, then one with nothing "
                    "new; 8 requests at a time, one machine, loopback.")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="kloudless-benchmark-") as name:
        folder = Path(name)
        for accounts in (10, 30) if quick else (10, 1_000):
            _syncs(report, folder / str(accounts), accounts)
        _news(report, folder / "news", *((20, 20_000) if quick else (1_000, 10_000_000)))
        _ledger(report, folder / "ledger", *((20, 50) if quick else (1_000, 960)))
        _commits(report, folder / "many", 1_000 if quick else 100_000)
    return report


def _accounts(server: Server) -> list[Account]:
    """Return the accounts, after the sandbox has generated their histories."""
    return [_account(server.base_url, token) for token in server.tokens]


def _account(base_url: str, token: str) -> Account:
    unnamed = Account(token=token, base_url=base_url)
    unnamed.get("events/latest")
    return Account(token=token, account_id=str(unnamed.get().data["id"]), base_url=base_url)


def _syncs(report: Report, folder: Path, accounts: int) -> None:
    with serve(accounts=accounts, events=_EVENTS, histories=accounts) as server:
        known, archive = _accounts(server), Archive(folder)
        for what in ("first sync", "sync with nothing new"):
            _measured(report, f"{accounts:,} accounts, {what}", folder,
                      lambda: archive.sync(known, progress=False))  # fmt: skip
        _measured(report, f"{accounts:,} accounts, coverage()", None, archive.coverage)


def _measured(report: Report, what: str, folder: Path | None, work: Callable[[], Any]) -> None:
    files, size = _on_disk(folder)
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    more = ""
    if folder is not None:
        files, size = (now - before for now, before in zip(_on_disk(folder), (files, size),
                                                           strict=True))  # fmt: skip
        more = f"{files:+,} files, {size / 1e6:+,.2f} MB"
    report.add(what, seconds, "s", more)


def _on_disk(folder: Path | None) -> tuple[int, int]:
    sizes = [f.stat().st_size for f in folder.rglob("*") if f.is_file()] if folder else []
    return len(sizes), sum(sizes)


def _news(report: Report, folder: Path, accounts: int, rows: int) -> None:
    """Sync ten new events per account into an archive that already holds many."""
    archive = Archive(folder)
    with serve(accounts=accounts, events=20, histories=accounts) as server:
        archive.sync(_accounts(server), progress=False)
    _fill(archive, rows, archive.status()["account"].tolist())
    # The same accounts, ten events further on.
    with serve(accounts=accounts, events=30, histories=accounts) as server:
        known = _accounts(server)

        def sync() -> None:
            assert archive.sync(known, progress=False).events == 10 * accounts

        _measured(report, f"{accounts:,} accounts with 10 new events each, beside {rows:,} rows "
                  "of theirs", None, sync)  # fmt: skip


def _fill(archive: Archive, rows: int, accounts: list[str], months: int = 12) -> None:
    """Add rows without ledger entries, one file a month, each with its own id."""
    tables = archive._tables
    schema = pa.schema(tables.open("events").schema().to_arrow())
    each = rows // months
    for month in range(1, months + 1):
        ids = np.random.default_rng(month).bytes(8 * each)
        own = {
            "account_key": pa.array(np.repeat(accounts, -(-each // len(accounts)))[:each]),
            "month": pa.repeat(f"2025-{month:02}", each),
            "id": pa.array([ids[8 * n : 8 * n + 8].hex() for n in range(each)]),
        }
        columns = [
            own[name].cast(type_) if name in own else pa.nulls(each, type_)
            for name, type_ in zip(schema.names, schema.types, strict=True)
        ]
        files = tables.write("events", pa.table(columns, schema=schema))
        tables.commit(tables.open("events"), files)


def _entries(heads: dict[str, Entry], accounts: int, asked: datetime) -> dict[str, Entry]:
    """Return the entries that a sync without new events writes."""
    entries = {}
    for number in range(accounts):
        key = f"{number:07}"
        head = heads.get(key)
        entries[key] = Entry(
            account=key,
            sequence=head.sequence + 1 if head else 1,
            previous=head.hash if head else "",
            asked=asked,
            answered=asked,
            server_time=asked,
            sync="0123456789abcdef",
            position_to="12345",
            server="https://kloudless.example.com",
            package="kloudless-data",
        ).sealed()
    return entries


def _ledger(report: Report, folder: Path, accounts: int, syncs: int) -> None:
    """Write the ledger of many syncs, and query its coverage."""
    archive = Archive(folder)
    archive.init()
    tables, heads, several = archive._tables, dict[str, Entry](), list[Entry]()
    for number in range(syncs):
        heads = _entries(heads, accounts, _START + timedelta(minutes=15 * number))
        several += heads.values()
        if number % 96 == 95 or number == syncs - 1:
            write_entries(tables, several)
            several = []
    tables.commit(tables.open("events"), [], {key: e.version for key, e in heads.items()})
    days = f"{accounts:,} accounts, {syncs:,} syncs ({accounts * syncs:,} entries)"
    _measured(report, f"{days}, coverage()", None, archive.coverage)
    _measured(report, f"{days}, verify()", None, lambda: archive.verify(progress=False))


def _commits(report: Report, folder: Path, accounts: int) -> None:
    """Commit the entries of two syncs without new events for many accounts."""
    archive = Archive(folder)
    archive.init()
    tables = archive._tables
    heads: dict[str, Entry] = {}

    def commit() -> None:
        snapshot = tables.open("events")
        entries = _entries(heads_of(tables, snapshot, heads), accounts, _START)
        write_entries(tables, entries.values())
        tables.commit(snapshot, [], {key: entry.version for key, entry in entries.items()})
        heads.update(entries)

    for turn in ("first", "second"):
        _measured(report, f"{accounts:,} accounts, the {turn} sync's entries and commit", folder,
                  commit)  # fmt: skip
