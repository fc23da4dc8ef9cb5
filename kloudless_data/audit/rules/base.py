"""The base of all rules, and what several rules share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..findings import Finding
from ..judging import Crowd, Extent, Peak
from ..statistics import DAY, Ints, Log, window_counts
from ..wording import APART, within

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

#: A sentence, and the numbers behind it.
Told = tuple[str, dict[str, Any]]

#: Days after their first event in which people of an account that is older are new to everything.
_NEWCOMER = 10 * DAY


@dataclass(frozen=True)
class Rule(ABC):
    """A question asked of all activity. Its fields are its parameters.

    Attributes
    ----------
    name : str
        The name findings use.
    title : str
        For headings.
    method : str
        How it judges, in one or two sentences for the report.
    source : str
        Where the idea comes from.
    about : str
        What kind of thing it sees: two rules about the same thing add little to each other.
    odds : float
        Decades: how much more often its finds are malicious than equally strange ones of other
        rules. Chosen on simulated organisations that no benchmark reports on.
    severe : bool
        Whether its finds can be of high severity without a rule that sees something else.
    many : float
        How many events do the harm that `odds` is about. Each tenfold more is worth a decade, each
        tenfold less costs one, up to `harms` and one. 0: the number says nothing.
    harms : float
        The most decades that a large number is worth.
    """

    name: ClassVar[str]
    about: ClassVar[str] = ""
    odds: ClassVar[float] = 0.0
    severe: ClassVar[bool] = True
    many: ClassVar[float] = 0.0
    harms: ClassVar[float] = 1.0
    title: ClassVar[str]
    method: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def candidates(self, activity: Activity) -> Iterator[Candidate | Finding]:
        """Yield candidates, each with its worth in decades, or finished findings."""

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Told:
        """Say what happened in one sentence, and return the numbers behind it.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            Its `person` is short enough for a sentence.
        events : pandas.DataFrame
            The evidence, ordered by time: rows of ``activity``, by row number, with ``time`` in
            microseconds since 1970.
        """
        raise NotImplementedError

    def bears_on(self, candidate: Candidate) -> float:
        """Return the decades that a candidate is worth beside how seldom it is.

        How often its kind is malicious, and how much harm is done: to lose five files is as rare
        for somebody who never deletes as to lose five hundred, and matters less.

        Parameters
        ----------
        candidate : Candidate
            Its ``facts["amount"]``, if there, counts in place of its events.
        """
        if not self.many or candidate.others:
            return self.odds
        amount = max(float(candidate.facts.get("amount", len(candidate.numbers))), 0.01)
        return self.odds + min(max(math.log10(amount / self.many), -1.0), self.harms)

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name, in types that JSON can hold."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class Candidate:
    """A possible finding, or a part of one.

    Attributes
    ----------
    rule : Rule
    who : int or None
        The person's number; None for an account or a crowd.
    account, person : str, str or None
    start, end : int
        Microseconds since 1970.
    decades : float
        Its worth: -log10 of the share of person-days that are this strange.
    numbers : array of int
        The rows of ``activity`` that are its evidence.
    others : int
        How many others do far more of the same than usual at that time.
    loud : bool
        Whether it can be loud on its own; if not, it only adds to other candidates.
    facts : dict
        What else the rule's sentence needs.
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
    """Yield peaks as a rule's candidates.

    A newcomer's peaks are worth 1.5 decades less: people in their first 10 days of an account that
    is older than a week are new to everything.

    Parameters
    ----------
    rule : Rule
        Whose candidates they become.
    activity : Activity
    peaks : iterable of Peak
    loud : bool
        Whether they can be loud on their own. Default: True.
    """
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
    """Yield crowds as a rule's candidates: reported once, never loud.

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
    """Return a person's events between two times, ordered by time.

    Parameters
    ----------
    activity : Activity
        Its table ``coded`` must exist; see `Activity.derived`.
    who : int
        The person's number.
    start, end : int
        Microseconds since 1970, both inclusive.
    where : str
        A further SQL condition on ``coded``. Default: none.
    *parameters
        Values for each ``?`` in `where`, in order.

    Returns
    -------
    dict of str to array
        ``number`` (row in ``activity``), ``time`` (microseconds since 1970) and ``place``
        (the network's number).
    """
    return activity.columns(
        "select number, time, place from coded where who = ? and time between ? and ? "
        f"and ({where}) order by time, number",
        int(who), int(start), int(end), *parameters,
    )  # fmt: skip


def files_of(events: pd.DataFrame) -> int:
    """Count the distinct files of events; each event without an object id counts as one."""
    named = events["object_id"].dropna()
    return int(named.nunique() + (len(events) - len(named)))


def foreign_of(events: pd.DataFrame) -> int:
    """Count the events on what belongs to somebody else."""
    return int((events["owner"].notna() & (events["owner"] != events["person"])).sum())


def most_elsewhere(activity: Activity, candidate: Candidate, where: str) -> int:
    """Return the largest window of such events, leaving out the candidate and a day around it.

    Parameters
    ----------
    activity : Activity
    candidate : Candidate
        Its ``facts["window"]`` is the windows' length, in microseconds.
    where : str
        The condition on ``coded`` that the rule gave to `Activity.log`.
    """
    times = activity.times_of(int(candidate.who or 0), where)
    found = times[(times < candidate.start - DAY) | (times > candidate.end + DAY)]
    one = np.zeros(len(found), np.int64)
    log = Log(one, found, one, np.ones(len(found)))
    return int(window_counts(log, int(candidate.facts["window"])).max(initial=0.0))


def never_more(number: int, window: int) -> str:
    """Say that there was never more, the day before and after left out.

    Parameters
    ----------
    number : int
        The most events in any other window.
    window : int
        Microseconds; how long the windows are.

    Examples
    --------
    >>> never_more(10, 86_400_000_000)
    'apart from a day either side, never more than 10 within 24 hours'
    >>> never_more(0, 86_400_000_000)
    'apart from a day either side, never any'
    """
    told = f"more than {number:,} within {within(window)}" if number else "any"
    return f"{APART}, never {told}"
