"""An organisation before anything happens: its people, robots, offices and folders."""

from __future__ import annotations

import math

from .networks import Networks
from .people import DEPARTMENTS, Actor, draw_mix
from .programs import Device, phone, robot, workstation
from .rhythms import COUNTRIES, Shift, draw_shift
from .scene import Scene

__all__ = ["found", "hire"]


def found(scene: Scene, people: int) -> None:
    """Set up an organisation of so many people."""
    d = scene.draws
    headquarters = d.choice(tuple(COUNTRIES))
    branches = [headquarters]
    if people > 15:
        branches += d.some([c for c in COUNTRIES if c != headquarters], d.choice((0, 1, 2, 3)))
    scene.networks = Networks(d, branches)
    scene.offices = [(c, scene.networks.fixed(d.choice((1, 1, 2, 4, 6)))) for c in branches]
    scene.vpn = scene.networks.fixed(d.choice((1, 2, 3))) if scene.culture.vpn else None
    departments = d.some(DEPARTMENTS, max(1, min(len(DEPARTMENTS), round(math.sqrt(people)))))
    scene.team_folders = {name: scene.documents.department(name, 0) for name in departments}
    for _ in range(people):
        hire(scene, d.choice(departments))
    for admin in d.some(scene.people(), 1 if people < 15 else d.choice((1, 2, 2, 3))):
        admin.admin = True
    for _ in range(max(1, people // 15)):
        scene.unused.append(hire(scene, d.choice(departments), kind="unused"))
    for kind in d.some(("backup", "scanner", "integration"), d.choice((1, 1, 2, 3))):
        _install(scene, kind)
    for _ in range(people // 12):
        scene.guests.append(_invite(scene, d.choice(departments)))
    _fill(scene, people)


def hire(
    scene: Scene, department: str, kind: str = "person", first: int = 0, released: int = 118
) -> Actor:
    """Give somebody an account, with habits of their own."""
    d, culture = scene.draws, scene.culture
    country, office = d.choice(scene.offices[:1] * 2 + scene.offices)
    name, email = scene.namer.person()
    verbs, weights = draw_mix(d, department, culture)
    rate = d.around(culture.median_rate, culture.spread)
    if d.chance(0.04):
        rate = d.tail(max(rate, 15), 1.2, 250)
    actor = Actor(
        index=len(scene.actors),
        id=scene.namer.id(),
        name=name,
        email=email,
        department=department,
        country=country,
        shift=draw_shift(d, culture.night),
        rate=min(rate, 250),
        attendance=d.choice((0.25, 0.6, 0.9, 0.95, 0.98)),
        verbs=verbs,
        weights=weights,
        home=scene.networks.home(country),
        mobile=scene.networks.mobile(country),
        office=None if d.chance(0.12) else office,
        remote=min(1.0, max(0.0, d.gauss(culture.remote, 0.25))),
        device=workstation(d, scene.service, released),
        phone=phone(d, scene.service, released),
        kind=kind,
        first=first,
    )
    scene.actors.append(actor)
    _give_folders(scene, actor)
    _holidays(scene, actor)
    return actor


def _give_folders(scene: Scene, actor: Actor) -> None:
    """Give a person their own folder, the department's, and a few others'."""
    d = scene.draws
    team = scene.team_folders[actor.department]
    own = scene.documents.folder(actor.name, "/Users", actor.department, actor.index)
    open_ = [f for f in team if not f.sensitive or d.chance(0.3)]
    others = [f for fs in scene.team_folders.values() for f in fs if not f.sensitive]
    actor.folders = [own, own, own, *d.some(open_, 3), *d.some(others, d.choice((0, 0, 1, 2)))]


def _holidays(scene: Scene, actor: Actor) -> None:
    """Plan leave, sickness and journeys."""
    d, days = scene.draws, scene.calendar.days
    for _ in range(d.choice((0, 1, 1, 2))):
        start = d.randrange(days)
        actor.away.update(range(start, start + d.choice((1, 1, 3, 7, 14, 21))))
    if d.chance(0.15):
        for _ in range(d.choice((1, 1, 2, 4))):
            start = d.randrange(days)
            hotel = scene.networks.hotel()
            actor.travels.update(dict.fromkeys(range(start, start + d.randint(2, 9)), hotel))


def _install(scene: Scene, kind: str) -> Actor:
    """Give a robot an account, a server and a schedule."""
    d = scene.draws
    local = d.choice((f"svc-{kind}", f"{kind}.bot", f"{kind}-service"))
    machine = _account(scene, local, scene.namer.unique(local, scene.namer.domain), kind)
    machine.kind = "robot"
    machine.office = scene.networks.server()
    machine.device = robot(d, kind)
    machine.rate = d.tail(10, 1.1, 120 if kind == "backup" else 60)
    machine.shift = Shift(frozenset(range(7)), d.choice((1.0, 2.5, 22.0)), 3.0)
    if kind == "integration":
        machine.folders = [
            scene.documents.folder("Exports", "/Shared", "Operations", machine.index)
        ]
    scene.robots.append(machine)
    return machine


def _invite(scene: Scene, department: str) -> Actor:
    """Let somebody from a partner work in a folder or two."""
    email = scene.outsider()
    guest = _account(scene, email.partition("@")[0].replace(".", " ").title(), email, department)
    guest.kind = "guest"
    guest.office = None
    guest.remote = 1.0
    guest.folders = scene.draws.some(scene.team_folders[department][:2], 2)
    guest.attendance = 0.3
    return guest


def _account(scene: Scene, name: str, email: str, department: str) -> Actor:
    """Make an account with nothing personal but its name."""
    d = scene.draws
    country = scene.offices[0][0]
    verbs, weights = draw_mix(d, department, scene.culture)
    device: Device = workstation(d, scene.service, 118)
    actor = Actor(
        len(scene.actors), scene.namer.id(), name, email, department, country,
        Shift(frozenset(range(5)), 9.0, 8.0), d.around(3, 0.8), 0.9, verbs, weights,
        scene.networks.home(country), scene.networks.mobile(country), None, 1.0, device, device,
    )  # fmt: skip
    scene.actors.append(actor)
    return actor


def _fill(scene: Scene, people: int) -> None:
    """Put the files of earlier years into the folders."""
    d = scene.draws
    before = scene.calendar.at("GB", 0, 0)
    for folder in scene.documents.folders:
        personal = folder.path.startswith("/Users")
        scene.documents.fill(folder, round(d.tail(12 if personal else 60, 1.0, 1500)), before)
