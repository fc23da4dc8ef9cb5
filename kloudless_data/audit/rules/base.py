"""What a rule is, and what several rules share: bursts of a person's events, and evidence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd

    from ..finding import Finding
    from ..source import Activity

__all__ = ["Rule", "bursts", "count", "evidence_of", "in_window", "people_of", "when"]


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


def bursts(activity: Activity, kinds: Sequence[str], gap: float, also: str = "") -> pd.DataFrame:
    """Return runs of a person's events of some kinds with less than `gap` minutes between them.

    Parameters
    ----------
    activity : Activity
    kinds : sequence of str
    gap : float
        Minutes.
    also : str
        More aggregates, as in SQL, with a comma before each.

    Returns
    -------
    pandas.DataFrame
        ``account``, ``person``, ``start``, ``end``, ``events``, ``objects`` (different ones),
        ``foreign`` (events with objects that belong to others), and what `also` says.
    """
    return activity.frame(
        f"""
        with marked as (
            select *, coalesce(time - lag(time) over w > to_seconds(?), true)::int as first_of
            from activity where list_contains(?, kind) and person is not null
            window w as (partition by account, person order by time)
        ), numbered as (
            select *, sum(first_of) over (
                partition by account, person order by time rows unbounded preceding) as burst
            from marked
        )
        select account, person, min(time) as start, max(time) as "end", count(*) as events,
               count(distinct object_id) as objects,
               count(*) filter (where owner <> person) as "foreign" {also}
        from numbered group by account, person, burst order by account, person, start
        """,
        gap * 60,
        list(kinds),
    )


def people_of(activity: Activity) -> pd.DataFrame:
    """Return a row a person and account: ``first``, ``last``, ``days`` (with activity), ``events``.

    ``newcomer`` says that somebody's first event is more than a week after everybody's.
    """
    return activity.known(
        """
        select account, person, min(time) as first, max(time) as last,
               count(distinct time::date) as days, count(*) as events,
               min(time) > (select min(time) from activity) + interval 7 days as newcomer
        from activity where person is not null group by account, person order by account, person
        """
    )


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
