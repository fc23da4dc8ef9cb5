"""Completeness for display: each account's time by state, least covered first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["STATES", "AccountTime", "account_times", "joined", "shares_of"]

STATES = ("covered", "empty", "possibly lost", "lost", "unknown")
_DAY = 86400.0


@dataclass(frozen=True)
class AccountTime:
    """The coverage of one account's time.

    Attributes
    ----------
    account : str
    days : dict of str to float
        Days by state, with a key for each of `STATES`.
    bars : list of (float, float, str)
        Each interval's start and length, on a line from 0 to 100, and its state.
    reasons : list of str
        Why parts of it are not covered.
    """

    account: str
    days: dict[str, float]
    bars: list[tuple[float, float, str]]
    reasons: list[str]

    @property
    def lacking(self) -> float:
        """Days not known to be covered."""
        return sum(self.days[state] for state in STATES[2:])


def account_times(
    completeness: pd.DataFrame, since: datetime, until: datetime
) -> list[AccountTime]:
    """Return one row per account, least covered first, so that a cut list keeps the worst.

    Parameters
    ----------
    completeness : pandas.DataFrame
        From `completeness_of`: ``account``, ``start``, ``end``, ``state``, ``events``, ``reason``.
    since, until : datetime
        The audit's time, with a time zone. `AccountTime.bars` runs from one to the other.

    Returns
    -------
    list of AccountTime

    Examples
    --------
    >>> from datetime import UTC
    >>> from kloudless_data.audit.completeness import completeness_of
    >>> day = datetime(2026, 3, 1, tzinfo=UTC)
    >>> found = completeness_of(None, ["7"], day, day.replace(day=3))
    >>> [(one.account, one.lacking) for one in account_times(found, day, day.replace(day=3))]
    [('7', 2.0)]
    """
    start = since.timestamp()
    scale = 100 / max(until.timestamp() - start, 1e-9)
    rows = []
    for account, part in joined(completeness).groupby("account"):
        seconds = (part["end"] - part["start"]).dt.total_seconds()
        days = (seconds / _DAY).groupby(part["state"]).sum()
        bars = [
            ((row.start.timestamp() - start) * scale, length * scale, row.state)
            for row, length in zip(part.itertuples(), seconds, strict=True)
        ]
        reasons = sorted({one for one in part["reason"] if one})
        by_state = {state: float(days.get(state, 0.0)) for state in STATES}
        rows.append(AccountTime(str(account), by_state, bars, reasons))
    return sorted(rows, key=lambda one: (-one.lacking, one.account))


def joined(completeness: pd.DataFrame) -> pd.DataFrame:
    """Join an account's adjacent intervals that have the same state and reason."""
    rows: list[dict[str, object]] = []
    for row in completeness.to_dict("records"):
        last = rows[-1] if rows else None
        same = ("account", "state", "reason")
        if last and last["end"] == row["start"] and all(last[n] == row[n] for n in same):
            last.update(end=row["end"], events=last["events"] + row["events"])
        else:
            rows.append({str(name): value for name, value in row.items()})
    return completeness.iloc[:0] if not rows else _like(completeness, rows)


def _like(frame: pd.DataFrame, rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows), columns=frame.columns).astype(frame.dtypes.to_dict())


def shares_of(completeness: pd.DataFrame) -> dict[str, float]:
    """Return the share (0 to 1) of all accounts' time in each state that occurs."""
    seconds = (completeness["end"] - completeness["start"]).dt.total_seconds()
    total = float(seconds.sum())
    if not total:
        return {}
    grouped = seconds.groupby(completeness["state"]).sum()
    return {state: float(grouped[state]) / total for state in STATES if grouped.get(state, 0)}
