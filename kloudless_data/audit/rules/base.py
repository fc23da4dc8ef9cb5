"""The base class of all rules, and functions that several rules share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ...text.counts import count
from ..crowds import Crowd
from ..findings import Finding
from ..judging import Extent, Peak
from ..statistics import DAY, Floats, Ints, Log, window_counts
from ..wording import APART, within

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = [
    "NEW",
    "Candidate",
    "Rule",
    "Statement",
    "candidates_of",
    "crowds_of",
    "days_elsewhere",
    "events_between",
    "files_of",
    "foreign_of",
    "is_new",
    "most_elsewhere",
    "never_more",
    "owners_known",
]

#: A sentence, and the numbers behind it.
Statement = tuple[str, dict[str, Any]]

#: Days after their first event in which everything is new to people who join an older account, and
#: the decades that it is worth less.
_NEWCOMER, NEW = 10 * DAY, 1.5
_SLOW = 5 * DAY


@dataclass(frozen=True)
class Rule(ABC):
    """A question asked of all activity. Its fields are its parameters.

    Attributes
    ----------
    name : str
        The name in findings.
    title : str
        For headings.
    method : str
        How it judges, in one or two sentences for the report.
    source : str
        Where the idea comes from.
    about : str
        Its subject: two rules on the same subject add little to each other.
    odds : float
        Decades: how much more often its findings are malicious than equally strange ones of other
        rules. Chosen on simulated organisations that no benchmark reports on.
    severe : bool
        True if its findings can be of high severity without a rule on another subject.
    many : float
        The number of events that do the harm assumed by `odds`. Ten times as many are worth a
        decade more, a tenth of them a decade less, up to `harms` and one. 0 ignores the number.
    harms : float
        The largest number of decades that many events are worth.
    in_context : bool
        False if it has judged the circumstances itself; see `in_circumstances`.
    excused : bool
        True if work at the same time explains it: people read files, and travel, to work.
    """

    name: ClassVar[str]
    about: ClassVar[str] = ""
    odds: ClassVar[float] = 0.0
    severe: ClassVar[bool] = True
    many: ClassVar[float] = 0.0
    harms: ClassVar[float] = 1.0
    in_context: ClassVar[bool] = True
    excused: ClassVar[bool] = False
    title: ClassVar[str]
    method: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def candidates(self, activity: Activity) -> Iterator[Candidate | Finding]:
        """Yield candidates, each with its worth in decades, or finished findings."""

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
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
        """Return the decades that a candidate is worth in addition to its rarity.

        They say how often its kind is malicious, and how much harm is done: for somebody who never
        deletes, losing five files is as rare as losing five hundred, but matters less.

        Parameters
        ----------
        candidate : Candidate
            Its ``facts["amount"]``, if present, replaces the number of its events.
        """
        if not self.many or candidate.others:
            return self.odds
        amount = max(float(candidate.facts.get("amount", len(candidate.numbers))), 0.01)
        return self.odds + min(max(math.log10(amount / self.many), -1.0), self.harms)

    def asks_for_hours(self, candidate: Candidate) -> bool:
        """Tell whether a candidate stands out by the hours at which it happened.

        Parameters
        ----------
        candidate : Candidate
        """
        return False

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name, as JSON types."""
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
        The number of others who do far more of the same than usual at that time.
    loud : bool
        True if it can be loud on its own; otherwise it only adds to other candidates.
    facts : dict
        Further facts for the rule's sentence.
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

    @property
    def slow(self) -> bool:
        """Return True if it takes more than five days."""
        return self.end - self.start > _SLOW


def candidates_of(
    rule: Rule, activity: Activity, peaks: Iterable[Peak], *, loud: bool = True
) -> Iterator[Candidate]:
    """Yield peaks as a rule's candidates.

    A newcomer's peaks are worth 1.5 decades less; see `is_new`.

    Parameters
    ----------
    rule : Rule
        The rule of the candidates.
    activity : Activity
    peaks : iterable of Peak
    loud : bool
        True if they can be loud on their own. Default: True.
    """
    people = activity.people
    accounts, persons = people["account"].to_numpy(), people["person"].to_numpy()
    for peak in peaks:
        new = is_new(activity, peak.who, peak.start)
        yield Candidate(
            rule, peak.who, str(accounts[peak.who]), str(persons[peak.who]), peak.start, peak.end,
            peak.decades - NEW * new, peak.numbers, peak.others, loud,
            {"window": peak.window, "newcomer": new, **peak.facts}, peak.extent,
        )  # fmt: skip


def is_new(activity: Activity, who: int, start: int) -> bool:
    """Tell whether a person has only just joined.

    People in their first 10 days of an account that is older than a week are new to everything.

    Parameters
    ----------
    activity : Activity
    who : int
        The person's number.
    start : int
        Microseconds since 1970.
    """
    newcomer = bool(activity.people["newcomer"].to_numpy()[who])
    return newcomer and bool(start - activity.begun[who] < _NEWCOMER)


def crowds_of(
    rule: Rule,
    activity: Activity,
    crowds: Iterable[Crowd],
    what: str,
    log: Log | None = None,
    scores: Floats | None = None,
) -> Iterator[Candidate]:
    """Yield crowds as a rule's candidates: reported once, never loud.

    Parameters
    ----------
    rule : Rule
    activity : Activity
    crowds : iterable of Crowd
    what : str
        What they all do, after "12 people", such as "deleted".
    log, scores : Log and array of float, optional
        Events of people and how strange each is: each person's strangest at that time is evidence.
        Defaults to each crowd's own events.
    """
    accounts = activity.people["account"].to_numpy()
    for crowd in crowds:
        account = str(accounts[int(crowd.people[0])])
        # Others count who did the same up to a day before or after: that is the time to state.
        first, last = activity.first, activity.first + activity.blocks * DAY - 1
        start = first + max((crowd.start - first) // DAY - 1, 0) * DAY
        end = min(first + ((crowd.end - first) // DAY + 2) * DAY - 1, last)
        people, numbers = len(crowd.people), np.zeros(0, np.int64)
        if log is not None and scores is not None:
            inside = (log.time >= start) & (log.time <= end) & (scores > 0)
            there = np.flatnonzero(inside & np.isin(log.who, crowd.people))
            there = there[np.lexsort((-scores[there], log.who[there]))]
            there = there[np.diff(log.who[there], prepend=-1) != 0]
            crowd = replace(crowd, numbers=log.number[there])
        if len(crowd.numbers):
            activity.connection.register("met", {"number": crowd.numbers})
            rows = activity.columns(
                "select who, time, number from coded semi join met using (number) "
                "order by time, number"
            )
            activity.connection.unregister("met")
            people, numbers = len(np.unique(rows["who"])), rows["number"]
            start, end = int(rows["time"][0]), int(rows["time"][-1])
        yield Candidate(rule, None, account, None, start, end, 0.0, numbers, people, False,
                        {"crowd": people, "what": what})  # fmt: skip


def events_between(
    activity: Activity, who: int, start: int, end: int, condition: str = "true", *parameters: Any
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
    condition : str
        A further SQL condition on ``coded``. Default: none.
    *parameters
        Values for each ``?`` in `condition`, in order.

    Returns
    -------
    dict of str to array
        ``number`` (row in ``activity``), ``time`` (microseconds since 1970) and ``place``
        (the network's number).
    """
    return activity.columns(
        "select number, time, place from coded where who = ? and time between ? and ? "
        f"and ({condition}) order by time, number",
        int(who), int(start), int(end), *parameters,
    )  # fmt: skip


def files_of(events: pd.DataFrame) -> int:
    """Count the distinct files of events; each event without an object id counts as one."""
    named = events["object_id"].dropna()
    return int(named.nunique() + (len(events) - len(named)))


def foreign_of(events: pd.DataFrame) -> int:
    """Count the events on other people's files; see `owners_known`."""
    return int((events["owner"].notna() & (events["owner"] != events["person"])).sum())


def owners_known(events: pd.DataFrame) -> bool:
    """Tell whether any event says whose the file is: without, a count of 0 would be a guess."""
    return bool(events["owner"].notna().any())


def most_elsewhere(activity: Activity, candidate: Candidate, condition: str) -> int:
    """Return the largest window of such events, leaving out the candidate and a day around it.

    Parameters
    ----------
    activity : Activity
    candidate : Candidate
        Its ``facts["window"]`` is the windows' length, in microseconds.
    condition : str
        The condition on ``coded`` that the rule gave to `Activity.log`.
    """
    times = activity.times_of(int(candidate.who or 0), condition)
    found = times[(times < candidate.start - DAY) | (times > candidate.end + DAY)]
    one = np.zeros(len(found), np.int64)
    log = Log(one, found, one, np.ones(len(found)))
    return int(window_counts(log, int(candidate.facts["window"])).max(initial=0.0))


def days_elsewhere(activity: Activity, candidate: Candidate, table: str) -> int:
    """Count the days with the person's events of a table, leaving out a day around the candidate.

    Parameters
    ----------
    activity : Activity
        Its table ``coded`` must exist; see `Activity.derived`.
    candidate : Candidate
        Its person and time. Days are 24 hours from its start on.
    table : str
        The name of a table of event numbers, a rule's own.
    """
    ((days,),) = activity.rows(
        f"select count(distinct (time - ?) // ?) from coded join {table} using (number) "
        "where who = ? and (time < ? or time > ?)",
        candidate.start, DAY, candidate.who, candidate.start - DAY, candidate.end + DAY,
    )  # fmt: skip
    return int(days)


def never_more(number: int, window: int, *nouns: str) -> str:
    """Say that there was never more, leaving out the day before and after.

    Parameters
    ----------
    number : int
        The most events in any other window.
    window : int
        The windows' length in microseconds.
    *nouns : str
        What was counted: singular and plural. Default: such events, which may be more than files.

    Examples
    --------
    >>> never_more(10, 86_400_000_000)
    'apart from a day either side, never more than 10 such events within 24 hours'
    >>> never_more(0, 86_400_000_000), never_more(0, 86_400_000_000, "open link")
    ('apart from a day either side, never any', 'apart from a day either side, never any open link')
    """
    most = count(number, *(nouns or ("such event",)))
    nothing = " ".join(["any", *nouns[:1]])
    amount = f"more than {most} within {within(window)}" if number else nothing
    return f"{APART}, never {amount}"
