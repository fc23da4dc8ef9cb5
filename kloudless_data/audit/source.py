"""The events of an audit in one DuckDB table, `activity`, whatever they come from."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter, MissingPackage
from ..schema.times import parse_time
from .derived import DERIVED
from .normal import add_events, drop_repeated
from .relation import forget, is_archive, make_known

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

__all__ = ["Activity", "is_archive", "open_activity"]


class Activity:
    """The normalised events of an audit, and a DuckDB connection to ask about them.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        It has the table ``activity``: ``event_id``, ``account``, ``service``, ``time`` (timestamp
        with time zone), ``kind``, ``person``, ``ip``, ``network``, ``object_id``, ``object_type``,
        ``name``, ``previous_name``, ``path``, ``size``, ``owner``, ``target``, ``scope``,
        ``role``, ``client``. Events without a time are not in it; every event of an account is in
        it once. An event is known by its account and its id: another account's may have the same.
    since, until : datetime
        The time that the audit is about: from inclusive, to exclusive.
    timeless : int
        How many events have no time, and are left out.
    repeated : int
        How many tellings of events that had been told before are left out.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.since = self.until = datetime.fromtimestamp(0, UTC)
        self.timeless = self.repeated = 0
        #: Account, from, to: time of which the input may lack events. Silence is explained by it.
        self.unread: list[tuple[str, datetime, datetime]] = []
        #: Rule -> what it could not judge, and why.
        self.unjudged: dict[str, str] = {}
        self._made: set[str] = set()

    def frame(self, query: str, *parameters: Any) -> pd.DataFrame:
        """Return what a query gives, as a DataFrame; ``?`` stands for parameters."""
        with warnings.catch_warnings():
            # DuckDB uses what pandas is about to drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            return self.connection.execute(query, list(parameters)).df()

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return what a query gives, as tuples."""
        return self.connection.execute(query, list(parameters)).fetchall()

    def derived(self, name: str) -> str:
        """Return the name of one of the tables of `DERIVED`, which is made when first asked for.

        Parameters
        ----------
        name : {"daily", "people", "steps", "hourly"}
        """
        if name not in self._made:
            needs, query = DERIVED[name]
            for other in needs:
                self.derived(other)
            self.run(f"create temp table {name} as {query}")
            self._made.add(name)
        return name

    def cannot_judge(self, rule: str, sentence: str) -> None:
        """Note what a rule cannot say, such as of whom there is too little history."""
        self.unjudged[rule] = sentence

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
        Earlier events that people's habits are learned from. Those that `events` has as well count
        once.
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
            accounts = None if accounts is None else _several(accounts)
            unique = make_known(connection, events)
            activity.timeless = add_events(connection, _time(until), accounts)
            first = _set_window(activity, _time(since), _time(until))
            if baseline is not None:
                forget(connection)
                make_known(connection, baseline)
                unique = False  # it may overlap
                activity.timeless += add_events(connection, activity.since, accounts, first)
            if not unique:
                activity.repeated = drop_repeated(connection)
            forget(connection)
            yield activity
        finally:
            connection.close()


def _memory(limit: str) -> str:
    if not limit.replace(".", "").isalnum():
        raise InvalidParameter(f"{limit!r} is no amount of memory: write 1GB or 512MB.")
    return limit


def _time(value: datetime | date | str | None) -> datetime | None:
    """Return a time as UTC; of a day, its beginning."""
    return None if value is None else parse_time(value)


def _set_window(
    activity: Activity, since: datetime | None, until: datetime | None
) -> datetime | None:
    """Set what the audit is about, and return the time of the first event."""
    if since is not None and until is not None and since >= until:
        raise InvalidParameter(f"Nothing can be between {since} and {until}: since comes first.")
    ((first, last),) = activity.rows("select min(time), max(time) from activity")
    start = since or first or until or datetime.fromtimestamp(0, UTC)
    activity.since, activity.until = start, until or last or start
    known: datetime | None = first
    return known


def _several(accounts: Iterable[str] | str) -> list[str]:
    return [accounts] if isinstance(accounts, str) else list(accounts)
