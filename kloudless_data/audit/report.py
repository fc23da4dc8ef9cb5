"""`report`: what happened, what stands out and why, and for what nothing can be said."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import ExportFailed, InvalidParameter
from ..version import __version__
from .completeness import completeness_of, unread_of
from .find import chosen_rules, findings_of
from .finding import SEVERITIES, findings_frame
from .inputs import Input, inputs_of, ledger_of
from .profile import Profile, profile_of
from .rules import Rule
from .source import Activity, open_activity

if TYPE_CHECKING:
    import pandas as pd

    from ..archive.coverage import Retention

__all__ = ["Report", "report"]

_EVIDENCE = 50  # rows of evidence a finding that are shown; all ids are in the JSON
_CHARTED = 40  # findings with a chart: each takes some 40 ms
_FORMATS = {"html": "to_html", "md": "to_markdown", "json": "to_json"}


@dataclass(frozen=True)
class Report:
    """An audit, to be read, saved and handed over.

    Attributes
    ----------
    title : str
    since, until : datetime
        What it is about.
    accounts : list of str
    servers : list of str
        As the exports' manifests or the archive's ledger name them.
    completeness : pandas.DataFrame
        See `completeness_of`.
    profile : Profile
    findings : pandas.DataFrame
        See `find`.
    evidence : dict of str to DataFrame
        A finding's id -> its first events: ``time``, ``kind``, ``person``, ``name``, ``path``,
        ``ip``, ``target``, ``event_id``.
    series : dict of str to DataFrame
        A finding's id -> events a ``day`` of its person, or of its account.
    rules : list of Rule
    inputs : list of Input
    applications : pandas.DataFrame, optional
        Of `list_applications`; secrets are left out.
    """

    title: str
    since: datetime
    until: datetime
    accounts: list[str]
    servers: list[str]
    completeness: pd.DataFrame
    profile: Profile
    findings: pd.DataFrame
    evidence: dict[str, pd.DataFrame] = field(repr=False)
    series: dict[str, pd.DataFrame] = field(repr=False)
    rules: list[Rule] = field(repr=False)
    inputs: list[Input] = field(repr=False)
    applications: pd.DataFrame | None = field(repr=False, default=None)
    package: str = f"kloudless-data {__version__}"

    def __repr__(self) -> str:
        found = ", ".join(f"{number} {severity}" for severity, number in self.counts.items())
        return f"<Report on {self.profile.summary['events']:,} events: {found}>"

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        found = self.findings["severity"].value_counts()
        return {severity: int(found.get(severity, 0)) for severity in SEVERITIES}

    def to_html(self) -> str:
        """Return one page: no network, no script, printable."""
        from .page import html_page

        return html_page(self)

    def to_markdown(self) -> str:
        """Return it as Markdown, without charts."""
        from .plain import markdown

        return markdown(self)

    def to_json(self) -> str:
        """Return everything as JSON, with all ids of evidence."""
        from .plain import json_text

        return json_text(self)

    def save(self, path: str | os.PathLike[str], format: str | None = None) -> None:
        """Write it to a file, whole or not at all.

        Parameters
        ----------
        path : str or path
        format : {"html", "md", "json"}, optional
            By default what the path ends in.

        Raises
        ------
        InvalidParameter
            There is no such format.
        ExportFailed
            The file cannot be written.
        """
        from ..newfile import NewFile
        from ..storage import Storage

        chosen = format or os.fspath(path).rpartition(".")[2].lower()
        if chosen not in _FORMATS:
            raise InvalidParameter(f"There is no format {chosen!r}: {', '.join(_FORMATS)}.")
        text = getattr(self, _FORMATS[chosen])()
        storage, inner = Storage.of(path)
        try:
            with NewFile(storage, inner) as file:
                # A lone surrogate, which JSON may have, is no text that a file can hold.
                file.write(text.encode(errors="backslashreplace"))
        except OSError as error:
            raise ExportFailed(f"{os.fspath(path)} cannot be written: {error}.") from None

    def _repr_html_(self) -> str:
        from html import escape

        # In a frame of its own: the page's style must not be the notebook's.
        return (
            f'<iframe sandbox title="{escape(self.title)}" srcdoc="{escape(self.to_html())}" '
            'style="width:100%;height:80vh;border:1px solid #8888"></iframe>'
        )


def report(
    events: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    rules: Iterable[str | Rule] | None = None,
    baseline: Any = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    accounts: Iterable[str] | None = None,
    title: str = "Audit of account activity",
    applications: pd.DataFrame | None = None,
    retention: Retention | None = None,
    format: str | None = None,
    progress: bool | None = None,
) -> Report:
    """Make a report of account activity.

    Parameters
    ----------
    events, rules, baseline, since, until, accounts, progress
        As of `find`.
    path, format
        Where to save it; see `Report.save`.
    title : str
    applications : pandas.DataFrame, optional
        Of `list_applications`, with their keys and webhooks, to be listed.
    retention : Retention, optional
        What the server keeps, if it is not 10,000 events and 24 hours; an archive has its own.

    Returns
    -------
    Report
        It shows itself in a notebook.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"id": ["1", "2"], "account": "7", "type": ["add", "delete"],
    ...     "user_id": "u1", "modified": pd.to_datetime(["2026-03-01", "2026-03-02"], utc=True)})
    >>> made = report(events)
    >>> made.counts, made.completeness["state"].tolist()
    ({'high': 0, 'medium': 0, 'low': 0, 'info': 0}, ['unknown'])
    """
    chosen = chosen_rules(rules)
    ledger = ledger_of(events)
    with open_activity(
        events, baseline=baseline, since=since, until=until, accounts=accounts
    ) as activity:
        counts = dict(activity.rows("select account, count(*) from activity group by account"))
        seen = sorted(counts)
        complete = completeness_of(
            ledger,
            accounts or seen,
            activity.since,
            activity.until,
            counts=counts,
            retention=retention,
        )
        activity.unread = unread_of(complete)
        found = findings_frame(findings_of(activity, chosen, progress))
        made = Report(
            title=title,
            since=activity.since,
            until=activity.until,
            accounts=seen,
            servers=_servers(ledger),
            completeness=complete,
            profile=profile_of(activity),
            findings=found,
            evidence=_evidence(activity, found),
            series=_series(activity, found),
            rules=chosen,
            inputs=inputs_of(events, ledger),
            applications=_without_secrets(applications),
        )  # fmt: skip
    if path is not None:
        made.save(path, format)
    return made


def _servers(ledger: Any) -> list[str]:
    if ledger is None:
        return []
    if isinstance(ledger, list):
        found = {manifest.server for manifest in ledger}
    else:
        found = set(ledger.sql("select distinct server from ledger")["server"].dropna())
    return sorted(server for server in found if server)


def _evidence(activity: Activity, findings: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the first events of each finding, all looked up at once."""
    import pandas as pd

    wanted = pd.DataFrame(
        [(row.id, number, event) for row in findings.itertuples()
         for number, event in enumerate(row.evidence[:_EVIDENCE])],
        columns=["finding", "number", "event_id"],
    )  # fmt: skip
    if wanted.empty:
        return {}
    activity.connection.register("wanted", wanted)
    frame = activity.frame(
        "select finding, time, kind, person, name, path, ip, target, event_id "
        "from activity join wanted using (event_id) order by finding, number, time"
    )
    activity.connection.unregister("wanted")
    return {str(id): rows.drop(columns="finding") for id, rows in frame.groupby("finding")}


def _series(activity: Activity, findings: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return events a day of whom a finding is about, sixty days around it."""
    import pandas as pd

    found = {}
    for row in findings[findings["severity"] != "info"].head(_CHARTED).itertuples():
        person = row.person if isinstance(row.person, str) else None
        first, last = row.start - pd.Timedelta(days=45), row.end + pd.Timedelta(days=15)
        found[row.id] = activity.frame(
            "select time::date as day, count(*) as events from activity where account = ? "
            "and (?::varchar is null or person = ?) and time between ? and ? "
            "group by day order by day",
            row.account, person, person, first, last,
        )  # fmt: skip
    return found


def _without_secrets(applications: pd.DataFrame | None) -> pd.DataFrame | None:
    """Leave out the columns that hold secrets, such as the values of API keys."""
    if applications is None:
        return None
    secret = [
        name
        for name in applications.columns
        if name.rpartition("_")[2] in ("key", "secret", "token", "password", "extra")
    ]
    return applications.drop(columns=secret)


def parameters_of(rule: Rule) -> Mapping[str, Any]:
    """Return a rule's parameters as they can be written down."""
    return {name: list(value) if isinstance(value, tuple) else value
            for name, value in rule.parameters.items()}  # fmt: skip
