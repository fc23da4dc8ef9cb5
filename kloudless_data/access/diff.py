"""What changed between two pictures: granted, widened, narrowed, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .activity import Activity
from .levels import MANAGE, OWN, word_of
from .picture import PERSON, Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["diff_of"]

# Rights, by whom they name and where; and members of groups.
_STATE = f"""
select account, item, kind, whom, max(level)::tinyint as level, any_value(location) as location,
       any_value(name) as name
from (
    select i.account, i.id as item, g.kind, g.key as whom, g.level, i.location,
           coalesce(gr.name, g.name) as name
    from grants as g join items as i using (n)
    left join now_groups as gr on gr.account = i.account and gr.id = g.key
    union all
    select account, id, 'user', owner, {OWN}, location, owner_name from items
    where owner is not null
) group by account, item, kind, whom
union all
select m.account, m.group_id, 'member', case m.member_type when 'group' then m.member_id
       else {PERSON.format(email="m.member_email", id="m.member_id")} end, 0::tinyint,
       any_value(g.name), any_value(m.member_name)
from now_memberships as m
left join ids on ids.account = m.account and ids.id = m.member_id and m.member_type <> 'group'
left join now_groups as g on g.account = m.account and g.id = m.group_id
group by 1, 2, 3, 4
"""
_COMPARED = """
select account, item, kind, whom, coalesce(n.location, o.location) as location,
       coalesce(n.name, o.name) as name,
       o.level as before, n.level as after,
       case when kind = 'member' then case when o.level is null then 'joined' else 'left' end
            when o.level is null then 'granted' when n.level is null then 'revoked'
            when n.level > o.level then 'widened' else 'narrowed' end as change,
       case when o.level is null then 'earlier' when n.level is null then 'later' end as lacks
from earlier as o full join later as n using (account, item, kind, whom)
where o.level is distinct from n.level
"""
# The items of one picture of which another knows nothing: those in a folder that it could not read,
# unless they were found elsewhere; those whose permissions or links it could not read; and those
# that only activity named, with what is inside. If it could not read a user's root folder, these
# are also what the user owns outside of folders, the user's links, which nobody requests then, and
# items whose folder is unknown: it may be the user's.
_UNKNOWN = """
with recursive failures as (
    select f.account, f.kind, f.key, f.found, ids.person,
           f.kind = 'folder' and starts_with(f.key, 'root:') as root
    from failed_there as f left join ids on ids.account = f.account
        and f.key = case f.kind when 'folder' then 'root:' || ids.id else ids.id end
),
outside as (
    select *, 'root:' || coalesce(as_user, '') as found_in from items where parent_n is null
),
hidden as (
    select i.n, i.account, i.id from items as i
    join failures as f on f.account = i.account and f.key = i.parent_id where f.kind = 'folder'
    union
    select i.n, i.account, i.id from items as i
    join failures as f on f.account = i.account and f.key = i.id
    where f.kind = 'permissions' and not f.found
    union
    select o.n, o.account, o.id from outside as o
    join failures as f on f.account = o.account and f.key = o.found_in where f.root
    union
    select o.n, o.account, o.id from outside as o
    join failures as f on f.account = o.account and f.person = o.owner where f.root
    union
    select o.n, o.account, o.id from outside as o
    semi join (from failures where root) using (account) where o.parent_id <> 'root'
),
inside as (
    from hidden
    union
    select c.n, c.account, c.id from inside as f join items as c on c.parent_n = f.n
)
select account, id as item, 'item' as what from inside
union all
select account, key, kind from failed_there where kind in ('permissions', 'members')
union all
select i.account, i.id, 'links' from items as i
join failures as f on f.account = i.account and f.person = i.owner where f.kind = 'links' or f.root
union all
select account, id, 'links' from items
semi join (from failures where kind = 'links' and key = '') using (account)
"""
_FAILED = """
select f.account, f.kind, f.key, i.id is not null as found
from failed as f left join items as i on i.account = f.account and i.id = f.key
union all
select e.account, e.kind, e.key, false from entries as e
anti join items as i on i.account = e.account and i.id = e.key
anti join removed as r on r.account = e.account and r.id = e.key
where e.kind = 'permissions' and e.state = 'read'
"""
# The users as whom a picture was read, and when.
_READ = """
select e.account, ids.person, e.answered from entries as e
join ids on ids.account = e.account and e.key = 'root:' || ids.id where e.kind = 'folder'
"""
_TEAM = f"select account, person from ({_READ})"
# Whoever joined the team later had nothing before; whoever left it keeps everything.
_JOINED = """
insert into team
select account, person from people anti join people_there using (account, person)
"""
# Where users are read one by one, nobody reads as somebody who is not in the team: what such a
# person owns is found only through others. So another picture may lack it although it was there.
_OF_NO_USER = """
with recursive inside as (
    select i.n, i.account, i.id from items as i semi join by_user using (account)
    anti join team as t on t.account = i.account and t.person = i.owner
    where i.parent_n is null and i.owner is not null
    union
    select c.n, c.account, c.id from inside as f join items as c on c.parent_n = f.n
)
select account, id as item, 'owner' as what from inside
"""
_BY_USER = """
select distinct account
from (select account, kind, key from entries union all select account, kind, key from failed)
where kind = 'folder' and starts_with(key, 'root:') and key <> 'root:'
"""
# Those whose rights show: what a user, or a group of theirs, has a right to is in the user's root
# folder, or below. It shows what groups had when it was read, whoever has joined one since.
_SEEING = f"""
with roots as ({_READ}),
joined as (
    select account, max(answered) as answered from entries where kind = 'members' group by account
)
select account, person, 'user' from roots
union
select r.account, r.key, r.kind from reach as r join roots using (account, person)
join joined as j using (account) where r.kind = 'group' and roots.answered >= j.answered
"""
_NOT_FOUND = """
select account, item, what from unknown anti join items as i
on what in ('item', 'owner') and i.account = unknown.account and i.id = unknown.item
"""
# Items whose list of rights was read, and whether it repeats what the folders above give. Items
# that only inherit are not asked for their list, unless something touched them.
_LISTED = """
select account, key as item, coalesce(complete, false) as complete from entries
where kind = 'permissions' and state not in ('follows', 'deleted')
"""
# The right of each user, group and domain on some items, with what the folders above give.
_HELD = f"""
with recursive up as (
    select n as item, n from items semi join asked using (account, id)
    union
    select u.item, i.parent_n from up as u join items as i using (n)
    where i.inherits and i.parent_n is not null
),
held as (
    select u.item, g.kind, g.key as whom,
           case when u.n = u.item then g.level else least(g.level, {MANAGE}) end as level
    from up as u join grants as g using (n)
    union all
    select u.item, 'user', i.owner, case when u.n = u.item then {OWN} else {MANAGE} end
    from up as u join items as i using (n) where i.owner is not null
)
select i.account, i.id as item, h.kind, h.whom, max(h.level)::tinyint as level
from held as h join items as i on i.n = h.item group by all
"""
# A right that such a list repeats is no difference if the item's other list was not read.
_CHANGED = """
select c.* from compared as c
left join earlier_held as o using (account, item, kind, whom)
left join later_held as n using (account, item, kind, whom)
left join earlier_listed as ol using (account, item)
left join later_listed as nl using (account, item)
where o.level is null or o.level is distinct from n.level
    or not coalesce(ol.complete and nl.item is null or nl.complete and ol.item is null, false)
order by c.location, c.whom
"""
_KINDS = {"anyone": "links", "company": "links", "member": "members"}


def diff_of(earlier: Picture, later: Picture, activity: Activity | None = None) -> pd.DataFrame:
    """Return what changed; see `Access.diff`.

    Parameters
    ----------
    earlier : Picture
        The earlier picture.
    later : Picture
        The later picture.
    activity : Activity, optional
        Events of the same accounts.
    """
    connection = later.connection
    connection.execute(f"create or replace temp table later as {_STATE}")
    _copy(earlier.connection.sql(_STATE), connection, "earlier")
    import pandas as pd

    connection.execute(f"create or replace temp table compared as {_COMPARED}")
    asked = connection.sql("select distinct account, item as id from compared").to_arrow_table()
    for name, picture in (("earlier", earlier), ("later", later)):
        picture.connection.register("asked", asked)
        for fact, query in (("held", _HELD), ("listed", _LISTED)):
            _copy(picture.connection.sql(query), connection, f"{name}_{fact}")
        picture.connection.unregister("asked")
    frame = later.frame(_CHANGED)
    lacks = {
        "earlier": _unknown(earlier, later, later=False),
        "later": _unknown(later, earlier, later=True),
    }
    unknown = [row.lacks in lacks and lacks[row.lacks].has(row) for row in frame.itertuples()]
    frame.loc[unknown, "change"] = "unknown"
    for name in ("before", "after"):
        frame[name] = [None if pd.isna(one) else word_of(int(one)) for one in frame[name]]
    member = frame["kind"] == "member"
    frame.loc[member, ["before", "after"]] = None
    frame["by"], frame["time"] = _by(frame, activity)
    names = "account item location kind whom name change before after by time".split()
    return frame[names]


def _copy(rows: Any, connection: Any, name: str) -> None:
    """Make a query's rows a temporary table of a connection."""
    connection.register("copied", rows.to_arrow_table())
    connection.execute(f"create or replace temp table {name} as select * from copied")
    connection.unregister("copied")


def _unknown(picture: Picture, other: Picture, *, later: bool) -> _Unknown:
    """Return what a picture lacks of what another one has.

    Parameters
    ----------
    picture : Picture
    other : Picture
    later : bool
        True if `picture` is the later one.
    """
    known = {one for (one,) in picture.connection.sql("select account from base").fetchall()}
    known -= {one for (one,) in picture.connection.sql("select account from unread").fetchall()}
    there = {one for (one,) in other.connection.sql("select account from base").fetchall()}
    found = {(account, "", "account") for account in there - known}
    for name, query in (("team", _TEAM), ("by_user", _BY_USER), ("failed_there", _FAILED)):
        _copy(picture.connection.sql(query), other.connection, name)
    if not later:
        there_too = picture.connection.sql("select account, person from people")
        _copy(there_too, other.connection, "people_there")
        other.connection.execute(_JOINED)
    lacking = other.connection.sql(f"from ({_UNKNOWN}) union all from ({_OF_NO_USER})")
    _copy(lacking, picture.connection, "unknown")
    found |= set(picture.connection.sql(_NOT_FOUND).fetchall())
    return _Unknown(found, set(picture.connection.sql(_SEEING).fetchall()))


@dataclass
class _Unknown:
    """What a picture lacks.

    Attributes
    ----------
    facts : set of (str, str, str)
        Account, item or group, and which of its facts.
    seeing : set of (str, str, str)
        Account, and the key and kind of those whose rights it would show even on items whose owner
        nobody can read.
    """

    facts: set[tuple[str, str, str]]
    seeing: set[tuple[str, str, str]]

    def has(self, row: Any) -> bool:
        """Return True if a difference may lie only in what could be read."""
        if not self.facts:
            return False
        kinds = ("item", _KINDS.get(row.kind, "permissions"))
        if (row.account, "", "account") in self.facts or any(
            (row.account, row.item, kind) in self.facts for kind in kinds
        ):
            return True
        shows = (row.account, row.whom, row.kind) in self.seeing
        return (row.account, row.item, "owner") in self.facts and not shows


def _by(frame: pd.DataFrame, activity: Activity | None) -> tuple[pd.Series, pd.Series]:
    """Return who did it and when, if activity says so."""
    import pandas as pd

    known: dict[tuple[str, str, str | None], tuple[str | None, pd.Timestamp]] = {}
    if activity is not None:
        for row in activity.shares().itertuples():
            if isinstance(row.target, str):
                known[row.account, row.item, row.target] = (row.by, row.time)
            if row.kind in ("shared_link", "move", "owner_change"):
                known[row.account, row.item, None] = (row.by, row.time)
    found = []
    for row in frame.itertuples():
        whom = None if row.kind in ("anyone", "company") else row.whom
        found.append(known.get((row.account, row.item, whom), (None, None)))
    by = pd.Series([one for one, _ in found], index=frame.index, dtype=object)
    times = pd.Series([time for _, time in found], index=frame.index, dtype=object)
    return by, pd.to_datetime(times, utc=True)
