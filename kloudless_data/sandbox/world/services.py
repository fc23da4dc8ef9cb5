"""The kinds of accounts, and how each service's answers differ from the others'.

That fields differ (numbers as text, nulls, missing ones) is documented or was seen. Which service
does what is our assumption (A), chosen so that clients meet every case.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CYCLE", "Service", "service_named"]


@dataclass(frozen=True, slots=True)
class Service:
    """A service and the peculiarities of its data.

    Attributes
    ----------
    precision
        The precision of objects' times, in microseconds.
    ip, user_id
        Whether events name the address, and how they name the user ("int", "str" or "null").
    text_sizes, text_account
        True if sizes and account ids are text instead of numbers.
    """

    name: str
    title: str
    apis: tuple[str, ...]
    family: str = "storage"
    admin: bool = False
    precision: int = 1
    ip: bool = True
    user_id: str = "str"
    text_sizes: bool = False
    text_account: bool = False


_STORAGE = ("storage",)

#: The first five cover every kind; further accounts cycle through all of these.
CYCLE = (
    Service("gdrive", "Google Drive", _STORAGE, precision=1000, ip=False, user_id="null"),
    Service("box", "Box", (*_STORAGE, "team"), admin=True, precision=1_000_000),
    Service(
        "google_calendar", "Google Calendar", ("calendar",), "calendar", ip=False, precision=1000
    ),
    Service("dropbox", "Dropbox", _STORAGE, precision=1_000_000, text_sizes=True),
    Service("salesforce", "Salesforce", ("crm",), "crm", precision=1_000_000),
    Service("gdrive", "Google Drive", _STORAGE, precision=1000, ip=False, user_id="null"),
    Service("onedrivebiz", "OneDrive for Business", (*_STORAGE, "team"), admin=True, user_id="int"),
    Service(
        "google_calendar", "Google Calendar", ("calendar",), "calendar", ip=False, precision=1000
    ),
    Service("sharepoint", "SharePoint", _STORAGE, text_account=True, text_sizes=True),
    Service("hubspot", "HubSpot", ("crm",), "crm", user_id="int", precision=1000),
)

#: Services that only companies have, see `kloudless_data.sandbox.sharing`.
_OTHERS = (Service("egnyte", "Egnyte", (*_STORAGE, "team"), admin=True),)


def service_named(name: str) -> Service:
    """Return the service with this name."""
    return next(one for one in (*CYCLE, *_OTHERS) if one.name == name)
