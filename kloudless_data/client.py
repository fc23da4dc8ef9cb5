"""`Session`, `Client` and `Account`: requests to a server, an application, an account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

import requests

from . import exceptions
from .auth import APIKeyAuth, BaseAuth, BearerTokenAuth, credential_from
from .config import Settings, configuration
from .credentials.frames import hides_arguments
from .exceptions import InvalidParameter, InvalidResponse
from .http.body import json_of
from .http.session import ServerSession, handle_response, option_headers
from .http.urls import path_segment, url_join
from .re_patterns import download_file_patterns
from .resources.base import Resource, ResourceList, Response, ResponseJson
from .util import bounded, construct_kloudless_endpoint, redact, redact_url, shown
from .version import VERSION

if TYPE_CHECKING:
    from .events.query import EventStream
    from .logs.upstream import UpstreamStream

Derived = TypeVar("Derived", bound="Client")

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


class Client(Session):
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

    def request(  # type: ignore[override]
        self,
        method: str,
        path: str = "",
        get_raw_response: bool = False,
        *,
        understand: Callable[[requests.Response], Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Send a request to a path below `url`.

        Parameters
        ----------
        method : str
            HTTP method.
        path : str
            Appended to `url`. An absolute URL on the same server is used unchanged.
        get_raw_response : bool
            Return the ``requests.Response`` itself.
        understand : callable, optional
            Converts the ``requests.Response`` into the return value. If it raises
            `InvalidResponse`, a read-only request is repeated.
        **kwargs
            As for `ServerSession.request`: ``api_version``, ``get_raw_data``, ``raw_headers``,
            ``impersonate_user_id``, ``budget``, and the keywords of ``requests``.

        Returns
        -------
        Response, ResponseJson, Resource or ResourceList
            Depending on the content; ``requests.Response`` with `get_raw_response`.

        Raises
        ------
        APIException
            Or one of its subclasses.
        """
        if understand is None and not get_raw_response:
            understand = self.response_of
        url = url_join(self.url, path, self.settings.base_url)
        return super().request(method, url, understand=understand, **kwargs)

    def get(self, path: str = "", **kwargs: Any) -> Any:  # type: ignore[override]
        """GET; contents of files are streamed. See `request`.

        Parameters
        ----------
        path, **kwargs
            As for `request`.
        """
        if download_file_patterns.search(path):
            kwargs.setdefault("stream", True)
        return self.request("GET", path, **kwargs)

    def post(self, path: str = "", data: Any = None, json: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """POST `data` (a form, bytes or a file) or `json`. See `request`.

        Parameters
        ----------
        path, data, json, **kwargs
            As for `request`.
        """
        return self.request("POST", path, data=data, json=json, **kwargs)

    def put(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """PUT. See `request`.

        Parameters
        ----------
        path, data, **kwargs
            As for `request`.
        """
        return self.request("PUT", path, data=data, **kwargs)

    def patch(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """PATCH. See `request`.

        Parameters
        ----------
        path, data, **kwargs
            As for `request`.
        """
        return self.request("PATCH", path, data=data, **kwargs)

    def delete(self, path: str = "", **kwargs: Any) -> Any:  # type: ignore[override]
        """DELETE. See `request`.

        Parameters
        ----------
        path, **kwargs
            As for `request`.
        """
        return self.request("DELETE", path, **kwargs)

    def head(self, path: str = "", **kwargs: Any) -> Any:  # type: ignore[override]
        """HEAD: the headers only. See `request`.

        Parameters
        ----------
        path, **kwargs
            As for `request`.
        """
        return self.request("HEAD", path, **kwargs)

    def options(self, path: str = "", **kwargs: Any) -> Any:  # type: ignore[override]
        """OPTIONS. See `request`.

        Parameters
        ----------
        path, **kwargs
            As for `request`.
        """
        return self.request("OPTIONS", path, **kwargs)

    def response_of(self, response: requests.Response) -> Response:
        """Return the response object that fits the content of an answer.

        Parameters
        ----------
        response : requests.Response

        Returns
        -------
        Response, ResponseJson, Resource or ResourceList

        Raises
        ------
        InvalidResponse
            The answer is a web page or damaged JSON.
        """
        kind = response.headers.get("content-type", "")
        if "text/html" in kind and not download_file_patterns.search(response.url):
            raise InvalidResponse(
                f"{response.request.method} {bounded(redact_url(response.url), 2_000)} answered "
                f"with a web page instead of JSON. Check that base_url ({self.settings.base_url}) "
                "is a Kloudless API server.",
                response,
            )
        # `content` would read a whole stream, so it comes last.
        if "application/json" not in kind or not response.content:
            return Response(self, response.url, response)
        data = json_of(response)
        return _response_class(data)(data=data, url=response.url, client=self, response=response)


def _response_class(data: Any) -> type[ResponseJson]:
    """Return the class for a JSON body, which may also be an array or a scalar (S, A)."""
    if not isinstance(data, dict):
        return ResponseJson
    # Some lists have no type (S).
    if data.get("type") == "object_list" or isinstance(data.get("objects"), list):
        return ResourceList
    return Resource if "id" in data or "href" in data else ResponseJson


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


class Account(Client):
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
                    "An account_id is missing: an API key is for all of an application's "
                    "accounts, so say which one. Client(api_key=…).get('accounts') lists them."
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
            "X-Kloudless-Raw-URI": quote(raw_uri, safe="".join(map(chr, range(0x21, 0x7F)))),
        }
        # A redirect of the upstream service is part of its answer.
        kwargs.setdefault("allow_redirects", False)
        response: requests.Response = self.post("raw", get_raw_response=True, **kwargs)
        return response

    def upstream_events(
        self,
        since: Any = None,
        *,
        position: str | None = None,
        limit: int | None = None,
        service: str | None = None,
        progress: bool | None = None,
    ) -> UpstreamStream:
        """Return the service's own activity log, read through the pass-through API.

        Works for administrator accounts of Box, Google Drive, Dropbox, OneDrive and SharePoint.

        Parameters
        ----------
        since : str, datetime, timedelta, …, optional
            Only events from this time on, as for `events`. Defaults to everything the service
            keeps.
        position : str, optional
            Where to begin: an earlier stream's ``position`` (Box, Dropbox).
        limit : int, optional
            Read at most this many events.
        service : str, optional
            The service's name. Defaults to the one that the account reports.
        progress : bool, optional
            Show a progress bar. Defaults to showing one where it is visible.

        Returns
        -------
        UpstreamStream
            Only the account itself is requested yet, for its service.

        Raises
        ------
        InvalidParameter
            This service has no supported activity log.

        Examples
        --------
        >>> from kloudless_data.sandbox import Sandbox
        >>> with Sandbox(accounts=2, events=10) as sandbox:
        ...     account = Account(token=sandbox.accounts[1].token, base_url=sandbox.base_url)
        ...     events = account.upstream_events()
        ...     len(events.to_frame()), events.service
        (10, 'box')
        """
        from .events.source import identity_of
        from .logs.upstream import UpstreamStream

        known = identity_of(self)
        return UpstreamStream(
            self,
            service or known["service"],
            account_id=known["id"],
            since=since,
            position=position,
            limit=limit,
            progress=progress,
        )

    def events(
        self,
        cursor: str | int | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        raw: bool | None = None,
        *,
        since: Any = None,
        until: Any = None,
        types: Iterable[str] | str | None = None,
        people: Iterable[str] | str | None = None,
        follow: Any = False,
        **kwargs: Any,
    ) -> EventStream:
        """Return the account's activity, oldest first. Nothing is fetched yet.

        Parameters
        ----------
        cursor : str or int, optional
            Where to begin: the ``latest_cursor`` of an earlier stream. Defaults to the oldest event
            that the server keeps (up to 10,000 events of the last 24 hours (D)).
        page_size : int, optional
            Events per request. Defaults to ``configuration["page_size"]``, 1000 unless changed.
        limit : int, optional
            Read at most this many events.
        since, until : str, datetime, timedelta, …, optional
            Only events in this period: ``"2026-03-01"``, ``"2026-03"``, ``"7d"``, ``"yesterday"``,
            … (`kloudless_data.schema.times`); `until` is exclusive and ends the reading. Events are
            filtered on the client, so only those that the server still keeps can be found.
        types, people : str or sequence of str, optional
            Only events of these types, and by people with these ids, e-mail addresses or names.
        follow : bool, str or timedelta
            Keep waiting for new events, polling every 15 seconds or at the given interval.
        raw : bool, optional
            Request the upstream service's own objects, as JSON text in the column ``raw``. Defaults
            to ``configuration["raw_data"]``, False unless changed.
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
            since=since,
            until=until,
            types=types,
            people=people,
            follow=follow,
            **kwargs,
        )
