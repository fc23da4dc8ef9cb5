"""`Audit`: one examination of events, which `find` and `report` both run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..archive.coverage import Retention
from ..display.progress import progress_bar
from ..text.counts import count
from .activity import Activity
from .alike import among_alike
from .applications import without_secrets
from .circumstances import in_circumstances
from .completeness import (
    completeness_of,
    examined_in,
    extend_window,
    left_out_of,
    read_until,
    unread_of,
)
from .document import Cover
from .evidence import evidence_of, series_of
from .findings import Finding, findings_frame
from .grading import Grades, causes_of
from .loading import open_activity
from .marks import Mark, mark_of, read_marks, unmatched
from .profile import profile_of
from .report import Report, check_target
from .rules import Rule
from .rules.base import Candidate
from .rules.choice import chosen_rules
from .sources import source_of
from .telling import LEAST_HISTORY, findings_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Audit", "find", "judged", "report"]

Time = datetime | str | None


class Audit:
    """One examination of events.

    Parameters
    ----------
    events : DataFrame, Table, EventStream, Archive, path, or sequence of paths
        Events from `to_frame`, or Arrow tables of them; an exported Parquet file or folder; an
        archive or its path. Files and archives are not loaded whole.
    rules : iterable of str or Rule, optional
        Names from `RULES`, rules with other parameters, such as ``MassDeletion(least=50)``, and
        your own; ``[*RULES, mine]`` adds one. Defaults to all of `RULES`.
    baseline : as `events`, optional
        Earlier events to learn habits from, besides those in `events` before `since`.
    since, until : datetime or str, optional
        Only findings from this time; UTC if it has no time zone. By default from the first event to
        the last, or for an archive to the end of what its ledger says was read, so that silence
        up to then is seen.
    accounts : iterable of str, optional
        Only these accounts. Defaults to all.
    retention : Retention, optional
        What the server keeps. Defaults to what the archive says, or 10,000 events and 24 hours.
    budget : float
        The number of loud findings (medium or high severity) that you accept per 100 people in a
        week in which nothing happens. Defaults to 1.
    dismissed : str, path, or sequence of Mark, optional
        Findings reviewers dismissed, and behaviour they accept; see `read_marks`.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Its workers read an archive's accounts and normalise their events. All events are then
        judged here together, so the findings are the same.

    Raises
    ------
    InvalidParameter
        A rule does not exist, or `events` holds no events.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"id": ["1", "2"], "account": "7", "type": ["add", "delete"],
    ...     "user_id": "u1", "modified": pd.to_datetime(["2026-03-01", "2026-03-02"], utc=True)})
    >>> Audit(events).find().empty
    True
    """

    def __init__(
        self,
        events: Any,
        *,
        rules: Iterable[str | Rule] | None = None,
        baseline: Any = None,
        since: Time = None,
        until: Time = None,
        accounts: Iterable[str] | str | None = None,
        retention: Retention | None = None,
        budget: float = 1.0,
        dismissed: str | os.PathLike[str] | Sequence[Mark] | None = None,
        executor: Any = None,
    ) -> None:
        self.rules = chosen_rules(rules)
        self.source = source_of(events)
        self.baseline = None if baseline is None else source_of(baseline)
        self.since, self.until, self.retention = since, until, retention
        self.accounts = _sorted(accounts)
        self.grades = Grades(budget)
        self.marks = read_marks(dismissed)
        self.executor = executor

    def find(self, *, progress: bool | None = None) -> pd.DataFrame:
        """Return the findings; see `find`."""
        with (
            _Steps("Rules", "rules", len(self.rules), progress) as steps,
            self.opened() as activity,
        ):
            return self._findings(activity, steps)

    def report(
        self,
        *,
        title: str = "Audit of account activity",
        cover: Cover | None = None,
        applications: pd.DataFrame | None = None,
        progress: bool | None = None,
    ) -> Report:
        """Return the report; see `report`.

        Parameters
        ----------
        title, applications, progress
            See `report`.
        cover : Cover, optional
            The cover's contents besides the title. Defaults to nothing.
        """
        with _Steps("Audit", "steps", len(self.rules) + 2, progress) as steps:
            steps.next("Reading events")
            with self.opened() as activity:
                found = self._findings(activity, steps)
                steps.next("Counting")
                complete = self._completeness(activity)
                counts = activity.counts_by_account()
                return Report(
                    title=title,
                    since=activity.since,
                    until=activity.until,
                    accounts=sorted({*counts, *(self.accounts or ()), *complete["account"]}),
                    servers=self.source.servers,
                    completeness=complete,
                    profile=profile_of(activity),
                    findings=found,
                    evidence=evidence_of(activity, found),
                    series=series_of(activity, found),
                    rules=self.rules,
                    inputs=self._inputs(),
                    cover=cover or Cover(),
                    applications=without_secrets(applications),
                    unjudged=dict(activity.unjudged),
                    not_understood=found.attrs["not_understood"],
                    left_out=found.attrs["left_out"],
                    repeated=activity.repeated,
                    misdated=activity.misdated,
                    conditions=self._conditions(found.attrs["unmatched_marks"]),
                )

    @contextmanager
    def opened(self) -> Iterator[Activity]:
        """Yield the events that it examines, in a temporary database."""
        with open_activity(
            self.source, baseline=self.baseline, since=self.since, until=self.until,
            accounts=self.accounts, executor=self.executor,
        ) as activity:  # fmt: skip
            if (coverage := self._coverage(activity)) is not None:
                extend_window(activity, coverage, self.since, self.until)
            complete = self._completeness(activity)
            activity.read_until = read_until(complete)
            activity.unread = unread_of(
                complete,
                # Without an end, the latest event of any account is no end of each one's log.
                activity.ends_by_account() if self.until is None else None,
            )
            yield activity

    def _coverage(self, activity: Activity) -> pd.DataFrame | None:
        """Return what the archive covers, if there is one: one reading of its ledger an audit."""
        archive = self.source.archive
        return None if archive is None else activity.kept("coverage", archive.coverage)

    def _completeness(self, activity: Activity) -> pd.DataFrame:
        counts = activity.counts_by_account()
        only = self.accounts is not None
        found: pd.DataFrame = activity.kept(
            "completeness",
            lambda: completeness_of(
                self.source, self.accounts if self.accounts is not None else counts,
                activity.since, activity.until, counts=counts, retention=self.retention, only=only,
                coverage=self._coverage(activity),
            ),
        )  # fmt: skip
        return found

    def _findings(self, activity: Activity, steps: _Steps) -> pd.DataFrame:
        candidates: list[Candidate] = []
        findings: list[Finding] = []
        for rule in self.rules:
            steps.next(rule.title)
            for one in rule.candidates(activity):
                candidates.append(one) if isinstance(one, Candidate) else findings.append(one)
        findings += judged(activity, candidates, self.grades)
        found = findings_frame(map(self._marked, findings))
        _note_too_little(activity)
        found.attrs["unmatched_marks"] = [mark.matches for mark in unmatched(self.marks, findings)]
        found.attrs["unjudged"] = dict(activity.unjudged)
        found.attrs["timeless"] = activity.timeless
        found.attrs["repeated"] = activity.repeated
        found.attrs["misdated"] = activity.misdated
        found.attrs["examined"] = examined_in(activity)
        found.attrs["left_out"] = left_out_of(self.source)
        found.attrs["not_understood"] = activity.not_understood()
        return found

    def _marked(self, finding: Finding) -> Finding:
        mark = mark_of(finding, self.marks)
        return replace(finding, severity="info", dismissed=mark.sentence) if mark else finding

    def _inputs(self) -> list[Any]:
        """Return the inputs: the events, and those from which habits were learned."""
        earlier = [] if self.baseline is None else self.baseline.inputs()
        return self.source.inputs() + [
            replace(one, note=f"baseline; {one.note}") for one in earlier
        ]

    def _conditions(self, unmatched_marks: Sequence[str]) -> dict[str, str]:
        """Return the arguments on which the result depends."""
        kept = self.retention or getattr(self.source.archive, "retention", None) or Retention()
        events = "all events" if kept.events is None else count(kept.events, "event")
        hours = "forever" if kept.hours is None else f"for {kept.hours:g} hours"
        found = {
            "The server is assumed to keep": f"{events} per account, {hours}",
            "From": "the first event" if self.since is None else str(self.since),
            "To": "the last event" if self.until is None else str(self.until),
            "Accounts": "all of the input" if self.accounts is None else ", ".join(self.accounts),
            "Budget": f"{self.grades.budget:g} findings of medium or high severity per 100 people "
                      "in a week in which nothing happens",
        }  # fmt: skip
        if self.marks:
            found["Reviewers' marks"] = f"{len(self.marks):,}"
            if unmatched_marks:
                found["Reviewers' marks that match no finding"] = "; ".join(unmatched_marks)
        return found


def judged(
    activity: Activity, candidates: Iterable[Candidate], grades: Grades
) -> Iterator[Finding]:
    """Yield the findings that candidates amount to.

    Parameters
    ----------
    activity : Activity
    candidates : iterable of Candidate
        Of all rules.
    grades : Grades
        Of an audit of any size.
    """
    units = int(activity.active.sum()) / 100 * activity.blocks / 7
    grades = replace(grades, units=max(units, 0.01))
    causes = in_circumstances(activity, causes_of(candidates), grades.low)
    yield from findings_of(activity, among_alike(causes), grades)


def find(
    events: Any,
    rules: Iterable[str | Rule] | None = None,
    *,
    baseline: Any = None,
    since: Time = None,
    until: Time = None,
    accounts: Iterable[str] | str | None = None,
    retention: Retention | None = None,
    budget: float = 1.0,
    dismissed: str | os.PathLike[str] | Sequence[Mark] | None = None,
    executor: Any = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Find what stands out, with the evidence.

    Parameters
    ----------
    events, rules, baseline, since, until, accounts, retention, budget, dismissed, executor
        See `Audit`.
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.

    Returns
    -------
    pandas.DataFrame
        See `kloudless_data.audit.findings.findings_frame`; most severe first, then by decades.
        ``attrs["unjudged"]`` says, by rule, what could not be judged for lack of history;
        ``attrs["timeless"]`` counts the events without a time, which no rule could judge;
        ``attrs["repeated"]`` counts the rows whose event was there before;
        ``attrs["misdated"]`` lists those whose dates cannot be right, which are not part of the
        period: ``account``, ``events``, ``first``, ``last``, ``years`` from the account's others;
        ``attrs["left_out"]`` counts the ``damaged`` records and ``unreadable`` files of logs;
        ``attrs["not_understood"]`` counts the events that no rule understands, as ``events``,
        ``share`` (0 to 1) and, by word, ``words``.

    Raises
    ------
    InvalidParameter
        A rule does not exist, or `events` holds no events.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"id": ["1", "2"], "account": "7", "type": ["add", "zz"],
    ...     "user_id": "u1", "modified": pd.to_datetime(["2026-03-01", "2026-03-02"], utc=True)})
    >>> find(events).attrs["not_understood"]
    {'events': 1, 'share': 0.5, 'words': {'zz': 1}}
    """
    audit = Audit(
        events, rules=rules, baseline=baseline, since=since, until=until, accounts=accounts,
        retention=retention, budget=budget, dismissed=dismissed, executor=executor,
    )  # fmt: skip
    return audit.find(progress=progress)


def report(
    events: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    rules: Iterable[str | Rule] | None = None,
    baseline: Any = None,
    since: Time = None,
    until: Time = None,
    accounts: Iterable[str] | str | None = None,
    retention: Retention | None = None,
    budget: float = 1.0,
    dismissed: str | os.PathLike[str] | Sequence[Mark] | None = None,
    executor: Any = None,
    title: str = "Audit of account activity",
    client: str = "",
    period: str = "",
    prepared_by: str = "",
    classification: str = "",
    date: str = "",
    applications: pd.DataFrame | None = None,
    format: str | None = None,
    force: bool = False,
    progress: bool | None = None,
) -> Report:
    """Make a report of account activity.

    Parameters
    ----------
    events, rules, baseline, since, until, accounts, retention, budget, dismissed, executor
        See `Audit`.
    path, format, force
        The file to write; see `Report.save`. The target is checked before the audit starts.
    title : str
        The report's heading.
    client, period, prepared_by, classification, date : str
        The cover's contents; see `Cover`.
    applications : pandas.DataFrame, optional
        From `list_applications`, to list with their keys and webhooks.
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.

    Returns
    -------
    Report
        A notebook shows it.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"id": ["1", "2"], "account": "7", "type": ["add", "delete"],
    ...     "user_id": "u1", "modified": pd.to_datetime(["2026-03-01", "2026-03-02"], utc=True)})
    >>> made = report(events, client="Example Ltd")
    >>> made.counts, made.completeness["state"].tolist()
    ({'high': 0, 'medium': 0, 'low': 0, 'info': 0}, ['unknown'])
    """
    if path is not None:
        check_target(path, format, force)
    audit = Audit(
        events, rules=rules, baseline=baseline, since=since, until=until, accounts=accounts,
        retention=retention, budget=budget, dismissed=dismissed, executor=executor,
    )  # fmt: skip
    made = audit.report(
        title=title,
        cover=Cover(client, period, prepared_by, classification, str(date)),
        applications=applications,
        progress=progress,
    )
    if path is not None:
        made.save(path, format, force=force)
    return made


def _sorted(accounts: Iterable[str] | str | None) -> list[str] | None:
    if accounts is None:
        return None
    return sorted({str(one) for one in ([accounts] if isinstance(accounts, str) else accounts)})


def _note_too_little(activity: Activity) -> None:
    """Record the people with too little history to know their habits."""
    if activity.person_days < LEAST_HISTORY:
        reason = (
            f"People's activity covers only {count(activity.person_days, 'day')}, which is too "
            "little history to say what is usual."
        )
        activity.cannot_judge("habits", reason)
        return
    if few := activity.too_new(5):
        activity.cannot_judge(
            "habits", f"{few}: they were judged by what is usual in the organisation."
        )


class _Steps:
    """The progress bar of an audit: reading, each rule, counting."""

    def __init__(self, what: str, unit: str, total: int, progress: bool | None) -> None:
        self._bar = progress_bar(what, unit=unit, total=total, show=progress)
        self._begun = False

    def next(self, description: str) -> None:
        """Finish the last step and name the next one."""
        if self._begun:
            self._bar.update(1)
        self._begun = True
        self._bar.set_description_str(description)

    def __enter__(self) -> _Steps:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._bar.update(self._bar.total - self._bar.n)
        self._bar.close()
