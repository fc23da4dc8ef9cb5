"""The report as Markdown and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..util import one_line
from .applications import application_tables
from .charts import WEEKDAYS
from .spans import STATES, account_times, shares_of

if TYPE_CHECKING:
    import pandas as pd

    from .report import Report

__all__ = [
    "completeness_sentence",
    "empty_sentence",
    "json_text",
    "label_of",
    "listed_sentence",
    "markdown",
    "summary_sentence",
    "text_of",
]

_LONGEST = 480
_FINDINGS = 200
_EVIDENCE = 10  # rows a finding
_ACCOUNTS = 200
_BUSIEST = 20


def text_of(value: Any) -> str:
    """Return a value as one line of text; what is missing is an empty one."""
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, pd.Timestamp) or hasattr(value, "isoformat"):
        return f"{value:%Y-%m-%d %H:%M:%S}" if hasattr(value, "hour") else str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or type(value).__name__.startswith(("int", "uint")):
        return f"{int(value):,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{one_line(str(k))} = {text_of(v) or '–'}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text_of, value)) or "none"
    return one_line(str(value))


#: What the numbers of findings are called, where their name with spaces would not say it.
_LABELS = {
    "p_adjusted": "probability by chance, adjusted",
    "usual_files": "files at a time, usually",
    "usual_a_day": "usually, a day",
    "of_others": "files of others",
    "others_that_day": "others who did so that day",
}


def label_of(name: str) -> str:
    """Return a number's or column's name for reading.

    Examples
    --------
    >>> label_of("days_of_history"), label_of("p_adjusted")
    ('days of history', 'probability by chance, adjusted')
    """
    return _LABELS.get(name, text_of(name.replace("_", " ")))


def listed_sentence(shown: int, total: int, what: str) -> str:
    """Return what a table lists: all, or the busiest of how many.

    Examples
    --------
    >>> listed_sentence(30, 62, "people"), listed_sentence(5, 5, "people")
    ('The busiest 30 of 62 people', 'All 5 people')
    """
    if shown < total:
        return f"The busiest {shown:,} of {total:,} {what}"
    return f"All {shown:,} {what}" if shown else f"No {what.partition(',')[0]}"


def empty_sentence(report: Report) -> str:
    """Return what it means that there are no events; nothing when there are some."""
    if report.profile.summary["events"]:
        return ""
    return (
        "There are no events of this time in the input. Completeness says whether that is because "
        "nothing happened, or because it was not read."
    )


def summary_sentence(report: Report) -> str:
    """Return what came out, in a sentence or two."""
    counts, found = report.counts, report.profile.summary
    if not found["events"] and not sum(counts.values()):
        return "There was nothing to examine."
    serious = counts["high"] + counts["medium"]
    who = f"{found['people']:,} people and programs in {found['accounts']:,} account" + (
        "" if found["accounts"] == 1 else "s"
    )
    what = f"{found['events']:,} events of {who} were examined"
    if not serious:
        return f"{what}. Nothing of medium or high severity stands out."
    verb = "finding stands" if serious == 1 else "findings stand"
    return f"{what}. {serious} {verb} out, {counts['high']} of them of high severity."


def completeness_sentence(report: Report) -> str:
    """Return how much of the accounts' time is covered, in a sentence."""
    shares = shares_of(report.completeness)
    if not shares:
        return "There is no time that anything could be said of."
    if list(shares) == ["unknown"]:
        return (
            "Nothing says whether all events of this time were read: the input has neither a "
            "ledger nor a manifest that covers it. That nothing was found does not mean that "
            "nothing happened."
        )
    parts = [f"{_percent(share)} {state}" for state, share in shares.items() if state in STATES[2:]]
    if not parts:
        return "All of the accounts' time is covered: no event of it should be missing."
    covered = shares.get("covered", 0.0) + shares.get("empty", 0.0)
    return (
        f"{_percent(covered)} of the accounts' time is covered; {', '.join(parts)}. "
        "Where time is not covered, that nothing was found does not mean that nothing happened."
    )


def _percent(share: float) -> str:
    """Return a share so that a part is never called all or nothing."""
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{share:.1%}".replace("%", " %")


def json_text(report: Report) -> str:
    """Return everything as JSON."""
    from .report import parameters_of

    profile = report.profile
    data = {
        "title": report.title,
        "package": report.package,
        "scope": {"since": report.since, "until": report.until, "accounts": report.accounts,
                  "servers": report.servers},
        "completeness": _records(report.completeness),
        "summary": {**profile.summary, "findings": report.counts},
        "findings": _records(report.findings),
        "profile": {name: _records(getattr(profile, name)) for name in
                    ("people", "services", "kinds", "files", "networks", "hours", "days")},
        "applications": None if report.applications is None else _records(report.applications),
        "rules": [{"name": rule.name, "title": rule.title, "method": rule.method,
                   "source": rule.source, "parameters": dict(parameters_of(rule))}
                  for rule in report.rules],
        "unjudged": report.unjudged,
        "conditions": report.conditions,
        "inputs": [vars(one) for one in report.inputs],
    }  # fmt: skip
    text = json.dumps(data, indent=1, ensure_ascii=True, default=_plain, allow_nan=False)
    return text + "\n"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(frame.columns, row, strict=True)) for row in plain.to_numpy().tolist()]


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def markdown(report: Report) -> str:
    """Return it as Markdown, without charts."""
    lines = [f"# {_escaped(report.title)}", "", _escaped(summary_sentence(report)), ""]
    lines += [empty_sentence(report), ""] if empty_sentence(report) else []
    lines += _scope_lines(report)
    lines += ["## Findings", ""]
    counts = ", ".join(f"{number} {severity}" for severity, number in report.counts.items())
    lines += [f"{counts}.", ""]
    for number, row in enumerate(report.findings.head(_FINDINGS).itertuples(), 1):
        lines += _finding_lines(report, number, row)
    lines += _more(len(report.findings), _FINDINGS, "findings")
    lines += _profile_lines(report)
    if report.applications is not None:
        lines += ["## Applications, their keys and webhooks", ""]
        for title, frame in application_tables(report.applications):
            lines += [f"### {title}", "", *_frame(frame)]
    return "\n".join([*lines, *_method_lines(report)])


def _scope_lines(report: Report) -> list[str]:
    lines = ["## Scope", "", *_table(["what", "which"], [
        ("Time", _time_sentence(report)),
        ("Accounts", ", ".join(report.accounts)),
        ("Servers", ", ".join(report.servers) or "not said"),
    ])]  # fmt: skip
    lines += ["## Completeness", "", _escaped(completeness_sentence(report)), ""]
    timeless = report.profile.summary["timeless"]
    lines += [f"{timeless:,} events have no time and are not examined.", ""] if timeless else []
    times = account_times(report.completeness, report.since, report.until)
    rows = [
        [one.account, *(f"{one.days[state]:.1f}" for state in STATES), "; ".join(one.reasons[:4])]
        for one in times[:_ACCOUNTS]
    ]
    lines += ["Days of each account's time, the least covered first:", ""]
    lines += _table(["account", *STATES, "why"], rows)
    return lines + _more(len(times), _ACCOUNTS, "accounts")


def _time_sentence(report: Report) -> str:
    if report.since == report.until and empty_sentence(report):
        return "no events, and no time was given"
    return f"{text_of(report.since)} to {text_of(report.until)} UTC"


def _finding_lines(report: Report, number: int, row: Any) -> list[str]:
    lines = [
        f"### {number}. {row.severity}: {_escaped(_title(report, row.rule))}",
        "",
        _escaped(row.sentence),
        "",
        *_table(["number", "value"], [(label_of(k), text_of(v)) for k, v in row.numbers.items()]),
    ]
    evidence = report.evidence.get(row.id)
    if evidence is None:
        return lines
    shown = evidence.head(_EVIDENCE)
    told = "" if row.events <= len(shown) else f"; the first {len(shown):,}, all are in the JSON"
    return [*lines, f"Evidence: {row.events:,} events{told}:", "", *_frame(shown)]


def _profile_lines(report: Report) -> list[str]:
    profile = report.profile
    weeks = [
        [WEEKDAYS[int(day)], *(text_of(int(n)) for n in part.sort_values("hour")["events"])]
        for day, part in profile.hours.groupby("weekday")
    ]
    lines = ["## Activity by weekday and hour, UTC", ""]
    lines += _table(["", *map(str, range(24))], weeks)
    totals = {"people": "people", "services": "accounts", "files": "files", "networks": "networks"}
    for name in ("kinds", *totals):
        frame = getattr(profile, name)
        shown = frame.head(_BUSIEST)
        total = profile.summary[totals[name]] if name in totals else len(frame)
        what = "files, about" if name == "files" else totals.get(name, name)
        lines += [f"## {name.capitalize()}", ""]
        lines += [f"{listed_sentence(len(shown), total, what)}:", "", *_frame(shown)]
    return lines


def _method_lines(report: Report) -> list[str]:
    from .report import parameters_of

    lines = ["## Method", ""]
    for rule in report.rules:
        lines += [f"- **{_escaped(rule.title)}**. {_escaped(rule.method)} "
                  f"Source: {_escaped(rule.source)}. "
                  f"Parameters: {_escaped(text_of(dict(parameters_of(rule))))}"]  # fmt: skip
        if rule.name in report.unjudged:
            lines += [f"  **Not judged:** {_escaped(report.unjudged[rule.name])}"]
    lines += ["", *_table(["condition", "value"], list(report.conditions.items()))]
    lines += ["## Inputs", "", *_table(["name", "SHA-256", "note"],
              [(one.name, one.sha256, one.note) for one in report.inputs])]  # fmt: skip
    return [*lines, f"Made with {report.package}.", ""]


def _more(total: int, shown: int, what: str) -> list[str]:
    return [f"{total - shown:,} more {what}: see the report as JSON.", ""] if total > shown else []


def _title(report: Report, name: str) -> str:
    return next((rule.title for rule in report.rules if rule.name == name), name)


def _frame(frame: pd.DataFrame) -> list[str]:
    rows = [[text_of(value) for value in row] for row in frame.itertuples(index=False)]
    return _table(list(frame.columns), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(map(_escaped, header))} |", "| --- " * len(header) + "|"]
    lines += [f"| {' | '.join(map(_escaped, row))} |" for row in rows]
    return [*lines, ""]


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is: no links, no HTML, no columns of its own."""
    text = one_line(text)
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return re.sub(r"([\\`*_{}\[\]()<>#|!~&])", r"\\\1", text)
