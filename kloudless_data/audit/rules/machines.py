"""Service accounts that behave like people, and activity that stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..finding import Finding
from .base import Rule, count, in_window, when

if TYPE_CHECKING:
    import pandas as pd

    from ..source import Activity

__all__ = ["ServiceAccountInteractive", "SuddenSilence", "service_accounts"]


def service_accounts(activity: Activity, names: str, least_days: int = 7) -> pd.DataFrame:
    """Return the people who are programs: by name, or by working around the clock.

    Parameters
    ----------
    activity : Activity
    names : str
        A regular expression of their addresses' first parts.
    least_days : int
        Days of activity that it takes to know.

    Returns
    -------
    pandas.DataFrame
        ``account``, ``person``, ``days``, ``events``, ``named``, ``hours`` (of 24 in which they
        are active on at least a tenth of their days).
    """
    return activity.known(
        """
        with hourly as (
            select account, person, hour(time) as hour, count(distinct time::date) as days,
                   count(*) as events
            from activity where person is not null group by all
        ), people as (
            select account, person, count(distinct time::date) as days,
                   count(*) filter (where kind = 'login') as logins
            from activity where person is not null group by all
        )
        select account, person, people.days, sum(events)::bigint as events,
               regexp_matches(lower(split_part(person, '@', 1)), ?) as named,
               count(*) filter (where hourly.days >= 0.1 * people.days) as hours
        from hourly join people using (account, person)
        group by all
        having (named or hours >= 22) and people.days >= ? order by account, person
        """,
        names,
        least_days,
    )


_NAMES = (
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
        What so small a share of the account's events is of, or comes from, is strange to it.
    """

    name: ClassVar[str] = "service_account_interactive"
    title: ClassVar[str] = "Service account used interactively"
    method: ClassVar[str] = (
        "Accounts of programs are known by their names or by being active around the clock. It is "
        "a finding when one does what it never did, such as logging in or sharing, from "
        "a network that it does not work from."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078; CIS Controls 5.5, service accounts"
    names: str = _NAMES
    rare: float = 0.02

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        for program in service_accounts(activity, self.names).itertuples():
            rows = activity.frame(
                """
                with own as (
                    select *, count(*) over (partition by kind) / count(*) over () as kind_share,
                           count(*) over (partition by network) / count(*) over () as place_share
                    from activity where account = ? and person = ?
                )
                select min(time) as start, max(time) as "end", count(*) as events,
                       list(distinct kind order by kind) as kinds, network,
                       coalesce(list(distinct client order by client)
                                filter (where client is not null), []) as clients,
                       list(event_id order by time, event_id) as ids
                from own where place_share < ? and (kind_share < ? or client is not null)
                group by network, time::date order by start
                """,
                program.account,
                program.person,
                self.rare,
                self.rare,
            )
            for row in rows.itertuples():
                if in_window(activity, row.end):
                    yield self._finding(program, row)

    def _finding(self, program: Any, row: Any) -> Finding:
        kinds = ", ".join(kind.replace("_", " ") for kind in row.kinds)
        sentence = (
            f"The service account {program.person} did what it otherwise does not ({kinds}), "
            f"{count(row.events, 'time')} from {row.network}, between {when(row.start)} and "
            f"{when(row.end)}."
        )
        numbers = {"events": int(row.events), "kinds": list(row.kinds), "network": row.network,
                   "clients": list(map(str, row.clients)),
                   "days_of_history": int(program.days)}  # fmt: skip
        return Finding(self.name, "high", row.start, row.end, program.account, program.person,
                       sentence, numbers, list(row.ids))  # fmt: skip


@dataclass(frozen=True)
class SuddenSilence(Rule):
    """An account, or a program that ran all the time, stops.

    Parameters
    ----------
    expected : float
        So many active hours must have passed in silence, by what is usual at these hours of the
        week.
    least_hours : float
        A shorter silence is never a finding.
    names : str
        See `ServiceAccountInteractive`.
    """

    name: ClassVar[str] = "sudden_silence"
    title: ClassVar[str] = "Sudden silence"
    method: ClassVar[str] = (
        "How likely an account is to be active in each of the 168 hours of a week is learned from "
        "its other weeks. Over a silence the expected number of active hours is added up, and "
        "compared with the account's other silences."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1562.008, Disable or Modify Cloud Logs"
    expected: float = 14.0
    least_hours: float = 36.0
    names: str = _NAMES

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        whole: dict[str, list[Finding]] = {}
        for (account,) in activity.rows("select distinct account from activity order by account"):
            whole[account] = list(self._silences(activity, account, None))
            yield from whole[account]
        for program in service_accounts(activity, self.names).itertuples():
            for one in self._silences(activity, program.account, program.person):
                # In an account's silence everybody is silent.
                if not any(one.start < all_.end and all_.start < one.end
                           for all_ in whole[program.account]):  # fmt: skip
                    yield one

    def _silences(self, activity: Activity, account: str, person: str | None) -> Iterator[Finding]:
        rows = activity.rows(
            "select distinct date_trunc('hour', time) as hour from activity "
            "where account = ? and (?::varchar is null or person = ?) order by hour",
            account, person, person,
        )  # fmt: skip
        hours = np.array([time.timestamp() // 3600 for (time,) in rows], dtype=np.int64)
        if len(hours) < 48:
            return
        last = int(activity.until.timestamp() // 3600)
        ends = np.append(hours, last + 1) if last > hours[-1] else hours
        usual = _likelihoods(hours)
        gaps = np.diff(ends) - 1
        expected = np.array(
            [usual[np.arange(start + 1, start + 1 + gap) % 168].sum() if gap else 0.0
             for start, gap in zip(ends[:-1], gaps, strict=True)]
        )  # fmt: skip
        for number in np.flatnonzero((expected >= self.expected) & (gaps >= self.least_hours)):
            others = float(np.delete(expected, number).max(initial=0.0))
            # Where silences of that length are usual, one of them says nothing.
            if expected[number] >= 2 * min(others, _second(expected)):
                finding = self._finding(activity, account, person, int(hours[number]),
                                        int(gaps[number]), float(expected[number]))  # fmt: skip
                if in_window(activity, min(finding.end, activity.until)):
                    yield finding

    def _finding(
        self,
        activity: Activity,
        account: str,
        person: str | None,
        hour: int,
        gap: int,
        usual: float,
    ) -> Finding:
        from datetime import UTC, timedelta

        start = datetime.fromtimestamp(hour * 3600, UTC)
        ((first, ids),) = activity.rows(
            "select max(time), list(event_id order by time desc, event_id)[:5] from activity "
            "where account = ? and (?::varchar is null or person = ?) "
            "and time >= ? and time < ?",
            account, person, person, start, start + timedelta(hours=1),
        )  # fmt: skip
        end = min(start + timedelta(hours=gap + 1), activity.until)
        lasts = end >= activity.until - timedelta(hours=1)
        who = f"The service account {person}" if person else f"Account {account}"
        until = "and still is" if lasts else f"until {when(end)}"
        sentence = (
            f"{who} was silent for {gap / 24:.1f} days from {when(first)} {until}; activity was to "
            f"be expected in {usual:.0f} of these hours."
        )
        numbers = {"silent_hours": gap, "expected_active_hours": round(usual, 1),
                   "lasts": bool(lasts)}  # fmt: skip
        severity = "high" if usual >= 2 * self.expected else "medium"
        unread = _unread_share(activity, account, first, end)
        if unread >= 0.25:
            severity = "info"
            sentence += (
                f" Of {unread:.0%} of that time the input may lack events, which explains it."
            )
        return Finding(self.name, severity, first, end, account, person, sentence, numbers,
                       ids[::-1])  # fmt: skip


def _unread_share(activity: Activity, account: str, start: datetime, end: datetime) -> float:
    """Return of how much of a time the input may lack the account's events."""
    lacking = sum(
        max(0.0, (min(end, until) - max(start, since)).total_seconds())
        for key, since, until in activity.unread
        if key == account
    )
    return lacking / max((end - start).total_seconds(), 1.0)


def _likelihoods(hours: Any) -> Any:
    """Return how likely there is activity in each hour of the week."""
    weeks = max(1.0, (hours[-1] - hours[0]) / 168)
    counted = np.bincount(hours % 168, minlength=168)
    return np.minimum(counted / weeks, 1.0)


def _second(expected: Any) -> float:
    """Return the second largest: what is long for this account, but for one silence."""
    return float(np.sort(expected)[-2]) if len(expected) > 1 else 0.0
