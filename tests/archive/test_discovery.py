"""Whose activity is archived."""

from __future__ import annotations

from pathlib import Path

import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive import Archive
from kloudless_data.sandbox import Sandbox

from .checks import check_against_history, client_of


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


def test_an_applications_key_that_is_refused_keeps_no_other_back(server, tmp_path, monkeypatch):
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


def test_a_token_that_says_nothing_keeps_no_other_back(tmp_path):
    with Sandbox(seed=26, accounts=3, events=100) as own:
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


def test_new_accounts_are_picked_up_and_those_that_disappear_are_noted_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    with Sandbox(accounts=2, events=20) as few:
        archive.sync(client_of(few))
    with Sandbox(accounts=3, events=20) as sandbox:
        report = archive.sync(client_of(sandbox))
        assert (report.accounts, report.disconnected) == (3, [])
        assert set(archive.status()["account"]) == set(ids_of(sandbox))
        assert not archive.status()["disconnected"].any()
    with Sandbox(accounts=2, events=20) as fewer:
        for _ in range(2):
            (gone,) = archive.sync(client_of(fewer)).disconnected
        archive.compact()  # adds to the same chain
        assert archive.sync(client_of(fewer)).disconnected == [gone]
    status = archive.status().set_index("account")["disconnected"]
    assert status[status].index.tolist() == [gone]
    assert len(archive.sql("select * from ledger where account = '' and removed = '[]'")) == 1
    with Sandbox(accounts=3, events=20) as sandbox:
        archive.sync(client_of(sandbox))
    assert not archive.status()["disconnected"].any()
    archive.verify()
