"""A session below one URL whose requests return resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidResponse, Remedy
from ..http.body import json_of
from ..http.session import ServerSession
from ..http.urls import url_join
from ..re_patterns import download_file_patterns
from ..text.answers import name_of_request
from .lists import ResourceList
from .objects import Resource
from .responses import Response, ResponseJson

if TYPE_CHECKING:
    import requests

__all__ = ["ResourceSession"]


class ResourceSession(ServerSession):
    """The HTTP verbs, relative to `url`.

    Attributes
    ----------
    url : str
        The URL that relative paths are appended to.
    """

    url: str

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
                f"{name_of_request(response)} answered with a web page instead of JSON.",
                response,
                remedy=Remedy.CHECK_API,
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
