"""`Resource`: one object and its URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..http.urls import is_within, path_segment, url_join
from ..re_patterns import full_account_pattern, primary_calendar_alias
from ..util import is_text, logger_of, redact_url, shown
from .responses import ResponseJson

__all__ = ["SHOWN", "SHOWN_COLUMNS", "Resource", "previewed"]

logger = logger_of(__name__)

# The columns that a list shows in a notebook.
SHOWN, SHOWN_COLUMNS = 5, 8
_SECRET_KEY = re.compile(r"token|secret|password|api_?key|^key$", re.IGNORECASE)


def previewed(name: Any, value: Any) -> Any:
    """Return a field's value for display; secrets are hidden.

    Parameters
    ----------
    name : object
        The field's name.
    value : object
        The field's value.
    """
    if value is not None and _SECRET_KEY.search(str(name)):
        return "[hidden]"
    if isinstance(value, Mapping):
        return {key: previewed(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [previewed("", inner) for inner in value[:SHOWN]]
    return value


class Resource(ResponseJson):
    """One object: a file, a folder, a calendar, an event, an account, and so on.

    Attributes
    ----------
    url : str
        The object's URL: its ``href``, unless that leads to another server.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = _resource_url(self.data, self.url, self.client.settings.base_url)

    def __repr__(self) -> str:
        named = {k: self.data[k] for k in ("id", "name") if self.data.get(k) is not None}
        kind = " ".join(str(self.data[k]) for k in ("api", "type") if self.data.get(k))
        which = ", ".join(f"{key}={value!r}" for key, value in named.items())
        return shown(f"<{type(self).__name__} ({kind or 'object'}): {which}>")

    def _repr_html_(self) -> str:
        from ..display.html import card, table

        values = [(key, previewed(key, value)) for key, value in self.data.items()]
        name = self.data.get("name") or self.data.get("id") or ""
        return card(type(self).__name__, [], name=name, preview=table(["field", "value"], values))


def _resource_url(data: Mapping[str, Any], url: str, base_url: str) -> str:
    """Return the URL of an object that was found at `url`."""
    if primary_calendar_alias.search(url):
        return url
    href = data.get("href")
    if isinstance(href, str) and href:
        if is_within(href, base_url):
            return href
        logger.debug("Not using an href on another server: %s", redact_url(href))
    if data.get("id") in (None, "") or not is_text(str(data["id"])):
        return url
    segment = path_segment(data["id"])
    account = full_account_pattern.match(url)
    if data.get("api") == "storage" and data.get("type") in ("file", "folder") and account:
        return f"{account.group()}/storage/{data['type']}s/{segment}"
    last = url.rstrip("/").rpartition("/")[2]
    return url if last in (segment, str(data["id"])) else url_join(url, segment)
