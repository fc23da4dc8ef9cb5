"""Much of the same in a short time: deletions, downloads and copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..finding import Finding
from ..statistics import adjusted, count_tail, tail_of_logs
from .base import Rule, bursts, count, evidence_of, in_window, people_of, when

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
    """Return bursts with ``p`` (adjusted), ``usual``, ``others``, ``usual_others``, ``newcomer``.

    ``others`` is how many other people of the account had a burst on that day which is large for
    them; ``usual_others`` how many have on a usual day.
    """
    found = bursts(activity, kinds, gap)
    if found.empty:
        return found.assign(p=[], usual=[], others=[], usual_others=[], newcomer=[], days=[])
    groups = found.groupby(["account", "person"], sort=False).ngroup().to_numpy()
    raw, usual = tail_of_logs(found["objects"].to_numpy(dtype=float), groups)
    found["p"], found["usual"] = adjusted(raw), usual
    found["large"] = (raw < 0.05) & (found["objects"] >= _LARGE)
    found["day"] = found["start"].dt.floor("D")
    found = _with_others(found)
    people = people_of(activity)[["account", "person", "first", "days", "newcomer"]]
    found = found.merge(people, on=["account", "person"], how="left")
    recent = (found["start"] - found["first"]).dt.total_seconds() < 10 * 86400
    found["newcomer"] &= recent
    return found


def _with_others(found: pd.DataFrame) -> pd.DataFrame:
    """Count who else did much on the day, the day before or the day after."""
    import pandas as pd

    large = found.loc[found["large"], ["account", "person", "day"]].drop_duplicates()
    near = pd.concat(
        [large.assign(day=large["day"] + pd.Timedelta(days=step)) for step in (-1, 0, 1)]
    )
    people = near.drop_duplicates().groupby(["account", "day"])["person"].nunique()
    days = found.groupby("account")["day"].nunique()
    usual = people.groupby("account").sum() / days
    keys = list(zip(found["account"], found["day"], strict=True))
    found["others"] = people.reindex(keys).fillna(0).to_numpy() - found["large"].to_numpy()
    found["usual_others"] = usual.reindex(found["account"]).fillna(0).to_numpy()
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
        chosen = found[(found["objects"] >= self.least) & (found["p"] <= self.false_discoveries)]
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
            "p_adjusted": float(np.format_float_scientific(row.p, 2)),
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
        if row.days < 5:
            return "low", ", but there is too little history to judge"
        severe = row.objects >= self.severe or row.foreign >= 0.5 * row.events
        return ("high" if severe and row.objects >= 2 * self.least else "medium"), ""


@dataclass(frozen=True)
class MassDeletion(_Mass):
    """Somebody deletes many more files in one go than is usual.

    Parameters
    ----------
    least : int
        Fewer files in a burst are never a finding.
    gap : float
        Minutes without one that end a burst.
    false_discoveries : float
        The share of findings that may be due to chance, at most.
    severe : int
        So many files, or as many of others as own ones, are of high severity.
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
    least, gap, false_discoveries, severe
        As of `MassDeletion`.
    """

    name: ClassVar[str] = "mass_download"
    title: ClassVar[str] = "Mass download or copy"
    method: ClassVar[str] = _METHOD.format(what="downloads and copies")
    source: ClassVar[str] = "MITRE ATT&CK T1530, Data from Cloud Storage"
    kinds: ClassVar[tuple[str, ...]] = ("download", "copy")
    verb: ClassVar[str] = "downloaded or copied"
