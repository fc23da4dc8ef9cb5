"""The settings that `requests` takes from the environment, looked up once, not per request."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from typing import Any

__all__ = ["EnvironmentMemo"]

#: The variables that `requests` and `urllib` read, except for names in mixed case.
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_VARIABLES = (
    *_PROXIES,
    *map(str.upper, _PROXIES),
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "REQUEST_METHOD",
)
_MOST = 64  # combinations of server and options; usually there is one


class EnvironmentMemo:
    """Remembers settings as long as the environment's variables stay the same.

    `requests` goes through all environment variables twice per request, which takes a tenth of a
    small request's time. Comparing the few relevant ones also detects a change. The system's own
    proxy settings (macOS, Windows) are read once per session, server and options.

    Its pickle is empty, because a proxy's URL may contain a password.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, dict[str, Any]] = {}

    def settings(self, given: Hashable, look_up: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return a copy of the settings, which are looked up only if unknown.

        Parameters
        ----------
        given : hashable
            Everything that they depend on besides the environment.
        look_up : callable
            Returns the settings.
        """
        key = (given, *map(os.environ.get, _VARIABLES))
        try:
            found = self._known.get(key)
        except TypeError:  # such as a list of files, which has no hash
            return dict(look_up())
        if found is None:
            found = dict(look_up())
            if len(self._known) >= _MOST:
                self._known = {}
            self._known[key] = found
        # The caller may change both.
        return {**found, "proxies": dict(found["proxies"])}

    def __reduce__(self) -> tuple[type[EnvironmentMemo], tuple[()]]:
        return EnvironmentMemo, ()
