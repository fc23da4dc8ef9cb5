"""Sharing outside the organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ...schema.mailboxes import MAILBOXES
from ...text.counts import count
from ..judging import judge_counts
from ..statistics import DAY, HOUR
from ..wording import listing, span
from .base import Candidate, Rule, Statement, candidates_of, crowds_of, most_elsewhere, never_more

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["DOMAIN", "OWN_NAME", "SHARES", "ExternalSharing", "domains_of", "make_outside"]

#: The domain of an address, in SQL.
DOMAIN = "lower(regexp_extract({}, '@([^@ ]+)$', 1))"
#: The services' words for a link that anybody can open.
_OPEN = (
    "anyone", "public", "open", "anonymous", "anyonewithlink", "anyone_with_link",
    "people_with_the_link",
    "people_with_link", "everyone", "anonymouslink", "public_on_the_web", "anyone_can_open",
)  # fmt: skip


#: An address in another domain with the sharing person's name: a private mailbox.
OWN_NAME = (
    "length(regexp_replace(split_part(person, '@', 1), '[^a-z]', '', 'g')) >= 5 and contains("
    "regexp_replace(split_part(target, '@', 1), '[^a-z]', '', 'g'), "
    "regexp_replace(split_part(person, '@', 1), '[^a-z]', '', 'g'))"
)
#: The kinds of event that give somebody else access.
SHARES = (
    "share", "shared_link", "shared_link_change", "permission_change", "owner_change",
    "group_add_member",
)  # fmt: skip


def domains_of(activity: Activity, least_share: float = 0.1) -> list[str]:
    """Return the organisation's domains: that of most acting people, and of enough others.

    Parameters
    ----------
    activity : Activity
    least_share : float
        Of all people with an e-mail address, 0 to 1; two people at least. Default: 0.1. A provider
        of mailboxes has many users, and is nobody's domain unless there is no other.
    """
    query = f"""
        with known as (select distinct person, {DOMAIN.format("person")} as domain
                       from {activity.derived("people")} where person like '%@%' and days > 0)
        select domain, count(*) as people from known group by domain order by domain
    """
    # Several rules ask.
    people = activity.kept("domains", lambda: activity.rows(query))
    known = [(domain, number) for domain, number in people if domain]
    least = max(least_share * sum(number for _, number in people), 2)
    own = [(domain, number) for domain, number in known if not re.fullmatch(MAILBOXES, domain)]
    most = max((number for _, number in own or known), default=0)
    return [domain for domain, number in own or known if number >= min(least, most)]


def make_outside(activity: Activity, domains: Sequence[str], partners: int) -> None:
    """Make the table ``outside``: shares with strangers and open links, by row of ``activity``.

    Parameters
    ----------
    activity : Activity
    domains : sequence of str
        The organisation's domains, in lower case.
    partners : int
        Days; a domain is a partner if at least two people shared with it on this many days in
        all. Shares of its first three days never count as shares with a partner.
    """
    domain = DOMAIN.format("target")
    is_open = f"regexp_replace(lower(scope), '[ -]', '_', 'g') in {_OPEN}"
    activity.derived("coded")
    activity.made(
        "outside",
        (*domains, partners),
        f"""
        with shared as (
            select activity.rowid as number, account, person, target, epoch_us(time) as time,
                   coalesce(owner = person, false) as own,
                   min(time) over (partition by account, target) < time - interval 1 day
                       and target is not null as met,
                   case when not coalesce({is_open}, false) then {domain} else '' end as domain
            from activity
            where person is not null and kind in {SHARES}
                and ({is_open} or target like '%@%' and not list_contains(?, {domain}))
        ), known as (
            select account, domain, min(time) as first, count(distinct person) as people,
                   count(distinct time // {DAY}) as days
            from shared where domain <> '' group by account, domain
        )
        select number, domain, own, met,
               coalesce({OWN_NAME}, false) as own_name,
               coalesce(days >= ? and people >= 2 and time - first > 3 * {DAY}, false) as partner
        from shared left join known using (account, domain)
        """,
        list(domains), partners,
    )  # fmt: skip


#: What people share of their own is theirs to share, and an address that somebody shared with
#: before is known: they count less. Not so one's own address elsewhere.
_WEIGHT = (
    "case when number in (select number from outside where own) then 0.3 else 1 "
    "end * case when number in (select number from outside where met and not own_name) then 0.3 "
    "else 1 end"
)
#: What to count: shares without a partner, open links, shares with a private mailbox, and all.
_WAYS = (
    "number in (select number from outside where not partner)",
    "number in (select number from outside where domain = '')",
    "number in (select number from outside where own_name)",
    "number in (select number from outside)",
)

#: What they count, in words.
_NOUNS = (
    ("outside share or open link that is not with a partner",
     "outside shares or open links that are not with a partner"),
    ("link that anyone can open", "links that anyone can open"),
    ("share with an address of their own name elsewhere",
     "shares with an address of their own name elsewhere"),
    ("outside share or open link", "outside shares or open links"),
)  # fmt: skip


@dataclass(frozen=True)
class ExternalSharing(Rule):
    """Somebody shares far more than ever with outsiders, or by open links.

    Parameters
    ----------
    least : float
        Shares and links; a window with fewer is never a finding.
    domains : sequence of str, optional
        The organisation's domains. Default: those of at least a tenth of the people who act.
    partners : int
        Days; a domain two people shared with on this many days is a partner's.
    """

    name: ClassVar[str] = "external_sharing"
    about: ClassVar[str] = "sharing"
    many: ClassVar[float] = 15.0
    severe: ClassVar[bool] = False
    title: ClassVar[str] = "Sharing outside the organisation"
    method: ClassVar[str] = (
        "Shares with domains outside the organisation, and links that anyone can open, are counted "
        "in sliding windows of an hour and of a day: all of them, those without partners, open "
        "links, and shares with an address elsewhere that has the person's own name. One's own "
        "files, and addresses that somebody shared with before, weigh less. A window is compared, "
        "on a logarithmic scale, with the person's largest on all other days, and ranked among "
        "all person-days of the organisation."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1567, Exfiltration Over Web Service"
    least: float = 3.0
    domains: Sequence[str] | None = None
    partners: int = 4

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield people's records."""
        domains = (
            domains_of(activity) if self.domains is None else [d.lower() for d in self.domains]
        )
        make_outside(activity, domains, self.partners)
        logs = [activity.log(condition, weight=_WEIGHT) for condition in _WAYS]
        judged = judge_counts(activity, logs, (HOUR, DAY), least=self.least, add=2.0)
        yield from candidates_of(self, activity, judged.peaks)
        yield from crowds_of(self, activity, judged.crowds, "shared far more than usual outside")

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say with whom, and the most at other times.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            ``facts["way"]`` indexes the ways of counting; ``facts["window"]`` is in microseconds.
        events : pandas.DataFrame
            The shares and links; see `Rule.tell`.
        """
        opened = events["scope"].str.lower().str.replace(r"[ -]", "_", regex=True).isin(_OPEN)
        links, shares = int(opened.sum()), int((~opened).sum())
        named = events.loc[events["target"].notna() & ~opened, "target"]
        domains = sorted({str(address).rpartition("@")[2] for address in named})
        shares_made = [count(links, "link") + " that anyone can open"] if links else []
        whom = listing(domains, noun="domain") or "somebody outside"
        shares_made += [f"{count(shares, 'share')} with {whom}"] if shares else []
        usual = most_elsewhere(activity, candidate, _WAYS[candidate.facts["way"]])
        sentence = (
            f"{candidate.person} made {' and '.join(shares_made)} "
            f"{span(candidate.start, candidate.end)}; "
            f"{never_more(usual, candidate.facts['window'], *_NOUNS[candidate.facts['way']])}."
        )
        return sentence, {"shares": shares, "links": links, "domains": domains,
                          "most_elsewhere": usual,
                          "window_hours": candidate.facts["window"] // HOUR}  # fmt: skip
