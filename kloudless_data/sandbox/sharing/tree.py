"""An organisation's folders and files: up to a million, as columns of numbers.

An item is a number, its slot, which determines its name and size. Changes are kept beside the
columns.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..world.randomness import key_of, mix, unmix

__all__ = ["ROOT", "Tree"]

#: The parent of items outside any folder.
ROOT = -1
_STEMS = ("Report", "Budget", "Minutes", "Offer", "Plan", "Contract", "Photo", "Roadmap", "Notes")
_FOLDERS = ("Finance", "Legal", "Projects", "Board", "Kunden – DACH", "Team", "2025", "Archive")
_ENDINGS = ("docx", "xlsx", "pdf", "pptx", "png", "csv")
_A_FOLDER = 15  # items per folder
_OF_OTHERS = 0.03


class Tree:
    """The items' owners and parents.

    Parameters
    ----------
    seed : int
    people : int
    items : int
        Number of folders and files together; spread unevenly over people.
    mixed : bool
        Some items belong to somebody other than the folder's owner.
    """

    def __init__(self, seed: int, people: int, items: int, *, mixed: bool) -> None:
        self.key = key_of(seed, "tree", people, items)
        rng = np.random.default_rng(self.key)
        self._parent, self._owner, self._folder = _grown(rng, people, items)
        if mixed:
            others = rng.random(items) < _OF_OTHERS
            others &= self._parent != ROOT
            self._owner[others] = rng.integers(0, people, int(others.sum()))
        order = np.argsort(self._parent, kind="stable")
        self._by_parent = order
        self._bounds = np.searchsorted(self._parent[order], np.arange(-1, items + 1))
        self.reset()

    def reset(self) -> None:
        """Undo all changes."""
        self._moved: dict[int, int] = {}
        self._added: list[tuple[int, int, bool]] = []
        self._children: dict[int, list[int]] = {}
        self.deleted: set[int] = set()

    def __len__(self) -> int:
        return len(self._parent) + len(self._added)

    @property
    def first(self) -> int:
        """The initial number of items."""
        return len(self._parent)

    def parent(self, slot: int) -> int:
        """Return an item's folder, or `ROOT`."""
        if slot in self._moved:
            return self._moved[slot]
        return int(self._parent[slot]) if slot < self.first else self._added[slot - self.first][0]

    def owner(self, slot: int) -> int:
        """Return the number of an item's owner."""
        return int(self._owner[slot]) if slot < self.first else self._added[slot - self.first][1]

    def is_folder(self, slot: int) -> bool:
        """Return True if the item is a folder."""
        if slot < self.first:
            return bool(self._folder[slot])
        return self._added[slot - self.first][2]

    def folders(self) -> npt.NDArray[np.int64]:
        """Return the slots of the initial folders."""
        return np.flatnonzero(self._folder)

    def exists(self, slot: int) -> bool:
        """Return True if neither the item nor a folder above it was deleted."""
        return not any(one in self.deleted for one in self.chain(slot))

    def chain(self, slot: int) -> Iterator[int]:
        """Yield an item and the folders above it, innermost first."""
        while slot != ROOT:
            yield slot
            slot = self.parent(slot)

    def children(self, slot: int) -> list[int]:
        """Return the items in a folder, or those outside any."""
        low, high = self._bounds[slot + 1 : slot + 3] if slot < self.first else (0, 0)
        found = self._by_parent[low:high].tolist() + self._children.get(slot, [])
        return [one for one in found if one not in self.deleted and self.parent(one) == slot]

    def add(self, parent: int, owner: int, *, folder: bool) -> int:
        """Create an item; return its slot.

        Parameters
        ----------
        parent : int
            The number of the parent folder.
        owner : int
            The owner's number.
        folder : bool
            True for a folder.
        """
        slot = len(self)
        self._added.append((parent, owner, folder))
        self._children.setdefault(parent, []).append(slot)
        return slot

    def move(self, slot: int, parent: int) -> None:
        """Move an item.

        Parameters
        ----------
        slot : int
            The item's number in the tree.
        parent : int
            The number of the parent folder.
        """
        self._moved[slot] = parent
        there = self._children.setdefault(parent, [])
        if slot not in there and (slot >= self.first or self._parent[slot] != parent):
            there.append(slot)

    def name(self, slot: int) -> str:
        """Return an item's name."""
        draw = mix(slot ^ self.key)
        if self.is_folder(slot):
            return f"{_FOLDERS[draw % len(_FOLDERS)]} {slot}"
        return f"{_STEMS[draw % len(_STEMS)]} {slot}.{_ENDINGS[(draw >> 8) % len(_ENDINGS)]}"

    def size(self, slot: int) -> int | None:
        """Return an item's size in bytes; None for a folder."""
        return None if self.is_folder(slot) else 2_000 + mix(slot ^ self.key) % 5_000_000

    def path(self, slot: int) -> str:
        """Return an item's path."""
        return "".join(f"/{self.name(one)}" for one in reversed(list(self.chain(slot))))

    def id_of(self, slot: int) -> str:
        """Return an item's id in the API."""
        return f"F{mix(slot ^ self.key):016x}"

    def slot_of(self, identifier: str) -> int | None:
        """Return the item with an id, if it exists."""
        digits = identifier[1:]
        if identifier[:1] != "F" or len(digits) != 16 or set(digits) - set("0123456789abcdef"):
            return None
        slot = unmix(int(digits, 16)) ^ self.key
        return slot if slot < len(self) and self.exists(slot) else None


def _grown(
    rng: np.random.Generator, people: int, items: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return each item's parent and owner, and whether it is a folder."""
    weights = rng.lognormal(0, 1.1, people)
    counts = rng.multinomial(items, weights / weights.sum())
    parent = np.full(items, ROOT, dtype=np.int64)
    owner = np.repeat(np.arange(people), counts)
    folder = np.zeros(items, dtype=bool)
    start = 0
    for count in counts.tolist():
        folders = min(count, -(-count // _A_FOLDER))
        folder[start : start + folders] = True
        for one in range(1, folders):
            if rng.random() < 0.8:
                parent[start + one] = start + int(rng.integers(max(0, one - 40), one))
        if folders:
            rest = count - folders
            chosen = start + (rng.random(rest) ** 1.5 * folders).astype(np.int64)
            chosen[rng.random(rest) < 0.03] = ROOT
            parent[start + folders : start + count] = chosen
        start += count
    return parent, owner, folder
