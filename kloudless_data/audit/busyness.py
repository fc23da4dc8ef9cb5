"""How busy people are on a day: then there is more of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .statistics import DAY, Floats, Ints, Log, in_parts

if TYPE_CHECKING:
    from .activity import Activity

__all__ = ["busyness"]

#: The share of a person's days that count as busy, and the constant added to a day's edits.
_BUSIEST, _FEW = 0.1, 5.0


def busyness(activity: Activity, log: Log) -> Floats:
    """Return how much more people edit on each event's day than on nine in ten of their days.

    On a logarithmic scale, like records.

    Parameters
    ----------
    activity : Activity
    log : Log

    Returns
    -------
    array of float
        One per event of the log; 0 on days that are not busy.
    """
    edits = activity.kept("edits", lambda: _Edits.of(activity))
    if not len(edits.keys) or not len(log):
        return np.zeros(len(log))
    found = np.zeros(len(log))

    def look(part: slice) -> None:
        mine = activity.keys_of(log.who[part], log.time[part])
        near = np.searchsorted(edits.keys, mine + DAY // 2)
        near -= np.searchsorted(edits.keys, mine - DAY // 2)
        usual = edits.usual[log.who[part]]
        found[part] = np.maximum(np.log((near + _FEW) / (usual + _FEW)), 0.0)

    in_parts(look, len(log))
    return found


class _Edits(NamedTuple):
    """People's changes to files, without those of programs that sync.

    Attributes
    ----------
    keys : array of int
        A number for the person and time of each edit, ascending; see `Activity.keys_of`.
    usual : array of float
        The number of edits that nine in ten of a person's days stay below.
    """

    keys: Ints
    usual: Floats

    @classmethod
    def of(cls, activity: Activity) -> _Edits:
        """Count the edits."""
        activity.derived("coded")
        rows = activity.columns(
            "select who, time from coded where kind = 'update' and not syncs order by who, time"
        )
        who, time = rows["who"], rows["time"]
        block = (time - activity.first) // DAY
        days = np.unique(who.astype(np.int64) * (1 << 32) + block, return_counts=True)
        whose, counts = (days[0] >> 32).astype(np.int64), days[1]
        usual = np.zeros(len(activity.days))
        order = np.lexsort((counts, whose))
        ends = np.searchsorted(whose[order], np.arange(len(usual)), side="right")
        # This many of a person's active days have fewer edits; days without any are not counted.
        place = ends - 1 - np.floor(_BUSIEST * activity.days).astype(np.int64)
        there = place >= np.searchsorted(whose[order], np.arange(len(usual)), side="left")
        usual[there] = counts[order][place[there]]
        return cls(activity.keys_of(who, time), usual)
