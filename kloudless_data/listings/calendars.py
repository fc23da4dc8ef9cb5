"""The events in an account's calendars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..decode import decode_page
from ..exceptions import InvalidParameter, KloudlessException
from ..http.urls import path_segment
from ..interchange.frame import DtypeBackend
from ..paging.pages import read_pages
from ..schema.columns import SCHEMAS
from ..util import logger
from .as_users import AsUsers, collects, readers_of
from .parallel import OnError, check_on_error, in_parallel, settled
from .read import ListRequest, known_account, read_lists
from .specs import SPECS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["list_calendar_events"]

_CALENDARS = SPECS["calendars"]


def list_calendar_events(
    account: Account,
    calendars: str | Sequence[str] | None = None,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    as_users: AsUsers = None,
    on_error: OnError | None = None,
    **filters: Any,
) -> pd.DataFrame:
    """Return the events in an account's calendars, reading the calendars in parallel.

    Parameters
    ----------
    account : Account
        An account of a calendar service.
    calendars : str or sequence of str, optional
        Ids of calendars; ``"primary"`` is the user's own. Defaults to all.
    raw, columns, progress, dtype_backend
        As for `list_calendars`.
    as_users : {"all"} or sequence of str, optional
        For an administrator's account: read the calendars of each user of the team, if the service
        shows a user's calendars only that way, or of the users with these ids. What several users
        see is kept once.
    on_error : {"raise", "collect"}, optional
        What to do, after reading all others, about calendars and users that could not be read:
        raise `ListingIncomplete`, or record them in ``frame.attrs["failures"]``. Defaults to
        recording them with `as_users`, and to raising without.
    **filters
        Query parameters for the server, such as ``page_size=100``.

    Returns
    -------
    pandas.DataFrame
        One row per event: ``id``, ``calendar_id``, ``name``, ``start`` and ``end``
        (datetime64[us, UTC]), ``location``, ``organizer_email``, ``attendees`` (a list, as JSON
        text), … If the server does not name the calendar, ``calendar_id`` is the requested id.

    Raises
    ------
    InvalidParameter
        For an unknown column.
    APIException
        The calendars, or the only one of them, could not be read.
    ListingIncomplete
        Some of several calendars could not be read.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=3, events=10) as sandbox:
    ...     account = Account(token=sandbox.accounts[2].token, base_url=sandbox.base_url)
    ...     df = list_calendar_events(account, "primary")
    >>> bool((df["start"] < df["end"]).all())
    True
    """
    SCHEMAS["calendar_events"].arrow(raw=raw, columns=columns)  # before any request
    on_error = on_error or collects(as_users)
    check_on_error(on_error)
    readers = readers_of(account, as_users)
    if calendars is None:
        found, failures = _calendars_of(readers)
    else:
        names = [calendars] if isinstance(calendars, str) else list(dict.fromkeys(calendars))
        if not all(isinstance(name, str) and name for name in names):
            raise InvalidParameter(f"calendars must be ids of calendars, not {calendars!r}.")
        found, failures = dict.fromkeys(readers, names), {}
    requests = [
        ListRequest(
            f"calendar {name}" + (f" of user {user}" if user else ""),
            readers[user],
            f"cal/calendars/{path_segment(name)}/events",
            {"calendar_id": name, **known_account(account, _CALENDARS)},
        )
        for user, names in found.items()
        for name in names
    ]
    frame = read_lists(
        requests, "calendar_events", filters=filters, raw=raw, columns=columns,
        progress=progress, dtype_backend=dtype_backend, on_error=on_error,
        unique=as_users is not None,
    )  # fmt: skip
    unread = frame.attrs.get("failures", {})
    frame = settled(frame, failures, len(readers), on_error)
    if unread and failures:
        frame.attrs["failures"] |= unread
    return frame


def _calendars_of(
    readers: dict[str, Account],
) -> tuple[dict[str, list[str]], dict[str, KloudlessException]]:
    """Return the ids of each user's calendars, and which users could not be read."""
    found: dict[str, list[str]] = {}
    failures: dict[str, KloudlessException] = {}
    for user, result in in_parallel(lambda user: _calendar_ids(readers[user]), readers):
        if isinstance(result, KloudlessException):
            failures[f"user {user}" if user else "calendars"] = result
        else:
            found[user] = result
    return found, failures


def _calendar_ids(account: Account) -> list[str]:
    ids = [
        identifier
        for page in read_pages(account, _CALENDARS.path)
        for identifier in decode_page(page, SCHEMAS["calendars"], columns=["id"])["id"].to_pylist()
    ]
    known = [identifier for identifier in ids if identifier]
    if len(known) < len(ids):
        logger.warning(
            "%d calendars have no id, so their events cannot be requested.", len(ids) - len(known)
        )
    return known
