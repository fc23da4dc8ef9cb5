"""Who works here, when, and with what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .devices import Device, draw_device
from .draws import Draws
from .lines import DAY, HOUR, Internet, Line
from .tree import Folder

__all__ = ["TEAMS", "Actor", "Namer", "Via", "Week", "draw_person"]

# A team's folders; those after the bar are what a thief would look for.
TEAMS = {
    "Management": "Board Strategy | Acquisitions Compensation",
    "Sales": "Offers Accounts Events | Pricing Customers",
    "Engineering": "Design Builds Tests Tickets | Source Keys",
    "Finance": "Month-end Invoices Audit | Payroll Banking",
    "Marketing": "Campaigns Press Images Web | Launches",
    "Support": "Cases Manuals Returns | Customer-exports",
    "Operations": "Shifts Suppliers Stock Site | Contracts",
    "People": "Training Onboarding | Salaries Reviews Applicants",
    "IT": "Guides Inventory Licences | Passwords Backups",
    "Legal": "Templates Policies | Disputes Contracts",
}
_MIX = {"view": 46.0, "download": 11.0, "edit": 17.0, "upload": 7.0, "rename": 1.4, "move": 1.3,
        "copy": 1.3, "trash": 2.6, "share": 1.6, "invite": 0.5, "company_link": 0.7,
        "public_link": 0.25, "unshare": 0.2, "untrash": 0.12}  # fmt: skip
_LEANING = {
    "Marketing": {"public_link": 5.0, "upload": 1.6}, "Finance": {"download": 2.2},
    "Sales": {"invite": 3.0, "public_link": 2.0}, "Engineering": {"edit": 1.5},
    "Management": {"view": 1.5, "edit": 0.6}, "Support": {"download": 1.6, "upload": 1.6},
}  # fmt: skip
_FIRST = """
    Alma Anton Bilal Britta Carla Chen Dagny Dario Edda Emil Farah Finn Gita Goran Hedda Hugo Ida
    Imran Jette Jonas Kaja Kofi Lea Levin Maja Mateo Nora Nils Olga Oskar Petra Priya Quentin Rana
    Ruben Sanna Samir Tilda Tomas Ulla Umut Vera Viktor Wanda Yara Yusuf Zita Zoltan
""".split()
_LAST = """
    Adler Becker Castro Dahl Eriksen Fuchs Garcia Haas Iversen Jung Kaya Lang Moreau Novak Okafor
    Petersen Quist Rossi Sato Thoma Urban Vogt Weiss Ximenes Yilmaz Zander Baker Cole Dunn Ellis
    Foster Grant Hughes Ingram Keller Lowe Mason Nash Owens Price Reed Stone Turner Walsh
""".split()
_PRIVATE = ("gmail.com", "outlook.com", "yahoo.com", "gmx.net", "icloud.com", "proton.me")


@dataclass(frozen=True)
class Via:
    """What somebody acts through: a line, and a device's browser or client, or a script."""

    line: Line
    device: Device | None = None
    client: bool = False
    script: str = ""

    def agent(self, now: float) -> str:
        """Return the user agent at a time."""
        return self.script or (self.device.agent(now, self.client) if self.device else "")


@dataclass
class Week:
    """Somebody's rhythm.

    Attributes
    ----------
    zone : float
        Hours ahead of UTC.
    start, hours : float
        When the day starts, by the local clock, and how long it is.
    days : tuple of int
        The weekdays of work; 0 is Monday.
    rota : int
        0, or of how many weeks a turn of early, late and night shifts is.
    evening, weekend, office : float
        How likely one works after supper, on a free day, and goes to the office.
    pace : float
        Sessions on a usual day.
    """

    zone: float = 1.0
    start: float = 9.0
    hours: float = 8.0
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    rota: int = 0
    evening: float = 0.05
    weekend: float = 0.03
    office: float = 0.6
    pace: float = 2.0

    def begins(self, day: int) -> float:
        """Return when, in seconds, work starts on a day."""
        shift = (6.0, 14.0, 22.0)[day // 7 % self.rota] if self.rota else self.start
        return day * DAY + (shift - self.zone) * HOUR


@dataclass(eq=False)
class Actor:
    """A person, a guest or a program that has an account.

    Attributes
    ----------
    folders : dict of Folder to float
        Where the work is, and how much of it.
    joined, left : float
        Seconds.
    away : list of tuple of int
        First and last days of holidays, sickness and leave.
    vpn : bool
        Whether one works through the company's VPN when not in the office.
    session : float
        Days after which one must log in again.
    seen : dict
        When one last logged in, by device and line.
    journey : Line or None
        The line of a journey, while one is on it.
    under : Label or None
        What is odd about somebody's everyday work for a while.
    """

    id: str
    name: str
    email: str
    team: str
    week: Week = field(default_factory=Week)
    mix: dict[str, float] = field(default_factory=dict)
    folders: dict[Folder, float] = field(default_factory=dict)
    devices: list[Device] = field(default_factory=list)
    home: Line | None = None
    mobile: Line | None = None
    admin: bool = False
    guest: bool = False
    joined: float = 0.0
    left: float = 1e12
    away: list[tuple[int, int]] = field(default_factory=list)
    vpn: bool = False
    session: float = 3.0
    seen: dict[tuple[int, int], float] = field(default_factory=dict)
    journey: Line | None = None
    under: Any = None

    @property
    def computer(self) -> Device:
        """The device of daily work."""
        return self.devices[0]

    def works(self, day: int) -> bool:
        """Tell whether somebody is in on a day, as far as the own calendar goes."""
        return not any(first <= day <= last for first, last in self.away)


class Namer:
    """Names, addresses and ids, each once."""

    def __init__(self, draws: Draws, service: str, domain: str) -> None:
        self._draws, self._service, self.domain = draws, service, domain
        self._taken: set[str] = set()
        self._dotted = draws.yes(0.7)

    def identifier(self) -> str:
        """Draw a user's id in the service's style."""
        draws = self._draws
        if self._service == "dropbox":
            return "dbmid:AA" + draws.text(33, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr-_0123")
        if self._service == "onedrivebiz":
            return "-".join(draws.text(n, "0123456789abcdef") for n in (8, 4, 4, 4, 12))
        return draws.choice("123456789") + draws.text(
            10 if self._service == "box" else 20, "0123456789"
        )

    def person(self) -> tuple[str, str, str]:
        """Draw an id, a name and an address that nobody has."""
        while True:
            first, last = self._draws.choice(_FIRST), self._draws.choice(_LAST)
            local = f"{first}.{last}" if self._dotted else f"{first[0]}{last}"
            if len(self._taken) > 900:
                local += str(len(self._taken))
            email = f"{local}@{self.domain}".lower()
            if email not in self._taken:
                self._taken.add(email)
                return self.identifier(), f"{first} {last}", email

    def private(self, name: str = "") -> str:
        """Draw a private address, of somebody named or of anybody."""
        name = name or f"{self._draws.choice(_FIRST)} {self._draws.choice(_LAST)}"
        local = name.lower().replace(" ", self._draws.choice(("", ".", "_")))
        return f"{local}{self._draws.randint(1000, 99999)}@{self._draws.choice(_PRIVATE)}"

    def partner(self) -> str:
        """Draw an address at another company, whose name may come again."""
        firm = (
            f"{self._draws.choice(_LAST)}-{self._draws.choice(('group', 'labs', 'media', 'llp'))}"
        )
        return f"{self._draws.choice(_FIRST)}@{firm}.example".lower()


def draw_person(
    draws: Draws, namer: Namer, internet: Internet, service: str, team: str, zone: float
) -> Actor:
    """Draw somebody of a team, with a rhythm, habits, devices and lines of the own."""
    part = draws.yes(0.16)
    days = tuple(sorted(draws.sample(range(5), draws.randint(2, 4)))) if part else (0, 1, 2, 3, 4)
    shifts = team in ("Support", "Operations") and draws.yes(0.35)
    week = Week(
        zone, draws.gauss(8.8, 1.0), draws.uniform(4, 8) if part else draws.gauss(8.4, 0.7),
        days if not shifts else tuple(sorted(draws.sample(range(7), 5))),
        draws.choice((2, 3)) if shifts else 0,
        min(draws.skewed(0.09, 1.2), 0.8), min(draws.skewed(0.04, 1.2), 0.6),
        draws.choice((0.0, 0.4, 0.6, 0.8, 1.0)), draws.skewed(1.7, 0.55, 0.2, 7),
    )  # fmt: skip
    leaning = _LEANING.get(team, {})
    mix = {v: w * leaning.get(v, 1.0) * draws.skewed(1, 0.7) for v, w in _MIX.items()}
    devices = [draw_device(draws, service, syncs=draws.yes(0.55))]
    if draws.yes(0.25):
        devices.append(draw_device(draws, service, syncs=draws.yes(0.3)))
    if draws.yes(0.5):
        devices.append(draw_device(draws, service, phone=True))
    return Actor(
        *namer.person(), team, week, mix, devices=devices, home=internet.home(),
        mobile=internet.mobile(), vpn=draws.yes(0.5), session=draws.skewed(3, 1, 0.4, 30),
    )  # fmt: skip
