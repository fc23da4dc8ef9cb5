"""Accounts as searchable lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..util import one_line

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AccountList"]


class AccountList:
    """Accounts as searchable lines of text.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `list_accounts`.
    activity : pandas.DataFrame or mapping, optional
        As for `pick_account`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"id": ["7", "8"], "account": ["ana@x.org", "ben@x.org"],
    ...                       "service": ["box", "gdrive"], "admin": [True, False]})
    >>> accounts = AccountList(frame)
    >>> accounts.search("box admin"), accounts.search("BEN"), accounts.search("box ben")
    ([0], [1], [])
    """

    def __init__(
        self, frame: pd.DataFrame, activity: pd.DataFrame | Mapping[str, Any] | None = None
    ) -> None:
        last = _last_activity(activity)
        self.rows: list[dict[str, str]] = []
        for record in frame.to_dict("records"):
            row = {name: _shown(value) for name, value in record.items()}
            self.rows.append(
                {
                    "id": row.get("id", ""),
                    "account": row.get("account", ""),
                    "service": row.get("service_name") or row.get("service", ""),
                    "admin": "admin" if record.get("admin") is True else "",
                    "last": last.get(row.get("id", ""), ""),
                    "created": row.get("created", ""),
                    "expires": row.get("token_expiry", ""),
                    "words": " ".join([row.get("service", ""), row.get("id", "")]),
                }
            )
        # Most recently active first; the rest stay in the server's order.
        self.rows.sort(key=lambda row: row["last"], reverse=True)
        self._searched = [" ".join(row.values()).casefold() for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def search(self, text: str) -> list[int]:
        """Return the numbers of the rows that contain every word."""
        words = text.casefold().split()
        return [
            number
            for number, searched in enumerate(self._searched)
            if all(word in searched for word in words)
        ]

    def line(self, number: int) -> str:
        """Return a row as one line of a fixed-width list."""
        row = self.rows[number]
        parts = [
            _cell(row["account"] or row["id"], 34),
            _cell(row["service"], 22),
            _cell(row["admin"], 6),
            _cell(row["last"][:16], 16),
        ]
        return "  ".join(parts)

    @property
    def heading(self) -> str:
        """The column heading for `line`."""
        last = ", last activity (UTC)" if any(row["last"] for row in self.rows) else ""
        return f"account, service, administrator{last}"

    def number_of(self, account_id: str) -> int | None:
        """Return the number of the row with an id."""
        for number, row in enumerate(self.rows):
            if row["id"] == account_id:
                return number
        return None


def _last_activity(activity: pd.DataFrame | Mapping[str, Any] | None) -> dict[str, str]:
    if activity is None:
        return {}
    if isinstance(activity, Mapping):
        return {str(account): _shown(when) for account, when in activity.items()}
    latest = activity.groupby("account")["modified"].max()
    return {str(account): _shown(when) for account, when in latest.items()}


def _shown(value: Any) -> str:
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return str(value.strftime("%Y-%m-%d %H:%M:%S"))
    return one_line(str(value))


def _cell(text: str, width: int) -> str:
    cut = text if len(text) <= width else text[: width - 1] + "…"
    # A list's entries collapse ordinary spaces.
    return cut.ljust(width).replace(" ", "\N{NO-BREAK SPACE}")
