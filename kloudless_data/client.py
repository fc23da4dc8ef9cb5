"""`Session`, `Client` and `Account`: requests to a server, an application, an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

import requests

from . import exceptions
from .auth import APIKeyAuth, BaseAuth, BearerTokenAuth, credential_from
from .config import Settings, configuration
from .credentials.frames import hides_arguments
from .exceptions import InvalidParameter, Remedy
from .http.session import ServerSession, handle_response, option_headers
from .http.urls import path_segment, url_join
from .re_patterns import download_file_patterns
from .resources.activity import AccountActivity
from .resources.base import Resource, ResourceList, Response, ResponseJson
from .resources.session import ResourceSession
from .text.percent import percent_encoded
from .util import construct_kloudless_endpoint, logger, redact, redact_url, shown
from .version import VERSION

Derived = TypeVar("Derived", bound="Client")

_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))  # the characters of ASCII that are seen

__all__ = [
    "VERSION",
    "APIKeyAuth",
    "Account",
    "BearerTokenAuth",
    "Client",
    "Resource",
    "ResourceList",
    "Response",
    "ResponseJson",
    "Session",
    "construct_kloudless_endpoint",
    "download_file_patterns",
    "exceptions",
    "handle_response",
    "logger",
    "url_join",
]


class Session(ServerSession):
    """A ``requests.Session`` for one Kloudless server; see `ServerSession`.

    Parameters
    ----------
    settings : Settings, optional
        Defaults to the current `configuration`.
    """

    settings: Settings

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings or configuration.settings())


class Client(ResourceSession, Session):
    """Requests on behalf of an application or of whoever a token belongs to.

    Parameters
    ----------
    api_key : str, optional
        The application's API key.
    token : str, optional
        A Bearer token: an account's, or the developer's for ``meta/…``.
    base_url, api_version : optional
        Override the current `configuration`.
    settings : Settings, optional
        All settings at once, in place of the current `configuration`.

    Attributes
    ----------
    settings : Settings
        Immutable; `with_options` derives a client with different ones.
    url : str
        The URL that relative paths are appended to.
    headers : mapping
        Sent with every request, including those for further pages.

    Raises
    ------
    InvalidParameter
        If neither an API key nor a token is given.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=2, events=10) as sandbox:
    ...     client = Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    ...     len(client.get("accounts").objects)
    2
    """

    @hides_arguments
    def __init__(
        self,
        api_key: str | None = None,
        token: str | None = None,
        *,
        base_url: str | None = None,
        api_version: int | str | None = None,
        settings: Settings | None = None,
    ) -> None:
        given = {"base_url": base_url, "api_version": api_version}
        if settings is None:
            settings = configuration.settings(**given)
        else:
            settings = settings.replaced(**{k: v for k, v in given.items() if v is not None})
        super().__init__(settings)
        self.auth: BaseAuth = credential_from(token, api_key)
        self.url = self._root()
        self.headers.update(self._headers_of_settings())

    def _root(self) -> str:
        """Return the URL of the server with the API version."""
        return construct_kloudless_endpoint("", self.settings.base_url, self.settings.api_version)

    def _headers_of_settings(self) -> dict[str, str]:
        settings = self.settings
        return option_headers(settings.raw_data or None, None, settings.impersonate_user_id)

    def with_options(self, **options: Any) -> Self:
        """Return the same client with other settings.

        Parameters
        ----------
        **options
            Named as in `configuration`, such as ``max_retries=0``.

        Returns
        -------
        Client or Account
            With the same credential and the same changes to ``headers``.

        Raises
        ------
        InvalidParameter
            For an unknown setting or an invalid value.

        Examples
        --------
        >>> client = Client(api_key="KEY", base_url="http://localhost:8002")
        >>> client.with_options(max_retries=0).settings.max_retries
        0
        """
        return self._derived(type(self), settings=self.settings.replaced(**options))

    def account(self, account_id: int | str | None = None) -> Account:
        """Return one account, with this client's credential and settings.

        Parameters
        ----------
        account_id : int or str, optional
            Defaults to ``"me"``, the account that a token belongs to.

        Returns
        -------
        Account

        Raises
        ------
        InvalidParameter
            The client has only an API key, which covers all accounts of an application.

        Examples
        --------
        >>> client = Client(api_key="KEY", base_url="http://localhost:8002")
        >>> client.account(7).url
        'http://localhost:8002/v1/accounts/7'
        """
        return self._derived(Account, account_id=account_id)

    def _derived(self, kind: type[Derived], **others: Any) -> Derived:
        """Return a client of this kind; the only place that derives one client from another."""
        other: Derived = object.__new__(kind)
        state = {**self.__dict__, **others}
        # Each client owns what can be changed in place; connections are shared.
        for name in ("headers", "cookies", "proxies", "hooks", "params", "adapters"):
            state[name] = state[name].copy()
        other.__dict__.update(state)
        other._settle(self._headers_of_settings())
        return other

    def _settle(self, former: Mapping[str, str]) -> None:
        """Recompute everything that depends on the settings."""
        current = self._headers_of_settings()
        for name, value in former.items():
            if self.headers.get(name) == value and name not in current:
                del self.headers[name]
        self.headers.update({k: v for k, v in current.items() if former.get(k) != v})
        self.url = self._root()

    def __copy__(self) -> Self:
        return self._derived(type(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._derived(type(self))

    def __reduce__(self) -> tuple[Any, ...]:
        state = {
            name: value
            for name, value in self.__dict__.items()
            if name not in ("auth", "adapters", "hooks")
        }
        state["headers"] = requests.structures.CaseInsensitiveDict(_harmless(state["headers"]))
        state["cookies"] = _harmless(self.cookies.get_dict())  # a server may set one to the token
        return _unpickled, (type(self), type(self.auth), self.auth.reference, state)

    @property
    def token(self) -> str | None:
        """The Bearer token, or None if an API key authorizes requests. Can be assigned."""
        return self.auth.key if isinstance(self.auth, BearerTokenAuth) else None

    @token.setter
    def token(self, token: str) -> None:
        self.auth = BearerTokenAuth(token)

    @property
    def api_key(self) -> str | None:
        """The API key, or None if a token authorizes requests. Can be assigned."""
        return self.auth.key if isinstance(self.auth, APIKeyAuth) else None

    @api_key.setter
    def api_key(self, api_key: str) -> None:
        self.auth = APIKeyAuth(api_key)

    def __repr__(self) -> str:
        return shown(f"<{type(self).__name__} {self.url} ({self.auth.scheme}, hidden)>")

    def _repr_html_(self) -> str:
        from .display.html import card

        facts = [
            ("URL", redact_url(self.url)),
            ("API version", self.settings.api_version),
            ("Credential", f"{self.auth.scheme}, hidden"),
        ]
        return card(type(self).__name__, facts)


def _harmless(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that hold no credential."""
    return {name: text for name, text in texts.items() if redact(str(text)) == str(text)}


def _unpickled(
    kind: type[Client], scheme: type[BaseAuth], reference: str, state: dict[str, Any]
) -> Client:
    """Return a client from its pickle; its credential is looked up on first use."""
    settings = state["settings"]
    client = kind.__new__(kind)
    Session.__init__(client, settings)
    state["cookies"] = requests.cookies.cookiejar_from_dict(state["cookies"])  # type: ignore[no-untyped-call]
    client.__dict__.update(state)
    client.auth = scheme.referred(reference, settings.base_url)
    return client


class Account(AccountActivity, Client):
    """Requests on behalf of one connected account.

    Parameters
    ----------
    token : str, optional
        The account's Bearer token.
    api_key : str, optional
        The application's API key; needs `account_id`.
    account_id : int or str, optional
        Defaults to ``"me"``, the account that the token belongs to.
    base_url, api_version, settings : optional
        As for `Client`.

    Attributes
    ----------
    url : str
        ``{base_url}/v{api_version}/accounts/{account_id}``.
    account_id : int or str
        As it was given.

    Raises
    ------
    InvalidParameter
        If there is no credential, or an API key without an account.

    Examples
    --------
    >>> Account(token="SECRET").url
    'https://api.kloudless.com/v1/accounts/me'
    """

    account_id: int | str

    @hides_arguments
    def __init__(
        self,
        token: str | None = None,
        api_key: str | None = None,
        account_id: int | str | None = None,
        *,
        base_url: str | None = None,
        api_version: int | str | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(
            api_key=api_key,
            token=token,
            base_url=base_url,
            api_version=api_version,
            settings=settings,
        )
        self.account_id = account_id  # type: ignore[assignment]
        self._settle(self._headers_of_settings())

    def _settle(self, former: Mapping[str, str]) -> None:
        super()._settle(former)
        if self.account_id in (None, ""):
            if self.token is None:
                raise InvalidParameter(
                    "An API key is for all of an application's accounts, and none was named.",
                    remedy=Remedy.NAME_ACCOUNT,
                )
            self.account_id = "me"
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
            If the status is 400 or above; ``exception.response`` is the upstream's answer.

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
            # A header is ASCII; existing percent-encoding stays as it is.
            "X-Kloudless-Raw-URI": percent_encoded(raw_uri, _VISIBLE),
        }
        # A redirect of the upstream service is part of its answer.
        kwargs.setdefault("allow_redirects", False)
        response: requests.Response = self.post("raw", get_raw_response=True, **kwargs)
        return response
