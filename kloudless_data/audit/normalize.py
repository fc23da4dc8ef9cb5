"""Normalise events of v1 and v2 to one table, `activity`, with the columns that rules need.

Kloudless reports the same thing in several ways: v1 has one word for what happened, often the
service's own, and v2 has three. `schema.semantics` decides who acted and what kind of action it
was. For shares, roles, links, consents and sessions, the meaning of fields is our assumption (A).

E-mail addresses are in lower case here, so nobody becomes two people because one service writes
``Ann@`` and another ``ann@``. A blank id counts as no id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter
from ..schema.identity import INVISIBLE
from ..schema.semantics import KIND_COLUMNS, kind_of, known_people_sql, person_sql
from ..schema.words import word_of_event
from ..text.counts import noun_for
from .networks import network_of, pool_of
from .programs import program_of

if TYPE_CHECKING:
    import duckdb

__all__ = ["add_events", "number_kinds", "unknown_words"]

_INVISIBLE = INVISIBLE.replace("\0", "")  # which DuckDB literals cannot contain
_SHARES = frozenset((
    "share", "shared_link", "shared_link_change", "permission_change", "owner_change",
    "group_add_member", "role_add", "role_change",
))  # fmt: skip
_GRANTING = frozenset(("app_consent", "role_add", "app_credential"))
#: What is found of each word besides its kind: whether a table has it, with high severity, …
_FLAGS = ("understood", "severe", "shares", "grants")
# Where in an event's metadata each of these is (A).
_TARGETS = ("shared_with.email", "member.email", "collaborator.email", "user.email")
_SCOPES = ("link.scope", "link.access", "scope")
_ROLES = ("role", "new_role", "role_name")
#: v1's permissions (D): whose, what they allow, and whether they are for anyone.
_PERMISSIONS = "permissions[*]"
_GRANTS = ("scopes", "app.scopes", "permissions")
#: All of these, which one look at an event's JSON finds.
_TOLD = tuple(f"$.metadata.{path}" for path in (*_TARGETS, *_SCOPES, *_ROLES, *_GRANTS))
#: Nearly every event has these; `addresses` holds what each of their values identifies.
_ADDRESSES = ("user_email", "metadata_owner_email")


def add_events(
    connection: duckdb.DuckDBPyConnection,
    until: datetime | None,
    accounts: Iterable[str] | None,
    idless_until: datetime | None = None,
) -> int:
    """Add the events of ``raw`` to ``activity``, and return the number without a time.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    until : datetime or None
        Only events before this time. None: all.
    accounts : iterable of str or None
        Only these accounts. None: all.
    idless_until : datetime, optional
        Only events before this time if they have no id, since their repeats cannot be recognised.

    Raises
    ------
    InvalidParameter
        ``raw`` lacks the columns of events.
    """
    there = {name: type_ for name, type_, *_ in connection.execute("describe raw").fetchall()}
    columns = _Columns(there)
    missing = [name for name in ("id", "modified") if name not in there]
    if missing:
        raise InvalidParameter(
            f"These are not events: they have no {noun_for(len(missing), 'columns')} "
            f"{' and '.join(missing)}. The columns are: {', '.join(list(there)[:12])}. An event "
            "has an id, and in modified its time: add or rename what is missing."
        )
    ours, chosen = "true", list[Any]()
    if accounts is not None:
        ours, chosen = f"list_contains(?, {columns.account()})", [list(map(str, accounts))]
    time, conditions, parameters = columns.time(), [ours], list(chosen)
    conditions.append(f"{time} is not null")
    for moment, condition in (
        (until, f"{time} < ?"),
        (idless_until, f"({columns.id('id')} is not null or {time} < ?)"),
    ):
        if moment is not None:
            conditions.append(condition)
            parameters.append(moment)
    _find_kinds(connection, columns)
    _find_networks(connection, columns)
    _find_people(connection, columns)
    _find_addresses(connection, columns)
    _find_programs(connection, columns)
    connection.execute(_TABLE)
    connection.execute(
        f"insert into activity {_select(columns, ' and '.join(conditions))}", parameters
    )
    counted = connection.execute(
        f"select count(*) from raw where {ours} and {time} is null", chosen
    ).fetchone()
    return int(counted[0]) if counted else 0


# Texts that hardly ever repeat are compressed as they are: looking for repetitions in them, as
# DuckDB does unless told otherwise, took a fifth of the time of writing the table.
_TABLE = """
create table if not exists activity (
    event_id varchar using compression zstd, account varchar, service varchar, time timestamptz,
    kind varchar, person varchar, ip varchar, network varchar, pool varchar,
    object_id varchar using compression zstd, object_type varchar,
    name varchar using compression zstd, previous_name varchar,
    path varchar using compression zstd, size bigint,
    folder ubigint, owner varchar, target varchar, scope varchar, role varchar,
    client varchar, program varchar, understood boolean, severe boolean
)
"""


def number_kinds(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the type ``kind``, an enumeration, once ``activity`` has all its events.

    In derived tables with a row an event, a word would take as much memory as two numbers.
    """
    connection.execute(
        # DuckDB 1.5.0 refuses an enumeration without words, as of no events.
        "create type kind as enum (from (select kind from activity where kind is not null "
        "union select 'failed_login') order by kind)"
    )


def unknown_words(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the unknown words for actions, with their numbers of events."""
    rows = connection.execute(
        "select kind, count(*) as events from activity where not understood "
        "group by kind order by events desc, kind"
    ).fetchall()
    return {str(word): int(events) for word, events in rows}


class _Columns:
    """SQL expressions for the columns of ``raw``, whichever exist and whatever their types."""

    def __init__(self, there: dict[str, str]) -> None:
        self.there = there

    def __contains__(self, name: str) -> bool:
        return name in self.there

    def text(self, name: str) -> str:
        """Return a column as text; pandas turns an integer beside a null into ``7.0``."""
        type_ = self.there.get(name)
        if type_ is None:
            return "null::varchar"
        if type_ in ("DOUBLE", "FLOAT"):
            return (
                f"case when raw.{name} = floor(raw.{name}) then try_cast(raw.{name} as hugeint)"
                f"::varchar else raw.{name}::varchar end"
            )
        return f"raw.{name}" if type_ == "VARCHAR" else f"raw.{name}::varchar"

    def id(self, name: str) -> str:
        """Return a column that identifies something as text; a blank one is null."""
        text = self.text(name)
        return text if text.startswith("null") else _not_blank(text)

    def number(self, name: str) -> str:
        """Return a column as whole numbers; null if a value is not one."""
        return f"try_cast(raw.{name} as bigint)" if name in self else "null::bigint"

    def time(self) -> str:
        """Return the time: UTC if it has no time zone, null if it is not a time."""
        type_ = self.there["modified"]
        if type_.startswith("TIMESTAMP"):
            return "raw.modified::timestamptz"
        if type_ in _NUMBERS:
            return _of_number("raw.modified::double")
        text = "raw.modified::varchar"
        number = f"try_cast({text} as double)"
        return f"coalesce(try_cast({text} as timestamptz), {_of_number(number)})"

    def account(self) -> str:
        """Return the account; archives and exports of several accounts have their own columns."""
        names = [name for name in ("account_key", "source", "account") if name in self]
        return f"coalesce({', '.join(map(self.id, names))}, 'unknown')" if names else "'unknown'"

    def service(self) -> str:
        """Return an event's service."""
        return f"coalesce({self.text('service')}, {self.text('account_service')})"

    def extra(self) -> str:
        """Return the JSON text of unknown fields; null if it is not JSON."""
        type_ = self.there.get("extra")
        if type_ is None:
            return "null::varchar"
        plain = type_ in ("VARCHAR", "JSON")
        text = "raw.extra::varchar" if plain else "to_json(raw.extra)::varchar"
        return f"case when contains({text}, 'metadata') and json_valid({text}) then {text} end"


def _not_blank(text: str) -> str:
    # Most begin and end with visible characters; searching for invisible ones costs fifty times
    # more. Unlike `right`, `[-1]` is computed once per value of a file's dictionary.
    plain = f"ascii({text}) between 33 and 126 and ascii(({text})[-1]) between 33 and 126"
    visible = f"trim({text}, '{_INVISIBLE}') <> ''"
    return f"case when {plain} then {text} when {visible} then trim({text}) end"


_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
            "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE")  # fmt: skip


def _of_number(number: str) -> str:
    """Return the time of a number since 1970, in the unit that gives a plausible time.

    Seconds are below 100,000,000,000 (the year 5138), milliseconds and microseconds a thousand
    times that each, larger ones are nanoseconds.
    """
    return (
        f"make_timestamptz((case when abs({number}) < 1e11 then {number} * 1e6 "
        f"when abs({number}) < 1e14 then {number} * 1e3 when abs({number}) < 1e17 then {number} "
        f"when abs({number}) < 1e20 then {number} / 1e3 end)::bigint)"
    )


def _find_kinds(connection: duckdb.DuckDBPyConnection, columns: _Columns) -> None:
    """Find each word's kind of action, once per word and service."""
    words = [*map(columns.text, KIND_COLUMNS), columns.service()]
    rows = connection.execute(f"select distinct {', '.join(words)} from raw").fetchall()
    found = []
    for row in rows:
        kind, word = kind_of(*row), word_of_event(*row)
        severe = word is not None and word.severity == "high"
        found.append((*row, kind, word is not None, severe, kind in _SHARES, kind in _GRANTING))
    names = (*KIND_COLUMNS, "service", "kind", *_FLAGS)
    _keep(connection, "kinds", names, found)


def _find_networks(connection: duckdb.DuckDBPyConnection, columns: _Columns) -> None:
    """Find each address's network and provider's pool, once per address."""
    ip = columns.id("ip")
    # Each address is looked at once, not once an event.
    raw = "(select distinct ip from raw) as raw" if "ip" in columns else "raw"
    rows = connection.execute(f"select distinct {ip} from {raw} where {ip} is not null").fetchall()
    found = [(address, network_of(address), pool_of(address)) for (address,) in rows]
    _keep(connection, "networks", ("ip", "network", "pool"), found)


def _find_programs(connection: duckdb.DuckDBPyConnection, columns: _Columns) -> None:
    """Find each user agent's program, once per user agent."""
    client = _client(columns)
    rows = connection.execute(f"select distinct {client} from raw").fetchall()
    found = [(agent, program_of(agent)) for (agent,) in rows if agent is not None]
    _keep(connection, "programs_of", ("client", "program"), found)


def _client(columns: _Columns) -> str:
    if "extra" not in columns:
        return columns.id("user_agent")
    text = columns.text("extra")
    inside = f"json_extract_string({columns.extra()}, '$.metadata.client')"
    # Looking for the word is much cheaper than reading the JSON of every event.
    of_client = f"case when contains({text}, '\"client\"') then {inside} end"
    return f"coalesce({columns.id('user_agent')}, {of_client})"


def _find_people(connection: duckdb.DuckDBPyConnection, columns: _Columns) -> None:
    """Find each user id's person, per account, for events that have only the id."""
    user, email = columns.id("user_id"), columns.id("user_email")
    asked = connection.execute(
        f"select 1 from raw where {user} is not null and {email} is null limit 1"
    ).fetchone()
    known = known_people_sql(columns.account(), columns.id, columns.there) if asked else None
    empty = "select null::varchar as account, null::varchar as user_id, null::varchar as email"
    connection.execute(f"create or replace temp table known_people as {known or empty}")


def _find_addresses(connection: duckdb.DuckDBPyConnection, columns: _Columns) -> None:
    """Find what the addresses of users and owners identify, once per address."""
    told = " union ".join(f"select {columns.text(name)} as told from raw" for name in _ADDRESSES)
    connection.execute(
        f"create or replace temp table addresses as select told, {_who('address')} as address "
        f"from (select told, {_not_blank('told')} as address from ({told}) where told is not null)"
    )


def _keep(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: tuple[str, ...],
    rows: list[tuple[Any, ...]],
) -> None:
    """Make a temporary table of rows."""
    import pyarrow as pa

    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    types = [pa.bool_() if column in _FLAGS else pa.string() for column in columns]
    arrays = [pa.array(list(v), type_) for v, type_ in zip(values, types, strict=True)]
    connection.register("found", pa.table(dict(zip(columns, arrays, strict=True))))
    connection.execute(f"create or replace temp table {name} as select * from found")
    connection.unregister("found")


def _select(columns: _Columns, condition: str) -> str:
    """Return the query of ``raw`` in the columns of ``activity``."""
    text, id_ = columns.text, columns.id
    extra = columns.extra()

    def at(column: str, path: str) -> str:
        return f"json_extract_string({extra if column == 'extra' else text(column)}, '{path}')"

    def known(name: str) -> str:
        found = {"user_email": "normal_user", "user_id": "normal_user_id"}
        return found.get(name) or id_(name)

    person = person_sql(known, at, "normal_kind", "normal_known")
    return f"""
    with joined as ({_joined(columns, condition)}), described as (
        select
            normal_id, normal_account, {columns.service()} as service_of,
            {columns.time()} as happened, normal_kind, normal_user, {person} as person, normal_ip,
            normal_network, normal_pool,
            normal_object as object_id, {text("metadata_type")} as object_type,
            {text("metadata_name")} as name, {text("previous_metadata_name")} as previous_name,
            {text("metadata_path")} as path, {columns.number("metadata_size")} as size,
            case when normal_folder is not null then hash(normal_folder) end as folder,
            normal_owner as owner,
            coalesce({_told("normal_shares", _TARGETS)}, {_object_is_a_person(columns)}) as target,
            {_of_permissions("email")} as emails,
            {_of_permissions("role")} as roles, {_of_permissions("type")} as types,
            coalesce({_told("normal_grants", _GRANTS)},
                     {_told("not normal_grants and normal_shares", _SCOPES)}) as scope,
            {_told("normal_shares", _ROLES)} as role,
            normal_client, normal_program, normal_understood, normal_severe
        from (select *, json_extract_string(normal_extra, {list(_TOLD)}) as told,
                     {id_("metadata_id")} as normal_object, {_folder(columns)} as normal_folder
              from joined as raw) as raw
    ), named as (
        select *, case when emails is null then target
                       else coalesce(target, {_OUTSIDE}, emails[1]) end as with_whom
        from described
    )
    select normal_id, normal_account, service_of, happened, normal_kind,
           case when person = normal_user then person else {_who("person")} end, normal_ip,
           normal_network, normal_pool, object_id, object_type, name, previous_name, path, size,
           folder, owner, {_who("with_whom")},
           case when types is null then scope
                else coalesce(scope, [t for t in types if t = 'anyone'][1]) end,
           case when roles is null then role else coalesce(role, roles[1]) end,
           normal_client, normal_program, normal_understood, normal_severe
    from named
    """


def _joined(columns: _Columns, condition: str) -> str:
    """Return the query of ``raw`` with what was found once per word, address and program."""
    return f"""
        select
            raw.*, kinds.kind as normal_kind, kinds.shares as normal_shares,
            kinds.grants as normal_grants, kinds.understood as normal_understood,
            kinds.severe as normal_severe,
            networks.network as normal_network, networks.pool as normal_pool,
            known_people.email as normal_known, programs_of.program as normal_program,
            users.address as normal_user, owners.address as normal_owner,
            case when kinds.shares or kinds.grants then {columns.extra()} end as normal_extra
        from ({_before_joins(columns)}) as raw
        join kinds on {_same(columns.text)} and kinds.service is not distinct from
            {columns.service()}
        left join networks on networks.ip = normal_ip
        left join known_people on known_people.user_id = normal_user_id
            and known_people.account = normal_account
        left join programs_of on programs_of.client = normal_client
        left join addresses as users on users.told = {columns.text("user_email")}
        left join addresses as owners on owners.told = {columns.text("metadata_owner_email")}
        where {condition}
    """


def _before_joins(columns: _Columns) -> str:
    """Return the query of ``raw`` with what is computed before the joins.

    The joins take the columns' dictionaries away, with which it is computed once per value.
    """
    return (
        f"select *, {columns.id('id')} as normal_id, {columns.account()} as normal_account, "
        f"{columns.id('user_id')} as normal_user_id, {columns.id('ip')} as normal_ip, "
        f"{_client(columns)} as normal_client from raw"
    )


def _told(when: str, paths: tuple[str, ...]) -> str:
    """Return the first value at paths in the metadata of events that meet a condition."""
    found = ", ".join(f"told[{_TOLD.index(f'$.metadata.{path}') + 1}]" for path in paths)
    return f"case when {when} then coalesce({found}) end"


def _of_permissions(name: str) -> str:
    """Return a field of each of v1's permissions."""
    field = f"json_extract_string(normal_extra, '$.metadata.{_PERMISSIONS}.{name}')::varchar[]"
    return f"case when normal_shares then {field} end"


def _folder(columns: _Columns) -> str:
    """Return an object's folder, its id or path."""
    above = f"regexp_extract({columns.text('metadata_path')}, '^(.*)/[^/]+$', 1)"
    return f"nullif(coalesce({columns.id('metadata_parent_id')}, {above}), '')"


def _object_is_a_person(columns: _Columns) -> str:
    """Return the person whom an event is about, if its object is a person."""
    name, own = columns.text("metadata_name"), columns.text("user_name")
    return (
        f"case when {columns.text('metadata_type')} = 'user' then coalesce("
        f"{columns.id('metadata_email')}, case when normal_object = normal_user_id "
        f"or {name} = {own} then {columns.id('user_email')} end, {name}) end"
    )


#: Among several people, one outside the acting person's domain.
_OUTSIDE = (
    "[e for e in emails if split_part(lower(e), '@', 2) <> split_part(lower(person), '@', 2)][1]"
)


def _same(text: Callable[[str], str]) -> str:
    return " and ".join(f"kinds.{name} is not distinct from {text(name)}" for name in KIND_COLUMNS)


def _who(name: str) -> str:
    """Return an e-mail address in lower case; user ids, which may have any case, are unchanged."""
    return f"case when {name} like '%@%' then lower(trim({name})) else {name} end"
