"""``kloudless-data accounts``, ``applications`` and the other lists of the management API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..listings.specs import SPECS, ListingSpec
from .options import (
    API_KEY,
    TOKEN,
    client_of,
    examples,
    listing,
    of_developer,
    server,
    show_listing,
)

if TYPE_CHECKING:
    import pandas as pd

    from ..client import Client

__all__ = [
    "accounts_group",
    "applications_group",
    "developers_group",
    "invoices_group",
    "licenses_group",
    "usage_group",
]

KEEP_GOING = click.option(
    "--keep-going",
    is_flag=True,
    help="Keep what could be read if some of it could not. The exit status is still 1.",
)
RAW = click.option("--raw", is_flag=True, help="Add the upstream service's own objects.")


@click.group("accounts")
def accounts_group() -> None:
    """List the accounts connected to an application."""


@click.group("applications")
def applications_group() -> None:
    """List a developer's applications."""


@accounts_group.command(
    "list",
    epilog=examples(
        "kloudless-data accounts list",
        "kloudless-data accounts list --service box --json",
        "kloudless-data accounts list --output accounts.csv",
    ),
)
@click.option("--service", help="Only accounts of this service.")
@click.option("--admin/--no-admin", default=None, help="Only (or no) administrator accounts.")
@RAW
@TOKEN
@API_KEY
@server
@listing
def accounts_list(
    service: str | None,
    admin: bool | None,
    raw: bool,
    token: str | None,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
    **shown: Any,
) -> int:
    """List the accounts connected to an application.

    An API key lists all of them, a token only its own.
    """
    from ..listings import list_accounts

    given = {"service": service, "admin": admin}
    filters: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    client = client_of(None if api_key else token, api_key, base_url, api_version)
    frame = list_accounts(client, raw=raw, **filters)
    return show_listing(frame, SPECS["accounts"].shown, "accounts", client, **shown)


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
    help="Count (with --json or --output: list) the items of each: apikeys, trusted_domains, "
    "webhooks, service_keys, redirect_uris, fe_upload_locations. Comma-separated or repeated.",
)
@KEEP_GOING
@of_developer
@listing
def applications_list(
    client: Client, include: tuple[str, ...], show_secrets: bool, keep_going: bool, **shown: Any
) -> int:
    """List the developer's applications and their items."""
    from ..listings import list_applications

    names = [name for text in include for name in text.replace(",", " ").split()]
    frame = list_applications(
        client,
        include=names,
        show_secrets=show_secrets,
        on_error="collect" if keep_going else "raise",
    )
    columns = ["id", "name", "active", "created", *(f"{name}_count" for name in names)]
    return show_listing(frame, columns, "applications", client, **shown)


def _group(name: str, what: str, spec: ListingSpec) -> click.Group:
    """Return a group with one command, which prints a list of the management API."""

    @click.group(name, help=f"{what[0].upper()}{what[1:]}.")
    def group() -> None:
        """Take the name and the help text from the decorator."""

    @group.command(
        "list",
        help=f"List {what}.",
        epilog=examples(
            f"kloudless-data {name} list", f"kloudless-data {name} list --output {name}.parquet"
        ),
    )
    @of_developer
    @listing
    def list_them(client: Client, show_secrets: bool, **shown: Any) -> int:
        from .. import listings

        read: Callable[..., pd.DataFrame] = getattr(listings, f"list_{spec.schema}")
        frame = read(client, show_secrets=show_secrets)
        return show_listing(frame, spec.shown, spec.schema, client, **shown)

    return group


usage_group = _group(
    "usage", "the usage of the developer's applications, by period", SPECS["usage_reports"]
)
licenses_group = _group(
    "licenses", "the developer's Kloudless Enterprise licences", SPECS["licenses"]
)
invoices_group = _group("invoices", "the developer's invoices", SPECS["invoices"])
developers_group = _group(
    "developers", "the developers that the meta token can see", SPECS["developers"]
)
