"""Everyday work: days, sessions, and what is done in them.

Sessions follow the clock and the week; within one, events follow each other at log-normal
intervals, in one folder at a time.
"""

from __future__ import annotations

from collections.abc import Callable

from .devices import draw_device
from .draws import Draws
from .journal import permission
from .lines import DAY, HOUR
from .people import Actor, Via
from .scene import Scene, Script
from .tree import File, Folder

__all__ = ["live", "log_in", "usual_via", "visits"]


def live(scene: Scene, actor: Actor) -> Script:
    """Work, day by day, as long as one is here."""
    draws = Draws(scene.draws.random(), actor.id)
    for day in range(max(0, int(actor.joined // DAY)), scene.days):
        for begin, place in _plan(scene, actor, day, draws):
            yield max(begin, scene.now)
            if scene.now >= actor.left:
                return
            if scene.now >= actor.joined:
                yield from _session(scene, actor, place, draws)


def _plan(scene: Scene, actor: Actor, day: int, draws: Draws) -> list[tuple[float, str]]:
    """Draw when a day's sessions begin, and where."""
    week = actor.week
    start, evening = week.begins(day), (day + (20 - week.zone) / 24) * DAY
    holiday = day in scene.holidays and not week.rota
    if not actor.works(day) or holiday or scene.weekday(day) not in week.days:
        if not draws.yes(week.weekend if actor.works(day) else 0.3 * week.weekend):
            return []
        place = draws.choice(("home", "home", "mobile"))
        first = evening - draws.uniform(0, 10) * HOUR
        return [(first + n * 1.3 * HOUR, place) for n in range(1 + draws.count(0.4))]
    place = "office" if draws.yes(week.office) else "home"
    sessions = []
    for _ in range(draws.count(week.pace * draws.skewed(1, 0.45))):
        share = draws.gauss(0.27, 0.13) if draws.yes(0.5) else draws.gauss(0.73, 0.15)
        at = "mobile" if draws.yes(0.04) else place
        sessions.append((start + max(share, -0.05) * week.hours * HOUR, at))
    if draws.yes(week.evening):
        sessions.append((evening + draws.uniform(0, 3.5) * HOUR, "home"))
    return sorted(sessions)


def usual_via(scene: Scene, actor: Actor, place: str, draws: Draws) -> Via:
    """Choose a device and a line, as somebody would in a place."""
    assert actor.home is not None
    assert actor.mobile is not None
    device = actor.computer
    phones = [one for one in actor.devices if one.phone]
    if place == "mobile" and phones:
        return Via(actor.journey or actor.mobile, phones[0])
    if len(actor.devices) > 1 and draws.yes(0.12):
        device = draws.choice(actor.devices[1:])
    line = {"office": scene.office, "mobile": actor.mobile}.get(place, actor.home)
    if actor.journey is not None:
        line = actor.journey if draws.yes(0.75) else actor.mobile
    if place != "office" and actor.vpn and scene.vpn_used:
        line = scene.vpn
    return Via(line, device, client=device.syncs and draws.yes(0.5))


def log_in(scene: Scene, actor: Actor, via: Via, draws: Draws) -> Script:
    """Log in if the last time is too long ago, with a slip of the fingers now and then.

    A line that one was not seen at before asks for it only sometimes.
    """
    key, place = (id(via.device), int(via.client)), (id(via.line), -1)
    validity = actor.session * DAY * (25 if via.client or (via.device and via.device.phone) else 1)
    known = place in actor.seen or draws.yes(0.65)
    actor.seen[place] = scene.now
    if known and scene.now - actor.seen.get(key, -1e12) < validity:
        return
    while draws.yes(0.06):
        scene.session(actor, "fail", via)
        yield scene.now + draws.skewed(15, 0.6)
    actor.seen[key] = scene.now
    scene.session(actor, "login", via)
    yield scene.now + draws.skewed(12, 0.8)


def _session(scene: Scene, actor: Actor, place: str, draws: Draws) -> Script:
    if not actor.folders:
        return
    via = usual_via(scene, actor, place, draws)
    yield from log_in(scene, actor, via, draws)
    folder = draws.weighted(actor.folders)
    verbs, weights = list(actor.mix), list(actor.mix.values())
    for _ in range(int(draws.skewed(5.5, 1.0, 1, 150))):
        if draws.yes(0.12):
            folder = draws.weighted(actor.folders)
        if draws.yes(0.008):
            yield from _many_at_once(scene, actor, folder, via, draws)
        verb = draws.choices(verbs, weights)[0]
        if via.client and verb in _WEB_ONLY:
            verb = "sync"
        _VERBS.get(verb, _use)(scene, actor, folder, verb, via, draws)
        yield scene.now + draws.skewed(40, 1.4, 1, 1500)


def _many_at_once(scene: Scene, actor: Actor, folder: Folder, via: Via, draws: Draws) -> Script:
    """Drag a folder in or out, or select a row of files and do the same with all."""
    verb = draws.weighted({"download": 5, "upload": 4, "move": 1, "trash": 1})
    number, into = int(draws.skewed(14, 1.0, 4, 400)), draws.choice(list(actor.folders))
    if verb == "upload":
        for _ in range(number):
            scene.upload(actor, folder, via)
            yield scene.now + draws.skewed(1, 0.7)
        return
    first = draws.randrange(len(folder.files) + 1)
    for file in folder.files[first : first + (number if verb == "download" else number // 3)]:
        if into is not folder or verb != "move":
            scene.act(actor, "sync" if via.client and verb == "download" else verb, file, via,
                      into=into)  # fmt: skip
            yield scene.now + draws.skewed(0.8, 0.7)


def _use(scene: Scene, actor: Actor, folder: Folder, verb: str, via: Via, draws: Draws) -> None:
    file = scene.tree.choose(folder)
    if file is not None and not (verb == "trash" and len(folder.files) < 5):
        scene.act(actor, verb, file, via)


def _upload(scene: Scene, actor: Actor, folder: Folder, verb: str, via: Via, draws: Draws) -> None:
    for _ in range(1 + draws.count(0.4)):
        scene.upload(actor, folder, via)


def _rename(scene: Scene, actor: Actor, folder: Folder, verb: str, via: Via, draws: Draws) -> None:
    file = scene.tree.choose(folder)
    if file is not None:
        name = f"{scene.tree.stem()}.{file.name.rsplit('.', 1)[-1]}"
        scene.act(actor, verb, file, via, name=name)


def _move(scene: Scene, actor: Actor, folder: Folder, verb: str, via: Via, draws: Draws) -> None:
    file, into = scene.tree.choose(folder), draws.choice(list(actor.folders))
    if file is not None and into is not folder:
        scene.act(actor, verb, file, via, into=into)


def _untrash(scene: Scene, actor: Actor, folder: Folder, verb: str, via: Via, draws: Draws) -> None:
    """Delete a file by mistake and bring it back."""
    file = scene.tree.choose(folder)
    if file is not None:
        scene.act(actor, "trash", file, via)
        scene.start(scene.now + draws.skewed(90, 1), _bring_back(scene, actor, file, via))


def _bring_back(scene: Scene, actor: Actor, file: File, via: Via) -> Script:
    scene.act(actor, "untrash", file, via)
    yield scene.now


def _share(scene: Scene, actor: Actor, folder: Folder, verb: str, via: Via, draws: Draws) -> None:
    """Share with a colleague, a partner, everybody here, or anybody with the link."""
    if actor.guest:
        return
    thing = folder if draws.yes(0.12) and folder.team != "own" else scene.tree.choose(folder)
    if thing is None:
        return
    role = draws.choice(("reader", "reader", "writer"))
    if verb == "share":
        mates = [one for one in scene.people if one.team == actor.team and one is not actor]
        mates = mates if mates and draws.yes(0.75) else scene.people
        for mate in draws.some(mates, 1 + draws.count(0.4)):
            scene.act(actor, verb, thing, via, detail=permission("user", role, mate))
    elif verb == "invite":
        known = Draws(actor.id, "partners").some(scene.partners, 4)
        email = draws.choice(known if draws.yes(0.8) else scene.partners)
        scene.share(actor, thing, via, email, role=role)
    elif verb == "company_link":
        detail = permission("domain", role)
        detail["permissions"][0]["name"] = scene.namer.domain
        scene.act(actor, verb, thing, via, detail=detail)
    else:
        kind = "anyone" if verb == "public_link" else "user"
        outside = None if kind == "anyone" else draws.choice(scene.partners)
        scene.act(actor, verb, thing, via, detail=permission(kind, role, email=outside))
        if verb == "public_link" and isinstance(thing, File):
            scene.start(scene.now, visits(scene, thing, int(draws.skewed(1.5, 1.2, 0, 60))))


def visits(scene: Scene, file: File, number: int) -> Script:
    """Let strangers open a public link."""
    draws = Draws(scene.draws.random(), "visits")
    for _ in range(number):
        yield scene.now + draws.skewed(3, 1.6, 0.01, 400) * HOUR
        line = scene.internet.home() if draws.yes(0.7) else scene.internet.mobile()
        device = draw_device(draws, scene.service)
        scene.act(None, "visit", file, Via(line, device))


_VERBS: dict[str, Callable[[Scene, Actor, Folder, str, Via, Draws], None]] = {
    "upload": _upload, "rename": _rename, "move": _move, "untrash": _untrash, "share": _share,
    "invite": _share, "company_link": _share, "public_link": _share, "unshare": _share,
}  # fmt: skip
_WEB_ONLY = {"view", "download", "copy", "share", "invite", "company_link", "public_link",
             "unshare", "untrash"}  # fmt: skip
