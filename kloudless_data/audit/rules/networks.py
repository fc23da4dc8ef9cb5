"""Networks new to a person, and the programs they use there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...text.counts import count
from ..judging import Extent, judge_scores
from ..kinds import ACTIVE
from ..statistics import DAY, HOUR, Floats, Ints, Log, largest_elsewhere, log_at_least
from ..wording import listing, span, times
from .base import Candidate, Rule, Statement, candidates_of, crowds_of

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["NewNetwork"]

_LN10 = float(np.log(10.0))
#: Days in which everything is new, and the weight of the organisation's rate in days of one's own.
_LEARNING, _PRIOR = 5, 10.0
#: How recently a program must have been first used to count as new.
_RECENT = 3 * DAY
#: The number of new networks that come together: a journey has several.
_CLUSTER = 2
#: The least mean excess of amounts, so that few observations do not make one rare.
_FALL = 0.5
#: Less activity than this in a new network counts as little.
_LITTLE = 10.0
#: The constant added to amounts before comparing their logarithms; the quantile of everybody's
#: amounts that counts as usual; and its weight in new networks of a person's own.
_LEAST, _MOST, _OTHERS = 5.0, 0.75, 3.0


@dataclass(frozen=True)
class NewNetwork(Rule):
    """Somebody is active from a network new to them, in an unusual way.

    Parameters
    ----------
    hours : float
        Hours to judge, from the first event in the network.
    """

    name: ClassVar[str] = "new_network"
    about: ClassVar[str] = "place"
    excused: ClassVar[bool] = True
    odds: ClassVar[float] = 1.3
    many: ClassVar[float] = 20.0
    title: ClassVar[str] = "Activity from a new network"
    method: ClassVar[str] = (
        "A network (/24, /48 for IPv6) in a neighbourhood (/16, /32) new to the person is judged "
        "by how often this person meets so many within a day, by how often they alternate "
        "between two networks within an hour, by how often they use a new program (a family such "
        "as Chrome on Windows; a new version is not new), and by how much more they take, delete "
        "and share there than in other new networks. Networks and programs that others in the "
        "organisation used before count less. The sum is ranked among all person-days. Failed "
        "log-ins do not count: anybody can try a name."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078.004, Valid Accounts: Cloud Accounts"
    hours: float = 48.0

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        for name in ("people", "pools"):
            activity.derived(name)
        visits = activity.frame(_VISITS.format(learning=_LEARNING, day=DAY, active=ACTIVE))
        if not visits["fresh"].any():
            return
        worth, amount = _amounts(activity, visits)
        scores = self._scores(activity, visits, worth)
        order = np.lexsort((visits["number"], visits["first"], visits["who"]))
        who, first, number = (visits[n].to_numpy()[order] for n in ("who", "first", "number"))
        log = Log(who, first, number, np.ones(len(visits)))
        judged = judge_scores(activity, log, scores[order], DAY, tail=0.9)
        peaks = []
        for peak in judged.peaks:
            at = int(order[int(peak.facts["at"])])
            visit = visits.iloc[at]
            place, first = int(visit["place"]), int(visit["first"])
            end = min(int(visit["last"]), first + int(self.hours * HOUR))
            peaks.append(
                replace(peak, start=first, end=end, extent=Extent(place),
                        facts={**peak.facts, "place": place, "amount": float(amount[at])})
            )  # fmt: skip
        yield from candidates_of(self, activity, peaks)
        what = "were first active in a new network"
        yield from crowds_of(self, activity, judged.crowds, what, log, scores[order])

    def _scores(self, activity: Activity, visits: pd.DataFrame, worth: Floats) -> Floats:
        """Return how strange each first visit is, as a natural logarithm."""
        fresh = visits["fresh"].to_numpy(dtype=bool)
        who = visits["who"].to_numpy()
        # The ranks show how often people meet a new network at all; this shows who seldom does.
        everyone = (fresh.sum() + 1.0) / (activity.days.sum() + 30.0)
        score = np.log(everyone) + _surprise(activity, visits)
        turns = _Turns(activity)
        score += np.where(turns.during(visits, self.hours) > 0, -np.log(turns.usual[who]), 0.0)
        score += _new_programs(activity, visits, self.hours)
        score += worth
        score -= np.where(visits["known"].to_numpy() > 0, _LN10, 0.0)
        found: Floats = np.where(fresh, np.maximum(score + 1.0, 0.0), 0.0)
        return found

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say who knew the network, and what the person did elsewhere meanwhile.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["place"]`` is the network's number.
        events : pandas.DataFrame
            What the person did from that network; see `Rule.tell`.
        """
        network = str(events["network"].iloc[0])
        place, start = candidate.facts["place"], candidate.start
        before = next(
            n for (n,) in activity.rows(
                "select count(distinct who) from uses where place = ? and first < ? "
                "and who <> ? and who in (select who from people where account = ?)",
                place, start, candidate.who, candidate.account,
            )
        )  # fmt: skip
        new = _programs_first_used(activity, candidate, events)
        turns = _turns_of(activity, candidate, place)
        number = int(events["program"].isin(new).sum())
        often = "" if number == len(events) else f", {times(number)}"
        with_new = f"{often} with {_programs(new)}" if new else ""
        sentence = (
            f"{candidate.person} was active {times(len(events))} from {network} "
            f"{span(candidate.start, candidate.end)}{with_new}, where {_who_had_been(before)} "
            "before."
        )
        if turns:
            sentence += (
                f" {times(turns).capitalize()}, they were active from one other network just "
                "before and just after, all within an hour."
            )
        return sentence, {"network": network, "events": len(events), "others_before": int(before),
                          "new_programs": new, "in_turn": turns}  # fmt: skip


def _who_had_been(others: int) -> str:
    if not others:
        return "neither they nor anybody else in the account had been"
    return f"they had never been, and only {count(others, 'other person', 'other people')} had been"


def _programs(new: list[str]) -> str:
    """Name programs as people do: `Firefox on Linux`."""
    named = listing([" on ".join(name.split(" / ", 1)) for name in new], noun="program")
    return f"{'a program' if len(new) == 1 else 'programs'} they had never used ({named})"


def _own_rate(new: Ints, who: Ints, days: Floats) -> Floats:
    """Return how often per day each person meets something new, leaving out the judged case.

    Parameters
    ----------
    new : array of int
        The person, for each time somebody met something new.
    who : array of int
        The people whose rates to return.
    days : array of float
        The number of days on which each person was active.
    """
    number = np.bincount(new, minlength=len(days)).astype(float)
    everyone = (number.sum() + 1.0) / (days.sum() + 30.0)
    rate = (np.maximum(number - 1.0, 0.0) + _PRIOR * everyone) / (days + _PRIOR)
    own: Floats = np.minimum(rate, 1.0)[who]
    return own


def _surprise(activity: Activity, visits: pd.DataFrame) -> Floats:
    """Return -ln of how often each person meets so many new networks within 24 hours.

    Each person has a Poisson rate, gamma-distributed over the organisation, which leaves out the
    judged day; so the number on a day has a negative binomial distribution.
    """
    days = activity.days
    fresh = visits["fresh"].to_numpy(dtype=bool)
    who, first = visits["who"].to_numpy(), visits["first"].to_numpy()
    number = np.bincount(who[fresh], minlength=len(days)).astype(float)
    everyone = (number.sum() + 1.0) / (days.sum() + 30.0)
    keys = activity.keys_of(who[fresh], first[fresh])
    mine = activity.keys_of(who, first)
    met = np.searchsorted(keys, mine + DAY, side="left") - np.searchsorted(keys, mine, side="left")
    others = np.maximum(number[who] - met, 0.0)
    shape, rate = others + _PRIOR * everyone, days[who] + _PRIOR
    met = np.maximum((met + 1) // _CLUSTER, 1)
    return np.where(fresh, -log_at_least(met, shape, rate), 0.0)


def _amounts(activity: Activity, visits: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the worth of the amounts done in new networks within 24 hours, and the amounts.

    They are judged like records: on a logarithmic scale, above the largest of the person's other
    new networks, which is shrunk towards that of nine in ten of everybody's.
    """
    fresh = visits["fresh"].to_numpy(dtype=bool)
    who, first = visits["who"].to_numpy(), visits["first"].to_numpy()
    done = activity.columns(_DONE.format(learning=_LEARNING, day=DAY))
    keys = activity.keys_of(done["who"], done["time"])
    total = np.concatenate([[0.0], np.cumsum(done["weight"])])
    mine = activity.keys_of(who, first)
    amount = total[np.searchsorted(keys, mine + DAY)] - total[np.searchsorted(keys, mine)]
    amount = np.where(fresh, amount, 0.0)
    log = Log(who, first, first, amount)
    elsewhere = largest_elsewhere(log, amount, DAY, DAY)
    usual = float(np.quantile(amount[fresh], _MOST))
    others = np.bincount(who[fresh], minlength=len(activity.days))[who] - 1.0
    own, theirs = np.log(elsewhere + _LEAST), np.log(usual + _LEAST)
    shrunk = (np.maximum(others, 0.0) * own + _OTHERS * np.maximum(own, theirs)) / (
        np.maximum(others, 0.0) + _OTHERS
    )
    more = np.maximum(np.log(amount + _LEAST) - shrunk, 0.0)
    # Usual excesses show how rare this one is, because they fall off exponentially. Networks where
    # little is done are no comparison.
    worth: Floats = more / max(float(more[fresh].mean()), _FALL)
    worth -= np.log(np.maximum(_LITTLE / np.maximum(amount, 0.1 * _LITTLE), 1.0))
    return worth, amount


class _Turns:
    """The times when people are in a network between two events from another, within an hour.

    Attributes
    ----------
    usual : array of float
        The share of each person's days on which that happens, leaving out one day.
    """

    def __init__(self, activity: Activity) -> None:
        found = activity.columns(
            f"select who, time, place from coded where place is not null and {ACTIVE} "
            "order by who, time, place"  # if times are coarse, in a stable order
        )
        who, time, place = found["who"], found["time"], found["place"]
        starts = np.flatnonzero((np.diff(who) != 0) | (np.diff(place) != 0)) + 1
        begin = np.concatenate([[0], starts])
        stop = np.concatenate([starts, [len(who)]]) - 1
        middle = np.arange(1, max(len(begin) - 1, 1))[: max(len(begin) - 2, 0)]
        before, here, after = begin[middle - 1], begin[middle], begin[middle + 1]
        turn = (who[before] == who[after]) & (who[before] == who[here])
        turn &= place[before] == place[after]
        turn &= time[after] - time[stop[middle - 1]] <= HOUR
        at = here[turn]
        whose, when = who[at].astype(np.int64), time[at]
        days = np.unique(whose * (1 << 32) + (when - activity.first) // DAY) >> 32
        self.usual = _own_rate(days.astype(np.int64), np.arange(len(activity.days)), activity.days)
        # By person and network, then by time: one ascending number each.
        self._networks, network = np.unique(whose * (1 << 32) + place[at], return_inverse=True)
        self._times, rank = np.unique(when, return_inverse=True)
        self._turns = np.sort(network * (len(self._times) + 1) + rank)

    def during(self, visits: pd.DataFrame, hours: float) -> Ints:
        """Return the number of turns in each visit's first hours."""
        key = visits["who"].to_numpy().astype(np.int64) * (1 << 32) + visits["place"].to_numpy()
        first = visits["first"].to_numpy()
        network = np.searchsorted(self._networks, key)
        # Not `isin`, whose hashes of such numbers collide: that took minutes.
        known = np.append(self._networks, -1)[network] == key
        network *= len(self._times) + 1
        begin = network + np.searchsorted(self._times, first)
        end = network + np.searchsorted(self._times, first + int(hours * HOUR), side="right")
        number = np.searchsorted(self._turns, end) - np.searchsorted(self._turns, begin)
        found: Ints = np.where(known, number, 0)
        return found


def _new_programs(activity: Activity, visits: pd.DataFrame, hours: float) -> Floats:
    """Return the worth of a program's first use there."""
    used = activity.frame(_PROGRAMS.format(learning=_LEARNING, day=DAY))
    score = np.zeros(len(visits))
    fresh = used[used["fresh"]]
    if fresh.empty:
        return score
    once = fresh.drop_duplicates(["who", "tool"])["who"].to_numpy()
    worth = -np.log(_own_rate(once, fresh["who"].to_numpy(), activity.days))
    # People change to programs that others use, not to one that nobody uses.
    worth += np.where(fresh["known"].to_numpy() > 0, -1.0, 1.0)
    at: dict[tuple[int, int], list[tuple[int, int, float]]] = {}
    places = zip(fresh["who"], fresh["place"], fresh["time"], fresh["first"], worth, strict=True)
    for who, place, time, first, value in places:
        at.setdefault((who, place), []).append((time, first, float(value)))
    for n, (who, place, begin) in enumerate(
        zip(visits["who"], visits["place"], visits["first"], strict=True)
    ):
        near = [
            value
            for time, first, value in at.get((who, place), ())
            if begin <= time <= begin + hours * HOUR and first >= begin - _RECENT
        ]
        score[n] = max(near, default=0.0)
    return score


def _programs_first_used(
    activity: Activity, candidate: Candidate, events: pd.DataFrame
) -> list[str]:
    """Return the programs of the evidence that the person had never used before."""
    used = set(events["program"].dropna())
    earlier = activity.rows(
        "select distinct program from coded join clients using (tool) "
        f"where who = ? and time < ? and {ACTIVE}",
        candidate.who, candidate.start,
    )  # fmt: skip
    return sorted(used - {program for (program,) in earlier})


def _turns_of(activity: Activity, candidate: Candidate, place: int) -> int:
    """Count the person's turns there between two events from another network."""
    found = activity.columns(
        f"select time, place from coded where who = ? and place is not null and {ACTIVE} "
        "and time between ? and ? order by time, place",
        candidate.who, candidate.start - HOUR, candidate.end + HOUR,
    )  # fmt: skip
    time, where = found["time"], found["place"]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(where)) + 1])
    turns = 0
    for before, here, after in zip(starts, starts[1:], starts[2:], strict=False):
        between = time[after] - time[here - 1] <= HOUR and where[before] == where[after]
        turns += bool(between and where[here] == place)
    return turns


# People's first activity in each network; fresh means in a neighbourhood new to them, except in the
# first days, when everything is new.
_VISITS = """
with used as (
    select who, place, min(first) as first, max(last) as last from uses
    where place is not null group by who, place
), visits as (
    select used.who, used.place, used.first, used.last, min(number) as number
    from used join coded on coded.who = used.who and coded.place = used.place
        and coded.time = used.first
    where {active} group by all
), pooled as (
    select *, min(first) over (partition by who, pool) as pool_first,
           row_number() over (partition by account, place order by first, who) - 1 as known
    from visits join places using (place) join (select who, account from people) using (who)
), begun as (
    select who, min(active_first) as begun from daily group by who
)
select who, place, first, last, number, known,
       first = pool_first and first > begun + {learning} * {day} as fresh
from pooled join begun using (who) order by who, first, place
"""

# What people did in pools new to them within two days, and its weight.
_DONE = """
with begun as (
    select who, min(active_first) as begun from daily group by who
), new as (
    select who, pool, first from pools join begun using (who)
    where first > begun + {learning} * {day}
), used as (
    select distinct who, place, new.first
    from uses join places using (place) join new using (who, pool)
)
select coded.who, time, case when syncs then 0.25
    when kind in ('download', 'copy', 'print', 'data_export', 'delete', 'purge', 'rename', 'share',
                  'shared_link') then 1.0
    when kind in ('preview', 'mail_read', 'secret_read', 'permission_change') then 0.3
    else 0.0 end::double as weight
from coded join used using (who, place)
where coded.time <= used.first + 2 * {day}
order by coded.who, time, number
"""

# Programs that people used for the first time, except in the first days, when everything is new;
# and when and in which network they used them soon after.
_PROGRAMS = """
with used as (
    select who, tool, min(first) as first from uses where tool is not null group by who, tool
), begun as (
    select who, min(active_first) as begun from daily group by who
), new as (
    select who, tool, first,
           row_number() over (partition by account, tool order by first, who) - 1 as known,
           first > begun + {learning} * {day} as fresh
    from used join begun using (who) join (select who, account from people) using (who)
)
select new.who, new.tool, new.first, known, fresh, place, min(uses.first) as time
from new join uses on uses.who = new.who and uses.tool = new.tool
where fresh and place is not null and uses.first <= new.first + {learning} * {day}
group by all order by new.who, new.first, new.tool, place
"""
