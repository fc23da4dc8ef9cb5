"""Failed log-ins: many for one person, or for many people from one source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from ...text.counts import count
from ..judging import LEAST_DECADES, judge_counts
from ..statistics import DAY, HOUR, Ints, Log, log_at_least
from ..wording import listing, span, times
from .base import Candidate, Rule, Statement, candidates_of, crowds_of, most_elsewhere, never_more

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from ..activity import Activity

__all__ = ["FailedLoginsThenSuccess", "PasswordSpray"]

_FAILED = "kind = 'failed_login'"
_AFTER = 2 * HOUR
#: How many people fail together, on average, when some do: failures come in clusters.
_CLUSTER = 2.0
#: Runs of failures that are farther apart than this have different causes.
_APART = 21 * DAY
#: Decades added to a spray if somebody logs in from there, and subtracted if nobody does: the
#: internet knocks at every door, and small rounds of it do no harm.
_ENTERED, _KEPT_OUT = 0.5, 1.2


@dataclass(frozen=True)
class FailedLoginsThenSuccess(Rule):
    """Somebody's password is tried many times, until it is right.

    Parameters
    ----------
    least : float
        Failures; a window with fewer is never a finding.
    elsewhere, success : float
        Decades added for failures from networks where the person was never active before, and for
        failures that a success follows within two hours; subtracted without.
    forgotten : float
        Decades subtracted for failures from the person's usual networks; half that without a
        success.
    """

    name: ClassVar[str] = "failed_logins_then_success"
    about: ClassVar[str] = "entry"
    title: ClassVar[str] = "Failed log-ins"
    method: ClassVar[str] = (
        "A person's failed log-ins are counted in sliding windows of an hour, because a program "
        "with an old password fails now and then for days; they are compared, on a logarithmic "
        "scale, with the person's largest window on all other days, and ranked among all "
        "person-days. They weigh more if they come from networks where the person had never been "
        "active or if a success follows, and less if they come from the person's usual networks."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1110, Brute Force; Sigma rules on failed log-ins"
    least: float = 8.0
    elsewhere: float = 0.6
    success: float = 0.5
    forgotten: float = 1.0

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        log = activity.log(_FAILED)
        if not len(log):
            return
        strange = np.isin(log.number, _strange(activity))
        placed = activity.columns(
            f"select number from coded where {_FAILED} and place is not null"
        )["number"]
        usual = np.isin(log.number, placed) & ~strange
        bonus = np.where(strange, self.elsewhere, np.where(usual, -self.elsewhere, 0.0))
        bonus = bonus + np.where(_followed(activity, log), self.success, -self.success)
        judged = judge_counts(activity, [log], (HOUR,), least=self.least, bonus=bonus)
        peaks = []
        for peak in judged.peaks:
            # Failures in the person's usual places, followed by nothing, are forgetfulness.
            here = usual[np.isin(log.number, peak.numbers)].mean() > 0.5
            entry = activity.columns(
                "select number, time from coded where who = ? and kind = 'login' "
                "and time between ? and ? order by time, number limit 1",
                peak.who, peak.end, peak.end + _AFTER,
            )  # fmt: skip
            end = int(entry["time"][0]) if len(entry["time"]) else peak.end
            numbers = np.concatenate([peak.numbers, entry["number"]])
            less = self.forgotten * (here + (not len(entry["time"])) / 2)
            peaks.append(replace(peak, end=end, numbers=numbers, decades=peak.decades - less))
        yield from candidates_of(self, activity, peaks)
        yield from crowds_of(self, activity, judged.crowds, "failed to log in far more than usual")

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say how many log-ins failed, from where, and whether one then succeeded.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["window"]`` is in microseconds.
        events : pandas.DataFrame
            Failed log-ins and any success; see `Rule.tell`.
        """
        failures = int((events["kind"] == "failed_login").sum())
        success = bool((events["kind"] == "login").any())
        networks = sorted(set(events["network"].dropna()))
        known = set(_known_networks(activity, candidate))
        strange = [network for network in networks if network not in known]
        where = f" from {listing(networks, noun='network')}" if networks else ""
        new = (
            ", where they had never been active before," if networks and strange == networks else ""
        )
        ended = (
            " ended in a success" if success else " were followed by no success within two hours"
        )
        usual = most_elsewhere(activity, candidate, _FAILED)
        sentence = (
            f"{count(failures, 'failed log-in')} of {candidate.person}{where}{new} "
            f"{span(candidate.start, candidate.end)}{ended}; "
            f"{never_more(usual, candidate.facts['window'], 'failed log-in')}."
        )
        return sentence, {"failures": failures, "success": success, "networks": networks,
                          "new_network": bool(new), "most_elsewhere": usual,
                          "window_hours": candidate.facts["window"] // HOUR}  # fmt: skip


def _known_networks(activity: Activity, candidate: Candidate) -> list[str]:
    """Return the networks of the person's earlier activity, failed log-ins aside."""
    rows = activity.rows(
        "select distinct network from coded join places using (place) "
        f"where who = ? and time < ? and not {_FAILED}",
        candidate.who, candidate.start,
    )  # fmt: skip
    return [network for (network,) in rows]


def _strange(activity: Activity) -> Any:
    """Return the failures from networks new to the person."""
    activity.derived("pools")
    return activity.columns(
        f"""
        select number from coded join places using (place)
        left join pools as known using (who, pool)
        where {_FAILED} and (known.first is null or known.first > time)
        """
    )["number"]


def _followed(activity: Activity, log: Log) -> npt.NDArray[np.bool_]:
    """Return which failures are followed by the person's success within two hours."""
    logins = activity.log("kind = 'login'")
    if not len(logins):
        return np.zeros(len(log), bool)
    ours = activity.keys_of(log.who, log.time)
    theirs = activity.keys_of(logins.who, logins.time)
    place = np.searchsorted(theirs, ours, side="left")
    after = theirs[np.minimum(place, len(theirs) - 1)] - ours
    followed: npt.NDArray[np.bool_] = (place < len(theirs)) & (after >= 0) & (after <= _AFTER)
    return followed


# Failures: whether the person was active in the neighbourhood a day before; and if not, whether in
# the same hour or one next to it.
_FAILURES = f"""
    with failures as (
        select pool, who, time, number,
               coalesce(known.first <= time - {DAY}, false) as familiar
        from coded join places using (place) left join pools as known using (who, pool)
        where {_FAILED}
    ), active as (
        select distinct who, pool, time // {HOUR} + step as hour
        from coded join places using (place)
        semi join (from failures where not familiar) using (who, pool),
             (select unnest([-1, 0, 1]) as step)
        where not {_FAILED}
    )
    select account, failures.pool, failures.who, time, number, familiar,
           active.who is not null as there
    from failures join people using (who)
    left join active on active.who = failures.who and active.pool = failures.pool
        and active.hour = time // {HOUR}
    order by account, pool, time, number
"""


class _Run(NamedTuple):
    """Failed log-ins of several people, from one neighbourhood or on one day (`pool` None)."""

    pool: str | None
    start: int
    end: int
    people: int
    numbers: Ints


class _Team(NamedTuple):
    """An account's people.

    Attributes
    ----------
    account : str
    size : int
        Their number.
    a_day : float
        How many are active on an average day, at least 1.
    who, time : array of int64
        The people and times of the failures from where they were active before, by time.
    mistypes : float
        The people with such a failure on an average day.
    """

    account: str
    size: int
    a_day: float
    who: Ints
    time: Ints
    mistypes: float

    @classmethod
    def of(cls, activity: Activity, account: str, familiar: pd.DataFrame) -> _Team:
        """Count them."""
        there = activity.people["account"].eq(account).to_numpy() & activity.active
        days = max(activity.blocks, 1)
        a_day = float(activity.days[there].sum() / days)
        familiar = familiar.sort_values("time")
        who, time = (familiar[name].to_numpy(np.int64) for name in ("who", "time"))
        pairs = len(np.unique(who * (1 << 32) + (time - activity.first) // DAY))
        return cls(account, int(there.sum()), max(a_day, 1.0), who, time, pairs / days)

    def is_outage(self, start: int, end: int, people: int) -> bool:
        """Return whether log-ins fail for all in a period, or within an hour of it.

        More people than usual then also fail where they were active before: at least as many more
        as the people who fail elsewhere.
        """
        begin, stop = np.searchsorted(self.time, (start - HOUR, end + HOUR))
        failing = len(np.unique(self.who[begin:stop]))
        return failing - self.mistypes * ((end - start) // DAY + 1) >= people


@dataclass(frozen=True)
class PasswordSpray(Rule):
    """Passwords of many people are tried from one source.

    Parameters
    ----------
    least : int
        People; fewer are never a finding.
    """

    name: ClassVar[str] = "password_spray"
    about: ClassVar[str] = "entry"
    odds: ClassVar[float] = 0.5
    title: ClassVar[str] = "Passwords tried on many people"
    method: ClassVar[str] = (
        "Failed log-ins from neighbourhoods where the people concerned were never active are "
        "grouped by neighbourhood (/16, /32 for IPv6), in runs without a day's pause, and, from "
        "anywhere, by day. Those of people who are active from there themselves within the hour "
        "are left out: they mistyped. The others weigh more the more people of the account are "
        "tried, and less if as many people are tried on other days, more than three weeks apart. "
        "If as many more people than usual also fail where they always work, log-ins fail for all."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1110.003, Password Spraying"
    least: int = 4

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        for name in ("people", "pools"):
            activity.derived(name)
        found = activity.frame(_FAILURES)
        for account, rows in found.groupby("account", sort=True):
            team = _Team.of(activity, str(account), rows[rows["familiar"]])
            rows = rows[~rows["familiar"]]
            yield from self._of_sources(activity, team, rows)
            rows = rows[~rows["there"]].sort_values(["time", "number"])
            if len(rows):
                yield from self._of_day(activity, team, rows)

    def _of_day(self, activity: Activity, team: _Team, rows: pd.DataFrame) -> Iterator[Candidate]:
        """Yield the day on which far more people than usual fail from unfamiliar places."""
        time, who = (rows[name].to_numpy(np.int64) for name in ("time", "who"))
        tried = _people_within(who, time, DAY)
        last = int(tried.argmax())
        begin = int(np.searchsorted(time, time[last] - DAY, side="right"))
        some = rows.iloc[begin : last + 1]
        if tried[last] < self.least or tried[last] < 0.2 * len(some):
            return
        # The rate on other days, gamma-distributed since they differ, plus half a person.
        apart = (time < time[begin] - DAY) | (time > time[last] + DAY)
        days = max(activity.blocks - 3.0, 1.0)
        other = len(np.unique(who[apart] * (1 << 32) + (time[apart] - activity.first) // DAY))
        shape = np.array([0.5 + other / _CLUSTER])
        seldom = log_at_least(
            np.array([int(tried[last] / _CLUSTER)]), shape, np.array([days + 1.0])
        )[0]
        decades = min(float(-seldom / np.log(10) + np.log10(team.a_day)) - 1.0, 9.0)
        run = _Run(None, int(time[begin]), int(time[last]), int(tried[last]),
                   some["number"].to_numpy())  # fmt: skip
        yield from self._of_run(activity, team, run, decades, some["pool"].dropna(), some["who"])

    def _of_sources(
        self, activity: Activity, team: _Team, rows: pd.DataFrame
    ) -> Iterator[Candidate]:
        """Yield runs from one neighbourhood each, worth less if such runs are usual here."""
        runs = [run for pool, some in rows.groupby("pool", sort=True)
                for run in self._runs(str(pool), some)]  # fmt: skip
        facts = [(run.start, run.end, run.people) for run in runs]
        starts, ends, people = np.array(facts, np.int64).reshape(-1, 3).T
        for run in runs:
            # More names may be tried than there are people.
            share = min(max(run.people / max(team.size, 1), 0.05), 1.0)
            decades = min(2.5 + run.people / 3.0 + np.log10(share), 9)
            # The internet tries passwords all the time: one run among many is not an attack.
            apart = (starts > run.end + _APART) | (ends < run.start - _APART)
            alike = int((apart & (people >= run.people)).sum())
            if alike:
                decades = min(decades, np.log10(activity.blocks / alike * team.a_day) - 1.0)
            yield from self._of_run(activity, team, run, float(decades), [str(run.pool)])

    def _of_run(
        self,
        activity: Activity,
        team: _Team,
        run: _Run,
        decades: float,
        pools: Iterable[str],
        who: Iterable[int] = (),
    ) -> Iterator[Candidate]:
        """Yield a run unless log-ins fail for all; it is worth more if somebody gets in."""
        if decades + _ENTERED < LEAST_DECADES or team.is_outage(run.start, run.end, run.people):
            return
        entries, end = self._entries(activity, team.account, pools, run.start, run.end, who)
        decades += _ENTERED if len(entries) else -_KEPT_OUT
        if decades >= LEAST_DECADES:
            yield Candidate(
                self, None, team.account, None, run.start, end, decades,
                np.concatenate([run.numbers, entries]), facts={"pool": run.pool},
            )  # fmt: skip

    def _runs(self, pool: str, rows: pd.DataFrame) -> Iterator[_Run]:
        """Yield a neighbourhood's failures without a day's pause, if they try many people."""
        time = rows["time"].to_numpy()
        for part in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(time) > DAY) + 1):
            some = rows.iloc[part]
            people = int(some["who"].nunique())
            # Guessing gets few in: where most are active from there, they tried their own password.
            if 2 * some.loc[some["there"], "who"].nunique() > people:
                continue
            # The same people, many times each, are not a spray; nor is one now and then for weeks.
            start, end = int(time[part[0]]), int(time[part[-1]])
            days = (end - start) / DAY + 1.0
            if people >= max(self.least, 0.2 * len(some), 2.0 * days):
                yield _Run(pool, start, end, people, some["number"].to_numpy())

    def _entries(
        self,
        activity: Activity,
        account: str,
        pools: Iterable[str],
        start: int,
        end: int,
        who: Iterable[int] = (),
    ) -> tuple[npt.NDArray[np.int64], int]:
        """Return the successes from these neighbourhoods during the failures or a day after.

        And the time of the last of all.

        If people are named, only theirs, and only where they were never active more than a day
        before: of many neighbourhoods, some are colleagues' own.
        """
        activity.made(
            "entries",
            (),
            f"""
            select account, who, pool, time, number, known.first > time - {DAY} as new
            from coded join people using (who) join places using (place)
            join pools as known using (who, pool) where kind = 'login'
            """,
        )
        named = sorted({int(one) for one in who})
        found = activity.columns(
            "select number, time from entries where account = ? and pool in (select unnest(?)) "
            "and time between ? and ? and (len(?) = 0 or new and list_contains(?, who)) "
            "order by time, number",
            account, sorted(set(pools)), start, end + DAY, named, named,
        )  # fmt: skip
        numbers: npt.NDArray[np.int64] = found["number"].astype(np.int64)
        return numbers, int(found["time"].max(initial=end))

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say how many people, from where, and who got in.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            Its time; it has no single person.
        events : pandas.DataFrame
            Everybody's failed log-ins and any success; see `Rule.tell`.
        """
        failed = events[events["kind"] == "failed_login"]
        people = sorted(set(failed["person"]))
        entered = sorted(set(events.loc[events["kind"] == "login", "person"]))
        networks = sorted(set(failed["network"].dropna()))
        then = f"; {listing(entered)} logged in from there" if entered else ""
        sentence = (
            f"The passwords of {count(len(people), 'person', 'people')} were tried "
            f"{times(len(failed))} from {listing(networks, noun='network')} "
            f"{span(int(failed['time'].min()), int(failed['time'].max()))}{then}."
        )
        return sentence, {"people": len(people), "failures": len(failed), "networks": networks,
                          "logged_in": entered}  # fmt: skip


def _people_within(who: Ints, time: Ints, window: int) -> Ints:
    """Return the number of distinct people in the window that ends with each event."""
    found, there, begin = np.zeros(len(who), np.int64), Counter[int](), 0
    for at, (one, moment) in enumerate(zip(who.tolist(), time.tolist(), strict=True)):
        there[one] += 1
        while time[begin] <= moment - window:
            first = int(who[begin])
            there[first] -= 1
            if not there[first]:
                del there[first]
            begin += 1
        found[at] = len(there)
    return found
