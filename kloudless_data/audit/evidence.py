"""The first events behind each finding, and daily counts around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .activity import Activity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["evidence_of", "series_of"]

#: The number of rows of evidence to show, by severity; the JSON has all ids.
SHOWN = {"high": 25, "medium": 15, "low": 10, "info": 5}
#: Of each kind of event, so many rows are shown, however many others come first.
_OF_EACH = 3
_LISTED = 300  # findings whose evidence is looked up
_CHARTED = 60  # findings with a chart: each takes some 40 ms
_BEFORE, _AFTER = 45, 15  # days


def evidence_of(activity: Activity, findings: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the first events of each finding, looked up in one query.

    The first three of each kind are among them: the log-in that ends a thousand failures matters.

    Parameters
    ----------
    activity : Activity
    findings : pandas.DataFrame
        From `findings_frame`; the first 300 are looked up.

    Returns
    -------
    dict of str to DataFrame
        By finding id, at most 5 (info) to 25 (high) rows: ``time``, ``kind``, ``person``, ``name``,
        ``path``, ``ip``, ``target``, ``event_id``. Findings without evidence are left out.
    """
    import pandas as pd

    some = findings.head(_LISTED)
    sizes = some["evidence"].map(len)
    # Columns, not rows: a finding may have a million events.
    wanted = pd.DataFrame({
        "finding": some["id"].repeat(sizes).to_numpy(),
        "account": some["account"].repeat(sizes).to_numpy(),
        "number": [number for size in sizes for number in range(size)],
        "event_id": [event for events in some["evidence"] for event in events],
        "most": some["severity"].map(SHOWN).repeat(sizes).to_numpy(),
    })  # fmt: skip
    if wanted.empty:
        return {}
    activity.connection.register("wanted", wanted)
    # An id is unique within an account; an event delivered twice counts once.
    frame = activity.frame(
        f"""
        with every as (
            select finding, number, most, time, kind, person, name, path, ip, target, event_id
            from activity join wanted using (account, event_id)
            qualify row_number() over (
                partition by finding, number order by time, kind, name, path, ip, target) = 1
        ), ranked as (
            select *, row_number() over (partition by finding, kind order by number) as nth
            from every
        ), chosen as (
            select * from ranked qualify row_number() over (
                partition by finding order by nth > {_OF_EACH}, number) <= most
        )
        select finding, time, kind, person, name, path, ip, target, event_id
        from chosen order by finding, number
        """
    )
    activity.connection.unregister("wanted")
    return {str(id): rows.drop(columns="finding") for id, rows in frame.groupby("finding")}


def series_of(activity: Activity, findings: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return daily event counts around each finding, and the share of its evidence in them.

    Parameters
    ----------
    activity : Activity
    findings : pandas.DataFrame
        From `findings_frame`; the first 60 are counted.

    Returns
    -------
    dict of str to DataFrame
        By finding id, from 45 days before it to 15 days after it: ``day``, ``events`` of its person
        (or of its account, if it has no person) and ``evidence``.
    """
    import pandas as pd

    charted = findings.head(_CHARTED)
    if charted.empty:
        return {}
    wanted = pd.DataFrame(
        {
            "finding": charted["id"],
            "account": charted["account"],
            "person": [one if isinstance(one, str) else None for one in charted["person"]],
            "first": charted["start"] - pd.Timedelta(days=_BEFORE),
            "last": charted["end"] + pd.Timedelta(days=_AFTER),
        }
    ).astype({"person": "str"})
    ids = charted[["id", "evidence"]].explode("evidence").dropna().drop_duplicates()
    activity.connection.register("wanted", wanted)
    activity.connection.register("ids", ids.set_axis(["finding", "event_id"], axis=1).astype("str"))
    of_people, of_accounts = (
        f"""
        select finding, event_id, time from activity join wanted using ({keys})
        where wanted.person is {without} null and time between wanted.first and wanted.last
        """
        for keys, without in (("account, person", "not"), ("account", ""))
    )
    frame = activity.frame(
        f"""
        select finding, time::date as day, count(*) as events, count(ids.event_id) as evidence
        from ({of_people} union all {of_accounts}) left join ids using (finding, event_id)
        group by finding, day order by finding, day
        """
    )
    activity.connection.unregister("wanted")
    activity.connection.unregister("ids")
    none = frame.iloc[:0]
    found = {str(id): rows for id, rows in frame.groupby("finding")}
    return {
        id: found.get(id, none).drop(columns="finding").reset_index(drop=True)
        for id in map(str, charted["id"])
    }
