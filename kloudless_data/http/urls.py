"""Join URLs without ever leaving the configured server."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit, urlunsplit

from ..exceptions import InvalidParameter, Remedy, UntrustedURL
from ..text.percent import percent_encoded
from ..text.redaction import redact_url
from ..text.terminal import bounded
from ..util import url_join as joined

__all__ = [
    "EXAMPLE_URL",
    "check_base_url",
    "check_segments",
    "check_version",
    "is_within",
    "origin",
    "path_segment",
    "same_origin",
    "same_server",
    "url_join",
    "version_in",
    "with_version",
]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_STEP = re.compile(r"/((?:%2E){1,2})(?:/|$)", re.IGNORECASE)
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
        If it is not such a URL.

    Examples
    --------
    >>> origin("HTTPS://API.kloudless.com/v1")
    ('https', 'api.kloudless.com', 443)
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        # Parsers disagree on the host that these name, which could fool a check.
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
    return bounded(redact_url(url), 2_000)


def same_origin(url: str, other: str) -> bool:
    """Return True if both URLs have the same scheme, host and port.

    Parameters
    ----------
    url : str
        An absolute URL.
    other : str
        Another absolute URL.

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


def same_server(url: str, other: str) -> bool:
    """Return True if two base URLs name the same server: its scheme, host, port and path.

    Parameters
    ----------
    url, other : str
        Base URLs.

    Examples
    --------
    >>> same_server("https://gw.example/kloudless", "https://GW.example:443/kloudless/")
    True
    >>> same_server("https://gw.example/kloudless", "https://gw.example")
    False
    """
    paths = (urlsplit(one).path.rstrip("/") for one in (url, other))
    return same_origin(url, other) and len(set(paths)) == 1


def is_within(url: str, base_url: str) -> bool:
    """Return True if a URL is on the configured server and below its base URL's path.

    A gateway may host other servers at other paths, which must not get credentials.

    Parameters
    ----------
    url : str
    base_url : str
        As `check_base_url` returns it.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_within("https://gw.example/kloudless/v1/accounts", "https://gw.example/kloudless")
    True
    >>> is_within("https://gw.example/kloudless/../other", "https://gw.example/kloudless")
    False
    """
    if not same_origin(url, base_url):
        return False
    base = urlsplit(base_url).path.rstrip("/")
    path = urlsplit(url).path
    if not base:
        return True
    if not (path == base or path.startswith(f"{base}/")):
        return False
    # Wherever dots are resolved, the path must not lead out.
    return _depth(path[len(base) :]) >= 0


def _depth(path: str) -> int:
    """Return the lowest depth that the segments of a path reach; below 0 is outside."""
    depth = lowest = 0
    # A gateway may decode a segment, even twice, before it looks for dots.
    for segment in re.split(r"[/\\]", unquote(unquote(path))):
        depth += -1 if segment == ".." else segment not in ("", ".")
        lowest = min(lowest, depth)
    return lowest


def url_join(prefix: str, suffix: str = "", base_url: str | None = None) -> str:
    """Append a path to a URL; an absolute URL on the same server is used unchanged.

    Parameters
    ----------
    prefix : str
        An absolute URL.
    suffix : str
        A path relative to it, with or without a leading slash, or an absolute URL.
    base_url : str, optional
        The server that an absolute URL must be on. Defaults to that of `prefix`.

    Returns
    -------
    str

    Raises
    ------
    UntrustedURL
        If `suffix` is a URL with another scheme, host, port or base path.

    Examples
    --------
    >>> url_join("https://api.kloudless.com/v1", "/accounts/me")
    'https://api.kloudless.com/v1/accounts/me'
    """
    if not suffix:
        return prefix
    if _ABSOLUTE.match(suffix):
        trusted = "{}://{}:{}".format(*origin(prefix)) if base_url is None else base_url
        if not is_within(suffix, trusted):
            raise UntrustedURL(
                f"{_displayable(suffix)!r} is not on {trusted}, and credentials are sent nowhere "
                "else.",
                remedy=Remedy.TRUST_SERVER,
            )
        return suffix
    # Everything else becomes part of the path, so it cannot name another host.
    return joined(prefix, suffix)


def path_segment(identifier: object) -> str:
    """Return a server's id as one segment of a path.

    Ids are opaque, so an id that contains ``/``, ``?``, ``#`` or ``..`` must not change the path.

    Examples
    --------
    >>> path_segment("Fabc=="), path_segment("a/../b?c"), path_segment("..")
    ('Fabc==', 'a%2F..%2Fb%3Fc', '%2E%2E')
    """
    text = percent_encoded(str(identifier), safe="=@,:;+!$&'()*~")
    return text.replace(".", "%2E") if text in (".", "..") else text


def check_segments(url: str) -> None:
    """Refuse a URL in which an id would be a step in the path, as `path_segment` writes it.

    Clients and servers decode a dot before they resolve a path (RFC 3986, section 6.2.2), so such
    an id cannot be requested: the request would reach another path.

    Raises
    ------
    InvalidParameter
        The id is ``.`` or ``..``.

    Examples
    --------
    >>> check_segments("https://kloudless.example/v1/accounts/me/..a")
    """
    if found := _STEP.search(url.partition("?")[0]):
        step = unquote(found.group(1))
        raise InvalidParameter(f"{step!r} cannot be an id: in a URL it names another path.")


def with_version(url: str, base_url: str, api_version: int) -> str:
    """Return the URL with the version in its path replaced.

    Parameters
    ----------
    url : str
        A URL below the base URL.
    base_url : str
        As `check_base_url` returns it.
    api_version : int
        The new version.

    Examples
    --------
    >>> with_version("https://v1.example/v1/accounts/me", "https://v1.example", 2)
    'https://v1.example/v2/accounts/me'
    """
    parts = urlsplit(url)
    base = urlsplit(base_url).path.rstrip("/")
    if not parts.path.startswith(base):
        return url
    rest = _VERSION.sub(f"/v{api_version}", parts.path[len(base) :], count=1)
    return urlunsplit(parts._replace(path=base + rest))


def version_in(url: str, base_url: str) -> int | None:
    """Return the API version that a URL names.

    Parameters
    ----------
    url : str
        A URL, which may be below the base URL.
    base_url : str
        As `check_base_url` returns it.

    Examples
    --------
    >>> version_in("https://v1.example/v2/accounts/me", "https://v1.example")
    2
    """
    rest = urlsplit(url).path[len(urlsplit(base_url).path.rstrip("/")) :]
    found = _VERSION.match(rest)
    return int(found.group()[2:]) if found else None


def check_version(value: object, name: str = "api_version") -> int:
    """Return an API version as a number.

    Parameters
    ----------
    value : object
        ``2``, ``"2"`` or ``"v2"``.
    name : str
        The parameter's name in the error message.

    Raises
    ------
    InvalidParameter
        If it is not a whole number.

    Examples
    --------
    >>> check_version("v2")
    2
    """
    text = str(value).strip().lower().removeprefix("v")
    if isinstance(value, bool) or not re.fullmatch("[0-9]{1,4}", text):
        shown = bounded(repr(value), 80)
        raise InvalidParameter(f"must be a number such as 1 or 2, not {shown}.", parameter=name)
    return int(text)


def check_base_url(value: object, name: str = "base_url") -> str:
    """Return a base URL in its canonical form, or say what is wrong with it.

    Parameters
    ----------
    value : object
        The value to check, such as ``"https://kloudless.example.com:8443"``.
    name : str
        The parameter's name in the error message.

    Returns
    -------
    str
        Without a trailing slash. A path belongs to a gateway in front of the server.

    Raises
    ------
    InvalidParameter
        If it is not an ``http``/``https`` URL, contains a query, user name or password, or ends in
        the version.

    Examples
    --------
    >>> check_base_url("http://localhost:8002/")
    'http://localhost:8002'
    >>> check_base_url("https://gw.example/kloudless/")
    'https://gw.example/kloudless'
    >>> check_base_url("https://münchen.example")
    'https://xn--mnchen-3ya.example'
    """
    text = value.strip() if isinstance(value, str) else value
    problem = _problem_of_base_url(text)
    if problem:
        raise InvalidParameter(f"{problem} {_EXAMPLE}", parameter=name)
    parts = urlsplit(str(text))
    path = parts.path.rstrip("/")
    return f"{parts.scheme.lower()}://{_as_sent(parts.netloc.lower())}{path}"


def _as_sent(netloc: str) -> str:
    """Return a host and port with the host's international name as `requests` sends it."""
    if netloc.isascii():
        return netloc
    import idna  # few need its tables

    host, colon, port = netloc.partition(":")
    return f"{idna.encode(host, uts46=True).decode()}{colon}{port}"


#: A server's address, as messages and forms show it.
EXAMPLE_URL = "https://kloudless.example.com"
_EXAMPLE = f"It should look like {EXAMPLE_URL!r} or 'http://localhost:8002'."


def _problem_of_base_url(text: object) -> str:
    """Return what is wrong with a base URL, without its name; "" if nothing is."""
    if not isinstance(text, str):
        return f"must be a string, not {type(text).__name__}."
    if "@" in text:  # before any check that would quote it
        return "holds a user name or password. Leave them out: a credential is passed by itself."
    if re.search(r"[\s\\\x00-\x1f\x7f]", text):
        return f"{text!r} contains characters that a URL cannot contain."
    if not text:
        return "is blank."
    if "://" not in text:
        return f"{text!r} has no scheme."
    try:
        origin(text)
    except InvalidParameter as error:
        return f"does not work: {error.message}"
    parts = urlsplit(text)
    for part, name in ((parts.query, "query"), (parts.fragment, "fragment")):
        if part:
            return f"{text!r} must name a server only: leave out the {name}."
    try:
        _as_sent(parts.netloc.lower())
    except UnicodeError as error:  # of idna
        return f"{text!r} has a host name that does not exist: {str(error).rstrip('.')}."
    if "//" in parts.path:
        return f"{text!r} has an empty step in its path: write one slash."
    if _depth(parts.path) < 0 or ".." in unquote(parts.path):
        return f"{text!r} has a path that leads out of itself."
    if re.search(r"/v\d+/?$", parts.path):
        return f"{text!r} ends in a version: leave it out, which has a setting of its own."
    return ""
