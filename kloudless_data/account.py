"""`Account`: one connected account of a storage, calendar or CRM service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import exceptions
from .application import verify_token
from .client import Client
from .http.urls import path_segment

if TYPE_CHECKING:
    import requests

    from .events.query import EventStream

__all__ = ["Account", "get_verified_account"]


class Account(Client):
    """Requests on behalf of one connected account.

    Parameters
    ----------
    token : str, optional
        The account's Bearer token.
    api_key : str, optional
        The application's API key; needs `account_id`.
    account_id : int or str, optional
        Default: ``"me"``, the account that the token belongs to.
    base_url, api_version : optional
        Instead of what `configuration` says.

    Attributes
    ----------
    url : str
        ``{base_url}/v{api_version}/accounts/{account_id}``.
    account_id : str

    Raises
    ------
    InvalidParameter
        When there is no credential, or an API key without an account.

    Examples
    --------
    >>> Account(token="SECRET").url
    'https://api.kloudless.com/v1/accounts/me'
    """

    def __init__(
        self,
        token: str | None = None,
        api_key: str | None = None,
        account_id: int | str | None = None,
        *,
        base_url: str | None = None,
        api_version: int | str | None = None,
    ) -> None:
        super().__init__(api_key=api_key, token=token, base_url=base_url, api_version=api_version)
        if account_id in (None, "") and self.token is None:
            raise exceptions.InvalidParameter(
                "An account_id is missing: an API key is for all of an application's accounts, so "
                "say which one. Client(api_key=…).get('accounts') lists them."
            )
        self.account_id = "me" if account_id in (None, "") else str(account_id)
        self.url = f"{self.url}/accounts/{path_segment(self.account_id)}"

    def raw(self, raw_method: str, raw_uri: str, **kwargs: Any) -> requests.Response:
        """Send a request to the upstream service's own API, through Kloudless.

        Parameters
        ----------
        raw_method : str
            HTTP method of the upstream request.
        raw_uri : str
            Its URI, such as ``"/drive/v2/about"``.
        **kwargs
            As for `Client.post`; ``data`` or ``json`` become the upstream request's body.

        Returns
        -------
        requests.Response
            The upstream's own status, headers and body.

        Raises
        ------
        APIException
            When the status is 400 or above; ``exception.response`` is the upstream's answer.

        Examples
        --------
        >>> from kloudless_data.sandbox import Sandbox
        >>> with Sandbox(accounts=1, events=10) as sandbox:
        ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        ...     account.raw("GET", "/drive/v2/about").json()["kind"]
        'drive#about'
        """
        kwargs["headers"] = {
            **(kwargs.get("headers") or {}),
            "X-Kloudless-Raw-Method": raw_method,
            "X-Kloudless-Raw-URI": raw_uri,
        }
        # A redirect of the upstream service is part of its answer.
        kwargs.setdefault("allow_redirects", False)
        response: requests.Response = self.post("raw", get_raw_response=True, **kwargs)
        return response

    def events(
        self,
        cursor: str | int | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        raw: bool | None = None,
        **kwargs: Any,
    ) -> EventStream:
        """Return the account's activity, oldest first. Nothing is fetched yet.

        Parameters
        ----------
        cursor : str or int, optional
            Where to begin: what an earlier stream's ``latest_cursor`` was. Default: the oldest
            event that the server keeps (up to 10,000 events of the last 24 hours (D)).
        page_size : int, optional
            Events a request; default: ``configuration["page_size"]``, 1000 unless changed.
        limit : int, optional
            Read no more events than this.
        raw : bool, optional
            Ask for the upstream service's own objects; they become the column ``raw``, JSON text.
            Default: ``configuration["raw_data"]``, False unless changed.
        **kwargs
            As for `EventStream`.

        Returns
        -------
        EventStream

        Examples
        --------
        >>> from kloudless_data.sandbox import Sandbox
        >>> with Sandbox(accounts=1, events=10) as sandbox:
        ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        ...     len(account.events().to_frame())
        10
        """
        from .events.query import EventStream

        return EventStream(
            {"": (self, cursor)},
            page_size=self.settings.page_size if page_size is None else page_size,
            limit=limit,
            raw=self.settings.raw_data if raw is None else raw,
            **kwargs,
        )


def get_verified_account(app_id: str | int, token: str) -> Account:
    """Return the token's account after making sure that it belongs to the application.

    Parameters
    ----------
    app_id : str or int
        The application's id.
    token : str
        The account's Bearer token.

    Returns
    -------
    Account

    Raises
    ------
    TokenVerificationFailed
        The token belongs to another application.
    APIException
        It could not be verified.
    """
    verify_token(app_id, token)
    return Account(token=token)
