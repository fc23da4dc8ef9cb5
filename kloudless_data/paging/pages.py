"""Read a list's pages as bytes, without decoding their objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import requests

from ..decode import Envelope, read_envelope
from ..exceptions import InvalidResponse, NotFoundException, Remedy
from ..http.retry import Advancing, RetryBudget
from ..text.answers import name_of_request
from .schemes import PageSequence, is_activity

__all__ = ["PageRequest", "PageSource", "envelope_of", "fetch_page", "read_pages"]


class PageSource(Protocol):
    """Requests pages: a `Client` or something similar."""

    @property
    def url(self) -> str:
        """The URL that paths are relative to."""

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET, as in `Client.get`.

        Parameters
        ----------
        path, **kwargs
            As for `Client.request`.
        """


@dataclass(frozen=True)
class PageRequest:
    """The request for one page of a list.

    Attributes
    ----------
    path : str
        Relative to the source's URL, or an absolute URL on the same server.
    params, headers : mapping
        Query parameters and headers.
    """

    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch_page(
    source: PageSource,
    path: str,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    following: Callable[[Envelope], object] | None = None,
    budget: RetryBudget | None = None,
) -> Envelope:
    """Request one page of a list.

    Parameters
    ----------
    source : PageSource
    path : str
        Relative to ``source.url``, or an absolute URL on the same server.
    params, headers : mapping, optional
        Query parameters and headers.
    following : callable, optional
        Determines what comes after a page. If it raises `InvalidResponse`, the page is requested
        again. A page that never leads on is still returned, since its contents are good.
    budget : RetryBudget, optional
        The retry budget for this page. Defaults to that of the source's settings.

    Returns
    -------
    Envelope

    Raises
    ------
    InvalidResponse
        The answer is not a list, even after retries.
    APIException
        The server refused or could not be reached.
    """
    advancing = Advancing(following or (lambda page: None))
    try:
        page: Envelope = source.get(
            path,
            params=params,
            headers=headers,
            get_raw_response=True,
            understand=lambda response: advancing(envelope_of(response)),
            budget=budget,
        )
    except InvalidResponse as error:
        return advancing.page_of(error)
    return page


def envelope_of(response: requests.Response) -> Envelope:
    """Read the envelope of an answer, or name the request that did not return a list."""
    try:
        return replace(read_envelope(response.content), date=response.headers.get("Date"))
    except RecursionError:
        problem = "It is nested too deeply."
    except InvalidResponse as error:
        problem = error.facts
    raise InvalidResponse(
        f"{name_of_request(response)} answered "
        f"{response.status_code} with something that is not a list: {problem}",
        response,
        remedy=Remedy.CHECK_API,
    )


def read_pages(
    source: PageSource,
    path: str,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    first: Envelope | None = None,
) -> Iterator[Envelope]:
    """Yield all pages of a list, whatever its paging scheme.

    Parameters
    ----------
    source, path, params, headers
        As for `fetch_page`.
    first : Envelope, optional
        The first page, if it has already been read.

    Yields
    ------
    Envelope
        Including empty pages.
    """
    activity = is_activity(source.url + "/" + path)
    asked: Mapping[str, Any] | None = dict(params or {})
    sequence, page = PageSequence(activity=activity), first
    while asked is not None:
        if page is None:
            try:
                page = fetch_page(
                    source, path, asked, headers,
                    following=partial(sequence.following, params=asked),
                )  # fmt: skip
            except NotFoundException:
                if "page" not in asked or activity or not isinstance(asked["page"], int):
                    raise
                return  # a numbered list ends with a 404 (S)
        if not sequence.is_new(page, asked):
            return
        yield page
        asked = sequence.following(page, asked)
        page = None
