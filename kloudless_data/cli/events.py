"""``kloudless-data events``."""

from __future__ import annotations

import click

from ..util import one_line
from .options import (
    API_KEY,
    DEBUG,
    FORCE,
    JSON,
    TOKEN,
    account_of,
    examples,
    format_of,
    server,
)

__all__ = ["events_group"]


@click.group("events")
def events_group() -> None:
    """An account's activity."""


@events_group.command(
    "export",
    epilog=examples(
        "kloudless-data events export --output events.parquet",
        "kloudless-data events export --format csv --output events.csv --limit 1000",
        "kloudless-data events export --output new.jsonl --cursor 48213",
    ),
)
@click.option("--output", required=True, metavar="PATH", help="The file to write.")
@click.option(
    "--format",
    type=click.Choice(["csv", "parquet", "jsonl"]),
    help="Default: by the file's ending.",
)
@click.option("--cursor", help="Where to begin; default: the oldest event that is kept.")
@click.option("--limit", type=click.IntRange(min=0), help="Write no more events than this.")
@click.option("--page-size", type=int, default=1000, show_default=True, help="Events a request.")
@click.option("--raw", is_flag=True, help="Add the upstream service's own objects.")
@click.option("--plain", is_flag=True, help="CSV: leave cells that spreadsheets run as formulas.")
@FORCE
@click.option("--account", metavar="ID", help="Which account, with an API key.")
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
    plain: bool,
    force: bool,
    account: str | None,
    token: str | None,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
    as_json: bool,
) -> None:
    """Write an account's activity to a CSV, Parquet or JSON Lines file, with a manifest.

    The account is the token's own, or with an API key the one that --account names.
    """
    from ..export import export, manifest_path

    client = account_of(token, api_key, account, base_url, api_version)
    events = client.events(cursor=cursor, page_size=page_size, limit=limit, raw=raw)
    manifest = export(events, output, format or format_of(output), force=force, plain=plain)
    if as_json:
        click.echo(manifest.to_json(), nl=False)
        return
    click.echo(f"{manifest.rows:,} events ({manifest.bytes:,} bytes) in {output}")
    click.echo(f"manifest: {manifest_path(output)}")
    if manifest.cursor_to is not None:
        click.echo(f"continue next time with: --cursor {one_line(manifest.cursor_to)}")
