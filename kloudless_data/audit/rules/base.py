"""What a rule is, and what several rules share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ..statistics import Ints

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity
    from ..findings import Finding
    from ..judging import Crowd, Peak

__all__ = ["Candidate", "Rule", "Told", "candidates_of"]

#: A sentence, and the numbers that it rests on.
Told = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Rule(ABC):
    """A question asked of all activity. Its fields are its parameters.

    Attributes
    ----------
    name : str
        What findings call it.
    title : str
        For headings.
    method : str
        How it judges, in one or two sentences, for the report.
    source : str
        Where the idea is from.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    method: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def candidates(self, activity: Activity) -> Iterator[Candidate | Finding]:
        """Yield what may stand out, each with what it is worth."""

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Told:
        """Return what happened, in one sentence, and the numbers behind it.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
        events : pandas.DataFrame
            The evidence: rows of ``activity`` in order of time.
        """
        raise NotImplementedError

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name, as they can be written down."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class Candidate:
    """What may become a finding, or a part of one.

    Attributes
    ----------
    rule : Rule
    who : int or None
        The person's number; None: it is about the account, or a crowd.
    account, person : str, str or None
    start, end : int
        Microseconds since 1970.
    decades : float
        What it is worth: -log10 of how often a person-day is so strange.
    numbers : array of int
        The rows of ``activity`` that are its evidence.
    others : int
        How many others do the same at that time, far more than usual.
    loud : bool
        Whether it can be loud on its own; if not, it only adds to what else there is.
    facts : dict
        What else the rule needs for its sentence.
    """

    rule: Rule
    who: int | None
    account: str
    person: str | None
    start: int
    end: int
    decades: float
    numbers: Ints
    others: int = 0
    loud: bool = True
    facts: dict[str, Any] = field(default_factory=dict)


def candidates_of(
    rule: Rule, activity: Activity, peaks: Iterable[Peak], *, loud: bool = True, **facts: Any
) -> Iterator[Candidate]:
    """Yield peaks as a rule's candidates."""
    people = activity.people
    accounts, persons = people["account"].to_numpy(), people["person"].to_numpy()
    for peak in peaks:
        yield Candidate(
            rule, peak.who, str(accounts[peak.who]), str(persons[peak.who]), peak.start, peak.end,
            peak.decades, peak.numbers, peak.others, loud,
            {"window": peak.window, **peak.facts, **facts},
        )  # fmt: skip


def crowds_of(rule: Rule, activity: Activity, crowds: Iterable[Crowd]) -> Iterator[Candidate]:
    """Yield crowds as a rule's candidates, which are told once and never loud."""
    import numpy as np

    accounts = activity.people["account"].to_numpy()
    for crowd in crowds:
        account = str(accounts[int(crowd.people[0])])
        yield Candidate(rule, None, account, None, crowd.start, crowd.end, 0.0,
                        np.zeros(0, np.int64), len(crowd.people), False,
                        {"crowd": len(crowd.people)})  # fmt: skip
