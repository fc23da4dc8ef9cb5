"""Honest events that look odd.

The everyday counterparts of incidents: they touch as many files, come from as new addresses and
change as many rights as these do, for good reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .journal import Label, Session, Thing
from .organisation import hire
from .people import Actor
from .programs import robot, workstation
from .routine import consent, visits
from .scene import Scene

__all__ = ["HAPPENINGS"]


def _someone(scene: Scene, day: int) -> Actor:
    return scene.draws.choice(scene.people(day) or scene.people())


def new_laptop(scene: Scene, day: int) -> None:
    """Somebody's new machine downloads everything, with newer programs."""
    actor = _someone(scene, day)
    label = scene.label("new_laptop", [actor])

    def arrive(day: int) -> None:
        d = scene.draws
        actor.device = workstation(d, scene.service, 118 + day // 28)
        at = scene.working_hour(actor, day)
        program = actor.device.sync or actor.device.browser
        session = scene.session(scene.place(actor, day, at).address(at), program.at(day))
        with scene.journal.of(label):
            scene.login(at, actor, session, d.choice((0, 0, 1)))
            files = [f for folder in dict.fromkeys(actor.folders) for f in folder.files]
            for moment, file in zip(d.times(at + 40, 2500, 0.7), files, strict=False):
                scene.act(moment, actor, "sync", file, session)

    scene.on(day, arrive)


def joiners(scene: Scene, day: int) -> None:
    """One or a few people start on the same day."""
    _welcome(scene, day, scene.draws.choice((1, 1, 2, 3)), "joiners")


def merger(scene: Scene, day: int) -> None:
    """Dozens of people come within a week, and their files with them."""
    d = scene.draws
    size = max(3, round(len(scene.people()) * d.uniform(0.15, 0.4)))
    scene.offices.append((scene.offices[0][0], scene.networks.fixed(d.choice((1, 2, 4)))))
    _welcome(scene, day, size, "merger", over=5)
    imports(scene, day + d.randint(1, 6))


def _welcome(scene: Scene, day: int, count: int, kind: str, over: int = 1) -> None:
    d = scene.draws
    label = scene.label(kind, [])
    for _ in range(count):
        first = day + d.randrange(over)
        actor = hire(scene, d.choice(tuple(scene.team_folders)), first=first)
        label.people.append(actor)

        def start(day: int, actor: Actor = actor) -> None:
            admin = scene.admin(day)
            at = scene.working_hour(admin, day)
            by = scene.usual_session(admin, day, at)
            group = Thing(f"group-{actor.department}", actor.department, "group", actor.email)
            with scene.journal.of(label):
                scene.journal.thing(at, admin, "join", scene.user(actor), by)
                scene.journal.thing(at + 30, admin, "enter", group, by)
                _read_around(scene, actor, day, d.count(40, 0.8))

        scene.on(first, start)


def _read_around(scene: Scene, actor: Actor, day: int, count: int) -> None:
    """Read widely, as newcomers and reviewers do."""
    d = scene.draws
    at = scene.working_hour(actor, day)
    session = scene.usual_session(actor, day, at)
    folders = [f for f in scene.documents.folders if f.files and not f.path.startswith("/Users")]
    for moment in d.times(at, count, 20):
        file = scene.documents.pick(d.choice(folders)) if folders else None
        if file is not None:
            scene.act(moment, actor, "view" if d.chance(0.8) else "download", file, session)


def leaver(scene: Scene, day: int) -> None:
    """Somebody leaves in good order: they hand over files, and the account is closed."""
    actor = scene.victim(0, day)
    actor.last = min(actor.last, day)
    label = scene.label("leaver", [actor])

    def hand_over(day: int) -> None:
        d = scene.draws
        at = scene.working_hour(actor, day)
        session = scene.usual_session(actor, day, at)
        folder = d.choice(scene.team_folders[actor.department])
        with scene.journal.of(label):
            for moment, file in zip(
                d.times(at, d.count(60, 0.8, 600), 4), list(actor.folders[0].files), strict=False
            ):
                before = (scene.documents.names[file], actor.folders[0])
                scene.documents.move(file, folder)
                scene.journal.file(moment, actor, "move", file, session, before)

    def close(day: int) -> None:
        admin = scene.admin(day)
        at = scene.working_hour(admin, day)
        with scene.journal.of(label):
            by = scene.usual_session(admin, day, at)
            scene.journal.thing(at, admin, "suspend", scene.user(actor), by)

    scene.on(day, hand_over)
    scene.on(day + 1, close)


def reorganisation(scene: Scene, day: int) -> None:
    """Teams change: groups, rights and folders move for days."""
    people = scene.draws.some(scene.people(day), max(2, len(scene.people()) // 4))
    label = scene.label("reorganisation", people)

    def change(day: int) -> None:
        d, admin = scene.draws, scene.admin(day)
        at = scene.working_hour(admin, day)
        by = scene.usual_session(admin, day, at)
        with scene.journal.of(label):
            for moment, actor in zip(d.times(at, len(people), 40), people, strict=True):
                to = d.choice(tuple(scene.team_folders))
                for verb, team in (("exit", actor.department), ("enter", to)):
                    group = Thing(f"group-{team}", team, "group", actor.email)
                    scene.journal.thing(moment, admin, verb, group, by)
                actor.department = to
                actor.folders += scene.draws.some(scene.team_folders[to], 2)
            if d.chance(0.5):
                role = {"role": "editor"}
                chief = scene.user(d.choice(people))
                scene.journal.thing(moment + 90, admin, "promote", chief, by, role)

    scene.on(day, change)
    for later in (1, 2, 4):
        scene.on(day + later, lambda day: _many(scene, label, people, day, "move", 50))


def project_closure(scene: Scene, day: int) -> None:
    """Let several people archive and delete what is left of a project."""
    team = scene.draws.some(scene.people(day), scene.draws.randint(2, 6))
    label = scene.label("project_closure", team)
    for later in range(scene.draws.randint(1, 4)):
        scene.on(day + later, lambda day: _many(scene, label, team, day, "delete", 120))


def seasonal_sharing(scene: Scene, day: int) -> None:
    """Before a season's end a team sends offers or reports to many customers."""
    team = scene.draws.some(scene.people(day), scene.draws.randint(1, 5))
    label = scene.label("seasonal_sharing", team)
    for later in range(scene.draws.randint(3, 9)):
        verb = scene.draws.choice(("invite", "public", "company"))
        scene.on(day + later, partial(_share_out, scene, label, team, verb))


def _share_out(scene: Scene, label: Label, team: list[Actor], verb: str, day: int) -> None:
    _many(scene, label, team, day, verb, 20)


def _many(scene: Scene, label: Label, team: list[Actor], day: int, verb: str, median: int) -> None:
    """Let each of a team do the same to many of their files."""
    d = scene.draws
    with scene.journal.of(label):
        for actor in (a for a in team if a.is_employed(day) and d.chance(0.7)):
            at = scene.working_hour(actor, day)
            session = scene.usual_session(actor, day, at)
            folder = max(d.some(actor.folders, 3), key=lambda f: len(f.files))
            files = list(folder.files[: d.count(median, 0.9, 900)])
            for moment, file in zip(d.times(at, len(files), 3), files, strict=True):
                scene.act(moment, actor, verb, file, session)
                if verb == "public":
                    visits(scene, moment, file, d.count(2, 0.8, 20))


def internal_audit(scene: Scene, day: int) -> None:
    """Somebody reviews all departments for some weeks."""
    actor = _someone(scene, day)
    label = scene.label("internal_audit", [actor])

    def review(day: int) -> None:
        if day not in actor.away and scene.calendar.weekday(day) in actor.shift.weekdays:
            with scene.journal.of(label):
                _read_around(scene, actor, day, scene.draws.count(70, 0.7, 900))

    for later in range(scene.draws.randint(4, 20)):
        scene.on(day + later, review)


def imports(scene: Scene, day: int) -> None:
    """Let a migration tool bring another system's files, by day and by night."""
    d = scene.draws
    admin = scene.admin(max(0, min(day, scene.calendar.days - 1)))
    tool, server = robot(d, "migration"), scene.networks.server()
    label = scene.label("import", [admin])
    folder = scene.documents.folder("Imported", "/Shared", "Operations", admin.index)

    def run(day: int) -> None:
        at = scene.calendar.at(admin.country, day, d.uniform(0, 20))
        session = scene.session(server.address(at), tool.browser.at(day))
        with scene.journal.of(label):
            if d.chance(0.6):
                consent(scene, admin, at - 9, session, "MoverPro", ("files.read", "files.write"))
            for moment in d.times(at, d.count(350, 0.8, 3000), 0.5):
                scene.add(moment, admin, folder, session)

    for later in range(d.randint(1, 4)):
        scene.on(day + later, run)


def roll_out(scene: Scene, day: int) -> None:
    """Introduce a program, which everybody allows within a week."""
    d = scene.draws
    users = [a for a in scene.people(day) if d.chance(0.7)]
    name = d.choice(("Notion", "Miro", "Adobe Sign", "Jira Cloud", "Lucid"))
    scopes = d.choice((("files.read",), ("files.read", "files.write", "offline_access")))
    label = scene.label("roll_out", users)
    for actor in users:

        def allow(day: int, actor: Actor = actor) -> None:
            at = scene.working_hour(actor, day)
            with scene.journal.of(label):
                session = scene.usual_session(actor, day, at)
                consent(scene, actor, at, session, name, scopes)

        scene.on(day + min(6, int(d.expovariate(0.5))), allow)


def stale_password(scene: Scene, day: int) -> None:
    """Let a forgotten phone try an old password for days."""
    actor = _someone(scene, day)
    label = scene.label("stale_password", [actor])

    def retry(day: int) -> None:
        d = scene.draws
        at = scene.calendar.at(actor.country, day, 0)
        with scene.journal.of(label):
            for moment in d.times(at, d.count(25, 0.7, 200), 1500, 0.5):
                program = actor.phone.browser.at(day)
                session = scene.session(actor.mobile.address(moment), program)
                scene.journal.thing(moment, actor, "failure", scene.user(actor), session)

    for later in range(scene.draws.randint(1, 4)):
        scene.on(day + later, retry)


def expired_passwords(scene: Scene, day: int) -> None:
    """All passwords expire; half of the staff mistype the new ones."""
    label = scene.label("expired_passwords", scene.people(day))

    def expire(day: int) -> None:
        d = scene.draws
        with scene.journal.of(label):
            for actor in scene.people(day):
                at = scene.working_hour(actor, day)
                session = scene.usual_session(actor, day, at)
                scene.journal.thing(at - 100, actor, "password", scene.user(actor), session)
                scene.login(at, actor, session, d.choice((0, 0, 1, 2, 4)))

    scene.on(day, expire)


def new_admin(scene: Scene, day: int) -> None:
    """Make a colleague an administrator, who then looks around the settings."""
    colleague = _someone(scene, day)
    label = scene.label("new_admin", [colleague])

    def appoint(day: int) -> None:
        admin = scene.admin(day)
        at = scene.working_hour(admin, day)
        by = scene.usual_session(admin, day, at)
        with scene.journal.of(label):
            role = {"role": "administrator"}
            scene.journal.thing(at, admin, "promote", scene.user(colleague), by, role)
            session = scene.usual_session(colleague, day, at)
            for moment in scene.draws.times(at + 600, scene.draws.randint(1, 5), 200):
                thing = Thing("Allowed programs", "Allowed programs", "setting")
                scene.journal.thing(moment, colleague, "setting", thing, session)
        colleague.admin = True

    scene.on(day, appoint)


def return_from_leave(scene: Scene, day: int) -> None:
    """Somebody is back after months, with a forgotten password, and catches up."""
    if not scene.unused:
        return
    actor = scene.unused.pop()
    actor.kind, actor.first = "person", day
    label = scene.label("return_from_leave", [actor])

    def back(day: int) -> None:
        at = scene.working_hour(actor, day)
        session = scene.usual_session(actor, day, at)
        with scene.journal.of(label):
            scene.login(at, actor, session, scene.draws.choice((0, 1, 3, 5)))
            _read_around(scene, actor, day, scene.draws.count(60, 0.8, 500))

    scene.on(day, back)


def moving_house(scene: Scene, day: int) -> None:
    """Somebody has a new line at home, perhaps in another country."""
    actor = _someone(scene, day)
    countries = [country for country, _ in scene.offices]

    def move(day: int) -> None:
        actor.home = scene.networks.home(scene.draws.choice(countries))

    scene.on(day, move)


def office_move(scene: Scene, day: int) -> None:
    """Give an office a new provider, and so all its people new addresses."""
    _, office = scene.draws.choice(scene.offices)

    def move(day: int) -> None:
        office.addresses = scene.networks.fixed(scene.draws.choice((1, 2, 4))).addresses

    scene.on(day, move)


def night_call(scene: Scene, day: int) -> None:
    """Somebody on call works through a night, from home."""
    actor = _someone(scene, day)
    label = scene.label("night_call", [actor])

    def work(day: int) -> None:
        d = scene.draws
        at = scene.off_hour(actor, day)
        session = scene.session(actor.home.address(at), actor.device.browser.at(day))
        with scene.journal.of(label):
            files = list(scene.within_reach(actor, d.count(50, 0.9, 500)))
            for moment, file in zip(d.times(at, len(files), 45), files, strict=True):
                scene.act(
                    moment, actor, d.choice(("view", "view", "update", "download")), file, session
                )

    for night in {day, day + scene.draws.choice((0, 1, 7))}:
        scene.on(night, work)


def restoration(scene: Scene, day: int) -> None:
    """Let an administrator restore what somebody deleted by mistake."""
    actor = _someone(scene, day)
    label = scene.label("restoration", [actor])

    def repair(day: int) -> None:
        d, admin = scene.draws, scene.admin(day)
        at = scene.working_hour(actor, day)
        mine = scene.usual_session(actor, day, at)
        by: Session = scene.usual_session(admin, day, at)
        files = list(scene.within_reach(actor, d.count(80, 0.9, 900)))
        with scene.journal.of(label):
            for moment, file in zip(d.times(at, len(files), 0.6), files, strict=True):
                scene.act(moment, actor, "delete", file, mine)
            for moment, file in zip(d.times(at + 7000, len(files), 0.6), files, strict=True):
                scene.act(moment, admin, "restore", file, by)

    scene.on(day, repair)


def legal_request(scene: Scene, day: int) -> None:
    """Somebody exports all that a lawsuit needs, at once."""
    actor = _someone(scene, day)
    label = scene.label("legal_request", [actor])

    def export(day: int) -> None:
        d = scene.draws
        at = scene.working_hour(actor, day)
        session = scene.usual_session(actor, day, at)
        files = list(scene.within_reach(actor, d.count(300, 0.9, 2000), sensitive=0.4))
        with scene.journal.of(label):
            for moment, file in zip(d.times(at, len(files), 0.5), files, strict=True):
                scene.act(moment, actor, "download", file, session)

    scene.on(day, export)


Happening = Callable[[Scene, int], None]

#: How often each is drawn, relative to the others.
HAPPENINGS: dict[Happening, float] = {
    new_laptop: 4, joiners: 3, merger: 0.5, leaver: 2, reorganisation: 1, project_closure: 1.5,
    seasonal_sharing: 1.5, internal_audit: 1, imports: 1, roll_out: 1, stale_password: 2,
    expired_passwords: 0.4, new_admin: 0.7, return_from_leave: 1.2, moving_house: 2,
    office_move: 0.4, night_call: 2, restoration: 1, legal_request: 0.7,
}  # fmt: skip
