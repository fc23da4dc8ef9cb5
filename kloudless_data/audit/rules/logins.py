"""Failed log-ins: many of one person that end in a success, and of many people from one source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..judging import judge_counts, without_overlaps
from ..statistics import DAY, HOUR, Log, Scale
from .base import Candidate, Rule, candidates_of, crowds_of

if TYPE_CHECKING:
    from ..activity import Activity

__all__ = ["FailedLoginsThenSuccess", "PasswordSpray"]


@dataclass(frozen=True)
class FailedLoginsThenSuccess(Rule):
    """Somebody's password was tried many times, and then it was right."""

    name: ClassVar[str] = "failed_logins_then_success"
    title: ClassVar[str] = "Failed log-ins, then a success"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1110, Brute Force; Sigma rules on failed log-ins"
    least: float = 5.0

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        log = activity.log("kind = 'failed_login'")
        if not len(log):
            return
        strange = _strange(activity)
        success, elsewhere = _followed(activity, log), strange[log.number] if False else np.isin(log.number, strange)
        # A stale password fails for days from where its owner is.
        bonus = np.where(elsewhere, 0.8, -0.4) + np.where(success, 0.5, -0.6)
        judged = judge_counts(activity, log, (HOUR, DAY), least=self.least, bonus=bonus)
        peaks = [one for one in judged.peaks]
        yield from candidates_of(self, activity, without_overlaps(peaks))
        yield from crowds_of(self, activity, judged.crowds)


def _strange(activity: Activity):  # type: ignore[no-untyped-def]
    """Return the failures from networks where the person was never active before."""
    return activity.columns(
        """
        with known as (
            select who, place, min(time) as first from coded
            where kind <> 'failed_login' and place is not null group by all
        )
        select number from coded left join known using (who, place)
        where kind = 'failed_login' and place is not null
            and (known.first is null or known.first > time)
        """
    )["number"]


def _followed(activity: Activity, log: Log):  # type: ignore[no-untyped-def]
    """Tell which failures a success of the person follows within two hours."""
    logins = activity.log("kind = 'login'")
    if not len(logins):
        return np.zeros(len(log), bool)
    span = int(max(log.time.max(), logins.time.max()) - min(log.time.min(), logins.time.min())) + 3 * HOUR
    begin = min(int(log.time.min()), int(logins.time.min()))
    ours, theirs = log.who * span + log.time - begin, logins.who * span + logins.time - begin
    place = np.searchsorted(theirs, ours, side="left")
    after = theirs[np.minimum(place, len(theirs) - 1)] - ours
    return (place < len(theirs)) & (after >= 0) & (after <= 2 * HOUR)


@dataclass(frozen=True)
class PasswordSpray(Rule):
    """Passwords of many people are tried from one source."""

    name: ClassVar[str] = "password_spray"
    title: ClassVar[str] = "Passwords tried on many people"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1110.003, Password Spraying"
    least: int = 4

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        activity.derived("coded")
        found = activity.frame(
            """
            with known as (
                select who, place, min(time) as first from coded
                where kind <> 'failed_login' and place is not null group by all
            )
            select account, pool, who, time, number
            from coded join people using (who) join places using (place) left join known using (who, place)
            where kind = 'failed_login' and (known.first is null or known.first > time - 86400000000)
            order by account, pool, time, number
            """
        )
        for (account, pool), rows in found.groupby(["account", "pool"], sort=True):
            yield from self._of_source(activity, str(account), str(pool), rows)

    def _of_source(self, activity, account, pool, rows):  # type: ignore[no-untyped-def]
        if rows["who"].nunique() < self.least:
            return
        time = rows["time"].to_numpy()
        cuts = np.flatnonzero(np.diff(time) > DAY) + 1
        team = int((activity.people["account"] == account).sum())
        for part in np.split(np.arange(len(rows)), cuts):
            some = rows.iloc[part]
            people = some["who"].nunique()
            if people < self.least:
                continue
            decades = 2.0 + people / 3.0 + np.log10(max(people / max(team, 1), 0.01)) 
            yield Candidate(self, None, account, None, int(some["time"].min()), int(some["time"].max()),
                            float(min(decades, 9.0)), some["number"].to_numpy(), facts={"pool": pool, "people": people})
