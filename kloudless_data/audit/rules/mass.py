"""Much of the same in a short time: deletions, downloads and copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..finding import Finding
from ..statistics import adjusted, count_tail, tail_of_logs
from .base import (
    LEAST_HISTORY,
    Rule,
    bursts,
    count,
    evidence_of,
    in_window,
    people_of,
    scientific,
    when,
)

if TYPE_CHECKING:
    import pandas as pd

    from ..source import Activity

__all__ = ["MassDeletion", "MassDownload", "judged_bursts"]

#: Bursts of fewer files are not counted when it is asked what others did.
_LARGE = 15

_METHOD = (
    "A person's {what} are grouped into bursts. The number of different files of each burst is "
    "compared, on a logarithmic scale, with the person's other bursts by median and MAD, shrunk "
    "towards the organisation's when there are few, with Student's tail; the probabilities of all "
    "bursts are adjusted by Benjamini and Hochberg. When unusually many others do the same on that "
    "day, or somebody has only just joined, the finding is for information."
)


def judged_bursts(activity: Activity, kinds: tuple[str, ...], gap: float) -> pd.DataFrame:
    """Return bursts with ``p`` (adjusted), ``usual``, ``others`` and ``usual_others``.

    ``others`` is how many other people of the account had a burst on that day which is large for
    them; ``usual_others`` how many have on a usual day. ``account``, ``person``, ``days`` (of
    activity) and ``newcomer`` are the person's.
    """
    found = bursts(activity, kinds, gap)
    if found.empty:
        return found.assign(p=[])
    people = people_of(activity)
    who = found["who"].to_numpy()
    raw, usual = tail_of_logs(found["objects"].to_numpy(dtype=float), who)
    found["p"], found["usual"] = adjusted(raw), usual
    found["large"] = (raw < 0.05) & (found["objects"] >= _LARGE)
    found["day"] = found["start"].dt.floor("D")
    found["team"] = people["account"].factorize()[0][who]
    found = _with_others(found)
    known = people[["who", "account", "person", "first", "days", "newcomer"]]
    found = found.merge(known, on="who", how="left")
    recent = (found["start"] - found["first"]).dt.total_seconds() < 10 * 86400
    found["newcomer"] &= recent
    return found


def _with_others(found: pd.DataFrame) -> pd.DataFrame:
    """Count who else did much on the day, the day before or the day after."""
    import pandas as pd

    large = found.loc[found["large"], ["team", "who", "day"]].drop_duplicates()
    near = pd.concat(
        [large.assign(day=large["day"] + pd.Timedelta(days=step)) for step in (-1, 0, 1)]
    )
    people = near.drop_duplicates().groupby(["team", "day"])["who"].nunique().rename("others")
    days = found.groupby("team")["day"].nunique()
    usual = (people.groupby("team").sum() / days).rename("usual_others").reset_index()
    found = found.merge(people.reset_index(), on=["team", "day"], how="left")
    found = found.merge(usual, on="team", how="left")
    found["others"] = found["others"].fillna(0) - found["large"].astype(int)
    found["usual_others"] = found["usual_others"].fillna(0.0)
    return found


@dataclass(frozen=True)
class _Mass(Rule):
    least: int = 30
    gap: float = 30.0
    false_discoveries: float = 0.01
    severe: int = 100
    kinds: ClassVar[tuple[str, ...]]
    verb: ClassVar[str]

    def find(self, activity: Activity) -> Iterator[Finding]:
        found = judged_bursts(activity, self.kinds, self.gap)
        found["alone"] = len(found) < LEAST_HISTORY
        unusual = (found["p"] <= self.false_discoveries) | found["alone"]
        chosen = found[(found["objects"] >= self.least) & unusual]
        for row in chosen.itertuples():
            if in_window(activity, row.end):
                yield self._finding(activity, row)

    def _finding(self, activity: Activity, row: Any) -> Finding:
        severity, because = self._severity(row)
        sentence = (
            f"{row.person} {self.verb} {count(row.objects, 'file')} between {when(row.start)} and "
            f"{when(row.end)}; {count(round(row.usual), 'file')} at a time is usual{because}."
        )
        numbers = {
            "files": int(row.objects),
            "of_others": int(row.foreign),
            "usual_files": round(float(row.usual), 1),
            "p_adjusted": scientific(row.p),
            "days_of_history": int(row.days),
            "others_that_day": int(row.others),
        }
        ids = evidence_of(activity, row.account, row.person, row.start, row.end,
                          "list_contains(?, kind)", list(self.kinds))  # fmt: skip
        return Finding(self.name, severity, row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip

    def _severity(self, row: Any) -> tuple[str, str]:
        by_chance = count_tail(np.array([row.others]), np.array([row.usual_others + 0.1]), 0.0)
        if row.others >= 2 and by_chance[0] < 0.01:
            return "info", f", but {count(row.others, 'other')} did much more than usual that day"
        if row.newcomer:
            return "info", ", but the person has only just joined: there is too little history"
        if row.days < 5 or row.alone:
            return "low", ", but there is too little history to judge"
        severe = row.objects >= self.severe or row.foreign >= 0.5 * row.events
        return ("high" if severe and row.objects >= 2 * self.least else "medium"), ""


@dataclass(frozen=True)
class MassDeletion(_Mass):
    """Somebody deletes many more files in one go than is usual.

    Parameters
    ----------
    least : int
        Files; a burst of fewer is never a finding.
    gap : float
        Minutes without one that end a burst.
    false_discoveries : float
        The share of findings that may be due to chance, at most (0 to 1).
    severe : int
        Files; a burst of so many, or one half of which are others' files, is of high severity, if
        it has twice `least`.
    """

    name: ClassVar[str] = "mass_deletion"
    title: ClassVar[str] = "Mass deletion"
    method: ClassVar[str] = _METHOD.format(what="deletions")
    source: ClassVar[str] = "MITRE ATT&CK T1485, Data Destruction"
    kinds: ClassVar[tuple[str, ...]] = ("delete",)
    verb: ClassVar[str] = "deleted"


@dataclass(frozen=True)
class MassDownload(_Mass):
    """Somebody downloads or copies many more files in one go than is usual.

    Parameters
    ----------
    least : int
        Files; a burst of fewer is never a finding.
    gap : float
        Minutes without one that end a burst.
    false_discoveries : float
        The share of findings that may be due to chance, at most (0 to 1).
    severe : int
        Files; a burst of so many, or one half of which are others' files, is of high severity, if
        it has twice `least`.
    """

    name: ClassVar[str] = "mass_download"
    title: ClassVar[str] = "Mass download or copy"
    method: ClassVar[str] = _METHOD.format(what="downloads and copies")
    source: ClassVar[str] = "MITRE ATT&CK T1530, Data from Cloud Storage"
    kinds: ClassVar[tuple[str, ...]] = ("download", "copy")
    verb: ClassVar[str] = "downloaded or copied"
