"""Who works in an organisation, with what and when."""

from __future__ import annotations

from .chance import Chance
from .devices import Device, laptop, phone
from .lines import Internet, Line
from .records import Person
from .tree import TEAMS

__all__ = ["outsider", "program", "teams", "worker"]

_GIVEN = """Aino Bruno Carla Dmitri Elif Farid Greta Hugo Ines Jakub Keiko Lars Maya Noor Olga Pablo
Quinn Rosa Samir Tess Umar Vera Wim Xenia Yusuf Zoe Anton Bea Cem Dora""".split()
_FAMILY = """Abel Brandt Costa Dias Eklund Fischer Grant Haas Ito Jansen Kaur Lopez Meyer Novak
Okoye Perez Quist Rossi Sato Toma Ueda Vogel Weiss Young Ziegler Berg""".split()
_FIRMS = "alder-partners brightwell corvid-audit delta-legal elmstone ferrum-works".split()


def teams(chance: Chance, number: int) -> list[str]:
    """Return each one's department; small firms lack some."""
    first = ["Leadership", "Sales", "IT", "Finance", "Engineering", "Operations"][:number]
    shares = [team.share for team in TEAMS.values()]
    return first + chance.choices(list(TEAMS), shares, k=number - len(first))


def _account(chance: Chance, taken: set[str], domain: str) -> tuple[str, str, str]:
    while True:
        given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
        email = f"{given}.{family}@{domain}".lower()
        if email not in taken:
            taken.add(email)
            return chance.digits(10), f"{given} {family}", email


def worker(
    chance: Chance, net: Internet, service: str, taken: set[str], domain: str,
    team: str, zone: float, office: Line | None, vpn: Line | None, usual: str,
) -> Person:  # fmt: skip
    """Draw a member of the staff."""
    remote = office is None or chance.yes(0.15)
    part_time = chance.yes(0.14)
    weekdays = frozenset(chance.few(range(5), chance.randint(2, 4)) if part_time else range(5))
    shift = team in ("Operations", "Support") and chance.yes(0.3)
    likely = (0.45, 0.75, 0.7, 0.7, 0.35)  # hybrid work: Tuesday to Thursday
    days = frozenset(day for day in range(5) if not remote and chance.yes(likely[day]))
    return Person(
        *_account(chance, taken, domain), team, net.home(), net.mobile(),
        laptop(chance, service, usual), phone(chance, service),
        rate=chance.around(14.5, 0.5), zone=zone + (chance.choice((-6, 1, 6)) if remote else 0),
        start=chance.choice((5.5, 13.5)) if shift else chance.gauss(8.6, 0.7),
        length=chance.uniform(4, 6) if part_time else chance.gauss(8.6, 0.7),
        weekdays=weekdays, office=None if remote else office, office_days=days,
        vpn=vpn if chance.yes(0.5) else None, syncs=chance.yes(0.45),
        evening=chance.choice((0.0, 0.02, 0.05, 0.3)), weekend=chance.choice((0.0, 0.01, 0.1)),
    )  # fmt: skip


def outsider(chance: Chance, net: Internet, service: str, taken: set[str]) -> Person:
    """Draw somebody of another firm."""
    domain = f"{chance.choice(_FIRMS)}.example"
    return Person(*_account(chance, taken, domain), "", net.home(chance.yes(0.4)), net.mobile(),
                  laptop(chance, service), phone(chance, service), "guest",
                  start=chance.gauss(9, 1), zone=chance.choice((-5.0, 0.0, 1.0, 2.0)))  # fmt: skip


def program(chance: Chance, net: Internet, name: str, agent: str, domain: str) -> Person:
    """Return a program with an account of its own."""
    device = Device(agent, "tool", 0, 0.0, agent)
    line = net.hosted()
    return Person(chance.digits(10), name, f"{name.lower().replace(' ', '-')}@{domain}", "IT",
                  line, line, device, device, "program")  # fmt: skip
