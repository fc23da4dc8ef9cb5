"""Doors opened to the outside.

After MITRE ATT&CK T1567, T1098 and T1136, reports of files left open by links, and convictions of
administrators who kept a way back.
"""

from __future__ import annotations

from ..case import Case
from ..devices import SCRIPTS, draw_device
from ..life import usual_via
from ..lines import DAY
from ..people import Actor, Via, draw_person
from ..scene import Script

__all__ = ["ghost_admin", "link_leak", "planted_guest"]


def link_leak(case: Case) -> Script:
    """Make public links to confidential files in a row, and fetch them from outside."""
    one, scene, draws = case.who(works=True), case.scene, case.draws
    yield case.work_day(one, 10, 22)
    via = usual_via(scene, one, "home", draws) if draws.yes(0.6) else case.stranger()
    folders = sorted(one.folders, key=lambda f: not f.sensitive)[:5]
    files = case.haul(folders, case.many(14, 45, 160))
    for file in files:
        scene.link(one, file, via, case.label)
        yield scene.now + draws.skewed(case.by(90, 25, 5), 0.8)
    agent = draws.choice(SCRIPTS) if draws.yes(0.5) else ""
    out = Via(case.stranger().line, draw_device(draws, scene.service), script=agent)
    yield scene.now + draws.uniform(0.05, 1) * DAY
    for file in files:
        scene.act(None, "visit", file, out, case.label)
        yield scene.now + draws.skewed(8, 0.9)


def planted_guest(case: Case) -> Script:
    """Invite an address of one's own into many folders from a stolen account, and come back."""
    one, scene, draws = case.who(works=True), case.scene, case.draws
    yield case.at(one, 6, 23)
    via = case.stranger()
    yield from case.enter(one, via)
    guest = draw_person(draws, scene.namer, scene.internet, scene.service, one.team, one.week.zone)
    guest.email, guest.guest = scene.namer.private(), True
    folders = [f for f in one.folders if f.files][: case.by(4, 8, 20)]
    for folder in folders:
        scene.share(one, folder, via, guest.email, case.label, role="writer")
        yield scene.now + draws.skewed(50, 0.8)
    case.name(guest)
    out = case.stranger()
    for _ in range(case.by(4, 3, 2)):
        yield scene.now + draws.uniform(0.7, 2.2) * DAY
        yield from case.enter(guest, out)
        yield from case.read(case.haul(folders, case.many(10, 40, 180)), guest, out, 20, 0.9)


def ghost_admin(case: Case) -> Script:
    """Make a second administrator's account, leave, and use it weeks later."""
    one, scene, draws = case.who("IT", admin=True, works=True), case.scene, case.draws
    yield case.work_day(one, 16, 21)
    ghost = case.new_admin(one, usual_via(scene, one, "home", draws))
    if sum(other.admin and other.left > scene.now for other in scene.people) > 1:
        one.left = min(one.left, scene.now + draws.uniform(1, 4) * DAY)
    via = _from_home(case, one)
    yield scene.now + draws.uniform(7, 13) * DAY
    folders = scene.sensitive() + case.beyond(one, sensitive=False)
    for number in range(case.by(3, 2, 2)):
        yield case.at(one, 20, 26)
        yield from case.enter(ghost, via)
        files = case.haul(folders, case.many(12, 40, 160))
        yield from case.read(files, ghost, via, 25, 0.6)
        if number and draws.yes(case.by(0.3, 0.6, 0.9)):
            yield from case.each("trash", files, ghost, via, 5)


def _from_home(case: Case, one: Actor) -> Via:
    """Return what somebody has at home who has given the company's computer back."""
    return Via(one.home or case.stranger().line, draw_device(case.draws, case.scene.service))
