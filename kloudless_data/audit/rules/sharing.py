"""Sharing outside the organisation, and rights that grow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..finding import Finding
from .base import Rule, count, evidence_of, in_window, judged_days, scientific, when

if TYPE_CHECKING:
    from ..source import Activity

__all__ = ["ExternalSharing", "PermissionEscalation", "domains_of"]

_DOMAIN = "lower(regexp_extract({}, '@([^@ ]+)$', 1))"


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


@dataclass(frozen=True)
class ExternalSharing(Rule):
    """Somebody shares much with strangers, or by links that anyone can open.

    Parameters
    ----------
    least : int
        Shares and links; fewer in a day are never a finding.
    false_discoveries : float
        The share of findings that may be due to chance, at most (0 to 1).
    domains : sequence of str, optional
        The organisation's domains. By default those of at least a tenth of the people who act.
    known : int
        Days; a domain that anybody shared with on so many earlier days is a partner's.
    """

    name: ClassVar[str] = "external_sharing"
    title: ClassVar[str] = "Sharing outside the organisation"
    method: ClassVar[str] = (
        "Shares with domains that are neither the organisation's nor a known partner's, and links "
        "that anyone can open, are counted a person and day and compared with the person's and the "
        "organisation's other days by median and MAD on a logarithmic scale, adjusted by Benjamini "
        "and Hochberg."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1567, Exfiltration Over Web Service"
    least: int = 6
    false_discoveries: float = 0.01
    domains: Sequence[str] | None = None
    known: int = 2

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        own = domains_of(activity) if self.domains is None else [d.lower() for d in self.domains]
        activity.run(
            f"""
            create or replace temp table strange as
            with outside as (
                select *, {_DOMAIN.format("target")} as domain, time::date as day from activity
                where person is not null and (kind in ('share', 'permission_change')
                    and target like '%@%' and not list_contains(?, {_DOMAIN.format("target")})
                    or kind = 'shared_link' and scope in ('anyone', 'public', 'open'))
            ), first_days as (
                select domain, day, count(*) over earlier as days_before
                from (select distinct domain, day from outside where domain <> '')
                window earlier as (partition by domain order by day
                                   rows between unbounded preceding and 1 preceding)
            )
            select account, person, day, min(time) as start, max(time) as "end",
                   count(*) as shares, count(distinct object_id) as objects,
                   count(*) filter (where kind = 'shared_link') as links,
                   list(distinct domain order by domain) as domains
            from outside left join first_days using (domain, day)
            where coalesce(days_before, 0) < ? group by account, person, day
            """,
            own,
            self.known,
        )
        judged = judged_days(
            activity,
            self.name,
            "select account, person, day, shares as number from strange",
            self.least,
        )
        unusual = judged[judged["p"] <= self.false_discoveries]
        rows = activity.frame(
            "select * from strange where shares >= ? order by account, person, day", self.least
        )
        for row in rows.merge(unusual, on=["account", "person", "day"]).itertuples():
            if in_window(activity, row.end):
                yield self._finding(activity, row, own)

    def _finding(self, activity: Activity, row: Any, own: list[str]) -> Finding:
        ids = evidence_of(
            activity, row.account, row.person, row.start, row.end,
            "(kind in ('share', 'permission_change') "
            f"and list_contains(?, {_DOMAIN.format('target')}))"
            " or (kind = 'shared_link' and scope in ('anyone', 'public', 'open'))",
            list(row.domains),
        )  # fmt: skip
        strangers = [domain for domain in row.domains if domain]
        whom = ", ".join(strangers[:3]) + (" and others" if len(strangers) > 3 else "")
        links = f"{count(row.links, 'link')} that anyone can open" if row.links else ""
        shares = f"{count(row.shares - row.links, 'share')} with {whom}" if whom else ""
        sentence = (
            f"{row.person} made {' and '.join(filter(None, (shares, links)))} "
            f"between {when(row.start)} and {when(row.end)}."
        )
        numbers = {"shares": int(row.shares), "files": int(row.objects), "links": int(row.links),
                   "domains": strangers, "usual_a_day": round(float(row.usual), 1),
                   "p_adjusted": scientific(row.p), "days_of_history": int(row.days)}  # fmt: skip
        severity = "high" if row.shares >= 4 * self.least else "medium"
        return Finding(self.name, severity, row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip


@dataclass(frozen=True)
class PermissionEscalation(Rule):
    """Somebody who does not administer gives rights, above all to themselves.

    Parameters
    ----------
    administers : int
        Days; who changed permissions or groups on so many other ones administers.
    roles : sequence of str
        What such roles are called, in lower case.
    groups : str
        A regular expression of the names of groups that give such rights.
    """

    name: ClassVar[str] = "permission_escalation"
    title: ClassVar[str] = "Permission escalation"
    method: ClassVar[str] = (
        "Roles of owners and administrators, and memberships of administrators' groups, that "
        "somebody gives to themselves, or who has not administered on other days gives to others."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1098, Account Manipulation"
    administers: int = 3
    roles: Sequence[str] = ("owner", "co-owner", "admin", "administrator", "manager", "full access")
    groups: str = "admin|owner|superuser|security|root"

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        rows = activity.frame(
            """
            with changes as (
                select *, (list_contains(?, lower(role)) or (kind = 'group_add_member'
                    and regexp_matches(lower(coalesce(name, '')), ?))) as powerful,
                    target = person as own
                from activity where person is not null and
                    (kind in ('permission_change', 'group_add_member') or
                     kind = 'share' and list_contains(?, lower(role)) and target = person)
            ), days as (
                select account, person, count(distinct time::date) as days from changes
                where not powerful or not coalesce(own, false) group by account, person
            )
            select account, person, min(time) as start, max(time) as "end",
                   count(*) as changes, count(*) filter (where own) as own,
                   coalesce(max(days.days), 0) as days
            from changes left join days using (account, person) where powerful
            group by account, person, time::date order by start, account, person
            """,
            list(self.roles),
            self.groups,
            list(self.roles),
        )
        for row in rows.itertuples():
            suspicious = row.own or row.days - 1 < self.administers
            if suspicious and in_window(activity, row.end):
                yield self._finding(activity, row)

    def _finding(self, activity: Activity, row: Any) -> Finding:
        ids = evidence_of(
            activity, row.account, row.person, row.start, row.end,
            "(kind in ('permission_change', 'share') and list_contains(?, lower(role))) or "
            "(kind = 'group_add_member' and regexp_matches(lower(coalesce(name, '')), ?))",
            list(self.roles), self.groups,
        )  # fmt: skip
        to = "to themselves" if row.own == row.changes else "some to themselves" if row.own else ""
        never = "" if row.days - 1 >= self.administers else ", who hardly ever administers,"
        sentence = (
            f"{row.person}{never} gave the rights of an owner or administrator "
            f"{count(row.changes, 'time')} {to} between {when(row.start)} and {when(row.end)}."
        ).replace("  ", " ")
        numbers = {"changes": int(row.changes), "to_themselves": int(row.own),
                   "other_days_administering": max(0, int(row.days) - 1)}  # fmt: skip
        severity = "high" if row.own else "medium"
        return Finding(self.name, severity, row.start, row.end, row.account, row.person,
                       sentence, numbers, ids)  # fmt: skip
