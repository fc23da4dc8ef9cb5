"""The report as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..document import Document

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["json_text"]


def json_text(report: Document) -> str:
    """Return everything as JSON."""
    profile = report.profile
    data = {
        "title": report.title,
        "cover": dict(report.cover.lines),
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
                   "source": rule.source, "parameters": rule.parameters}
                  for rule in report.rules],
        "unjudged": report.unjudged,
        "not_understood": report.not_understood,
        "left_out": report.left_out,
        "repeated": report.repeated,
        "misdated": report.misdated,
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
