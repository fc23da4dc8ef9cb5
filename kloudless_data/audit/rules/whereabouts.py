"""Where people are, and when: new networks, strange hours, long absences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..finding import Finding
from ..statistics import adjusted, count_tail
from .base import Rule, count, evidence_of, in_window, people_of, when

if TYPE_CHECKING:
    import pandas as pd

    from ..source import Activity
    from ..statistics import Floats

__all__ = ["DormantReturn", "NewNetwork", "OffHours"]


@dataclass(frozen=True)
class NewNetwork(Rule):
    """Somebody is active from a network that nobody used before.

    Parameters
    ----------
    least_days : int
        Days of activity that it takes to know somebody's networks.
    minutes : float
        So soon before or after, activity from a usual network shows two places at a time.
    sudden : int
        So many events in one or two days are more than a telephone's now and then.
    movers : int
        When so many people are first seen in a network within a week, it is a move.
    """

    name: ClassVar[str] = "new_network"
    title: ClassVar[str] = "Activity from a new network"
    method: ClassVar[str] = (
        "Networks (/24 of IPv4, /48 of IPv6) that neither the person nor anybody else of the "
        "organisation used before. It weighs more when the person is active from a usual network "
        "at the same time, or with another program than ever before. A network in which several "
        "people are first seen within a week is a move; one that somebody uses while nowhere else "
        "looks like travel."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078.004, Valid Accounts: Cloud Accounts"
    least_days: int = 8
    minutes: float = 60.0
    sudden: int = 6
    movers: int = 3

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        activity.run(
            """
            create or replace temp table visits as
            select account, person, network, min(time) as first, max(time) as last,
                   count(*) as events, count(distinct time::date) as days
            from activity where network is not null and person is not null
            group by account, person, network
            """
        )
        activity.run(_CANDIDATES, self.least_days)
        meetings = dict(activity.rows(_MEETINGS, self.minutes * 60))
        clients = dict(activity.rows(_NEW_CLIENTS))
        for row in activity.frame("select * from candidates order by number").itertuples():
            if in_window(activity, row.last):
                found = self._judged(row, meetings.get(row.number, 0), clients.get(row.number, []))
                if found is not None:
                    yield self._finding(activity, row, *found)

    def _judged(self, row: Any, meeting: int, clients: list[str]) -> tuple[str, str, Any] | None:
        """Return the severity, why, and the numbers; None where it is nothing to speak of."""
        sudden = row.events >= self.sudden and row.days <= 2
        both = ", while active from a usual network as well" if meeting else ""
        program = ", with a program never used before" if clients else ""
        numbers = {"at_the_same_time": int(meeting), "new_clients": list(clients)}
        if row.people >= self.movers:
            return "info", f", as {count(row.people - 1, 'other')} do since that week", numbers
        if clients and meeting:
            return "high", program + both, numbers
        if clients or (meeting and sudden):
            return "medium", program + both, numbers
        if not meeting and row.events >= self.sudden:
            return "info", "; there is no activity from elsewhere meanwhile", numbers
        return None  # a telephone, now and then

    def _finding(
        self, activity: Activity, row: Any, severity: str, because: str, numbers: dict[str, Any]
    ) -> Finding:
        ids = evidence_of(activity, row.account, row.person, row.first, row.last,
                          "network = ?", row.network)  # fmt: skip
        sentence = (
            f"{row.person} was active from {row.network}, which nobody had used before, "
            f"{count(row.events, 'time')} between {when(row.first)} and {when(row.last)}{because}."
        )
        numbers = {
            "network": row.network,
            "events": int(row.events),
            "days": int(row.days),
            **numbers,
            "people_in_it": int(row.people),
            "days_of_history": int(row.days_before),
        }
        return Finding(self.name, severity, row.first, row.last, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip


# People's first activity in a network that nobody of the account was in before.
_CANDIDATES = """
create or replace temp table candidates as
with known as (
    select account, network, min(first) as first from visits group by account, network
), moved as (
    select known.account, known.network, count(*) as people
    from known join visits using (account, network)
    where visits.first <= known.first + interval 7 days
    group by known.account, known.network
), new as (
    select visits.*, moved.people
    from visits join known using (account, network) join moved using (account, network)
    where visits.first = known.first
), days as (
    select distinct account, person, time::date as day from activity where person is not null
), history as (
    select new.account, new.person, new.network, count(*) as days_before
    from new join days on days.account = new.account and days.person = new.person
        and days.day < new.first::date
    group by all
)
select row_number() over (order by first, account, person, network) as number, *
from new join history using (account, person, network)
where days_before >= ?
"""

# How many events from a usual network are close to one from the candidate.
_MEETINGS = """
with usual as (
    select candidates.number, visits.network
    from candidates join visits on visits.account = candidates.account
        and visits.person = candidates.person and visits.first < candidates.first
    qualify visits.events >= 0.1 * sum(visits.events) over (partition by candidates.number)
), here as (
    select distinct number, time, time_bucket(interval 1 hour, time) as hour
    from activity join candidates using (account, person, network)
), there as (
    select number, event_id, time, time_bucket(interval 1 hour, time) as hour
    from activity join candidates on candidates.account = activity.account
        and candidates.person = activity.person
        and activity.time between candidates.first - interval 1 day
                              and candidates.last + interval 1 day
    semi join usual on usual.number = candidates.number and usual.network = activity.network
), pairs as (
    select there.number, there.event_id
    from there, range(-1, 2) as step
    join here on here.number = there.number
        and here.hour = there.hour + to_hours(step.range::int)
    where abs(epoch(here.time) - epoch(there.time)) <= ?
)
select number, count(distinct event_id) from pairs group by number
"""

# The programs used from the candidate that the person had never used before.
_NEW_CLIENTS = """
with used as (
    select account, person, client, min(time) as first_used from activity
    where client is not null and person is not null group by all
)
select number, list(distinct activity.client order by activity.client)
from activity join candidates using (account, person, network)
join used on used.account = activity.account and used.person = activity.person
    and used.client = activity.client
where used.first_used >= candidates.first
group by number
"""


@dataclass(frozen=True)
class OffHours(Rule):
    """Somebody works at hours that are never theirs.

    Parameters
    ----------
    least : int
        Fewer events in a session are never a finding.
    least_days : int
        Days of activity that it takes to know somebody's hours.
    gap : float
        Minutes without an event that end a session.
    apart : float
        A session that begins so many minutes after the one before is not overtime.
    spread : float
        Hours by which habits are taken to vary (standard deviation of the smoothing).
    seldom : float
        Hours at which somebody is active on more than so large a share of days are theirs.
    weekend : float
        How likely weekends are worked on, compared with working days.
    false_discoveries : float
        The share of findings that may be due to chance, at most.
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
    false_discoveries: float = 0.01

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        people = people_of(activity)
        people = people[people["days"] >= self.least_days].reset_index(drop=True)
        if people.empty:
            return
        people["number"] = people.index
        hours = _hours_of(activity)
        hours = hours.merge(people[["account", "person", "number"]], on=["account", "person"])
        habits = self._habits(hours, people)
        sessions = self._sessions(activity).merge(
            people[["account", "person", "number", "days"]], on=["account", "person"]
        )
        if sessions.empty:
            return
        presence = self._presence(sessions, habits, people)
        rate = (people["events"] / people["days"]).to_numpy(dtype=float)[sessions["number"]]
        sessions["presence"] = presence
        # Somebody who is there at all does no more in the hour than on a whole usual day.
        sessions["expected"] = (presence + 0.002) * rate
        events = sessions["events"].to_numpy(dtype=float)
        sessions["p"] = adjusted(count_tail(events, sessions["expected"].to_numpy(), 1.0))
        chosen = sessions[
            (sessions["p"] <= self.false_discoveries)
            & (sessions["presence"] <= self.seldom)
            & (sessions["events"] >= self.least)
            & ((sessions["before"] >= self.apart) | sessions["before"].isna())
        ]
        for row in chosen.itertuples():
            if in_window(activity, row.end) and not self._is_travelling(activity, row):
                yield self._finding(activity, row)

    def _habits(self, hours: pd.DataFrame, people: pd.DataFrame) -> Floats:
        """Return events an hour of a working day or a weekend's: (people, 2, 24), smoothed."""
        counts = np.zeros((len(people), 2, 24))
        np.add.at(
            counts,
            (hours["number"].to_numpy(), hours["weekend"].to_numpy(dtype=int),
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
        number = sessions["number"].to_numpy()
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
        return activity.frame(
            f"""
            with numbered as (
                select account, person, time, epoch(time - before) / 60 as before,
                       sum((before is null or time - before > to_seconds(?))::int) over (
                           partition by account, person order by time rows unbounded preceding
                       ) as session
                from {activity.steps()}
            )
            select account, person, min(time) as start, max(time) as "end", count(*) as events,
                   arg_min(before, time) as before, isodow(min(time)) >= 6 as weekend
            from numbered group by account, person, session having count(*) >= 3
            order by account, person, start
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
                   "p_adjusted": float(np.format_float_scientific(row.p, 2)),
                   "days_of_history": int(row.days)}  # fmt: skip
        return Finding(self.name, "medium", row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip


def _hours_of(activity: Activity) -> pd.DataFrame:
    """Return on how many days somebody is active at an hour (UTC) of working days and weekends."""
    return activity.frame(
        """
        select account, person, isodow(time) >= 6 as weekend, hour(time) as hour,
               count(distinct time::date) as days
        from activity where person is not null group by all
        """
    )


@dataclass(frozen=True)
class DormantReturn(Rule):
    """Somebody is back after a long silence.

    Parameters
    ----------
    days : float
        So long without any event.
    least_days : int
        Days of activity that somebody must have had before.
    after : float
        Hours after the return whose events are the evidence.
    """

    name: ClassVar[str] = "dormant_return"
    title: ClassVar[str] = "A dormant person's return"
    method: ClassVar[str] = (
        "The time between two of a person's events is longer than any holiday. It weighs "
        "more when they return from a new network."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078.004; NIST SP 800-53 AC-2(3), inactive accounts"
    days: float = 35.0
    least_days: int = 3
    after: float = 48.0

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        rows = activity.frame(
            f"""
            select account, person, before, time as start, network,
                   epoch(time - before) / 86400 as gap
            from {activity.steps()} where time - before >= to_seconds(?)
            order by start, account, person
            """,
            self.days * 86400,
        )
        for row in rows.itertuples():
            ((days, known),) = activity.rows(
                "select count(distinct time::date), coalesce(bool_or(network = ?), false) "
                "from activity where account = ? and person = ? and time <= ?",
                row.network, row.account, row.person, row.before,
            )  # fmt: skip
            if days >= self.least_days and in_window(activity, row.start):
                yield self._finding(activity, row, days, known or row.network is None)

    def _finding(self, activity: Activity, row: Any, days: int, known: bool) -> Finding:
        import pandas as pd

        end = row.start + pd.Timedelta(hours=self.after)
        ids = evidence_of(activity, row.account, row.person, row.start, end)
        elsewhere = "" if known else f", from {row.network}, which is new for them"
        sentence = (
            f"{row.person} returned at {when(row.start)} after {row.gap:.0f} days without any "
            f"activity{elsewhere}."
        )
        numbers = {"days_away": round(float(row.gap), 1), "days_of_history": int(days),
                   "network": row.network, "network_is_new": not known}  # fmt: skip
        ((last,),) = activity.rows(
            "select max(time) from activity where account = ? and person = ? "
            "and time between ? and ?",
            row.account, row.person, row.start, end,
        )  # fmt: skip
        return Finding(self.name, "medium" if known else "high", row.start, last, row.account,
                       row.person, sentence, numbers, ids)  # fmt: skip
