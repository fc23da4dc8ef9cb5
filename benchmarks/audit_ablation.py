"""The gain of each idea in the audit: recall without it, at the same workload."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np

from kloudless_data.audit import RULES, circumstances, grading, judging, normalize
from kloudless_data.audit.derived import DERIVED
from kloudless_data.audit.kinds import TAKES, listed
from kloudless_data.audit.rules import (
    DormantReturn,
    PasswordSpray,
    hours,
    networks,
    renames,
    sharing,
    slow,
)
from kloudless_data.audit.rules.base import Rule
from kloudless_data.audit.statistics import Scale

from .audit_score import Score, Seen, found_in
from .audit_worlds import FIRST_UNSEEN, SIMULATORS, Case, small_seeds

__all__ = ["ABLATIONS", "precision_at", "recall_at"]

#: From the seed of an organisation with incidents to that of a quiet one.
_APART = 500
_SLOW = ("slow_exfiltration", "departing_employee")


@contextmanager
def _patched(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Temporarily change attributes of modules and classes, or entries of dictionaries."""
    with ExitStack() as stack:
        for where, name, value in changes:
            change = (
                patch.dict(where, {name: value})
                if isinstance(where, dict)
                else patch.object(where, name, value)
            )
            stack.enter_context(change)
        yield


def _alone(group: Any) -> list[Any]:
    """Make a cause of each candidate."""
    return [grading._cause([one]) for one in group]


def _no_crowd(self: Any, who: int, start: int, end: int, score: float, decades: float) -> Any:
    return decades, 0


def _nothing(activity: Any, rows: Any) -> Any:
    return np.zeros(len(rows))


def _no_amounts(activity: Any, visits: Any) -> Any:
    return np.zeros(len(visits)), np.zeros(len(visits)) + networks.NewNetwork.many


def _odds(self: Rule, candidate: Any) -> float:
    return self.odds


def _no_one(self: Any, activity: Any) -> Iterator[Any]:
    yield from ()


def _no_days(self: Any, activity: Any, account: str, rows: Any) -> Iterator[Any]:
    yield from ()


def _as_other_days(self: Any, peak: Any) -> Any:
    return peak


_EVERY_WAY = {
    f"kind in {listed(TAKES)}": "downloaded or copied {files}",
    "number in (select number from outside)": "shared {files} outside or by open links",
}
_NO_READS = (("coded",), "select number, kind from coded where false")
_NOT_COMMON = (
    DERIVED["replaced"][0],
    f"select number, false as common from ({DERIVED['replaced'][1]})",
)
_tail = Scale._tail


def _thin_tail(self: Scale) -> tuple[float, float, float]:
    """Assume that records become e times rarer with each 0.45, as if bursts were small."""
    return _tail(replace(self, tail=min(self.tail, 0.45)))


#: Idea -> the changes that remove it, and the rules to run.
ABLATIONS: dict[str, tuple[Callable[[], Any], tuple[str, ...] | None]] = {
    "one finding a cause": (lambda: _patched((grading, "_touching", _alone)), None),
    "further rules add to a finding": (
        lambda: _patched((grading, "_SHARE", 0.0), (grading, "_SAME", 0.0)), None,
    ),
    "crowds": (lambda: _patched((judging._Crowds, "discounted", _no_crowd)), None),
    "families of programs": (lambda: _patched((normalize, "program_of", str)), None),
    "several ways are one question": (
        lambda: _patched((judging._Best, "judged", _as_other_days)), None,
    ),
    "ranks: a fixed tail instead": (
        lambda: _patched((Scale, "_tail", lambda self: (0.0, 1 / 50, 0.6))), None,
    ),
    "growth over weeks": (
        lambda: _patched(), tuple(name for name in RULES if name not in _SLOW),
    ),
    "failed log-ins are nobody's activity": (
        lambda: _patched((networks, "ACTIVE", "true"), (hours, "ACTIVE", "true")), None,
    ),
    "how much is done in new networks": (
        lambda: _patched((networks, "_amounts", _no_amounts)), None,
    ),
    "how much harm is done": (lambda: _patched((Rule, "bears_on", _odds)), None),
    "folders that people work in": (
        lambda: _patched((DERIVED, "familiar", _NO_READS)), None,
    ),
    "whose files are shared, and with whom": (
        lambda: _patched((sharing, "_WEIGHT", "1")), None,
    ),
    "accounts that nobody added": (
        lambda: _patched((DormantReturn, "_first_seen", _no_one)), None,
    ),
    "what protects and records": (
        lambda: _patched(), tuple(name for name in RULES if name != "protection_weakened"),
    ),
    "what is taken apart from work": (
        lambda: _patched((slow, "_WAYS", _EVERY_WAY), (slow, "_TOLD", {**slow._TOLD, **_EVERY_WAY}),
                         (slow, "_COUNTED", (*_EVERY_WAY, slow._DELETED))), None,
    ),
    "journeys have several new networks": (lambda: _patched((networks, "_CLUSTER", 1)), None),
    "busy days": (lambda: _patched((judging, "_busy", _nothing)), None),
    "reads amid work": (lambda: _patched((DERIVED, "amid_work", _NO_READS)), None),
    "folders new to a person": (
        lambda: _patched((DERIVED, "strange_folders", _NO_READS)), None,
    ),
    "formats in common use": (
        lambda: _patched((renames, "COMMON_FORMATS", ()), (DERIVED, "replaced", _NOT_COMMON)),
        None,
    ),
    "sprays from everywhere": (lambda: _patched((PasswordSpray, "_of_day", _no_days)), None),
    "heavy tails": (lambda: _patched((Scale, "_tail", _thin_tail)), None),
    "hints count little": (lambda: _patched((grading, "_HINT", 0.6)), None),
    "circumstances": (
        lambda: _patched((circumstances.Circumstances, "decades", 0.0)), None,
    ),
    "folders that people change": (lambda: _patched((circumstances, "_EDITED", 0.0)), None),
    "files gone back to": (lambda: _patched((circumstances, "_REVISITED", 0.0)), None),
    "what stays in use": (
        lambda: _patched((circumstances, "_STAYS", 0.0), (circumstances, "_RESUMED", 0.0)), None,
    ),
    "with how many domains, and with oneself": (
        lambda: _patched((circumstances, "_DOMAINS", 0.0), (circumstances, "_PRIVATE", 0.0)), None,
    ),
    "off hours": (lambda: _patched(), tuple(name for name in RULES if name != "off_hours")),
}  # fmt: skip


def recall_at(seen: Iterable[Seen], workload: float) -> tuple[float, float, float]:
    """Return recall, precision and recall of slow incidents at a workload of quiet organisations.

    Parameters
    ----------
    seen : iterable of Seen
    workload : float
        Loud findings per 100 people and week of the quiet organisations among them, at most.
    """
    every = list(seen)
    best = (0.0, 0.0, 0.0)
    for step in range(61):
        score = Score(budget=0.05 * 1.075**step)
        for one in every:
            score.add(one)
        if score.workload > workload:
            break
        best = score.recall(), score.precision, score.recall(score.where(slow=True))
    return best


def without(name: str, cases: Iterable[Case]) -> list[Seen]:
    """Return the findings without an idea."""
    change, rules = ABLATIONS[name]
    with change():
        return [found_in(case, rules=rules) for case in cases]


def precision_at(seen: Iterable[Seen], workload: float, recall: float) -> float:
    """Return the highest precision at a threshold with enough recall and little enough workload.

    Parameters
    ----------
    seen : iterable of Seen
    workload : float
        As for `recall_at`.
    recall : float
        The least recall by any loud finding (0 to 1).

    Returns
    -------
    float
        0 if no threshold has both.
    """
    every = list(seen)
    best = 0.0
    for step in range(61):
        score = Score(budget=0.05 * 1.075**step)
        for one in every:
            score.add(one)
        if score.workload <= workload and score.recall() >= recall:
            best = max(best, score.precision)
    return best


def _main() -> None:
    """Print recall without ideas, on a few organisations on which parameters were chosen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit_ablation")
    parser.add_argument("names", nargs="+", choices=["nothing", *ABLATIONS])
    parser.add_argument("--simulators", nargs="*", choices=SIMULATORS, default=[],
                        help="default: dense organisations of the second")  # fmt: skip
    parser.add_argument("--first", type=int, default=200, help="seed of the first with incidents")
    parser.add_argument("--number", type=int, default=8, help="how many with incidents")
    parser.add_argument("--quiet", type=int, default=8, help="how many quiet ones")
    given = parser.parse_args()
    if not 0 <= given.first <= FIRST_UNSEEN - _APART - given.quiet:
        parser.error(f"seeds from {FIRST_UNSEEN} on are for measuring only: give a smaller --first")
    # A simulator is measured at its own threshold: its quiet organisations say which one.
    groups = [_cases(one, given) for one in given.simulators] or [_dense(given)]
    for name in given.names:
        found = [[found_in(one) for one in cases] if name == "nothing" else without(name, cases)
                 for cases in groups]  # fmt: skip
        for workload in (0.5, 1.0, 2.0):
            figures = [recall_at(seen, workload) for seen in found]
            recall, precision, slow = np.mean(figures, axis=0)
            print(f"without {name}, workload {workload:g}: recall {recall:.2f}, precision "
                  f"{precision:.2f}, recall of slow incidents {slow:.2f}", flush=True)  # fmt: skip


def _cases(simulator: str, given: argparse.Namespace) -> list[Case]:
    """Return organisations with incidents, and quiet ones on other seeds."""
    made = [Case(simulator, given.first + n) for n in range(given.number)]
    return made + [Case(simulator, given.first + _APART + n, True) for n in range(given.quiet)]


def _dense(given: argparse.Namespace) -> list[Case]:
    """Return organisations with many incidents, and small quiet ones."""
    made = [Case("second", given.first + n, dense=True) for n in range(given.number)]
    return made + [Case("second", n, quiet=True) for n in small_seeds(given.quiet, start=500)]


if __name__ == "__main__":
    _main()
