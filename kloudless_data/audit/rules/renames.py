"""Files that get another extension, or are replaced: what ransomware leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..judging import judge_counts, without_overlaps
from ..statistics import DAY, HOUR
from .base import Candidate, Rule, candidates_of, crowds_of

if TYPE_CHECKING:
    from ..activity import Activity

__all__ = ["RansomwareRename"]

EXTENSION = r"lower(regexp_extract({}, '\.([^./ ]{{1,24}})$', 1))"


@dataclass(frozen=True)
class RansomwareRename(Rule):
    """Somebody gives many files extensions that hardly a file had."""

    name: ClassVar[str] = "ransomware_rename"
    title: ClassVar[str] = "Files replaced or given strange extensions"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1486, Data Encrypted for Impact"
    least: float = 8.0
    known: float = 0.005

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        activity.derived("coded")
        new, old = EXTENSION.format("name"), EXTENSION.format("previous_name")
        activity.run(
            f"""
            create or replace temp table endings as
            with named as (
                select activity.rowid as number, account, person, kind, epoch_us(time) as time, {new} as ending,
                       {old} as before, object_id
                from activity where name is not null and person is not null
            ), spread as (
                select account, ending, count(distinct person) as people, min(time) as first,
                       approx_count_distinct(object_id) as files,
                       count(distinct time // 86400000000) as days
                from named where ending <> '' group by account, ending
            )
            select number, kind from named join spread using (account, ending)
            where kind in ('rename', 'move', 'add', 'update', 'copy') and (before is null or before <> ending)
                and people <= 2 and days <= 4
            """
        )
        peaks, crowds = [], []
        for where in ("kind in ('rename', 'move')", "true"):
            log = activity.log(f"number in (select number from endings where {where})")
            judged = judge_counts(activity, log, (HOUR, DAY), least=self.least)
            peaks += judged.peaks
            crowds += judged.crowds
        # Replaced: much added and deleted, or changed, of what is others', within an hour.
        log = activity.log("kind in ('rename', 'update') and foreign_")
        peaks += judge_counts(activity, log, (HOUR,), least=20).peaks
        both = activity.log(
            """kind in ('add', 'delete') and who in (select who from coded where kind = 'delete')
            and number in (
                select a.number from coded a join coded b on a.who = b.who and a.time // 60000000 = b.time // 60000000
                and a.kind <> b.kind where a.kind in ('add', 'delete') and b.kind in ('add', 'delete'))"""
        )
        peaks += judge_counts(activity, both, (HOUR, DAY), least=2 * self.least).peaks
        yield from candidates_of(self, activity, without_overlaps(peaks))
        yield from crowds_of(self, activity, crowds)
