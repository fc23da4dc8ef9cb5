"""The benchmarks run and report their results."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import audit_scale, large
from benchmarks.__main__ import NAMES
from benchmarks.report import Goal, Report

ROOT = Path(__file__).parent.parent.parent


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=280,
    )


def test_one_benchmark_by_its_name_as_json():
    done = run("startup", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)
    assert report["name"] == "startup"
    assert report["machine"]
    assert {row["what"] for row in report["rows"]} >= {"import requests", "kloudless-data --help"}
    assert all(row["figure"] > 0 for row in report["rows"])
    assert len(report["goals"]) == 2


def test_a_list_says_what_each_measures_and_runs_none():
    done = run("--list")
    assert done.returncode == 0, done.stderr
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    assert [name for name, _ in lines] == list(NAMES)
    assert all(len(text) > 20 for _, text in lines)


def test_nox_lists_the_benchmarks_unless_one_is_named():
    pytest.importorskip("nox")
    done = subprocess.run(
        [sys.executable, "-m", "nox", "-s", "bench"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    assert all(f"\n{name} " in f"\n{done.stdout}" for name in NAMES)


def test_the_server_of_the_benchmarks_is_read_to_the_last_event():
    done = run("latency", "--quick")
    assert done.returncode == 0, done.stderr
    assert "8 accounts in parallel" in done.stdout


@pytest.mark.soak
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("first_rows", "events list, the table"),
        ("archive", "one account, one month of 96,000 rows"),
        ("access", "who_can_see of one item"),
        ("scale", "1,000 accounts, the second sync's entries and commit"),
        ("audit_scale", "report of the archive"),
        ("large", "audit.find, two worker processes"),
    ],
)
def test_long_benchmarks_run_with_smaller_numbers(name, says):
    done = run(name, "--quick")
    assert done.returncode == 0, done.stderr
    assert says in done.stdout


@pytest.mark.soak
@pytest.mark.parametrize(("what", "source"), [("find", "export"), ("report", "archive")])
def test_a_way_of_auditing_much_is_measured(what, source, tmp_path):
    assert audit_scale.write(tmp_path, organisations=1, people=12, days=30) > 500
    found = audit_scale._measure(what, tmp_path / source)
    assert found["seconds"] > 0
    assert found["peak"] > 10_000_000


@pytest.mark.soak
def test_a_large_archive_gets_accounts_until_there_are_enough_events(tmp_path):
    events = large.build(tmp_path, 3_000, people=12)
    assert events >= 3_000
    assert large.build(tmp_path, 3_000, people=12) == events
    told = large.measure(tmp_path, "audit.find, two worker processes")["told"]
    assert told.startswith(f"{events:,} events, ")


def test_an_unknown_benchmark_is_refused():
    done = run("warp")
    assert done.returncode == 2
    assert "warp" in done.stderr


@pytest.mark.parametrize(
    ("goal", "reached"),
    [
        (Goal("at least", 10.0, 10, at_least=True), True),
        (Goal("at least", 9.9, 10, at_least=True), False),
        (Goal("at most", 2.0, 2), True),
        (Goal("at most", 2.1, 2), False),
    ],
)
def test_a_goal_is_reached_on_the_right_side_of_its_limit(goal, reached):
    assert goal.reached is reached
    report = Report("one", "How.", goals=[goal])
    report.add("a way", 1234.5, "events/s", "1.00")
    assert ("not reached" not in report.as_text()) is reached
    assert "1,234 events/s" in report.as_text()
