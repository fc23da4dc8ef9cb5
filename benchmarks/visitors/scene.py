"""An organisation, its clock, and what its people can do."""

from __future__ import annotations

import heapq
from collections.abc import Generator
from datetime import date, datetime, time
from typing import Any

from .chance import Chance
from .devices import Device, laptop
from .journal import Journal, Subject
from .lines import DAY, HOUR, Internet, Line
from .records import File, Folder, Label, Person
from .tree import Tree

__all__ = ["Pen", "Scene", "Story"]

# Yields how many seconds to wait before it goes on.
Story = Generator[float, None, None]


class Scene:
    """An organisation and its clock, which wakes stories in turn."""

    def __init__(self, chance: Chance, service: str, first: date, days: int, domain: str) -> None:
        self.chance, self.service, self.first, self.days = chance, service, first, days
        self.domain, self.end, self.now = domain, days * DAY, 0.0
        self.net = Internet(chance)
        self.tree = Tree(chance)
        self.journal = Journal(chance, service, datetime.combine(first, time()))
        self.zone = float(chance.choice((-8, -5, 0, 1, 1, 2, 5.5, 9)))
        self.people: list[Person] = []
        self.guests: list[Person] = []
        self.programs: list[Person] = []
        self.taken: set[str] = set()
        self.changed: list[File] = []
        self.agents_told, self.syncs_told = chance.yes(0.85), chance.yes(0.88)
        self.busy: dict[tuple[int, str], float] = {}
        self._queue: list[tuple[float, int, Story]] = []
        self._started = 0

    def start(self, at: float, story: Story) -> None:
        """Let a story begin at a time."""
        self._started += 1
        heapq.heappush(self._queue, (at, self._started, story))

    def run(self) -> None:
        """Let all happen, until the end."""
        while self._queue and self._queue[0][0] < self.end:
            self.now, number, story = self._queue[0]
            wait = next(story, None)
            if wait is None:
                heapq.heappop(self._queue)
            else:
                heapq.heapreplace(self._queue, (self.now + max(wait, 0.05), number, story))

    def staff(self, team: str | None = None) -> list[Person]:
        """Return who is employed now, of all departments or one."""
        return [one for one in self.people if one.here(self.now) and team in (None, one.team)]

    @property
    def admin(self) -> Person:
        """The administrator: the first of IT who is there."""
        return (self.staff("IT") or self.staff())[0]

    def head(self, team: str) -> Person:
        """Return who has a say in a department."""
        return (self.staff(team) or self.staff("Leadership") or self.staff())[0]

    def local(self, person: Person) -> float:
        """Return the hour on somebody's clock."""
        return (self.now / HOUR + person.zone) % 24

    def until(self, person: Person, hour: float, days: int = 0) -> float:
        """Return the seconds until it is some hour on somebody's clock, after so many days."""
        return ((hour - self.local(person)) % 24) * HOUR + days * DAY

    def workday(self, person: Person, later: float = 0.0) -> bool:
        """Return whether somebody works today, or so many seconds later."""
        day = int((self.now + later + person.zone * HOUR) // DAY)
        return (self.first.weekday() + day) % 7 in person.weekdays and day not in person.away

    def attacker(self) -> Device:
        """Return a stranger's computer."""
        return laptop(self.chance, self.service)


def _permission(kind: str, role: str, who: Person | str | None = None) -> dict[str, Any]:
    one: dict[str, Any] = {"id": None, "name": None, "email": who}
    if isinstance(who, Person):
        one = {"id": who.id, "name": who.name, "email": who.email}
    return {"permissions": [{**one, "role": role, "type": kind}]}


class Pen:
    """Somebody at work with a device on a line; what they do is written down.

    Parameters
    ----------
    scene : Scene
    actor : Person or None
        None is a visitor of a public link.
    line : Line
    device : Device
    via : {"web", "sync", "app"}
    label : Label or None
        To which the events belong.
    """

    def __init__(
        self, scene: Scene, actor: Person | None, line: Line, device: Device,
        via: str = "web", label: Label | None = None,
    ) -> None:  # fmt: skip
        self.scene, self.actor, self.line, self.device = scene, actor, line, device
        self.via, self.label = via, label

    def _write(
        self, verb: str, thing: File | Folder | Subject, detail: dict[str, Any] | None = None,
        before: tuple[str, Folder] | None = None,
    ) -> None:  # fmt: skip
        scene = self.scene
        told = scene.agents_told and self.actor is not None
        agent = self.device.agent(scene.now, self.via) if told else None
        ip = self.line.at(scene.now) if scene.syncs_told or self.via != "sync" else None
        row = scene.journal.write(scene.now, verb, self.actor, ip, agent, thing, detail, before)
        if self.label is not None:
            self.label.rows.append(row)
            if self.actor is not None and self.actor not in self.label.people:
                self.label.people.append(self.actor)

    def get(self, file: File, verb: str = "view") -> None:
        """View, download or sync a file."""
        if not file.gone:
            self._write(verb, file)

    def edit(self, file: File, size: int | None = None) -> None:
        """Save a file."""
        if not file.gone and self.actor is not None:
            file.size = size or max(1, int(file.size * self.scene.chance.uniform(0.9, 1.15)))
            file.modified, file.editor = self.scene.now, self.actor
            self.scene.changed.append(file)
            self._write("edit", file)

    def upload(self, folder: Folder, name: str | None = None, verb: str = "upload") -> File:
        """Put a new file into a folder."""
        assert self.actor is not None
        scene = self.scene
        name = name or scene.tree.name(folder.team or self.actor.team, scene.now)
        made = scene.tree.file(folder, name, self.actor, scene.now)
        scene.changed.append(made)
        self._write(verb, made)
        return made

    def copy(self, file: File, folder: Folder) -> File:
        """Copy a file into a folder."""
        made = self.upload(folder, file.name, "copy")
        made.size = file.size
        return made

    def rename(self, file: File, name: str) -> None:
        """Give a file another name."""
        if not file.gone and name != file.name:
            old, file.name = file.name, name
            self._write("rename", file, before=(old, file.folder))

    def move(self, file: File, folder: Folder) -> None:
        """Put a file into another folder."""
        if not file.gone and folder is not file.folder:
            old = file.folder
            old.files.remove(file)
            folder.files.append(file)
            file.folder = folder
            self._write("move", file, before=(file.name, old))

    def trash(self, file: File, verb: str = "trash") -> None:
        """Delete a file, for good or not."""
        if not file.gone:
            self._write(verb, file)
            file.gone = True

    def untrash(self, file: File) -> None:
        """Bring a deleted file back."""
        if file.gone:
            file.gone = False
            self._write("untrash", file)

    def share(self, thing: File | Folder, who: Person | str, role: str = "reader") -> None:
        """Give somebody, or an address of mail, access."""
        if not getattr(thing, "gone", False):
            verb = "share" if isinstance(who, Person) and who.kind == "staff" else "invite"
            self._write(verb, thing, _permission("user", role, who))
            if isinstance(who, Person) and isinstance(thing, File):
                who.inbox.append(thing)

    def unshare(self, thing: File | Folder, who: Person | str, role: str = "reader") -> None:
        """Take somebody's access away."""
        if not getattr(thing, "gone", False):
            self._write("unshare", thing, _permission("user", role, who))
            if isinstance(who, Person) and who.kind == "guest" and thing in who.places:
                who.places.remove(thing)

    def link(self, file: File, public: bool, verb: str | None = None) -> None:
        """Make a link for colleagues, or for anybody, or end it."""
        if not file.gone:
            kind = "anyone" if public else "domain"
            verb = verb or ("public_link" if public else "company_link")
            self._write(verb, file, _permission(kind, "reader"))

    def account(self, verb: str, who: Person | None = None) -> None:
        """Do something about one's own account (log in, fail to) or somebody else's."""
        one = who or self.actor
        assert one is not None
        self._write(verb, Subject("user", one.id, one.name, one.email))

    def group(self, verb: str, who: Person, team: str) -> None:
        """Put somebody into a group, or take them out."""
        self._write(verb, Subject("group", f"group-{team}", team, who.email))

    def consent(self, app: str, verb: str = "consent") -> None:
        """Let an application in, or no longer."""
        number = Chance(app).digits(7)
        scopes = {"scopes": ["files.read.all", "offline_access"]}
        self._write(verb, Subject("application", f"app-{number}", app), scopes)

    def setting(self, name: str) -> None:
        """Change a setting of the organisation."""
        self._write("setting", Subject("setting", f"setting-{name}", name))
