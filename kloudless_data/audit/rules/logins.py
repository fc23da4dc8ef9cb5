"""Many failed log-ins and then one that succeeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..finding import Finding
from .base import Rule, count, evidence_of, in_window, when

if TYPE_CHECKING:
    from ..source import Activity

__all__ = ["FailedLoginsThenSuccess"]


@dataclass(frozen=True)
class FailedLoginsThenSuccess(Rule):
    """Somebody's password was tried many times, and then it was right.

    Parameters
    ----------
    least : int
        Fewer failures before a success are never a finding.
    least_elsewhere : int
        So many are enough from a network that the person had never logged in from.
    within : float
        Minutes between one failure and the next, and between the last and the success.
    """

    name: ClassVar[str] = "failed_logins_then_success"
    title: ClassVar[str] = "Failed log-ins, then a success"
    method: ClassVar[str] = (
        "Failures in a row, none long after the one before, that end in a success. Fewer are "
        "enough when they come from a network that the person had not used before."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1110, Brute Force; Sigma rules on failed log-ins"
    least: int = 12
    least_elsewhere: int = 8
    within: float = 60.0

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        rows = activity.frame(
            """
            with tries as (
                select *, coalesce(
                    lag(kind) over w = 'login' or time - lag(time) over w > to_seconds(?), true
                )::int as first_of
                from activity where kind in ('login', 'failed_login') and person is not null
                window w as (partition by account, person order by time, kind)
            ), runs as (
                select *, sum(first_of) over (
                    partition by account, person order by time, kind rows unbounded preceding
                ) as run from tries
            )
            select account, person, min(time) as start, max(time) as "end",
                   count(*) filter (where kind = 'failed_login') as failures,
                   count(distinct ip) as addresses,
                   max_by(network, time) as network, list(distinct network) as networks
            from runs group by account, person, run
            having bool_or(kind = 'login') and failures >= ? order by start, account, person
            """,
            self.within * 60,
            min(self.least, self.least_elsewhere),
        )
        for row in rows.itertuples():
            new = self._is_new(activity, row)
            enough = row.failures >= (self.least_elsewhere if new else self.least)
            if enough and in_window(activity, row.end):
                yield self._finding(activity, row, new)

    def _is_new(self, activity: Activity, row: Any) -> bool:
        """Tell whether the person had never been active from any of these networks before."""
        networks = [network for network in row.networks if isinstance(network, str)]
        if not networks:
            return False
        ((known,),) = activity.rows(
            "select count(*) from activity where account = ? and person = ? and time < ? "
            "and list_contains(?, network)",
            row.account, row.person, row.start, networks,
        )  # fmt: skip
        return not known

    def _finding(self, activity: Activity, row: Any, new: bool) -> Finding:
        ids = evidence_of(activity, row.account, row.person, row.start, row.end,
                          "kind in ('login', 'failed_login')")  # fmt: skip
        where = ", from a network never used before" if new else ""
        sentence = (
            f"{count(row.failures, 'failed log-in')} of {row.person} between {when(row.start)} and "
            f"{when(row.end)} ended in a success{where}."
        )
        numbers = {"failures": int(row.failures), "addresses": int(row.addresses),
                   "new_network": new}  # fmt: skip
        severity = "high" if new or row.failures >= 3 * self.least else "medium"
        return Finding(self.name, severity, row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip
