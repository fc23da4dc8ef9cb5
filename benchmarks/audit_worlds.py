"""Six simulators' organisations, whose incidents are known.

The sandbox's organisations were written by those who wrote the rules. `benchmarks.worlds`,
`benchmarks.strangers`, `benchmarks.newcomers`, `benchmarks.outsiders` and `benchmarks.visitors`
were written by others, from published descriptions, without looking at them. Nothing was chosen by
the visitors, and by the others only on seeds below `FIRST_UNSEEN`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from itertools import count, islice
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import newcomers, outsiders, strangers, visitors, worlds
from benchmarks.worlds.world import KINDS
from kloudless_data.sandbox.organisation import Organisation
from kloudless_data.sandbox.organisation.incidents import INCIDENTS
from kloudless_data.sandbox.organisation.near_misses import NEAR_MISSES

__all__ = ["FIRST_UNSEEN", "SIMULATORS", "Case", "Label", "case", "is_about", "small_seeds"]

FIRST_UNSEEN = 1_000
WORLDS: dict[str, Any] = {
    "second": worlds.World,
    "third": strangers.World,
    "fourth": newcomers.World,
    "fifth": outsiders.World,
    "sixth": visitors.World,
}
SIMULATORS = ("sandbox", *WORLDS)


@dataclass(frozen=True)
class Label:
    """An incident, or something innocent that looks like one.

    Attributes
    ----------
    kind, intensity : str
    slow : bool
        It takes weeks.
    innocent : bool
    person : str or None
        None if it is not one person's.
    start, end : Timestamp
    events : frozenset of str
        Empty if events are missing instead.
    """

    kind: str
    intensity: str
    slow: bool
    innocent: bool
    person: str | None
    start: pd.Timestamp
    end: pd.Timestamp
    events: frozenset[str]


@dataclass(frozen=True)
class Case:
    """One organisation.

    Attributes
    ----------
    simulator : {"sandbox", "second", "third", "fourth", "fifth", "sixth"}
    seed : int
    quiet : bool
        Nothing bad happens.
    dense : bool
        Two to six kinds of incident, equally likely, among 8 to 90 people: only in the second
        simulator, for ablations on few organisations.
    """

    simulator: str
    seed: int
    quiet: bool = False
    dense: bool = False

    @property
    def key(self) -> str:
        """A name for its files."""
        return f"{self.simulator}-{self.seed}-{self.quiet}-{self.dense}"

    @cached_property
    def made(self) -> tuple[pd.DataFrame, list[Label], pd.Timestamp]:
        """Return events, labels and the end of the history."""
        return _sandbox(self) if self.simulator == "sandbox" else _foreign(self)


def case(simulator: str, seed: int, *, quiet: bool = False) -> Case:
    """Return an organisation of a simulator.

    Raises
    ------
    ValueError
        There is no such simulator.
    """
    if simulator not in SIMULATORS:
        raise ValueError(f"simulators are {', '.join(SIMULATORS)}, not {simulator!r}")
    return Case(simulator, seed, quiet)


def _sandbox(one: Case) -> tuple[pd.DataFrame, list[Label], pd.Timestamp]:
    """Generate three or four incidents, and as many near misses, among 12 to 120 people."""
    draw = random.Random(one.seed)
    size = draw.choice((12, 25, 60, 120))
    kinds = [] if one.quiet else draw.sample(sorted(INCIDENTS), draw.choice((3, 4)))
    near = draw.sample(sorted(NEAR_MISSES), draw.choice((3, 4)))
    if size < 20:  # not everybody can be somebody's victim
        near = near[:2]
    made = Organisation(seed=one.seed, people=size, days=100, incidents=kinds, near_misses=near)
    labels = [
        Label(row.kind, "any", False, bool(row.innocent),
              row.person if isinstance(row.person, str) else None, row.start, row.end,
              frozenset(row.events))
        for row in made.labels().itertuples()
    ]  # fmt: skip
    return made.frame(), labels, pd.Timestamp(made.end, unit="us", tz="UTC")


def _foreign(one: Case) -> tuple[pd.DataFrame, list[Label], pd.Timestamp]:
    """Generate 5 to 200 people, log-uniformly, over 60 to 120 days."""
    world = _dense(one.seed) if one.dense else _usual(one)
    events = world.events()
    labels = [
        Label(row.kind, row.intensity or "any", bool(row.slow), innocent,
              row.people[0] if len(row.people) == 1 else None, row.start, row.end,
              frozenset(row.events))
        for innocent, rows in ((False, world.incidents), (True, world.oddities))
        for row in rows.itertuples()
    ]  # fmt: skip
    return events, labels, events["modified"].max()


def _usual(one: Case) -> Any:
    people, days = _size(one.seed)
    return WORLDS[one.simulator](one.seed, people=people, days=days, incidents=not one.quiet)


def _dense(seed: int) -> worlds.World:
    """Generate as many incidents as an organisation of 8 to 90 people can have."""
    rng = np.random.default_rng(seed)
    people, days = int(np.exp(rng.uniform(np.log(8), np.log(90)))), int(rng.integers(60, 110))
    number = 2 if people < 12 else 4 if people < 25 else 6
    kinds = [str(kind) for kind in rng.choice(KINDS, number, replace=False)]
    return worlds.World(seed, people=people, days=days, kinds=kinds)


def _size(seed: int) -> tuple[int, int]:
    """Return the number of people and days of a foreign simulator's organisation."""
    rng = np.random.default_rng(seed)
    return int(np.exp(rng.uniform(np.log(5), np.log(200)))), int(rng.integers(60, 121))


def small_seeds(number: int, start: int = FIRST_UNSEEN) -> list[int]:
    """Return seeds for which all simulators generate at most 25 people."""
    found = (n for n in count(start) if _size(n)[0] <= 25)
    small = (n for n in found if random.Random(n).choice((12, 25, 60, 120)) <= 25)
    return list(islice(small, number))


def is_about(label: Label, finding: Any, least: float = 0.0) -> bool:
    """Tell whether a finding is right about an incident.

    Parameters
    ----------
    label : Label
    finding : row of `audit.find`, or anything with its attributes
        The evidence of a silence is the last events before it, and does not count.
    least : float
        The share of its evidence that must be the incident's (0 to 1).
    """
    ids = set() if finding.rule == "sudden_silence" else set(finding.evidence)
    if label.events:
        named = len(ids & label.events)
        return named > 0 and named >= least * len(ids)
    if ids or (label.person is not None and label.person != finding.person):
        return False
    both = min(finding.end, label.end) - max(finding.start, label.start)
    return bool(both >= 0.5 * max(finding.end - finding.start, label.end - label.start))
