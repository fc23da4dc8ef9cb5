"""Growth over weeks, and people's last weeks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from ..judging import LEAST_DECADES
from ..kinds import DELETIONS, READS, TAKES, listed
from ..statistics import DAY, Floats, Ints, Log, Scale, cumulative_sums
from ..wording import count, moment, span, when
from .base import Candidate, Rule, Told, files_of
from .hours import AT_STRANGE_HOURS, make_strange_hours
from .sharing import domains_of, make_outside

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from ..activity import Activity

_LN10 = float(np.log(10.0))

__all__ = ["DepartingEmployee", "SlowExfiltration"]

#: What is counted per day -> the words for it in a sentence.
_WAYS = {
    f"kind in {listed(TAKES)}": "downloaded or copied {files}",
    f"number in (select number from reads where kind in {listed(TAKES)} and new)": (
        "downloaded or copied {files} that were new to them"
    ),
    f"number in (select number from reads where kind in {listed(READS)} and new)": (
        "opened or downloaded {files} that were new to them"
    ),
    "number in (select number from strange_folders)": (
        "opened or downloaded {files} in folders that were new to them"
    ),
    "number in (select number from outside)": "shared {files} outside or by open links",
    "number in (select number from outside where own_name)": (
        "shared {files} with an address of their own name elsewhere"
    ),
    f"kind in {listed(READS)} and {AT_STRANGE_HOURS}": (
        "read {files} at hours that are hardly ever theirs"
    ),
}

#: Less and less is new to a person: on this many first days, novelty means nothing.
_ACQUAINTED = 25
_NEW = ("from reads", "from strange_folders")


def _told(way: str, events: pd.DataFrame) -> str:
    return way.format(files=count(files_of(events), "file"))


def _a_day(then: float, days: int, other: float) -> str:
    """Compare the number of events per day then and at other times, by the median day."""
    noun = "event" if then == 1 else "events"
    if days == 1:
        return f"{then:g} {noun} on one day, and a median of {other:g} a day at other times"
    return (
        f"a median of {then:g} {noun} a day on the {count(days, 'day')} with activity, and of "
        f"{other:g} at other times"
    )


class _Daily:
    """How often people did something on each 24-hour day; NaN: no activity at all.

    Attributes
    ----------
    counts : array of float
        (people, days), without days on which nobody was active.
    days : array of int
        The day's number, counted from the first event.
    """

    def __init__(self, activity: Activity, log: Log) -> None:
        first = activity.first
        active = activity.columns(
            f"select distinct who, (time - {first}) // {DAY} as day from coded order by who, day"
        )
        self.days, place = np.unique(active["day"], return_inverse=True)
        self.counts = np.full((len(activity.days), len(self.days)), np.nan)
        self.counts[active["who"], place] = 0.0
        of_log = np.searchsorted(self.days, (log.time - first) // DAY)
        np.add.at(self.counts, (log.who, of_log), 1.0)

    @property
    def is_active(self) -> npt.NDArray[np.bool_]:
        """Return the days on which each person was active."""
        active: npt.NDArray[np.bool_] = ~np.isnan(self.counts)
        return active

    def above_usual(self) -> Floats:
        """Return each day's robust excess over the person's usual; 0 without activity."""
        logs = np.log(self.counts + 2.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # people without a day
            centre = np.nan_to_num(np.nanmedian(logs, axis=1))[:, None]
            spread = np.nan_to_num(1.4826 * np.nanmedian(np.abs(logs - centre), axis=1))
        number = np.isfinite(logs).sum(axis=1)
        everyone = max(float(np.median(spread)), 0.5) if len(spread) else 0.5
        scale = np.maximum((number * spread + 6 * everyone) / (number + 6), 0.4)[:, None]
        above: Floats = np.nan_to_num(np.clip((logs - centre) / scale, -2.0, 3.0), nan=0.0)
        return above


class _Sums(NamedTuple):
    """Each person's largest cumulative sum of one way of counting, and its first and last day."""

    where: str
    log: Log
    first: Ints
    last: Ints
    largest: Floats


def _both(worth: Floats) -> Floats:
    """Return the worth of the best way of counting, plus half of the next one's."""
    ordered = np.sort(worth, axis=0)[::-1]
    found: Floats = ordered[0] + (0.5 * ordered[1] if len(ordered) > 1 else 0.0)
    return found


def _scale(values: Floats, *, tail: float, unseen: float) -> Scale:
    """Return a scale of values among people, of whom there are few."""
    return Scale(np.sort(values[values > 0]), len(values), tail=tail, prior=8.0, unseen=unseen)


def _prepare(activity: Activity) -> None:
    activity.derived("reads")
    activity.derived("strange_folders")
    make_outside(activity, domains_of(activity), 4)
    make_strange_hours(activity)


def _events_of(
    rule: Rule, activity: Activity, where: str, log: Log, who: int, days: tuple[int, int],
    decades: float, *, least: int,
) -> Iterator[Candidate]:  # fmt: skip
    """Yield a person's events between two days, both inclusive, if there are at least `least`."""
    low, high = np.searchsorted(log.who, [who, who + 1])
    begin, end = activity.first + days[0] * DAY, activity.first + (days[1] + 1) * DAY
    place = low + np.searchsorted(log.time[low:high], [begin, end])
    part = slice(int(place[0]), int(place[1]))
    times, people = log.time[part], activity.people
    if len(times) >= least:
        yield Candidate(
            rule, who, people["account"][who], people["person"][who], int(times[0]),
            int(times[-1]), decades, log.number[part], facts={"where": where},
        )  # fmt: skip


def _medians(activity: Activity, candidate: Candidate, where: str) -> tuple[float, float, int]:
    """Return the medians per active day, then and at other times, and the active days then."""
    first = activity.first
    rows = activity.columns(
        f"""
        select (time - {first}) // {DAY} as day, count(*) filter (where {where}) as events
        from coded where who = ? group by day order by day
        """,
        candidate.who,
    )
    begin, end = ((t - first) // DAY for t in (candidate.start, candidate.end))
    then = (rows["day"] >= begin) & (rows["day"] <= end)
    other = rows["events"][~then]
    return (float(np.median(rows["events"][then])), float(np.median(other)) if len(other) else 0.0,
            int(then.sum()))  # fmt: skip


@dataclass(frozen=True)
class SlowExfiltration(Rule):
    """Somebody takes or shares more over several weeks.

    Parameters
    ----------
    slack : float
        Robust standard deviations above usual that a day must exceed to count.
    least_days : int
        Days of activity needed to know what is usual.
    least : float
        Cumulative sum from which to follow up.
    each : float
        The share of a history's length (decades of days) that makes this question, asked once,
        rarer than one asked every day (0 to 1).
    """

    name: ClassVar[str] = "slow_exfiltration"
    about: ClassVar[str] = "taking"
    odds: ClassVar[float] = -0.4
    severe: ClassVar[bool] = False
    title: ClassVar[str] = "More and more over weeks"
    method: ClassVar[str] = (
        "The daily amounts that people take, read for the first time and share outside are "
        "compared, on a logarithmic scale, with the median of their active days; the excess is "
        "summed over days (Page's cumulative sum), with at most three standard deviations a day. "
        "The largest sum is ranked among everybody's; the best way of counting and half of the "
        "next form one question. What is new to newcomers is left out."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1030, Data Transfer Size Limits; Page, Biometrika 1954"
    slack: float = 0.75
    least_days: int = 15
    least: float = 4.0
    each: float = 0.8

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        _prepare(activity)
        logs = {where: activity.log(where) for where in _WAYS}
        ways = [self._sums(activity, where, log) for where, log in logs.items() if len(log)]
        if not ways:
            return
        # Several ways of counting are one question: the best of each person's is ranked.
        known = activity.days >= self.least_days
        scales = [_scale(way.largest[known], tail=3.0, unseen=10.0) for way in ways]
        worth = np.array([scale.decades(way.largest, 1.0)
                          for way, scale in zip(ways, scales, strict=True)])  # fmt: skip
        best, way_of = _both(worth), worth.argmax(axis=0)
        ranked = _scale(best[known] * _LN10, tail=1.2, unseen=10.0).decades(best * _LN10, 1.0)
        ranked = np.minimum(ranked, best) + self.each * np.log10(activity.days_each)
        for who in np.flatnonzero(known & (ranked >= LEAST_DECADES)):
            yield from self._of(activity, ways[way_of[who]], int(who), float(ranked[who]))

    def _sums(self, activity: Activity, where: str, log: Log) -> _Sums:
        daily = _Daily(activity, log)
        idle = np.isnan(daily.counts)
        above = daily.above_usual()
        if any(name in where for name in _NEW):
            begun_on = (activity.begun - activity.first) // DAY
            above[daily.days[None, :] < begun_on[:, None] + _ACQUAINTED] = -2.0
            # To newcomers everything is new for a while.
            above[activity.people["newcomer"].to_numpy(dtype=bool)] = -2.0
        # A day without activity neither adds nor takes away.
        sums, begun = cumulative_sums(np.where(idle, self.slack, above), self.slack)
        last = sums.argmax(axis=1)
        people = np.arange(len(sums))
        first, largest = begun[people, last], sums[people, last]
        days = np.array([(~idle[n, first[n] : last[n] + 1]).sum() for n in people])
        # Behaviour during most of the time is the usual behaviour.
        lasts = (days >= 4) & (days <= 0.6 * activity.days) & (largest > self.least)
        return _Sums(where, log, daily.days[first % len(daily.days)], daily.days[last],
                     np.where(lasts, largest, 0.0))  # fmt: skip

    def _of(self, activity: Activity, way: _Sums, who: int, decades: float) -> Iterator[Candidate]:
        days = int(way.first[who]), int(way.last[who])
        yield from _events_of(self, activity, way.where, way.log, who, days, decades, least=1)

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Told:
        """Say how much a day, then and at other times.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["where"]`` is the condition on ``coded`` that counts.
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        then, other, days = _medians(activity, candidate, candidate.facts["where"])
        sentence = (
            f"{candidate.person} {_told(_WAYS[candidate.facts['where']], events)} "
            f"{span(candidate.start, candidate.end)}: {_a_day(then, days, other)}."
        )
        return sentence, {"files": files_of(events), "events": len(events), "a_day": then,
                          "a_day_otherwise": other, "days": days}  # fmt: skip


@dataclass(frozen=True)
class DepartingEmployee(Rule):
    """Somebody takes, shares or deletes more in their last weeks.

    Parameters
    ----------
    gone : float
        Days without activity at the end of the history after which a person counts as gone.
    weeks : int
        How many last weeks to compare with the time before.
    """

    name: ClassVar[str] = "departing_employee"
    about: ClassVar[str] = "taking"
    title: ClassVar[str] = "A leaver's last weeks"
    method: ClassVar[str] = (
        "For people who are no longer active, the amounts that they took, shared outside and "
        "deleted per day in their last weeks are compared, on a logarithmic scale, with the time "
        "before, and ranked among everybody's last weeks of the history."
    )
    source: ClassVar[str] = "CERT insider threat scenarios: theft within 30 days of leaving"
    gone: float = 8.0
    weeks: int = 3

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        _prepare(activity)
        wheres = (*_WAYS, f"kind in {listed(DELETIONS)}")
        ways = [(where, log) for where in wheres if len(log := activity.log(where))]
        if not ways:
            return
        there = _Daily(activity, ways[0][1]).is_active
        last = there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
        grown = np.array([self._grown(activity, log, last) for _, log in ways])
        known = activity.days >= 15
        worth = np.array([_scale(one[known], tail=0.5, unseen=20.0).decades(one, 1.0)
                          for one in grown])  # fmt: skip
        best, way_of = worth.max(axis=0), worth.argmax(axis=0)
        ranked = _scale(best[known] * _LN10, tail=1.0, unseen=20.0).decades(best * _LN10, 1.0)
        ranked = np.minimum(ranked, best) + 0.6 * np.log10(activity.days_each)
        end = _Daily(activity, ways[0][1]).days[last]
        # Leaving is rare by itself; what counts is what people take then.
        left = (end < end.max() + 1 - self.gone) & (grown.max(axis=0) > 0.5)
        for who in np.flatnonzero(left & (ranked >= LEAST_DECADES)):
            where, log = ways[int(way_of[who])]
            yield from self._of(activity, where, log, int(who), int(end[who]), float(ranked[who]))

    def _grown(self, activity: Activity, log: Log, last: Ints) -> Floats:
        """Return by how much each person's last weeks exceed the time before."""
        daily, score = _Daily(activity, log), np.zeros(len(activity.days))
        for who in np.flatnonzero(activity.days >= 15):
            until = last[who] + 1
            late = daily.days[:until] > daily.days[last[who]] - 7 * self.weeks
            score[who] = self._growth(daily.counts[who, :until], int((~late).sum()))
        return score

    def _of(
        self, activity: Activity, where: str, log: Log, who: int, end: int, decades: float
    ) -> Iterator[Candidate]:
        days = max(end + 1 - 7 * self.weeks, 0), end
        yield from _events_of(self, activity, where, log, who, days, decades, least=5)

    def _growth(self, counts: Floats, cut: int) -> float:
        """Return the log ratio of the daily amount in the last weeks to that before."""
        before, after = counts[:cut], counts[cut:]
        before, after = before[np.isfinite(before)], after[np.isfinite(after)]
        if len(before) < 8 or len(after) < 3:
            return 0.0
        expected = before.mean() * len(after)
        return max(
            float(np.log((after.sum() + 5) / (max(expected, np.sort(before)[-3:].sum()) + 5))), 0.0
        )

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Told:
        """Say how much a day, in the last weeks and before.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["where"]`` is the condition on ``coded`` that counts.
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        then, other, days = _medians(activity, candidate, candidate.facts["where"])
        ((last,),) = activity.rows("select max(time) from coded where who = ?", candidate.who)
        last = moment(last)
        what = _told(_WAYS.get(candidate.facts["where"], "deleted {files}"), events)
        sentence = (
            f"In their last weeks, {span(candidate.start, candidate.end)}, {candidate.person} "
            f"{what}: {_a_day(then, days, other)}. Their last activity was at {when(last)}."
        )
        return sentence, {"files": files_of(events), "events": len(events), "a_day": then,
                          "a_day_otherwise": other, "days": days}  # fmt: skip
