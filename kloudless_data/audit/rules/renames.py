"""Files renamed to other extensions or replaced: the traces of ransomware."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from ...text.counts import count
from ..derived import extension_of
from ..formats import ENCRYPTED, is_ordinary
from ..judging import judge_counts
from ..statistics import DAY, HOUR
from ..wording import listing, span
from .base import (
    Candidate,
    Rule,
    Statement,
    candidates_of,
    crowds_of,
    files_of,
    most_elsewhere,
    never_more,
)

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["RansomwareRename"]


class _Way(NamedTuple):
    condition: str
    phrase: str
    least: float


_WAYS = (
    _Way("number in (select number from endings where not common and kind in ('rename', 'move'))",
         "renamed {files} {when} to {endings}", 8.0),
    _Way("number in (select number from endings where not common)",
         "made or changed {files} {when} with {endings}", 8.0),
    _Way("number in (select number from replaced where not common)",
         "deleted {files} {when} and within an hour added others with the same names and other "
         "extensions", 10.0),
    _Way("number in (select number from changed where not common)",
         "changed the extensions of {files} {when} to ones that under 1 % of new files have", 8.0),
    _Way("number in (select number from changed_once)",
         "changed {files} {when} that they changed at no other time", 60.0),
)  # fmt: skip


#: Decades if most of the new extensions say that the files are encrypted.
_SAYS = 1.5


@dataclass(frozen=True)
class RansomwareRename(Rule):
    """Somebody gives many files rare extensions, or replaces or changes many.

    Parameters
    ----------
    people, days : int
        An extension is strange if at most this many people used it, on at most this many days.
    """

    name: ClassVar[str] = "ransomware_rename"
    about: ClassVar[str] = "loss"
    many: ClassVar[float] = 30.0
    harms: ClassVar[float] = 2.0
    title: ClassVar[str] = "Files encrypted or replaced"
    method: ClassVar[str] = (
        "Files that get an extension that hardly anybody ever used (the same or a different one "
        "for each), but for formats in common use and backups (bak, old, a date), files deleted "
        "for others of the same name with such an extension, and files "
        "that the person changes at one time only (within an hour: many in a day are work) are "
        "counted in sliding windows of an hour and of a day, compared, on a logarithmic scale, "
        "with the person's largest on all other days, and ranked among all person-days. Findings "
        "weigh more the more files there are, and 1.5 decades more if the extensions say that the "
        "files are encrypted (crypt, locked, names of ransomware)."
    )
    source: ClassVar[str] = (
        "MITRE ATT&CK T1486, Data Encrypted for Impact; Splunk, ransomware_extensions"
    )
    people: int = 2
    days: int = 4

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield people's records."""
        for name in ("coded", "replaced", "changed_once"):
            activity.derived(name)
        new, old = extension_of("name"), extension_of("previous_name")
        activity.run(_ENDINGS.format(new=new, old=old, common=is_ordinary("ending"), day=DAY,
                                     people=int(self.people), days=int(self.days)))  # fmt: skip
        activity.run(_CHANGED.format(new=new, old=old, common=is_ordinary(new)))
        saying = activity.columns(_SAYING.format(new=new, encrypted=ENCRYPTED))["number"]
        logs = [activity.log(way.condition) for way in _WAYS]
        least = [way.least for way in _WAYS]
        last = len(_WAYS) - 1
        judged = judge_counts(activity, logs, (HOUR, DAY), least=least, edits=(last,))
        # People edit many files while they work, but not at a pace that nobody can keep up.
        peaks = [
            replace(peak, facts={
                **peak.facts, "excused": peak.facts["way"] == last,
                "says": bool(2 * np.isin(peak.numbers, saying).sum() > len(peak.numbers)),
            })
            for peak in judged.peaks
        ]  # fmt: skip
        yield from candidates_of(self, activity, peaks)
        what = "renamed or replaced far more than usual"
        yield from crowds_of(self, activity, judged.crowds, what)

    def bears_on(self, candidate: Candidate) -> float:
        """Return 1.5 decades more if the extensions say that the files are encrypted.

        Parameters
        ----------
        candidate : Candidate
            ``facts["says"]`` is True if most of its events give a file such an extension.
        """
        return super().bears_on(candidate) + (_SAYS if candidate.facts["says"] else 0.0)

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say how many files, and their new extensions.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["way"]`` indexes the ways of counting; ``facts["window"]`` is in microseconds.
        events : pandas.DataFrame
            The evidence; see `Rule.tell`.
        """
        way = _WAYS[candidate.facts["way"]]
        endings = sorted(
            set(events["name"].dropna().str.extract(r"\.([^./ ]{1,24})$")[0].dropna().str.lower())
        )
        usual, files = most_elsewhere(activity, candidate, way.condition), files_of(events)
        listed = listing([f".{one}" for one in endings])
        strange = f"extensions ({listed}) that hardly anybody ever gave files"
        if candidate.facts["says"]:
            strange += ", most of which say that they are encrypted"
        phrase = way.phrase.format(
            files=count(files, "file"), endings=strange, when=span(candidate.start, candidate.end)
        )
        usually = never_more(usual, candidate.facts["window"])
        sentence = f"{candidate.person} {phrase}; {usually}."
        return sentence, {"files": files, "events": len(events), "extensions": endings[:20],
                          "most_elsewhere": usual,
                          "window_hours": candidate.facts["window"] // HOUR}  # fmt: skip


_ENDINGS = """
create or replace temp table endings as
with named as (
    select activity.rowid as number, account, person, kind, epoch_us(time) as time,
           {new} as ending, {old} as before
    from activity where name is not null and person is not null
        and kind in ('rename', 'move', 'add', 'copy')
), spread as (
    select account, ending, count(distinct person) as people,
           count(distinct time // {day}) as days
    from named where ending <> '' and before is distinct from ending group by account, ending
)
select number, kind, {common} as common
from named join spread using (account, ending)
where before is distinct from ending and people <= {people} and days <= {days}
"""

# Renames to an extension that hardly any new file has.
_CHANGED = """
create or replace temp table changed as
with had as (
    select account, {new} as ending, approx_count_distinct(object_id) as files
    from activity where name is not null and kind = 'add' group by all
), usual as (
    select account, ending from had
    qualify files >= 0.01 * sum(files) over (partition by account)
)
select activity.rowid as number, {common} as common from activity
left join usual on usual.account = activity.account and usual.ending = {new}
where kind in ('rename', 'move', 'update') and previous_name is not null and person is not null
    and {new} <> '' and {new} <> {old} and usual.ending is null
"""

# Files that are given an extension that says that they are encrypted.
_SAYING = """
select activity.rowid as number from activity
where activity.rowid in (select number from endings where not common union
                         select number from changed where not common)
    and regexp_full_match({new}, '{encrypted}')
"""
