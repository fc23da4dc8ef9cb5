"""Pages of a list as bytes, one after the other, without making objects of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ..decode.decode import Envelope, read_envelope
from ..exceptions import InvalidResponse, NotFoundException
from ..http.retry import until_advancing, until_understood
from ..util import redact_url
from .schemes import PageSequence, is_activity

if TYPE_CHECKING:
    import requests

    from ..client import Client

__all__ = ["envelope_of", "fetch_page", "read_pages"]


def fetch_page(
    client: Client,
    path: str,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Envelope:
    """Request one page of a list.

    Parameters
    ----------
    client : Client
    path : str
        Relative to ``client.url``, or an absolute URL on the same server.
    params, headers : mapping, optional
        Query parameters and headers.

    Returns
    -------
    Envelope

    Raises
    ------
    InvalidResponse
        The answer is not a list, also when asked again.
    APIException
        The server refused or could not be reached.
    """
    return until_understood(
        lambda: envelope_of(client.get(path, params=params, headers=headers, get_raw_response=True))
    )


def envelope_of(response: requests.Response) -> Envelope:
    """Read the envelope of an answer, naming the request when it is not a list."""
    try:
        return replace(read_envelope(response.content), date=response.headers.get("Date"))
    except InvalidResponse as error:
        raise InvalidResponse(
            f"{response.request.method} {redact_url(response.url)} answered "
            f"{response.status_code} with something that is not a list: {error.message} "
            "Check that base_url is a Kloudless API server; if it is, try again.",
            response,
        ) from None


def read_pages(
    client: Client,
    path: str,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    first: Envelope | None = None,
) -> Iterator[Envelope]:
    """Yield the pages of a list to its end, by whichever scheme it pages.

    Parameters
    ----------
    client, path, params, headers
        As for `fetch_page`.
    first : Envelope, optional
        The first page, when it has been read already.

    Yields
    ------
    Envelope
        Empty pages included.
    """
    activity = is_activity(client.url + "/" + path)
    asked: Mapping[str, Any] | None = dict(params or {})
    sequence, page = PageSequence(activity=activity), first
    while asked is not None:
        if page is None:
            try:
                page = until_advancing(
                    partial(fetch_page, client, path, asked, headers),
                    partial(sequence.following, params=asked),
                )
            except NotFoundException:
                if "page" not in asked or activity or not isinstance(asked["page"], int):
                    raise
                return  # a numbered list ends with a 404 (S)
        if not sequence.is_new(page, asked):
            return
        yield page
        asked = sequence.following(page, asked)
        page = None
