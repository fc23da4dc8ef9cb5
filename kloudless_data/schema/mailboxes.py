"""Providers of mailboxes for anybody, whose domains are no organisation's."""

from __future__ import annotations

__all__ = ["MAILBOXES"]

#: A regular expression for their domains, in lower case.
MAILBOXES = (
    r"(aol|btinternet|comcast|fastmail|free|gmail|gmx|googlemail|hey|hotmail|hushmail|icloud|laposte"
    r"|libero|live|mac|mail|me|msn|naver|orange|outlook|pm|posteo|proton|protonmail|qq|t-online|tuta"
    r"|tutanota|web|yahoo|yandex|ymail|zoho|126|163)"
    r"[.](com|net|org|[a-z]{2}|com?[.][a-z]{2})"
)
