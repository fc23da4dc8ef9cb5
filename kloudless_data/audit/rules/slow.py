"""Growth over weeks, and people's last weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from ...errors.renamed import renamed_arguments
from ...text.counts import count
from ..judging import LEAST_DECADES
from ..kinds import ACTIVE, DELETIONS, TAKES, listed
from ..statistics import DAY, Floats, Ints, Scale, largest_contrasts
from ..wording import moment, span, when
from .base import NEW, Candidate, Rule, Statement, files_of, is_new
from .counted import KEPT
from .daily import Compared, DailyAmounts, events_within
from .sharing import domains_of, make_outside

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from ..activity import Activity

_LN10 = float(np.log(10.0))
#: The growth of a contrast, in standard errors, while it becomes e times rarer among people.
_FALL = 0.7
#: Decades for ten times as many days with what is taken, the number that is worth nothing, and the
#: limits.
_PER_DAYS, _USUAL_DAYS, _BY_DAYS = 1.5, 5, (-1.0, 0.5)

__all__ = ["DepartingEmployee", "SlowDeletion", "SlowExfiltration"]

#: What is counted per day -> the words for it in a sentence. A thief takes files apart from work,
#: and from folders in which they have none to do.
_WAYS = {
    f"kind in {listed(TAKES)} and not syncs "
    "and number in (select number from reads where not amid_work)": (
        "downloaded or copied {files}, not amid other work"
    ),
    f"kind in {listed(TAKES)} and number in (select number from reads where unchanging)": (
        "downloaded or copied {files} in folders where they never add or change files"
    ),
    "number in (select number from reads where unchanging)": (
        "opened or downloaded {files} in folders where they never add or change files"
    ),
    "number in (select number from outside)": "shared {files} outside or by open links",
    "number in (select number from outside where own_name)": (
        "shared {files} with an address of their own name elsewhere"
    ),
}
_DELETED = f"kind in {listed(DELETIONS)}"
_DELETED_WAYS = {
    f"{_DELETED} and {KEPT}": "deleted {files}",
    f"{_DELETED} and foreign_ and {KEPT}": "deleted {files} of others",
}
_PHRASES = {**_WAYS, **_DELETED_WAYS, _DELETED: "deleted {files}"}
_COUNTED = tuple(_PHRASES)

_METHOD = (
    "The daily amounts {what} are compared on a logarithmic scale. The mean of each run of 4 to 95 "
    "days is compared with that of the person's other days, in standard errors, so that a run of "
    "most days is not its own baseline. The largest contrast of all ways of counting is ranked "
    "among everybody's."
)
_SEGMENTS = "Olshen et al., Biostatistics 2004, on segments compared with the rest"


def _phrase(candidate: Candidate, events: pd.DataFrame) -> str:
    phrase = _PHRASES[candidate.facts["condition"]]
    return phrase.format(files=count(files_of(events), "file"))


class _Usual(NamedTuple):
    """What is usual for each person: the median of their days, and a robust spread, as a column."""

    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, amounts: DailyAmounts, condition: str) -> _Usual:
        """Return what is usual in one way of counting."""
        found = [_centre_and_spread(table) for _, table in amounts.parts(condition)]
        centre, spread, number = (np.concatenate(one) for one in zip(*found, strict=True))
        known = spread[number > 0]
        everyone = max(float(np.median(known)), 0.5) if len(known) else 0.5
        scale = np.maximum((number * spread + 6 * everyone) / (number + 6), 0.4)
        return cls(centre, scale)

    def excess(self, people: slice, table: Floats) -> Floats:
        """Return each day's robust excess over the person's usual; 0 without activity."""
        centre, scale = self.centre[people, None], self.scale[people, None]
        above = (np.log(table + 2.0) - centre) / scale
        found: Floats = np.nan_to_num(np.clip(above, -2.0, 3.0), nan=0.0)
        return found


def _centre_and_spread(table: Floats) -> tuple[Floats, Floats, Ints]:
    """Return each person's median, robust standard deviation and number of days, of logarithms."""
    logs = np.log(table + 2.0)
    days = np.isfinite(logs).sum(axis=1)
    centre = _medians_of_rows(logs, days)
    spread = 1.4826 * _medians_of_rows(np.abs(logs - centre[:, None]), days)
    return centre, spread, days


def _medians_of_rows(table: Floats, number: Ints) -> Floats:
    """Return the median of each row's numbers; 0 if it has none.

    Like NumPy's `nanmedian`, which takes four times as long.

    Parameters
    ----------
    table : array of float
        NaN where there is nothing.
    number : array of int
        The number of values in each row.
    """
    ordered, row = np.sort(table, axis=1), np.arange(len(table))  # NaN comes last
    low, high = ordered[row, np.maximum(number - 1, 0) // 2], ordered[row, number // 2]
    return np.where(number > 0, (low + high) / 2, 0.0)


class _Runs(NamedTuple):
    """Each person's run of days that exceeds the others most: first and last day, and contrast."""

    first: Ints
    last: Ints
    contrast: Floats


class _Spans(NamedTuple):
    """Days of some people, worth a look: the way of counting, and the first and last day."""

    who: Ints
    way: Ints
    first: Ints
    last: Ints
    decades: Floats


def _scale(values: Floats, *, tail: float, unseen: float, prior: float = 8.0) -> Scale:
    """Return a scale of values among people, of whom there are few."""
    return Scale(np.sort(values[values > 0]), len(values), tail=tail, prior=prior, unseen=unseen)


def _amounts(activity: Activity) -> DailyAmounts:
    """Count everything that slow rules ask about, once for all of them."""
    for name in ("reads", "undone", "deleted_again", "replaced"):
        activity.derived(name)
    make_outside(activity, domains_of(activity), 4)
    return DailyAmounts.of(activity, _COUNTED)


def _candidates(
    rule: Rule, activity: Activity, ways: Sequence[str], spans: _Spans, *, least: int, days: int = 1
) -> Iterator[Candidate]:
    """Yield people's events of some days: at least `least`, on at least so many days."""
    people, found = activity.people, dict[int, Candidate]()
    accounts, persons = people["account"].to_numpy(), people["person"].to_numpy()
    for way in np.unique(spans.way):
        mine = _Spans(*(values[spans.way == way] for values in spans))
        events = events_within(activity, ways[way], mine.who, mine.first, mine.last)
        for who, decades, (times, numbers) in zip(mine.who, mine.decades, events, strict=True):
            active = len(np.unique((times - activity.first) // DAY))
            if len(times) >= least and active >= days:
                new = is_new(activity, int(who), int(times[0]))
                found[int(who)] = Candidate(
                    rule, int(who), accounts[who], persons[who], int(times[0]), int(times[-1]),
                    float(decades) - NEW * new, numbers,
                    facts={"condition": ways[way], "newcomer": new, "days": active,
                           "excused": rule.excused and "from outside" not in ways[way]},
                )  # fmt: skip
    yield from (found[who] for who in sorted(found))


def _compared(activity: Activity, candidate: Candidate, condition: str) -> Compared:
    """Return the amounts per active day, then and at other times."""
    first = activity.first
    rows = activity.columns(
        f"select day, {DailyAmounts.column(_COUNTED, condition)} as events from amounts "
        "where who = ? order by day",
        candidate.who,
    )
    begin, end = ((t - first) // DAY for t in (candidate.start, candidate.end))
    then = (rows["day"] >= begin) & (rows["day"] <= end)
    return Compared(rows["events"][then], rows["events"][~then])


@dataclass(frozen=True)
class _Slow(Rule):
    """Somebody does more of something over several weeks; see `SlowExfiltration`.

    Attributes
    ----------
    ways : mapping of str to str
        What is counted per day: conditions on ``coded``, with the words for them.
    least_events, days_with : int
        A run with fewer events, or with such events on fewer days, is never a finding.
    """

    ways: ClassVar[Mapping[str, str]]
    least_events: ClassVar[int] = 1
    days_with: ClassVar[int] = 1
    severe: ClassVar[bool] = False
    least_days: int = 15
    least: float = 2.0
    most: float = 0.8
    each: float = 0.8

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        amounts = _amounts(activity)
        ways = [condition for condition in self.ways if condition in amounts.ways]
        if not ways:
            return
        # Several ways of counting are one question: the largest contrast of each person is ranked.
        runs = [self._runs(amounts, condition) for condition in ways]
        contrasts = np.array([one.contrast for one in runs])
        way_of, best = contrasts.argmax(axis=0), contrasts.max(axis=0)
        known = activity.days >= self.least_days
        scale = _scale(best[known], tail=_FALL, unseen=10.0, prior=30.0)
        worth = scale.decades(best, 1.0) + self.each * np.log10(activity.days_each)
        who = np.flatnonzero(known & (best >= self.least) & (worth >= LEAST_DECADES))
        first, last = (np.array([getattr(one, name) for one in runs])[way_of[who], who]
                       for name in ("first", "last"))  # fmt: skip
        spans = _Spans(who, way_of[who], first, last, worth[who])
        yield from _candidates(
            self, activity, ways, spans, least=self.least_events, days=self.days_with
        )

    def _runs(self, amounts: DailyAmounts, condition: str) -> _Runs:
        usual = _Usual.of(amounts, condition)
        found = []
        for people, table in amounts.parts(condition):
            active = ~np.isnan(table)
            found.append(largest_contrasts(usual.excess(people, table), active, self.most))
        first, last, contrast = (np.concatenate(one) for one in zip(*found, strict=True))
        return _Runs(amounts.days[first], amounts.days[last], contrast)

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say how much a day, then and at other times.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["condition"]`` is the condition on ``coded`` that counts.
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        days = _compared(activity, candidate, candidate.facts["condition"])
        sentence = (
            f"{candidate.person} {_phrase(candidate, events)} "
            f"{span(candidate.start, candidate.end)}: {days}."
        )
        return sentence, {"files": files_of(events), "events": len(events), **days.numbers}


@dataclass(frozen=True)
class SlowExfiltration(_Slow):
    """Somebody takes or shares more over several weeks.

    Parameters
    ----------
    least_days : int
        Days of activity needed to know what is usual.
    least : float
        Standard errors by which a run of days must exceed the others to be followed up.
    most : float
        The largest share of a person's days that a run may have: what they do on the others is
        what is usual.
    each : float
        The share of a history's length (decades of days) that makes this question, asked once,
        rarer than one asked every day (0 to 1).
    """

    name: ClassVar[str] = "slow_exfiltration"
    about: ClassVar[str] = "taking"
    excused: ClassVar[bool] = True
    title: ClassVar[str] = "More and more over weeks"
    method: ClassVar[str] = _METHOD.format(
        what="that people take apart from their work, read where they never add or change files, "
        "and share outside"
    )
    source: ClassVar[str] = f"MITRE ATT&CK T1030, Data Transfer Size Limits; {_SEGMENTS}"
    ways: ClassVar[Mapping[str, str]] = _WAYS

    def bears_on(self, candidate: Candidate) -> float:
        """Return decades by the number of days: what takes two or three is no slow theft.

        Parameters
        ----------
        candidate : Candidate
            ``facts["days"]`` is the number of days with such events.
        """
        days = _PER_DAYS * np.log10(candidate.facts["days"] / _USUAL_DAYS)
        return super().bears_on(candidate) + float(np.clip(days, *_BY_DAYS))


@dataclass(frozen=True)
class SlowDeletion(_Slow):
    """Somebody deletes more over several weeks.

    Parameters
    ----------
    least_days, least, most, each
        As for `SlowExfiltration`.
    """

    name: ClassVar[str] = "slow_deletion"
    about: ClassVar[str] = "loss"
    odds: ClassVar[float] = -0.2
    many: ClassVar[float] = 100.0
    title: ClassVar[str] = "Deletions over weeks"
    method: ClassVar[str] = _METHOD.format(
        what="of files that people delete and do not restore, and those of others' files,"
    )
    source: ClassVar[str] = f"MITRE ATT&CK T1485, Data Destruction; {_SEGMENTS}"
    ways: ClassVar[Mapping[str, str]] = _DELETED_WAYS
    # On fewer days it is a clean-up.
    least_events: ClassVar[int] = 12
    days_with: ClassVar[int] = 8


def _growth(table: Floats, late: npt.NDArray[np.bool_]) -> Floats:
    """Return the log ratio of the daily amount on late days to that before, by person."""
    active = ~np.isnan(table)
    before, after = active & ~late, active & late
    number, numbers_after = before.sum(axis=1), after.sum(axis=1)
    if table.shape[1] < 8:
        return np.zeros(len(table))
    expected = np.where(before, table, 0.0).sum(axis=1) / np.maximum(number, 1) * numbers_after
    busiest = np.partition(np.where(before, table, -1.0), -3, axis=1)[:, -3:].sum(axis=1)
    amount = np.where(after, table, 0.0).sum(axis=1)
    known = (number >= 8) & (numbers_after >= 3)
    ratio = (amount + 5) / (np.maximum(np.maximum(expected, busiest), 0.0) + 5)
    found: Floats = np.where(known, np.maximum(np.log(ratio), 0.0), 0.0)
    return found


@renamed_arguments(gone="inactive_days")
@dataclass(frozen=True)
class DepartingEmployee(Rule):
    """Somebody takes, shares or deletes more in their last weeks.

    Parameters
    ----------
    inactive_days : float
        Days without activity, at the end of what is known of their account, after which a person
        counts as a leaver.
    weeks : int
        How many last weeks to compare with the time before.
    """

    name: ClassVar[str] = "departing_employee"
    about: ClassVar[str] = "taking"
    excused: ClassVar[bool] = True
    title: ClassVar[str] = "A leaver's last weeks"
    method: ClassVar[str] = (
        "For people who are no longer active, the amounts that they took, shared outside and "
        "deleted per day in their last weeks are compared, on a logarithmic scale, with the time "
        "before, and ranked among everybody's last weeks of the history."
    )
    source: ClassVar[str] = "CERT insider threat scenarios: theft within 30 days of leaving"
    inactive_days: float = 8.0
    weeks: int = 3

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        amounts = _amounts(activity)
        ways = list(amounts.ways)
        if not ways:
            return
        last = amounts.last()
        grown = np.array([self._grown(activity, amounts, condition, last) for condition in ways])
        known = activity.days >= 15
        worth = np.array([_scale(one[known], tail=0.5, unseen=20.0).decades(one, 1.0)
                          for one in grown])  # fmt: skip
        best, way_of = worth.max(axis=0), worth.argmax(axis=0)
        ranked = _scale(best[known] * _LN10, tail=1.0, unseen=20.0).decades(best * _LN10, 1.0)
        ranked = np.minimum(ranked, best) + 0.6 * np.log10(activity.days_each)
        end = amounts.days[last]
        # Leaving is rare by itself; what counts is what people take then.
        left = end < activity.last_days(end) + 1 - self.inactive_days
        left &= grown.max(axis=0) > 0.5
        who = np.flatnonzero(left & (ranked >= LEAST_DECADES))
        first = np.maximum(end[who] + 1 - 7 * self.weeks, 0)
        spans = _Spans(who, way_of[who], first, end[who], ranked[who])
        yield from _candidates(self, activity, ways, spans, least=5)

    def _grown(
        self, activity: Activity, amounts: DailyAmounts, condition: str, last: Ints
    ) -> Floats:
        """Return by how much each person's last weeks exceed the time before."""
        late_from = amounts.days[last] - 7 * self.weeks
        found = [
            _growth(table, amounts.days[None, :] > late_from[people, None])
            for people, table in amounts.parts(condition)
        ]
        return np.where(activity.days >= 15, np.concatenate(found), 0.0)

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say how much a day, in the last weeks and before.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["condition"]`` is the condition on ``coded`` that counts.
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        days = _compared(activity, candidate, candidate.facts["condition"])
        ((last,),) = activity.rows(
            f"select max(time) from coded where who = ? and {ACTIVE}", candidate.who
        )
        last = moment(last)
        what = _phrase(candidate, events)
        last_days = "days" if candidate.end - candidate.start < 7 * DAY else "weeks"
        sentence = (
            f"In their last {last_days}, {span(candidate.start, candidate.end)}, "
            f"{candidate.person} {what}: {days}. Their last activity was at {when(last)}."
        )
        return sentence, {"files": files_of(events), "events": len(events), **days.numbers}
