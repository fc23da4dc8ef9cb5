"""What the audit's rules find in simulated organisations whose incidents are known.

Rules and baselines are judged on seeds that were not used for choosing their parameters. A finding
counts when its severity is medium or high. It is right if its evidence has an event of an incident
(or if it is a silence, and shares half of its time with one), and wrong otherwise, also on what
only looks like an incident. An incident is found when any finding is right about it; per rule, when
that rule's is. As one event among many is easily named, it is also told how much of the incident is
in the evidence, how much of the evidence is the incident, and what is left when half of a finding's
evidence must be the incident's. The same holds for rules and baselines.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any

import pandas as pd

from kloudless_data import audit
from kloudless_data.sandbox.organisation import Organisation
from kloudless_data.sandbox.organisation.incidents import INCIDENTS
from kloudless_data.sandbox.organisation.near_misses import NEAR_MISSES

from .report import Goal, Report

__all__ = ["FIRST_UNSEEN", "Score", "case", "is_about", "of_rules", "run"]

#: Parameters were chosen on seeds below this one.
FIRST_UNSEEN = 1_000
_PREFIXES = (1.0, 4.0, 12.0, 24.0, 72.0, 168.0)
#: People, days, and how many such organisations.
_SIZES = ((5, 100, 20), (1_000, 100, 2), (5_000, 60, 1))


def case(seed: int, *, quiet: bool = False) -> Organisation:
    """Return an organisation: three or four incidents, and as many innocent things."""
    draw = random.Random(seed)
    size = draw.choice((12, 25, 60, 120))
    incidents = [] if quiet else draw.sample(sorted(INCIDENTS), draw.choice((3, 4)))
    near = draw.sample(sorted(NEAR_MISSES), draw.choice((3, 4)))
    if size < 20:  # not everybody can be somebody's victim
        near = near[:2]
    return Organisation(seed=seed, people=size, days=100, incidents=incidents, near_misses=near)


#: Rule, event ids, person, start, end.
Found = tuple[str, set[str], Any, Any, Any]


def all_of_a_kind(people: int, days: int, seed: int) -> Organisation:
    """Return an organisation of one size: of few people only what few people can have."""
    draw = random.Random(seed)
    if people < 12:
        incidents, near = draw.sample(sorted(INCIDENTS), 1), draw.sample(sorted(NEAR_MISSES), 1)
    else:
        incidents, near = sorted(INCIDENTS), sorted(NEAR_MISSES)
    return Organisation(seed=seed, people=people, days=days, incidents=incidents, near_misses=near)


@dataclass
class Score:
    """How a way of finding did.

    Attributes
    ----------
    least : float
        How much of a finding's evidence must be an incident's for the finding to be right.
    """

    least: float = 0.0
    found: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    own: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    covered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    pure: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    examples: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of all incidents that were found."""
        return _share(one for many in self.found.values() for one in many)

    @property
    def recall_of_events(self) -> float:
        """Share of the incidents found that consist of events: of all but silences."""
        return _share(one for kind, many in self.found.items() for one in many
                      if kind != "sudden_silence")  # fmt: skip

    @property
    def precision(self) -> float:
        """Share of all findings that are right."""
        right, wrong = sum(self.right.values()), sum(self.wrong.values())
        return right / max(1, right + wrong)

    def count(self, labels: pd.DataFrame, findings: list[Found]) -> None:
        """Compare findings with the truth."""
        guilty = list(labels[~labels["innocent"].astype(bool)].itertuples())
        evidence: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for one in findings:
            rule, ids = one[:2]
            hits = [label for label in guilty if is_about(label, one, self.least)]
            for label in hits:
                evidence[label.incident][rule] |= ids
                if ids and rule == label.kind:
                    self.pure[rule].append(len(ids.intersection(label.events)) / len(ids))
            (self.right if hits else self.wrong)[rule] += 1
            if not hits:
                self.examples.append(f"{rule} {one[2]} {one[3]} {one[4]} {_near(labels, one)}")
        for label in guilty:
            self._count_label(label, evidence[label.incident])

    def _count_label(self, label: Any, evidence: dict[str, set[str]]) -> None:
        self.found[label.kind].append(bool(evidence))
        self.own[label.kind].append(label.kind in evidence)
        if label.kind in evidence and len(label.events):
            named = evidence[label.kind].intersection(label.events)
            self.covered[label.kind].append(len(named) / len(label.events))
        if not evidence:
            self.examples.append(
                f"MISSED {label.kind} {label.person} {label.start} {len(label.events)}"
            )


def _share(values: Iterable[bool]) -> float:
    every = list(values)
    return sum(every) / max(1, len(every))


def _near(labels: pd.DataFrame, one: Found) -> list[str]:
    """Return what a wrong finding may have been about."""
    _, ids, person, *_ = one
    return [
        label.kind
        for label in labels.itertuples()
        if ids & set(label.events) or (person is not None and label.person == person)
    ]


def is_about(label: Any, one: Found, least: float = 0.0) -> bool:
    """Tell whether a finding is right about an incident.

    Parameters
    ----------
    label : row of `Organisation.labels`
    one : tuple
        Rule, event ids (none: it is about a silence), person, start, end.
    least : float
        How much of its evidence must be the incident's.
    """
    _, ids, person, start, end = one
    if len(label.events):
        named = len(ids.intersection(label.events))
        return named > 0 and named >= least * len(ids)
    if ids or (isinstance(label.person, str) and label.person != person):
        return False
    both = min(end, label.end) - max(start, label.start)
    return bool(both >= 0.5 * max(end - start, label.end - label.start))


def of_rules(frame: pd.DataFrame, until: Any, rules: Iterable[str] | None = None) -> list[Found]:
    """Return what rules find."""
    found = audit.find(frame, rules, until=until, progress=False)
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


def _judged(organisation: Organisation, *scores: Score) -> None:
    frame, labels = organisation.frame(), organisation.labels()
    found = of_rules(frame, end_of(organisation))
    for score in scores:
        score.count(labels, found)


def end_of(organisation: Organisation) -> pd.Timestamp:
    """Return when an organisation's history ends."""
    return pd.Timestamp(organisation.end, unit="us", tz="UTC")


def run(*, quick: bool = False) -> Report:
    """Judge rules and baselines."""
    from . import audit_baselines

    seeds = range(FIRST_UNSEEN, FIRST_UNSEEN + (4 if quick else 100))
    scores: dict[str, Score] = {"rules": Score()}
    strict: dict[str, Score] = {"rules": Score(0.5)}
    delays: dict[str, list[float]] = defaultdict(list)
    tuning = [case(seed) for seed in range(4 if quick else 20)]
    baselines = audit_baselines.tuned(tuning)
    for seed in seeds:
        organisation = case(seed)
        frame, labels = organisation.frame(), organisation.labels()
        ways = {"rules": of_rules(frame, end_of(organisation))}
        ways |= {name: baseline(frame) for name, baseline in baselines.items()}
        for name, found in ways.items():
            scores.setdefault(name, Score()).count(labels, found)
            strict.setdefault(name, Score(0.5)).count(labels, found)
        if seed < FIRST_UNSEEN + (2 if quick else 40):
            _time_to_detect(frame, labels, delays)
    quiet = [
        _severe(seed)
        for seed in range(FIRST_UNSEEN + 500, FIRST_UNSEEN + 500 + (4 if quick else 100))
    ]
    sizes = {}
    for people, days, number in _SIZES[:1] if quick else _SIZES:
        name = f"{number} of {people:,} people over {days} days"
        sizes[name] = Score()
        for seed in range(FIRST_UNSEEN + 700, FIRST_UNSEEN + 700 + (2 if quick else number)):
            _judged(all_of_a_kind(people, days, seed), sizes[name])
    return _report(len(seeds), scores, strict, delays, quiet, sizes)


def _time_to_detect(
    frame: pd.DataFrame, labels: pd.DataFrame, delays: dict[str, list[float]]
) -> None:
    """Ask the rule about what was known so many hours after an incident began."""
    for label in labels[~labels["innocent"].astype(bool)].itertuples():
        for hours in _PREFIXES:
            until = label.start + pd.Timedelta(hours=hours)
            found = of_rules(frame[frame["modified"] <= until], until, [label.kind])
            # What is known of a silence is its beginning.
            known = label._replace(end=min(label.end, until))
            if any(is_about(known, one) for one in found):
                delays[label.kind].append(hours)
                break
        else:
            delays[label.kind].append(float("inf"))


def _severe(seed: int) -> int:
    """Return how many findings of high severity there are where nothing happened."""
    organisation = case(seed, quiet=True)
    found = audit.find(organisation.frame(), until=end_of(organisation), progress=False)
    return int((found["severity"] == "high").sum())


def _report(
    cases: int,
    scores: dict[str, Score],
    strict: dict[str, Score],
    delays: dict[str, list[float]],
    quiet: list[int],
    sizes: dict[str, Score],
) -> Report:
    ours = scores["rules"]
    report = Report(
        "audit",
        f"{cases} simulated organisations of 12 to 120 people over 100 days, on seeds from "
        f"{FIRST_UNSEEN} on, which no parameter was chosen by. All of it is simulated, and the "
        "simulation was written by those who wrote the rules. Recall is of incidents, precision of "
        "findings of medium or high severity that have an event of one; 'own' is recall by the "
        "rule of that name alone. Evidence: how much of the incident's events is in that rule's "
        "evidence, and how much of the evidence is the incident's (means). Detected after: the "
        "median and the greatest, over some of the incidents, of the shortest of 1, 4, 12, 24, 72 "
        "and 168 hours after it began at which the incident's own rule finds it.",
    )
    for kind in INCIDENTS:
        _add_kind(report, ours, kind, delays[kind])
    for name, score in scores.items():
        report.add(f"all, {name}", score.recall, "recall",
                   f"precision {score.precision:.2f}, recall without silences "
                   f"{score.recall_of_events:.2f}")  # fmt: skip
    for name, score in strict.items():
        report.add(f"half of the evidence must be the incident's, {name}", score.recall, "recall",
                   f"precision {score.precision:.2f}")  # fmt: skip
    for name, score in sizes.items():
        found = sum(map(len, score.found.values()))
        report.add(f"rules, {name}, {found} incidents", score.recall, "recall",
                   f"precision {score.precision:.2f}")  # fmt: skip
    others = max((_f1(score) for name, score in scores.items() if name != "rules"), default=0.0)
    report.goals = [
        Goal("recall over all incidents", ours.recall, 0.95, at_least=True),
        Goal("precision", ours.precision, 0.9, at_least=True),
        Goal("F1, ahead of the best baseline's", _f1(ours), others, at_least=True),
        Goal("share of quiet histories without a finding of high severity",
             sum(one == 0 for one in quiet) / max(1, len(quiet)), 0.95, at_least=True),
    ]  # fmt: skip
    return report


def _add_kind(report: Report, score: Score, kind: str, delays: list[float]) -> None:
    found, own = score.found[kind], score.own[kind]
    right, wrong = score.right[kind], score.wrong[kind]
    after = f"{median(delays):g} h, at most {max(delays):g} h" if delays else "not measured"
    evidence = (
        f"evidence {mean(score.covered[kind]):.2f} and {mean(score.pure[kind]):.2f}"
        if score.covered[kind]
        else "no events"
    )
    report.add(
        f"{kind} ({len(found)})", _share(found), "recall",
        f"own {_share(own):.2f}, precision {right / max(1, right + wrong):.2f}, {evidence}, "
        f"detected after {after}",
    )  # fmt: skip


def _f1(score: Score) -> float:
    total = score.recall + score.precision
    return 2 * score.recall * score.precision / total if total else 0.0
