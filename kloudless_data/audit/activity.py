"""The events of an audit in one DuckDB table, `activity`, whatever they come from."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import InvalidParameter, MissingPackage
from ..schema.times import parse_time
from .derived import DERIVED
from .normalize import add_events, drop_repeated, unknown_words
from .sources import EventSource
from .statistics import DAY, Log

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

__all__ = ["Activity", "open_activity"]


class Activity:
    """The normalised events of an audit, and a DuckDB connection to ask about them.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        It has the table ``activity``: ``event_id``, ``account``, ``service``, ``time`` (timestamp
        with time zone), ``kind``, ``person``, ``ip``, ``network``, ``pool``, ``object_id``,
        ``object_type``, ``name``, ``previous_name``, ``path``, ``size``, ``owner``, ``target``,
        ``scope``, ``role``, ``client``, ``program``, ``understood``. Events without a time are not
        in it; every event of an account is in it once. An event is known by its account and its
        id: another account's may have the same.
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
        #: Words for what happened that no table has -> how many events have them.
        self.unknown: dict[str, int] = {}
        self._made: set[str] = set()
        self._columns: dict[str, Any] = {}

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
        name : str
            Such as ``people`` or ``coded``.
        """
        if name not in self._made:
            needs, query = DERIVED[name]
            for other in needs:
                self.derived(other)
            self.run(f"create temp table {name} as {query}")
            self._made.add(name)
        return name

    def log(self, where: str, *parameters: Any, weight: str = "1") -> Log:
        """Return events of people that fulfil a condition, sorted by person and time.

        Parameters
        ----------
        where : str
            A condition on the table ``coded``, in SQL.
        weight : str
            What each event counts, in SQL.
        """
        self.derived("coded")
        found = self.columns(
            f"select who, time, number, ({weight})::double as weight from coded "
            f"where {where} order by who, time, number",
            *parameters,
        )
        # Who and when stays: sentences say what is usual of a person.
        self._kept(f"when {where}", lambda: (found["who"].astype(np.int32), found["time"]))
        return Log(*(found[name] for name in ("who", "time", "number", "weight")))

    def times_of(self, who: int, where: str) -> Any:
        """Return when a person's events were that `log` returned of a condition, in order."""
        people, times = self._columns[f"when {where}"]
        low, high = np.searchsorted(people, [who, who + 1])
        return times[low:high]

    def columns(self, query: str, *parameters: Any) -> dict[str, Any]:
        """Return what a query gives, a NumPy array a column."""
        found = self.connection.execute(query, list(parameters)).fetchnumpy()
        return {
            name: values.astype(np.int64) if values.dtype == np.int32 else values
            for name, values in found.items()
        }

    @property
    def people(self) -> pd.DataFrame:
        """Return the table ``people``: a row a person and account, in order of ``who``."""
        query = f"select * from {self.derived('people')} order by who"
        return self._kept("people", lambda: self.frame(query))

    def _kept(self, name: str, made: Callable[[], Any]) -> Any:
        """Return something that is made once."""
        if name not in self._columns:
            self._columns[name] = made()
        return self._columns[name]

    @property
    def days(self) -> Any:
        """Return on how many days each person was active."""
        return self._kept("days", lambda: self.people["days"].to_numpy(dtype=float))

    @property
    def begun(self) -> Any:
        """Return when each person was first active, in microseconds since 1970."""
        times = "datetime64[us, UTC]"
        return self._kept(
            "begun", lambda: self.people["first"].astype(times).astype("int64").to_numpy()
        )

    @property
    def person_days(self) -> int:
        """Return on how many days anybody was active, all people's added up."""
        return int(self.days.sum())

    @property
    def days_each(self) -> float:
        """Return on how many days people were active, on average.

        What is asked once of a person is so many person-days rarer than what is asked each day.
        """
        return max(self.person_days / max(len(self.days), 1), 1.0)

    @property
    def first(self) -> int:
        """Return when the first event was, in microseconds since 1970: days are counted from it."""
        if "first" not in self._columns:
            ((first, last),) = self.rows(
                "select epoch_us(min(time)), epoch_us(max(time)) from activity"
            )
            self._columns["first"], self._columns["last"] = first or 0, last or 0
        return int(self._columns["first"])

    @property
    def blocks(self) -> int:
        """Return how many days of 24 hours there are from the first event to the last."""
        first = self.first
        return int((self._columns["last"] - first) // DAY + 1)

    @property
    def teams(self) -> Any:
        """Return the number of each person's account."""
        return self._kept("teams", lambda: self.people["account"].factorize()[0].astype(np.int64))

    @property
    def team_sizes(self) -> Any:
        """Return how many people each account has."""
        return self._kept("team_sizes", lambda: np.bincount(self.teams, minlength=1))

    def counts_by_account(self) -> dict[str, int]:
        """Return how many events each account has."""
        return dict(self.rows("select account, count(*) from activity group by account"))

    def not_understood(self) -> dict[str, Any]:
        """Return how many events are of kinds that no table of words has, and which words."""
        every = sum(self.counts_by_account().values())
        events = sum(self.unknown.values())
        share = round(events / every, 6) if every else 0.0
        return {"events": events, "share": share, "words": dict(self.unknown)}

    def cannot_judge(self, rule: str, sentence: str) -> None:
        """Note what a rule cannot say, such as of whom there is too little history."""
        self.unjudged[rule] = sentence

    def run(self, query: str, *parameters: Any) -> None:
        """Run a statement."""
        self.connection.execute(query, list(parameters))


@contextmanager
def open_activity(
    source: EventSource,
    *,
    baseline: EventSource | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    accounts: Iterable[str] | None = None,
    memory_limit: str = "1GB",
) -> Iterator[Activity]:
    """Make `activity` of events, in a temporary database that is gone afterwards.

    Parameters
    ----------
    source : EventSource
        The events to examine.
    baseline : EventSource, optional
        Earlier events that people's habits are learned from. Those that `source` has as well count
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
        The source has no events' columns, or a time is none.
    MissingPackage
        DuckDB is not installed.
    """
    try:
        import duckdb
        import ua_parser  # noqa: F401
    except ModuleNotFoundError:
        raise MissingPackage(
            'The audit needs DuckDB and ua-parser. Install: pip install "kloudless-data[audit]"'
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
            source.register(connection)
            unique = source.unique
            activity.timeless = add_events(connection, _time(until), accounts)
            first = _set_window(activity, _time(since), _time(until))
            if baseline is not None:
                _forget(connection)
                baseline.register(connection)
                unique = False  # it may overlap
                activity.timeless += add_events(connection, activity.since, accounts, first)
            if not unique:
                activity.repeated = drop_repeated(connection)
            _forget(connection)
            # Rows keep their numbers from here on: nothing is written to the table any more.
            connection.execute("checkpoint")
            activity.unknown = unknown_words(connection)
            yield activity
        finally:
            connection.close()


def _forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the connection forget ``raw``."""
    connection.unregister("raw")
    for kind in ("view", "table"):
        with suppress(Exception):  # it is one of the two
            connection.execute(f"drop {kind} if exists raw")


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
