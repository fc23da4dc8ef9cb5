"""One finding a cause, and how loud: candidates that touch are merged, ranked and graded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .rules.base import Candidate
from .statistics import DAY, HOUR

__all__ = ["Cause", "causes_of", "thresholds"]

_NEAR = 12 * HOUR
_SLOW = 5 * DAY
#: What each further rule's decades are worth beside the best one's.
_SHARE = 0.4


@dataclass(frozen=True)
class Cause:
    """Candidates that are about one thing, the best first.

    Attributes
    ----------
    parts : tuple of Candidate
    worth : float
        Decades.
    """

    parts: tuple[Candidate, ...]
    worth: float

    @property
    def start(self) -> int:
        return min(one.start for one in self.parts)

    @property
    def end(self) -> int:
        return max(one.end for one in self.parts)


def causes_of(candidates: Iterable[Candidate]) -> list[Cause]:
    """Merge what touches in time for one person, and return causes by what they are worth."""
    groups: dict[tuple[str, str | None, bool], list[Candidate]] = {}
    for one in candidates:
        slow = one.end - one.start > _SLOW or one.who is None
        key = (one.account, one.person if one.who is not None else f"{one.rule.name} {one.person}", slow)
        groups.setdefault(key, []).append(one)
    causes = [cause for (_, _, slow), group in groups.items() for cause in _touching(group, slow)]
    return sorted(causes, key=lambda one: (-one.worth, one.start, one.parts[0].account, one.parts[0].person or ""))


def _touching(group: Sequence[Candidate], slow: bool) -> list[Cause]:
    merged: list[list[Candidate]] = []
    end = 0
    for one in sorted(group, key=lambda one: (one.start, one.rule.name)):
        if merged and one.start <= end + (0 if slow else _NEAR):
            merged[-1].append(one)
            end = max(end, one.end)
        else:
            merged.append([one])
            end = one.end
    return [_cause(parts) for parts in merged]


def _cause(parts: Sequence[Candidate]) -> Cause:
    best: dict[str, Candidate] = {}
    for one in parts:
        if one.rule.name not in best or one.decades > best[one.rule.name].decades:
            best[one.rule.name] = one
    ordered = sorted(best.values(), key=lambda one: (-(one.decades if one.loud else 0.4 * one.decades), one.rule.name))
    main = ordered[0].decades if ordered[0].loud else 0.4 * ordered[0].decades
    worth = main + sum(_SHARE * max(one.decades - 1.0, 0.0) for one in ordered[1:])
    return Cause((*ordered, *(one for one in parts if one not in ordered)), float(worth))


def thresholds(budget: float) -> tuple[float, float]:
    """Return what a cause must be worth to be of medium and of high severity."""
    medium = 4.0 - float(np.log10(budget))
    return medium, medium + 1.5
