"""The official SDK's ``util``: the logger, times, and URL joining.

Safe text output is in `kloudless_data.text`; its names are available here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .text.logs import logger, logger_of
from .text.redaction import REDACTED, redact, redact_url, redacted_data, shown
from .text.terminal import bounded, is_text, json_for_terminal, one_line

__all__ = [
    "REDACTED",
    "bounded",
    "configuration",
    "construct_kloudless_endpoint",
    "get_config",
    "is_text",
    "json_for_terminal",
    "logger",
    "logger_of",
    "one_line",
    "read_defaults_from",
    "redact",
    "redact_url",
    "redacted_data",
    "shown",
    "to_datetime",
    "to_iso",
    "url_join",
]


def to_datetime(timestamp: str | datetime | None) -> datetime | None:
    """Return an ISO 8601 time as a datetime.

    Parameters
    ----------
    timestamp : str, datetime or None
        Only text is converted.

    Returns
    -------
    datetime or None
        With a time zone if the text has one.

    Raises
    ------
    ValueError
        It is not an ISO 8601 time.

    Examples
    --------
    >>> to_datetime("2019-06-26T21:15:22Z")
    datetime.datetime(2019, 6, 26, 21, 15, 22, tzinfo=datetime.timezone.utc)
    """
    return datetime.fromisoformat(timestamp) if isinstance(timestamp, str) else timestamp


def to_iso(obj: str | datetime | None) -> str | None:
    """Return a datetime as an ISO 8601 time; one without a time zone is UTC.

    Parameters
    ----------
    obj : str, datetime or None
        Only a datetime is converted.

    Returns
    -------
    str or None

    Raises
    ------
    TypeError
        It is of another type.

    Examples
    --------
    >>> to_iso(datetime(2019, 6, 26, 21, 15, 22))
    '2019-06-26T21:15:22Z'
    """
    if obj is None or isinstance(obj, str):
        return obj
    if not isinstance(obj, datetime):
        raise TypeError(f"Only a datetime can be converted to ISO 8601, not {type(obj).__name__}.")
    return obj.isoformat() + ("Z" if obj.tzinfo is None else "")


#: The settings, provided by `kloudless_data.config` in the layer above.
configuration: Mapping[str, Any] = {}


def read_defaults_from(settings: Mapping[str, Any]) -> None:
    """Set the source of settings; `kloudless_data.config` does so once, when imported."""
    global configuration
    configuration = settings


def get_config(name: str, overwrite: Any = None) -> Any:
    """Return a setting of `configuration`.

    Parameters
    ----------
    name : str
    overwrite : object, optional
        Returned instead unless None.

    Returns
    -------
    object
        None for an unknown setting.
    """
    return configuration.get(name) if overwrite is None else overwrite


def url_join(prefix: str, suffix: str = "") -> str:
    """Append a path to a URL; text that already begins with the URL is returned unchanged.

    Parameters
    ----------
    prefix : str
        A URL.
    suffix : str
        A path relative to it, with or without a leading slash.

    Returns
    -------
    str
        Always below `prefix`: a URL of another server becomes part of the path.

    Examples
    --------
    >>> url_join("https://api.kloudless.com/v1", "/accounts/me")
    'https://api.kloudless.com/v1/accounts/me'
    """
    prefix = prefix.rstrip("/") if suffix else prefix
    if not suffix:
        return prefix
    if suffix == prefix or suffix.startswith((f"{prefix}/", f"{prefix}?")):
        return suffix
    return f"{prefix}/{suffix.lstrip('/')}"


def construct_kloudless_endpoint(
    path: str = "", base_url: str | None = None, api_version: int | str | None = None
) -> str:
    """Return the URL of a path on the server.

    Parameters
    ----------
    path : str
        The path below the version.
    base_url, api_version : optional
        Override the current `configuration`.

    Returns
    -------
    str

    Examples
    --------
    >>> construct_kloudless_endpoint("accounts/me", "http://localhost:8002", 2)
    'http://localhost:8002/v2/accounts/me'
    """
    version = str(get_config("api_version", api_version)).removeprefix("v")
    return url_join(url_join(get_config("base_url", base_url), f"v{version}"), path)
