"""`explore`: filter, view and export activity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter
from .environment import need_widgets, show

if TYPE_CHECKING:
    import pandas as pd

    from ..events.stream import EventStream
    from ..logs import LogStream
    from .explore_form import Explorer

__all__ = ["explore"]


def explore(
    events: EventStream | LogStream | pd.DataFrame, *, accounts: pd.DataFrame | None = None
) -> Explorer:
    """Show activity: filters, a chart over time, a table, the filter as pandas, and an export.

    Only the kernel is involved: no request leaves the machine for the chart or the table.

    Parameters
    ----------
    events : EventStream, LogStream or pandas.DataFrame
        A stream, or a log from `read_log`, is read to its end. A frame is not changed.
    accounts : pandas.DataFrame, optional
        From `list_accounts`, to filter by service. A stream asks its own accounts.

    Returns
    -------
    Explorer
        ``explorer.frame`` has all events, ``explorer.filtered`` those that match the filter.

    Raises
    ------
    MissingPackage
        ipywidgets is not installed.
    InvalidParameter
        `events` is not activity.
    APIException
        The stream could not be read.

    Examples
    --------
    >>> from kloudless_data import Account
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=100) as sandbox:
    ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    ...     explorer = explore(account.events())
    >>> explorer.name.value = ".pdf"  # what typing it does
    >>> bool(explorer.filtered["metadata_name"].str.contains(".pdf", regex=False).all())
    True
    """
    need_widgets("explore")
    from .explore_form import Explorer

    explorer = Explorer(_frame_of(events, accounts), given=events)
    show(explorer)
    return explorer


def _frame_of(
    events: EventStream | LogStream | pd.DataFrame, accounts: pd.DataFrame | None
) -> pd.DataFrame:
    import pandas as pd

    from ..events.stream import EventStream
    from ..logs import LogStream

    if isinstance(events, LogStream):
        events = events.to_frame()
    if isinstance(events, EventStream):
        frame = events.to_frame()
        services = _services_of_stream(events) if accounts is None else _services_of(accounts)
    elif isinstance(events, pd.DataFrame):
        frame, services = events, {} if accounts is None else _services_of(accounts)
    else:
        raise InvalidParameter(
            f"explore takes account.events() or a DataFrame of events, not {type(events).__name__}."
        )
    if services and "account" in frame.columns and "service" not in frame.columns:
        named = frame["account"].astype("string").map(services)
        frame = frame.assign(service=named.astype("category"))
    return frame


def _services_of(accounts: pd.DataFrame) -> dict[str, Any]:
    return dict(zip(accounts["id"].astype("string"), accounts["service"], strict=True))


def _services_of_stream(events: EventStream) -> dict[str, Any]:
    known = events.source_info()["accounts"]
    return {each["id"]: each["service"] for each in known if each["id"] and each["service"]}
