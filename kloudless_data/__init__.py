"""Account activity and listings from the Kloudless API as pandas DataFrames, CSV and Parquet.

>>> import kloudless_data as kd
>>> from kloudless_data.sandbox import Sandbox
>>> with Sandbox(accounts=1, events=100) as sandbox:
...     account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
...     df = account.events().to_frame()
>>> len(df)
100
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .verbs import supply
from .version import VERSION, __version__

if TYPE_CHECKING:
    from . import exceptions
    from .access import Access, read_review
    from .account import Account, get_verified_account
    from .application import get_authorization_url, get_token_from_code, verify_token
    from .archive import Archive
    from .client import Client
    from .config import configuration
    from .events import EventStream, read_events
    from .export.excel import write_excel
    from .export.manifest import Manifest
    from .export.read import read_csv
    from .export.verify import verify
    from .listings import (
        join_accounts,
        list_accounts,
        list_application_items,
        list_applications,
        list_calendar_events,
        list_calendars,
        list_developers,
        list_folder,
        list_groups,
        list_invoices,
        list_licenses,
        list_links,
        list_memberships,
        list_permissions,
        list_subscriptions,
        list_usage_reports,
        list_users,
        raw_frame,
    )
    from .logs import read_log
    from .widgets.access_form import AccessExplorer
    from .widgets.accounts import pick_account
    from .widgets.explore import explore
    from .widgets.login import login, logout
    from .widgets.settings import settings

__all__ = [
    "VERSION",
    "Access",
    "Account",
    "Archive",
    "Client",
    "EventStream",
    "Manifest",
    "__version__",
    "configuration",
    "exceptions",
    "explore",
    "get_authorization_url",
    "get_token_from_code",
    "get_verified_account",
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
    "login",
    "logout",
    "pick_account",
    "raw_frame",
    "read_csv",
    "read_events",
    "read_log",
    "read_review",
    "settings",
    "verify",
    "verify_token",
    "write_excel",
]

# Imported on first use: requests, pyarrow and pandas take longer to load than everything else, and
# meanwhile the command can answer Ctrl-C with a message.
_LAZY = {
    "Access": "access",
    "Account": "account",
    "Client": "client",
    "configuration": "config",
    "get_authorization_url": "application",
    "get_token_from_code": "application",
    "get_verified_account": "account",
    "verify_token": "application",
    "Archive": "archive",
    "read_review": "access",
    "EventStream": "events",
    "read_events": "events",
    "verify": "export.verify",
    "Manifest": "export.manifest",
    "read_csv": "export.read",
    "write_excel": "export.excel",
    "join_accounts": "listings",
    "list_accounts": "listings",
    "list_application_items": "listings",
    "list_applications": "listings",
    "list_calendar_events": "listings",
    "list_calendars": "listings",
    "list_developers": "listings",
    "list_folder": "listings",
    "list_invoices": "listings",
    "list_licenses": "listings",
    "list_subscriptions": "listings",
    "list_usage_reports": "listings",
    "list_groups": "listings",
    "list_links": "listings",
    "list_memberships": "listings",
    "list_permissions": "listings",
    "list_users": "listings",
    "raw_frame": "listings",
    "read_log": "logs",
    "explore": "widgets.explore",
    "login": "widgets.login",
    "logout": "widgets.login",
    "pick_account": "widgets.accounts",
    "settings": "widgets.settings",
}


# Modules that programs use without importing them: the official SDK's, and the audit.
_MODULES = ("account", "application", "audit", "auth", "client", "config", "exceptions",
            "resources", "util")  # fmt: skip


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def _access_of(archive: Archive) -> Access:
    from .access import Access

    return Access(archive)


def _explore_access(access: Access, **options: Any) -> AccessExplorer:
    from .widgets.explore_access import explore_access

    return explore_access(access, **options)


supply("Archive.access", _access_of)
supply("Access.explore", _explore_access)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
