"""Which URLs mean something of their own; names of the official SDK."""

from __future__ import annotations

import re

__all__ = [
    "download_file_patterns",
    "events_pattern",
    "full_account_pattern",
    "primary_calendar_alias",
]

#: An account's event stream, which pages by cursor.
events_pattern = re.compile(r"/accounts/[^/]+/(?:events|subscriptions/[^/]+/activity)/?(?:\?|$)")

#: A URL up to the account in it.
full_account_pattern = re.compile(r".*?/v\d+/accounts/[^/?#]+")

#: Binary bodies; read as they arrive instead of all at once (S).
download_file_patterns = re.compile(
    r"storage/files/[^/]+/(?:contents|thumbnail)/?(?:\?|$)|meta/licenses/[^/]+/contents/?(?:\?|$)"
)

#: The alias of an account's own calendar, which stays in the URL of what is asked below it (S).
primary_calendar_alias = re.compile(r"/?cal/calendars/primary/?$")
