"""A cursor counts as expired only if the server says so twice, whatever the status."""

from __future__ import annotations

import pytest
from unit.archive.served import Served, event, refusal

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive import Archive
from kloudless_data.cli import main

REFUSALS = [
    (400, "invalid_parameters", "The cursor is no longer valid."),
    (404, "not_found", "Cursor not found"),
    (409, "reset", "Call the list again."),
    (410, "gone", "Sync token is no longer valid, a full sync is required."),
    (412, "cursor_expired", ""),
    (416, "range", "stream_position is out of range"),
    (422, "invalid_cursor", "x"),
]
OTHERS = [
    (404, "not_found", "There is no account 77."),
    (404, "not_found", "GET https://h/v1/accounts/77/events?cursor=2&page_size=1000 is not there"),
    (400, "bad_request", "Unknown parameter in /v1/accounts/77/events?cursor=2"),
    (410, "account_deleted", "The account was removed."),
    (403, "forbidden", "The cursor is not yours."),
]


@pytest.fixture
def served():
    return Served({"77": [event("a"), event("b")], "78": [event("c")]})


@pytest.fixture
def synced(served, serve, tmp_path):
    client = kd.Client(api_key="an-api-key", base_url=serve(served).base_url)
    archive = Archive(tmp_path / "a")
    assert archive.sync(client).events == 3
    return archive, client


def refuses(refused, times=1_000):
    """Return a function that refuses the cursor of account 77 this many times."""
    left = [times]

    def refuse(account, cursor):
        if (account, cursor) == ("77", "2") and left[0]:
            left[0] -= 1
            return refusal(*refused)
        return None

    return refuse


@pytest.mark.parametrize("refused", REFUSALS)
def test_an_expired_cursor_is_a_loss_and_reading_continues(synced, served, refused):
    archive, client = synced
    served.events["77"].append(event("d"))
    served.refuse = refuses(refused)
    report = archive.sync(client)
    assert (report.lost, report.failures, report.events) == (["77"], {}, 1)
    assert archive.events(accounts="77")["id"].tolist() == ["a", "b", "d"]
    assert archive.sync(client).lost == []
    archive.verify()


@pytest.mark.parametrize("max_retries", [0, 5])
@pytest.mark.parametrize("refused", REFUSALS)
def test_one_refusal_may_be_a_passing_failure(synced, served, refused, max_retries):
    archive, client = synced
    client = client.with_options(max_retries=max_retries)
    served.events["77"].append(event("d"))
    served.refuse = refuses(refused, times=1)
    report = archive.sync(client)
    assert (report.lost, report.failures, report.events) == ([], {}, 1)
    assert not archive.sql("select bool_or(lost) as lost from ledger")["lost"][0]


@pytest.mark.parametrize("refused", OTHERS)
def test_quoting_the_request_says_nothing_about_the_cursor(synced, served, refused):
    archive, client = synced
    served.refuse = refuses(refused)
    report = archive.sync(client)
    assert (report.lost, list(report.failures)) == ([], ["77"])
    served.refuse = None
    served.events["77"].append(event("d"))
    assert archive.sync(client).events == 1
    assert archive.events(accounts="77")["id"].tolist() == ["a", "b", "d"]


def test_a_stuck_account_can_be_restarted(synced, served, capsys):
    archive, client = synced
    served.refuse = refuses((400, "bad_request", "Nothing that anybody understands"))
    assert list(archive.sync(client).failures) == ["77"]
    assert main(["archive", "restart", archive.path, "--account", "77"]) == 0
    archive.restart("77")  # again, which changes nothing
    served.events["77"].append(event("d"))
    report = archive.sync(client)
    assert (report.failures, report.events, report.repeated) == ({}, 1, 2)
    assert archive.events(accounts="77")["id"].tolist() == ["a", "b", "d"]
    begun = archive.sql("select account, position_from, position_to from ledger where begun_anew")
    assert begun.astype(object).where(begun.notna(), None).to_numpy().tolist() == [
        ["77", "2", None]
    ]
    states = archive.coverage(accounts=["77"])
    assert states["reason"].iloc[-1] == "the account was restarted"
    assert states["state"].iloc[-1] == "possibly lost"
    archive.verify()


def test_an_unknown_account_cannot_be_restarted(synced, capsys):
    archive, _ = synced
    for account in ("99", ""):
        with pytest.raises(exceptions.InvalidParameter, match="has no account"):
            archive.restart(account)
    assert main(["archive", "restart", archive.path, "--account", "99"]) == 2
