"""Listing functions made from their specifications."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..account import Account
from ..client import Client
from ..interchange.frame import DtypeBackend
from .as_users import AsUsers, collects
from .parallel import OnError
from .read import ListRequest, read_list, read_lists, requests_of_accounts
from .specs import SPECS, ListingSpec

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "list_accounts",
    "list_calendars",
    "list_developers",
    "list_groups",
    "list_invoices",
    "list_licenses",
    "list_links",
    "list_subscriptions",
    "list_usage_reports",
    "list_users",
]

F = TypeVar("F", bound=Callable[..., Any])
_DOC = """{summary}

    Parameters
    ----------
{first}
    raw : bool
        Request the upstream service's own objects, for the column ``raw``.
    columns : sequence of str, optional
        Only these columns.
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.
    dtype_backend : {{"numpy_nullable", "pyarrow"}}, optional
        As in pandas.
{more}
    **filters
        Query parameters by which the server filters, such as {filters}.

    Returns
    -------
    pandas.DataFrame
{rows}

    Raises
    ------
    InvalidParameter
        A column does not exist.
    APIException
        The server refused the request or could not be reached.
{errors}
    Examples
    --------
    >>> from kloudless_data import Account, Client
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=3, events=10) as sandbox:
    ...     {example_client}
    ...     df = {name}({argument})
{example}
    """
_CLIENT = {
    "application": (
        "With the application's API key. A token sees only its own account.",
        "client = Client(api_key=sandbox.api_key, base_url=sandbox.base_url)",
        '``enabled=True``, ``admin=True``, ``service="box"``',
    ),
    "developer": (
        "With the developer's meta token.",
        "client = Client(token=sandbox.meta_token, base_url=sandbox.base_url)",
        "``page_size=100``",
    ),
}
_SHOW_SECRETS = """    show_secrets : bool
        Show keys and secrets in full. By default all but the last four characters are masked."""
_ON_ERROR = """    as_users : {"all"} or sequence of str, optional
        Read as each user of the team, in parallel, if an administrator sees their data only that
        way (box, dropbox, gdrive, onedrivebiz, and the mail and calendar services), or as the users
        with these ids. What several users see is kept once.
    on_error : {"raise", "collect"}, optional
        What to do, after reading all others, about accounts or users that could not be read: raise
        `ListingIncomplete`, or record them in ``frame.attrs["failures"]``. Defaults to recording
        users, and to raising for accounts."""
_INCOMPLETE = """    ListingIncomplete
        Some of several accounts could not be read.
"""


class ClientListing(Protocol):
    """A listing that one credential can see."""

    def __call__(
        self,
        client: Client,
        *,
        raw: bool = False,
        columns: Sequence[str] | None = None,
        progress: bool | None = None,
        dtype_backend: DtypeBackend | None = None,
        **filters: Any,
    ) -> pd.DataFrame:
        """Read the listing."""


class AccountListing(Protocol):
    """A listing that every account has."""

    def __call__(
        self,
        accounts: Account | Sequence[Account],
        *,
        raw: bool = False,
        columns: Sequence[str] | None = None,
        progress: bool | None = None,
        dtype_backend: DtypeBackend | None = None,
        as_users: AsUsers = None,
        on_error: OnError | None = None,
        **filters: Any,
    ) -> pd.DataFrame:
        """Read the listing."""


def _of_application(spec: ListingSpec) -> ClientListing:
    def read(
        client: Client,
        *,
        raw: bool = False,
        columns: Sequence[str] | None = None,
        progress: bool | None = None,
        dtype_backend: DtypeBackend | None = None,
        **filters: Any,
    ) -> pd.DataFrame:
        return read_list(
            client, spec, filters=filters, raw=raw, columns=columns, progress=progress,
            dtype_backend=dtype_backend,
        )  # fmt: skip

    return _documented(read, spec)


def _of_developer(spec: ListingSpec) -> ClientListing:
    def read(
        client: Client,
        *,
        show_secrets: bool = False,
        raw: bool = False,
        columns: Sequence[str] | None = None,
        progress: bool | None = None,
        dtype_backend: DtypeBackend | None = None,
        **filters: Any,
    ) -> pd.DataFrame:
        return read_list(
            client, spec, filters=filters, raw=raw, columns=columns, progress=progress,
            dtype_backend=dtype_backend, mask=not show_secrets,
        )  # fmt: skip

    return _documented(read, spec)


def _of_accounts(spec: ListingSpec) -> AccountListing:
    def read(
        accounts: Account | Sequence[Account],
        *,
        raw: bool = False,
        columns: Sequence[str] | None = None,
        progress: bool | None = None,
        dtype_backend: DtypeBackend | None = None,
        as_users: AsUsers = None,
        on_error: OnError | None = None,
        **filters: Any,
    ) -> pd.DataFrame:
        requests: list[ListRequest] = requests_of_accounts(accounts, spec, as_users)
        return read_lists(
            requests, spec.schema, filters=filters, raw=raw, columns=columns, progress=progress,
            dtype_backend=dtype_backend, on_error=on_error or collects(as_users),
            unique=as_users is not None,
        )  # fmt: skip

    return _documented(read, spec)


def _documented(read: F, spec: ListingSpec) -> F:
    """Give a function the name and documentation of its specification."""
    name = f"list_{spec.schema}"
    if spec.scope == "account":
        first = "    accounts : Account or sequence of Account"
        number = spec.example_account
        client = (
            f"account = Account(token=sandbox.accounts[{number}].token, base_url=sandbox.base_url)"
        )
        filters, argument = "``page_size=100``", "account"
    else:
        about, client, filters = _CLIENT[spec.scope]
        first, argument = f"    client : Client\n        {about}", "client"
    read.__name__ = read.__qualname__ = name
    read.__doc__ = _DOC.format(
        summary=spec.summary,
        first=f"{first}\n{_SHOW_SECRETS}" if spec.scope == "developer" else first,
        more=_ON_ERROR if spec.scope == "account" else "",
        filters=filters,
        rows=textwrap.fill(spec.rows, 100, initial_indent=" " * 8, subsequent_indent=" " * 8),
        errors=_INCOMPLETE if spec.scope == "account" else "",
        example_client=client,
        name=name,
        argument=argument,
        example=textwrap.indent(spec.example, " " * 4),
    ).replace("\n\n    **filters", "\n    **filters")
    return read


list_accounts = _of_application(SPECS["accounts"])
list_usage_reports = _of_developer(SPECS["usage_reports"])
list_licenses = _of_developer(SPECS["licenses"])
list_invoices = _of_developer(SPECS["invoices"])
list_developers = _of_developer(SPECS["developers"])
list_calendars = _of_accounts(SPECS["calendars"])
list_subscriptions = _of_accounts(SPECS["subscriptions"])
list_users = _of_accounts(SPECS["users"])
list_groups = _of_accounts(SPECS["groups"])
list_links = _of_accounts(SPECS["links"])
