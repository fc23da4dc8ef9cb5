"""``kloudless-data webhook``: sync accounts as soon as the server reports new activity."""

from __future__ import annotations

import json
from typing import Any

import click

from ..credentials.kinds import KINDS
from ..exceptions import KloudlessException
from ..util import one_line
from .connection import API_KEY, client_of, server
from .echo import echo
from .numbers import PORT
from .options import DEBUG, examples
from .remedies import COMMAND_LINE
from .stopping import StopSignals

__all__ = ["webhook"]

_STEP = 0.2  # seconds between two looks at whether to stop


@click.command(
    "webhook",
    epilog=examples(
        "kloudless-data webhook activity --app-id APP_ID",
        "kloudless-data webhook s3://bucket/activity --app-id APP_ID --host 0.0.0.0 --port 8100",
    ),
)
@click.argument("path")
@click.option(
    "--app-id", required=True, metavar="ID", help="The application's id, used as the answer."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=PORT,
    default=8100,
    show_default=True,
    help="The port to listen on.",
)
@API_KEY
@server
@DEBUG
def webhook(
    path: str,
    app_id: str,
    host: str,
    port: int,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
) -> int:
    """Receive the server's webhooks, and sync the account of each.

    Ctrl-C ends it after the sync under way; a second Ctrl-C interrupts that one too.

    PATH is the archive, as for archive sync. Only webhooks signed with the API key are accepted.
    Each sync prints one line of JSON. Webhooks can be lost, so also run archive sync regularly.
    Behind a TLS proxy, register the proxy's URL as the application's webhook.
    """
    from ..archive import Archive
    from ..events.webhook import WebhookReceiver

    if not api_key:
        raise click.UsageError(f"An API key is missing: set {KINDS['api_key'].variable}.")
    client, archive = client_of(None, api_key, base_url, api_version), Archive(path)
    archive.init(client.settings.api_version)  # before the first webhook, if that is impossible
    listening = WebhookReceiver(None, api_key=api_key, app_id=app_id, host=host, port=port)
    with StopSignals() as stop, listening as receiver:
        echo(f"listening on {receiver.url}", err=True)
        # Here rather than in a thread, which no signal interrupts.
        while not stop.received:
            account = receiver.next_account(_STEP)
            if account is not None:
                echo(_synced(archive, client, account))
    echo("Stopped.", err=True)
    return 0


def _synced(archive: Any, client: Any, account: str) -> str:
    """Sync an account, and return the outcome as JSON."""
    try:
        report: str = archive.sync([client.account(account)], progress=False).to_json()
        return report
    except KloudlessException as error:
        return json.dumps({"account": account, "error": one_line(error.worded(COMMAND_LINE))})
