"""`events export` with a selection, and `events follow`."""

from __future__ import annotations

import json
import threading
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq
import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data.cli import main
from kloudless_data.events import EventReader


@pytest.fixture
def as_account(sandbox, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_TOKEN", sandbox.accounts[0].token)
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)


@pytest.fixture
def as_application(sandbox, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_API_KEY", sandbox.api_key)
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)


def run(*arguments):
    assert main(list(arguments)) == 0


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_selection_is_exported(as_account, account, tmp_path, capsys):
    out = tmp_path / "some.parquet"
    since = account.events().to_frame()["modified"].dropna().sort_values().iloc[500]
    run("events", "export", "--output", str(out), "--type", "delete", "--type", "rename",
        "--since", since.isoformat(), "--columns", "id,type,modified")  # fmt: skip
    expected = account.events(since=since, types=["delete", "rename"]).to_frame()
    table = pq.read_table(out)
    assert table.column_names == ["id", "type", "modified"]
    assert table["id"].to_pylist() == list(expected["id"])
    assert 0 < table.num_rows < 2_500


def test_the_events_as_sent_are_selected_too(as_account, tmp_path):
    out = tmp_path / "some.jsonl"
    run("events", "export", "--output", str(out), "--type", "DELETE")
    types = {json.loads(line)["type"] for line in out.read_text().splitlines()}
    assert types == {"delete"}


def test_all_accounts_with_a_selection(as_application, tmp_path, sandbox):
    out = tmp_path / "all.parquet"
    run("events", "export", "--output", str(out), "--all-accounts", "--type", "delete",
        "--columns", "account")  # fmt: skip
    found = set(pq.read_table(out)["account"].to_pylist())
    assert len(found) > 1
    assert found <= {str(each.id) for each in sandbox.accounts}


def test_a_missing_column(as_account, tmp_path, capsys):
    out = str(tmp_path / "x.csv")
    assert main(["events", "export", "--output", out, "--columns", "id,colour"]) == 2
    assert "'colour'" in capsys.readouterr().err


def test_nothing_found_says_in_which_time(as_account, capsys):
    run("events", "list", "--since", "2031-01-01", "--until", "2031-01-02")
    said = capsys.readouterr()
    assert "0 rows" in said.out
    assert said.err == "No events from 2031-01-01 00:00 UTC, before 2031-01-02 00:00 UTC.\n"
    run("events", "list")
    assert capsys.readouterr().err == ""


def test_nothing_found_says_what_was_selected(as_account, tmp_path, capsys):
    selection = ["--type", "nope", "--type", "\x1bx", "--person", "ann@x.example"]
    said = "No events of type nope or \\x1bx by ann@x.example. `events summary --by type` counts"
    run("events", "list", *selection)
    assert said in capsys.readouterr().err
    run("events", "export", "--output", str(tmp_path / "none.csv"), *selection)
    assert said in capsys.readouterr().err


def test_following_prints_one_line_per_event(as_account, account, capsys):
    run("events", "follow", "--limit", "30", "--every", "1s")
    found = lines(capsys)
    assert [str(event["id"]) for event in found] == list(account.events(limit=30).to_frame()["id"])


def test_following_prints_columns(as_account, account, capsys):
    run("events", "follow", "--limit", "5", "--columns", "id modified", "--type", "update")
    found = lines(capsys)
    frame = account.events(types="update").to_frame().head(5)
    assert [row["id"] for row in found] == list(frame["id"])
    assert [row["modified"] for row in found] == [
        None if value is None else value.isoformat() for value in frame["modified"]
    ]


def test_positions_are_saved_and_resumed_from(as_account, account, tmp_path, capsys):
    kept = tmp_path / "seen.json"
    ids = []
    for _ in range(3):
        run("events", "follow", "--limit", "40", "--positions", str(kept))
        ids += [str(event["id"]) for event in lines(capsys)]
    assert ids == list(account.events(limit=120).to_frame()["id"])
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_a_file_that_holds_no_positions_is_refused(as_account, tmp_path, capsys, text):
    kept = tmp_path / "seen.json"
    kept.write_text(text)
    assert main(["events", "follow", "--positions", str(kept)]) == 2
    assert "is not a file of positions" in capsys.readouterr().err
    assert kept.read_text() == text


def test_positions_that_cannot_be_kept_are_said_before_anything_is_printed(
    as_account, tmp_path, capsys
):
    place = tmp_path / "nowhere" / "positions.json"
    assert main(["events", "follow", "--limit", "40", "--positions", str(place)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{place} cannot be written: No such file or directory. Choose another place." in err


def test_from_now_on_and_until_ctrl_c(serve, monkeypatch, capsys):
    """Earlier events are not printed; Ctrl-C ends it cleanly and says where to continue."""
    asked, lock = [], threading.Lock()

    def answer(request):
        if urlsplit(request.path).path.endswith("/latest"):
            return Answer(body=b'{"cursor": 7}')
        with lock:
            asked.append(int(parse_qs(urlsplit(request.path).query)["cursor"][0]))
        at = asked[-1]
        objects = [{"id": f"new\x1b[2J{at}"}] if at < 9 else []
        return Answer(body=json.dumps({"cursor": at + len(objects), "objects": objects}).encode())

    server = serve(answer)
    monkeypatch.setenv("KLOUDLESS_TOKEN", "t")
    monkeypatch.setenv("KLOUDLESS_BASE_URL", server.base_url)
    original = EventReader.pages

    def interrupted(self, **kwargs):
        for number, page in enumerate(original(self, **kwargs), start=1):
            yield page
            if number == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(EventReader, "pages", interrupted)
    run("events", "follow", "--new", "--every", "1s")
    captured = capsys.readouterr()
    assert [json.loads(line)["id"] for line in captured.out.splitlines()] == [
        "new\x1b[2J7", "new\x1b[2J8",
    ]  # fmt: skip
    assert "\x1b" not in captured.out
    assert captured.err == "continue with: --cursor 9\n"


@pytest.mark.parametrize(
    "wrong",
    [["--new", "--cursor", "5"], ["--all-accounts", "--limit", "3"], ["--every", "soon"],
     ["--since", "05/03/2026"]],
)  # fmt: skip
def test_options_that_exclude_each_other(as_account, capsys, wrong):
    assert main(["events", "follow", *wrong]) == 2


def test_a_summary_of_an_interval(as_application, account, capsys, sandbox):
    times = account.events().to_frame()["modified"].dropna().sort_values()
    since, until = times.iloc[500], times.iloc[900]
    run("events", "summary", "--by", "account", "--json", "--since", since.isoformat(),
        "--until", until.isoformat())  # fmt: skip
    groups = json.loads(capsys.readouterr().out)
    accounts = [kd.Account(api_key=sandbox.api_key, account_id=each.id, base_url=sandbox.base_url)
                for each in sandbox.accounts]  # fmt: skip
    frame = kd.read_events(accounts).to_frame()
    inside = (frame["modified"] >= since) & (frame["modified"] < until)
    assert sum(group["events"] for group in groups) == int(inside.sum()) > 0
