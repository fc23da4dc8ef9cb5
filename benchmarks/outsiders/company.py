"""Founding: teams and their folders, people, guests, programs, and accounts that nobody uses."""

from __future__ import annotations

from .lines import DAY
from .people import TEAMS, Actor, Via, Week, draw_person
from .scene import Scene
from .tree import Folder

__all__ = ["found", "hire", "via_of"]

_CORE = ("Management", "Sales", "Finance", "Engineering")
_PROJECTS = "Aurora Basalt Cedar Delta Ember Falcon Granite Harbor Indigo Juniper Kestrel".split()
_PROGRAMS = (("Nightly Backup", "backup"), ("Scan Station", "scanner"), ("CRM Connector", "crm"),
             ("Report Export", "export"), ("Build Agent", "build"))  # fmt: skip


def found(scene: Scene, people: int) -> None:
    """Found an organisation with so many persons at the start."""
    draws = scene.draws
    number = min(len(TEAMS), 2 + people // 9)
    names = [*_CORE[: min(number, 4)], *[name for name in TEAMS if name not in _CORE]][:number]
    if "IT" not in names and people > 12:
        names[-1] = "IT"
    zones = [draws.choice((-8, -6, -5, 0, 1, 1, 2, 5.5, 9))]
    zones += [draws.choice((-5, 0, 1, 8)) for _ in range(people // 60)]
    weights = {name: draws.skewed(1, 0.6) for name in names}
    for index in range(people):
        team = names[index] if index < len(names) else draws.weighted(weights)
        zone = zones[0] if draws.yes(0.85) else draws.choice(zones)
        _employ(scene, team, zone)
    for one in scene.people:
        one.admin = one.team == "IT" and draws.yes(0.5)
    scene.people[0].admin |= people < 15
    if not any(one.admin for one in scene.people):
        draws.choice([one for one in scene.people if one.team in ("IT", "Management")]).admin = True
    _make_folders(scene, names)
    _give_work(scene)
    _absences(scene)
    scene.programs = [_program(scene, *which) for which in draws.sample(
        _PROGRAMS, min(draws.randint(1, 2) + people // 50, len(_PROGRAMS)))]  # fmt: skip
    scene.guests = [_guest(scene) for _ in range(draws.count(1 + people / 12))]
    for _ in range(draws.count(0.5 + people / 40)):
        past = draw_person(draws, scene.namer, scene.internet, scene.service,
                           draws.choice(names), zones[0])  # fmt: skip
        past.folders = dict(draws.choice(scene.people).folders)
        past.left = -draws.uniform(20, 400) * DAY
        scene.left.append(past)


def _employ(scene: Scene, team: str, zone: float) -> Actor:
    """Employ somebody."""
    draws = scene.draws
    one = draw_person(draws, scene.namer, scene.internet, scene.service, team, zone)
    if draws.yes(scene.remote):
        one.week.office = 0.0
    scene.people.append(one)
    return one


def hire(scene: Scene, like: Actor) -> Actor:
    """Employ somebody who works with somebody's folders, from now on."""
    one = _employ(scene, like.team, like.week.zone)
    one.joined, one.folders = scene.now, dict(like.folders)
    own = _personal(scene, one)
    one.folders[own] = 1.0
    return one


def _make_folders(scene: Scene, names: list[str]) -> None:
    draws, tree = scene.draws, scene.tree
    for name in [*names, "Company", "Projects"]:
        members = [one for one in scene.people if one.team == name] or scene.people
        open_, secret = TEAMS.get(name, "News Handbook Archive |").split("|")
        if name == "Projects":
            open_, secret = " ".join(draws.sample(_PROJECTS, min(2 + len(members) // 12, 9))), ""
        top = tree.folder(name, None, name, members[0])
        made = [top]
        for word in open_.split():
            made.append(tree.folder(word, top, name, draws.choice(members)))
            if draws.yes(0.6):
                made.append(tree.folder(draws.choice(("2023", "2024", "Old", "Final")), made[-1],
                                        name, members[0]))  # fmt: skip
        made += [tree.folder(w, top, name, draws.choice(members), True) for w in secret.split()]
        for folder in made:
            median = 45 if folder.sensitive else 30
            size = int(draws.skewed(median * len(members) ** 0.4, 0.8, 8, 1500))
            tree.fill(folder, list(members), size)
        scene.teams[name] = made


def _personal(scene: Scene, one: Actor) -> Folder:
    return scene.tree.folder(one.email.split("@")[0], None, "own", one)


def _give_work(scene: Scene) -> None:
    """Give everybody folders: the own, some of the team's, and a few that all use."""
    draws = scene.draws
    for one in scene.people:
        own = _personal(scene, one)
        scene.tree.fill(own, [one], int(draws.skewed(40, 0.8, 8, 600)))
        one.folders[own] = draws.skewed(2.0, 0.5)
        for folder in scene.teams[one.team]:
            chance = 0.45 if folder.sensitive else 0.8
            if draws.yes(chance):
                one.folders[folder] = draws.skewed(1.0, 0.9)
        for folder in draws.some(scene.teams["Projects"][1:], draws.randint(0, 3)):
            one.folders[folder] = draws.skewed(1.0, 0.8)
        for folder in scene.teams["Company"]:
            one.folders[folder] = draws.skewed(0.12, 0.8)


def _absences(scene: Scene) -> None:
    """Draw holidays and sickness, and who joins and leaves on the way."""
    draws = scene.draws
    for one in scene.people:
        for _ in range(draws.count(scene.days / 55)):
            first = draws.randrange(scene.days)
            one.away.append((first, first + draws.choice((0, 1, 2, 4, 6, 9, 13))))
        if draws.yes(scene.days / 1200) and not one.admin:
            one.joined = draws.uniform(0.1, 0.9) * scene.end
        elif draws.yes(scene.days / 1500) and not one.admin:
            one.left = draws.uniform(0.2, 0.95) * scene.end


def _guest(scene: Scene) -> Actor:
    draws, host = scene.draws, scene.draws.choice(scene.people)
    one = draw_person(draws, scene.namer, scene.internet, scene.service, host.team, host.week.zone)
    one.email = draws.choice(scene.partners)
    while any(one.email == other.email for other in scene.guests):
        one.email = scene.namer.partner()
    folders = [f for f in host.folders if not f.sensitive and f.team != "own"]
    one.folders = dict.fromkeys(draws.some(folders, 2), 1.0) or dict(host.folders)
    one.guest, one.week.office, one.vpn = True, 0.0, False
    one.week.pace = draws.skewed(0.3, 0.7, 0.05, 2)
    return one


def _program(scene: Scene, name: str, local: str) -> Actor:
    """Draw a program, which has an account, a server and a user agent of its own."""
    draws = scene.draws
    one = Actor(scene.namer.identifier(), name, f"{local}@{scene.namer.domain}", "programs", Week())
    one.home = scene.internet.server()
    for folders in scene.teams.values():
        for folder in folders:
            if draws.yes({"backup": 1.0, "export": 0.4}.get(local, 0.15)):
                one.folders[folder] = 1.0
    if not one.folders:
        one.folders[scene.teams["Company"][0]] = 1.0
    return one


def via_of(program: Actor, scene: Scene) -> Via:
    """Return what a program acts through; its version grows."""
    assert program.home is not None
    version = 3 + int(scene.now // (37 * DAY))
    return Via(program.home, script=f"{program.name.replace(' ', '')}/{version}.1")
