"""Service accounts that behave like people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..finding import Finding
from .base import Rule, count, in_window, when

if TYPE_CHECKING:
    from ..source import Activity

__all__ = ["PROGRAM_NAMES", "ServiceAccountInteractive", "service_accounts"]


def service_accounts(activity: Activity, names: str, least_days: int = 7) -> str:
    """Make the table ``programs``: people who are programs, by name or by never sleeping.

    Parameters
    ----------
    activity : Activity
    names : str
        A regular expression of their addresses' first parts.
    least_days : int
        Days of activity that it takes to know.

    Returns
    -------
    str
        The table's name. Its columns are ``who``, ``account``, ``person``, ``days``, ``events``.
    """
    for name in ("people", "hourly"):
        activity.derived(name)
    activity.run(
        """
        create or replace temp table programs as
        with clock as (
            select who, hour(hour) as hour, count(*) as days from hourly group by all
        )
        select who, account, person, people.days, people.events
        from clock join people using (who)
        where people.days >= ?
        group by all
        having regexp_matches(lower(split_part(person, '@', 1)), ?)
            or count(*) filter (where clock.days >= 0.1 * people.days) >= 22
        """,
        least_days,
        names,
    )
    return "programs"


PROGRAM_NAMES = (
    r"(^|[-_.])(svc|service|bot|backup|sync|robot|daemon|system|migration|integration|api|noreply)"
    r"([-_.]|\d*$)"
)


@dataclass(frozen=True)
class ServiceAccountInteractive(Rule):
    """A program's account is used by a person.

    Parameters
    ----------
    names : str
        A regular expression of the first parts of programs' addresses; accounts that are active
        around the clock are programs too.
    rare : float
        What a smaller share (0 to 1) of the account's events is of, or comes from, is strange.
    least_days : int
        Days of activity that it takes to know that somebody is a program.
    """

    name: ClassVar[str] = "service_account_interactive"
    title: ClassVar[str] = "Service account used interactively"
    method: ClassVar[str] = (
        "Accounts of programs are known by their names or by being active around the clock. It is "
        "a finding when one does what it never did, such as logging in or sharing, from "
        "a network that it does not work from."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078; CIS Controls 5.5, service accounts"
    names: str = PROGRAM_NAMES
    rare: float = 0.02
    least_days: int = 7

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        service_accounts(activity, self.names, self.least_days)
        rows = activity.frame(
            """
            with own as (
                select activity.*, programs.days as history,
                       count(*) over (partition by who, kind) / programs.events as kind_share,
                       count(*) over (partition by who, network) / programs.events as place_share
                from activity join programs using (account, person)
            )
            select account, person, network, min(history) as days, min(time) as start,
                   max(time) as "end", count(*) as events,
                   list(distinct kind order by kind) as kinds,
                   coalesce(list(distinct client order by client)
                            filter (where client is not null), []) as clients,
                   coalesce(list(event_id order by time, event_id)
                            filter (where event_id is not null), []) as ids
            from own where place_share < ? and (kind_share < ? or client is not null)
                and network is not null
            group by account, person, network, time::date order by account, person, start
            """,
            self.rare,
            self.rare,
        )
        for row in rows.itertuples():
            if in_window(activity, row.end):
                yield self._finding(row)

    def _finding(self, row: Any) -> Finding:
        kinds = ", ".join(kind.replace("_", " ") for kind in row.kinds)
        sentence = (
            f"The service account {row.person} did what it otherwise does not ({kinds}), "
            f"{count(row.events, 'time')} from {row.network}, between {when(row.start)} and "
            f"{when(row.end)}."
        )
        numbers = {"events": int(row.events), "kinds": list(row.kinds), "network": row.network,
                   "clients": list(map(str, row.clients)),
                   "days_of_history": int(row.days)}  # fmt: skip
        return Finding(self.name, "high", row.start, row.end, row.account, row.person,
                       sentence, numbers, list(row.ids))  # fmt: skip
