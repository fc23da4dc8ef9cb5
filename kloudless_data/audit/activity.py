"""An audit's events in one DuckDB table, `activity`, whatever their source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from ..text.counts import count
from .derived import DERIVED
from .statistics import DAY, Ints, Log
from .wording import microseconds

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

__all__ = ["WINDOW", "Activity"]

#: The events of an audit's time, given `Activity.since` and `Activity.until`.
WINDOW = "time between ? and ?"

#: Days without any event that count as such; see `Activity.keys_of`.
_LONGEST_GAP = 30


class Activity:
    """An audit's normalised events, and a DuckDB connection to query them.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the table ``activity``: ``event_id``, ``account``, ``service``, ``time`` (timestamp
        with time zone), ``kind``, ``person``, ``ip``, ``network``, ``pool``, ``object_id``,
        ``object_type``, ``name``, ``previous_name``, ``path``, ``size``, ``owner``, ``target``,
        ``scope``, ``role``, ``client``, ``program``, ``understood``, ``severe`` (whether the word
        for the action has high severity). It leaves out events without a time and holds each event
        of an account once. Account and id together identify an event: two accounts may use the same
        id.
    since, until : datetime
        The time the audit covers: `since` inclusive, `until` exclusive.
    timeless : int
        The number of events left out because they have no time.
    repeated : int
        The number of repeated events left out.
    misdated : list of dict
        The events left out because of their dates; see `set_aside_misdated`.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.since = self.until = datetime.fromtimestamp(0, UTC)
        self.timeless = self.repeated = 0
        self.misdated: list[dict[str, Any]] = []
        #: Account, start, end: periods whose events the input may lack, which can explain silence.
        self.unread: list[tuple[str, datetime, datetime]] = []
        #: Account -> the time up to which something says that its events were read.
        self.read_until: dict[str, datetime] = {}
        #: Rule -> what it could not judge, and why.
        self.unjudged: dict[str, str] = {}
        #: Unknown words for actions -> their number of events.
        self.unknown: dict[str, int] = {}
        self._made: set[str] = set()
        self._made_with: dict[str, tuple[Any, ...]] = {}
        self._columns: dict[str, Any] = {}

    def frame(self, query: str, *parameters: Any) -> pd.DataFrame:
        """Run a query and return its rows as a DataFrame.

        Parameters
        ----------
        query : str
            SQL, with ``?`` for each parameter.
        *parameters
            Values for the ``?``, in order.
        """
        return self.connection.execute(query, list(parameters)).df()

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run a query and return its rows as tuples.

        Parameters
        ----------
        query : str
            SQL, with ``?`` for each parameter.
        *parameters
            Values for the ``?``, in order.
        """
        return self.connection.execute(query, list(parameters)).fetchall()

    def derived(self, name: str) -> str:
        """Return the name of a table of `DERIVED`, making the table on first use.

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

    def is_made(self, name: str, parameters: tuple[Any, ...]) -> bool:
        """Tell whether a table was last made with these parameters; see `made`.

        Parameters
        ----------
        name : str
        parameters : tuple
        """
        return self._made_with.get(name) == parameters

    def made(self, name: str, parameters: tuple[Any, ...], query: str, *values: Any) -> None:
        """Make a temporary table, unless it was last made with the same parameters.

        Parameters
        ----------
        name : str
        parameters : tuple
            What its contents depend on, besides the events.
        query : str
            SQL, with ``?`` for each value.
        *values
            Values for the ``?``, in order.
        """
        if not self.is_made(name, parameters):
            self.run(f"create or replace temp table {name} as {query}", *values)
            self._made_with[name] = parameters

    def log(self, condition: str, *parameters: Any, weight: str = "1", among: str = "coded") -> Log:
        """Return people's events that meet a condition, sorted by person and time.

        Parameters
        ----------
        condition : str
            An SQL condition on the table, with ``?`` for each parameter.
        *parameters
            Values for the ``?``, in order.
        weight : str
            The weight of each event, as an SQL expression. Default: 1.
        among : str
            The table of `DERIVED`: ``coded`` or, of reads only, ``reads``. Default: ``coded``.
        """
        found = self.columns(
            f"select who, time, number, ({weight})::double as weight from {self.derived(among)} "
            f"where {condition} order by who, time, number",
            *parameters,
        )
        # Kept, because sentences say what is usual for a person.
        self.kept(f"when {condition}", lambda: (found["who"].astype(np.int32), found["time"]))
        return Log(*(found[name] for name in ("who", "time", "number", "weight")))

    def times_of(self, who: int, condition: str) -> Any:
        """Return the times of a person's events that met a condition.

        Parameters
        ----------
        who : int
            The person's number.
        condition : str
            The condition, exactly as an earlier call gave it to `log`.

        Returns
        -------
        array of int
            Microseconds since 1970, ascending.
        """
        people, times = self._columns[f"when {condition}"]
        low, high = np.searchsorted(people, [who, who + 1])
        return times[low:high]

    def columns(self, query: str, *parameters: Any) -> dict[str, Any]:
        """Run a query and return its columns as NumPy arrays.

        Parameters
        ----------
        query : str
            SQL, with ``?`` for each parameter.
        *parameters
            Values for the ``?``, in order.

        Returns
        -------
        dict of str to array
            By column; 32-bit integers are widened to ``int64``.
        """
        found = self.connection.execute(query, list(parameters)).fetchnumpy()
        return {
            name: values.astype(np.int64) if values.dtype == np.int32 else values
            for name, values in found.items()
        }

    @property
    def people(self) -> pd.DataFrame:
        """Return the table ``people``: one row per person and account, ordered by ``who``."""
        query = f"select * from {self.derived('people')} order by who"
        return self.kept("people", lambda: self.frame(query))

    def kept(self, name: str, made: Callable[[], Any]) -> Any:
        """Return a value, computing it once.

        Parameters
        ----------
        name : str
        made : callable
            Computes the value.
        """
        if name not in self._columns:
            self._columns[name] = made()
        return self._columns[name]

    @property
    def days(self) -> Any:
        """Return the number of active days of each person."""
        return self.kept("days", lambda: self.people["days"].to_numpy(dtype=float))

    @property
    def active(self) -> Any:
        """Tell which people have activity of their own: anybody can fail to log in under a name."""
        return self.kept("active", lambda: self.days > 0)

    @property
    def begun(self) -> Any:
        """Return each person's first activity, in microseconds since 1970."""
        times = "datetime64[us, UTC]"
        return self.kept(
            "begun", lambda: self.people["first"].astype(times).astype("int64").to_numpy()
        )

    @property
    def person_days(self) -> int:
        """Return the number of active person-days: everybody's active days added up."""
        return int(self.days.sum())

    @property
    def days_each(self) -> float:
        """Return the mean number of active days per active person, at least 1.

        A question asked once per person is rarer, by this factor, than one asked each day.
        """
        return max(self.person_days / max(int(self.active.sum()), 1), 1.0)

    @property
    def first(self) -> int:
        """Return the first event's time, in microseconds since 1970; days are counted from it."""
        if "first" not in self._columns:
            ((first, last),) = self.rows(
                "select epoch_us(min(time)), epoch_us(max(time)) from activity"
            )
            self._columns["first"], self._columns["last"] = first or 0, last or 0
        return int(self._columns["first"])

    @property
    def blocks(self) -> int:
        """Return the number of 24-hour days from the first event to the last."""
        first = self.first
        return int((self._columns["last"] - first) // DAY + 1)

    def keys_of(self, who: Ints, time: Ints) -> Ints:
        """Return a number for each person and time of an event, with people three days apart.

        Stretches of more than 30 days in which nobody was active count as 30 days: one misdated
        event makes a history of thousands of years, of which a few do not fit in 64 bits.

        Parameters
        ----------
        who : array of int
            People's numbers.
        time : array of int
            Microseconds since 1970; comparable within 30 days.

        Returns
        -------
        array of int
        """
        days: Ints = self.kept("days with events", lambda: self.columns(
            f"select distinct (epoch_us(time) - {self.first}) // {DAY} as day from activity "
            "order by day"
        )["day"].astype(np.int64))  # fmt: skip
        if not len(days):
            return np.zeros(len(time), np.int64)
        gone = np.cumsum(np.maximum(np.diff(days, prepend=days[:1]) - _LONGEST_GAP, 0))
        block = (time - self.first) // DAY
        gone_before = gone[np.minimum(np.searchsorted(days, block), len(days) - 1)]
        span = (int(days[-1] - gone[-1]) + 4) * DAY
        keys: Ints = who.astype(np.int64) * span + time - self.first - gone_before * DAY
        return keys

    def last_days(self, end: Any) -> Any:
        """Return, for each person, the last day of which their account's events are known.

        Several inputs may end on different days: nobody leaves because an export ends.

        Parameters
        ----------
        end : array of int
            Each person's last day with activity, counted from the first event.
        """
        last = np.zeros(len(self.team_sizes), np.int64)
        np.maximum.at(last, self.teams, end)
        read = {account: (microseconds(time) - self.first) // DAY
                for account, time in self.read_until.items()}  # fmt: skip
        covered = [read.get(str(account), -1) for account in self.people["account"]]
        return np.maximum(last[self.teams], np.array(covered, np.int64))

    @property
    def teams(self) -> Any:
        """Return each person's account, as a number."""
        return self.kept("teams", lambda: self.people["account"].factorize()[0].astype(np.int64))

    @property
    def team_sizes(self) -> Any:
        """Return the number of people in each account who have activity of their own."""
        teams = int(self.teams.max(initial=0)) + 1
        return self.kept(
            "team_sizes", lambda: np.bincount(self.teams[self.active], minlength=teams)
        )

    def counts_by_account(self) -> dict[str, int]:
        """Return the number of events of each account."""
        return {account: events for account, events, _ in self._accounts}

    def ends_by_account(self) -> dict[str, datetime]:
        """Return the time of each account's last event."""
        return {account: end for account, _, end in self._accounts}

    @property
    def _accounts(self) -> list[tuple[Any, ...]]:
        query = "select account, count(*), max(time) from activity group by account"
        found: list[tuple[Any, ...]] = self.kept("accounts", lambda: self.rows(query))
        return found

    def not_understood(self) -> dict[str, Any]:
        """Return the number of events with unknown words, and those words."""
        every = sum(self.counts_by_account().values())
        events = sum(self.unknown.values())
        share = round(events / every, 6) if every else 0.0
        return {"events": events, "share": share, "words": dict(self.unknown)}

    def too_new(self, least: int) -> str:
        """Say how many people have too little history, as the beginning of a sentence, or a blank.

        Parameters
        ----------
        least : int
            The number of days with activity that are enough.
        """
        people = self.people["person"][self.active]
        few = people[self.days[self.active] < least].nunique()
        every = count(people.nunique(), "person", "people")
        return (
            f"Of {every}, {few:,} with fewer than {least} days of activity had too little history"
            if few
            else ""
        )

    def cannot_judge(self, rule: str, sentence: str) -> None:
        """Record what a rule cannot judge, such as people with too little history.

        Parameters
        ----------
        rule : str
            The rule's name, or ``"habits"`` if several rules are concerned.
        sentence : str
            What it cannot judge and why, for the report.
        """
        self.unjudged[rule] = sentence

    def run(self, query: str, *parameters: Any) -> None:
        """Run a statement and discard its result.

        Parameters
        ----------
        query : str
            SQL, with ``?`` for each parameter.
        *parameters
            Values for the ``?``, in order.
        """
        self.connection.execute(query, list(parameters))
