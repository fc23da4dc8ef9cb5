"""What the stories of a world have in common: its people, networks and files, and usual acts."""

from __future__ import annotations

from typing import Any

import numpy as np

from .clients import Clients, Device
from .files import Files
from .log import NEW, PICK, SAME, SWEEP, Log
from .networks import Networks, Place
from .organisation import DAY, Organisation, Person
from .rhythm import pauses

__all__ = ["Scene"]


class Scene:
    """One world while it is being made.

    Parameters
    ----------
    seed : int
    people, days : int
    """

    def __init__(self, seed: int, people: int, days: int) -> None:
        self.seed = seed
        self.org = Organisation(self.generator(1), people, days)
        self.nets = Networks(self.generator(2), days, len(self.org.zones))
        self.clients = Clients(self.generator(3), self.org)
        self.files = Files(self.generator(4), self.org)
        self.log = Log(self.generator(5), self.org, self.files)
        self.rng = self.generator(6)
        for person in self.org.people:  # now, so that no story changes where others live
            self.nets.home(person.index, person.zone)
            self.nets.phone(person.index, person.zone)
        office_days = np.array([p.office_days for p in self.org.people])[:, self.org.weekday]
        self.at_office = self.generator(7).random(office_days.shape) < office_days
        self.servers: dict[int, Place] = {}
        self.applications: dict[str, tuple[Place, Device]] = {}
        self.taken: set[int] = set()
        self.hotels: dict[tuple[int, float, bool], Place] = {}

    def generator(self, part: int) -> np.random.Generator:
        """Return the random numbers of one part, which no other part disturbs."""
        return np.random.default_rng([self.seed, part])

    def stage(self, part: int) -> None:
        """Give the stories that follow random numbers of their own."""
        self.rng = self.generator(part)
        self.nets.rng, self.clients.rng = self.generator(part + 1), self.generator(part + 2)
        self.log.rng = self.generator(part + 3)

    def home(self, person: Person) -> Place:
        """Return where a person lives."""
        return self.nets.home(person.index, person.zone)

    def usual(self, person: Person, time: float) -> Place:
        """Return where a person works from at a time: on a trip, at the office, at home."""
        trip = next((t for t in person.trips if t[0] <= time < t[1]), None)
        if trip is not None:
            # One or two places on each trip.
            key = (person.index, trip[0], self.rng.random() < 0.3)
            if key not in self.hotels:
                self.hotels[key] = self.nets.hotel()
            return self.vpn(person, self.hotels[key])
        day = min(max(int(time // DAY), 0), self.org.days - 1)
        hour = (time + self.org.offsets[person.zone, day]) % DAY / 3600
        if self.at_office[person.index, day] and 6 < hour < 20:
            return self.nets.offices[person.zone]
        if self.rng.random() < 0.03:  # a café, a train, a friend's
            return self.nets.hotel()
        return self.vpn(person, self.home(person))

    def vpn(self, person: Person, otherwise: Place) -> Place:
        """Return the VPN of who uses one, else the place itself."""
        if person.vpn == "corporate":
            return self.nets.corporate
        if person.vpn == "private" or (person.vpn == "sometimes" and self.rng.random() < 0.3):
            return self.nets.vpns[person.index % 3]
        return otherwise

    def moment(self, person: Person, after: float = 0.05, before: float = 0.95) -> float:
        """Return a time in a person's working hours, within shares of the world's length."""
        org, rng = self.org, self.rng
        for _ in range(200):
            day = int(rng.uniform(after, before) * org.days)
            if org.active(person, day) and person.weekdays[org.weekday[day]] > 0.3:
                break
        return org.utc(person, day, person.start_hour + rng.uniform(0.3, person.hours - 1))

    def workdays(self, person: Person, first: float, last: float) -> list[int]:
        """Return the days on which a person works between two times."""
        days = range(max(0, int(first // DAY)), min(self.org.days, int(last // DAY) + 1))
        return [
            d
            for d in days
            if self.org.active(person, d) and person.weekdays[self.org.weekday[d]] > 0.1
        ]

    def someone(
        self, *, role: str | None = None, busy: bool = True, avoid: set[int] | None = None
    ) -> Person:
        """Return a person who works there throughout."""
        org, avoid = self.org, avoid or set()
        could = [
            p
            for p in org.staff
            if p.first < 0.3 * org.span
            and p.last > org.span
            and p.index not in avoid
            and (not busy or p.rate > 2)
        ]
        could = [p for p in could if p.role == role] or could or org.staff
        return could[int(self.rng.integers(0, len(could)))]

    def agents(self, device: Device, times: np.ndarray) -> np.ndarray:
        """Return a device's user agent at the first of the times: programs update between runs."""
        out = np.empty(times.size, object)
        out[:] = device.agent(float(times[0])) if times.size else None
        return out

    def addresses(self, place: Place, device: Device, times: np.ndarray) -> np.ndarray:
        """Return the address at each time."""
        out = np.empty(times.size, object)
        out[:] = [place.at(float(t), device.key) for t in times]
        return out

    def do(
        self,
        person: Person | int,
        verb: str,
        times: Any,
        place: Place,
        device: Device,
        label: int = -1,
        **more: Any,
    ) -> None:
        """Let somebody do one thing at each of some times, from a place with a device."""
        times = np.atleast_1d(np.asarray(times, float))
        if not times.size:
            return
        index = person if isinstance(person, int) else person.index
        self.log.add(
            times,
            index,
            verb,
            ip=self.addresses(place, device, times),
            agent=self.agents(device, times),
            label=label,
            **more,
        )

    def browse(
        self,
        person: Person,
        start: float,
        count: int,
        place: Place,
        device: Device,
        folders: list[int] | None = None,
        verbs: dict[str, float] | None = None,
        label: int = -1,
    ) -> float:
        """Let somebody work through files as people do, and return when that ends."""
        rng = self.rng
        times = start + np.cumsum(pauses(rng, count))
        if folders is None:
            which, shares = self.files.used_by(person)
            chosen = rng.choice(which, count, p=shares)
        else:
            chosen = rng.choice(folders, count)
        mixture = verbs or {"view": 0.6, "download": 0.25, "edit": 0.15}
        names = rng.choice(
            list(mixture), count, p=np.array(list(mixture.values())) / sum(mixture.values())
        )
        for name in mixture:
            mask = names == name
            mode = NEW if name in ("upload", "copy") else PICK
            self.do(
                person,
                name,
                times[mask],
                place,
                device,
                label,
                mode=mode,
                where=chosen[mask].astype(float),
            )
        return float(times[-1]) if count else start

    def through(
        self,
        person: Person,
        verb: str,
        start: float,
        count: int,
        gap: float,
        folders: list[int],
        place: Place,
        device: Device,
        label: int = -1,
        shuffled: bool = False,
        **more: Any,
    ) -> np.ndarray:
        """Let somebody do one thing to file after file; return the times.

        The pauses are log-normal around `gap` seconds, with a longer one now and then.
        """
        rng = self.rng
        gaps = rng.lognormal(np.log(gap), 0.7, count)
        gaps[rng.random(count) < 0.02] += rng.exponential(120)
        times = start + np.cumsum(gaps)
        sweep = self.log.sweep(folders, shuffled=shuffled)
        self.do(person, verb, times, place, device, label, mode=SWEEP, where=sweep, **more)
        return times

    def replace(
        self,
        person: Person,
        start: float,
        count: int,
        gap: float,
        folders: list[int],
        place: Place,
        device: Device,
        label: int,
        how: str,
        text: str,
        shuffled: bool = False,
    ) -> np.ndarray:
        """Let somebody replace each file, by adding a new one and deleting the old one."""
        rng = self.rng
        times = start + np.cumsum(rng.lognormal(np.log(gap), 0.7, count))
        sweep = self.log.sweep(folders, shuffled=shuffled)
        # The file is read, its successor appears, then it goes.
        self.do(person, "view", times, place, device, label, mode=SWEEP, where=sweep)
        self.do(
            person,
            "upload",
            times + gap * 0.02,
            place,
            device,
            label,
            mode=NEW,
            where=float(folders[0]),
            change=("beside", sweep, text, how),
        )
        self.do(person, "trash", times + gap * 0.04, place, device, label, mode=SAME, where=sweep)
        return times

    def strangers(self, times: np.ndarray, folders: Any, label: int) -> None:
        """Let strangers open what was published."""
        rng = self.rng
        counts = np.minimum(rng.pareto(1.2, times.size).astype(int), 40)
        for time, count in zip(times, counts, strict=True):
            for when in time + 120 + rng.exponential(1.5 * DAY, count):
                verb = "visit_download" if rng.random() < 0.4 else "visit"
                self.do(
                    -1,
                    verb,
                    when,
                    self.nets.hotel(),
                    self.clients.new_browser(),
                    label,
                    mode=PICK,
                    where=float(rng.choice(folders)),
                )

    def right(self, verb: str, rng: np.random.Generator, person: Person) -> dict[str, Any] | None:
        """Return with whom somebody would share, as a permission of the API."""
        if verb not in ("share", "share_out", "link", "link_inside"):
            return None
        role = str(rng.choice(["reader", "writer"], p=[0.65, 0.35]))
        if verb == "share":
            other = self.org.staff[int(rng.integers(0, len(self.org.staff)))]
            return _permission(role, "user", other.email, other.name, other.user_id)
        if verb == "share_out":
            if rng.random() < 0.03:  # to read it at home
                return self.private(person)
            # Everybody has some usual partners outside.
            partner = self.org.partners[
                (person.index * 7 + int(rng.pareto(1.0))) % len(self.org.partners)
            ]
            return _permission(role, "user", partner)
        if verb == "link":
            return _permission("reader" if rng.random() < 0.9 else "writer", "anyone")
        return _permission(role, "domain", name=self.org.domain)

    def private(self, person: Person) -> dict[str, Any]:
        """Return a right for somebody's own mailbox, one of two."""
        domains = ("gmail.com", "outlook.com", "proton.me", "icloud.com", "yahoo.com")
        domain = domains[(person.index * 3 + int(self.rng.random() < 0.15)) % len(domains)]
        name = person.name.lower().replace(" ", (".", "", "_")[person.index % 3])
        return _permission("reader", "user", f"{name}@{domain}")


def _permission(
    role: str, kind: str, email: str | None = None, name: str | None = None, id_: str | None = None
) -> dict[str, Any]:
    return {
        "extra": {
            "permissions": [{"id": id_, "name": name, "email": email, "role": role, "type": kind}]
        }
    }
