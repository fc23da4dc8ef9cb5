"""Where people are: networks and programs that are new to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..judging import judge_scores
from ..statistics import DAY, HOUR, Floats, Ints, Log
from .base import Candidate, Rule, candidates_of, crowds_of

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["NewNetwork"]

_LN10 = float(np.log(10.0))


@dataclass(frozen=True)
class NewNetwork(Rule):
    """Somebody is active from a network that is new to them, in a way that it seldom is."""

    name: ClassVar[str] = "new_network"
    title: ClassVar[str] = "Activity from a new network"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1078.004, Valid Accounts: Cloud Accounts"
    least_days: int = 5
    within: float = 60.0

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        visits = visits_of(activity)
        if visits.empty:
            return
        scores = self._scores(activity, visits)
        order = np.lexsort((visits["number"], visits["first"], visits["who"]))
        log = Log(visits["who"].to_numpy()[order], visits["first"].to_numpy()[order],
                  visits["number"].to_numpy()[order], np.ones(len(visits)))
        judged = judge_scores(activity, log, scores[order], DAY, tail=0.9)
        peaks = []
        for peak in judged.peaks:
            chosen = visits.iloc[order[int(peak.facts["at"])]]
            rows = activity.columns(
                "select number, time from coded where who = ? and place = ? and time between ? and ? order by time, number",
                int(peak.who), int(chosen["place"]), int(chosen["first"]), int(chosen["first"]) + 2 * DAY)
            peaks.append(type(peak)(peak.who, int(rows["time"][0]), int(rows["time"][-1]), peak.decades,
                         rows["number"], peak.window, peak.others, {**peak.facts, **chosen.to_dict()}))
        yield from candidates_of(self, activity, peaks)
        yield from crowds_of(self, activity, judged.crowds)

    def _scores(self, activity: Activity, visits: pd.DataFrame) -> Floats:
        days = activity.days
        who = visits["who"].to_numpy()
        fresh = visits["fresh"].to_numpy(dtype=bool)
        number = np.bincount(who[fresh], minlength=len(days)).astype(float)
        rate = (number.sum() + 1) / (days.sum() + 30)
        # The judged one is left out.
        mine = (np.maximum(number[who] - 1.0, 0.0) + 10 * rate) / (days[who] + 10)
        score = -np.log(np.minimum(mine, 1.0))
        sandwiches, usual = sandwiches_of(activity, visits)
        score += np.where(sandwiches > 0, -np.log(usual[who]) , 0.0)
        score += new_program_score(activity, visits)
        score -= np.where(visits["known"].to_numpy() > 0, 1.0 * _LN10, 0.0)
        score -= np.log1p(0) + 1.5
        visits["sandwiches"] = sandwiches
        return np.where(fresh, np.maximum(score, 0.0), 0.0)


def visits_of(activity: Activity) -> pd.DataFrame:
    """Return who was in which network from when on."""
    activity.derived("coded")
    return activity.frame(
        """
        with visits as (
            select who, place, min(time) as first, max(time) as last, count(*) as events, arg_min(number, row(time, number)) as number
            from coded where place is not null group by who, place
        ), pooled as (
            select *, min(first) over (partition by who, pool) as pool_first,
                   row_number() over (partition by account, place order by first, who) - 1 as known,
                   min(first) over (partition by who) as begun
            from visits join places using (place) join (select who, account from people) using (who)
        )
        select * , (first = pool_first and first > begun + 5 * 86400000000) as fresh
        from pooled order by who, first, place
        """
    )


def sandwiches_of(activity: Activity, visits: pd.DataFrame) -> tuple[Ints, Floats]:
    """Return how often each visit is between two of another network, within an hour, and on which
    share of days that is so for each person."""
    found = activity.columns("select who, time, place from coded where place is not null order by who, time, number")
    who, time, place = found["who"], found["time"], found["place"]
    change = np.flatnonzero((np.diff(who) != 0) | (np.diff(place) != 0)) + 1
    begin = np.concatenate([[0], change])
    stop = np.concatenate([change, [len(who)]]) - 1
    middle = np.arange(1, len(begin) - 1)
    same = (who[begin[middle - 1]] == who[begin[middle + 1]]) & (who[begin[middle]] == who[begin[middle + 1]])
    same &= place[begin[middle - 1]] == place[begin[middle + 1]]
    same &= time[begin[middle + 1]] - time[stop[middle - 1]] <= HOUR
    middle = middle[same]
    whose, when, where = who[begin[middle]], time[begin[middle]], place[begin[middle]]
    days = np.unique(whose.astype(np.int64) * (1 << 32) + (when - activity.first) // DAY)
    usual = np.bincount((days >> 32).astype(int), minlength=len(activity.days)).astype(float)
    everyone = (usual.sum() + 1) / (activity.days.sum() + 30)
    share = (np.maximum(usual - 1, 0) + 10 * everyone) / (activity.days + 10)
    key = whose.astype(np.int64) * (1 << 32) + where
    mine = visits["who"].to_numpy().astype(np.int64) * (1 << 32) + visits["place"].to_numpy()
    order = np.lexsort((when, key))
    key, when = key[order], when[order]
    first, last = visits["first"].to_numpy(), visits["first"].to_numpy() + 2 * DAY
    low = np.searchsorted(key, mine, side="left")
    high = np.searchsorted(key, mine, side="right")
    count = np.array([int(((when[a:b] >= f) & (when[a:b] <= z)).sum()) for a, b, f, z in zip(low, high, first, last, strict=True)])
    return count, np.minimum(share, 1.0)


def new_program_score(activity: Activity, visits: pd.DataFrame) -> Floats:
    """Return what it is worth that a program is used there for the first time."""
    programs = activity.frame(
        """
        with used as (
            select who, tool, min(time) as first from coded where tool is not null group by who, tool
        )
        select who, tool, first, row_number() over (partition by account, tool order by first, who) - 1 as known,
               first > min(first) over (partition by who) + 5 * 86400000000 as fresh
        from used join (select who, account from people) using (who) order by who, first
        """
    )
    score = np.zeros(len(visits))
    if programs.empty:
        return score
    days = activity.days
    number = np.bincount(programs["who"][programs["fresh"]], minlength=len(days)).astype(float)
    rate = (number.sum() + 1) / (days.sum() + 30)
    mine = (np.maximum(number - 1, 0) + 10 * rate) / (days + 10)
    fresh = programs[programs["fresh"]]
    if fresh.empty:
        return score
    first_used = activity.frame(
        """
        with used as (
            select who, tool, min(time) as first from coded where tool is not null group by who, tool
        )
        select c.who, c.place, min(c.time) as first, arg_min(c.tool, c.time) as tool
        from coded c join used u on u.who = c.who and u.tool = c.tool and u.first = c.time
        where c.place is not null group by c.who, c.place, c.tool
        """
    )
    known = {(w, c): k for w, c, k in zip(programs["who"], programs["tool"], programs["known"], strict=True)}
    freshest = {(w, c) for w, c in zip(fresh["who"], fresh["tool"], strict=True)}
    at = {}
    for w, p, t, c in first_used.itertuples(index=False):
        if (w, c) in freshest:
            at.setdefault((w, p), []).append((t, c))
    for n, (w, p, t) in enumerate(zip(visits["who"], visits["place"], visits["first"], strict=True)):
        for moment, tool in at.get((w, p), ()):
            if t <= moment <= t + 2 * DAY:
                value = -np.log(min(mine[w], 1.0)) - (1.0 if known[w, tool] else -1.0)
                score[n] = max(score[n], value)
    return score
