"""The ordinary days of an organisation: who works when, from where and on what.

Simulated: the proportions (how much people do, how often they work at home, the shape of a week)
are plausible inventions, not measurements. So is everything that `incidents` and `near_misses` add.
Events are generated as columns, one person at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..world.people import DOMAIN, Person, person
from ..world.randomness import Floats, Ints
from ..world.timetext import DAY, HOUR
from .events import KIND, MINUTE, Events, Stock, file_of

__all__ = ["CLIENTS", "PARTNERS", "Workforce", "program", "uniform"]

PARTNERS = ("brightwater.example", "nordlys.example", "zenith.example")
CLIENTS = (
    "Chrome 132 / Windows",
    "Safari / macOS",
    "Box Drive 2.41",
    "Firefox 134 / Linux",
    "Edge 131 / Windows",
)
_ORDINARY = {
    "update": 0.35,
    "preview": 0.23,
    "add": 0.13,
    "download": 0.09,
    "move": 0.05,
    "rename": 0.05,
    "delete": 0.05,
    "copy": 0.02,
    "share": 0.02,
    "restore": 0.01,
}
_WORKING_DAY = np.array([0.6, 1.0, 1.0, 0.9, 0.45, 0.8, 1.0, 0.9, 0.6, 0.25])
_SERVERS = ("198.51.100.241", "198.51.100.242", "198.51.100.243")
_SERVICES = ("svc-backup", "sync-bot", "svc-index")


class Workforce:
    """People, programs and what they ordinarily do.

    Parameters
    ----------
    seed, people : int
    start, end : int
        Microseconds since 1970.
    rng : numpy.random.Generator
    """

    def __init__(
        self, seed: int, people: int, start: int, end: int, rng: np.random.Generator
    ) -> None:
        self.rng, self.start, self.end = rng, start, end
        self.humans = people
        programs = 1 if people < 20 else 2 if people < 200 else 3
        self.people = [person(seed, number) for number in range(people)]
        self.people += [
            program(people + number, _SERVICES[number], _SERVERS[number])
            for number in range(programs)
        ]
        self.administrators = list(range(1 + people // 200))
        self.first_day = (start + DAY - 1) // DAY
        self.days = max(1, (end - start) // DAY - 1)
        self._addresses: dict[str, int] = {}
        self._details: dict[str, int] = {}
        self.details: list[dict[str, Any]] = []
        self.detail()  # number 0: no details
        self.made = np.zeros((len(self.people), 4), dtype=np.int64)
        self.client = rng.integers(len(CLIENTS), size=len(self.people))

    @property
    def addresses(self) -> list[str]:
        """All addresses, in the order of the numbers in events."""
        return list(self._addresses)

    def address(self, ip: str) -> int:
        """Return the number of an address."""
        return self._addresses.setdefault(ip, len(self._addresses))

    def detail(self, **facts: Any) -> int:
        """Return the number for an event's details."""
        key = repr(sorted(facts.items()))
        if key not in self._details:
            self._details[key] = len(self.details)
            self.details.append(facts)
        return self._details[key]

    def take(self, owner: int, stock: int, count: int) -> Ints:
        """Return `count` files that nobody has used before.

        Parameters
        ----------
        owner : int
            Index of the owner.
        stock : int
            Index of the stock.
        count : int
            The number of files.
        """
        first = self.made[owner, stock]
        self.made[owner, stock] += count
        files: Ints = file_of(owner, stock, first + np.arange(count))
        return files

    def local(self, actor: int, day: int, hour: float) -> int:
        """Return the time of a local hour on a person's day (days since 1970).

        Parameters
        ----------
        actor : int
            Index into the organisation's people.
        day : int
            Days since 1970.
        hour : float
            The local hour, with a fraction.
        """
        return int(day * DAY + (hour - self.people[actor].utc_offset) * HOUR)

    def office(self, actor: int) -> int:
        """Return the number of somebody's office address."""
        return self.address(self.people[actor].addresses[0])

    def login(self, actor: int) -> int:
        """Return the number for the details of somebody's ordinary log-in."""
        return self.detail(client=CLIENTS[self.client[actor]])

    def ordinary(self) -> Events:
        """Return everybody's ordinary days."""
        parts = [self._human(actor) for actor in range(self.humans)]
        parts += [self._administering(actor) for actor in self.administrators]
        parts += [self._running(actor) for actor in range(self.humans, len(self.people))]
        return Events.together(parts)

    def working_days(self, actor: int) -> Ints:
        """Return the days on which somebody works."""
        rng, days = self.rng, self.first_day + np.arange(self.days)
        weekday = (days + 3) % 7
        works = np.where(weekday < 5, rng.random(self.days) < 0.95, rng.random(self.days) < 0.04)
        for _ in range(rng.poisson(self.days / 90)):
            away = rng.integers(self.days)
            works[away : away + rng.integers(3, 11)] = False
        fate = rng.random() if self.humans >= 12 and actor not in self.administrators else 1.0
        if fate < 0.03:  # a leaver
            works[rng.integers(self.days // 2, self.days) :] = False
        elif fate < 0.06:  # a joiner
            works[: rng.integers(self.days // 4, self.days // 2)] = False
        chosen: Ints = days[works]
        return chosen

    def _human(self, actor: int) -> Events:
        rng, one = self.rng, self.people[actor]
        days = self.working_days(actor)
        busy = rng.gamma(3.0, 1 / 3.0, len(days)) * np.where((days + 3) % 7 < 5, 1.0, 0.3)
        counts = rng.poisson(5.0 * one.diligence * busy)
        of_day = np.repeat(days, counts)
        hours = one.starts_at + rng.choice(10, len(of_day), p=_WORKING_DAY / _WORKING_DAY.sum())
        late = rng.random(len(of_day)) < 0.01
        hours = np.where(late, one.starts_at + 10 + rng.integers(0, 2, len(of_day)), hours)
        times = of_day * DAY + ((hours - one.utc_offset) * HOUR).astype(np.int64)
        times += rng.integers(0, HOUR, len(of_day))
        names = list(_ORDINARY)
        kinds = np.array([KIND[name] for name in names])[
            rng.choice(len(names), len(of_day), p=list(_ORDINARY.values()))
        ]
        parts = [self._work(actor, times, kinds)]
        parts += [part for day in days for part in self._burst(actor, int(day))]
        parts.append(self._logging_in(actor, days))
        events = Events.together(parts)
        events.ip = self.whereabouts(actor, events.time)
        return events

    def _work(self, actor: int, times: Ints, kinds: Ints) -> Events:
        rng, count = self.rng, len(times)
        standing = file_of(actor, Stock.STANDING, np.minimum(rng.zipf(1.6, count), 40))
        mates = actor // 8 * 8 + rng.integers(8, size=count)
        mates = np.minimum(mates, self.humans - 1)
        team = file_of(mates, Stock.TEAM, rng.integers(24, size=count))
        files = np.where(rng.random(count) < 0.65, standing, team)
        for name, stock in (("add", Stock.NEW), ("copy", Stock.NEW), ("delete", Stock.OLD)):
            rows = np.flatnonzero(kinds == KIND[name])
            files[rows] = self.take(actor, stock, len(rows))
        details = np.zeros(count, np.int64)
        for row in np.flatnonzero(kinds == KIND["share"]).tolist():
            kinds[row], details[row] = self._sharing(actor)
        for row in np.flatnonzero(kinds == KIND["rename"]).tolist():
            word = ("draft", "old", "copy", "v1", "new")[rng.integers(5)]
            details[row] = self.detail(previous=word)
        return Events.of(times, actor=actor, kind=kinds, file=files, ip=0, detail=details)

    def _sharing(self, actor: int) -> tuple[int, int]:
        """Share mostly with a colleague, sometimes with a partner, rarely by a link."""
        draw = self.rng.random()
        if draw < 0.12:
            scope = "anyone" if self.rng.random() < 0.12 else "company"
            return KIND["shared_link"], self.detail(link=scope)
        if draw < 0.22:
            whom = f"contact{self.rng.integers(6)}@{PARTNERS[self.rng.integers(len(PARTNERS))]}"
        else:
            whom = self.people[self.rng.integers(self.humans)].email
        role = ("viewer", "editor")[self.rng.integers(2)]
        return KIND["share"], self.detail(shared_with=whom, role=role)

    def _burst(self, actor: int, day: int) -> Iterable[Events]:
        """Occasionally upload a folder, tidy up, or download a few files."""
        rng = self.rng
        if rng.random() > 0.05:
            return
        kind = ("add", "delete", "download", "update")[rng.choice(4, p=[0.35, 0.25, 0.3, 0.1])]
        count = int(np.clip(rng.lognormal(2.0, 0.55), 3, 28))
        begin = self.local(actor, day, self.people[actor].starts_at + rng.uniform(0.5, 8))
        times = begin + np.sort(rng.integers(0, int(rng.uniform(2, 20) * MINUTE), count))
        if kind == "delete":
            files = self.take(actor, Stock.OLD, count)
        elif kind == "add":
            files = self.take(actor, Stock.NEW, count)
        else:
            files = file_of(
                min(actor // 8 * 8 + int(rng.integers(8)), self.humans - 1),
                Stock.TEAM,
                np.arange(count),
            )
        yield Events.of(times, actor=actor, kind=KIND[kind], file=files, ip=0)

    def _logging_in(self, actor: int, days: Ints) -> Events:
        rng = self.rng
        tries = []
        for day in days.tolist():
            at = self.local(actor, day, self.people[actor].starts_at + rng.uniform(-0.1, 0.4))
            if rng.random() < 0.05:
                for step in range(int(rng.integers(1, 3)), 0, -1):
                    tries.append((at - step * int(rng.integers(8, 40)) * 1_000_000, 0))
            tries.append((at, 1))
        times = np.array([at for at, _ in tries], np.int64)
        right = np.array([ok for _, ok in tries], np.int64)
        kinds = np.where(right == 1, KIND["login"], KIND["failed_login"])
        return Events.of(times, actor=actor, kind=kinds, ip=0, detail=self.login(actor))

    def whereabouts(self, actor: int, times: Ints) -> Ints:
        """Return the addresses that somebody uses: office, home or on the move.

        Parameters
        ----------
        actor : int
            Index into the organisation's people.
        times : numpy.ndarray of int64
            Microseconds since 1970.
        """
        one, rng = self.people[actor], self.rng
        office, home, mobile = one.addresses
        local = times + int(one.utc_offset * HOUR)
        day, hour, weekday = local // DAY, local % DAY // HOUR, (local // DAY + 3) % 7
        at_home = rng.random(int(day.max() - day.min()) + 1 if len(day) else 1)
        inside = at_home[day - day.min()] < 0.3 if len(day) else np.zeros(0, bool)
        home_now = inside | (hour < 7) | (hour >= 19) | (weekday >= 5)
        # Providers occasionally assign another address of the same network.
        stem = home.rpartition(".")[0]
        leased = np.array(
            [
                self.address(f"{stem}.{1 + (actor * 7 + lease * 31) % 250}")
                for lease in range(int((self.end - self.start) // (30 * DAY)) + 2)
            ]
        )
        homes = leased[np.clip((times - self.start) // (30 * DAY), 0, len(leased) - 1)]
        found = np.where(home_now, homes, self.address(office))
        chosen: Ints = np.where(rng.random(len(times)) < 0.03, self.address(mobile), found)
        return chosen

    def _administering(self, actor: int) -> Events:
        """Grant roles and group memberships, occasionally ownership."""
        rng = self.rng
        days = self.first_day + np.flatnonzero(rng.random(self.days) < 0.4)
        times, details, kinds = [], [], []
        for day in days[(days + 3) % 7 < 5].tolist():
            for _ in range(int(rng.integers(1, 4))):
                hour = self.people[actor].starts_at + rng.uniform(0.5, 8)
                times.append(self.local(actor, day, hour))
                whom = self.people[int(rng.integers(1, self.humans))].email
                if rng.random() < 0.5:
                    kinds.append(KIND["group_add_member"])
                    names = ["Finance approvers", "Contractors", "Everyone", "Wiki-Redaktion"]
                    names += ["Administrators"] if rng.random() < 0.1 else []
                    details.append(self.detail(member=whom, group=names[rng.integers(len(names))]))
                else:
                    kinds.append(KIND["permission_change"])
                    role = ("viewer", "editor", "editor", "co-owner")[rng.integers(4)]
                    details.append(self.detail(shared_with=whom, role=role))
        files = np.where(
            np.array(kinds, np.int64) == KIND["group_add_member"],
            -1,
            file_of(actor, Stock.TEAM, rng.integers(24, size=len(times))),
        )
        return Events.of(
            np.array(times, np.int64),
            actor=actor,
            kind=np.array(kinds, np.int64),
            file=files,
            ip=self.office(actor),
            detail=np.array(details, np.int64),
        )

    def _running(self, actor: int) -> Events:
        """Return a program's events, at regular intervals day and night."""
        rng = self.rng
        which = actor - self.humans
        every = (60, 30, 120)[which] * MINUTE
        runs = np.arange(self.start + every // 12, self.end, every)
        counts = rng.integers(1, (6, 3, 9)[which], size=len(runs))
        times = np.repeat(runs, counts) + rng.integers(0, 2 * MINUTE, counts.sum())
        kind = ("download", "update", "preview")[which]
        owners = rng.integers(self.humans, size=len(times))
        files = file_of(owners, Stock.STANDING, rng.integers(1, 40, size=len(times)))
        return Events.of(
            times,
            actor=actor,
            kind=KIND[kind],
            file=files,
            ip=self.address(self.people[actor].addresses[0]),
        )

    def active_days(self, events: Events, actor: int) -> Ints:
        """Return the local days on which somebody is active.

        Parameters
        ----------
        events : Events
            Events of any people.
        actor : int
            Index into the organisation's people.
        """
        times = events.time[events.actor == actor]
        offset = int(self.people[actor].utc_offset * HOUR)
        days: Ints = np.unique((times + offset) // DAY)
        return days


def program(number: int, name: str, address: str) -> Person:
    """Return a program's account, which always uses one server's address.

    Parameters
    ----------
    number : int
        The program's number among the people.
    name : str
        The program's name.
    address : str
        Its e-mail address.
    """
    return Person(
        number=900_000 + number,
        name=name,
        email=f"{name}@{DOMAIN}",
        city="data centre",
        utc_offset=0.0,
        starts_at=0,
        diligence=1.0,
        addresses=(address, address, address),
    )


def uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a number whose logarithm is uniformly distributed.

    Parameters
    ----------
    rng : np.random.Generator
        The source of randomness.
    low : float
        The smallest number, above 0.
    high : float
        The largest number.
    """
    value: Floats = np.exp(rng.uniform(np.log(low), np.log(high)))
    return float(value)
