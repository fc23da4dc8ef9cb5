"""Activity at hours when a person is never active."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...text.counts import count
from ..judging import Extent, judge_scores
from ..kinds import ACTIVE
from ..statistics import DAY, HOUR, Floats, Ints, Log, in_parts, largest_elsewhere
from ..wording import APART, span, times
from .base import Candidate, Rule, Statement, candidates_of, crowds_of

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = [
    "AT_STRANGE_HOURS",
    "OffHours",
    "active_hours",
    "days_at_these_hours",
    "make_strange_hours",
    "share_of_days",
]

#: The condition that an event is at such an hour; see `make_strange_hours`.
AT_STRANGE_HOURS = f"(who, time // {HOUR}) in (select (who, hour) from strange_hours)"


#: The number of person-hours to compare at a time: few, so that processor caches hold them.
_ROWS = 50_000


@dataclass(frozen=True)
class OffHours(Rule):
    """Somebody is active at hours when they never are.

    It adds to other findings, and is informational on its own: deadlines and nights on call look
    the same.

    Parameters
    ----------
    least : int
        Events; an hour with fewer is never a finding.
    least_days : int
        Days of activity needed to know a person's hours.
    spread : float
        Hours by which habits may vary (standard deviation of the smoothing).
    """

    name: ClassVar[str] = "off_hours"
    about: ClassVar[str] = "hours"
    title: ClassVar[str] = "Activity outside a person's own hours"
    method: ClassVar[str] = (
        "The share of days on which a person is active at each hour of the day is smoothed around "
        "the clock, leaving out the judged hours. An hour is compared with the person's own "
        "strangest hour on all other days, and ranked among all person-days. On its own it is "
        "informational, since deadlines and nights on call look the same; it adds to other "
        "findings."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078; CERT insider threat scenarios"
    least: int = 5
    least_days: int = 10
    spread: float = 1.5

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        hours = active_hours(activity)
        who, hour, events = hours["who"], hours["hour"], hours["events"]
        if not len(who):
            return
        if few := activity.too_new(self.least_days):
            activity.cannot_judge(self.name, f"{few}: their hours were not judged.")
        log = Log(who, hour * HOUR, np.arange(len(who)), events.astype(float))
        busy = (events >= self.least) & (activity.days[who] >= self.least_days)
        scores = share_of_days(who, hour, activity.days, self.spread)
        np.negative(np.log(scores, out=scores), out=scores)
        scores[~busy] = 0.0
        del hours, hour, events, busy  # the next steps are where memory peaks
        # At least 1.5, so that a first strange hour is compared with something.
        scores -= np.maximum(largest_elsewhere(log, scores, HOUR, DAY), 1.5)
        np.maximum(scores, 0.0, out=scores)
        judged = judge_scores(activity, log, scores, 2 * HOUR, tail=0.5)
        peaks = [replace(p, end=p.end + HOUR - 1, extent=Extent()) for p in judged.peaks]
        yield from candidates_of(self, activity, peaks, loud=False)
        yield from crowds_of(
            self, activity, judged.crowds, "were active at hours that are not theirs"
        )

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say on how many other days the person is active at these hours.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            The person and the time to compare.
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        usual, numbers = days_at_these_hours(activity, candidate)
        sentence = (
            f"{candidate.person} was active {times(len(events))} "
            f"{span(candidate.start, candidate.end)}; {usual}."
        )
        return sentence, {"events": len(events), **numbers}


def days_at_these_hours(activity: Activity, candidate: Candidate) -> Statement:
    """Say on how many other days somebody is active at a candidate's hours of the clock.

    Parameters
    ----------
    activity : Activity
        Its table ``coded`` must exist; see `Activity.derived`.
    candidate : Candidate
        Its person and time; the day before and after are left out. Hours are in UTC.

    Returns
    -------
    tuple of str and dict
        Part of a sentence, and ``days_at_these_hours``, ``hours``, ``days_with_activity``.
    """
    first, last = candidate.start // HOUR, candidate.end // HOUR
    hours = sorted({int(hour % 24) for hour in range(first, min(last, first + 23) + 1)})
    active = activity.columns(
        f"select distinct time // {HOUR} as hour from coded "
        f"where who = ? and {ACTIVE} and (time < ? or time > ?)",
        candidate.who, candidate.start - DAY, candidate.end + DAY,
    )["hour"]  # fmt: skip
    days = len(np.unique(active[np.isin(active % 24, hours)] // 24))
    every = len(np.unique(active // 24))
    straight = hours == list(range(hours[0], hours[-1] + 1))
    clock = f"from {hours[0]:02d}:00 to {hours[-1]:02d}:59 UTC" if straight else "at these hours"
    sentence = (
        f"{APART}, they were active {clock} on {days:,} of {count(every, 'day')} with activity"
    )
    return sentence, {"days_at_these_hours": days, "hours": hours, "days_with_activity": every}


def share_of_days(who: Ints, hour: Ints, days: Floats, spread: float = 1.5) -> Floats:
    """Return the share of other days on which each person is active at that hour.

    Parameters
    ----------
    who, hour : array of int
        Hours since 1970 with activity, sorted by person.
    days : array of float
        Active days of each person.
    spread : float
        Hours by which habits may vary.
    """
    counts = np.zeros((len(days), 24))
    np.add.at(counts, (who, hour % 24), 1.0)
    distance = np.minimum(np.arange(24), 24 - np.arange(24))
    kernel = np.exp(-0.5 * (distance / spread) ** 2)
    kernel /= kernel.sum()
    spectrum = np.fft.rfft(counts, axis=1) * np.fft.rfft(kernel)
    smooth = np.maximum(np.fft.irfft(spectrum, n=24, axis=1), 0.0)
    keys, share = who * (1 << 32) + hour, np.empty(len(who))

    def look(part: slice) -> None:
        low, high = part.start, min(part.stop, len(keys))
        some, own = keys[low:high], np.zeros(high - low)
        # Each person-hour occurs once, so the six hours on either side are at most six rows away.
        for step in range(-6, 7):
            first, last = max(low + step, 0), min(high + step, len(keys))
            if first < last:
                here = slice(first - low - step, last - low - step)
                apart = np.abs(keys[first:last] - some[here])
                own[here] += np.where(apart <= 6, kernel[np.minimum(apart, 6)], 0.0)
        left = np.maximum(smooth[who[part], hour[part] % 24] - own, 0.0)
        share[part] = np.minimum((left + 0.3) / (days[who[part]] + 3.0), 1.0)

    in_parts(look, len(keys), _ROWS)
    return share


def make_strange_hours(activity: Activity, seldom: float = 0.03, least_days: int = 15) -> None:
    """Make the table ``strange_hours``: hours at which the person is hardly ever active.

    Parameters
    ----------
    activity : Activity
    seldom : float
        Hours count as strange below this share of days (0 to 1).
    least_days : int
        Days of activity needed to know a person's hours.
    """
    if activity.is_made("strange_hours", (seldom, least_days)):
        return
    hours = active_hours(activity)
    who, hour = hours["who"], hours["hour"]
    strange = (share_of_days(who, hour, activity.days) < seldom) if len(who) else who > 0
    strange &= activity.days[who] >= least_days
    activity.connection.register("found_hours", {"who": who[strange], "hour": hour[strange]})
    activity.made("strange_hours", (seldom, least_days), "select who, hour from found_hours")
    activity.connection.unregister("found_hours")


def active_hours(activity: Activity, among: str = "") -> dict[str, Ints]:
    """Return people's active hours (since 1970) and the events in each, by person and hour.

    Parameters
    ----------
    activity : Activity
    among : str
        A table whose column ``who`` names the people. Defaults to everybody.
    """
    some = f"and who in (select who from {among})" if among else ""
    found = activity.columns(
        f"select who, hour, active as events from {activity.derived('hourly')} "
        f"where active > 0 {some} order by who, hour"
    )
    return {name: values.astype(np.int64) for name, values in found.items()}
