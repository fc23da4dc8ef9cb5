"""Where people are: networks that nobody used before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..finding import Finding
from .base import Rule, count, in_window, too_little, when

if TYPE_CHECKING:
    from ..source import Activity

__all__ = ["NewNetwork"]


@dataclass(frozen=True)
class NewNetwork(Rule):
    """Somebody is active from a network that nobody used before.

    Parameters
    ----------
    least_days : int
        Days of activity that it takes to know somebody's networks.
    minutes : float
        Minutes; so soon before or after, activity from a usual network shows two places at a time.
    sudden : int
        Events; so many in one or two days are more than a telephone's now and then.
    movers : int
        People; when so many are first seen in a network within a week, it is a move.
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
        too_little(activity, self.name, self.least_days, "new networks")
        activity.derived("daily")
        activity.run(_VISITS)
        activity.run(_CANDIDATES, self.least_days)
        meetings = dict(activity.rows(_MEETINGS, self.minutes * 60))
        clients = dict(activity.rows(_NEW_CLIENTS))
        chosen = []
        for row in activity.frame("select * from candidates order by number").itertuples():
            if in_window(activity, row.last):
                found = self._judged(row, meetings.get(row.number, 0), clients.get(row.number, []))
                if found is not None:
                    chosen.append((row, *found))
        # Many people travel: one query for the evidence of all.
        evidence = dict(activity.rows(_EVIDENCE, [row.number for row, *_ in chosen]))
        for row, severity, because, numbers in chosen:
            yield self._finding(row, severity, because, numbers, evidence.get(row.number) or [])

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
        self, row: Any, severity: str, because: str, numbers: dict[str, Any], ids: list[str]
    ) -> Finding:
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


# Who was in which network, when and how often.
_VISITS = """
create or replace temp table visits as
with daily_visits as (
    select account, person, network, time::date as day, min(time) as first, max(time) as last,
           count(*) as events
    from activity where network is not null and person is not null group by all
)
select account, person, network, min(first) as first, max(last) as last,
       sum(events)::bigint as events, count(*) as days
from daily_visits group by account, person, network
"""

# People's first activity in a network that nobody of the account was in before, nor they
# themselves in another account.
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
    where visits.first = known.first and not exists (
        from visits as theirs where theirs.person = visits.person and visits.person like '%@%'
            and theirs.network = visits.network and theirs.account <> visits.account
            and theirs.first < visits.first)
), history as (
    select new.account, new.person, new.network, count(*) as days_before
    from new join daily on daily.account = new.account and daily.person = new.person
        and daily.day < new.first::date
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

_EVIDENCE = """
select number, list(event_id order by time, event_id) filter (where event_id is not null)
from activity join candidates using (account, person, network)
where list_contains(?::bigint[], number) group by number
"""
