"""Many files are read, and soon deleted by the same person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..finding import Finding
from .base import Rule, count, evidence_of, in_window, when

if TYPE_CHECKING:
    from ..source import Activity

__all__ = ["BulkReadThenDelete"]

_READS = "('download', 'preview', 'copy')"


@dataclass(frozen=True)
class BulkReadThenDelete(Rule):
    """Somebody takes many files away and deletes the originals.

    Parameters
    ----------
    least : int
        Fewer files in a day are never a finding.
    hours : float
        At the most so long from the reading of a file to its deletion.
    times : float
        So many times the most that the person did on any other day.
    """

    name: ClassVar[str] = "bulk_read_then_delete"
    title: ClassVar[str] = "Bulk read, then deletion"
    method: ClassVar[str] = (
        "Files that a person downloads, previews or copies and then deletes are counted a day, and "
        "compared with the person's other days."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1530 with T1485; CERT insider threat scenarios"
    least: int = 20
    hours: float = 24.0
    times: float = 4.0

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        rows = activity.frame(
            f"""
            with deleted as (
                select account, person, object_id, min(time) as time from activity
                where kind = 'delete' and person is not null and object_id is not null
                group by account, person, object_id
            ), reads as (
                select account, person, object_id, time from activity where kind in {_READS}
            ), pairs as (
                select deleted.account, deleted.person, deleted.object_id,
                       max(reads.time) as read, deleted.time as deleted
                from deleted join reads using (account, person, object_id)
                where reads.time < deleted.time and deleted.time - reads.time <= to_seconds(?)
                group by all
            )
            select account, person, min(read) as start, max(deleted) as "end", count(*) as files,
                   list(object_id order by object_id) as objects
            from pairs group by account, person, deleted::date
            order by account, person, start
            """,
            self.hours * 3600,
        )
        for (_account, _person), days in rows.groupby(["account", "person"], sort=True):
            for row in days.itertuples():
                usual = max((other.files for other in days.itertuples() if other is not row
                             and other.start != row.start), default=0)  # fmt: skip
                if row.files >= max(self.least, self.times * usual) and in_window(
                    activity, row.end
                ):
                    yield self._finding(activity, row, usual)

    def _finding(self, activity: Activity, row: Any, usual: int) -> Finding:
        ids = evidence_of(
            activity, row.account, row.person, row.start, row.end,
            f"kind in ('delete', {_READS[1:-1]}) and list_contains(?, object_id)",
            list(row.objects),
        )  # fmt: skip
        sentence = (
            f"{row.person} read {count(row.files, 'file')} and deleted them, between "
            f"{when(row.start)} and {when(row.end)}; on other days it was {usual:,} at the most."
        )
        numbers = {"files": int(row.files), "most_on_another_day": int(usual)}
        return Finding(self.name, "high", row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip
