"""Files renamed to other extensions or replaced: the traces of ransomware."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from ..derived import extension_of
from ..formats import COMMON_FORMATS
from ..judging import Peak, judge_counts
from ..statistics import DAY, HOUR
from ..wording import count, listing, span
from .base import (
    Candidate,
    Rule,
    Told,
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

#: From how many files with strange extensions on each tenfold is a decade more, up to two. People
#: try a program that writes files of its own; they do not do it to hundreds of files in an hour. A
#: small organisation's past cannot tell that apart: its largest rank is one of few person-days.
_MANY = 10
#: What a file counts that gets a format in common use: that is mostly a conversion.
_CONVERTED = 0.25


class _Way(NamedTuple):
    where: str
    told: str
    least: float
    table: str | None = None


_WAYS = (
    _Way("number in (select number from endings where kind in ('rename', 'move'))",
         "renamed {files} {when} to {endings}", 8.0, "endings"),
    _Way("number in (select number from endings)",
         "made or changed {files} {when} with {endings}", 8.0, "endings"),
    _Way("number in (select number from replaced)",
         "deleted {files} {when} and within an hour added others with the same names and other "
         "extensions", 10.0, "replaced"),
    _Way("number in (select number from changed)",
         "changed the extensions of {files} {when} to ones that under 1 % of new files have", 8.0,
         "changed"),
    _Way("kind = 'update' and foreign_", "changed {files} of others {when}", 60.0),
)  # fmt: skip


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
    title: ClassVar[str] = "Files encrypted or replaced"
    method: ClassVar[str] = (
        "Files that get an extension which hardly anybody ever used, one for all or another for "
        "each; files deleted for others of the same name with another extension; and changes of "
        "others' files are counted in sliding windows of an hour and of a day, compared, on a "
        "logarithmic scale, with the person's largest of all other days, and ranked among all "
        "person-days. Many files with strange extensions are worth more by their number."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1486, Data Encrypted for Impact"
    people: int = 2
    days: int = 4

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield people's records."""
        common = sorted(COMMON_FORMATS)
        for name in ("coded", "replaced"):
            activity.derived(name)
        activity.run(_ENDINGS.format(new=extension_of("name"), old=extension_of("previous_name"),
                                     day=DAY, people=int(self.people), days=int(self.days)),
                     common)  # fmt: skip
        activity.run(_CHANGED.format(new=extension_of("name"), old=extension_of("previous_name")),
                     common)  # fmt: skip
        logs = [activity.log(way.where, weight=_weight(way)) for way in _WAYS]
        least = [way.least for way in _WAYS]
        judged = judge_counts(activity, logs, (HOUR, DAY), least=least)
        yield from candidates_of(self, activity, map(_with_amount, judged.peaks))
        told = "renamed or replaced far more than usual"
        yield from crowds_of(self, activity, judged.crowds, told)

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Told:
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
        usual, files = most_elsewhere(activity, candidate, way.where), files_of(events)
        strange = (
            f"extensions ({listing([f'.{one}' for one in endings])}) that at most "
            f"{count(self.people, 'person', 'people')} ever gave files, on at most "
            f"{count(self.days, 'day')}"
        )
        told = way.told.format(
            files=count(files, "file"), endings=strange, when=span(candidate.start, candidate.end)
        )
        usually = never_more(usual, candidate.facts["window"])
        sentence = f"{candidate.person} {told}; {usually}."
        return sentence, {"files": files, "events": len(events), "extensions": endings[:20],
                          "most_elsewhere": usual,
                          "window_hours": candidate.facts["window"] // HOUR}  # fmt: skip


def _with_amount(peak: Peak) -> Peak:
    """Return a peak that is worth more the more files got strange extensions."""
    if _WAYS[peak.facts["way"]].table != "endings" or peak.others:
        return peak
    more = math.log10(max(len(peak.numbers), _MANY) / _MANY)
    return replace(peak, decades=peak.decades + min(more, 2.0))


def _weight(way: _Way) -> str:
    """Return what each event counts, in SQL."""
    if way.table is None:
        return "1"
    return (
        f"case when number in (select number from {way.table} where common) "
        f"then {_CONVERTED} else 1 end"
    )


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
select number, kind, list_contains(?, ending) as common
from named join spread using (account, ending)
where before is distinct from ending and people <= {people} and days <= {days}
"""

# Renames to another extension that hardly a new file has.
_CHANGED = """
create or replace temp table changed as
with had as (
    select account, {new} as ending, approx_count_distinct(object_id) as files
    from activity where name is not null and kind = 'add' group by all
), usual as (
    select account, ending from had
    qualify files >= 0.01 * sum(files) over (partition by account)
)
select activity.rowid as number, list_contains(?, {new}) as common from activity
left join usual on usual.account = activity.account and usual.ending = {new}
where kind in ('rename', 'move', 'update') and previous_name is not null and person is not null
    and {new} <> '' and {new} <> {old} and usual.ending is null
"""
