"""How findings compare with the truth: recall, precision and workload, by budget."""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from kloudless_data import audit
from kloudless_data.audit.findings import LOUD
from kloudless_data.audit.grading import Grades

from .audit_worlds import Case, Label, is_about

__all__ = ["BUDGETS", "Score", "Seen", "found_in"]

#: Loud findings wanted per 100 people and week.
BUDGETS = (0.25, 0.5, 1.0, 2.0, 4.0)
_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Seen:
    """What an audit found in one organisation.

    Attributes
    ----------
    case : Case
    labels : list of Label
    findings : list
        Rows of `audit.find`; loud ones of the largest budget.
    units : float
        Hundreds of people times weeks.
    months : float
        The length of the history.
    """

    case: Case
    labels: list[Label]
    findings: list[Any]
    units: float
    months: float

    @classmethod
    def of(cls, case: Case, found: pd.DataFrame) -> Seen:
        """Return the loud findings of an organisation.

        Parameters
        ----------
        case : Case
        found : DataFrame
            From `audit.find`, with the largest budget.
        """
        events, labels, _ = case.made
        loud = found[found["severity"].isin(list(LOUD))]
        length = events["modified"].max() - events["modified"].min()
        people = events["user_email"].nunique()
        return cls(
            case, labels, list(loud.itertuples()), people / 100 * (length / pd.Timedelta(weeks=1)),
            float(length.days / _MONTH),
        )  # fmt: skip


def found_in(case: Case, keep: Path | None = None, **options: Any) -> Seen:
    """Audit an organisation.

    Parameters
    ----------
    case : Case
    keep : Path, optional
        A folder in which the result is kept and looked up, for as long as the audit is the same.
    **options
        Of `audit.find`.
    """
    file = keep / f"{case.key}.pickle" if keep else None
    if file and file.exists():
        found, rest = pickle.loads(file.read_bytes())  # written below
        return Seen(case, findings=list(found.itertuples()), **rest)
    events, _, until = case.made
    found = audit.find(events, until=until, budget=max(BUDGETS), progress=False, **options)
    seen = Seen.of(case, found)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        loud = found[found["severity"].isin(list(LOUD))]
        rest = {"labels": seen.labels, "units": seen.units, "months": seen.months}
        file.write_bytes(pickle.dumps((loud, rest)))
    return seen


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
            self.quiet_units += seen.units
            self.quiet_months += seen.months
            return self
        labels = seen.labels
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
