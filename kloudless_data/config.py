"""The settings that accounts and clients take when they are made."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from .exceptions import InvalidParameter
from .http.urls import check_base_url

__all__ = ["Configuration", "Settings", "configuration"]


@dataclass(frozen=True)
class Settings:
    """What one client works with, fixed when it is made.

    Attributes
    ----------
    base_url : str
        Scheme, host and port of the server; the only place credentials are sent to.
    api_version : int
    connect_timeout, read_timeout : float
        Seconds to wait for a connection, and for the next bytes of an answer.
    max_retries : int
        How often a request is repeated after a failure that may pass.
    max_retry_wait : float
        Longest pause before a repetition, in seconds. A ``Retry-After`` beyond it is an error.
    progress : bool or None
        Progress bars: always, never, or (None) when somebody can see them.
    page_size : int
        Events a request, where a call does not say.
    raw_data : bool
        Ask for the upstream service's own objects, where a call does not say.
    impersonate_user_id : str or None
        The user that an administrator's account acts as, where a call does not say.
    time_zone : str
        In which times are shown: a name of the IANA database, ``"UTC"``, or ``"local"``. What is
        read, kept and exported stays in UTC.
    """

    base_url: str
    api_version: int
    connect_timeout: float
    read_timeout: float
    max_retries: int
    max_retry_wait: float
    progress: bool | None
    page_size: int = 1000
    raw_data: bool = False
    impersonate_user_id: str | None = None
    time_zone: str = "UTC"


def _version(value: object, name: str) -> int:
    text = str(value).strip().lower().removeprefix("v")
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise InvalidParameter(f"{name} must be a number such as 1 or 2, not {value!r}.")
    return int(text)


def _seconds(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 86_400:
        raise InvalidParameter(f"{name} must be a number of seconds above 0, not {value!r}.")
    return float(value)


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise InvalidParameter(f"{name} must be a whole number from 0 to 100, not {value!r}.")
    return value


def _switch(value: object, name: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise InvalidParameter(f"{name} must be True, False or None (automatic), not {value!r}.")
    return value


def _rows(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidParameter(f"{name} must be a whole number, at least 1, not {value!r}.")
    return value


def _yes_or_no(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidParameter(f"{name} must be True or False, not {value!r}.")
    return value


def _user(value: object, name: str) -> str | None:
    if value is None or value == "":
        return None
    text = str(value).strip()
    # It becomes a header's value, where anything else would be refused or mean something else.
    if isinstance(value, bool) or not re.fullmatch(r"[\x21-\x7e]+", text):
        raise InvalidParameter(f"{name} must be a user's id, or None, not {value!r}.")
    return text


def _time_zone(value: object, name: str) -> str:
    try:
        if value not in ("UTC", "local"):
            ZoneInfo(value)  # type: ignore[arg-type]
        return str(value)
    except (KeyError, ValueError, TypeError, OSError):
        raise InvalidParameter(
            f"{name} must be a time zone such as Europe/Berlin, UTC or local, not {value!r}."
        ) from None


_Check = Callable[[object, str], Any]
_DEFAULTS: dict[str, tuple[Any, _Check]] = {
    "base_url": ("https://api.kloudless.com", check_base_url),
    "api_version": (1, _version),
    "connect_timeout": (10.0, _seconds),
    "read_timeout": (60.0, _seconds),
    "max_retries": (5, _count),
    "max_retry_wait": (120.0, _seconds),
    "progress": (None, _switch),
    "page_size": (1000, _rows),
    "raw_data": (False, _yes_or_no),
    "impersonate_user_id": (None, _user),
    "time_zone": ("UTC", _time_zone),
}
_ENVIRONMENT = {
    "base_url": "KLOUDLESS_BASE_URL",
    "api_version": "KLOUDLESS_API_VERSION",
    "time_zone": "KLOUDLESS_TIME_ZONE",
}


class Configuration(MutableMapping[str, Any]):
    """The package's settings, as a dictionary that refuses what cannot work.

    A change affects the accounts and clients that are made afterwards, and only those. What is
    not set comes from the environment (``KLOUDLESS_BASE_URL``, ``KLOUDLESS_API_VERSION``,
    ``KLOUDLESS_TIME_ZONE``), then from the defaults.

    Parameters
    ----------
    values : mapping, optional
        Settings to begin with.

    Raises
    ------
    InvalidParameter
        For a key that does not exist or a value that cannot be; it names the key.

    Examples
    --------
    >>> settings = Configuration()
    >>> settings["api_version"] = "2"
    >>> settings["api_version"]
    2
    >>> settings["base_urll"] = "http://localhost:8002"
    Traceback (most recent call last):
    ...
    kloudless_data.exceptions.InvalidParameter: There is no setting 'base_urll'. ...
    """

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values: dict[str, Any] = {}
        self.update(values or {})

    def __getitem__(self, key: str) -> Any:
        default, check = _setting(key)
        if key in self._values:
            return self._values[key]
        variable = _ENVIRONMENT.get(key, "")
        if os.environ.get(variable):
            return check(os.environ[variable], f"The environment variable {variable}")
        return default

    def __setitem__(self, key: str, value: Any) -> None:
        _, check = _setting(key)
        self._values[key] = check(value, f"configuration[{key!r}]")

    def __delitem__(self, key: str) -> None:
        """Go back to the environment's value or the default."""
        _setting(key)
        self._values.pop(key, None)

    def __iter__(self) -> Iterator[str]:
        return iter(_DEFAULTS)

    def __len__(self) -> int:
        return len(_DEFAULTS)

    def __repr__(self) -> str:
        return repr(dict(self))

    def settings(self, **overrides: Any) -> Settings:
        """Return the settings of now, unchangeable.

        Parameters
        ----------
        **overrides
            Settings that replace the configured ones; None means "as configured".

        Returns
        -------
        Settings
        """
        values = dict(self)
        for key, value in overrides.items():
            _, check = _setting(key)
            if value is not None:
                values[key] = check(value, key)
        return Settings(**values)


def _setting(key: str) -> tuple[Any, _Check]:
    try:
        return _DEFAULTS[key]
    except (KeyError, TypeError):
        raise InvalidParameter(
            f"There is no setting {key!r}. The settings are: {', '.join(_DEFAULTS)}."
        ) from None


configuration = Configuration()
