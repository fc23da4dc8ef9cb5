"""One organisation over some weeks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from benchmarks.simulators import check_incidents
from kloudless_data.schema import events_schema

from .draws import Draws
from .happenings import HAPPENINGS
from .incidents import INCIDENTS, INTENSITIES, Strength
from .journal import Label
from .organisation import found
from .people import Culture, Namer
from .rhythms import Calendar
from .routine import day_of, robot_day
from .scene import Scene
from .vocabulary import SERVICES

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KINDS", "World", "organisations"]

KINDS = tuple(INCIDENTS)
_NAMES = "fjordwerk pampero kestrelworks tannenhof bluequarry sarapan ostrava-glas lumenta".split()


class World:
    """An organisation's account activity over some weeks, with labelled incidents.

    The signature and the frames are those of `benchmarks.worlds.World`, so that either can judge.

    Parameters
    ----------
    seed : int
        The same seed and arguments give the same events.
    people : int, default 40
        Persons at the start, 5 to 200; robots, guests, joiners and unused accounts come on top.
    days : int, default 90
        60 to 120.
    incidents : bool, default True
        False is an organisation where nothing bad happens; odd things do.
    intensity : {"low", "medium", "high"}, optional
        Of all incidents, faint to blatant; by default each has its own.
    kinds : sequence of str, optional
        Exactly these incidents, of `KINDS`; by default the world draws three to ten.
    api_version : {2, 1}, default 2
        The columns of which version of the API.

    Attributes
    ----------
    service : str
        ``"dropbox"``, ``"box"``, ``"gdrive"`` or ``"onedrivebiz"``, by the seed.
    account : str
        The id of the administrator's account to which all events belong.
    late : bool
        Whether events come in the order of delivery, which is not that of time, as in Box's stream
        for live monitoring; so in a quarter of the worlds.

    Examples
    --------
    >>> world = World(3, people=8, days=60)
    >>> events = world.events()
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
        check_incidents(kinds, KINDS, intensity, INTENSITIES)
        draws = Draws("strangers", seed, people, days)
        self._api_version = api_version
        self.service = draws.choice(SERVICES)
        self.account = draws.digits(9)
        self.late = draws.chance(0.25)
        self._scene = _scene(draws, self.service, days)
        found(self._scene, people)
        _happen(self._scene)
        # Draws of their own: the people and what is planned are the same with other incidents.
        self._bad: list[Label] = []
        if incidents:
            own = Draws("incidents", seed, people, days)
            drawn = list(kinds) if kinds is not None else _draw_kinds(own, people)
            self._bad = [_strike(self._scene, own, kind, intensity) for kind in drawn]
        _live(self._scene)
        # Chores that turn out large count as oddities too, so this is known only now.
        self._odd = [one for one in self._scene.journal.labels if one not in self._bad]

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
        return self._scene.journal.labels_frame(self.account, "incident", self._bad)

    @property
    def oddities(self) -> pd.DataFrame:
        """What looks odd and is honest; columns as of `incidents`."""
        return self._scene.journal.labels_frame(self.account, "oddity", self._odd)

    def events(self) -> pd.DataFrame:
        """Return the events as `account.events().to_frame()` would give them.

        Returns
        -------
        pandas.DataFrame
            The columns of the schema ``events.v2`` (or v1), oldest first unless `late`.
        """
        scene = self._scene
        return scene.journal.frame(
            self.account, self.service, scene.actors, self._api_version, self.late
        )

    def table(self) -> pa.Table:
        """Return the events as Arrow columns, as `events` does."""
        import pyarrow as pa

        schema = events_schema(self._api_version).arrow()
        return pa.Table.from_pandas(self.events(), schema=schema, preserve_index=False)


def organisations(
    count: int, seed: int = 0, quiet: float = 0.5, api_version: int = 2
) -> Iterator[World]:
    """Yield different organisations, of which a share is quiet.

    Parameters
    ----------
    count : int
        How many.
    seed : int, default 0
        Another seed gives others.
    quiet : float, default 0.5
        The share without incidents.
    api_version : {2, 1}, default 2
        As of `World`.

    Yields
    ------
    World
        Sizes are log-normal around 35 people, lengths even between 60 and 120 days.
    """
    draws = Draws("organisations", seed)
    for number in range(count):
        people = max(5, min(200, draws.count(35, 0.9)))
        bad = int((number + 1) * (1 - quiet)) > int(number * (1 - quiet))
        yield World(
            seed * 100_003 + number, people, draws.randint(60, 120), bad, api_version=api_version
        )


def _scene(draws: Draws, service: str, days: int) -> Scene:
    """Set the stage: a time, a culture, and what the service tells about sessions."""
    start = date(2023, 1, 2) + timedelta(days=draws.randrange(800))
    cycle = draws.choice((14, 30, 30, 90))
    deadlines = tuple(range(draws.randrange(cycle), days, cycle))
    domain = f"{draws.choice(_NAMES)}{draws.choice(('', '-group', '-labs'))}.example"
    calendar = Calendar(start, days, deadlines)
    scene = Scene(draws, service, Culture.draw(draws), calendar, Namer(draws, service, domain))
    scene.agents_known = draws.chance(0.8)  # not every service reports programs
    return scene


def _weekday(scene: Scene, draws: Draws, first: float, last: float) -> int:
    """Draw a day in a part of the time, preferably in the working week."""
    days = scene.calendar.days
    for _ in range(4):
        day = draws.randrange(int(first * days), int(last * days))
        if scene.calendar.weekday(day) < 5:
            break
    return day


def _happen(scene: Scene) -> None:
    """Plan the honest events that look odd."""
    d = scene.draws
    people = len(scene.people())
    count = d.count(4 + people / 8, 0.4, 40)
    for happening in d.choices(list(HAPPENINGS), list(HAPPENINGS.values()), k=count):
        happening(scene, _weekday(scene, d, 0.02, 0.97))


def _draw_kinds(draws: Draws, people: int) -> list[str]:
    """Draw three to ten different kinds, in small organisations fewer."""
    return draws.sample(KINDS, draws.randint(3, min(10, 3 + people // 6)))


def _strike(scene: Scene, draws: Draws, kind: str, intensity: str | None) -> Label:
    """Plan an incident."""
    name = intensity or draws.choice(tuple(INTENSITIES))
    factor = INTENSITIES[name] * draws.around(1.0, 0.25)
    any_day = draws.chance(0.2)
    day = draws.randrange(int(0.1 * scene.calendar.days), int(0.97 * scene.calendar.days))
    if not any_day:
        day = _weekday(scene, draws, 0.12, 0.95)
    return INCIDENTS[kind](scene, day, Strength(name, factor))


def _live(scene: Scene) -> None:
    """Let the days pass, everybody in turn; a day's planned events come at its end."""
    for day in range(scene.calendar.days):
        for robot in scene.robots:
            robot_day(scene, robot, day)
        for actor in itertools.chain(scene.people(), scene.guests):
            day_of(scene, actor, day)
        for action in scene.planned(day):
            action(day)
