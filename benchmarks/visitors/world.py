"""One organisation over some weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa

from benchmarks.newcomers.words import SERVICES
from benchmarks.simulators import check_incidents, label_frame
from kloudless_data.interchange.frame import to_frame

from .case import INTENSITIES, Case
from .chance import Chance
from .incidents import INCIDENTS
from .life import found
from .lines import DAY
from .oddities import ODDITIES
from .records import Label, Person
from .scene import Scene

__all__ = ["KINDS", "World"]

KINDS = tuple(INCIDENTS)
_DOMAINS = "ambervale brookline copperhill driftwood eastgate fernway glasshaus hollin".split()


class World:
    """An organisation's activity log over some weeks, with labelled incidents.

    The signature and the frames are those of the other simulators, so that any can judge.

    Parameters
    ----------
    seed : int
        The same seed and arguments give the same events.
    people : int, default 40
        The staff at the start, 5 to 200; guests, programs and newcomers come on top.
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
        chance = Chance("visitors", seed, people, days)
        self._api_version = api_version
        self.service = chance.choice(SERVICES)
        self.account = chance.digits(9)
        self.late = chance.yes(0.2)
        first = date(2023, 1, 1) + timedelta(days=chance.randrange(1_050))
        domain = f"{chance.choice(_DOMAINS)}-{chance.digits(2)}.example"
        self._scene = Scene(chance, self.service, first, days, domain)
        found(self._scene, people)
        struck: set[Person] = set()
        self._bad: list[Label] = []
        if incidents:
            own = Chance("incidents", seed, people, days)
            drawn = list(kinds) if kinds is not None else _draw_kinds(own, people, days)
            self._bad = [_plan(self._scene, own, kind, intensity, struck) for kind in drawn]
        self._odd = _plan_oddities(self._scene, struck)
        self._scene.run()

    @property
    def incidents(self) -> pd.DataFrame:
        """The incidents, one a row.

        Returns
        -------
        pandas.DataFrame
            ``id``, ``kind``, ``people`` (list of e-mail addresses), ``user_ids``, ``start``,
            ``end``, ``events`` (list of ids), ``intensity``, ``slow`` (weeks long by intent),
            ``account``.
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
        table = self.table()
        return to_frame(table, table.schema)

    def table(self) -> pa.Table:
        """Return the events as an Arrow table."""
        return self._scene.journal.table(self.account, self._api_version, self.late)

    def _labels(self, word: str, labels: list[Label]) -> pd.DataFrame:
        journal = self._scene.journal
        return label_frame(word, labels, journal.ids(), journal.span, self.account)


def _draw_kinds(chance: Chance, people: int, days: int) -> list[str]:
    """Draw one to ten kinds; their number grows with the root of the number of people."""
    number = chance.count(0.85 * people**0.5 * days / 90)
    return chance.choices(KINDS, k=min(max(number, 1), 10))


def _plan(
    scene: Scene, chance: Chance, kind: str, intensity: str | None, struck: set[Person]
) -> Label:
    """Plan an incident after some past, early enough for its days."""
    story, span, slow = INCIDENTS[kind]
    label = Label(kind, intensity or chance.choice(INTENSITIES), slow)
    case = Case(scene, Chance(chance.random(), kind), label, label.intensity, struck)
    first = 0.15 * scene.days
    when = chance.uniform(first, max(first + 1, scene.days - span - 2))
    scene.start(when * DAY, story(case))
    return label


def _plan_oddities(scene: Scene, struck: set[Person]) -> list[Label]:
    """Plan what is odd and honest: the more, the more people there are."""
    chance, labels = scene.chance, []
    number = max(2, chance.count(scene.days / 30 * (1 + len(scene.people) / 12)))
    deck = [kind for _ in range(number) for kind in chance.sample(list(ODDITIES), len(ODDITIES))]
    for kind in deck[:number]:
        label = Label(kind, "", False)
        labels.append(label)
        own = Chance(chance.random(), kind)
        case = Case(scene, own, label, chance.choice(INTENSITIES), struck)
        scene.start(chance.uniform(0.04, 0.9) * scene.end, ODDITIES[kind](case))
    return labels
