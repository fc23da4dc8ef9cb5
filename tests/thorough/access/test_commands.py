"""``kloudless-data access``: from a snapshot to a report and a review."""

from __future__ import annotations

import json
import re

from kloudless_data.cli import main


def test_from_a_snapshot_to_a_review(world, tmp_path, capsys, monkeypatch):
    one = world(items=200, people=10)
    monkeypatch.setenv("KLOUDLESS_BASE_URL", one.sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_API_KEY", one.sandbox.api_key)
    path = str(tmp_path / "access")
    assert main(["access", "snapshot", path, "--max-requests", "12", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["left"] > 0
    assert main(["access", "snapshot", path]) == 1  # a user cannot be read, and is named
    said = capsys.readouterr()
    assert "could not be read: user " in said.err
    assert re.match(r"\d+ requests: .*\d+ folders, ", said.out)
    assert main(["access", "gaps", path, "--json"]) == 0
    assert "refuses to act as this user" in json.loads(capsys.readouterr().out)[0]["reason"]
    assert main(["access", "findings", path, "--json"]) in (0, 1)
    finding = json.loads(capsys.readouterr().out)[0]
    assert {"rule", "severity", "sentence"} <= set(finding)
    item = finding["evidence"][0]
    assert main(["access", "who", path, item, "--json"]) == 0
    who = json.loads(capsys.readouterr().out)
    account = finding["account"]
    assert main(["access", "who", path, item, "--account", account, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == who
    assert main(["access", "who", path, item, "--account", "999"]) == 2
    assert "and --account if there are several" in capsys.readouterr().err
    assert main(["access", "what", path, who[0]["person"], "--json"]) == 0
    assert item in {row["id"] for row in json.loads(capsys.readouterr().out)}
    report, review = str(tmp_path / "report.md"), str(tmp_path / "review.xlsx")
    assert main(["access", "report", path, "--output", report]) == 0
    assert "Not everything could be read" in capsys.readouterr().out
    assert main(["access", "review", path, "--output", review]) == 0
    assert main(["access", "review", path, "--read", review, "--json"]) == 0
    assert main(["access", "review", path]) == 2
    assert main(["access", "diff", path, "--since", "now"]) == 0
    assert main(["access", "diff", path, "--since", "1d"]) == 2
    assert "Nothing had been read by" in capsys.readouterr().err


def test_a_typed_token_wins_over_the_api_key_of_the_environment(
    world, tmp_path, capsys, monkeypatch
):
    one = world(items=50, people=5)
    monkeypatch.setenv("KLOUDLESS_BASE_URL", one.sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_API_KEY", one.sandbox.api_key)
    assert main(["access", "snapshot", str(tmp_path / "access"), "--token", "wrong"]) == 1
    assert "401" in capsys.readouterr().err


def test_a_file_is_replaced_in_the_words_of_the_command_line(read_world, tmp_path, capsys):
    one = read_world(items=50, people=5)
    for command, name in (("report", "report.md"), ("review", "review.xlsx")):
        given = ["access", command, one.access.path, "--output", str(tmp_path / name)]
        assert main(given) == 0
        assert main(given) == 1
        assert "replace it with --force" in capsys.readouterr().err


def test_an_interrupted_reading_says_that_it_can_be_continued(world, tmp_path, capsys, monkeypatch):
    one = world(items=50, people=5)
    monkeypatch.setenv("KLOUDLESS_BASE_URL", one.sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_API_KEY", one.sandbox.api_key)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("kloudless_data.access.reader.fetch", interrupted)
    for command in ("snapshot", "update"):
        assert main(["access", command, str(tmp_path / "access")]) == 130
        assert "run it again to continue" in capsys.readouterr().err
