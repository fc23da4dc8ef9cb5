"""The report as one HTML page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...exceptions import MissingPackage
from ..account_time import STATES, account_times, shares_of
from ..applications import application_tables
from ..document import Document
from ..findings import LOUD
from ..wording import share_of
from .charts import WEEKDAYS
from .labels import label_of
from .summary import (
    completeness_sentence,
    empty_sentence,
    files_of,
    listed_sentence,
    misdated_sentence,
    repeated_sentence,
    summary_sentence,
    understanding_sentence,
)
from .text import account_name, text_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["html_page"]

_LONGEST = 160
_WHOLE = 10_000  # a finding's own sentences, in which names are shortened
_NUMERIC = ("int", "uint", "float")
_IN_FULL = 200  # findings with their evidence; the page stays below a few megabytes
_SUMMARISED = 12  # on the first page
_ACCOUNTS = 200
_ROWS = 30  # per table of people, files or networks


def html_page(report: Document, evidence_in: str | None = None) -> str:
    """Return a report as one HTML page.

    Parameters
    ----------
    report : Document
    evidence_in : str, optional
        The name of the JSON file with all evidence, if the report is to mention it.
    """
    charts = _charts(report)
    times = account_times(report.completeness, report.since, report.until)
    open_ = report.findings[report.findings["dismissed"].isna()]
    findings = [
        _finding(report, number, row, charts)
        for number, row in enumerate(open_.head(_IN_FULL).itertuples(), 1)
    ]
    text: str = _template().render(
        report=report,
        summary=summary_sentence(report),
        nothing=empty_sentence(report),
        completeness=completeness_sentence(report),
        states=STATES,
        shares=shares_of(report.completeness),
        times=times[:_ACCOUNTS],
        more_times=max(0, len(times) - _ACCOUNTS),
        findings=findings,
        headlines=[one for one in findings if one["row"].severity != "info"][:_SUMMARISED],
        more_findings=max(0, len(open_) - _IN_FULL),
        dismissed=list(report.findings[report.findings["dismissed"].notna()].itertuples()),
        activity=_activity(report, charts),
        sections=_sections(report, charts),
        rules=[(rule, rule.parameters) for rule in report.rules],
        understanding=understanding_sentence(report),
        left_out=[repeated_sentence(report.repeated), misdated_sentence(report.misdated)],
        evidence_in=evidence_in,
        accounts=_accounts(report),
        files=files_of(report.profile.summary),
    )
    return text


def _accounts(report: Document) -> dict[str, str]:
    """Return the accounts' display names."""
    profile = report.profile.services
    services = dict(zip(profile["account"], profile["service"], strict=True))
    return {one: account_name(one, services.get(one)) for one in report.accounts}


@lru_cache(maxsize=1)
def _template() -> Any:
    try:
        import jinja2
        import vl_convert  # noqa: F401
    except ModuleNotFoundError:
        raise MissingPackage(
            'The report needs jinja2 and vl-convert. Install: pip install "kloudless-data[audit]"'
        ) from None
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kloudless_data.audit.render", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["text"] = _shown
    environment.filters["sentence"] = lambda text: _shown(text, 4 * _LONGEST)
    environment.filters["whole"] = lambda text: _shown(text, _WHOLE)
    environment.filters["label"] = label_of
    environment.filters["day"] = lambda time: f"{time:%Y-%m-%d}"
    environment.filters["minute"] = lambda time: f"{time:%Y-%m-%d %H:%M}"
    environment.filters["share"] = share_of
    return environment.get_template("report.html.j2")


def _shown(value: Any, longest: int = _LONGEST) -> str:
    text = text_of(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _charts(report: Document) -> dict[str, Any]:
    """Return SVG by name and by finding; it is safe, since Vega escapes its text."""
    from markupsafe import Markup

    from . import charts

    profile = report.profile
    made: dict[str, Any] = {}
    if len(profile.days):
        made["days"] = Markup(charts.activity_chart(profile.days, _marked(report)))  # noqa: S704
        made["hours"] = Markup(charts.hours_chart(profile.hours))  # noqa: S704
        made["kinds"] = Markup(charts.kinds_chart(profile.kinds))  # noqa: S704
    for row in report.findings.head(_IN_FULL).itertuples():
        series = report.series.get(row.id)
        if series is not None and len(series):
            made[row.id] = Markup(charts.finding_chart(series, row.start, row.end))  # noqa: S704
    return made


def _marked(report: Document) -> pd.DataFrame:
    """Return the number of findings of high or medium severity on each day."""
    serious = report.findings[report.findings["severity"].isin(LOUD)]
    inside = serious[(serious["start"] >= report.since) & (serious["start"] <= report.until)]
    days = inside["start"].dt.strftime("%Y-%m-%d").rename("day")
    return days.value_counts().sort_index().rename("findings").reset_index()


def _finding(report: Document, number: int, row: Any, charts: dict[str, Any]) -> dict[str, Any]:
    rule = next((rule for rule in report.rules if rule.name == row.rule), None)
    titles = {rule.name: rule.title for rule in report.rules}
    evidence = report.evidence.get(row.id)
    same, table = ([], None) if evidence is None else _without_the_same(evidence)
    return {
        "number": number,
        "row": row,
        "person": row.person if isinstance(row.person, str) else None,
        "title": rule.title if rule else row.rule,
        "seen_by": [titles.get(name, name) for name in row.rules] if len(row.rules) > 1 else [],
        "chart": charts.get(row.id),
        "same": same,
        "evidence": None if table is None else _table(table),
        "shown": 0 if evidence is None else len(evidence),
        "open": row.severity in LOUD and number <= 25,
    }


def _without_the_same(evidence: pd.DataFrame) -> tuple[list[tuple[str, Any]], pd.DataFrame]:
    """Return the values that all rows share, and the columns that differ."""
    kept = evidence.dropna(axis="columns", how="all")
    same = [
        name
        for name in ("kind", "person", "ip", "target")
        if name in kept and len(kept) > 1 and kept[name].notna().all() and kept[name].nunique() == 1
    ]
    facts = [(name, kept[name].iloc[0]) for name in same]
    kept = kept.drop(columns=same)
    if {"name", "path"} <= set(kept.columns):
        pairs = zip(kept["path"].fillna(""), kept["name"].fillna(""), strict=True)
        if all(path.endswith("/" + name) for path, name in pairs):
            kept = kept.drop(columns="name")
    return facts, kept


def _activity(report: Document, charts: dict[str, Any]) -> dict[str, Any] | None:
    """Return activity over time, as charts and as numbers."""
    import pandas as pd

    profile = report.profile
    if not len(profile.days):
        return None
    days = pd.to_datetime(profile.days["day"])
    monday = (days - pd.to_timedelta(days.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
    weeks = (
        profile.days.assign(**{"week from": monday})
        .groupby("week from", as_index=False)["events"]
        .sum()
    )
    hours = profile.hours.pivot_table(index="weekday", columns="hour", values="events")
    hours = hours.astype("int64").reset_index()
    hours["weekday"] = [WEEKDAYS[int(day)] for day in hours["weekday"]]
    hours.columns = [str(name) for name in hours.columns]
    return {
        "days": charts["days"],
        "hours": charts["hours"],
        "most": int(profile.hours["events"].max()),
        "marked": len(_marked(report)) > 0,
        "weeks": _table(weeks),
        "week": _table(hours),
    }


def _sections(report: Document, charts: dict[str, Any]) -> list[dict[str, Any]]:
    profile = report.profile
    total = profile.summary
    found: list[dict[str, Any]] = [
        {"id": "kinds", "title": "What happened", "chart": charts.get("kinds"),
         "tables": [("Events by kind", _table(profile.kinds, bars=True))]},
        {"id": "people", "title": "People and programs",
         "tables": [_top("person", profile.people, total["people"], "people and programs")]},
        {"id": "services", "title": "Accounts and services",
         "tables": [_top("account", profile.services, total["accounts"], "accounts")]},
        {"id": "files", "title": "Files",
         "tables": [_top("name", profile.files, total["files"], files_of(total))]},
        {"id": "networks", "title": "Networks",
         "tables": [_top("network", profile.networks, total["networks"], "networks")]},
    ]  # fmt: skip
    found = found if total["events"] else []
    if report.applications is not None:
        tables = [(t, _table(f)) for t, f in application_tables(report.applications)]
        found.append({"id": "applications", "title": "Applications, their keys and webhooks",
                      "tables": tables})  # fmt: skip
    return found


def _top(first: str, frame: pd.DataFrame, total: int, what: str) -> tuple[str, dict[str, Any]]:
    """Return a title and a table of the busiest rows, without an account column if there is one."""
    left_out = {first}
    if "account" in frame and frame["account"].nunique() < 2:
        left_out.add("account")
    order = [first, *(name for name in frame.columns if name not in left_out)]
    shown = frame.head(_ROWS)
    named = int(shown.iloc[:, 0].nunique())
    return listed_sentence(named, total, what), _table(shown[order], bars=True)


def _table(frame: pd.DataFrame, *, bars: bool = False) -> dict[str, Any]:
    """Return a table's columns, but for empty ones, and rows; `bars` show each row's ``events``."""
    kept = frame[[name for name in frame if _is_filled(frame[name])]] if len(frame) else frame
    most = float(kept["events"].max()) if bars and len(kept) and "events" in kept else 0.0
    columns = [
        {
            "name": str(name),
            "time": str(kept[name].dtype).startswith("datetime"),
            "numeric": str(kept[name].dtype).lower().startswith(_NUMERIC),
            "bar": 100 / most if most and name == "events" else 0,
        }
        for name in kept.columns
    ]
    return {"columns": columns, "rows": kept.itertuples(index=False, name=None)}


def _is_filled(column: pd.Series) -> bool:
    """Return True if a column shows anything."""
    return bool((column.notna() & (column.astype(object) != "")).any())
