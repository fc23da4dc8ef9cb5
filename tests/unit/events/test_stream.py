"""Event streams: the same events however they are read, and a cursor to continue from."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions

from ..memory import MemorySandbox


def truth(sandbox, index=0):
    history = sandbox.history(sandbox.accounts[index])
    return list(history)


@pytest.fixture(params=range(5), ids=["gdrive", "box", "calendar", "dropbox", "crm"])
def any_account(request, sandbox):
    number = request.param
    token = sandbox.accounts[number].token
    return number, kd.Account(token=token, base_url=sandbox.base_url)


def test_a_frame_holds_every_event_in_order(any_account, sandbox):
    number, account = any_account
    df = account.events().to_frame()
    expected = truth(sandbox, number)
    assert list(df["id"]) == [str(e["id"]) for e in expected]
    assert list(df["type"].fillna("")) == [e.get("type") or "" for e in expected]
    assert str(df["modified"].dtype) == "datetime64[us, UTC]"
    assert str(df["metadata_size"].dtype) == "Int64"


def leaves(value, path=()):
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif value is not None:
        yield path, value


@pytest.mark.parametrize("version", [0, 1, 2])
def test_every_value_is_in_the_frame_or_in_extra(sandbox, version, any_account):
    """No leaf of any generated event is lost."""
    number, _ = any_account
    account = kd.Account(
        token=sandbox.accounts[number].token, base_url=sandbox.base_url, api_version=version
    )
    stream = account.events(limit=500)
    sent = [json.loads(line) for line in _lines(stream)]
    rows = pa.Table.from_batches(stream, stream.schema).to_pylist()
    assert len(rows) == len(sent) > 0
    for event, row in zip(sent, rows, strict=True):
        extra = dict(leaves(json.loads(row["extra"] or "{}")))
        for path, value in leaves(event):
            column = "_".join(path)
            if path in extra:
                assert extra[path] == value
            else:
                assert found(value, row[column]), (path, value, row[column])


def _lines(stream):
    from kloudless_data.decode import split_objects

    for page in stream.pages():
        yield from split_objects(page.envelope)[: page.rows]


def found(sent, kept):
    if isinstance(kept, pd.Timestamp) or hasattr(kept, "tzinfo"):
        return pd.Timestamp(sent) == pd.Timestamp(kept)
    if isinstance(sent, list | dict):
        return json.loads(kept) == sent
    return kept == sent or str(kept) == str(sent)


def test_batches_and_frames_are_the_same(account):
    events = account.events(page_size=600)
    table = pa.Table.from_batches(events, events.schema)
    assert table.num_rows == 2_500
    again = account.events(page_size=1000).to_frame()
    assert list(again["id"]) == table["id"].to_pylist()


def test_latest_cursor_after_some_batches(account, sandbox):
    events = account.events(page_size=300)
    batches = iter(events)
    seen = [next(batches), next(batches)]
    rest = account.events(cursor=events.latest_cursor).to_frame()
    ids = [i for b in seen for i in b["id"].to_pylist()] + list(rest["id"])
    assert ids == [str(e["id"]) for e in truth(sandbox)]


def test_a_stream_can_be_read_twice(account):
    events = account.events(limit=30)
    assert list(events.to_frame()["id"]) == list(events.to_frame()["id"])


def test_an_empty_stream_has_the_same_columns(account):
    latest = account.get("events/latest").data["cursor"]
    empty = account.events(cursor=latest)
    df = empty.to_frame()
    assert df.empty
    full = account.events(limit=10).to_frame()
    assert list(df.columns) == list(full.columns)
    assert list(df.dtypes) == list(full.dtypes)
    assert empty.latest_cursor == str(latest)


@pytest.mark.parametrize("backend", [None, "numpy_nullable", "pyarrow"])
def test_dtype_backends(account, backend):
    df = account.events(limit=50).to_frame(dtype_backend=backend)
    assert len(df) == 50
    if backend == "pyarrow":
        assert all(isinstance(dtype, pd.ArrowDtype) for dtype in df.dtypes)


def test_raw_adds_the_upstreams_object(account):
    df = account.events(limit=20, raw=True).to_frame()
    assert df["raw"].notna().all()
    assert json.loads(df["raw"][0])
    assert "raw" not in account.events(limit=20).to_frame().columns


def test_an_interrupted_frame_keeps_what_was_read_and_continues(account, sandbox, monkeypatch):
    events = account.events(page_size=500)
    decode, calls = type(events).decode, []

    def interrupted(self, page):
        calls.append(page)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return decode(self, page)

    monkeypatch.setattr(type(events), "decode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        events.to_frame()
    assert len(events.partial()) == 1000
    df = events.to_frame()
    assert list(df["id"]) == [str(e["id"]) for e in truth(sandbox)]
    assert len(calls) == 6  # 2, the one that was interrupted, and that one and 2 more again
    assert events.partial().empty


@pytest.mark.parametrize("page_size", [0, -1, 1.5, "10", True])
def test_an_impossible_page_size(account, page_size):
    with pytest.raises(exceptions.InvalidParameter, match="page_size must be a whole number"):
        account.events(page_size=page_size)


def test_a_page_size_that_the_server_refuses(account):
    with pytest.raises(exceptions.APIException, match="page_size") as caught:
        account.events(page_size=100_000).to_frame()
    assert caught.value.error_code == "invalid_parameters"


def test_a_negative_limit(account):
    with pytest.raises(exceptions.InvalidParameter, match="limit"):
        account.events(limit=-1)


def test_a_column_that_does_not_exist(account):
    with pytest.raises(exceptions.InvalidParameter, match="'nmae'"):
        account.events(columns=["nmae"])


def test_a_nonsensical_cursor(account):
    with pytest.raises(exceptions.APIException, match="cursor"):
        account.events(cursor="nonsense").to_frame()


@pytest.mark.parametrize("bad", [b'{"objects": [{"id": 1}', b"<html>", b'{"a": 1}', b"", b"5"])
def test_a_page_that_is_damaged_is_requested_again(serve, bad):
    good = Answer(body=b'{"cursor": 1, "objects": [{"id": 1}]}')
    end = Answer(body=b'{"cursor": 1, "objects": []}')
    server = serve(Answer(body=bad), good, end)
    assert len(kd.Account(token="t", base_url=server.base_url).events().to_frame()) == 1
    server = serve(Answer(body=bad))
    with pytest.raises(exceptions.InvalidResponse, match="not a list.*base_url"):
        kd.Account(token="t", base_url=server.base_url).events().to_frame()
    assert len(server.requests) == kd.configuration["max_retries"] + 1


def test_nothing_is_lost_if_a_server_sends_more_than_requested(serve):
    server = serve(Answer(body=json.dumps(
        {"cursor": 9, "objects": [{"id": i} for i in range(9)]}).encode()))  # fmt: skip
    events = kd.Account(token="t", base_url=server.base_url).events(cursor=0, limit=4)
    assert list(events.to_frame()["id"]) == ["0", "1", "2", "3"]
    assert events.latest_cursor == "0"  # twice is better than never


def test_version_2_reads_audit_activity(sandbox):
    admin = next(a for a in sandbox.accounts if a.admin)
    account = kd.Account(token=admin.token, base_url=sandbox.base_url, api_version=2)
    df = account.events(limit=400).to_frame()
    assert {"event_category", "event_type", "event_subtype"} <= set(df.columns)
    assert df["event_category"].notna().any()


def test_retention_follows_the_servers_clock():
    with MemorySandbox(seed=5, accounts=1, events=1000, span=48) as own:
        account = kd.Account(token=own.accounts[0].token, base_url=own.base_url)
        df = account.events().to_frame()
        assert 0 < len(df) < 1000
        oldest = pd.Timestamp(own.clock.now) - pd.Timedelta(hours=24)
        assert df["modified"].dropna().min() >= oldest
        own.clock.advance(hours=25)
        assert account.events().to_frame().empty


def test_one_account_needs_no_list_and_other_things_are_no_accounts(account):
    assert kd.read_events(account).to_frame().equals(account.events().to_frame())
    with pytest.raises(exceptions.InvalidParameter, match="accounts must be accounts, not int"):
        kd.read_events([7])
    with pytest.raises(exceptions.InvalidParameter, match="An account is listed twice"):
        kd.read_events([account, account])  # both of a token, so without an id
