"""The report: the same bytes for the same input, hostile texts harmless, nothing silent."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from hostile import HOSTILE, hostile_events, hostile_report
from markdown_it import MarkdownIt

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.archive.connection import note_disconnected
from kloudless_data.archive.coverage import Retention
from kloudless_data.archive.discovery import Discovered
from kloudless_data.audit.account_time import account_times
from kloudless_data.audit.evidence import series_of
from kloudless_data.audit.loading import open_activity
from kloudless_data.audit.sources import FrameSource
from kloudless_data.cli import cli, main
from kloudless_data.exceptions import ExportFailed, InvalidParameter, OutputExists
from kloudless_data.export import export_frame
from kloudless_data.sandbox import FaultPlan, Sandbox
from kloudless_data.sandbox.organisation import Organisation


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    """Events of a dozen people, one of whom deletes much: for what is made several times."""
    return Organisation(
        seed=9, people=12, days=45, incidents=["mass_deletion", "new_network"]
    ).frame()


@pytest.fixture(scope="module")
def plain(events: pd.DataFrame) -> audit.Report:
    """The report of `events` without any option. Tests must not change it."""
    return audit.report(events, progress=False)


def test_the_same_input_gives_the_same_bytes(events: pd.DataFrame, plain: audit.Report) -> None:
    first, second = plain, audit.report(events.copy())
    assert first.to_html() == second.to_html()
    assert first.to_markdown() == second.to_markdown()
    assert first.to_json() == second.to_json()


def test_a_chart_counts_the_person_or_the_account_day_by_day(
    events: pd.DataFrame, plain: audit.Report
) -> None:
    table = plain.findings
    assert table["person"].notna().any()
    without = table.iloc[:1].assign(id="of-account", person=None)
    with open_activity(FrameSource(events)) as activity:
        found = series_of(activity, pd.concat([table, without]))
        rows = activity.frame("select event_id, account, person, time from activity")
    assert list(found) == [*table["id"], "of-account"]
    for one in pd.concat([table, without]).itertuples():
        mine = rows[rows["account"] == one.account]
        mine = mine[mine["person"] == one.person] if isinstance(one.person, str) else mine
        first, last = one.start - timedelta(days=45), one.end + timedelta(days=15)
        mine = mine[(mine["time"] >= first) & (mine["time"] <= last)]
        days = mine["time"].dt.date
        evidence = mine["event_id"].isin(one.evidence).groupby(days).sum()
        shown = found[one.id]
        assert shown["day"].dt.date.tolist() == sorted(set(days))
        assert shown["events"].tolist() == mine.groupby(days).size().tolist()
        assert shown["evidence"].tolist() == evidence.tolist()


_REPORT = """
import sys
from kloudless_data import audit
made = audit.report(sys.argv[1], progress=False)
sys.stdout.buffer.write((made.to_html() + made.to_markdown() + made.to_json()).encode())
"""


def test_other_processes_on_other_machines_write_the_same_bytes(
    few: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "e.parquet"
    export_frame(few, path, "parquet", name="events")

    def written(seed: str, zone: str) -> bytes:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        command = [sys.executable, "-c", _REPORT, str(path)]
        return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout

    first = written("1", "UTC")
    assert len(first) > 100_000
    assert written("2", "Pacific/Auckland") == first


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_has_no_script_and_no_address_of_anything(plain: audit.Report) -> None:
    page = Page(plain.to_html())
    assert not {"script", "img", "iframe", "link", "object", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [value for name, value in page.attributes if name in ("href", "src", "xlink:href")]
    assert all(value and value.startswith("#") for value in links)


def test_hostile_names_in_every_field_leave_the_page_intact(plain: audit.Report) -> None:
    applications = pd.DataFrame({"name": ["a"], "apikeys": ['[{"id": 1}]']})
    made = hostile_report()
    usual = Page(replace(plain, applications=applications).to_html())
    page = Page(made.to_html())
    assert set(page.tags) <= set(usual.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    for text in (made.to_html(), made.to_markdown()):
        assert "\u202e" not in text
        assert "\x1b" not in text
    assert json.loads(made.to_json())["title"] == HOSTILE


def test_a_column_of_blanks_is_not_shown(plain: audit.Report) -> None:
    (first, *_) = plain.findings["id"]
    rows = plain.evidence[first].assign(path="", target=None, ip=["", *["1.2.3.4"] * 99][: len(
        plain.evidence[first])])  # fmt: skip
    page = replace(plain, evidence={first: rows}).to_html()
    table = page[page.index(f"Evidence of finding 1 ({first})</caption>") :].partition("</table>")[
        0
    ]
    assert ">ip</th>" in table
    assert ">path</th>" not in table
    assert ">target</th>" not in table


def test_hostile_names_are_plain_text_in_markdown() -> None:
    """A renderer that lets HTML through makes of them no element that we did not write."""
    text = hostile_report().to_markdown()
    rendered = Page(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    ours = {
        "h1",
        "h2",
        "h3",
        "p",
        "ul",
        "li",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert set(rendered.tags) <= ours
    assert rendered.attributes == []
    # Every row of a table has the columns that its header has.
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [re.sub(r"\\.", "", line).count("|") for line in block.splitlines()]
        assert len(set(rows)) == 1


def test_long_names_are_cut() -> None:
    frame = hostile_events()
    frame["user_email"] = "x" * 5_000
    made = audit.report(frame, title="y" * 50_000)
    assert "x" * 200 not in made.to_html()
    assert "y" * 200 not in made.to_html()


def test_a_bare_frame_is_unknown(plain: audit.Report) -> None:
    assert plain.completeness["state"].tolist() == ["unknown"]
    assert "Nothing says whether all events" in plain.to_html()
    assert "unknown" in plain.to_markdown()


def test_the_ledger_of_an_archive_shows_the_coverage(tmp_path: Path) -> None:
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
    for found in (audit.report(archive).findings, audit.find(archive, ["sudden_silence"])):
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


def test_an_account_that_failed_is_not_covered(tmp_path: Path) -> None:
    plan = FaultPlan(seed=1, revoke_at_event=100, revoke_account=1)
    with Sandbox(accounts=2, events=300, faults=plan) as sandbox:
        accounts = [kd.Account(token=a.token, base_url=sandbox.base_url) for a in sandbox.accounts]
        stream = kd.read_events(accounts, page_size=50, on_error="collect")
        manifest = stream.to_parquet(tmp_path / "1.parquet")
        ids = {one["source"]: one["id"] for one in manifest.accounts or []}
    (source,) = manifest.failures
    made = audit.report(tmp_path / "1.parquet", until=pd.Timestamp.now("UTC"))
    states = made.completeness.groupby("account")["state"].agg(set)
    assert states.pop(ids[source]) == {"unknown"}
    assert all("covered" in others for others in states)
    assert "could not be read to its end" in made.to_html()
    assert "could not be read to its end" in made.to_markdown()


def test_requested_accounts_are_named_even_without_an_event(few: pd.DataFrame) -> None:
    there = few["account"].iloc[0]
    made = audit.report(few, accounts=iter([there, "999"]))
    assert made.accounts == sorted([there, "999"])
    assert dict(zip(made.completeness["account"], made.completeness["state"], strict=True)) == {
        there: "unknown", "999": "unknown",
    }  # fmt: skip
    assert "999" in made.to_html()


def test_an_archive_names_gone_accounts_and_only_requested_ones(
    tmp_path: Path,
) -> None:
    with Sandbox(accounts=3, events=200, span=10) as sandbox:
        client = kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
        archive = kd.Archive(tmp_path / "a", now=lambda: sandbox.clock.now)
        archive.sync(client, progress=False)
        gone = str(sandbox.accounts[2].id)
        sandbox.clock.advance(hours=5)
        left = {str(one.id): None for one in sandbox.accounts if str(one.id) != gone}
        snapshots = archive._tables.open_both()
        found = Discovered(left, everybody=True)
        note_disconnected(archive._tables, snapshots, archive._now, found)
        until = sandbox.clock.now
    made = audit.report(archive, until=until)
    last = made.completeness.groupby("account").tail(1).set_index("account")
    assert last.loc[gone, "reason"] == "the application no longer has this account"
    assert list(last["reason"]).count("the application no longer has this account") == 1
    one = audit.report(archive, accounts=[gone])
    assert one.accounts == [gone]
    assert set(one.completeness["account"]) == {gone}


def test_an_archive_without_events_speaks_of_the_time_of_its_ledger(tmp_path: Path) -> None:
    with Sandbox(accounts=1, events=0) as sandbox:
        account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        archive = kd.Archive(tmp_path / "a", now=lambda: sandbox.clock.now)
        archive.sync([account], progress=False)
        made = audit.report(archive)
        # 24 hours are kept, with a tolerance of one at either end.
        now, hour = sandbox.clock.now, timedelta(hours=1)
        assert (made.since, made.until) == (now - 23 * hour, now - hour)
    assert made.completeness["state"].tolist() == ["empty"]
    assert "There are no events of this time" in made.to_html()
    assert "There are no events of this time" in made.to_markdown()


def test_the_retention_that_is_given_counts_for_an_archive_too(tmp_path: Path) -> None:
    with Sandbox(accounts=1, events=100, retention_hours=72) as sandbox:
        account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        archive = kd.Archive(tmp_path / "a", now=lambda: sandbox.clock.now)
        archive.sync([account], progress=False)
        sandbox.clock.advance(hours=50)
        archive.sync([account], progress=False)
        until = sandbox.clock.now
    usual, longer = audit.report(archive, until=until), audit.report(
        archive, until=until, retention=Retention(hours=72)
    )  # fmt: skip
    assert "possibly lost" in set(usual.completeness["state"])
    assert "possibly lost" not in set(longer.completeness["state"])
    assert "for 72 hours" in longer.to_html()


def test_the_least_covered_accounts_are_shown_first() -> None:
    day = pd.Timestamp("2026-03-01", tz="UTC")
    rows = [(str(n), day, day + pd.Timedelta(days=1), "covered", 0, "") for n in range(400)]
    rows[333] = ("333", day, day + pd.Timedelta(days=1), "lost", 0, "too old")
    names = ["account", "start", "end", "state", "events", "reason"]
    times = account_times(pd.DataFrame(rows, columns=names), day, day + pd.Timedelta(days=1))
    assert [one.account for one in times[:2]] == ["333", "0"]


def test_hundreds_of_findings_keep_the_page_usable(few: pd.DataFrame) -> None:
    many = audit.SqlRule(
        label="each_object",
        query="select event_id, object_id as grouping from activity where object_id is not null",
        severity="low",
    )
    made = audit.report(few, rules=[many])
    assert made.counts["low"] > 1_000
    page = made.to_html()
    assert len(page) < 3_000_000
    assert page.count("<article") == 200
    assert f"{made.counts['low'] - 200:,} more findings" in page
    assert f"{made.counts['low'] - 200:,} more findings" in made.to_markdown()
    assert len(json.loads(made.to_json())["findings"]) == made.counts["low"]


def test_requested_secrets_of_applications_are_masked(events: pd.DataFrame) -> None:
    what = ["apikeys", "webhooks", "service_keys"]
    with Sandbox(accounts=1, events=1) as sandbox:
        client = kd.Client(token=sandbox.meta_token, base_url=sandbox.base_url)
        listed = kd.list_applications(client, include=what, show_secrets=True)
        below = [kd.list_application_items(client, one, show_secrets=True) for one in what]
        secrets = {*below[0]["key"], *below[2]["client_secret"]}
    made = audit.report(events.head(500), applications=listed)
    for text in (made.to_html(), made.to_json(), made.to_markdown()):
        assert len(secrets) > 5
        assert not [secret for secret in secrets if secret in text]
        assert "hooks.aldermoor.example" in text


def test_secrets_of_applications_are_not_shown(events: pd.DataFrame) -> None:
    with Sandbox(accounts=1, events=1) as sandbox:
        client = kd.Client(token=sandbox.meta_token, base_url=sandbox.base_url)
        applications = kd.list_applications(client, include=["apikeys", "webhooks"])
        made = audit.report(events.head(500), applications=applications)
        for text in (made.to_html(), made.to_json(), made.to_markdown()):
            assert sandbox.api_key not in text
        assert "Applications, their keys and webhooks" in made.to_html()


def test_the_command_writes_a_report(
    few: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_frame(few, tmp_path / "e.parquet", "parquet", name="events")
    for name in ("r.html", "r.md", "r.xlsx", "r.json"):
        arguments = ["audit", "report", str(tmp_path / "e.parquet"), "--output"]
        assert main([*arguments, str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size > 5_000
    assert "findings: " in capsys.readouterr().out
    # There is a finding of high severity, for schedulers.
    assert main(["audit", "find", str(tmp_path / "e.parquet"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found[0]["severity"] == "high"
    listed = CliRunner().invoke(cli, ["audit", "rules", "--json"])
    assert [one["rule"] for one in json.loads(listed.output)] == list(audit.RULES)
    assert len(audit.RULES) >= 12
    output = str(tmp_path / "o.jsonl")
    assert main(["audit", "ocsf", str(tmp_path / "e.parquet"), "--output", output]) == 0


def test_the_command_replaces_nothing_unasked_and_lists_applications(
    events: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_frame(events.head(500), tmp_path / "e.parquet", "parquet", name="events")
    for name in ("a.parquet", "a.csv", "a.jsonl"):
        listed = pd.DataFrame(
            {"name": ["Portal"], "apikeys": ['[{"id": 1, "key": "0123456789abc"}]']}
        )
        export_frame(listed, tmp_path / name, name.rpartition(".")[2], name="applications")
        (tmp_path / "r.html").write_text("precious")
        command = ["audit", "report", str(tmp_path / "e.parquet"), "--output",
                   str(tmp_path / "r.html"), "--applications", str(tmp_path / name)]  # fmt: skip
        assert main(command) == 1
        assert "already exists" in capsys.readouterr().err
        assert (tmp_path / "r.html").read_text() == "precious"
        assert main([*command, "--force"]) == 0
        page = (tmp_path / "r.html").read_text()
        assert "Portal" in page
        assert "****9abc" in page
        assert "0123456789abc" not in page
    assert main([*command[:-1], str(tmp_path / "r.html"), "--force"]) == 2
    assert "is not a list of applications" in capsys.readouterr().err


def test_nothing_is_read_when_nothing_could_be_written(
    events: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "r.html").write_text("precious")
    for target in (tmp_path / "r.html", tmp_path / "no" / "r.html", tmp_path):
        with pytest.raises((OutputExists, ExportFailed, InvalidParameter)):
            audit.report("nothing.parquet", target)
    made = audit.report(events.head(100))
    with pytest.raises(OutputExists):
        made.save(tmp_path / "r.html")
    made.save(tmp_path / "r.html", force=True)
    assert (tmp_path / "r.html").read_text() == made.to_html("r.html.evidence.json")


def test_all_evidence_is_named_and_written_beside_the_page(
    few: pd.DataFrame, tmp_path: Path
) -> None:
    made = audit.report(few, tmp_path / "r.html", progress=False)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["r.html", "r.html.evidence.json"]
    assert "r.html.evidence.json" in (tmp_path / "r.html").read_text()
    told = json.loads((tmp_path / "r.html.evidence.json").read_text())
    assert [one["id"] for one in told["findings"]] == made.findings["id"].tolist()
    assert told["findings"][0]["evidence"] == made.findings["evidence"].iloc[0]


def test_the_cover_shows_the_given_lines_and_no_date_of_its_own(
    few: pd.DataFrame, plain: audit.Report
) -> None:
    made = audit.report(
        few, client="Example Ltd", period="the first quarter", prepared_by="A. Auditor",
        classification="Confidential", date="2026-04-01", progress=False,
    )  # fmt: skip
    for text in (made.to_html(), made.to_markdown()):
        for said in ("Example Ltd", "the first quarter", "A. Auditor", "Confidential"):
            assert said in text
    assert json.loads(made.to_json())["cover"]["Date of issue"] == "2026-04-01"
    assert "Date of issue" not in plain.to_html()
    assert "Prepared by" not in plain.to_markdown()


def test_completeness_stands_beside_the_first_sentence(plain: audit.Report) -> None:
    page = plain.to_html()
    first, second = page.index("were examined"), page.index("Nothing says whether all events")
    assert first < second < page.index("<main>")


def test_accounts_are_named_with_their_service_and_the_only_one_is_no_column() -> None:
    times = pd.date_range("2026-03-01", periods=6, freq="h", tz="UTC")
    rows = pd.DataFrame({"id": list("abcdef"), "modified": times, "event_type": "download",
                         "user_email": "ann@a.example", "account": "42",
                         "service": "sharefile"})  # fmt: skip
    page = audit.report(rows, progress=False).to_html()
    assert "1: 42 (ShareFile)" in page
    assert "What the words of ShareFile mean is assumed" in page
    people = page[page.index('<h2 id="people">') : page.index('<h2 id="services">')]
    assert ">account<" not in people
    two = audit.report(rows.assign(account=["1", "2"] * 3), progress=False).to_html()
    assert ">account<" in two[two.index('<h2 id="people">') : two.index('<h2 id="services">')]


def test_how_seldom_something_is_is_said_in_words(plain: audit.Report) -> None:
    words = plain.findings["numbers"].iloc[0]["how_often"]
    assert words.endswith(" here")
    assert words in plain.to_html()


def test_an_event_is_shown_with_its_own_accounts_evidence() -> None:
    """Ids are unique within an account only."""
    time = pd.Timestamp("2026-03-01", tz="UTC")
    frame = pd.DataFrame(
        {"id": ["1", "1"], "account": ["7", "8"], "type": "delete", "user_id": ["u", "v"],
         "modified": [time, time], "metadata_name": ["mine", "another's"]}
    )  # fmt: skip
    mine = "select account, event_id from activity where account = '7'"
    own = audit.SqlRule(label="r", query=mine)
    made = audit.report(frame, rules=[own])
    seven = made.findings.query("account == '7'")["id"].item()
    assert made.evidence[seven]["name"].tolist() == ["mine"]


def test_an_unknown_format_is_refused(events: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="no format"):
        audit.report(events.head(10), tmp_path / "report.docx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "format", "remedy"),
    [
        ("r.md", "html", "Use format='md', or a name that ends in .html."),
        ("r.HTML", "md", "Use format='html', or a name that ends in .md."),
        ("r.json", "xlsx", "Use format='json', or a name that ends in .xlsx."),
        ("r.csv", "html", "Use a name that ends in .html, .md, .xlsx or .json"),
        ("r.html.gz", "html", "would not be packed as its name says. End it in .html."),
        ("r.zip", "json", "would not be packed as its name says. End it in .json."),
    ],
)
def test_a_name_that_says_another_format_is_refused(
    plain: audit.Report, tmp_path: Path, name: str, format: str, remedy: str
) -> None:
    with pytest.raises(InvalidParameter) as refused:
        plain.save(tmp_path / name, format)
    assert remedy in str(refused.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "format"), [("r.htm", "html"), ("r", "md"), ("r.json", "json"), ("of.2026", "html")]
)
def test_other_names_fit_a_format_that_is_given(
    plain: audit.Report, tmp_path: Path, name: str, format: str
) -> None:
    plain.save(tmp_path / name, format)
    assert (tmp_path / name).exists()


def test_it_shows_itself_in_a_frame_of_its_own(plain: audit.Report) -> None:
    shown = plain._repr_html_()
    assert shown.startswith("<iframe sandbox ")
    assert "<h1>" not in shown


def test_people_not_judged_for_too_little_history_are_named() -> None:
    times = pd.date_range("2026-03-02 09:00", periods=40, freq="3h", tz="UTC")
    frame = pd.DataFrame(
        {"id": [f"e{n}" for n in range(40)], "account": "7", "type": "update", "modified": times,
         "user_email": "ann@x.example", "metadata_name": "a.txt"}
    )  # fmt: skip
    made = audit.report(frame)
    sentence = made.unjudged["off_hours"]
    assert "too little history" in sentence
    assert sentence in made.to_html()
    assert sentence in made.to_markdown()
    assert json.loads(made.to_json())["unjudged"] == made.unjudged


def test_an_archive_is_judged_up_to_the_last_read_in_its_ledger(tmp_path: Path) -> None:
    organisation = Organisation(seed=5, people=8, days=40)
    with Sandbox(
        accounts=1,
        events=0,
        organisations=[organisation],
        retention_events=None,
        retention_hours=None,
    ) as sandbox:
        account = kd.Account(token=sandbox.accounts[-1].token, base_url=sandbox.base_url)
        archive = kd.Archive(tmp_path / "a", retention=Retention(None, None))
        archive.sync([account], progress=False)
        last = archive.events(columns=["modified"])["modified"].max()
        sandbox.clock.advance(hours=24 * 30)
        archive.sync([account], progress=False)
        read = sandbox.clock.now - timedelta(hours=1)
    # Everything has stopped, and that is known: the server was asked.
    silent = audit.find(archive, ["sudden_silence"])
    assert not silent.empty
    assert audit.report(archive, rules=["sudden_silence"]).until == read
    assert audit.find(archive, ["sudden_silence"], until=last).empty
