"""Programs' accounts that behave like people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...text.counts import count
from ..kinds import ACTIVE
from ..statistics import DAY, Floats, Ints
from ..wording import APART, listing, span, times
from .base import Candidate, Rule, Statement

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["PROGRAM_NAMES", "ServiceAccountInteractive", "service_accounts"]

PROGRAM_NAMES = (
    r"(^|[-_.\\])(svc|service|bot|backup|sync|robot|daemon|system|migration|integration|api|noreply"
    r"|connector|automation|archiver|scanner|app|sa)([-_.]|\d*$)"
)


#: An account is a program's if, on most days, it is active at so few hours of the clock, and so
#: much of what it does is of one kind, from one neighbourhood, by one program that is no browser
#: or telephone: people read their mail at nine, too.
_ITS_HOURS, _CLOCKWORK = 3, 0.9
_OF_PEOPLE = r"chrom|firefox|safari|edge|opera|explorer|mobile|android|iphone|ipad|\bios\b"


def service_accounts(activity: Activity, names: str, least_days: int = 7) -> str:
    """Make the table ``programs``: accounts that are programs.

    They are known by their names, by never sleeping, or by always doing one thing at one time of
    the day, from one place.

    Parameters
    ----------
    activity : Activity
    names : str
        A regular expression for the local part of their addresses.
    least_days : int
        Days of activity needed to tell.

    Returns
    -------
    str
        The table's name. Its columns are ``who``, ``account``, ``person``, ``days``, ``events``.
    """
    for name in ("people", "hourly"):
        activity.derived(name)
    activity.made(
        "programs",
        (names, least_days),
        f"""
        with clock as (
            select who, hour % 24 as hour, count(*) as days from hourly where active > 0
            group by all
        ), awake as (
            select who, count(*) filter (where clock.days >= 0.1 * people.days) as hours
            from clock join people using (who) where people.days >= ? group by who
        ), machines as (
            select tool from clients where not regexp_matches(lower(program), '{_OF_PEOPLE}')
        ), punctual as (
            select who, kind, tool, pool, count(*) as events
            from coded left join places using (place)
            where {ACTIVE} and who in (select who from awake where hours <= {_ITS_HOURS})
            group by all
        ), clockwork as (
            select who from (
                select who, tool, pool, sum(events) over (partition by who, kind) as kinds,
                       sum(events) over (partition by who, tool) as tools,
                       sum(events) over (partition by who, pool) as pools,
                       sum(events) over (partition by who) as events
                from punctual
            ) group by who
            having max(kinds) >= {_CLOCKWORK} * any_value(events)
                and max(tools) filter (tool in (from machines)) >= {_CLOCKWORK} * any_value(events)
                and max(pools) filter (pool is not null) >= {_CLOCKWORK} * any_value(events)
        )
        select who, account, person, days, events
        from awake join people using (who)
        where regexp_matches(lower(split_part(person, '@', 1)), ?)
            or hours >= 22 and days >= 0.75 * epoch(last - first) / 86400
            or who in (from clockwork)
        """,
        least_days,
        names,
    )
    return "programs"


@dataclass(frozen=True)
class ServiceAccountInteractive(Rule):
    """A person uses a program's account.

    Parameters
    ----------
    names : str
        A regular expression for the local part of programs' addresses; accounts that are active
        around the clock, or like clockwork, count as programs too.
    least_days : int
        Days of activity needed to recognise a program's account.
    least : float
        Decades; anything worth less is not followed up.
    """

    name: ClassVar[str] = "service_account_interactive"
    about: ClassVar[str] = "place"
    odds: ClassVar[float] = 0.3
    in_context: ClassVar[bool] = False
    title: ClassVar[str] = "Service account used interactively"
    method: ClassVar[str] = (
        "Programs' accounts are known by their names, by being active around the clock, or by "
        "doing one thing at the same hours, from one place, with one program. What such an account "
        "does, from which network and with which program, is compared with its other days, leaving "
        "out the day itself and the adjacent ones: the share of days with the same or, if new ones "
        "are usual, with a new one. An account that does what it never does is a finding."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1078; CIS Controls 5.5, service accounts"
    names: str = PROGRAM_NAMES
    least_days: int = 7
    least: float = 2.5

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        service_accounts(activity, self.names, self.least_days)
        rows = activity.frame(
            "select who, time, number, kind, place, tool from coded "
            "where who in (select who from programs) and kind <> 'failed_login' "
            "order by who, time, number"
        )
        for who, mine in rows.groupby("who", sort=True):
            yield from self._of_program(activity, int(who), mine)

    def _of_program(self, activity: Activity, who: int, mine: pd.DataFrame) -> Iterator[Candidate]:
        time = mine["time"].to_numpy()
        block = (time - time[0]) // DAY
        share = {name: _share_of_other_days(mine[name].factorize()[0], block)
                 for name in ("kind", "place", "tool")}  # fmt: skip
        score = -np.log10(np.stack(list(share.values()))).sum(axis=0)
        odd = np.flatnonzero((share["kind"] < 0.05) & (score >= self.least))
        people = activity.people
        for part in np.split(odd, np.flatnonzero(np.diff(time[odd]) > DAY // 4) + 1):
            if not len(part):
                continue
            decades = float(np.max(score[part]) + np.log10(len(part) + 1) - 0.5)
            yield Candidate(
                self, who, people["account"][who], people["person"][who], int(time[part[0]]),
                int(time[part[-1]]), decades, mine["number"].to_numpy()[part],
            )  # fmt: skip

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say what it did, from where, and on how many other days.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            The service account, and its time.
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        kinds = sorted(set(events["kind"]))
        networks = sorted(set(events["network"].dropna()))
        ((days, every),) = activity.rows(
            f"""
            select count(distinct (time - ?) // {DAY}) filter (where list_contains(?, kind)),
                   count(distinct (time - ?) // {DAY})
            from coded where who = ? and (time < ? or time > ?) and {ACTIVE}
            """,
            candidate.start, kinds, candidate.start, candidate.who, candidate.start - DAY,
            candidate.end + DAY,
        )  # fmt: skip
        what = listing([kind.replace("_", " ") for kind in kinds], 6)
        where = f" from {listing(networks, noun='network')}" if networks else ""
        sentence = (
            f"The service account {candidate.person} did what it hardly ever does ({what}), "
            f"{times(len(events))}{where}, {span(candidate.start, candidate.end)}; {APART}, on "
            f"{days:,} of {count(every, 'day')} with activity."
        )
        return sentence, {"kinds": kinds, "events": len(events), "networks": networks,
                          "other_days_with_these": int(days),
                          "other_days_with_activity": int(every)}  # fmt: skip


def _share_of_other_days(code: Ints, block: Ints) -> Floats:
    """Return the share of other days with the same or, if larger, with a new one.

    Parameters
    ----------
    code : array of int
        The value of each event; -1 for none.
    block : array of int
        The day of each; adjacent days do not count as other days.
    """
    if (code < 0).all():
        return np.ones(len(code))
    span_ = int(block.max()) + 2
    days = max(len(np.unique(block)), 1)
    pairs = np.unique((code.astype(np.int64) + 1) * span_ + block)
    number = np.bincount(pairs // span_, minlength=int(code.max()) + 2).astype(float)
    near = np.zeros(len(code))
    for step in (-1, 0, 1):
        wanted = (code.astype(np.int64) + 1) * span_ + block + step
        place = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
        near += (pairs[place] == wanted) & (block + step >= 0)
    other = np.maximum(number[code + 1] - near, 0.0)
    first = np.full(int(code.max()) + 2, span_)
    np.minimum.at(first, pairs // span_, pairs % span_)
    new = np.bincount(np.clip(first, 0, span_), minlength=span_ + 1)
    # Days on which something new came, except the first and the judged one.
    fresh = max(float((new[4:span_] > 0).sum()) - 1.0, 0.0)
    share = np.maximum((other + 0.2) / (days + 3.0), (fresh + 0.2) / (days + 3.0))
    found: Floats = np.where(code < 0, 1.0, np.minimum(share, 1.0))
    return found
