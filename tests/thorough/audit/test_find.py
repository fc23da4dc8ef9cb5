"""Findings: what stands out is found with its evidence, and what is innocent is not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from organisations import organisation_of
from repeats import some
from unit.memory import MemorySandbox

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.audit.loading import open_activity
from kloudless_data.audit.rules import MassDeletion
from kloudless_data.audit.sources import source_of
from kloudless_data.cli import cli
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.export import export_frame
from kloudless_data.sandbox.organisation.incidents import INCIDENTS
from kloudless_data.sandbox.organisation.near_misses import NEAR_MISSES


def serious(findings: pd.DataFrame) -> pd.DataFrame:
    return findings[findings["severity"].isin(["high", "medium"])]


@pytest.mark.parametrize("kind", INCIDENTS)
def test_every_kind_of_incident_is_found_by_its_own_rule(kind: str) -> None:
    frame, labels, until = organisation_of(41, kind)
    (label,) = labels.itertuples()
    found = audit.find(frame, [kind], until=until)
    # Strange hours alone are for information: deadlines and nights on call look the same.
    found = found[found["person"].notna()] if kind == "off_hours" else serious(found)
    assert len(found) >= 1
    if kind == "off_hours":
        found = found[(found["start"] <= label.end) & (found["end"] >= label.start)]
        assert len(found) == 1
    for row in found.itertuples():
        assert row.start <= label.end
        assert row.end >= label.start
        if kind == "sudden_silence":
            continue
        assert row.person == label.person
        # Its evidence is the incident's, but for what somebody did in the same hour besides.
        assert len(set(row.evidence) & set(label.events)) >= 0.5 * len(row.evidence)
    if kind != "sudden_silence":
        evidence = set().union(*found["evidence"])
        assert len(evidence & set(label.events)) >= 0.5 * len(label.events)


@pytest.mark.parametrize("kinds", some(1, [[*NEAR_MISSES], *([kind] for kind in NEAR_MISSES)]))
def test_near_misses_are_no_findings_of_high_severity(kinds: Iterable[str]) -> None:
    frame, _, until = organisation_of(52, *kinds)
    found = audit.find(frame, until=until)
    assert found[found["severity"] == "high"].empty, found["sentence"].tolist()


def test_events_without_a_time_are_counted_by_find_and_by_the_command(tmp_path: Path) -> None:
    events = pd.DataFrame(
        {"id": [str(number) for number in range(5)], "account": "7", "type": "delete"}
    )
    events["modified"] = pd.to_datetime(["2026-03-01T10:00:00Z", *[None] * 4], utc=True)
    assert audit.find(events).attrs["timeless"] == 4
    events.to_parquet(tmp_path / "events.parquet")
    done = CliRunner().invoke(cli, ["audit", "find", str(tmp_path / "events.parquet")])
    assert "without a time, so that no rule judged them: 4 events" in done.output + done.stderr


def test_evidence_exists_and_is_in_order(events: pd.DataFrame, findings: pd.DataFrame) -> None:
    times = events.set_index("id")["modified"]
    for row in findings.itertuples():
        if not row.evidence:  # what many do at once has none
            continue
        assert times.loc[row.evidence].is_monotonic_increasing
        assert row.events == len(row.evidence)
        assert row.start <= times.loc[row.evidence].min() <= row.end


def test_columns_and_order_of_findings(events: pd.DataFrame, findings: pd.DataFrame) -> None:
    found = findings
    assert list(found.columns) == [
        "id", "rule", "severity", "start", "end", "account", "person", "sentence", "numbers",
        "evidence", "events", "decades", "rules", "dismissed", "observations",
    ]  # fmt: skip
    rank = found["severity"].map(audit.SEVERITIES.index)
    assert rank.is_monotonic_increasing
    assert found["id"].is_unique
    empty = audit.find(events.head(3))
    assert empty.dtypes.to_dict() == found.dtypes.to_dict()


def test_all_sources_give_the_same_findings(
    events: pd.DataFrame, findings: pd.DataFrame, tmp_path: Path
) -> None:
    expected = findings["id"].tolist()
    export_frame(events, tmp_path / "e.parquet", "parquet", name="events")
    assert audit.find(tmp_path / "e.parquet")["id"].tolist() == expected
    half = len(events) // 2
    for name, part in (("a", events[:half]), ("b", events[half:])):
        export_frame(part, tmp_path / f"{name}.parquet", "parquet", name="events")
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    assert audit.find(paths)["id"].tolist() == expected


def test_v1_and_v2_give_the_same_findings() -> None:
    from kloudless_data.sandbox.organisation import Organisation

    kinds = ["mass_deletion", "external_sharing", "permission_escalation"]
    made = Organisation(seed=8, people=30, days=60, incidents=kinds)
    first, second = (audit.find(made.frame(version), budget=4) for version in (1, 2))
    assert serious(first)["id"].tolist() == serious(second)["id"].tolist()
    assert {rule for rules in serious(first)["rules"] for rule in rules} >= set(kinds)


def test_a_window_uses_earlier_events_as_history() -> None:
    frame, labels, until = organisation_of(41, "mass_deletion")
    (label,) = labels.itertuples()
    since = label.start - pd.Timedelta(hours=1)
    inside = serious(audit.find(frame, ["mass_deletion"], since=since, until=until))
    after = audit.find(frame, ["mass_deletion"], since=label.end + pd.Timedelta(hours=1))
    assert len(inside) == 1
    assert inside["numbers"].iloc[0]["days_of_history"] > 20
    assert serious(after).empty
    recent = frame[frame["modified"] >= since]
    earlier = frame[frame["modified"] < since]
    with_baseline = audit.find(recent, ["mass_deletion"], baseline=earlier, until=until)
    assert serious(with_baseline)["id"].tolist() == inside["id"].tolist()


def test_too_little_history_is_said() -> None:
    times = pd.date_range("2026-03-02 09:00", periods=200, freq="1min", tz="UTC")
    frame = pd.DataFrame({
        "id": [str(n) for n in range(200)], "account": "7", "type": "delete", "modified": times,
        "user_id": "u1", "metadata_id": [f"f{n}" for n in range(200)],
    })  # fmt: skip
    few = pd.DataFrame({
        "id": [f"o{n}" for n in range(40)], "account": "7", "type": "delete",
        "modified": pd.date_range("2026-02-27", periods=40, freq="2h", tz="UTC"),
        "user_id": [f"u{n % 8 + 2}" for n in range(40)],
        "metadata_id": [f"g{n}" for n in range(40)],
    })  # fmt: skip
    found = audit.find(pd.concat([few, frame]), ["mass_deletion"])
    assert found["severity"].tolist() == ["low"]
    assert "too little history" in found["sentence"].iloc[0]


def test_parameters_can_be_given(events: pd.DataFrame) -> None:
    assert len(audit.find(events, [MassDeletion(least=100_000)])) == 0
    assert len(audit.find(events, "mass_deletion")) >= 1


def test_an_own_rule_of_sql_has_evidence(events: pd.DataFrame) -> None:
    rule = audit.SqlRule(
        label="png", query="select event_id from activity where name like '%.png'", severity="low",
        sentence="{person} had {events} pictures.",
    )  # fmt: skip
    found = audit.find(events, [rule])
    assert set(found["rule"]) == {"png"}
    pictures = events[events["metadata_name"].str.endswith(".png", na=False)]
    assert sorted(found["evidence"].explode()) == sorted(pictures["id"])


def test_an_own_rule_of_python_runs_in_the_audit_that_it_is_passed_to(events: pd.DataFrame) -> None:
    @audit.rule("at_noon", columns=("person", "time"), condition="kind = 'delete'")
    def at_noon(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["time"].dt.hour == 12]

    found = audit.find(events, [at_noon])
    noon = events[(events["modified"].dt.hour == 12) & (events["event_type"] == "delete")]
    assert set(found["rule"]) == {"at_noon"}
    assert found["events"].sum() == len(noon) > 0


def test_a_rule_of_ones_own_is_nobody_elses(events: pd.DataFrame) -> None:
    before = list(audit.RULES)

    @audit.rule("everything")
    def everything(frame: pd.DataFrame) -> pd.DataFrame:
        return frame

    report = audit.report(events, rules=[*audit.RULES, everything], progress=False)
    assert [rule.name for rule in report.rules] == [*before, "everything"]
    assert [rule.name for rule in audit.Audit(events).rules] == list(audit.RULES) == before
    with pytest.raises(InvalidParameter, match="pass a rule of your own itself"):
        audit.find(events, ["everything"])
    with pytest.raises(InvalidParameter, match=r"rules=\[\*audit.RULES, my_rule\]"):
        audit.RULES["everything"] = everything  # type: ignore[index]
    with pytest.raises(AttributeError, match=r"rules=\[\*audit.RULES, my_rule\]"):
        audit.register  # noqa: B018


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda e: audit.find(e, ["nonsense"]), "no rule"),
        (lambda e: audit.find(7), "DataFrame"),
        (lambda e: audit.find(pd.DataFrame({"a": [1]})), "no columns id and modified"),
        (lambda e: audit.find("/nowhere/at/all"), "no file or folder at"),
        (lambda e: audit.find(e, since="soon"), "cannot be read as a time"),
        (lambda e: audit.find(e, [audit.SqlRule(label="x", query="select 1")]), "event_id"),
        (lambda e: audit.find(e, [audit.SqlRule(label="x", query="selec")]), "cannot be run"),
        (lambda e: audit.SqlRule(label="x", query="select 1", severity="dire"), "not a severity"),
    ],
)
def test_mistakes_are_explained(call: object, says: str, events: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameter, match=says):
        call(events)  # type: ignore[operator]


def test_events_without_anything_are_no_trouble() -> None:
    frame = pd.DataFrame({"id": ["1", None, "3"], "modified": pd.to_datetime([None] * 3, utc=True)})
    assert audit.find(frame).empty
    profile = audit.profile(frame)
    assert profile.summary["events"] == 0
    assert profile.summary["timeless"] == 3


def test_a_profile_counts_the_same_as_a_frame(events: pd.DataFrame) -> None:
    profile = audit.profile(events, top=1_000)
    assert profile.summary["events"] == len(events) == profile.hours["events"].sum()
    people = profile.people.set_index("person")["events"]
    pd.testing.assert_series_equal(
        people.sort_index(), events.groupby("user_email").size().sort_index(),
        check_names=False, check_index_type=False, check_dtype=False,
    )  # fmt: skip
    assert len(profile.hours) == 168
    assert profile.days["events"].sum() == len(events)


def test_archives_are_read_too(tmp_path: Path) -> None:
    with MemorySandbox(accounts=2, events=300) as sandbox:
        archive = kd.Archive(tmp_path / "a")
        archive.sync(kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url), progress=False)
    with open_activity(source_of(tmp_path / "a")) as activity:
        assert activity.rows("select count(*) from activity where kind <> 'unknown'")[0][0] > 590
    assert np.isin(audit.profile(archive).services["events"], [300, 299]).all()
