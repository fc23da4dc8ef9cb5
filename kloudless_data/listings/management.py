"""Usage reports, licences, invoices and developers, from the management API.

Which fields they have is not documented beyond their ids; see `kloudless_data.schema.columns` (A).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..display.progress import progress_bar
from ..paging.frames import frame_of_records
from ..schema.columns import SCHEMAS
from ..schema.dtypes import DtypeBackend
from .parts import read_records

if TYPE_CHECKING:
    import pandas as pd

    from ..client import Client

__all__ = ["list_developers", "list_invoices", "list_licenses", "list_usage_reports"]


def list_usage_reports(
    client: Client,
    *,
    show_secrets: bool = False,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    **filters: Any,
) -> pd.DataFrame:
    """Return the reports of what was used in a period of time.

    Parameters
    ----------
    client : Client
        With the developer's meta token.
    show_secrets : bool
        Leave keys and secrets as they are; by default all but the last four characters are
        masked.
    raw : bool
        Ask for the upstream's objects, for the column ``raw``.
    columns : sequence of str, optional
        Only these columns.
    progress : bool, optional
        Show a progress bar; default: when somebody can see it.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As in pandas.
    **filters
        Query parameters, such as ``page_size=100``.

    Returns
    -------
    pandas.DataFrame
        One row a report: ``id``, ``start`` and ``end`` (datetime64[us, UTC]), ``accounts`` and
        ``requests`` (Int64), …

    Raises
    ------
    InvalidParameter
        For a column that there is not.
    APIException
        The server refused or could not be reached.

    Examples
    --------
    >>> from kloudless_data import Client
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     meta = Client(token=sandbox.meta_token, base_url=sandbox.base_url)
    ...     df = list_usage_reports(meta)
    >>> bool((df["start"] < df["end"]).all())
    True
    """
    return _frame(
        client, "usage_reports", filters, show_secrets=show_secrets, raw=raw, columns=columns,
        progress=progress, dtype_backend=dtype_backend,
    )  # fmt: skip


def list_licenses(
    client: Client,
    *,
    show_secrets: bool = False,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    **filters: Any,
) -> pd.DataFrame:
    """Return the licences of Kloudless Enterprise.

    Parameters
    ----------
    client, show_secrets, raw, columns, progress, dtype_backend, **filters
        As for `list_usage_reports`.

    Returns
    -------
    pandas.DataFrame
        One row a licence: ``id``, ``name``, ``active`` (boolean), ``expiry`` (datetime64[us,
        UTC]), … The licence's file itself is at ``meta/licenses/{id}/contents``.

    Raises
    ------
    InvalidParameter
        For a column that there is not.
    APIException
        The server refused or could not be reached.

    Examples
    --------
    >>> from kloudless_data import Client
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     meta = Client(token=sandbox.meta_token, base_url=sandbox.base_url)
    ...     list(list_licenses(meta)["name"])
    ['Enterprise 2026', 'Trial']
    """
    return _frame(
        client, "licenses", filters, show_secrets=show_secrets, raw=raw, columns=columns,
        progress=progress, dtype_backend=dtype_backend,
    )  # fmt: skip


def list_invoices(
    client: Client,
    *,
    show_secrets: bool = False,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    **filters: Any,
) -> pd.DataFrame:
    """Return the developer's invoices.

    Parameters
    ----------
    client, show_secrets, raw, columns, progress, dtype_backend, **filters
        As for `list_usage_reports`.

    Returns
    -------
    pandas.DataFrame
        One row an invoice: ``id``, ``number``, ``date`` and ``due`` (datetime64[us, UTC]),
        ``amount`` (float64, in units of ``currency``), ``paid`` (boolean), … An amount that a
        double does not hold exactly, or that was sent as text, is in ``extra``.

    Raises
    ------
    InvalidParameter
        For a column that there is not.
    APIException
        The server refused or could not be reached.

    Examples
    --------
    >>> from kloudless_data import Client
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     meta = Client(token=sandbox.meta_token, base_url=sandbox.base_url)
    ...     df = list_invoices(meta)
    >>> df.groupby("currency")["amount"].sum().to_dict()
    {'USD': 7500.0}
    """
    return _frame(
        client, "invoices", filters, show_secrets=show_secrets, raw=raw, columns=columns,
        progress=progress, dtype_backend=dtype_backend,
    )  # fmt: skip


def list_developers(
    client: Client,
    *,
    show_secrets: bool = False,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    **filters: Any,
) -> pd.DataFrame:
    """Return the developers whom the meta token may see.

    Parameters
    ----------
    client, show_secrets, raw, columns, progress, dtype_backend, **filters
        As for `list_usage_reports`.

    Returns
    -------
    pandas.DataFrame
        One row a developer: ``id``, ``email``, ``name``, ``company``, ``active``, …

    Raises
    ------
    InvalidParameter
        For a column that there is not.
    APIException
        The server refused or could not be reached.

    Examples
    --------
    >>> from kloudless_data import Client
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     meta = Client(token=sandbox.meta_token, base_url=sandbox.base_url)
    ...     list(list_developers(meta)["email"])
    ['dev@aldermoor.example']
    """
    return _frame(
        client, "developers", filters, show_secrets=show_secrets, raw=raw, columns=columns,
        progress=progress, dtype_backend=dtype_backend,
    )  # fmt: skip


def _frame(
    client: Client,
    name: str,
    filters: dict[str, Any],
    *,
    show_secrets: bool,
    raw: bool,
    columns: Sequence[str] | None,
    progress: bool | None,
    dtype_backend: DtypeBackend | None,
) -> pd.DataFrame:
    schema = SCHEMAS[name]
    schema.arrow(raw=raw, columns=columns)  # a column that there is not: before any request
    title = name.replace("_", " ")
    with progress_bar(title.capitalize(), unit=title, show=progress) as bar:
        records = read_records(
            client, f"meta/{name}", filters=filters, raw=raw, show_secrets=show_secrets, bar=bar
        )
    return frame_of_records(records, schema, raw=raw, columns=columns, dtype_backend=dtype_backend)
