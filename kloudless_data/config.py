"""The settings of accounts and clients, and their defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from .exceptions import InvalidParameter, UnknownSetting
from .http.urls import check_base_url, check_version
from .text.terminal import bounded
from .util import read_defaults_from

__all__ = ["Configuration", "Settings", "configuration"]


@dataclass(frozen=True)
class Settings:
    """The settings of one client, fixed when it is created.

    Attributes
    ----------
    base_url : str
        Scheme, host and port of the server, plus its path behind a gateway. Credentials are sent
        nowhere else.
    api_version : int
    connect_timeout, read_timeout : float
        Seconds to wait for a connection and for the next bytes of an answer.
    total_timeout : float
        Seconds that a whole request may take. Uploads and streamed downloads may take longer.
    max_body_bytes : int
        Largest answer in bytes, decompressed. A streamed download may be larger.
    max_retries : int
        How often a request is repeated after a transient failure.
    max_retry_wait : float
        Longest pause before a retry, in seconds. A longer ``Retry-After`` is an error.
    progress : bool or None
        Show progress bars: always, never, or (None) where they are visible.
    page_size : int
        Events per request, unless a call says otherwise.
    raw_data : bool
        Request the upstream service's own objects, unless a call says otherwise.
    impersonate_user_id : str or None
        The user that an administrator's account acts as, unless a call says otherwise.
    time_zone : str
        The zone in which times are shown: an IANA name, ``"UTC"`` or ``"local"``. Data that is
        read, stored or exported stays in UTC.
    server_is_set : bool
        True if `base_url` was chosen. Nothing is sent to the default, the official SDK's service,
        which no longer answers.
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
    total_timeout: float = 300.0
    max_body_bytes: int = 256 << 20
    time_zone: str = "UTC"
    server_is_set: bool = True

    def replaced(self, **options: Any) -> Settings:
        """Return a copy with some settings replaced.

        Parameters
        ----------
        **options
            Named as in `configuration`. None is a value here, not "unchanged".

        Returns
        -------
        Settings

        Raises
        ------
        InvalidParameter
            For an unknown setting or an invalid value.

        Examples
        --------
        >>> Configuration().settings().replaced(max_retries=0).max_retries
        0
        """
        values = asdict(self)
        for name, value in options.items():
            values[name] = _setting(name)[1](value, name)
            values["server_is_set"] |= name == "base_url"
        return Settings(**values)


def _refuse(value: object, name: str, kind: str) -> InvalidParameter:
    return InvalidParameter(f"must be {kind}, not {bounded(repr(value), 200)}.", parameter=name)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _seconds(value: Any, name: str) -> float:
    if not _is_number(value) or not 0 < value < 86_400:
        raise _refuse(value, name, "a number of seconds above 0")
    return float(value)


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise _refuse(value, name, "a whole number from 0 to 100")
    return value


def _switch(value: Any, name: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise _refuse(value, name, "True, False or None (automatic)")
    return value


def _at_least_one(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _refuse(value, name, "a whole number, at least 1")
    return value


def _yes_or_no(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise _refuse(value, name, "True or False")
    return value


def _user(value: Any, name: str) -> str | None:
    if value is None or value == "":
        return None
    text = str(value).strip()
    # It becomes a header value, so anything else would be refused or misread.
    if isinstance(value, bool) or not re.fullmatch(r"[\x21-\x7e]+", text):
        raise _refuse(value, name, "a user's id, or None")
    return text


def _time_zone(value: object, name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        if value not in ("UTC", "local"):
            ZoneInfo(value)  # type: ignore[arg-type]
        return str(value)
    except (KeyError, ValueError, TypeError, OSError):
        raise _refuse(value, name, "a time zone such as Europe/Berlin, UTC or local") from None


_Check = Callable[[object, str], Any]
_DEFAULTS: dict[str, tuple[Any, _Check]] = {
    "base_url": ("https://api.kloudless.com", check_base_url),
    "api_version": (1, check_version),
    "connect_timeout": (10.0, _seconds),
    "read_timeout": (60.0, _seconds),
    "max_retries": (5, _count),
    "max_retry_wait": (120.0, _seconds),
    "progress": (None, _switch),
    "total_timeout": (300.0, _seconds),
    "max_body_bytes": (256 << 20, _at_least_one),
    "page_size": (1000, _at_least_one),
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
    """The defaults for new clients: a dictionary that rejects invalid values.

    A change affects only accounts and clients created afterwards. An unset key takes its value from
    the environment (``KLOUDLESS_BASE_URL``, ``KLOUDLESS_API_VERSION``, ``KLOUDLESS_TIME_ZONE``),
    then from the built-in default.

    Parameters
    ----------
    values : mapping, optional
        Initial settings.

    Raises
    ------
    InvalidParameter
        For an unknown key or an invalid value; the message names the key.

    Examples
    --------
    >>> settings = Configuration()
    >>> settings["page_size"] = 500
    >>> settings["page_size"], settings.get("no such setting")
    (500, None)
    >>> settings["base_urll"] = "http://localhost:8002"
    Traceback (most recent call last):
    ...
    kloudless_data.exceptions.UnknownSetting: There is no setting 'base_urll'. ...
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
        checked = check(value, f"configuration[{key!r}]")
        # Like the official SDK's, it reads back as it was set.
        self._values[key] = value if key == "api_version" else checked

    def __delitem__(self, key: str) -> None:
        """Restore the value from the environment or the default."""
        _setting(key)
        self._values.pop(key, None)

    def __iter__(self) -> Iterator[str]:
        return iter(_DEFAULTS)

    def __len__(self) -> int:
        return len(_DEFAULTS)

    def __repr__(self) -> str:
        return repr(dict(self))

    def copy(self) -> dict[str, Any]:
        """Return the settings as an independent dictionary."""
        return dict(self)

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Undo, at the end of a ``with`` block, what was set in it.

        Examples
        --------
        >>> settings = Configuration()
        >>> with settings.restored():
        ...     settings["page_size"] = 500
        >>> settings["page_size"]
        1000
        """
        before = dict(self._values)
        try:
            yield
        finally:
            self._values = before

    def settings(self, **overrides: Any) -> Settings:
        """Return the current settings as an immutable object.

        Parameters
        ----------
        **overrides
            Override the configured settings; None means "as configured".

        Returns
        -------
        Settings
        """
        values = {key: _setting(key)[1](self[key], key) for key in self}
        chosen = "base_url" in self._values or bool(os.environ.get(_ENVIRONMENT["base_url"]))
        given = {key: value for key, value in overrides.items() if value is not None}
        return Settings(**values, server_is_set=chosen).replaced(**given)


def _setting(key: str) -> tuple[Any, _Check]:
    try:
        return _DEFAULTS[key]
    except (KeyError, TypeError):
        raise UnknownSetting(
            f"There is no setting {key!r}. The settings are: {', '.join(_DEFAULTS)}."
        ) from None


configuration = Configuration()
read_defaults_from(configuration)
