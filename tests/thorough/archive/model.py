"""A server in virtual time, and its effect on an archive; it shares no code with the sandbox.

Events happen while an account is connected. The server keeps a limited number of them for a limited
time, delivers them with cursors, and is as unreliable as real ones: it says "nothing more" too
early, forgets a cursor silently or with an error, fails for a while, and does not list disconnected
accounts. This machine's clock lies; the server's does not.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs

from conftest import Answer, Request

KEPT_HOURS, KEPT_EVENTS, TOLERANCE_HOURS = 24, 60, 1
_START = datetime(2026, 3, 1, tzinfo=UTC)
_LATEST = 0.45  # hours until the server has learned of an event, and that it may withhold it


@dataclass(frozen=True)
class Happened:
    """An event: when it happened, and when the server learned of it."""

    time: datetime
    arrival: datetime
    id: str


@dataclass
class ModelAccount:
    """One account: its events, in the order in which the server learns of them."""

    events: list[Happened] = field(default_factory=list)
    connected: bool = True
    since: datetime = _START
    early_end: bool = False  # it says "nothing more" before its newest events
    failing: int = 0  # requests that are answered with an error

    def kept(self, now: datetime) -> tuple[int, list[Happened]]:
        """Return the index of the oldest event that the server keeps, and all events from it on."""
        arrived = [one for one in self.events if one.arrival <= now]
        place = max(0, len(arrived) - KEPT_EVENTS)
        oldest = now - timedelta(hours=KEPT_HOURS)
        while place < len(arrived) and arrived[place].time <= oldest:
            place += 1
        return place, arrived[place:]


class Model:
    """The server, the world that it records, and its client's clock.

    Parameters
    ----------
    seed : int
    accounts : int
    """

    def __init__(self, seed: int, accounts: int) -> None:
        self.chance = random.Random(seed)
        self.now = _START
        self.lie = timedelta(0)
        self.says_expired = self.chance.random() < 0.5
        self.accounts = {str(number): ModelAccount() for number in range(1, accounts + 1)}
        self.happened: dict[str, list[Happened]] = {name: [] for name in self.accounts}

    def local_time(self) -> datetime:
        """The time on the archive's machine."""
        return self.now + self.lie

    def pass_time(self, hours: float) -> None:
        """Let events happen; nobody records those of a disconnected account."""
        end = self.now + timedelta(hours=hours)
        for name, account in self.accounts.items():
            rate = self.chance.choice([0, 0.2, 1, 4])
            count = min(150, int(self.chance.expovariate(1) * rate * hours))
            for _ in range(count):
                moment = self.now + (end - self.now) * self.chance.random()
                arrival = moment + timedelta(hours=_LATEST * self.chance.random() ** 4)
                event = Happened(moment, arrival, f"{name}-{len(self.happened[name])}")
                self.happened[name].append(event)
                if account.connected:
                    account.events.append(event)
            account.events.sort(key=lambda event: event.arrival)
        self.now = end

    def trouble(self) -> None:
        """Let accounts come and go, clocks jump, and requests fail."""
        self.lie = timedelta(hours=self.chance.choice([0, 0, 0, 0.4, -0.4, 30, -30, 2_000]))
        for account in self.accounts.values():
            if self.chance.random() < 0.12:
                account.connected = not account.connected
                account.since = self.now
            account.early_end = self.chance.random() < 0.2
            account.failing = self.chance.choice([0, 0, 0, 0, 1, 2, 50])

    def __call__(self, request: Request) -> Answer:
        path, _, query = request.path.partition("?")
        parameters = {name: values[-1] for name, values in parse_qs(query).items()}
        if path.endswith("/accounts"):
            there = {name: one for name, one in self.accounts.items() if one.connected}
            first = parameters.get("page", "1") == "1"
            objects = [
                {"id": int(name), "created": one.since.isoformat()} for name, one in there.items()
            ]
            objects = objects if first else []
            return self._answer({"page": 1, "objects": objects})
        return self._events(self.accounts[path.split("/accounts/")[1].split("/")[0]], parameters)

    def _events(self, account: ModelAccount, parameters: dict[str, str]) -> Answer:
        if account.failing:
            account.failing -= 1
            status, code, message = self.chance.choice(
                [(500, "internal_error", "Oops"), (404, "not_found", "?cursor=x is not there"),
                 (400, "invalid_parameters", "The cursor is not valid.")]
            )  # fmt: skip
            return self._answer({"error_code": code, "message": message}, status)
        oldest, kept = account.kept(self.now)
        start = int(parameters.get("cursor", oldest))
        if start < oldest and self.says_expired:
            message = "The cursor has expired."
            return self._answer({"error_code": "gone", "message": message}, 410)
        if account.early_end and len(kept) < KEPT_EVENTS:  # but not while it drops events
            kept = [one for one in kept if one.arrival <= self.now - timedelta(hours=_LATEST)]
        start = max(start, oldest)
        page = kept[start - oldest :][: int(parameters["page_size"])]
        objects = [
            {"id": one.id, "account": 1, "type": "add", "modified": one.time.isoformat()}
            for one in page
        ]
        return self._answer({"objects": objects, "cursor": str(start + len(page))})

    def _answer(self, body: object, status: int = 200) -> Answer:
        headers = {"Date": format_datetime(self.now.replace(microsecond=0), usegmt=True)}
        return Answer(status, json.dumps(body).encode(), headers)
