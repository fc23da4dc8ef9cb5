"""Grants and the effective rights that follow from them: the truth that a client has to find."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from ..world.clock import EPOCH_END
from ..world.randomness import rng_of
from ..world.timetext import DAY, to_us
from .manners import Manners
from .staff import Principal, Staff
from .tree import ROOT, Tree

__all__ = ["LEVELS", "Link", "Rights"]

Json = dict[str, Any]
#: Roles, weakest first. Beyond owner, reader and writer they are our assumption (A).
LEVELS = {"reader": 2, "writer": 3, "manager": 4, "owner": 5}
_ROLES = ("reader", "reader", "reader", "writer", "writer", "writer", "writer", "manager")


@dataclass(slots=True)
class Link:
    """A link to an item.

    Attributes
    ----------
    scope
        ``"anyone"`` or ``"company"`` (A, as all but the dates and `active`).
    expires
        The time in microseconds since 1970, if it expires at all.
    """

    number: int
    slot: int
    scope: str
    created: int
    password: bool = False
    expires: int | None = None
    active: bool = True
    deleted: bool = False


class Rights:
    """Grants, broken inheritance and links of an organisation's items."""

    def __init__(self, seed: int, staff: Staff, tree: Tree, manners: Manners) -> None:
        self._staff, self._tree, self._manners = staff, tree, manners
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Restore the initial state."""
        self.grants: dict[int, dict[Principal, str]] = {}
        self.shared: list[int] = []
        self.slots: dict[Principal, set[int]] = {}
        self.broken: set[int] = set()
        self.links: list[Link] = []
        rng = rng_of(self._seed, "rights", len(self._staff.people), self._tree.first)
        folders = self._tree.folders().tolist()
        for folder in folders:
            if rng.random() < (0.35 if self._tree.parent(folder) == ROOT else 0.08):
                self._share(rng, folder)
        for _ in range(self._tree.first // 300):
            self._share(rng, rng.randrange(self._tree.first))
        self._break_some(rng)
        for number in range(max(3, self._tree.first // 250) if self._tree.first else 0):
            folder = rng.random() < 0.3
            slot = rng.choice(folders) if folder else rng.randrange(self._tree.first)
            self.add_link(self.new_link(rng, slot, number))

    def _share(self, rng: random.Random, slot: int) -> None:
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 6))):
            principal = self.somebody(rng)
            if principal != ("user", self._tree.owner(slot)):
                self.grant(slot, principal, self.some_role(rng))

    def some_role(self, rng: random.Random) -> str:
        """Return a role; occasionally a second owner, if the service allows one."""
        if self._manners.several_owners and rng.random() < 0.05:
            return "owner"
        return rng.choice(_ROLES)

    def somebody(self, rng: random.Random) -> Principal:
        """Return a principal to share with."""
        draw, staff = rng.random(), self._staff
        if draw < 0.58:
            return "user", rng.randrange(len(staff.people))
        if draw < 0.86:
            return "group", rng.randrange(len(staff.groups))
        if draw < 0.97:
            return "outside", rng.randrange(len(staff.outside))
        return "domain", 0

    def _break_some(self, rng: random.Random) -> None:
        """Stop inheritance for some items, if the service's permission lists can show it."""
        if not self._manners.inherited:
            return
        inside = [slot for slot in self.grants if self._tree.parent(slot) != ROOT]
        self.broken.update(slot for slot in inside if rng.random() < 0.25)
        more = [rng.randrange(self._tree.first) for _ in range(self._tree.first // 1_000)]
        self.broken.update(slot for slot in more if self._tree.parent(slot) != ROOT)

    def grant(self, slot: int, principal: Principal, role: str) -> None:
        """Grant a role.

        Parameters
        ----------
        slot : int
            The item's number in the tree.
        principal : Principal
            The person, group or public that has the right.
        role : str
            The role that is granted.
        """
        if slot not in self.grants:
            self.shared.append(slot)
        self.grants.setdefault(slot, {})[principal] = role
        self.slots.setdefault(principal, set()).add(slot)

    def revoke(self, slot: int, principal: Principal) -> None:
        """Revoke a grant.

        Parameters
        ----------
        slot : int
            The item's number in the tree.
        principal : Principal
            The person, group or public that has the right.
        """
        self.grants.get(slot, {}).pop(principal, None)
        self.slots.get(principal, set()).discard(slot)

    def new_link(self, rng: random.Random, slot: int, number: int, now: int | None = None) -> Link:
        """Return a link with plausible settings.

        Parameters
        ----------
        rng : random.Random
            The source of the choices.
        slot : int
            The item's number in the tree.
        number : int
            The person's number.
        now : int, optional
            Microseconds since 1970.
        """
        end = to_us(EPOCH_END)
        created = now if now is not None else end - rng.randrange(1, 300) * DAY
        expires = created + rng.choice((7, 30, 400, 900)) * DAY if rng.random() < 0.4 else None
        return Link(
            number,
            slot,
            "anyone" if rng.random() < 0.45 else "company",
            created,
            rng.random() < 0.25,
            expires,
            rng.random() < 0.9,
        )

    def add_link(self, link: Link) -> None:
        """Add a link."""
        self.links.append(link)

    def replace_link(self, link: Link) -> None:
        """Replace a link by its changed version, or drop it if it was deleted."""
        number = next(n for n, one in enumerate(self.links) if one.number == link.number)
        self.links[number : number + 1] = [] if link.deleted else [link]

    def granted_at(self, slot: int) -> dict[Principal, str]:
        """Return the grants on the item itself, including its owner."""
        return {**self.grants.get(slot, {}), ("user", self._tree.owner(slot)): "owner"}

    def effective(self, slot: int) -> dict[Principal, str]:
        """Return each principal's strongest role on an item, inherited or not.

        A folder's owner manages items that others own in it, but does not own them.
        """
        found: dict[Principal, str] = {}
        for one in self._tree.chain(slot):
            for principal, role in self.granted_at(one).items():
                role = "manager" if role == "owner" and one != slot else role
                if LEVELS[role] > LEVELS.get(found.get(principal, ""), 0):
                    found[principal] = role
            if one in self.broken:
                break
        return found

    def inherited(self, slot: int) -> dict[Principal, str]:
        """Return the roles that an item inherits from the folders above it."""
        parent = self._tree.parent(slot)
        if parent == ROOT or slot in self.broken:
            return {}
        above = self.effective(parent)
        return {one: "manager" if role == "owner" else role for one, role in above.items()}

    def listed(self, slot: int) -> dict[Principal, str]:
        """Return the grants that the service's permission list shows."""
        return self.effective(slot) if self._manners.inherited else self.granted_at(slot)

    def sees(self, number: int, slot: int) -> bool:
        """Return True if the user may see the item.

        Parameters
        ----------
        number : int
            The person's number.
        slot : int
            The item's number in the tree.
        """
        return self.level(number, slot) > 0

    def level(self, number: int, slot: int) -> int:
        """Return a user's strongest right on an item, as in `LEVELS`; 0 for none.

        Parameters
        ----------
        number : int
            The person's number.
        slot : int
            The item's number in the tree.
        """
        found, mine = self.effective(slot), self._staff.principals_of(number)
        return max((LEVELS[found[one]] for one in mine & found.keys()), default=0)

    def roots_of(self, number: int) -> list[int]:
        """Return a user's root folder: their own items, and those shared with them."""
        owned = [one for one in self._tree.children(ROOT) if self._tree.owner(one) == number]
        mine = self._staff.principals_of(number) - {("domain", 0)}
        shared = {slot for one in mine for slot in self.slots.get(one, ())}
        found = []
        for slot in sorted(shared):
            parent = self._tree.parent(slot)
            hidden = parent == ROOT or not self.sees(number, parent)
            if self._tree.owner(slot) != number and self._tree.exists(slot) and hidden:
                found.append(slot)
        return owned + found
