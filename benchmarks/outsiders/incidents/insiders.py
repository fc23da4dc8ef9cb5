"""People who misuse what they may do.

After the CERT insider scenarios, Cyberhaven's report of 2022, and the FBI on hired impostors.
"""

from __future__ import annotations

from ..case import Case
from ..company import hire
from ..devices import draw_device
from ..life import live, usual_via
from ..lines import DAY, HOUR
from ..people import Via
from ..routine import welcome
from ..scene import Script

__all__ = ["colleague_account", "curious_admin", "departing_collector", "home_sync",
           "private_drip", "remote_impostor", "slow_siphon"]  # fmt: skip


def departing_collector(case: Case) -> Script:
    """Take files along in the last two weeks, and leave."""
    one, scene = case.who(works=True), case.scene
    folders = [f for f in one.folders if f.team != "own"] + case.beyond(one)
    days, size = case.by((9, 12), (6, 45), (2, 350))
    for _ in range(days):
        yield case.work_day(one, 16, 21.5, 1)
        via = usual_via(scene, one, case.draws.choice(("office", "home")), case.draws)
        yield from case.each("download", case.haul(folders, size), one, via, case.by(20, 8, 3))
    one.left = min(one.left, scene.now + 2 * DAY)
    yield one.left + case.draws.skewed(6, 0.8) * HOUR
    admin = scene.admin()
    scene.session(admin, "suspend", usual_via(scene, admin, "office", case.draws), about=one)


def slow_siphon(case: Case) -> Script:
    """Read ever more of other teams' confidential folders over some weeks."""
    one = case.who(works=True)
    folders, begin = case.beyond(one), case.scene.now
    while case.scene.now < begin + 42 * DAY:
        yield case.work_day(one, 11, 19, case.draws.randint(1, 4))
        growth = 1 + (case.scene.now - begin) / (30 * DAY)
        size = round(case.many(4, 8, 22) * growth)
        via = usual_via(case.scene, one, "office" if one.week.office else "home", case.draws)
        yield from case.read(case.haul(folders, size), one, via, 30, 0.6)


def private_drip(case: Case) -> Script:
    """Share one file after the other with a private address of the own."""
    one, draws = case.who(works=True), case.draws
    email = case.scene.namer.private(one.name)
    folders = [f for f in one.folders if f.team != "own"] or list(one.folders)
    for _ in range(case.many(11, 13, 16)):
        yield case.work_day(one, 12, 22, draws.randint(1, 4))
        via = usual_via(case.scene, one, "home", draws)
        for file in case.haul(folders, 1 + draws.count(case.by(0.3, 1.5, 6))):
            case.scene.share(one, file, via, email, case.label)
            yield case.scene.now + draws.skewed(50, 0.8)


def home_sync(case: Case) -> Script:
    """Put the service's client on a private computer, and let it fetch all."""
    one = case.who(works=True)
    via = Via(one.home or case.scene.internet.home(), draw_device(case.draws, case.scene.service),
              client=True)  # fmt: skip
    yield case.at(one, 19, 23)
    yield from case.enter(one, via)
    folders = [f for f in one.folders if f.team != "own"] + case.beyond(one)[: case.by(0, 1, 3)]
    files = case.haul(folders, case.many(110, 350, 1400), sequence=True)
    yield from case.each("sync", files, one, via, case.by(15, 4, 1))


def curious_admin(case: Case) -> Script:
    """Look into salaries, boards and other people's own folders, after hours."""
    one = case.who("IT", admin=True, works=True)
    own = [f for f in case.scene.tree.folders if f.team == "own" and f.owner is not one]
    folders = [f for f in case.scene.sensitive() if f.team != one.team]
    folders = case.draws.some(folders, 3) + case.draws.some(own, 4)
    for _ in range(case.many(9, 12, 16)):
        yield case.work_day(one, 17.5, 23, case.draws.randint(1, 4))
        via = usual_via(case.scene, one, "home", case.draws)
        yield from case.read(case.haul(folders, case.many(4, 8, 25)), one, via, 45, 0.15)


def colleague_account(case: Case) -> Script:
    """Use a colleague's account, from the own computer, ever again."""
    one, scene = case.who(), case.scene
    thief = case.draws.choice([other for other in scene.people if other is not one])
    via = Via(case.draws.choice((scene.office, thief.home or scene.office)), thief.computer)
    folders = sorted(one.folders, key=lambda f: not f.sensitive)[:4]
    for number in range(case.many(6, 9, 14)):
        yield case.at(thief, 12, 21.5, case.draws.randint(1, 3))
        if number == 0 or case.draws.yes(0.6):
            yield from case.enter(one, via, case.by(0, 1, 2) if number == 0 else 0)
        yield from case.read(case.haul(folders, case.many(5, 12, 35)), one, via, 30, 0.4)


def remote_impostor(case: Case) -> Script:
    """Take a job under a false name, work from abroad, and copy one folder after the other."""
    scene, draws = case.scene, case.draws
    like = draws.choice([one for one in scene.people if one.team != "own" and not one.admin]
                        or scene.people)  # fmt: skip
    one = case.name(hire(scene, like))
    yield from welcome(scene, one)
    one.home, one.vpn, one.week.office = scene.internet.vpn(), False, 0.0
    one.week.start, one.mobile = draws.uniform(13, 22), one.home
    scene.start(scene.now + HOUR, live(scene, one))
    files = case.haul([f for f in one.folders if f.owner is not one], 4_000, sequence=True)
    for _ in range(case.by(14, 18, 22)):
        yield case.work_day(one, one.week.start, one.week.start + 6, draws.randint(1, 2))
        via = Via(one.home, one.computer)
        size = case.many(9, 20, 70)
        taken, files = files[:size], files[size:]
        yield from case.each("download", taken, one, via, 20)
