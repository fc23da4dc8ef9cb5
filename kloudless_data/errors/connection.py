"""Exceptions about connections: no answer arrived, or only a part of one."""

from __future__ import annotations

import requests

from ..text.remedies import Remedy
from .answers import APIException

__all__ = [
    "AnswerBrokeOff",
    "ConnectTimedOut",
    "ConnectionFailed",
    "DeadlineExceeded",
    "ProxyFailed",
    "ReadTimedOut",
    "RequestTimedOut",
    "ServerUnreachable",
    "TLSFailed",
]


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
