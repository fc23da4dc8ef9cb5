"""``kloudless-data folder``, ``calendars``, ``subscriptions`` and ``raw``: one account's lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..listings.specs import SPECS
from .connection import of_account
from .listings import AS_USERS, KEEP_GOING, RAW
from .numbers import WholeNumberFrom
from .options import examples
from .output import Output, output_options

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["calendars_group", "folder_group", "raw_group", "subscriptions_group"]


@click.group("folder")
def folder_group() -> None:
    """List an account's folders and files."""


@click.group("calendars")
def calendars_group() -> None:
    """List an account's calendars and their events."""


@click.group("subscriptions")
def subscriptions_group() -> None:
    """List an account's subscriptions, which deliver its activity."""


@click.group("raw")
def raw_group() -> None:
    """Call the upstream services' own APIs."""


@folder_group.command(
    "list",
    epilog=examples(
        "kloudless-data folder list",
        "kloudless-data folder list FOLDER_ID --no-recursive",
        "kloudless-data folder list --output files.parquet",
    ),
)
@click.argument("folder_id", default="root")
@click.option(
    "--recursive/--no-recursive", default=True, help="Include everything below the folder."
)
@AS_USERS
@RAW
@KEEP_GOING
@of_account
@output_options
def folder_list(
    account: Account,
    folder_id: str,
    recursive: bool,
    as_users: bool,
    raw: bool,
    keep_going: bool,
    output: Output,
) -> int:
    """List a folder and everything below it. FOLDER_ID defaults to the root folder."""
    from ..listings import list_folder

    on_error: Any = "collect" if keep_going else None
    everybody = "all" if as_users else None
    frame = list_folder(
        account, folder_id, recursive, raw=raw, as_users=everybody, on_error=on_error
    )
    columns = ["location", "type", "size", "modified", "owner_email", "id"]
    return output.show(frame, columns, "files and folders", account)


@calendars_group.command(
    "list",
    epilog=examples("kloudless-data calendars list", "kloudless-data calendars list --json"),
)
@RAW
@of_account
@output_options
def calendars_list(account: Account, raw: bool, output: Output) -> int:
    """List the account's calendars."""
    from ..listings import list_calendars

    frame = list_calendars(account, raw=raw)
    return output.show(frame, SPECS["calendars"].shown, "calendars", account)


@calendars_group.command(
    "events",
    epilog=examples(
        "kloudless-data calendars events",
        "kloudless-data calendars events primary --output meetings.csv",
    ),
)
@click.argument("calendar_ids", nargs=-1, metavar="[CALENDAR_ID]...")
@RAW
@KEEP_GOING
@of_account
@output_options
def calendars_events(
    account: Account, calendar_ids: tuple[str, ...], raw: bool, keep_going: bool, output: Output
) -> int:
    """List the events of the given calendars, or of all calendars of the account."""
    from ..listings import list_calendar_events

    on_error: Any = "collect" if keep_going else "raise"
    frame = list_calendar_events(account, calendar_ids or None, raw=raw, on_error=on_error)
    columns = ["start", "end", "name", "location", "organizer_email", "calendar_id"]
    return output.show(frame, columns, "calendar events", account)


@subscriptions_group.command(
    "list",
    epilog=examples(
        "kloudless-data subscriptions list", "kloudless-data subscriptions list --json"
    ),
)
@of_account
@output_options
def subscriptions_list(account: Account, output: Output) -> int:
    """List the account's activity subscriptions."""
    from ..listings import list_subscriptions

    frame = list_subscriptions(account)
    return output.show(frame, SPECS["subscriptions"].shown, "subscriptions", account)


@raw_group.command(
    "get",
    epilog=examples(
        "kloudless-data raw get /drive/v2/about",
        "kloudless-data raw get /drive/v2/files --records items --next-page nextPageToken "
        "--page-parameter pageToken --output files.csv",
    ),
)
@click.argument("uri")
@click.option(
    "--records", metavar="EXPRESSION", help="A key or JMESPath expression that finds the rows."
)
@click.option(
    "--next-page",
    metavar="EXPRESSION",
    help="A key or JMESPath expression that finds the next page's token or URI.",
)
@click.option("--page-parameter", metavar="NAME", help="The query parameter for the token.")
@click.option("--limit", type=WholeNumberFrom(min=0), help="Read at most this many rows.")
@of_account
@output_options
def raw_get(
    account: Account,
    uri: str,
    records: str | None,
    next_page: str | None,
    page_parameter: str | None,
    limit: int | None,
    output: Output,
) -> int:
    """Call the upstream service's own API and show its answer as rows."""
    from ..listings import raw_frame

    frame = raw_frame(
        account,
        uri,
        records,
        next_page=next_page,
        page_parameter=page_parameter,
        limit=limit,
    )
    columns = [name for name in frame.columns if name != "extra"]
    return output.show(frame, columns, "records", account)
