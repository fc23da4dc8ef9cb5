"""People who come back after a long absence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...text.counts import count
from ..judging import LEAST_DECADES
from ..kinds import ACTIVE
from ..statistics import DAY, HOUR, Ints
from ..wording import moment, when
from .base import Candidate, Rule, Statement, events_between

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["DormantReturn"]

#: Days of activity, from the fourth day on, after which people count as working again.
_STAYING = 5


@dataclass(frozen=True)
class DormantReturn(Rule):
    """Somebody returns after a long silence.

    Parameters
    ----------
    days : float
        Least number of days without any event.
    least_days : int
        Days of activity the person must have had before.
    after : float
        Hours after the return whose events are the evidence.
    elsewhere : float
        Decades added when the person returns from a network new to them and to everybody else.
    usual : float
        Decades subtracted if they return from a familiar network: people come back from leave.
    late : float
        Days after the account's first event from which on a first appearance is judged.
    unannounced : float
        Decades subtracted where the log never says who was added.
    familiar : float
        Decades subtracted if they go back to folders in which they were active before: intruders do
        not know these.
    stays : float
        Decades subtracted if they are active on at least five days from the fourth day on: people
        who come back go on to work.
    """

    name: ClassVar[str] = "dormant_return"
    about: ClassVar[str] = "absence"
    in_context: ClassVar[bool] = False
    odds: ClassVar[float] = 0.3
    many: ClassVar[float] = 10.0
    harms: ClassVar[float] = 0.0
    title: ClassVar[str] = "A dormant person's return"
    method: ClassVar[str] = (
        "The time between two of a person's events is ranked among the organisation's longest "
        "gaps. It weighs more the longer it is, and if the person returns from a network new to "
        "everybody, less if from one they used before, or if they go back to the folders they "
        "knew, and nothing if they were active in another account of theirs meanwhile. Somebody "
        "who appears late is judged alike, unless the log names them as added; it counts less "
        "where the log never names anybody, and for all who go on to be active."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078.004; NIST SP 800-53 AC-2(3), inactive accounts"
    days: float = 30.0
    least_days: int = 3
    after: float = 48.0
    elsewhere: float = 1.5
    usual: float = 1.0
    late: float = 10.0
    unannounced: float = 1.0
    familiar: float = 1.5
    stays: float = 1.5

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield the returns that may stand out."""
        for name in ("people", "pools", "folders"):
            activity.derived(name)
        yield from self._first_seen(activity)
        gaps = activity.frame(_GAPS, int(min(self.days, 10.0) * DAY))
        if gaps.empty:
            return
        people, length = activity.people, gaps["length"].to_numpy() / DAY
        number_of_people = int(activity.active.sum())
        for number in np.flatnonzero((length >= self.days) & (gaps["known"] >= self.least_days)):
            row = gaps.iloc[int(number)]
            longer = int((np.delete(length, number) >= length[number]).sum())
            rows = events_between(
                activity, row["who"], row["time"], row["time"] + self.after * HOUR, ACTIVE
            )
            new, foreign = self._is_elsewhere(activity, row)
            decades = np.log10((number_of_people + 30) / (longer + 1))
            decades += 0.04 * (length[number] - 30)
            decades += 0.6 * np.log10(activity.days_each)
            decades += self.elsewhere * foreign if new else -self.usual
            decades -= self.familiar * self._familiar(activity, row, rows["number"])
            decades -= self.stays if self._stays(activity, row["who"], row["time"]) else 0.0
            decades = 0.0 if row["busy"] else decades
            yield Candidate(
                self, int(row["who"]), people["account"][row["who"]], people["person"][row["who"]],
                int(row["time"]), int(rows["time"][-1]), float(decades), rows["number"],
                facts={"days": float(length[number]), "elsewhere": new, "busy": bool(row["busy"]),
                       "explained": bool(row["busy"]),
                       "before": int(row["before"])},
            )  # fmt: skip

    def _first_seen(self, activity: Activity) -> Iterator[Candidate]:
        """Yield people who appear late, although the log names added people but not them."""
        found = activity.frame(_LATE.format(day=DAY, active=ACTIVE), int(self.late * DAY))
        people = activity.people
        for row in found.itertuples():
            longer = int((found["length"] > row.length).sum())
            decades = np.log10((int(activity.active.sum()) + 30) / (longer + 1))
            decades += 0.6 * np.log10(activity.days_each)
            decades += self.elsewhere if row.elsewhere else 0.0
            decades -= 0.0 if row.tells else self.unannounced
            decades -= self.stays if row.days >= _STAYING else 0.0
            if decades < LEAST_DECADES:
                continue
            rows = events_between(activity, row.who, row.time, row.time + self.after * HOUR, ACTIVE)
            yield Candidate(
                self, int(row.who), people["account"][row.who], people["person"][row.who],
                int(row.time), int(rows["time"][-1]), float(decades), rows["number"],
                facts={"days": row.length / DAY, "elsewhere": bool(row.elsewhere), "busy": False,
                       "before": int(row.time - row.length), "never": True,
                       "tells": bool(row.tells)},
            )  # fmt: skip

    def _stays(self, activity: Activity, who: int, time: int) -> bool:
        """Return True if the person goes on to be active on five more days."""
        ((days,),) = activity.rows(
            f"select count(distinct (time - ?) // {DAY}) from coded "
            f"where who = ? and time > ? and {ACTIVE}",
            int(time), int(who), int(time) + 3 * DAY,
        )  # fmt: skip
        return bool(days >= _STAYING)

    def _familiar(self, activity: Activity, row: pd.Series, numbers: Ints) -> float:
        """Return the share of events in folders in which the person was active before."""
        ((share,),) = activity.rows(
            """
            select coalesce(avg((folder in (
                select folder from folders where who = ? and first < ?))::int
            ), 0) from coded
            where who = ? and number in (select unnest(?)) and folder is not null
            """,
            int(row["who"]), int(row["time"]), int(row["who"]), numbers.tolist(),
        )  # fmt: skip
        return float(share)

    def _is_elsewhere(self, activity: Activity, row: pd.Series) -> tuple[bool, bool]:
        """Tell whether all of the first events are from networks new to the person.

        And whether they are from neighbourhoods new to everybody else in the account.
        """
        ((placed, known, others),) = activity.rows(
            """
            with back as (
                select place, pool from coded join places using (place) where who = ?
                    and time between ? and ?
            ), before as (
                select who, place, pool from uses join places using (place)
                join people using (who)
                where uses.first < ? and account = (select account from people where who = ?)
                    and pool in (select pool from back)
            )
            select count(*),
                   count(*) filter (where place in (select place from before where who = ?)),
                   count(*) filter (where pool in (select pool from before where who <> ?))
            from back
            """,
            int(row["who"]), int(row["time"]), int(row["time"] + 12 * HOUR), int(row["time"]),
            int(row["who"]), int(row["who"]), int(row["who"]),
        )  # fmt: skip
        return bool(placed and not known), not others

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say how long the person was away, and from where they return.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts``: ``before`` (last activity, microseconds since 1970), ``elsewhere`` (from a
            new network) and ``busy`` (active in another account meanwhile).
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        if candidate.facts.get("never"):
            return self._tell_first(candidate, events)
        days = (candidate.start - candidate.facts["before"]) / DAY
        networks = sorted(set(events["network"].dropna()))
        where = ", from where they had never been" if candidate.facts["elsewhere"] else ""
        busy = (
            " of this account; in another they were active meanwhile"
            if candidate.facts["busy"]
            else ""
        )
        sentence = (
            f"{candidate.person} returned at {when(moment(candidate.start))} after "
            f"{count(int(days), 'day')} without any activity{busy}{where}."
        )
        return sentence, {"days_away": round(days, 1), "networks": networks,
                          "network_is_new": candidate.facts["elsewhere"],
                          "active_in_another_account": candidate.facts["busy"]}  # fmt: skip

    def _tell_first(self, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say when the person first appears, and that no event says who added them."""
        days = (candidate.start - candidate.facts["before"]) / DAY
        networks = sorted(set(events["network"].dropna()))
        where = ", from where nobody had been before" if candidate.facts["elsewhere"] else ""
        others = "; the account's events say that others were added, but not this person"
        others = others if candidate.facts["tells"] else ""
        sentence = (
            f"{candidate.person} was active for the first time at {when(moment(candidate.start))}, "
            f"{count(int(days), 'day')} after the account's first event{where}{others}."
        )
        return sentence, {"days_away": round(days, 1), "networks": networks,
                          "network_is_new": candidate.facts["elsewhere"],
                          "active_in_another_account": False}  # fmt: skip


# People who appear late, and are not among the added people, although the log names those.
# Elsewhere: all of their first events are from neighbourhoods where nobody had been before.
_LATE = """
with begun as (select account, min(epoch_us(time)) as begun from activity group by account),
late as (
    select who, account, min(active_first) as time, min(active_first) - any_value(begun) as length,
           any_value(tells) as tells
    from daily join people using (who) join begun using (account)
    where (unannounced or late and not tells) and active_first is not null group by who, account
    having min(active_first) - any_value(begun) >= ?
), later as (
    select who, count(distinct (coded.time - late.time) // {day}) as days
    from coded join late using (who) where {active} and coded.time > late.time + 3 * {day}
    group by who
), back as (
    select late.who, late.time, pool from late join coded using (who) join places using (place)
    where {active} and coded.time <= late.time + {day} // 2
)
select late.who, late.time, late.length, late.tells, coalesce(days, 0) as days,
       count(back.pool) > 0 and count(back.pool) filter (where exists(
           select 1 from pools join people using (who)
           where people.account = late.account and pools.pool = back.pool
               and pools.who <> late.who and pools.first < late.time)) = 0 as elsewhere
from late left join back using (who) left join later using (who) group by all order by late.who
"""

# The people who returned, the length of their absence, the number of days on which they had been
# active before, and whether they were active in another account meanwhile.
_GAPS = """
with steps as (
    select who, active_first as time,
           lag(active_last) over (partition by who order by day) as before
    from daily where active_first is not null
), gaps as (
    select who, time, before, time - before as length from steps where time - before >= ?
), known as (
    select gaps.who, gaps.time, count(*) as known from gaps join daily using (who)
    where active_first <= before group by gaps.who, gaps.time
), elsewhere as (
    select person, account, active_first, active_last from daily join people using (who)
    where person like '%@%' and active_first is not null
), busy as (
    select distinct gaps.who, gaps.time from gaps join people using (who)
    join elsewhere on elsewhere.person = people.person and elsewhere.account <> people.account
        and elsewhere.active_last > before and elsewhere.active_first < gaps.time
)
select gaps.*, known, busy.who is not null as busy
from gaps join known using (who, time)
left join busy on busy.who = gaps.who and busy.time = gaps.time
order by gaps.who, gaps.time
"""
