"""`report`: what happened, what stands out and why, and for what nothing can be said."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..display.progress import progress_bar
from ..exceptions import ExportFailed, InvalidParameter, OutputExists, Remedy
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage
from ..version import __version__
from .applications import without_secrets
from .completeness import completeness_of, extend_window, unread_of
from .evidence import evidence_of, series_of
from .find import chosen_rules, findings_of
from .finding import SEVERITIES, Finding, findings_frame
from .inputs import Input, inputs_of, ledger_of
from .profile import Profile, profile_of
from .rules import Rule
from .source import Activity, open_activity

if TYPE_CHECKING:
    import pandas as pd

    from ..archive.coverage import Retention

__all__ = ["Report", "report"]

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
        A finding's id -> ``events`` a ``day`` of its person, or of its account, and how many of
        them are its ``evidence``.
    rules : list of Rule
    inputs : list of Input
    applications : pandas.DataFrame, optional
        Of `list_applications`; secrets are left out.
    unjudged : dict of str to str
        By rule, what could not be judged for too little history.
    conditions : dict of str to str
        What else the result depends on, such as what the server is taken to keep.
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
    unjudged: dict[str, str] = field(repr=False, default_factory=dict)
    conditions: dict[str, str] = field(repr=False, default_factory=dict)
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

    def save(
        self, path: str | os.PathLike[str], format: str | None = None, *, force: bool = False
    ) -> None:
        """Write it to a file, whole or not at all.

        Parameters
        ----------
        path : str or path
        format : {"html", "md", "json"}, optional
            By default what the path ends in.
        force : bool
            Replace what is there already.

        Raises
        ------
        InvalidParameter
            There is no such format.
        OutputExists
            There is a file already.
        ExportFailed
            The file cannot be written.
        """
        text = getattr(self, _FORMATS[_writable(path, format, force)])()
        storage, inner = Storage.of(path)
        try:
            with AtomicFile(storage, inner) as file:
                # A lone surrogate, which JSON may have, is no text that a file can hold.
                file.write(text.encode(errors="backslashreplace"))
        except OSError as error:
            raise ExportFailed(f"{os.fspath(path)} cannot be written: {error}.") from None

    def _repr_html_(self) -> str:
        from html import escape

        # In a frame of its own: the page's style must not be the notebook's. Its links lead to
        # places in it, which a frame would take for places in the notebook.
        page = self.to_html().replace("<head>", '<head><base href="about:srcdoc">', 1)
        return (
            f'<iframe sandbox title="{escape(self.title)}" srcdoc="{escape(page)}" '
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
    force: bool = False,
    progress: bool | None = None,
) -> Report:
    """Make a report of account activity.

    Parameters
    ----------
    events, rules, baseline, since, until, accounts, progress
        As of `find`.
    path, format, force
        Where to save it; see `Report.save`. Whether that is possible is found out first.
    title : str
    applications : pandas.DataFrame, optional
        Of `list_applications`, with their keys and webhooks, to be listed.
    retention : Retention, optional
        What the server keeps; default: what the archive says, or 10,000 events and 24 hours.

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
    if path is not None:
        _writable(path, format, force)
    chosen = chosen_rules(rules)
    ledger = ledger_of(events)
    only = None if accounts is None else sorted(set(accounts))
    with _Steps(len(chosen), progress) as steps:
        steps.next("Reading events")
        with open_activity(
            events, baseline=baseline, since=since, until=until, accounts=only
        ) as activity:
            counts = dict(activity.rows("select account, count(*) from activity group by account"))
            extend_window(activity, ledger, since, until)
            complete = completeness_of(
                ledger,
                counts if only is None else only,
                activity.since,
                activity.until,
                counts=counts,
                retention=retention,
                only=only is not None,
            )
            activity.unread = unread_of(complete)
            found = findings_frame(steps.rules(activity, chosen))
            steps.next("Counting")
            made = Report(
                title=title,
                since=activity.since,
                until=activity.until,
                accounts=sorted({*counts, *(only or ()), *complete["account"]}),
                servers=_servers(ledger),
                completeness=complete,
                profile=profile_of(activity),
                findings=found,
                evidence=evidence_of(activity, found),
                series=series_of(activity, found),
                rules=chosen,
                inputs=_inputs(events, ledger, baseline),
                applications=without_secrets(applications),
                unjudged=dict(activity.unjudged),
                conditions=_conditions(ledger, retention, since, until, only),
            )  # fmt: skip
        if path is not None:
            steps.next("Writing")
            made.save(path, format, force=force)
    return made


class _Steps:
    """The progress bar of a report: reading, each rule, counting, writing."""

    def __init__(self, rules: int, progress: bool | None) -> None:
        self._bar = progress_bar("Audit", unit="steps", total=rules + 3, show=progress)
        self._begun = False

    def next(self, description: str) -> None:
        """Say what is done from now on; what was done before is finished."""
        if self._begun:
            self._bar.update(1)
        self._begun = True
        self._bar.set_description_str(description)

    def rules(self, activity: Activity, rules: list[Rule]) -> Iterator[Finding]:
        """Yield what rules find, each a step."""
        for one in rules:
            self.next(one.title)
            yield from findings_of(activity, [one], progress=False)

    def __enter__(self) -> _Steps:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._bar.update(self._bar.total - self._bar.n)
        self._bar.close()


def _writable(path: str | os.PathLike[str], format: str | None, force: bool) -> str:
    """Return the format to write; raise when nothing could be written there."""
    chosen = format or os.fspath(path).rpartition(".")[2].lower()
    if chosen not in _FORMATS:
        raise InvalidParameter(
            f"There is no format {chosen!r}: let the name end in .html, .md or .json, or give "
            "format (--format)."
        )
    storage, inner = Storage.of(path)
    shown = storage.shown(inner)
    if storage.is_folder(inner):
        raise ExportFailed(f"{shown} is a folder. Name a file in it, such as report.html.")
    storage.check_folder(storage.split(inner)[0])
    if not force and storage.size(inner) is not None:
        raise OutputExists(f"{shown} is there already.", remedy=Remedy.REPLACE_OUTPUT)
    return chosen


def _inputs(events: Any, ledger: Any, baseline: Any) -> list[Input]:
    """Return what the findings rest on: the events, and those that habits were learned from."""
    found = inputs_of(events, ledger)
    if baseline is None:
        return found
    earlier = inputs_of(baseline, ledger_of(baseline))
    return found + [replace(one, note=f"baseline; {one.note}") for one in earlier]


def _conditions(
    ledger: Any, retention: Retention | None, since: Any, until: Any, only: list[str] | None
) -> dict[str, str]:
    """Return what was asked for, as far as the result depends on it."""
    from ..archive.coverage import Retention

    kept = retention or getattr(ledger, "retention", None) or Retention()
    events = "all events" if kept.events is None else f"{kept.events:,} events"
    hours = "for ever" if kept.hours is None else f"for {kept.hours:g} hours"
    return {
        "The server is taken to keep": f"{events} of an account, {hours}",
        "From": "the first event" if since is None else str(since),
        "To": "the last event" if until is None else str(until),
        "Accounts": "all of the input" if only is None else ", ".join(only),
    }


def _servers(ledger: Any) -> list[str]:
    if ledger is None:
        return []
    if isinstance(ledger, list):
        found = {manifest.server for manifest in ledger}
    else:
        found = set(ledger.sql("select distinct server from ledger")["server"].dropna())
    return sorted(server for server in found if server)


def parameters_of(rule: Rule) -> Mapping[str, Any]:
    """Return a rule's parameters as they can be written down."""
    return {name: list(value) if isinstance(value, tuple) else value
            for name, value in rule.parameters.items()}  # fmt: skip
