"""Choose a page's events if a fault plan duplicates, delays or repeats them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..world.accounts import Account
from ..world.randomness import Ints, key_of, uniforms
from .plan import FaultPlan

__all__ = ["REPEATS_PAGE", "Delivered", "Delivery"]

#: Set in the scope of a request to answer it with the page before the requested one.
REPEATS_PAGE = "kloudless.repeats_page"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The positions of a page's events in the history, and that of its cursor."""

    positions: Sequence[int]
    after: int


class Delivery:
    """Delivers events according to a fault plan, and counts the faults by kind.

    Whether and when an event is late or repeated depends on its position alone. So a page is the
    same on every request, and a client that resumes loses no event.
    """

    def __init__(self, plan: FaultPlan, injected: Counter[str]) -> None:
        self._plan, self._injected = plan, injected

    def page(self, account: Account, first: int, size: int, kept: tuple[int, int]) -> Delivered:
        """Return the page of `size` events that begins at a position.

        Parameters
        ----------
        account : Account
            The account that is read.
        first : int
            The position to read from.
        size : int
            Events per page.
        kept : tuple of (int, int)
            The positions of the oldest event kept, and after the latest.
        """
        oldest, latest = kept
        last = min(first + size, max(first, latest))
        if self._limits(account):
            last = max(first, min(last, oldest + (self._plan.revoke_at_event or 0)))
        if first < last:
            positions = self._disordered(account, first, last, kept)
            if self._plan.never_ending == "looping" and last == latest:
                self._injected["never_ending"] += 1
                last = oldest
            return Delivered(positions, last)
        if self._plan.never_ending == "unchanged" and first == latest > oldest:
            self._injected["never_ending"] += 1
            return Delivered(range(max(oldest, latest - size), latest), latest)
        return Delivered(range(0), last)

    def page_before(self, first: int, size: int, kept: tuple[int, int]) -> Delivered | None:
        """Return the page before the requested one, or None if there is none.

        Parameters
        ----------
        first : int
            The position to read from.
        size : int
            Events per page.
        kept : tuple of (int, int)
            The positions of the oldest event kept, and after the latest.
        """
        if first <= kept[0]:
            return None
        self._injected["repeated_page"] += 1
        return Delivered(range(max(kept[0], first - size), first), first)

    def revokes(self, account: Account, first: int, oldest: int) -> bool:
        """Return True if the account's token is revoked before this position.

        Parameters
        ----------
        account : Account
            The account that is read.
        first : int
            The position to read from.
        oldest : int
            The position of the oldest event kept.
        """
        if not self._limits(account) or first - oldest < (self._plan.revoke_at_event or 0):
            return False
        self._injected["revoked"] += 1
        return True

    def _limits(self, account: Account) -> bool:
        plan = self._plan
        return plan.revoke_at_event is not None and plan.revoke_account in (None, account.number)

    def _disordered(
        self, account: Account, first: int, last: int, kept: tuple[int, int]
    ) -> Sequence[int]:
        if not (self._plan.late or self._plan.duplicate):
            return range(first, last)
        numbers = np.arange(first, last)
        prompt = numbers[~self._is("late", account, numbers)]
        late, late_places = self._delayed("late", account, first, last, kept)
        again, again_places = self._delayed("duplicate", account, first, last, kept)
        positions = np.concatenate([prompt, late, again])
        if not len(positions):
            return range(first, last)  # an empty page would be the end
        for kind, number in (("late", int((late != late_places).sum())), ("duplicate", len(again))):
            if number:
                self._injected[kind] += number
        order = np.argsort(np.concatenate([prompt, late_places, again_places]), kind="stable")
        found: list[int] = positions[order].tolist()
        return found

    def _delayed(
        self, what: str, account: Account, first: int, last: int, kept: tuple[int, int]
    ) -> tuple[Ints, Ints]:
        """Return the earlier events that this page delivers, and the places they take."""
        late_by = self._plan.late_by
        events = np.arange(max(kept[0], first - 2 * late_by), last)
        events = events[self._is(what, account, events)]
        delays = late_by * (1 + uniforms(self._key(f"{what} by", account), events))
        places = np.minimum(events + delays.astype(np.int64), kept[1] - 1)
        here = (first <= places) & (places < last)
        return events[here], places[here]

    def _is(self, what: str, account: Account, positions: Ints) -> npt.NDArray[np.bool_]:
        rate: float = getattr(self._plan, what)
        return uniforms(self._key(what, account), positions) < rate

    def _key(self, what: str, account: Account) -> int:
        return key_of(self._plan.seed, "faults", what, account.id)
