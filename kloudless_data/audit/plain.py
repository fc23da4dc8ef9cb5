"""The report as Markdown and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..util import one_line

if TYPE_CHECKING:
    import pandas as pd

    from .report import Report

__all__ = ["completeness_sentence", "json_text", "markdown", "summary_sentence", "text_of"]

_LONGEST = 120


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
    if isinstance(value, (list, tuple, dict)):
        return one_line(json.dumps(value, ensure_ascii=False, default=str))
    return one_line(str(value))


def summary_sentence(report: Report) -> str:
    """Return what came out, in a sentence or two."""
    counts, found = report.counts, report.profile.summary
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
    hours = _hours_by_state(report.completeness)
    total = sum(hours.values())
    if not total:
        return "There is no time that anything could be said of."
    covered = hours.get("covered", 0.0) + hours.get("empty", 0.0)
    rest = {state: amount for state, amount in hours.items() if state not in ("covered", "empty")}
    parts = [f"{_percent(amount / total)} {state}" for state, amount in rest.items() if amount]
    if not covered and list(rest) == ["unknown"]:
        return (
            "Nothing says whether all events of this time were read: the input has neither a "
            "ledger nor a manifest that covers it. That nothing was found does not mean that "
            "nothing happened."
        )
    if not parts:
        return "All of the accounts' time is covered: no event of it should be missing."
    return (
        f"{_percent(covered / total)} of the accounts' time is covered; {', '.join(parts)}. "
        "Where time is not covered, that nothing was found does not mean that nothing happened."
    )


def _percent(share: float) -> str:
    """Return a share so that a part is never called all or nothing."""
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{share:.1%}".replace("%", " %")


def _hours_by_state(completeness: pd.DataFrame) -> dict[str, float]:
    hours = (completeness["end"] - completeness["start"]).dt.total_seconds() / 3600
    grouped = hours.groupby(completeness["state"]).sum()
    order = ("covered", "empty", "possibly lost", "lost", "unknown")
    return {state: float(grouped[state]) for state in order if state in grouped}


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
    from .report import parameters_of

    lines = [f"# {_escaped(report.title)}", "", _escaped(summary_sentence(report)), ""]
    lines += ["## Scope", "", *_table(["", ""], [
        ("Time", f"{text_of(report.since)} to {text_of(report.until)} UTC"),
        ("Accounts", ", ".join(report.accounts)),
        ("Servers", ", ".join(report.servers) or "not said"),
    ])]  # fmt: skip
    lines += ["## Completeness", "", _escaped(completeness_sentence(report)), ""]
    lines += _frame(report.completeness.head(200))
    lines += ["## Findings", ""]
    for row in report.findings.itertuples():
        lines += [
            f"### {row.severity}: {_escaped(_title(report, row.rule))}",
            "",
            _escaped(row.sentence),
            "",
            *_table(["number", "value"], [(k, text_of(v)) for k, v in row.numbers.items()]),
        ]
        shown = report.evidence.get(row.id)
        if shown is not None:
            lines += [
                f"{row.events:,} events; the first {len(shown):,}:",
                "",
                *_frame(shown.head(10)),
            ]
    lines += ["" if len(report.findings) else "None.", ""]
    for name in ("people", "services", "kinds", "files", "networks"):
        lines += [f"## {name.capitalize()}", "", *_frame(getattr(report.profile, name).head(20))]
    if report.applications is not None:
        lines += ["## Applications", "", *_frame(report.applications)]
    lines += ["## Method", ""]
    for rule in report.rules:
        lines += [f"- **{_escaped(rule.title)}**. {_escaped(rule.method)} "
                  f"Source: {_escaped(rule.source)}. "
                  f"Parameters: {_escaped(text_of(dict(parameters_of(rule))))}"]  # fmt: skip
    lines += ["", "## Inputs", "", *_table(["name", "SHA-256", "note"],
              [(one.name, one.sha256, one.note) for one in report.inputs])]  # fmt: skip
    lines += [f"Made with {report.package}.", ""]
    return "\n".join(lines)


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
    text = text if len(text) <= 4 * _LONGEST else text[: 4 * _LONGEST] + "…"
    return re.sub(r"([\\`*_{}\[\]()<>#|!~&])", r"\\\1", text)
