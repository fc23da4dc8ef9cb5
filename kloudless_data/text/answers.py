"""Read unsuccessful answers, however damaged."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from .redaction import redact, redact_url
from .terminal import bounded

__all__ = [
    "error_object",
    "excerpt",
    "json_content",
    "name_of_request",
    "name_request",
    "parse_retry_after",
    "without_credential",
]

_EXCERPT = 8_192  # bytes
_LONGEST_URL = 2_000  # characters
# What a request through the pass-through asks of the upstream service: its URL does not say.
_UPSTREAM = ("X-Kloudless-Raw-Method", "X-Kloudless-Raw-URI")


def name_request(method: str, url: str | None, headers: Mapping[str, Any]) -> str:
    """Return how a message names a request, without credentials.

    Parameters
    ----------
    method : str
    url : str or None
    headers : mapping of str to str or bytes
        The request's; they say what the pass-through asks of the upstream service.

    Returns
    -------
    str

    Examples
    --------
    >>> name_request("GET", "https://api.example.com/v1/accounts?api_key=k", {})
    'GET https://api.example.com/v1/accounts?api_key=[redacted]'
    >>> raw = {"X-Kloudless-Raw-Method": "GET", "X-Kloudless-Raw-URI": "/drive/v2/about"}
    >>> name_request("POST", "https://api.example.com/v1/accounts/7/raw", raw)
    'POST https://api.example.com/v1/accounts/7/raw (GET /drive/v2/about of the upstream service)'
    """
    named = f"{method} {bounded(redact_url(url), _LONGEST_URL)}"
    given = {name.lower(): value for name, value in headers.items()}
    upstream_method, uri = (_header_text(given.get(name.lower())) for name in _UPSTREAM)
    if not uri:
        return named
    asked = f"{bounded(upstream_method, 20)} {bounded(redact_url(uri), _LONGEST_URL)}".strip()
    return f"{named} ({asked} of the upstream service)"


def name_of_request(response: requests.Response) -> str:
    """Return how a message names the request of an answer, without credentials.

    Parameters
    ----------
    response : requests.Response
    """
    request = response.request
    return name_request(str(request.method), response.url, request.headers)


def _header_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value or "")


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
        again.request.headers.pop("X-Kloudless-Raw-Headers", None)
        if uri := _header_text(request.headers.get(_UPSTREAM[1])):
            again.request.headers[_UPSTREAM[1]] = redact_url(uri)
        again.request.url = redact_url(request.url)
        again.request.body = None
        again.request.hooks = {"response": []}
    return again
