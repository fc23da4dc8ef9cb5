"""Who had which rights at one time, as a DuckDB database that answers questions.

It is built from the units of a store that count at that time, in its own file, which is deleted
with it, so a million items take little memory.
"""

from __future__ import annotations

import contextlib
import itertools
import weakref
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter
from ..schema.mailboxes import MAILBOXES
from ..storage.scratch import ScratchFolder
from .groups import Membership, reach
from .levels import link_kind_sql
from .marks import services_whose_links_pass
from .store import Store, add_view
from .tables import TABLES, schema_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["LOCKED", "PERSON", "Picture"]

#: The note of a link that does not open anything by itself.
LOCKED = "with a password"

_MEMORY = "200MB"
_ROWS = 50_000

# An account's latest finished pass counts, and everything after it; before a pass is finished,
# everything counts.
_ENTRIES = """
create table passes as
select account, min(answered) filter (state = 'begun') as begun,
       max(answered) filter (state = 'finished') as finished
from read_ledger where kind = 'pass' and answered <= $at group by account, key;
create table base as
select account, coalesce(
    max_by(begun, finished) filter (finished is not null), min(begun)) as begun
from passes group by account;
create table entries as
select account, unit, batch, kind, key, state, complete, service, answered
from read_ledger join base using (account)
where state in ('read', 'follows', 'deleted') and kind <> 'pass'
    and answered >= begun and answered <= $at
qualify row_number() over (partition by account, unit order by answered desc, batch) = 1;
create table failed as
select distinct account, kind, key
from read_ledger as l join base using (account) anti join entries using (account, kind, key)
where state = 'failed' and kind <> 'pass' and l.answered >= begun and l.answered <= $at;
create table unread as
select account from passes group by account having count(finished) = 0;
drop table passes;
"""
_ALL_COUNT = """
create table entries as select * from read_ledger;
create table base as select distinct account from read_ledger;
create table failed as select account, kind, key from read_ledger limit 0;
create table unread as select account from read_ledger limit 0;
"""

_CURRENT = """
create table now_{table} as
select r.*, e.answered from read_{table} as r join entries as e using (account, unit, batch)
"""

_PEOPLE = f"""
create table people as
select account, any_value(id) as id, person, any_value(name) as name, any_value(email) as email,
       bool_or(active) as active
from (select account, id, coalesce(lower(nullif(email, '')), 'id:' || id) as person, name, email,
             coalesce(active, true) as active from now_users)
group by account, person;
create table ids as
select account, id, coalesce(lower(nullif(any_value(email), '')), 'id:' || id) as person
from now_users where id is not null group by account, id;
create table domains as
select account, domain, 10 * users >= sum(users) over (partition by account)
       and not regexp_full_match(domain, '{MAILBOXES}') as own
from (select account, split_part(person, '@', 2) as domain, count(*) as users
      from people where person like '%@%' group by all);
"""

#: A user is known by e-mail address, to which the team's ids lead.
PERSON = "coalesce(ids.person, lower(nullif({email}, '')), 'id:' || {id})"

_ITEMS = f"""
create table twice as
select account, id from now_items group by account, id having count(*) > 1;
create table kept as
select i.* exclude (batch, unit, answered), row_number() over () as n
from (select * from now_items anti join twice using (account, id)
      union all
      select * from now_items semi join twice using (account, id)
      qualify row_number() over (
          partition by account, id
          order by answered desc, unit <> 'folder:' || parent_id) = 1) as i;
drop table now_items;
create table removed as
with recursive below as (
    select account, id from kept where gone
    union
    select c.account, c.id from below as b
    join kept as c on c.account = b.account and c.parent_id = b.id
)
select * from below;
create table listed as
select account, key as item_id, bool_or(list_contains({[*services_whose_links_pass()]}, service))
    as links_pass
from entries where kind = 'permissions' and complete group by account, key;
create table placeless as
select k.account, k.n, k.id, p.n as parent_n, k.parent_id, k.type, k.name, k.mark, k.as_user,
       {PERSON.format(email="k.owner_email", id="k.owner_id")} as owner, k.owner_name,
       l.item_id is null as inherits, coalesce(l.links_pass, true) as links_pass
from kept as k
anti join removed as r on r.account = k.account and r.id = k.id
left join kept as p on p.account = k.account and p.id = k.parent_id and not coalesce(p.gone, false)
left join listed as l on l.account = k.account and l.item_id = k.id
left join ids on ids.account = k.account and ids.id = k.owner_id;
drop table kept;
create table items as
with recursive place as (
    select n, '/' || coalesce(name, id) as location from placeless where parent_n is null
    union all
    select c.n, place.location || '/' || coalesce(c.name, c.id)
    from place join placeless as c on c.parent_n = place.n
)
select i.*, place.location from placeless as i left join place using (n) order by i.n;
drop table placeless;
"""

# v1 has only users and groups (D): a domain is a group that the team lacks, named like a domain.
_DOMAIN = "lower(coalesce(p.target_id, p.target_name))"
_KIND = f"""case when p.target_type = 'domain' or (p.target_type = 'group' and g.id is null
    and regexp_full_match({_DOMAIN}, '[^\\s@.]+([.][^\\s@.]+)+')) then 'domain'
    else coalesce(p.target_type, 'user') end"""
_GRANTS = f"""
create table rights as
select i.n, kind, key, any_value(granted.name) as name, max(level)::tinyint as level,
       any_value(note) as note
from (
    select p.account, p.item_id, p.level, p.target_name as name, null as note,
           {_KIND} as kind,
           case {_KIND} when 'domain' then {_DOMAIN} when 'group' then p.target_id
                else {PERSON.format(email="p.target_email", id="p.target_id")} end as key
    from now_permissions as p
    left join ids on ids.account = p.account and ids.id = p.target_id
    left join now_groups as g on g.account = p.account and g.id = p.target_id
    union all
    select account, item_id, level, null,
           case when has_password then '{LOCKED}' else 'without a password' end,
           {link_kind_sql("scope")}, id
    from now_links where coalesce(active, true) and (expires is null or expires > $at)
) as granted join items as i on i.account = granted.account and i.id = granted.item_id
where key is not null and kind is not null and level > 0 group by i.n, kind, key;
create table principals as
select kind, key, (case when kind in ('anyone', 'company') then -1 else 1 end
    * row_number() over ())::integer as p -- below 0: a link
from (select kind, key from rights union select 'user', owner from items where owner is not null);
create table grants as
select r.*, p from rights as r join principals using (kind, key) order by n;
drop table rights;
create table places as select hash(id) as h, n from items order by h;
create table owned as
select n, p from items join principals as o on o.kind = 'user' and o.key = items.owner order by n;
"""


class Picture:
    """The rights at one time.

    Attributes
    ----------
    at : datetime
        The time.
    connection : duckdb.DuckDBPyConnection
        With the tables ``items``, ``grants``, ``principals``, ``owned``, ``places``, ``reach``,
        ``people``, ``domains``; ``failed`` (units of which nothing is known) and ``unread``
        (accounts whose first reading is unfinished).
    """

    def __init__(self, sources: Mapping[str, Any], at: datetime, *, current: bool = False) -> None:
        import duckdb

        self.at = at
        self._folder = ScratchFolder("access")
        self.connection = duckdb.connect(str(self._folder.path / "picture.duckdb"))
        # At the latest when the interpreter ends; the database is closed before its files go.
        self._end = weakref.finalize(self, _end, self.connection, self._folder)
        try:
            with self._folder.errors():
                self._build(sources, current)
        except BaseException:
            self.close()
            raise

    @classmethod
    def of_store(cls, store: Store, at: datetime) -> Picture:
        """Make a picture of what counts at a time, by a store's ledger.

        Parameters
        ----------
        store : Store
            The snapshots to read.
        at : datetime
            The time of the picture.

        Raises
        ------
        InvalidParameter
            Nothing had been read by then.
        ArchiveFailed
            Nothing has been read at all.
        """
        # The ledger first: rows are written before it names them, also while the others are opened.
        picture = cls({table: store.duckdb_input(table) for table in reversed(TABLES)}, at)
        if picture.first("select 1 from base limit 1") is None:
            picture.close()
            first = store.first_reading()
            if first is None:
                raise store.missing()
            raise InvalidParameter(
                f"Nothing had been read by {at:%Y-%m-%d %H:%M}Z: the first reading in {store.path} "
                f"began on {first:%Y-%m-%d at %H:%M}Z."
            )
        return picture

    @classmethod
    def of_tables(cls, tables: Mapping[str, pa.Table], at: datetime | None = None) -> Picture:
        """Make a picture from tables whose rows all count, and whose units are in ``ledger``.

        Parameters
        ----------
        tables : mapping of str to pyarrow.Table
            The tables, by name.
        at : datetime, optional
            The time of the picture.
        """
        import pyarrow as pa

        whole = {table: tables.get(table, schema_of(table).empty_table()) for table in TABLES}
        assert all(isinstance(table, pa.Table) for table in whole.values())  # noqa: S101
        return cls(whole, at or datetime.now(UTC), current=True)

    def _build(self, sources: Mapping[str, Any], current: bool) -> None:
        run = self.connection.execute
        run(f"set memory_limit = '{_MEMORY}'; set threads = 2; set timezone = 'UTC'")
        run(f"set temp_directory = '{self._folder.path}'; set preserve_insertion_order = false")
        run("begin")  # to commit each of thirty small tables would take as long as to make them
        for table, source in sources.items():
            add_view(self.connection, f"read_{table}", source)
        self._run(_ALL_COUNT if current else _ENTRIES)
        for table in TABLES[:-1]:
            self._run(_CURRENT.format(table=table))
        for statements in (_PEOPLE, _ITEMS, _GRANTS):
            self._run(statements)
        run("alter table now_permissions rename to kept_permissions")
        self._reach()
        for table, source in sources.items():
            if isinstance(source, list):
                run(f"drop view read_{table}")
            else:
                self.connection.unregister(f"read_{table}")
        run("commit")
        run("checkpoint")

    def _run(self, statements: str) -> None:
        for statement in statements.split(";"):
            if statement.strip():
                given = {"at": self.at} if "$at" in statement else None
                self.connection.execute(statement, given)

    def _reach(self) -> None:
        """Store the people behind groups and domains."""
        person = PERSON.format(email="m.member_email", id="m.member_id")
        rows = self.connection.execute(
            f"""select m.account, m.group_id, m.member_type,
                case when m.member_type = 'group' then m.member_id else {person} end
            from now_memberships as m
            left join ids on ids.account = m.account and ids.id = m.member_id"""
        ).fetchall()
        named = self.connection.execute("select account, id, name from now_groups").fetchall()
        names = {(account, group): name or group for account, group, name in named}
        members = (
            Membership(account, group, "group" if kind == "group" else "user", member)
            for account, group, kind, member in rows
            if group is not None and member is not None
        )
        self.connection.execute(
            "create table reach (account varchar, kind varchar, key varchar, person varchar, "
            "steps varchar)"
        )
        self._insert((a, "group", g, p, way) for a, g, p, way in reach(members, names))
        self.connection.execute(
            """insert into reach
            select account, 'domain', domain, person, json_array('everyone at ' || domain)
            from domains join people using (account)
            where split_part(person, '@', 2) = domain"""
        )

    def _insert(self, rows: Iterator[Sequence[str]]) -> None:
        """Add rows to ``reach``, some at a time."""
        import pyarrow as pa

        while part := list(itertools.islice(rows, _ROWS)):
            columns = zip(*part, strict=True)
            names = ("account", "kind", "key", "person", "steps")
            self.connection.register("part", pa.table(dict(zip(names, columns, strict=True))))
            self.connection.execute("insert into reach select * from part")
            self.connection.unregister("part")

    def frame(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """Return the result of a query.

        Parameters
        ----------
        query : str
            SQL over the picture's tables.
        parameters : object, optional
            Values for the query's placeholders.
        """
        return self.connection.execute(query, parameters).df()

    def first(self, query: str, parameters: Any = None) -> tuple[Any, ...] | None:
        """Return the first row of a query's result, or None.

        DuckDB refuses other work on a connection with an unfinished result, as ``fetchone`` leaves.

        Parameters
        ----------
        query : str
            SQL over the picture's tables.
        parameters : object, optional
            Values for the query's placeholders.
        """
        rows = self.connection.execute(query, parameters).fetchall()
        return rows[0] if rows else None

    def close(self) -> None:
        """Delete the database."""
        self._end()

    def __enter__(self) -> Picture:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _end(connection: Any, folder: ScratchFolder) -> None:
    with contextlib.suppress(Exception):
        connection.close()
    folder.remove()
