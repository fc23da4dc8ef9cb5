"""What people do all day.

Activity comes in sessions that follow the clock and the week, and within a session one action
leads to the next: the cascading process of Malmgren et al., "A Poissonian explanation for heavy
tails in e-mail communication" (PNAS 2008). Files that somebody works on come again and again.
"""

from __future__ import annotations

from collections.abc import Callable

from .company import desk_of
from .hand import Hand
from .internet import DAY, Line
from .journal import Label
from .outside import outsider
from .people import Actor
from .programs import Device
from .scene import Scene, Script
from .tree import File, Folder

__all__ = ["act", "go_to_work", "remember", "session", "sign_in", "spot_of", "visitors"]

HOUR = 3_600.0


def go_to_work(scene: Scene, actor: Actor) -> Script:
    """Plan each of somebody's days, at three in the morning of their place."""
    for day in range(int(scene.day), scene.calendar.days):
        yield (day + 0.125) * DAY - actor.zone * HOUR
        if actor.here(day):
            _plan(scene, actor, day)


def _plan(scene: Scene, actor: Actor, day: int) -> None:
    """Plan a day's sessions."""
    own, trip = actor.chance, actor.trips.get(day)
    midnight = day * DAY - (trip[1] if trip else actor.zone) * HOUR
    if day in actor.away:
        if own.yes(0.05):
            _peek(scene, actor, midnight)
        return
    hours = actor.hours.of_day(day, scene.calendar.weekday(day))
    free = day in scene.calendar.holidays[actor.site] and not own.yes(0.08)
    mood = own.heavy(1, 0.4) * actor.rushes.get(day, 1.0)
    if actor.job.department == "finance":
        mood *= scene.calendar.closing(day)
    if hours and not free:
        _plan_work(scene, actor, midnight, *hours, mood)
    elif own.yes(actor.hours.weekend):
        begin = midnight + own.uniform(9, 22) * HOUR
        scene.start(begin, session(scene, actor, *spot_of(scene, actor, True), mood))
    if own.yes(actor.hours.evening):
        begin = midnight + own.uniform(19, 24.5) * HOUR
        scene.start(begin, session(scene, actor, *spot_of(scene, actor, True), mood * 0.7))


def _peek(scene: Scene, actor: Actor, midnight: float) -> None:
    """Look into something on a day off."""
    begin = midnight + actor.chance.uniform(8, 22) * HOUR
    scene.start(begin, session(scene, actor, *spot_of(scene, actor, True), 0.3))


def _plan_work(
    scene: Scene, actor: Actor, midnight: float, begin: float, length: float, mood: float
) -> None:
    """Plan the sessions of a working day; there is lunch, and there are meetings."""
    own = actor.chance
    actual = begin + own.gauss(0, 0.35)
    at_home = own.yes(actor.remote)
    for _ in range(1 + own.poisson(length * 0.36 * min(2.0, actor.pace**0.4))):
        hour = actual + length * own.random()
        if length > 6 and abs(hour - actual - 3.8) < 0.4 and own.yes(0.7):
            continue
        spot = spot_of(scene, actor, at_home, int(midnight // DAY + 1))
        scene.start(midnight + hour * HOUR, session(scene, actor, *spot, mood))


def spot_of(
    scene: Scene, actor: Actor, at_home: bool, day: int | None = None
) -> tuple[Line, Device, str]:
    """Return a line, a device and what runs on it."""
    own = actor.chance
    trip = actor.trips.get(day if day is not None else int(scene.day))
    if actor.phone and actor.mobile and own.yes(actor.phones * (2 if at_home or trip else 1)):
        line = actor.mobile if own.yes(0.6) or not actor.home else actor.home
        return line, actor.phone, "app"
    device = own.early(actor.computers, 2.5)
    via = "client" if device.has_client and own.yes(0.5) else "browser"
    if trip:
        line = trip[0]
    elif at_home and actor.home:
        line = actor.home
    else:
        line = scene.offices[actor.site]
    if scene.vpn and actor.kind == "person" and line is not scene.offices[actor.site]:
        line = scene.vpn if own.yes(0.15 if actor.site % 2 else 0.6) else line
    if actor.vpn and own.yes(0.5):
        line = actor.vpn
    return line, device, via


def session(
    scene: Scene,
    actor: Actor,
    line: Line,
    device: Device,
    via: str,
    mood: float,
    label: Label | None = None,
) -> Script:
    """Do some things, one after the other."""
    own, hand = actor.chance, Hand(scene, actor, line, device, via, label)
    if not actor.here(scene.day):
        return
    yield from sign_in(hand, actor)
    if via == "client":
        yield from _catch_up(hand, actor)
    for _ in range(own.many(4.2 * actor.pace**0.7 * mood, 0.9, 1, 600)):
        if own.yes(actor.job.bulk * 0.12):
            yield from _bulk(hand, actor)
        else:
            act(hand, actor)
        yield scene.now + own.heavy(22, 1.4)
        if not actor.here(scene.day):
            return


def sign_in(hand: Hand, actor: Actor) -> Script:
    """Sign in if the last session has ended; a password may be mistyped."""
    own, scene, number = actor.chance, hand.scene, hand.device.number
    if actor.signed.get(number, -1.0) > scene.now:
        return
    if own.yes(actor.clumsy):
        for _ in range(own.pareto(1, 1.3, 9)):
            hand.account("fail")
            yield scene.now + own.heavy(9, 0.7)
    hand.account("login")
    lasts = {"browser": 4.0, "client": 45.0, "app": 25.0}[hand.via]
    actor.signed[number] = scene.now + own.heavy(lasts, 0.9) * DAY
    yield scene.now + own.heavy(6, 0.8)


def _catch_up(hand: Hand, actor: Actor) -> Script:
    """Let the client fetch what others have changed."""
    own = actor.chance
    for folder in own.some(actor.haunts, 2):
        for file in folder.files[-own.poisson(1.2) - 1 :]:
            if own.yes(0.4) and file.last is not actor:
                hand.read("sync", file)
                yield hand.scene.now + own.heavy(0.8, 1.2)


def remember(actor: Actor, file: File) -> None:
    """Let somebody come back to a file."""
    actor.recent.append(file)
    if len(actor.recent) > 70:
        del actor.recent[:30]


def _file(actor: Actor) -> File | None:
    """Choose a file: one of late, or one of a folder they know."""
    own = actor.chance
    if actor.recent and own.yes(0.62):
        file = actor.recent[-1 - int(len(actor.recent) * own.random() ** 2)]
        if file.at >= 0:
            return file
    files = _folder(actor).files
    if not files:
        return None
    file = files[-1 - int(len(files) * own.random() ** 1.7)]
    if own.yes(0.5):
        remember(actor, file)
    return file


def _folder(actor: Actor) -> Folder:
    return actor.chance.early(actor.haunts, 2.0)


def act(hand: Hand, actor: Actor) -> None:
    """Do one thing of somebody's job."""
    verb = actor.chance.by_weight(actor.job.actions)
    file = _file(actor)
    if file is None or verb == "create":
        remember(actor, hand.upload(_folder(actor)))
    elif verb in ("view", "download"):
        hand.read(verb, file)
    elif actor.kind == "guest" and verb not in ("edit", "copy"):
        hand.read("view", file)
    else:
        _CHANGES[verb](hand, actor, file)


def _share(hand: Hand, actor: Actor, file: File) -> None:
    own, scene = actor.chance, hand.scene
    thing: File | Folder = file.folder if own.yes(0.12) else file
    role = "writer" if own.yes(0.4) else "reader"
    if own.yes(actor.job.outside * 0.8):
        private = scene.namer.private(own.choice(scene.people).name)  # some partners have no other
        hand.invite(thing, outsider(own, scene.partners) if own.yes(0.9) else private, role)
    else:
        hand.share(thing, own.choice(scene.people), role)
    if own.yes(0.06):
        hand.unshare(thing, own.choice(scene.people).email)


def _link(hand: Hand, actor: Actor, file: File) -> None:
    own = actor.chance
    hand.link(file, own.yes(0.15 + actor.job.outside), "writer" if own.yes(0.1) else "reader")
    if own.yes(0.1):
        hand.unlink(file)


def _rename(hand: Hand, actor: Actor, file: File) -> None:
    stem, _, ending = file.name.rpartition(".")
    tails = ("_v2", " final", " (old)", "_sent", f" {actor.name[0]}", "_reviewed")
    short = stem if len(stem) < 60 else stem[:20]
    hand.rename(file, f"{short}{actor.chance.choice(tails)}.{ending}")


def _trash(hand: Hand, actor: Actor, file: File) -> None:
    hand.trash(file)
    if actor.chance.yes(0.04):
        hand.restore(file)
    elif actor.chance.yes(0.03):
        hand.purge(file)


_CHANGES: dict[str, Callable[[Hand, Actor, File], object]] = {
    "edit": lambda hand, actor, file: hand.edit(file, actor.chance.heavy(1.01, 0.08)),
    "rename": _rename,
    "move": lambda hand, actor, file: hand.move(file, _folder(actor)),
    "copy": lambda hand, actor, file: remember(actor, hand.copy(file, _folder(actor))),
    "trash": _trash,
    "share": _share,
    "link": _link,
}


def _bulk(hand: Hand, actor: Actor) -> Script:
    """Do one thing with many files: take a folder along, file photos, tidy up."""
    own, scene = actor.chance, hand.scene
    number = own.pareto(3, 1.0, 600)
    folder = _folder(actor)
    chosen = folder.files[-number:]
    kind = own.by_weight({"download": 5, "upload": 4, "move": 1.5, "trash": 1.2, "view": 2})
    if actor.kind == "guest" and kind in ("move", "trash"):
        kind = "view"
    if kind == "upload":
        for _ in range(number):
            hand.upload(folder)
            yield scene.now + own.heavy(1.2, 0.9)
        return
    target = desk_of(scene, actor) if own.yes(0.3) else _folder(actor)
    for file in chosen:
        if file.at < 0:
            continue
        if kind == "move":
            hand.move(file, target)
        elif kind == "trash":
            hand.trash(file)
        else:
            hand.read(kind, file)
        yield scene.now + own.heavy(6.0 if kind == "view" else 0.7, 1.0)


def visitors(scene: Scene) -> Script:
    """Let strangers follow public links; few links are followed by many."""
    chance = scene.chance
    networks = scene.internet.networks(12)
    while True:
        yield scene.now + chance.expovariate((1 + len(scene.links) ** 0.6) / (14 * HOUR))
        if not scene.links:
            continue
        file = scene.links[-1 - int(len(scene.links) * chance.random() ** 2)]
        for _ in range(chance.pareto(1, 1.2, 60)):
            line = Stranger(chance.choice(networks).four())
            Hand(scene, None, line, scene.shop.computer(False)).read("visit", file)
            yield scene.now + chance.heavy(400, 1.5)


class Stranger:
    """A line of somebody unknown."""

    def __init__(self, address: str) -> None:
        self._address = address

    def address(self, now: float, device: int) -> str:
        return self._address
