"""What can go wrong, and what to do about it.

::

    KloudlessException
    ├── InvalidParameter             an argument or a setting is wrong; nothing was sent
    │   └── UntrustedURL             a URL is not on the configured server; nothing was sent
    ├── TokenVerificationFailed      the token belongs to another application
    ├── OauthFlowFailed              the authorization flow was refused or tampered with
    ├── NoNextPage                   the last page has been read
    ├── APIException                 a request failed
    │   ├── AuthorizationException   401
    │   ├── ForbiddenException       403
    │   ├── NotFoundException        404
    │   ├── RateLimitException       429
    │   ├── ServerException          5xx
    │   ├── ConnectionFailed         no answer arrived
    │   │   └── RequestTimedOut      no answer arrived in time
    │   └── InvalidResponse          an answer arrived that the API cannot have meant
    │       └── CursorNotAdvancing   the server hands out the same events for ever
    ├── AccountsFailed               some of many accounts could not be read to their end
    ├── ListingIncomplete            some of the requests that a listing is made of failed
    ├── ExportInterrupted            Ctrl-C during an export; it can be resumed
    ├── ArchiveFailed                an archive is not there, or cannot be read or written
    ├── VerificationFailed           a file is not what was exported
    ├── NotSignedIn                  a session of `login` holds no credential (any more)
    ├── KeyringUnavailable           the operating system's keyring cannot be used
    ├── MissingPackage               something that is not installed is needed
    └── ExportFailed                 a file could not be written
        └── OutputExists             there is a file already, and it was not to be replaced

The names above ``ConnectionFailed`` are the official SDK's, so that ``except`` clauses written for
it go on working. ``ConnectionFailed`` and ``RequestTimedOut`` are also the exceptions of
``requests`` that they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import requests

from .util import redact, redact_url

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "APIException",
    "AccountsFailed",
    "ArchiveFailed",
    "AuthorizationException",
    "ConnectionFailed",
    "CursorNotAdvancing",
    "ExportFailed",
    "ExportInterrupted",
    "ForbiddenException",
    "InvalidParameter",
    "InvalidResponse",
    "KeyringUnavailable",
    "KloudlessException",
    "ListingIncomplete",
    "MissingPackage",
    "NoNextPage",
    "NotFoundException",
    "NotSignedIn",
    "OauthFlowFailed",
    "OutputExists",
    "RateLimitException",
    "RequestTimedOut",
    "ServerException",
    "TokenVerificationFailed",
    "UntrustedURL",
    "VerificationFailed",
    "exception_for",
    "parse_retry_after",
]


class KloudlessException(Exception):
    """Base of every exception that this package raises on purpose.

    Parameters
    ----------
    message : str, optional
        What happened and what to do about it; `default_message` when empty.

    Attributes
    ----------
    message : str
        The same text that ``str(exception)`` gives.
    """

    default_message = "Something went wrong."

    def __init__(self, message: str = "") -> None:
        self.message = message or self.default_message
        super().__init__(self.message)


class InvalidParameter(KloudlessException, ValueError):
    """An argument or a setting is wrong; no request was made."""

    default_message = "The parameter is not valid."


class UntrustedURL(InvalidParameter):
    """A URL does not belong to the configured server, so credentials may not go there."""

    default_message = "The URL is not on the configured server."


class TokenVerificationFailed(KloudlessException):
    """The token belongs to another application than the one that was named."""

    default_message = "The token does not belong to your application."


class OauthFlowFailed(KloudlessException):
    """The authorization flow ended without a token.

    Attributes
    ----------
    error_data : dict
        What the authorization server put into the redirect; empty when it was not the server.
    """

    default_message = "The OAuth authorization flow failed."

    def __init__(self, message: str = "", error_data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.error_data = dict(error_data or {})


class NoNextPage(KloudlessException):
    """The last page has been read.

    Attributes
    ----------
    cursor : str, int or None
        For events: the position to continue from next time.
    """

    default_message = "There is no next page."

    def __init__(self, cursor: str | int | None = None, message: str = "") -> None:
        super().__init__(message)
        self.cursor = cursor


class APIException(KloudlessException):
    """A request failed.

    Parameters
    ----------
    response : requests.Response, optional
        The answer, when there was one.
    message : str, optional
        Replaces the text that is made from the answer.

    Attributes
    ----------
    response : requests.Response or None
    status : int or None
        The HTTP status.
    error_data : dict
        The error's JSON object, ``{}`` when the body was something else.
    error_code : str or None
        For example ``"invalid_parameters"``.
    request_id : str or None
        What the operator of the server needs to find this request.
    """

    default_message = "The request failed."
    remedy = "The server's message above says why; correct the request and try again."

    def __init__(self, response: requests.Response | None = None, message: str = "") -> None:
        self.response = response
        self.status = None if response is None else response.status_code
        self.error_data = {} if response is None else _error_object(response)
        self.error_code: str | None = self.error_data.get("error_code")
        self.request_id: str | None = self.error_data.get("id")
        if response is not None and not message:
            message = self._describe(response)
        super().__init__(message)

    def _describe(self, response: requests.Response) -> str:
        """One line: what was asked, what came back, what to try."""
        request = response.request
        came_back = f"{response.status_code} {response.reason or ''}".strip()
        if self.error_code:
            came_back += f" ({self.error_code})"
        detail = self.error_data.get("message") or _excerpt(response)
        line = f"{request.method} {redact_url(response.url)} answered {came_back}"
        if detail:
            line += f": {detail}"
        if not line.endswith((".", "!", "?")):
            line += "."
        line += f" {self.remedy}"
        if self.request_id:
            line += f" [request id {self.request_id}]"
        # A server may quote the credential back at us.
        return redact(line, request.headers.get("Authorization"))


class AuthorizationException(APIException):
    """The server answered 401: the credential is wrong, expired or revoked."""

    remedy = (
        "Check the token or API key: it may be mistyped, expired, revoked, "
        "or made for another server than base_url."
    )


class ForbiddenException(APIException):
    """The server answered 403: the credential is known but may not do this."""

    remedy = "The credential is valid but may not do this; use one with the scope or role for it."


class NotFoundException(APIException):
    """The server answered 404."""

    remedy = "Check the path, the ids in it, and the API version."


class RateLimitException(APIException):
    """The server answered 429, and went on doing so after the retries.

    Attributes
    ----------
    retry_after : float or None
        Seconds until the server will take requests again, if it said so.
    """

    remedy = "Wait before trying again, or ask for larger pages so that fewer requests are needed."

    def __init__(self, response: requests.Response | None = None, message: str = "") -> None:
        self.retry_after = (
            None if response is None else parse_retry_after(response.headers.get("Retry-After"))
        )
        if self.retry_after is not None:
            self.remedy = f"Try again in {self.retry_after:.0f} s."
        super().__init__(response, message)


class ServerException(APIException):
    """The server answered 5xx."""

    remedy = "The fault is the server's: try again later, or give its operator the request id."


class ConnectionFailed(APIException, requests.exceptions.ConnectionError):
    """No answer arrived: nothing listens there, or the connection broke."""

    default_message = "The server could not be reached."

    def __init__(self, response: requests.Response | None = None, message: str = "") -> None:
        APIException.__init__(self, response, message)
        self.request = None


class RequestTimedOut(ConnectionFailed, requests.exceptions.Timeout):
    """No answer arrived within the configured timeout."""

    default_message = "The server did not answer in time."


class InvalidResponse(APIException):
    """An answer arrived that the API cannot have meant: HTML, cut JSON, the wrong kind of object.

    Parameters
    ----------
    message : str
        What is wrong with it.
    response : requests.Response, optional
        The answer.
    """

    default_message = "The server's answer could not be understood."

    def __init__(self, message: str = "", response: requests.Response | None = None) -> None:
        super().__init__(response, message or self.default_message)


class CursorNotAdvancing(InvalidResponse):
    """The server sends events without moving its cursor, so that reading would never end."""

    default_message = "The server repeats the same page of events."


class AccountsFailed(KloudlessException):
    """Some of many accounts could not be read to their end; the others were.

    Attributes
    ----------
    failures : dict of str to KloudlessException
        By account.
    """

    default_message = "Some accounts could not be read."

    def __init__(self, failures: Mapping[str, KloudlessException]) -> None:
        self.failures = dict(failures)
        lines = [f"account {source}: {error.message}" for source, error in failures.items()]
        super().__init__(
            f"{len(lines)} of the accounts could not be read to their end; what was read is kept. "
            + " | ".join(lines[:5])
            + (f" | and {len(lines) - 5} more, in .failures" if len(lines) > 5 else "")
        )


class ListingIncomplete(KloudlessException):
    """Some of the requests that a listing is made of failed; the others' rows are kept.

    Attributes
    ----------
    failures : dict of str to KloudlessException
        By what was asked for: a folder, a calendar, an account, an application's list.
    frame : pandas.DataFrame
        The rows that could be read.
    """

    default_message = "The listing is not complete."

    def __init__(self, failures: Mapping[str, KloudlessException], frame: pd.DataFrame) -> None:
        self.failures = dict(failures)
        self.frame = frame
        lines = [f"{name}: {error.message}" for name, error in failures.items()]
        super().__init__(
            f"{len(lines)} of the lists that make up the listing could not be read; the others are "
            "in .frame. Ask again, or keep what can be read with on_error='collect' (--keep-going "
            "on the command line). "
            + " | ".join(lines[:5])
            + (f" | and {len(lines) - 5} more, in .failures" if len(lines) > 5 else "")
        )


class NotSignedIn(KloudlessException):
    """A session of `login` holds no credential: not yet, or not any more."""

    default_message = "Nobody is signed in: call login() and fill in its form."


class KeyringUnavailable(KloudlessException):
    """The operating system's keyring cannot be used."""

    default_message = "There is no keyring."


class MissingPackage(KloudlessException, ImportError):
    """Something that is not installed is needed; the message says how to install it."""

    default_message = "A package is missing."

    def __init__(self, message: str = "") -> None:
        KloudlessException.__init__(self, message)
        self.msg = self.message


class ExportFailed(KloudlessException):
    """A file could not be written."""

    default_message = "The file could not be written."


class OutputExists(ExportFailed):
    """There is a file already, and it was not to be replaced."""

    default_message = "The file is there already."


class ExportInterrupted(KloudlessException, KeyboardInterrupt):
    """Ctrl-C during an export. What was written before is kept, and the export can be resumed.

    It is a `KeyboardInterrupt` too, so that a program that ends at Ctrl-C still does.
    """

    default_message = "The export was interrupted."


class ArchiveFailed(KloudlessException):
    """An archive is not there, or cannot be read or written."""

    default_message = "The archive could not be used."


class VerificationFailed(KloudlessException):
    """Files are missing or are not what was exported.

    Parameters
    ----------
    problems : sequence of str
        A sentence about each file.
    remedy : str
        What to do about it.
    """

    def __init__(self, problems: Sequence[str], remedy: str = "Export the data again.") -> None:
        self.problems = list(problems)
        super().__init__(f"{'; '.join(self.problems)}. {remedy}")


_BY_STATUS: dict[int, type[APIException]] = {
    401: AuthorizationException,
    403: ForbiddenException,
    404: NotFoundException,
    429: RateLimitException,
}


def exception_for(response: requests.Response) -> APIException:
    """Return the exception that stands for an unsuccessful answer.

    Parameters
    ----------
    response : requests.Response
        An answer with a status outside 200–399.

    Returns
    -------
    APIException
        Or the subclass that belongs to the status.
    """
    if response.status_code >= 500:
        return ServerException(response)
    return _BY_STATUS.get(response.status_code, APIException)(response)


def parse_retry_after(value: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks to wait.

    Parameters
    ----------
    value : str or None
        Seconds, or an HTTP date (RFC 9110, section 10.2.3).

    Returns
    -------
    float or None
        At least 0; None when there is no header or it is neither.

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
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _error_object(response: requests.Response) -> dict[str, Any]:
    try:
        data = response.json()
    except (ValueError, RuntimeError, requests.RequestException):  # not JSON, or gone
        return {}
    return data if isinstance(data, dict) else {}


def _excerpt(response: requests.Response) -> str:
    """Return the beginning of a body that is not an error object, on one line."""
    try:
        text = response.text
    except (RuntimeError, requests.RequestException):  # a stream that was consumed, or broke
        return ""
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:200] + "…"
