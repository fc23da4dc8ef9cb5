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

from .errors.answers import (
    AnswerTooLarge,
    APIException,
    AuthorizationException,
    CursorNotAdvancing,
    ForbiddenException,
    InvalidJSON,
    InvalidResponse,
    NotFoundException,
    RateLimitException,
    RedirectLoop,
    ServerException,
    exception_for,
    is_expired_cursor,
)
from .errors.base import (
    InvalidParameter,
    KloudlessException,
    LocalSetupFailed,
    NoServer,
    UnknownProfile,
    UnknownSetting,
    UntrustedURL,
)
from .errors.connection import (
    AnswerBrokeOff,
    ConnectionFailed,
    ConnectTimedOut,
    DeadlineExceeded,
    ProxyFailed,
    ReadTimedOut,
    RequestTimedOut,
    ServerUnreachable,
    TLSFailed,
)
from .errors.credentials import (
    CredentialNotFound,
    KeyringUnavailable,
    NotSignedIn,
    OauthFlowFailed,
    TokenVerificationFailed,
)
from .errors.partial import (
    AccountsFailed,
    ListingIncomplete,
)
from .errors.work import (
    ArchiveFailed,
    ExportFailed,
    ExportInterrupted,
    MissingPackage,
    NoNextPage,
    OutputExists,
    VerificationFailed,
)
from .text.answers import parse_retry_after, without_credential
from .text.remedies import PYTHON, Note, Remedy

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
    "Note",
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


# Tracebacks, pickles and the documentation show the path by which programs import them.
for _name in __all__:
    if getattr(globals()[_name], "__module__", "").startswith("kloudless_data.errors."):
        globals()[_name].__module__ = __name__
