"""The benchmark counts what it says it counts, for rules and baselines alike."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from benchmarks import audit_baselines
from benchmarks.audit import Score, case, is_about

START = pd.Timestamp("2026-03-02", tz="UTC")
HOUR = pd.Timedelta(hours=1)


def label(kind: str, events: list[str], hours: float = 24, **columns: Any) -> dict[str, Any]:
    return {"incident": 0, "kind": kind, "innocent": False, "person": "ann", "start": START,
            "end": START + hours * HOUR, "events": events, **columns}  # fmt: skip


def found(ids: str, begin: float, end: float, person: str | None = "ann") -> Any:
    return "mass_deletion", set(ids), person, START + begin * HOUR, START + end * HOUR


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
    truth = SimpleNamespace(**label("mass_deletion", list("abc")))
    assert is_about(truth, found(ids, 0, 1), least) is bool(right)


@pytest.mark.parametrize(
    ("one", "right"),
    [
        (found("", 0, 24), True),
        (found("", 0, 13), True),
        (found("", 0, 11), False),
        (found("", -300, 300), False),
        (found("", 0, 24, "bob"), False),
        (found("x", 0, 24), False),
    ],
)
def test_a_silence_is_found_by_a_silence_of_half_its_time(one: Any, right: bool) -> None:
    assert is_about(SimpleNamespace(**label("sudden_silence", [])), one) is right


def test_scores_tell_recall_precision_and_how_much_of_an_incident_is_evidence() -> None:
    labels = pd.DataFrame([
        label("mass_deletion", list("abcd")),
        label("off_hours", ["q"], incident=1),
        label("quarter_end_cleanup", list("mn"), incident=2, innocent=True),
    ])  # fmt: skip
    score = Score()
    score.count(labels, [found("abxy", 0, 1), found("mn", 0, 1)])
    assert (score.recall, score.precision) == (0.5, 0.5)
    assert score.covered["mass_deletion"] == [0.5]
    assert score.pure["mass_deletion"] == [0.5]
    assert any(text.startswith("MISSED off_hours") for text in score.examples)


def test_baselines_make_one_finding_of_hours_that_follow_each_other() -> None:
    times = [START + n * HOUR / 30 for n in range(90)] + [START + 9 * HOUR] * 30
    frame = pd.DataFrame({"id": [str(n) for n in range(120)], "user_email": "ann",
                          "event_type": "delete", "modified": times})  # fmt: skip
    scored = audit_baselines._thresholds(frame)
    first, second = list(audit_baselines._above(scored, 10))
    assert (len(first[1]), len(second[1])) == (90, 30)
    assert not list(audit_baselines._above(scored, 30))


def test_a_baseline_chooses_the_threshold_that_does_best() -> None:
    chosen = audit_baselines.tuned([case(3)])
    assert len(chosen) == 3
    assert all(" above " in name for name in chosen)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_baselines, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="pip install scikit-learn"):
        audit_baselines.tuned([])
