"""Rules that ask whether somebody does far more of something than ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from ...text.counts import count
from ..judging import judge_counts
from ..kinds import DELETIONS, PURGES, TAKES, listed
from ..statistics import DAY, HOUR
from ..wording import span, times
from .base import (
    Candidate,
    Rule,
    Statement,
    candidates_of,
    crowds_of,
    files_of,
    foreign_of,
    most_elsewhere,
    never_more,
    owners_known,
)
from .hours import AT_STRANGE_HOURS, days_at_these_hours, make_strange_hours

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = [
    "KEPT",
    "BulkReadThenDelete",
    "Counted",
    "MassDeletion",
    "MassDownload",
    "RecycleBinPurge",
    "Way",
]

#: Deletions of what was not deleted before, that were neither undone nor made way for the same in
#: another format.
KEPT = (
    "number not in (select number from undone) "
    "and number not in (select number from deleted_again) "
    "and number not in (select number from replaced where common)"
)
#: Syncing programs usually fetch many files for a new device, and files read amid work, or in a
#: folder the person works in, are needed for it: all of these count less.
_HELD = "case when syncs then 0.25 when foreign_ then 1 else 0.4 end"
_WEIGHT = (
    f"{_HELD} * case when amid_work then 0.4 else 1 end * case when familiar then 0.5 else 1 end"
)
_METHOD = (
    "{what} are counted in sliding windows of {windows}. Each window is compared, on a "
    "logarithmic scale, with the person's largest on all other days; on days on which the person "
    "also edits more than usual, it counts less. The excess is ranked among all person-days of "
    "the organisation. What many people do at once counts less for each of them."
)


class Way(NamedTuple):
    """One way of counting.

    Attributes
    ----------
    condition : str
        The events to count: a condition on the rule's table, see `Counted`.
    verb : str
        The sentence's words before the number of files.
    tail : str
        Its words after that number.
    after : str
        Its words after the time.
    weight : str
        The weight of each event, in SQL.
    """

    condition: str
    verb: str
    tail: str = ""
    after: str = ""
    weight: str = "1"


@dataclass(frozen=True)
class Counted(Rule):
    """Somebody does far more of something than ever.

    Parameters
    ----------
    least : float
        Events; a window with fewer is never a finding.

    Attributes
    ----------
    ways : tuple of Way
        What is counted; several ways are one question.
    among : str
        The table of `DERIVED` whose events are counted.
    needs : tuple of str
        Other tables of `DERIVED` that the conditions name.
    windows : tuple of int
        Microseconds.
    """

    least: float = 12.0
    ways: ClassVar[tuple[Way, ...]]
    among: ClassVar[str] = "coded"
    needs: ClassVar[tuple[str, ...]] = ()
    windows: ClassVar[tuple[int, ...]] = (HOUR, DAY)

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield people's records."""
        for name in self.needs:
            activity.derived(name)
        logs = [
            activity.log(way.condition, weight=way.weight, among=self.among) for way in self.ways
        ]
        judged = judge_counts(activity, logs, self.windows, least=self.least)
        yield from candidates_of(self, activity, judged.peaks)
        # The words of the last way fit what all of them count.
        yield from crowds_of(
            self, activity, judged.crowds, f"{self.ways[-1].verb} far more than usual"
        )

    def asks_for_hours(self, candidate: Candidate) -> bool:
        """Tell whether a candidate stands out by the hours at which it happened.

        Parameters
        ----------
        candidate : Candidate
            ``facts["way"]`` indexes `ways`.
        """
        return AT_STRANGE_HOURS in self.ways[candidate.facts["way"]].condition

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say how many files, and the most at other times.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["way"]`` indexes `ways`; ``facts["window"]`` is in microseconds.
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        way = self.ways[candidate.facts["way"]]
        files, foreign = files_of(events), foreign_of(events)
        add_others = foreign and "of others" not in way.tail
        others = f" ({count(foreign, 'event')} on others' files)" if add_others else ""
        usual, numbers = self._usual(activity, candidate, way)
        # The comparison is one of events.
        more = f" ({times(len(events))})" if len(events) > files else ""
        sentence = (
            f"{candidate.person} {way.verb} {count(files, 'file')}{way.tail}{more} "
            f"{span(candidate.start, candidate.end)}{way.after}{others}; {usual}."
        )
        known = {"of_others": foreign} if owners_known(events) else {}
        return sentence, {"files": files, "events": len(events), **known, **numbers}

    def _usual(self, activity: Activity, candidate: Candidate, way: Way) -> Statement:
        """Return the usual amount, for comparison."""
        if self.asks_for_hours(candidate):
            return days_at_these_hours(activity, candidate)
        window = candidate.facts["window"]
        usual = most_elsewhere(activity, candidate, way.condition)
        return never_more(usual, window), {"most_elsewhere": usual, "window_hours": window // HOUR}


@dataclass(frozen=True)
class MassDeletion(Counted):
    """Somebody deletes far more files than ever.

    Parameters
    ----------
    least : float
        Deletions; a window with fewer is never a finding.
    """

    name: ClassVar[str] = "mass_deletion"
    about: ClassVar[str] = "loss"
    odds: ClassVar[float] = -0.2
    many: ClassVar[float] = 100.0
    title: ClassVar[str] = "Mass deletion"
    method: ClassVar[str] = _METHOD.format(
        what="Deletions that were not undone within three days, without conversions to a format in "
        "common use and files that had been deleted before, and separately those of others' files,",
        windows="an hour and of a day",
    )
    source: ClassVar[str] = "MITRE ATT&CK T1485, Data Destruction"
    needs: ClassVar[tuple[str, ...]] = ("undone", "deleted_again", "replaced")

    def _usual(self, activity: Activity, candidate: Candidate, way: Way) -> Statement:
        """Say what is left out, too, where the person undoes or converts."""
        usual, numbers = super()._usual(activity, candidate, way)
        ((left_out,),) = activity.rows(
            f"select count(*) from coded where who = ? and kind in {listed(DELETIONS)} "
            f"and not ({KEPT})",
            candidate.who,
        )
        less = ", without deletions that were undone, repeated or made way for another format"
        return usual + (less if left_out else ""), numbers

    ways: ClassVar[tuple[Way, ...]] = (
        Way(f"kind in {listed(DELETIONS)} and {KEPT}", "deleted"),
        Way(
            f"kind in {listed(DELETIONS)} and foreign_ and {KEPT}",
            "deleted",
            " of others",
        ),
    )


@dataclass(frozen=True)
class MassDownload(Counted):
    """Somebody downloads or copies far more files than ever.

    Parameters
    ----------
    least : float
        Downloads; a window with fewer is never a finding.
    """

    name: ClassVar[str] = "mass_download"
    about: ClassVar[str] = "taking"
    excused: ClassVar[bool] = True
    odds: ClassVar[float] = -0.3
    title: ClassVar[str] = "Mass download or copy"
    method: ClassVar[str] = _METHOD.format(
        what="Downloads and copies, and reads of files that the person had not touched more than a "
        "day before, or of files in a folder that was new to them, except in the first ten days, "
        "when everything is new; others' files weigh more than one's own, and files that a "
        "syncing program fetches, or that are read amid work or in folders the person uses on "
        "other days, weigh less. All of these",
        windows="an hour and of a day",
    )
    source: ClassVar[str] = "MITRE ATT&CK T1530, Data from Cloud Storage"
    among: ClassVar[str] = "reads"

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield people's records."""
        make_strange_hours(activity)
        yield from super().candidates(activity)

    ways: ClassVar[tuple[Way, ...]] = (
        Way(f"kind in {listed(TAKES)}", "downloaded or copied", weight=_WEIGHT),
        *(
            Way(condition, verb, after=", all new to them", weight=_WEIGHT)
            for condition, verb in (
                (f"kind in {listed(TAKES)} and new_file", "downloaded or copied"),
                ("new_file", "opened or downloaded"),
            )
        ),
        Way("new_folder", "opened or downloaded",
            after=", in folders that were new to them", weight=_WEIGHT),
        Way(AT_STRANGE_HOURS, "opened or downloaded",
            after=", at hours that are hardly ever theirs", weight=_WEIGHT),
    )  # fmt: skip


@dataclass(frozen=True)
class RecycleBinPurge(Counted):
    """Somebody permanently deletes far more than ever.

    Parameters
    ----------
    least : float
        Deletions; a window with fewer is never a finding.
    """

    name: ClassVar[str] = "recycle_bin_purge"
    about: ClassVar[str] = "loss"
    title: ClassVar[str] = "Permanent deletion"
    method: ClassVar[str] = _METHOD.format(
        what="Permanent deletions, from recycle bins and of versions,",
        windows="an hour and of a day",
    )
    source: ClassVar[str] = "MITRE ATT&CK T1490, Inhibit System Recovery; T1070.004"
    least: float = 3.0
    ways: ClassVar[tuple[Way, ...]] = (Way(f"kind in {listed(PURGES)}", "deleted for good"),)


@dataclass(frozen=True)
class BulkReadThenDelete(Counted):
    """Somebody reads many files and deletes them within a day.

    Parameters
    ----------
    least : float
        Deletions; a day with fewer is never a finding.
    """

    name: ClassVar[str] = "bulk_read_then_delete"
    about: ClassVar[str] = "loss"
    many: ClassVar[float] = 100.0
    title: ClassVar[str] = "Files read in bulk, then deleted"
    method: ClassVar[str] = _METHOD.format(
        what="Deletions of files that the same person had read within the preceding 24 hours",
        windows="a day",
    )
    source: ClassVar[str] = "MITRE ATT&CK T1530, Data from Cloud Storage, then T1485"
    least: float = 8.0
    needs: ClassVar[tuple[str, ...]] = ("read_then_deleted", "replaced", "undone", "deleted_again")
    windows: ClassVar[tuple[int, ...]] = (DAY,)
    ways: ClassVar[tuple[Way, ...]] = (
        Way(f"number in (select number from read_then_deleted) and {KEPT}", "deleted",
            after=" that they had read within the 24 hours before"),
    )  # fmt: skip
