"""Who comes back after a long time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..finding import Finding
from .base import Rule, in_window, when

if TYPE_CHECKING:
    from ..source import Activity

__all__ = ["DormantReturn"]


@dataclass(frozen=True)
class DormantReturn(Rule):
    """Somebody is back after a long silence.

    Parameters
    ----------
    days : float
        Days without any event, at the least.
    least_days : int
        Days of activity that somebody must have had before.
    after : float
        Hours after the return whose events are the evidence.
    """

    name: ClassVar[str] = "dormant_return"
    title: ClassVar[str] = "A dormant person's return"
    method: ClassVar[str] = (
        "The time between two of a person's events is longer than any holiday. It weighs more when "
        "they return from a new network, and nothing when they were active in another account of "
        "theirs meanwhile."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078.004; NIST SP 800-53 AC-2(3), inactive accounts"
    days: float = 35.0
    least_days: int = 3
    after: float = 48.0

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        for name in ("daily", "people", "steps"):
            activity.derived(name)
        activity.run(_RETURNS, self.days * 86400, self.least_days)
        if not activity.rows("select 1 from returns limit 1"):
            return
        for row in activity.frame(_TOLD, self.after * 3600).itertuples():
            if in_window(activity, row.start):
                yield self._finding(row)

    def _finding(self, row: Any) -> Finding:
        where = f", from {row.network}, which is new for them" if row.elsewhere else ""
        active = " of this account; in another they were active meanwhile" if row.busy else ""
        sentence = (
            f"{row.person} returned at {when(row.start)} after {row.gap:.0f} days without any "
            f"activity{where}{active}."
        )
        numbers = {"days_away": round(float(row.gap), 1), "days_of_history": int(row.days),
                   "network": row.network if isinstance(row.network, str) else None,
                   "network_is_new": bool(row.elsewhere),
                   "active_in_another_account": bool(row.busy)}  # fmt: skip
        severity = "high" if row.elsewhere else "info" if row.busy else "medium"
        return Finding(self.name, severity, row.start, row.end, row.account, row.person,
                       sentence, numbers, list(row.ids))  # fmt: skip


# Who returned after a gap, and on how many days they had been active before.
_RETURNS = """
create or replace temp table returns as
with gaps as (
    select distinct who, before, time as start from steps where time - before >= to_seconds(?)
)
select people.account, people.person, before, start, count(*) as days
from gaps join people using (who)
join daily on daily.account = people.account and daily.person = people.person
    and daily.first <= before
group by all having count(*) >= ?
"""

# Whether they had been there before, and what they did.
_TOLD = """
with first_ones as (
    select returns.account, returns.person, start, min(network) as network
    from returns join activity using (account, person) where time = start
    group by all
), known as (
    select distinct account, person, start
    from first_ones join activity using (account, person, network) where time < start
), elsewhere as (
    select distinct returns.account, returns.person, start
    from returns join daily on daily.person = returns.person and daily.account <> returns.account
        and daily.last > before and daily.first < start
    where returns.person like '%@%'
), evidence as (
    select returns.account, returns.person, start, max(time) as "end",
           coalesce(list(event_id order by time, event_id)
                    filter (where event_id is not null), []) as ids
    from returns join activity using (account, person)
    where time >= start and time <= start + to_seconds(?) group by all
)
select account, person, start, "end", ids, days, network, epoch(start - before) / 86400 as gap,
       network is not null and known.start is null as elsewhere, elsewhere.start is not null as busy
from returns join first_ones using (account, person, start)
join evidence using (account, person, start)
left join known using (account, person, start)
left join elsewhere using (account, person, start)
order by start, account, person
"""
