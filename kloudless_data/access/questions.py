"""Query a snapshot and write its reports; nothing here sends a request."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..archive.archive import Archive
from ..archive.clock import utc_now
from ..exceptions import InvalidParameter
from ..schema.times import parse_time
from ..util import logger
from . import effective
from .activity import Activity
from .diff import diff_of
from .findings import findings_of
from .gaps import UNPLACED, completeness_of, gaps_of, is_unplaced
from .picture import Picture
from .report import AccessReport, report_of
from .review import rights_to_review, write_review
from .revocations import revocations_of
from .store import Store
from .way_up import way_up

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ReadableAccess"]


class ReadableAccess:
    """The reading half of `kloudless_data.access.Access`.

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
        self._now = now or utc_now  # a named function can be pickled
        self._picture: tuple[int, Picture] | None = None
        self._earlier: tuple[datetime, int, Picture] | None = None
        self._warned_of: int | None = None  # the version about whose gaps a warning was given

    @property
    def path(self) -> str:
        """The folder or URL of the tables."""
        return self.store.path

    def __repr__(self) -> str:
        return f"<Access {self.path}>"

    # Questions.

    def picture(self, at: datetime | str | None = None) -> Picture:
        """Return the rights at a time as a database; the latest is kept until more is read."""
        if at is not None:
            return Picture.of_store(self.store, parse_time(at) if isinstance(at, str) else at)
        version = self.store.version()
        if self._picture is None or self._picture[0] != version:
            # The previous one closes itself once nobody, such as an explorer, uses it any more.
            self._picture = (version, Picture.of_store(self.store, self._now()))
        return self._picture[1]

    def _latest(self) -> Picture:
        """Return the latest picture, after saying once what it lacks."""
        picture = self.picture()
        if self._picture is not None and self._picture[0] != self._warned_of:
            self._warned_of = self._picture[0]
            if not (gaps := self.gaps()).empty:
                logger.warning("%s: %s", self.path, completeness_of(gaps))
        return picture

    def _at(self, at: datetime | str | None) -> Picture:
        """Return the latest picture, or that of a time; it is kept until another time is asked."""
        if at is None:
            return self._latest()
        time, version = parse_time(at) if isinstance(at, str) else at, self.store.version()
        if self._earlier is None or self._earlier[:2] != (time, version):
            self._earlier = (time, version, self.picture(time))
        return self._earlier[2]

    def who_can_see(
        self, item: str, *, account: str | None = None, at: datetime | str | None = None
    ) -> pd.DataFrame:
        """Return who can see an item, with which right and why.

        Parameters
        ----------
        item : str
            Its id, or its location, such as ``"/Budgets/2026.xlsx"``.
        account : str, optional
            The item's account, if several have an item with this id or location.
        at : datetime or str, optional
            The time to show. Defaults to the latest snapshot or update.

        Returns
        -------
        pandas.DataFrame
            One row per person, one for the holders of a link, and one per group or domain that
            the team lacks, strongest right first: ``person``
            (e-mail address, or ``id:…``), ``name``, ``state`` (``"active"``, ``"inactive"``,
            ``"left"``: no longer in the team, ``"outside"``, ``"unknown"``), ``right`` (of
            `kloudless_data.access.levels.LEVELS`), ``via`` (``"owner"``, ``"direct"``,
            ``"inherited"``, ``"group"``, ``"domain"``, ``"link"``), ``chain`` (in words),
            ``granted_on`` (where).

        Raises
        ------
        InvalidParameter
            There is no such item in the snapshot, or there are several.
        """
        picture = self._at(at)
        found = effective.who_can_see(picture, item, account)
        steps = way_up(picture, effective.item_number(picture, item, account)[0])
        if is_unplaced(picture, steps):
            logger.warning("%s: %s", steps[-1].location, UNPLACED)
        return found

    def what_can_see(
        self,
        person: str,
        *,
        links: bool = True,
        limit: int | None = None,
        at: datetime | str | None = None,
    ) -> pd.DataFrame:
        """Return what a person can see, with which right and why.

        Parameters
        ----------
        person : str
            An e-mail address, or a user's id.
        links : bool
            Include what links open to them, whether or not they have the link.
        limit : int, optional
            Return at most this many rows.
        at : datetime or str, optional
            The time to show. Defaults to the latest snapshot or update.

        Returns
        -------
        pandas.DataFrame
            One row per item: ``account``, ``id``, ``type``, ``name``, ``location``, ``right``,
            ``via``, ``chain``, ``granted_on``.
        """
        return effective.what_can_see(self._at(at), person, links=links, limit=limit)

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
            Names in `kloudless_data.access.findings.RULES`, and ``"unused_right"``. Defaults to
            all.
        large : int
            A group with more people is a large one.
        activity : Archive or DataFrame, optional
            Events of the accounts: they say who shared something and since when. An archive also
            says which rights were not used in the period that it covers.
        at : datetime or str, optional
            The time to show. Defaults to the latest snapshot or update.

        Returns
        -------
        pandas.DataFrame
            ``id``, ``rule``, ``severity``, ``account``, ``person``, ``sentence``, ``start``,
            ``end``, ``numbers`` (dict), ``evidence`` (ids of items), ``events`` (their number);
            with `activity` also ``since`` and ``by``.
        """
        picture = self._at(at)
        events = None if activity is None else Activity(activity, picture)
        return findings_of(picture, rules=rules, large=large, activity=events)

    def diff(
        self,
        earlier: datetime | str | ReadableAccess,
        *,
        activity: Archive | pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Return what was granted, widened, narrowed and revoked since a time.

        Parameters
        ----------
        earlier : datetime, str or Access
            An earlier time, or another snapshot.
        activity : Archive or DataFrame, optional
            Says who did it, and when.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``item``, ``location``, ``kind`` (``"user"``, ``"group"``, ``"domain"``,
            ``"anyone"``, ``"company"``, ``"member"`` of a group), ``whom`` (a person, a domain, or
            the id of a group or link), ``name`` (theirs), ``change``, ``before``, ``after``,
            ``by``, ``time``. ``change`` is ``"granted"``, ``"widened"``, ``"narrowed"``,
            ``"revoked"``; of members ``"joined"``, ``"left"``; or ``"unknown"`` if the right is
            missing on one side only because that could not be read, as what somebody owned who is
            not in the team. Where an item's list repeats inherited rights and was requested only
            once, what follows from folders is left out.

        Raises
        ------
        InvalidParameter
            Nothing had been read by the earlier time.
        """
        if earlier is None:
            raise InvalidParameter("Pass the earlier time to compare with, or another snapshot.")
        later = self._latest()
        events = None if activity is None else Activity(activity, later)
        if isinstance(earlier, ReadableAccess):
            return diff_of(earlier.picture(), later, events)
        return diff_of(self._at(earlier), later, events)

    # Files.

    def to_excel(
        self, path: str | os.PathLike[str], *, by: str = "owner", force: bool = False
    ) -> int:
        """Write a workbook for an access review: one sheet per owner, one row per right.

        Only the columns ``decision`` (keep or revoke, from a list) and ``comment`` can be changed;
        the rest is protected against mistakes, without a password.

        Parameters
        ----------
        path : str or path
        by : {"owner", "whom"}
            One sheet per owner of items, or per person or group with rights.
        force : bool
            Replace an existing file.

        Returns
        -------
        int
            The number of rights in it.

        Raises
        ------
        OutputExists
            The file already exists.
        ExportFailed
            It cannot be written.
        """
        return write_review(rights_to_review(self._latest()), path, by=by, force=force)

    def revocations(self, review: pd.DataFrame) -> pd.DataFrame:
        """Return the requests that would carry out a review's decisions; none is sent.

        Parameters
        ----------
        review : pandas.DataFrame
            From `read_review`.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``location``, ``whom``, ``method``, ``path``, ``body`` (JSON) and
            ``as_user``, the user as whom the administrator acts (``X-Kloudless-As-User``), null for
            itself. There is one ``PUT`` per item, of the rights that remain (D; v1), or with v2 one
            ``DELETE`` per revoked right (A); and one ``PATCH`` per link, which disables it (A).
            A right that is not there any more needs no request: a warning names it.
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
        """Make a report of access; its first page says what it covers and what it lacks.

        Parameters
        ----------
        path : str or path, optional
            The file to write: ``.html``, ``.md`` or ``.json``.
        title : str
        activity : Archive or DataFrame, optional
            As for `findings`.
        format : {"html", "md", "json"}, optional
            Defaults to the path's extension.
        force : bool
            Replace an existing file.

        Returns
        -------
        AccessReport
            A notebook shows it.
        """
        made = report_of(self, title, activity)
        if path is not None:
            made.save(path, format, force=force)
        return made

    def items(self, *, at: datetime | str | None = None) -> pd.DataFrame:
        """Return all items: ``account``, ``id``, ``type``, ``name``, ``location``, ``owner``."""
        return self._at(at).frame(
            "select account, id, type, name, location, owner from items order by location, id"
        )

    def ledger(self) -> pd.DataFrame:
        """Return what was and was not read: one row per unit and time.

        Returns
        -------
        pandas.DataFrame
            ``account``, ``service``, ``kind``, ``key``, ``state`` (``"read"``, ``"failed"``,
            ``"follows"``: not requested again, since it has its folder's rights, or ``"deleted"``:
            the item no longer exists; ``"named"``: the server that the account is read from),
            ``as_user``, ``asked`` and ``answered`` (datetime64[us,
            UTC]), ``rows``, ``reason``.
        """
        from ..interchange.frame import to_frame

        names = ["account", "service", "kind", "key", "state", "as_user", "asked", "answered"]
        names += ["rows", "reason"]
        table = self.store.dataset("ledger").to_table(columns=names)
        return to_frame(table.sort_by("answered").to_batches(), table.schema)

    def gaps(self) -> pd.DataFrame:
        """Return what is missing: what could not be read, and what was not reached yet.

        Returns
        -------
        pandas.DataFrame
            The ledger's columns; also an item (``kind`` ``"item"``) whose folder is unknown while
            some user's data could not be read, since rights that the folder gives are missing.
            ``state`` is ``"failed"``, or ``"begun"`` for an account whose
            first reading (``kind`` ``"pass"``) or whose last update (``"activity"``) is unfinished.
        """
        return gaps_of(self.store, self.picture)

    @property
    def completeness(self) -> str:
        """A sentence on what is missing, as on the first page of a report."""
        return completeness_of(self.gaps())
