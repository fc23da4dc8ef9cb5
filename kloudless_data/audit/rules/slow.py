"""What grows over weeks: cumulative sums of what people do on the days on which they are active."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..judging import LEAST_DECADES
from ..kinds import READS, TAKES, DELETIONS, listed
from ..statistics import DAY, Scale, cumulative_sums
from .base import Candidate, Rule

if TYPE_CHECKING:
    from ..activity import Activity

__all__ = ["SlowDrift"]


@dataclass(frozen=True)
class SlowDrift(Rule):
    """Somebody does more of something for weeks."""

    name: ClassVar[str] = "slow_exfiltration"
    title: ClassVar[str] = "More and more over weeks"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "Page 1954; MITRE ATT&CK T1030, Data Transfer Size Limits"
    slack: float = 0.75
    least_days: int = 15

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        activity.derived("reads")
        for where in (f"kind in {listed(TAKES)}", f"number in (select number from reads where kind in {listed(READS)} and not familiar)",
                      "number in (select number from outside)"):
            if "outside" in where:
                try:
                    activity.rows("select 1 from outside limit 1")
                except Exception:
                    continue
            yield from self._of(activity, where)

    def _of(self, activity: Activity, where: str) -> Iterator[Candidate]:
        log = activity.log(where)
        if not len(log):
            return
        first, blocks, people = activity.first, activity.blocks, activity.people
        active = activity.columns(f"select who, (time - {first}) // {DAY} as day from coded group by all")
        counts = np.full((len(people), blocks), np.nan)
        counts[active["who"], active["day"]] = 0.0
        np.add.at(counts, (log.who, (log.time - first) // DAY), 1.0)
        logs = np.log1p(counts)
        with np.errstate(all="ignore"):
            import warnings
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                centre = np.nan_to_num(np.nanmedian(logs, axis=1))
                spread = np.nan_to_num(1.4826 * np.nanmedian(np.abs(logs - centre[:, None]), axis=1))
        everyone = float(np.nanmedian(spread)) if len(spread) else 0.0
        n = np.isfinite(logs).sum(axis=1)
        scale = np.maximum((n * spread + 6 * max(everyone, 0.5)) / (n + 6), 0.4)
        z = np.clip((logs - centre[:, None]) / scale[:, None], -2.0, 3.0)
        # The whole organisation's drift is nobody's: the median person's day is taken off.
        z = np.nan_to_num(z, nan=0.0)
        idle = ~np.isfinite(logs)
        z = np.where(idle, self.slack, z)
        sums, begun = cumulative_sums(z, self.slack)
        peak = sums.max(axis=1)
        ok = activity.days >= self.least_days
        for who in np.flatnonzero(ok & (peak > 4)):
            last = int(sums[who].argmax()); start = int(begun[who, last])
            active_days = int(np.isfinite(logs[who, start:last + 1]).sum())
            if active_days < 4:
                continue
            others = np.delete(peak[ok], np.searchsorted(np.flatnonzero(ok), who))
            scale_ = Scale(np.sort(others[others > 0]), int(ok.sum()) , tail=2.5, prior=8, unseen=10)
            decades = float(scale_.decades(np.array([peak[who]]), 0.0)[0])
            if decades < 1.2:
                continue
            t0, t1 = first + start * DAY, first + (last + 1) * DAY
            low, high = np.searchsorted(log.who, [who, who + 1])
            part = slice(low + int(np.searchsorted(log.time[low:high], t0)), low + int(np.searchsorted(log.time[low:high], t1)))
            if part.stop <= part.start:
                continue
            yield Candidate(self, int(who), people["account"][who], people["person"][who], int(log.time[part][0]), int(log.time[part][-1]),
                            decades, log.number[part], facts={"sum": float(peak[who]), "days": active_days})
