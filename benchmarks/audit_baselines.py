"""Simple detectors to compare the rules with, each tuned for its best F1.

All see the same events as the rules, by person: more events of one kind in an hour than a
threshold; the number of standard deviations (z-score) by which an hour exceeds the person's mean;
an isolation forest over a person's day. Consecutive hours are one finding, so that no mistake
counts twice. They have no severities: every finding counts. None of them can see a silence, which
has no events, so their figures without silences are given too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from .audit_score import Score, Seen, Truth
from .audit_worlds import Case

__all__ = ["tuned"]

Baseline = Callable[[pd.DataFrame], list[Any]]

_KINDS = (
    "delete",
    "download",
    "copy",
    "rename",
    "share",
    "permission",
    "login",
    "preview",
    "group",
)


def tuned(cases: Sequence[Case]) -> dict[str, Baseline]:
    """Return the baselines with their best thresholds on these organisations.

    Raises
    ------
    SystemExit
        scikit-learn is not installed.
    """
    if find_spec("sklearn") is None:
        raise SystemExit(
            "The audit's benchmark compares with an isolation forest of scikit-learn. Install: "
            "pip install scikit-learn"
        )
    chosen: dict[str, Baseline] = {}
    for name, (prepare, thresholds) in _WAYS.items():
        prepared = [(prepare(case.made[0]), case) for case in cases]
        best = (-1.0, thresholds[0])
        for threshold in thresholds:
            score = Score.of(
                Seen(case, Truth(case.made[1], 0.0, 0.0), list(_above(scored, threshold)))
                for scored, case in prepared
            )
            both = score.recall() + score.precision
            best = max(
                best, (2 * score.recall() * score.precision / both if both else 0, threshold)
            )
        chosen[f"{name} above {best[1]:g}"] = _baseline(prepare, best[1])
    return chosen


def _baseline(prepare: Callable[[pd.DataFrame], pd.DataFrame], threshold: float) -> Baseline:
    return lambda frame: list(_above(prepare(frame), threshold))


def _above(scored: pd.DataFrame, threshold: float) -> Iterator[Any]:
    """Yield a finding for each run of rows above a threshold."""
    found = scored[scored["score"] > threshold].sort_values(["person", "what", "begin"])
    after = found.groupby(["person", "what"], sort=False)["begin"].diff()
    runs = (after.isna() | (after > found["length"])).cumsum()
    for _, run in found.groupby(runs, sort=False):
        ids = set().union(*run["ids"])
        yield SimpleNamespace(
            rule="baseline", rules=["baseline"], evidence=ids, person=run["person"].iloc[0],
            start=run["start"].min(), end=run["end"].max(), severity="medium", decades=99.0,
        )  # fmt: skip


def _grouped(frame: pd.DataFrame, by: list[Any]) -> pd.DataFrame:
    return frame.groupby(by, sort=False).agg(
        ids=("id", list), start=("modified", "min"), end=("modified", "max"), n=("id", "size")
    )


def _thresholds(frame: pd.DataFrame) -> pd.DataFrame:
    hours = frame["modified"].dt.floor("h").rename("hour")
    found = _grouped(frame, ["user_email", hours, "event_type"]).reset_index()
    names = {"user_email": "person", "n": "score", "event_type": "what", "hour": "begin"}
    return found.rename(columns=names).assign(length=pd.Timedelta(hours=1))


def _z_scores(frame: pd.DataFrame) -> pd.DataFrame:
    hours = frame["modified"].dt.floor("h").rename("hour")
    found = _grouped(frame, ["user_email", hours]).reset_index()
    people = found.groupby("user_email")["n"]
    found["score"] = (found["n"] - people.transform("mean")) / people.transform("std").clip(lower=1)
    found = found.rename(columns={"user_email": "person", "hour": "begin"})
    return found.assign(what="", length=pd.Timedelta(hours=1))


def _isolation(frame: pd.DataFrame) -> pd.DataFrame:
    from sklearn.ensemble import IsolationForest

    days = frame["modified"].dt.floor("D").rename("day")
    found = _grouped(frame, ["user_email", days])
    kinds = frame.groupby(["user_email", days, "event_type"]).size().unstack(fill_value=0)
    features = pd.DataFrame(index=found.index)
    for kind in _KINDS:
        features[kind] = kinds.get(kind, 0)
    hour = frame["modified"].dt.hour
    groups = frame.assign(hour=hour).groupby(["user_email", days])
    features["mean_hour"], features["ips"] = groups["hour"].mean(), groups["ip"].nunique()
    features["n"] = found["n"]
    values = np.log1p(features.fillna(0).to_numpy(dtype=float))
    forest = IsolationForest(random_state=0, n_estimators=100).fit(values)
    found["score"] = -forest.score_samples(values)
    found = found.reset_index().rename(columns={"user_email": "person", "day": "begin"})
    return found.assign(what="", length=pd.Timedelta(days=1))


_THRESHOLDS = [5.0, 8, 10, 15, 20, 25, 30, 40, 60, 100, 200]
_DEVIATIONS = [2.0, 3, 4, 5, 6, 8, 10, 15, 20, 30]
_ISOLATIONS = [0.5, 0.55, 0.6, 0.625, 0.65, 0.675, 0.7, 0.725, 0.75, 0.8]
_WAYS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], list[float]]] = {
    "fixed threshold, events of a kind an hour": (_thresholds, _THRESHOLDS),
    "z-score, events an hour": (_z_scores, _DEVIATIONS),
    "isolation forest, person-days": (_isolation, _ISOLATIONS),
}
