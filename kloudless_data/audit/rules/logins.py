"""Many failed log-ins and then one that succeeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..finding import Finding
from ..statistics import adjusted, tail_of_logs
from .base import LEAST_HISTORY, Rule, count, evidence_of, in_window, scientific, when

if TYPE_CHECKING:
    from ..source import Activity

__all__ = ["FailedLoginsThenSuccess"]


@dataclass(frozen=True)
class FailedLoginsThenSuccess(Rule):
    """Somebody's password was tried many times, and then it was right.

    Parameters
    ----------
    least : int
        Failures; fewer before a success are never a finding.
    least_elsewhere : int
        Failures; so many are enough from a network that the person had never logged in from.
    within : float
        Minutes between one failure and the next, and between the last and the success.
    false_discoveries : float
        The share of findings that may be due to chance, at most (0 to 1).
    """

    name: ClassVar[str] = "failed_logins_then_success"
    title: ClassVar[str] = "Failed log-ins, then a success"
    method: ClassVar[str] = (
        "Failures in a row, none long after the one before, that end in a success. Their number is "
        "compared, on a logarithmic scale, with those before the person's other log-ins by median "
        "and MAD, shrunk towards the organisation's, with Student's tail, adjusted by Benjamini "
        "and Hochberg. Fewer are enough, whatever is usual, when all come from a network that the "
        "person had not used before."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1110, Brute Force; Sigma rules on failed log-ins"
    least: int = 12
    least_elsewhere: int = 8
    within: float = 60.0
    false_discoveries: float = 0.01

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        activity.derived("people")
        activity.run(_RUNS, self.within * 60)
        rows = activity.frame(_CHOSEN, min(self.least, self.least_elsewhere))
        if rows.empty:
            return
        every = activity.frame("select who, failures from login_runs order by place")
        raw, usual = tail_of_logs(
            every["failures"].to_numpy(dtype=float) + 1, every["who"].to_numpy()
        )
        places = rows["place"].to_numpy()
        rows["p"], rows["usual"] = adjusted(raw)[places], usual[places] - 1
        rows["alone"] = len(every) < LEAST_HISTORY
        for row in rows.itertuples():
            likely = row.p > self.false_discoveries and not row.alone
            unusual = row.failures >= self.least and not likely
            elsewhere = row.failures >= self.least_elsewhere and row.elsewhere
            if (unusual or elsewhere) and in_window(activity, row.end):
                yield self._finding(activity, row)

    def _finding(self, activity: Activity, row: Any) -> Finding:
        ids = evidence_of(activity, row.account, row.person, row.start, row.end,
                          "kind in ('login', 'failed_login')")  # fmt: skip
        where = ", from a network never used before" if row.elsewhere else ""
        alone = ", but there is too little history of log-ins to judge" if row.alone else ""
        sentence = (
            f"{count(row.failures, 'failed log-in')} of {row.person} between {when(row.start)} and "
            f"{when(row.end)} ended in a success{where}{alone}."
        )
        numbers = {"failures": int(row.failures), "addresses": int(row.addresses),
                   "new_network": bool(row.elsewhere), "p_adjusted": scientific(row.p),
                   "usual_failures": round(float(row.usual), 1),
                   "days_of_history": int(row.days)}  # fmt: skip
        severe = row.elsewhere or row.failures >= 3 * self.least
        severity = "low" if row.alone else "high" if severe else "medium"
        return Finding(self.name, severity, row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip


# Runs of log-ins that end with the first success. Of what happened at the same time, failures come
# first.
_RUNS = """
create or replace temp table login_runs as
with tries as (
    select who, time, kind, event_id, ip, network, coalesce(
        lag(kind) over w = 'login' or time - lag(time) over w > to_seconds(?), true
    )::int as first_of
    from activity join people using (account, person) where kind in ('login', 'failed_login')
    window w as (partition by who order by time, kind, event_id)
), runs as (
    select *, sum(first_of) over (
        partition by who order by time, kind, event_id rows unbounded preceding
    ) as run from tries
), counted as (
    select who, min(time) as start, max(time) as "end",
           count(*) filter (where kind = 'failed_login') as failures,
           count(distinct ip) as addresses,
           coalesce(list(distinct network) filter (where network is not null), []) as networks
    from runs group by who, run having bool_or(kind = 'login')
)
select *, row_number() over (order by who, start, "end") - 1 as place from counted
"""

# Those with many failures, and whether the person was never before where all of it comes from.
_CHOSEN = """
with many as (
    select * from login_runs join people using (who) where failures >= ?
), known as (
    select distinct many.place
    from many join activity on activity.account = many.account
        and activity.person = many.person and activity.time < many.start
        and list_contains(many.networks, activity.network)
)
select place, account, person, start, "end", failures, addresses, days,
       len(networks) > 0 and first < start and place not in (select place from known)
           as elsewhere
from many order by start, account, person
"""
