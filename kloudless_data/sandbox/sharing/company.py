"""`Company`: an administrator's account of a team of 5 to 5,000 people whose rights are known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..world.clock import EPOCH_END
from ..world.cursors import Cursors
from ..world.people import Person
from ..world.protocols import History
from ..world.randomness import Ints, key_of, mix, rng_of
from ..world.services import service_named
from ..world.templates import dumps
from ..world.timetext import DAY, text, to_us
from ..world.vocabulary import ACTIONS, CATEGORIES
from ..world.world import World
from .changes import Change, apply, draw, event_metadata
from .manners import MANNERS
from .rights import Rights
from .staff import Staff
from .tree import Tree

__all__ = ["Company"]

Json = dict[str, Any]


class Company(History):
    """A team's people, nested groups, folders, files, rights and links, and their changes.

    Everything follows from the seed and the time. Pass it to `Sandbox` in ``organisations`` and
    move the sandbox's clock. Proportions are invented.

    Parameters
    ----------
    seed : int
    people : int
        5 to 5,000. Some have left, and the data of some cannot be read.
    items : int
        Number of folders and files, up to a million.
    service : {"box", "dropbox", "gdrive", "onedrivebiz", "sharepoint", "egnyte"}
    days : int
        The number of days with changes, from 2026-03-02T18:00Z on.
    changes : int, optional
        Changes per day. Defaults to the number of people.

    Examples
    --------
    >>> company = Company(seed=3, people=20, items=400)
    >>> len(company.staff.people), len(company.tree)
    (20, 400)
    """

    def __init__(
        self,
        seed: int = 7,
        people: int = 40,
        items: int = 2_000,
        *,
        service: str = "box",
        days: int = 30,
        changes: int | None = None,
    ) -> None:
        if not 5 <= people <= 5_000 or not 10 <= items <= 1_000_000:
            raise ValueError("A company has 5 to 5,000 people and 10 to 1,000,000 items.")
        if service not in MANNERS:
            raise ValueError(f"A company's service must be one of {', '.join(MANNERS)}.")
        self.seed, self.service, self.manners = seed, service, MANNERS[service]
        self._key = key_of(seed, "company", people, items, service)
        self.start = to_us(EPOCH_END)
        self._sizes, self._asked = (people, items), (days, people if changes is None else changes)
        self.staff = Staff(seed, people)
        self.tree = Tree(seed, people, items, mixed=self.manners.mixed)
        self.rights = Rights(seed, self.staff, self.tree, self.manners)
        self.people: list[Person] = self.staff.people
        self._applied = 0
        self.account = 0

    def attach(self, account: int) -> None:
        """Set the id of the company's account on a server, and simulate its changes."""
        if account == self.account:
            return
        self.account = account
        details = service_named(self.service)
        self.world = World(self.seed, account, details, self.people)
        if self._applied:
            self._reset()
        self._simulate()
        self.cursors = Cursors(self._key, len(self._changes))
        if self._changes:
            self._reset()

    def _reset(self) -> None:
        self.staff.groups = Staff(self.seed, self._sizes[0]).groups
        self.tree.reset()
        self.rights.reset()
        self._applied = 0

    def _simulate(self) -> None:
        rng = rng_of(self._key, "changes")
        days, a_day = self._asked
        times = sorted(self.start + 1 + rng.randrange(days * DAY) for _ in range(days * a_day))
        self._changes: list[Change] = []
        self._metadata: list[Json] = []
        for time in times:
            change = draw(rng, time, self.staff, self.tree, self.rights)
            if change is not None:
                change.number = len(self._changes)
                apply(change, self.staff, self.tree, self.rights)
                self._changes.append(change)
                self._metadata.append(event_metadata(change, self.staff, self.tree, self.account))
        self._times = np.array([one.time for one in self._changes], dtype=np.int64)

    def at(self, moment: int) -> Company:
        """Bring the company to its state at a time (microseconds since 1970)."""
        if not self.account:
            self.attach(125_900_007)
        wanted = self.count_until(moment)
        if wanted < self._applied:
            self._reset()
        for change in self._changes[self._applied : wanted]:
            apply(change, self.staff, self.tree, self.rights)
        self._applied = wanted
        return self

    def record(self, changes: Sequence[Change]) -> None:
        """Apply changes now, and record them as events.

        They become part of the history, so moving the clock back and forth keeps them.

        Parameters
        ----------
        changes : sequence of Change
            The changes, in order.
        """
        for change in changes:
            change.number = len(self._changes)
            apply(change, self.staff, self.tree, self.rights)
            self._changes.insert(self._applied, change)
            self._metadata.insert(
                self._applied, event_metadata(change, self.staff, self.tree, self.account)
            )
            self._times = np.insert(self._times, self._applied, change.time)
            self._applied += 1
        self.cursors = Cursors(self._key, len(self._changes))

    def truth(self) -> Iterator[tuple[str, str, int]]:
        """Yield who can see each item, links aside: e-mail address, item's id, level of the right.

        Levels are those of `kloudless_data.sandbox.sharing.rights.LEVELS`.
        """
        from .rights import LEVELS

        people = self._reached()
        for slot in range(len(self.tree)):
            if not self.tree.exists(slot):
                continue
            best: dict[str, int] = {}
            for principal, role in self.rights.effective(slot).items():
                for email in people.get(principal, ()):
                    best[email] = max(best.get(email, 0), LEVELS[role])
            for email, level in best.items():
                yield email, self.tree.id_of(slot), level

    def _reached(self) -> dict[tuple[str, int], set[str]]:
        """Return the e-mail addresses behind each principal."""
        found: dict[tuple[str, int], set[str]] = {}
        for number, one in enumerate(self.people):
            for principal in self.staff.principals_of(number):
                found.setdefault(principal, set()).add(one.email)
        for number, (_, email) in enumerate(self.staff.outside):
            found[("outside", number)] = {email}
            for group in self.staff.groups_of(("outside", number)):
                found.setdefault(("group", group), set()).add(email)
        return found

    def __len__(self) -> int:
        return len(self._changes)

    def count_until(self, moment: int) -> int:
        """Return the number of changes up to and including a time."""
        return int(np.searchsorted(self._times, moment, side="right"))

    def event(self, position: int, version: int = 1) -> Json:
        """Return the event at a position, as the server shows it.

        Parameters
        ----------
        position : int
            The event's number in the history, from 0.
        version : int, default 1
            The API version.
        """
        change = self._changes[position]
        who = self.staff.shown(("user", change.actor))
        event: Json = {"id": f"{mix(change.number ^ self._key):016x}", "account": self.account}
        if version == 2:
            category, general, specific = CATEGORIES[change.kind]
            event |= {
                "event_category": category,
                "event_type": general,
                "event_subtype": specific,
                "user": {"id": who["id"], "name": who["name"], "email": who["email"]},
            }
        else:
            event |= {"action": ACTIONS.get(change.kind, "~"), "type": change.kind}
        event |= {"ip": None, "user_id": who["id"], "modified": text(change.time)}
        return event | {"metadata": self._metadata[position]}

    def page_parts(self, start: int, stop: int, version: int = 1) -> Sequence[bytes | memoryview]:
        """Return a page as one part.

        Parameters
        ----------
        start : int
            The first position.
        stop : int
            The position after the last one.
        version : int, default 1
            The API version.
        """
        return [b",".join(dumps(self.event(n, version)) for n in range(start, stop))]

    def _actors(self, start: int, stop: int) -> Iterator[tuple[int, Ints]]:
        yield start, np.array([one.actor for one in self._changes[start:stop]], dtype=np.int64)

    def labels(self) -> list[Json]:
        """Return each change with its time: what a `diff` of two snapshots should find."""
        return [
            {"time": one.time, "kind": one.kind, **json.loads(json.dumps(shown))}
            for one, shown in zip(self._changes, self._metadata, strict=True)
        ]
