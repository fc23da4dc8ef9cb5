"""Your own rules: a query, or a function of a DataFrame, with a name and evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ...errors.renamed import renamed_arguments
from ...exceptions import InvalidParameter
from ..findings import SEVERITIES, Finding
from . import RULES, Rule

if TYPE_CHECKING:
    import pandas as pd

    from ..activity import Activity

__all__ = ["FrameRule", "SqlRule", "rule"]


@dataclass(frozen=True)
class SqlRule(Rule):
    """Your own rule, as a query of ``activity``.

    Parameters
    ----------
    label : str
        The rule's name.
    query : str
        Selects the evidence: ``event_id`` and ``account``, which you may omit as long as no two
        accounts share an event id. All events with the same account, person and, if the query has
        that column, ``grouping`` make one finding.
    severity : {"high", "medium", "low", "info"}
    sentence : str
        With ``{person}``, ``{account}``, ``{events}``, ``{start}``, ``{end}``.
    """

    label: str = ""
    query: str = ""
    severity: str = "medium"
    sentence: str = "{person}: {events} events between {start} and {end}."

    def __post_init__(self) -> None:
        _check(self)
        _name(self, self.label, "A query of your own.")

    def candidates(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        yield from _grouped(self, activity, _run(self, activity, self.query))


@renamed_arguments(where="condition")
@dataclass(frozen=True)
class FrameRule(Rule):
    """Your own rule, as a function of a DataFrame. `rule` makes one.

    Parameters
    ----------
    label : str
        The rule's name.
    function : callable
        Takes the activity as a DataFrame and returns the rows that are evidence, optionally with
        a column ``grouping``.
    severity, sentence
        See `SqlRule`.
    columns : tuple of str
        Columns of ``activity`` to read.
    condition : str
        An SQL condition on the rows to read. Default: all.
    """

    label: str = ""
    function: Callable[[pd.DataFrame], pd.DataFrame] = field(default=lambda frame: frame.head(0))
    severity: str = "medium"
    sentence: str = "{person}: {events} events between {start} and {end}."
    columns: tuple[str, ...] = ("event_id", "account", "person", "time", "kind", "name")
    condition: str = "true"

    def __post_init__(self) -> None:
        _check(self)
        _name(self, self.label, "A function of your own.")

    @property
    def parameters(self) -> Mapping[str, Any]:  # type: ignore[override]
        """Return the parameters by name."""
        return {"condition": self.condition, "severity": self.severity}

    def candidates(self, activity: Activity) -> Iterator[Finding]:
        """Yield what stands out."""
        names = dict.fromkeys(("event_id", "account", *self.columns))
        frame = _run(
            self,
            activity,
            f"select {', '.join(names)} from activity where {self.condition} "
            "order by time, account, event_id",
        )
        yield from _grouped(self, activity, self.function(frame))


def rule(
    name: str, **options: Any
) -> Callable[[Callable[[pd.DataFrame], pd.DataFrame]], FrameRule]:
    """Turn a function of a DataFrame into a rule.

    The rule runs in the audits that it is passed to, and in no others.

    Parameters
    ----------
    name : str
        The rule's name in findings.
    **options
        ``severity``, ``sentence``, ``columns``, ``condition``; see `FrameRule`.

    Returns
    -------
    callable
        A decorator, which returns a `FrameRule`.

    Examples
    --------
    >>> import pandas as pd
    >>> from kloudless_data import audit
    >>> @rule("night_shift", severity="low", columns=("person", "account", "time"))
    ... def night_shift(frame):
    ...     return frame[frame["time"].dt.hour < 4]
    >>> events = pd.DataFrame({"id": ["1", "2"], "account": "7", "type": "add", "user_id": "u1",
    ...     "modified": pd.to_datetime(["2026-03-01 02:00", "2026-03-01 09:00"], utc=True)})
    >>> audit.find(events, rules=[*audit.RULES, night_shift])["evidence"].tolist()
    [['1']]
    """

    def decorate(function: Callable[[pd.DataFrame], pd.DataFrame]) -> FrameRule:
        return FrameRule(label=name, function=function, **options)

    return decorate


def _check(made: SqlRule | FrameRule) -> None:
    if not made.label:
        raise InvalidParameter("A rule needs a name.")
    if made.label in RULES:
        raise InvalidParameter(
            f"{made.label} is a rule of the toolkit: findings of both would look the same. Choose "
            "another name."
        )
    if made.severity not in SEVERITIES:
        raise InvalidParameter(
            f"{made.severity!r} is not a severity. Choose one of {', '.join(SEVERITIES)}."
        )
    try:
        now = datetime.now(UTC)
        made.sentence.format(person="", account="", events=0, start=now, end=now)
    except (KeyError, IndexError, ValueError) as error:
        raise InvalidParameter(
            f"The sentence of the rule {made.label} cannot be filled in ({error!r}). It may have "
            "{person}, {account}, {events}, {start} and {end}."
        ) from None


def _name(made: Rule, name: str, method: str) -> None:
    title = name.replace("_", " ").capitalize()
    for key, value in {"name": name, "title": title, "method": method, "source": "own"}.items():
        object.__setattr__(made, key, value)


def _run(made: SqlRule | FrameRule, activity: Activity, query: str) -> pd.DataFrame:
    import duckdb

    try:
        return activity.frame(query)
    except duckdb.Error as error:
        raise InvalidParameter(f"The rule {made.label} cannot be run: {error}") from None


def _grouped(made: SqlRule | FrameRule, activity: Activity, found: Any) -> Iterator[Finding]:
    """Group events into findings: one per account, person and `grouping`."""
    import pandas as pd

    if not isinstance(found, pd.DataFrame) or "event_id" not in found.columns:
        given = list(found.columns) if isinstance(found, pd.DataFrame) else type(found).__name__
        raise InvalidParameter(
            f"The rule {made.label} must return a frame with the column event_id, but returned "
            f"{given}."
        )
    if found.empty:
        return
    names = ["event_id", *[name for name in ("account", "grouping") if name in found.columns]]
    # As text, whatever type the rule returned.
    evidence = found[names].dropna(subset=["event_id"]).astype(dict.fromkeys(names, "str"))
    activity.connection.register("evidence", evidence.drop_duplicates())
    try:
        yield from _findings_of_events(made, activity, names)
    finally:
        activity.connection.unregister("evidence")


def _findings_of_events(
    made: SqlRule | FrameRule, activity: Activity, names: list[str]
) -> Iterator[Finding]:
    keys = [name for name in names if name != "grouping"]
    if "account" not in names:
        _check_unambiguous(made, activity)
    group = "grouping" if "grouping" in names else "''"
    rows = activity.frame(
        f"""
        select account, person, min(time) as start, max(time) as "end",
               list(event_id order by time, event_id) as ids
        from activity join evidence using ({", ".join(keys)})
        group by account, person, {group} order by start, account, person, ids
        """
    )
    for row in rows.itertuples():
        if activity.since <= row.end <= activity.until:
            person = row.person if isinstance(row.person, str) else None
            facts = {"person": person or "Somebody", "account": row.account, "events": len(row.ids)}
            sentence = made.sentence.format(**facts, start=row.start, end=row.end)
            yield Finding(made.name, made.severity, row.start, row.end, row.account, person,
                          sentence, {"events": len(row.ids)}, list(row.ids),
                          family=made.name)  # fmt: skip


def _check_unambiguous(made: SqlRule | FrameRule, activity: Activity) -> None:
    several = activity.rows(
        "select event_id from activity semi join evidence using (event_id) "
        "group by event_id having count(*) > 1 order by event_id limit 1"
    )
    if several:
        raise InvalidParameter(
            f"The rule {made.label} must return the column account as well: the event "
            f"{several[0][0]} exists in several accounts."
        )
