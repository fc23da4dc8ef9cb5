"""People who take something along.

The CERT scenarios of thieves who leave, who act late, and who send home over months (Glasser and
Lindauer, "Bridging the gap: a pragmatic approach to generating insider threat data", 2013): most
theft happens within the month around the notice (Cappelli, Moore and Trzeciak, "The CERT guide to
insider threats", 2012). Court files tell of some thousand files in a few sessions (Waymo v. Uber,
2017).
"""

from __future__ import annotations

from ..case import HOUR, Case
from ..internet import DAY
from ..people import Actor
from ..scene import Script
from ..tree import File

__all__ = ["departing_weeks", "mass_download", "private_sharing", "slow_exfiltration"]


def _leave(case: Case, actor: Actor, days: float) -> None:
    """End somebody's employment some days from now."""
    actor.until = min(actor.until, case.scene.now / DAY + days)


def mass_download(case: Case) -> Script:
    """Download much in the days before leaving, from the usual desk."""
    scene, actor = case.scene, case.person()
    total, sessions = case.size(70, 350, 1_700, 30), case.size(4, 2, 1)
    _leave(case, actor, sessions + case.chance.uniform(1, 12))
    loot = case.files(case.within(actor), total)
    share = 1 + len(loot) // sessions
    for number in range(sessions):
        late = case.odds(0.1, 0.4, 0.6)
        yield case.working_time(actor, late=late)
        hand = case.own_hand(actor, at_home=True if late else None)
        part = loot[number * share : (number + 1) * share]
        yield from case.read(hand, part, "download", case.size(30, 5, 1))
        yield scene.now + 10 * HOUR


def slow_exfiltration(case: Case) -> Script:
    """Take a few files more than usual, day after day for weeks, of others' things too."""
    scene, actor = case.scene, case.person()
    actor.away = {day for day in actor.away if day < scene.day}
    last = scene.day + min(case.size(40, 30, 24, 14), case.days_until(0.98))
    places = [*case.secret(), *case.within(actor)]
    while scene.day < last:
        yield case.working_time(actor, late=case.odds(0.2, 0.4, 0.6))
        if scene.calendar.weekday(int(scene.day)) > 4 and case.chance.yes(0.8):
            continue
        hand = case.own_hand(actor)
        files = case.scattered(places, case.size(4, 12, 35, 2))
        yield from case.read(hand, files, "download", 25)
        yield scene.now + case.chance.heavy(10, 0.7) * HOUR


def departing_weeks(case: Case) -> Script:
    """Prepare for the next job: read around, download, share with oneself, delete traces."""
    scene, actor = case.scene, case.person()
    days = min(case.size(18, 16, 14, 8), case.days_until(0.97))
    _leave(case, actor, days + 1.5)
    last = scene.day + days
    while scene.day < last:
        yield case.working_time(actor, late=case.chance.yes(0.3))
        if case.chance.yes(0.35):
            continue
        hand = case.own_hand(actor)
        files = case.scattered([*case.within(actor), *case.secret()], case.size(5, 14, 45, 2))
        yield from case.read(hand, files, "download" if case.chance.yes(0.7) else "view", 18)
        if files and case.odds(0.1, 0.3, 0.5):
            hand.invite(case.chance.choice(files), actor.private, "writer")
            yield scene.now + case.chance.heavy(40)
    hand = case.own_hand(actor)
    own: list[File] = scene.desks[actor].files if actor in scene.desks else []
    for file in case.chance.some(own, case.size(2, 10, 60)):
        hand.trash(file)
        yield scene.now + case.chance.heavy(2)


def private_sharing(case: Case) -> Script:
    """Share files or folders with an address of one's own."""
    scene, actor = case.scene, case.person()
    places = case.within(actor) if case.odds(0.7, 0.5, 0.3) else case.secret()
    files = case.scattered(places, case.size(3, 12, 50, 2))
    for part in range(0, len(files), 6):
        yield case.working_time(actor, late=case.chance.yes(0.4))
        hand = case.own_hand(actor)
        for file in files[part : part + 6]:
            whole = case.odds(0.05, 0.1, 0.15)
            hand.invite(
                file.folder if whole else file,
                actor.private,
                case.chance.choice(("reader", "writer")),
            )
            yield scene.now + case.chance.heavy(25, 0.9)
