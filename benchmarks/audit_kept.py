"""Organisations whose normalised events are kept, so that judging them again takes seconds."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import duckdb

from kloudless_data.audit import RULES, Audit
from kloudless_data.audit.activity import Activity
from kloudless_data.audit.audit import judged
from kloudless_data.audit.findings import Finding, findings_frame
from kloudless_data.audit.grading import Grades
from kloudless_data.audit.normalize import number_kinds
from kloudless_data.audit.rules.base import Candidate

from .audit_score import BUDGETS, Seen, Truth
from .audit_worlds import Case

__all__ = ["Kept"]


class Kept:
    """An organisation, its events generated and normalised once.

    Rules and weights may change meanwhile. After a change of a simulator, or of how events are
    normalised, the folder must be emptied.

    Parameters
    ----------
    case : Case
    folder : Path
        Where to keep the events, and the truth about them. What is there is not made again.
    """

    def __init__(self, case: Case, folder: Path) -> None:
        self.case = case
        self._events = folder / f"{case.key}.parquet"
        truth = folder / f"{case.key}.pickle"
        if not truth.exists():
            folder.mkdir(parents=True, exist_ok=True)
            self._write(truth)
        # Written below.
        self._truth, self._since, self._until, self._unread = pickle.loads(truth.read_bytes())

    def _write(self, truth: Path) -> None:
        case = replace(self.case)  # which forgets its events afterwards
        events, _, until = case.made
        with Audit(events, until=until).opened() as activity:
            activity.run(f"copy (from activity order by rowid) to '{self._events}'")
            about = Truth.of(case), activity.since, activity.until, activity.unread
        # Last, and at once: an interruption leaves none.
        part = truth.with_suffix(".part")
        part.write_bytes(pickle.dumps(about))
        part.replace(truth)

    def seen(self, *, rules: Iterable[str] | None = None, anew: bool = False) -> Seen:
        """Audit it.

        Parameters
        ----------
        rules : iterable of str, optional
            The rules' names. Default: all.
        anew : bool
            Ask the rules again, rather than only judge what they saw before anything was changed.
        """
        names = RULES.keys() if rules is None else set(rules)
        activity, candidates = self._asked() if anew else self._known
        some = [one for one in candidates if one.rule.name in names]
        found = findings_frame(judged(activity, some, Grades(max(BUDGETS))))
        return Seen.of(self.case, self._truth, found)

    @cached_property
    def _known(self) -> tuple[Activity, list[Candidate]]:
        return self._asked()

    def _asked(self) -> tuple[Activity, list[Candidate]]:
        """Return the events and what all rules saw in them."""
        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"create table activity as from '{self._events}'")
        number_kinds(connection)
        activity = Activity(connection)
        activity.since, activity.until, activity.unread = self._since, self._until, self._unread
        found: list[Candidate | Finding] = [
            one for rule in RULES.values() for one in rule.candidates(activity)
        ]
        return activity, [one for one in found if isinstance(one, Candidate)]
