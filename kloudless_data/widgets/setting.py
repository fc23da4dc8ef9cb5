"""Each setting as the form shows it, and what a request looks like with all of them."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..config import configuration
from ..exceptions import InvalidParameter

__all__ = ["SETTINGS", "Setting", "apply", "example_html", "example_request"]


@dataclass(frozen=True)
class Setting:
    """One line of the form.

    Attributes
    ----------
    key : str
        Of `configuration`.
    label, affects : str
        What it is called, and what a change does.
    parse : callable
        From what is typed to what `configuration` checks.
    choices : tuple of (str, object)
        What can be chosen, if it is not typed: how it is called, and what it stands for.
    """

    key: str
    label: str
    affects: str
    parse: Callable[[Any], Any] = lambda value: value
    choices: tuple[tuple[str, Any], ...] = ()

    def value(self, shown: str) -> Any:
        """Return what a text or a choice stands for."""
        return dict(self.choices)[shown] if self.choices else self.parse(shown)

    def shown(self, value: Any) -> str:
        """Return the text or the choice that stands for a value."""
        if self.choices:
            return next(label for label, each in self.choices if each is value)
        if value is None:
            return ""
        return f"{value:g}" if isinstance(value, float) else str(value)


def _whole(text: Any) -> Any:
    """Return a whole number; what is none stays as it is, for `configuration` to refuse."""
    try:
        return int(str(text).replace(",", "").strip())
    except ValueError:
        return text


def _number(text: Any) -> Any:
    try:
        return float(str(text).strip())
    except ValueError:
        return text


_AUTOMATIC = (("automatic", None), ("always", True), ("never", False))
SETTINGS = (
    Setting("base_url", "Server", "Where requests and credentials go."),
    Setting("api_version", "API version", "The paths that are asked, and the events' columns."),
    Setting("page_size", "Page size", "Events a request.", _whole),
    Setting(
        "raw_data", "Upstream data", "The service's own objects, in the column raw.",
        choices=(("leave out", False), ("ask for it", True)),
    ),
    Setting("impersonate_user_id", "Act as user", "A user's id, for administrators' accounts."),
    Setting("connect_timeout", "Connect timeout", "Seconds to wait for a connection.", _number),
    Setting("read_timeout", "Read timeout", "Seconds to wait for the next bytes.", _number),
    Setting("total_timeout", "Longest answer", "Seconds until an answer must be whole.", _number),
    Setting("max_body_bytes", "Largest answer", "Bytes, decompressed.", _whole),
    Setting("max_retries", "Retries", "How often a failed request is repeated.", _whole),
    Setting("max_retry_wait", "Longest pause", "Seconds before a repetition.", _number),
    Setting("time_zone", "Time zone", "In which times are shown: UTC, local, or Europe/Berlin."),
    Setting(
        "progress", "Progress bars", "Shown below the cell; automatic: when somebody sees them.",
        choices=_AUTOMATIC,
    ),
)  # fmt: skip


def apply(setting: Setting, value: Any) -> str:
    """Change a setting; return what is wrong with the value, or "" when it was taken."""
    try:
        configuration[setting.key] = setting.value(value)
    except InvalidParameter as error:
        return f"{setting.label} {error.problem} It is still {configuration[setting.key]!r}."
    return ""


def example_request() -> str:
    """Return what the first request of ``account.events()`` would be, as text.

    It is prepared as a real one would be, and not sent.

    Examples
    --------
    >>> print(example_request())
    GET https://api.kloudless.com/v1/accounts/me/events?page_size=1000
    Authorization: Bearer (your token)
    """
    import requests

    from ..account import Account

    account = Account(token="hidden")  # noqa: S106  # nothing is sent
    events = account.events()
    asked = requests.Request(
        "GET", f"{account.url}/{events.path}", params={"page_size": events.page_size}
    )
    prepared = account.prepare_request(asked)
    options = [f"{k}: {v}" for k, v in prepared.headers.items() if k.startswith("X-Kloudless")]
    return "\n".join([f"GET {prepared.url}", "Authorization: Bearer (your token)", *options])


def example_html() -> str:
    """Return `example_request` for the form."""
    return f'<pre class="kd-code">{html.escape(example_request())}</pre>'
