"""How findings compare with the truth: recall, precision and workload, by budget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from kloudless_data import audit
from kloudless_data.audit.findings import LOUD
from kloudless_data.audit.grading import Grades

from .audit_worlds import Case, Label, is_about

__all__ = ["BUDGETS", "Score", "Seen", "Truth", "found_in"]

#: Loud findings wanted per 100 people and week.
BUDGETS = (0.25, 0.5, 1.0, 2.0, 4.0)
_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Truth:
    """What is known about an organisation.

    Attributes
    ----------
    labels : list of Label
    units : float
        Hundreds of people times weeks.
    months : float
        The length of the history.
    """

    labels: list[Label]
    units: float
    months: float

    @classmethod
    def of(cls, case: Case) -> Truth:
        """Return the truth about an organisation."""
        events, labels, _ = case.made
        length = events["modified"].max() - events["modified"].min()
        people = events["user_email"].nunique()
        return cls(
            labels, people / 100 * (length / pd.Timedelta(weeks=1)), float(length.days / _MONTH)
        )


@dataclass(frozen=True)
class Seen:
    """What an audit found in one organisation.

    Attributes
    ----------
    case : Case
    truth : Truth
    findings : list
        Rows of `audit.find`; loud ones of the largest budget.
    """

    case: Case
    truth: Truth
    findings: list[Any]

    @classmethod
    def of(cls, case: Case, truth: Truth, found: pd.DataFrame) -> Seen:
        """Return the loud findings of an organisation.

        Parameters
        ----------
        case : Case
        truth : Truth
        found : DataFrame
            From `audit.find`, with the largest budget.
        """
        return cls(case, truth, list(found[found["severity"].isin(list(LOUD))].itertuples()))


def found_in(case: Case, **options: Any) -> Seen:
    """Audit an organisation.

    Parameters
    ----------
    case : Case
    **options
        Of `audit.find`.
    """
    events, _, until = case.made
    found = audit.find(events, until=until, budget=max(BUDGETS), progress=False, **options)
    return Seen.of(case, Truth.of(case), found)


@dataclass
class Score:
    """Counts over organisations, at one budget.

    Attributes
    ----------
    budget : float
    least : float
        The share of a finding's evidence that must be an incident's for it to be right.
    """

    budget: float = 1.0
    least: float = 0.0
    found: dict[Label, bool] = field(default_factory=dict)
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    own: dict[Label, bool] = field(default_factory=dict)
    quiet_loud: int = 0
    quiet_high: int = 0
    quiet_units: float = 0.0
    quiet_months: float = 0.0
    examples: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, seen: Iterable[Seen], **options: Any) -> Score:
        """Count the findings in organisations."""
        score = cls(**options)
        for one in seen:
            score.add(one)
        return score

    def add(self, seen: Seen) -> Score:
        """Count the findings in an organisation."""
        grades = Grades(self.budget)
        loud = [one for one in seen.findings if one.decades >= grades.medium]
        if seen.case.quiet:
            self.quiet_loud += len(loud)
            self.quiet_high += sum(
                one.severity == "high" and one.decades >= grades.high for one in loud
            )
            self.quiet_units += seen.truth.units
            self.quiet_months += seen.truth.months
            return self
        labels = seen.truth.labels
        guilty = [label for label in labels if not label.innocent]
        self.found |= dict.fromkeys(guilty, False)
        for one in loud:
            self._count(one, guilty, labels)
        return self

    def _count(self, one: Any, guilty: list[Label], labels: list[Label]) -> None:
        hits = [label for label in guilty if is_about(label, one, self.least)]
        self.found |= dict.fromkeys(hits, True)
        (self.right if hits else self.wrong)[one.rule] += 1
        if not hits:
            near = sorted({x.kind for x in labels if x.innocent and is_about(x, one)})
            self.examples.append(f"{one.rule} {one.rules} {one.decades} {near}")

    def recall(self, which: Iterable[Label] | None = None) -> float:
        """Return the share of incidents that were found."""
        chosen = list(self.found if which is None else which)
        return sum(self.found[one] for one in chosen) / max(1, len(chosen))

    def where(self, **wanted: Any) -> list[Label]:
        """Return the incidents with the given attributes."""
        return [one for one in self.found
                if all(getattr(one, name) == value for name, value in wanted.items())]  # fmt: skip

    @property
    def precision(self) -> float:
        """Return the share of loud findings that are right."""
        right, wrong = sum(self.right.values()), sum(self.wrong.values())
        return right / max(1, right + wrong)

    @property
    def workload(self) -> float:
        """Return loud findings per 100 people and week in quiet organisations."""
        return self.quiet_loud / max(self.quiet_units, 1e-9)

    @property
    def high_a_month(self) -> float:
        """Return findings of high severity per quiet organisation and month."""
        return self.quiet_high / max(self.quiet_months, 1e-9)

    def kinds(self) -> Iterator[str]:
        """Yield the kinds of incidents."""
        yield from sorted({one.kind for one in self.found})
