"""The life of an organisation: staff, seasons, projects, guests, programs, comings and goings."""

from __future__ import annotations

from datetime import timedelta

from .chance import Chance
from .days import career
from .devices import TOOLS, Device
from .lines import DAY, HOUR
from .people import outsider, program, teams, worker
from .records import Folder, Person
from .scene import Pen, Scene, Story
from .tree import TEAMS

__all__ = ["depart", "desk", "found", "join", "visit"]

_PROJECTS = "Aurora Beacon Cedar Delta Ember Falcon Granite Horizon Iris Juniper".split()
_SYSTEMS = ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")


def desk(scene: Scene, person: Person) -> Pen:
    """Return somebody at work at the office or at home, whatever the day."""
    return Pen(scene, person, person.office or person.home, person.device)


def found(scene: Scene, number: int) -> None:
    """Make the staff, their folders, and all that happens every day."""
    chance, tree = scene.chance, scene.tree
    offices = [scene.net.fixed() for _ in range(1 + number // 70)] if chance.yes(0.85) else [None]
    vpn, usual = scene.net.hosted(), chance.choice(_SYSTEMS)
    arrivals = chance.count(number * scene.days / 365 * 0.18)
    for place, team in enumerate(teams(chance, number + arrivals)):
        office = chance.choice(offices)
        one = worker(chance, scene.net, scene.service, scene.taken, scene.domain, team,
                     scene.zone, office, vpn, usual)  # fmt: skip
        if place >= number:
            one.joins = int(chance.uniform(3, scene.days - 3)) * DAY - scene.zone * HOUR
        scene.people.append(one)
    for team, about in TEAMS.items():
        members = [one for one in scene.people[:number] if one.team == team]
        top = tree.folder(team, team=team)
        folders = [tree.folder(name, top) for name in about.folders]
        for folder in folders:
            folder.owner = scene.head(team)
            tree.fill(folder, members or scene.people[:1], 18 + 6 * len(members) ** 0.8)
        for one in (one for one in scene.people if one.team == team):
            one.places = chance.choices(folders, k=2) + chance.few(folders, 2)
        if not members:
            scene.head(team).places += folders[:1]
    company = tree.folder("Company", team="Marketing")
    commons = [tree.folder(name, company) for name in ("Policies", "Templates", "Events")]
    for folder in commons:
        tree.fill(folder, scene.people[:2], 15)
    people = tree.folder("Users")
    archive = tree.folder("Archive")
    tree.fill(archive, scene.people[:number], 60)
    for one in scene.people:
        own = tree.folder(one.name, people, one.team)
        own.owner = one
        tree.fill(own, [one], 12)
        one.places += [own, chance.choice(commons)]
        _plan_absence(scene, one)
        scene.start(0.0, career(scene, one))
        if one.joins:
            scene.start(one.joins, join(scene, one))
    _plan_life(scene, number)


def _plan_absence(scene: Scene, person: Person) -> None:
    chance = scene.chance
    for _ in range(chance.count(scene.days / 110)):
        first, length = chance.randrange(scene.days), int(chance.around(6, 0.5))
        person.away.update(range(first, first + length))
    person.away.update(day for day in range(scene.days) if chance.yes(0.015))


def _plan_life(scene: Scene, number: int) -> None:
    chance = scene.chance
    holidays = chance.few(range(scene.days), scene.days // 35)
    for person in scene.people:
        person.away.update(day for day in holidays if chance.yes(0.93))
    for day in range(scene.days):
        today = scene.first + timedelta(days=day)
        if today.month == 12 and today.day > 23:
            for person in scene.people:
                person.away.update((day, day + 1) if chance.yes(0.85) else ())
        quarter = today.month % 3 == 1
        if today.day <= (8 if quarter else 3) or today.day >= 29:
            scene.busy[day, "Finance"] = 2.0 if quarter else 1.4
        if today.month % 3 == 0 and today.day > 20:
            scene.busy[day, "Sales"] = 1.5
        if today.month in (7, 8):
            for team in TEAMS:
                scene.busy[day, team] = scene.busy.get((day, team), 1.0) * 0.75
    for name in chance.few(_PROJECTS, 1 + number // 18):
        begin = chance.uniform(-30, scene.days - 20)
        length = chance.uniform(25, 70)
        scene.start(max(begin, 0) * DAY, _project(scene, name, begin < 0, length * DAY))
    for name, story in (("Nightly Backup", _backup), ("Report Builder", _reports)):
        if number > 8 or chance.yes(0.5):
            agent = f"{name.replace(' ', '')}/{chance.randint(1, 9)}.2"
            made = program(chance, scene.net, name, agent, scene.domain)
            scene.programs.append(made)
            scene.start(chance.uniform(1, 4) * HOUR, story(scene, made))
    for one in scene.people:
        if one.team in ("Engineering", "IT") and chance.yes(0.08):
            scene.start(chance.uniform(0, 24) * HOUR, _script(scene, one))
    scene.start(DAY / 3, _administer(scene, number))
    scene.start(DAY / 5, _strangers(scene, number))
    leavers = chance.few(scene.people[2:number], chance.count(number * scene.days / 365 * 0.13))
    for person in leavers:
        person.leaves = (int(chance.uniform(15, scene.days)) + 0.7) * DAY - person.zone * HOUR
        scene.start(person.leaves + chance.expovariate(1 / DAY), depart(scene, person))
    if number >= 20 and chance.yes(0.3):
        moved = chance.few([one for one in scene.people[6:] if one not in leavers], number // 12)
        morning = (chance.randrange(10, scene.days - 10) + 0.4) * DAY - scene.zone * HOUR
        scene.start(morning, _reorganise(scene, moved))


def depart(scene: Scene, person: Person) -> Story:
    """Close somebody's account after they left."""
    person.leaves = min(person.leaves, scene.now)
    if not 7 < scene.local(scene.admin) < 20:
        yield scene.until(scene.admin, 9.5)
    pen = desk(scene, scene.admin)
    pen.account("suspend", person)
    yield 40.0
    pen.group("group_out", person, person.team)


def join(scene: Scene, person: Person) -> Story:
    """Let the administrator make an account, and the head of the department share its folders."""
    wait = scene.until(scene.admin, 9.2)
    person.joins = scene.now + wait
    yield wait
    pen = desk(scene, scene.admin)
    pen.account("join", person)
    yield 30.0
    pen.group("group_in", person, person.team)
    yield 2 * HOUR
    boss = scene.head(person.team)
    for folder in dict.fromkeys(person.places[:4]):
        desk(scene, boss).share(folder, person, "writer")
        yield 20.0


def _reorganise(scene: Scene, moved: list[Person]) -> Story:
    pen = desk(scene, scene.admin)
    for person in moved:
        team = scene.chance.choice([one for one in TEAMS if one != person.team])
        pen.group("group_out", person, person.team)
        yield 15.0
        pen.group("group_in", person, team)
        yield 60.0
        new = [one for one in scene.tree.folders if one.team == team and one.parent]
        person.team, person.places = team, scene.chance.few(new, 3) + person.places[-3:]


def _project(scene: Scene, name: str, old: bool, length: float) -> Story:
    """Let people of several departments work in a folder for some weeks, towards a deadline."""
    chance, tree = scene.chance, scene.tree
    projects = tree.at("/Projects") or tree.folder("Projects")
    top = tree.folder(name, projects, chance.choice(("Engineering", "Sales", "Operations")))
    folders = [tree.folder(part, top) for part in ("Drafts", "Deliverables", "Minutes")]
    members = chance.few(scene.staff(), chance.randint(3, 9))
    lead = members[0]
    guest = outsider(chance, scene.net, scene.service, scene.taken) if chance.yes(0.5) else None
    if old:
        for folder in folders:
            tree.fill(folder, members, 15)
    else:
        yield max(0.0, scene.until(lead, 10.0))
    pen = desk(scene, lead)
    for _ in range(chance.randint(3, 9)):
        pen.upload(folders[0])
        yield chance.around(40, 0.8)
    for one in members:
        one.places += folders[: chance.randint(1, 3)] * 2
        if one is not lead and not old:
            pen.share(top, one, "writer")
            yield chance.around(15, 0.5)
    if guest:
        pen.share(folders[1], guest, "reader")
        guest.places = [folders[1]]
        scene.guests.append(guest)
        scene.start(scene.now + DAY, visit(scene, guest, folders[1], length))
    last = int((scene.now + length) // DAY)
    for day in range(last - 5, last + 1):
        for team in {one.team for one in members}:
            scene.busy[day, team] = scene.busy.get((day, team), 1.0) * 1.35
    yield length
    for one in members:
        one.places = [place for place in one.places if place not in folders]
    if guest and lead.here(scene.now):
        desk(scene, lead).unshare(folders[1], guest)


def visit(scene: Scene, guest: Person, folder: Folder, length: float) -> Story:
    """Let a guest come to a folder twice a week or so."""
    chance, end = scene.chance, scene.now + length
    while scene.now < end and folder in guest.places:
        yield chance.expovariate(1 / (2.5 * DAY))
        yield scene.until(guest, chance.gauss(12, 2.5))
        pen = Pen(scene, guest, guest.home, guest.device)
        for file in chance.few(scene.tree.within(folder), chance.randint(1, 6)):
            pen.get(file, chance.choice(("view", "view", "download")))
            yield chance.around(50, 1.0)
        if chance.yes(0.25):
            pen.upload(folder)


def _backup(scene: Scene, robot: Person) -> Story:
    seen, pen = 0, Pen(scene, robot, robot.home, robot.device)
    while True:
        news, seen = list(dict.fromkeys(scene.changed[seen:])), len(scene.changed)
        for file in news[:: 1 + len(news) // 40]:
            pen.get(file, "download")
            yield scene.chance.around(1.5, 0.4)
        yield DAY - scene.now % DAY + 2 * HOUR


def _reports(scene: Scene, robot: Person) -> Story:
    pen = Pen(scene, robot, robot.home, robot.device)
    folders = [one for one in scene.tree.folders if one.name in ("Forecasts", "Budget", "Reports")]
    while True:
        for folder in folders:
            pen.upload(folder, f"daily report {int(scene.now // DAY):03}.pdf")
            yield 3.0
        yield DAY - len(folders) * 3.0


def _script(scene: Scene, person: Person) -> Story:
    """Let somebody's script fetch the news of a folder, with a tool that thieves use, too."""
    name, chance = scene.chance.choice(TOOLS), scene.chance
    pen = Pen(scene, person, scene.net.hosted(), Device(name, "tool", 0, 0.0, name), "app")
    every = chance.choice((1, 1, 7)) * DAY
    while person.leaves > scene.now:
        if person.here(scene.now):
            for file in scene.tree.within(person.places[0])[-chance.randint(2, 8) :]:
                pen.get(file, "download")
                yield chance.around(1.5, 0.4)
        yield every + chance.uniform(-60, 60)


def _administer(scene: Scene, number: int) -> Story:
    """Let the administrator help: passwords, second factors, groups, now and then a setting."""
    chance = scene.chance
    while True:
        yield chance.expovariate(number / (22 * DAY)) + 60.0
        admin = scene.admin
        if not scene.workday(admin) or not 8 < scene.local(admin) < 18:
            continue
        pen, one = desk(scene, admin), chance.choice(scene.staff())
        what = chance.choices(("reset", "factor", "group", "role", "setting"), (10, 4, 6, 1, 2))[0]
        if what == "reset":
            pen.account("reset", one)
            yield chance.around(120, 0.5)
            desk(scene, one).account("password")
        elif what == "factor":
            pen.account("factor_off", one)
            yield chance.around(300, 0.6)
            desk(scene, one).account("factor_on")
        elif what == "group":
            pen.group(chance.choice(("group_in", "group_out")), one, one.team)
        elif what == "role":
            pen.account(
                chance.choice(("promote", "demote")), chance.choice(scene.staff("IT") or [one])
            )
        else:
            pen.setting(chance.choice(("retention", "link expiry", "session length")))


def _strangers(scene: Scene, number: int) -> Story:
    """Let somebody on the internet try leaked passwords, one account at a time."""
    chance = Chance(scene.chance.random())
    while True:
        yield chance.expovariate(number / 60 / (2 * DAY))
        pen = Pen(scene, chance.choice(scene.staff()), scene.net.hosted(), scene.attacker())
        for _ in range(chance.randint(1, 3)):
            pen.account("fail")
            yield chance.around(20, 0.8)
