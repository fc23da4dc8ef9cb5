"""Organisations whose normalised events are kept, so that judging them again takes a second."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import duckdb

from kloudless_data.audit import RULES, Audit
from kloudless_data.audit.activity import Activity
from kloudless_data.audit.audit import judged
from kloudless_data.audit.findings import Finding, findings_frame
from kloudless_data.audit.grading import Grades
from kloudless_data.audit.rules.base import Candidate

from .audit_score import BUDGETS, Seen
from .audit_worlds import Case

__all__ = ["Kept"]


class Kept:
    """An organisation, its events normalised once.

    Parameters
    ----------
    case : Case
    folder : Path
        Where to keep the events.
    """

    def __init__(self, case: Case, folder: Path) -> None:
        self.case = case
        events, _, until = case.made
        self._file = folder / f"{case.key}.parquet"
        with Audit(events, until=until).opened() as activity:
            self._window = activity.since, activity.until
            activity.run(f"copy (from activity order by rowid) to '{self._file}'")

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
        return Seen.of(self.case, found)

    @cached_property
    def _known(self) -> tuple[Activity, list[Candidate]]:
        return self._asked()

    def _asked(self) -> tuple[Activity, list[Candidate]]:
        """Return the events and what all rules saw in them."""
        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"create table activity as from '{self._file}'")
        activity = Activity(connection)
        activity.since, activity.until = self._window
        found: list[Candidate | Finding] = [
            one for rule in RULES.values() for one in rule.candidates(activity)
        ]
        return activity, [one for one in found if isinstance(one, Candidate)]
