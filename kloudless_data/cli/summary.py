"""``kloudless-data events summary``: count events by person, service and so on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from ..schema.times import Interval
from .connection import API_KEY, FURTHER_META_TOKEN, TOKEN, client_of, server
from .options import SINCE, UNTIL, examples
from .output import Output, output_options

if TYPE_CHECKING:
    import pandas as pd

    from ..client import Client

__all__ = ["events_summary"]

_COLUMNS = {
    "application": "application_name",
    "service": "service",
    "account": "account_name",
    "person": "person",
    "type": "type",
}


@click.command(
    "summary",
    epilog=examples(
        "kloudless-data events summary",
        "kloudless-data events summary --since yesterday --by person",
        "kloudless-data events summary --by application,service,person --json",
        "kloudless-data events summary --by person,type --output activity.csv",
    ),
)
@click.option(
    "--by",
    default="service,person",
    show_default=True,
    metavar="NAMES",
    help=f"Columns to count by: {', '.join(_COLUMNS)}; comma-separated. Application needs the "
    "API key and the meta token.",
)
@SINCE
@UNTIL
@TOKEN
@API_KEY
@FURTHER_META_TOKEN
@server
@output_options
def events_summary(
    by: str,
    since: datetime | None,
    until: datetime | None,
    token: str | None,
    api_key: str | None,
    meta_token: str | None,
    base_url: str | None,
    api_version: str | None,
    output: Output,
) -> int:
    """Count the events that the server keeps, for an API key's accounts or a token's own.

    Accounts are read in parallel.
    """
    names = list(dict.fromkeys(by.replace(",", " ").split()))
    wrong = [name for name in names if name not in _COLUMNS]
    if wrong or not names:
        raise click.UsageError(f"--by accepts {', '.join(_COLUMNS)}, not {', '.join(wrong)!r}.")
    client = client_of(None if api_key else token, api_key, base_url, api_version)
    application = None
    if "application" in names:
        if not (api_key and meta_token):
            raise click.UsageError("--by application needs an API key and the meta token.")
        application = _application(client_of(meta_token, None, base_url, api_version), api_key)
    interval = Interval(since, until)
    frame = _counted(_joined(client, application, interval), [_COLUMNS[name] for name in names])
    return output.show(frame, None, "groups", client)


def _application(meta: Client, api_key: str) -> pd.DataFrame:
    """Return the key's application, as one row of `list_applications`."""
    from ..exceptions import InvalidParameter
    from ..listings import list_application_items, list_applications

    keys = list_application_items(meta, "apikeys", show_secrets=True)
    found = keys.loc[keys["key"] == api_key, "application_id"]
    if found.empty:
        raise InvalidParameter(
            "The API key belongs to none of the developer's applications. Use the meta token of "
            "the developer whose application it is, or leave out the application."
        )
    applications = list_applications(meta)
    return applications[applications["id"] == found.iloc[0]]


def _joined(client: Client, application: pd.DataFrame | None, interval: Interval) -> pd.DataFrame:
    from ..events import read_events
    from ..interchange.frame import to_frame
    from ..listings import join_accounts, list_accounts
    from ..schema.columns import events_schema

    accounts = list_accounts(client)
    each = [client.account(identifier) for identifier in accounts["id"]]
    if each:
        events = read_events(each, since=interval.since, until=interval.until).to_frame()
    else:
        events = to_frame([], events_schema(client.settings.api_version).arrow())
    return join_accounts(events, accounts, application)


def _counted(events: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    groups = events.groupby(columns, dropna=False)["modified"]
    counted = groups.agg(events="size", first="min", last="max").reset_index()
    return counted.sort_values("events", ascending=False, ignore_index=True, kind="stable")
