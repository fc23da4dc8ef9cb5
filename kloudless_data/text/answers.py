"""Read unsuccessful answers, however damaged."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from .redaction import redact, redact_url

__all__ = [
    "error_object",
    "excerpt",
    "json_content",
    "parse_retry_after",
    "without_credential",
]

_EXCERPT = 8_192  # bytes


def parse_retry_after(value: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks to wait.

    Parameters
    ----------
    value : str or None
        Seconds, or an HTTP date (RFC 9110, section 10.2.3).

    Returns
    -------
    float or None
        At least 0, with a fraction if the server sends one. None without a header, or if it is
        neither.

    Examples
    --------
    >>> parse_retry_after("30")
    30.0
    >>> parse_retry_after("soon") is None
    True
    """
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,15}(?:\.[0-9]*)?|\.[0-9]{1,15}", value):  # RFC: whole ones only
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def json_content(response: requests.Response) -> Any:
    """Return the JSON of an answer.

    Avoids ``response.json()``, which tries every known encoding on text that is not JSON; that can
    take minutes.

    Parameters
    ----------
    response : requests.Response

    Raises
    ------
    ValueError, RecursionError
        It is not JSON, or is nested too deeply.
    """
    try:
        return json.loads(response.content)
    except UnicodeDecodeError:
        encoding = response.encoding
        if encoding is None or encoding.lower().startswith("utf"):
            raise
    try:
        return json.loads(response.content.decode(encoding))
    except LookupError:
        raise ValueError("its encoding is not known") from None


def error_object(response: requests.Response) -> dict[str, Any]:
    """Return the JSON object of an error; empty if the body is something else."""
    try:
        data = json_content(response)
    except (ValueError, RuntimeError, RecursionError, requests.RequestException):
        return {}  # not JSON, or a consumed stream
    return data if isinstance(data, dict) else {}


def excerpt(response: requests.Response) -> str:
    """Return the beginning of a body that is not an error object."""
    try:
        begin = response.content[:_EXCERPT]
    except (RuntimeError, requests.RequestException):
        return ""  # a consumed or broken stream
    try:
        return begin.decode(response.encoding or "utf-8", "replace")
    except LookupError:
        return begin.decode("utf-8", "replace")


def without_credential(response: requests.Response) -> requests.Response:
    """Return a copy of an answer that can be pickled, without its request's credential."""
    kept = copy.copy(response.__dict__)
    again = requests.Response()
    for name in ("status_code", "encoding", "elapsed"):
        setattr(again, name, kept.get(name))
    again.reason, again.url = redact(response.reason or ""), redact_url(response.url)
    again.headers.update({name: redact(value) for name, value in response.headers.items()})
    content = kept.get("_content")
    if isinstance(content, bytes):
        again._content = redact(content.decode("latin-1")).encode("latin-1")
    else:
        again._content = b""  # an unread download
    request = response.request
    if request is not None:
        again.request = request.copy()
        again.request.headers.pop("Authorization", None)
        again.request.url = redact_url(request.url)
        again.request.body = None
        again.request.hooks = {"response": []}
    return again
