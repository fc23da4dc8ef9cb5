"""The accounts that are connected to an application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..schema.columns import SCHEMAS
from ..schema.dtypes import DtypeBackend
from .parts import frame_of_list

if TYPE_CHECKING:
    import pandas as pd

    from ..client import Client

__all__ = ["list_accounts"]


def list_accounts(
    client: Client,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    **filters: Any,
) -> pd.DataFrame:
    """Return the accounts that are connected to an application.

    Parameters
    ----------
    client : Client
        With the application's API key; with a token, only that token's own account is seen.
    raw : bool
        Ask for the upstream's objects, for the column ``raw``.
    columns : sequence of str, optional
        Only these columns.
    progress : bool, optional
        Show a progress bar; default: when somebody can see it.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As in pandas.
    **filters
        What the server filters by, such as ``enabled=True``, ``admin=True``, ``service="box"``.

    Returns
    -------
    pandas.DataFrame
        One row an account: ``id``, ``account``, ``service``, ``admin``, ``active``, ``created``, …

    Raises
    ------
    APIException
        The server refused or could not be reached.

    Examples
    --------
    >>> from kloudless_data import Client
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=5, events=10) as sandbox:
    ...     client = Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    ...     len(list_accounts(client))
    5
    """
    return frame_of_list(
        client, "accounts", SCHEMAS["accounts"], title="Accounts", filters=filters,
        raw=raw, columns=columns, progress=progress, dtype_backend=dtype_backend,
    )  # fmt: skip
