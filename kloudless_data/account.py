"""`Account`: one connected account of a storage, calendar or CRM service."""

from __future__ import annotations

from .application import verify_token
from .client import Account

__all__ = ["Account", "get_verified_account"]


def get_verified_account(app_id: str | int, token: str) -> Account:
    """Return the token's account after making sure that it belongs to the application.

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
        It could not be verified.
    """
    verify_token(app_id, token)
    return Account(token=token)
