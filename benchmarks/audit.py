"""What the audit finds in simulated organisations whose incidents are known, of six simulators.

No parameter was chosen on the seeds of these organisations. A finding counts if it is loud: of
medium or high severity. It is right if its evidence includes an event of an incident (or if it is a
silence, and shares half of its time with one). Otherwise it is wrong, even on something that looks
like an incident. An incident is found if any finding is right about it. The workload is loud
findings per 100 people and week in quiet organisations, where odd things happen but nothing bad.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from kloudless_data import audit

from .audit_ablation import ABLATIONS, precision_at, recall_at, without
from .audit_baselines import tuned
from .audit_kept import Kept
from .audit_score import BUDGETS, Score, Seen, found_in
from .audit_worlds import FIRST_UNSEEN, SIMULATORS, Case, case, is_about, small_seeds
from .report import Goal, Report

__all__ = ["run"]

#: The number of organisations with incidents, and of quiet ones; the number of both for ablations.
_NUMBER, _QUIET, _ABLATED = 24, 12, 8
#: What can be measured besides.
PARTS = ("baselines", "then", "ablations")
_AFTER = pd.Timedelta(hours=24)


def run(
    *,
    quick: bool = False,
    number: int = _NUMBER,
    quiet: int = _QUIET,
    simulators: Sequence[str] = SIMULATORS,
    parts: Sequence[str] = PARTS,
    keep: Path | None = None,
) -> Report:
    """Judge the audit on simulators.

    Parameters
    ----------
    quick : bool
        Only the smallest organisations.
    number, quiet : int
        How many organisations with incidents, and quiet ones, a simulator.
    simulators : sequence of str
    parts : sequence of {"baselines", "then", "ablations"}
        What to measure besides: plain baselines, audits as of a day after each incident, and recall
        without each idea.
    keep : Path, optional
        A folder in which organisations are kept, to go on after an interruption, or to judge them
        again after a change of rules or weights; see `Kept`.
    """
    number, quiet = (2, 1) if quick else (number, quiet)
    report = Report(
        "audit",
        f"Simulated organisations, {number} with incidents and {quiet} quiet ones a simulator, on "
        f"seeds from {FIRST_UNSEEN} on. Recall is of incidents by any loud finding; workload is "
        "loud findings per 100 people and week where nothing happened.",
    )
    for simulator in simulators:
        cases = _cases(simulator, number, quiet, quick=quick)
        seen = [Kept(one, keep).seen() if keep else found_in(one) for one in cases]
        _add_budgets(report, simulator, seen)
        _add_parts(report, simulator, seen)
        if "baselines" in parts and simulator == "sandbox":  # they know its words only
            _add_baselines(report, simulator, seen, quick=quick)
        if "then" in parts:
            _add_monitoring(report, simulator, seen[: 2 if quick else 8])
        if "ablations" in parts:
            _add_ablations(report, simulator, seen, quick=quick)
    return report


def _cases(simulator: str, number: int, quiet: int, *, quick: bool) -> list[Case]:
    if quick:
        first, second, third = small_seeds(3)
        return [*(case(simulator, n) for n in (first, second)), case(simulator, third, quiet=True)]
    made = [case(simulator, FIRST_UNSEEN + n) for n in range(number)]
    return made + [case(simulator, FIRST_UNSEEN + 500 + n, quiet=True) for n in range(quiet)]


def _add_budgets(report: Report, simulator: str, seen: list[Seen]) -> None:
    """Add a row per budget, and the figures at the workloads that the goals name."""
    for budget in BUDGETS:
        score = Score.of(seen, budget=budget)
        report.add(
            f"{simulator}: budget {budget:g}", score.recall(), "recall",
            f"precision {score.precision:.2f}, workload {score.workload:.2f}, "
            f"{len(score.found)} incidents",
        )  # fmt: skip
    for workload, least in ((1.0, 0.80), (2.0, 0.87)):
        recall, precision, slow = recall_at(seen, workload)
        report.goals += [
            Goal(f"{simulator}: recall at a workload of at most {workload:g}", recall, least,
                 at_least=True),
        ]  # fmt: skip
        if workload == 1.0:
            report.goals += [
                Goal(f"{simulator}: precision there", precision, 0.65, at_least=True),
                Goal(
                    f"{simulator}: highest precision at a recall of at least 0.8",
                    precision_at(seen, 1.0, 0.80),
                    0.65,
                    at_least=True,
                ),
                Goal(f"{simulator}: recall of slow incidents there", slow, 0.65, at_least=True),
            ]
    high = Score.of(seen).high_a_month
    report.goals.append(Goal(f"{simulator}: high ones per quiet organisation and month", high, 0.5))


def _add_parts(report: Report, simulator: str, seen: list[Seen]) -> None:
    """Add recall by intensity and by kind, and right and wrong findings by rule."""
    score = Score.of(seen)
    for intensity in ("low", "medium", "high"):
        labels = score.where(intensity=intensity)
        if labels:
            report.add(f"{simulator}: intensity {intensity} ({len(labels)})", score.recall(labels),
                       "recall")  # fmt: skip
    for kind in score.kinds():
        labels = score.where(kind=kind)
        report.add(f"{simulator}: {kind} ({len(labels)})", score.recall(labels), "recall")
    for rule in sorted(score.right.keys() | score.wrong.keys()):
        right, wrong = score.right[rule], score.wrong[rule]
        report.add(f"{simulator}: findings of {rule}", right, "right", f"{wrong} wrong")


def _add_baselines(report: Report, simulator: str, seen: list[Seen], *, quick: bool) -> None:
    """Add simple detectors, tuned on other seeds for their best F1."""
    for name, baseline in tuned([case(simulator, n) for n in range(2 if quick else 10)]).items():
        score = Score.of(replace(one, findings=list(baseline(one.case.made[0]))) for one in seen)
        report.add(f"{simulator}: {name}", score.recall(), "recall",
                   f"precision {score.precision:.2f}, workload {score.workload:.2f}")  # fmt: skip


def _add_monitoring(report: Report, simulator: str, seen: list[Seen]) -> None:
    """Add recall of audits as of a day after each incident: nothing later is known."""
    found: dict[bool, list[bool]] = defaultdict(list)
    for one in seen:
        events, labels, _ = one.case.made
        for label in labels:
            if label.innocent:
                continue
            until = label.end + _AFTER
            known = audit.find(events[events["modified"] < until], until=until, progress=False)
            loud = known[known["severity"].isin(["high", "medium"])]
            # Of a silence only the beginning is known.
            now = replace(label, end=min(label.end, until))
            found[label.slow].append(any(is_about(now, row) for row in loud.itertuples()))
    every = [hit for hits in found.values() for hit in hits]
    if every:
        afterwards = Score.of(seen)
        report.add(
            f"{simulator}: as of a day after, past only ({len(every)})", sum(every) / len(every),
            "recall", f"{afterwards.recall():.2f} with the whole history",
        )  # fmt: skip


def _add_ablations(report: Report, simulator: str, seen: list[Seen], *, quick: bool) -> None:
    """Add the gain of each idea at a workload of one."""
    number = 1 if quick else _ABLATED
    chosen = [one.case for one in seen if not one.case.quiet][:number]
    chosen += [one.case for one in seen if one.case.quiet][: max(1, number // 2)]
    with TemporaryDirectory() as folder:
        kept = [Kept(one, Path(folder)) for one in chosen]
        whole, _, _ = recall_at([one.seen() for one in kept], 1.0)
        report.add(f"{simulator}: for comparison, all ideas", whole, "recall at a workload of 1")
        for name in list(ABLATIONS)[: 1 if quick else None]:
            recall, _, slow = recall_at(without(name, kept), 1.0)
            report.add(f"{simulator}: without: {name}", recall, "recall at a workload of 1",
                       f"{recall - whole:+.2f}; of slow incidents {slow:.2f}")  # fmt: skip


def _main() -> None:
    """Measure on fewer organisations, in one run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit")
    parser.add_argument("simulators", nargs="*", choices=SIMULATORS, help="default: all")
    parser.add_argument("--number", type=int, default=_NUMBER, help="how many with incidents")
    parser.add_argument("--quiet", type=int, default=_QUIET, help="how many quiet ones")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=[],
                        help="measure these, too; default: none")  # fmt: skip
    parser.add_argument("--keep", type=Path, help="keep organisations here, to judge them again")
    asked = parser.parse_args()
    report = run(number=asked.number, quiet=asked.quiet, parts=asked.parts, keep=asked.keep,
                 simulators=asked.simulators or SIMULATORS)  # fmt: skip
    print(report.as_text())


if __name__ == "__main__":
    _main()
