"""Service accounts that behave like people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..statistics import DAY
from .base import Candidate, Rule

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["PROGRAM_NAMES", "ServiceAccountInteractive", "service_accounts"]


def service_accounts(activity: Activity, names: str, least_days: int = 7) -> str:
    """Make the table ``programs``: people who are programs, by name or by never sleeping.

    Parameters
    ----------
    activity : Activity
    names : str
        A regular expression of their addresses' first parts.
    least_days : int
        Days of activity that it takes to know.

    Returns
    -------
    str
        The table's name. Its columns are ``who``, ``account``, ``person``, ``days``, ``events``.
    """
    for name in ("people", "hourly"):
        activity.derived(name)
    activity.run(
        """
        create or replace temp table programs as
        with clock as (
            select who, hour(hour) as hour, count(*) as days from hourly group by all
        )
        select who, account, person, people.days, people.events
        from clock join people using (who)
        where people.days >= ?
        group by all
        having regexp_matches(lower(split_part(person, '@', 1)), ?)
            or count(*) filter (where clock.days >= 0.1 * people.days) >= 22
        """,
        least_days,
        names,
    )
    return "programs"


PROGRAM_NAMES = (
    r"(^|[-_.])(svc|service|bot|backup|sync|robot|daemon|system|migration|integration|api|noreply)"
    r"([-_.]|\d*$)"
)


@dataclass(frozen=True)
class ServiceAccountInteractive(Rule):
    """A program's account is used by a person."""

    name: ClassVar[str] = "service_account_interactive"
    title: ClassVar[str] = "Service account used interactively"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1078; CIS Controls 5.5, service accounts"
    names: str = PROGRAM_NAMES
    least_days: int = 7

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        service_accounts(activity, self.names, self.least_days)
        rows = activity.frame(
            """
            select who, time, number, kind, place, tool from coded
            where who in (select who from programs) order by who, time, number
            """
        )
        for who, mine in rows.groupby("who", sort=True):
            yield from self._of_program(activity, int(who), mine)

    def _of_program(self, activity: Activity, who: int, mine: pd.DataFrame) -> Iterator[Candidate]:
        time = mine["time"].to_numpy()
        block = (time - time[0]) // DAY
        days = max(len(np.unique(block)), 1)
        score = np.zeros(len(mine))
        for name in ("kind", "place", "tool"):
            code = mine[name].factorize()[0]
            strange = _elsewhere(code, block, days)
            score += np.where(code >= 0, -np.log10(strange) , 0.0)
            if name == "kind":
                strange_kind = strange < 0.05
        odd = np.flatnonzero(strange_kind & (score >= 2.5))
        if not len(odd):
            return
        people = activity.people
        for part in np.split(odd, np.flatnonzero(np.diff(time[odd]) > DAY // 4) + 1):
            decades = float(score[part].max()) + np.log10(len(part) + 1) - 0.5
            yield Candidate(self, who, people["account"][who], people["person"][who], int(time[part[0]]), int(time[part[-1]]),
                            decades, mine["number"].to_numpy()[part])


def _elsewhere(code, block, days):  # type: ignore[no-untyped-def]
    """Return on which share of days, but the event's own and those next to it, there is the same;
    where a new one comes every few days, new ones are usual."""
    span = int(block.max()) + 1
    pairs = np.unique(code.astype(np.int64) * span + block)
    codes = pairs // span
    number = np.bincount(codes[codes >= 0], minlength=int(code.max(initial=0)) + 1)
    near = np.zeros(len(code))
    for step in (-1, 0, 1):
        wanted = code.astype(np.int64) * span + block + step
        place = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
        near += (pairs[place] == wanted) & (block + step >= 0) & (block + step < span)
    other = np.maximum(number[np.maximum(code, 0)] - near, 0)
    # How often something is new at all.
    first_seen = np.array([pairs[codes == c][0] % span for c in range(int(code.max(initial=-1)) + 1)])
    rate = (np.maximum((first_seen > 3).sum() - 1.0, 0.0) + 0.2) / (days + 3.0)
    return np.minimum(np.maximum((other + 0.2) / (days + 3.0), rate), 1.0)
