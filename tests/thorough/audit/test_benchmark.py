"""The benchmark counts what it says it counts, for the audit and its baselines alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from benchmarks import audit_baselines
from benchmarks.audit_ablation import ABLATIONS, precision_at, recall_at, without
from benchmarks.audit_kept import Kept
from benchmarks.audit_score import Score, Seen, Truth, found_in
from benchmarks.audit_worlds import SIMULATORS, Case, Label, case, is_about, small_seeds
from kloudless_data import audit

START = pd.Timestamp("2026-03-02", tz="UTC")
HOUR = pd.Timedelta(hours=1)


def label(kind: str, events: str, hours: float = 24, **columns: Any) -> Label:
    values: dict[str, Any] = {
        "intensity": "low", "slow": False, "innocent": False, "person": "ann", "start": START,
        "end": START + hours * HOUR, "events": frozenset(events),
    }  # fmt: skip
    return Label(kind, **(values | columns))


def found(ids: str, begin: float, end: float, **columns: Any) -> Any:
    values = {"rule": "mass_deletion" if ids else "sudden_silence", "person": "ann",
              "severity": "high", "decades": 9.0, "rules": []}  # fmt: skip
    return SimpleNamespace(
        evidence=list(ids), start=START + begin * HOUR, end=START + end * HOUR, **(values | columns)
    )


class Made(Case):
    """A case whose labels are given."""

    def __init__(self, labels: list[Label], *, quiet: bool = False) -> None:
        super().__init__("sandbox", 0, quiet)
        frame = pd.DataFrame({"modified": [START, START + 240 * HOUR], "user_email": "ann"})
        object.__setattr__(self, "made", (frame, labels, START))


@pytest.mark.parametrize(
    ("ids", "least", "right"),
    [
        ("a", 0, True),
        ("axyz", 0, True),
        ("axyz", 0.5, False),
        ("abxy", 0.5, True),
        ("xy", 0, False),
    ],
)
def test_a_finding_is_right_if_its_evidence_has_events_of_the_incident(
    ids: str, least: float, right: bool
) -> None:
    assert is_about(label("mass_deletion", "abc"), found(ids, 0, 1), least) is right


@pytest.mark.parametrize(
    ("one", "right"),
    [
        (found("", 0, 24), True),
        (found("", 0, 13), True),
        (found("", 0, 11), False),
        (found("", -300, 300), False),
        (found("", 0, 24, person="bob"), False),
        (found("x", 0, 24), False),
    ],
)
def test_a_silence_is_found_by_a_silence_of_half_its_time(one: Any, right: bool) -> None:
    assert is_about(label("sudden_silence", ""), one) is right


def test_scores_tell_recall_and_precision_by_budget() -> None:
    labels = [
        label("mass_deletion", "abcd"), label("off_hours", "q", slow=True),
        label("clean_up", "mn", innocent=True),
    ]  # fmt: skip
    findings = [found("abxy", 0, 1), found("mn", 0, 1), found("q", 0, 1, decades=3.0)]
    score = Score().add(Seen(Made(labels), Truth(labels, 1.0, 0.3), findings))
    assert (score.recall(), score.precision) == (0.5, 0.5)
    assert score.recall(score.where(slow=True)) == 0.0
    assert "clean_up" in score.examples[0]
    generous = Score(budget=20).add(Seen(Made(labels), Truth(labels, 1.0, 0.3), findings))
    assert generous.recall() == 1.0


def test_the_workload_is_of_quiet_organisations() -> None:
    score = Score().add(
        Seen(Made([], quiet=True), Truth([], 0.5, 0.3), [found("a", 0, 1), found("b", 0, 1)])
    )
    assert score.workload == 4.0
    assert score.precision == 0.0
    assert score.high_a_month > 0


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_both_simulators_give_events_and_labels_of_them(simulator: str) -> None:
    events, labels, until = case(simulator, 3).made
    ids = set(events["id"])
    assert any(not one.innocent for one in labels)
    assert all(one.events <= ids for one in labels)
    assert events["modified"].max() <= until
    _, quiet, _ = case(simulator, 3, quiet=True).made
    assert all(one.innocent for one in quiet)


@pytest.mark.soak
def test_ablations_change_the_findings_and_are_undone_afterwards(tmp_path: Path) -> None:
    chosen = case("sandbox", 6)
    whole, kept = [found_in(chosen)], Kept(chosen, tmp_path)

    def ids(seen: Seen) -> list[str]:
        return [one.id for one in seen.findings]

    assert ids(kept.seen()) == ids(whole[0])
    alone = without("one finding a cause", [kept])
    assert len(alone[0].findings) > len(whole[0].findings)
    for name in ("heavy tails", "circumstances"):
        assert [one.decades for one in without(name, [kept])[0].findings] != [
            one.decades for one in whole[0].findings
        ]
    assert ids(found_in(chosen)) == ids(kept.seen()) == ids(kept.seen(anew=True)) == ids(whole[0])
    quiet = found_in(case("sandbox", 6, quiet=True))
    few, many = (recall_at([*whole, quiet], workload)[0] for workload in (0.1, 100.0))
    assert few <= many
    assert precision_at([*whole, quiet], 100.0, 0.1) > 0
    assert precision_at([*whole, quiet], 100.0, 1.1) == 0


@pytest.mark.soak
def test_an_organisation_that_is_kept_is_judged_alike_without_being_generated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = case("second", small_seeds(1, start=300)[0])
    first, whole = Kept(chosen, tmp_path).seen(), found_in(chosen)
    monkeypatch.setattr(Case, "made", None)
    again = Kept(replace(chosen), tmp_path).seen()
    for seen in (first, again):
        assert seen.truth == whole.truth
        assert len(seen.findings) == len(whole.findings) > 0
        assert [one[1:] for one in seen.findings] == [one[1:] for one in whole.findings]


@pytest.mark.parametrize("name", ABLATIONS)
def test_every_idea_has_something_to_remove(name: str) -> None:
    with ABLATIONS[name].change():
        pass
    assert ABLATIONS[name].stage in {"findings", "rules", "events"}
    assert audit.RULES.keys() >= set(ABLATIONS[name].rules)


def test_baselines_make_one_finding_of_hours_that_follow_each_other() -> None:
    times = [START + n * HOUR / 30 for n in range(90)] + [START + 9 * HOUR] * 30
    frame = pd.DataFrame({"id": [str(n) for n in range(120)], "user_email": "ann",
                          "event_type": "delete", "modified": times})  # fmt: skip
    scored = audit_baselines._thresholds(frame)
    first, second = list(audit_baselines._above(scored, 10))
    assert (len(first.evidence), len(second.evidence)) == (90, 30)
    assert not list(audit_baselines._above(scored, 30))


@pytest.mark.soak
def test_a_baseline_chooses_the_threshold_that_does_best() -> None:
    chosen = audit_baselines.tuned([case("sandbox", 3)])
    assert len(chosen) == 3
    assert all(" above " in name for name in chosen)


def test_missing_arguments_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_baselines, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="pip install scikit-learn"):
        audit_baselines.tuned([])
