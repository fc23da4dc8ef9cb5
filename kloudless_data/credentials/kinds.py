"""The kinds of credentials: their names, and where each is passed."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["API_KEY", "KINDS", "META_TOKEN", "TOKEN", "CredentialKind"]


@dataclass(frozen=True)
class CredentialKind:
    """One kind of credential.

    Attributes
    ----------
    name : str
        The keyword argument for it.
    label : str
        The name shown to people.
    variable : str
        The environment variable that holds it.
    scheme : {"Bearer", "APIKey"}
        The authorization scheme of requests.
    """

    name: str
    label: str
    variable: str
    scheme: str

    @property
    def takes_app_id(self) -> bool:
        """True if an application's id can be checked against it; an API key implies one."""
        return self.scheme == "Bearer"

    @property
    def opens_accounts(self) -> bool:
        """True unless it opens only the management API."""
        return self.name != "meta_token"

    @property
    def argument(self) -> str:
        """The argument of `Client` that takes it."""
        return "api_key" if self.scheme == "APIKey" else "token"


TOKEN = CredentialKind("token", "Account token", "KLOUDLESS_TOKEN", "Bearer")
API_KEY = CredentialKind("api_key", "API key", "KLOUDLESS_API_KEY", "APIKey")
META_TOKEN = CredentialKind("meta_token", "Meta token", "KLOUDLESS_META_TOKEN", "Bearer")

#: By name, in the order in which they are looked up.
KINDS = {kind.name: kind for kind in (TOKEN, API_KEY, META_TOKEN)}
