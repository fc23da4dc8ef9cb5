"""What a rule is, and what several rules share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..findings import Finding
from ..judging import Crowd, Extent, Peak
from ..statistics import DAY, Ints, Log, window_counts
from ..wording import within

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = [
    "Candidate",
    "Rule",
    "Told",
    "candidates_of",
    "crowds_of",
    "events_between",
    "files_of",
    "foreign_of",
    "most_elsewhere",
    "never_more",
]

#: A sentence, and the numbers that it rests on.
Told = tuple[str, dict[str, Any]]

#: Days after their first event in which people of an account that is older are new to everything.
_NEWCOMER = 10 * DAY


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
    about : str
        What kind of thing it sees: rules about the same are hardly worth more together.
    odds : float
        Decades: how much more often than of other rules what is so strange is meant badly. Chosen
        on simulated organisations that nothing is reported of.
    severe : bool
        Whether what it sees can be of high severity without another rule that sees something else.
    """

    name: ClassVar[str]
    about: ClassVar[str] = ""
    odds: ClassVar[float] = 0.0
    severe: ClassVar[bool] = True
    title: ClassVar[str]
    method: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def candidates(self, activity: Activity) -> Iterator[Candidate | Finding]:
        """Yield what may stand out, each with what it is worth; or findings as they are."""

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
    extent : Extent, optional
        The events from `start` to `end` that are the evidence, instead of `numbers`.
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
    extent: Extent | None = None


def candidates_of(
    rule: Rule, activity: Activity, peaks: Iterable[Peak], *, loud: bool = True
) -> Iterator[Candidate]:
    """Yield peaks as a rule's candidates; those of people who have only just joined for less."""
    people = activity.people
    accounts, persons = people["account"].to_numpy(), people["person"].to_numpy()
    newcomers, first = people["newcomer"].to_numpy(), activity.begun
    for peak in peaks:
        new = bool(newcomers[peak.who]) and peak.start - first[peak.who] < _NEWCOMER
        yield Candidate(
            rule, peak.who, str(accounts[peak.who]), str(persons[peak.who]), peak.start, peak.end,
            peak.decades - (1.5 if new else 0.0), peak.numbers, peak.others, loud,
            {"window": peak.window, "newcomer": new, **peak.facts}, peak.extent,
        )  # fmt: skip


def crowds_of(
    rule: Rule, activity: Activity, crowds: Iterable[Crowd], what: str
) -> Iterator[Candidate]:
    """Yield crowds as a rule's candidates, which are told once and never loud.

    Parameters
    ----------
    rule : Rule
    activity : Activity
    crowds : iterable of Crowd
    what : str
        What they all do, after "12 people", such as "deleted".
    """
    accounts = activity.people["account"].to_numpy()
    for crowd in crowds:
        account = str(accounts[int(crowd.people[0])])
        yield Candidate(rule, None, account, None, crowd.start, crowd.end, 0.0,
                        np.zeros(0, np.int64), len(crowd.people), False,
                        {"crowd": len(crowd.people), "what": what})  # fmt: skip


def events_between(
    activity: Activity, who: int, start: int, end: int, where: str = "true", *parameters: Any
) -> dict[str, Any]:
    """Return ``number``, ``time`` and ``place`` of a person's events of a time, in order."""
    return activity.columns(
        "select number, time, place from coded where who = ? and time between ? and ? "
        f"and ({where}) order by time, number",
        int(who), int(start), int(end), *parameters,
    )  # fmt: skip


def files_of(events: pd.DataFrame) -> int:
    """Return how many different files events are of; what has no id is another one each time."""
    named = events["object_id"].dropna()
    return int(named.nunique() + (len(events) - len(named)))


def foreign_of(events: pd.DataFrame) -> int:
    """Return how many events are with what belongs to others."""
    return int((events["owner"].notna() & (events["owner"] != events["person"])).sum())


def most_elsewhere(activity: Activity, candidate: Candidate, where: str) -> int:
    """Return the largest window of such events, but for the candidate and a day around it.

    Parameters
    ----------
    activity : Activity
    candidate : Candidate
        Its ``facts["window"]`` is how long windows are, in microseconds.
    where : str
        A condition on ``coded`` that the rule asked `Activity.log` about.
    """
    times = activity.times_of(int(candidate.who or 0), where)
    found = times[(times < candidate.start - DAY) | (times > candidate.end + DAY)]
    one = np.zeros(len(found), np.int64)
    log = Log(one, found, one, np.ones(len(found)))
    return int(window_counts(log, int(candidate.facts["window"])).max(initial=0.0))


def never_more(number: int, window: int) -> str:
    """Return that there was never more, but for the day before and after.

    Examples
    --------
    >>> never_more(10, 86_400_000_000)
    'leaving out a day before and after, never more than 10 within 24 hours'
    >>> never_more(0, 86_400_000_000)
    'leaving out a day before and after, never any'
    """
    told = f"more than {number:,} within {within(window)}" if number else "any"
    return f"leaving out a day before and after, never {told}"
