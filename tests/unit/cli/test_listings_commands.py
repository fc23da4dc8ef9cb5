"""The listings' commands: tables, JSON, files, exit statuses, and hostile text."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data.cli import main
from kloudless_data.export.manifest import Manifest


@pytest.fixture
def environment(sandbox, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", sandbox.accounts[0].token)
    monkeypatch.setenv("KLOUDLESS_API_KEY", sandbox.api_key)
    monkeypatch.setenv("KLOUDLESS_META_TOKEN", sandbox.meta_token)


@pytest.fixture
def calendar(sandbox):
    return next(a for a in sandbox.accounts if a.service == "google_calendar")


@pytest.fixture
def run(capsys):
    def run(*arguments):
        status = main([str(a) for a in arguments])
        return status, *capsys.readouterr()

    return run


def commands(calendar):
    """Return each command with the function that does the same."""
    this = ["--account", calendar.id]
    return {
        "folder list": ([], lambda a, _m: kd.list_folder(a)),
        "calendars list": (this, lambda _a, _m: kd.list_calendars(calendar_account(calendar))),
        "calendars events": (
            this, lambda _a, _m: kd.list_calendar_events(calendar_account(calendar))
        ),
        "subscriptions list": ([], lambda a, _m: kd.list_subscriptions(a)),
        "raw get": (["/drive/v2/files"], lambda a, _m: kd.raw_frame(a, "/drive/v2/files")),
        "usage list": ([], lambda _a, m: kd.list_usage_reports(m)),
        "licenses list": ([], lambda _a, m: kd.list_licenses(m)),
        "invoices list": ([], lambda _a, m: kd.list_invoices(m)),
        "developers list": ([], lambda _a, m: kd.list_developers(m)),
        "applications list": ([], lambda _a, m: kd.list_applications(m)),
    }  # fmt: skip


def calendar_account(calendar):
    return kd.Account(token=calendar.token)


NAMES = list(commands(type("Calendar", (), {"id": 0})))
every_command = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def frames():
    """The frames of lists, by the command's name. Tests must not change them."""
    return {}


@pytest.fixture
def expected(environment, calendar, account, meta, sandbox, frames):
    kd.configuration["base_url"] = sandbox.base_url

    def expected(name):
        arguments, function = commands(calendar)[name]
        if name not in frames:
            frames[name] = function(account, meta)
        return [*name.split(), *arguments], frames[name]

    return expected


@every_command
def test_json(run, expected, name):
    arguments, frame = expected(name)
    status, out, err = run(*arguments, "--json")
    assert (status, err) == (0, "")
    records = json.loads(out)
    assert len(records) == len(frame) > 0
    assert [list(map(str, r)) for r in records] == [list(frame.columns)] * len(frame)


@every_command
def test_a_table(run, expected, name):
    arguments, frame = expected(name)
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert out.rstrip().endswith(f"\n{len(frame):,} row{'' if len(frame) == 1 else 's'}")


@every_command
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file(run, expected, name, ending, tmp_path):
    arguments, frame = expected(name)
    path = tmp_path / f"list.{ending}"
    status, out, err = run(*arguments, "--output", path)
    assert (status, err) == (0, "")
    assert f"{len(frame):,} " in out
    assert Manifest.read(path).rows == len(frame)
    if ending == "parquet":
        read = pd.read_parquet(path)
        assert list(read.columns) == list(frame.columns)
        assert read.astype(frame.dtypes).equals(frame)
    status, out, err = run(*arguments, "--output", path)
    assert (status, out) == (1, "")
    assert "--force" in err
    status, out, _ = run(*arguments, "--output", path, "--force", "--json")
    assert status == 0
    assert json.loads(out)["rows"] == len(frame)


@every_command
def test_help_has_examples(run, name):
    status, out, _ = run(*name.split(), "--help")
    assert status == 0
    assert "Examples" in out
    assert "--output PATH" in out


@every_command
def test_a_missing_credential(run, name, sandbox):
    arguments = ["/x"] if name == "raw get" else []
    status, out, err = run(*name.split(), *arguments, "--base-url", sandbox.base_url)
    assert (status, out) == (2, "")
    assert "KLOUDLESS" in err or "credential" in err


@pytest.mark.parametrize("name", ["list.ods", "list"])
def test_a_file_of_another_kind(run, environment, tmp_path, name):
    status, out, err = run("accounts", "list", "--output", tmp_path / name)
    assert (status, out) == (2, "")
    assert ".parquet" in err
    assert list(tmp_path.iterdir()) == []


def test_one_folder_and_raw_objects(run, environment, account):
    root = kd.list_folder(account, recursive=False)
    status, out, _ = run("folder", "list", "--no-recursive", "--raw", "--json")
    assert status == 0
    records = json.loads(out)
    assert [r["id"] for r in records] == list(root["id"])
    assert all(r["raw"] for r in records)
    folder = root["id"][0]
    status, out, _ = run("folder", "list", folder, "--no-recursive", "--json")
    assert {r["folder_id"] for r in json.loads(out)} == {folder}


def test_some_calendars(run, environment, calendar):
    this = ["--account", calendar.id]
    status, out, _ = run("calendars", "events", "primary", *this, "--json")
    assert status == 0
    assert {r["calendar_id"] for r in json.loads(out)} == {calendar.account}
    status, out, err = run("calendars", "events", "primary", "nobody", *this, "--json")
    assert (status, out) == (1, "")
    assert "nobody" in err
    assert "--keep-going" in err


def test_keep_going_keeps_what_could_be_read(run, environment, calendar, tmp_path, caplog):
    path = tmp_path / "meetings.parquet"
    status, out, _ = run("calendars", "events", "primary", "nobody", "--account", calendar.id,
                         "--keep-going", "--output", path)  # fmt: skip
    assert status == 1
    assert "meetings.parquet" in out
    assert len(pd.read_parquet(path)) > 0
    assert "nobody" in caplog.text


def test_secrets_are_masked_unless_requested(run, environment, meta):
    key = meta.get("meta/licenses").objects[0].data["key"]
    assert key not in run("licenses", "list", "--json")[1]
    assert key in run("licenses", "list", "--json", "--show-secrets")[1]


def test_the_upstreams_pages(run, environment, account):
    status, out, _ = run("raw", "get", "/drive/v2/files?maxResults=50", "--records", "items[*].id",
                         "--next-page", "nextPageToken", "--page-parameter", "pageToken",
                         "--limit", 120, "--json")  # fmt: skip
    assert status == 0
    items = account.raw("GET", "/drive/v2/files?maxResults=120").json()["items"]
    assert [r["value"] for r in json.loads(out)] == [i["id"] for i in items]
    status, _, err = run("raw", "get", "/x", "--records", "[?")
    assert status == 2
    assert "JMESPath" in err


def test_hostile_text_cannot_steer_the_terminal_or_the_spreadsheet(run, serve, tmp_path):
    name = "=1+1\x1b[2J\x1b]0;owned\x07[bold]x[/bold]\u202egpj.exe"
    objects = [{"id": name, "name": name, "type": "file", "path": name, name: name}]
    server = serve(Answer(body=json.dumps({"objects": objects}).encode()))
    where = ["--base-url", server.base_url, "--token", "t0ken"]
    for command in (["folder", "list"], ["calendars", "list"], ["raw", "get", "/x"]):
        status, out, _ = run(*command, *where)
        assert status == 0
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out)
        path = tmp_path / f"{command[0]}.csv"
        assert run(*command, *where, "--output", path)[0] == 0
        read = pd.read_csv(path)
        assert read["name"][0] == f"'{name}"
        assert not any(column.startswith("=") for column in read.columns)


def test_a_summary_of_all_accounts(run, environment, sandbox):
    status, out, _ = run("events", "summary", "--by", "application,service,person", "--json")
    assert status == 0
    records = json.loads(out)
    assert list(records[0]) == ["application_name", "service", "person", "events", "first", "last"]
    assert sum(r["events"] for r in records) == 10 * 2_500
    assert {r["application_name"] for r in records} == {"Nightly export"}
    assert {r["service"] for r in records} == {a.service for a in sandbox.accounts}
    counts = [r["events"] for r in records]
    assert counts == sorted(counts, reverse=True)


def test_a_summary_of_the_tokens_own_account(run, environment, monkeypatch, tmp_path):
    monkeypatch.delenv("KLOUDLESS_API_KEY")
    path = tmp_path / "types.csv"
    assert run("events", "summary", "--by", "type", "--output", path)[0] == 0
    read = pd.read_csv(path)
    assert read["events"].sum() == 2_500
    assert "update" in set(read["type"])


def test_a_summary_that_cannot_be_made(run, environment, monkeypatch, serve):
    status, out, err = run("events", "summary", "--by", "colour")
    assert (status, out) == (2, "")
    assert "colour" in err
    status, out, err = run("events", "summary", "--by", "application", "--api-key", "an0ther-key")
    assert (status, out) == (2, "")
    assert "none of the developer's applications" in err
    assert "an0ther-key" not in err
    monkeypatch.delenv("KLOUDLESS_META_TOKEN")
    status, _, err = run("events", "summary", "--by", "application")
    assert status == 2
    assert "meta token" in err
    empty = serve(Answer(body=b'{"objects": []}'))
    status, out, _ = run("events", "summary", "--base-url", empty.base_url, "--json")
    assert (status, json.loads(out)) == (0, [])
