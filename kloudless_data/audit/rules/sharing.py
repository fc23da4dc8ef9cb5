"""Sharing outside the organisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from ..judging import Crowd, Peak, judge_counts, without_overlaps
from ..statistics import DAY, HOUR
from ..wording import count, listing, span
from .base import Candidate, Rule, Told, candidates_of, crowds_of, most_elsewhere, never_more

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["ExternalSharing", "domains_of", "make_outside"]

_DOMAIN = "lower(regexp_extract({}, '@([^@ ]+)$', 1))"
#: What services call a link that anybody can open.
_OPEN = (
    "anyone", "public", "open", "anonymous", "anyonewithlink", "people_with_the_link", "anyone_with_link",
    "people_with_link", "everyone", "anonymouslink", "public_on_the_web", "anyone_can_open",
)  # fmt: skip


def domains_of(activity: Activity, least_share: float = 0.1) -> list[str]:
    """Return the organisation's domains: those of at least a tenth of the people who act."""
    rows = activity.rows(
        f"""
        with people as (select distinct person, {_DOMAIN.format("person")} as domain from activity
                        where person like '%@%')
        select domain from people group by domain
        having count(*) >= ? * (select count(*) from people) order by domain
        """,
        least_share,
    )
    return [domain for (domain,) in rows if domain]


def make_outside(activity: Activity, own: Sequence[str], partners: int) -> None:
    """Make the table ``outside``: shares with strangers and open links, by row of ``activity``."""
    domain = _DOMAIN.format("target")
    activity.derived("coded")
    activity.run(
        f"""
        create or replace temp table outside as
        with shared as (
            select activity.rowid as number, account, person, epoch_us(time) as time,
                   {domain} as domain
            from activity
            where person is not null and (
                kind in ('share', 'permission_change', 'owner_change', 'group_add_member')
                    and target like '%@%' and not list_contains(?, {domain})
                or kind in ('shared_link', 'shared_link_change')
                    and regexp_replace(lower(scope), '[ -]', '_', 'g') in {_OPEN})
        ), known as (
            select account, domain, min(time) as first, count(distinct person) as people,
                   count(distinct time // {DAY}) as days
            from shared where domain <> '' group by account, domain
        )
        select number, domain,
               coalesce(days >= ? and people >= 2 and time - first > 3 * {DAY}, false) as partner
        from shared left join known using (account, domain)
        """,
        list(own), partners,
    )  # fmt: skip


@dataclass(frozen=True)
class ExternalSharing(Rule):
    """Somebody shares much with strangers, or by links that anyone can open.

    Parameters
    ----------
    least : float
        Shares and links; a window with fewer is never a finding.
    domains : sequence of str, optional
        The organisation's domains. By default those of at least a tenth of the people who act.
    partners : int
        Days; a domain that two people shared with on so many is a partner's.
    """

    name: ClassVar[str] = "external_sharing"
    title: ClassVar[str] = "Sharing outside the organisation"
    method: ClassVar[str] = (
        "Shares with domains that are not the organisation's, and links that anyone can open, are "
        "counted in sliding windows of an hour and of a day, all of them and those that are not "
        "with a partner. A window is compared, on a logarithmic scale, with the person's largest "
        "of all other days, and ranked among all person-days of the organisation."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1567, Exfiltration Over Web Service"
    least: float = 3.0
    domains: Sequence[str] | None = None
    partners: int = 4

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield people's records."""
        own = domains_of(activity) if self.domains is None else [d.lower() for d in self.domains]
        make_outside(activity, own, self.partners)
        peaks: list[Peak] = []
        crowds: list[Crowd] = []
        for strangers in (True, False):
            log = activity.log(_where(strangers))
            judged = judge_counts(activity, log, (HOUR, DAY), least=self.least, add=2.0)
            peaks += [replace(p, facts={**p.facts, "strangers": strangers}) for p in judged.peaks]
            crowds += judged.crowds
        yield from candidates_of(self, activity, without_overlaps(peaks))
        yield from crowds_of(self, activity, crowds, "shared far more than usual outside")

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Told:
        """Return with whom, and how often at most at other times."""
        links = int(events["kind"].str.startswith("shared_link").sum())
        shares = len(events) - links
        domains = sorted(set(events.loc[events["target"].notna(), "target"].str.rpartition("@")[2]))
        told = [count(shares, "share") + f" with {listing(domains)}"] if shares else []
        told += [count(links, "link") + " that anyone can open"] if links else []
        usual = most_elsewhere(activity, candidate, _where(candidate.facts["strangers"]))
        sentence = (
            f"{candidate.person} made {' and '.join(told)} "
            f"{span(candidate.start, candidate.end)}; "
            f"{never_more(usual, candidate.facts['window'])}."
        )
        return sentence, {"shares": shares, "links": links, "domains": domains,
                          "most_elsewhere": usual}  # fmt: skip


def _where(strangers: bool) -> str:
    return f"number in (select number from outside {'where not partner' if strangers else ''})"
