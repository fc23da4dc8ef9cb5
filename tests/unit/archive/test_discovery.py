"""The accounts whose activity is archived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archives import check_against_history, client_of

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive import Archive

from ..memory import MemorySandbox
from .served import Served, event, refusal


def ids_of(sandbox):
    return [str(account.id) for account in sandbox.accounts]


def test_all_accounts_of_all_applications_by_a_meta_token(server, tmp_path):
    meta = kd.Client(token=server.meta_token, base_url=server.base_url)
    archive = Archive(tmp_path / "a")
    report = archive.sync(meta)
    assert (report.accounts, report.events, report.failures) == (3, 1_800, {})
    applications = kd.list_applications(meta, include=["apikeys"])
    keyless = applications.loc[applications["apikeys_count"] == 0, "id"].tolist()
    assert report.unseen == keyless != []
    check_against_history(archive, server)
    archive.verify()
    for secret in (server.api_key, server.meta_token):
        assert secret not in report.to_json()
        for path in Path(archive.path).rglob("*"):
            assert path.is_dir() or secret.encode() not in path.read_bytes()


def test_an_applications_key_that_is_refused_does_not_hold_up_the_others(
    server, tmp_path, monkeypatch
):
    from kloudless_data.sandbox.api import authorization

    monkeypatch.setattr(authorization.Directory, "other_api_keys", (), raising=False)
    original = server._state.directory.other_api_keys
    server._state.directory.other_api_keys = set()
    try:
        meta = kd.Client(token=server.meta_token, base_url=server.base_url)
        report = Archive(tmp_path / "a").sync(meta)
    finally:
        server._state.directory.other_api_keys = original
    assert report.events == 1_800
    assert report.failures
    assert all(name.startswith("application ") for name in report.failures)
    assert not report.ok


def test_a_token_that_says_nothing_does_not_hold_up_the_others(tmp_path):
    with MemorySandbox(seed=26, accounts=3, events=100) as own:
        own.revoke(own.accounts[1].token)
        accounts = [kd.Account(token=one.token, base_url=own.base_url) for one in own.accounts]
        report = Archive(tmp_path / "a").sync(accounts)
        assert list(report.failures) == ["account number 2 of those given"]
        assert (report.accounts, report.events, report.ok) == (2, 200, False)
        assert own.accounts[1].token not in report.to_json()
        alone = Archive(tmp_path / "b").sync(accounts[1])
        assert (alone.accounts, alone.ok, len(alone.failures)) == (0, False, 1)


def test_nobody_is_an_error(tmp_path):
    with pytest.raises(exceptions.InvalidParameter, match="no account"):
        Archive(tmp_path / "none").sync([])


def test_new_accounts_are_picked_up_and_disappeared_ones_recorded_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    with MemorySandbox(accounts=2, events=20) as few:
        archive.sync(client_of(few))
    with MemorySandbox(accounts=3, events=20) as sandbox:
        report = archive.sync(client_of(sandbox), moved=True)
        assert (report.accounts, report.disconnected) == (3, [])
        assert set(archive.status()["account"]) == set(ids_of(sandbox))
        assert not archive.status()["disconnected"].any()
    with MemorySandbox(accounts=2, events=20) as fewer:
        for _ in range(2):
            (gone,) = archive.sync(client_of(fewer), moved=True).disconnected
        archive.compact()  # adds to the same chain
        assert archive.sync(client_of(fewer), moved=True).disconnected == [gone]
    status = archive.status().set_index("account")["disconnected"]
    assert status[status].index.tolist() == [gone]
    assert len(archive.sql("select * from ledger where account = '' and removed = '[]'")) == 1
    with MemorySandbox(accounts=3, events=20) as sandbox:
        archive.sync(client_of(sandbox), moved=True)
    assert not archive.status()["disconnected"].any()
    archive.verify()


def test_while_an_account_was_not_listed_events_are_possibly_lost(serve, tmp_path: Path) -> None:
    """The server records nothing about a disconnected account."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    served = Served({"77": [], "78": []}, now=start)
    client = kd.Client(api_key="an-api-key", base_url=serve(served).base_url)
    archive = Archive(tmp_path / "a", now=lambda: served.now)
    for hours, there in ((0, True), (3, False), (6, False), (9, True), (11, True)):
        served.now = start + timedelta(hours=hours)
        served.listed = None if there else ["77"]
        assert archive.sync(client).disconnected == ([] if there else ["78"])
    coverage = archive.coverage().set_index("account")
    assert set(coverage.loc[["77"], "state"]) == {"empty"}
    found = coverage.loc[["78"]].query("state == 'possibly lost'")
    (lost,) = found.itertuples()
    assert lost.reason == "the application did not list the account meanwhile"
    # From an hour before the last read before it to an hour after the first read after it.
    assert (lost.start, lost.end) == (start - timedelta(hours=1), start + timedelta(hours=10))
    archive.verify()


def test_an_account_stays_under_suspicion_until_it_has_been_read(serve, tmp_path: Path) -> None:
    served = Served({"77": [event("a")], "78": [event("b")]})
    client = kd.Client(api_key="an-api-key", base_url=serve(served).base_url)
    archive = Archive(tmp_path / "a")
    archive.sync(client)
    served.listed = ["77"]
    archive.sync(client)
    served.listed = None
    served.refuse = lambda account, cursor: (
        refusal(403, "forbidden", "no") if account == "78" else None
    )
    assert archive.sync(client).disconnected == ["78"]
    served.refuse = None
    assert archive.sync(client).disconnected == []
    archive.sync(client)
    flagged = archive.sql("select sequence from ledger where absent order by sequence")
    assert flagged["sequence"].tolist() == [2, 3]


def test_a_sync_that_finds_nothing_is_in_the_ledger(serve, tmp_path: Path) -> None:
    served = Served({"77": [event("a")]})
    client = kd.Client(api_key="an-api-key", base_url=serve(served).base_url)
    nobody = Archive(tmp_path / "nobody")
    served.listed = []
    for entries in (1, 2):
        report = nobody.sync(client)
        assert (report.accounts, report.events, report.ok) == (0, 0, True)
        assert nobody.verify() == entries
    archive = Archive(tmp_path / "a")
    served.listed = None
    archive.sync(client)
    archive.sync(client)
    assert archive.sql("select count(*) as n from ledger where events = 0")["n"][0] == 1
