"""Activity that stops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...text.counts import count
from ..statistics import DAY, HOUR
from ..wording import microseconds, moment, share_of, short, when
from .base import Candidate, Rule, Statement
from .service_accounts import PROGRAM_NAMES, service_accounts

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from ..activity import Activity
    from ..statistics import Floats

    Ints = npt.NDArray[np.int64]

__all__ = ["SuddenSilence"]

#: The share of a silence with possibly missing events above which these explain it.
_EXPLAINED = 0.25
#: In hours.
_TWO_WEEKS = 14 * 24


@dataclass(frozen=True)
class SuddenSilence(Rule):
    """An account, or a program that always ran, stops.

    Parameters
    ----------
    expected : float
        Least number of usually active hours that passed in silence.
    least_hours : float
        Hours; a shorter silence is never a finding.
    least_history : int
        Hours with activity needed to know an account's week, within two weeks or more.
    names : str
        See `ServiceAccountInteractive`.
    """

    name: ClassVar[str] = "sudden_silence"
    about: ClassVar[str] = "silence"
    title: ClassVar[str] = "Sudden silence"
    method: ClassVar[str] = (
        "How likely an account is to be active in each of the 168 hours of a week is learned from "
        "its other weeks. The expected number of active hours is added up over a silence: by a "
        "Poisson tail, 14 hours without any have the probability exp(-14), one in a million, "
        "which allows for thousands of silences. Since hours depend on each other, the silence "
        "must also be twice as long as the account's other silences."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1562.008, Disable or Modify Cloud Logs"
    expected: float = 14.0
    least_hours: float = 36.0
    least_history: int = 48
    names: str = PROGRAM_NAMES

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what stands out."""
        service_accounts(activity, self.names)
        whole: dict[str, list[Candidate]] = {}
        few = 0
        for account, hours in activity.rows(_ACCOUNTS):
            few += not self._knows_week(hours)
            whole[account] = list(self._silences(activity, account, None, np.array(hours)))
            yield from whole[account]
        if few:
            activity.cannot_judge(
                self.name,
                f"Of {count(len(whole), 'account')}, {few:,} with activity in fewer than "
                f"{self.least_history} hours, or less than two weeks, had too little history: "
                "whether they fell silent was not judged.",
            )
        for account, person, hours in activity.rows(_PROGRAMS):
            for one in self._silences(activity, account, person, np.array(hours)):
                # In an account's silence everybody is silent.
                if not any(one.start < all_.end and all_.start < one.end
                           for all_ in whole[account]):  # fmt: skip
                    yield one

    def _knows_week(self, hours: Sequence[int] | Ints) -> bool:
        """Return True if there are enough active hours, in two weeks or more."""
        return len(hours) >= self.least_history and hours[-1] - hours[0] >= _TWO_WEEKS

    def _silences(
        self, activity: Activity, account: str, person: str | None, hours: Ints
    ) -> Iterator[Candidate]:
        """Yield the silences between active hours (counted from 1970) that stand out."""
        if not self._knows_week(hours):
            return
        last = int(activity.until.timestamp() // 3600)
        ends = np.append(hours, last + 1) if last > hours[-1] else hours
        gaps = np.diff(ends) - 1
        expected = _expected(_likelihoods(hours), hours[: len(gaps)], gaps)
        for number in np.flatnonzero((expected >= self.expected) & (gaps >= self.least_hours)):
            others = float(np.delete(expected, number).max(initial=0.0))
            # If silences of that length are usual, one of them means nothing.
            if expected[number] >= 2 * min(others, _second(expected)):
                yield self._candidate(activity, account, person, int(hours[number]),
                                      int(gaps[number]), float(expected[number]))  # fmt: skip

    def _candidate(
        self,
        activity: Activity,
        account: str,
        person: str | None,
        hour: int,
        gap: int,
        usual: float,
    ) -> Candidate:
        start = hour * HOUR
        ((first, numbers),) = activity.rows(
            "select max(epoch_us(time)), list(rowid order by time desc, event_id)[:5] "
            "from activity where account = ? and (?::varchar is null or person = ?) "
            "and epoch_us(time) >= ? and epoch_us(time) < ?",
            account, person, person, start, start + HOUR,
        )  # fmt: skip
        until = microseconds(activity.until)
        end = min(start + (gap + 1) * HOUR, until)
        unread = _unread_share(activity, account, moment(first), moment(end))
        explained = unread >= _EXPLAINED
        return Candidate(
            self, None, account, person, first, end, 0.0 if explained else min(usual / 3.5, 9.0),
            np.array(numbers[::-1], np.int64), loud=not explained,
            facts={"explained": explained, "hours": gap, "usual": usual, "unread": unread,
                   "lasts": end >= until - HOUR},
        )  # fmt: skip

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say how long the silence was, and how much activity to expect.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts``: ``hours`` (silent), ``usual`` (hours with activity to expect), ``lasts`` (to
            the end), ``unread`` (share of the time whose events may be missing, 0 to 1).
        events : pandas.DataFrame
            The last events before the silence; its sentence does not need them.
        """
        facts = candidate.facts
        who = (
            f"The service account {candidate.person}"
            if candidate.person
            else f"Account {short(candidate.account)}"
        )
        until = "and still is" if facts["lasts"] else f"until {when(moment(candidate.end))}"
        sentence = (
            f"{who} was silent for {(candidate.end - candidate.start) / DAY:.1f} days from "
            f"{when(moment(candidate.start))} {until}; going by its weeks, there should have been "
            f"activity in {count(round(facts['usual']), 'of these hours', 'of these hours')}."
        )
        if facts["unread"] >= _EXPLAINED:
            sentence += (
                f" The input may lack events for {share_of(facts['unread'])} of that time, which "
                "explains it."
            )
        return sentence, {"silent_hours": facts["hours"], "lasts": bool(facts["lasts"]),
                          "expected_active_hours": round(facts["usual"], 1)}  # fmt: skip


def _unread_share(activity: Activity, account: str, start: datetime, end: datetime) -> float:
    """Return the share of a period in which the input may lack the account's events."""
    lacking = sum(
        max(0.0, (min(end, until) - max(start, since)).total_seconds())
        for key, since, until in activity.unread
        if key == account
    )
    return lacking / max((end - start).total_seconds(), 1.0)


def _likelihoods(hours: Ints) -> Floats:
    """Return the probability of activity in each hour of the week."""
    weeks = max(1.0, (hours[-1] - hours[0]) / 168)
    counted = np.bincount(hours % 168, minlength=168)
    likely: Floats = np.minimum(counted / weeks, 1.0)
    return likely


def _expected(usual: Floats, hours: Ints, gaps: Ints) -> Floats:
    """Return the number of active hours to expect in the gap after each hour."""
    until = np.concatenate([[0.0], np.cumsum(np.concatenate([usual, usual]))])
    begin = (hours + 1) % 168
    weeks, rest = np.divmod(gaps, 168)
    expected: Floats = weeks * usual.sum() + until[begin + rest] - until[begin]
    return expected


def _second(expected: Floats) -> float:
    """Return the second largest, which is long for this account, apart from one silence."""
    return float(np.sort(expected)[-2]) if len(expected) > 1 else 0.0


# The hours since 1970 in which each account, and each program, was active.
_ACCOUNTS = """
with hours as (
    select account, hour from hourly join people using (who)
    union
    select account, epoch_us(time) // 3600000000 from activity where person is null
)
select account, list(hour order by hour) from hours group by account order by account
"""
_PROGRAMS = """
select account, person, list(hour order by hour)
from programs join hourly using (who) group by account, person order by account, person
"""
