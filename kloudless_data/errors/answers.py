"""Exceptions about answers: refused requests, and answers that the API does not give."""

from __future__ import annotations

import json
from typing import Any

import requests

from ..text.answers import error_object, excerpt, name_of_request, parse_retry_after
from ..text.positions import tells_expired_cursor
from ..text.redaction import redact, redacted_data
from ..text.remedies import Remedy
from ..text.terminal import bounded
from .base import KloudlessException

__all__ = [
    "APIException",
    "AnswerTooLarge",
    "AuthorizationException",
    "CursorNotAdvancing",
    "ForbiddenException",
    "InvalidJSON",
    "InvalidResponse",
    "NotFoundException",
    "RateLimitException",
    "RedirectLoop",
    "ServerException",
    "exception_for",
    "is_expired_cursor",
]

_LONGEST = 4_000  # characters of a server's message that are examined


class APIException(KloudlessException):
    """A request failed.

    Parameters
    ----------
    response : requests.Response, optional
        The answer, if there was one.
    message : str, optional
        Replaces the text derived from the answer.

    Attributes
    ----------
    response : requests.Response or None
    status : int or None
        The HTTP status.
    error_data : dict
        The error's JSON object; ``{}`` if the body was something else.
    error_code : str or None
        For example ``"invalid_parameters"``.
    request_id : str or None
        The id by which the server's operator can find this request.
    """

    default_message = "The request failed."
    default_remedy = Remedy.CORRECT_REQUEST

    def __init__(
        self,
        response: requests.Response | None = None,
        message: str = "",
        *,
        remedy: Remedy | None = None,
        **details: Any,
    ) -> None:
        self.response = response
        self.status = None if response is None else response.status_code
        self.error_data = {} if response is None else redacted_data(error_object(response))
        self.error_code: str | None = _text(self.error_data.get("error_code"))
        self.request_id: str | None = _text(self.error_data.get("id"))
        if remedy is None and message and self.default_remedy is Remedy.CORRECT_REQUEST:
            remedy = Remedy.NONE  # the message says it
        if response is not None and not message:
            message = self._describe(response)
        super().__init__(message, remedy=remedy, **details)

    def _describe(self, response: requests.Response) -> str:
        """Return what was asked and what came back."""
        request = response.request
        came_back = f"{response.status_code} {bounded(response.reason or '')}".strip()
        if self.error_code:
            came_back += f" ({bounded(self.error_code, 80)})"
        said = str(self.error_data.get("message") or excerpt(response))
        detail = bounded(redact(said[:_LONGEST]))
        line = f"{name_of_request(response)} answered {came_back}"
        if detail:
            line += f": {detail}"
        if not line.endswith((".", "!", "?", "…")):
            line += "."
        # A server may quote the credential back.
        return redact(line, request.headers.get("Authorization"))

    def _after_remedy(self) -> str:
        described = self.response is not None and self.request_id and self._says_request_id()
        return f"[request id {bounded(str(self.request_id), 80)}]" if described else ""

    def _says_request_id(self) -> bool:
        """Return True if the request id helps the operator."""
        return True


class AuthorizationException(APIException):
    """The server answered 401: the credential is wrong, expired or revoked."""

    default_remedy = Remedy.CHECK_CREDENTIAL


class ForbiddenException(APIException):
    """The server answered 403: the credential is known but may not do this."""

    default_remedy = Remedy.OTHER_CREDENTIAL


class NotFoundException(APIException):
    """The server answered 404."""

    default_remedy = Remedy.CHECK_PATH


class RateLimitException(APIException):
    """The server answered 429, even after the retries.

    Attributes
    ----------
    retry_after : float or None
        Seconds until the server accepts requests again, if it said so.
    """

    default_remedy = Remedy.SLOW_DOWN
    may_pass = True

    def __init__(self, response: requests.Response | None = None, message: str = "") -> None:
        self.retry_after = (
            None if response is None else parse_retry_after(response.headers.get("Retry-After"))
        )
        remedy = Remedy.SLOW_DOWN if self.retry_after is None else Remedy.WAIT
        super().__init__(response, message, remedy=remedy, retry_after=self.retry_after)


class ServerException(APIException):
    """The server answered 5xx."""

    default_remedy = Remedy.ASK_OPERATOR

    @property
    def may_pass(self) -> bool:  # type: ignore[override]
        """True for a status by which a server says that it is busy."""
        return self.status in (502, 503, 504)


class InvalidResponse(APIException):
    """The answer is not one that the API gives: HTML, truncated JSON, the wrong kind of object.

    Parameters
    ----------
    message : str
        What is wrong with the answer.
    response : requests.Response, optional
        The answer.
    """

    default_message = "The server's answer could not be understood."
    default_remedy = Remedy.NONE
    may_pass = True

    def __init__(
        self,
        message: str = "",
        response: requests.Response | None = None,
        *,
        remedy: Remedy | None = None,
        **details: Any,
    ) -> None:
        super().__init__(response, message or self.default_message, remedy=remedy, **details)

    def _says_request_id(self) -> bool:
        return False


class InvalidJSON(InvalidResponse, requests.exceptions.InvalidJSONError, ValueError):
    """A JSON answer is damaged, cut off or nested too deeply."""

    default_message = "The server's answer is not JSON."


class AnswerTooLarge(InvalidResponse):
    """The body is larger than ``max_body_bytes``, once it is decompressed."""

    default_message = "The server's answer is too large."
    default_remedy = Remedy.RAISE_BODY_LIMIT
    may_pass = False


class RedirectLoop(InvalidResponse, requests.exceptions.TooManyRedirects):
    """The server redirects in a circle."""

    default_message = "The server redirects in a circle."
    may_pass = False


class CursorNotAdvancing(InvalidResponse):
    """The server sends events without advancing its cursor, so reading would never end."""

    default_message = "The server repeats the same page of events."


_BY_STATUS: dict[int, type[APIException]] = {
    401: AuthorizationException,
    403: ForbiddenException,
    404: NotFoundException,
    429: RateLimitException,
}


def exception_for(response: requests.Response) -> APIException:
    """Return the exception for an unsuccessful answer.

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


def is_expired_cursor(error: BaseException | None) -> bool:
    """Return True if the server says that a cursor is too old; the wording is undocumented (A).

    Judges only the server's ``message`` and ``error_code``: not the URL, which contains the word
    "cursor", and not the status, which may be any 4xx.

    Parameters
    ----------
    error : exception

    Returns
    -------
    bool
    """
    if not isinstance(error, APIException) or error.status is None:
        return False
    said = str(error.error_data.get("message") or "")[:_LONGEST]
    return tells_expired_cursor(error.status, str(error.error_code or ""), said)


def _text(value: object) -> str | None:
    return None if value is None else value if isinstance(value, str) else json.dumps(value)
