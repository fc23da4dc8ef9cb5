"""Values and sentences as one line of text."""

from __future__ import annotations

from typing import Any

from ...util import one_line

__all__ = ["account_name", "service_name", "text_of"]

#: The display names of services.
_SERVICES = {
    "box": "Box", "cloudtrail": "AWS CloudTrail", "dropbox": "Dropbox", "egnyte": "Egnyte",
    "gdrive": "Google Drive", "google": "Google Workspace", "microsoft365": "Microsoft 365",
    "ocsf": "OCSF", "onedrivebiz": "OneDrive for Business", "s3": "Amazon S3",
    "sharefile": "ShareFile", "sharepoint": "SharePoint", "slack": "Slack",
}  # fmt: skip


def service_name(service: str) -> str:
    """Return the display name of a service.

    Examples
    --------
    >>> service_name("gdrive"), service_name("cmis")
    ('Google Drive', 'cmis')
    """
    return _SERVICES.get(service, service)


def account_name(account: str, service: Any = None) -> str:
    """Return an account with its service, as a person would recognise it.

    Parameters
    ----------
    account : str
        The account's id or name.
    service : object, optional
        The service's name; anything but text is ignored.

    Examples
    --------
    >>> account_name("125900003", "gdrive"), account_name("7"), account_name("box", "box")
    ('125900003 (Google Drive)', '7', 'Box')
    """
    if not isinstance(service, str):
        return account
    named = service_name(service)
    return named if account == service else f"{account} ({named})"


def text_of(value: Any) -> str:
    """Return a value as one line of text; empty if it is missing."""
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, pd.Timestamp) or hasattr(value, "isoformat"):
        return f"{value:%Y-%m-%d %H:%M:%S}" if hasattr(value, "hour") else str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or type(value).__name__.startswith(("int", "uint")):
        return f"{int(value):,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{one_line(str(k))} = {text_of(v) or '–'}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text_of, value)) or "none"
    return one_line(str(value))
