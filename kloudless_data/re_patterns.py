"""Patterns for URLs with a special meaning, under the official SDK's names."""

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

#: A URL up to and including its account.
full_account_pattern = re.compile(r".*?/v\d+/accounts/[^/?#]+")

#: Binary bodies; read as they arrive instead of all at once (S).
download_file_patterns = re.compile(
    r"storage/files/[^/]+/(?:contents|thumbnail)/?(?:\?|$)|meta/licenses/[^/]+/contents/?(?:\?|$)"
)

#: The alias of an account's own calendar, which stays in the URLs of requests below it (S).
primary_calendar_alias = re.compile(r"/?cal/calendars/primary/?$")
