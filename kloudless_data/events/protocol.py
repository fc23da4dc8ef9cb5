"""What a stream needs of an account, so that it depends on no client."""

from __future__ import annotations

from typing import Any, Protocol

from ..config import Settings
from ..exceptions import APIException
from ..http.retry import RetryBudget

__all__ = ["ActivitySource", "identity_of"]


class ActivitySource(Protocol):
    """Requests an account's pages, as `kloudless_data.Account` does."""

    @property
    def url(self) -> str:
        """The URL that paths are relative to."""

    @property
    def account_id(self) -> Any:
        """The account's id in requests; ``me`` for a token's own account."""

    @property
    def settings(self) -> Settings:
        """The server, the API version, timeouts and retries."""

    @property
    def auth(self) -> Any:
        """The credential; equal ones share a rate limit."""

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET a path relative to the account.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """

    def budget(self) -> RetryBudget:
        """Return the retry budget for one page."""


def identity_of(account: ActivitySource) -> dict[str, str | None]:
    """Return an account's id and service; the requested id if the server does not say."""
    try:
        data = account.get().data
        return {"id": str(data["id"]), "service": data.get("service")}
    except (APIException, AttributeError, KeyError, TypeError):
        named = str(account.account_id)
        return {"id": None if named == "me" else named, "service": None}
