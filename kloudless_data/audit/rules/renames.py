"""Files that get another extension: what ransomware leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..finding import Finding
from .base import Rule, count, evidence_of, in_window, when

if TYPE_CHECKING:
    from ..source import Activity

__all__ = ["RansomwareRename"]

_EXTENSION = r"lower(regexp_extract({}, '\.([^./ ]{{1,24}})$', 1))"


@dataclass(frozen=True)
class RansomwareRename(Rule):
    """Somebody gives many files one and the same new extension.

    Parameters
    ----------
    least : int
        Files; fewer in a day are never a finding.
    share : float
        Which share (0 to 1) of that day's changes of extension must be to the one extension.
    known : float
        An extension that so large a share (0 to 1) of the account's files had before is ordinary.
    """

    name: ClassVar[str] = "ransomware_rename"
    title: ClassVar[str] = "Mass rename to a new extension"
    method: ClassVar[str] = (
        "Renames that change the extension are counted a person, day and new extension. It is a "
        "finding when there are many, nearly all to one extension, and hardly a file of the "
        "organisation had that extension before."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1486, Data Encrypted for Impact"
    least: int = 15
    share: float = 0.8
    known: float = 0.005

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        new, old = _EXTENSION.format("name"), _EXTENSION.format("previous_name")
        rows = activity.frame(
            f"""
            with changed as (
                select *, {new} as extension from activity
                where kind in ('rename', 'move') and person is not null
                    and previous_name is not null and {new} <> '' and {new} <> {old}
            )
            select account, person, extension, min(time) as start, max(time) as "end",
                   count(distinct object_id) as files,
                   count(distinct object_id) / sum(count(distinct object_id)) over (
                       partition by account, person, time::date) as share
            from changed group by account, person, extension, time::date
            qualify files >= ? order by start, account, person, extension
            """,
            self.least,
        )
        for row in rows.itertuples():
            before = self._share_before(activity, row)
            if row.share >= self.share and before < self.known and in_window(activity, row.end):
                yield self._finding(activity, row, before)

    def _share_before(self, activity: Activity, row: Any) -> float:
        """Return how many of the account's files had the extension before."""
        name = _EXTENSION.format("name")
        ((share,),) = activity.rows(
            f"select coalesce(count(distinct object_id) filter (where {name} = ?) "
            "/ nullif(count(distinct object_id), 0), 0) "
            "from activity where account = ? and time < ? and object_type = 'file'",
            row.extension, row.account, row.start,
        )  # fmt: skip
        return float(share)

    def _finding(self, activity: Activity, row: Any, before: float) -> Finding:
        name = _EXTENSION.format("name")
        ids = evidence_of(activity, row.account, row.person, row.start, row.end,
                          f"kind in ('rename', 'move') and {name} = ?", row.extension)  # fmt: skip
        sentence = (
            f"{row.person} renamed {count(row.files, 'file')} to the extension .{row.extension} "
            f"between {when(row.start)} and {when(row.end)}; "
            f"{before:.1%} of the organisation's files had it before."
        )
        numbers = {
            "files": int(row.files),
            "extension": row.extension,
            "share_before": round(before, 5),
            "share_of_renames": float(row.share),
        }
        return Finding(self.name, "high", row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip
