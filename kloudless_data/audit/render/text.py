"""Values, labels and sentences as one line of text."""

from __future__ import annotations

from typing import Any

from ...util import one_line

__all__ = ["account_name", "label_of", "service_name", "text_of"]

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


#: The labels of findings' numbers, where their name with spaces would not do.
_LABELS = {
    "how_often": "such a person-day is to be expected",
    "most_elsewhere": "at most, leaving out a day before and after",
    "of_others": "events with files of others",
    "in_turn": "times in turn with another network",
    "in_strange_folders": "share in folders with activity on at most one other day",
    "amid_work": "share amid the person's own edits",
    "usual_at_these_hours": "share of other days with activity at these hours",
    "by_syncing": "share by programs that sync",
    "circumstances": "weight of the circumstances, in powers of ten",
}


def label_of(name: str) -> str:
    """Return the label of a number or column.

    Examples
    --------
    >>> label_of("days_of_history"), label_of("of_others")
    ('days of history', 'events with files of others')
    """
    return _LABELS.get(name, text_of(name.replace("_", " ")))
