"""Who works in an organisation, and each person's habits.

Activity per person is log-normal with a Pareto tail: in corporate file traces a few clients cause
most of the traffic, and most files are opened by one client only [1]_; so it is among the users of
synchronised folders [2]_. The parameters of the distributions themselves differ by world.

.. [1] A. Leung et al., "Measurement and Analysis of Large-Scale Network File System Workloads",
       USENIX ATC 2008.
.. [2] G. Gonçalves et al., "Modeling the Dropbox client behavior", IEEE ICC 2014.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from .documents import Folder
from .draws import Draws
from .networks import Fixed, Home, Mobile, Pool
from .programs import Device
from .rhythms import Shift

__all__ = ["DEPARTMENTS", "Actor", "Culture", "Namer", "draw_mix", "terciles"]

DEPARTMENTS = (
    "Sales",
    "Engineering",
    "Finance",
    "People",
    "Legal",
    "Support",
    "Design",
    "Operations",
)
_FIRST = """Ada Amir Anneke Bilal Carla Chidi Dana Dieter Elif Emeka Esther Farid Femke Giulia Goran
Hanneke Ilse Imani Joanna Jorge Kaoru Katrin Lars Leila Lucía Magda Marek Mei Mirjam Nadia Nils Noor
Olu Paulo Petra Priyanka Rafał Rashid Renske Rosa Saskia Selim Sinan Sofía Tariq Thandi Tomas Uma
Viktor Wanjiru Xenia Yara Yusuf Zofia""".split()
_LAST = """Abiola Adler Bakker Banerjee Brandt Castro Cohen Dlamini Dubois Eriksen Fischer Fonseca
Gallo Haddad Hansen Ibarra Iyer Jansen Kaya Kimura Kowalski Lehmann Lindqvist Mbeki Meyer Moreau
Nakamura Novotny Okonkwo Oliveira Osman Park Pereira Quist Rahman Rossi Schulz Silva Sørensen Tanaka
Tremblay Ueno Vargas Visser Weber Wójcik Yilmaz Zhang""".split()
_ASCII = str.maketrans("łóíøąęńúáé", "loioaenuae")


@dataclass(frozen=True)
class Culture:
    """What is usual in one organisation; drawn anew for each world.

    Attributes
    ----------
    median_rate, spread : float
        Events of a person's working day: the median, and sigma of the logarithm.
    burst : float
        Sigma of the logarithm of a person's daily amounts.
    remote, vpn, mobile : float
        Shares of sessions from home, of those through the company's gateway, and from phones.
    night : float
        The share of people who work in the evening or at night.
    sharing, openness, purging : float
        How readily people share, publish links, and empty the recycle bin.
    login_every : float
        Days that a session lasts.
    clumsiness : float
        The share of sign-ins that follow a mistyped password.
    chores : float
        How often people do something to many files, relative to the usual.
    tidy_ip : float
        The share of events whose address the service reports.
    """

    median_rate: float
    spread: float
    burst: float
    remote: float
    vpn: float
    mobile: float
    night: float
    sharing: float
    openness: float
    purging: float
    login_every: float
    clumsiness: float
    chores: float
    tidy_ip: float

    @classmethod
    def draw(cls, draws: Draws) -> Culture:
        """Draw an organisation's culture."""
        return cls(
            median_rate=draws.uniform(2.5, 9),
            spread=draws.uniform(0.8, 1.35),
            burst=draws.uniform(0.5, 0.95),
            remote=draws.choice((0.05, 0.3, 0.5, 0.9)),
            vpn=draws.choice((0.0, 0.1, 0.5)),
            mobile=draws.uniform(0.02, 0.2),
            night=draws.choice((0.0, 0.03, 0.15)),
            sharing=draws.tail(0.3, 1.5, 4),
            openness=draws.choice((0.02, 0.1, 0.3)),
            purging=draws.choice((0.0, 0.05, 0.3)),
            login_every=draws.choice((0.3, 1.0, 4.0, 14.0)),
            clumsiness=draws.uniform(0.02, 0.12),
            chores=draws.uniform(0.4, 2.0),
            tidy_ip=draws.choice((1.0, 1.0, 0.98, 0.9)),
        )


@dataclass(eq=False)
class Actor:
    """A person, a robot, an unused account or a guest.

    `first` and `last` bound the days on which the account is used. `weights` are cumulative, of the
    verbs in `verbs`. `where` is the place of a day, `signed_in` until when a program is.
    """

    index: int
    id: str
    name: str
    email: str
    department: str
    country: str
    shift: Shift
    rate: float
    attendance: float
    verbs: tuple[str, ...]
    weights: list[float]
    home: Home
    mobile: Mobile
    office: Fixed | None
    remote: float
    device: Device
    phone: Device
    kind: str = "person"
    first: int = 0
    last: int = 10_000
    admin: bool = False
    folders: list[Folder] = field(default_factory=list)
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=40))
    away: set[int] = field(default_factory=set)
    travels: dict[int, Pool] = field(default_factory=dict)
    where: tuple[int, Fixed | Home] | None = None
    signed_in: dict[str | None, float] = field(default_factory=dict)

    @property
    def is_person(self) -> bool:
        """Whether a human being regularly uses the account."""
        return self.kind == "person"

    def is_employed(self, day: int) -> bool:
        """Whether the account is in use on a day."""
        return self.first <= day <= self.last


# How often each action is among a hundred, and how far people differ in that.
_HABITS = {
    "view": (40, 14), "download": (14, 8), "update": (24, 12), "add": (9, 5), "rename": (2.5, 2),
    "move": (2.5, 2), "copy": (1.5, 1), "delete": (3, 2.5), "restore": (0.2, 0.2),
    "share": (1.6, 1), "invite": (0.8, 0.8),
    "company": (0.7, 0.6), "public": (0.5, 0.6), "unshare": (0.3, 0.3),
}  # fmt: skip
_LEANINGS = {
    "Sales": {"invite": 4.0, "public": 3.0, "download": 1.4},
    "Engineering": {"update": 1.5, "sync": 2.0},
    "Legal": {"view": 1.5, "invite": 1.5},
    "Design": {"add": 2.5, "rename": 2.0, "public": 2.0},
    "Support": {"view": 1.6, "add": 0.6},
    "Finance": {"update": 1.4, "invite": 0.5, "public": 0.2},
}


def draw_mix(
    draws: Draws, department: str, culture: Culture
) -> tuple[tuple[str, ...], list[float]]:
    """Draw how often a person does what: around the department's habits, with a person's quirks."""
    shares = {}
    for verb, (mean, spread) in _HABITS.items():
        share = max(0.0, draws.gauss(mean, spread)) * _LEANINGS.get(department, {}).get(verb, 1.0)
        if verb in ("share", "invite", "company"):
            share *= culture.sharing
        if verb == "public":
            share *= culture.openness * 8
        shares[verb] = share
    shares["view"] += 1.0  # never an empty mix
    return tuple(shares), list(accumulate(shares.values()))


class Namer:
    """Gives names and addresses that no two accounts of an organisation share."""

    def __init__(self, draws: Draws, service: str, domain: str) -> None:
        self._draws = draws
        self._service = service
        self._style = draws.choice(("{f}.{l}", "{i}{l}", "{f}", "{l}.{f}"))
        self._taken: set[str] = set()
        self.domain = domain

    def id(self) -> str:
        """Return a user's id in the form of the service."""
        d = self._draws
        if self._service == "onedrivebiz":
            parts = (d.hexadecimal(n) for n in (8, 4, 4, 4, 12))
            return "-".join(parts)
        if self._service == "dropbox":
            return "dbmid:AA" + d.hexadecimal(32)
        return d.digits(21 if self._service == "gdrive" else 11)

    def person(self, domain: str | None = None) -> tuple[str, str]:
        """Return a name and an e-mail address."""
        first, last = self._draws.choice(_FIRST), self._draws.choice(_LAST)
        plain = {"f": first.lower().translate(_ASCII), "l": last.lower().translate(_ASCII)}
        local = self._style.format(i=plain["f"][0], **plain)
        return f"{first} {last}", self.unique(local, domain or self.domain)

    def unique(self, local: str, domain: str) -> str:
        """Return an address that nobody has yet."""
        email, number = f"{local}@{domain}", 1
        while email in self._taken:
            number += 1
            email = f"{local}{number}@{domain}"
        self._taken.add(email)
        return email


def terciles(people: Sequence[Actor]) -> list[list[Actor]]:
    """Split people into the quiet, the middling and the busy."""
    ordered = sorted(people, key=lambda a: (a.rate * a.attendance, a.index))
    third = max(1, len(ordered) // 3)
    return [part for part in (ordered[:third], ordered[third:-third], ordered[-third:]) if part]
