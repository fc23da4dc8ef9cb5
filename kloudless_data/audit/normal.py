"""Events of v1 and v2 as one table, `activity`, with one column for each thing that rules ask.

Kloudless tells the same thing in several ways: v1 has one word for what happened, v2 three; the
acting person is `user` in v2, the last modifier in v1, and inside the session's metadata for
log-ins. Which field stands for what is documented or was seen where `docs/api.md` says so, and our
assumption (A) for shares, roles, links and sessions.

E-mail addresses are lower case here: nobody is two people because one service writes ``Ann@`` and
another ``ann@``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter
from .kinds import LOGINS, SUBTYPES
from .networks import network_of
from .programs import program_of

if TYPE_CHECKING:
    import duckdb

__all__ = ["add_events", "drop_repeated"]

#: In how many turns it is looked for repeated events: each needs so much less memory.
_TURNS = 4
_LOGINS = ", ".join(f"'{kind}'" for kind in LOGINS)
_SHARES = "'share', 'shared_link', 'permission_change', 'group_add_member'"


def add_events(
    connection: duckdb.DuckDBPyConnection,
    until: datetime | None,
    accounts: Iterable[str] | None,
    idless_until: datetime | None = None,
) -> int:
    """Add the events of ``raw`` to ``activity``, and return how many have no time.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    until : datetime or None
        Only events before this time.
    accounts : iterable of str or None
        Only of these.
    idless_until : datetime, optional
        Events without an id only before this time: they cannot be known as repeated ones.

    Raises
    ------
    InvalidParameter
        These are no events.
    """
    there = {name: type_ for name, type_, *_ in connection.execute("describe raw").fetchall()}
    columns = _Columns(there)
    if "id" not in there or "modified" not in there:
        raise InvalidParameter(
            "These are no events: there are no columns id and modified. Their columns are: "
            f"{', '.join(list(there)[:12])}."
        )
    ours, chosen = "true", list[Any]()
    if accounts is not None:
        ours, chosen = f"list_contains(?, {columns.account()})", [list(map(str, accounts))]
    time, conditions, parameters = columns.time(), [ours], list(chosen)
    conditions.append(f"{time} is not null")
    for moment, condition in (
        (until, f"{time} < ?"),
        (idless_until, f"({columns.text('id')} is not null or {time} < ?)"),
    ):
        if moment is not None:
            conditions.append(condition)
            parameters.append(moment)
    _find_networks(connection, columns)
    _find_people(connection, columns)
    _find_programs(connection, columns)
    connection.execute(_TABLE)
    connection.execute(
        f"insert into activity {_select(columns, ' and '.join(conditions))}", parameters
    )
    counted = connection.execute(
        f"select count(*) from raw where {ours} and {time} is null", chosen
    ).fetchone()
    return int(counted[0]) if counted else 0


_TABLE = """
create table if not exists activity (
    event_id varchar, account varchar, service varchar, time timestamptz, kind varchar,
    person varchar, ip varchar, network varchar, object_id varchar, object_type varchar,
    name varchar, previous_name varchar, path varchar, size bigint, owner varchar, target varchar,
    scope varchar, role varchar, client varchar, program varchar
)
"""


def drop_repeated(connection: duckdb.DuckDBPyConnection) -> int:
    """Keep each event of an account once, its first telling; return how many were dropped.

    Delivery is at least once (A), exports may overlap, and so may a baseline. An event without an
    id is never taken for a repeated one.
    """
    connection.execute("create or replace temp table repeated (key ubigint)")
    for turn in range(_TURNS):
        connection.execute(
            f"""
            insert into repeated
            select key from (
                select hash(account, event_id) as key from activity where event_id is not null
            ) where key % {_TURNS} = {turn} group by key having count(*) > 1
            """
        )
    dropped = connection.execute(
        """
        delete from activity where rowid in (
            select number from (
                select activity.rowid as number, row_number() over (
                    partition by account, event_id
                    order by time, kind, person, ip, object_id, name, activity.rowid
                ) as telling
                from activity semi join repeated on repeated.key = hash(account, event_id)
                where event_id is not null
            ) where telling > 1
        )
        """
    ).fetchone()
    return int(dropped[0]) if dropped else 0


class _Columns:
    """Expressions of the columns of ``raw``, whichever there are and of whichever type."""

    def __init__(self, there: dict[str, str]) -> None:
        self._there = there

    def __contains__(self, name: str) -> bool:
        return name in self._there

    def text(self, name: str) -> str:
        """Return a column as text; pandas makes ``7.0`` of an integer beside a null."""
        type_ = self._there.get(name)
        if type_ is None:
            return "null::varchar"
        if type_ in ("DOUBLE", "FLOAT"):
            return (
                f"case when raw.{name} = floor(raw.{name}) then try_cast(raw.{name} as hugeint)"
                f"::varchar else raw.{name}::varchar end"
            )
        return f"raw.{name}" if type_ == "VARCHAR" else f"raw.{name}::varchar"

    def number(self, name: str) -> str:
        """Return a column as whole numbers; null where it has none."""
        return f"try_cast(raw.{name} as bigint)" if name in self else "null::bigint"

    def time(self) -> str:
        """Return when: what has no time zone is UTC, what is no time is null."""
        if self._there["modified"].startswith("TIMESTAMP"):
            return "raw.modified::timestamptz"
        return "try_cast(raw.modified::varchar as timestamptz)"

    def account(self) -> str:
        """Return whose events they are: an archive and an export of several have own columns."""
        names = [name for name in ("account_key", "source", "account") if name in self]
        return f"coalesce({', '.join(map(self.text, names))}, 'unknown')" if names else "'unknown'"

    def extra(self) -> str:
        """Return the JSON text of what the schema does not know; null where it is no JSON."""
        type_ = self._there.get("extra")
        if type_ is None:
            return "null::varchar"
        text = "raw.extra::varchar" if type_ in ("VARCHAR", "JSON") else "to_json(raw.extra)"
        return f"case when json_valid({text}) then {text} end"


def _find_networks(connection: duckdb.DuckDBPyConnection, columns: _Columns) -> None:
    """Say which network each address is of, once an address."""
    import pyarrow as pa

    ip = columns.text("ip")
    rows = connection.execute(f"select distinct {ip} from raw where {ip} is not null").fetchall()
    found = [address for (address,) in rows]
    networks = [network_of(address) for address in found]
    table = pa.table(
        {"ip": pa.array(found, pa.string()), "network": pa.array(networks, pa.string())}
    )
    connection.register("found", table)
    connection.execute("create or replace temp table networks as select * from found")
    connection.unregister("found")


def _find_programs(connection: duckdb.DuckDBPyConnection, columns: _Columns) -> None:
    """Say of which program each user agent is, once a user agent."""
    import pyarrow as pa

    client = _client(columns)
    rows = connection.execute(f"select distinct {client} from raw").fetchall()
    found = [agent for (agent,) in rows if agent is not None]
    programs = [program_of(agent) for agent in found]
    table = pa.table(
        {"client": pa.array(found, pa.string()), "program": pa.array(programs, pa.string())}
    )
    connection.register("found", table)
    connection.execute("create or replace temp table programs as select * from found")
    connection.unregister("found")


def _client(columns: _Columns) -> str:
    login = f"{_kind(columns.text)} in ({_LOGINS})"
    inside = f"case when {login} then json_extract_string({columns.extra()}, '$.metadata.client') end"
    return f"coalesce({columns.text('user_agent')}, {inside})"


def _find_people(connection: duckdb.DuckDBPyConnection, columns: _Columns) -> None:
    """Say whose each user id is, in each account: v1's groups tell no more of who acted."""
    user, modifier = columns.text("user_id"), columns.text("metadata_last_modifier_id")
    email = columns.text("metadata_last_modifier_email")
    connection.execute(
        f"""
        create or replace temp table known_people as
        select {columns.account()} as account, {user} as user_id, max({email}) as email
        from raw where {user} = {modifier} and {email} is not null group by all
        """
    )


def _select(columns: _Columns, where: str) -> str:
    """Return the query of ``raw`` in the columns of ``activity``."""
    text, kind = columns.text, _kind(columns.text)
    login, shared = f"{kind} in ({_LOGINS})", f"{kind} in ({_SHARES})"

    def inside(when: str, *paths: str) -> str:
        found = [f"json_extract_string({columns.extra()}, '$.metadata.{path}')" for path in paths]
        return f"case when {when} then coalesce({', '.join([*found, 'null'])}) end"

    return f"""
    with told as (
        select
            {text("id")} as event_id, {columns.account()} as account_of,
            coalesce({text("service")}, {text("account_service")}) as service_of,
            {columns.time()} as happened, {kind} as kind_of,
            coalesce({text("user_email")}, {inside(login, "user.email")},
                {text("metadata_last_modifier_email")},
                case when {login} then {text("metadata_name")} end,
                known_people.email, {text("user_id")}) as person,
            {text("ip")} as address, networks.network as network,
            {text("metadata_id")} as object_id, {text("metadata_type")} as object_type,
            {text("metadata_name")} as name, {text("previous_metadata_name")} as previous_name,
            {text("metadata_path")} as path, {columns.number("metadata_size")} as size,
            {text("metadata_owner_email")} as owner,
            {inside(shared, "shared_with.email", "member.email")} as target,
            {inside(shared, "link.scope")} as scope, {inside(shared, "role")} as role,
            coalesce({text("user_agent")}, {inside(login, "client")}) as client
        from raw left join networks on networks.ip = {text("ip")}
        left join known_people on known_people.user_id = {text("user_id")}
            and known_people.account = {columns.account()}
        where {where}
    )
    select event_id, account_of, service_of, happened, kind_of, {_who("person")}, address, network,
           object_id, object_type, name, previous_name, path, size, {_who("owner")},
           {_who("target")}, scope, role, client, programs.program
    from told left join programs using (client)
    """


def _who(name: str) -> str:
    """Return an address as who it is; user ids, which may be of any letters, stay."""
    return f"case when {name} like '%@%' then lower(trim({name})) else {name} end"


def _kind(text: Any) -> str:
    """Return the expression of what `kinds.kind_of` says."""
    cases = " ".join(
        f"when {text('event_type')} = '{general}' and {text('event_subtype')} = '{specific}' "
        f"then '{word}'"
        for (general, specific), word in SUBTYPES.items()
    )
    return f"coalesce({text('type')}, case {cases} end, {text('event_type')}, 'unknown')"
