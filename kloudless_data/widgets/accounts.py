"""`pick_account`: choose one of the accounts that a credential gives access to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..listings import list_accounts
from ..signin.session import LoginSession, client_for
from .account_list import AccountList
from .environment import need_widgets, show

if TYPE_CHECKING:
    import pandas as pd

    from ..client import Client
    from .accounts_form import AccountPicker

__all__ = ["pick_account"]


def pick_account(
    source: LoginSession | Client | None = None,
    *,
    activity: pd.DataFrame | Mapping[str, Any] | None = None,
    **filters: Any,
) -> AccountPicker:
    """Show the accounts that a credential gives access to, to search and choose one.

    Parameters
    ----------
    source : LoginSession or Client, optional
        From `login`, or a client with the application's API key. Defaults to the environment's
        credential.
    activity : pandas.DataFrame or mapping, optional
        When each account was last active: events read earlier, or times by account id. The accounts
        endpoint does not say, but a button looks it up for the chosen account.
    **filters
        Filters for the server, as in `list_accounts`.

    Returns
    -------
    AccountPicker
        ``picker.account`` is the chosen `Account`.

    Raises
    ------
    MissingPackage
        ipywidgets is not installed.
    NotSignedIn, APIException
        The accounts cannot be listed.

    Examples
    --------
    >>> import kloudless_data as kd
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=3, events=10) as sandbox:
    ...     client = kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    ...     picker = pick_account(client)
    >>> picker.choose(sandbox.accounts[1].id)  # what a click does
    <Account ...>
    >>> picker.account.account_id == str(sandbox.accounts[1].id)
    True
    """
    need_widgets("pick_account")
    from .accounts_form import AccountPicker

    client = client_for(source)
    frame = list_accounts(client, progress=False, **filters)
    picker = AccountPicker(AccountList(frame, activity), client)
    show(picker)
    return picker
