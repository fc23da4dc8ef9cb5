"""The specification of each listing: its path, its rows, its columns on a terminal.

A listing that only reads pages is defined here and nowhere else; `kloudless_data.listings.lists`
creates the function, `kloudless_data.cli.listings` the command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["SPECS", "ListingSpec", "management"]

_MANAGEMENT_VERSION = 1  # ``meta/…`` is documented for version 1 only (D)


@dataclass(frozen=True)
class ListingSpec:
    """A list of the API as a DataFrame.

    Attributes
    ----------
    schema : str
        The name of its schema in `kloudless_data.schema.columns.SCHEMAS`.
    path : str
        The path below the URL of the client or account.
    scope : {"application", "developer", "account"}
        Whether it belongs to an application (API key), a developer (meta token) or an account.
    summary, rows : str
        For the documentation: one sentence on the result, and the contents of a row.
    shown : tuple of str
        The columns shown on a terminal.
    example : str
        A doctest that follows ``df = list_…(…)``.
    account_column : str, optional
        The column for the account's id, if objects leave it out.
    example_account : int
        The number of an account of the sandbox that has it.
    """

    schema: str
    path: str
    scope: Literal["application", "developer", "account"]
    summary: str
    rows: str
    shown: tuple[str, ...]
    example: str
    account_column: str | None = None
    example_account: int = 2

    @property
    def title(self) -> str:
        """The plural used in messages, progress bars and files, such as ``"usage reports"``."""
        return self.schema.replace("_", " ")

    def client(self, client: Client) -> Client:
        """Return a client for this listing, whose version of the API may be fixed."""
        return management(client) if self.scope == "developer" else client


def management(client: Client) -> Client:
    """Return the client for ``meta/…``, which has one version whatever is configured."""
    return client.with_options(api_version=_MANAGEMENT_VERSION)


SPECS = {
    spec.schema: spec
    for spec in (
        ListingSpec(
            "accounts",
            "accounts",
            "application",
            "Return the accounts connected to an application.",
            "One row per account: ``id``, ``account``, ``service``, ``admin``, ``active``, "
            "``created``, …",
            ("id", "account", "service", "admin", "active", "created"),
            ">>> len(df)\n3",
        ),
        # The fields of the next four are undocumented, except their ids (A).
        ListingSpec(
            "usage_reports",
            "meta/usage_reports",
            "developer",
            "Return the usage reports, one per period.",
            "One row per report: ``id``, ``start`` and ``end`` (datetime64[us, UTC]), ``accounts`` "
            "and ``requests`` (Int64), …",
            ("id", "name", "start", "end", "accounts", "requests"),
            '>>> bool((df["start"] < df["end"]).all())\nTrue',
        ),
        ListingSpec(
            "licenses",
            "meta/licenses",
            "developer",
            "Return the Kloudless Enterprise licences.",
            "One row per licence: ``id``, ``name``, ``active`` (boolean), ``expiry`` "
            "(datetime64[us, UTC]), … The licence file itself is at "
            "``meta/licenses/{id}/contents``.",
            ("id", "name", "active", "created", "expiry"),
            ">>> list(df[\"name\"])\n['Enterprise 2026', 'Trial']",
        ),
        ListingSpec(
            "invoices",
            "meta/invoices",
            "developer",
            "Return the developer's invoices.",
            "One row per invoice: ``id``, ``number``, ``date`` and ``due`` (datetime64[us, UTC]), "
            "``amount`` (float64, in units of ``currency``), ``paid`` (boolean), … An amount "
            "that a double cannot hold exactly, or that was sent as text, is in ``extra``.",
            ("number", "date", "due", "amount", "currency", "paid"),
            '>>> df.groupby("currency")["amount"].sum().to_dict()\n{\'USD\': 7500.0}',
        ),
        ListingSpec(
            "developers",
            "meta/developers",
            "developer",
            "Return the developers that the meta token can see.",
            "One row per developer: ``id``, ``email``, ``name``, ``company``, ``active``, …",
            ("id", "name", "email", "company", "active", "created"),
            ">>> list(df[\"email\"])\n['dev@aldermoor.example']",
        ),
        ListingSpec(
            "calendars",
            "cal/calendars",
            "account",
            "Return the calendars of an account, or of several accounts in parallel.",
            "One row per calendar: ``id``, ``account_id``, ``name``, ``timezone``, "
            "``access_role``, …",
            ("id", "name", "primary", "access_role", "timezone"),
            '>>> int(df["primary"].sum())\n1',
            account_column="account_id",
        ),
        ListingSpec(
            "subscriptions",
            "subscriptions",
            "account",
            "Return the subscriptions of an account, or of several accounts in parallel.\n\n"
            "    An account has activity only with a subscription; there is one by default "
            "(D).",
            "One row per subscription: ``id``, ``account``, ``active``, ``default``, "
            "``subscription_type``, ``monitored_resources`` (a list, as JSON text), …",
            ("id", "account", "subscription_type", "default", "active", "created", "expiry"),
            '>>> int(df["default"].sum())\n1',
            account_column="account",
        ),
        ListingSpec(
            "users",
            "team/users",
            "account",
            "Return the users of an administrator's team, or of several teams in parallel.",
            "One row per user: ``id``, ``name``, ``email``, ``role`` (v1), ``active`` (boolean), "
            "``emails`` (a list, as JSON text; v2), ``created``, … ``as_users`` "
            "takes the ids.",
            ("id", "name", "email", "role", "active"),
            '>>> int(df["email"].str.endswith("@aldermoor.example").sum())\n8',
            example_account=1,
        ),
        ListingSpec(
            "groups",
            "team/groups",
            "account",
            "Return the groups of an administrator's team, or of several teams in parallel.",
            "One row per group: ``id``, ``name``, ``role``, … `list_memberships` says who is in "
            "them.",
            ("id", "name", "role"),
            ">>> list(df[\"name\"])\n['Finance approvers', 'Contractors', 'Everyone']",
            example_account=1,
        ),
        ListingSpec(
            "links",
            "storage/links",
            "account",
            "Return the links to an account's files and folders, or to those of several accounts.",
            "One row per link: ``id``, ``file_id`` (of a file or a folder), ``url``, ``account``, "
            "``active``, ``expiration``, ``has_password``, ``scope``, ``created``, …",
            ("id", "file_id", "active", "scope", "has_password", "expiration", "created"),
            ">>> len(df)\n0",
            account_column="account",
            example_account=1,
        ),
    )
}
