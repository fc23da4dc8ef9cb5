"""When people are active: at hours that are never theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..judging import judge_scores
from ..statistics import DAY, HOUR, Floats, Log
from .base import Candidate, Rule, candidates_of, crowds_of

if TYPE_CHECKING:
    from ..activity import Activity

__all__ = ["OffHours"]


@dataclass(frozen=True)
class OffHours(Rule):
    """Somebody works at hours that are never theirs."""

    name: ClassVar[str] = "off_hours"
    title: ClassVar[str] = "Activity outside a person's own hours"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1078; CERT insider threat scenarios"
    least: int = 5
    least_days: int = 10
    gap: float = 90.0
    spread: float = 1.5

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        activity.derived("coded")
        hours = activity.columns(
            "select who, time // 3600000000 as hour, count(*) as events from coded group by all order by who, hour")
        who, hour, events = hours["who"], hours["hour"], hours["events"]
        if not len(who):
            return
        people = len(activity.days)
        density = self._density(who, hour, people, activity.days)
        # How seldom the person is active at such an hour: of the day, on such a share of days.
        strange = -np.log(density)
        score = self._records(activity, who, hour, strange, events)
        log = Log(who, hour * HOUR, np.arange(len(who)), events.astype(float))
        judged = judge_scores(activity, log, np.where((events >= self.least) & (activity.days[who] >= self.least_days), score, 0.0), DAY // 4, score, tail=0.5)
        peaks = []
        for peak in judged.peaks:
            rows = activity.columns("select number, time from coded where who = ? and time >= ? and time < ? order by time, number",
                int(peak.who), int(peak.start), int(peak.end) + HOUR)
            peaks.append(type(peak)(peak.who, int(rows["time"][0]), int(rows["time"][-1]), peak.decades, rows["number"], peak.window, peak.others, peak.facts))
        yield from candidates_of(self, activity, peaks, loud=False)

    def _density(self, who, hour, people, days) -> Floats:  # type: ignore[no-untyped-def]
        counts = np.zeros((people, 24))
        np.add.at(counts, (who, hour % 24), 1.0)
        distance = np.minimum(np.arange(24), 24 - np.arange(24))
        kernel = np.exp(-0.5 * (distance / self.spread) ** 2)
        kernel /= kernel.sum()
        smooth = np.maximum(np.fft.irfft(np.fft.rfft(counts, axis=1) * np.fft.rfft(kernel), n=24, axis=1), 0.0)
        # The judged hour, and that day's next to it, are left out.
        own = np.zeros(len(who))
        for step in range(-4, 5):
            place = np.searchsorted(who * (1 << 32) + hour, who * (1 << 32) + hour + step)
            place = np.minimum(place, len(who) - 1)
            there = (who[place] == who) & (hour[place] == hour + step)
            own += there * kernel[abs(step)]
        left = np.maximum(smooth[who, hour % 24] - own, 0.0)
        return (left + 0.3) / (days[who] + 3.0)

    def _records(self, activity, who, hour, strange, events) -> Floats:  # type: ignore[no-untyped-def]
        from ..statistics import _largest_elsewhere
        log = Log(who, hour * HOUR, np.arange(len(who)), np.ones(len(who)))
        shifted = np.maximum(strange, 0.0)
        elsewhere = _largest_elsewhere(log, np.where(events >= self.least, shifted, 0.0), HOUR, DAY)
        return np.where(events >= self.least, np.maximum(shifted - np.maximum(elsewhere, 1.5), 0.0) , 0.0)
