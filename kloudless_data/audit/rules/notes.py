"""Ransom notes: files whose names tell victims how to get their data back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...text.counts import count
from ..statistics import DAY
from ..wording import listing, span
from .base import Candidate, Rule, Statement, files_of

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["RansomNote"]

#: Formats that anybody can open.
_FORMAT = r"[.](txt|html?|hta|mht|rtf|url|vbs|readme)$"
_GAP = r"[^a-z]*"
_UNDO = rf"(recover|recovery|restore|unlock|unblock|decrypt|get{_GAP}back)"
_FILES = rf"(files?|instructions?|read{_GAP}me)"
_DATA = r"(files?|data|documents?|info|network|system|computer|code|key)"
_WHOSE = r"(all|any|my|our|the|you|your|yours)"
_READ = rf"(read{_GAP}(me|this|it)?|how|info|information|help|note|attention|important|warning)"
_HOW = rf"(how|want){_GAP}(to|can|you)?{_GAP}(i|you|we)?{_GAP}({_UNDO}|get|buy|pay)"
#: Words of many families of ransomware: what was done to the files, or how to undo it.
_WORDS = "|".join((
    r"decrypt|encrypted|ransom",
    rf"{_UNDO}{_GAP}({_FILES}|{_WHOSE}{_GAP}{_DATA})",
    rf"{_FILES}{_GAP}(to|for|how|on)?{_GAP}{_UNDO}",
    rf"{_HOW}{_GAP}({_WHOSE}{_GAP})?{_DATA}",
    rf"(your|my|all|our){_GAP}{_DATA}{_GAP}(is|are|was|were|have|back|gone)",
    rf"files?{_GAP}(is|are|was|were|have{_GAP}been){_GAP}(gone|stolen|locked|lost)",
    rf"(help|sorry){_GAP}(to|for|me|your|you|us)?{_GAP}(save)?{_GAP}files",
    rf"get{_GAP}(your|you|my){_GAP}(files?|data)",
))  # fmt: skip
_PLAIN = f"({_WORDS}).*{_FORMAT}|{_HOW}{_GAP}{_FORMAT}"
#: Names that only shout to be read. Some people put a file first in its folder that way.
_LOUD = (
    rf"^[!#@+$%&~][^a-z0-9]*{_READ}[^/]*$|{_READ}[^a-z0-9]*[!#@+][.][a-z]+$|^_readme[.]txt$"
    r"|^read_it[.]txt$"
)


@dataclass(frozen=True)
class RansomNote(Rule):
    """Somebody puts up files with the names of ransom notes.

    Parameters
    ----------
    people, days : int
        A name that more people used, or on more days, is a usual one.
    least : int
        Files that the person changes or deletes within a day of it; with fewer, a note only
        supports other findings.
    """

    name: ClassVar[str] = "ransom_note"
    about: ClassVar[str] = "demand"
    in_context: ClassVar[bool] = False
    title: ClassVar[str] = "Ransom notes"
    method: ClassVar[str] = (
        "New text and HTML files are found by their names: words for what was done to files, or "
        "for how to get them back. Names that several people use, or on many days, are left out. "
        "Names that only ask to be read, with exclamation marks, and those of people who hardly "
        "change or delete anything at that time, only support other findings."
    )
    source: ClassVar[str] = (
        "MITRE ATT&CK T1486, Data Encrypted for Impact; Splunk, Common Ransomware Notes"
    )
    people: int = 2
    days: int = 4
    least: int = 20

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        activity.derived("coded")
        rows = activity.frame(_NOTES.format(plain=_PLAIN, loud=_LOUD, format=_FORMAT, day=DAY),
                              int(self.people), int(self.days))  # fmt: skip
        people = activity.people
        accounts, persons = people["account"].to_numpy(), people["person"].to_numpy()
        for who, mine in rows.groupby("who", sort=True):
            time = mine["time"].to_numpy()
            for part in np.split(np.arange(len(mine)), np.flatnonzero(np.diff(time) > DAY) + 1):
                some = mine.iloc[part]
                plain = bool(some["plain"].any())
                start, end = int(time[part[0]]), int(time[part[-1]])
                changed = _changed(activity, int(who), start, end)
                decades = (4.5 if plain else 3.0) + min(np.log10(len(some)), 1.0)
                yield Candidate(
                    self, int(who), str(accounts[who]), str(persons[who]), start, end,
                    float(decades), some["number"].to_numpy(np.int64),
                    loud=plain and changed >= self.least, facts={"changed": changed},
                )  # fmt: skip

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say how the files are called.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["changed"]`` is the number of files changed or deleted within a day.
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        names, files = sorted(set(events["name"].dropna())), files_of(events)
        changed = candidate.facts["changed"]
        like = "has the name" if files == 1 else "have names"
        sentence = (
            f"{candidate.person} put up {count(files, 'file')} "
            f"{span(candidate.start, candidate.end)} that {like} of a ransom note: "
            f"{listing(names)}. Within a day of that, they changed or deleted "
            f"{count(changed, 'file')}."
        )
        return sentence, {"files": files, "names": names[:20], "changed": changed}


def _changed(activity: Activity, who: int, start: int, end: int) -> int:
    """Count the files that somebody changes or deletes within a day of a time."""
    ((files,),) = activity.rows(
        "select count(distinct object) from coded where who = ? and time between ? and ? "
        "and kind in ('update', 'rename', 'move', 'delete', 'purge')",
        who, start - DAY, end + DAY,
    )  # fmt: skip
    return int(files)


_NOTES = """
with written as (
    select activity.rowid as number, account, person, lower(name) as name, epoch_us(time) as time
    from activity
    where kind = 'add' and person is not null
        and regexp_matches(name, '(?i){format}')
), named as (
    select *, regexp_matches(name, '{plain}') as plain from written
    where plain or regexp_matches(name, '{loud}')
), usual as (
    select account, name from named group by account, name
    having count(distinct person) > ? or count(distinct time // {day}) > ?
)
select coded.number, who, named.time, plain
from named join coded using (number) anti join usual using (account, name)
order by who, named.time, coded.number
"""
