"""What a rule is, and what several rules share: bursts of a person's events, and evidence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from ..statistics import adjusted, tail_of_logs

if TYPE_CHECKING:
    import pandas as pd

    from ..finding import Finding
    from ..source import Activity

__all__ = [
    "LEAST_HISTORY",
    "Rule",
    "bursts",
    "count",
    "evidence_of",
    "in_window",
    "judged_days",
    "people_of",
    "scientific",
    "too_little",
    "when",
]

#: With fewer bursts, log-ins or days of everybody nothing is known of what is usual.
LEAST_HISTORY = 8


@dataclass(frozen=True)
class Rule(ABC):
    """A question asked of all activity. Its fields are its parameters.

    Attributes
    ----------
    name : str
        What findings call it.
    title : str
        For headings.
    method : str
        How it judges, in one or two sentences, for the report.
    source : str
        Where the idea is from.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    method: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name."""
        return asdict(self)


def bursts(activity: Activity, kinds: Sequence[str], gap: float) -> pd.DataFrame:
    """Return runs of a person's events of some kinds with less than `gap` minutes between them.

    Parameters
    ----------
    activity : Activity
    kinds : sequence of str
    gap : float
        Minutes.

    Returns
    -------
    pandas.DataFrame
        ``who`` (a number of ``people``), ``start``, ``end``, ``events``, ``objects`` (different
        ones; what is not named is another one each time), ``foreign`` (events with objects that
        belong to others).
    """
    activity.derived("people")
    # The sum is over all rows of a time: events of one time are in one burst, in whatever order.
    return activity.frame(
        """
        with marked as (
            select who, time, coalesce(object_id, event_id) as object_id,
                   owner <> person as foreign_,
                   coalesce(time - lag(time) over w > to_seconds(?), true)::int as first_of
            from activity join people using (account, person) where list_contains(?, kind)
            window w as (partition by who order by time)
        ), numbered as (
            select *, sum(first_of) over (partition by who order by time) as burst from marked
        )
        select who, min(time) as start, max(time) as "end", count(*) as events,
               count(distinct object_id) as objects,
               count(*) filter (where foreign_) as "foreign"
        from numbered group by who, burst order by who, start
        """,
        gap * 60,
        list(kinds),
    )


def people_of(activity: Activity) -> pd.DataFrame:
    """Return the table ``people`` as a frame: a row a person and account, in order of ``who``.

    Its columns are ``who``, ``account``, ``person``, ``first``, ``last``, ``days`` (with activity),
    ``events``, ``newcomer``.
    """
    return activity.frame(f"select * from {activity.derived('people')} order by who")


def judged_days(activity: Activity, rule: str, counts: str, least: int) -> pd.DataFrame:
    """Return people's days on which they did something often, with how unlikely that is.

    All days on which somebody is active are compared, those without any of it too: for most people
    these are the usual ones.

    Parameters
    ----------
    activity : Activity
    rule : str
        Which rule asks.
    counts : str
        A query of ``account``, ``person``, ``day`` and ``number``.
    least : int
        Only days with as many are returned.

    Returns
    -------
    pandas.DataFrame
        ``account``, ``person``, ``day``, ``number``, ``usual``, ``p`` (adjusted for all days),
        ``days`` (of history).
    """
    for name in ("daily", "people"):
        activity.derived(name)
    activity.run(
        f"""
        create or replace temp table judged as
        select who, day, coalesce(number, 0) as number,
               row_number() over (order by who, day) - 1 as place
        from daily join people using (account, person)
        left join ({counts}) using (account, person, day)
        """
    )
    chosen = activity.frame(
        "select account, person, day, number, place, days from judged join people using (who) "
        "where number >= ? order by place",
        least,
    )
    if chosen.empty:
        return chosen.assign(p=[], usual=[])
    every = activity.frame("select who, number from judged order by place")
    if len(every) < LEAST_HISTORY:
        activity.cannot_judge(
            rule,
            f"There are only {len(every)} days of people's activity, which is too little history "
            "to say what is usual.",
        )
    raw, usual = tail_of_logs(every["number"].to_numpy(dtype=float) + 1, every["who"].to_numpy())
    places = chosen["place"].to_numpy()
    return chosen.assign(p=adjusted(raw)[places], usual=usual[places] - 1)


def evidence_of(
    activity: Activity,
    account: str,
    person: str | None,
    start: datetime,
    end: datetime,
    where: str = "true",
    *parameters: Any,
) -> list[str]:
    """Return the ids of somebody's events of a time that fulfil a condition, in order."""
    rows = activity.rows(
        "select event_id from activity where account = ? and person is not distinct from ? "
        f"and time between ? and ? and ({where}) order by time, event_id",
        account, person, start, end, *parameters,
    )  # fmt: skip
    return [id for (id,) in rows if id is not None]


def in_window(activity: Activity, end: datetime) -> bool:
    """Tell whether something that ended then is in the time that the audit is about."""
    return activity.since <= end <= activity.until


def too_little(activity: Activity, rule: str, least_days: int, what: str) -> None:
    """Note how many people have too few days of activity for a rule to judge them."""
    ((few, every),) = activity.rows(
        f"select count(*) filter (where days < ?), count(*) from {activity.derived('people')}",
        least_days,
    )
    if few:
        activity.cannot_judge(
            rule,
            f"{few:,} of {every:,} people have fewer than {least_days} days of activity, which is "
            f"too little history: {what} of theirs were not judged.",
        )


def scientific(probability: float) -> float:
    """Return a probability with three digits.

    Examples
    --------
    >>> scientific(0.000123456)
    0.000123
    """
    return float(f"{probability:.3g}")


def when(time: datetime) -> str:
    """Return a time for a sentence.

    Examples
    --------
    >>> when(datetime(2026, 3, 1, 9, 5))
    '2026-03-01 09:05 UTC'
    """
    return f"{time:%Y-%m-%d %H:%M} UTC"


def count(number: float, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "file"), count(1200, "file")
    ('1 file', '1,200 files')
    """
    return f"{number:,.0f} {noun if number == 1 else plural or noun + 's'}"
