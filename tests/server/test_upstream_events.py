"""A service's own activity through the pass-through, from a sandbox that answers like it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data.cli import main
from kloudless_data.exceptions import InvalidParameter, InvalidResponse
from kloudless_data.logs.upstream import UpstreamStream
from kloudless_data.sandbox import Sandbox

EVENTS = 1_200


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(seed=7, accounts=10, events=EVENTS) as sandbox:
        yield sandbox


def account_of(server: Sandbox, service: str) -> kd.Account:
    known = next(one for one in server.accounts if one.service == service)
    return kd.Account(token=known.token, base_url=server.base_url)


@pytest.mark.parametrize("service", ["box", "dropbox", "gdrive"])
def test_all_pages_describe_the_same_events_as_the_api(server: Sandbox, service: str) -> None:
    account = account_of(server, service)
    told = account.upstream_events(progress=False).to_frame()
    events = account.events().to_frame()
    assert len(told) == EVENTS
    assert told["event_type"].tolist() == events["type"].tolist()
    assert told["modified"].tolist() == events["modified"].tolist()
    assert told["raw"].notna().all()
    assert told["id"].is_unique


def test_graph_tells_of_sign_ins_and_of_the_directory(server: Sandbox) -> None:
    account = account_of(server, "onedrivebiz")
    told = account.upstream_events(progress=False).to_frame()
    events = account.events().to_frame()["type"].value_counts()
    counted = told["event_type"].value_counts()
    assert counted["login"] == events["login"]
    assert counted["failed_login"] == events["failed_login"]
    assert counted["role_add"] == events["permission_change"]


@pytest.mark.parametrize("service", ["box", "dropbox", "gdrive", "onedrivebiz"])
def test_since_excludes_earlier_events(server: Sandbox, service: str) -> None:
    account = account_of(server, service)
    whole = account.upstream_events(progress=False).to_frame()
    # The services' own times have no fractions in requests.
    since = whole["modified"].sort_values().iloc[len(whole) // 2].floor("s")
    later = account.upstream_events(since, progress=False).to_frame()
    assert sorted(later["id"]) == sorted(whole.loc[whole["modified"] >= since, "id"])


@pytest.mark.parametrize("service", ["box", "dropbox"])
def test_it_continues_from_a_position(server: Sandbox, service: str) -> None:
    account = account_of(server, service)
    stream = account.upstream_events(progress=False)
    first = next(iter(stream))
    rest = account.upstream_events(position=stream.position, progress=False).to_frame()
    assert first.num_rows + len(rest) == EVENTS
    assert not set(first["id"].to_pylist()) & set(rest["id"])


def test_no_more_than_the_limit_is_returned(server: Sandbox) -> None:
    frame = account_of(server, "box").upstream_events(limit=7, progress=False).to_frame()
    assert len(frame) == 7


def test_an_export_says_where_to_continue(server: Sandbox, tmp_path) -> None:
    stream = account_of(server, "box").upstream_events(progress=False)
    manifest = stream.to_parquet(tmp_path / "box.parquet")
    assert (manifest.rows, manifest.service, manifest.cursor_to) == (EVENTS, "box", "1200")
    assert len(pd.read_parquet(tmp_path / "box.parquet")) == EVENTS


def test_a_service_without_such_a_log_is_refused(server: Sandbox) -> None:
    with pytest.raises(InvalidParameter, match="Activity of salesforce cannot be requested"):
        account_of(server, "salesforce").upstream_events()


class _Told:
    """An account whose service answers as a test tells it to."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.asked = list(answers), []

    def raw(self, method: str, uri: str, **kwargs: object) -> object:
        self.asked.append((method, uri, kwargs))
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        text = told if isinstance(told, bytes) else json.dumps(told).encode()
        return type("Response", (), {"content": text})


@pytest.mark.parametrize(
    ("service", "answer"),
    [
        ("gdrive", {"items": [], "nextPageToken": "same"}),
        ("onedrivebiz", {"value": [], "@odata.nextLink": "https://x/v1.0/auditLogs/directoryAudits"}),
        ("dropbox", {"events": [], "cursor": "same", "has_more": True}),
        ("dropbox", {"events": [], "has_more": True}),
    ],
)  # fmt: skip
def test_answers_that_form_a_circle_end_in_an_error(service: str, answer: object) -> None:
    stream = UpstreamStream(_Told(answer), service, progress=False)
    with pytest.raises(InvalidResponse, match="never end"):
        list(stream)


def test_a_link_to_another_host_is_requested_through_the_account(server: Sandbox) -> None:
    told = _Told(
        {"value": [], "@odata.nextLink": "https://evil.example/v1.0/auditLogs/x?$skiptoken=2"},
        {"value": []},
    )
    list(UpstreamStream(told, "onedrivebiz", progress=False))
    assert told.asked[1][1] == "/v1.0/auditLogs/x?$skiptoken=2"


@pytest.mark.parametrize("answer", [b"<html>", b"[]", {"entries": [{"hello": 1}]}])
def test_an_answer_of_another_kind_is_an_error(answer: object) -> None:
    with pytest.raises(InvalidResponse, match="account.raw"):
        list(UpstreamStream(_Told(answer), "box", progress=False))


def test_the_command_writes_the_log_and_says_where_to_continue(
    server: Sandbox,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = next(one.token for one in server.accounts if one.service == "box")
    monkeypatch.setenv("KLOUDLESS_TOKEN", token)
    output = tmp_path / "box.parquet"
    options = ["--base-url", server.base_url]
    assert main(["logs", "upstream", "--output", str(output), *options]) == 0
    told = capsys.readouterr().out
    whole = account_of(server, "box").upstream_events(progress=False)
    assert len(pd.read_parquet(output)) == len(whole.to_frame())
    assert f"--position {whole.position}" in told
    again = ["--position", str(whole.position), "--output", str(output), "--force", *options]
    assert main(["logs", "upstream", *again]) == 0
    assert "0 events" in capsys.readouterr().out
