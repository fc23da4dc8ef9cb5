"""What an account's activity is delivered by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..schema.columns import SCHEMAS
from ..schema.dtypes import DtypeBackend
from .parallel import OnError
from .parts import Part, frame_of_parts, named_accounts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["list_subscriptions"]


def list_subscriptions(
    accounts: Account | Sequence[Account],
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    on_error: OnError = "raise",
    **filters: Any,
) -> pd.DataFrame:
    """Return the subscriptions of an account, or of several accounts in parallel.

    An account has activity only where it has a subscription; one is there by default (D).

    Parameters
    ----------
    accounts : Account or sequence of Account
    raw, columns, progress, dtype_backend, on_error, **filters
        As for `list_calendars`.

    Returns
    -------
    pandas.DataFrame
        One row a subscription: ``id``, ``account``, ``active``, ``default``,
        ``subscription_type``, ``monitored_resources`` (a list, as JSON text), …

    Raises
    ------
    InvalidParameter
        For a column that there is not.
    APIException
        The only account could not be read.
    ListingIncomplete
        Some of several accounts could not be read.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=3, events=10) as sandbox:
    ...     accounts = [Account(token=a.token, base_url=sandbox.base_url)
    ...                 for a in sandbox.accounts]
    ...     df = list_subscriptions(accounts)
    >>> int(df["default"].sum())
    3
    """
    parts = [
        Part(
            f"account {name}",
            account,
            "subscriptions",
            {} if account.account_id == "me" else {"account": account.account_id},
        )
        for name, account in named_accounts(accounts).items()
    ]
    return frame_of_parts(
        parts, SCHEMAS["subscriptions"], title="Subscriptions", filters=filters, raw=raw,
        columns=columns, progress=progress, dtype_backend=dtype_backend, on_error=on_error,
    )  # fmt: skip
