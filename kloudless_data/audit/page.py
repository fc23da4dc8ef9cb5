"""The report as one HTML page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..exceptions import MissingPackage
from .plain import completeness_sentence, summary_sentence, text_of

if TYPE_CHECKING:
    import pandas as pd

    from .report import Report

__all__ = ["html_page"]

_LONGEST = 160
_NUMERIC = ("int", "uint", "float")


def html_page(report: Report) -> str:
    """Return the page."""
    from .report import parameters_of

    charts = _charts(report)
    text: str = _template().render(
        report=report,
        summary=summary_sentence(report),
        completeness=completeness_sentence(report),
        states=_states(report.completeness),
        bars=_bars(report),
        findings=[_finding(report, row, charts) for row in report.findings.itertuples()],
        sections=_sections(report, charts),
        days_chart=charts.get("days", ""),
        hours_chart=charts.get("hours", ""),
        rules=[(rule, parameters_of(rule)) for rule in report.rules],
    )
    return text


@lru_cache(maxsize=1)
def _template() -> Any:
    try:
        import altair  # noqa: F401
        import jinja2
        import vl_convert  # noqa: F401
    except ModuleNotFoundError:
        raise MissingPackage(
            'The report needs jinja2, Altair and vl-convert. Install: pip install "kloudless-data'
            '[audit]"'
        ) from None
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kloudless_data.audit", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["text"] = _shown
    environment.filters["sentence"] = lambda text: _shown(text, 4 * _LONGEST)
    return environment.get_template("report.html.j2")


def _shown(value: Any, longest: int = _LONGEST) -> str:
    text = text_of(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _charts(report: Report) -> dict[str, Any]:
    """Return SVG by name and by finding; what Vega wrote is safe, for it escapes its texts."""
    from markupsafe import Markup

    from . import charts

    profile = report.profile
    made: dict[str, Any] = {}
    if len(profile.days):
        made["days"] = Markup(charts.activity_chart(profile.days))  # noqa: S704
        made["hours"] = Markup(charts.hours_chart(profile.hours))  # noqa: S704
        made["kinds"] = Markup(charts.kinds_chart(profile.kinds))  # noqa: S704
    for row in report.findings.itertuples():
        series = report.series.get(row.id)
        if series is not None and len(series):
            label = f"Events a day, before and after; marked: {row.start:%Y-%m-%d}."
            chart = charts.finding_chart(series, row.start, row.end, label)
            made[row.id] = Markup(chart)  # noqa: S704
    return made


def _states(completeness: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row an account: its time by state, in days."""
    hours = (completeness["end"] - completeness["start"]).dt.total_seconds() / 86400
    order = ("covered", "empty", "possibly lost", "lost", "unknown")
    rows = []
    for account, part in completeness.assign(days=hours).groupby("account"):
        days = part.groupby("state")["days"].sum()
        reasons = sorted({reason for reason in part["reason"] if reason})
        rows.append(
            {
                "account": account,
                "reasons": reasons,
                "days": [(state, float(days.get(state, 0.0))) for state in order],
            }
        )
    return rows


def _bars(report: Report) -> dict[str, list[tuple[float, float, str]]]:
    """Return where on a line from 0 to 100 each account's intervals are; neighbours are joined."""
    start, end = report.since.timestamp(), report.until.timestamp()
    scale = 100 / max(end - start, 1e-9)
    bars: dict[str, list[tuple[float, float, str]]] = {}
    for row in report.completeness.itertuples():
        left = (row.start.timestamp() - start) * scale
        width = (row.end.timestamp() - row.start.timestamp()) * scale
        state = row.state.replace(" ", "-")
        line = bars.setdefault(row.account, [])
        if line and line[-1][2] == state and abs(line[-1][0] + line[-1][1] - left) < 1e-6:
            line[-1] = (line[-1][0], line[-1][1] + width, state)
        else:
            line.append((left, width, state))
    return bars


def _finding(report: Report, row: Any, charts: dict[str, Any]) -> dict[str, Any]:
    rule = next((rule for rule in report.rules if rule.name == row.rule), None)
    evidence = report.evidence.get(row.id)
    return {
        "row": row,
        "person": row.person if isinstance(row.person, str) else None,
        "title": rule.title if rule else row.rule,
        "rule": rule,
        "chart": charts.get(row.id),
        "evidence": None if evidence is None else _table(evidence),
        "shown": 0 if evidence is None else len(evidence),
    }


def _sections(report: Report, charts: dict[str, Any]) -> list[dict[str, Any]]:
    profile = report.profile
    found: list[dict[str, Any]] = [
        {"id": "kinds", "title": "What happened", "chart": charts.get("kinds"),
         "table": _table(profile.kinds)},
        {"id": "people", "title": "People and programs", "table": _table(profile.people.head(30))},
        {"id": "services", "title": "Accounts and services", "table": _table(profile.services)},
        {"id": "files", "title": "Files", "table": _table(profile.files.head(30))},
        {"id": "networks", "title": "Networks", "table": _table(profile.networks.head(30))},
    ]  # fmt: skip
    if report.applications is not None:
        found.append({"id": "applications", "title": "Applications, their keys and webhooks",
                      "table": _table(report.applications)})  # fmt: skip
    return found


def _table(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a table's header, rows, and which columns are numbers."""
    kept = frame.dropna(axis="columns", how="all") if len(frame) else frame
    return {
        "columns": [
            (name.replace("_", " "), str(kept[name].dtype).lower().startswith(_NUMERIC))
            for name in kept.columns
        ],
        "rows": kept.itertuples(index=False, name=None),
    }
