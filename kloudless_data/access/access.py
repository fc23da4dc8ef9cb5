"""`Access`: who can see what, read from the services, kept, and asked."""

from __future__ import annotations

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
from .reading import AccountReading
from .snapshot import full_pass
from .update import keep_current

__all__ = ["Access"]


class Access(ReadableAccess):
    """Who can see what: users, groups, items, rights and links of administrators' accounts.

    Parameters
    ----------
    path : str, path or Archive
        A folder or URL for the tables. Of an archive: its folder ``access``, with its storage
        options and its clock, as `Archive.access` gives it.
    storage_options : mapping of str to str, optional
        As deltalake takes them.
    now : callable, optional
        Gives the time, UTC; for tests.

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
        progress: bool | None = None,
    ) -> Report:
        """Read everything; one that was interrupted goes on where it was.

        Parameters
        ----------
        accounts : Client, Account or sequence of Account
            Administrators'. A `Client` with an API key stands for all of its application's.
        ask : {"marked", "all"}
            Of which items to ask the permissions: of those that can have rights of their own by
            what the service says of them, see `kloudless_data.access.marks`; or of all.
        max_requests : int, optional
            Make no more; the next call goes on.
        progress : bool, optional
            Show a progress bar, with an estimate of the time left; default: when somebody can see
            it.

        Returns
        -------
        Report
            What cannot be read is named there and in the ledger, and keeps nothing else from being
            read.

        Raises
        ------
        InvalidParameter
            There is no administrator's account.
        ArchiveFailed
            The tables cannot be written.
        """
        if ask not in ("marked", "all"):
            raise InvalidParameter(f"ask is 'marked' or 'all', not {ask!r}.")
        return self._read(
            accounts, max_requests, progress, lambda reading: full_pass(reading, ask=ask)
        )

    def update(
        self,
        accounts: Client | Account | Sequence[Account],
        *,
        full_every: float = 7,
        ask: str = "marked",
        max_requests: int | None = None,
        progress: bool | None = None,
    ) -> Report:
        """Ask again for what activity says was touched since the last time.

        Parameters
        ----------
        accounts, ask, max_requests, progress
            As of `snapshot`.
        full_every : float
            Days after which everything is read anew: what is not in activity is found then.

        Returns
        -------
        Report
            ``due`` names accounts of whose activity some may have been dropped meanwhile, so that
            they need a full pass: the server keeps it for 24 hours.
        """

        def read(reading: AccountReading) -> None:
            keep_current(reading, full_every=timedelta(days=full_every), ask=ask)

        return self._read(accounts, max_requests, progress, read)

    def _read(
        self,
        accounts: Client | Account | Sequence[Account],
        max_requests: int | None,
        progress: bool | None,
        read: Callable[[AccountReading], object],
    ) -> Report:
        if not self.store.exists():
            self.store.create()
        return read_administrators(
            self.store, accounts, read, now=self._now, max_requests=max_requests, progress=progress
        )

    def explore(self, *, at: datetime | str | None = None) -> Any:
        """Show folders as a tree in a notebook, and who sees the chosen one.

        It needs the extra ``notebook``. No request leaves the machine. The mouse does everything,
        and so do the arrow keys and Enter.

        Parameters
        ----------
        at : datetime or str, optional
            When; default: as of the latest reading.

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
