"""Exceptions about signing in, and about credentials that cannot be found or kept."""

from __future__ import annotations

from typing import Any

from ..text.remedies import Remedy
from .base import KloudlessException

__all__ = [
    "CredentialNotFound",
    "KeyringUnavailable",
    "NotSignedIn",
    "OauthFlowFailed",
    "TokenVerificationFailed",
]


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
