"""Events whose dates cannot be right: a few, years away from all others of their account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .statistics import DAY

if TYPE_CHECKING:
    import duckdb

__all__ = ["set_aside_misdated"]

#: Days. No log of an account falls silent for so long, and then holds a handful of events.
_APART = 730
#: At least so many events may be misdated, and so many of a hundred; but no more than a tenth.
_FEW, _OF_A_HUNDRED = 3, 1
_DAYS_A_YEAR = 365.25


def set_aside_misdated(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Take events with impossible dates out of ``activity``; return what they are.

    One event of the year 2100, or of 1970 from a clock without a battery, would make a log decades
    long and everybody else in it a leaver. An account's events fall into stretches with more than
    two years between them. A stretch is misdated if it is farther from the one with most events
    than that one is long, and has hardly any events: at most three, or one in a hundred if that is
    more, but no more than a tenth. Where another account has its own history at that time, the log
    is of that time, and somebody may really have come back.

    Returns
    -------
    list of dict
        A stretch each: ``account``, ``events``, ``first`` and ``last`` (days, ISO 8601) and
        ``years`` from the others, negative before them.
    """
    row = connection.execute("select epoch_us(max(time)) - epoch_us(min(time)) from activity")
    ((length,),) = row.fetchall()
    if length is None or length <= _APART * DAY:
        return []
    connection.execute(_MISDATED)
    found = connection.execute(
        "select account, events, strftime(first, '%Y-%m-%d'), strftime(last, '%Y-%m-%d'), away "
        "from misdated order by account, first"
    ).fetchall()
    if found:
        connection.execute(
            "delete from activity using misdated "
            "where activity.account is not distinct from misdated.account "
            "and activity.time between first and last"
        )
    connection.execute("drop table misdated")
    return [
        {"account": account, "events": int(events), "first": first, "last": last,
         "years": round(away / DAY / _DAYS_A_YEAR, 1)}
        for account, events, first, last, away in found
    ]  # fmt: skip


_MISDATED = f"""
create temp table misdated as
with days as (
    select account, epoch_us(time) // {DAY} as day, count(*) as events, min(time) as first,
           max(time) as last
    from activity group by all
), steps as (
    select *, coalesce(day - lag(day) over earlier > {_APART}, false) as apart
    from days window earlier as (partition by account order by day)
), stretches as (
    select account, stretch, sum(events) as events, min(first) as first, max(last) as last
    from (
        select *, sum(apart::int) over (partition by account order by day) as stretch from steps
    ) group by account, stretch
), histories as (
    select * from stretches
    qualify row_number() over (partition by account order by events desc, stretch) = 1
), few as (
    select few.*, whole.first as begun, whole.last as ended,
           case when few.first > whole.last then epoch_us(few.first) - epoch_us(whole.last)
                else epoch_us(few.last) - epoch_us(whole.first) end as away
    from stretches as few join histories as whole
        on few.account is not distinct from whole.account and few.stretch <> whole.stretch
    where few.events
        <= least(greatest({_FEW}, whole.events * {_OF_A_HUNDRED} // 100), whole.events // 10)
)
select account, events, first, last, away from few
where abs(away) > greatest({_APART} * {DAY}, epoch_us(ended) - epoch_us(begun)) and not exists (
    select 1 from histories as other
    where other.account is distinct from few.account
        and other.first <= few.last and other.last >= few.first
)
"""
