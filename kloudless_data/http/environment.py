"""What `requests` takes from the environment, looked up once rather than for every request."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from typing import Any

__all__ = ["EnvironmentMemo"]

#: The variables that `requests` and `urllib` heed. Others than these would have mixed case.
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
    """Remembers settings for as long as the environment's variables stay what they are.

    `requests` goes through all variables of the environment twice for each request, which is a
    tenth of a small request's time. Looking at the few that count finds a change as well. The
    system's own proxy settings (macOS, Windows) are read once per session, server and options.

    A pickle of it is empty: a proxy's URL may contain a password.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, dict[str, Any]] = {}

    def settings(self, given: Hashable, look_up: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return a copy of the settings, which are looked up unless they are known.

        Parameters
        ----------
        given : hashable
            All that they depend on besides the environment.
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
