"""Listings as DataFrames: accounts, applications, folders, calendars and more.

Each reads all pages, in parallel where requests are independent. The columns are those of
`kloudless_data.schema.columns`, even in an empty frame.
"""

from __future__ import annotations

from .applications import APPLICATION_ITEMS, list_application_items, list_applications
from .calendars import list_calendar_events
from .folders import list_folder
from .join import join_accounts
from .lists import (
    list_accounts,
    list_calendars,
    list_developers,
    list_groups,
    list_invoices,
    list_licenses,
    list_links,
    list_subscriptions,
    list_usage_reports,
    list_users,
)
from .passthrough import raw_frame
from .secrets import mask_secrets
from .team import list_memberships, list_permissions

__all__ = [
    "APPLICATION_ITEMS",
    "join_accounts",
    "list_accounts",
    "list_application_items",
    "list_applications",
    "list_calendar_events",
    "list_calendars",
    "list_developers",
    "list_folder",
    "list_groups",
    "list_invoices",
    "list_licenses",
    "list_links",
    "list_memberships",
    "list_permissions",
    "list_subscriptions",
    "list_usage_reports",
    "list_users",
    "mask_secrets",
    "raw_frame",
]
