"""Events as the audit sees them: one DuckDB table, `activity`, whatever they come from.

Kloudless tells the same thing in several ways: v1 has one word for what happened, v2 three; the
acting person is `user` in v2, the last modifier in v1, and inside the session's metadata for
log-ins. `activity` has one column for each thing that rules ask about. Which field stands for what
is documented or was seen where `docs/api.md` says so, and our assumption (A) for shares, roles,
links and sessions.
"""

from __future__ import annotations

import ipaddress
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter, MissingPackage

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from ..archive import Archive

__all__ = ["Activity", "is_archive", "open_activity"]

#: v2's subtypes -> the word for it here: v1's own (D), and for the rest the upstream's (A).
_SUBTYPES = {
    ("login", "success"): "login",
    ("login", "failure"): "failed_login",
    ("share", "shared_link_created"): "shared_link",
    ("permission", "role_changed"): "permission_change",
    ("group", "member_added"): "group_add_member",
}


class Activity:
    """The normalised events of an audit, and a DuckDB connection to ask about them.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        It has the table ``activity``: ``event_id``, ``account``, ``service``, ``time`` (timestamp
        with time zone), ``kind``, ``person``, ``ip``, ``network``, ``object_id``, ``object_type``,
        ``name``, ``previous_name``, ``path``, ``size``, ``owner``, ``target``, ``scope``,
        ``role``, ``client``. Events without a time are not in it.
    since, until : datetime
        The time that the audit is about: from inclusive, to exclusive.
    timeless : int
        How many events have no time, and are left out.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.since = self.until = datetime.fromtimestamp(0, UTC)
        self.timeless = 0
        #: Account, from, to: time of which the input may lack events. Silence is explained by it.
        self.unread: list[tuple[str, datetime, datetime]] = []
        self._has_steps = False
        self._frames: dict[tuple[Any, ...], pd.DataFrame] = {}

    def frame(self, query: str, *parameters: Any) -> pd.DataFrame:
        """Return what a query gives, as a DataFrame; ``?`` stands for parameters."""
        with warnings.catch_warnings():
            # DuckDB uses what pandas is about to drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            return self.connection.execute(query, list(parameters)).df()

    def known(self, query: str, *parameters: Any) -> pd.DataFrame:
        """Return what `frame` does, asked once however many rules want it."""
        key = (query, *parameters)
        if key not in self._frames:
            self._frames[key] = self.frame(query, *parameters)
        return self._frames[key].copy()

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return what a query gives, as tuples."""
        return self.connection.execute(query, list(parameters)).fetchall()

    def steps(self) -> str:
        """Return the name of a table of each person's events with the time of the one before.

        Its columns are ``account``, ``person``, ``time``, ``network``, ``before``. It is made when
        first asked for: sorting all events takes longest of all.
        """
        if not self._has_steps:
            self.run(
                """
                create temp table steps as
                select account, person, time, network, lag(time) over w as before
                from activity where person is not null
                window w as (partition by account, person order by time)
                """
            )
            self._has_steps = True
        return "steps"

    def run(self, query: str, *parameters: Any) -> None:
        """Run a statement."""
        self.connection.execute(query, list(parameters))


@contextmanager
def open_activity(
    events: Any,
    *,
    baseline: Any = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    accounts: Iterable[str] | None = None,
    memory_limit: str = "1GB",
) -> Iterator[Activity]:
    """Make `activity` of events, in a temporary database that is gone afterwards.

    Parameters
    ----------
    events : DataFrame, Table, EventStream, Archive, path, or sequence of paths
        Events of `to_frame`, Arrow tables or record batches of them; an exported Parquet file or
        folder; an archive or where it is.
    baseline : as `events`, optional
        Earlier events that people's habits are learned from.
    since, until : datetime or str, optional
        What the audit is about; without a time zone, UTC. Events before `since` are read too, as
        people's history; later ones than `until` are not.
    accounts : iterable of str, optional
        Only of these.
    memory_limit : str
        What DuckDB may take before it writes to a temporary folder.

    Yields
    ------
    Activity

    Raises
    ------
    InvalidParameter
        `events` is nothing of that kind, or has no events' columns.
    MissingPackage
        DuckDB is not installed.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise MissingPackage(
            'The audit needs DuckDB. Install: pip install "kloudless-data[audit]"'
        ) from None
    with tempfile.TemporaryDirectory(prefix="kloudless-audit-") as folder:
        connection = duckdb.connect(str(Path(folder) / "activity.duckdb"))
        try:
            connection.execute("set timezone = 'UTC'")
            connection.execute(f"set memory_limit = '{_memory(memory_limit)}'")
            connection.execute("set preserve_insertion_order = false")
            connection.execute("set enable_progress_bar = false")
            activity = Activity(connection)
            _register(connection, events)
            _fill(activity, _time(until), accounts)
            _set_window(activity, _time(since), _time(until))
            if baseline is not None:
                _unregister(connection)
                _register(connection, baseline)
                _fill(activity, activity.since, accounts)
            yield activity
        finally:
            connection.close()


def _memory(limit: str) -> str:
    if not limit.replace(".", "").isalnum():
        raise InvalidParameter(f"{limit!r} is no amount of memory: write 1GB or 512MB.")
    return limit


def _time(value: datetime | str | None) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise InvalidParameter(f"{value!r} is no time: write 2026-03-01 or the like.") from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


def _register(connection: duckdb.DuckDBPyConnection, events: Any) -> None:
    """Let the connection know the events as they are, under the name ``raw``."""
    import pandas as pd
    import pyarrow as pa

    from ..archive import Archive
    from ..events import EventStream

    if isinstance(events, Archive):
        _register_archive(connection, events)
    elif isinstance(events, pd.DataFrame):
        connection.register("raw", pa.Table.from_pandas(events, preserve_index=False))
    elif isinstance(events, (pa.Table, pa.RecordBatch)):
        table = pa.Table.from_batches([events]) if isinstance(events, pa.RecordBatch) else events
        connection.register("raw", table)
    elif isinstance(events, EventStream):
        reader = pa.RecordBatchReader.from_batches(events.schema, iter(events))
        connection.register("stream", reader)
        # A stream can be read once only.
        connection.execute("create temp table raw as select * from stream")
        connection.unregister("stream")
    elif isinstance(events, (str, os.PathLike)) or _all_paths(events):
        _register_files(connection, events)
    else:
        raise InvalidParameter(
            f"An audit cannot be made of {type(events).__name__}. Give a DataFrame of events, an "
            "exported Parquet file or folder, or an Archive."
        )


def _unregister(connection: duckdb.DuckDBPyConnection) -> None:
    connection.unregister("raw")
    for kind in ("view", "table"):
        with suppress(Exception):  # it is one of the two
            connection.execute(f"drop {kind} if exists raw")


def _all_paths(events: Any) -> bool:
    return isinstance(events, (list, tuple)) and all(
        isinstance(one, (str, os.PathLike)) for one in events
    )


def _register_files(connection: duckdb.DuckDBPyConnection, events: Any) -> None:
    import duckdb

    from ..archive import Archive

    paths = [os.fspath(one) for one in (events if isinstance(events, list | tuple) else [events])]
    if len(paths) == 1 and is_archive(paths[0]):
        _register_archive(connection, Archive(paths[0]))
        return
    if any("://" in path for path in paths):
        _register_remote(connection, paths)
        return
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise InvalidParameter(f"There is nothing at {', '.join(missing)}.")
    files = [file for path in paths for file in _parquet_files(Path(path))]
    try:
        _register_local(connection, files)
    except duckdb.Error as error:
        raise InvalidParameter(
            f"{', '.join(paths)} cannot be read as Parquet: {str(error).splitlines()[0]}. "
            "Export events with --format parquet, or give an archive."
        ) from None


def _parquet_files(path: Path) -> list[str]:
    """Return a file, or those of a folder that are not hidden."""
    if path.is_file():
        return [str(path)]
    found = sorted(str(file) for file in path.glob("*.parquet") if file.name[0] not in "._")
    if not found:
        raise InvalidParameter(f"There are no Parquet files in {path}.")
    return found


def _register_local(connection: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    """Let DuckDB read files itself: Arrow would read ahead by gigabytes."""
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    connection.execute(
        f"create or replace temp view raw as select * from "
        f"read_parquet([{names}], union_by_name = true, hive_partitioning = false)"
    )
    connection.execute("select id from raw limit 0")


def _register_remote(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    import pyarrow as pa
    import pyarrow.dataset as ds

    try:
        parts = [ds.dataset(path, format="parquet") for path in paths]
    except (OSError, pa.ArrowInvalid) as error:
        raise InvalidParameter(f"{', '.join(paths)} cannot be read as Parquet: {error}.") from None
    connection.register("raw", parts[0] if len(parts) == 1 else ds.dataset(parts))


def _register_archive(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    files = archive.local_files()
    if files:
        _register_local(connection, files)
    else:
        connection.register("raw", archive.dataset())


def is_archive(path: str) -> bool:
    """Tell whether there is an archive at a path or URL."""
    from ..archive import Archive

    if "://" in path:
        return Archive(path).exists()
    return (Path(path) / "events" / "_delta_log").is_dir()


def _fill(activity: Activity, until: datetime | None, accounts: Iterable[str] | None) -> None:
    """Add the events of ``raw`` to ``activity``."""
    connection = activity.connection
    there = {name: type_ for name, type_, *_ in connection.execute("describe raw").fetchall()}
    if "id" not in there or "modified" not in there:
        raise InvalidParameter(
            "These are no events: there are no columns id and modified. Their columns are: "
            f"{', '.join(list(there)[:12])}."
        )
    conditions, parameters = ["raw.modified is not null"], list[Any]()
    if until is not None:
        conditions.append("raw.modified < ?")
        parameters.append(until)
    if accounts is not None:
        conditions.append(f"list_contains(?, {_account(there)})")
        parameters.append(list(accounts))
    _find_networks(connection, there)
    _find_people(connection, there)
    query = f"{_select(there)} where {' and '.join(conditions)}"
    known = connection.execute("select 1 from duckdb_tables() where table_name = 'activity'")
    make = "insert into activity" if known.fetchall() else "create table activity as"
    connection.execute(f"{make} {query}", parameters)
    counted = connection.execute("select count(*) from raw where modified is null").fetchone()
    activity.timeless += counted[0] if counted else 0


def _set_window(activity: Activity, since: datetime | None, until: datetime | None) -> None:
    ((first, last),) = activity.rows("select min(time), max(time) from activity")
    start = since or first or until or datetime.fromtimestamp(0, UTC)
    activity.since, activity.until = start, until or last or start


def _account(there: dict[str, str]) -> str:
    names = [name for name in ("account_key", "source", "account") if name in there]
    return (
        f"coalesce({', '.join(f'raw.{name}' for name in names)}, 'unknown')"
        if names
        else "'unknown'"
    )


def _find_networks(connection: duckdb.DuckDBPyConnection, there: dict[str, str]) -> None:
    """Say which network each address is of, once an address."""
    import pyarrow as pa

    found: list[str] = []
    if "ip" in there:
        rows = connection.execute("select distinct ip from raw where ip is not null").fetchall()
        found = [ip for (ip,) in rows]
    networks = [network_of(ip) for ip in found]
    table = pa.table(
        {"ip": pa.array(found, pa.string()), "network": pa.array(networks, pa.string())}
    )
    connection.register("found", table)
    connection.execute("create or replace temp table networks as select * from found")
    connection.unregister("found")


def _find_people(connection: duckdb.DuckDBPyConnection, there: dict[str, str]) -> None:
    """Say whose each user id is: v1's groups have nothing else of who acted."""
    connection.execute("create or replace temp table known_people (user_id varchar, email varchar)")
    if {"user_id", "metadata_last_modifier_id", "metadata_last_modifier_email"} <= set(there):
        connection.execute(
            """
            insert into known_people
            select user_id, max(metadata_last_modifier_email) from raw
            where user_id = metadata_last_modifier_id and metadata_last_modifier_email is not null
            group by user_id
            """
        )


def network_of(ip: str) -> str:
    """Return the network of an address: /24 of IPv4, /48 of IPv6; of other text, itself.

    These are the smallest that are routed on the internet, so that one provider's customer or one
    office is seldom in two of them by chance.

    Examples
    --------
    >>> network_of("203.0.113.77"), network_of("2001:db8:3::1")
    ('203.0.113.0/24', '2001:db8:3::/48')
    """
    with suppress(ValueError):
        address = ipaddress.ip_address(ip)
        prefix = 24 if address.version == 4 else 48
        return str(ipaddress.ip_network((address, prefix), strict=False))
    return ip


def _select(there: dict[str, str]) -> str:
    def text(name: str) -> str:
        if name not in there:
            return "null::varchar"
        return f"raw.{name}" if there[name] == "VARCHAR" else f"raw.{name}::varchar"

    def inside(path: str) -> str:
        return (
            f"json_extract_string(raw.extra, '$.metadata.{path}')" if "extra" in there else "null"
        )

    kind = _kind(text)
    size = "raw.metadata_size" if "metadata_size" in there else "null::bigint"
    session = f"case when {kind} in ('login', 'failed_login') then {inside('user.email')} end"
    shared = f"{kind} in ('share', 'shared_link', 'permission_change', 'group_add_member')"
    return f"""
    select
        {text("id")} as event_id,
        {_account(there)} as account,
        coalesce({text("service")}, {text("account_service")}) as service,
        raw.modified::timestamptz as time,
        {kind} as kind,
        coalesce({text("user_email")}, {session}, {text("metadata_last_modifier_email")},
                 case when {kind} in ('login', 'failed_login') then {text("metadata_name")} end,
                 known_people.email, {text("user_id")}) as person,
        {text("ip")} as ip,
        networks.network,
        {text("metadata_id")} as object_id,
        {text("metadata_type")} as object_type,
        {text("metadata_name")} as name,
        {text("previous_metadata_name")} as previous_name,
        {text("metadata_path")} as path,
        {size} as size,
        {text("metadata_owner_email")} as owner,
        case when {shared} then coalesce({inside("shared_with.email")}, {inside("member.email")})
            end as target,
        case when {shared} then {inside("link.scope")} end as scope,
        case when {shared} then {inside("role")} end as role,
        coalesce({text("user_agent")},
                 case when {kind} in ('login', 'failed_login') then {inside("client")} end
                 ) as client
    from raw left join networks on networks.ip = {text("ip")}
    left join known_people on known_people.user_id = {text("user_id")}
    """


def _kind(text: Any) -> str:
    """Return the expression of what happened, in one word."""
    cases = " ".join(
        f"when {text('event_type')} = '{general}' and {text('event_subtype')} = '{specific}' "
        f"then '{word}'"
        for (general, specific), word in _SUBTYPES.items()
    )
    specific = f"case {cases} end"
    return f"coalesce({text('type')}, {specific}, {text('event_type')}, 'unknown')"
