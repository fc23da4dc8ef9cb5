"""Turn causes into findings: look up their events, and have each rule say what it saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..text.counts import count
from .findings import LOUD, Finding, Observation
from .grading import Cause, Grades
from .wording import how_often, moment, short

if TYPE_CHECKING:
    import pandas as pd

    from .activity import Activity
    from .rules.base import Candidate

__all__ = ["LEAST_HISTORY", "findings_of"]

#: With fewer days of activity in all, nothing is known about what is usual.
LEAST_HISTORY, LEAST_DAYS = 8, 5
#: The largest number of findings that are not loud to report: those with the most worth.
_QUIET = 200
#: The number of rules' sentences in a finding.
_SENTENCES = 3
#: What happens more often than once in so many days is not loud for its rarity.
_SELDOM = 7.0
_COLUMNS = (
    "event_id, epoch_us(time) as time, kind, person, network, pool, object_id, name, "
    "previous_name, owner, target, scope, role, program"
)


def findings_of(activity: Activity, causes: Iterable[Cause], grades: Grades) -> Iterator[Finding]:
    """Yield the findings of causes within the audit's period.

    Parameters
    ----------
    activity : Activity
    causes : iterable of Cause
    grades : Grades
    """
    chosen = [
        (cause, severity)
        for cause in causes
        if (severity := _severity(activity, cause, grades)) and _is_inside(activity, cause)
    ]
    quiet = [one for one in chosen if one[1] not in LOUD][:_QUIET]
    chosen = [one for one in chosen if one[1] in LOUD] + quiet
    known = _looked_up(activity, [cause for cause, _ in chosen])
    rows = _events_of(activity, known)
    for cause, (_, severity) in zip(known, chosen, strict=True):
        yield _finding(activity, cause, severity, rows)


def _looked_up(activity: Activity, causes: list[Cause]) -> list[Cause]:
    """Return causes with their candidates' evidence, looked up in one query."""
    every = [one for cause in causes for one in (*cause.parts, *cause.rest)]
    wanted = [one for one in every if one.extent is not None]
    if not wanted:
        return causes
    columns = {
        "span": np.arange(len(wanted)),
        "who": np.array([one.who for one in wanted], np.int64),
        "start": np.array([one.start for one in wanted], np.int64),
        "stop": np.array([one.end for one in wanted], np.int64),
        "network": np.array([-1 if one.extent.place is None else one.extent.place
                          for one in wanted if one.extent], np.int64),
    }  # fmt: skip
    activity.connection.register("spans", columns)
    rows = activity.columns(
        "select span, time, number from coded join spans on coded.who = spans.who "
        "and time between start and stop and (network < 0 or network = place) "
        "order by span, time, number"
    )
    activity.connection.unregister("spans")
    places = np.searchsorted(rows["span"], np.arange(len(wanted) + 1))
    found = {}
    for one, begin, end in zip(wanted, places, places[1:], strict=False):
        part = slice(int(begin), int(end))
        found[id(one)] = replace(
            one, start=int(rows["time"][part][0]), end=int(rows["time"][part][-1]),
            numbers=rows["number"][part],
        )  # fmt: skip

    def known(parts: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        return tuple(found.get(id(one), one) for one in parts)

    return [replace(one, parts=known(one.parts), rest=known(one.rest)) for one in causes]


def _is_inside(activity: Activity, cause: Cause) -> bool:
    # A lasting silence ends with the audit's period.
    return (
        activity.since <= min(moment(cause.end), activity.until)
        and moment(cause.start) <= activity.until
    )


def _severity(activity: Activity, cause: Cause, grades: Grades) -> str | None:
    if "crowd" in cause.parts[0].facts:
        return "info" if cause.parts[0].facts["crowd"] >= 3 else None
    if cause.parts[0].facts.get("explained"):
        return "info"
    severity = grades.severity(cause)
    few = _is_too_little(activity)
    return "low" if few and severity in LOUD else severity


def _is_too_little(activity: Activity) -> bool:
    """Return True if there is too little history overall to say what is usual."""
    return activity.person_days < LEAST_HISTORY or activity.blocks < LEAST_DAYS


def _events_of(activity: Activity, causes: list[Cause]) -> pd.DataFrame:
    """Return the events of all evidence, by row of ``activity``, in one query."""
    numbers = [one.numbers for cause in causes for one in (*cause.parts, *cause.rest)]
    wanted = np.unique(np.concatenate([np.zeros(0, np.int64), *numbers]))
    activity.connection.register("wanted", {"number": wanted})
    found = activity.frame(
        f"select number, {_COLUMNS} from activity join wanted on activity.rowid = wanted.number"
    )
    activity.connection.unregister("wanted")
    return found.set_index("number")


def _rows(events: pd.DataFrame, candidates: Iterable[Candidate]) -> pd.DataFrame:
    numbers = [one.numbers for one in candidates]
    wanted = np.unique(np.concatenate([np.zeros(0, np.int64), *numbers]))
    return events.loc[wanted].sort_values(["time", "event_id"], kind="stable")


def _ids(events: pd.DataFrame) -> list[str]:
    return [str(id_) for id_ in events["event_id"].dropna()]


def _finding(activity: Activity, cause: Cause, severity: str, events: pd.DataFrame) -> Finding:
    main = cause.parts[0]
    if "crowd" in main.facts:
        return _crowd(main, _ids(_rows(events, [main])))
    seen = [_observation(activity, one, _rows(events, [one])) for one in cause.parts]
    sentences = [one.sentence for one in seen[:_SENTENCES]] + _because(activity, cause)
    every = _rows(events, cause.evidence)
    numbers = {**seen[0].numbers, **cause.numbers, **_seldom(activity, main, severity)}
    return Finding(
        main.rule.name, severity, moment(cause.start), moment(cause.end), main.account, main.person,
        " ".join(sentences), numbers, _ids(every), cause.worth, seen,
        cause.family,
    )  # fmt: skip


def _observation(activity: Activity, candidate: Candidate, events: pd.DataFrame) -> Observation:
    named = replace(candidate, person=candidate.person and short(candidate.person))
    sentence, numbers = candidate.rule.tell(activity, named, events)
    return Observation(
        candidate.rule.name, round(candidate.decades, 2), moment(candidate.start),
        moment(candidate.end), sentence, numbers, _ids(events),
    )  # fmt: skip


def _seldom(activity: Activity, candidate: Candidate, severity: str) -> dict[str, object]:
    """Return how rare it is, unless it is loud for other reasons: common things are not rare."""
    if candidate.who is None:
        return {}
    days = int(activity.days[candidate.who])
    a_day = activity.person_days / max(activity.blocks, 1)
    if severity in LOUD and candidate.decades < np.log10(_SELDOM * max(a_day, 1e-9)):
        return {"days_of_history": days}
    return {"days_of_history": days, "how_often": how_often(candidate.decades, a_day)}


def _because(activity: Activity, cause: Cause) -> list[str]:
    """Return sentences on what weakens a finding."""
    sentences = []
    if cause.others:
        others = count(cause.others, "other person", "other people")
        sentences.append(f"{others} did far more of the same than usual at that time.")
    if cause.parts[0].facts.get("newcomer"):
        sentences.append("The person has only just joined.")
    if _is_too_little(activity):
        sentences.append("There is too little history to judge.")
    return sentences


def _crowd(candidate: Candidate, evidence: list[str]) -> Finding:
    people, what = candidate.facts["crowd"], candidate.facts["what"]
    start, end = moment(candidate.start), moment(candidate.end)
    sentence = (
        f"{people:,} people {what} between {start:%Y-%m-%d %H:%M} and {end:%Y-%m-%d %H:%M} UTC: "
        "what many do at once counts less for each of them."
    )
    return Finding(
        candidate.rule.name, "info", start, end, candidate.account, None, sentence,
        {"people": people}, evidence, family=f"crowd {candidate.rule.name}",
    )  # fmt: skip
