"""`Session` and `Client`: one HTTP request, safely."""

from __future__ import annotations

import json as jsonlib
import logging
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import requests
import urllib3

from .auth import APIKeyAuth, BearerTokenAuth, credential_from
from .config import Settings, configuration
from .exceptions import (
    ConnectionFailed,
    InvalidParameter,
    InvalidResponse,
    RequestTimedOut,
    UntrustedURL,
    exception_for,
)
from .http.retry import until_understood
from .http.transport import shared_adapter
from .http.urls import same_origin, url_join, with_version
from .resources.base import Resource, ResourceList, Response, ResponseJson
from .util import logger, redact_url
from .version import __version__

__all__ = ["Client", "Session"]

# Binary bodies; read as they arrive instead of all at once (S).
_DOWNLOADS = re.compile(
    r"storage/files/[^/]+/(?:contents|thumbnail)/?(?:\?|$)|meta/licenses/[^/]+/contents/?(?:\?|$)"
)


class Session(requests.Session):
    """A ``requests.Session`` for one Kloudless server.

    Credentials go to that server only: not to another host, port or scheme, whether it is named by
    the caller, by a URL in an answer or by a redirect. Every request has a timeout, and is
    repeated where that is safe (see `kloudless_data.http.transport.RetryPolicy`).

    Parameters
    ----------
    settings : Settings, optional
        Default: the `configuration` of now.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        self.settings = settings or configuration.settings()
        self.headers["User-Agent"] = f"kloudless-data/{__version__}"
        adapter = shared_adapter(self.settings.max_retries, self.settings.max_retry_wait)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        api_version: int | str | None = None,
        get_raw_data: bool | None = None,
        raw_headers: Mapping[str, str] | None = None,
        impersonate_user_id: str | int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Send a request and return the answer, or raise what the answer means.

        Parameters
        ----------
        method : str
            HTTP method.
        url : str
            Absolute URL on the configured server.
        api_version : int, optional
            For this request only.
        get_raw_data : bool, optional
            Ask for the upstream service's own object, under ``raw`` (``X-Kloudless-Raw-Data``).
        raw_headers : mapping, optional
            Headers that the server passes on upstream (``X-Kloudless-Raw-Headers``).
        impersonate_user_id : str, optional
            Act as this user of an administrator's account (``X-Kloudless-As-User``).
        **kwargs
            As for ``requests.Session.request``.

        Returns
        -------
        requests.Response

        Raises
        ------
        APIException
            Or one of its subclasses: the server refused, failed or could not be reached.
        UntrustedURL
            The URL, or a redirect, leads away from the configured server.
        """
        if api_version is not None:
            version = configuration.settings(api_version=api_version).api_version
            url = with_version(url, self.settings.base_url, version)
        # A copy: the caller's dictionary is not ours to change.
        kwargs["headers"] = {
            **(kwargs.get("headers") or {}),
            **_option_headers(get_raw_data, raw_headers, impersonate_user_id),
        }
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (self.settings.connect_timeout, self.settings.read_timeout)
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s %s", method.upper(), _exact_url(url, kwargs.get("params")))
        with _TranslatedErrors(method, url):
            response = super().request(method, url, **kwargs)
        logger.debug("%s for %s", response.status_code, redact_url(response.url))
        if not response.ok:
            raise exception_for(response)
        return response

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a prepared request, if it is for the configured server."""
        if not same_origin(request.url or "", self.settings.base_url):
            came_from = getattr(request, "redirected_from", None)
            how = f"{redact_url(came_from)} redirects to" if came_from else "The request was for"
            raise UntrustedURL(
                f"{how} {redact_url(request.url)}, which is not on {self.settings.base_url}. "
                "Credentials are sent nowhere else. If you trust that server, make it the base_url."
            )
        return super().send(request, **kwargs)

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Keep the credential on a redirect: `send` refuses those to other servers."""
        prepared_request.redirected_from = response.url  # type: ignore[attr-defined]


def _option_headers(
    get_raw_data: bool | None,
    raw_headers: Mapping[str, str] | None,
    impersonate_user_id: str | int | None,
) -> dict[str, str]:
    headers = {}
    if get_raw_data is not None:
        headers["X-Kloudless-Raw-Data"] = "true" if get_raw_data else "false"
    if raw_headers:
        headers["X-Kloudless-Raw-Headers"] = jsonlib.dumps(dict(raw_headers))
    if impersonate_user_id not in (None, ""):
        headers["X-Kloudless-As-User"] = str(impersonate_user_id)
    return headers


def _exact_url(url: str, params: Any) -> str:
    """Return the URL as it will be sent."""
    try:
        return redact_url(requests.Request("GET", url, params=params).prepare().url)
    except (requests.RequestException, ValueError):
        return redact_url(url)


class _TranslatedErrors:
    """Turns the exceptions of ``requests`` into ours, which name the request and the remedy.

    The chain is cut: what led to them is the inside of urllib3, thirty frames that say less.
    """

    def __init__(self, method: str, url: str) -> None:
        self.what = f"{method.upper()} {redact_url(url)}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, requests.exceptions.RequestException) and _is_timeout(error):
            raise RequestTimedOut(
                message=f"{self.what} got no answer in time. Try again, or raise "
                "configuration['read_timeout'] if the server is known to be slow."
            ) from None
        if isinstance(error, requests.exceptions.SSLError):
            raise ConnectionFailed(
                message=f"{self.what} failed: the server's certificate could not be verified "
                f"({_reason(error)}). Check base_url; for a private certificate authority set "
                "REQUESTS_CA_BUNDLE to its file."
            ) from None
        if isinstance(error, requests.exceptions.TooManyRedirects):
            raise InvalidResponse(f"{self.what}: the server redirects in a circle.") from None
        if isinstance(error, requests.exceptions.InvalidHeader):
            # The original message quotes the header's value, which may be a secret.
            raise InvalidParameter(
                f"{self.what}: a header holds a line break or another character that HTTP forbids."
            ) from None
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            raise InvalidParameter(
                f"{self.what}: this is not a URL that can be requested."
            ) from None
        if isinstance(error, requests.exceptions.RequestException):
            raise ConnectionFailed(
                message=f"{self.what} failed: {_reason(error)}. Check that base_url names the "
                "right server and port, and that the server is running."
            ) from None


def _innermost(error: BaseException) -> BaseException:
    """Return what a chain of wrapped errors began with."""
    for _ in range(10):
        inner = getattr(error, "reason", None) or next(
            (a for a in reversed(error.args) if isinstance(a, BaseException)), None
        )
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error


def _is_timeout(error: BaseException) -> bool:
    # After its retries urllib3 wraps a timeout so that requests no longer sees that it was one.
    cause = _innermost(error)
    refused = isinstance(cause, urllib3.exceptions.NewConnectionError)  # a "timeout" to urllib3
    return not refused and isinstance(
        cause, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError
    )


def _reason(error: BaseException) -> str:
    """Return the innermost reason in a chain of wrapped errors, in a few words."""
    seen = _innermost(error)
    text = str(seen.args[-1] if seen.args else seen) or type(seen).__name__
    # "<…HTTPConnection object at 0x…>: Failed to establish a new connection: [Errno 111] …"
    text = re.sub(r"^.*Failed to establish a new connection: (\[Errno -?\d+\] )?", "", text)
    return text.rpartition(">: ")[2].rstrip(".") or type(seen).__name__


class Client(Session):
    """Requests on behalf of an application or of whoever a token belongs to.

    Parameters
    ----------
    api_key : str, optional
        The application's API key.
    token : str, optional
        A Bearer token: an account's, or the developer's for ``meta/…``.
    base_url, api_version : optional
        Instead of what `configuration` says.

    Attributes
    ----------
    url : str
        What relative paths are appended to.
    headers : mapping
        Sent with every request, those for further pages included.

    Raises
    ------
    InvalidParameter
        When there is neither an API key nor a token.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=2, events=10) as sandbox:
    ...     client = Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    ...     len(client.get("accounts").objects)
    2
    """

    def __init__(
        self,
        api_key: str | None = None,
        token: str | None = None,
        *,
        base_url: str | None = None,
        api_version: int | str | None = None,
    ) -> None:
        credential = credential_from(token, api_key)
        super().__init__(configuration.settings(base_url=base_url, api_version=api_version))
        self.auth: BearerTokenAuth | APIKeyAuth = credential
        self.url = f"{self.settings.base_url}/v{self.settings.api_version}"
        self.headers.update(
            _option_headers(self.settings.raw_data or None, None, self.settings.impersonate_user_id)
        )

    @property
    def token(self) -> str | None:
        """The Bearer token, if that is what requests are authorized with."""
        return self.auth.credential if isinstance(self.auth, BearerTokenAuth) else None

    @property
    def api_key(self) -> str | None:
        """The API key, if that is what requests are authorized with."""
        return self.auth.credential if isinstance(self.auth, APIKeyAuth) else None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url} ({self.auth.scheme}, hidden)>"

    def _repr_html_(self) -> str:
        from .display.html import card

        facts = [
            ("URL", redact_url(self.url)),
            ("API version", self.settings.api_version),
            ("Credential", f"{self.auth.scheme}, hidden"),
        ]
        return card(type(self).__name__, facts)

    def request(  # type: ignore[override]
        self, method: str, path: str = "", get_raw_response: bool = False, **kwargs: Any
    ) -> Any:
        """Send a request to a path below `url`.

        Parameters
        ----------
        method : str
            HTTP method.
        path : str
            Appended to `url`. An absolute URL is taken as it is if it is on the same server.
        get_raw_response : bool
            Return the ``requests.Response`` itself.
        **kwargs
            As for `Session.request`: ``api_version``, ``get_raw_data``, ``raw_headers``,
            ``impersonate_user_id``, and what ``requests`` takes.

        Returns
        -------
        Response, ResponseJson, Resource or ResourceList
            By what the answer holds; ``requests.Response`` with `get_raw_response`.

        Raises
        ------
        APIException
            Or one of its subclasses.
        """
        send = partial(super().request, method, url_join(self.url, path), **kwargs)
        if get_raw_response:
            return send()
        if method.upper() != "GET" or kwargs.get("stream"):
            return self._wrap(send())
        return until_understood(lambda: self._wrap(send()))

    def get(self, path: str = "", **kwargs: Any) -> Any:  # type: ignore[override]
        """GET; contents of files are streamed. See `request`."""
        if _DOWNLOADS.search(path):
            kwargs.setdefault("stream", True)
        return self.request("GET", path, **kwargs)

    def post(self, path: str = "", data: Any = None, json: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """POST `data` (a form, bytes or a file) or `json`. See `request`."""
        return self.request("POST", path, data=data, json=json, **kwargs)

    def put(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """PUT. See `request`."""
        return self.request("PUT", path, data=data, **kwargs)

    def patch(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """PATCH. See `request`."""
        return self.request("PATCH", path, data=data, **kwargs)

    def delete(self, path: str = "", **kwargs: Any) -> Any:  # type: ignore[override]
        """DELETE. See `request`."""
        return self.request("DELETE", path, **kwargs)

    def head(self, path: str = "", **kwargs: Any) -> Any:  # type: ignore[override]
        """HEAD: the headers only. See `request`."""
        return self.request("HEAD", path, **kwargs)

    def options(self, path: str = "", **kwargs: Any) -> Any:  # type: ignore[override]
        """OPTIONS. See `request`."""
        return self.request("OPTIONS", path, **kwargs)

    def _wrap(self, response: requests.Response) -> Response:
        """Return the response object that fits what the answer holds."""
        kind = response.headers.get("content-type", "")
        if "text/html" in kind and not _DOWNLOADS.search(response.url):
            raise InvalidResponse(
                f"{response.request.method} {redact_url(response.url)} answered with a web page "
                f"instead of JSON. Check that base_url ({self.settings.base_url}) is a Kloudless "
                "API server.",
                response,
            )
        # `content` would read a stream to its end, so it is looked at last.
        if "application/json" not in kind or not response.content:
            return Response(self, response.url, response)
        try:
            data = response.json()
        except ValueError as error:
            raise InvalidResponse(
                f"{response.request.method} {redact_url(response.url)} answered with JSON that is "
                f"damaged or cut off ({str(error).partition(': ')[0]}, "
                f"{len(response.content):,} bytes received). Try again; if it stays, the server "
                "or a proxy before it is at fault.",
                response,
            ) from None
        return _response_class(data)(data=data, url=response.url, client=self, response=response)


def _response_class(data: Any) -> type[ResponseJson]:
    """Return the class for a JSON body; it may be an array or a scalar too (S, A)."""
    if not isinstance(data, dict):
        return ResponseJson
    # Some lists have no type (S).
    if data.get("type") == "object_list" or isinstance(data.get("objects"), list):
        return ResourceList
    return Resource if "id" in data or "href" in data else ResponseJson
