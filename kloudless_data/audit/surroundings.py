"""Measure where, when and amid what the events of candidates happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .kinds import ACTIVE, ADMINISTERING, ADMINISTRATOR, CONSENTS, READS, TAKES, listed
from .rules.hours import active_hours, share_of_days
from .rules.service_accounts import PROGRAM_NAMES, service_accounts
from .rules.sharing import DOMAIN, OWN_NAME, SHARES
from .statistics import DAY, HOUR, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

    from .activity import Activity
    from .rules.base import Candidate

__all__ = ["USUAL_HOURS", "USUAL_PEOPLE", "surroundings_of"]

#: The share of days at the same hours, and the number of people in a network, that say nothing for
#: or against somebody; also for events of which neither is known.
USUAL_HOURS, USUAL_PEOPLE = 0.18, 10.0
#: The number of later days on which a program or network must be in use to stay.
_LATER = 2
#: If the account's history ends within so many days, and the person was active on fewer later ones,
#: what stays is unknown: usual programs count as if they did, and new ones and networks this much.
_TOO_SOON, _UNKNOWN = 8, 0.33
#: More edits than this in half an hour are no work of a person.
_PACE = 30
#: At least so many others who take the same files, and within what time, are a demand for them.
_OTHERS, _AT_ONCE = 2, 2 * DAY


def surroundings_of(activity: Activity, candidates: Sequence[Candidate]) -> pd.DataFrame:
    """Return what is measured about each candidate's events.

    Parameters
    ----------
    activity : Activity
    candidates : sequence of Candidate
        Of one person each.

    Returns
    -------
    pandas.DataFrame
        A row for each candidate with events, in order: ``span``, its index, and the numbers and
        shares that `Circumstances` describes, whether or not they matter for its rule.
    """
    for name in ("known_folders", "pools", "editing"):
        activity.derived(name)
    service_accounts(activity, PROGRAM_NAMES)
    _make_looked_at(activity, candidates)
    last = activity.columns("select max(day) as day from daily group by who order by who")["day"]
    activity.connection.register("ends", {
        "who": np.arange(len(last)), "day": np.asarray(activity.last_days(last), np.int64)
    })  # fmt: skip
    rows = activity.frame(_MEASURED.replace("{first}", str(activity.first)))
    activity.connection.unregister("ends")
    return rows.assign(hours=_hours(activity, len(candidates))[rows["span"]])


def _make_looked_at(activity: Activity, candidates: Sequence[Candidate]) -> None:
    """Make the table ``looked_at``: the candidates' events, whether listed or an extent."""
    named = [(n, one) for n, one in enumerate(candidates) if one.extent is None]
    extents = [(n, one) for n, one in enumerate(candidates) if one.extent is not None]
    sizes = [len(one.numbers) for _, one in named]
    numbers = [one.numbers for _, one in named]
    activity.connection.register("listed", {
        "span": np.repeat(np.array([n for n, _ in named], np.int64), sizes),
        "number": np.concatenate([np.zeros(0, np.int64), *numbers]).astype(np.int64),
    })  # fmt: skip

    def column(values: list[Any]) -> Ints:
        return np.array(values, np.int64)

    activity.connection.register("extents", {
        "span": column([n for n, _ in extents]),
        "whose": column([one.who for _, one in extents]),
        "begin": column([one.start for _, one in extents]),
        "stop": column([one.end for _, one in extents]),
        "network": column([-1 if one.extent.place is None else one.extent.place
                           for _, one in extents if one.extent]),
    })  # fmt: skip
    activity.run(_LOOKED_AT)
    for name in ("listed", "extents"):
        activity.connection.unregister(name)


def _hours(activity: Activity, number: int) -> Floats:
    """Return the mean share of other days with activity at the hours of each candidate's events."""
    every = active_hours(activity, among="looked_at")
    if not len(every["who"]):
        return np.full(number, USUAL_HOURS)
    share = share_of_days(every["who"], every["hour"], activity.days)
    mine = activity.columns(
        f"select span, who, time // {HOUR} as hour, count(*) as events "
        f"from looked_at where {ACTIVE} group by all order by span, who, hour"
    )
    keys = every["who"] * (1 << 32) + every["hour"]
    place = np.searchsorted(keys, mine["who"] * (1 << 32) + mine["hour"])
    total = np.bincount(mine["span"], mine["events"] * share[place], minlength=number)
    events = np.bincount(mine["span"], mine["events"], minlength=number)
    return np.where(events > 0, total / np.maximum(events, 1.0), USUAL_HOURS)


_LOOKED_AT = """
create or replace temp table looked_at as
select span, coded.* from listed join coded using (number)
union all
select span, coded.* from extents join coded on who = whose
    and time between begin and stop and (network < 0 or network = place)
"""

#: The day of a time, counted from the first event: nothing depends on midnight.
_DAY_OF = f"({{}} - {{{{first}}}}) // {DAY}"
#: Whether a program or neighbourhood is in use later; and, if it is new, how far it stays so.
_LATER_IN_USE = f"count(*) filter (day > last_day + 1) >= {_LATER}"
_STAYS_IN_USE = (
    f"case when bool_or(day < first_day) then 0 when {_LATER_IN_USE} then 1 "
    f"when any_value(too_soon) then {_UNKNOWN} else 0 end"
)
_MEASURED = f"""
with spans as (
    select span, who, min(time) as first, max(time) as last,
           min({_DAY_OF.format("time")}) as first_day, max({_DAY_OF.format("time")}) as last_day
    from looked_at group by span, who
), tool_days as (
    select distinct who, tool, day from uses
    where tool is not null and who in (select who from looked_at)
), days as (
    select distinct who, pool, day from uses join places using (place)
    where pool is not null and who in (select who from looked_at)
), windows as (
    select spans.*, coalesce(later < {_LATER}, true) and last_day
           + {_TOO_SOON} > ends.day as too_soon
    from spans join ends using (who) left join (
        select span, count(*) as later from spans join daily using (who)
        where active_first is not null and day > last_day + 1 group by span
    ) using (span)
), pool_days as (
    select *, count(*) over (partition by who, pool)
           - count(*) over (partition by who, pool order by day
                            range between 1 preceding and 1 following) as others
    from days
), programs_of as (
    select span, tool, {_STAYS_IN_USE} as stays, {_LATER_IN_USE} or (
               any_value(too_soon) and count(*) filter (day < first_day - 1) >= {_LATER}
           ) as resumed
    from windows join tool_days using (who) group by span, tool
), pools_of as (
    select span, pool, {_STAYS_IN_USE} as stays
    from windows join days using (who) group by span, pool
), users as (
    select pool, count(*) as people from pools
    where pool in (select pool from looked_at join places using (place)) group by pool
), administrators as (
    select span, bool_or(kind in {listed(CONSENTS)} and time between first - {DAY} and last)
               as admits,
           count(distinct day) filter (
               kind in {listed(ADMINISTERING)} and (day < first_day - 1 or day > last_day + 1)
           ) >= {ADMINISTRATOR} as administers
    from spans join (
        select who, kind, time, {_DAY_OF.format("time")} as day from coded
        where kind in {listed(CONSENTS + ADMINISTERING)}
    ) using (who) group by span
), own_rights as (
    select rowid as number from activity
    where rowid in (select number from looked_at) and target = person
        and kind in {listed(ADMINISTERING)}
), touched as (
    select who, object, max(time) as last from coded semi join looked_at using (who, object)
    group by who, object
), near as (
    select distinct who, place, half + unnest([-1, 0, 1]) as half from editing
    where who in (select who from looked_at) and edits <= {_PACE}
), in_demand as (
    select span, number from looked_at join (
        select who as other, object, time as taken from coded
        where kind in {listed(TAKES)} and object in (select object from looked_at)
    ) using (object)
    where kind in {listed(READS)} and other <> who and abs(taken - time) <= {_AT_ONCE}
    group by span, number having count(distinct other) >= {_OTHERS}
), shared as (
    select rowid as number, nullif({DOMAIN.format("target")}, '') as domain,
           coalesce({OWN_NAME} and domain <> {DOMAIN.format("person")}, false)
           and coalesce(owner <> person, true) as private
    from activity where rowid in (select number from looked_at) and kind in {SHARES}
)
select span, count(*) as events, count(distinct looked_at.folder) as folders,
       avg((looked_at.folder is not null and known_folders.day is null)::int)
           / greatest(avg((looked_at.folder is not null)::int), 1e-9) as strange,
       avg((near.who is not null)::int) as amid,
       avg(looked_at.syncs::int) as syncs,
       bool_or(programs.who is not null) as program,
       avg((looked_at.place is not null and coalesce(pool_days.others, 0) < 2)::int) as elsewhere,
       avg(coalesce(folders.first_change < looked_at.time - {DAY}
                    or folders.last_change > looked_at.time + {DAY}, false)::int)
           / greatest(avg((looked_at.folder is not null)::int), 1e-9) as edited,
       avg((touched.last > spans.last + {DAY // 2})::int) as revisited,
       avg(coalesce(programs_of.stays, 0) + coalesce(pools_of.stays, 0)) as stays,
       avg(coalesce(programs_of.resumed, false)::int) as resumed,
       count(shared.number) as shares, count(distinct shared.domain) as domains,
       avg(coalesce(shared.private, false)::int) as private,
       exp(avg(ln(coalesce(users.people, {USUAL_PEOPLE})))) as people,
       avg((looked_at.kind in ('add', 'update'))::int) as writes,
       count(distinct looked_at.object) / count(*) as once,
       avg((looked_at.kind in {listed(TAKES)})::int) as taken,
       avg(looked_at.foreign_::int) as foreigns,
       coalesce(any_value(administrators.admits), false) as admits,
       coalesce(any_value(administrators.administers), false) as administers,
       avg((own_rights.number is not null)::int) as own,
       avg((in_demand.number is not null)::int) as in_demand
from looked_at
join spans using (span)
left join places using (place)
left join pool_days on pool_days.who = looked_at.who and pool_days.pool = places.pool
    and pool_days.day = {_DAY_OF.format("looked_at.time")}
left join programs on programs.who = looked_at.who
left join known_folders on known_folders.who = looked_at.who
    and known_folders.folder = looked_at.folder and known_folders.day = looked_at.time // {DAY}
left join near on near.who = looked_at.who and near.place = coalesce(looked_at.place, -1)
    and near.half = looked_at.time // 1800000000
left join touched on touched.who = looked_at.who and touched.object = looked_at.object
left join folders on folders.who = looked_at.who and folders.folder = looked_at.folder
left join programs_of on programs_of.span = looked_at.span and programs_of.tool = looked_at.tool
left join pools_of on pools_of.span = looked_at.span and pools_of.pool = places.pool
left join users on users.pool = places.pool
left join shared on shared.number = looked_at.number
left join administrators on administrators.span = looked_at.span
left join own_rights on own_rights.number = looked_at.number
left join in_demand on in_demand.span = looked_at.span and in_demand.number = looked_at.number
group by span order by span
"""
