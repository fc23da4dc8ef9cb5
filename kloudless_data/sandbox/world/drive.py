"""An account's current storage: the outcome of its history, plus callers' changes.

Changes made through the API affect only the drive. They cause no events, since the history is a
function of its seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .clock import Clock
from .file_world import metadata_of, parent_of, path_of, user_of
from .habits import State
from .people import Person
from .protocols import History
from .randomness import key_of, mix_array
from .timetext import text
from .vocabulary import CATEGORIES
from .world import Thing

__all__ = ["ROOT", "Conflict", "Drive", "generated"]

Json = dict[str, Any]
ROOT = "root"

_BLOCK = 1 << 16
#: The size in bytes of an exported document that has no size itself.
_EXPORTED = 24_000


class Conflict(Exception):
    """The folder already has an entry of that name, `args[0]`."""


def generated(key: int, start: int, stop: int) -> Iterator[bytes]:
    """Yield bytes `start` to `stop` of endless generated content, in blocks.

    Parameters
    ----------
    key : int
        Selects the content.
    start : int
        The first byte.
    stop : int
        The byte after the last one.
    """
    while start < stop:
        block, skip = divmod(start, _BLOCK)
        words = np.arange(_BLOCK // 8, dtype=np.uint64) + np.uint64(block * (_BLOCK // 8))
        data = mix_array(words ^ np.uint64(key)).tobytes()[skip : skip + stop - start]
        yield data
        start += len(data)


class Drive:
    """The folders and files of one account.

    An entry is the object as the API shows it, without `href`.
    """

    def __init__(self, history: History, clock: Clock) -> None:
        self._history, self._world, self._clock = history, history.world, clock
        self._changed: dict[str, Json] = {}
        self._deleted: set[str] = set()
        self._uploaded: dict[str, bytes] = {}
        self._made = 0
        self._cached: tuple[int, dict[str, Json]] | None = None

    def entries(self) -> list[Json]:
        """Return all entries: folders first, by name."""
        found = {**self._base(), **self._changed}
        present = [one for key, one in found.items() if key not in self._deleted]
        return sorted(present, key=lambda one: (one["type"] == "file", one["name"], one["id"]))

    def children(self, folder: str, person: int | None = None) -> list[Json]:
        """Return the contents of a folder, whoever may see them.

        Parameters
        ----------
        folder : str
            The folder's id.
        person : int, optional
            Index into the account's people.
        """
        return [entry for entry in self.entries() if entry["parent"]["id"] == folder]

    def visible_to(self, entries: list[Json], person: int | None) -> list[Json]:
        """Show an administrator who acts as a user that user's own files, and all folders.

        Parameters
        ----------
        entries : list of dict
            The entries, as the API shows them.
        person : int or None
            Index into the account's people.
        """
        if person is None:
            return entries
        email = self._world.people[person].email
        return [one for one in entries if one["type"] == "folder" or one["owner"]["email"] == email]

    def marks(self, entry: Json) -> Json:
        """Return nothing: the service's own object does not say whether it is shared."""
        return {}

    def find(self, identifier: str, kind: str) -> Json | None:
        """Return the file or folder with this id, even one deleted long ago.

        Parameters
        ----------
        identifier : str
            The id in the API.
        kind : str
            ``"file"`` or ``"folder"``.
        """
        if identifier in self._deleted:
            return None
        entry = (
            self._changed.get(identifier) or self._base().get(identifier) or self._older(identifier)
        )
        return entry if entry and entry["type"] == kind else None

    def add(self, kind: str, name: str, parent: str, content: bytes | None, mime: str) -> Json:
        """Create a folder or a file.

        Parameters
        ----------
        kind : str
            ``"file"`` or ``"folder"``.
        name : str
            The entry's name.
        parent : str
            The id of the folder.
        content : bytes or None
            The bytes of a file; None for a folder.
        mime : str
            The MIME type.

        Raises
        ------
        Conflict
            If the name is taken.
        """
        self._refuse_taken(name, parent)
        self._made += 1
        digits = f"{key_of(self._world.key, 'made', self._made):016x}"
        owner, now = self._world.people[0], text(self._clock.us)
        entry = self._entry(f"N{digits}", kind, name, parent, owner, owner, now, now)
        entry["mime_type"] = mime if kind == "file" else None
        self._changed[entry["id"]] = entry
        return entry if content is None else self.write(entry, content)

    def write(self, entry: Json, content: bytes) -> Json:
        """Replace a file's contents.

        Parameters
        ----------
        entry : dict
            The entry, as the API shows it.
        content : bytes
            The new bytes.
        """
        identifier = entry["id"]
        self._uploaded[identifier] = content
        changed = entry | {"size": len(content), "modified": text(self._clock.us)}
        self._changed[identifier] = changed
        return changed

    def change(self, entry: Json, name: str, parent: str) -> Json:
        """Rename and move an entry.

        Parameters
        ----------
        entry : dict
            The entry, as the API shows it.
        name : str
            The entry's name.
        parent : str
            The id of the folder.
        """
        self._refuse_taken(name, parent, besides=entry["id"])
        changed = entry | {
            "name": name,
            "parent": self._parent(parent),
            "modified": text(self._clock.us),
        }
        changed["path"] = self._path(name, parent)
        self._changed[entry["id"]] = changed
        return changed

    def delete(self, entry: Json) -> None:
        """Delete an entry and everything in it."""
        self._deleted.add(entry["id"])
        for child in self.children(entry["id"]):
            self.delete(child)

    def size_of(self, entry: Json) -> int:
        """Return the size of an entry's contents in bytes."""
        return _EXPORTED if entry["size"] is None else int(entry["size"])

    def read(self, entry: Json, start: int, stop: int) -> Iterator[bytes]:
        """Yield bytes `start` to `stop` of a file's contents.

        Parameters
        ----------
        entry : dict
            The entry, as the API shows it.
        start : int
            The first byte.
        stop : int
            The byte after the last one.
        """
        uploaded = self._uploaded.get(entry["id"])
        if uploaded is not None:
            return iter([uploaded[start:stop]])
        return generated(int(entry["id"][1:], 16), start, stop)

    def _refuse_taken(self, name: str, parent: str, besides: str | None = None) -> None:
        for entry in self.children(parent):
            if entry["name"] == name and entry["id"] != besides:
                raise Conflict(entry)

    def _base(self) -> dict[str, Json]:
        """Return the entries that the history has produced so far."""
        now = self._clock.us
        if self._cached is None or self._cached[0] != now:
            self._cached = (now, {entry["id"]: entry for entry in self._outcome(now)})
        return self._cached[1]

    def _outcome(self, now: int) -> Iterator[Json]:
        states = self._latest_states(now)
        for thing in self._world.things:
            if thing.kind not in ("file", "folder"):
                continue
            state = states.get(thing.slot)
            if state is not None:
                entry = self._entry_of(thing, state)
                if entry:
                    yield entry
            elif not thing.renewed:
                yield self._entry_at_rest(thing)

    def _latest_states(self, now: int) -> dict[int, State]:
        """Return the latest state of each thing, whoever changed it."""
        latest: dict[int, State] = {}
        for state in self._history.states(now):
            item = self._world.items[state.item]
            category = CATEGORIES[item.steps[state.step].kind][0]
            slot = item.thing.slot
            if category == "content" and (slot not in latest or latest[slot].time < state.time):
                latest[slot] = state
        return latest

    def _entry_of(self, thing: Thing, state: State) -> Json | None:
        item = self._world.items[state.item]
        step = item.steps[state.step]
        if step.kind == "delete":
            return None
        entry = self._entry_at_rest(thing, state.generation, self._world.people[item.actor])
        return entry | {
            "name": step.name,
            "modified": text(state.time),
            "parent": parent_of(self._world, step.parent),
            "path": path_of(self._world, step.name, step.parent),
        }

    def _entry_at_rest(
        self, thing: Thing, generation: int = 0, modifier: Person | None = None
    ) -> Json:
        """Return the entry of a thing that was never changed."""
        world, made = self._world, text(thing.created)
        entry = metadata_of(world, thing, modifier or thing.owner, thing.name, thing.parent)
        identifier = world.id_of(thing.slot, generation)
        return entry | {
            "id": identifier,
            "raw_id": "1" + identifier[1:],
            "created": made,
            "modified": made,
            "size": thing.size,
            "mime_type": thing.mime_type,
            "api": "storage",
            "owner": user_of(thing.owner),
            "path": path_of(world, thing.name, thing.parent),
        }

    def _older(self, identifier: str) -> Json | None:
        """Return the last state of a thing's earlier generation."""
        found = self._world.find(identifier)
        if found is None or not found[0].renewed or found[0].kind != "file":
            return None
        thing, generation = found
        for state in self._history.states(self._clock.us):
            item = self._world.items[state.item]
            if item.thing is thing and generation < state.generation:
                return self._entry_of(
                    thing, State(state.item, generation, len(item.steps) - 1, thing.created)
                )
        return None

    def _entry(
        self,
        identifier: str,
        kind: str,
        name: str,
        parent: str,
        owner: Person,
        modifier: Person,
        created: str,
        modified: str,
    ) -> Json:
        return {
            "id": identifier,
            "raw_id": "1" + identifier[1:],
            "type": kind,
            "name": name,
            "size": None,
            "path": self._path(name, parent),
            "created": created,
            "modified": modified,
            "mime_type": None,
            "downloadable": kind == "file",
            "account": self._world.account,
            "ancestors": None,
            "parent": self._parent(parent),
            "owner": user_of(owner),
            "last_modifier": user_of(modifier),
            "api": "storage",
        }

    def _parent(self, identifier: str) -> Json:
        folder = None if identifier == ROOT else self.find(identifier, "folder")
        return {"id": identifier, "name": folder["name"] if folder else None}

    def _path(self, name: str, parent: str) -> str:
        folder = None if parent == ROOT else self.find(parent, "folder")
        return f"{folder['path'] if folder else ''}/{name}"
