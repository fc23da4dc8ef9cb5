"""When people are active: at hours that are never theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..finding import Finding
from ..statistics import adjusted, count_tail
from .base import Rule, count, evidence_of, in_window, people_of, scientific, too_little, when

if TYPE_CHECKING:
    import pandas as pd

    from ..source import Activity
    from ..statistics import Floats

__all__ = ["OffHours"]


@dataclass(frozen=True)
class OffHours(Rule):
    """Somebody works at hours that are never theirs.

    Parameters
    ----------
    least : int
        Events; a session of fewer is never a finding.
    least_days : int
        Days of activity that it takes to know somebody's hours.
    gap : float
        Minutes without an event that end a session.
    apart : float
        Minutes; a session that begins so long after the one before is not overtime.
    spread : float
        Hours by which habits are taken to vary (standard deviation of the smoothing).
    seldom : float
        Hours at which somebody is active on a larger share (0 to 1) of days are theirs.
    weekend : float
        How likely weekends are worked on, compared with working days (0 to 1).
    dispersion : float
        The variance of a session's events is their expected number plus so many times its square.
    false_discoveries : float
        The share of findings that may be due to chance, at most (0 to 1).
    """

    name: ClassVar[str] = "off_hours"
    title: ClassVar[str] = "Activity outside a person's own hours"
    method: ClassVar[str] = (
        "How often a person is active at each hour (working days and weekends apart) is "
        "smoothed around the clock. The events of a session are compared with what is expected at "
        "these hours by the tail of a negative binomial distribution, adjusted by Benjamini and "
        "Hochberg. Overtime that follows on ordinary work, and hours that shift while somebody is "
        "in a new network, are not findings."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078; CERT insider threat scenarios"
    least: int = 8
    least_days: int = 10
    gap: float = 60.0
    apart: float = 90.0
    spread: float = 1.25
    seldom: float = 0.05
    weekend: float = 0.35
    dispersion: float = 1.0
    false_discoveries: float = 0.01

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        too_little(activity, self.name, self.least_days, "hours")
        people = people_of(activity)
        known = people["days"] >= self.least_days
        sessions = self._sessions(activity)
        sessions = sessions[known.to_numpy()[sessions["who"]]].reset_index(drop=True)
        if sessions.empty:
            return
        habits = self._habits(_hours_of(activity), people)
        presence = self._presence(sessions, habits, people)
        rate = (people["events"] / people["days"]).to_numpy(dtype=float)[sessions["who"]]
        sessions["presence"] = presence
        # Somebody who is there at all does no more in the hour than on a whole usual day.
        sessions["expected"] = (presence + 0.002) * rate
        events = sessions["events"].to_numpy(dtype=float)
        sessions["p"] = adjusted(
            count_tail(events, sessions["expected"].to_numpy(), self.dispersion)
        )
        chosen = sessions[
            (sessions["p"] <= self.false_discoveries)
            & (sessions["presence"] <= self.seldom)
            & (sessions["events"] >= self.least)
            & ((sessions["before"] >= self.apart) | sessions["before"].isna())
        ]
        for row in chosen.merge(people, on="who", suffixes=("", "_ever")).itertuples():
            if in_window(activity, row.end) and not self._is_travelling(activity, row):
                yield self._finding(activity, row)

    def _habits(self, hours: pd.DataFrame, people: pd.DataFrame) -> Floats:
        """Return events an hour of a working day or a weekend's: (people, 2, 24), smoothed."""
        counts = np.zeros((len(people), 2, 24))
        np.add.at(
            counts,
            (hours["who"].to_numpy(), hours["weekend"].to_numpy(dtype=int),
             hours["hour"].to_numpy(dtype=int)),
            # A single busy hour is no habit: what counts is on how many days, not how much.
            hours["days"].to_numpy(dtype=float),
        )  # fmt: skip
        distance = np.minimum(np.arange(24), 24 - np.arange(24))
        kernel = np.exp(-0.5 * (distance / self.spread) ** 2)
        kernel /= kernel.sum()
        spectrum = np.fft.rfft(counts, axis=2) * np.fft.rfft(kernel)
        smooth: Floats = np.maximum(np.fft.irfft(spectrum, n=24, axis=2), 0.0)
        return smooth

    def _presence(self, sessions: pd.DataFrame, habits: Floats, people: pd.DataFrame) -> Floats:
        """Return on what share of days of that kind somebody is active at a session's hours."""
        number = sessions["who"].to_numpy()
        days = np.maximum(people["days"].to_numpy(dtype=float), 1.0)[:, None]
        working = habits[:, 0] / days
        # Few weekends are worked on: their hours are taken to be like a working day's, but rarer.
        weekend = np.maximum(habits[:, 1] / (0.4 * days), self.weekend * working)
        shares = np.stack([working, weekend], axis=1)
        kind = sessions["weekend"].to_numpy(dtype=int)
        first = sessions["start"].dt.hour.to_numpy()
        begin = sessions["start"].dt.floor("h")
        length = np.ceil((sessions["end"] - begin).dt.total_seconds().to_numpy() / 3600)
        length = np.clip(length.astype(int), 1, 24)
        total = np.zeros(len(sessions))
        for step in range(int(length.max())):
            total += np.where(step < length, shares[number, kind, (first + step) % 24], 0.0)
        presence: Floats = total / length
        return presence

    def _sessions(self, activity: Activity) -> pd.DataFrame:
        """Return runs of activity, and how many minutes after the one before each begins."""
        # The first of several sums is over all rows of a time, so that events of one time are in
        # one session; within one, no two events are farther apart than the session from the last.
        return activity.frame(
            f"""
            with numbered as (
                select who, time, epoch(time - before) / 60 as before,
                       sum((before is null or time - before > to_seconds(?))::int) over (
                           partition by who order by time
                       ) as session
                from {activity.derived("steps")}
            )
            select who, min(time) as start, max(time) as "end", count(*) as events,
                   case when not bool_or(before is null) then max(before) end as before,
                   isodow(min(time)) >= 6 as weekend
            from numbered group by who, session having count(*) >= 3
            order by who, start
            """,
            self.gap * 60,
        )

    def _is_travelling(self, activity: Activity, row: Any) -> bool:
        """Tell whether a session is from a network that the person is in for a few days only."""
        ((share,),) = activity.rows(
            """
            with places as (
                select network, min(time) as first_here from activity
                where account = ? and person = ? group by network
            ), seen as (
                select min(time) as first_seen from activity where account = ? and person = ?
            )
            select avg((time - first_here < interval 14 days
                        and first_here > first_seen + interval 7 days)::int)
            from activity join places using (network), seen
            where account = ? and person = ? and time between ? and ?
            """,
            *(row.account, row.person) * 3, row.start, row.end,
        )  # fmt: skip
        return bool(share is not None and share > 0.5)

    def _finding(self, activity: Activity, row: Any) -> Finding:
        ids = evidence_of(activity, row.account, row.person, row.start, row.end)
        sentence = (
            f"{row.person} was active {count(row.events, 'time')} between {when(row.start)} and "
            f"{when(row.end)}; at these hours they are active on {row.presence:.1%} of days."
        )
        numbers = {"events": int(row.events), "share_of_days": round(float(row.presence), 4),
                   "p_adjusted": scientific(row.p),
                   "days_of_history": int(row.days)}  # fmt: skip
        return Finding(self.name, "medium", row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip


def _hours_of(activity: Activity) -> pd.DataFrame:
    """Return on how many days somebody is active at an hour (UTC) of working days and weekends."""
    return activity.frame(
        f"""
        select who, isodow(hour) >= 6 as weekend, hour(hour) as hour, count(*) as days
        from {activity.derived("hourly")} group by all
        """
    )
