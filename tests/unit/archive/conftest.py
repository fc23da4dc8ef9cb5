"""An in-memory sandbox and an archive of it."""

from __future__ import annotations

from collections.abc import Iterator
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


@pytest.fixture
def archive(server: Sandbox, tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "archive", now=lambda: server.clock.now)
    made.sync(client_of(server), page_size=100, flush_rows=500)
    return made
