"""One finding per cause: merge candidates that touch, then rank and grade them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..exceptions import InvalidParameter
from .rules.base import Candidate
from .statistics import HOUR, Ints

__all__ = ["Cause", "Grades", "causes_of", "ordered"]

#: A person's candidates closer together than this are one cause, unless one takes weeks.
_NEAR = 12 * HOUR
#: The weight of each further rule's decades, after the first: most if it has another subject,
#: little if it sees the same thing again.
_SHARE, _SAME, _FREE = 0.6, 0.15, 1.0
#: The same for a rule that cannot be loud on its own.
_HINT = 0.4
#: The weight of decades that cannot be loud on their own.
_QUIET = 0.4
#: Decades from which on a further rule supports the best one.
_SUPPORT = 2.0
#: The decades from which a finding is loud at a budget of 1, and how many fewer at one of 10.
_MEDIUM, _TENFOLD = 3.5, 3.4
#: The loud findings that the smallest audit may have if nothing happens, and how many decades fewer
#: a finding needs in audits a tenth of the size at which that matters.
_LEAST_FINDINGS, _SMALL = 0.5, 1.6
#: Decades above medium from which on a cause is of high severity, and below which it is reported.
_SEVERE, _LOW = 3.3, 0.8


@dataclass(frozen=True)
class Cause:
    """Candidates about one thing.

    Attributes
    ----------
    parts : tuple of Candidate
        The best of each rule, best first.
    rest : tuple of Candidate
        Further candidates of these rules, as evidence.
    worth : float
        Decades.
    numbers : dict
        What is known about the circumstances, for the finding.
    """

    parts: tuple[Candidate, ...]
    rest: tuple[Candidate, ...]
    worth: float
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def evidence(self) -> list[Candidate]:
        """Return the candidates whose events are the evidence.

        Those of weeks are not, if a shorter one is worth more: it says when it happened.
        """
        every = (*self.parts, *self.rest)
        return [one for one in every if self.parts[0].slow or not one.slow]

    @property
    def start(self) -> int:
        """Return the start of the evidence, in microseconds since 1970."""
        return min(one.start for one in self.evidence)

    @property
    def end(self) -> int:
        """Return the end of the evidence."""
        return max(one.end for one in self.evidence)

    @property
    def family(self) -> str:
        """Return the rule's name if it has no person or takes weeks, else a blank."""
        best = self.parts[0]
        return best.rule.name if best.who is None or best.slow else ""

    @property
    def others(self) -> int:
        """Return the number of others who do far more of the same than usual at that time."""
        return self.parts[0].others


@dataclass(frozen=True)
class Grades:
    """The worth a cause needs for each severity.

    Parameters
    ----------
    budget : float
        Accepted loud findings (medium or high severity) per 100 people in a week in which nothing
        happens. Default: 1.
    units : float
        The size of the audit, in units of 100 people and a week. Default: many.
    """

    budget: float = 1.0
    units: float = 1_000.0

    def __post_init__(self) -> None:
        if not 0 < self.budget <= 1000:
            raise InvalidParameter(
                "must be a number of findings per 100 people and week, above 0 and up to 1,000, "
                f"such as 1; it is {self.budget!r}.",
                parameter="budget",
            )

    @property
    def medium(self) -> float:
        """Return the decades from which a finding is loud.

        A week of 100 people has some 500 person-days, and several rules ask about each: measured
        on simulated organisations where nothing happens, as `python -m benchmarks audit` does. An
        audit of few people and days has half a finding to spend.
        """
        small = max(_LEAST_FINDINGS / self.units / self.budget, 1.0)
        return _loud_from(self.budget) - _SMALL * float(np.log10(small))

    @property
    def high(self) -> float:
        """Return the decades from which a finding is of high severity.

        That does not depend on how small the audit is: little history makes nothing surer.
        """
        return _loud_from(self.budget) + _SEVERE

    @property
    def low(self) -> float:
        """Return the decades from which a finding is reported."""
        return self.medium - _LOW

    def severity(self, cause: Cause) -> str | None:
        """Return a cause's severity; None if it is not worth reporting."""
        if not any(one.loud for one in cause.parts):
            return "info" if cause.worth >= _QUIET * self.medium else None
        if cause.worth >= self.high and not cause.others and _is_severe(cause):
            return "high"
        if cause.worth >= self.medium:
            return "medium"
        return "low" if cause.worth >= self.low else None


def _loud_from(budget: float) -> float:
    """Return the decades from which a finding is loud at a budget."""
    return _MEDIUM - _TENFOLD * float(np.log10(budget))


def _is_severe(cause: Cause) -> bool:
    """Return True if a cause is more than one large, often innocent, action."""
    best = cause.parts[0]
    known = {one.rule.about for one in cause.parts
             if one.loud and one.decades >= _SUPPORT and not _sees_again(one, best)}  # fmt: skip
    return best.rule.severe or len(known) > 1


def causes_of(candidates: Iterable[Candidate]) -> list[Cause]:
    """Merge one person's candidates about one act; return the causes, worthiest first.

    Those that touch in time are about one act. A candidate of several weeks would swallow whatever
    happens meanwhile: it is merged with those that it shares events with, but if one of these is
    worth more, with that one only. So it never makes one of two acts that are worth more.
    """
    groups: dict[tuple[str, str, str], list[Candidate]] = {}
    for one in candidates:
        key = (one.account, str(one.person), one.rule.name if one.who is None else "")
        groups.setdefault(key, []).append(one)
    return ordered(_cause(parts) for group in groups.values() for parts in _acts(group))


def _acts(group: Sequence[Candidate]) -> list[list[Candidate]]:
    """Return a person's candidates by act."""
    acts = _touching([one for one in group if one.who is None or not one.slow])
    slow: dict[str, list[Candidate]] = {}
    for one in group:
        if one.who is not None and one.slow:
            slow.setdefault(one.rule.name, []).append(one)
    runs = [run for name in sorted(slow) for run in _touching(slow[name])]
    for run in sorted(runs, key=_best_worth, reverse=True):
        numbers = np.unique(np.concatenate([one.numbers for one in run]))
        same = [act for act in acts if _shares_events(act, numbers)]
        if best := max(same, key=_best_worth, default=None):
            same = [best] if _best_worth(best) > _best_worth(run) else same
        acts = [act for act in acts if not any(act is one for one in same)]
        acts.append([*run, *(one for act in same for one in act)])
    return acts


def _best_worth(act: Iterable[Candidate]) -> float:
    return max(map(_worth, act))


def _shares_events(act: Iterable[Candidate], numbers: Ints) -> bool:
    """Return True if half of the events of a candidate, or half of these, are the other's."""
    return any(
        2 * int(np.isin(one.numbers, numbers).sum()) >= min(len(one.numbers), len(numbers)) > 0
        for one in act
    )


def ordered(causes: Iterable[Cause]) -> list[Cause]:
    """Return causes, worthiest first."""
    return sorted(
        causes,
        key=lambda one: (-round(one.worth, 6), one.start, one.parts[0].account,
                         str(one.parts[0].person)),
    )  # fmt: skip


def _touching(group: Sequence[Candidate]) -> list[list[Candidate]]:
    """Return candidates at most half a day apart together."""
    merged: list[list[Candidate]] = []
    end = 0
    for one in sorted(group, key=lambda one: (one.start, one.rule.name)):
        if merged and one.start <= end + _NEAR:
            merged[-1].append(one)
            end = max(end, one.end)
        else:
            merged.append([one])
            end = one.end
    return merged


def _cause(group: Sequence[Candidate]) -> Cause:
    best: dict[str, Candidate] = {}
    for one in group:
        if one.rule.name not in best or one.decades > best[one.rule.name].decades:
            best[one.rule.name] = one
    parts = sorted(best.values(), key=lambda one: (-_worth(one), one.rule.name))
    worth, seen = _worth(parts[0]), {parts[0].rule.about}
    for one in parts[1:]:
        again = one.rule.about in seen or _sees_again(one, parts[0])
        share = _HINT if not one.loud else _SAME if again else _SHARE
        worth += share * max(one.decades + one.rule.bears_on(one) - _FREE, 0.0)
        seen.add(one.rule.about)
    rest = tuple(one for one in group if not any(one is part for part in parts))
    return Cause(tuple(parts), rest, float(worth))


def _sees_again(one: Candidate, best: Candidate) -> bool:
    """Return True if a candidate sees the best one's events, over weeks or within them.

    Files shared with oneself for weeks are not strange twice, for each day and for all of them.
    """
    return one is not best and (one.slow or best.slow) and _shares_events([one], best.numbers)


def _worth(candidate: Candidate) -> float:
    worth = candidate.decades + candidate.rule.bears_on(candidate)
    return worth if candidate.loud else _QUIET * worth
