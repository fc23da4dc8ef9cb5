"""A world: an organisation, what happened in it, and the labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from .attacks import ATTACKS
from .insiders import INSIDERS
from .log import Label, Played
from .oddities import add_oddities
from .routine import administer, run_programs
from .scene import Scene
from .work import everyday
from .write import write

__all__ = ["INTENSITIES", "KINDS", "World"]

_STORIES = ATTACKS | INSIDERS
#: Every kind of incident.
KINDS = tuple(_STORIES)
#: How strong an incident is, as a factor of how much is taken, tried or destroyed.
INTENSITIES = {"low": 0.3, "medium": 1.0, "high": 2.5}


class World:
    """An organisation's account activity over some weeks, with labelled incidents.

    Parameters
    ----------
    seed : int
        The same seed and arguments give the same events.
    people : int, default 40
        Persons who work there at the start, 5 to 200; programs, joiners and unused accounts come
        on top.
    days : int, default 90
        60 to 120.
    incidents : bool, default True
        False is an organisation where nothing bad happens; odd things do.
    intensity : {"low", "medium", "high"}, optional
        Of all incidents; by default each has its own.
    kinds : sequence of str, optional
        Exactly these incidents, of `KINDS`; by default the world draws one to six.
    api_version : {2, 1}, default 2
        The columns of which version of the API.

    Attributes
    ----------
    service : str
        ``"gdrive"``, ``"box"`` or ``"onedrivebiz"``, by the seed.

    Examples
    --------
    >>> world = World(3, people=8, days=60)
    >>> events = world.events()
    >>> bool(events["modified"].is_monotonic_increasing)
    True
    >>> set(world.incidents["events"].iloc[0]) <= set(events["id"])
    True
    """

    def __init__(
        self,
        seed: int,
        people: int = 40,
        days: int = 90,
        incidents: bool = True,
        intensity: str | None = None,
        *,
        kinds: Sequence[str] | None = None,
        api_version: int = 2,
    ) -> None:
        if not 5 <= people <= 200 or not 60 <= days <= 120:
            raise ValueError(
                f"a world has 5 to 200 people and 60 to 120 days, not {people} and {days}"
            )
        if intensity is not None and intensity not in INTENSITIES:
            raise ValueError(f"intensity is one of {', '.join(INTENSITIES)}, not {intensity!r}")
        if unknown := set(kinds or ()) - set(KINDS):
            raise ValueError(
                f"there is no incident {', '.join(sorted(unknown))}; there are: {', '.join(KINDS)}"
            )
        self.seed, self.people, self.days = seed, people, days
        self.intensity, self.api_version = intensity, api_version
        self._wanted = list(kinds) if kinds is not None else None if incidents else []
        self._scene = Scene(seed, people, days)
        self.service = self._scene.org.service

    @cached_property
    def _played(self) -> tuple[list[Played], pa.Table]:
        scene = self._scene
        # Incidents come after everything that they could disturb, and each stage has its own
        # random numbers: without them the world differs only in the files that they change.
        scene.stage(20)
        run_programs(scene)
        administer(scene)
        scene.stage(40)
        add_oddities(scene)
        scene.stage(50)
        self._add_incidents(scene)
        scene.stage(60)
        everyday(scene)
        run = scene.log.play()
        return run, write(scene.org, scene.files, run, scene.generator(90), self.api_version)

    def _add_incidents(self, scene: Scene) -> None:
        rng = scene.generator(59)
        for kind in self._draw(rng, scene):
            chosen = self.intensity or str(rng.choice(list(INTENSITIES), p=[0.4, 0.4, 0.2]))
            strength = INTENSITIES[chosen] * float(rng.lognormal(0, 0.25))
            _STORIES[kind][0](scene, strength, incident=True, intensity=chosen)
            scene.taken.update(scene.log.labels[-1].people[:1])

    def _draw(self, rng: np.random.Generator, scene: Scene) -> list[str]:
        """Return the kinds of the incidents of this world."""
        possible = [k for k in KINDS if k != "departing" or scene.org.leavers]
        if self._wanted is not None:
            return [k for k in self._wanted if k in possible]
        most = 2 if self.people < 12 else 6
        count = min(1 + int(rng.poisson(1.5 + self.people * self.days / 4000)), most)
        odds = np.array([_STORIES[k][1] for k in possible])
        return [str(k) for k in rng.choice(possible, count, replace=False, p=odds / odds.sum())]

    def table(self) -> pa.Table:
        """Return the events as Arrow columns, as `events` does."""
        return self._played[1]

    def events(self) -> pd.DataFrame:
        """Return the events as `account.events().to_frame()` would give them.

        Returns
        -------
        pandas.DataFrame
            The columns of the schema ``events.v2`` (or v1), oldest first.
        """
        types = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        return self.table().to_pandas(types_mapper=types.get)

    @property
    def incidents(self) -> pd.DataFrame:
        """The incidents, one a row.

        Returns
        -------
        pandas.DataFrame
            ``id``, ``kind``, ``people`` (list of e-mail addresses), ``user_ids``, ``start``,
            ``end``, ``events`` (list of ids), ``intensity``, ``slow``.
        """
        return self._labels(incident=True)

    @property
    def oddities(self) -> pd.DataFrame:
        """What looks odd and is honest; columns as of `incidents`."""
        return self._labels(incident=False)

    def _labels(self, *, incident: bool) -> pd.DataFrame:
        rows, table = self._played
        ids = table.column("id").to_pylist()
        chosen = [
            label for label in self._scene.log.labels if label.incident == incident and label.rows
        ]
        prefix = "incident" if incident else "oddity"
        found = [
            self._label(f"{prefix}-{n}", label, rows, ids) for n, label in enumerate(chosen, 1)
        ]
        names = ["id", "kind", "people", "user_ids", "start", "end", "events", "intensity", "slow"]
        return pd.DataFrame(found, columns=names)

    def _label(self, name: str, label: Label, rows: list[Played], ids: list[str]) -> dict[str, Any]:
        org = self._scene.org
        begin, end = rows[min(label.rows)].time, rows[max(label.rows)].time
        return {
            "id": name, "kind": label.kind,
            "people": [org.people[i].email for i in label.people],
            "user_ids": [org.people[i].user_id for i in label.people],
            "start": pd.Timestamp(org.start + timedelta(seconds=begin)),
            "end": pd.Timestamp(org.start + timedelta(seconds=end)),
            "events": [ids[i] for i in label.rows],
            "intensity": label.intensity, "slow": label.slow,
        }  # fmt: skip
