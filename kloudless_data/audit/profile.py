"""Who did what, where and when: activity in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..text.counts import count
from .activity import WINDOW, Activity
from .kinds import ACTIVE, OF_FILES
from .loading import open_activity
from .sources import source_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXACT", "Profile", "profile", "profile_of"]

#: Of so many events the files are counted; of more, their number is an approximation.
EXACT = 1_000_000
_ABOUT = "approx_count_distinct(object_id)"


@dataclass(frozen=True)
class Profile:
    """Activity in numbers.

    Attributes
    ----------
    summary : dict
        ``events``, ``people``, ``accounts``, ``files`` (of more than a million events an
        approximation), ``networks``, ``first``, ``last``,
        ``timeless`` and ``misdated`` (events without a time, or with one that cannot be right,
        counted nowhere else here).
    people : pandas.DataFrame
        ``person``, ``account``, ``events``, ``days``, ``files``, ``networks``, ``deletions``,
        ``downloads``, ``first``, ``last``; busiest first. Days, networks, first and last leave
        out failed log-ins, which anybody can do; first and last are null if there is nothing else.
    services : pandas.DataFrame
        ``account``, ``service`` (if known), ``events``, ``people``, ``first``, ``last``.
    kinds : pandas.DataFrame
        ``kind``, ``events``, ``people``, ``first``, ``last``.
    files : pandas.DataFrame
        ``object_id``, ``name`` (the last one), ``events``, ``people``, ``deletions``,
        ``downloads``, ``first``, ``last``.
    networks : pandas.DataFrame
        ``network``, ``events``, ``people``, ``addresses``, ``first``, ``last``.
    hours : pandas.DataFrame
        ``weekday`` (0 is Monday), ``hour`` (UTC), ``events``: all 168 of them.
    days : pandas.DataFrame
        ``day``, ``kind``, ``events``.
    """

    summary: dict[str, Any]
    people: pd.DataFrame
    services: pd.DataFrame
    kinds: pd.DataFrame
    files: pd.DataFrame
    networks: pd.DataFrame
    hours: pd.DataFrame
    days: pd.DataFrame

    def __repr__(self) -> str:
        found = self.summary
        people = count(found["people"], "person", "people")
        return f"<Profile of {count(found['events'], 'event')} by {people}>"

    def _repr_html_(self) -> str:
        from ..display.html import card, table

        facts = [
            (name.capitalize(), f"{value:,}" if isinstance(value, int) else str(value))
            for name, value in self.summary.items()
        ]
        names = ["person", "events", "days", "files", "networks", "last"]
        rows = self.people[names].head(8).astype(str).to_numpy().tolist()
        return card("Profile", facts, preview=table(names, rows))


def profile(
    events: Any,
    *,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    accounts: Iterable[str] | None = None,
    top: int = 50,
) -> Profile:
    """Count who did what, where and when.

    Parameters
    ----------
    events : DataFrame, Table, EventStream, Archive, or path
        See `kloudless_data.audit.find`.
    since, until : datetime or str, optional
        Only this period; UTC if it has no time zone. Defaults to everything.
    accounts : iterable of str, optional
        Only these accounts. Defaults to all.
    top : int
        How many people, files and networks to list. Defaults to 50.

    Returns
    -------
    Profile

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"id": ["1", "2"], "account": "7", "type": ["add", "delete"],
    ...     "user_id": "u1", "modified": pd.to_datetime(["2026-03-01", "2026-03-02"], utc=True)})
    >>> profile(events)
    <Profile of 2 events by 1 person>
    """
    with open_activity(source_of(events), since=since, until=until, accounts=accounts) as activity:
        return profile_of(activity, top)


def profile_of(activity: Activity, top: int = 50) -> Profile:
    """Count the events of an `Activity`.

    Parameters
    ----------
    activity : Activity
        Only events from its `since` to its `until` count.
    top : int
        How many people, files and networks to list. Defaults to 50.

    Returns
    -------
    Profile
    """
    window = (activity.since, activity.until)

    def table(select: str, group: str, order: str, limit: int | None = None) -> pd.DataFrame:
        query = f"select {select} from activity where {WINDOW} group by {group} order by {order}"
        return activity.frame(query + (f" limit {limit}" if limit else ""), *window)

    span = "min(time) as first, max(time) as last"
    active = (
        f"min(time) filter (where {ACTIVE}) as first, max(time) filter (where {ACTIVE}) as last"
    )
    people = "count(distinct person) as people"
    changes = """count(*) filter (where kind = 'delete') as deletions,
                 count(*) filter (where kind = 'download') as downloads"""
    return Profile(
        summary=_summary(activity, window),
        people=_people(activity, window, f"{changes}, {active}", top),
        services=table(f"account, min(service) as service, count(*) as events, {people}, "
            f"{span}",
                       "account", "events desc, account"),
        kinds=table(f"kind, count(*) as events, {people}, {span}", "kind", "events desc, kind"),
        files=_files(activity, window, f"count(*) as events, {people}, {changes}, {span}", top),
        networks=table(
            f"network, count(*) as events, {people}, count(distinct ip) as addresses, {span}",
            "network", "events desc, network", top,
        ),
        hours=_hours(activity, window),
        days=table("time::date as day, kind, count(*) as events", "day, kind", "day, kind"),
    )  # fmt: skip


def _summary(activity: Activity, window: tuple[datetime, datetime]) -> dict[str, Any]:
    names = ["events", "people", "accounts", "files", "networks", "first", "last"]
    ((events,),) = activity.rows(f"select count(*) from activity where {WINDOW}", *window)
    distinct = "count(distinct object_id)" if events <= EXACT else _ABOUT
    ((*values,),) = activity.rows(
        f"""select count(*), count(distinct person), count(distinct account),
                   {distinct} filter (where {OF_FILES}), count(distinct network),
                   min(time), max(time)
            from activity where {WINDOW}""",
        *window,
    )
    misdated = sum(one["events"] for one in activity.misdated)
    left_out = {"timeless": activity.timeless, "misdated": misdated}
    return {**dict(zip(names, values, strict=True)), **left_out}


def _people(
    activity: Activity, window: tuple[datetime, datetime], select: str, top: int
) -> pd.DataFrame:
    """Return the people with the most events, counting files only for these."""
    return activity.frame(
        f"""
        with busiest as (
            select person, account, count(*) as number from activity where {WINDOW}
            group by all order by number desc, person, account limit {int(top)}
        )
        select activity.person, activity.account, count(*) as events,
               count(distinct time::date) filter (where {ACTIVE}) as days,
               count(distinct object_id) filter (where {OF_FILES}) as files,
               count(distinct network) filter (where {ACTIVE}) as networks, {select}
        from activity join busiest on activity.account = busiest.account
            and activity.person is not distinct from busiest.person
        where {WINDOW} group by all order by events desc, activity.person, activity.account
        """,
        *window,
        *window,
    )


def _files(
    activity: Activity, window: tuple[datetime, datetime], select: str, top: int
) -> pd.DataFrame:
    """Return the objects with the most events, looking up names only for these."""
    return activity.frame(
        f"""
        with busiest as (
            select object_id, count(*) as number from activity
            where {WINDOW} and object_id is not null and {OF_FILES}
            group by object_id order by number desc, object_id limit {int(top)}
        )
        select object_id, max_by(name, row(time, name)) as name, {select}
        from activity semi join busiest using (object_id) where {WINDOW} and {OF_FILES}
        group by object_id order by events desc, object_id
        """,
        *window,
        *window,
    )


def _hours(activity: Activity, window: tuple[datetime, datetime]) -> pd.DataFrame:
    return activity.frame(
        f"""
        with counted as (
            select isodow(time) - 1 as weekday, hour(time) as hour, count(*) as events
            from activity where {WINDOW} group by all
        ), week as (
            select day.range as weekday, hour.range as hour
            from range(7) as day, range(24) as hour
        )
        select weekday::int as weekday, hour::int as hour, coalesce(events, 0) as events
        from week left join counted using (weekday, hour) order by weekday, hour
        """,
        *window,
    )
