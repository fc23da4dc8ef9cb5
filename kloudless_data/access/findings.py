"""What stands out: rights that are too wide, belong to people who left, or are unused.

Each rule is a query of a picture; its results have the form of the audit's findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..audit import SEVERITIES, Finding
from ..exceptions import InvalidParameter
from .activity import Activity
from .effective import FLOW, states_sql
from .levels import EDIT, LEVELS, OWN, link_kind_sql
from .picture import Picture
from .unused import UNUSED, by_few, unused_rights

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RULES", "AccessRule", "findings_of"]


@dataclass(frozen=True)
class AccessRule:
    """A rule: its question, and the query that answers it.

    Attributes
    ----------
    name, title, method : str
    severity : {"high", "medium", "low", "info"}
    sentence : str
        The finding's sentence, with the query's columns in braces.
    query : str
        Its columns are ``account``, ``item`` (id), ``person``, and those of the sentence.
    judge : callable, optional
        Row -> severity, if it differs between rows.
    """

    name: str
    title: str
    method: str
    severity: str
    sentence: str
    query: str
    judge: Callable[[Any], str] | None = None


_NO_PERSON = "null as person"
_OUTSIDE = states_sql("g.key", "i.account")

# The item whose location is the first.
_FIRST = "coalesce(arg_min(id, location), min(id))"
_GONE = "case state when 'left' then 'is no longer in the team' else 'may not log in' end"
_WHOM = "case {} when 'company' then 'everybody in the organisation' else 'anyone' end"
RULES = {
    rule.name: rule
    for rule in (
        AccessRule(
            "anyone_link",
            "Visible to anyone with the link",
            "Every active, unexpired link for anyone.",
            "high",
            "Anyone with the link can {right} the {what} {location} ({note}).",
            f"""select i.account, i.id as item, {_NO_PERSON}, i.type as what, i.location,
            g.note, g.level from grants g join items i using (n) where g.kind = 'anyone'""",
            lambda row: "high" if row["note"] == "without a password" else "medium",
        ),
        AccessRule(
            "shared_outside",
            "Shared outside the organisation's domains",
            "Rights of people who are not in the team, at an address outside its domains, or of "
            "a domain that is not the team's.",
            "medium",
            "{person}, who is outside the organisation, can {right} the {what} {location}.",
            f"""select i.account, i.id as item, case g.kind when 'user' then g.key
            else 'everyone at ' || g.key end as person, i.type as what, i.location, g.level
            from grants g join items i using (n)
            where g.kind = 'user' and {_OUTSIDE} = 'outside' or g.kind = 'domain' and not exists (
                select 1 from domains d where d.account = i.account and d.domain = g.key)""",
            lambda row: "high" if row["level"] >= EDIT and row["what"] == "folder" else "medium",
        ),
        AccessRule(
            "rights_of_leavers",
            "Rights of people who left",
            "Rights of people who are no longer in the team, or may not log in; the items that "
            "they own are a separate finding.",
            "medium",
            "{person}, who {gone}, can still {right} the {what} {location}.",
            f"""select *, {_GONE} as gone from (select i.account, i.id as item, g.key as person,
            i.type as what, i.location, g.level, {_OUTSIDE} as state
            from grants g join items i using (n)
            where g.kind = 'user' and g.key is distinct from i.owner)
            where state in ('inactive', 'left')""",
        ),
        AccessRule(
            "owner_left",
            "Owners who left",
            "Items whose owner is no longer in the team, or may not log in: one finding per owner.",
            "medium",
            "{person}, who {gone}, owns {items} item{s}, {such_as}{location}.",
            f"""select account, {_FIRST} as item, owner as person, state, {_GONE} as gone,
            count(*) as items, min(location) as location
            from (select i.*, {states_sql("i.owner", "i.account")} as state from items i
            where i.owner is not null) where state in ('inactive', 'left')
            group by account, owner, state""",
        ),
        AccessRule(
            "link_without_end",
            "Links that never expire",
            "Active links without an expiry, for anyone or the organisation: one finding per "
            "account and scope.",
            "low",
            "{items} active link{s} for {whom} never expire{or_s}, {such_as}the one to {location}.",
            f"""select account, {_FIRST} as item, {_NO_PERSON}, scope,
            {_WHOM.format("scope")} as whom, count(*) as items, min(location) as location
            from (select i.*, {link_kind_sql("l.scope")} as scope from now_links l
            join items i on i.account = l.account and i.id = l.item_id
            where coalesce(l.active, true) and l.expires is null)
            where scope is not null group by account, scope""",
        ),
        AccessRule(
            "folder_link_without_password",
            "Links to folders without a password",
            "Active links to folders, which open all current and future contents.",
            "medium",
            "A link for {whom}, without a password, opens the folder {location}.",
            f"""select i.account, i.id as item, {_NO_PERSON}, g.kind,
            {_WHOM.format("g.kind")} as whom, i.location, g.level
            from grants g join items i using (n) where i.type = 'folder'
            and g.kind in ('anyone', 'company') and g.note = 'without a password'""",
        ),
        AccessRule(
            "large_group",
            "Rights of large groups",
            "Rights to edit or more of a group or domain with more than 100 people; if "
            "activity covers 30 days, only rights that at most a tenth of them used.",
            "medium",
            "The group {group_name}, {people} people, can {right} the {what} {location}.",
            f"""select i.account, i.id as item, {_NO_PERSON}, coalesce(gr.name, g.name, g.key) as
            group_name, g.key as whom, r.people, g.level, i.type as what, i.location
            from grants g join items i using (n)
            join (select account, kind, key, count(*) as people from reach group by all) r
              on r.account = i.account and r.kind = g.kind and r.key = g.key
            left join now_groups gr on gr.account = i.account and gr.id = g.key
            where r.people > $large and g.level >= {EDIT}""",
        ),
        AccessRule(
            "wide_reach",
            "A person with far more access than their peers",
            "Items that a person can see by granted rights, counted once for each person or group "
            "that has the grant: more than ten times the organisation's median, and at least 50.",
            "low",
            "{person} can see {items} items by granted rights; half of the organisation sees at "
            "most {median}.",
            f"""with recursive start as (
                select n, p, level from grants where kind in ('user', 'group', 'domain')),
            {FLOW},
            reached as (
                select account, p, count(distinct n) as items, min(id) as item
                from flow join items using (n) group by account, p),
            counted as (
                select w.account, coalesce(r.person, o.key) as person, sum(w.items)::bigint as
                items, min(w.item) as item
                from reached w join principals o using (p) left join reach r
                  on r.account = w.account and r.kind = o.kind and r.key = o.key
                where o.kind = 'user' or r.person is not null group by all),
            everybody as (
                select p.account, p.person, coalesce(c.items, 0) as items, c.item
                from people p left join counted c using (account, person))
            select account, item, person, items, cast(m as bigint) as median from everybody join (
                select account, median(items) as m from everybody group by account) using (account)
            where items >= 50 and items > 10 * greatest(m, 1)""",
        ),
    )
}


def findings_of(
    picture: Picture,
    *,
    rules: Iterable[str] | None = None,
    large: int = 100,
    activity: Activity | None = None,
) -> pd.DataFrame:
    """Return what stands out; see `Access.findings`.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    rules : iterable of str, optional
        The names of the rules to apply. Defaults to all.
    large : int, default 100
        The number of people above which a group counts as large.
    activity : Activity, optional
        Events of the same accounts.
    """
    chosen = list(RULES) if rules is None else [rules] if isinstance(rules, str) else list(rules)
    unknown = [name for name in chosen if name not in {*RULES, UNUSED}]
    if unknown:
        raise InvalidParameter(
            f"There is no rule {unknown[0]!r}. The rules are: {', '.join([*RULES, UNUSED])}."
        )
    found: list[Finding] = []
    for name in chosen:
        found += _by(picture, RULES[name], large) if name in RULES else []
    if activity is not None and (rules is None or UNUSED in chosen):
        found += list(unused_rights(picture, activity))
    if activity is not None:
        found = list(by_few(found, picture, activity))
    frame = _frame(found)
    return frame if activity is None else _with_actor(frame, activity)


def _frame(findings: list[Finding]) -> pd.DataFrame:
    """Return findings in the form of the audit's, most severe first."""
    import pandas as pd

    names = ["rule", "severity", "account", "person", "sentence", "start", "end", "numbers"]
    ordered = sorted(
        findings, key=lambda one: (SEVERITIES.index(one.severity), one.rule, one.sentence)
    )
    rows = [
        [one.id, *(getattr(one, name) for name in names), list(one.evidence)] for one in ordered
    ]
    frame = pd.DataFrame(rows, columns=["id", *names, "evidence"])
    frame["events"] = frame["evidence"].map(len).astype("int64")
    return frame


def _by(picture: Picture, rule: AccessRule, large: int) -> list[Finding]:
    """Apply a rule."""
    given = {"large": large} if "$large" in rule.query else None
    rows = picture.frame(rule.query, given).to_dict("records")
    return [_finding(picture.at, rule, row) for row in rows]


def _finding(at: datetime, rule: AccessRule, row: dict[str, Any]) -> Finding:
    level = row.get("level")
    words = {key: "" if value is None else value for key, value in row.items()}
    words["right"] = "" if level is None else _VERBS[int(level)]
    numbers = {
        name: value
        for name, value in words.items()
        if name not in ("account", "person", "level") and value != ""
    }
    person = row.get("person")
    one = row.get("items") == 1
    words |= {"s": "" if one else "s", "or_s": "s" if one else ""}
    words["such_as"] = "" if one else "such as "
    return Finding(
        rule=rule.name,
        severity=rule.judge(row) if rule.judge else rule.severity,
        start=at,
        end=at,
        account=str(row["account"]),
        person=person if isinstance(person, str) else None,
        sentence=rule.sentence.format(**words),
        numbers=numbers,
        evidence=[str(row["item"])] if row.get("item") else [],
    )


#: What each level of right allows, as a verb.
_VERBS = {**dict(enumerate(LEVELS)), EDIT: "edit", OWN: "do everything with"}


#: Kinds of events that make links, and the rules about links and about many rights together.
_LINKED = frozenset({"shared_link", "shared_link_change"})
_OF_LINKS = frozenset({"anyone_link", "folder_link_without_password", "link_without_end"})
_OF_MANY = frozenset({"owner_left", "wide_reach", "large_group"})


def _with_actor(findings: pd.DataFrame, activity: Activity) -> pd.DataFrame:
    """Add who shared the item and when, if activity says so."""
    import pandas as pd

    shared = activity.shares()
    known = {
        (row.account, row.item, "a link" if row.kind in _LINKED else row.target): row
        for row in shared.itertuples()
    }
    shares = []
    for row in findings.itertuples():
        item = row.evidence[0] if row.evidence else ""
        whom = "a link" if row.rule in _OF_LINKS else row.person
        one = row.rule not in _OF_MANY and row.numbers.get("items", 1) == 1
        shares.append(known.get((row.account, item, whom)) if one and whom else None)
    since = [None if one is None else one.time for one in shares]
    return findings.assign(
        since=pd.to_datetime(pd.Series(since, index=findings.index, dtype=object), utc=True),
        by=[None if one is None else one.by for one in shares],
    )
