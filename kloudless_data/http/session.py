"""`ServerSession`: requests to one server, sent safely."""

from __future__ import annotations

import json as jsonlib
import logging
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from ..exceptions import (
    InvalidParameter,
    InvalidResponse,
    KloudlessException,
    NoServer,
    Remedy,
    UntrustedURL,
    exception_for,
)
from ..text.answers import name_of_request, name_request
from ..text.logs import logger_of
from ..text.redaction import redact_url
from ..text.terminal import bounded
from ..version import __version__
from .body import ACCEPTED_ENCODINGS
from .deadline import Deadline
from .environment import EnvironmentMemo
from .failures import FAILURES, check_certificates, failure_for
from .retry import RetryBudget, RetryPolicy, repeated
from .transport import LIMIT, shared_transport
from .urls import check_segments, check_version, is_within, with_version

__all__ = ["RequestSettings", "ServerSession", "handle_response", "option_headers"]

logger = logger_of(__name__)


class RequestSettings(Protocol):
    """The settings that a session needs."""

    @property
    def base_url(self) -> str:
        """The only server that credentials are sent to."""

    @property
    def server_is_set(self) -> bool:
        """True if that server was chosen."""

    @property
    def connect_timeout(self) -> float:
        """Seconds."""

    @property
    def read_timeout(self) -> float:
        """Seconds."""

    @property
    def total_timeout(self) -> float:
        """Seconds."""

    @property
    def max_retries(self) -> int:
        """Largest number of repetitions of one request."""

    @property
    def max_retry_wait(self) -> float:
        """Seconds."""

    @property
    def max_body_bytes(self) -> int:
        """Largest answer in bytes."""


def handle_response(response: requests.Response) -> requests.Response:
    """Return an answer, or raise the matching exception.

    Parameters
    ----------
    response : requests.Response

    Returns
    -------
    requests.Response
        The same.

    Raises
    ------
    APIException
        Or the subclass that belongs to the status, which is 400 or above.
    InvalidResponse
        Only a part was sent (206), which was not asked for.
    """
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug("%s for %s", response.status_code, redact_url(response.url))
    if response.status_code >= 400:
        raise exception_for(response)
    if response.status_code == 206 and "Range" not in response.request.headers:
        raise InvalidResponse(
            f"{name_of_request(response)} answered with a part (206) of what was asked for.",
            response,
        )
    return response


class ServerSession(requests.Session):
    """A ``requests.Session`` for one Kloudless server.

    Credentials go to that server only: never to another host, port, scheme or base path, whether
    the caller, a URL in an answer or a redirect names it. Every request has timeouts and a limit on
    the size of its answer, and is repeated where that is safe (see `kloudless_data.http.retry`).

    Parameters
    ----------
    settings : RequestSettings
    """

    def __init__(self, settings: RequestSettings) -> None:
        super().__init__()
        self.settings: RequestSettings = settings
        self.headers["User-Agent"] = f"kloudless-data/{__version__}"
        self.headers["Accept-Encoding"] = ACCEPTED_ENCODINGS
        self._environment = EnvironmentMemo()
        self.mount("https://", shared_transport())
        self.mount("http://", shared_transport())

    def budget(self) -> RetryBudget:
        """Return the retry budget for one request of this session."""
        answered = self.settings.base_url in shared_transport().answered
        return RetryPolicy(
            self.settings.max_retries, self.settings.max_retry_wait, answered_before=answered
        ).budget()

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        api_version: int | str | None = None,
        get_raw_data: bool | None = None,
        raw_headers: Mapping[str, str] | None = None,
        impersonate_user_id: str | int | None = None,
        *,
        understand: Callable[[requests.Response], Any] | None = None,
        budget: RetryBudget | None = None,
        **kwargs: Any,
    ) -> Any:
        """Send a request and return the answer, or raise the matching exception.

        Parameters
        ----------
        method : str
            HTTP method.
        url : str
            Absolute URL on the configured server.
        api_version : int, optional
            For this request only.
        get_raw_data : bool, optional
            Request the upstream service's own object, under ``raw`` (``X-Kloudless-Raw-Data``).
        raw_headers : mapping, optional
            Headers that the server passes on upstream (``X-Kloudless-Raw-Headers``).
        impersonate_user_id : str, optional
            Act as this user of an administrator's account (``X-Kloudless-As-User``).
        understand : callable, optional
            Converts the answer into the return value. If it raises `InvalidResponse`, a read-only
            request is repeated.
        budget : RetryBudget, optional
            The remaining retries. Defaults to those of the settings.
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
            url = with_version(url, self.settings.base_url, check_version(api_version))
        check_segments(url)
        # A copy, since the dictionary belongs to the caller.
        kwargs["headers"] = {
            **(kwargs.get("headers") or {}),
            **option_headers(get_raw_data, raw_headers, impersonate_user_id),
        }
        _check_headers({**self.headers, **kwargs["headers"]})
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (self.settings.connect_timeout, self.settings.read_timeout)
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s %s", method.upper(), _exact_url(url, kwargs.get("params")))

        rewind = _rewinder(kwargs.get("data"))

        def send() -> Any:
            rewind()
            response = handle_response(self._send_once(method, url, kwargs))
            return response if understand is None else understand(response)

        try:
            return repeated(
                send,
                self.budget() if budget is None else budget,
                method=method,
                again=_can_be_sent_again(kwargs.get("data"), kwargs.get("files")),
            )
        except (KloudlessException, KeyboardInterrupt) as error:
            # In the frames below, the variables of `requests` hold the Authorization header.
            failure = error.with_traceback(None)
        try:
            raise failure
        finally:
            del failure

    def _send_once(self, method: str, url: str, kwargs: dict[str, Any]) -> requests.Response:
        failure: Exception
        # The duration of an upload depends on the network.
        uploads = kwargs.get("files") or not isinstance(kwargs.get("data"), Mapping | str | None)
        with Deadline(math.inf if uploads else self.settings.total_timeout) as deadline:
            try:
                response: requests.Response = super().request(method, url, **kwargs)
                shared_transport().answered.add(self.settings.base_url)
                if not deadline.expired:
                    return response
                failure = TimeoutError()
            except FAILURES as error:
                failure = error
        verify = kwargs.get("verify")
        # Outside the handler, so that no urllib3 error is chained to it.
        raise failure_for(
            failure,
            name_request(method.upper(), url, kwargs["headers"]),
            deadline,
            url=url,
            verify=self.verify if verify is None else verify,
            proxies={**self.proxies, **(kwargs.get("proxies") or {})},
        )

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a prepared request if it is for the configured server.

        Parameters
        ----------
        request : requests.PreparedRequest
            The request as it will be sent, with its final URL.
        **kwargs
            As for ``requests.Session.send``.
        """
        base_url = self.settings.base_url
        if not is_within(request.url or "", base_url):
            came_from = getattr(request, "redirected_from", None)
            how = f"{redact_url(came_from)} redirects to" if came_from else "The request was for"
            raise UntrustedURL(
                f"{how} {bounded(redact_url(request.url), 2_000)}, which is not on {base_url}. "
                "Credentials are sent nowhere else.",
                remedy=Remedy.TRUST_SERVER,
            )
        if not self.settings.server_is_set:
            raise NoServer
        setattr(request, LIMIT, self.settings.max_body_bytes)
        return super().send(request, **kwargs)

    def merge_environment_settings(  # type: ignore[override]
        self, url: str, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> dict[str, Any]:
        """Return the settings that ``requests`` takes from the environment; ``~`` is expanded.

        Parameters
        ----------
        url, proxies, stream, verify, cert
            As for ``requests.Session.merge_environment_settings``.
        """

        def look_up() -> dict[str, Any]:
            given = super(ServerSession, self).merge_environment_settings
            merged = dict(given(url, dict(proxies or {}), stream, verify, cert))
            for name in ("verify", "cert"):
                if isinstance(value := merged[name], str):
                    merged[name] = str(Path(value).expanduser())
            check_certificates(merged["verify"], merged["cert"])
            return merged

        settings = self.trust_env, self.stream, self.verify, self.cert, tuple(self.proxies.items())
        server = url.split("/", 3)[:3]  # NO_PROXY may name a host, or a host and a port
        asked = tuple((proxies or {}).items()), stream, verify, cert
        return self._environment.settings((*server, *settings, *asked), look_up)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return the target of a redirect, if it is a URL."""
        target = super().get_redirect_target(resp)
        try:
            urlsplit(target or "")
        except ValueError:
            raise InvalidResponse(
                f"{redact_url(resp.url)} redirects to {bounded(redact_url(target), 200)!r}, which "
                "is not a URL."
            ) from None
        return target

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Keep the credential on a redirect; `send` refuses redirects to other servers.

        Parameters
        ----------
        prepared_request : requests.PreparedRequest
            The request to the redirect's target.
        response : requests.Response
            The answer that redirects.
        """
        prepared_request.redirected_from = response.url  # type: ignore[attr-defined]


def option_headers(
    get_raw_data: bool | None,
    raw_headers: Mapping[str, str] | None,
    impersonate_user_id: str | int | None,
) -> dict[str, str]:
    """Return the headers of the API-wide options.

    Parameters
    ----------
    get_raw_data : bool or None
        Request the upstream service's own objects.
    raw_headers : mapping of str to str or None
        Headers for the upstream service.
    impersonate_user_id : str or int or None
        The user to act as.

    Raises
    ------
    InvalidParameter
        For an option of the wrong type.
    """
    headers = {}
    if get_raw_data is not None:
        if not isinstance(get_raw_data, bool):
            raise InvalidParameter(
                f"must be True or False, not {get_raw_data!r}.", parameter="get_raw_data"
            )
        headers["X-Kloudless-Raw-Data"] = "true" if get_raw_data else "false"
    if raw_headers:
        if not isinstance(raw_headers, Mapping):
            raise InvalidParameter(
                f"must be a mapping of names to values, not {type(raw_headers).__name__}.",
                parameter="raw_headers",
            )
        headers["X-Kloudless-Raw-Headers"] = jsonlib.dumps(dict(raw_headers), default=str)
    if impersonate_user_id is not None and impersonate_user_id not in ("", 0):
        headers["X-Kloudless-As-User"] = str(impersonate_user_id)
    return headers


def _check_headers(headers: Mapping[str, Any]) -> None:
    """Refuse headers that HTTP cannot send, naming only the header: its value may be secret."""
    for name, value in headers.items():
        if isinstance(value, str):
            try:
                value.encode("latin-1")
            except UnicodeEncodeError:
                raise InvalidParameter(
                    "holds a character that HTTP headers cannot (they are Latin-1). Encode it as "
                    "the service expects, such as percent-encoded.",
                    parameter=f"The header {bounded(name, 80)}",
                ) from None


def _exact_url(url: str, params: Any) -> str:
    """Return the URL as it will be sent."""
    try:
        return redact_url(requests.Request("GET", url, params=params).prepare().url)
    except (requests.RequestException, ValueError):
        return redact_url(url)


def _can_be_sent_again(data: object, files: object) -> bool:
    """Return True if the body can be sent again; a generator cannot."""
    if files:
        return False
    return data is None or isinstance(data, str | bytes | Mapping | list | tuple) or _seekable(data)


def _seekable(data: object) -> bool:
    return bool(getattr(data, "seekable", lambda: hasattr(data, "seek"))())


def _rewinder(data: Any) -> Callable[[], object]:
    """Return a function that rewinds a file to where it began."""
    if not (hasattr(data, "read") and _seekable(data)):
        return lambda: None
    begin = data.tell()
    return lambda: data.seek(begin)
