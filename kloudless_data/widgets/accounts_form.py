"""The form of `pick_account`."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import ipywidgets

from ..exceptions import InvalidParameter, KloudlessException, NotSignedIn
from .account_list import AccountList
from .panel import Panel, field, message, notice
from .remedies import FORM

if TYPE_CHECKING:
    from ..account import Account
    from ..client import Client

__all__ = ["AccountPicker"]

_SHOWN = 500  # more would slow the page down, and nobody reads them


class AccountPicker(Panel):
    """A searchable list of accounts.

    Parameters
    ----------
    accounts : AccountList
    client : Client
        Creates the chosen account.
    """

    def __init__(self, accounts: AccountList, client: Client) -> None:
        self._accounts, self._client = accounts, client
        self._chosen: Account | None = None
        self._number: int | None = None
        self.search = field(
            ipywidgets.Text(
                description="Search", placeholder="name, service, id or “admin”; several words"
            ),
            "60px",
        )
        self.list = ipywidgets.Select(
            description="Accounts", rows=10, layout={"width": "auto", "max_width": "820px"}
        )
        self.list.style.description_width = "60px"
        self.list.add_class("kd-mono")
        self._count, self._details, self._notice = message(), ipywidgets.HTML(), message()
        self._look_up = ipywidgets.Button(
            description="Look up last activity",
            tooltip="Read the account's events, up to 10,000, for the time of the newest",
            layout={"width": "auto", "align_self": "flex-start", "display": "none"},
        )
        super().__init__(
            "Choose an account",
            [self.search, self._count, self.list, self._details, self._look_up, self._notice],
        )
        self._fill("")
        self.search.observe(lambda change: self._fill(change["new"]), "value")
        self.list.observe(lambda change: self._choose_row(change["new"]), "value")
        self._look_up.on_click(lambda _: self._last_activity())
        if len(accounts) == 1:
            self.list.value = 0

    @property
    def account(self) -> Account:
        """The chosen account.

        Raises
        ------
        NotSignedIn
            No account is chosen yet.
        """
        if self._chosen is None:
            raise NotSignedIn("No account is chosen yet: choose one in the list, then run this.")
        return self._chosen

    def choose(self, account_id: int | str) -> Account:
        """Choose an account by its id, like selecting it in the list.

        Raises
        ------
        InvalidParameter
            The account is not in the list.
        """
        number = self._accounts.number_of(str(account_id))
        if number is None:
            raise InvalidParameter(f"Account {account_id} is not in the list.")
        self.search.value = ""
        if number >= _SHOWN:
            self._choose_row(number)
        else:
            self.list.value = number
        return self.account

    def _fill(self, text: str) -> None:
        found = self._accounts.search(text)
        chosen = self._number
        self.list.options = [(self._accounts.line(n), n) for n in found[:_SHOWN]]
        # Setting the options selects the first one; only the user may choose.
        self.list.value = chosen if chosen in found[:_SHOWN] else None
        shown = "" if len(found) <= _SHOWN else f"; the first {_SHOWN} are shown"
        self._count.value = (
            f'<div class="kd-note" role="status">{len(found):,} of {len(self._accounts):,} '
            f"accounts{shown} · {self._accounts.heading}</div>"
        )

    def _choose_row(self, number: int | None) -> None:
        if number is None:
            return
        row = self._accounts.rows[number]
        self._number = number
        self._chosen = self._client.account(row["id"])
        facts = [
            ("Account", row["account"]),
            ("Id", row["id"]),
            ("Service", row["service"]),
            ("Administrator", "yes" if row["admin"] else "no"),
            ("Last activity", row["last"] or "not known"),
            ("Connected since", row["created"]),
            ("Token expires", row["expires"] or "not said"),
        ]
        body = "".join(
            f'<tr><th scope="row">{name}</th><td>{html.escape(text)}</td></tr>'
            for name, text in facts
            if text
        )
        self._details.value = f'<table class="kd-facts"><tbody>{body}</tbody></table>'
        self._look_up.layout.display = "none" if row["last"] else None
        self._notice.value = notice(
            "Use it as picker.account, under your variable's name.", "Chosen"
        )

    def _last_activity(self) -> None:
        try:
            events: Any = self.account.events(columns=["modified"], progress=False).to_frame()
        except KloudlessException as error:
            self._notice.value = notice(error.worded(FORM), "Not found", "error")
            return
        newest = events["modified"].max() if len(events) else None
        last = "no events kept" if newest is None else f"{newest:%Y-%m-%d %H:%M:%S}"
        self._accounts.rows[self._number or 0]["last"] = last
        self._choose_row(self._number)
        self._fill(self.search.value)
