"""Intervals called covered miss nothing; the tests print how many of the others were whole."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from archives import check_against_history, client_of
from repeats import some
from unit.memory import MemorySandbox

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.archive.coverage import Retention, intervals_of
from kloudless_data.archive.ledger import Entry
from kloudless_data.sandbox import FaultPlan

DAY = datetime(2026, 3, 1, tzinfo=UTC)
OUTAGES = [0.5, 2, 6, 12, 21, 23, 24, 25, 40, 60]  # hours
FIGURES = {"flagged": 0, "whole": 0}


def sync_with_outages(own, archive, chance, end, longer=1):
    while own.clock.now < end:
        archive.sync(client_of(own), page_size=40, flush_rows=100, progress=False)
        own.clock.advance(hours=longer * chance.choice(OUTAGES))
    archive.verify()


def true_times(history):
    return [(str(event["id"]), pd.Timestamp(event["modified"])) for event in history]


def check_coverage(own, archive):
    """Check that no interval called covered misses an event; count needless flags."""
    coverage = archive.coverage()
    for account in own.accounts:
        times = true_times(own.history(account))
        have = set(archive.events(accounts=str(account.id), columns=["id"])["id"])
        mine = coverage[coverage["account"] == str(account.id)]
        assert (mine["start"] < mine["end"]).all()
        assert (mine["start"].iloc[1:].to_numpy() >= mine["end"].iloc[:-1].to_numpy()).all()
        for row in mine.itertuples():
            inside = [id for id, time in times if row.start < time <= row.end]
            missing = [id for id in inside if id not in have]
            if row.state in ("covered", "empty"):
                assert not missing, row
                assert row.state == "covered" or not inside, row
            else:
                FIGURES["flagged"] += 1
                FIGURES["whole"] += not missing
    return coverage


@pytest.mark.parametrize("seed", some(2, range(8)))
def test_nothing_called_covered_misses_an_event(tmp_path, seed, capsys):
    """Outages of any length against a server that forgets, whose true history is known."""
    chance = random.Random(seed)
    with MemorySandbox(
        seed=seed, accounts=2, events=1_500, span=240, retention_events=150, retention_hours=24,
        expired_cursor="error" if seed % 2 else "restart",
    ) as own:  # fmt: skip
        end = own.clock.now
        own.clock.set(end - timedelta(hours=240))
        archive = Archive(tmp_path / "a", retention=Retention(events=150, hours=24))
        sync_with_outages(own, archive, chance, end)
        coverage = check_coverage(own, archive)
        assert {"covered"} < set(coverage["state"]) <= {"covered", "empty", "possibly lost", "lost"}
    with capsys.disabled():  # the figure in docs/archive.md
        print(f"\n{FIGURES['whole']} of {FIGURES['flagged']} (possibly) lost were whole", end=" ")


@pytest.mark.parametrize("mode", ["restart", "error"])
@pytest.mark.parametrize("seed", some(1, range(4)))
def test_nor_when_a_burst_comes_just_before_a_read(tmp_path, seed, mode):
    """Events lost by number may have happened just now, even within the tolerance."""
    chance = random.Random(seed)
    with MemorySandbox(
        seed=seed, accounts=2, events=1_200, span=12, retention_events=50, expired_cursor=mode
    ) as own:
        end = own.clock.now
        own.clock.set(end - timedelta(hours=12))
        archive = Archive(tmp_path / "a", retention=Retention(events=50, hours=24))
        while own.clock.now < end + timedelta(hours=4):
            archive.sync(client_of(own), page_size=20, progress=False)
            own.clock.advance(hours=chance.choice([0.1, 0.2, 0.3, 0.5, 1, 1.5, 3]))
        archive.sync(client_of(own), progress=False)
        states = check_coverage(own, archive)["state"]
        assert ("possibly lost" if mode == "restart" else "lost") in set(states)


@pytest.mark.parametrize("seed", some(1, range(3)))
def test_nor_when_events_are_delivered_late(tmp_path, seed):
    chance, late_by = random.Random(seed), 3
    with MemorySandbox(
        seed=seed, accounts=1, events=3_000, span=1_600, retention_events=None, retention_hours=240,
        faults=FaultPlan(seed=seed, late=0.2, late_by=late_by, duplicate=0.05),
    ) as own:  # fmt: skip
        end = own.clock.now
        # An event may be delayed by up to twice this many further events.
        times = pd.Series([time for _, time in true_times(own.history(own.accounts[0]))])
        longest = times.diff(2 * late_by + 1).max() / pd.Timedelta(hours=1)
        own.clock.set(end - timedelta(hours=1_600))
        archive = Archive(
            tmp_path / "a", retention=Retention(events=None, hours=240, tolerance_hours=longest)
        )
        sync_with_outages(own, archive, chance, end, longer=5)
        assert {"covered", "possibly lost"} <= set(check_coverage(own, archive)["state"])


@pytest.mark.parametrize("says_its_time", [True, False])
@pytest.mark.parametrize("seed", some(1, range(3)))
def test_nor_when_this_machines_clock_jumps(tmp_path, seed, says_its_time, monkeypatch):
    """Any jump if the server sends its time; otherwise jumps that are corrected at once."""
    chance = random.Random(seed)
    if not says_its_time:
        monkeypatch.setattr("kloudless_data.events.reader.EventPage.server_time", None)
    with MemorySandbox(seed=seed, accounts=2, events=1_500, span=240, retention_events=None) as own:
        end = own.clock.now
        own.clock.set(end - timedelta(hours=240))
        jumps = [0.0, 0.0, 0.5, -0.5, 30.0, -30.0, 3_000.0]
        jump = [0.0]
        archive = Archive(
            tmp_path / "a",
            now=lambda: own.clock.now + timedelta(hours=jump[0]),
            retention=Retention(events=None, hours=24),
        )
        while own.clock.now < end:
            jump[0] = chance.choice(jumps)
            archive.sync(client_of(own), progress=False)
            if not says_its_time:
                jump[0] = 0.0
                archive.sync(client_of(own), progress=False)
            own.clock.advance(hours=chance.choice(OUTAGES))
        jump[0] = 0.0
        archive.sync(client_of(own), progress=False)
        coverage = check_coverage(own, archive)
        if says_its_time:
            assert "covered" in set(coverage["state"])


def entries(*reads, account="7"):
    """Return a ledger: hours of requests, the server's hours (None if unknown), events, flags."""
    rows = []
    for hour, server, events, *flags in reads:
        asked = DAY + timedelta(hours=hour)
        rows.append(Entry(
            account, len(rows) + 1, "", asked, asked, events=events, rows=events,
            server_time=None if server is None else DAY + timedelta(hours=server),
            connected=DAY - timedelta(days=90), last_modified=asked if events else None,
            first_modified=asked if events else None,
            reached_end="more" not in flags, lost="lost" in flags, restarted="again" in flags,
        ))  # fmt: skip
    return rows


def hours_of(chain, **retention):
    found = intervals_of(chain, Retention(**retention))
    return [(one.state, *((t - DAY) / timedelta(hours=1) for t in (one.start, one.end)))
            for one in found]  # fmt: skip


def test_a_server_that_keeps_everything_loses_nothing():
    reads = entries((0, 0, 50_000), (500, 500, 50_000), (501, 501, 0))
    assert hours_of(reads, events=None, hours=None) == [("covered", -90 * 24, 500)]


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        ([], []),
        ([(0, 0, 5, "more")], []),
        ([(0, 0, 0)], [("empty", -23, -1)]),
        # A flagged read with a useless time: the loss is somewhere before the next read.
        (
            [(100, 100, 5), (110, 90, 10_000), (111, 111, 5)],
            [("covered", 77, 89), ("possibly lost", 89, 112)],
        ),
        # Two reads within one second.
        (
            [(0, 0, 5), (0, 0, 5, "lost"), (10, 10, 5)],
            [("covered", -23, -1), ("lost", -1, 1), ("covered", 1, 9)],
        ),
        # The first part of a read has a server time, its last part does not: this machine's clock
        # counts.
        (
            [(0, 0, 5), (10, 10, 5, "more"), (40, None, 5)],
            [("covered", -23, -1), ("possibly lost", -1, 17), ("covered", 17, 39)],
        ),
    ],
)
def test_the_coverage_of_reads(reads, expected):
    assert hours_of(entries(*reads)) == expected


def test_a_clock_that_is_set_back_changes_no_row(server, tmp_path):
    times = [server.clock.now, server.clock.now - timedelta(days=300)]
    archive = Archive(tmp_path / "a", now=lambda: times[0])
    archive.sync(client_of(server))
    times.pop(0)
    archive.sync(client_of(server))
    check_against_history(archive, server)
    assert set(archive.coverage()["state"]) == {"covered"}
    archive.verify()


def test_reads_that_follow_each_other_are_one_interval(server, tmp_path):
    archive = Archive(tmp_path / "a")
    now = server.clock.now
    try:
        for _ in range(4):
            archive.sync(client_of(server))
            server.clock.advance(hours=6)
        coverage = archive.coverage(accounts=[server.accounts[0].id])
    finally:
        server.clock.set(now)
    assert coverage["state"].tolist() == ["covered", "empty"]
    covered, empty = coverage.itertuples()
    assert covered.events == 600
    # Events may come an hour late: the first read covers what happened up to an hour before it, the
    # second also what had happened in that hour.
    assert covered.end == empty.start == now + timedelta(hours=5)
    assert empty.end == now + timedelta(hours=17)


def test_a_longer_retention_is_a_setting(server, tmp_path):
    now = server.clock.now
    archive = Archive(tmp_path / "a")
    try:
        archive.sync(client_of(server))
        server.clock.advance(hours=30)
        archive.sync(client_of(server))
    finally:
        server.clock.set(now)
    assert "possibly lost" in set(archive.coverage()["state"])
    archive.retention = Retention(events=None, hours=72)
    assert set(archive.coverage()["state"]) == {"covered"}
    archive.retention = Retention(events=500, hours=72)
    first = archive.coverage().iloc[0]
    assert first["state"] == "possibly lost"
    assert first["reason"] == "600 events at once, and the server keeps 500"
    assert (archive.status()["lost"] >= 1).all()


def test_a_cursor_that_is_too_old_is_a_loss(tmp_path):
    with MemorySandbox(seed=3, accounts=1, events=400, span=240, expired_cursor="error") as own:
        end = own.clock.now
        own.clock.set(end - timedelta(hours=200))
        archive = Archive(tmp_path / "a")
        archive.sync(client_of(own))
        own.clock.set(end)
        report = archive.sync(client_of(own))
        assert report.lost == [str(own.accounts[0].id)]
        assert report.ok
        lost = archive.coverage().query("state == 'lost'")
        assert lost["reason"].tolist() == ["the server said that the position was too old"]


def test_the_first_read_covers_the_time_since_the_account_was_connected(tmp_path):
    with MemorySandbox(accounts=1, events=0) as own:
        now, account = own.clock.now, own.accounts[0]
        token, named = (
            kd.Account(token=account.token, account_id=id, base_url=own.base_url)
            for id in (None, str(account.id))
        )
        archive = Archive(tmp_path / "a")
        archive.sync(token)  # requests the account, and so learns when it was connected
        (only,) = archive.coverage().itertuples()
        assert only.state == "empty"
        assert (only.start, only.end) == (now - timedelta(hours=23), now - timedelta(hours=1))
        unknown = Archive(tmp_path / "b")
        unknown.sync(named)
        assert unknown.coverage().empty


def test_an_account_that_cannot_be_read_is_in_the_ledger(tmp_path):
    with MemorySandbox(seed=26, accounts=2, events=100) as own:
        archive, account = Archive(tmp_path / "a"), own.accounts[1]
        own.expire(account.token)
        accounts = [
            kd.Account(token=one.token, account_id=str(one.id), base_url=own.base_url)
            for one in own.accounts
        ]
        for _ in range(2):
            assert list(archive.sync(accounts).failures) == [str(account.id)]
        status = archive.status().set_index("account")
        assert "expired" in status.loc[str(account.id), "failure"]
        assert pd.isna(status.loc[str(own.accounts[0].id), "failure"])
        assert str(account.id) not in set(archive.coverage()["account"])
        assert archive.verify() == 4
