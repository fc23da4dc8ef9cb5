"""Tables that several rules ask, each made when first asked for.

People have numbers in them: sorting ten million events by a number and a time takes a third of what
sorting them by two texts and a time takes, and a third of the memory.
"""

from __future__ import annotations

__all__ = ["DERIVED"]

#: Name -> what it needs, and its query. Events of nobody are in none of them.
DERIVED: dict[str, tuple[tuple[str, ...], str]] = {
    # A person's days, each with its first and last event.
    "daily": (
        (),
        """
        select account, person, time::date as day, min(time) as first, max(time) as last,
               count(*) as events
        from activity where person is not null group by all
        """,
    ),
    # A row a person and account; who is a newcomer began a week after the account's first event.
    "people": (
        ("daily",),
        """
        with known as (
            select account, person, min(first) as first, max(last) as last, count(*) as days,
                   sum(events)::bigint as events
            from daily group by account, person
        ), accounts as (
            select account, min(time) as begun from activity group by account
        )
        select (row_number() over (order by account, person) - 1)::integer as who, account, person,
               first, last, days, events, first > begun + interval 7 days as newcomer
        from known join accounts using (account)
        """,
    ),
    # Each event's time and that of the person's event before; tied ones in any order.
    "steps": (
        ("people",),
        """
        select who, time, lag(time) over (partition by who order by time) as before
        from activity join people using (account, person)
        """,
    ),
    # The hours in which somebody was active.
    "hourly": (
        ("people",),
        """
        select who, time_bucket(interval 1 hour, time) as hour, count(*) as events
        from activity join people using (account, person) group by all
        """,
    ),
}
