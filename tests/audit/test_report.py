"""The report: the same bytes for the same input, hostile texts harmless, nothing silent."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from hostile import HOSTILE, hostile_events

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.cli import cli, main
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.export import export_frame
from kloudless_data.sandbox import Sandbox
from kloudless_data.sandbox.organisation import Organisation


def test_the_same_input_gives_the_same_bytes(events: pd.DataFrame) -> None:
    first, second = audit.report(events), audit.report(events.copy())
    assert first.to_html() == second.to_html()
    assert first.to_markdown() == second.to_markdown()
    assert first.to_json() == second.to_json()


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_has_no_script_and_no_address_of_anything(events: pd.DataFrame) -> None:
    page = Page(audit.report(events).to_html())
    assert not {"script", "img", "iframe", "link", "object", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [value for name, value in page.attributes if name in ("href", "src", "xlink:href")]
    assert all(value and value.startswith("#") for value in links)


def test_hostile_names_in_every_field_leave_the_page_intact() -> None:
    frame = hostile_events()
    clean = Organisation(seed=9, people=12, days=30, incidents=["mass_deletion"]).frame()
    made = audit.report(frame, title=HOSTILE, applications=pd.DataFrame({"name": [HOSTILE]}))
    page, usual = Page(made.to_html()), Page(audit.report(clean).to_html())
    assert set(page.tags) <= set(usual.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "\u202e" not in made.to_html()
    assert "\x1b" not in made.to_html()
    markdown = made.to_markdown()
    assert not re.search(r"(?<!\\)[<\[]", markdown)
    assert "[a](javascript" not in markdown
    assert json.loads(made.to_json())["title"] == HOSTILE


def test_a_bare_frame_is_unknown(events: pd.DataFrame) -> None:
    made = audit.report(events)
    assert made.completeness["state"].tolist() == ["unknown"]
    assert "Nothing says whether all events" in made.to_html()
    assert "unknown" in made.to_markdown()


def test_the_ledger_of_an_archive_says_what_is_covered(tmp_path: Path) -> None:
    organisation = Organisation(seed=4, people=5, days=20)
    with Sandbox(accounts=1, events=1, organisations=[organisation]) as sandbox:
        account = kd.Account(
            token=sandbox.accounts[1].token, base_url=sandbox.base_url, api_version=2
        )
        archive = kd.Archive(tmp_path / "a", now=lambda: sandbox.clock.now)
        end = sandbox.clock.now
        for hours in (30, 10, 0):
            sandbox.clock.set(end - timedelta(hours=hours))
            archive.sync([account], progress=False)
        # Two days later, of which the server has forgotten one.
        made = audit.report(archive, since=end - timedelta(days=5), until=end)
    states = made.completeness["state"].tolist()
    assert states[0] == "unknown"
    assert "covered" in states
    assert made.servers == [sandbox.base_url]
    spans = made.completeness
    assert (spans["start"].iloc[1:].to_numpy() == spans["end"].iloc[:-1].to_numpy()).all()
    assert spans["start"].iloc[0] == made.since
    assert spans["end"].iloc[-1] == made.until


def test_a_silence_that_the_archive_itself_has_is_no_finding(tmp_path: Path) -> None:
    organisation = Organisation(seed=5, people=12, days=35)
    with Sandbox(accounts=1, events=1, organisations=[organisation]) as sandbox:
        account = kd.Account(
            token=sandbox.accounts[1].token, base_url=sandbox.base_url, api_version=2
        )
        archive = kd.Archive(tmp_path / "a", now=lambda: sandbox.clock.now)
        end = sandbox.clock.now
        for hours in range(34 * 24, -1, -20):
            if not 100 < hours < 240:  # nobody synced for nearly six days
                sandbox.clock.set(end - timedelta(hours=hours))
                archive.sync([account], progress=False)
    for found in (audit.report(archive).findings, audit.find(archive)):
        silences = found[found["rule"] == "sudden_silence"]
        assert set(silences["severity"]) == {"info"}
        assert silences["sentence"].str.contains("may lack events").all()


def test_manifests_of_exports_that_follow_each_other_cover_the_time_between(tmp_path: Path) -> None:
    with Sandbox(accounts=1, events=400, span=10) as sandbox:
        account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        first = account.events(limit=None).to_parquet(tmp_path / "1.parquet")
        account.events(cursor=first.cursor_to).to_parquet(tmp_path / "2.parquet")
    paths = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    made = audit.report(paths, until=pd.Timestamp.now("UTC"))
    states = set(made.completeness["state"])
    assert "covered" in states  # the day before the export began
    assert "unknown" in states  # what the simulated clock says was long before that
    assert [one.note for one in made.inputs] == ["as its manifest says"] * 2


def test_a_changed_file_is_named(events: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    export_frame(events, path, "parquet", name="events")
    events.head(100).to_parquet(path)
    assert "CHANGED" in audit.report(path).to_html()


def test_an_interrupted_or_limited_export_covers_nothing(tmp_path: Path) -> None:
    with Sandbox(accounts=1, events=400, span=10) as sandbox:
        account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        account.events(limit=50).to_parquet(tmp_path / "1.parquet")
    made = audit.report(tmp_path / "1.parquet", until=pd.Timestamp.now("UTC"))
    assert set(made.completeness["state"]) == {"unknown"}


def test_secrets_of_applications_are_not_shown(events: pd.DataFrame) -> None:
    with Sandbox(accounts=1, events=1) as sandbox:
        client = kd.Client(token=sandbox.meta_token, base_url=sandbox.base_url)
        applications = kd.list_applications(client, include=["apikeys", "webhooks"])
        made = audit.report(events, applications=applications)
        for text in (made.to_html(), made.to_json(), made.to_markdown()):
            assert sandbox.api_key not in text
        assert "Applications, their keys and webhooks" in made.to_html()


def test_the_command_writes_a_report(
    events: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_frame(events, tmp_path / "e.parquet", "parquet", name="events")
    for name in ("r.html", "r.md", "r.json"):
        arguments = ["audit", "report", str(tmp_path / "e.parquet"), "--output"]
        assert main([*arguments, str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size > 5_000
    assert "findings: " in capsys.readouterr().out
    # There is a finding of high severity, for schedulers.
    assert main(["audit", "find", str(tmp_path / "e.parquet"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found[0]["severity"] == "high"
    listed = CliRunner().invoke(cli, ["audit", "rules", "--json"])
    assert len(json.loads(listed.output)) == 12
    output = str(tmp_path / "o.jsonl")
    assert main(["audit", "ocsf", str(tmp_path / "e.parquet"), "--output", output]) == 0


def test_an_unknown_format_is_refused(events: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="no format"):
        audit.report(events.head(10), tmp_path / "report.docx")
    assert not list(tmp_path.iterdir())


def test_it_shows_itself_in_a_frame_of_its_own(events: pd.DataFrame) -> None:
    shown = audit.report(events)._repr_html_()
    assert shown.startswith("<iframe sandbox ")
    assert "<h1>" not in shown
