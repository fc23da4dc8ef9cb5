"""How often people do certain things on each day, counted in one pass over the events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...text.counts import count
from ..kinds import ACTIVE
from ..statistics import DAY, Floats, Ints

if TYPE_CHECKING:
    from ..activity import Activity

__all__ = ["Compared", "DailyAmounts", "events_within"]

#: The number of cells of a table of people and days to hold in memory at a time.
_CELLS = 1_000_000


@dataclass(frozen=True)
class DailyAmounts:
    """How often each person did each of several things on each 24-hour day with activity.

    Attributes
    ----------
    activity : Activity
    ways : dict of str to str
        By condition on ``coded``, the column of the table ``amounts`` that counts its events. A
        condition that nothing meets is left out.
    days : array of int
        The days on which anybody was active, counted from the first event.
    """

    activity: Activity
    ways: Mapping[str, str]
    days: Ints

    @classmethod
    def of(cls, activity: Activity, conditions: Sequence[str]) -> DailyAmounts:
        """Count the events that meet each condition, making the table ``amounts``.

        Parameters
        ----------
        activity : Activity
        conditions : sequence of str
            Conditions on ``coded``, whose tables must exist.
        """
        activity.derived("coded")
        names = [cls.column(conditions, condition) for condition in conditions]
        counted = ", ".join(
            f"count(*) filter (where {condition})::integer as {name}"
            for condition, name in zip(conditions, names, strict=True)
        )
        sums = ", ".join(f"sum({name})::bigint as {name}" for name in names)

        def made() -> DailyAmounts:
            activity.made(
                "amounts",
                (*conditions,),
                f"select who, ((time - {activity.first}) // {DAY})::integer as day, {counted} "
                f"from coded where {ACTIVE} group by all order by who, day",
            )
            found = activity.columns(f"select day, {sums} from amounts group by day order by day")
            ways = {
                condition: name
                for condition, name in zip(conditions, names, strict=True)
                if found[name].any()
            }
            return cls(activity, ways, found["day"])

        amounts: DailyAmounts = activity.kept(f"amounts of {conditions}", made)
        return amounts

    @staticmethod
    def column(conditions: Sequence[str], condition: str) -> str:
        """Return the column of the table ``amounts`` for one of its conditions.

        Parameters
        ----------
        conditions : sequence of str
            All conditions, as given to `of`.
        condition : str
            One of them.
        """
        return f"way_{list(conditions).index(condition)}"

    def parts(self, condition: str) -> Iterator[tuple[slice, Floats]]:
        """Yield some people at a time, and a table of their amounts.

        Parameters
        ----------
        condition : str
            One of `ways`.

        Yields
        ------
        tuple of slice and array of float
            The people's numbers; (people, days): NaN where there was no activity at all.
        """
        people = len(self.activity.days)
        step = max(_CELLS // max(len(self.days), 1), 1)
        for low in range(0, people, step):
            high = min(low + step, people)
            rows = self.activity.columns(
                f"select who, day, {self.ways[condition]} as amount from amounts "
                "where who between ? and ?",
                low, high - 1,
            )  # fmt: skip
            table = np.full((high - low, len(self.days)), np.nan)
            table[rows["who"] - low, np.searchsorted(self.days, rows["day"])] = rows["amount"]
            yield slice(low, high), table

    def last(self) -> Ints:
        """Return each person's last day with activity, as a position in `days`."""
        rows = self.activity.columns(
            "select who, max(day) as day from amounts group by who order by who"
        )
        last = np.zeros(len(self.activity.days), np.int64)
        last[rows["who"]] = np.searchsorted(self.days, rows["day"])
        return last


class Compared(NamedTuple):
    """The numbers of events on the days with activity, then and at other times.

    Attributes
    ----------
    then, other : array of int
        One per day.
    """

    then: Ints
    other: Ints

    @property
    def numbers(self) -> dict[str, Any]:
        """Return the median and the largest day, then and at other times."""
        then, other = self.then, self.other if len(self.other) else np.zeros(1, np.int64)
        return {"a_day": float(np.median(then)), "a_day_otherwise": float(np.median(other)),
                "most_a_day": int(then.max()), "most_a_day_otherwise": int(other.max()),
                "days": len(then)}  # fmt: skip

    def __str__(self) -> str:
        """Compare by the median day; if that says nothing, by the largest, or by the mean."""
        found, days = self.numbers, count(len(self.then), "day")
        middle, usual = found["a_day"], found["a_day_otherwise"]
        noun = "event" if middle == 1 else "events"
        if len(self.then) == 1:
            return f"{middle:g} {noun} on one day, and a median of {usual:g} a day at other times"
        if middle > usual:
            return (
                f"a median of {middle:g} {noun} a day on the {days} with activity, and of "
                f"{usual:g} at other times"
            )
        most = found["most_a_day_otherwise"]
        if found["most_a_day"] > most:
            return (
                f"up to {count(found['most_a_day'], 'event')} a day on the {days} with activity, "
                f"and {f'up to {most:,}' if most else 'none'} at other times"
            )
        mean = float(self.other.mean()) if len(self.other) else 0.0
        return (
            f"{count(int(self.then.sum()), 'event')} on the {days} with activity, and a mean of "
            f"{mean:.1f} a day at other times"
        )


def events_within(
    activity: Activity, condition: str, who: Ints, first: Ints, last: Ints
) -> list[tuple[Ints, Ints]]:
    """Return people's events of some days that meet a condition, in one query.

    Parameters
    ----------
    activity : Activity
    condition : str
        A condition on ``coded``.
    who, first, last : array of int
        People, and their first and last day, both inclusive, counted from the first event.

    Returns
    -------
    list of tuple of arrays of int
        Times (microseconds since 1970) and rows of ``activity``, ordered by them; one pair per
        person.
    """
    begin = activity.first + np.asarray(first, np.int64) * DAY
    stop = activity.first + (np.asarray(last, np.int64) + 1) * DAY
    spans = {"span": np.arange(len(who)), "whose": np.asarray(who, np.int64), "begin": begin,
             "stop": stop}  # fmt: skip
    activity.connection.register("spans", spans)
    rows = activity.columns(
        "select span, time, number from coded join spans "
        f"on who = whose and time >= begin and time < stop where {condition} "
        "order by span, time, number"
    )
    activity.connection.unregister("spans")
    cuts = np.searchsorted(rows["span"], np.arange(1, len(who)))
    return list(zip(np.split(rows["time"], cuts), np.split(rows["number"], cuts), strict=True))
