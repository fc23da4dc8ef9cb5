"""An in-memory sandbox and an archive of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from archives import client_of

from kloudless_data.archive import Archive
from kloudless_data.sandbox import Sandbox

from ..memory import MemorySandbox


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with MemorySandbox(seed=21, accounts=3, events=600) as running:
        yield running


@pytest.fixture(scope="module")
def archive_of_now(server: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return a function that returns an archive of the server as it is now: for copies only."""
    made: dict[int, Path] = {}

    def at_this_time() -> Path:
        now = server.clock.us
        if now not in made:
            made[now] = tmp_path_factory.mktemp("archive_of_now") / "archive"
            one = Archive(made[now], now=lambda: server.clock.now)
            one.sync(client_of(server), page_size=100, flush_rows=500)
        return made[now]

    return at_this_time


@pytest.fixture
def archive(server: Sandbox, archive_of_now: Callable[[], Path], tmp_path: Path) -> Archive:
    """An archive of its own for each test: a copy, because a sync takes fifty times as long."""
    path = shutil.copytree(archive_of_now(), tmp_path / "archive")
    return Archive(path, now=lambda: server.clock.now)
