"""`Access`: who can see what, read from the services, stored and queried."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from ..account import Account
from ..client import Client
from ..exceptions import InvalidParameter
from ..verbs import done_by
from .administrators import read_administrators
from .outcome import Report
from .questions import ReadableAccess
from .reader import AccountReader
from .snapshot import begin_passes, full_pass
from .update import keep_current

__all__ = ["Access"]


class Access(ReadableAccess):
    """Who can see what: users, groups, items, rights and links of administrators' accounts.

    Parameters
    ----------
    path : str, path or Archive
        A folder or URL for the tables. For an archive, its folder ``access``, with its storage
        options and its clock, as in `Archive.access`.
    storage_options : mapping of str to str, optional
        As deltalake takes them.
    now : callable, optional
        Returns the current time in UTC; for tests.

    Examples
    --------
    >>> import tempfile
    >>> from kloudless_data import Client
    >>> from kloudless_data.sandbox import Company, Sandbox
    >>> company = Company(seed=3, people=12, items=200)
    >>> with Sandbox(accounts=1, events=0, organisations=[company]) as sandbox:
    ...     client = Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    ...     access = Access(tempfile.mkdtemp())
    ...     report = access.snapshot(client)
    >>> report.left, len(access.items()) > 150
    (0, True)
    """

    def snapshot(
        self,
        accounts: Client | Account | Sequence[Account],
        *,
        ask: str = "marked",
        max_requests: int | None = None,
        moved: bool = False,
        progress: bool | None = None,
    ) -> Report:
        """Read everything; an interrupted snapshot continues where it stopped.

        Parameters
        ----------
        accounts : Client, Account or sequence of Account
            Administrators' accounts. A `Client` with an API key stands for all accounts of its
            application.
        ask : {"marked", "all"}
            Which items' permissions to request: those of items that, by what the service says of
            them, can have their own rights (see `kloudless_data.access.marks`), or all.
        max_requests : int, optional
            Send at most this many; the next call continues. An update always reads the activity:
            at most 11 requests, and twice that to continue an interrupted one.
        moved : bool
            Accept that the accounts' server has another address than before, which the ledger
            records. By default another one is refused: its accounts may have the same ids.
        progress : bool, optional
            Show a progress bar, with an estimate of the time left. Defaults to showing one where
            it is visible.

        Returns
        -------
        Report
            It and the ledger name what could not be read; everything else is read regardless.

        Raises
        ------
        InvalidParameter
            There is no administrator's account.
        ArchiveFailed
            The tables cannot be written, or are of another server.
        """
        _check(ask, max_requests)
        return self._read(
            accounts,
            max_requests,
            moved,
            progress,
            lambda reader: full_pass(reader, ask=ask),
            begin_passes,
        )

    def update(
        self,
        accounts: Client | Account | Sequence[Account],
        *,
        full_every: float = 7,
        ask: str = "marked",
        max_requests: int | None = None,
        moved: bool = False,
        progress: bool | None = None,
    ) -> Report:
        """Read again everything that activity has touched since the last time.

        Parameters
        ----------
        accounts, ask, max_requests, moved, progress
            As for `snapshot`.
        full_every : float
            Days after which everything is read again, which also finds changes without activity.

        Returns
        -------
        Report
            ``due`` names accounts whose activity may have been dropped meanwhile (the server keeps
            it for 24 hours), so that they need a full pass.
        """
        _check(ask, max_requests)
        if not isinstance(full_every, int | float) or not 0 <= full_every <= 36_500:
            raise InvalidParameter(
                f"must be a number of days, not {full_every!r}.", parameter="full_every"
            )

        def read(reader: AccountReader) -> None:
            keep_current(reader, full_every=timedelta(days=full_every), ask=ask)

        prepare = functools.partial(begin_passes, again=False)
        return self._read(accounts, max_requests, moved, progress, read, prepare)

    def _read(
        self,
        accounts: Client | Account | Sequence[Account],
        max_requests: int | None,
        moved: bool,
        progress: bool | None,
        read: Callable[[AccountReader], object],
        prepare: Callable[[Sequence[AccountReader]], Sequence[AccountReader]],
    ) -> Report:
        if not self.store.exists():
            self.store.create()
        return read_administrators(
            self.store,
            accounts,
            read,
            prepare=prepare,
            now=self._now,
            max_requests=max_requests,
            moved=moved,
            progress=progress,
        )

    def explore(self, *, at: datetime | str | None = None) -> Any:
        """Show folders as a tree in a notebook, and who sees the chosen one.

        Needs the extra ``notebook``. No request leaves the machine. Both the mouse and the keyboard
        (arrow keys and Enter) can do everything.

        Parameters
        ----------
        at : datetime or str, optional
            The time to show. Defaults to the latest snapshot or update.

        Returns
        -------
        kloudless_data.widgets.access_form.AccessExplorer
            ``explorer.item`` is the id of the chosen item, ``explorer.who`` who can see it.

        Raises
        ------
        MissingPackage
            ipywidgets is not installed.
        ArchiveFailed
            There is no snapshot yet.
        """
        return done_by("Access.explore")(self, at=at)


def _check(ask: str, max_requests: int | None) -> None:
    """Refuse what cannot be asked for, before anything is created or sent."""
    if ask not in ("marked", "all"):
        raise InvalidParameter(f"must be 'marked' or 'all', not {ask!r}.", parameter="ask")
    if max_requests is not None and (not isinstance(max_requests, int) or max_requests < 1):
        raise InvalidParameter(
            f"must be a number above 0, not {max_requests!r}.", parameter="max_requests"
        )
