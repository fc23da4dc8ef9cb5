"""Recognise servers' messages that a cursor is no longer valid; no wording is documented (A)."""

from __future__ import annotations

import re

__all__ = ["tells_expired_cursor"]

_NEVER = (401, 403, 429)
_CODES = ("reset", "expired", "gone")
# What the services behind the API call a position.
_POSITION = re.compile(
    r"cursor|(sync|delta|page|continuation)[ _-]?token|stream[ _-]?position|(re-?|full[ _-]?)sync"
    r"|updated[ _-]?min[ _-]?too[ _-]?long",
    re.IGNORECASE,
)
# These words have other meanings, so the error must also say what is wrong with it.
_MAYBE_A_POSITION = re.compile(
    r"book[ _-]?mark|\bmarker\b|check[ _-]?point|\bposition\b|watermark"
    r"|(delta|change|next)[ _-]?link|(change|history|event)[ _-]?token|history[ _-]?id",
    re.IGNORECASE,
)
_NO_GOOD = re.compile(
    r"expired?|invalid|stale|too (old|long|far)|no longer|unknown|gone|reset|out[ _-]of[ _-]range"
    r"|not (valid|found|available|exist|recogni[sz]ed|known)",
    re.IGNORECASE,
)


def tells_expired_cursor(status: int, code: str, message: str) -> bool:
    """Return True if an error says that a cursor is too old.

    Parameters
    ----------
    status : int
        Any 4xx may be used, but those for credentials and rate limits.
    code, message : str
        The server's ``error_code`` and ``message``.

    Examples
    --------
    >>> tells_expired_cursor(422, "bad_request", "The marker is not valid any more.")
    True
    >>> tells_expired_cursor(404, "not_found", "GET /events?cursor=5: no such account")
    False
    """
    if not 400 <= status < 500 or status in _NEVER:
        return False
    if code.lower().partition("/")[0] in _CODES and status in (409, 410):
        return True
    # A URL quoted in the message contains the word too, without naming a fault.
    words = [word for word in message.split() if not any(mark in word for mark in "/?&=")]
    text = " ".join([*words, code])
    if _POSITION.search(text):
        return True
    return bool(_MAYBE_A_POSITION.search(text) and _NO_GOOD.search(text))
