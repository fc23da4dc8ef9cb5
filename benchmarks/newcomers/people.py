"""People, their jobs and their hours.

Individuals keep a daily rhythm of their own (Aledavood et al., "Digital daily cycles of
individuals", Frontiers in Physics 2015); how much they do differs by orders of magnitude.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from .chance import Chance
from .identity import Identity
from .internet import Line
from .programs import Device
from .tree import File, Folder

__all__ = ["JOBS", "Actor", "Hours", "Job", "Namer"]


class Job(NamedTuple):
    """What somebody does: department, pace, weights of actions, how often with outsiders."""

    department: str
    pace: float
    actions: dict[str, float]
    outside: float = 0.05
    bulk: float = 0.04


# job; how many, pace, with outsiders, many at once; department; actions with their weights
_JOBS = """
manager; 8 0.8 0.1 0.04; management; view 60 download 12 edit 10 create 4 share 4 move 1 trash 1 link 1
seller; 18 1.1 0.35 0.04; sales; view 40 download 20 edit 18 create 10 copy 6 share 4 link 3 rename 2
accountant; 9 1.3 0.08 0.08; finance; view 38 download 22 edit 24 create 12 rename 3 move 3 copy 3 share 1
recruiter; 4 0.8 0.15 0.04; people; view 50 download 16 edit 14 create 12 move 3 trash 3 share 3 rename 2
developer; 16 0.6 0.02 0.04; engineering; view 50 download 12 edit 22 create 10 share 2 trash 2 rename 1
designer; 9 1.2 0.3 0.12; marketing; view 26 download 18 edit 30 create 22 rename 5 trash 5 copy 4 link 4
builder; 10 1.0 0.15 0.1; operations; view 44 download 18 create 18 edit 14 move 3 rename 2 trash 2 share 2
agent; 16 1.2 0.12 0.04; support; view 56 download 14 edit 16 create 8 share 2 rename 1 trash 1 link 1
lawyer; 4 1.0 0.3 0.04; legal; view 46 download 16 edit 24 create 8 share 5 rename 3 copy 2 move 1
assistant; 6 1.4 0.15 0.1; management; view 34 edit 20 download 16 create 16 move 7 rename 6 share 6 copy 4
"""  # noqa: E501 - a table


def _read_jobs() -> dict[str, tuple[float, Job]]:
    """Read how common each job is, and the job."""
    jobs = {}
    for line in _JOBS.strip().splitlines():
        name, numbers, department, mix = line.split("; ")
        share, pace, outside, bulk = map(float, numbers.split())
        words = mix.split()
        actions = dict(zip(words[::2], map(float, words[1::2]), strict=True))
        jobs[name] = (share, Job(department, pace, actions, outside, bulk))
    return jobs


JOBS = _read_jobs()


@dataclass
class Hours:
    """When somebody works, in hours of local time.

    Attributes
    ----------
    begin, length : float
        Of the usual day; may end after midnight.
    days : frozenset of int
        Weekdays, Monday is 0.
    rota : int
        Weeks of a rotation of shifts; 0 for none.
    evening, weekend : float
        How often they come back in the evening and work at the weekend.
    """

    begin: float
    length: float
    days: frozenset[int]
    rota: int = 0
    evening: float = 0.1
    weekend: float = 0.03

    @classmethod
    def draw(cls, chance: Chance, job: str, shifts: float) -> Hours:
        """Draw somebody's hours."""
        days = frozenset(range(5))
        evening = min(0.7, chance.heavy(0.06, 1.1))
        weekend = min(0.5, chance.heavy(0.02, 1.3))
        begin = chance.gauss(8.7, 0.9) + (chance.heavy(1.5) if chance.yes(0.15) else 0.0)
        if job in ("agent", "builder") and chance.yes(shifts):
            days = frozenset(chance.sample(range(7), chance.choice((4, 5, 5))))
            return cls(
                chance.choice((6.0, 14.0, 22.0)), 8.0, days, chance.choice((0, 1, 2)), 0.02, 0.0
            )
        if chance.yes(0.14):
            days = frozenset(chance.sample(range(5), chance.choice((2, 3, 3, 4))))
        length = 5.0 if chance.yes(0.1) else max(4.0, chance.gauss(8.6, 0.9))
        return cls(begin, length, days, 0, evening, weekend)

    def of_day(self, day: int, weekday: int) -> tuple[float, float] | None:
        """Return begin and length on a day, None if it is free."""
        if weekday not in self.days:
            return None
        turn = (day // 7 // self.rota) % 3 if self.rota else 0
        return (self.begin + 8 * turn) % 24, self.length


@dataclass(eq=False)
class Actor(Identity):
    """Somebody or something with an account.

    Attributes
    ----------
    kind : str
        ``person``, ``contractor``, ``guest``, ``program`` or ``unused``.
    zone : float
        Hours ahead of UTC.
    pace : float
        How much they do, 1 is usual.
    since, until : float
        The first and the last day with an account that works.
    away : set of int
        Days without work.
    trips : dict
        Of some days, a line and a time zone.
    haunts, recent : list
        Folders, the favourite first, and the files they work on.
    rushes : dict
        Of some days, how much more they do.
    signed : dict
        Of a device's number, until when its session lasts.
    clumsy : float
        How often they mistype their password.
    """

    kind: str
    job: Job
    chance: Chance
    hours: Hours
    zone: float = 0.0
    pace: float = 1.0
    since: float = -1.0
    until: float = 1e9
    admin: bool = False
    site: int = 0
    computers: list[Device] = field(default_factory=list)
    phone: Device | None = None
    home: Line | None = None
    mobile: Line | None = None
    vpn: Line | None = None
    remote: float = 0.3
    phones: float = 0.08
    away: set[int] = field(default_factory=set)
    trips: dict[int, tuple[Line, float]] = field(default_factory=dict)
    haunts: list[Folder] = field(default_factory=list, repr=False)
    recent: list[File] = field(default_factory=list, repr=False)
    rushes: dict[int, float] = field(default_factory=dict)
    signed: dict[int, float] = field(default_factory=dict)
    clumsy: float = 0.03
    private: str = ""

    def here(self, day: float) -> bool:
        """Tell whether the account works on a day."""
        return self.since <= day < self.until


_GIVEN = """
    Amara Ben Chiara Dmitri Elena Farid Greta Hugo Ines Jonas Keiko Liam Maya Nils Olivia Pavel
    Qing Rosa Samir Tara Umar Vera Wanda Xavier Yara Zoe Anders Bea Camille David Eva Felix Giulia
    Hamza Ivo Julia Karl Lea Marco Nadia Otto Paula Rafael Sara Tim Ursula Viktor Yusuf Ana Bruno
    Clara Daniel Emma Finn Hanna Igor Jana Luca Mia
""".split()
_FAMILY = """
    Aydin Becker Costa Dupont Eriksen Ferrari García Huber Ivanov Jansen Kaya Lopez Müller Novak
    O'Brien Petrov Quint Rossi Schmidt Tanaka Ueda Vogel Weber Xu Yilmaz Zimmermann Andersson
    Brandt Cohen Diaz Evans Fischer Green Hassan Iyer Jensen Khan Larsen Moreno Nguyen Olsen Patel
    Romano Silva Thomas Varga Walker Young Ali Baker Chen Doyle Ekström Fontaine Gupta Hill
""".split()
_FREE = (
    "gmail.com",
    "gmail.com",
    "gmail.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "gmx.net",
    "web.de",
    "proton.me",
)
_ASCII = str.maketrans({"ü": "ue", "ö": "oe", "í": "i", "'": ""})


class Namer:
    """Names, addresses and ids."""

    def __init__(self, chance: Chance, service: str, domain: str) -> None:
        self._chance, self._service, self.domain = chance, service, domain
        self._pattern = chance.choice(("{0}.{1}", "{0}.{1}", "{2}{1}", "{0}", "{1}.{0}", "{2}.{1}"))
        self._taken: set[str] = set()

    def identity(self, domain: str | None = None, name: str | None = None) -> tuple[str, str, str]:
        """Return an id, a name and an address nobody has."""
        name = name or f"{self._chance.choice(_GIVEN)} {self._chance.choice(_FAMILY)}"
        given, _, family = name.lower().translate(_ASCII).partition(" ")
        local = self._pattern.format(given, family or given, given[0]) if family else given
        address, number = f"{local}@{domain or self.domain}", 2
        while address in self._taken:
            address, number = f"{local}{number}@{domain or self.domain}", number + 1
        self._taken.add(address)
        return self._id(), name, address

    def private(self, name: str) -> str:
        """Return somebody's private address."""
        given, _, family = name.lower().translate(_ASCII).partition(" ")
        stem = self._chance.choice((f"{given}.{family}", f"{given[0]}{family}", f"{family}{given}"))
        tail = self._chance.choice(("", "", str(self._chance.randrange(60, 100)), "x"))
        return f"{stem}{tail}@{self._chance.choice(_FREE)}"

    def _id(self) -> str:
        c = self._chance
        match self._service:
            case "dropbox":
                return f"dbmid:AA{c.token(32)}"
            case "box":
                return c.digits(11)
            case "gdrive":
                return c.digits(21)
            case _:
                h = c.hexadecimal(32)
                return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
