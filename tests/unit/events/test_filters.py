"""Streams filtered by interval, type and person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive.coverage import Retention
from kloudless_data.audit.completeness import _of_manifests
from kloudless_data.decode import split_objects
from kloudless_data.events import EventStream

FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def hourly(count, per_page, *, late=None):
    """A server with one event per hour from 2026-03-01, `per_page` on each page."""
    events = [
        {"id": str(n), "type": ("add", "delete")[n % 2], "user_id": f"u{n % 3}",
         "modified": (late or {}).get(n, (FIRST + timedelta(hours=n)).isoformat())}
        for n in range(count)
    ]  # fmt: skip
    asked = []

    def answer(request):
        query = parse_qs(urlsplit(request.path).query)
        at, size = int(query.get("cursor", ["0"])[0]), int(query["page_size"][0])
        asked.append((at, size))
        objects = events[at : at + min(size, per_page)]
        return Answer(body=json.dumps({"cursor": at + len(objects), "objects": objects}).encode())

    answer.asked = asked
    return answer


def account_at(server, **kwargs):
    return kd.Account(token="t", base_url=server.base_url, **kwargs)


@pytest.mark.parametrize(
    ("since", "until", "first", "after"),
    [
        ("2026-03-01T05:00", None, 5, 48),
        (None, "2026-03-01T05:00", 0, 5),
        ("2026-03-01T05:00", "2026-03-02", 5, 24),
        (FIRST + timedelta(hours=7), pd.Timestamp("2026-03-01T09:00"), 7, 9),
        ("2026-02", "2026-04", 0, 48),
        ("2026-03-01T06:00+01:00", "2026-03-01T12:00 Europe/Berlin", 5, 11),
        ("2026-04", None, 0, 0),
    ],
)
@pytest.mark.parametrize("per_page", [1, 7, 100])
def test_an_interval_is_exact(serve, per_page, since, until, first, after):
    account = account_at(serve(hourly(48, per_page)))
    frame = account.events(since=since, until=until).to_frame()
    assert list(frame["id"]) == [str(n) for n in range(first, after)]


def test_until_ends_the_reading_an_hour_later(serve):
    server = serve(hourly(48, 2))
    frame = account_at(server).events(until="2026-03-01T04:00").to_frame()
    assert list(frame["id"]) == ["0", "1", "2", "3"]
    cursors = [at for at, _ in server.answers[0].asked]
    assert max(cursors) <= 10


def test_an_event_that_is_delivered_late_is_still_in_its_interval(serve):
    account = account_at(serve(hourly(48, 2, late={3: "2026-03-01T02:30:00Z"})))
    frame = account.events(until="2026-03-01T03:00").to_frame()
    assert list(frame["id"]) == ["0", "1", "2", "3"]


def test_a_reading_from_its_end_with_since_as_until_misses_nothing(serve):
    account = account_at(serve(hourly(48, 7)))
    first = account.events(until="2026-03-01T12:00")
    ids = list(first.to_frame()["id"])
    rest = account.events(cursor=first.latest_cursor, since="2026-03-01T12:00").to_frame()
    assert ids + list(rest["id"]) == [str(n) for n in range(48)]


def test_so_does_one_that_was_interrupted(serve, monkeypatch):
    account = account_at(serve(hourly(48, 7)))
    stream = account.events(until="2026-03-01T12:00")
    decode, calls = type(stream).decode, []

    def interrupted(self, page):
        calls.append(page)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return decode(self, page)

    monkeypatch.setattr(type(stream), "decode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stream.to_frame()
    ids = list(stream.to_frame()["id"])
    assert ids == [str(n) for n in range(12)]
    rest = account.events(cursor=stream.latest_cursor, since="2026-03-01T12:00").to_frame()
    assert ids + list(rest["id"]) == [str(n) for n in range(48)]


def test_events_without_a_time_are_in_no_interval(serve):
    events = [{"id": "1", "modified": None}, {"id": "2"}, {"id": "3", "modified": "soon"},
              {"id": "4", "modified": "2026-03-01T00:00:00Z"}]  # fmt: skip
    page = Answer(body=json.dumps({"cursor": "9", "objects": events}).encode())
    end = Answer(body=b'{"cursor": "9", "objects": []}')
    assert len(account_at(serve(page, end)).events().to_frame()) == 4
    frame = account_at(serve(page, end)).events(since="2026-01").to_frame()
    assert list(frame["id"]) == ["4"]


@pytest.mark.parametrize("types", ["delete", ["DELETE"], ("delete", "nothing")])
def test_types_of_version_1(serve, types):
    frame = account_at(serve(hourly(20, 7))).events(types=types).to_frame()
    assert set(frame["type"]) == {"delete"}
    assert len(frame) == 10


def test_types_of_version_2_are_those_of_any_level(sandbox):
    admin = next(a for a in sandbox.accounts if a.admin)
    account = kd.Account(token=admin.token, base_url=sandbox.base_url, api_version=2)
    everything = account.events().to_frame()
    for column in ("event_category", "event_type", "event_subtype"):
        word = everything[column].dropna().iloc[0]
        levels = everything[["event_category", "event_type", "event_subtype"]]
        expected = (levels == word).any(axis=1)
        found = account.events(types=[word]).to_frame()
        assert list(found["id"]) == list(everything["id"][expected])


def test_people_by_id_address_or_name(account):
    everything = account.events().to_frame()
    columns = ["user_id", "metadata_last_modifier_id", "metadata_last_modifier_email",
               "metadata_last_modifier_name"]  # fmt: skip
    for column in columns:
        if not everything[column].notna().any():
            continue
        who = everything[column].dropna().iloc[0]
        expected = (everything[columns] == who).any(axis=1)
        found = account.events(people=[who.upper()]).to_frame()
        assert list(found["id"]) == list(everything["id"][expected])
        assert 0 < len(found) < len(everything)


def test_filters_together_and_with_columns(account):
    everything = account.events().to_frame()
    middle = everything["modified"].dropna().sort_values().iloc[1_000]
    expected = everything[(everything["modified"] >= middle) & (everything["type"] == "update")]
    stream = account.events(since=middle, types="update", columns=["id"])
    assert list(stream.to_frame().columns) == ["id"]
    assert list(stream.to_frame()["id"]) == list(expected["id"])


def test_the_events_as_the_server_sent_them_are_filtered_too(account):
    stream = account.events(types="delete")
    lines = [line for page in stream.pages() for line in split_objects(page.envelope)[: page.rows]]
    assert {json.loads(line)["type"] for line in lines} == {"delete"}
    assert len(lines) == len(stream.to_frame())


@pytest.mark.parametrize("limit", [0, 1, 5, 8, 10, 50])
def test_a_limit_counts_the_returned_events(serve, limit):
    account = account_at(serve(hourly(20, 4)))
    stream = account.events(types="delete", limit=limit)
    ids = list(stream.to_frame()["id"])
    assert ids == [str(n) for n in range(1, 20, 2)][:limit]
    rest = account.events(cursor=stream.latest_cursor, types="delete").to_frame()
    assert set(ids) | set(rest["id"]) == {str(n) for n in range(1, 20, 2)}  # none is lost


def test_positions_move_past_events_that_are_left_out(serve):
    account = account_at(serve(hourly(20, 4)))
    stream = account.events(types="nothing of the kind")
    assert stream.to_frame().empty
    assert stream.latest_cursor == "20"


def test_many_accounts_are_filtered_alike(sandbox):
    accounts = [kd.Account(token=a.token, base_url=sandbox.base_url) for a in sandbox.accounts[:3]]
    frame = kd.read_events(accounts, types="delete").to_frame()
    everything = kd.read_events(accounts).to_frame()
    assert sorted(frame["id"]) == sorted(everything["id"][everything["type"] == "delete"])


@pytest.mark.parametrize(
    "wrong",
    [{"since": "05/03/2026"}, {"until": -1}, {"types": []}, {"types": [1]}, {"people": " "},
     {"since": "2026-03", "until": "2026-03"}],
)  # fmt: skip
def test_impossible_filters_are_refused_before_any_request(serve, wrong):
    server = serve(Answer(500))
    with pytest.raises(exceptions.InvalidParameter):
        account_at(server).events(**wrong)
    assert server.requests == []


def test_a_filter_describes_itself(account):
    assert account.events().filter is None
    stream = account.events(until="2026-03", people="Ada@example.com")
    assert stream.filter == {
        "until": "2026-03-01T00:00:00+00:00",
        "people": ["ada@example.com"],
        "complete": "as far as the server kept events when they were read",
    }
    assert "people ada@example.com" in stream._repr_html_()


def test_a_manifest_says_what_was_left_out_and_how_complete_it_is(account, tmp_path):
    manifest = account.events(types="delete").to_parquet(tmp_path / "deleted.parquet")
    found = kd.Manifest.read(tmp_path / "deleted.parquet").options["filter"]
    assert found["types"] == ["delete"]
    assert "as far as the server kept" in found["complete"]
    assert manifest.rows == len(account.events(types="delete").to_frame())


def test_an_interrupted_export_is_resumed_with_the_same_selection_only(
    account, tmp_path, monkeypatch
):
    stream = account.events(types=["delete", "update"], page_size=200)
    decode, calls, path = EventStream.decode, [], tmp_path / "some.csv"

    def interrupted(self, page):
        calls.append(page)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return decode(self, page)

    monkeypatch.setattr(EventStream, "decode", interrupted)
    with pytest.raises(exceptions.ExportInterrupted):
        stream.to_csv(path, checkpoint_rows=50)
    with pytest.raises(exceptions.ExportFailed, match="filter"):
        account.events(types="delete", page_size=200).to_csv(path, resume=True, checkpoint_rows=50)
    manifest = stream.to_csv(path, resume=True, checkpoint_rows=50)
    assert manifest.rows == len(stream.to_frame())


def test_an_audit_does_not_consider_a_filtered_export_complete(account, tmp_path):
    whole = account.events().to_parquet(tmp_path / "whole.parquet")
    some = account.events(types="delete").to_parquet(tmp_path / "some.parquet")
    assert _of_manifests([whole], {}, Retention())
    assert not _of_manifests([some], {}, Retention())
