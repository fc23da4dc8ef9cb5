"""Joining URLs without ever leaving the configured server."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from ..exceptions import InvalidParameter, UntrustedURL
from ..util import redact_url

__all__ = ["check_base_url", "origin", "path_segment", "same_origin", "url_join", "with_version"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_VERSION = re.compile(r"/v\d+(?=/|$)")


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL (RFC 6454, section 4).

    Parameters
    ----------
    url : str
        An absolute ``http`` or ``https`` URL.

    Returns
    -------
    tuple of (str, str, int)
        In lower case, with the scheme's default port filled in.

    Raises
    ------
    InvalidParameter
        When it is not such a URL.

    Examples
    --------
    >>> origin("HTTPS://API.kloudless.com/v1")
    ('https', 'api.kloudless.com', 443)
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        # Parsers disagree on which host these name, so that one check may be fooled by the other.
        if re.search(r"[\\\s\x00-\x1f]", parts.netloc) or "@" in parts.netloc:
            raise ValueError("its host is ambiguous")
    except ValueError as error:
        raise InvalidParameter(f"{_displayable(url)!r} is not a URL: {error}.") from None
    scheme, host = parts.scheme.lower(), parts.hostname
    if scheme not in _DEFAULT_PORTS or not host:
        raise InvalidParameter(f"{_displayable(url)!r} is not an absolute http:// or https:// URL.")
    return scheme, host.lower(), _DEFAULT_PORTS[scheme] if port is None else port


def _displayable(url: str) -> str:
    """Return a URL for an error message, even one that cannot be parsed."""
    try:
        return redact_url(url)
    except ValueError:
        return url.partition("@")[2] or url


def same_origin(url: str, other: str) -> bool:
    """Tell whether both URLs have the same scheme, host and port.

    Examples
    --------
    >>> same_origin("https://a.example/x", "https://a.example:443/y")
    True
    >>> same_origin("https://a.example", "https://a.example.evil.test")
    False
    """
    try:
        return origin(url) == origin(other)
    except InvalidParameter:
        return False


def url_join(prefix: str, suffix: str = "") -> str:
    """Append a path to a URL; an absolute URL is taken as it is if it is on the same server.

    Parameters
    ----------
    prefix : str
        An absolute URL.
    suffix : str
        A path relative to it, with or without a leading slash, or an absolute URL.

    Returns
    -------
    str

    Raises
    ------
    UntrustedURL
        When `suffix` is a URL of another scheme, host or port.

    Examples
    --------
    >>> url_join("https://api.kloudless.com/v1", "/accounts/me")
    'https://api.kloudless.com/v1/accounts/me'
    """
    if not suffix:
        return prefix
    if _ABSOLUTE.match(suffix):
        if not same_origin(prefix, suffix):
            raise UntrustedURL(
                f"{_displayable(suffix)!r} is not on {'{}://{}:{}'.format(*origin(prefix))}, "
                "and credentials are sent nowhere else. Set base_url to that server if you trust "
                "it, or fetch the URL without this client."
            )
        return suffix
    # Everything else becomes part of the path, so that it cannot name another host.
    return f"{prefix.rstrip('/')}/{suffix.lstrip('/')}"


def path_segment(identifier: object) -> str:
    """Return an id that a server sent as one segment of a path.

    Ids are opaque, so one with ``/``, ``?``, ``#`` or ``..`` in it must not change the path.

    Examples
    --------
    >>> path_segment("Fabc=="), path_segment("a/../b?c"), path_segment("..")
    ('Fabc==', 'a%2F..%2Fb%3Fc', '%2E%2E')
    """
    text = quote(str(identifier), safe="=@,:;+!$&'()*~")
    return text.replace(".", "%2E") if text in (".", "..") else text


def with_version(url: str, base_url: str, api_version: int) -> str:
    """Return the URL with the version in its path replaced.

    Examples
    --------
    >>> with_version("https://v1.example/v1/accounts/me", "https://v1.example", 2)
    'https://v1.example/v2/accounts/me'
    """
    head, tail = url[: len(base_url)], url[len(base_url) :]
    return head + _VERSION.sub(f"/v{api_version}", tail, count=1)


def check_base_url(value: object, name: str = "base_url") -> str:
    """Return a base URL in its canonical form, or say what is wrong with it.

    Parameters
    ----------
    value : object
        What was given, such as ``"https://kloudless.example.com:8443"``.
    name : str
        What to call it in the error message.

    Returns
    -------
    str
        Without a trailing slash.

    Raises
    ------
    InvalidParameter
        When it is no ``http``/``https`` URL, or has a path, query, user or password.

    Examples
    --------
    >>> check_base_url("http://localhost:8002/")
    'http://localhost:8002'
    """
    example = "It should look like 'https://kloudless.example.com' or 'http://localhost:8002'."
    if not isinstance(value, str):
        raise InvalidParameter(f"{name} must be a string, not {type(value).__name__}. {example}")
    text = value.strip()
    if "@" in text:  # before anything that would quote it
        raise InvalidParameter(
            f"{name} holds a user name or password. Leave them out: credentials are passed as "
            f"token= or api_key=. {example}"
        )
    if re.search(r"[\s\\\x00-\x1f\x7f]", text):
        raise InvalidParameter(f"{name} {text!r} holds characters that no URL has. {example}")
    if "://" not in text:
        raise InvalidParameter(f"{name} {text!r} has no scheme. {example}")
    try:
        origin(text)
    except InvalidParameter as error:
        raise InvalidParameter(f"{name}: {error.message} {example}") from None
    parts = urlsplit(text)
    if parts.path.rstrip("/") or parts.query or parts.fragment:
        raise InvalidParameter(
            f"{name} {text!r} must name a server only: leave out the path and the query "
            f"(the version comes from api_version). {example}"
        )
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}"
