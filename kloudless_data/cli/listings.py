"""``kloudless-data accounts``, ``applications`` and the other lists of the management API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..listings.specs import SPECS, ListingSpec
from .connection import API_KEY, TOKEN, client_of, of_account, of_developer, server
from .options import examples
from .output import Output, output_options

if TYPE_CHECKING:
    import pandas as pd

    from ..account import Account
    from ..client import Client

__all__ = [
    "AS_USERS",
    "accounts_group",
    "applications_group",
    "developers_group",
    "groups_group",
    "invoices_group",
    "licenses_group",
    "links_group",
    "permissions_group",
    "usage_group",
    "users_group",
]

KEEP_GOING = click.option(
    "--keep-going",
    is_flag=True,
    help="Keep what could be read if some of it could not. The exit status is still 1.",
)
RAW = click.option("--raw", is_flag=True, help="Add the upstream service's own objects.")
AS_USERS = click.option(
    "--as-users", is_flag=True,
    help="Read as each user of the team, if an administrator sees their data only that way.",
)  # fmt: skip


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
@output_options
def accounts_list(
    service: str | None,
    admin: bool | None,
    raw: bool,
    token: str | None,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
    output: Output,
) -> int:
    """List the accounts connected to an application.

    An API key lists all of them, a token only its own.
    """
    from ..listings import list_accounts

    given = {"service": service, "admin": admin}
    filters: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    client = client_of(None if api_key else token, api_key, base_url, api_version)
    frame = list_accounts(client, raw=raw, **filters)
    return output.show(frame, SPECS["accounts"].shown, "accounts", client)


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
@output_options
def applications_list(
    client: Client, include: tuple[str, ...], show_secrets: bool, keep_going: bool, output: Output
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
    return output.show(frame, columns, "applications", client)


def _group(name: str, what: str, spec: ListingSpec) -> click.Group:
    """Return a group whose command prints a list: of the management API, or of an account."""

    @click.group(name, help=f"List {what}.")
    def group() -> None:
        """Take the name and the help text from the decorator."""

    def command(of_whom: Callable[..., Any], read: Callable[..., int]) -> None:
        lines = f"kloudless-data {name} list", f"kloudless-data {name} list --output {name}.parquet"
        group.command("list", help=f"List {what}.", epilog=examples(*lines))(
            of_whom(output_options(read))
        )

    def frame_of(source: Any, **options: Any) -> pd.DataFrame:
        from .. import listings

        found: pd.DataFrame = getattr(listings, f"list_{spec.schema}")(source, **options)
        return found

    def of_the_developer(client: Client, show_secrets: bool, output: Output) -> int:
        frame = frame_of(client, show_secrets=show_secrets)
        return output.show(frame, spec.shown, spec.schema, client)

    def of_an_account(account: Account, as_users: bool, output: Output) -> int:
        frame = frame_of(account, as_users="all" if as_users else None)
        return output.show(frame, spec.shown, spec.schema, account)

    if spec.scope == "account":
        command(of_account, AS_USERS(of_an_account))
    else:
        command(of_developer, of_the_developer)
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
users_group = _group("users", "the users of an administrator's team", SPECS["users"])
groups_group = _group("groups", "the groups of an administrator's team", SPECS["groups"])
links_group = _group("links", "the links to an account's files and folders", SPECS["links"])


@groups_group.command(
    "members",
    epilog=examples(
        "kloudless-data groups members", "kloudless-data groups members GROUP_ID --json"
    ),
)
@click.argument("groups", nargs=-1, metavar="[GROUP_ID]...")
@click.option("--of-user", "users", multiple=True, metavar="USER_ID",
              help="List the groups of this user instead; may be repeated.")  # fmt: skip
@KEEP_GOING
@of_account
@output_options
def groups_members(
    account: Account,
    groups: tuple[str, ...],
    users: tuple[str, ...],
    keep_going: bool,
    output: Output,
) -> int:
    """List the members of the named groups, or of all of the team's groups."""
    from ..listings import list_memberships

    on_error: Any = "collect" if keep_going else "raise"
    frame = list_memberships(account, groups or None, users=users or None, on_error=on_error)
    columns = ["group_name", "member_type", "member_name", "member_email", "role"]
    if users:
        columns = ["member_id", "group_id", "group_name", "role"]
    return output.show(frame, columns, "memberships", account)


@click.group("permissions")
def permissions_group() -> None:
    """List who may use which file or folder."""


@permissions_group.command(
    "list",
    epilog=examples(
        "kloudless-data permissions list FILE_ID",
        "kloudless-data permissions list FOLDER_ID --type folder --json",
    ),
)
@click.argument("items", nargs=-1, required=True, metavar="ID...")
@click.option("--type", "kind", type=click.Choice(["file", "folder"]), default="file",
              show_default=True, help="The type of the items.")  # fmt: skip
@click.option("--as-user", metavar="USER_ID", help="Act as this user of the team.")
@KEEP_GOING
@of_account
@output_options
def permissions_list(
    account: Account,
    items: tuple[str, ...],
    kind: str,
    as_user: str | None,
    keep_going: bool,
    output: Output,
) -> int:
    """List who may use files or folders."""
    from ..listings import list_permissions

    on_error: Any = "collect" if keep_going else "raise"
    acting = dict.fromkeys(items, as_user) if as_user else None
    frame = list_permissions(account, dict.fromkeys(items, kind), as_user=acting, on_error=on_error)
    columns = ["item_id", "target_type", "target_name", "target_email", "role"]
    return output.show(frame, columns, "permissions", account)
