"""Collects what people intend to do, plays it in order of time and writes the events' columns.

Activity is generated as *intents*: somebody, at a time, does something with a file that is only
chosen when its turn comes, so that nobody opens what is deleted or not yet there, and each event
shows a file's name and folder as they were at that time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .files import Files
from .organisation import Organisation
from .vocabulary import VERBS

__all__ = ["BIN", "NEW", "NONE", "PICK", "SAME", "SWEEP", "Label", "Log", "Played"]

# How an intent chooses its file: none; by popularity in a folder; a new one in a folder; the next
#: of a sweep; the one that the sweep chose last; the next of those that somebody has in the trash.
NONE, PICK, NEW, SWEEP, SAME, BIN = range(6)

_COLUMNS = (
    "time",
    "person",
    "verb",
    "mode",
    "where",
    "chance",
    "ip",
    "agent",
    "target",
    "change",
    "label",
)
_OBJECTS = {"ip", "agent", "target", "change"}


class Played(NamedTuple):
    """One event: `before` is the name and folder before a rename or move, `state` those after."""

    time: float
    person: int
    verb: int
    item: int
    ip: str | None
    agent: str | None
    target: dict[str, Any] | None
    before: tuple[str, int] | None
    state: tuple[str, int, int, float, int] | None


@dataclass
class Label:
    """What a group of events is: an incident, or something honest that looks odd."""

    kind: str
    incident: bool
    people: list[int]
    intensity: str = ""
    slow: bool = False
    rows: list[int] = field(default_factory=list)


@dataclass
class _Sweep:
    """Goes through the files of folders, each once."""

    folders: list[int]
    shuffled: bool
    queue: list[int] = field(default_factory=list)
    last: int = -1


class Log:
    """The intents of one world, and what became of them.

    Parameters
    ----------
    rng : numpy.random.Generator
    organisation : Organisation
    files : Files
    """

    def __init__(self, rng: np.random.Generator, organisation: Organisation, files: Files) -> None:
        self.rng, self.org, self.files = rng, organisation, files
        self.labels: list[Label] = []
        self._blocks: dict[str, list[np.ndarray]] = {name: [] for name in _COLUMNS}
        self._sweeps: list[_Sweep] = []

    def label(self, kind: str, people: list[int], **more: Any) -> int:
        """Register a group of events and return its number."""
        self.labels.append(Label(kind, more.pop("incident", False), people, **more))
        return len(self.labels) - 1

    def sweep(self, folders: list[int], *, shuffled: bool = False) -> int:
        """Register a walk through all files of folders and return its number."""
        self._sweeps.append(_Sweep([int(f) for f in folders], shuffled))
        return len(self._sweeps) - 1

    def add(
        self,
        time: Any,
        person: Any,
        verb: Any,
        mode: Any = NONE,
        where: Any = -1,
        ip: Any = None,
        agent: Any = None,
        target: Any = None,
        change: Any = None,
        label: Any = -1,
    ) -> None:
        """Add intents; each argument is one value for all of them, or an array.

        Parameters
        ----------
        time : array of float
            Seconds since the world's start.
        person : int
            Who; -1 for somebody without an account.
        verb : str or array of int
            A name in `VERBS`, or their numbers.
        mode, where : int
            How the file is chosen, and the folder or the sweep to choose from.
        target : dict
            What the event tells beside the file, see `_details`.
        change : tuple
            ``("suffix", ".x")``, ``("extension", ".x")``, ``("name", "x")`` for a new name,
            ``("folder", 3)`` for where a file is moved to.
        """
        time = np.atleast_1d(np.asarray(time, float))
        given = locals()
        given["verb"] = VERBS[verb] if isinstance(verb, str) else verb
        given["chance"] = self.rng.random(time.size)
        for name in _COLUMNS:
            value = given[name]
            if not isinstance(value, np.ndarray):
                column = np.empty(time.size, object if name in _OBJECTS else float)
                if isinstance(value, list) and name in _OBJECTS:
                    column[:] = value
                else:
                    column[:] = [value] * time.size if name in _OBJECTS else value
                value = column
            self._blocks[name].append(value)

    def play(self) -> list[Played]:
        """Play all intents in order of time and return the events, oldest first.

        Each label then knows the positions of its events.
        """
        columns = {name: np.concatenate(parts) for name, parts in self._blocks.items()}
        inside = (columns["time"] >= 0) & (columns["time"] < self.org.span)
        order = np.argsort(np.where(inside, columns["time"], np.inf), kind="stable")[: inside.sum()]
        lists = [columns[name][order].tolist() for name in _COLUMNS]
        return _Player(self, lists).rows


class _Player:
    """The state of the files while the intents are played."""

    def __init__(self, log: Log, lists: list[list[Any]]) -> None:
        self.log, self.files, self.lists = log, log.files, lists
        self.live = [list(log.rng.permutation(f.initial).tolist()) for f in log.files.folders]
        self.bins: dict[int, list[int]] = {}
        self.rows: list[Played] = []
        self.undo: dict[int, int] = {}
        verbs = {number: name for name, number in VERBS.items()}
        for row in zip(*lists, strict=True):
            self._play(row, verbs[int(row[2])])

    def _play(self, row: tuple[Any, ...], verb: str) -> None:
        time, person, number, mode, where, chance, ip, agent, target, change, label = row
        person = int(person)
        item = self._choose(int(mode), int(where), chance, person, time, change)
        if item is None:
            return
        before = self._act(verb, item, person, time, change, chance) if item >= 0 else None
        state = self._state(item) if item >= 0 else None
        if label >= 0:
            self.log.labels[int(label)].rows.append(len(self.rows))
        self.rows.append(Played(time, person, int(number), item, ip, agent, target, before, state))

    def _choose(
        self, mode: int, where: int, chance: float, person: int, time: float, change: Any
    ) -> int | None:
        """Return the file of an intent, -1 if it has none, None if there is nothing to choose."""
        if mode == NONE:
            return -1
        if mode == PICK:
            live = self.live[where]
            return live[_popular(len(live), chance)] if live else None
        if mode == NEW:
            return self._new(where, person, time, change)
        if mode == BIN:
            bin_ = self.bins.get(person)
            return bin_.pop() if bin_ else None
        sweep = self.log._sweeps[where]
        if mode == SAME:
            return sweep.last if sweep.last >= 0 else None
        return self._next(sweep)

    def _new(self, folder: int, person: int, time: float, change: Any) -> int | None:
        files = self.files
        if change and change[0] == "beside":  # a new file in the place of what a sweep chose
            old = self.log._sweeps[change[1]].last
            if old < 0:
                return None
            folder = files.folder_of[old]
            name = _renamed(files.names[old], (change[3], change[2]), time)
            item = files.add(name, folder, person, time, files.sizes[old] + 528)
        else:
            name = change[1] if change else files.name(files.folders[folder].role)
            item = files.add(name, folder, person, time)
        self.live[folder].append(item)
        return item

    def _next(self, sweep: _Sweep) -> int | None:
        while True:
            while sweep.queue:
                item = sweep.queue.pop()
                if self.files.folder_of[item] >= 0:
                    sweep.last = item
                    return item
            if not sweep.folders:
                sweep.last = -1
                return None
            items = list(reversed(self.live[sweep.folders.pop(0)]))
            if sweep.shuffled:
                items = self.log.rng.permutation(items).tolist()
            sweep.queue = items

    def _act(
        self, verb: str, item: int, person: int, time: float, change: Any, chance: float
    ) -> tuple[str, int] | None:
        """Change the files as a verb does; return name and folder before a rename or move."""
        files = self.files
        name, folder = files.names[item], files.folder_of[item]
        if verb == "rename":
            files.names[item] = _renamed(name, change or ("number", ""), chance)
        elif verb == "move":
            self._take(item)
            to = int(change[1]) if change else int(chance * len(files.folders))
            files.folder_of[item] = to
            self.live[to].append(item)
        elif verb in ("edit", "restore"):
            files.modified[item], files.modifiers[item] = time, person
            files.sizes[item] = max(1, int(files.sizes[item] * (0.97 + 0.08 * chance)))
            if verb == "restore":
                folder = self.undo.get(item, 0)
                files.folder_of[item] = folder
                self.live[folder].append(item)
        elif verb == "trash" and folder >= 0:
            self._take(item)
            self.undo[item] = folder
            self.bins.setdefault(person, []).append(item)
            files.folder_of[item] = -1
        return (name, folder) if verb in ("rename", "move") else None

    def _take(self, item: int) -> None:
        live = self.live[self.files.folder_of[item]]
        if item in live:
            live.remove(item)

    def _state(self, item: int) -> tuple[str, int, int, float, int]:
        files = self.files
        folder = files.folder_of[item] if files.folder_of[item] >= 0 else self.undo.get(item, 0)
        return (
            files.names[item],
            folder,
            files.sizes[item],
            files.modified[item],
            files.modifiers[item],
        )


def _popular(count: int, chance: float) -> int:
    """Return a position by Zipf's law, among the lasting favourites or among the latest.

    The favourites come first in a folder's list, the latest last.
    """
    rank = int((count + 1) ** abs(2 * chance - 1) ** 1.5)
    return rank - 1 if chance < 0.5 else -rank


def _renamed(name: str, change: tuple[str, str], chance: float) -> str:
    """Return a file's new name."""
    how, text = change
    stem, _, extension = name.rpartition(".")
    if how == "suffix":
        return name + text
    if how == "extension":
        return f"{stem or name}{text}"
    if how == "random":  # an extension of its own
        letters = np.random.default_rng(int(chance * 2**40)).integers(97, 123, 4 + len(name) % 4)
        return f"{name}.{''.join(map(chr, letters))}"
    if how == "name":
        return text
    return f"{stem} {int(chance * 20) + 1}.{extension}" if how == "number" else name
