"""Join events with their accounts and applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..exceptions import InvalidParameter
from ..schema.semantics import people_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["join_accounts"]

# Column of the joined frame -> column of `list_accounts`.
_OF_ACCOUNTS = {
    "service": "service",
    "account_name": "account",
    "account_admin": "admin",
    "application_id": "application_id",
}


def join_accounts(
    events: pd.DataFrame,
    accounts: pd.DataFrame | Mapping[str, pd.DataFrame],
    applications: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return events with the service, account, application and person of each.

    Events name their account by the id that `list_accounts` returns. An account does not name its
    application; that follows from the API key that listed it. So pass `accounts` by application, or
    with a column ``application_id``, or pass only one application.

    Parameters
    ----------
    events : pandas.DataFrame
        From `EventStream.to_frame`, or read from an exported file.
    accounts : pandas.DataFrame or mapping of str to pandas.DataFrame
        From `list_accounts`; for several applications, keyed by the application's id.
    applications : pandas.DataFrame, optional
        From `list_applications`, for the applications' names.

    Returns
    -------
    pandas.DataFrame
        All events, in the same order and with the same index, plus the columns ``service``,
        ``account_name``, ``account_admin``, ``application_id``, ``application_name`` and
        ``person``. They are null for an unknown account or person, and replace existing columns of
        these names. ``person`` is the actor's e-mail address, else the name, else the id. The
        address for an id is looked up in other events of the same service, since ids are valid
        within one service only.

    Raises
    ------
    InvalidParameter
        A frame lacks the column to join on, or two different accounts share an id.

    Examples
    --------
    >>> import kloudless_data as kd
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=2, events=50) as sandbox:
    ...     client = kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    ...     accounts = kd.list_accounts(client)
    ...     each = [kd.Account(api_key=sandbox.api_key, account_id=i, base_url=sandbox.base_url)
    ...             for i in accounts["id"]]
    ...     events = kd.read_events(each).to_frame()
    >>> join_accounts(events, accounts).groupby("service").size().to_dict()
    {'box': 50, 'gdrive': 50}
    """
    _needs(events, "account", "events")
    known = _by_id(accounts, applications)
    keys = _text(events["account"])
    if "metadata_account" in events:
        keys = keys.fillna(_text(events["metadata_account"]))
    joined = events.assign(**{name: _looked_up(keys, known[name]) for name in _OF_ACCOUNTS})
    names = _application_names(applications)
    joined["application_name"] = _looked_up(_text(joined["application_id"]), names)
    joined["person"] = people_of(events, joined["service"]).astype(_texts())
    return joined


def _needs(frame: pd.DataFrame, column: str, name: str) -> None:
    if column not in frame:
        raise InvalidParameter(
            f"{name} lacks the column {column!r} to join on. Read it without columns=, "
            f"or name {column!r} among them."
        )


def _by_id(
    accounts: pd.DataFrame | Mapping[str, pd.DataFrame], applications: pd.DataFrame | None
) -> pd.DataFrame:
    """Return accounts by their id, with the columns of the joined frame."""
    import pandas as pd

    if isinstance(accounts, Mapping):
        each = [frame.assign(application_id=str(i)) for i, frame in accounts.items()]
        accounts = pd.concat(each, ignore_index=True) if each else pd.DataFrame({"id": []})
    _needs(accounts, "id", "accounts")
    if "application_id" not in accounts:
        accounts = accounts.assign(application_id=_only_id(applications))
    columns = {
        new: accounts[old] if old in accounts else pd.Series(pd.NA, accounts.index, object)
        for new, old in _OF_ACCOUNTS.items()
    }
    columns["account_admin"] = columns["account_admin"].astype("boolean")  # nullable
    known = pd.DataFrame({"id": _text(accounts["id"]), **columns}).dropna(subset="id")
    known = known.drop_duplicates().set_index("id")
    if not known.index.is_unique:
        twice = known.index[known.index.duplicated()][0]
        raise InvalidParameter(
            f"Two different accounts have the id {twice}, so its events would count "
            "twice. Leave one of them out."
        )
    return known


def _only_id(applications: pd.DataFrame | None) -> str | None:
    """Return the id of the application that all accounts must belong to."""
    if applications is None or applications.empty:
        return None
    _needs(applications, "id", "applications")
    if len(applications) > 1:
        raise InvalidParameter(
            f"accounts do not say which of the {len(applications)} applications they belong to. "
            "Pass them by application, {application_id: list_accounts(client)}, where client has "
            "that application's API key; or pass only one application."
        )
    return str(applications["id"].iloc[0])


def _application_names(applications: pd.DataFrame | None) -> pd.Series:
    import pandas as pd

    if applications is None:
        return pd.Series([], pd.Index([], dtype="string"), _texts())
    _needs(applications, "id", "applications")
    _needs(applications, "name", "applications")
    names = applications["name"].set_axis(pd.Index(_text(applications["id"])))
    return names[names.index.notna() & ~names.index.duplicated()]


def _looked_up(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Return the value for each key, or null; `values` must have unique labels."""
    import pandas as pd

    found = values.reindex(pd.Index(keys)).set_axis(keys.index)
    return found.astype(_texts()) if found.dtype == object else found


def _text(ids: pd.Series) -> pd.Series:
    """Return ids as text, including those that a CSV file turned into numbers."""
    import pandas as pd

    if pd.api.types.is_float_dtype(ids.dtype):
        ids = ids.astype("Int64")  # with a null among them, pandas reads integers as floats
    return ids.astype("string")


def _texts() -> pd.StringDtype:
    """Return the dtype for text in this package's frames."""
    import numpy as np
    import pandas as pd

    return pd.StringDtype("pyarrow", na_value=np.nan)
