"""Translate exceptions of ``requests`` and urllib3, adding the request and the remedy."""

from __future__ import annotations

import http.client
import os
import re
from collections.abc import Mapping

import requests
import urllib3
from requests import exceptions as theirs

from ..exceptions import (
    AnswerBrokeOff,
    ConnectionFailed,
    ConnectTimedOut,
    DeadlineExceeded,
    InvalidParameter,
    InvalidResponse,
    KloudlessException,
    LocalSetupFailed,
    ProxyFailed,
    ReadTimedOut,
    RedirectLoop,
    Remedy,
    RequestTimedOut,
    ServerUnreachable,
    TLSFailed,
)
from ..text.files import is_endless
from ..text.redaction import redact_url
from ..text.terminal import bounded
from .deadline import Deadline

__all__ = ["FAILURES", "check_certificates", "failure_for"]

#: What a request may raise; anything else is a bug.
FAILURES = (theirs.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)

# What `requests` and OpenSSL report of certificate files: whether it is the client's own, and what
# is wrong with it.
_FILES = (
    ("TLS CA certificate bundle", False, "is not there"),
    ("TLS (certificate|key) file", True, "is not there"),
    (r"\[SSL\] PEM lib|KEY_VALUES_MISMATCH", True, "holds no certificate with its key"),
    (r"no certificate or crl found|NO_CERTIFICATE_OR_CRL|\[X509", False,
     "holds no certificate that can be read"),
)  # fmt: skip
# Reasons that read badly in the original.
_REASONS = {
    urllib3.exceptions.InvalidChunkLength: "the answer's chunks are malformed",
    urllib3.exceptions.IncompleteRead: "the answer ended before it was complete",
    http.client.IncompleteRead: "the answer ended before it was complete",
}
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# What OpenSSL reports when the other side does not speak TLS.
_NO_TLS = re.compile(
    "WRONG_VERSION_NUMBER|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE|PACKET_LENGTH_TOO_LONG"
    "|record layer failure|wrong version number|http request",
    re.IGNORECASE,
)


def failure_for(
    error: Exception,
    what: str,
    deadline: Deadline,
    *,
    url: str,
    verify: object = True,
    proxies: Mapping[str, str] | None = None,
) -> KloudlessException:
    """Return this package's exception for one of `FAILURES`.

    Parameters
    ----------
    error : Exception
    what : str
        The request's method and URL.
    deadline : Deadline
        The request's deadline.
    url : str
        The request's URL.
    verify : object
        How to verify certificates, as in ``requests``.
    proxies : mapping of str to str, optional
        The session's proxies.

    Returns
    -------
    KloudlessException
        Names the request. Do not chain the original: its thirty frames of urllib3 say less and may
        quote a credential.
    """
    if isinstance(error, KloudlessException):
        return error
    if deadline.expired:
        return DeadlineExceeded(
            message=f"{what} got no whole answer within {deadline.seconds:g} s, though bytes may "
            "have kept arriving."
        )
    if isinstance(error, theirs.RequestException | urllib3.exceptions.HTTPError) and _is_timeout(
        error
    ):
        return _timed_out(error, what)
    if isinstance(error, theirs.TooManyRedirects):
        return RedirectLoop(f"{what}: the server redirects in a circle.")
    if isinstance(error, theirs.InvalidHeader) and any(
        isinstance(cause, urllib3.exceptions.InvalidHeader) for cause in _chain(error)
    ):
        return InvalidResponse(f"{what} got an answer with contradictory or malformed headers.")
    if isinstance(error, theirs.InvalidHeader | UnicodeError):
        # The original message quotes the header's value, which may be a secret.
        return InvalidParameter(
            f"{what}: a header or the URL holds a line break or another character that HTTP "
            "forbids."
        )
    if local := _local_setup(error, what, url, verify, proxies):
        return local
    if isinstance(error, theirs.SSLError | urllib3.exceptions.SSLError):
        return _tls_failed(error, what)
    if isinstance(error, theirs.ProxyError | urllib3.exceptions.ProxyError):
        setting, proxy = _proxy_of(url, proxies)
        return ProxyFailed(
            message=f"{what} failed: the proxy {proxy}, set by {setting}, could not be used "
            f"({_reason(error)}).",
            setting=setting,
        )
    if isinstance(error, theirs.InvalidURL | theirs.InvalidSchema | theirs.MissingSchema):
        return InvalidParameter(f"{what}: this is not a URL that can be requested.")
    if isinstance(error, theirs.InvalidJSONError):
        return InvalidParameter(f"{what}: the body cannot be written as JSON ({_reason(error)}).")
    if isinstance(error, theirs.ChunkedEncodingError):
        return AnswerBrokeOff(message=f"{what} failed: {_reason(error)}.")
    if isinstance(error, theirs.ContentDecodingError):
        return InvalidResponse(f"{what}: the answer is not compressed as its headers say.")
    if isinstance(error, ValueError) and not isinstance(
        error, urllib3.exceptions.HTTPError | OSError
    ):
        return InvalidParameter(f"{what} cannot be sent: {_reason(error)}.")
    if re.search(r"^\x15\x03[\x00-\x04]", str(_chain(error)[-1])):  # an alert of TLS
        return TLSFailed(
            message=f"{what} failed: the server speaks TLS at this port.", remedy=Remedy.WITH_TLS
        )
    refused = any(isinstance(c, urllib3.exceptions.NewConnectionError) for c in _chain(error))
    return (ServerUnreachable if refused else ConnectionFailed)(
        message=f"{what} failed: {_reason(error)}."
    )


def _timed_out(error: Exception, what: str) -> RequestTimedOut:
    causes = tuple(_chain(error))
    connecting = (theirs.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError)
    if any(isinstance(cause, connecting) for cause in causes):
        return ConnectTimedOut(message=f"{what} got no connection in time.")
    return ReadTimedOut(message=f"{what} got no answer in time.")


def _tls_failed(error: Exception, what: str) -> KloudlessException:
    reason = _reason(error)
    if _NO_TLS.search(str(error)):
        return TLSFailed(
            message=f"{what} failed: the server does not speak TLS at this port ({reason}).",
            remedy=Remedy.PLAIN_HTTP,
        )
    if "CERTIFICATE_VERIFY_FAILED" in str(error) or "match" in str(error):
        return TLSFailed(
            message=f"{what} failed: the server's certificate is not trusted ({reason})."
        )
    return TLSFailed(
        message=f"{what} failed: no encrypted connection could be made ({reason}).",
        remedy=Remedy.CHECK_SERVER,
    )


def _local_setup(
    error: Exception,
    what: str,
    url: str,
    verify: object,
    proxies: Mapping[str, str] | None,
) -> LocalSetupFailed | None:
    """Return the local problem that kept the request from being sent, if any."""
    text = str(error)
    for said, of_client, problem in _FILES:
        if re.search(said, text, re.IGNORECASE):
            path = text.partition("invalid path: ")[2]
            setting, file = ("cert", path) if of_client else _certificates(verify)
            kind = "client certificate" if of_client else "file of trusted certificates"
            return LocalSetupFailed(
                f"{what} was not sent: the {kind} {file}, set by {setting}, {problem}. Correct "
                f"{setting}, or unset it.".replace(" ,", ",")
            )
    about_a_url = isinstance(error, theirs.InvalidURL | urllib3.exceptions.LocationValueError)
    if "SOCKS" in text or (about_a_url and not _is_usable(_proxy_for(url, proxies))):
        setting, proxy = _proxy_of(url, proxies)
        return LocalSetupFailed(
            f"{what} was not sent: the proxy {proxy!r}, set by {setting}, is not one that can be "
            "used. It should look like 'http://proxy.example.com:3128'.",
            remedy=Remedy.CHECK_PROXY,
            setting=setting,
        )
    return None


def _certificates(verify: object) -> tuple[str, str]:
    """Return the setting that names the certificate file, and the file."""
    if isinstance(verify, str):
        for name in _CERTIFICATES:
            if os.environ.get(name) == verify:
                return name, verify
        return "verify", verify
    for name in _CERTIFICATES:
        if os.environ.get(name):
            return name, os.environ[name]
    return "verify", str(requests.utils.DEFAULT_CA_BUNDLE_PATH)


def check_certificates(verify: object, cert: object) -> None:
    """Refuse certificate files that may never end, which OpenSSL would wait for.

    Parameters
    ----------
    verify, cert : object
        As in ``requests``.

    Raises
    ------
    LocalSetupFailed
        One is a device, a pipe or a socket.
    """
    own = (cert,) if isinstance(cert, str) else cert if isinstance(cert, tuple) else ()
    named = {"cert": own, "verify": (verify,)}
    for given, files in named.items():
        for file in files:
            if isinstance(file, str) and is_endless(file):
                setting = given if given == "cert" else _certificates(file)[0]
                raise LocalSetupFailed(
                    f"{file}, set by {setting}, is a device, a pipe or a socket, not a file of "
                    f"certificates. Correct {setting}, or unset it."
                )


def _is_usable(proxy: str | None) -> bool:
    """Return True for a valid proxy URL, or none at all."""
    if proxy is None:
        return True
    try:
        parts = urllib3.util.parse_url(proxy)
    except urllib3.exceptions.LocationParseError:
        return False
    return bool(parts.host) and (parts.scheme or "http") in ("http", "https")


def _proxy_for(url: str, proxies: Mapping[str, str] | None) -> str | None:
    """Return the proxy for a URL, from the session or the environment."""
    try:
        return requests.utils.select_proxy(
            url, {**requests.utils.get_environ_proxies(url), **(proxies or {})}
        )
    except ValueError:
        return None


def _proxy_of(url: str, proxies: Mapping[str, str] | None) -> tuple[str, str]:
    """Return the setting that names the proxy for a URL, and the redacted proxy."""
    found = _proxy_for(url, proxies)
    if found in (proxies or {}).values():
        return "proxies", redact_url(found)
    for name, value in os.environ.items():
        if found and value == found and name.lower().endswith("_proxy"):
            return name, redact_url(found)
    return "the system's proxy settings", redact_url(found)


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and the errors it wraps, outermost first."""
    chain = [error]
    for _ in range(10):
        inner = getattr(error, "reason", None) or next(
            (a for a in reversed(error.args) if isinstance(a, BaseException)), None
        )
        if not isinstance(inner, BaseException):
            break
        error = inner
        chain.append(error)
    return chain


def _is_timeout(error: BaseException) -> bool:
    # After its retries urllib3 wraps a timeout so that requests no longer recognises it.
    chain = _chain(error)
    refused = isinstance(chain[-1], urllib3.exceptions.NewConnectionError)  # a "timeout" to urllib3
    return not refused and any(
        isinstance(cause, theirs.Timeout | urllib3.exceptions.TimeoutError) for cause in chain
    )


def _reason(error: BaseException) -> str:
    """Return the innermost reason of a chain of errors, in a few words."""
    innermost = _chain(error)[-1]
    for kind, reason in _REASONS.items():
        if isinstance(innermost, kind):
            return reason
    text = str(innermost.args[-1] if innermost.args else innermost) or type(innermost).__name__
    # "<…HTTPConnection object at 0x…>: Failed to establish a new connection: [Errno 111] …"
    text = re.sub(r"^.*Failed to establish a new connection: (\[Errno -?\d+\] )?", "", text)
    text = re.sub(r"^HTTPS?Connection\([^()]*\): ", "", text)
    text = re.sub(r"<[^<>]* object at 0x[0-9a-f]+>", "connection", text)
    return bounded(text.rpartition(">: ")[2].rstrip("."), 200) or type(innermost).__name__
