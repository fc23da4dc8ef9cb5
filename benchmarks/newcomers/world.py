"""One organisation over some weeks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from benchmarks.simulators import check_incidents, label_frame
from kloudless_data.schema import events_schema

from .case import INTENSITIES, Case
from .chance import Chance
from .company import found
from .incidents import INCIDENTS, SLOW
from .internet import DAY
from .journal import Label
from .machines import install
from .oddities import ODDITIES
from .people import Actor
from .scene import Calendar, Scene
from .staffing import housekeeping, staff
from .words import SERVICES
from .work import go_to_work, visitors

__all__ = ["KINDS", "World", "organisations"]

KINDS = tuple(INCIDENTS)
_NAMES = """
    almond-house brackwater cindergate dovetail-works elmhurst fernway gletscher halcyon-fab
    isarbau jadestone
""".split()
_HOUR = 3_600.0


class World:
    """An organisation's activity log over some weeks, with labelled incidents.

    The signature and the frames are those of `benchmarks.worlds.World`, so that any can judge.

    Parameters
    ----------
    seed : int
        The same seed and arguments give the same events.
    people : int, default 40
        Persons at the start, 5 to 200; programs, guests, joiners and unused accounts come on top.
    days : int, default 90
        60 to 120.
    incidents : bool, default True
        False is an organisation where nothing bad happens; odd things do.
    intensity : {"low", "medium", "high"}, optional
        Of all incidents, subtle to blatant; by default each has its own.
    kinds : sequence of str, optional
        Exactly these incidents, of `KINDS`; by default one to ten, fewer among few people.
    api_version : {2, 1}, default 2
        The columns of which version of the API.

    Attributes
    ----------
    service : str
        ``"dropbox"``, ``"box"``, ``"gdrive"`` or ``"onedrivebiz"``, by the seed.
    account : str
        The id of the administrator's account to which all events belong.
    late : bool
        Whether events come in the order of delivery, which is not that of time.

    Raises
    ------
    ValueError
        For an unknown kind or intensity.

    Examples
    --------
    >>> world = World(3, people=6, days=60)
    >>> set(world.incidents["events"].iloc[0]) <= set(world.events()["id"])
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
        check_incidents(kinds, KINDS, intensity, INTENSITIES)
        chance = Chance("world", seed, people, days)
        self._api_version = api_version
        self.service = chance.choice(SERVICES)
        self.account = chance.digits(9)
        self.late = chance.yes(0.2)
        self._scene = _scene(chance, self.service, days)
        found(self._scene, people)
        install(self._scene)
        struck: list[Actor] = []
        self._odd = _plan_oddities(self._scene)
        self._bad: list[Label] = []
        if incidents:
            own = Chance("incidents", seed, people, days)
            drawn = list(kinds) if kinds is not None else _draw_kinds(own, people)
            for kind in drawn:
                self._bad.append(_plan(self._scene, own, kind, intensity, struck))
        _live(self._scene)

    @property
    def incidents(self) -> pd.DataFrame:
        """The incidents, one a row.

        Returns
        -------
        pandas.DataFrame
            ``id``, ``kind``, ``people`` (list of e-mail addresses), ``user_ids``, ``start``,
            ``end``, ``events`` (list of ids), ``intensity``, ``slow`` (days or weeks long by
            intent), ``account``.
        """
        return self._labels("incident", self._bad)

    @property
    def oddities(self) -> pd.DataFrame:
        """What looks odd and is honest; columns as of `incidents`."""
        return self._labels("oddity", self._odd)

    def events(self) -> pd.DataFrame:
        """Return the events as `account.events().to_frame()` would give them.

        Returns
        -------
        pandas.DataFrame
            The columns of the schema ``events.v2`` (or v1), oldest first unless `late`.
        """
        return self._scene.journal.frame(self.account, self._api_version, self.late)

    def table(self) -> Any:
        """Return the events as an Arrow table, as `events` does."""
        import pyarrow as pa

        schema = events_schema(self._api_version).arrow()
        return pa.Table.from_pandas(self.events(), schema=schema, preserve_index=False)

    def _labels(self, word: str, labels: list[Label]) -> pd.DataFrame:
        journal = self._scene.journal

        def span(label: Label) -> tuple[Any, Any]:
            times = journal.instants(label.rows)
            return times.min(), times.max()

        return label_frame(word, labels, journal.ids(), span, self.account)


def organisations(
    count: int, seed: int = 0, quiet: float = 1 / 3, api_version: int = 2
) -> Iterator[World]:
    """Yield different organisations, of which a share is quiet.

    Parameters
    ----------
    count : int
        How many.
    seed : int, default 0
        Another seed gives others.
    quiet : float, default 1/3
        The share without incidents.
    api_version : {2, 1}, default 2
        As of `World`.

    Yields
    ------
    World
        Sizes are log-normal around 35 people, lengths even between 60 and 120 days.
    """
    chance = Chance("organisations", seed)
    for number in range(count):
        people = chance.many(35, 0.9, 5, 200)
        bad = int((number + 1) * (1 - quiet) + 1e-9) > int(number * (1 - quiet) + 1e-9)
        days = chance.randint(60, 120)
        yield World(seed * 1_000_003 + number, people, days, bad, api_version=api_version)


def _scene(chance: Chance, service: str, days: int) -> Scene:
    """Set the stage: a time, a language, and what the service tells about sessions."""
    first = date(2023, 2, 1) + timedelta(days=chance.randrange(900))
    scene = Scene(chance, service, Calendar(first, days), chance.by_weight(_LANGUAGES))
    scene.namer.domain = f"{chance.choice(_NAMES)}.example"
    scene.agents_known = chance.choice((1.0, 1.0, 0.97, 0.6, 0.0))
    scene.ips_known = chance.choice((1.0, 1.0, 0.99, 0.93))
    return scene


_LANGUAGES = {"en": 0.55, "de": 0.2, "es": 0.13, "fr": 0.12}


def _draw_kinds(chance: Chance, people: int) -> list[str]:
    """Draw one to ten kinds, about six; one may come twice, and few people have few."""
    number = round(chance.triangular(0.6, 10.4, 8.0))
    return chance.choices(KINDS, k=max(1, min(number, 2 + people // 3)))


def _plan(
    scene: Scene, chance: Chance, kind: str, intensity: str | None, struck: list[Actor]
) -> Label:
    """Plan an incident, at any hour of a day that leaves it time."""
    strength = intensity or chance.choice(INTENSITIES)
    label = scene.label(kind, strength, kind in SLOW)
    share = chance.uniform(0.1, 0.6) if kind in SLOW else chance.uniform(0.08, 0.94)
    case = Case(scene, Chance(chance.random(), kind), strength, label, struck)
    day = scene.calendar.next_working_day(int(share * scene.calendar.days))
    if chance.yes(0.15):
        day = int(share * scene.calendar.days)
    when = min(day * DAY + chance.random() * DAY, scene.calendar.end - 2 * DAY)
    scene.start(when, INCIDENTS[kind](case))
    return label


def _plan_oddities(scene: Scene) -> list[Label]:
    """Plan what is odd and honest, the more the more people there are."""
    chance, labels = scene.chance, []
    months = scene.calendar.days / 30
    number = chance.many(months * (1.5 + len(scene.people) / 9), 0.4, 2, 160)
    for script in chance.choices(list(ODDITIES), list(ODDITIES.values()), k=number):
        label = scene.label(script.__name__, "")
        labels.append(label)
        case = Case(scene, Chance(chance.random(), label.kind), "medium", label, [])
        day = scene.calendar.next_working_day(chance.randrange(scene.calendar.days))
        scene.start(day * DAY + chance.uniform(5, 15) * _HOUR, script(case))
    return labels


def _live(scene: Scene) -> None:
    """Let everybody go to work, administrators keep house, and time pass."""
    for actor in [*scene.people, *scene.guests]:
        scene.start(0.0, go_to_work(scene, actor))
    for script in (staff(scene), housekeeping(scene), visitors(scene)):
        scene.start(0.0, script)
    scene.run()
