"""Read units of one account: fetch in parallel, decode together, enter in the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..display.progress import ProgressBar
from ..exceptions import (
    APIException,
    AuthorizationException,
    ForbiddenException,
    InvalidParameter,
    KloudlessException,
    NotFoundException,
)
from ..http.urls import path_segment
from ..listings.as_users import ACT_AS_USER
from ..listings.parallel import in_parallel
from .marks import lists_inherited
from .outcome import Report
from .requests import Budget, BudgetSpent, Metered
from .store import Batch, Store
from .units import TABLE_OF, Fetched, each_row, fetch, item_rows, request_of, rows_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AccountReader"]

_UNITS, _ROWS, _SECONDS = 2_000, 50_000, 30.0  # per batch, so that a kill costs little
# Units, rows or seconds after which fetched units are decoded.
_TOGETHER, _TOGETHER_ROWS, _WAIT = 256, 5_000, 2.0


class AccountReader:
    """Reads one account.

    Parameters
    ----------
    store : Store
    account : Account
    name, service : str
        The account's id and service.
    budget : Budget
    report : Report
    now : callable
        Returns the current time in UTC.
    bar : ProgressBar
    """

    def __init__(
        self,
        store: Store,
        account: Account,
        name: str,
        service: str,
        *,
        budget: Budget,
        report: Report,
        now: Callable[[], datetime],
        bar: ProgressBar,
    ) -> None:
        self.store, self.account, self.name, self.service = store, account, name, service
        self.administrator = Metered(account, budget)
        self.now, self.report, self.bar = now, report, bar
        self.acts = service in ACT_AS_USER
        self.batch, self._committed = Batch(store), time.monotonic()
        self.pass_ = ""
        self.readers: dict[str, Metered] = {"": self.administrator}
        self.spent = False

    # The ledger.

    def enter(
        self, kind: str, key: str, asked: datetime, state: str = "read", **facts: Any
    ) -> None:
        """Record that a unit was read, after adding its rows.

        Parameters
        ----------
        kind : str
            The kind of unit, such as ``"folder"``.
        key : str
            The unit's key.
        asked : datetime
            When the unit was requested.
        state : str, default "read"
            The unit's state.
        **facts
            Further columns of the ledger's entry.
        """
        facts |= {"pass": self.pass_, "service": self.service}
        self.batch.enter(self.name, kind, key, state, asked, **facts)
        if state == "read":
            self.report.units[kind] = self.report.units.get(kind, 0) + 1
        self.bar.update()

    def commit(self) -> None:
        """Write what was read."""
        self.batch.commit(self.now())
        self._committed = time.monotonic()

    def _commit_if_due(self) -> None:
        late = time.monotonic() - self._committed > _SECONDS
        if len(self.batch) >= _UNITS or self.batch.rows >= _ROWS or late:
            self.commit()

    def _keep(self, kind: str, units: list[Fetched]) -> pa.Table | None:
        """Decode units, and add their rows and entries; return the rows.

        If one of the units cannot be decoded, each is decoded separately.
        """
        try:
            rows = rows_of(kind, units, self.service)
        except KloudlessException as error:
            if len(units) == 1:
                self._fail(kind, units[0].key, units[0].user, units[0].asked, error)
                return None
            for unit in units:
                self._keep(kind, [unit])
            return None
        self.batch.add(
            TABLE_OF[kind], self.name, each_row(units, lambda u: f"{kind}:{u.key}"), rows
        )
        complete = lists_inherited(self.service) if kind == "permissions" else None
        for unit in units:
            self.enter(kind, unit.key, unit.asked, rows=unit.count, as_user=unit.user,
                       complete=complete)  # fmt: skip
        self._commit_if_due()
        return rows

    def place(self, items: list[dict[str, Any]]) -> None:
        """Add the items' current places, or that they were deleted, without their lists.

        Parameters
        ----------
        items : list of dict
            Rows of the table ``items``.
        """
        import pyarrow as pa

        units = pa.array([f"item:{item['id']}" for item in items], pa.string())
        self.batch.add("items", self.name, units, item_rows(items))
        for item in items:
            self.enter("item", item["id"], self.now(), rows=1)
            if item["gone"]:  # ends the gap that its permissions may have been
                self.enter("permissions", item["id"], self.now(), "deleted")
        self._commit_if_due()

    def _fail(
        self, kind: str, key: str, user: str, asked: datetime, error: KloudlessException
    ) -> None:
        """Record what could not be read, and why."""
        if isinstance(error, BudgetSpent):
            self.spent = True
            self.report.left += 1
            return
        name = _name_of(kind, key, user)
        self.report.failures[f"{name} of account {self.name}"] = error.facts
        self.enter(kind, key, asked, "failed", reason=error.facts, as_user=user or None)
        if isinstance(error, AuthorizationException):
            raise error  # all further requests would get the same answer

    # Units: each is read and entered as a whole.

    def each(
        self, jobs: Iterable[Any], read: Callable[[Any], Any]
    ) -> Iterator[tuple[Any, datetime, Any]]:
        """Do jobs in parallel; yield each with the time of its request and its result.

        Parameters
        ----------
        jobs : iterable
            The units to read.
        read : callable
            Reads one unit.
        """

        def timed(job: Any) -> tuple[datetime, Any]:
            asked = self.now()
            try:
                return asked, read(job)
            except (APIException, BudgetSpent, InvalidParameter) as error:
                # The last two: no request can name this id, or a redirect leads elsewhere.
                return asked, error

        for job, result in in_parallel(timed, jobs):
            if isinstance(result, KloudlessException):
                raise result
            yield job, *result

    def read(
        self,
        kind: str,
        jobs: Iterable[tuple[str, str, list[str]]],
        refused: Callable[[str, str, KloudlessException], None] | None = None,
    ) -> Iterator[pa.Table]:
        """Read units, and yield the rows of units that were decoded together.

        Parameters
        ----------
        kind : str
            The kind of unit, such as ``"folder"``.
        jobs : iterable of (str, str, list of str)
            The unit's key; ``"file"`` or ``"folder"``, if it is about an item; and the users to
            act as, the item's owner first.
        refused : callable, optional
            Called for a unit that could not be read, with its key, the users, and the error.
        """

        def fetched(job: tuple[str, str, list[str]]) -> tuple[str, Any]:
            key, type_, users = job
            return self._as_one_of(
                users, lambda source: fetch(kind, request_of(kind, source, key, type_))
            )

        waiting: list[Fetched] = []
        deleted: list[dict[str, Any]] = []
        rows, since = 0, time.monotonic()
        try:
            for (key, type_, users), asked, result in self.each(jobs, fetched):
                if isinstance(result, NotFoundException) and self._is_deleted(key, type_, users):
                    deleted.append({"id": key, "type": type_, "gone": True})
                    continue
                if isinstance(result, KloudlessException):
                    user = users[-1] if users else ""
                    if refused is not None:
                        refused(key, user, result)
                    self._fail(kind, key, user, asked, result)
                    continue
                waiting.append(Fetched(key, asked, *result))
                rows += waiting[-1].count
                full = len(waiting) >= _TOGETHER or rows >= _TOGETHER_ROWS
                if full or time.monotonic() - since > _WAIT:
                    units, waiting, rows, since = waiting, [], 0, time.monotonic()
                    yield from _some(self._keep(kind, units))
        except BaseException:  # Ctrl-C keeps what was fetched
            if waiting:
                self._keep(kind, waiting)
            raise
        if waiting:
            yield from _some(self._keep(kind, waiting))
        if deleted:
            self.commit()  # what the batch says of these items was said earlier
            self.place(deleted)

    def _is_deleted(self, key: str, type_: str, users: list[str]) -> bool:
        """Return True if an item whose list is not found does not exist either.

        Its owner, or an administrator who sees everything, must get the same answer for the item
        itself: a server may also answer 404 to those who have no right (A).
        """
        owner = self.readers.get(users[0]) if users else None
        witness = owner if self.acts else self.administrator
        if witness is None or not type_ or key.startswith("root:"):
            return False
        try:
            witness.get(f"storage/{type_}s/{path_segment(key)}")
        except NotFoundException:
            return True
        except (APIException, BudgetSpent, InvalidParameter):
            pass
        return False

    def read_all(self, kind: str, jobs: Iterable[tuple[str, str, list[str]]]) -> None:
        """Read units on whose rows nothing else depends.

        Parameters
        ----------
        kind : str
            The kind of unit, such as ``"permissions"``.
        jobs : iterable of (str, str, list of str)
            As for `read`.
        """
        for _ in self.read(kind, jobs):
            pass

    def list_of(self, kind: str) -> list[str] | None:
        """Read the account's users or groups; return their ids, or None on failure."""
        for rows in self.read(kind, [("", "", [])]):
            return [one for one in rows["id"].to_pylist() if one]
        return None

    def members(self, groups: Iterable[str]) -> None:
        """Read the members of groups."""
        self.read_all("members", ((group, "", []) for group in groups))

    def permissions(self, items: Iterable[tuple[str, str, str, str]]) -> None:
        """Read the rights on items: id, type, the user to act as, and another if that fails."""
        self.read_all("permissions", ((item, type_, users) for item, type_, *users in items))

    def links(self, users: Iterable[str]) -> None:
        """Read the links that users made, or all links."""
        self.read_all("links", ((user, "", [user]) for user in users))

    def _as_one_of(self, users: list[str], read: Callable[[Metered], Any]) -> tuple[str, Any]:
        """Read as the first user who may; return that user and the result."""
        # A copy: a refused user leaves the readers while others are being read.
        readers = {user: self.readers.get(user) for user in users} if self.acts else {}
        known = [(user, reader) for user, reader in readers.items() if reader is not None]
        if not known:
            return "", read(self.administrator)
        for user, reader in known[:-1]:
            try:
                return user, read(reader)
            except (ForbiddenException, NotFoundException):
                continue
        user, reader = known[-1]
        return user, read(reader)

    def act_as(self, users: Iterable[str]) -> None:
        """Set the users as whom the account can be read."""
        if self.acts:
            self.readers = {user: self.administrator.acting_as(user) for user in users}


def _some(rows: pa.Table | None) -> Iterator[pa.Table]:
    if rows is not None:
        yield rows


def _name_of(kind: str, key: str, user: str) -> str:
    """Return the name of a unit in messages."""
    if key.startswith("root:"):
        return f"user {user}" if user else "the root folder"
    names = {"members": f"group {key}", "folder": f"folder {key}",
             "permissions": f"permissions of {key}",
             "links": f"links of user {key}" if key else "links"}  # fmt: skip
    return names.get(kind, f"the {kind}")
