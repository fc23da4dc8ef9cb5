"""Load an audit's events into its table, from whatever source, in a temporary database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ..events.executors import executor_of
from ..exceptions import InvalidParameter, MissingPackage
from ..schema.times import parse_time
from ..storage.scratch import ScratchFolder
from .activity import Activity
from .misdated import set_aside_misdated
from .normalize import add_events, number_kinds, unknown_words
from .repeated import drop_repeated
from .sources import EventSource
from .spread import add_spread

if TYPE_CHECKING:
    import duckdb

__all__ = ["open_activity"]

#: The database is deleted with its folder, so nothing checkpoints it, which took a tenth of a small
#: audit's time.
_SETTINGS = """
set timezone = 'UTC';
set preserve_insertion_order = false;
set enable_progress_bar = false;
set wal_autocheckpoint = '1TB';
pragma disable_checkpoint_on_shutdown;
"""


@contextmanager
def open_activity(
    source: EventSource,
    *,
    baseline: EventSource | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    accounts: Iterable[str] | None = None,
    memory_limit: str = "1GB",
    executor: Any = None,
) -> Iterator[Activity]:
    """Load events into `activity`, in a temporary database deleted on exit.

    Parameters
    ----------
    source : EventSource
        The events to examine.
    baseline : EventSource, optional
        Earlier events to learn habits from. Events also in `source` count once.
    since, until : datetime or str, optional
        The time to audit; UTC if it has no time zone. Events before `since` are read too, as
        people's history; events from `until` on are not.
    accounts : iterable of str, optional
        Only these accounts. Default: all.
    memory_limit : str
        Memory DuckDB may use before it spills to a temporary folder. Default: ``"1GB"``.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Its workers read and normalise the events of `source`, which must be an archive.

    Yields
    ------
    Activity

    Raises
    ------
    InvalidParameter
        The source lacks the columns of events, or a time is invalid.
    MissingPackage
        DuckDB is not installed.
    ExportFailed
        The temporary folder is full.
    """
    try:
        import duckdb
        import ua_parser  # noqa: F401
    except ModuleNotFoundError:
        raise MissingPackage(
            'The audit needs DuckDB and ua-parser. Install: pip install "kloudless-data[audit]"'
        ) from None
    with ScratchFolder("audit") as folder, folder.errors():
        connection = duckdb.connect(str(folder.path / "activity.duckdb"))
        try:
            connection.execute(_SETTINGS)
            connection.execute(f"set memory_limit = '{_memory(memory_limit)}'")
            activity = Activity(connection)
            accounts = None if accounts is None else _several(accounts)
            source.register(connection)
            if executor is None:
                activity.timeless = add_events(connection, _time(until), accounts)
            else:
                activity.timeless = add_spread(
                    connection, source, executor_of(executor), _time(until), accounts, folder.path
                )
            _clean(activity, unique=source.unique)
            first = _set_window(activity, _time(since), _time(until))
            if baseline is not None:
                _forget(connection)
                baseline.register(connection)
                activity.timeless += add_events(connection, activity.since, accounts, first)
                _clean(activity, unique=False)  # it may overlap
            _forget(connection)
            # Rows keep their numbers from here on: nothing is written to the table any more, and
            # only checkpoints renumber rows.
            number_kinds(connection)
            activity.unknown = unknown_words(connection)
            yield activity
        finally:
            connection.close()


def _clean(activity: Activity, *, unique: bool) -> None:
    """Drop repeated events, unless the source has none, and those with impossible dates."""
    if not unique:
        activity.repeated += drop_repeated(activity.connection)
    activity.misdated += set_aside_misdated(activity.connection)


def _forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop ``raw`` from the connection."""
    connection.unregister("raw")
    for kind in ("view", "table"):
        with suppress(Exception):  # it is either
            connection.execute(f"drop {kind} if exists raw")


def _memory(limit: str) -> str:
    if not limit.replace(".", "").isalnum():
        raise InvalidParameter(f"{limit!r} is not an amount of memory. Write 1GB or 512MB.")
    return limit


def _time(value: datetime | date | str | None) -> datetime | None:
    """Return a time in UTC; a day counts from its start."""
    return None if value is None else parse_time(value)


def _set_window(
    activity: Activity, since: datetime | None, until: datetime | None
) -> datetime | None:
    """Set the time the audit covers, and return the first event's time."""
    if since is not None and until is not None and since >= until:
        raise InvalidParameter(f"({until}) must be later than the start ({since}).",
                               parameter="until")  # fmt: skip
    ((first, last),) = activity.rows("select min(time), max(time) from activity")
    start = since or first or until or datetime.fromtimestamp(0, UTC)
    activity.since, activity.until = start, until or last or start
    known: datetime | None = first
    return known


def _several(accounts: Iterable[str] | str) -> list[str]:
    return [accounts] if isinstance(accounts, str) else list(accounts)
