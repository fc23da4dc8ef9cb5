"""What the audit's rules find in simulated organisations whose incidents are known.

Rules and baselines are judged on seeds that were not used for choosing their parameters. A finding
counts when its severity is medium or high. It is right if it names an event of an incident (or, of
a silence, its time), and wrong otherwise, also on what only looks like one. An incident is found
when any finding is right about it; per rule, when that rule's is.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import pandas as pd

from kloudless_data import audit
from kloudless_data.sandbox.incidents import INCIDENTS, NEAR_MISSES
from kloudless_data.sandbox.organisation import Organisation

from .report import Goal, Report

__all__ = ["FIRST_UNSEEN", "Score", "case", "of_rules", "run"]

#: Parameters were chosen on seeds below this one.
FIRST_UNSEEN = 1_000
_PREFIXES = (1.0, 4.0, 12.0, 24.0, 72.0, 168.0)


def case(seed: int, *, quiet: bool = False) -> Organisation:
    """Return an organisation: three or four incidents, and as many innocent things."""
    draw = random.Random(seed)
    size = draw.choice((12, 25, 60, 120))
    incidents = [] if quiet else draw.sample(sorted(INCIDENTS), draw.choice((3, 4)))
    near = draw.sample(sorted(NEAR_MISSES), draw.choice((3, 4)))
    if size < 20:  # not everybody can be somebody's victim
        near = near[:2]
    return Organisation(seed=seed, people=size, days=100, incidents=incidents, near_misses=near)


@dataclass
class Score:
    """How a way of finding did."""

    found: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    own: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    examples: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of all incidents that were found."""
        every = [one for many in self.found.values() for one in many]
        return sum(every) / max(1, len(every))

    @property
    def precision(self) -> float:
        """Share of all findings that are right."""
        right, wrong = sum(self.right.values()), sum(self.wrong.values())
        return right / max(1, right + wrong)

    def count(
        self, labels: pd.DataFrame, findings: list[tuple[str, set[str], Any, Any, Any]]
    ) -> None:
        """Compare findings (rule, event ids, person, start, end) with the truth."""
        guilty = labels[~labels["innocent"].astype(bool)]
        matched: dict[int, set[str]] = defaultdict(set)
        for rule, ids, person, start, end in findings:
            hits = [
                label for label in guilty.itertuples() if _is_about(label, ids, person, start, end)
            ]
            for label in hits:
                matched[label.incident].add(rule)
            (self.right if hits else self.wrong)[rule] += 1
            if not hits:
                near = [
                    o.kind
                    for o in labels.itertuples()
                    if ids & set(o.events) or (person is not None and o.person == person)
                ]
                self.examples.append(f"{rule} {person} {start} {end} {near}")
        for label in guilty.itertuples():
            self.found[label.kind].append(bool(matched[label.incident]))
            self.own[label.kind].append(label.kind in matched[label.incident])
            if not matched[label.incident]:
                self.examples.append(
                    f"MISSED {label.kind} {label.person} {label.start} {len(label.events)}"
                )


def _is_about(label: Any, ids: set[str], person: Any, start: Any, end: Any) -> bool:
    if len(label.events):
        return not ids.isdisjoint(label.events)
    same = not isinstance(label.person, str) or label.person == person
    return (
        same
        and start <= label.end
        and end >= label.start
        and (not ids or label.person == person or not isinstance(label.person, str))
    )


def of_rules(frame: pd.DataFrame, until: Any) -> list[tuple[str, set[str], Any, Any, Any]]:
    """Return what the rules find."""
    found = audit.find(frame, until=until, progress=False)
    found = found[found["severity"].isin(["high", "medium"])]
    return [
        (
            row.rule,
            set(row.evidence) if row.rule != "sudden_silence" else set(),
            row.person if isinstance(row.person, str) else None,
            row.start,
            row.end,
        )
        for row in found.itertuples()
    ]


def run(*, quick: bool = False) -> Report:
    """Judge rules and baselines."""
    from . import audit_baselines

    seeds = range(FIRST_UNSEEN, FIRST_UNSEEN + (4 if quick else 100))
    scores: dict[str, Score] = defaultdict(Score)
    delays: dict[str, list[float]] = defaultdict(list)
    tuning = [case(seed) for seed in range(4 if quick else 20)]
    baselines = audit_baselines.tuned(tuning)
    for seed in seeds:
        organisation = case(seed)
        frame, labels = organisation.frame(), organisation.labels()
        until = pd.Timestamp(organisation.end, unit="us", tz="UTC")
        scores["rules"].count(labels, of_rules(frame, until))
        for name, baseline in baselines.items():
            scores[name].count(labels, baseline(frame))
        if seed < FIRST_UNSEEN + (2 if quick else 40):
            _time_to_detect(frame, labels, delays)
    quiet = [
        _severe(seed)
        for seed in range(FIRST_UNSEEN + 500, FIRST_UNSEEN + 500 + (4 if quick else 100))
    ]
    return _report(len(seeds), scores, delays, quiet)


def _time_to_detect(
    frame: pd.DataFrame, labels: pd.DataFrame, delays: dict[str, list[float]]
) -> None:
    """Ask the rule about what was known so many hours after an incident began."""
    for label in labels[~labels["innocent"].astype(bool)].itertuples():
        for hours in _PREFIXES:
            until = label.start + pd.Timedelta(hours=hours)
            known = frame[frame["modified"] <= until]
            found = audit.find(known, [label.kind], until=until, progress=False)
            found = found[found["severity"].isin(["high", "medium"])]
            hits = [
                row
                for row in found.itertuples()
                if _is_about(
                    label,
                    set(row.evidence) if len(label.events) else set(),
                    row.person if isinstance(row.person, str) else None,
                    row.start,
                    row.end,
                )
            ]
            if hits:
                delays[label.kind].append(hours)
                break
        else:
            delays[label.kind].append(float("inf"))


def _severe(seed: int) -> int:
    """Return how many findings of high severity there are where nothing happened."""
    organisation = case(seed, quiet=True)
    until = pd.Timestamp(organisation.end, unit="us", tz="UTC")
    found = audit.find(organisation.frame(), until=until, progress=False)
    return int((found["severity"] == "high").sum())


def _report(
    cases: int, scores: dict[str, Score], delays: dict[str, list[float]], quiet: list[int]
) -> Report:
    ours = scores["rules"]
    report = Report(
        "audit",
        f"{cases} simulated organisations of 12 to 120 people over 100 days, on seeds from "
        f"{FIRST_UNSEEN} on, which no parameter was chosen by. All of it is simulated, and the "
        "simulation was written by those who wrote the rules. Recall is of incidents, precision of "
        "findings of medium or high severity; 'own' is recall by the rule of that name alone. "
        "Detected after: the median, over some of the incidents, of the shortest of 1, 4, 12, 24, "
        "72 and 168 hours after it began at which the incident's own rule finds it.",
    )
    for kind in INCIDENTS:
        found, own = ours.found[kind], ours.own[kind]
        right, wrong = ours.right[kind], ours.wrong[kind]
        delay = median(delays[kind]) if delays[kind] else float("nan")
        report.add(
            f"{kind} ({len(found)})",
            sum(found) / max(1, len(found)), "recall",
            f"own {sum(own) / max(1, len(own)):.2f}, "
            f"precision {right / max(1, right + wrong):.2f}, detected after {delay:g} h",
        )  # fmt: skip
    for name, score in scores.items():
        report.add(f"all, {name}", score.recall, "recall", f"precision {score.precision:.2f}")
    others = max((_f1(score) for name, score in scores.items() if name != "rules"), default=0.0)
    report.goals = [
        Goal("recall over all incidents", ours.recall, 0.95, at_least=True),
        Goal("precision", ours.precision, 0.9, at_least=True),
        Goal("F1, ahead of the best baseline's", _f1(ours), others, at_least=True),
        Goal("share of quiet histories without a finding of high severity",
             sum(one == 0 for one in quiet) / max(1, len(quiet)), 0.95, at_least=True),
    ]  # fmt: skip
    return report


def _f1(score: Score) -> float:
    total = score.recall + score.precision
    return 2 * score.recall * score.precision / total if total else 0.0
