"""`Account`: one connected account of a storage, calendar or CRM service."""

from __future__ import annotations

from . import exceptions
from .application import verify_token
from .client import Account, Client
from .credentials.frames import hides_arguments
from .util import url_join

__all__ = ["Account", "Client", "exceptions", "get_verified_account", "url_join", "verify_token"]


@hides_arguments
def get_verified_account(app_id: str | int, token: str) -> Account:
    """Return the token's account after checking that it belongs to the application.

    Parameters
    ----------
    app_id : str or int
        The application's id.
    token : str
        The account's Bearer token.

    Returns
    -------
    Account

    Raises
    ------
    TokenVerificationFailed
        The token belongs to another application.
    APIException
        The token could not be verified.
    """
    verify_token(app_id, token)
    return Account(token=token)
