"""The report as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ...text.counts import count
from ...util import one_line
from ..account_time import STATES, account_times
from ..applications import application_tables
from ..document import Document
from .charts import WEEKDAYS
from .labels import label_of
from .summary import (
    completeness_sentence,
    empty_sentence,
    files_of,
    listed_sentence,
    summary_sentence,
    understanding_sentence,
)
from .text import text_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["markdown"]

_LONGEST = 900
_FINDINGS = 200
_EVIDENCE = 10  # rows a finding
_ACCOUNTS = 200
_BUSIEST = 20


def markdown(report: Document, evidence_in: str | None = None) -> str:
    """Return a report as Markdown, without charts.

    Parameters
    ----------
    report : Document
    evidence_in : str, optional
        The name of the JSON file with all evidence, if the report is to mention it.
    """
    lines = [f"# {_escaped(report.title)}", ""]
    lines += _table(["", ""], report.cover.lines) if report.cover.lines else []
    lines += [_escaped(summary_sentence(report)), "", _escaped(completeness_sentence(report)), ""]
    understanding = understanding_sentence(report)
    lines += [_escaped(understanding), ""] if understanding else []
    lines += [empty_sentence(report), ""] if empty_sentence(report) else []
    lines += _scope_lines(report)
    lines += ["## Findings", ""]
    counts = ", ".join(f"{number} {severity}" for severity, number in report.counts.items())
    lines += [f"{counts}.", ""]
    if evidence_in:
        lines += [f"All findings with the ids of all evidence are in {_escaped(evidence_in)}.", ""]
    open_ = report.findings[report.findings["dismissed"].isna()]
    for number, row in enumerate(open_.head(_FINDINGS).itertuples(), 1):
        lines += _finding_lines(report, number, row)
    lines += _more(len(open_), _FINDINGS, "findings")
    lines += _dismissed_lines(report)
    lines += _profile_lines(report)
    if report.applications is not None:
        lines += ["## Applications, their keys and webhooks", ""]
        for title, frame in application_tables(report.applications):
            lines += [f"### {title}", "", *_frame(frame)]
    return "\n".join([*lines, *_method_lines(report)])


def _scope_lines(report: Document) -> list[str]:
    lines = ["## Scope", "", *_table(["what", "which"], [
        ("Time", _time_sentence(report)),
        ("Accounts", ", ".join(report.accounts)),
        ("Servers", ", ".join(report.servers) or "not in the input"),
    ])]  # fmt: skip
    lines += ["## Completeness", ""]
    timeless = report.profile.summary["timeless"]
    without = f"Not examined, since without a time: {count(timeless, 'event')}."
    lines += [without, ""] if timeless else []
    times = account_times(report.completeness, report.since, report.until)
    rows = [
        [one.account, *(f"{one.days[state]:.1f}" for state in STATES), "; ".join(one.reasons[:4])]
        for one in times[:_ACCOUNTS]
    ]
    lines += ["Days of each account's time, the least covered first:", ""]
    lines += _table(["account", *STATES, "why"], rows)
    return lines + _more(len(times), _ACCOUNTS, "accounts")


def _time_sentence(report: Document) -> str:
    if report.since == report.until and empty_sentence(report):
        return "no events, and no time was given"
    return f"{text_of(report.since)} to {text_of(report.until)} UTC"


def _finding_lines(report: Document, number: int, row: Any) -> list[str]:
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
    rest = "" if row.events <= len(shown) else f"; {len(shown):,} of them, all are in the JSON"
    return [*lines, f"Evidence: {count(row.events, 'event')}{rest}:", "", *_frame(shown)]


def _dismissed_lines(report: Document) -> list[str]:
    rows = report.findings[report.findings["dismissed"].notna()]
    if rows.empty:
        return []
    entries = [(row.id, row.sentence, row.dismissed) for row in rows.itertuples()]
    return ["## Dismissed by reviewers", "", *_table(["finding", "what", "why, and who"], entries)]


def _profile_lines(report: Document) -> list[str]:
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
        what = files_of(profile.summary) if name == "files" else totals.get(name, name)
        named = int(shown.iloc[:, 0].nunique())
        lines += [f"## {name.capitalize()}", ""]
        lines += [f"{listed_sentence(named, total, what)}:", "", *_frame(shown)]
    return lines


def _method_lines(report: Document) -> list[str]:
    lines = ["## Method", ""]
    names = {rule.name for rule in report.rules}
    for name, sentence in report.unjudged.items():
        lines += [] if name in names else [_escaped(sentence), ""]
    for rule in report.rules:
        lines += [f"- **{_escaped(rule.title)}**. {_escaped(rule.method)} "
                  f"Source: {_escaped(rule.source)}. "
                  f"Parameters: {_escaped(text_of(rule.parameters))}"]  # fmt: skip
        if rule.name in report.unjudged:
            lines += [f"  **Not judged:** {_escaped(report.unjudged[rule.name])}"]
    lines += ["", *_table(["condition", "value"], list(report.conditions.items()))]
    lines += ["## Inputs", "", *_table(["name", "SHA-256", "note"],
              [(one.name, one.sha256, one.note) for one in report.inputs])]  # fmt: skip
    return [*lines, f"Made with {report.package}.", ""]


def _more(total: int, shown: int, what: str) -> list[str]:
    return [f"{total - shown:,} more {what}: see the report as JSON.", ""] if total > shown else []


def _title(report: Document, name: str) -> str:
    return next((rule.title for rule in report.rules if rule.name == name), name)


def _frame(frame: pd.DataFrame) -> list[str]:
    rows = [[text_of(value) for value in row] for row in frame.itertuples(index=False)]
    return _table(list(frame.columns), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(map(_escaped, header))} |", "| --- " * len(header) + "|"]
    lines += [f"| {' | '.join(map(_escaped, row))} |" for row in rows]
    return [*lines, ""]


def _escaped(text: str) -> str:
    """Escape text for Markdown, so that it makes no links, HTML or table columns."""
    text = one_line(text)
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return re.sub(r"([\\`*_{}\[\]()<>#|!~&])", r"\\\1", text)
