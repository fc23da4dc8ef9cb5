"""What people and robots do on an ordinary day.

Sessions are short bursts; some days are a hundred times busier than others, because somebody clears
up, uploads a shoot or downloads a folder (Leung et al. 2008, Drago et al. 2012; see `people` and
`programs`).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable

from .journal import Session, Thing
from .people import Actor
from .scene import Scene

__all__ = ["day_of", "robot_day"]

_BIG = 150  # files from which a chore counts as an oddity
_PROGRAMS = (
    ("Trello", ("files.read.selected",)),
    ("Zoom", ("files.read.selected", "profile")),
    ("DocuSign", ("files.read.selected", "files.write.selected")),
    ("Grammarly", ("profile",)),
    ("Slack", ("files.read", "profile")),
    ("Canva", ("files.read.selected",)),
    ("Smallpdf", ("files.read", "files.write")),
    ("Zapier", ("files.read", "files.write", "offline_access")),
)


def day_of(scene: Scene, actor: Actor, day: int) -> None:
    """Write a person's day."""
    if not actor.is_employed(day) or day in actor.away:
        return
    d = scene.draws
    works = scene.calendar.weekday(day) in actor.shift.weekdays
    if scene.calendar.is_holiday(actor.country, day):
        works = works and d.chance(0.05)
    if not works:
        if d.chance(0.03 * actor.attendance):  # an hour at the weekend
            _sessions(scene, actor, day, d.count(actor.rate / 3, 0.9))
        return
    if not d.chance(actor.attendance):
        return
    amount = actor.rate * scene.calendar.pressure(day)
    if d.chance(0.02):
        amount *= d.tail(2, 1.3, 25)
    _sessions(scene, actor, day, d.count(amount, scene.culture.burst, 1500))
    if d.chance(0.006 * scene.culture.chores):
        _chore(scene, actor, day)
    if d.chance(0.012):
        _account_business(scene, actor, day)


def _sessions(scene: Scene, actor: Actor, day: int, events: int) -> None:
    """Spread a day's events over bursts in the working hours."""
    d = scene.draws
    sizes = []
    while events > 0:
        sizes.append(min(events, d.count(5, 0.9)))
        events -= sizes[-1]
    starts = sorted(scene.working_hour(actor, day) for _ in sizes)
    for at, size in zip(starts, sizes, strict=True):
        session = scene.usual_session(actor, day, at)
        _sign_in(scene, actor, at, session)
        gap = d.choice((6.0, 25.0, 60.0, 120.0))
        for moment in d.times(at, size, gap):
            _one(scene, actor, moment, session)


def _sign_in(scene: Scene, actor: Actor, at: float, session: Session) -> None:
    """Sign in when the program's session has run out, sometimes at the second attempt."""
    if at < actor.signed_in.get(session.agent, 0.0):
        return
    d = scene.draws
    failures = d.choice((1, 1, 1, 2, 3, 5)) if d.chance(scene.culture.clumsiness) else 0
    scene.login(at - d.uniform(2, 30), actor, session, failures)
    actor.signed_in[session.agent] = at + 86400 * d.around(scene.culture.login_every, 0.4)


def _one(scene: Scene, actor: Actor, at: float, session: Session) -> None:
    """Do one usual thing."""
    d = scene.draws
    verb = actor.verbs[bisect(actor.weights, d.random() * actor.weights[-1])]
    folder = d.choice(actor.folders)
    if verb == "add" or not folder.files:
        actor.recent.append(scene.add(at, actor, folder, session))
        return
    file = d.choice(actor.recent) if actor.recent and d.chance(0.45) else None
    if file is None or not scene.documents.alive[file]:
        file = scene.documents.pick(folder)
        if file is None:
            return
    scene.act(at, actor, verb, file, session)
    actor.recent.append(file)
    if verb == "public" and d.chance(0.6):
        visits(scene, at, file, d.count(2, 1.0, 60))


def visits(scene: Scene, at: float, file: int, count: int) -> None:
    """Write what strangers do with a public link, in the days after."""
    d = scene.draws
    end = scene.calendar.at("GB", scene.calendar.days, 0)
    pool = scene.networks.hosting()
    for moment in d.times(at + d.around(3000, 1), count, d.around(20000, 1)):
        if moment < end:
            agent = d.choice(scene.people()).device.browser.at(0)
            scene.journal.file(
                moment, None, "visit", file, scene.session(pool.address(moment), agent)
            )


# Chores -----------------------------------------------------------------------


def _chore(scene: Scene, actor: Actor, day: int) -> None:
    """Do something to many files at once, as everybody does now and then."""
    d = scene.draws
    kind = d.choice(tuple(_CHORES))
    count = round(d.tail(15, 0.9, 1200))
    at = scene.working_hour(actor, day)
    label = scene.label(kind, [actor]) if count >= _BIG else None
    with scene.journal.of(label):
        _CHORES[kind](scene, actor, at, count, scene.usual_session(actor, day, at))


def _upload(scene: Scene, actor: Actor, at: float, count: int, session: Session) -> None:
    folder = scene.draws.choice(actor.folders)
    for moment in scene.draws.times(at, count, scene.draws.choice((0.5, 2.0, 5.0))):
        scene.add(moment, actor, folder, session)


def _over(verb: str, gap: float) -> Callable[[Scene, Actor, float, int, Session], None]:
    """Return a chore that does the same to many files of one folder."""

    def chore(scene: Scene, actor: Actor, at: float, count: int, session: Session) -> None:
        folder = max(scene.draws.some(actor.folders, 2), key=lambda f: len(f.files))
        files = folder.files[:count] if verb == "delete" else folder.files[-count:]
        for moment, file in zip(scene.draws.times(at, count, gap), list(files), strict=False):
            scene.act(moment, actor, verb, file, session)
            if verb == "delete" and scene.draws.chance(scene.culture.purging):
                scene.journal.file(moment + 400, actor, "purge", file, session)

    return chore


_CHORES: dict[str, Callable[[Scene, Actor, float, int, Session], None]] = {
    "bulk_upload": _upload,
    "bulk_download": _over("download", 0.8),
    "clean_up": _over("delete", 1.5),
    "tidying": _over("move", 1.5),
    "batch_rename": _over("rename", 2.5),
    "bulk_sharing": _over("share", 4.0),
}


def _account_business(scene: Scene, actor: Actor, day: int) -> None:
    """Change the password, allow a program, or have the help desk reset something."""
    d = scene.draws
    at = scene.working_hour(actor, day)
    session = scene.usual_session(actor, day, at)
    kind = d.choice(("consent", "consent", "password", "reset", "group", "setting", "factor"))
    if kind == "consent":
        consent(scene, actor, at, session, *d.choice(_PROGRAMS))
    elif kind == "password":
        scene.journal.thing(at, actor, "password", scene.user(actor), session)
    elif kind == "factor":
        scene.journal.thing(at, actor, "factor_on", scene.user(actor), session)
    else:
        admin = scene.admin(day)
        by = scene.usual_session(admin, day, at)
        if kind == "reset":
            scene.login(at - 60, actor, session, d.randint(2, 8))
            scene.journal.thing(at, admin, "reset", scene.user(actor), by)
        elif kind == "group":
            group = Thing(f"group-{actor.department}", actor.department, "group", actor.email)
            scene.journal.thing(at, admin, d.choice(("enter", "exit")), group, by)
        else:
            name = d.choice(("External sharing", "Session length", "Allowed programs", "Branding"))
            scene.journal.thing(at, admin, "setting", Thing(name, name, "setting"), by)


def consent(
    scene: Scene, actor: Actor, at: float, session: Session, name: str, scopes: tuple[str, ...]
) -> None:
    """Let a program act for a person."""
    number = sum(name.encode()) * 7919 % 99991
    thing = Thing(f"app-{number}", name, "application")
    scene.journal.thing(at, actor, "consent", thing, session, {"scopes": list(scopes)})


# Robots -----------------------------------------------------------------------


def robot_day(scene: Scene, robot: Actor, day: int) -> None:
    """Write a robot's day: backups at night, scans and integrations around the clock."""
    if not robot.is_employed(day):
        return
    d = scene.draws
    folders = [f for f in scene.documents.folders if f.files]
    if not folders:
        return
    if robot.department == "backup":
        if d.chance(0.97):
            at = scene.calendar.at(robot.country, day, robot.shift.start + d.random() * 0.2)
            _robot_run(scene, robot, day, at, "download", d.count(robot.rate, 0.35))
    else:
        for _ in range(d.choice((2, 4, 4, 8))):
            at = scene.calendar.at(robot.country, day, d.random() * 24)
            verb = "view" if robot.department == "scanner" else d.choice(("add", "add", "update"))
            _robot_run(scene, robot, day, at, verb, d.count(robot.rate / 6, 0.6))


def _robot_run(scene: Scene, robot: Actor, day: int, at: float, verb: str, count: int) -> None:
    d = scene.draws
    session = scene.usual_session(robot, day, at)
    if at >= robot.signed_in.get(session.agent, 0.0):
        scene.login(at - 1, robot, session)
        robot.signed_in[session.agent] = at + 86400 * d.choice((0.9, 7, 30))
    folders = [f for f in scene.documents.folders if f.files]
    for moment in d.times(at, count, d.choice((0.4, 1.5))):
        folder = d.choice(robot.folders or folders)
        if verb == "add":
            scene.add(moment, robot, folder, session)
        else:
            file = scene.documents.pick(folder)
            if file is not None:
                scene.act(moment, robot, verb, file, session)
