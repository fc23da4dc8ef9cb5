"""The settings as the form shows them, and an example request made with them."""

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
        A key of `configuration`.
    label, affects : str
        The setting's name in the form, and the effect of a change.
    parse : callable
        Converts typed text to a value that `configuration` checks.
    choices : tuple of (str, object)
        The choices of a setting that is not typed: label and value.
    """

    key: str
    label: str
    affects: str
    parse: Callable[[Any], Any] = lambda value: value
    choices: tuple[tuple[str, Any], ...] = ()

    def value(self, shown: str) -> Any:
        """Return the value of a text or a choice."""
        return dict(self.choices)[shown] if self.choices else self.parse(shown)

    def shown(self, value: Any) -> str:
        """Return the text or choice for a value."""
        if self.choices:
            return next(label for label, each in self.choices if each is value)
        if value is None:
            return ""
        return f"{value:g}" if isinstance(value, float) else str(value)


def _whole(text: Any) -> Any:
    """Return a whole number; anything else is returned unchanged for `configuration` to reject."""
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
    Setting("api_version", "API version", "The version of paths and of the events' columns."),
    Setting("page_size", "Page size", "Events per request.", _whole),
    Setting(
        "raw_data", "Upstream data", "The service's own objects, in the column raw.",
        choices=(("leave out", False), ("include", True)),
    ),
    Setting("impersonate_user_id", "Act as user", "A user's id, for administrator accounts."),
    Setting("connect_timeout", "Connect timeout", "Seconds to wait for a connection.", _number),
    Setting("read_timeout", "Read timeout", "Seconds to wait for the next bytes.", _number),
    Setting("total_timeout", "Longest answer", "Seconds until an answer must be complete.",
    _number), Setting("max_body_bytes", "Largest answer", "Bytes, decompressed.", _whole),
    Setting("max_retries", "Retries", "How often a failed request is repeated.", _whole),
    Setting("max_retry_wait", "Longest pause", "Seconds before a retry.", _number),
    Setting("time_zone", "Time zone", "The zone of displayed times: UTC, local, or Europe/Berlin."),
    Setting(
        "progress", "Progress bars", "Shown below the cell; automatic: where they are visible.",
        choices=_AUTOMATIC,
    ),
)  # fmt: skip


def apply(setting: Setting, value: Any) -> str:
    """Change a setting; return what is wrong with the value, or "" if it was accepted.

    Parameters
    ----------
    setting : Setting
        The setting to change.
    value : object
        The typed text or the chosen label.
    """
    try:
        configuration[setting.key] = setting.value(value)
    except InvalidParameter as error:
        return f"{setting.label} {error.problem} It is still {configuration[setting.key]!r}."
    return ""


def example_request() -> str:
    """Return the first request of ``account.events()`` as text.

    The request is prepared like a real one but not sent.

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
