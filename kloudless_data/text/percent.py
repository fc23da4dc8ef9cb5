"""Percent-encoding that takes any text: servers' JSON may hold half a surrogate pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

__all__ = ["percent_encoded", "query_of"]

#: Half a pair has no UTF-8. As the HTTP library does, it is sent as the bytes that it would have.
_ERRORS = "surrogatepass"


def percent_encoded(text: str, safe: str) -> str:
    r"""Return text for a URL's path or a header.

    Parameters
    ----------
    text : str
    safe : str
        The ASCII characters that stay, besides letters, digits and ``_.-~``.

    Examples
    --------
    >>> percent_encoded("a b/é", safe="/"), percent_encoded("\ud800", safe="")
    ('a%20b/%C3%A9', '%ED%A0%80')
    """
    return quote(text, safe=safe, errors=_ERRORS)


def query_of(pairs: Mapping[str, Any] | Iterable[tuple[str, Any]], safe: str = "") -> str:
    """Return a URL's query, without the question mark.

    Parameters
    ----------
    pairs : mapping, or iterable of pairs
        Names and values.
    safe : str
        The ASCII characters that stay, besides letters, digits and ``_.-~``.

    Examples
    --------
    >>> query_of({"page": 2, "token": "a=b"})
    'page=2&token=a%3Db'
    """
    listed = list(pairs.items() if isinstance(pairs, Mapping) else pairs)
    return urlencode(listed, safe=safe, errors=_ERRORS)
