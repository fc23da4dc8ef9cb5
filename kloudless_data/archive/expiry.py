"""Whether a server says that a cursor is no longer any good."""

from __future__ import annotations

import re

from ..exceptions import APIException, KloudlessException

__all__ = ["is_expired_cursor"]

# What the API answers is not documented (A). These are the statuses with which it and the services
# behind it refuse a position: 400 and 404 (A), 409 "reset" (Dropbox), 410 (Google, Microsoft), 412,
# 416 and 422 (A).
_STATUSES = frozenset({400, 404, 409, 410, 412, 416, 422})
_POSITION = re.compile(
    r"cursor|(sync|delta|page|continuation)[ _-]?token|stream[ _-]?position|(re-?|full[ _-]?)sync",
    re.IGNORECASE,
)
_CODES = frozenset({"reset", "expired", "gone"})
# A URL, a path with a query, or a parameter: what was asked, which says nothing about its answer.
_QUOTED = re.compile(r"\S*(?://|[?&=])\S*")


def is_expired_cursor(error: KloudlessException) -> bool:
    """Tell whether the server refused a cursor, by its `message` and `error_code` alone.

    The URL does not count, whoever quotes it: it always has the word cursor in it.

    Parameters
    ----------
    error : KloudlessException
    """
    if not isinstance(error, APIException) or error.status not in _STATUSES:
        return False
    code = str(error.error_code or "")
    message = _QUOTED.sub(" ", str(error.error_data.get("message") or ""))
    return bool(_POSITION.search(code) or _POSITION.search(message)) or (
        code.lower() in _CODES and error.status in (409, 410)
    )
