"""Who works in an organisation: roles, teams, time zones, working hours, joiners and leavers.

Sources
-------
- Working hours have two peaks, and for about 30 % of people a third one around ten at night:
  Microsoft WorkLab, "The Rise of the Triple Peak Day" (2022),
  https://www.microsoft.com/en-us/worklab/triple-peak-day.
- How active people are differs by orders of magnitude, few do most of it: Gonçalves et al.,
  "Modeling the Dropbox client behavior" (IEEE ICC 2014, doi:10.1109/ICC.2014.6883506).
- A few people in IT hold rights over all others, and the organisation has accounts that nobody
  uses: the roles of the CERT test data, Glasser & Lindauer, "Bridging the Gap: A Pragmatic
  Approach to Generating Insider Threat Data" (IEEE SPW 2013).
- People leave; many of those who steal do so in the last 30 to 60 days: Moore et al., "Increased
  Review for Intellectual Property Theft by Departing Insiders" (SEI 2012),
  http://repository.cmu.edu/sei/732/.

The shares in the tables below (part-time, night work, travel) are our guesses at an office of the
2020s, drawn anew for each world.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

__all__ = ["DAY", "ROLES", "Organisation", "Person"]

DAY = 86_400.0

#: Role, share of people, events on an ordinary day, share of external work.
ROLES = (
    ("engineering", 0.24, 10, 0.02),
    ("sales", 0.18, 14, 0.30),
    ("operations", 0.15, 9, 0.05),
    ("marketing", 0.10, 15, 0.22),
    ("support", 0.10, 8, 0.08),
    ("finance", 0.08, 14, 0.06),
    ("hr", 0.05, 10, 0.05),
    ("legal", 0.04, 9, 0.15),
    ("it", 0.04, 7, 0.02),
    ("management", 0.02, 6, 0.10),
)

# Zone, and the weekdays of the weekend (Monday is 0).
_ZONES = (
    ("Europe/Berlin", (5, 6)),
    ("Europe/London", (5, 6)),
    ("America/New_York", (5, 6)),
    ("America/Los_Angeles", (5, 6)),
    ("Asia/Kolkata", (5, 6)),
    ("Asia/Singapore", (5, 6)),
    ("Australia/Sydney", (5, 6)),
    ("America/Sao_Paulo", (5, 6)),
    ("Asia/Riyadh", (4, 5)),
)

_GIVEN = (
    "Anna Ben Carla David Elif Farid Grace Hugo Ines Jonas Keiko Liam Maria Nikhil Olga Paulo "
    "Qing Rosa Sven Tara Umar Vera Wei Ximena Yusuf Zoe Aisha Bruno Chloe Dmitri Emma Felix Gita "
    "Hana Ivan Julia Karim Lena Mateo Nora Oscar Priya Rahul Sofia Tomas Ursula Victor Wanda"
).split()
_FAMILY = (
    "Abe Bauer Costa Dubois Evans Fischer Garcia Haas Ito Jansen Kaur Lopez Meyer Novak Okafor "
    "Patel Quinn Rossi Schmidt Tanaka Usman Vogel Wang Xu Yilmaz Zhang Ahmed Berg Carter Diaz "
    "Eriksson Ferrari Gupta Hoffmann Ivanov Jones Kim Larsen Moreau Nguyen Oliveira Petrov Reddy "
    "Silva Thomas Ueda Varga Weber"
).split()
_COMPANY = (
    "aldergrove brightwater copperline dunmore eastfield fernhill glasswing harborview ironbridge "
    "juniper kestrel lakemont meridian northgate oakhaven pinecrest quarry ridgeway silverton"
).split()


@dataclass
class Person:
    """Somebody, or some program, with an account.

    Attributes
    ----------
    index : int
        Position in `Organisation.people`.
    rate : float
        Events on an ordinary day.
    zone : int
        Index of the time zone.
    start_hour, hours : float
        When the day starts, local time, and how long it is.
    weekdays : numpy.ndarray
        Seven factors of activity, Monday first.
    first, last : float
        Seconds since the world's start between which the person works; before and after there is
        nothing.
    """

    index: int
    name: str
    email: str
    user_id: str
    role: str
    team: int
    rate: float
    zone: int
    start_hour: float
    hours: float
    weekdays: np.ndarray
    evening: float
    office_days: np.ndarray
    sync: bool
    vpn: str
    external: float
    first: float
    last: float
    service: bool = False
    admin: bool = False
    dormant: bool = False
    on_call: bool = False
    absences: list[tuple[float, float]] = field(default_factory=list)
    trips: list[tuple[float, float]] = field(default_factory=list)


class Organisation:
    """The people of one organisation and its calendar.

    Parameters
    ----------
    rng : numpy.random.Generator
    people : int
        Persons who work there at the start, without programs and unused accounts.
    days : int
        Length of the world, days.
    """

    def __init__(self, rng: np.random.Generator, people: int, days: int) -> None:
        self.rng, self.days, self.span = rng, days, days * DAY
        first = datetime(2023, 1, 2, tzinfo=UTC) + timedelta(days=int(rng.integers(0, 1000)))
        self.start = first
        self.service = str(rng.choice(["gdrive", "box", "onedrivebiz"]))
        self.domain = f"{rng.choice(_COMPANY)}{rng.choice(['', '-group', 'labs', 'tech'])}.example"
        self.account = str(rng.integers(10**8, 10**9))
        self._calendar()
        self.people: list[Person] = []
        joiners = int(rng.poisson(0.0006 * people * days))
        for number in range(people + joiners):
            self._hire(joins=number >= people)
        self.staff = list(self.people)
        self._appoint()
        self._leave()
        self._add_others()
        self.partners = _partners(rng)

    def _calendar(self) -> None:
        rng = self.rng
        chosen = rng.choice(len(_ZONES), int(rng.integers(1, 4)), replace=False)
        self.zones = [_ZONES[i] for i in chosen]
        dates = [self.start + timedelta(days=d, hours=12) for d in range(self.days)]
        # Offset of each day at noon, seconds: the clock change is in it.
        self.offsets = np.array(
            [
                [d.astimezone(ZoneInfo(z)).utcoffset().total_seconds() for d in dates]  # type: ignore[union-attr]
                for z, _ in self.zones
            ]
        )
        self.weekday = np.array([d.weekday() for d in dates])
        self.holiday = rng.random((len(self.zones), self.days)) < 0.012
        self.closure: tuple[int, int] | None = None
        if rng.random() < 0.4 and self.days >= 40:
            begin = int(rng.integers(15, self.days - 15))
            self.closure = (begin, begin + int(rng.integers(5, 12)))
        # Month ends press on finance, deadlines on one team each.
        self.month_end = np.array([(d + timedelta(days=3)).day <= 5 for d in dates])

    def _hire(self, *, joins: bool) -> None:
        rng = self.rng
        shares = np.array([role[1] for role in ROLES])
        role, _, usual, external = ROLES[rng.choice(len(ROLES), p=shares / shares.sum())]
        zone = int(rng.choice(len(self.zones), p=_falling(len(self.zones), 1.3)))
        weekdays = np.ones(7)
        weekend = list(self.zones[zone][1])
        weekdays[weekend] = rng.choice([0.0, 0.02, 0.15, 0.5], p=[0.45, 0.35, 0.15, 0.05])
        weekdays *= rng.lognormal(0, 0.15, 7)
        if rng.random() < 0.14:  # part-time: one to three days off
            off = rng.choice([d for d in range(7) if d not in weekend], rng.integers(1, 4), False)
            weekdays[off] *= rng.choice([0.0, 0.05])
        night = rng.random() < (0.10 if role in ("support", "operations", "it") else 0.015)
        office = rng.beta(1.1, 1.1)
        name, email = self._name()
        self.people.append(
            Person(
                index=len(self.people),
                name=name,
                email=email,
                user_id=self._user_id(),
                role=role,
                team=self._team(role),
                rate=usual * float(rng.lognormal(-0.42, 1.0)),
                zone=zone,
                start_hour=float(21.5 if night else rng.normal(8.6, 1.0)),
                hours=float(np.clip(rng.normal(8.8, 1.2), 4, 13)),
                weekdays=weekdays,
                evening=float(rng.beta(2, 6) if rng.random() < 0.3 else rng.beta(1, 40)),
                office_days=np.clip(rng.normal(office, 0.25, 7), 0, 1),
                sync=rng.random() < 0.4,
                vpn=str(
                    rng.choice(
                        ["never", "corporate", "private", "sometimes"], p=[0.55, 0.25, 0.08, 0.12]
                    )
                ),
                external=external * float(rng.lognormal(0, 0.6)),
                first=float(rng.uniform(0.1, 0.9) * self.span) if joins else -DAY,
                last=self.span + DAY,
                on_call=role in ("it", "engineering") and rng.random() < 0.15,
                absences=self._absences(),
                trips=self._trips(role),
            )
        )

    def _name(self) -> tuple[str, str]:
        """Return a name and an address that nobody has yet."""
        taken = {person.email for person in self.people}
        while True:
            given, family = str(self.rng.choice(_GIVEN)), str(self.rng.choice(_FAMILY))
            email = f"{given}.{family}@{self.domain}".lower()
            if email in taken:
                email = f"{given}.{family}{self.rng.integers(2, 99)}@{self.domain}".lower()
            if email not in taken:
                return f"{given} {family}", email

    def _user_id(self) -> str:
        """Return an id as the service writes them."""
        rng = self.rng
        if self.service == "gdrive":
            return "1" + "".join(map(str, rng.integers(0, 10, 20)))
        if self.service == "box":
            return str(rng.integers(10**9, 4 * 10**10))
        text = rng.bytes(16).hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def _team(self, role: str) -> int:
        """Return a team of the role: one for every dozen people or so."""
        names = [r[0] for r in ROLES]
        return names.index(role) * 8 + int(self.rng.integers(0, 1 + len(self.people) // 40) % 8)

    def _absences(self) -> list[tuple[float, float]]:
        """Return holidays and sick days, in seconds since the start."""
        rng = self.rng
        count = rng.poisson(self.days / 45)
        lengths = rng.choice(
            [1, 2, 3, 5, 7, 14, 21], count, p=[0.3, 0.15, 0.1, 0.2, 0.1, 0.1, 0.05]
        )
        starts = rng.uniform(0, self.span, count)
        return [(float(s), float(s + n * DAY)) for s, n in zip(starts, lengths, strict=True)]

    def _trips(self, role: str) -> list[tuple[float, float]]:
        rng = self.rng
        often = {"sales": 2.0, "management": 2.0, "marketing": 1.0}.get(role, 0.35)
        starts = rng.uniform(0, self.span, rng.poisson(often * self.days / 90))
        return [(float(s), float(s + rng.uniform(1, 6) * DAY)) for s in starts]

    def _appoint(self) -> None:
        """Make one to three people administrators, of IT where there is any."""
        ranked = sorted(self.staff, key=lambda p: (p.role != "it", p.first > 0, p.index))
        for person in ranked[: 1 + len(self.staff) // 40]:
            person.admin = True

    def _leave(self) -> None:
        """Let some people leave in the world's course; at least one where there are a dozen."""
        rng = self.rng
        could = [p for p in self.staff if p.first < 0 and not p.admin]
        count = max(int(len(self.staff) >= 12), int(rng.poisson(0.0006 * len(could) * self.days)))
        for index in rng.choice(len(could), min(count, len(could)), replace=False):
            could[index].last = float(rng.uniform(0.35, 0.97) * self.span)
        self.leavers = [p for p in self.staff if p.last < self.span]

    def _add_others(self) -> None:
        """Add accounts that nobody uses any more, and programs."""
        rng = self.rng
        self.dormant = []
        for _ in range(1 + len(self.staff) // 30):
            self._hire(joins=False)
            person = self.people[-1]
            person.dormant, person.trips = True, []
            # Some were last seen at the start of what is kept, some never.
            person.last = float(rng.choice([-1.0, rng.uniform(3, 9) * DAY]))
            self.dormant.append(person)
        self.programs = {}
        names = ["backup", "scanner", "integration", "reports"]
        for name in names[: int(rng.integers(1, 5))]:
            self._hire(joins=False)
            person = self.people[-1]
            title = str(rng.choice(["svc-{}", "{}-bot", "app.{}", "{}.service"])).format(name)
            person.name, person.email = title, f"{title}@{self.domain}"
            person.service, person.rate, person.role = True, 0.0, "program"
            self.programs[name] = person

    def active(self, person: Person, day: int) -> bool:
        """Tell whether a person is employed and not away on a day."""
        noon = (day + 0.5) * DAY
        away = any(a <= noon < b for a, b in person.absences)
        return person.first <= noon <= person.last and not away and not person.dormant

    def utc(self, person: Person, day: int, hour: float) -> float:
        """Return a local hour of a day as seconds since the world's start."""
        day = min(max(day, 0), self.days - 1)
        return day * DAY + hour * 3600 - float(self.offsets[person.zone, day])


def _falling(n: int, exponent: float) -> np.ndarray:
    """Return n shares that fall by rank."""
    weights: np.ndarray = 1 / np.arange(1, n + 1) ** exponent
    weights /= weights.sum()
    return weights


def _partners(rng: np.random.Generator) -> list[str]:
    """Return people outside with whom files are shared, the usual ones first."""
    words = "acme-legal blueprint northwind contoso taxadvice printshop cloudbase vendora studio9"
    domains = [f"{w}.example" for w in words.split()] + ["gmail.com", "outlook.com", "yahoo.com"]
    shares = _falling(len(domains), 0.7)
    return [
        f"{rng.choice(_GIVEN)}.{rng.choice(_FAMILY)}@{rng.choice(domains, p=shares)}".lower()
        for _ in range(60)
    ]
