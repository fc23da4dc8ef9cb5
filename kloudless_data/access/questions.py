"""What can be asked of a snapshot, and handed over; nothing here sends a request."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from ..archive.archive import Archive
from ..archive.clock import utc_now
from ..schema.times import parse_time
from . import effective
from .activity import Activity
from .diff import diff_of
from .findings import findings_of
from .picture import Picture
from .report import AccessReport, report_of
from .review import rights_to_review, write_review
from .revocations import revocations_of
from .store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ReadableAccess"]


class ReadableAccess:
    """What can be asked of a snapshot; see `kloudless_data.access.Access`.

    Parameters
    ----------
    path : str, path or Archive
    storage_options : mapping of str to str, optional
    now : callable, optional
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | Archive,
        *,
        storage_options: Mapping[str, str] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        if isinstance(path, Archive):
            storage_options = path.storage_options if storage_options is None else storage_options
            now = now or path.now
            path = f"{path.path}/access"
        self.store = Store(os.fspath(path), storage_options)
        self._now = now or utc_now  # a function by name can be pickled
        self._picture: tuple[int, Picture] | None = None

    @property
    def path(self) -> str:
        """Where the tables are."""
        return self.store.path

    def __repr__(self) -> str:
        return f"<Access {self.path}>"

    # Asking.

    def picture(self, at: datetime | str | None = None) -> Picture:
        """Return the rights at a time, as a database; the latest is kept until more is read."""
        if at is not None:
            return Picture.of_store(self.store, parse_time(at) if isinstance(at, str) else at)
        version = self.store.version()
        if self._picture is None or self._picture[0] != version:
            # The former one closes itself when nobody, such as an explorer, has it any more.
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
            One row a person, one for whoever has a link, and one for a group or domain that the
            team does not have, strongest right first: ``person``
            (e-mail address, or ``id:…``), ``name``, ``state`` (``"active"``, ``"inactive"``,
            ``"left"``: not in the team any more, ``"outside"``, ``"unknown"``), ``right`` (of
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
        earlier: datetime | str | ReadableAccess,
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
            ``"anyone"``, ``"company"``, ``"member"`` of a group), ``whom`` (a person, a domain, or
            the id of a group or link), ``name`` (theirs), ``change``, ``before``, ``after``,
            ``by``, ``time``.
        """
        later = self.picture()
        told = None if activity is None else Activity(activity, later)
        if isinstance(earlier, ReadableAccess):
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
            ``account``, ``location``, ``whom``, ``method``, ``path``, ``body`` (JSON) and
            ``as_user``, whom the administrator acts as (``X-Kloudless-As-User``), null where it
            acts as itself. For an item it is one ``PUT`` of the rights that stay (D; v1), or with
            v2 a ``DELETE`` for each that goes (A); for a link a ``PATCH`` that switches it off (A).
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
            ``account``, ``service``, ``kind``, ``key``, ``state`` (``"read"``, ``"failed"``, or
            ``"follows"``: not asked again, since it has its folder's rights), ``as_user``,
            ``asked`` and ``answered`` (datetime64[us, UTC]), ``rows``, ``reason``.
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
