"""The state of a running sandbox, shared by its endpoints."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from .faults.delivery import Delivery
from .faults.plan import FaultPlan
from .sharing.company import Company
from .sharing.holdings import Holdings
from .sharing.ordinary import WorldSharing
from .sharing.views import CompanySharing, Sharing
from .world.accounts import Account, Directory
from .world.clock import EPOCH_END, Clock
from .world.drive import Drive
from .world.history import AccountHistory
from .world.office import Calendars
from .world.protocols import History, Simulated
from .world.randomness import key_of, mix
from .world.timetext import DAY, to_us

__all__ = ["Options", "RequestRecord", "State"]


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a sandbox; see `Sandbox` for each."""

    seed: int = 7
    accounts: int = 5
    events: int = 10_000
    span: timedelta = timedelta(hours=24)
    retention_events: int | None = 10_000
    retention_hours: float | None = 24.0
    gzip: bool = True
    latency: float = 0.0
    page_size_max: int = 2_000
    expired_cursor: str = "restart"
    faults: FaultPlan | None = None
    organisations: tuple[Simulated, ...] = ()
    histories: int = 64
    uneven: bool = True


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request as the server saw it, without secrets.

    Attributes
    ----------
    authorized
        True if the credential was valid, False if it was not, None if there was none.
    headers
        The request's `X-Kloudless-…` headers, with lower-case names.
    objects
        The number of objects in the answer; None if it is not a list.
    """

    method: str
    path: str
    query: str
    status: int
    authorized: bool | None
    headers: dict[str, str] = field(default_factory=dict)
    objects: int | None = None


class State:
    """The server's memory.

    Histories, drives and calendars are created on first access. Histories can be recreated, so only
    the latest are kept; drives hold uploads, so they stay.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = Clock(EPOCH_END)
        self.end = to_us(EPOCH_END)
        self.start = self.end - options.span // timedelta(microseconds=1)
        self.directory = Directory(options.seed, options.accounts, options.organisations)
        self.requests: deque[RequestRecord] = deque(maxlen=10_000)
        self.events_served: Counter[int] = Counter()
        self.faults_injected: Counter[str] = Counter()
        plan = options.faults
        #: How events are delivered; None for each once and in order.
        self.delivery = None if plan is None else Delivery(plan, self.faults_injected)
        self.history = lru_cache(maxsize=options.histories)(self._make_history)
        #: Account id -> the numbers of its subscriptions.
        self.subscriptions: dict[int, list[int]] = {}
        self._drives: dict[int, Drive] = {}
        self._calendars: dict[int, Calendars] = {}
        self._request_numbers = itertools.count()

    def _organisation(self, account: Account) -> Simulated | None:
        number = account.number - self.options.accounts
        return self.options.organisations[number] if number >= 0 else None

    def connected(self, account: Account) -> int:
        """Return when the account was connected, which is before its first event."""
        organisation = self._organisation(account)
        start = self.start if organisation is None else organisation.start
        return start - (40 + account.number % 300) * DAY

    def _make_history(self, account: Account) -> History:
        organisation = self._organisation(account)
        if organisation is not None:
            organisation.attach(account.id)
            return organisation
        return AccountHistory(
            self.options.seed,
            account.number,
            account.id,
            account.details,
            self.options.events,
            self.start,
            self.end,
            uneven=self.options.uneven,
        )

    def drive(self, account: Account) -> Drive:
        """Return the account's folders and files."""
        if account.id not in self._drives:
            self._drives[account.id] = Drive(self.history(account), self.clock)
        return self._drives[account.id]

    def holdings(self, account: Account) -> Drive | Holdings:
        """Return what the storage endpoints show: a company's items, or the account's drive."""
        company = self._organisation(account)
        if isinstance(company, Company):
            self.history(account)
            return Holdings(company, self.clock)
        return self.drive(account)

    def sharing(self, account: Account) -> Sharing:
        """Return the account's team and rights."""
        holdings = self.holdings(account)
        if isinstance(holdings, Holdings):
            return CompanySharing(holdings.company, holdings, self.clock)
        return WorldSharing(self.history(account).world, holdings)

    def calendars(self, account: Account) -> Calendars:
        """Return the account's calendars."""
        if account.id not in self._calendars:
            self._calendars[account.id] = Calendars(self.history(account), self.clock)
        return self._calendars[account.id]

    def visible(self, account: Account) -> tuple[int, int]:
        """Return the range of positions that the server still keeps, by the clock.

        The server keeps a limited number of events from a limited number of hours (D).
        """
        history, options, now = self.history(account), self.options, self.clock.us
        latest = history.count_until(now)
        oldest = 0
        if options.retention_events is not None:
            oldest = max(0, latest - options.retention_events)
        if options.retention_hours is not None:
            too_old = now - int(options.retention_hours * 3_600_000_000) - 1
            oldest = max(oldest, history.count_until(too_old))
        return oldest, latest

    def request_id(self) -> str:
        """Return the next request's id, reproducible for the same requests in the same order."""
        number = next(self._request_numbers)
        key = key_of(self.options.seed, "requests")
        return str(uuid.UUID(int=mix(number ^ key) << 64 | mix(number + 1 ^ key), version=4))
