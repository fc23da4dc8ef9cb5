"""What a stream needs of an account, so that it depends on no client."""

from __future__ import annotations

from typing import Any, Protocol

from ..config import Settings
from ..exceptions import APIException
from ..http.retry import RetryBudget

__all__ = ["ActivitySource", "identity_of"]


class ActivitySource(Protocol):
    """What requests an account's pages; `kloudless_data.Account` does."""

    @property
    def url(self) -> str:
        """What paths are relative to."""

    @property
    def account_id(self) -> Any:
        """The id that requests name the account by; ``me`` for a token's own."""

    @property
    def settings(self) -> Settings:
        """The server, the API version, and how patient to be."""

    @property
    def auth(self) -> Any:
        """The credential; equal ones share their rate limit."""

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET a path below the account.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """

    def budget(self) -> RetryBudget:
        """Return what one page may be repeated."""


def identity_of(account: ActivitySource) -> dict[str, str | None]:
    """Return an account's id and service; the id that was asked for if it will not say."""
    try:
        data = account.get().data
        return {"id": str(data["id"]), "service": data.get("service")}
    except (APIException, AttributeError, KeyError, TypeError):
        named = str(account.account_id)
        return {"id": None if named == "me" else named, "service": None}
