"""Rules that ask whether somebody does far more of something than ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..judging import judge_counts, without_overlaps
from ..kinds import DELETIONS, PURGES, READS, TAKES, listed
from ..statistics import DAY, HOUR
from .base import Candidate, Rule, candidates_of, crowds_of

if TYPE_CHECKING:
    from ..activity import Activity
    from ..statistics import Log

__all__ = ["BulkReadThenDelete", "Counted", "MassDeletion", "MassDownload", "RecycleBinPurge"]


@dataclass(frozen=True)
class Counted(Rule):
    """Somebody does far more of something than ever.

    Parameters
    ----------
    least : float
        Events; a window with fewer is never a finding.
    """

    least: float = 12.0
    windows: ClassVar[tuple[int, ...]] = (HOUR, DAY)
    verb: ClassVar[str]
    noun: ClassVar[str]

    def logs(self, activity: Activity) -> Iterator[Log]:
        """Yield what is counted, in one way or in several."""
        raise NotImplementedError

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield people's records."""
        peaks, crowds = [], []
        for log in self.logs(activity):
            judged = judge_counts(activity, log, self.windows, least=self.least)
            peaks += judged.peaks
            crowds += judged.crowds
        yield from candidates_of(self, activity, without_overlaps(peaks))
        yield from crowds_of(self, activity, crowds)


@dataclass(frozen=True)
class MassDeletion(Counted):
    name: ClassVar[str] = "mass_deletion"
    title: ClassVar[str] = "Mass deletion"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1485, Data Destruction"
    verb: ClassVar[str] = "deleted"
    noun: ClassVar[str] = "deletion"

    def logs(self, activity: Activity) -> Iterator[Log]:
        yield activity.log(f"kind in {listed(DELETIONS)}")
        yield activity.log(f"kind in {listed(DELETIONS)} and foreign_")


@dataclass(frozen=True)
class MassDownload(Counted):
    name: ClassVar[str] = "mass_download"
    title: ClassVar[str] = "Mass download or copy"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1530, Data from Cloud Storage"
    verb: ClassVar[str] = "took"
    noun: ClassVar[str] = "download"

    def logs(self, activity: Activity) -> Iterator[Log]:
        activity.derived("reads")
        for kinds in (TAKES, READS):
            new = f"select number from reads where kind in {listed(kinds)} and not familiar"
            yield activity.log(f"number in ({new})")
        yield activity.log(f"kind in {listed(TAKES)}", weight="case when foreign_ then 1 else 0.4 end")


@dataclass(frozen=True)
class RecycleBinPurge(Counted):
    name: ClassVar[str] = "recycle_bin_purge"
    title: ClassVar[str] = "Deletion for good"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1070.004, T1490"
    verb: ClassVar[str] = "deleted for good"
    noun: ClassVar[str] = "deletion for good"
    least: float = 5.0

    def logs(self, activity: Activity) -> Iterator[Log]:
        yield activity.log(f"kind in {listed(PURGES)}")


@dataclass(frozen=True)
class BulkReadThenDelete(Counted):
    name: ClassVar[str] = "bulk_read_then_delete"
    title: ClassVar[str] = "Files read in bulk, then deleted"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1530, then T1485"
    verb: ClassVar[str] = "read and then deleted"
    noun: ClassVar[str] = "such deletion"
    least: float = 8.0
    windows: ClassVar[tuple[int, ...]] = (DAY,)

    def logs(self, activity: Activity) -> Iterator[Log]:
        activity.derived("coded")
        reads = f"select who, object, time from coded where kind in {listed(READS)}"
        yield activity.log(
            f"number in (select d.number from coded d join ({reads}) r on r.who = d.who and "
            "r.object = d.object and r.time < d.time and d.time - r.time <= 86400000000 "
            f"where d.kind in {listed(DELETIONS + PURGES)})"
        )
