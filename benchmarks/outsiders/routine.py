"""What goes on beside people's work: programs, administration, journeys, noise."""

from __future__ import annotations

from .company import hire, via_of
from .devices import draw_device
from .draws import Draws
from .life import live, log_in, usual_via
from .lines import DAY, HOUR
from .people import Actor, Via
from .scene import Scene, Script

__all__ = ["begin", "welcome"]


def begin(scene: Scene) -> None:
    """Let everybody and everything start."""
    for one in [*scene.people, *scene.guests]:
        scene.start(0.0, live(scene, one))
        scene.start(scene.draws.random() * DAY, _errands(scene, one))
        if one.joined > 0 or one.left < scene.end:
            scene.start(0.0, _come_and_go(scene, one))
        if scene.draws.yes(0.06):
            scene.start(scene.draws.uniform(1, 20) * DAY, _travel(scene, one))
    for program in scene.programs:
        scene.start(0.0, _run(scene, program))
    scene.start(9 * HOUR, _administer(scene))
    scene.start(0.0, _noise(scene))


def _errands(scene: Scene, one: Actor) -> Script:
    """Let applications in, and replace a second factor, now and then."""
    draws = Draws(scene.draws.random(), "errands")
    while not one.guest:
        yield scene.now + draws.expovariate(1 / 110) * DAY
        noon = int(scene.now // DAY) * DAY + (draws.uniform(9, 16) - one.week.zone) * HOUR
        yield max(noon, scene.now)
        if not one.joined <= scene.now < one.left or not one.works(int(scene.now // DAY)):
            continue
        via = usual_via(scene, one, "home" if draws.yes(0.4) else "office", draws)
        yield from log_in(scene, one, via, draws)
        if draws.yes(0.75):
            scene.consent(one, draws.choice(scene.apps), draws.yes(0.15), via)
            continue
        for verb in ("factor_off", "factor_on"):
            scene.session(one, verb, via)
            yield scene.now + draws.skewed(60, 0.8)


def welcome(scene: Scene, one: Actor) -> Script:
    """Give somebody an account and a group."""
    admin, draws = scene.admin(), scene.draws
    via = usual_via(scene, admin, "office", draws)
    scene.session(admin, "join", via, about=one)
    yield scene.now + draws.skewed(40, 0.6)
    scene.group(admin, "group_in", one, one.team, via)


def _come_and_go(scene: Scene, one: Actor) -> Script:
    """Let an administrator open and close an account in time, or a little late."""
    draws = scene.draws
    if one.joined > 0:
        yield one.joined - 2 * HOUR
        yield from welcome(scene, one)
    if one.left < scene.end:
        yield one.left + draws.skewed(5, 1.2) * HOUR
        admin = scene.admin()
        scene.session(admin, "suspend", usual_via(scene, admin, "office", draws), about=one)


def _travel(scene: Scene, one: Actor) -> Script:
    """Go on a journey every few weeks."""
    draws = Draws(scene.draws.random(), "travel")
    while True:
        one.journey = scene.internet.hotel()
        yield scene.now + draws.uniform(1, 4) * DAY
        one.journey = None
        yield scene.now + draws.skewed(18, 0.6) * DAY


def _administer(scene: Scene) -> Script:
    """Reset passwords, look after groups, and change a setting, as days go by."""
    draws = Draws(scene.draws.random(), "administration")
    while True:
        yield scene.now + draws.expovariate((1 + len(scene.people) / 25) / 5) * DAY
        admin = scene.admin()
        morning = (int(scene.now // DAY) + (draws.uniform(9, 16) - admin.week.zone) / 24) * DAY
        yield max(morning, scene.now)
        about = draws.choice([one for one in scene.people if one.left > scene.now])
        via = usual_via(scene, admin, "office" if draws.yes(admin.week.office) else "home", draws)
        yield from log_in(scene, admin, via, draws)
        what = draws.weighted(
            {"reset": 4, "group_in": 4, "group_out": 2, "role": 0.3, "hire": 0.15}
        )
        if what == "reset":
            scene.session(admin, "reset", via, about=about)
            yield scene.now + draws.skewed(300, 0.8)
            scene.session(about, "password", usual_via(scene, about, "office", draws))
        elif what == "role":
            verb = "promote" if not about.admin else "demote"
            scene.role(admin, verb, about, via, None, draws.choice(("helpdesk", "group-admin")))
        elif what == "hire":
            one = hire(scene, about)
            yield from welcome(scene, one)
            scene.start(scene.now + HOUR, live(scene, one))
        else:
            scene.group(admin, what, about, draws.choice(list(scene.teams)), via)


def _noise(scene: Scene) -> Script:
    """Let strangers guess passwords, a few at a time and in vain."""
    draws = Draws(scene.draws.random(), "noise")
    rate = draws.skewed(0.3, 1.0) * (1 + len(scene.people) / 40)
    while True:
        yield scene.now + draws.expovariate(rate) * DAY
        line = scene.internet.server() if draws.yes(0.6) else scene.internet.proxies()
        via = Via(line, draw_device(draws, scene.service))
        for one in draws.some(scene.people + scene.left, draws.choice((1, 1, 1, 2, 4))):
            for _ in range(1 + draws.count(0.7)):
                scene.session(one, "fail", via)
                yield scene.now + draws.skewed(30, 1.2)


def _run(scene: Scene, program: Actor) -> Script:
    """Run a program by its timetable."""
    draws = Draws(scene.draws.random(), program.email)
    kind = program.email.split("@")[0]
    every, hour = {"backup": (1, 1.5), "export": (7, 6), "build": (1, 13)}.get(kind, (1, 8))
    for day in range(0, scene.days, int(every)):
        yield max(scene.now, (day + (hour + draws.random() / 6) / 24) * DAY)
        for folder in program.folders:
            if kind == "backup":
                files = [f for f in folder.latest if f.modified > scene.now - DAY]
            else:
                size = {"export": 15, "build": 6}.get(kind, 2)
                files = draws.some(folder.files, draws.count(size))
            for file in files:
                if kind in ("scanner", "crm") and draws.yes(0.6):
                    yield scene.now + draws.expovariate(1 / 2000)
                    scene.upload(program, folder, via_of(program, scene))
                else:
                    scene.act(program, "download", file, via_of(program, scene))
                yield scene.now + draws.skewed(2, 0.7)
