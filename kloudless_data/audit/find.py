"""`find`: ask the rules, and own ones, of all activity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..display.progress import progress_bar
from ..exceptions import InvalidParameter
from .completeness import completeness_of, extend_window, unread_of
from .finding import Finding, findings_frame
from .inputs import ledger_of
from .rules import RULES, Rule
from .source import Activity, open_activity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["chosen_rules", "find", "findings_of"]


def find(
    events: Any,
    rules: Iterable[str | Rule] | None = None,
    *,
    baseline: Any = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    accounts: Iterable[str] | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Find what stands out, with its evidence.

    Parameters
    ----------
    events : DataFrame, Table, EventStream, Archive, path, or sequence of paths
        Events of `to_frame`, or Arrow tables of them; an exported Parquet file or folder; an
        archive or where it is. Files and archives are not loaded whole.
    rules : iterable of str or Rule, optional
        Names of `RULES`, or rules with other parameters, such as ``MassDeletion(least=50)``.
        Default: all.
    baseline : as `events`, optional
        Earlier events that habits are learned from, besides those of `events` before `since`.
    since, until : datetime or str, optional
        Only findings of this time; without a time zone, UTC. Default: from the first to the last
        event, and of an archive up to what its ledger says was read: silence is seen up to there.
    accounts : iterable of str, optional
        Only these.
    progress : bool, optional
        Show a progress bar; default: when somebody can see it.

    Returns
    -------
    pandas.DataFrame
        See `kloudless_data.audit.finding.findings_frame`; most severe first. Its
        ``attrs["unjudged"]`` says, by rule, what could not be judged for too little history, and
        ``attrs["timeless"]`` how many events have no time, so that no rule could judge them.

    Raises
    ------
    InvalidParameter
        There is no such rule, or `events` are no events.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"id": ["1", "2"], "account": "7", "type": ["add", "delete"],
    ...     "user_id": "u1", "modified": pd.to_datetime(["2026-03-01", "2026-03-02"], utc=True)})
    >>> find(events).empty
    True
    """
    chosen = chosen_rules(rules)
    with open_activity(
        events, baseline=baseline, since=since, until=until, accounts=accounts
    ) as activity:
        ledger = ledger_of(events)
        extend_window(activity, ledger, since, until)
        if ledger is not None:
            complete = completeness_of(ledger, [], activity.since, activity.until)
            activity.unread = unread_of(complete)
        found = findings_frame(findings_of(activity, chosen, progress))
        found.attrs["unjudged"] = dict(activity.unjudged)
        found.attrs["timeless"] = activity.timeless
        return found


def chosen_rules(rules: Iterable[str | Rule] | None) -> list[Rule]:
    """Return the rules that are meant.

    Raises
    ------
    InvalidParameter
        There is none of that name.
    """
    if rules is None:
        return list(RULES.values())
    if isinstance(rules, (str, Rule)):
        rules = [rules]
    chosen: list[Rule] = []
    for one in rules:
        found = _rule_named(one) if isinstance(one, str) else one
        if not isinstance(found, Rule):
            raise InvalidParameter(f"{found!r} is no rule: give a name, or a rule of audit.rules.")
        if found not in chosen:
            chosen.append(found)
    return chosen


def _rule_named(name: str) -> Rule:
    if name not in RULES:
        raise InvalidParameter(f"There is no rule {name!r}. There are: {', '.join(RULES)}.")
    return RULES[name]


def findings_of(
    activity: Activity, rules: Iterable[Rule], progress: bool | None = None
) -> Iterator[Finding]:
    """Yield what rules find."""
    rules = list(rules)
    with progress_bar("Rules", unit="rules", total=len(rules), show=progress) as bar:
        for one in rules:
            yield from one.find(activity)
            bar.update(1)
