"""A person's ordinary days: when they work, where, and on which files."""

from __future__ import annotations

from .chance import Chance
from .lines import DAY, HOUR
from .records import File, Folder, Person
from .scene import Pen, Scene, Story

__all__ = ["APPS", "CUSTOMERS", "career", "pick", "seat", "visits"]

# What is done in a session: shares of verbs, by what it is for.
_VERBS = {
    "read": {"view": 60, "download": 18, "edit": 8, "company_link": 1, "share": 2, "copy": 1},
    "write": {"edit": 46, "view": 30, "upload": 9, "rename": 3, "share": 4, "trash": 3,
              "download": 8},
    "file": {"upload": 40, "move": 10, "rename": 8, "trash": 6, "view": 25, "copy": 5,
             "download": 6},
    "gather": {"download": 70, "view": 28, "share": 1, "public_link": 1},
}  # fmt: skip
_TABLES = {kind: (list(verbs), list(verbs.values())) for kind, verbs in _VERBS.items()}
_OUTSIDE = ("info@{}.example", "orders@{}.example", "projects@{}.example",
            "{}@webmail.example")  # fmt: skip
CUSTOMERS = "harbour-tools linden-bau monte-foods northgate opal-print".split()
APPS = ("PDF Toolbox Online", "Meeting Notes AI", "Signature Desk", "Whiteboard", "Travel Planner",
        "Mail Merge", "Slack", "Diagram Editor")  # fmt: skip


def seat(scene: Scene, person: Person) -> Pen:
    """Return somebody at work where they usually are on this day of the week, or at a detour."""
    while person.detours and person.detours[-1].until < scene.now:
        person.detours.pop()
    day = int((scene.now + person.zone * HOUR) // DAY)
    line = person.home
    if person.office and (scene.first.weekday() + day) % 7 in person.office_days:
        line = person.office
    elif person.vpn and scene.chance.yes(0.6):
        line = person.vpn
    if not person.detours:
        if scene.chance.yes(0.07):
            return Pen(scene, person, person.mobile, person.phone, "app")
        return Pen(scene, person, line, person.device)
    away = person.detours[-1]
    return Pen(scene, person, away.line or line, away.device or person.device, label=away.label)


def pick(scene: Scene, person: Person) -> File | None:
    """Choose a file: one of the last ones, one that was shared, one of the usual folders."""
    chance, draw = scene.chance, scene.chance.random()
    if draw < 0.5 and person.recent:
        found = chance.late(person.recent, 5.0)
    elif draw < 0.58 and person.inbox:
        found = chance.late(person.inbox, 3.0)
    else:
        folder = chance.choice(person.places if draw < 0.97 else scene.tree.folders)
        closed = (folder.sensitive or folder.private) and folder not in person.places
        if closed or not folder.files:
            return None
        found = chance.late(folder.files, 1 + len(folder.files) / 4)
    if found.gone:
        return None
    person.recent.append(found)
    del person.recent[:-60]
    return found


def _act(pen: Pen, person: Person, file: File, verb: str) -> None:
    scene, chance = pen.scene, pen.scene.chance
    if verb in ("view", "download"):
        pen.get(file, verb)
    elif verb == "edit":
        pen.edit(file)
    elif verb == "upload":
        person.recent.append(pen.upload(chance.choice(person.places)))
    elif verb == "copy":
        pen.copy(file, chance.choice(person.places))
    elif verb == "move" and file.folder in person.places:
        pen.move(file, chance.choice(person.places))
    elif verb == "rename":
        stem, _, tail = file.name.rpartition(".")
        word = chance.choice(("rev", "new", "ok"))
        pen.rename(file, f"{stem.removesuffix(' draft')} {word}.{tail}")
    elif verb == "trash":
        if file.owner is person:
            final = chance.yes(0.12)
            pen.trash(file, "purge" if final else "trash")
            if not final and chance.yes(0.05):
                pen.untrash(file)
        else:
            pen.get(file)
    elif verb == "share":
        others = scene.staff(person.team) if chance.yes(0.6) else scene.staff()
        role = chance.choice(("reader", "writer"))
        if chance.yes(0.08) and not file.folder.sensitive:
            pen.share(file, chance.choice(_OUTSIDE).format(chance.choice(CUSTOMERS)), role)
        elif (other := chance.choice(others)) is not person:
            pen.share(file, other, role)
    elif verb in ("company_link", "public_link") and not file.folder.sensitive:
        pen.link(file, verb == "public_link")
        if verb == "public_link":
            scene.start(scene.now + HOUR, visits(scene, file, person))


def visits(scene: Scene, file: File, owner: Person) -> Story:
    """Let strangers follow a public link, which its owner may end."""
    for _ in range(int(scene.chance.around(3, 0.9))):
        yield scene.chance.expovariate(1 / (8 * HOUR))
        pen = Pen(scene, None, scene.net.home(scene.chance.yes(0.2)), scene.attacker())
        pen.get(file, "visit")
    if owner.here(scene.now) and scene.chance.yes(0.4):
        Pen(scene, owner, owner.office or owner.home, owner.device).link(file, True, "unlink")


def _session(scene: Scene, person: Person, pen: Pen, number: int) -> Story:
    """Let somebody do a few things in a row, mostly about the same files."""
    chance = scene.chance
    kind = chance.choices(list(_VERBS), (50, 26, 8, 12))[0]
    verbs, weights = _TABLES[kind]
    file: File | None = None
    place: Folder | None = None
    for verb in chance.choices(verbs, weights, k=number):
        if kind == "gather" and place and place.files:
            file = chance.late(place.files, 12.0)
        elif file is None or file.gone or chance.yes(0.5):
            file = pick(scene, person)
        if file is not None and not file.gone:
            place = file.folder
            _act(pen, person, file, verb)
        yield chance.around(9.0 if kind == "gather" else 45.0, 1.1)


def _sync(scene: Scene, person: Person, pen: Pen, since: int) -> Story:
    """Let the client fetch what colleagues changed in the person's folders."""
    places = set(person.places)
    news = [file for file in scene.changed[since:] if file.folder in places]
    pen = Pen(scene, person, pen.line, pen.device, "sync", pen.label)
    for file in list(dict.fromkeys(news))[-6:]:
        if file.editor is not person:
            pen.get(file, "sync")
            yield scene.chance.around(0.8, 0.8)


def _starts(scene: Scene, person: Person, number: int) -> list[float]:
    """Draw when sessions begin, in hours of the day: two peaks, and for some a third."""
    chance, half = scene.chance, person.length / 2
    starts = []
    for _ in range(number):
        middle = person.start + half * (0.5 if chance.yes(0.53) else 1.55)
        starts.append(chance.gauss(middle, half / 3.6))
    if chance.yes(person.evening):
        starts.append(chance.gauss(21.3, 0.7))
    return sorted(starts)


def career(scene: Scene, person: Person, first: int = 0) -> Story:
    """Let somebody work, from a first day on, day after day, until they leave."""
    chance, synced = Chance(scene.chance.random(), person.id), 0
    for day in range(first, scene.days + 1):
        midnight = day * DAY - person.zone * HOUR
        yield midnight + 4 * HOUR - scene.now
        if scene.now < person.joins - DAY:
            continue
        working = scene.workday(person)
        factor = scene.busy.get((day, person.team), 1.0)
        if not working and not (day not in person.away and chance.yes(person.weekend * factor)):
            continue
        number = int(chance.around(person.rate * factor * (1 if working else 0.3), 0.6))
        starts = _starts(scene, person, 1 + chance.count(number / 8))
        signed = False
        for start in starts:
            yield midnight + start * HOUR - scene.now
            if not person.here(scene.now):
                break
            pen = seat(scene, person)
            if not signed and chance.yes(0.3 if not person.detours else 0.9):
                for _ in range(chance.randint(1, 2) if chance.yes(0.06) else 0):
                    pen.account("fail")
                    yield chance.around(15, 0.5)
                pen.account("login")
                if chance.yes(0.02):
                    pen.consent(chance.choice(APPS), "consent" if chance.yes(0.8) else "revoke")
            if person.syncs and not signed and pen.via == "web":
                yield from _sync(scene, person, pen, synced)
                synced = len(scene.changed)
            signed = True
            yield from _session(scene, person, pen, 1 + int(number / len(starts)))
