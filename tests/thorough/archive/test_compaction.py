"""Compaction leaves a few large files, and loses nothing."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from archives import check_against_history, client_of
from unit.memory import MemorySandbox

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive import Archive
from kloudless_data.archive.compaction import vacuum
from kloudless_data.archive.delta.tables import Tables


def files_of(archive, table="events"):
    return archive._tables.active_files(archive._tables.open(table))


def skipped_to(archive, **which):
    """Return the number of files that a query opens."""
    from kloudless_data.archive.selection import event_filter

    everything = dict.fromkeys(("accounts", "since", "until", "types"))
    return len(list(archive.dataset().get_fragments(event_filter(**{**everything, **which}))))


@pytest.fixture(scope="module")
def month():
    """Return a sandbox with a month of history."""
    with MemorySandbox(
        seed=29, accounts=4, events=3_000, span=24 * 30, retention_events=None, retention_hours=None
    ) as running:
        yield running


@pytest.fixture(scope="module")
def synced_daily(month, tmp_path_factory):
    """Return a function that returns an archive that was synced every day: for copies only."""
    made = []

    def archive_of_days():
        if not made:
            end = month.clock.now
            made.append(Archive(tmp_path_factory.mktemp("daily") / "archive"))
            try:
                for days in range(30, -1, -1):
                    month.clock.set(end - timedelta(days=days))
                    made[0].sync(client_of(month), progress=False)
            finally:
                month.clock.set(end)
        return made[0]

    return archive_of_days


@pytest.fixture
def daily(synced_daily, tmp_path):
    """An archive that was synced every day, for one test only."""
    return Archive(shutil.copytree(synced_daily().path, tmp_path / "daily"))


def test_it_keeps_everything(archive, server):
    before, coverage = archive.events(), archive.coverage()
    assert archive.compact() > 0
    assert archive.compact() == 0
    assert archive.events().equals(before)
    assert archive.coverage().equals(coverage)
    assert archive.verify() > 0
    assert len(files_of(archive, "ledger")) == 1
    archive.sync(client_of(server))
    check_against_history(archive, server)


def test_files_become_as_large_as_requested_and_stay(daily, month):
    small = files_of(daily)
    target = sum(small.values()) // 6
    replaced = [daily.compact(target_mb=target / 1e6) for _ in range(5)]
    assert replaced[0] > 20
    assert replaced[-1] == 0  # what is large enough is not written again and again
    large = files_of(daily)
    assert len(large) < len(small) / 3
    assert max(large.values()) < 1.2 * target
    assert sum(size > target / 2 for size in large.values()) >= len(large) / 2
    check_against_history(daily, month)
    daily.verify()


def test_queries_for_a_day_and_for_a_month_skip_files(daily, month):
    daily.compact(target_mb=sum(files_of(daily).values()) / 8e6)
    number, end = len(files_of(daily)), month.clock.now
    yesterday = {"since": end - timedelta(days=1), "until": end}
    assert skipped_to(daily, **yesterday) <= 2 < number
    february = {"since": "2026-02-01", "until": "2026-03-01"}
    assert skipped_to(daily, **february) < number
    frame, whole = daily.events(**yesterday), daily.events()
    assert len(frame) == ((whole["modified"] >= yesterday["since"])
                          & (whole["modified"] < end)).sum() > 0  # fmt: skip


def test_a_sync_meanwhile(server, tmp_path):
    archive = Archive(tmp_path / "a")
    errors = []

    def compact_often():
        while not done.is_set():
            try:
                Archive(tmp_path / "a").compact()
            except Exception as error:
                errors.append(error)

    done = threading.Event()
    archive.init()
    thread = threading.Thread(target=compact_often)
    thread.start()
    try:
        archive.sync(client_of(server), page_size=20, flush_rows=60)
    finally:
        done.set()
        thread.join()
    assert errors == []
    check_against_history(archive, server)
    archive.verify()


def test_two_compactions_at_a_time(daily, month):
    errors = []

    def compact():
        try:
            Archive(daily.path).compact()
        except exceptions.ArchiveFailed as error:
            errors.append(str(error))

    threads = [threading.Thread(target=compact) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all("superseded this one" in error for error in errors)
    check_against_history(daily, month)
    daily.verify()
    syncs = daily.sql("select count(*) as n from ledger where account <> ''")["n"][0]
    assert syncs == 31 * 4


def test_vacuuming_deletes_replaced_files_and_leftovers_of_killed_syncs(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    for seed in (1, 2, 3):
        with MemorySandbox(seed=seed, accounts=1, events=30) as sandbox:
            one = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
            archive.sync([one], moved=True)  # each is another server
    left = tmp_path / "a" / "events" / "month=2026-03" / "part-left.zstd.parquet"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half a file")
    before = archive.events(columns=["id"])["id"].tolist()
    archive.compact()
    with pytest.raises(exceptions.InvalidParameter, match="at least 1"):
        archive.compact(vacuum_hours=0.5)
    archive.compact(vacuum_hours=1)
    assert left.exists()  # it is younger than an hour: a sync may be about to commit it
    vacuum(archive._tables, 0)
    assert not left.exists()
    assert archive.events(columns=["id"])["id"].tolist() == before
    archive.verify()


@pytest.mark.parametrize("table", ["events", "ledger"])
def test_a_commit_writes_files_again_that_a_vacuum_has_deleted(
    server, tmp_path, monkeypatch, table
):
    """A sync that pauses longer than a vacuum waits finds its files deleted when it commits."""
    archive, deleted = Archive(tmp_path / "a"), []
    commit = Tables.commit

    def vacuumed(tables, snapshot, added, *args, **kwargs):
        if added and added[0].table == table:
            deleted.append(vacuum(tables, 0))
        return commit(tables, snapshot, added, *args, **kwargs)

    monkeypatch.setattr(Tables, "commit", vacuumed)
    archive.sync(client_of(server), page_size=100, flush_rows=500)
    archive.compact()
    assert sum(deleted) >= 4
    check_against_history(archive, server)
    archive.verify()


def test_and_those_that_it_deletes_while_they_are_committed(server, tmp_path, monkeypatch):
    from deltalake import DeltaTable

    archive, deleted = Archive(tmp_path / "a"), []
    create = DeltaTable.create_write_transaction

    def vacuumed(table, actions, *args, **kwargs):
        for action in actions:
            if hasattr(action, "data_change"):
                path = Path(table.table_uri.removeprefix("file://")) / action.path
                if path.exists() and getattr(action, "stats", None):
                    deleted.append(path)
                    path.unlink()
        return create(table, actions, *args, **kwargs)

    monkeypatch.setattr(DeltaTable, "create_write_transaction", vacuumed)
    archive.sync(client_of(server), page_size=100, flush_rows=500)
    assert len(deleted) >= 4
    monkeypatch.undo()
    check_against_history(archive, server)
    archive.verify()


def test_a_file_that_waited_is_written_again_before_a_vacuum_can_take_it(
    server, tmp_path, monkeypatch
):
    """A vacuum goes by a file's age."""
    archive, ages = Archive(tmp_path / "a"), []
    commit = Tables.commit

    def late(tables, snapshot, added, *args, **kwargs):
        for file in added:
            path = Path(tables.uri(file.table)) / file.path
            os.utime(path, (1, 1))
        added = [replace(file, written=0.0) for file in added]
        commit(tables, snapshot, added, *args, **kwargs)
        ages.extend((Path(tables.uri(file.table)) / file.path).stat().st_mtime for file in added)

    monkeypatch.setattr(Tables, "commit", late)
    archive.sync(client_of(server))
    assert min(ages) > 1
    archive.verify()


def test_a_vacuum_spares_files_committed_meanwhile(archive, monkeypatch):
    from deltalake import DeltaTable

    before = DeltaTable.vacuum
    active = [Path(archive.path) / "events" / path for path in files_of(archive)]
    names = [str(path.relative_to(Path(archive.path) / "events")) for path in active]
    monkeypatch.setattr(
        DeltaTable, "vacuum", lambda self, **kwargs: [*before(self, **kwargs), *names]
    )
    vacuum(archive._tables, 0)
    assert all(path.exists() for path in active)
    archive.verify()
