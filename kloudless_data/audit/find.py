"""`find`: ask the rules, and own ones, of all activity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter
from ..progress import progress_bar
from .completeness import completeness_of, unread_of
from .finding import SEVERITIES, Finding, findings_frame
from .inputs import ledger_of
from .rules import RULES, Rule
from .rules.base import in_window
from .source import Activity, open_activity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FrameRule", "SqlRule", "chosen_rules", "find", "findings_of", "rule"]


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
        Only findings of this time; without a time zone, UTC.
    accounts : iterable of str, optional
        Only these.
    progress : bool, optional
        Show a progress bar; default: when somebody can see it.

    Returns
    -------
    pandas.DataFrame
        See `kloudless_data.audit.finding.findings_frame`; most severe first.

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
        if ledger is not None:
            complete = completeness_of(ledger, [], activity.since, activity.until)
            activity.unread = unread_of(complete)
        return findings_frame(findings_of(activity, chosen, progress))


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
    return [_rule_named(one) if isinstance(one, str) else one for one in rules]


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


@dataclass(frozen=True)
class SqlRule(Rule):
    """An own rule, as a query of ``activity``.

    Parameters
    ----------
    label : str
        The rule's name.
    query : str
        Gives the events that are evidence: at least ``event_id``. A finding is made of all events
        with the same ``account``, ``person`` and, where the query has such a column, ``grouping``.
    severity : {"high", "medium", "low", "info"}
    sentence : str
        With ``{person}``, ``{account}``, ``{events}``, ``{start}``, ``{end}``.
    """

    label: str = ""
    query: str = ""
    severity: str = "medium"
    sentence: str = "{person}: {events} events between {start} and {end}."

    def __post_init__(self) -> None:
        _check(self.label, self.severity)
        _name(self, self.label, "A query of its own.")

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        import duckdb

        try:
            found = activity.frame(self.query)
        except duckdb.Error as error:
            raise InvalidParameter(f"The rule {self.label} cannot be asked: {error}") from None
        yield from _grouped(self, activity, found)


@dataclass(frozen=True)
class FrameRule(Rule):
    """An own rule, as a function of a DataFrame. `rule` makes one.

    Parameters
    ----------
    label : str
        The rule's name.
    function : callable
        Takes the activity as a DataFrame, and returns those rows of it that are evidence, which
        may have one more column ``grouping``.
    severity, sentence
        As of `SqlRule`.
    columns : tuple of str
        Of ``activity``, to read.
    where : str
        Which rows to read, as in SQL.
    """

    label: str = ""
    function: Callable[[pd.DataFrame], pd.DataFrame] = field(default=lambda frame: frame.head(0))
    severity: str = "medium"
    sentence: str = "{person}: {events} events between {start} and {end}."
    columns: tuple[str, ...] = ("event_id", "account", "person", "time", "kind", "name")
    where: str = "true"

    def __post_init__(self) -> None:
        _check(self.label, self.severity)
        _name(self, self.label, "A function of its own.")

    @property
    def parameters(self) -> Mapping[str, Any]:  # type: ignore[override]
        """Return the parameters by name."""
        return {"where": self.where, "severity": self.severity}

    def find(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        names = dict.fromkeys(("event_id", *self.columns))
        frame = activity.frame(
            f"select {', '.join(names)} from activity where {self.where} order by time, event_id"
        )
        yield from _grouped(self, activity, self.function(frame))


def rule(
    name: str, **options: Any
) -> Callable[[Callable[[pd.DataFrame], pd.DataFrame]], FrameRule]:
    """Register a function as a rule, under a name.

    Parameters
    ----------
    name : str
    **options
        ``severity``, ``sentence``, ``columns``, ``where``; see `FrameRule`.

    Examples
    --------
    >>> @rule("night_shift", severity="low", columns=("person", "account", "time"))
    ... def night_shift(frame):
    ...     return frame[frame["time"].dt.hour < 4]
    >>> night_shift.name in RULES
    True
    >>> del RULES["night_shift"]
    """

    def register(function: Callable[[pd.DataFrame], pd.DataFrame]) -> FrameRule:
        made = FrameRule(label=name, function=function, **options)
        RULES[name] = made
        return made

    return register


def _check(name: str, severity: str) -> None:
    if not name:
        raise InvalidParameter("A rule needs a name.")
    if severity not in SEVERITIES:
        raise InvalidParameter(f"{severity!r} is no severity: {', '.join(SEVERITIES)}.")


def _name(made: Rule, name: str, method: str) -> None:
    title = name.replace("_", " ").capitalize()
    for key, value in {"name": name, "title": title, "method": method, "source": "own"}.items():
        object.__setattr__(made, key, value)


def _grouped(made: Any, activity: Activity, found: pd.DataFrame) -> Iterator[Finding]:
    """Make findings of events: one an account, person and `grouping`."""
    if "event_id" not in found.columns:
        raise InvalidParameter(f"The rule {made.name} must give the column event_id.")
    if found.empty:
        return
    ids = found[["event_id", *[n for n in ("grouping",) if n in found.columns]]]
    activity.connection.register("own_rule", ids)
    group = "grouping" if "grouping" in ids.columns else "1"
    rows = activity.frame(
        f'select account, person, min(time) as start, max(time) as "end", '
        f"list(event_id order by time, event_id) as ids from activity join own_rule "
        f"using (event_id) group by account, person, {group} order by start, account, person"
    )
    activity.connection.unregister("own_rule")
    for row in rows.itertuples():
        if in_window(activity, row.end):
            person = row.person if isinstance(row.person, str) else None
            sentence = made.sentence.format(
                person=person,
                account=row.account,
                events=len(row.ids),
                start=row.start,
                end=row.end,
            )
            yield Finding(made.name, made.severity, row.start, row.end, row.account, person,
                          sentence, {"events": len(row.ids)}, list(row.ids))  # fmt: skip
