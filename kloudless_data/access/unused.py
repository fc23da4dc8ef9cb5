"""Unused rights, only for the period that activity covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ..audit import Finding
from .activity import Activity
from .picture import Picture

__all__ = ["UNUSED", "UNUSED_METHOD", "UNUSED_TITLE", "by_few", "unused_rights"]

UNUSED = "unused_right"
UNUSED_TITLE = "Unused rights"
UNUSED_METHOD = (
    "Rights of people who did nothing with the item or its contents, in accounts whose activity is "
    "covered for the last 30 days or more without a gap; others' rights are not judged."
)
_LEAST = timedelta(days=30)

_FEW = 0.1  # of a group: if no more people use a right, few use it

# Whoever did something with an item below a folder used their right on the folder.
_USED = """
with recursive used as (
    select distinct i.n, d.by as person, i.parent_n
    from did as d join items as i on i.account = d.account and i.id = d.item
    union
    select p.n, u.person, p.parent_n from used as u join items as p on p.n = u.parent_n
)
"""
_UNUSED = f"""{_USED}
select i.account, i.id as item, g.key as person, i.type as what, i.location
from grants as g join items as i using (n)
anti join used as u on u.n = g.n and u.person = g.key
where g.kind = 'user' and g.key is distinct from i.owner and i.account = $1
order by i.location, person
"""
_BY_GROUP = f"""{_USED}
select i.id, g.key, count(distinct r.person) as people, count(distinct u.person) as users
from grants as g join items as i using (n)
join reach as r on r.account = i.account and r.kind = g.kind and r.key = g.key
left join used as u on u.n = g.n and u.person = r.person
where i.account = $1 group by i.id, g.key
"""


def _answers(
    picture: Picture, activity: Activity, query: str
) -> Iterator[tuple[str, datetime, datetime, list[Any]]]:
    """Yield a query's result for each account that counts, with the period covered.

    An account counts if its activity is covered for the last 30 days or more, without a gap.
    """
    import pyarrow as pa

    for account, (start, end) in activity.covered().items():
        if end - start < _LEAST:
            continue
        frame = activity.frame
        mine = frame[(frame["account"] == account) & (frame["time"] > start)]
        did = mine[["account", "by", "item"]].dropna()
        # With types, which DuckDB would have to guess if nobody did anything.
        strings = pa.schema([(name, pa.string()) for name in did])
        table = pa.Table.from_pandas(did, strings, preserve_index=False)
        picture.connection.register("did", table)
        rows = picture.connection.execute(query, [account]).fetchall()
        picture.connection.unregister("did")
        yield account, start, end, rows


def by_few(findings: Iterable[Finding], picture: Picture, activity: Activity) -> Iterator[Finding]:
    """Yield findings about groups' rights that few people used, with the number of users.

    Parameters
    ----------
    findings : iterable of Finding
        Findings about a group name it in ``numbers["whom"]``.
    picture : Picture
        Who can see what at one time.
    activity : Activity
        Events of the same accounts; periods without coverage are not judged.
    """
    known = {
        (account, item, whom): (people, users, (end - start).days)
        for account, start, end, rows in _answers(picture, activity, _BY_GROUP)
        for item, whom, people, users in rows
    }
    for one in findings:
        item = one.evidence[0] if one.evidence else ""
        use = known.get((one.account, item, str(one.numbers.get("whom"))))
        if use is None:
            yield one
            continue
        people, users, days = use
        if users <= _FEW * people:
            sentence = f"{one.sentence} In {days} days {users} of them did something with it."
            yield replace(one, sentence=sentence, numbers=one.numbers | {"used_by": users})


def unused_rights(picture: Picture, activity: Activity) -> Iterator[Finding]:
    """Yield the rights that were granted to a person and not used.

    An account counts if its activity is covered for the last 30 days or more, without a gap.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    activity : Activity
        Events of the same accounts.
    """
    for account, start, end, rows in _answers(picture, activity, _UNUSED):
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
