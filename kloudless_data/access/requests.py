"""Count requests, and refuse them once the budget is spent."""

from __future__ import annotations

import threading
from typing import Any

from ..account import Account
from ..client import Client
from ..exceptions import KloudlessException

__all__ = ["Budget", "BudgetSpent", "Metered"]


class BudgetSpent(KloudlessException):
    """All allowed requests have been sent."""

    default_message = "The request budget is spent. Call again to continue, or allow more requests."


class Budget:
    """The number of requests that may be sent.

    A request that is repeated because the server was busy counts once.

    Parameters
    ----------
    most : int, optional
        None for no limit.

    Attributes
    ----------
    made : int
        The number sent so far.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most, self.made = most, 0
        self._lock = threading.Lock()

    def take(self) -> None:
        """Count a request that is about to be sent.

        Raises
        ------
        BudgetSpent
            It may not be sent.
        """
        with self._lock:
            if self.most is not None and self.made >= self.most:
                raise BudgetSpent
            self.made += 1

    def add(self, number: int) -> None:
        """Count requests that were sent whatever the budget.

        Parameters
        ----------
        number : int
        """
        with self._lock:
            self.made += number


class Metered:
    """A client or an account whose requests are counted.

    Parameters
    ----------
    client : Client or Account
    budget : Budget
    """

    def __init__(self, client: Client | Account, budget: Budget) -> None:
        self.client, self._budget = client, budget
        self.api_version = int(client.settings.api_version)

    @property
    def url(self) -> str:
        """The URL that paths are relative to."""
        return self.client.url

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET, if the budget allows it.

        Parameters
        ----------
        path, **kwargs
            As for `Client.get`.
        """
        self._budget.take()
        return self.client.get(path, **kwargs)

    def counted(self, number: int) -> None:
        """Count requests that were sent by other means.

        Parameters
        ----------
        number : int
        """
        self._budget.add(number)

    def acting_as(self, user: str) -> Metered:
        """Return the same account acting as one of its users, or for ``""`` as itself."""
        if not user:
            return self
        return Metered(self.client.with_options(impersonate_user_id=user), self._budget)
