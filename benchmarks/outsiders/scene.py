"""The stage: a clock, the organisation, and what acts do to its files."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from .devices import TOOLS
from .draws import Draws
from .journal import Journal, Label, Thing, permission
from .lines import DAY, Internet
from .people import Actor, Namer, Via
from .tree import File, Folder, Tree

__all__ = ["Scene", "Script"]

Script = Iterator[float]
"""What somebody does: yields the time at which to go on."""


class Scene:
    """An organisation in time.

    Attributes
    ----------
    now, end : float
        Seconds since the first day.
    people, guests, programs : list of Actor
    left : list of Actor
        Who left the organisation before it starts, and whose accounts still exist.
    teams : dict of str to list of Folder
    """

    def __init__(self, draws: Draws, service: str, first: date, days: int, domain: str) -> None:
        self.draws, self.service, self.days, self.end = draws, service, days, days * DAY
        self.now = 0.0
        self.first = first
        self.internet, self.tree = Internet(draws), Tree(draws, service)
        self.namer = Namer(draws, service, domain)
        self.journal = Journal(draws, service, datetime(first.year, first.month, first.day))
        self.people: list[Actor] = []
        self.guests: list[Actor] = []
        self.programs: list[Actor] = []
        self.left: list[Actor] = []
        self.teams: dict[str, list[Folder]] = {}
        self.partners = [self.namer.partner() for _ in range(40)]
        self.partners += [self.namer.private() for _ in range(8)]
        self.apps = [
            (f"app-{draws.randint(10**6, 10**7)}", name) for name in draws.sample(TOOLS, 9)
        ]
        self.office, self.vpn = self.internet.office(), self.internet.office()
        self.remote = draws.choice((0.0, 0.1, 0.3, 0.9))
        self.vpn_used = draws.yes(0.4)
        self.holidays = set(draws.sample(range(days), max(1, days // 32)))
        self.agents_known = draws.weighted({1.0: 0.65, 0.9: 0.2, 0.0: 0.15})
        self.ips_known = draws.weighted({1.0: 0.8, 0.97: 0.2})
        self._queue: list[tuple[float, int, Script]] = []
        self._number = 0

    def weekday(self, day: int) -> int:
        """Return a day's weekday; 0 is Monday."""
        return (self.first + timedelta(days=day)).weekday()

    def start(self, when: float, script: Script) -> None:
        """Let a script begin at a time."""
        self._number += 1
        heapq.heappush(self._queue, (max(when, self.now), self._number, script))

    def run(self) -> None:
        """Let time pass, until the end."""
        while self._queue:
            when, number, script = heapq.heappop(self._queue)
            if when >= self.end:
                continue
            self.now = when
            following = next(script, None)
            if following is not None:
                heapq.heappush(self._queue, (max(following, when), number, script))

    def act(
        self, actor: Actor | None, verb: str, thing: File | Folder, via: Via,
        label: Label | None = None, *, into: Folder | None = None, name: str = "",
        detail: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Do something with a file or folder, and write it down.

        Nothing happens to a file that is gone, except that it comes back or goes for good.
        """
        before = None
        if isinstance(thing, File):
            if thing.gone != (verb in ("untrash", "purge")):
                return
            before = (thing.name, thing.folder) if verb in ("rename", "move") else None
            thing = self._change(actor, verb, thing, into, name)
        self._write(actor, verb, thing, via, label, detail, before)

    def upload(
        self, actor: Actor, folder: Folder, via: Via, label: Label | None = None, name: str = ""
    ) -> File:
        """Add a file to a folder."""
        made = self.tree.file(folder, actor, self.now, name)
        self._write(actor, "upload", made, via, label)
        return made

    def share(
        self, actor: Actor, thing: File | Folder, via: Via, email: str,
        label: Label | None = None, role: str = "reader",
    ) -> None:  # fmt: skip
        """Share with an address outside."""
        self.act(actor, "invite", thing, via, label, detail=permission("user", role, email=email))

    def link(
        self, actor: Actor, thing: File | Folder, via: Via, label: Label | None = None
    ) -> None:
        """Make a link that opens for anybody."""
        self.act(actor, "public_link", thing, via, label, detail=permission("anyone", "reader"))

    def session(
        self, actor: Actor, verb: str, via: Via, label: Label | None = None,
        about: Actor | None = None,
    ) -> None:  # fmt: skip
        """Log in, fail to, change a password, or administer somebody's account."""
        one = about or actor
        self._write(actor, verb, Thing("user", one.id, one.name, one.email), via, label)

    def role(
        self, actor: Actor, verb: str, about: Actor, via: Via, label: Label | None, role: str
    ) -> None:
        """Give or take an administrator's role."""
        thing = Thing("user", about.id, about.name, about.email)
        self._write(actor, verb, thing, via, label, {"role": role})

    def group(
        self, actor: Actor, verb: str, about: Actor, group: str, via: Via,
        label: Label | None = None,
    ) -> None:  # fmt: skip
        """Put somebody into a group, or out."""
        thing = Thing("group", f"group-{group}", group, about.email)
        self._write(actor, verb, thing, via, label)

    def consent(
        self, actor: Actor, app: tuple[str, str], broad: bool, via: Via,
        label: Label | None = None, verb: str = "consent",
    ) -> None:  # fmt: skip
        """Let an application in, to one's chosen files or to all."""
        scopes = _SCOPES[self.service][broad]
        thing = Thing("application", *app)
        self._write(actor, verb, thing, via, label, {"scopes": scopes})

    def admin(self) -> Actor:
        """Return an administrator who is here."""
        here = [one for one in self.people if one.admin and one.joined <= self.now < one.left]
        return self.draws.choice(here or self.people[:1])

    def sensitive(self) -> list[Folder]:
        """Return the folders that a thief would look for, with files in them."""
        return [one for one in self.tree.folders if one.sensitive and one.files]

    def _change(
        self, actor: Actor | None, verb: str, file: File, into: Folder | None, name: str
    ) -> File:
        if verb == "edit":
            file.size = max(int(file.size * self.draws.skewed(1.0, 0.08)), 1)
            file.modified, file.editor = self.now, actor
        elif verb == "rename":
            file.name = name
        elif verb == "move" and into is not None:
            self.tree.move(file, into)
        elif verb == "copy":
            return self.tree.file(
                into or file.folder, actor, self.now, name or f"Copy of {file.name}"
            )
        elif verb == "trash":
            self.tree.drop(file)
        elif verb == "untrash":
            self.tree.bring_back(file)
        return file

    def _write(
        self, actor: Actor | None, verb: str, thing: File | Folder | Thing, via: Via,
        label: Label | None, detail: dict[str, Any] | None = None,
        before: tuple[str, Folder] | None = None,
    ) -> None:  # fmt: skip
        draws = self.draws
        agent = via.agent(self.now) if draws.random() < self.agents_known else None
        ip = via.line.at(self.now) if draws.random() < self.ips_known else None
        row = self.journal.write(self.now, actor, verb, thing, ip, agent, detail, before)
        label = label or (actor.under if actor else None)
        if label is not None:
            label.rows.append(row)


_SCOPES = {
    "dropbox": (["files.metadata.read"], ["files.content.read", "sharing.read"]),
    "box": (["item_preview"], ["root_readwrite"]),
    "gdrive": (["https://www.googleapis.com/auth/drive.file"],
               ["https://www.googleapis.com/auth/drive"]),
    "onedrivebiz": (["Files.Read.Selected"], ["Files.ReadWrite.All", "offline_access"]),
}  # fmt: skip
