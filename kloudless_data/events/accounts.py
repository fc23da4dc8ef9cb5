"""Many accounts as one stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from ..exceptions import InvalidParameter
from .protocol import ActivitySource
from .stream import EventStream

__all__ = ["read_events"]


def read_events(
    accounts: Sequence[ActivitySource] | ActivitySource,
    *,
    cursors: Mapping[str, str | int | None] | None = None,
    max_workers: int = 8,
    on_error: Literal["raise", "collect"] = "raise",
    page_size: int = 1000,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    subscription: str | int | None = None,
    since: Any = None,
    until: Any = None,
    types: Iterable[str] | str | None = None,
    people: Iterable[str] | str | None = None,
    follow: Any = False,
    progress: bool | None = None,
) -> EventStream:
    """Return the activity of many accounts as one stream. Nothing is fetched yet.

    Accounts are read in parallel, each from its oldest to its newest event, in no order between
    accounts. A slow, rate-limited or failing account does not delay the others.

    Parameters
    ----------
    accounts : sequence of Account, or Account
        All with the same API version.
    cursors : mapping, optional
        Where to begin, by account, such as an earlier stream's ``positions``. Other accounts begin
        with the oldest event kept.
    max_workers : int
        The largest number of concurrent requests.
    on_error : {"raise", "collect"}
        What to do about accounts that could not be read, after reading all others: raise
        `AccountsFailed`, or only record them in ``failures``. Either way, what was read is kept.
    page_size, raw, columns, subscription, since, until, types, people, follow, progress
        As for `EventStream`.

    Returns
    -------
    EventStream
        Its ``positions`` say where to continue each account, its ``failures`` which accounts could
        not be read. Accounts are named by their id, or for tokens (``me``) by their index: ``"0"``,
        ``"1"``, …

    Raises
    ------
    InvalidParameter
        There is no account, one is listed twice, or their API versions differ.

    Examples
    --------
    >>> import kloudless_data as kd
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=3, events=50) as sandbox:
    ...     accounts = [kd.Account(api_key=sandbox.api_key, account_id=a.id,
    ...                            base_url=sandbox.base_url) for a in sandbox.accounts]
    ...     len(kd.read_events(accounts).to_frame())
    150
    """
    accounts = list(accounts) if isinstance(accounts, Iterable) else [accounts]
    if not accounts:
        raise InvalidParameter("There is no account to read.")
    for account in accounts:
        if not hasattr(account, "account_id"):
            kind = type(account).__name__
            raise InvalidParameter(f"must be accounts, not {kind}.", parameter="accounts")
    if len({account.settings.api_version for account in accounts}) > 1:
        raise InvalidParameter(
            "The accounts must have one API version: their columns depend on it."
        )
    if on_error not in ("raise", "collect"):
        raise InvalidParameter(
            f"must be 'raise' or 'collect', not {on_error!r}.", parameter="on_error"
        )
    named = {
        str(number) if account.account_id == "me" else str(account.account_id): account
        for number, account in enumerate(accounts)
    }
    if len(named) < len(accounts) or len(set(map(id, accounts))) < len(accounts):
        raise InvalidParameter("An account is listed twice.")
    return EventStream(
        {source: (account, (cursors or {}).get(source)) for source, account in named.items()},
        page_size=page_size,
        raw=raw,
        columns=columns,
        subscription=subscription,
        since=since,
        until=until,
        types=types,
        people=people,
        follow=follow,
        progress=progress,
        max_workers=max_workers,
        on_error=on_error,
    )
