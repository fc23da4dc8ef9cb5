"""The events behind findings: the first of them, and their place among the days around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .activity import Activity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["evidence_of", "series_of"]

#: Rows of evidence that are shown, by severity; all ids are in the JSON.
SHOWN = {"high": 25, "medium": 15, "low": 10, "info": 5}
_LISTED = 300  # findings whose evidence is looked up
_CHARTED = 60  # findings with a chart: each takes some 40 ms
_BEFORE, _AFTER = 45, 15  # days


def evidence_of(activity: Activity, findings: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the first events of each finding, all looked up at once."""
    import pandas as pd

    wanted = pd.DataFrame(
        [(row.id, row.account, number, event) for row in findings.head(_LISTED).itertuples()
         for number, event in enumerate(row.evidence[:SHOWN[row.severity]])],
        columns=["finding", "account", "number", "event_id"],
    )  # fmt: skip
    if wanted.empty:
        return {}
    activity.connection.register("wanted", wanted)
    # An id is unique within an account, and an event that was delivered twice is one.
    frame = activity.frame(
        """
        select finding, time, kind, person, name, path, ip, target, event_id
        from activity join wanted using (account, event_id)
        qualify row_number() over (
            partition by finding, number order by time, kind, name, path, ip, target) = 1
        order by finding, number
        """
    )
    activity.connection.unregister("wanted")
    return {str(id): rows.drop(columns="finding") for id, rows in frame.groupby("finding")}


def series_of(activity: Activity, findings: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return events a day of whom a finding is about, and how many of them are its evidence."""
    import pandas as pd

    found = {}
    for row in findings.head(_CHARTED).itertuples():
        person = row.person if isinstance(row.person, str) else None
        first = row.start - pd.Timedelta(days=_BEFORE)
        last = row.end + pd.Timedelta(days=_AFTER)
        ids = pd.DataFrame({"event_id": pd.Series(row.evidence, dtype="str").drop_duplicates()})
        activity.connection.register("wanted", ids)
        found[row.id] = activity.frame(
            """
            select time::date as day, count(*) as events,
                   count(wanted.event_id) as evidence
            from activity left join wanted using (event_id)
            where account = ? and (?::varchar is null or person = ?) and time between ? and ?
            group by day order by day
            """,
            row.account, person, person, first, last,
        )  # fmt: skip
        activity.connection.unregister("wanted")
    return found
