"""Many files are read, and soon deleted by the same person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..finding import Finding
from .base import Rule, count, evidence_of, in_window, judged_days, scientific, when

if TYPE_CHECKING:
    from ..source import Activity

__all__ = ["BulkReadThenDelete"]

_READS = "'download', 'preview', 'copy'"


@dataclass(frozen=True)
class BulkReadThenDelete(Rule):
    """Somebody takes many files away and deletes the originals.

    Parameters
    ----------
    least : int
        Files; fewer in a day are never a finding.
    hours : float
        Hours from the reading of a file to its deletion, at the most.
    false_discoveries : float
        The share of findings that may be due to chance, at most (0 to 1).
    """

    name: ClassVar[str] = "bulk_read_then_delete"
    title: ClassVar[str] = "Bulk read, then deletion"
    method: ClassVar[str] = (
        "Files that a person downloads, previews or copies and then deletes are counted a day, and "
        "compared with the person's and the organisation's other days by median and MAD on a "
        "logarithmic scale, with Student's tail, adjusted by Benjamini and Hochberg."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1530 with T1485; CERT insider threat scenarios"
    least: int = 20
    hours: float = 24.0
    false_discoveries: float = 0.01

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        activity.run(_PAIRS, self.hours * 3600)
        judged = judged_days(
            activity,
            self.name,
            "select account, person, day, count(*) as number from read_then_deleted group by all",
            self.least,
        )
        rows = activity.frame(
            """
            select account, person, day, min(read) as start, max(deleted) as "end",
                   list(object_id order by object_id) as objects
            from read_then_deleted group by account, person, day having count(*) >= ?
            order by account, person, day
            """,
            self.least,
        )
        unusual = judged[judged["p"] <= self.false_discoveries]
        for row in rows.merge(unusual, on=["account", "person", "day"]).itertuples():
            if in_window(activity, row.end):
                yield self._finding(activity, row)

    def _finding(self, activity: Activity, row: Any) -> Finding:
        ids = evidence_of(
            activity, row.account, row.person, row.start, row.end,
            f"kind in ('delete', {_READS}) and list_contains(?, object_id)", list(row.objects),
        )  # fmt: skip
        sentence = (
            f"{row.person} read {count(row.number, 'file')} and deleted them, between "
            f"{when(row.start)} and {when(row.end)}; {count(round(row.usual), 'file')} a day is "
            "usual."
        )
        numbers = {"files": int(row.number), "usual_a_day": round(float(row.usual), 1),
                   "p_adjusted": scientific(row.p), "days_of_history": int(row.days)}  # fmt: skip
        return Finding(self.name, "high", row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip


# Who read which file, and deleted it on which day.
_PAIRS = f"""
create or replace temp table read_then_deleted as
with deleted as (
    select account, person, object_id, min(time) as time from activity
    where kind = 'delete' and person is not null and object_id is not null
    group by account, person, object_id
)
select account, person, object_id, max(reads.time) as read, deleted.time as deleted,
       deleted.time::date as day
from deleted join activity as reads using (account, person, object_id)
where reads.kind in ({_READS}) and reads.time < deleted.time
    and deleted.time - reads.time <= to_seconds(?)
group by account, person, object_id, deleted.time
"""
