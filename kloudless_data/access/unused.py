"""Rights that nobody used, said only of the time that activity covers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..audit import Finding
from .activity import Activity
from .picture import Picture

__all__ = ["UNUSED", "unused_rights"]

UNUSED = "unused_right"
_LEAST = timedelta(days=30)

# A right at a folder was used by whoever did something with anything below it.
_QUERY = """
with recursive used as (
    select distinct i.n, d.by as person, i.parent_n
    from did as d join items as i on i.account = d.account and i.id = d.item
    union
    select p.n, u.person, p.parent_n from used as u join items as p on p.n = u.parent_n
)
select i.account, i.id as item, g.key as person, i.type as what, i.location
from grants as g join items as i using (n)
anti join used as u on u.n = g.n and u.person = g.key
where g.kind = 'user' and g.key <> i.owner and i.account = $1
order by i.location, person
"""


def unused_rights(picture: Picture, activity: Activity) -> Iterator[Finding]:
    """Yield the rights that a person was given and did not use.

    An account counts whose activity is covered for 30 days or more, without a gap up to its end.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    activity : Activity
        Events of the same accounts.
    """
    for account, (start, end) in activity.covered().items():
        if end - start < _LEAST:
            continue
        frame = activity.frame
        mine = frame[(frame["account"] == account) & (frame["time"] > start)]
        picture.connection.register("did", mine[["account", "by", "item"]].dropna())
        rows = picture.connection.execute(_QUERY, [account]).fetchall()
        picture.connection.unregister("did")
        days = (end - start).days
        for _, item, person, what, location in rows:
            yield Finding(
                rule=UNUSED,
                severity="low",
                start=start,
                end=end,
                account=account,
                person=person,
                sentence=f"{person} did nothing with the {what} {location} in {days} days.",
                numbers={"days": days, "location": location},
                evidence=[item],
            )
