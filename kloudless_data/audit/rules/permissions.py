"""Growing rights, and programs that are given access."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...schema.words import is_administrative, is_administrative_group
from ...text.counts import count
from ..judging import judge_scores
from ..kinds import CONSENTS, listed
from ..statistics import DAY, Floats, Ints, window_counts
from ..wording import APART, listing, span, times
from .base import Candidate, Rule, Statement, candidates_of, days_elsewhere

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["PermissionEscalation", "WideConsent"]

_CHANGES_RIGHTS = (
    "kind in ('permission_change', 'owner_change', 'group_add_member', 'role_add', 'role_change')"
)
#: Other days of changing rights from which on a person's own brief role is one for a task, and
#: weighs like any other right.
_TASK_DAYS = 3


@dataclass(frozen=True)
class PermissionEscalation(Rule):
    """Somebody who never administers grants admin rights, above all to themselves.

    Parameters
    ----------
    self_worth : float
        Decades added for rights that people grant themselves.
    brief_worth : float
        Decades added for roles taken away again within an hour.
    """

    name: ClassVar[str] = "permission_escalation"
    about: ClassVar[str] = "rights"
    odds: ClassVar[float] = -0.9
    title: ClassVar[str] = "Administrators' rights given"
    method: ClassVar[str] = (
        "Administrator and owner roles and groups are known by the services' own names. Granting "
        "them is judged by the number of other days on which the person changes permissions or "
        "groups, weighs more if people grant them to themselves, and is ranked among all "
        "person-days of the organisation. So is any role that is taken away again within an hour, "
        "except for administrators' own: they take roles for a task."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1098, Account Manipulation"
    self_worth: float = 1.1
    brief_worth: float = 0.5

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        self._make_grants(activity)
        log = activity.log("number in (select number from grants where powerful or brief)")
        if not len(log):
            return
        own = activity.columns(
            "select own, brief from grants join coded using (number) where powerful or brief "
            "order by who, time, number"
        )
        own, brief = (own[name].astype(bool) for name in ("own", "brief"))
        every = activity.log("number in (select number from grants)")
        elsewhere = _other_days(log.who, log.time, every.who, every.time)
        rate = (elsewhere + 0.5) / (np.maximum(activity.days[log.who], 1.0) + 10.0)
        score = -np.log(rate) - 3.0 + np.log(window_counts(log, DAY) + 1)
        # Administrators give themselves a role for a task, and take it back when it is done.
        task = own & brief & (elsewhere >= _TASK_DAYS)
        own, brief = own & ~task, brief & ~task
        score += np.where(own, self.self_worth * np.log(10), 0.0)
        score += np.where(brief, self.brief_worth * np.log(10), 0.0)
        # Administrators grant themselves rights too, but seldom.
        score = np.where(own & (elsewhere < 10), np.maximum(score, 2.0), score)
        judged = judge_scores(activity, log, np.maximum(score, 0.0), DAY, tail=0.7)
        yield from candidates_of(self, activity, judged.peaks)

    def _make_grants(self, activity: Activity) -> None:
        """Make the table ``grants``: rows of ``activity``, whether they give power, and to whom."""
        activity.derived("coded")
        roles = activity.rows("select distinct role, service from activity where role is not null")
        groups = activity.rows(
            "select distinct name from activity where kind = 'group_add_member' "
            "and name is not null"
        )
        mighty = [role for role, service in roles if is_administrative(role, service)]
        ruling = [name for (name,) in groups if is_administrative_group(name)]
        activity.run(
            f"""
            create or replace temp table grants as
            select activity.rowid as number, coalesce(target = person, false) as own,
                   kind = 'role_add' and role is null or coalesce(list_contains(?, role), false)
                   or kind = 'group_add_member' and coalesce(list_contains(?, name), false)
                   as powerful,
                   kind = 'role_add' and coalesce(target, name) is not null and exists(
                       select 1 from activity as back where back.kind = 'role_remove'
                       and back.account = activity.account and back.person = activity.person
                       and coalesce(back.role = activity.role, true)
                       and coalesce(back.target, back.name)
                           = coalesce(activity.target, activity.name)
                       and back.time between activity.time and activity.time + interval 1 hour
                   ) as brief
            from activity where person is not null
                and ({_CHANGES_RIGHTS} or kind = 'share' and list_contains(?, role)
                     and target = person)
            """,
            mighty, ruling, mighty,
        )  # fmt: skip

    def _known(self, activity: Activity, events: pd.DataFrame) -> tuple[int, int]:
        """Count the grants of administrators' or owners' rights, and those taken away again."""
        (found,) = activity.rows(
            "select count(*) filter (where powerful), count(*) filter (where brief) from grants "
            "where list_contains(?, number)",
            events.index.tolist(),
        )
        return int(found[0]), int(found[1])

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say which rights went to whom, and on how many other days the person administers.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            Whose person and time to compare.
        events : pandas.DataFrame
            The changes of rights; see `Rule.tell`.
        """
        own = int((events["target"] == events["person"]).sum())
        rights = sorted({str(v) for v in events["role"].dropna()} | _groups(events))
        elsewhere = days_elsewhere(activity, candidate, "grants")
        themselves = "themselves " if own == len(events) else ""
        some = f" ({times(own)} to themselves)" if 0 < own < len(events) else ""
        often = f" {times(len(events))}" if len(events) > 1 else ""
        habit = "they changed permissions or groups on " + (
            count(elsewhere, "other day") if elsewhere else "no other day"
        )
        powerful, taken = self._known(activity, events)
        right = "rights" if len(rights) != 1 else "a right"
        what = "administrators' or owners' rights" if powerful == len(events) else right
        part = f" ({times(taken)})" if taken < len(events) else ""
        back = f", taken away again within an hour{part}"
        sentence = (
            f"{candidate.person} gave {themselves}{what} "
            f"({listing(rights)}){often}{some} {span(candidate.start, candidate.end)}"
            f"{back if taken else ''}; {APART}, {habit}."
        )
        return sentence, {"changes": len(events), "to_themselves": own, "rights": rights,
                          "other_days_administering": elsewhere}  # fmt: skip


def _groups(events: pd.DataFrame) -> set[str]:
    return set(events.loc[events["kind"] == "group_add_member", "name"].dropna().astype(str))


def _other_days(who: Ints, time: Ints, all_who: Ints, all_time: Ints) -> Floats:
    """Count the other days (24 hours, around the event) on which each person did so."""
    found = np.zeros(len(who))
    for place, (one, at) in enumerate(zip(who, time, strict=True)):
        low, high = np.searchsorted(all_who, [one, one + 1])
        distance = (all_time[low:high] - at + DAY // 2) // DAY
        found[place] = len(np.setdiff1d(distance, [-1, 0, 1]))
    return found


@dataclass(frozen=True)
class WideConsent(Rule):
    """Somebody gives a program wide access to data.

    Parameters
    ----------
    wide : sequence of str
        Text that marks a scope's name as wide, in lower case.
    usual : float
        How much less a program counts that colleagues give access, too.
    """

    name: ClassVar[str] = "wide_consent"
    about: ClassVar[str] = "rights"
    odds: ClassVar[float] = -1.0
    title: ClassVar[str] = "A program was given wide access"
    method: ClassVar[str] = (
        "Consents and programs' keys are judged by how often the person and the organisation "
        "grant them. They weigh more for wide scopes (all files, all mail, full control, offline "
        "access) and for programs that nobody gave access before, less for those that colleagues "
        "give access, too, and are ranked among all person-days."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1528, Steal Application Access Token; T1550.001"
    wide: tuple[str, ...] = (
        "readwrite", "read_write", "read.all", "full_control", "fullcontrol", "full_access",
        "offline", "auth/drive", "mail.google.com", "manage_", "files.content.write", "all files",
        "directory.", "mail.read", "mail.send", "user_impersonation",
    )  # fmt: skip
    usual: float = 0.8

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        activity.derived("coded")
        log = activity.log(f"kind in {listed(CONSENTS)}")
        if not len(log):
            return
        rows = activity.frame(
            f"""
            select coalesce(name, client, event_id) as program, lower(scope) as scope, account, who
            from activity join people using (account, person)
            where kind in {listed(CONSENTS)} order by who, time, activity.rowid
            """
        )
        first = np.zeros(len(rows), bool)
        pairs = rows[["account", "program"]].assign(time=log.time, number=np.arange(len(rows)))
        first[
            pairs.sort_values("time", kind="stable").drop_duplicates(["account", "program"])[
                "number"
            ]
        ] = True
        wide = rows["scope"].map(self._is_wide, na_action="ignore").eq(True).to_numpy()
        rate = (len(log) + 1.0) / (activity.person_days + 30.0)
        score = np.full(len(log), max(-np.log(rate) - 4.0, 0.3))
        score += np.where(first, 0.7, -0.5) + np.where(wide, 2.0, -0.7)
        # What many colleagues give access to, the organisation uses.
        colleagues = rows.groupby(["account", "program"])["who"].transform("nunique").to_numpy() - 1
        score -= self.usual * np.log(1.0 + colleagues)
        judged = judge_scores(activity, log, np.maximum(score, 0.0), DAY, tail=1.6)
        yield from candidates_of(self, activity, judged.peaks)

    def _is_wide(self, scope: str) -> bool:
        return any(word in scope for word in self.wide)

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say which program got which access.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            Its person and time.
        events : pandas.DataFrame
            The consents; see `Rule.tell`.
        """
        programs = sorted({str(name) for name in events["name"].dropna()})
        scopes = sorted({one for scope in events["scope"].dropna() for one in _scopes(str(scope))})
        what = f" ({listing(scopes, noun='scope')})" if scopes else ""
        whom = listing(programs, noun="program") if programs else "a program"
        sentence = (
            f"{candidate.person} gave {whom} access to data{what} "
            f"{span(candidate.start, candidate.end)}."
        )
        return sentence, {"programs": programs, "scopes": scopes, "consents": len(events)}


def _scopes(text: str) -> list[str]:
    """Return the scopes in a text: some services write JSON lists, others separate by blanks."""
    try:
        found = json.loads(text)
    except ValueError:
        return text.split()
    return [str(one) for one in found] if isinstance(found, list) else [text]
