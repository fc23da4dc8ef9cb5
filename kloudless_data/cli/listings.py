"""``kloudless-data accounts`` and ``kloudless-data applications``."""

from __future__ import annotations

from typing import Any

import click

from .options import (
    API_KEY,
    DEBUG,
    JSON,
    META_TOKEN,
    TOKEN,
    client_of,
    examples,
    server,
    show_frame,
)

__all__ = ["accounts_group", "applications_group"]


@click.group("accounts")
def accounts_group() -> None:
    """The accounts that are connected to an application."""


@click.group("applications")
def applications_group() -> None:
    """A developer's applications."""


@accounts_group.command(
    "list",
    epilog=examples(
        "kloudless-data accounts list", "kloudless-data accounts list --service box --json"
    ),
)
@click.option("--service", help="Only this service's.")
@click.option("--admin/--no-admin", default=None, help="Only (no) administrators'.")
@TOKEN
@API_KEY
@server
@JSON
@DEBUG
def accounts_list(
    service: str | None,
    admin: bool | None,
    token: str | None,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
    as_json: bool,
) -> None:
    """List the accounts that are connected to an application.

    An API key sees all of them; a token only its own.
    """
    from ..listings import list_accounts

    given = {"service": service, "admin": admin}
    filters: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    client = client_of(None if api_key else token, api_key, base_url, api_version)
    frame = list_accounts(client, **filters)
    show_frame(frame, ["id", "account", "service", "admin", "active", "created"], as_json)


@applications_group.command(
    "list",
    epilog=examples(
        "kloudless-data applications list",
        "kloudless-data applications list --include apikeys,webhooks",
        "kloudless-data applications list --include trusted_domains --json",
    ),
)
@click.option(
    "--include",
    multiple=True,
    metavar="NAMES",
    help="Count (with --json: list) what belongs to each: apikeys, trusted_domains, webhooks, "
    "service_keys, redirect_uris, fe_upload_locations. Comma-separated or repeated.",
)
@click.option("--show-secrets", is_flag=True, help="Do not mask keys and secrets.")
@META_TOKEN
@server
@JSON
@DEBUG
def applications_list(
    include: tuple[str, ...],
    show_secrets: bool,
    meta_token: str | None,
    base_url: str | None,
    api_version: str | None,
    as_json: bool,
) -> None:
    """List the developer's applications and what belongs to them."""
    from ..listings import list_applications

    if not meta_token:
        raise click.UsageError(
            "A credential is missing: set KLOUDLESS_META_TOKEN, or give --meta-token - to be asked."
        )
    names = [name for text in include for name in text.replace(",", " ").split()]
    client = client_of(meta_token, None, base_url, api_version)
    frame = list_applications(client, include=names, show_secrets=show_secrets)
    columns = ["id", "name", "active", "created", *(f"{name}_count" for name in names)]
    show_frame(frame, columns, as_json)
