"""What each idea of the audit brings: recall without it, at the same workload."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from kloudless_data.audit import RULES, grading, judging, normalize
from kloudless_data.audit.statistics import Scale

from .audit_score import Score, Seen, found_in
from .audit_worlds import Case

__all__ = ["ABLATIONS", "recall_at"]

_SLOW = ("slow_exfiltration", "departing_employee")


@contextmanager
def _patched(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    with ExitStack() as stack:
        for where, name, value in changes:
            stack.enter_context(patch.object(where, name, value))
        yield


def _alone(group: Any) -> list[Any]:
    """Make a cause of each candidate."""
    return [grading._cause([one]) for one in group]


def _no_crowd(self: Any, who: int, start: int, end: int, score: float, decades: float) -> Any:
    return decades, 0


def _as_other_days(self: Any, peak: Any) -> Any:
    return peak


#: What is left out -> the changes that leave it out, and the rules that are asked.
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
    "cumulative sums over weeks": (
        lambda: _patched(), tuple(name for name in RULES if name not in _SLOW),
    ),
    "off hours": (lambda: _patched(), tuple(name for name in RULES if name != "off_hours")),
}  # fmt: skip


def recall_at(seen: Iterable[Seen], workload: float) -> tuple[float, float, float]:
    """Return recall, precision and recall of slow incidents at a workload where nothing happens.

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
    """Return what is found without an idea."""
    change, rules = ABLATIONS[name]
    with change():
        return [found_in(case, rules=rules) for case in cases]
