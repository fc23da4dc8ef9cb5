"""The two ``Authorization`` schemes, and where credentials come from."""

from __future__ import annotations

import os
import re
from typing import ClassVar

import requests

from .exceptions import InvalidParameter

__all__ = ["APIKeyAuth", "BearerTokenAuth", "credential_from"]


class _CredentialAuth(requests.auth.AuthBase):
    """Puts a credential into the ``Authorization`` header and never shows it."""

    scheme: ClassVar[str]
    called: ClassVar[str]

    def __init__(self, credential: str) -> None:
        if not isinstance(credential, str):
            raise InvalidParameter(
                f"{self.called} must be a string, not {type(credential).__name__}."
            )
        credential = credential.strip()  # a line break comes along when one is pasted
        # Anything else would be refused by the HTTP layer with a message that quotes it.
        if not re.fullmatch(r"[\x21-\x7e]+", credential):
            raise InvalidParameter(
                f"{self.called} is empty or holds white space or characters that no credential "
                "has. Copy it again, whole."
            )
        self.credential = credential

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"{self.scheme} {self.credential}"
        return request

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash((self.scheme, self.credential))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: hidden>"


class BearerTokenAuth(_CredentialAuth):
    """``Authorization: Bearer TOKEN``, for an account's token or the meta token.

    Parameters
    ----------
    credential : str
        The token; several may be given, comma-separated.
    """

    scheme = "Bearer"
    called = "The token"


class APIKeyAuth(_CredentialAuth):
    """``Authorization: APIKey KEY``, for everything that an application may see.

    Parameters
    ----------
    credential : str
        The API key.
    """

    scheme = "APIKey"
    called = "The API key"


def credential_from(
    token: str | None = None, api_key: str | None = None
) -> BearerTokenAuth | APIKeyAuth:
    """Return what to authorize requests with.

    Parameters
    ----------
    token, api_key : str, optional
        A token is preferred when both are given. When neither is, the environment variables
        ``KLOUDLESS_TOKEN`` and ``KLOUDLESS_API_KEY`` are looked at, in this order.

    Returns
    -------
    BearerTokenAuth or APIKeyAuth

    Raises
    ------
    InvalidParameter
        When there is no credential, or it cannot be one.
    """
    if token is not None and token != "":
        return BearerTokenAuth(token)
    if api_key is not None and api_key != "":
        return APIKeyAuth(api_key)
    if token is None and api_key is None:  # an empty one was meant to be something
        if os.environ.get("KLOUDLESS_TOKEN"):
            return BearerTokenAuth(os.environ["KLOUDLESS_TOKEN"])
        if os.environ.get("KLOUDLESS_API_KEY"):
            return APIKeyAuth(os.environ["KLOUDLESS_API_KEY"])
    raise InvalidParameter(
        "A credential is missing: pass token= (an account's or the meta token) or api_key= "
        "(the application's), or set KLOUDLESS_TOKEN or KLOUDLESS_API_KEY."
    )
