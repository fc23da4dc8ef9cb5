"""The two ``Authorization`` schemes."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import requests

from .credentials.find import from_environment
from .credentials.frames import hides_arguments
from .credentials.kinds import API_KEY, TOKEN
from .credentials.references import recalled, reference_to
from .exceptions import InvalidParameter, Remedy
from .text.redaction import remember

__all__ = ["APIKeyAuth", "BaseAuth", "BearerTokenAuth", "credential_from"]


class BaseAuth(requests.auth.AuthBase):
    """Puts a credential into the ``Authorization`` header and never shows it.

    A copy also contains the credential. A pickle only names it; see
    `kloudless_data.credentials.references`.

    Parameters
    ----------
    key : str
        The credential.

    Attributes
    ----------
    key : str
        Looked up on first use if this was unpickled in another process, which may not have it.
    scheme : str
        The first word of the header.
    auth_header : str
        The header's value.
    """

    called = "The credential"

    @hides_arguments
    def __init__(self, key: str) -> None:
        self._base_url: str | None = None
        self.key = key

    @classmethod
    def referred(cls, reference: str, base_url: str | None = None) -> Self:
        """Return an authorization by the name of its credential, which is looked up on first use.

        A worker that does not have the credential then fails with the task, not while it unpickles
        the task: that would end the worker, and `multiprocessing.Pool` would wait forever.

        Parameters
        ----------
        reference : str
            From `kloudless_data.credentials.references.reference_to`.
        base_url : str, optional
            The server whose credential the keyring is asked for.
        """
        auth = cls.__new__(cls)
        auth._base_url, auth._key, auth._reference = base_url, None, reference
        return auth

    @property
    def reference(self) -> str:
        """The name of the credential, which gives nothing away."""
        return self._reference

    @property
    def key(self) -> str:
        """The credential."""
        if self._key is None:
            self.key = recalled(self._reference, self._base_url)
        return cast(str, self._key)

    @key.setter
    def key(self, key: str) -> None:
        if not isinstance(key, str):
            raise InvalidParameter(f"{self.called} must be a string, not {type(key).__name__}.")
        key = key.strip()  # pasted text often ends in a line break
        # The HTTP layer would reject anything else with a message that quotes it.
        if not re.fullmatch(r"[\x21-\x7e]+", key):
            raise InvalidParameter(
                f"{self.called} is empty or contains white space or characters that no credential "
                "has. Copy it again completely."
            )
        remember(key)
        self._key: str | None = key
        self._reference = reference_to(key)  # a process forked from this one knows it too

    @property
    def scheme(self) -> str:
        """The first word of the header."""
        raise NotImplementedError

    @property
    def auth_header(self) -> str:
        """The header's value, which contains the credential."""
        return f"{self.scheme} {self.key}"

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Authorize a request."""
        r.headers["Authorization"] = self.auth_header
        return r

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.reference == self.reference

    def __hash__(self) -> int:
        return hash((type(self), self.reference))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: hidden>"

    def __copy__(self) -> Self:
        auth = type(self).__new__(type(self))
        auth.__dict__.update(self.__dict__)
        return auth

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).referred, (self.reference, self._base_url)


class BearerTokenAuth(BaseAuth):
    """``Authorization: Bearer TOKEN``, for an account's token or the meta token.

    Parameters
    ----------
    key : str
        The token, or several, comma-separated.
    """

    scheme = TOKEN.scheme
    called = "The token"


class APIKeyAuth(BaseAuth):
    """``Authorization: APIKey KEY``, for everything that an application can access.

    Parameters
    ----------
    key : str
        The API key.
    """

    scheme = API_KEY.scheme
    called = "The API key"


def credential_from(
    token: str | None = None, api_key: str | None = None
) -> BearerTokenAuth | APIKeyAuth:
    """Return the authorization for requests.

    Parameters
    ----------
    token, api_key : str, optional
        If both are given, the token wins. If neither is, the environment variables
        ``KLOUDLESS_TOKEN`` and ``KLOUDLESS_API_KEY`` are used, in this order.

    Returns
    -------
    BearerTokenAuth or APIKeyAuth

    Raises
    ------
    InvalidParameter
        If there is no credential, or it is malformed.
    """
    if token is not None and token != "":
        return BearerTokenAuth(token)
    if api_key is not None and api_key != "":
        return APIKeyAuth(api_key)
    # An empty credential is a mistake, not a missing one.
    if token is None and api_key is None and (found := from_environment([TOKEN, API_KEY])):
        kind = APIKeyAuth if found.kind == API_KEY.name else BearerTokenAuth
        return kind(found.credential)
    raise InvalidParameter("A credential is missing.", remedy=Remedy.PASS_CREDENTIAL)
