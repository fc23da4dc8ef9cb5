"""An answer, and requests relative to it."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit, urlunsplit

import requests

from ..exceptions import without_credential
from ..http.urls import url_join
from ..util import redact_url, shown

__all__ = ["Empty", "Requester", "Response", "ResponseJson", "empty"]

# Headers that belong to one request or connection, not to the pages that follow.
_NOT_REPEATED = frozenset(
    "authorization connection content-length content-type cookie host transfer-encoding".split()
)


class Requester(Protocol):
    """Makes requests relative to an answer: a `Client`."""

    @property
    def url(self) -> str:
        """The URL that relative paths are appended to."""

    @property
    def settings(self) -> Any:
        """The settings, including ``base_url`` and ``api_version``."""

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET, as in `Client.get`; likewise the other verbs.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """

    def post(self, path: str = "", data: Any = None, json: Any = None, **kwargs: Any) -> Any:
        """POST.

        Parameters
        ----------
        path, data, json, **kwargs
            As for `Client.request`.
        """

    def put(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PUT.

        Parameters
        ----------
        path, data, **kwargs
            As for `Client.request`.
        """

    def patch(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PATCH.

        Parameters
        ----------
        path, data, **kwargs
            As for `Client.request`.
        """

    def delete(self, path: str = "", **kwargs: Any) -> Any:
        """DELETE.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """

    def head(self, path: str = "", **kwargs: Any) -> Any:
        """HEAD.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """

    def options(self, path: str = "", **kwargs: Any) -> Any:
        """OPTIONS.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """

    def response_of(self, response: requests.Response) -> Any:
        """Return the response object that fits the content of an answer."""


class Empty:
    """The value of a member that the server did not send. None stands for a null."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "empty"

    def __reduce__(self) -> str:
        return "empty"


empty = Empty()


class Response:
    """An answer that is not JSON, and the base of those that are.

    Requests can be relative to it: ``folder.get("contents")``. Any other attribute is that of the
    ``requests.Response``: ``content``, ``iter_content``, ``status_code``, ``headers``, …

    Parameters
    ----------
    client : Client
        Made the request, and makes those relative to it.
    url : str
        The URL that was requested.
    response : requests.Response, optional
        None for an object from a list.

    Attributes
    ----------
    url : str
        Without the query.
    query_params : dict of str to list of str
    client : Client
    response : requests.Response or None
    """

    def __init__(
        self, client: Requester, url: str, response: requests.Response | None = None
    ) -> None:
        parts = urlsplit(url)
        self.url = urlunsplit(parts._replace(query="", fragment=""))
        self.query_params = parse_qs(parts.query, keep_blank_values=True)
        self.client = client
        self.response = response

    def __getattr__(self, name: str) -> Any:
        response = self.__dict__.get("response")
        if response is None or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(response, name)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for a copy or pickle, without the request's credential."""
        state = dict(self.__dict__)
        if self.response is not None:
            if not self.response._content_consumed:  # type: ignore[attr-defined]
                raise TypeError("An unread download cannot be copied or pickled. Take its content.")
            state["response"] = without_credential(self.response)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Release the connection, even if a download was not read completely."""
        if self.response is not None:
            self.response.close()

    def __repr__(self) -> str:
        status = "" if self.response is None else f" {self.response.status_code}"
        return shown(f"<{type(self).__name__}{status}: {redact_url(self.url)}>")

    def _below(self, path: str) -> str:
        return url_join(self.url, path, self.client.settings.base_url)

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET a path relative to `url`; see `Client.request` for the keywords and what returns.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """
        return self.client.get(self._below(path), **kwargs)

    def post(self, path: str = "", data: Any = None, json: Any = None, **kwargs: Any) -> Any:
        """POST to a path relative to `url`; see `Client.request`.

        Parameters
        ----------
        path, data, json, **kwargs
            As for `Client.request`.
        """
        return self.client.post(self._below(path), data, json, **kwargs)

    def put(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PUT to a path relative to `url`; see `Client.request`.

        Parameters
        ----------
        path, data, **kwargs
            As for `Client.request`.
        """
        return self.client.put(self._below(path), data, **kwargs)

    def patch(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PATCH a path relative to `url`; see `Client.request`.

        Parameters
        ----------
        path, data, **kwargs
            As for `Client.request`.
        """
        return self.client.patch(self._below(path), data, **kwargs)

    def delete(self, path: str = "", **kwargs: Any) -> Any:
        """DELETE a path relative to `url`; see `Client.request`.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """
        return self.client.delete(self._below(path), **kwargs)

    def head(self, path: str = "", **kwargs: Any) -> Any:
        """HEAD a path relative to `url`; see `Client.request`.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """
        return self.client.head(self._below(path), **kwargs)

    def options(self, path: str = "", **kwargs: Any) -> Any:
        """OPTIONS of a path relative to `url`; see `Client.request`.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """
        return self.client.options(self._below(path), **kwargs)

    def refresh(self) -> None:
        """Repeat the request with its query and headers, and take over the answer.

        Raises
        ------
        APIException
            The object stays as it was.
        """
        asked_by_get = self.response is not None and self.response.request.method == "GET"
        new = self.client.get(
            self.url,
            params=self.query_params if asked_by_get else None,
            headers=self._repeated_headers() if asked_by_get else None,
        )
        self.__dict__.update(new.__dict__)

    def _repeated_headers(self) -> dict[str, str]:
        """Return the headers to send with further requests of the same kind."""
        if self.response is None:
            return {}
        headers = self.response.request.headers
        return {k: v for k, v in headers.items() if k.lower() not in _NOT_REPEATED}


class ResponseJson(Response):
    """An answer in JSON.

    Attributes
    ----------
    data : dict, list, str, int, float, bool or None
        The decoded body.
    """

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data = data
