"""Everything that can go wrong, and what to do about it.

::

    KloudlessException
    ├── InvalidParameter             an argument or setting is wrong; nothing was sent
    │   ├── UnknownSetting           there is no such setting
    │   ├── UnknownProfile           there is no profile of that name
    │   ├── NoServer                 no server is configured
    │   ├── UntrustedURL             a URL is not on the configured server; nothing was sent
    │   └── LocalSetupFailed         this machine's proxy or certificates block requests
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
    │   │   ├── RequestTimedOut      no answer arrived in time
    │   │   │   ├── ConnectTimedOut  the server could not be reached in time
    │   │   │   ├── ReadTimedOut     the answer stopped arriving
    │   │   │   └── DeadlineExceeded the answer kept arriving for too long
    │   │   ├── ServerUnreachable    nothing listens there, or no such host is known
    │   │   ├── AnswerBrokeOff       the connection ended in the middle of an answer
    │   │   ├── TLSFailed            no encrypted connection with a trusted server
    │   │   └── ProxyFailed          the proxy could not be reached
    │   └── InvalidResponse          the answer is not one that the API gives
    │       ├── InvalidJSON          JSON that is damaged, cut off or nested too deeply
    │       ├── AnswerTooLarge       a body larger than the configured limit
    │       ├── RedirectLoop         the server redirects in a circle
    │       └── CursorNotAdvancing   the server returns the same events forever
    ├── AccountsFailed               some of many accounts could not be read completely
    ├── ListingIncomplete            some requests behind a listing failed
    ├── ExportInterrupted            Ctrl-C during an export; it can be resumed
    ├── ArchiveFailed                an archive is missing, or cannot be read or written
    ├── VerificationFailed           a file differs from what was exported
    ├── NotSignedIn                  a `login` session holds no credential
    ├── CredentialNotFound           an unpickled client's credential is not known here
    ├── KeyringUnavailable           the operating system's keyring cannot be used
    ├── MissingPackage               a required package is not installed
    └── ExportFailed                 a file could not be written
        └── OutputExists             the file exists and may not be replaced

Names shared with the official SDK mean the same. Errors that the SDK passes through from
``requests`` can still be caught as such: ``ConnectionError``, ``ConnectTimeout``, ``ReadTimeout``,
``SSLError``, ``ProxyError``, ``ChunkedEncodingError``, ``TooManyRedirects``, and ``ValueError`` for
truncated JSON.

Each exception carries facts (`facts`, and attributes such as ``status``) and a remedy code
(`remedy`), which each front end words in its own terms: Python with `PYTHON` here, the command line
and the forms with their own tables. No message contains a credential or a control character. Every
exception can be pickled, without the credential of its request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import requests

from .text.answers import error_object, excerpt, parse_retry_after, without_credential
from .text.positions import tells_expired_cursor
from .text.redaction import redact, redact_url, redacted_data, shown
from .text.remedies import PYTHON, Remedy
from .text.terminal import bounded
from .text.tracebacks import short_traceback

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "PYTHON",
    "APIException",
    "AccountsFailed",
    "AnswerBrokeOff",
    "AnswerTooLarge",
    "ArchiveFailed",
    "AuthorizationException",
    "ConnectTimedOut",
    "ConnectionFailed",
    "CredentialNotFound",
    "CursorNotAdvancing",
    "DeadlineExceeded",
    "ExportFailed",
    "ExportInterrupted",
    "ForbiddenException",
    "InvalidJSON",
    "InvalidParameter",
    "InvalidResponse",
    "KeyringUnavailable",
    "KloudlessException",
    "ListingIncomplete",
    "LocalSetupFailed",
    "MissingPackage",
    "NoNextPage",
    "NoServer",
    "NotFoundException",
    "NotSignedIn",
    "OauthFlowFailed",
    "OutputExists",
    "ProxyFailed",
    "RateLimitException",
    "ReadTimedOut",
    "RedirectLoop",
    "Remedy",
    "RequestTimedOut",
    "ServerException",
    "ServerUnreachable",
    "TLSFailed",
    "TokenVerificationFailed",
    "UnknownProfile",
    "UnknownSetting",
    "UntrustedURL",
    "VerificationFailed",
    "exception_for",
    "is_expired_cursor",
    "parse_retry_after",
    "without_credential",
]

_LONGEST = 4_000  # characters of a message


class KloudlessException(Exception):
    """Base class of every exception that this package raises deliberately.

    Parameters
    ----------
    message : str, optional
        What happened, and what to do about it unless `remedy` says that. Defaults to
        `default_message`.
    remedy : Remedy, optional
        What to do about it.
    **details
        Values for the remedy's sentence, such as ``retry_after``.

    Attributes
    ----------
    message : str
        The text of ``str(exception)``: the facts and, in Python's terms, the remedy.
    facts : str
        What happened, without the remedy.
    remedy : Remedy
    details : dict
    """

    default_message = "Something went wrong."
    default_remedy = Remedy.NONE
    #: True if repeating the request may help.
    may_pass = False

    def __init__(self, message: str = "", *, remedy: Remedy | None = None, **details: Any) -> None:
        self.facts = _safe(message or self.default_message)
        self.remedy = self.default_remedy if remedy is None else remedy
        self.details = details
        self.message = self.worded(PYTHON)
        # Not super(): the constructors of `requests` would drop the response.
        Exception.__init__(self, self.message)

    def __str__(self) -> str:
        return self.message

    def worded(self, remedies: Mapping[Remedy, str]) -> str:
        """Return the message in a front end's terms.

        Parameters
        ----------
        remedies : mapping of Remedy to str
            The front end's sentences; a remedy without one gets Python's.

        Returns
        -------
        str

        Examples
        --------
        >>> error = ConnectionFailed(message="Nothing answers.")
        >>> error.worded({Remedy.CHECK_SERVER: "Check --base-url."})
        'Nothing answers. Check --base-url.'
        """
        sentence = remedies.get(self.remedy, PYTHON[self.remedy]).format(**self.details)
        parts = (self._facts_in(remedies), sentence, self._after_remedy())
        return _safe(" ".join(filter(None, parts)))

    def _facts_in(self, remedies: Mapping[Remedy, str]) -> str:
        """Return what happened; for several failures, each with its remedy."""
        return self.facts

    def _after_remedy(self) -> str:
        """Return the last part of a message, after the remedy."""
        return ""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints; Python itself does not ask."""
        return short_traceback(self)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {
            name: without_credential(value) if isinstance(value, requests.Response) else value
            for name, value in self.__dict__.items()
            if name != "request"
        }
        return _rebuilt, (type(self), self.args, state)


def _rebuilt(
    kind: type[KloudlessException], args: tuple[Any, ...], state: dict[str, Any]
) -> KloudlessException:
    """Rebuild an exception from its pickle without calling a constructor."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


def _safe(text: str) -> str:
    """Return a message on one line and without credentials."""
    text = shown(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


class InvalidParameter(KloudlessException, ValueError):
    """An argument or setting is wrong; no request was made.

    Parameters
    ----------
    message : str
        The problem as a sentence, without its subject if `parameter` is given.
    parameter : str, optional
        The sentence's subject, such as ``"page_size"``; or ``"since:"`` before a whole sentence. A
        front end may use another name for it.

    Attributes
    ----------
    problem : str
        The sentence without its subject.
    """

    default_message = "The parameter is not valid."

    def __init__(
        self,
        message: str = "",
        *,
        parameter: str = "",
        remedy: Remedy | None = None,
        **details: Any,
    ) -> None:
        self.parameter = parameter
        self.problem = _safe(message)
        whole = f"{parameter} {message}" if parameter else message
        super().__init__(whole, remedy=remedy, **details)


class UnknownSetting(InvalidParameter, KeyError):
    """No setting has that name."""


class UnknownProfile(InvalidParameter):
    """No profile has that name."""


class NoServer(InvalidParameter):
    """No server is configured; the hosted service no longer answers."""

    default_message = "No server is set."
    default_remedy = Remedy.SET_SERVER


class UntrustedURL(InvalidParameter):
    """A URL does not belong to the configured server, so credentials may not go there."""

    default_message = "The URL is not on the configured server."


class LocalSetupFailed(InvalidParameter):
    """A proxy or certificate file on this machine blocks requests."""

    default_message = "This machine's network settings do not work."


class TokenVerificationFailed(KloudlessException):
    """The token belongs to a different application."""

    default_message = "The token does not belong to your application."


class OauthFlowFailed(KloudlessException):
    """The authorization flow ended without a token.

    Attributes
    ----------
    error_data : dict
        The authorization server's redirect parameters; empty if the server did not send it.
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
        line = f"{request.method} {bounded(redact_url(response.url), 2_000)} answered {came_back}"
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


class ConnectionFailed(APIException, requests.exceptions.ConnectionError):
    """No answer arrived: nothing listens there, or the connection broke."""

    default_message = "The server could not be reached."
    default_remedy = Remedy.CHECK_SERVER
    may_pass = True
    request = None


class ServerUnreachable(ConnectionFailed):
    """No connection was made: it was refused, or no such host is known."""


class RequestTimedOut(ConnectionFailed, requests.exceptions.Timeout):
    """No answer arrived within the configured timeout."""

    default_message = "The server did not answer in time."
    default_remedy = Remedy.RAISE_READ_TIMEOUT


class ConnectTimedOut(RequestTimedOut, requests.exceptions.ConnectTimeout):
    """No connection was made within ``connect_timeout``."""

    default_remedy = Remedy.CHECK_SERVER


class ReadTimedOut(RequestTimedOut, requests.exceptions.ReadTimeout):
    """No further byte arrived within ``read_timeout``."""


class DeadlineExceeded(ReadTimedOut):
    """Bytes kept arriving, but the answer was not complete within ``total_timeout``."""

    default_remedy = Remedy.RAISE_TOTAL_TIMEOUT
    may_pass = False  # it took minutes, and would again


class AnswerBrokeOff(ConnectionFailed, requests.exceptions.ChunkedEncodingError):
    """The connection ended in the middle of an answer."""


class TLSFailed(ConnectionFailed, requests.exceptions.SSLError):
    """No encrypted connection to a trusted server could be made."""

    default_remedy = Remedy.TRUST_CERTIFICATE
    may_pass = False


class ProxyFailed(ConnectionFailed, requests.exceptions.ProxyError):
    """The configured proxy could not be reached or refused the request."""

    default_remedy = Remedy.CHECK_PROXY
    may_pass = False


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


class _SomeFailed(KloudlessException):
    """Some of many requests failed, each for its own reason."""

    failures: dict[str, KloudlessException]
    _called = "{}"

    def _facts_in(self, remedies: Mapping[Remedy, str]) -> str:
        lines = [
            f"{self._called.format(name)}: {error.worded(remedies)}"
            for name, error in list(self.failures.items())[:_NAMED]
        ]
        more = len(self.failures) - _NAMED
        return " | ".join([self.facts, *lines, *([f"and {more} more, in .failures"] * (more > 0))])


_NAMED = 5  # failures that a message names


class AccountsFailed(_SomeFailed):
    """Some of many accounts could not be read completely; the others were.

    Attributes
    ----------
    failures : dict of str to KloudlessException
        By account.
    """

    default_message = "Some accounts could not be read."
    _called = "account {}"

    def __init__(self, failures: Mapping[str, KloudlessException]) -> None:
        self.failures = dict(failures)
        super().__init__(
            f"{len(self.failures)} of the accounts could not be read completely; what was read "
            "is kept."
        )


class ListingIncomplete(_SomeFailed):
    """Some requests behind a listing failed; the rows of the others are kept.

    Attributes
    ----------
    failures : dict of str to KloudlessException
        By the requested object: a folder, a calendar, an account, an application's list.
    frame : pandas.DataFrame
        The rows that could be read.
    """

    default_message = "The listing is not complete."
    default_remedy = Remedy.KEEP_GOING

    def __init__(self, failures: Mapping[str, KloudlessException], frame: pd.DataFrame) -> None:
        self.failures = dict(failures)
        self.frame = frame
        super().__init__(
            f"{len(self.failures)} of the lists that make up the listing could not be read; the "
            "others are in .frame."
        )


class NotSignedIn(KloudlessException):
    """A `login` session holds no credential, or no longer does."""

    default_message = "Nobody is signed in: call login() and fill in its form."


class CredentialNotFound(KloudlessException):
    """A client was unpickled, and used, in a process that does not know its credential.

    A pickle names the credential and does not hold it.
    """

    default_message = "The credential of a pickled client is not known here."
    default_remedy = Remedy.PASS_CREDENTIAL


class KeyringUnavailable(KloudlessException):
    """The operating system's keyring cannot be used."""

    default_message = "No keyring is available."


class MissingPackage(KloudlessException, ImportError):
    """A required package is not installed; the message says how to install it."""

    default_message = "A package is missing."

    def __init__(self, message: str = "") -> None:
        KloudlessException.__init__(self, message)


class ExportFailed(KloudlessException):
    """A file could not be written."""

    default_message = "The file could not be written."


class OutputExists(ExportFailed):
    """The file exists and may not be replaced."""

    default_message = "The file already exists."


class ExportInterrupted(KloudlessException, KeyboardInterrupt):
    """Ctrl-C during an export. What was already written is kept, and the export can be resumed.

    It is also a `KeyboardInterrupt`, so a program that ends on Ctrl-C still does.
    """

    default_message = "The export was interrupted."


class ArchiveFailed(KloudlessException):
    """An archive is missing, or cannot be read or written."""

    default_message = "The archive could not be used."


class VerificationFailed(KloudlessException):
    """Files are missing or are not what was exported.

    Parameters
    ----------
    problems : sequence of str
        One sentence per file.
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
