"""Every event once, whatever happens."""

from __future__ import annotations

import threading

import pytest
from archives import check_against_history, client_of
from repeats import some
from unit.memory import MemorySandbox

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive import Archive, writer
from kloudless_data.archive import sync as syncing
from kloudless_data.archive.delta.tables import Tables
from kloudless_data.archive.delta.transactions import read_transactions
from kloudless_data.sandbox import FaultPlan


def check_after_a_sync(path, server):
    archive = Archive(path)
    archive.sync(client_of(server), page_size=100, flush_rows=250)
    check_against_history(archive, server)
    archive.verify()


@pytest.mark.parametrize("seed", some(4, range(10)))
def test_two_syncs_that_commit_in_turns(seed, tmp_path):
    with MemorySandbox(seed=seed, accounts=3, events=400) as own:
        path, reports = tmp_path / "a", []
        Archive(path).init()

        def sync():
            reports.append(Archive(path).sync(client_of(own), flush_rows=300))

        threads = [threading.Thread(target=sync) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(reports) == 2
        check_after_a_sync(path, own)


def test_a_commit_that_another_sync_supersedes(server, tmp_path, monkeypatch):
    ours = Archive(tmp_path / "a")
    ours.init()
    account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)
    original, met = Tables.commit, []

    def overtaken(tables, table, added, heads=None, removed=()):
        if heads and not met:
            met.append(True)
            assert Archive(tmp_path / "a").sync(account).events == 600
        return original(tables, table, added, heads, removed)

    monkeypatch.setattr(Tables, "commit", overtaken)
    report = ours.sync(client_of(server))
    assert report.superseded == [str(server.accounts[0].id)]
    assert report.events == 1_200
    check_against_history(ours, server)
    ours.verify()


def test_a_commit_that_succeeded_although_it_was_refused(server, tmp_path, monkeypatch):
    """An object store's answer may be lost, so that the same conditional put is tried again."""
    from deltalake.exceptions import CommitFailedError

    archive = Archive(tmp_path / "a")
    original, refused = Tables.commit, []

    def ambiguous(tables, table, added, heads=None, removed=()):
        original(tables, table, added, heads, removed)
        if heads and len(refused) < 3:
            refused.append(True)
            raise CommitFailedError("version exists already")

    monkeypatch.setattr(Tables, "commit", ambiguous)
    report = archive.sync(client_of(server), page_size=100, flush_rows=500)
    assert (report.events, report.superseded, len(refused)) == (1_800, [], 3)
    check_against_history(archive, server)
    archive.verify(anchors=[report.anchor])
    refused.pop()  # again: the first commit of a compaction is that of the events
    assert archive.compact() > 0
    check_against_history(archive, server)
    archive.verify(anchors=[report.anchor])


def test_nothing_follows_a_failed_commit(server, tmp_path, monkeypatch):
    """Otherwise later pages would be committed with a gap before them."""
    archive = Archive(tmp_path / "a")
    original, commits = Tables.commit, []

    def failing(tables, table, added, heads=None, removed=()):
        if heads:
            commits.append(True)
            if len(commits) == 2:
                raise exceptions.ArchiveFailed("The disk is full.")
        return original(tables, table, added, heads, removed)

    monkeypatch.setattr(Tables, "commit", failing)
    with pytest.raises(exceptions.ArchiveFailed, match="disk is full"):
        archive.sync(client_of(server), page_size=50, flush_rows=100)
    assert len(commits) == 2
    assert 0 < len(archive.events()) < 1_800
    monkeypatch.setattr(Tables, "commit", original)
    check_after_a_sync(archive.path, server)


def test_ctrl_c_keeps_what_was_read(server, tmp_path, monkeypatch):
    archive = Archive(tmp_path / "a")
    decode, pages = syncing.EventStream.decode, []

    def interrupted(stream, page):
        pages.append(page.rows)
        if len(pages) == 9:
            raise KeyboardInterrupt
        return decode(stream, page)

    monkeypatch.setattr(syncing.EventStream, "decode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        archive.sync(client_of(server), page_size=50)
    monkeypatch.setattr(syncing.EventStream, "decode", decode)
    assert len(archive.events()) == 8 * 50
    check_after_a_sync(archive.path, server)


def test_a_long_sync_commits_every_so_often(server, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "_LONGEST", 0.0)
    archive = Archive(tmp_path / "a")
    archive.sync(client_of(server), page_size=200)
    assert len(archive.dataset().files) >= 8  # one a page of events
    check_against_history(archive, server)


def test_events_that_come_twice_or_late(tmp_path):
    plan = FaultPlan(seed=5, duplicate=0.1, late=0.1, late_by=150)
    with MemorySandbox(seed=24, accounts=2, events=800, faults=plan) as own:
        archive = Archive(tmp_path / "a")
        report = archive.sync(client_of(own), page_size=100, flush_rows=300)
        assert report.repeated > 20
        for account in own.accounts:
            history = own.history(account)
            found = archive.events(accounts=str(account.id), columns=["id"])["id"]
            assert found.is_unique
            assert set(found) == {str(event["id"]) for event in history}
        archive.verify()


def test_an_account_that_fails_does_not_hold_up_the_others(tmp_path):
    with MemorySandbox(seed=26, accounts=3, events=100) as own:
        own.revoke(own.accounts[1].token)
        accounts = [kd.Account(token=a.token, base_url=own.base_url) for a in own.accounts[::2]]
        gone = kd.Account(own.accounts[1].token, None, own.accounts[1].id, base_url=own.base_url)
        report = Archive(tmp_path / "a").sync([*accounts, gone])
        assert list(report.failures) == [str(own.accounts[1].id)]
        assert (report.events, report.ok) == (200, False)


def test_all_transactions_of_a_log_are_those_that_deltalake_reads_one_by_one(server, tmp_path):
    archive = Archive(tmp_path / "a")
    for _ in range(12):  # for a checkpoint, and commits after it
        archive.sync(client_of(server))
    tables = archive._tables
    storage, root = tables.files("events")
    snapshot = tables.open("events")
    assert list((tmp_path / "a" / "events" / "_delta_log").glob("*.checkpoint.parquet"))
    known = None
    for version in range(snapshot.version() + 1):
        snapshot.load_as_version(version)
        found = read_transactions(storage, root, version)
        known = read_transactions(storage, root, version, known)
        names = [f"kloudless_data/{account.id}" for account in server.accounts]
        one_by_one = {name: snapshot.transaction_version(name) for name in names}
        expected = {name: number for name, number in one_by_one.items() if number is not None}
        assert found.found == known.found == expected
    assert len(expected) == 3
