"""``kloudless-data events``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..display.records import first_rows
from ..util import one_line
from .connection import API_KEY, TOKEN, account_of, client_of, server
from .echo import echo
from .follow import events_follow
from .numbers import WHOLE_NUMBER, WholeNumberFrom
from .options import DEBUG, FORCE, JSON, examples
from .output import FORMAT, OUTPUT, Output, csv_options, format_of, output_options, show_manifest
from .selection import events_of_all, say_nothing_selected, selection_options

if TYPE_CHECKING:
    import pyarrow as pa

    from ..client import Client
    from ..events import EventStream

__all__ = ["events_group"]


@click.group("events")
def events_group() -> None:
    """List, export, follow or count an account's activity."""


events_group.add_command(events_follow)

_ACCOUNT = click.option("--account", metavar="ID", help="The account to use with an API key.")
_ALL_ACCOUNTS = click.option(
    "--all-accounts", is_flag=True, help="All accounts of the application, with an API key."
)
_CURSOR = click.option("--cursor", help="Where to begin. Defaults to the oldest event kept.")
_SHOWN = (
    "modified", "type", "event_category", "event_type", "event_subtype", "metadata_name",
    "metadata_owner_email", "id",
)  # fmt: skip


@events_group.command(
    "list",
    epilog=examples(
        "kloudless-data events list",
        "kloudless-data events list --since 24h --type delete --columns modified,metadata_name",
        "kloudless-data events list --all-accounts --jsonl | jq .metadata_name",
    ),
)
@_CURSOR
@click.option("--limit", type=WholeNumberFrom(min=0), help="Read at most this many events.")
@selection_options
@_ACCOUNT
@_ALL_ACCOUNTS
@TOKEN
@API_KEY
@server
@output_options
def events_list(
    cursor: str | None,
    limit: int | None,
    selection: dict[str, Any],
    account: str | None,
    all_accounts: bool,
    token: str | None,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
    output: Output,
) -> int:
    """Show the activity that the server keeps, oldest first.

    On the terminal, reading ends with the last row that fits. `events export` writes files that
    survive interruptions.
    """
    options: dict[str, Any] = {**selection, **({"progress": False} if output.is_table else {})}
    client: Client
    if all_accounts:
        _check_all_accounts(account, cursor, limit)
        client = client_of(None, api_key, base_url, api_version)
        events = events_of_all(client, **options)
    else:
        client = account_of(token, api_key, account, base_url, api_version)
        events = client.events(cursor=cursor, limit=limit, **options)
    columns = None if selection["columns"] else _SHOWN
    rows = _Events(events)
    status = output.show(rows, columns, "events", client)
    if rows.nothing_found:
        say_nothing_selected(selection)
    return status


class _Events:
    """The rows of an event stream."""

    def __init__(self, events: EventStream) -> None:
        self.reader = events.record_batches()
        self.nothing_found = False

    def first(self, rows: int) -> pa.Table:
        """Return the first rows; reading ends with their page."""
        found = first_rows(self.reader, rows)
        self.nothing_found = found.num_rows == 0
        return found

    def count(self) -> None:
        """Return None: only reading everything would tell."""


def _check_all_accounts(account: str | None, cursor: str | None, limit: int | None) -> None:
    if cursor is not None or limit is not None or account is not None:
        raise click.UsageError("--all-accounts excludes --account, --cursor and --limit.")


@events_group.command(
    "export",
    epilog=examples(
        "kloudless-data events export --output events.parquet",
        "kloudless-data events export --format csv --output events.csv --limit 1000",
        "kloudless-data events export --output new.jsonl.gz --cursor 48213",
        "kloudless-data events export --format jsonl -o - | head",
        "kloudless-data events export -o activity.xlsx",
        "kloudless-data events export --output deleted.csv --since yesterday --type delete",
        "kloudless-data events export --output everyone.parquet --all-accounts --resume",
        "kloudless-data events export --format parquet --output s3://bucket/events "
        "--rows-per-file 100000",
    ),
)
@OUTPUT
@FORMAT
@_CURSOR
@click.option("--limit", type=WholeNumberFrom(min=0), help="Write at most this many events.")
@selection_options
@click.option(
    "--page-size", type=WHOLE_NUMBER, default=1000, show_default=True, help="Events per request."
)
@click.option("--raw", is_flag=True, help="Add the upstream service's own objects.")
@csv_options
@click.option(
    "--rows-per-file",
    type=WholeNumberFrom(min=1),
    help="Create a folder of files with at most N events each.",
)
@click.option("--resume", is_flag=True, help="Continue an interrupted export.")
@click.option("--deduplicate", is_flag=True, help="Drop repeated events.")
@FORCE
@_ACCOUNT
@_ALL_ACCOUNTS
@TOKEN
@API_KEY
@server
@JSON
@DEBUG
def events_export(
    output: str,
    format: str | None,
    cursor: str | None,
    limit: int | None,
    page_size: int,
    raw: bool,
    keep_formulas: bool,
    excel: bool,
    separator: str | None,
    rows_per_file: int | None,
    resume: bool,
    deduplicate: bool,
    force: bool,
    account: str | None,
    all_accounts: bool,
    token: str | None,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
    as_json: bool,
    selection: dict[str, Any],
) -> None:
    """Write an account's activity to a CSV, Parquet, JSON Lines or Excel file, with a manifest.

    The account is the token's own, or with an API key the one that --account names. Whatever
    interrupts an export, the same command with --resume continues where it stopped.

    Events are filtered after they are read: the file is complete only as far as the server keeps
    events, which is 10,000 per account or 24 hours. Reading ends an hour after --until.
    """
    from ..export.api import export

    if all_accounts:
        _check_all_accounts(account, cursor, limit)
        client = client_of(None, api_key, base_url, api_version)
        events = events_of_all(client, page_size=page_size, raw=raw, **selection)
    else:
        reader = account_of(token, api_key, account, base_url, api_version)
        events = reader.events(
            cursor=cursor, page_size=page_size, limit=limit, raw=raw, **selection
        )
    manifest = export(
        events,
        output,
        format_of(output, format),
        force=force,
        keep_formulas=keep_formulas,
        excel=excel,
        separator=separator,
        resume=resume,
        rows_per_file=rows_per_file,
        deduplicate=deduplicate,
    )
    show_manifest(manifest, output, "events", as_json)
    if manifest.rows == 0:
        say_nothing_selected(selection)
    if as_json:
        return
    if manifest.cursor_to is not None:
        position = f"continue next time with: --cursor {one_line(manifest.cursor_to)}"
        echo(position, err=output == "-")
