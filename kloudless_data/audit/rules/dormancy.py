"""Who comes back after a long time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..statistics import DAY
from .base import Candidate, Rule

if TYPE_CHECKING:
    from ..activity import Activity

__all__ = ["DormantReturn"]


@dataclass(frozen=True)
class DormantReturn(Rule):
    """Somebody is back after a long silence."""

    name: ClassVar[str] = "dormant_return"
    title: ClassVar[str] = "A dormant person's return"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1078.004; NIST SP 800-53 AC-2(3), inactive accounts"
    days: float = 30.0
    least_days: int = 3
    after: float = 48.0

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        activity.derived("coded")
        gaps = activity.frame(
            """
            with steps as (
                select who, time, lag(time) over (partition by who order by time) as before,
                       (time - min(time) over (partition by who)) // 86400000000 as age
                from coded
            )
            select distinct who, time, before, age from steps where time - before > 10 * 86400000000 order by who, time
            """
        )
        people = activity.people
        length = (gaps["time"] - gaps["before"]).to_numpy() / DAY
        for n, row in enumerate(gaps.itertuples()):
            if length[n] < self.days or people["days"][row.who] < self.least_days:
                continue
            others = int((np.delete(length, n) >= length[n]).sum())
            rows = activity.columns(
                "select number, time, place from coded where who = ? and time between ? and ? order by time, number",
                int(row.who), int(row.time), int(row.time + self.after * 3_600_000_000))
            ((known,),) = activity.rows(
                "select count(*) from coded where who = ? and time < ? and place in (select place from coded where who = ? and time between ? and ?)",
                int(row.who), int(row.time), int(row.who), int(row.time), int(row.time + self.after * 3_600_000_000))
            elsewhere = not known and (~np.ma.getmaskarray(rows["place"])).any()
            decades = np.log10(len(people) + 10) - np.log10(others + 1) + 1.2 * (length[n] - 30) / 30 + (1.5 if elsewhere else 0.0)
            yield Candidate(self, row.who, people["account"][row.who], people["person"][row.who], int(row.time),
                            int(rows["time"][-1]), float(decades), rows["number"], facts={"gap": float(length[n]), "elsewhere": bool(elsewhere)})
