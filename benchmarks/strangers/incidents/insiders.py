"""People who take more than they should, with their own account and mostly their own devices.

People who leave take data in the weeks around giving notice: 83 % more incidents than usual in the
two weeks before (Cyberhaven, 2022), most theft of intellectual property within a month of resigning
(CERT Insider Threat Center); a private account at a file service is the most common channel.
"""

from __future__ import annotations

from ..documents import Folder
from ..journal import Label
from ..people import Actor
from ..routine import visits
from ..scene import Scene
from .intruder import Strength, bulk

__all__ = [
    "departure",
    "night_download",
    "private_sharing",
    "public_links",
    "slow_exfiltration",
]


def night_download(scene: Scene, day: int, strength: Strength) -> Label:
    """Download hundreds or thousands of files in a night."""
    d = scene.draws
    thief = scene.victim(day, day)
    label = scene.label("night_download", [thief], intensity=strength.name)

    def act(day: int) -> None:
        at = scene.off_hour(thief, day)
        session = scene.session(thief.home.address(at), thief.device.browser.at(day))
        with scene.journal.of(label):
            if d.chance(0.7):
                scene.login(at - 15, thief, session)
            for folder in _richest(scene, thief):
                wanted = d.count(250 * strength.factor, 0.4, 3000)
                at = bulk(scene, thief, session, at, folder.files[-wanted:], "download", 1.2) + 60

    scene.on(day, act)
    return label


def _richest(scene: Scene, actor: Actor) -> list[Folder]:
    """Return a person's two largest shared folders and one that holds secrets."""
    shared = sorted(dict.fromkeys(actor.folders), key=lambda f: (-len(f.files), f.index))
    return shared[:2] + scene.draws.some(scene.folders_of_others(actor, sensitive=True), 1)


def slow_exfiltration(scene: Scene, day: int, strength: Strength) -> Label:
    """Take a little every day for weeks, mostly in working hours, from others' folders."""
    d = scene.draws
    length = d.randint(14, 40)
    thief = scene.victim(day, day + length)
    label = scene.label("slow_exfiltration", [thief], intensity=strength.name, slow=True)
    others = scene.folders_of_others(thief, sensitive=d.chance(0.6))
    folders = d.some(others, 3) or thief.folders

    def act(day: int) -> None:
        at = scene.working_hour(thief, day) if d.chance(0.7) else scene.off_hour(thief, day)
        session = scene.own_session(thief, day, at)
        files = [
            scene.documents.pick(d.choice(folders)) for _ in range(d.count(12 * strength.factor))
        ]
        with scene.journal.of(label):
            chosen = [f for f in dict.fromkeys(files) if f is not None]
            bulk(scene, thief, session, at, chosen, "download", 40)

    for later in range(length):
        works = scene.calendar.weekday(day + later) in thief.shift.weekdays
        if later == 0 or (works and d.chance(0.8)):
            scene.on(day + later, act)
    return label


def departure(scene: Scene, day: int, strength: Strength) -> Label:
    """Take files in the last weeks, more as the last day approaches."""
    d = scene.draws
    length = d.randint(10, 28)
    last = min(day + length, scene.calendar.days - 1)
    leaver = scene.victim(day, last)
    leaver.last = min(leaver.last, last)
    label = scene.label("departure", [leaver], intensity=strength.name, slow=True)
    private = scene.private_address(leaver)

    def act(day: int) -> None:
        near = 1.0 + 3.0 * max(0.0, 1 - (last - day) / 14)
        at = scene.working_hour(leaver, day) if d.chance(0.6) else scene.off_hour(leaver, day)
        session = scene.own_session(leaver, day, at)
        with scene.journal.of(label):
            files = list(
                scene.within_reach(leaver, d.count(10 * strength.factor * near, 0.6), 0.15)
            )
            end = bulk(scene, leaver, session, at, files, "download", 8)
            if files and d.chance(0.2):
                scene.share(end + 60, leaver, files[0], session, private)

    def close(day: int) -> None:
        admin = scene.admin(day)
        at = scene.working_hour(admin, day)
        by = scene.usual_session(admin, day, at)
        scene.journal.thing(at, admin, "suspend", scene.user(leaver), by)

    for later in range(last - day + 1):
        if scene.calendar.weekday(day + later) in leaver.shift.weekdays and d.chance(0.55):
            scene.on(day + later, act)
    scene.on(last, act)
    scene.on(last + 1, close)
    return label


def private_sharing(scene: Scene, day: int, strength: Strength) -> Label:
    """Share many files with a private address."""
    d = scene.draws
    thief = scene.victim(day, day + 3)
    label = scene.label("private_sharing", [thief], intensity=strength.name)
    receiver = scene.private_address(thief)

    def act(day: int) -> None:
        at = scene.working_hour(thief, day) if d.chance(0.5) else scene.off_hour(thief, day)
        session = scene.own_session(thief, day, at)
        wanted = d.count(30 * strength.factor, 0.4, 600)
        files = list(scene.within_reach(thief, wanted, 0.25))
        with scene.journal.of(label):
            for moment, file in zip(d.times(at, len(files), 9), files, strict=True):
                scene.share(moment, thief, file, session, receiver)

    scene.on(day, act)
    return label


def public_links(scene: Scene, day: int, strength: Strength) -> Label:
    """Open sensitive folders to anybody, whom the links then bring in."""
    d = scene.draws
    actor = scene.victim(day, day + 3)
    label = scene.label("public_links", [actor], intensity=strength.name)

    def act(day: int) -> None:
        at = scene.working_hour(actor, day)
        session = scene.own_session(actor, day, at)
        wanted = d.count(25 * strength.factor, 0.4, 400)
        files = list(scene.within_reach(actor, wanted, 0.9))
        with scene.journal.of(label):
            for moment, file in zip(d.times(at, len(files), 15), files, strict=True):
                scene.act(moment, actor, "public", file, session)
                if d.chance(0.5):
                    visits(scene, moment, file, d.count(2, 1.0, 40))

    scene.on(day, act)
    return label
