"""Rights that grow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..judging import judge_scores
from ..statistics import DAY, window_counts
from .base import Candidate, Rule, candidates_of

if TYPE_CHECKING:
    from ..activity import Activity

__all__ = ["PermissionEscalation"]

ROLES = ("owner", "co-owner", "admin", "administrator", "manager", "full access", "global administrator",
    "exchange administrator", "sharepoint administrator", "full control", "organizer", "team_admin", "coowner", "super admin", "superadmin",
    "privileged role administrator", "user administrator", "site collection administrator", "fileorganizer", "editor_admin")
GROUPS = ("administrators", "admins", "domain admins", "owners", "global administrators", "security administrators", "superusers",
    "super admins", "it admins", "it administrators", "enterprise admins", "company administrators", "tenant admins", "site owners", "root")


@dataclass(frozen=True)
class PermissionEscalation(Rule):
    """Somebody who does not administer gives rights, above all to themselves."""

    name: ClassVar[str] = "permission_escalation"
    title: ClassVar[str] = "Permission escalation"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1098, Account Manipulation"

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        activity.derived("coded")
        activity.run(
            """
            create or replace temp table grants as
            select activity.rowid as number,
                   list_contains(?, lower(role)) or (kind = 'group_add_member' and list_contains(?, lower(trim(name)))) as powerful,
                   coalesce(target = person, false) as own
            from activity where person is not null and
                (kind in ('permission_change', 'group_add_member') or
                 kind = 'share' and list_contains(?, lower(role)) and target = person)
            """,
            list(ROLES), list(GROUPS), list(ROLES),
        )
        activity.run(
            """
            create or replace temp table administering as
            select who, time, number, coalesce(powerful, false) as powerful, own from grants join coded using (number)
            """
        )
        log = activity.log("number in (select number from administering where powerful)")
        if not len(log):
            return
        own = activity.columns("select own from administering where powerful order by who, time, number")["own"]
        every = activity.columns("select who, time from administering order by who, time")
        counts = window_counts(log, DAY)
        elsewhere = _other_days(log.who, log.time, every["who"], every["time"])
        days = np.maximum(activity.days[log.who], 1.0)
        rate = (elsewhere + 0.5) / (days + 10.0)
        score = -np.log(rate) + np.where(own, 2.5, 0.0) + np.log(counts + 1) - 3.0
        score = np.where(own & (elsewhere < 10), np.maximum(score, 2.0), score)
        judged = judge_scores(activity, log, np.maximum(score, 0.0), DAY, tail=0.7)
        yield from candidates_of(self, activity, judged.peaks)


def _other_days(who, time, all_who, all_time):  # type: ignore[no-untyped-def]
    """Return on how many other days (24 hours, from the event on) each person did such things."""
    found = np.zeros(len(who))
    for place, (one, moment) in enumerate(zip(who, time, strict=True)):
        low, high = np.searchsorted(all_who, [one, one + 1])
        distance = (all_time[low:high] - moment + DAY // 2) // DAY
        found[place] = len(np.setdiff1d(distance, [-1, 0, 1]))
    return found
