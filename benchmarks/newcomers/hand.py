"""What an account does, from one place with one program."""

from __future__ import annotations

import json
from typing import Any

from .identity import Identity
from .internet import Line
from .journal import Label, Thing, of_item, of_other
from .people import Actor
from .programs import Device
from .scene import Scene
from .tree import File, Folder

__all__ = ["Hand"]


class Hand:
    """An account at work. Every method writes what the service would log.

    Parameters
    ----------
    scene : Scene
    actor : Actor or None
        None is somebody who follows a public link.
    line : Line
    device : Device
    via : {"browser", "client", "app"}
    label : Label, optional
        Of what this is part.
    """

    def __init__(
        self,
        scene: Scene,
        actor: Actor | None,
        line: Line,
        device: Device,
        via: str = "browser",
        label: Label | None = None,
    ) -> None:
        self.scene, self.actor, self.line, self.device = scene, actor, line, device
        self.via, self.label = via, label
        if label is not None and actor is not None and actor not in label.people:
            label.people.append(actor)

    def as_(self, actor: Actor) -> Hand:
        """Return the same machine with another account; the label is not of that account."""
        other = Hand(self.scene, actor, self.line, self.device, self.via)
        other.label = self.label
        return other

    def read(self, verb: str, item: File | Folder) -> None:
        """Log an action that changes nothing: view, download, sync, visit."""
        if not _is_gone(item):
            self._log(verb, of_item(item))

    def upload(self, folder: Folder, name: str | None = None, size: int | None = None) -> File:
        """Add a file."""
        scene = self.scene
        file = scene.tree.file(folder, self._acting(), scene.now, name)
        file.size = size or file.size
        self._log("upload", of_item(file))
        return file

    def edit(self, file: File, growth: float = 1.02) -> None:
        """Save a new version."""
        if _is_gone(file):
            return
        file.size = max(1, int(file.size * growth))
        file.modified, file.last = self.scene.now, self._acting()
        self._log("edit", of_item(file))

    def rename(self, file: File, name: str) -> None:
        """Give a file another name."""
        if _is_gone(file):
            return
        before = of_item(file)
        file.name = name
        self._log("rename", of_item(file), previous=before)

    def move(self, file: File, folder: Folder) -> None:
        """Put a file into another folder."""
        if _is_gone(file):
            return
        before = of_item(file)
        self.scene.tree.take(file)
        self.scene.tree.put(file, folder)
        self._log("move", of_item(file), previous=before)

    def copy(self, file: File, folder: Folder) -> File:
        """Copy a file into a folder."""
        made = self.scene.tree.file(folder, self._acting(), self.scene.now, file.name)
        made.size = file.size
        self._log("copy", of_item(made))
        return made

    def trash(self, file: File) -> None:
        """Delete a file; it lies in the bin."""
        if _is_gone(file):
            return
        self._log("trash", of_item(file))
        self.scene.tree.discard(file)

    def purge(self, file: File) -> None:
        """Delete a file from the bin."""
        if file in self.scene.tree.bin:
            self.scene.tree.bin.remove(file)
        self._log("purge", of_item(file))

    def restore(self, file: File) -> None:
        """Take a file out of the bin."""
        if file in self.scene.tree.bin:
            self.scene.tree.bin.remove(file)
            self.scene.tree.put(file, file.folder)
            self._log("untrash", of_item(file))

    def share(self, item: File | Folder, whom: Identity, role: str = "reader") -> None:
        """Let a colleague see something."""
        self._permit("share", item, whom.id, whom.name, whom.email, role, "user")

    def invite(self, item: File | Folder, email: str, role: str = "reader") -> None:
        """Let an outsider see something."""
        self._permit("invite", item, None, None, email, role, "user")

    def unshare(self, item: File | Folder, email: str) -> None:
        """End somebody's right."""
        self._permit("unshare", item, None, None, email, "reader", "user")

    def link(self, item: File | Folder, public: bool, role: str = "reader") -> None:
        """Make a link for everybody, or for everybody in the organisation."""
        if public:
            self._permit("public_link", item, None, None, None, role, "anyone")
            if isinstance(item, File):
                self.scene.links.append(item)
        else:
            domain = self.scene.namer.domain
            self._permit("company_link", item, None, domain, None, role, "domain")

    def unlink(self, item: File | Folder) -> None:
        """Remove a public link."""
        self._permit("unlink", item, None, None, None, "reader", "anyone")

    def account(self, verb: str, whom: Identity | None = None, **told: Any) -> None:
        """Log what concerns an account: a login, a failure, a new role."""
        whom = whom or self._acting()
        self._log(
            verb, of_other("user", whom.id, whom.name, whom.email), _told(**told) if told else None
        )

    def group(self, verb: str, group: str, whom: Identity) -> None:
        """Log that somebody enters or leaves a group."""
        self._log(verb, of_other("group", f"group-{group}", group, whom.email))

    def consent(self, verb: str, program: str, id_: str, scopes: list[str]) -> None:
        """Log that the account lets a program in, or out again."""
        self._log(verb, of_other("application", id_, program), _told(scopes=scopes))

    def setting(self, name: str, before: str, after: str) -> None:
        """Log that a setting of the whole organisation changes."""
        self._log("setting", of_other("setting", name, name), _told(before=before, after=after))

    def _permit(self, verb: str, item: File | Folder, *permission: str | None) -> None:
        if _is_gone(item):
            return
        keys = ("id", "name", "email", "role", "type")
        told = _told(permissions=[dict(zip(keys, permission, strict=True))])
        self._log(verb, of_item(item), told)

    def _acting(self) -> Actor:
        if self.actor is None:
            raise ValueError("visitors only read")
        return self.actor

    def _log(
        self, verb: str, thing: Thing, extra: str | None = None, previous: Thing | None = None
    ) -> None:
        scene = self.scene
        ip: str | None = self.line.address(scene.now, self.device.number)
        agent: str | None = self.device.agent(self.via, scene.day)
        if scene.ips_known < 1 and scene.chance.random() > scene.ips_known:
            ip = None
        if scene.agents_known < 1 and scene.chance.random() > scene.agents_known:
            agent = None
        scene.journal.add(
            scene.now, verb, self.actor, (ip, agent), thing, self.label, extra, previous
        )


def _is_gone(item: File | Folder) -> bool:
    """Tell whether somebody has deleted a file meanwhile."""
    return isinstance(item, File) and item.at < 0


def _told(**details: Any) -> str:
    """Return what the service tells beyond the columns."""
    return json.dumps({"metadata": details}, separators=(",", ":"))
