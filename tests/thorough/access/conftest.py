"""Companies whose rights are known, and readings of them."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from unit.memory import MemorySandbox

import kloudless_data as kd
from kloudless_data.access import Access
from kloudless_data.access.effective import pairs
from kloudless_data.access.store import Batch
from kloudless_data.sandbox import Company

USUAL = {"seed": 3, "people": 20, "items": 300, "changes": 60}

#: Companies with a month's changes, by their options. Most tests are about the same few, and to
#: simulate one takes longer than to read it.
_simulated: dict[str, bytes] = {}


class World:
    """A company on a server in memory, an account of its administrator, and a reading of it.

    The package's clock follows the server's, and each reading of it is a moment later.
    """

    def __init__(self, path, **company):
        self.path = path
        version = company.pop("api_version", 1)
        options = USUAL | company
        simulated = _simulated.get(repr(sorted(options.items())))
        self.company: Company = pickle.loads(simulated) if simulated else Company(**options)
        self.sandbox = MemorySandbox(accounts=1, events=0, organisations=[self.company]).start()
        admin = self.sandbox.accounts[-1]
        if simulated is None:
            self.company.attach(admin.id)
            _simulated[repr(sorted(options.items()))] = pickle.dumps(self.company)
        self.account = kd.Account(
            token=admin.token, base_url=self.sandbox.base_url, api_version=version
        )
        self.moments = 0
        self.access = Access(path, now=self.now)

    def moved(self) -> None:
        """Record that the accounts are on this server now, as ``moved=True`` does."""
        batch = Batch(self.access.store)
        for account in self.access.ledger()["account"].unique():
            batch.enter(account, "server", self.sandbox.base_url, "named", self.now())
        batch.commit(self.now())

    def now(self) -> datetime:
        self.moments += 1
        server: datetime = self.sandbox.clock.now.astimezone(UTC)
        return server + timedelta(microseconds=self.moments)

    def asked(self, since: int = 0) -> list[str]:
        return [request.path for request in list(self.sandbox.requests)[since:]]

    def truth(self) -> dict[tuple[str, str], int]:
        return {(e, i): level for e, i, level in self.company.at(self.sandbox.clock.us).truth()}

    def found(self) -> dict[tuple[str, str], int]:
        return {
            (row["person"], row["item"]): row["level"]
            for batch in pairs(self.access.picture())
            for row in batch.to_pylist()
        }

    def differences(self) -> dict[tuple[str, str], tuple]:
        """What is found of items that could be read, and is not the truth."""
        truth, found = self.truth(), self.found()
        items = self.access.items()
        stale = set(items.loc[items["id"].isin(self.access.gaps()["key"]), "location"])
        below = items["location"].map(lambda at: any(f"{at}/".startswith(f"{s}/") for s in stale))
        read = set(items.loc[~below, "id"])
        keys = {key for key in truth | found if key[1] in read}
        return {k: (found.get(k), truth.get(k)) for k in keys if found.get(k) != truth.get(k)}


Make = Callable[..., World]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Make]:
    """Return a function that makes a company that nobody has read."""
    made: list[World] = []

    def make(**company: Any) -> World:
        made.append(World(tmp_path / f"access{len(made)}", **company))
        return made[-1]

    yield make
    for one in made:
        one.sandbox.stop()


@pytest.fixture(scope="session")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Return a function that reads a company once, for all tests. They must not change it."""
    made: dict[str, World] = {}

    def read(**company: Any) -> World:
        name = repr(sorted((USUAL | {"service": "box", "api_version": 1} | company).items()))
        if name not in made:
            made[name] = World(tmp_path_factory.mktemp("reading") / "access", **company)
            made[name].access.snapshot(made[name].account)
        return made[name]

    yield read
    for one in made.values():
        one.sandbox.stop()


@pytest.fixture
def read_world(world: Make, reading: Make) -> Make:
    """Return a function that makes a company that was read, for one test only.

    The reading is a copy: to read takes a second.
    """

    def make(**company: Any) -> World:
        one, read = world(**company), reading(**company)
        shutil.copytree(read.path, one.path)
        one.moments = read.moments
        one.moved()
        return one

    return make
