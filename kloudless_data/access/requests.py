"""Requests that are counted, and not made when there have been enough."""

from __future__ import annotations

import threading
from typing import Any

from ..account import Account
from ..exceptions import KloudlessException

__all__ = ["Budget", "BudgetSpent", "Metered"]


class BudgetSpent(KloudlessException):
    """As many requests as were allowed have been made."""

    default_message = "The request budget is spent. Go on with a larger one, or another time."


class Budget:
    """How many requests may be made.

    A request that is repeated because the server was busy counts once.

    Parameters
    ----------
    most : int, optional
        None: as many as there are to make.

    Attributes
    ----------
    made : int
        How many were made.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most, self.made = most, 0
        self._lock = threading.Lock()

    def take(self) -> None:
        """Count a request that is about to be made.

        Raises
        ------
        BudgetSpent
            It may not be made.
        """
        with self._lock:
            if self.most is not None and self.made >= self.most:
                raise BudgetSpent
            self.made += 1


class Metered:
    """An account whose requests are counted.

    Parameters
    ----------
    account : Account
    budget : Budget
    """

    def __init__(self, account: Account, budget: Budget) -> None:
        self.account, self._budget = account, budget
        self.api_version = int(account.settings.api_version)

    @property
    def url(self) -> str:
        """What paths are relative to."""
        return self.account.url

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET, if it may be made.

        Parameters
        ----------
        path, **kwargs
            As for `Client.get`.
        """
        self._budget.take()
        return self.account.get(path, **kwargs)

    def acting_as(self, user: str) -> Metered:
        """Return the same account acting as one of its users; ``""``: as itself."""
        if not user:
            return self
        return Metered(self.account.with_options(impersonate_user_id=user), self._budget)
