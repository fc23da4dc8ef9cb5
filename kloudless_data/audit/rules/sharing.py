"""Sharing outside the organisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..judging import judge_counts, without_overlaps
from ..statistics import DAY, HOUR
from .base import Candidate, Rule, candidates_of, crowds_of

if TYPE_CHECKING:
    from ..activity import Activity

__all__ = ["ExternalSharing", "domains_of"]

DOMAIN = "lower(regexp_extract({}, '@([^@ ]+)$', 1))"
OPEN_SCOPES = ("anyone", "public", "open", "anonymous", "people_with_link", "anyonewithlink")


def domains_of(activity: Activity, least_share: float = 0.1) -> list[str]:
    """Return the organisation's domains: those of at least a tenth of the people who act."""
    rows = activity.rows(
        f"""
        with people as (select distinct person, {DOMAIN.format("person")} as domain from activity
                        where person like '%@%')
        select domain from people group by domain
        having count(*) >= ? * (select count(*) from people) order by domain
        """,
        least_share,
    )
    return [domain for (domain,) in rows if domain]


@dataclass(frozen=True)
class ExternalSharing(Rule):
    """Somebody shares much with strangers, or by links that anyone can open."""

    name: ClassVar[str] = "external_sharing"
    title: ClassVar[str] = "Sharing outside the organisation"
    method: ClassVar[str] = ""
    source: ClassVar[str] = "MITRE ATT&CK T1567, Exfiltration Over Web Service"
    least: float = 3.0
    domains: Sequence[str] | None = None

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        activity.derived("coded")
        own = domains_of(activity) if self.domains is None else [d.lower() for d in self.domains]
        domain = DOMAIN.format("target")
        activity.run(
            f"""
            create or replace temp table outside as
            with shared as (
                select activity.rowid as number, account, person, epoch_us(time) as time, {domain} as domain
                from activity
                where person is not null and (kind in ('share', 'permission_change', 'group_add_member')
                        and target like '%@%' and not list_contains(?, {domain})
                    or kind = 'shared_link' and lower(scope) in {OPEN_SCOPES})
            ), partners as (
                select account, domain, count(distinct person) as people, min(time) as first,
                       count(distinct time // 86400000000) as days
                from shared where domain <> '' group by account, domain
            )
            select number, coalesce(days >= 4 and people >= 2 and time - first > 3 * 86400000000, false) as known
            from shared left join partners using (account, domain)
            """,
            own,
        )
        peaks, crowds = [], []
        for where in ("not known", "true"):
            log = activity.log(f"number in (select number from outside where {where})")
            judged = judge_counts(activity, log, (HOUR, DAY), least=self.least, add=2.0)
            peaks += judged.peaks
            crowds += judged.crowds
        yield from candidates_of(self, activity, without_overlaps(peaks))
        yield from crowds_of(self, activity, crowds)
