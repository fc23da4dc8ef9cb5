"""Changes that weaken protection or logging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...text.counts import count
from ..judging import judge_scores
from ..kinds import ADMINISTERING, listed
from ..statistics import DAY, Floats, Log
from ..wording import APART, listing, span, times
from .base import Candidate, Rule, Statement, candidates_of, days_elsewhere

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["ProtectionWeakened"]

#: Kinds of change that weaken protection or logging, if the service's word has high severity: a log
#: that is switched on, or a key that is created, has not.
_KINDS = (
    "audit_change", "mfa_remove", "mail_rule", "domain_change", "encryption_change", "impersonate",
    "hold_change",
)  # fmt: skip
#: Changes of settings that may do so, by the setting's name.
_SETTINGS = ("setting_change", "policy_change", "hold_change")
_ABOUT = (
    r"\b(audit|log|logs|logging|alerts?|retention|hold|recording|monitoring|dlp|data loss|siem|mfa"
    r"|2sv|2-step|two.?step|two.?factor|multi.?factor|malware|ransomware|threat|quarantine)\b"
)


@dataclass(frozen=True)
class ProtectionWeakened(Rule):
    """Somebody changes protection or logging, which hardly anybody ever does."""

    name: ClassVar[str] = "protection_weakened"
    about: ClassVar[str] = "rights"
    odds: ClassVar[float] = 0.6
    title: ClassVar[str] = "Logs, alerts or protection changed"
    method: ClassVar[str] = (
        "Changes to logging, alerts, retention, second factors, mail rules and domains are judged "
        "by the number of other days on which the person, and the organisation, makes such a "
        "change, and are ranked among all person-days."
    )
    source: ClassVar[str] = "MITRE ATT&CK T1562.008, T1562.001, T1556.006, T1114.003"

    def candidates(self, activity: Activity) -> Iterator[Candidate]:
        """Yield what may stand out."""
        activity.derived("coded")
        activity.run(
            f"""
            create or replace temp table weakened as
            select rowid as number from activity where person is not null and (
                kind in {listed(_KINDS)} and severe
                or kind in {listed(_SETTINGS)} and regexp_matches(lower(name), ?))
            """,
            _ABOUT,
        )
        activity.run(
            "create or replace temp table administering as "
            f"select number from coded where kind in {listed(ADMINISTERING)}"
        )
        # A second factor is mostly reset for a new telephone: that is no reason by itself.
        for factors in (False, True):
            kind = "=" if factors else "<>"
            log = activity.log(
                f"number in (select number from weakened) and kind {kind} 'mfa_remove'"
            )
            if len(log):
                judged = judge_scores(activity, log, self._scores(activity, log), DAY)
                yield from candidates_of(self, activity, judged.peaks, loud=not factors)

    def _scores(self, activity: Activity, log: Log) -> Floats:
        """Return how seldom each person, and the organisation, makes such changes."""
        block = (log.time - activity.first) // DAY
        own = np.array([
            len(np.unique(block[(log.who == who) & (abs(block - day) > 1)]))
            for who, day in zip(log.who, block, strict=True)
        ])  # fmt: skip
        rate = (own + 0.5) / (activity.days[log.who] + 10.0)
        every = len(np.unique(np.stack([log.who, block]), axis=1).T)
        usual = every / (activity.person_days + 30.0)
        # If many people do it, or one person often, it is somebody's work.
        found: Floats = np.maximum(-np.log(rate) - 0.5 * np.log(max(usual / 0.001, 1.0)) - 2.0, 0.0)
        return found

    def tell(self, activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Statement:
        """Say what was changed, and on how many other days the person does such work.

        Parameters
        ----------
        activity : Activity
        candidate : Candidate
            Whose person and time to compare.
        events : pandas.DataFrame
            The changes; see `Rule.tell`.
        """
        elsewhere = days_elsewhere(activity, candidate, "weakened")
        named = events["name"].fillna(events["target"]).fillna(events["kind"])
        what = sorted(
            f"{kind.replace('_', ' ')}: {name}"
            for kind, name in {*zip(events["kind"], named.astype(str), strict=True)}
        )
        habit = count(elsewhere, "other day") if elsewhere else "no other day"
        work = days_elsewhere(activity, candidate, "administering")
        also = f", and did administrators' work on {count(work, 'other day')}" if work else ""
        sentence = (
            f"{candidate.person} changed what protects or records ({listing(what)}) "
            f"{times(len(events))} {span(candidate.start, candidate.end)}; {APART}, they did so on "
            f"{habit}{also}."
        )
        return sentence, {"changes": len(events), "what": what, "other_days": elsewhere,
                          "days_of_work": work}  # fmt: skip
