"""`Access`: who can see what, read from the services, kept, and asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..account import Account
from ..archive.archive import Archive
from ..archive.clock import utc_now
from ..archive.discovery import accounts_of
from ..client import Client
from ..display.progress import progress_bar
from ..exceptions import APIException, InvalidParameter, is_expired_cursor
from ..schema.times import parse_time
from . import effective
from .activity import Activity
from .diff import diff_of
from .findings import findings_of
from .ledger import Ledger
from .picture import Picture
from .report import AccessReport, report_of
from .requests import Budget
from .review import revocations_of, rights_to_review, write_review
from .snapshot import AccountReading, Report
from .store import Store
from .update import update_account

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Access"]

_RETENTION = timedelta(hours=24)  # of events (D)


class Access:
    """Who can see what: users, groups, items, rights and links of administrators' accounts.

    Parameters
    ----------
    path : str, path or Archive
        A folder or URL for the tables; of an archive, its folder ``access``.
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

    def __init__(
        self,
        path: str | os.PathLike[str] | Archive,
        *,
        storage_options: Mapping[str, str] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        where = f"{path.path}/access" if isinstance(path, Archive) else os.fspath(path)
        self.store = Store(where, storage_options)
        self._now = now or utc_now  # a function by name can be pickled
        self._picture: tuple[int, Picture] | None = None

    @property
    def path(self) -> str:
        """Where the tables are."""
        return self.store.path

    def __repr__(self) -> str:
        return f"<Access {self.path}>"

    # Reading.

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
            accounts, max_requests, progress, lambda reading: reading.full_pass(ask=ask)
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
            ledger = Ledger(self.store, reading.name)
            position = ledger.position()
            oldest = self._now() - timedelta(days=full_every)
            if position is None or ledger.unfinished() or position.full < oldest:
                reading.full_pass(ask=ask)
                return
            self._update(reading, position.cursor, self._now() - position.answered)

        return self._read(accounts, max_requests, progress, read)

    def _update(self, reading: AccountReading, cursor: str | None, since: timedelta) -> None:
        report = reading.report
        if cursor is None:
            report.due[reading.name] = "The account has no activity to follow."
            return
        try:
            update_account(reading, cursor)
        except APIException as error:
            if not is_expired_cursor(error):
                raise
            report.due[reading.name] = "The server does not keep the activity since then any more."
            return
        if since > _RETENTION:
            report.due[reading.name] = (
                f"The last update was {since / timedelta(hours=1):.0f} hours ago, and the server "
                "keeps 24: some activity may have been dropped."
            )

    def _read(
        self,
        accounts: Client | Account | Sequence[Account],
        max_requests: int | None,
        progress: bool | None,
        read: Callable[[AccountReading], object],
    ) -> Report:
        report = Report(started=self._now().isoformat(timespec="seconds"))
        budget = Budget(max_requests)
        if not self.store.exists():
            self.store.create()
        with progress_bar("Reading access", unit="units", show=progress) as bar:
            for account, name, service in self._administrators(accounts, budget, report):
                reading = AccountReading(
                    self.store, account, name, service,
                    budget=budget, report=report, now=self._now, bar=bar,
                )  # fmt: skip
                report.accounts.append(name)
                try:
                    read(reading)
                except APIException as error:
                    report.failures[f"account {name}"] = error.facts
                finally:  # Ctrl-C keeps what was read
                    reading.commit()
        report.requests += budget.made
        report.finished = self._now().isoformat(timespec="seconds")
        return report

    def _administrators(
        self, accounts: Client | Account | Sequence[Account], budget: Budget, report: Report
    ) -> Iterator[tuple[Account, str, str]]:
        """Yield the administrators' accounts with their ids and services."""
        everybody = isinstance(accounts, Client) and not isinstance(accounts, Account)
        if everybody:
            known = accounts_of(accounts)
            report.failures.update(known.failures)
            report.requests += 1
            found = list(known.accounts.values())
        else:
            found = [accounts] if isinstance(accounts, Account) else list(_several(accounts))
        some = False
        for account in found:
            budget.take()
            try:
                facts = account.get("").data
            except APIException as error:
                report.failures[f"account {account.account_id}"] = error.facts
                continue
            if facts.get("admin"):
                some = True
                yield account, str(facts.get("id")), str(facts.get("service") or "")
            elif not everybody:
                name = f"account {facts.get('id')}"
                report.failures[name] = "It is no administrator's: it has no team to be asked for."
        if not some and not report.failures:
            raise InvalidParameter("There is no administrator's account among them.")

    # Asking.

    def picture(self, at: datetime | str | None = None) -> Picture:
        """Return the rights at a time, as a database; the latest is kept until more is read."""
        if at is not None:
            return Picture.of_store(self.store, parse_time(at) if isinstance(at, str) else at)
        version = self.store.version()
        if self._picture is None or self._picture[0] != version:
            if self._picture is not None:
                self._picture[1].close()
            self._picture = (version, Picture.of_store(self.store, self._now()))
        return self._picture[1]

    @contextmanager
    def _at(self, at: datetime | str | None) -> Iterator[Picture]:
        picture = self.picture(at)
        try:
            yield picture
        finally:
            if at is not None:
                picture.close()

    def who_can_see(
        self, item: str, *, account: str | None = None, at: datetime | str | None = None
    ) -> pd.DataFrame:
        """Return who can see an item, with which right, and what gives it.

        Parameters
        ----------
        item : str
            Its id.
        account : str, optional
            Of which account, if several have it.
        at : datetime or str, optional
            When; default: as of the latest reading.

        Returns
        -------
        pandas.DataFrame
            One row a person, and one for whoever has a link, strongest right first: ``person``
            (e-mail address, or ``id:…``), ``name``, ``state`` (``"active"``, ``"inactive"``,
            ``"left"``: not in the team any more, ``"outside"``), ``right`` (of
            `kloudless_data.access.levels.LEVELS`), ``via`` (``"owner"``, ``"direct"``,
            ``"inherited"``, ``"group"``, ``"domain"``, ``"link"``), ``chain`` (in words),
            ``granted_on`` (where).

        Raises
        ------
        InvalidParameter
            There is no such item in the snapshot.
        """
        with self._at(at) as picture:
            return effective.who_can_see(picture, item, account)

    def what_can_see(
        self,
        person: str,
        *,
        links: bool = True,
        limit: int | None = None,
        at: datetime | str | None = None,
    ) -> pd.DataFrame:
        """Return what a person can see, with which right, and what gives it.

        Parameters
        ----------
        person : str
            An e-mail address, or a user's id.
        links : bool
            Also what links open to them, whether or not they have the link.
        limit : int, optional
            Return no more rows.
        at : datetime or str, optional
            When; default: as of the latest reading.

        Returns
        -------
        pandas.DataFrame
            One row an item: ``account``, ``id``, ``type``, ``name``, ``location``, ``right``,
            ``via``, ``chain``, ``granted_on``.
        """
        with self._at(at) as picture:
            return effective.what_can_see(picture, person, links=links, limit=limit)

    def findings(
        self,
        *,
        rules: Sequence[str] | None = None,
        large: int = 100,
        activity: Archive | pd.DataFrame | None = None,
        at: datetime | str | None = None,
    ) -> pd.DataFrame:
        """Return what stands out, in the form of the audit's findings.

        Parameters
        ----------
        rules : sequence of str, optional
            Names in `kloudless_data.access.findings.RULES`, and ``"unused_right"``; default: all.
        large : int
            More people make a group a large one.
        activity : Archive or DataFrame, optional
            Events of the accounts: they say since when and by whom something is shared, and an
            archive, which rights were not used in the time that it covers.
        at : datetime or str, optional
            When; default: as of the latest reading.

        Returns
        -------
        pandas.DataFrame
            ``id``, ``rule``, ``severity``, ``account``, ``person``, ``sentence``, ``start``,
            ``end``, ``numbers`` (dict), ``evidence`` (ids of items), ``events`` (how many);
            with `activity` also ``since`` and ``by``.
        """
        with self._at(at) as picture:
            told = None if activity is None else Activity(activity, picture)
            return findings_of(picture, rules=rules, large=large, activity=told)

    def diff(
        self,
        earlier: datetime | str | Access,
        *,
        activity: Archive | pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Return what was granted, widened, narrowed and revoked since.

        Parameters
        ----------
        earlier : datetime, str or Access
            A time of this reading, or another reading.
        activity : Archive or DataFrame, optional
            Says who did it, and when.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``item``, ``location``, ``kind`` (``"user"``, ``"group"``, ``"domain"``,
            ``"anyone"``, ``"company"``, ``"member"`` of a group), ``whom``, ``change``,
            ``before``, ``after``, ``by``, ``time``.
        """
        later = self.picture()
        told = None if activity is None else Activity(activity, later)
        if isinstance(earlier, Access):
            return diff_of(earlier.picture(), later, told)
        with self._at(earlier) as before:
            return diff_of(before, later, told)

    # Handing over.

    def to_excel(
        self, path: str | os.PathLike[str], *, by: str = "owner", force: bool = False
    ) -> int:
        """Write a workbook for an access review: a sheet an owner, a row a right.

        The columns ``decision`` (keep or revoke, a list to choose from) and ``comment`` are open;
        all else is protected against mistakes, without a password.

        Parameters
        ----------
        path : str or path
        by : {"owner", "whom"}
            A sheet for each owner of items, or for each person or group that has rights.
        force : bool
            Replace what is there already.

        Returns
        -------
        int
            How many rights are in it.

        Raises
        ------
        OutputExists
            There is a file already.
        ExportFailed
            It cannot be written.
        """
        return write_review(rights_to_review(self.picture()), path, by=by, force=force)

    def revocations(self, review: pd.DataFrame) -> pd.DataFrame:
        """Return the requests that would revoke what a review decided; none of them is made.

        Parameters
        ----------
        review : pandas.DataFrame
            Of `read_review`.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``location``, ``whom``, ``method``, ``path``, ``body`` (JSON): a ``PUT`` of
            the rights that stay (D; v1), or of a link a ``PATCH`` that switches it off (A).
        """
        return revocations_of(review, self.picture())

    def report(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        title: str = "Who can see what",
        activity: Archive | pd.DataFrame | None = None,
        format: str | None = None,
        force: bool = False,
    ) -> AccessReport:
        """Make a report of access, its first page with its scope and what it lacks.

        Parameters
        ----------
        path : str or path, optional
            Where to save it: ``.html``, ``.md`` or ``.json``.
        title : str
        activity : Archive or DataFrame, optional
            As of `findings`.
        format : {"html", "md", "json"}, optional
            By default what the path ends in.
        force : bool
            Replace what is there already.

        Returns
        -------
        AccessReport
            It shows itself in a notebook.
        """
        made = report_of(self, title, activity)
        if path is not None:
            made.save(path, format, force=force)
        return made

    def items(self, *, at: datetime | str | None = None) -> pd.DataFrame:
        """Return all items: ``account``, ``id``, ``type``, ``name``, ``location``, ``owner``."""
        with self._at(at) as picture:
            return picture.frame(
                "select account, id, type, name, location, owner from items order by location, id"
            )

    def ledger(self) -> pd.DataFrame:
        """Return what was read and what not: a row a unit and time.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``service``, ``kind``, ``key``, ``state`` (``"read"`` or ``"failed"``),
            ``as_user``, ``asked`` and ``answered`` (datetime64[us, UTC]), ``rows``, ``reason``.
        """
        from ..decode.decode import to_frame

        names = ["account", "service", "kind", "key", "state", "as_user", "asked", "answered"]
        names += ["rows", "reason"]
        table = self.store.dataset("ledger").to_table(columns=names)
        return to_frame(table.sort_by("answered").to_batches(), table.schema)

    def gaps(self) -> pd.DataFrame:
        """Return what could not be read, as far as it was not read since.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``kind``, ``key``, ``as_user``, ``answered``, ``reason``.
        """
        ledger = self.ledger()
        ledger = ledger[ledger["kind"] != "pass"]
        latest = ledger.groupby(["account", "kind", "key"], dropna=False).tail(1)
        names = "account service kind key state as_user asked answered rows reason".split()
        return latest.loc[latest["state"] == "failed", names].reset_index(drop=True)


def _several(accounts: Client | Sequence[Account]) -> Sequence[Account]:
    """Refuse what are no accounts."""
    if isinstance(accounts, Client) or not all(isinstance(one, Account) for one in accounts):
        raise InvalidParameter("A Client or Accounts are needed: kd.Client(api_key=…).")
    return accounts
