"""Reading all of an administrator's account, and going on after a kill: people, items, rights."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..display.progress import ProgressBar
from ..exceptions import (
    APIException,
    AuthorizationException,
    ForbiddenException,
    KloudlessException,
    NotFoundException,
)
from ..listings.as_users import ACT_AS_USER
from ..listings.parallel import in_parallel
from . import units
from .ledger import Ledger
from .marks import ASK, MARKS, lists_inherited
from .requests import Budget, BudgetSpent, Metered
from .store import Batch, Store

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AccountReading", "Report"]

_UNITS, _ROWS, _SECONDS = 2_000, 50_000, 30.0  # of a batch, so that a kill costs little
_MANY = 10_000


@dataclass
class Report:
    """What a snapshot or an update did.

    Attributes
    ----------
    accounts : list of str
        Those that were read.
    requests : int
        How many were made.
    units : dict of str to int
        How much was read, by kind: ``users``, ``groups``, ``members``, ``folder``,
        ``permissions``, ``links``; of an update also ``item``.
    failures : dict of str to str
        What could not be read, and why.
    left : int
        Units that are known and were not read because the budget was spent.
    touched : int
        Of an update: items that activity says were touched.
    due : dict of str to str
        Accounts that need a full pass, and why.
    started, finished : str
        ISO 8601, UTC.
    """

    accounts: list[str] = field(default_factory=list)
    requests: int = 0
    units: dict[str, int] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    left: int = 0
    touched: int = 0
    due: dict[str, str] = field(default_factory=dict)
    started: str = ""
    finished: str = ""

    @property
    def ok(self) -> bool:
        """Whether everything was asked, and nothing failed."""
        return not (self.failures or self.left or self.due)


class AccountReading:
    """The reading of one account.

    Parameters
    ----------
    store : Store
    account : Account
    name, service : str
        The account's id and service.
    budget : Budget
    report : Report
    now : callable
        Gives the time, UTC.
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
        self.store, self.name, self.service = store, name, service
        self.source, self.now, self.report, self.bar = Metered(account, budget), now, report, bar
        self.acts = service in ACT_AS_USER
        self.batch, self._committed = Batch(store), time.monotonic()
        self.pass_ = ""
        self.readers: dict[str, Metered] = {"": self.source}
        self.spent = False

    # Units: each is read whole, and entered whole.

    def enter(
        self, kind: str, key: str, asked: datetime, state: str = "read", **facts: Any
    ) -> None:
        """Note that a unit was read, after its rows were added.

        Parameters
        ----------
        kind : str
            The kind of unit, such as ``"folder"``.
        key : str
            The unit's key.
        asked : datetime
            When the unit was requested.
        state : str, default "read"
            What became of the unit.
        **facts
            Further columns of the ledger's entry.
        """
        facts |= {"pass": self.pass_, "service": self.service}
        self.batch.enter(self.name, kind, key, state, asked, **facts)
        if state == "read":
            self.report.units[kind] = self.report.units.get(kind, 0) + 1
        self.bar.update()
        late = time.monotonic() - self._committed > _SECONDS
        if len(self.batch) >= _UNITS or self.batch.rows >= _ROWS or late:
            self.commit()

    def commit(self) -> None:
        """Write what was read."""
        self.batch.commit(self.now())
        self._committed = time.monotonic()

    def keep(self, table: str, kind: str, key: str, asked: datetime, rows: pa.Table,
             **facts: Any) -> None:  # fmt: skip
        """Add a unit's rows and its entry.

        Parameters
        ----------
        table : str
            The table's name.
        kind : str
            The kind of unit, such as ``"folder"``.
        key : str
            The unit's key.
        asked : datetime
            When the unit was requested.
        rows : pyarrow.Table
            Rows per batch.
        **facts
            Further columns of the ledger's entry.
        """
        self.batch.add(table, self.name, f"{kind}:{key}", rows)
        self.enter(kind, key, asked, rows=rows.num_rows, **facts)

    def fail(self, kind: str, key: str, asked: datetime, error: KloudlessException,
             name: str, **facts: Any) -> None:  # fmt: skip
        """Note what could not be read, and why.

        Parameters
        ----------
        kind : str
            The kind of unit, such as ``"folder"``.
        key : str
            The unit's key.
        asked : datetime
            When the unit was requested.
        error : KloudlessException
            Why the unit could not be read.
        name : str
            The unit's name for messages.
        **facts
            Further columns of the ledger's entry.
        """
        if isinstance(error, BudgetSpent):
            self.spent = True
            self.report.left += 1
            return
        self.report.failures[f"{name} of account {self.name}"] = error.facts
        self.enter(kind, key, asked, "failed", reason=error.facts, **facts)
        if isinstance(error, AuthorizationException):
            raise error  # it would be the answer to all further requests too

    def each(
        self, jobs: Iterable[Any], read: Callable[[Any], Any]
    ) -> Iterator[tuple[Any, datetime, Any]]:
        """Do jobs in parallel; yield each with the time it was asked at, and what came of it.

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
            except (APIException, BudgetSpent) as error:
                return asked, error

        for job, result in in_parallel(timed, jobs):
            if isinstance(result, KloudlessException):
                raise result
            yield job, *result

    def list_of(self, kind: str, read: Callable[[Metered], pa.Table]) -> pa.Table | None:
        """Read one list of the account's.

        Parameters
        ----------
        kind : str
            The kind of unit, such as ``"folder"``.
        read : callable
            Reads one unit.
        """
        for _, asked, rows in self.each([self.source], read):
            if isinstance(rows, KloudlessException):
                self.fail(kind, "", asked, rows, f"the {kind}")
                return None
            self.keep(kind, kind, "", asked, rows)
            return rows
        return None

    def members(self, groups: Iterable[str]) -> None:
        """Read who is in each of some groups."""
        for group, asked, rows in self.each(groups, lambda g: units.read_members(self.source, g)):
            if isinstance(rows, KloudlessException):
                self.fail("members", group, asked, rows, f"group {group}")
            else:
                self.keep("memberships", "members", group, asked, rows)

    def permissions(self, items: Iterable[tuple[str, str, str, str]]) -> None:
        """Read the rights on items: id, type, whom to read it as, and whom if that fails."""
        complete = lists_inherited(self.service)

        def read(item: tuple[str, str, str, str]) -> pa.Table:
            identifier, kind, *users = item
            return self.as_one_of(
                users,
                lambda source, _: units.read_permissions(source, identifier, kind, self.service),
            )

        for item, asked, rows in self.each(items, read):
            if isinstance(rows, KloudlessException):
                self.fail(
                    "permissions", item[0], asked, rows, f"permissions of {item[1]} {item[0]}"
                )
            else:
                self.keep("permissions", "permissions", item[0], asked, rows, complete=complete)

    def links(self, users: Iterable[str]) -> None:
        """Read the links that each of some users made, or all."""

        def read(user: str) -> pa.Table:
            return units.read_links(self.readers.get(user, self.source))

        for user, asked, rows in self.each(users, read):
            if isinstance(rows, KloudlessException):
                self.fail("links", user, asked, rows, f"links of user {user}" if user else "links")
            else:
                self.keep("links", "links", user, asked, rows, as_user=user)

    def as_one_of(self, users: list[str], read: Callable[[Metered, str], Any]) -> Any:
        """Read as the first of some users who may; the owner comes first.

        Parameters
        ----------
        users : list of str
            The users to act as.
        read : callable
            Reads one unit.
        """
        if not self.acts:
            return read(self.source, "")
        known = list(dict.fromkeys(user for user in users if user in self.readers))
        for number, user in enumerate(known or [""]):
            try:
                return read(self.readers[user] if user else self.source, user)
            except (ForbiddenException, NotFoundException):
                if number + 1 >= len(known):
                    raise
        return None

    def act_as(self, users: Iterable[str]) -> None:
        """Say as whom the account can be read."""
        if self.acts:
            self.readers = {user: self.source.acting_as(user) for user in users}

    # A full pass.

    def full_pass(self, *, ask: str) -> bool:
        """Read everything, or what a pass that was interrupted left; return whether it is done."""
        ledger = Ledger(self.store, self.name)
        self.pass_ = ledger.unfinished() or self._begin()
        done = ledger.read_in(self.pass_)
        self.bar.update(sum(len(keys) for keys in done.values()))
        users = self._users(ledger, done)
        groups = self._groups(ledger, done)
        self.act_as(users)
        already = done.get("members", set())
        self.bar.expect(len(groups) - len(already))
        self.members(group for group in groups if group not in already)
        self._crawl(ledger, done.get("folder", set()))
        if not self.spent:
            self._rights(ask)
        if not self.spent:
            already = done.get("links", set())
            wanted = [user for user in self.readers if user not in already]
            self.bar.expect(len(wanted))
            self.links(wanted)
        if not self.spent:
            self.enter("pass", self.pass_, self.now(), "finished")
        self.commit()
        return not self.spent

    def _begin(self) -> str:
        """Begin a pass: from the activity after this moment an update goes on."""
        asked = self.now()
        cursor: str | None = None
        try:
            cursor = str(self.source.get("events/latest").data["cursor"])
        except (APIException, KeyError, TypeError):
            cursor = None  # no activity: it can be read again whole, and not kept current
        self.pass_ = secrets.token_hex(8)
        self.enter("pass", self.pass_, asked, "begun", cursor=cursor)
        self.commit()
        return self.pass_

    def _users(self, ledger: Ledger, done: dict[str, set[str]]) -> list[str]:
        if "users" in done:
            return ledger.ids("users")
        table = self.list_of("users", units.read_users)
        return [] if table is None else [one for one in table["id"].to_pylist() if one]

    def _groups(self, ledger: Ledger, done: dict[str, set[str]]) -> list[str]:
        if "groups" in done:
            return ledger.ids("groups")
        table = self.list_of("groups", units.read_groups)
        return [] if table is None else [one for one in table["id"].to_pylist() if one]

    def _crawl(self, ledger: Ledger, done: set[str]) -> None:
        """Read each folder once: as its owner if that can be, else as who found it."""
        level = [
            (f"root:{user}", user, user) for user in self.readers if f"root:{user}" not in done
        ]
        seen = {*done, *(key for key, _, _ in level)}
        level += [job for job in ledger.folders(self.pass_) if job[0] not in seen]
        seen |= {key for key, _, _ in level}
        while level and not self.spent:
            self.bar.expect(len(level))
            found: list[tuple[str, str, str]] = []
            for (key, _, finder), asked, result in self.each(level, self._read_folder):
                if isinstance(result, KloudlessException):
                    self._no_folder(key, finder, asked, result)
                    continue
                user, rows = result
                self.keep("items", "folder", key, asked, rows, as_user=user)
                found += [
                    (identifier, whose or "", user)
                    for identifier, kind, whose in zip(
                        *(rows[name].to_pylist() for name in ("id", "type", "owner_id")),
                        strict=True,
                    )
                    if kind == "folder" and identifier
                ]
            level = []
            for job in found:
                if job[0] not in seen:
                    seen.add(job[0])
                    level.append(job)
        self.commit()

    def _read_folder(self, job: tuple[str, str, str]) -> tuple[str, pa.Table]:
        key, owner, finder = job
        folder = "root" if key.startswith("root:") else key

        def read(source: Metered, user: str) -> tuple[str, pa.Table]:
            return user, units.read_folder(source, folder, self.service, user)

        found: tuple[str, pa.Table] = self.as_one_of([owner, finder], read)
        return found

    def _no_folder(self, key: str, finder: str, asked: datetime, error: KloudlessException) -> None:
        if key.startswith("root:"):
            name = f"user {finder}" if finder else "the first folder"
            if not isinstance(error, BudgetSpent) and len(self.readers) > 1:
                self.readers.pop(finder, None)
        else:
            name = f"folder {key}"
        self.fail("folder", key, asked, error, name, as_user=finder)

    def _rights(self, ask: str) -> None:
        """Ask for the permissions of what can have rights of its own."""
        known = MARKS.get(self.service)
        condition = "true"
        if known is not None and ask != "all":
            condition = f"i.mark = '{ASK}' or p.mark = '{ASK}' or " + (
                "i.mark is distinct from p.mark" if known.inherited else "i.mark is not null"
            )
        with Ledger(self.store, self.name).to_ask(self.pass_, condition) as (count, rows):
            self.bar.expect(count)
            self.permissions(rows)
        self.commit()
