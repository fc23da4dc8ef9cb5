"""Effective rights: who can see an item, what a person can see, and the chain that gives it.

A right on a folder also applies to its contents, down to items that inherit nothing. A folder's
owner manages the items that others own in it, but does not own them. If a permission list includes
inherited rights, it is complete: nothing above the item counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..exceptions import InvalidParameter, Remedy
from .chain import ANYONE, in_words, via
from .levels import MANAGE, OWN, word_of
from .picture import LOCKED, Picture
from .way_up import Step, ends, way_up

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["FLOW", "item_number", "pairs", "states_sql", "what_can_see", "who_can_see"]

#: How rights are inherited; ``start`` has n, p (a principal; below 0 for a link), level.
FLOW = f"""
flow as (
    select n, p, level, n as origin from start
    union
    select c.n, f.p, least(f.level, {MANAGE})::tinyint, f.origin
    from flow as f join items as c on c.parent_n = f.n
    where c.inherits or (f.p < 0 and c.links_pass)
)
"""
_ALL = f"""
select n, p, {OWN}::tinyint as level from owned union all select n, p, level from grants
"""


def states_sql(person: str, account: str) -> str:
    """Return SQL for a person's state in the team: active, inactive, left or outside.

    Parameters
    ----------
    person : str
        An id, e-mail address or name.
    account : str
        The account's id.
    """
    return f"""case
        (select p.active from people p where p.account = {account} and p.person = {person})
        when true then 'active' when false then 'inactive'
        else case when split_part({person}, '@', 2) in
            (select domain from domains d where d.account = {account} and d.own) then 'left'
        else 'outside' end end"""


def item_number(picture: Picture, item: str, account: str | None = None) -> tuple[int, str]:
    """Return an item's number and account.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    item : str
        The item's id, or its location, such as ``"/Budgets/2026.xlsx"``.
    account : str, optional
        Its account; required only if several have an item with this id.

    Raises
    ------
    InvalidParameter
        There is no such item, or there are several.
    """
    _text(item, "An item's id")
    run = picture.connection.execute
    # Hashes are sorted, so few blocks are read for one; the ids of a million items are not.
    near = [n for (n,) in run("select n from places where h = hash($1)", [item]).fetchall()]
    found = list[tuple[Any, ...]]()
    if near:
        found = run(
            "select n, account from items where n between $1 and $2 and list_contains($3, n) "
            "and id = $4 and ($5 is null or account = $5)",
            [min(near), max(near), near, item, account],
        ).fetchall()
    if not found and item.startswith("/"):
        found = run(
            "select n, account from items where location = $1 and ($2 is null or account = $2)",
            [item, account],
        ).fetchall()
    if len(found) != 1:
        problem = "There are several items" if found else "There is no item"
        raise InvalidParameter(
            f"{problem} {item!r} in the snapshot of {picture.at:%Y-%m-%d %H:%M}Z.",
            remedy=Remedy.NAME_ITEM,
        )
    return int(found[0][0]), str(found[0][1])


def _text(value: Any, name: str) -> None:
    if not isinstance(value, str):
        raise InvalidParameter(f"{name} must be text, not {value!r}.")


class _Grant(NamedTuple):
    """A right on one item of the path to the root."""

    step: int
    kind: str
    key: str
    name: str | None
    level: int
    note: str | None


def _grants_on(picture: Picture, steps: list[Step]) -> list[_Grant]:
    """Return the grants on the steps, including their owners."""
    place = {step.n: number for number, step in enumerate(steps)}
    found = [
        _Grant(number, "user", step.owner, step.owner_name, OWN, None)
        for number, step in enumerate(steps)
        if step.owner
    ]
    rows = picture.connection.execute(
        "select n, kind, key, name, level, note from grants where list_contains($1, n)",
        [list(place)],
    ).fetchall()
    return found + [_Grant(place[n], *rest) for n, *rest in rows]


def who_can_see(picture: Picture, item: str, account: str | None = None) -> pd.DataFrame:
    """Return who can see an item; see `Access.who_can_see`.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    item : str
        The file or folder's id.
    account : str, optional
        The account's id.
    """
    n, account = item_number(picture, item, account)
    steps = way_up(picture, n)
    end, links_end = ends(steps)  # the rest explains where a right is from
    grants = _grants_on(picture, steps)
    counting = [one for one in grants if one.step < (links_end if one.kind in ANYONE else end)]
    above: dict[tuple[str, str], dict[int, int]] = {}
    for one in grants:
        held = above.setdefault((one.kind, one.key), {})
        held[one.step] = max(held.get(one.step, 0), one.level)
    reached = _reached(picture, account, counting)
    best: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
    for grant in counting:
        level = grant.level if grant.step == 0 else min(grant.level, MANAGE)
        held = above[grant.kind, grant.key]
        origin = _origin(grant, steps, held, end)
        given = grant.level if origin == grant.step else held[origin]
        for person, way in _people_of(grant, reached):
            row = {
                "person": person,
                "right": word_of(level),
                "state": _state(grant, way),
                "via": via(grant.kind, level, here=origin == 0),
                "chain": in_words(
                    grant.kind, given, steps[origin].location, way, grant.note, here=origin == 0
                ),
                "granted_on": steps[origin].location,
            }
            rank = (-level, grant.note == LOCKED, len(way), origin, row["chain"])
            if person not in best or rank < best[person][0]:
                best[person] = (rank, row)
    by_right = sorted(best.values(), key=lambda one: (one[0][0], one[1]["person"]))
    return _with_people(picture, [row for _, row in by_right], account)


def _people_of(
    grant: _Grant, reached: dict[tuple[str, str], list[tuple[str, list[str]]]]
) -> list[tuple[str, list[str]]]:
    """Return the people whom a grant reaches, and through which groups."""
    if grant.kind in ANYONE:
        return [(ANYONE[grant.kind], [])]
    if grant.kind == "user":
        return [(grant.key, [])]
    return reached.get((grant.kind, grant.key), [])


def _reached(
    picture: Picture, account: str, grants: list[_Grant]
) -> dict[tuple[str, str], list[tuple[str, list[str]]]]:
    """Return the people behind the groups and domains of some grants.

    A domain or group that the team lacks stands for itself, because its members are unknown.
    """
    wanted = {(one.kind, one.key): one.name for one in grants if one.kind in ("group", "domain")}
    if not wanted:
        return {}
    keys = [key for _, key in wanted]
    run = picture.connection.execute
    rows = run(
        "select kind, key, person, steps from reach where account = $1 and list_contains($2, key)",
        [account, keys],
    ).fetchall()
    groups = run(
        "select id from now_groups where account = $1 and list_contains($2, id)", [account, keys]
    ).fetchall()
    found: dict[tuple[str, str], list[tuple[str, list[str]]]] = {
        ("group", key): [] for (key,) in groups
    }
    for kind, key, person, steps in rows:
        found.setdefault((kind, key), []).append((person, json.loads(steps)))
    for (kind, key), name in wanted.items():
        itself = f"everyone at {key}" if kind == "domain" else f"members of {name or key}"
        found.setdefault((kind, key), [(itself, [])])
    return found


def _state(grant: _Grant, way: list[str]) -> str | None:
    """Return the state of a grantee that is not a single person; None for a person."""
    if grant.kind in ANYONE:
        return "anyone"
    if way or grant.kind == "user":
        return None
    return "outside" if grant.kind == "domain" else "unknown"


def _origin(grant: _Grant, steps: list[Step], held: dict[int, int], end: int) -> int:
    """Return the step that a right comes from: a complete list includes inherited rights.

    Ownership is not inherited, and neither is less than the folder above gives.
    """
    origin = grant.step
    if grant.step != end - 1 or steps[grant.step].inherits:
        return origin
    for number in range(grant.step + 1, len(steps)):
        if min(held.get(number, 0), MANAGE) == grant.level:
            origin = number
        elif not steps[number].inherits:
            break
    return origin


def _with_people(picture: Picture, rows: list[dict[str, Any]], account: str) -> pd.DataFrame:
    """Add each person's name and state."""
    import pandas as pd

    run = picture.connection.execute
    known = run(
        "select person, name, active from people where account = $1 and person in $2",
        [account, [row["person"] for row in rows]],
    ).fetchall() if rows else []  # fmt: skip
    named = {person: (name, active) for person, name, active in known}
    domains = run("select domain from domains where account = $1 and own", [account]).fetchall()
    own_domains = {domain for (domain,) in domains}
    for row in rows:
        name, active = named.get(row["person"], (None, None))
        row |= {
            "name": name,
            "state": row["state"] or _state_of(row["person"], active, own_domains),
        }
    columns = ["person", "name", "state", "right", "via", "chain", "granted_on"]
    return pd.DataFrame(rows, columns=columns)


def _state_of(person: str, active: bool | None, own_domains: set[str]) -> str:
    """Return what `states_sql` gives, in a tenth of the time that one query needs."""
    if active is not None:
        return "active" if active else "inactive"
    return "left" if "".join(person.split("@")[1:2]) in own_domains else "outside"


def what_can_see(
    picture: Picture, person: str, *, links: bool = True, limit: int | None = None
) -> pd.DataFrame:
    """Return what a person can see; see `Access.what_can_see`.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    person : str
        An id, e-mail address or name.
    links : bool, default True
        Include what is visible through links.
    limit : int, optional
        Return at most this many rows.
    """
    _text(person, "A person")
    if limit is not None and (not isinstance(limit, int) or limit < 0):
        raise InvalidParameter(f"limit must be a number, not {limit!r}.")
    key = _person_key(picture, person)
    rows = f"""
    with recursive mine as (
        select distinct account, kind, key, steps from reach where person = $person
    ),
    start as (
        select n, p, {OWN}::tinyint as level from owned join principals as o using (p)
        where o.key = $person
        union all
        select n, p, level from grants where kind = 'user' and key = $person
        union all
        select g.n, g.p, g.level from grants as g join items as i on i.n = g.n
        join mine as m on m.account = i.account and m.kind = g.kind and m.key = g.key
        union all
        select g.n, g.p, g.level from grants as g join items as i on i.n = g.n
        where $links and (g.kind = 'anyone' or (g.kind = 'company' and exists (
            select 1 from people as p where p.account = i.account and p.person = $person
            and p.active)))
    ),
    {FLOW},
    ways as (
        select f.*, o.kind, o.key, m.steps, (o.kind in ('anyone', 'company')) as by_link,
               l.p is not null as locked
        from flow as f join items as i on i.n = f.n join principals as o using (p)
        left join mine as m on m.account = i.account and m.kind = o.kind and m.key = o.key
        left join (select n, p from grants where note = '{LOCKED}') as l
            on l.n = f.origin and l.p = f.p
    ),
    best as (
        select * from ways join (
            select n as origin, p, max(level) as given from start group by all
        ) using (origin, p)
        qualify row_number() over (partition by n order by level desc, by_link, locked,
            steps is not null, n <> origin, len(steps), origin, kind, key) = 1
    )
    select i.account, i.id, i.type, i.name, i.location, b.level, b.given, b.kind, b.steps,
           o.location as granted_on, b.n = b.origin as here, g.note
    from best as b join items as i on i.n = b.n join items as o on o.n = b.origin
    left join grants as g on g.n = b.origin and g.p = b.p
    order by i.location, i.id {"" if limit is None else f"limit {int(limit)}"}
    """
    frame = picture.frame(rows, {"person": key, "links": links})
    return _explained(frame)


def _explained(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of ``best`` with the right and its chain in words."""
    frame["right"] = frame["level"].map(word_of)
    frame["via"] = [via(row.kind, row.level, here=row.here) for row in frame.itertuples()]
    frame["chain"] = [_words(row) for row in frame.itertuples()]
    names = ["account", "id", "type", "name", "location", "right", "via", "chain", "granted_on"]
    return frame[names]


def _words(row: Any) -> str:
    way = json.loads(row.steps) if isinstance(row.steps, str) else []
    note = row.note if isinstance(row.note, str) else None
    return in_words(row.kind, row.given, row.granted_on, way, note, here=row.here)


def _person_key(picture: Picture, person: str) -> str:
    """Return the person with an e-mail address or an id of the team."""
    found = picture.first("select person from ids where id = $1 limit 1", [person])
    return str(found[0]) if found else person.strip().lower()


def pairs(picture: Picture, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
    """Yield the strongest right of each person on each item, without links, in bounded memory.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    rows : int, default 100000
        Rows per batch.

    Yields
    ------
    pyarrow.RecordBatch
        ``account``, ``person``, ``item`` (its id), ``level`` (an index into
        `kloudless_data.access.levels.LEVELS`).
    """
    relation = picture.connection.sql(
        f"""
        with recursive start as ({_ALL}), {FLOW}
        select i.account, coalesce(r.person, o.key) as person, i.id as item,
               max(f.level)::tinyint as level
        from flow as f join items as i on i.n = f.n join principals as o using (p)
        left join reach as r on r.account = i.account and r.kind = o.kind and r.key = o.key
        where o.kind = 'user' or r.person is not null
        group by all
        """
    )
    yield from relation.to_arrow_reader(rows)
