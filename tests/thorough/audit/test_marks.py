"""Reviewers' marks: what was dismissed stays so, and what is accepted is for information."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from kloudless_data import audit
from kloudless_data.cli import cli
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.export import export_frame

from .test_worlds import stolen, work
from .worlds import events_of


@pytest.fixture
def first(findings: pd.DataFrame) -> tuple[str, str, str]:
    row = findings.iloc[0]
    return row["id"], row["rule"], row["person"]


def test_a_dismissed_finding_is_remembered_with_reason_and_name(
    events: pd.DataFrame, first: tuple[str, str, str], tmp_path: Path
) -> None:
    finding, _, _ = first
    path = tmp_path / "marks.csv"
    path.write_text(f"id,reason,by,on\n{finding},a planned clean-up,A. Auditor,2026-03-02\n")
    made = audit.report(events, dismissed=path, progress=False)
    row = made.findings.set_index("id").loc[finding]
    assert row["severity"] == "info"
    assert row["dismissed"] == "a planned clean-up (A. Auditor, 2026-03-02)"
    before = audit.report(events, progress=False)
    assert sum(made.counts.values()) == sum(before.counts.values()) - 1
    for text in (made.to_html(), made.to_markdown()):
        assert "Dismissed by reviewers" in text
        assert "a planned clean-up" in text
    assert "Dismissed by reviewers" not in before.to_html()


def test_accepted_behaviour_covers_a_rule_and_a_person_up_to_a_day(
    events: pd.DataFrame, first: tuple[str, str, str]
) -> None:
    _, rule, person = first
    mark = audit.Mark("every month", "A. Auditor", rule=rule, person=person)
    found = audit.find(events, [rule], dismissed=[mark], progress=False)
    mine = found["person"] == person
    assert found.loc[mine, "dismissed"].notna().all()
    assert found.loc[~mine, "dismissed"].isna().all()
    shouted = audit.Mark("every month", "A. Auditor", rule=rule, person=person.upper())
    assert audit.find(events, [rule], dismissed=[shouted], progress=False).equals(found)
    over = audit.Mark("once", "A. Auditor", rule=rule, person=person, until="2020-01-01")
    assert audit.find(events, [rule], dismissed=[over], progress=False)["dismissed"].isna().all()


def test_marks_that_match_no_finding_are_named(
    events: pd.DataFrame, first: tuple[str, str, str], tmp_path: Path
) -> None:
    finding, rule, person = first
    marks = [
        audit.Mark("planned", "A. Auditor", id=finding),
        audit.Mark("mistyped", "A. Auditor", id="1f0c2d3e4a5b"),
        audit.Mark("over", "A. Auditor", rule=rule, person=person, until="2020-01-01"),
    ]
    unmatched = ["id 1f0c2d3e4a5b", f"rule {rule}, person {person}, until 2020-01-01"]
    found = audit.find(events, dismissed=marks, progress=False)
    assert found.attrs["unmatched_marks"] == unmatched
    made = audit.report(events, dismissed=marks, progress=False)
    assert made.conditions["Reviewers' marks that match no finding"] == "; ".join(unmatched)
    export_frame(events, tmp_path / "events.parquet", "parquet", name="events")
    audit.write_marks(tmp_path / "marks.csv", marks)
    given = [str(tmp_path / "events.parquet"), "--dismissed", str(tmp_path / "marks.csv")]
    for command in (["find"], ["report", "--output", str(tmp_path / "report.md")]):
        said = CliRunner().invoke(cli, ["audit", *command, *given]).stderr
        assert said.count("matches no finding") == 2
        assert "matches no finding: id 1f0c2d3e4a5b\n" in said


def test_a_finding_that_other_rules_saw_too_is_not_of_the_accepted_rule_only() -> None:
    events = events_of([*work(), *stolen()])
    found = audit.find(events, progress=False)
    several = found[found["rules"].map(len) > 1].iloc[0]
    mark = audit.Mark("x", "y", rule=several["rule"], person=several["person"])
    again = audit.find(events, dismissed=[mark], progress=False).set_index("id")
    assert pd.isna(again.loc[several["id"], "dismissed"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,reason,by\n7,,A\n", "entry 1: A mark needs a reason"),
        ("id,reason,by\n,why,A\n", "names no finding"),
        ('{"a": 1}', "cannot be read"),
        ("rule,reason,by,on,until\nx,w,A,2026-02-02,2026-02-01\n", "is before on"),
        ("rule,reason,by,until\nx,why,A,tomorrow\n", "entry 1: until must be a date such as"),
    ],
)
def test_marks_that_say_nothing_are_refused(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / ("m.json" if text.startswith("{") else "m.csv")
    path.write_text(text)
    with pytest.raises(InvalidParameter, match=says):
        audit.read_marks(path)


def test_a_day_that_is_none_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    done = CliRunner().invoke(cli, ["audit", "dismiss", "7", "--file", str(path), "--by", "A",
                                    "--reason", "x", "--until", "tomorrow"])  # fmt: skip
    assert isinstance(done.exception, InvalidParameter)
    assert not path.exists()


def test_the_command_line_adds_marks_that_the_next_report_remembers(
    events: pd.DataFrame, first: tuple[str, str, str], tmp_path: Path
) -> None:
    finding, _, _ = first
    marks, source = str(tmp_path / "marks.csv"), tmp_path / "e.parquet"
    export_frame(events, source, "parquet", name="events")
    run = CliRunner()
    for arguments in ([finding], ["--rule", "off_hours", "--until", "2027-01-01"]):
        done = run.invoke(cli, ["audit", "dismiss", *arguments, "--file", marks, "--by", "A",
                                "--reason", "known"])  # fmt: skip
        assert done.exit_code == 0, done.output
    assert len(audit.read_marks(marks)) == 2
    out = tmp_path / "r.md"
    done = run.invoke(cli, ["audit", "report", str(source), "--output", str(out),
                            "--dismissed", marks])  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Dismissed by reviewers" in out.read_text()


def test_a_written_mark_is_no_formula_to_a_spreadsheet_and_reads_as_it_was(tmp_path: Path) -> None:
    texts = ["=1+1", "\u200b@SUM(1)", "a;=1", "\ufeff-1", "'=1", "plain", "half \ud800"]
    marks = [audit.Mark("why", "by", person=text) for text in texts]
    path = tmp_path / "marks.csv"
    audit.write_marks(path, marks)
    with path.open(encoding="utf-8", newline="") as file:
        written = [row["person"] for row in csv.DictReader(file)]
    assert written[:4] == ["'=1+1", "'\u200b@SUM(1)", "a;'=1", "'\ufeff-1"]
    read = [mark.person for mark in audit.read_marks(path)]
    assert read == [*texts[:-1], "half \\ud800"]


@pytest.mark.parametrize("given", [("--reason", ""), ("--by", " "), ("--until", "2020-01-01")])
def test_the_command_writes_no_mark_that_could_not_be_read(
    given: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "marks.csv"
    usual = ["--reason", "planned", "--by", "A. Auditor", "--on", "2026-03-01"]
    done = CliRunner().invoke(cli, ["audit", "dismiss", "x", "--file", str(path), *usual, *given])
    assert isinstance(done.exception, InvalidParameter)
    assert not path.exists()


def test_a_time_and_an_account_without_events_are_named(events: pd.DataFrame) -> None:
    some = events.head(200)
    assert audit.find(some, since="2030-01-01", progress=False).attrs["examined"] == {}
    found = audit.find(some, accounts=[some["account"].iloc[0], "nope"], progress=False)
    assert sum(found.attrs["examined"].values()) == 200


def test_the_command_names_them(events: pd.DataFrame, tmp_path: Path) -> None:
    path = str(tmp_path / "events.parquet")
    export_frame(events.head(200), path, "parquet", name="events")
    said = {
        "no event was examined": ["--since", "2030-01-01"],
        "the input has no event of this time and account: nope":
            ["--account", "nope", "--account", str(events["account"].iloc[0])],
    }  # fmt: skip
    for sentence, given in said.items():
        assert sentence in CliRunner().invoke(cli, ["audit", "find", path, *given]).stderr


def test_the_command_says_that_there_is_no_such_rule(tmp_path: Path) -> None:
    file = str(tmp_path / "marks.csv")
    given = ["audit", "dismiss", "--file", file, "--reason", "x", "--by", "A"]
    wrong = CliRunner().invoke(cli, [*given, "--rule", "nope"])
    assert "there is no rule 'nope'" in wrong.stderr
    assert "audit rules" in wrong.stderr
    assert CliRunner().invoke(cli, [*given, "--rule", "off_hours"]).stderr == ""
