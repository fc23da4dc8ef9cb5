"""Every event once, whatever happens, and a ledger that says what was covered."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import duckdb
import polars
import pyarrow.parquet as pq
import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive import Archive
from kloudless_data.archive.coverage import Retention
from kloudless_data.archive.tables import Tables
from kloudless_data.sandbox import FaultPlan, Sandbox

SYNCING = Path(__file__).with_name("syncing.py")


def start(server, path, **given):
    given = {"base_url": server.base_url, "api_key": server.api_key, "path": str(path), **given}
    return subprocess.Popen(
        [sys.executable, SYNCING, json.dumps(given)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def client_of(server):
    return kd.Client(api_key=server.api_key, base_url=server.base_url)


def check_against_history(archive, server):
    """Nothing missing, nothing doubled, and each account in the server's order."""
    frame = archive.events(columns=["account_key", "ordinal", "id"])
    for account in server.accounts:
        history = server.history(account)
        mine = frame[frame["account_key"] == str(account.id)]
        expected = [str(history.event(i)["id"]) for i in range(len(history))]
        assert list(mine["id"]) == expected
        assert list(mine["ordinal"]) == list(range(len(expected)))


@pytest.fixture(scope="module")
def server():
    with Sandbox(seed=21, accounts=3, events=600) as running:
        yield running


@pytest.fixture
def archive(server, tmp_path):
    made = Archive(tmp_path / "archive", now=lambda: server.clock.now)
    made.sync(client_of(server), page_size=100, flush_rows=500)
    return made


def test_it_holds_what_the_accounts_have(archive, server):
    check_against_history(archive, server)
    account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)
    direct = account.events().to_frame()
    kept = archive.events(accounts=str(server.accounts[0].id), columns=list(direct.columns))
    assert kept.equals(direct)


def test_a_second_sync_finds_only_what_is_new_and_records_that_it_asked(archive, server):
    entries = archive.verify()
    report = archive.sync(client_of(server))
    assert (report.accounts, report.events, report.repeated, report.ok) == (3, 0, 0, True)
    assert archive.verify() == entries + 3


def test_queries(archive, server):
    counted = archive.sql("select type, count(*) as n from events group by type order by type")
    assert counted["n"].sum() == 1_800
    some = archive.events(types="delete", columns=["type", "id"])
    assert len(some) == counted.set_index("type")["n"]["delete"]
    every = archive.events()
    for column in ("id", "type", "metadata_name", "user_id"):
        value = every[column].dropna().iloc[0]
        expected = (every[column] == value).sum()
        found = archive.sql(f"select count(*) as n from events where {column} = '{value}'")
        assert found["n"][0] == expected > 0
    nulls = archive.sql("select count(*) as n from events where modified is null")["n"][0]
    assert nulls == every["modified"].isna().sum()
    middle = archive.events()["modified"].quantile(0.5, interpolation="nearest")
    parts = [archive.events(until=middle), archive.events(since=middle)]
    assert sum(map(len, parts)) == 1_800 - nulls
    assert parts[1]["modified"].min() == middle
    with pytest.raises(exceptions.InvalidParameter, match="cannot be run"):
        archive.sql("selekt")
    with pytest.raises(exceptions.InvalidParameter, match="is no time"):
        archive.events(since="yesterdayish")


def test_an_export_of_the_archive(archive, tmp_path):
    manifest = archive.export(tmp_path / "all.parquet", "parquet", columns=["id", "modified"])
    assert manifest.rows == 1_800 == pq.read_table(tmp_path / "all.parquet").num_rows
    kd.verify(tmp_path / "all.parquet")


def test_others_read_the_tables_as_they_are(archive):
    uri = f"{archive.path}/events"
    assert polars.read_delta(uri).height == 1_800
    files = duckdb.sql(f"select count(*) as n from read_parquet('{uri}/*/*.parquet')")
    assert files.df()["n"][0] == 1_800


def test_compaction_keeps_everything(archive, server):
    before = archive.events()
    assert archive.compact() > 0
    assert archive.compact() == 0
    assert archive.events().equals(before)
    assert archive.verify() > 0
    archive.sync(client_of(server))
    check_against_history(archive, server)


# --- Exactly once ------------------------------------------------------------------------------


def test_killed_at_every_step(server, tmp_path):
    status, out, err = finish(start(server, tmp_path / "whole"))
    assert status == 0, err
    steps = json.loads(out)["steps"]
    assert steps >= 30
    moments = [*random.Random(1).sample(range(steps), 14), 0, steps - 1]
    for first in range(0, len(moments), 2):
        pair = moments[first : first + 2]
        running = [start(server, tmp_path / str(m), kill_at=m) for m in pair]
        assert {finish(process)[0] for process in running} == {-signal.SIGKILL}
        for moment in pair:
            archive = Archive(tmp_path / str(moment))
            archive.sync(client_of(server), page_size=100, flush_rows=250)
            check_against_history(archive, server)
            archive.verify()


@pytest.mark.parametrize("kills", [20, pytest.param(300, marks=pytest.mark.soak)])
@pytest.mark.timeout(3_000)
def test_killed_at_random_moments(tmp_path, kills):
    chance, killed, number = random.Random(kills), 0, 0
    with Sandbox(seed=22, accounts=2, events=900) as own:
        own.requests.clear()
        while killed < kills:
            path = tmp_path / str(number)
            number += 1
            while killed < kills:
                process = start(own, path)
                goal = len(own.requests) + chance.randrange(1, 30)
                while process.poll() is None and len(own.requests) < goal:
                    pass
                process.kill()
                if finish(process)[0] == 0:
                    break
                killed += 1
            archive = Archive(path)
            archive.sync(client_of(own), page_size=100, flush_rows=250)
            check_against_history(archive, own)
            archive.verify()


def test_two_syncs_at_a_time(tmp_path):
    with Sandbox(seed=23, accounts=3, events=300) as own:
        for number in range(10):
            path = tmp_path / str(number)
            Archive(path).init()
            for status, _, err in map(finish, [start(own, path), start(own, path)]):
                assert status == 0, err
            archive = Archive(path)
            archive.sync(client_of(own))
            check_against_history(archive, own)
            archive.verify()


def test_two_syncs_that_commit_in_turns(tmp_path):
    with Sandbox(seed=31, accounts=3, events=400) as own:
        for number in range(10):
            path, reports = tmp_path / str(number), []
            Archive(path).init()

            def sync(path=path, reports=reports):
                reports.append(Archive(path).sync(client_of(own), flush_rows=300))

            threads = [threading.Thread(target=sync) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(reports) == 2
            archive = Archive(path)
            archive.sync(client_of(own))
            check_against_history(archive, own)
            archive.verify()


def test_a_commit_that_another_sync_is_faster_with(server, tmp_path, monkeypatch):
    ours = Archive(tmp_path / "a")
    ours.init()
    account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)
    original, met = Tables.commit, []

    def overtaken(tables, table, added, transactions=None, removed=()):
        if transactions and not met:
            met.append(True)
            assert Archive(tmp_path / "a").sync(account).events == 600
        return original(tables, table, added, transactions, removed)

    monkeypatch.setattr(Tables, "commit", overtaken)
    report = ours.sync(client_of(server))
    assert report.overtaken == [str(server.accounts[0].id)]
    assert report.events == 1_200
    check_against_history(ours, server)
    ours.verify()


def test_events_that_come_twice_or_late(tmp_path):
    plan = FaultPlan(seed=5, duplicate=0.1, late=0.1, late_by=150)
    with Sandbox(seed=24, accounts=2, events=800, faults=plan) as own:
        archive = Archive(tmp_path / "a")
        report = archive.sync(client_of(own), page_size=100, flush_rows=300)
        assert report.repeated > 20
        for account in own.accounts:
            history = own.history(account)
            found = archive.events(accounts=str(account.id), columns=["id"])["id"]
            assert found.is_unique
            assert set(found) == {str(history.event(i)["id"]) for i in range(len(history))}
        archive.verify()


def test_transport_faults_change_nothing(tmp_path):
    with Sandbox(
        seed=25, accounts=2, events=800, faults=FaultPlan.transport(3, 0.08, retry_after=0)
    ) as own:
        archive = Archive(tmp_path / "a")
        assert archive.sync(client_of(own), page_size=50).ok
        check_against_history(archive, own)


def test_an_account_that_fails_keeps_no_other_back(tmp_path):
    with Sandbox(seed=26, accounts=3, events=100) as own:
        own.revoke(own.accounts[1].token)
        accounts = [kd.Account(token=a.token, base_url=own.base_url) for a in own.accounts[::2]]
        gone = kd.Account(own.accounts[1].token, None, own.accounts[1].id, base_url=own.base_url)
        report = Archive(tmp_path / "a").sync([*accounts, gone])
        assert list(report.failures) == [str(own.accounts[1].id)]
        assert (report.events, report.ok) == (200, False)


# --- Coverage ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_nothing_called_covered_misses_an_event(tmp_path, seed, record_property):
    """Outages of any length against a server that forgets, whose true history is known."""
    chance = random.Random(seed)
    whole = flagged = 0
    with Sandbox(
        seed=seed, accounts=2, events=1_500, span=240, retention_events=150, retention_hours=24,
        expired_cursor="error" if seed % 2 else "restart",
    ) as own:  # fmt: skip
        end = own.clock.now
        own.clock.set(end - timedelta(hours=240))
        archive = Archive(
            tmp_path / "a", now=lambda: own.clock.now, retention=Retention(events=150, hours=24)
        )
        while own.clock.now < end:
            archive.sync(client_of(own), page_size=40, flush_rows=100)
            own.clock.advance(hours=chance.choice([0.5, 2, 6, 12, 23, 24, 25, 40, 60]))
        archive.verify()
        coverage = archive.coverage()
        assert set(coverage["state"]) >= {"covered"}
        for account in own.accounts:
            history = own.history(account)
            times = kd_times(history)
            have = set(archive.events(accounts=str(account.id), columns=["id"])["id"])
            for row in coverage[coverage["account"] == str(account.id)].itertuples():
                inside = [id for id, time in times if row.start < time <= row.end]
                missing = [id for id in inside if id not in have]
                if row.state in ("covered", "empty"):
                    assert not missing, row
                else:
                    flagged += 1
                    whole += not missing
    print(f"\nseed {seed}: {flagged} intervals (possibly) lost, of which {whole} were whole")


def kd_times(history):
    import pandas as pd

    events = [history.event(i) for i in range(len(history))]
    return [(str(event["id"]), pd.Timestamp(event["modified"])) for event in events]


def test_a_clock_that_is_set_back_changes_nothing(server, tmp_path):
    times = [server.clock.now, server.clock.now - timedelta(days=300)]
    archive = Archive(tmp_path / "a", now=lambda: times[0])
    archive.sync(client_of(server))
    times.pop(0)
    archive.sync(client_of(server))
    check_against_history(archive, server)
    assert set(archive.coverage()["state"]) == {"covered"}
    archive.verify()


# --- Tampering ---------------------------------------------------------------------------------


def tampered(archive, change):
    """Rewrite the ledger's files without the ledger's knowledge."""
    root = Path(archive.path) / "ledger"
    for path in root.glob("month=*/*.parquet"):
        table = pq.read_table(path, partitioning=None)
        rows = change(table.to_pylist())
        pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: [{**row, "events": row["events"] + 1} for row in rows], "altered|missing"),
        (lambda rows: rows[1:], "missing"),
        (lambda rows: [row for row in rows if row["version"] >> 31 != 2], "missing"),
        (lambda rows: [{**r, "version": r["version"] ^ (3 << 31)} for r in rows], "missing|place"),
    ],
)
def test_an_entry_that_was_altered_removed_or_reordered_is_found(archive, server, change, says):
    archive.sync(client_of(server))
    archive.sync(client_of(server))
    archive.verify()
    tampered(archive, change)
    with pytest.raises(exceptions.VerificationFailed, match=says):
        archive.verify()


def test_a_file_that_was_changed_removed_or_added_is_found(archive, server):
    first, second, *_ = sorted((Path(archive.path) / "events").glob("month=*/*.parquet"))
    rows = pq.read_table(first, partitioning=None)
    pq.write_table(rows.slice(1), first)
    second.unlink()
    with pytest.raises(exceptions.VerificationFailed) as caught:
        archive.verify()
    text = str(caught.value)
    assert f"{first.name} was changed" in text
    assert f"{second.name} is missing" in text


def test_rows_that_were_written_past_the_ledger_are_found(archive):
    from deltalake import write_deltalake

    rows = archive.dataset().to_table().slice(0, 1)
    write_deltalake(f"{archive.path}/events", rows, mode="append")
    with pytest.raises(exceptions.VerificationFailed, match="in no entry of the ledger"):
        archive.verify()


# --- Errors and the command line ---------------------------------------------------------------


def test_what_is_no_archive(tmp_path, server):
    with pytest.raises(exceptions.ArchiveFailed, match="archive init"):
        Archive(tmp_path / "none").events()
    with pytest.raises(exceptions.InvalidParameter, match="no account"):
        Archive(tmp_path / "none").sync([])
    Archive(tmp_path / "v2").init(api_version=2)
    with pytest.raises(exceptions.ArchiveFailed, match=r"holds events\.v2"):
        Archive(tmp_path / "v2").sync(client_of(server))


def test_an_archive_of_an_older_schema_gains_its_columns(server, tmp_path, monkeypatch):
    from kloudless_data import schema

    events = schema.SCHEMAS["events.v1"]
    older = schema.Schema(events.name, events.version, events.columns[:-1])
    with monkeypatch.context() as patch:
        patch.setattr("kloudless_data.archive.archive.events_schema", lambda version: older)
        Archive(tmp_path / "a").init()
    archive = Archive(tmp_path / "a")
    archive.sync(client_of(server))
    check_against_history(archive, server)
    assert events.columns[-1].name in archive.events().columns


def test_the_command(server, tmp_path, monkeypatch, capsys):
    from kloudless_data.cli import main

    monkeypatch.setenv("KLOUDLESS_BASE_URL", server.base_url)
    monkeypatch.setenv("KLOUDLESS_API_KEY", server.api_key)
    path = str(tmp_path / "a")
    assert main(["archive", "init", path]) == 0
    assert main(["archive", "sync", path]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["events"] == 1_800
    assert main(["archive", "status", path, "--json"]) == 0
    assert [row["rows"] for row in json.loads(capsys.readouterr().out)] == [600] * 3
    for arguments in (["status", path, "--coverage"], ["verify", path], ["compact", path],
                      ["sql", path, "select count(*) as n from events"],
                      ["export", path, "--output", str(tmp_path / "e.csv")]):  # fmt: skip
        assert main(["archive", *arguments]) == 0
    assert kd.verify(tmp_path / "e.csv")[0].rows == 1_800
    assert main(["archive", "verify", str(tmp_path / "none")]) == 1
    assert main(["archive", "sync", path, "--every", "soon"]) == 2


def test_a_sync_every_so_often_ends_when_it_is_told_to(server, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", "archive", "sync", str(tmp_path / "a"),
         "--every", "1s"],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "KLOUDLESS_BASE_URL": server.base_url,
             "KLOUDLESS_API_KEY": server.api_key},
    )  # fmt: skip
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert [json.loads(line)["events"] for line in lines] == [1_800, 0]


def test_accounts_that_disappear_are_noted_in_the_ledger_once(tmp_path: Path) -> None:
    with Sandbox(accounts=3, events=20) as sandbox:
        client = kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
        archive = Archive(tmp_path / "a")
        archive.sync(client)
        assert not archive.status()["gone"].any()
    with Sandbox(accounts=2, events=20) as fewer:
        client = kd.Client(api_key=fewer.api_key, base_url=fewer.base_url)
        for _ in range(2):
            (gone,) = archive.sync(client).gone
    status = archive.status().set_index("account")["gone"]
    assert status[status].index.tolist() == [gone]
    assert len(archive.sql("select * from ledger where gone is not null")) == 1
    with Sandbox(accounts=3, events=20) as sandbox:
        archive.sync(kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url))
    assert not archive.status()["gone"].any()
    archive.verify()


def test_vacuuming_deletes_what_was_replaced_and_what_killed_syncs_left(tmp_path: Path) -> None:
    from kloudless_data.archive.compaction import vacuum

    archive = Archive(tmp_path / "a")
    for seed in (1, 2, 3):
        with Sandbox(seed=seed, accounts=1, events=30) as sandbox:
            one = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
            archive.sync([one])
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
